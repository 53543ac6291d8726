"""Start a machine's workers on a study, and show what they do."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from tuner.errors import StudyError
from tuner.screen.terminal import Events, headline, live
from tuner.storage import StudyStorage
from tuner.storage.machine import is_dead_here
from tuner.study.record import StudyRecord, check_versions, load_study, open_data
from tuner.study.status import Snapshot, take_snapshot
from tuner.study.trust import load_code
from tuner.training.device import count_cores, share_devices
from tuner.work.processes import Pool

LOOK_S = 2.0


def check_work(record: StudyRecord, data: Path | None) -> None:
    """Refuse to work on a study under other versions, with code that nobody trusts, or with other or damaged data.

    Raises
    ------
    StudyError, UntrustedCode, BadArchitecture, CacheMissing, CacheStale
        Saying which.
    """
    check_versions(record)
    load_code(record)
    open_data(record, data)[0].verify()


def launch(storage: StudyStorage, name: str, n_workers: int, device: str, data: Path | None, home: Path) -> bool:
    """Run workers until the study has nothing left for them, or somebody stops them.

    Returns
    -------
    bool
        Whether the search is over: all trials finished, or its time used up.

    Raises
    ------
    StudyError
        If there is no such study, its workers cannot work on it, or it stopped itself.
    """
    record = load_study(storage, name)
    before = take_snapshot(storage, name)
    if over := reason_over(before):
        click.echo(over, err=True)
        return before.command != "stop" or is_done(before)
    for worker in storage.workers(record.study_id):
        if worker.state == "running" and is_dead_here(worker.machine, worker.pid):
            storage.expire_worker(worker.worker_id)
    _compute_costly_input(record, data)
    devices = share_devices(device, n_workers)
    threads = max(1, count_cores() // n_workers)

    def arguments(number: int) -> list[str]:
        given = [] if data is None else [str(data)]
        return [name, str(home), devices[number], str(threads), str(os.getpid()), *given]

    pool = Pool(storage, record.study_id, n_workers, arguments, threads)
    if sys.stderr.isatty():
        _watch_live(pool, storage, name)
    else:
        _watch_plain(pool, storage, name)
    after = take_snapshot(storage, name)
    over = reason_over(after)
    click.echo(over or f"{headline(after)} · `tuner work {name}` goes on with it", err=True)
    return is_done(after) or (over is not None and after.command != "stop" and not pool.is_interrupted)


def _compute_costly_input(record: StudyRecord, data: Path | None) -> None:
    """Compute input that takes long, once and here, where progress is seen and Ctrl-C is obeyed at once."""
    from data_pipeline import open_view
    from models import get_architecture

    architectures = [get_architecture(name) for name in record.spec.search.architectures]
    costly = {end for one in architectures if (end := one.front_end(one.config())).is_costly}
    for front_end in costly:
        open_view(open_data(record, data)[0], front_end)


def is_done(snapshot: Snapshot) -> bool:
    """Tell whether every trial that was asked for is finished."""
    return len(snapshot.finished) >= snapshot.asked


def reason_over(snapshot: Snapshot) -> str | None:
    """Say why there is nothing to do for a worker, or None.

    Raises
    ------
    StudyError
        If the study stopped itself.
    """
    name = snapshot.record.name
    if is_done(snapshot):
        return f"{headline(snapshot)} · all done; `tuner work {name} --trials +20` adds trials"
    is_over = snapshot.timeout_s is not None and snapshot.elapsed_s >= snapshot.timeout_s
    if is_over and (snapshot.command != "run" or not snapshot.left_behind):
        return f"{headline(snapshot)} · the study's time is over; `tuner work {name} --timeout +1h` prolongs it"
    if snapshot.reason is not None:
        raise StudyError(
            f"study {name} stopped itself: {snapshot.reason}; "
            f"`tuner status {name}` shows its trials, `tuner resume {name}` lifts the stop"
        )
    if snapshot.command == "stop":
        return f"{headline(snapshot)} · `tuner resume {name}` lifts the stop"
    return None


def _watch_plain(pool: Pool, storage: StudyStorage, name: str) -> None:
    events = Events()
    click.echo(headline(take_snapshot(storage, name)), err=True)

    def look() -> int:
        snapshot = take_snapshot(storage, name)
        for line in events.epochs(snapshot) + events.ended(snapshot):
            click.echo(line, err=True)
        return snapshot.epochs + len(snapshot.finished)

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
            return snapshot.epochs + len(snapshot.finished)

        pool.run(look, LOOK_S)
