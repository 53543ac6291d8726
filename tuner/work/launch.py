"""Start a machine's workers on a study, and show what they do."""

from __future__ import annotations

import os
import sys

import click

from tuner.errors import StudyError
from tuner.screen.terminal import Events, headline, live
from tuner.storage.machine import is_dead_here
from tuner.study.opened import OpenStudy
from tuner.study.status import Status, read_status
from tuner.training.device import count_cores, share_devices
from tuner.work.processes import Pool

LOOK_S = 2.0


def launch(study: OpenStudy, n_workers: int, device: str) -> bool:
    """Run workers until the study has nothing left for them, or somebody stops them.

    Returns
    -------
    bool
        Whether the search is over: all trials finished, or its time used up.

    Raises
    ------
    StudyError
        If its workers cannot work on it, or it stopped itself.
    """
    storage = study.storage
    before = read_status(storage, study.record)
    if over := reason_over(before):
        click.echo(over, err=True)
        return before.command != "stop" or is_done(before)
    for worker in storage.workers(study.study_id):
        if worker.state == "running" and is_dead_here(worker.machine, worker.pid):
            storage.expire_worker(worker.worker_id)
    _compute_features(study)
    devices = share_devices(device, n_workers)
    threads = max(1, count_cores() // n_workers)

    def arguments(number: int) -> list[str]:
        given = [] if study.data_path is None else [str(study.data_path)]
        return [study.name, str(study.home), devices[number], str(threads), str(os.getpid()), *given]

    pool = Pool(storage, study.study_id, n_workers, arguments, threads)
    if sys.stderr.isatty():
        _watch_live(pool, study)
    else:
        _watch_plain(pool, study)
    after = read_status(storage, study.record)
    over = reason_over(after)
    click.echo(over or f"{headline(after)} · `tuner work {study.name}` goes on with it", err=True)
    return is_done(after) or (over is not None and after.command != "stop" and not pool.is_interrupted)


def _compute_features(study: OpenStudy) -> None:
    """Compute the features that a study needs, once and here, where progress is seen and Ctrl-C is obeyed at once."""
    from data_pipeline import Features, open_view
    from models import get_architecture

    if any(get_architecture(name).is_boosted for name in study.record.spec.search.architectures):
        open_view(study.cache, Features())


def is_done(status: Status) -> bool:
    """Tell whether every trial that was asked for is finished."""
    return len(status.finished) >= status.asked


def reason_over(status: Status) -> str | None:
    """Say why there is nothing to do for a worker, or None.

    Raises
    ------
    StudyError
        If the study stopped itself.
    """
    name = status.record.name
    if is_done(status):
        return f"{headline(status)} · all done; `tuner work {name} --trials +20` adds trials"
    is_over = status.timeout_s is not None and status.elapsed_s >= status.timeout_s
    if is_over and (status.command != "run" or not status.left_behind):
        return f"{headline(status)} · the study's time is over; `tuner work {name} --timeout +1h` prolongs it"
    if status.reason is not None:
        raise StudyError(
            f"study {name} stopped itself: {status.reason}; "
            f"`tuner status {name}` shows its trials, `tuner resume {name}` lifts the stop"
        )
    if status.command == "stop":
        return f"{headline(status)} · `tuner resume {name}` lifts the stop"
    return None


def _watch_plain(pool: Pool, study: OpenStudy) -> None:
    events = Events()
    click.echo(headline(read_status(study.storage, study.record)), err=True)

    def look() -> int:
        status = read_status(study.storage, study.record)
        for line in events.epochs(status) + events.ended(status):
            click.echo(line, err=True)
        return status.epochs + len(status.finished)

    pool.run(look, LOOK_S)


def _watch_live(pool: Pool, study: OpenStudy) -> None:
    from rich.console import Console
    from rich.live import Live

    events = Events()
    with Live(console=Console(stderr=True), auto_refresh=False) as screen:

        def look() -> int:
            status = read_status(study.storage, study.record)
            for line in events.ended(status):
                screen.console.print(line, highlight=False, markup=False)
            screen.update(live(status), refresh=True)
            return status.epochs + len(status.finished)

        pool.run(look, LOOK_S)
