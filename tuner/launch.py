"""Start a machine's workers on a study, and show what they do."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from tuner.display import Events, headline, live
from tuner.pool import Pool
from tuner.snapshot import Snapshot, take_snapshot
from tuner.storage import StudyStorage
from tuner.study import load_study

LOOK_S = 1.0
CGROUP_QUOTA = Path("/sys/fs/cgroup/cpu.max")


def launch(storage: StudyStorage, name: str, n_workers: int, device: str, data: Path | None, home: Path) -> Snapshot:
    """Run workers until the study has nothing left for them, or somebody stops them.

    Raises
    ------
    StudyError
        If there is no such study, or its workers cannot work on it.
    """
    record = load_study(storage, name)
    before = take_snapshot(storage, name)
    if over := reason_over(before):
        click.echo(over, err=True)
        return before
    devices = devices_for(device, n_workers)
    threads = max(1, cores() // n_workers)

    def arguments(number: int) -> list[str]:
        given = [] if data is None else [str(data)]
        return [name, str(home), devices[number], str(threads), *given]

    pool = Pool(storage, record.study_id, n_workers, arguments, threads)
    if sys.stderr.isatty():
        _watch_live(pool, storage, name)
    else:
        _watch_plain(pool, storage, name)
    after = take_snapshot(storage, name)
    click.echo(reason_over(after) or f"{headline(after)} · `tuner work {name}` goes on with it", err=True)
    return after


def reason_over(snapshot: Snapshot) -> str | None:
    """Say why there is nothing to do for a worker, or None."""
    name = snapshot.record.name
    if len(snapshot.finished) >= snapshot.asked:
        return f"{headline(snapshot)} · all done; `tuner work {name} --trials +20` adds trials"
    if snapshot.timeout_s is not None and snapshot.elapsed_s >= snapshot.timeout_s:
        return f"{headline(snapshot)} · the study's time is over; `tuner work {name} --timeout +1h` prolongs it"
    if snapshot.command == "stop":
        return f"{headline(snapshot)} · `tuner resume {name}` lifts the stop"
    return None


def cores() -> int:
    """Return how many cores this process may use; a container's quota counts."""
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    if CGROUP_QUOTA.exists():
        quota, period = CGROUP_QUOTA.read_text().split()
        if quota != "max":
            allowed = min(allowed, max(1, round(int(quota) / int(period))))
    return allowed


def devices_for(device: str, n_workers: int) -> list[str]:
    """Return a device a worker: GPUs in turn where "auto" finds any, else the CPU."""
    if device != "auto":
        return [device] * n_workers
    import torch

    n_gpus = torch.cuda.device_count()
    return [f"cuda:{i % n_gpus}" if n_gpus else "cpu" for i in range(n_workers)]


def _watch_plain(pool: Pool, storage: StudyStorage, name: str) -> None:
    events = Events()

    def look() -> int:
        snapshot = take_snapshot(storage, name)
        for line in events.epochs(snapshot) + events.ended(snapshot):
            click.echo(line, err=True)
        return snapshot.epochs

    pool.run(look, LOOK_S)


def _watch_live(pool: Pool, storage: StudyStorage, name: str) -> None:
    from rich.console import Console
    from rich.live import Live

    events = Events()
    with Live(console=Console(stderr=True), auto_refresh=False) as screen:

        def look() -> int:
            snapshot = take_snapshot(storage, name)
            for line in events.ended(snapshot):
                screen.console.print(line, highlight=False, markup=False)
            screen.update(live(snapshot), refresh=True)
            return snapshot.epochs

        pool.run(look, LOOK_S)
