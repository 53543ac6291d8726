"""The parent of a machine's workers: starts them, replaces those that are killed, and stops them all."""

from __future__ import annotations

import logging
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from types import FrameType
from typing import IO

from tuner.errors import StorageError, StudyError
from tuner.storage import Storage
from tuner.storage.machine import is_stopped, machine_id

logger = logging.getLogger(__name__)

MAX_DEATHS = 6
"""Workers that may be killed in a row, for each there is to be, before the parent gives up: as nothing got on in
between, no trial was to blame."""

STOPPED_S = 120.0
"""How long a worker may stand still, as after SIGSTOP, before it is ended: its trial has a new owner by then."""

LEAVE_LOOK_S = 0.1

STOP_PATIENCE_S = 5.0
"""How long a parent that was told to stop still waits for the database."""

# glibc returns big blocks to the kernel at every free by default, and page faults then cost more than the work.
# It refuses a higher threshold than this one. Huge pages leave few faults of the rest.
_MALLOC = {
    "MALLOC_MMAP_THRESHOLD_": str(2**25),
    "MALLOC_TRIM_THRESHOLD_": str(2**30),
    "MALLOC_TOP_PAD_": str(2**26),
    "GLIBC_TUNABLES": "glibc.malloc.hugetlb=1",
}


PYTHON = (sys.executable, "-P")
"""Modules are not looked for in the current folder, where a person's own may have the same names."""


def training_environment(threads: int) -> dict[str, str]:
    """Return the environment of a process that trains: this one's, with its share of the cores and memory kept."""
    share = {name: str(threads) for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")}
    return {**_MALLOC, **os.environ, **share}


class _Worker:
    """One child process, in a process group of its own: Ctrl-C is passed on by the parent, once."""

    def __init__(self, number: int, arguments: list[str], environment: dict[str, str]) -> None:
        self.number = number
        self.errors: IO[bytes] = tempfile.TemporaryFile()
        self.process = subprocess.Popen(
            [*PYTHON, "-m", "tuner.work.worker", *arguments],
            env=environment,
            process_group=0,
            stdin=subprocess.DEVNULL,
            stdout=self.errors,
            stderr=self.errors,
        )

        self.stopped_s = 0.0

    def last_line(self) -> str:
        self.errors.seek(0)
        lines = self.errors.read().decode(errors="replace").strip().splitlines()
        return lines[-1] if lines else f"worker {self.process.pid} ended with {self.process.returncode} and no message"


class Pool:
    """The workers of one study on this machine.

    Parameters
    ----------
    storage : Storage
        To tell the study of workers that were killed.
    study_id : int
        The study.
    n_workers : int
        How many to keep running.
    arguments : callable
        Gives the command line of worker number i.
    threads : int
        Cores each worker may use.
    """

    def __init__(
        self,
        storage: Storage,
        study_id: int,
        n_workers: int,
        arguments: Callable[[int], list[str]],
        threads: int,
    ) -> None:
        self.storage, self.study_id, self.n_workers, self.arguments = storage, study_id, n_workers, arguments
        url = storage.database.url
        self.environment = {**training_environment(threads), "TUNER_STORAGE": url}
        self.workers: list[_Worker] = []
        self.is_interrupted = False
        self._times = 0
        self._error: str | None = None
        self._ended_well = 0
        self._deaths = 0
        self._progress = 0

    def run(self, look: Callable[[], int], every_s: float) -> None:
        """Start the workers and watch them until all have ended.

        Parameters
        ----------
        look : callable
            Called at every turn to show the study; returns a number that grows when it gets on.
        every_s : float
            Seconds between turns.

        Raises
        ------
        StudyError
            If no worker could work, in the words of the first that said so, or if they are killed again and again.
        StorageError
            If the database is refused, or away when the workers are told to stop.
        """
        previous = {number: signal.signal(number, self._on_signal) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            for number in range(self.n_workers):
                self._start(number)
            while self._reap(self._look(look)):
                time.sleep(every_s)
                self._end_stopped(every_s)
            self._look(look)
        finally:
            self._pass_on()
            while any(worker.process.poll() is None for worker in self.workers):
                time.sleep(LEAVE_LOOK_S)
                self._end_stopped(LEAVE_LOOK_S)
            for signal_number, handler in previous.items():
                signal.signal(signal_number, handler)
        if self._error and not self._ended_well:
            raise StudyError(self._error)

    def _look(self, look: Callable[[], int]) -> int:
        try:
            return look()
        except StorageError as error:
            if not self.is_interrupted:
                raise
            logger.warning("%s", error)  # the workers were told to leave, and may still be at it
            return self._progress

    def _start(self, number: int) -> None:
        if not self.is_interrupted:
            self.workers.append(_Worker(number, self.arguments(number), self.environment))

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        if not self.is_interrupted:  # past Python's buffers, which may be in use by what was interrupted
            os.write(
                2,
                b"stopping after this epoch, trials are handed back; again: at the next batch; a third time: at once\n",
            )
        self.is_interrupted = True
        self.storage.database.patience_s = STOP_PATIENCE_S
        self._times += 1
        self._pass_on()
        if self._times > 2:  # somebody wants to go home, whatever the database and the workers wait for
            raise KeyboardInterrupt

    def _pass_on(self) -> None:
        for worker in self.workers:
            if worker.process.returncode is None:
                worker.process.send_signal(signal.SIGKILL if self._times > 2 else signal.SIGTERM)

    def _end_stopped(self, seconds: float) -> None:
        """End workers that stand still, counted in looks: none are taken while this process stands still itself."""
        for worker in self.workers:
            worker.stopped_s = worker.stopped_s + seconds if is_stopped(worker.process.pid) else 0.0
            if worker.stopped_s >= STOPPED_S:
                logger.warning("worker %d has been stopped for %.0f s: it is ended", worker.process.pid, STOPPED_S)
                worker.process.kill()

    def _reap(self, progress: int) -> bool:
        """Take note of the workers that have ended; return whether any is still running."""
        if progress > self._progress:
            self._deaths, self._progress = 0, progress
        ended = [worker for worker in self.workers if worker.process.poll() is not None]
        self.workers = [worker for worker in self.workers if worker not in ended]
        for worker in ended:
            if worker.process.returncode == 0:
                self._ended_well += 1
            else:
                self._bury(worker)
            worker.errors.close()
        return bool(self.workers)

    def _bury(self, worker: _Worker) -> None:
        """Free what a dead worker held and replace it, if it was killed from outside."""
        host, pid = socket.gethostname(), worker.process.pid
        for row in self.storage.workers.list(self.study_id):
            if (row.host, row.machine, row.pid, row.state) == (host, machine_id(), pid, "running"):
                self.storage.leases.expire_worker(row.worker_id)
        if worker.process.returncode > 0:
            self._error = self._error or worker.last_line()
            if self.workers:  # the last one's words are raised
                logger.error("worker %d ended: %s", pid, worker.last_line())
            return
        self._deaths += 1
        name = signal.Signals(-worker.process.returncode).name
        if self._deaths >= MAX_DEATHS * self.n_workers:
            self._error = f"{self._deaths} workers in a row were killed (last by {name}) before they trained an epoch"
        elif not self.is_interrupted:
            logger.warning("worker %d was killed by %s; another takes its place", pid, name)
            self._start(worker.number)
