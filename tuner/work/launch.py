"""Start a machine's workers on a study, and show what they do."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from types import FrameType

from data_pipeline.cores import count_cores
from tuner.errors import StorageError, StudyError
from tuner.screen.lines import echo
from tuner.screen.terminal import Events, as_text, headline, live
from tuner.study.opened import OpenStudy
from tuner.study.status import Status, read_status
from tuner.training.device import share_devices
from tuner.work.processes import STOP_PATIENCE_S, Supervisor
from tuner.work.standstill import LOOK_S
from tuner.work.watchdog import END_S, ENOUGH, Watchdog

SHOW_S = 2.0
"""Seconds between two looks at a study at work."""

TEND_S = 0.2
"""Seconds between two looks at the worker processes."""


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
        echo(over, err=True)
        return before.command != "stop" or is_done(before)
    _compute_costly_input(study)
    supervisor = Supervisor(study, share_devices(device, n_workers), max(1, count_cores() // n_workers))
    watch = _Watch(study, supervisor)
    if sys.stderr.isatty():
        _watch_live(watch)
    else:
        _watch_plain(watch)
    after = read_status(storage, study.record)
    over = reason_over(after)
    echo(over or f"{headline(after)} · `tuner work {study.name}` goes on with it", err=True)
    return is_done(after) or (over is not None and after.command != "stop" and not watch.is_interrupted)


def _compute_costly_input(study: OpenStudy) -> None:
    """Compute input that takes long, once and here, where progress is seen and Ctrl-C is obeyed at once."""
    from data_pipeline import open_view
    from models import get_architecture

    architectures = [get_architecture(name) for name in study.record.spec.search.architectures]
    costly = {end for one in architectures if (end := one.front_end(one.config())).is_costly}
    for front_end in costly:
        open_view(study.cache, front_end)


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
    if status.is_finalizing:
        return None
    name = status.record.name
    if is_done(status):
        return f"{headline(status)} · all done; `tuner work {name} --trials +20` adds trials"
    is_over = status.timeout_s is not None and status.elapsed_s >= status.timeout_s
    if is_over and (status.command != "run" or not status.left_behind):
        return f"{headline(status)} · the study's time is over; `tuner work {name} --timeout +1h` prolongs it"
    if status.command == "stop" and status.reason is not None:
        raise StudyError(
            f"study {name} stopped itself: {status.reason}; "
            f"`tuner status {name}` shows its trials, `tuner resume {name}` lifts the stop"
        )
    if status.command == "stop":
        return f"{headline(status)} · `tuner resume {name}` lifts the stop"
    return None


class _Watch:
    """Looks at a study while its workers work, and passes signals on to them.

    The first signal lets every worker hand its trial back after its epoch, the second at the next batch, the third
    ends all at once.
    """

    def __init__(self, study: OpenStudy, supervisor: Supervisor) -> None:
        self.study, self._supervisor = study, supervisor
        self._times = 0
        self._ending_s = 0.0
        self._progress = 0
        self._main = threading.get_ident()

    @property
    def is_interrupted(self) -> bool:
        return self._times > 0

    def read(self) -> Status:
        return read_status(self.study.storage, self.study.record)

    def run(self, show: Callable[[Status], None]) -> None:
        """Keep the workers going and show the study at every turn, until all of them have ended.

        Raises
        ------
        StudyError
            If no worker could work.
        StorageError
            If the database is refused.
        """
        with Watchdog(self._on_signal, self._end_if_told, self._raise_if_told), self._supervisor:
            while self._tend(self._look(show)):
                pass
            self._look(show)
        self._supervisor.raise_error()

    def _tend(self, progress: int) -> bool:
        """Keep the workers going until it is time for another look; return whether any is left."""
        until = time.monotonic() + SHOW_S
        while self._supervisor.tend(progress, TEND_S):
            if time.monotonic() >= until:
                return True
            time.sleep(TEND_S)
        return False

    def _look(self, show: Callable[[Status], None]) -> int:
        try:
            status = self.read()
        except StorageError as error:
            if not self.is_interrupted:
                raise
            echo(str(error), err=True)  # the workers were told to leave, and may still be at it
            return self._progress
        show(status)
        self._progress = status.progress
        return self._progress

    def _on_signal(self) -> None:
        if not self.is_interrupted:  # past Python's buffers, whose lock may be held by what hangs
            os.write(
                2,
                b"stopping after this epoch, trials are handed back; again: at the next batch; a third time: at once\n",
            )
        self.study.storage.database.patience_s = STOP_PATIENCE_S
        self._times += 1
        self._supervisor.pass_on(signal.SIGTERM if self._times < ENOUGH else signal.SIGKILL)
        if self._times == ENOUGH:
            signal.pthread_kill(self._main, signal.SIGINT)

    def _raise_if_told(self, number: int, frame: FrameType | None) -> None:
        if self._times >= ENOUGH:  # it ends at once, whatever the database and the workers wait for
            raise KeyboardInterrupt

    def _end_if_told(self) -> None:
        if self._times >= ENOUGH:
            self._ending_s += LOOK_S
        if self._ending_s > END_S:
            os._exit(1)


def _watch_plain(watch: _Watch) -> None:
    events = Events()
    echo(headline(watch.read()), err=True)

    def show(status: Status) -> None:
        for line in events.epochs(status) + events.stuck(status) + events.ended(status):
            echo(line, err=True)

    watch.run(show)


def _watch_live(watch: _Watch) -> None:
    from rich.console import Console
    from rich.live import Live

    events = Events()
    with Live(console=Console(stderr=True), auto_refresh=False) as screen:

        def show(status: Status) -> None:
            for line in events.ended(status):
                screen.console.print(as_text(line))
            screen.update(live(status), refresh=True)

        watch.run(show)
