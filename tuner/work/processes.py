"""The supervisor of a machine's workers: it starts them, replaces those that are killed, and stops them all."""

from __future__ import annotations

import logging
import os
import signal
import socket
import sys
import time
from collections.abc import Sequence
from types import TracebackType

from data_pipeline.steps import count_step
from tuner.errors import StudyError
from tuner.storage.machine import OomKills, is_dead_here, machine_id
from tuner.study.opened import OpenStudy
from tuner.study.trust import trust_environment
from tuner.work.child import Child
from tuner.work.guard import STUCK
from tuner.work.overheard import Overheard

logger = logging.getLogger(__name__)

KILLS_IN_A_ROW = 6
"""Workers that may be killed in a row, for each there is to be, before the supervisor gives up: as nothing got on in
between, no trial was to blame."""

STOP_PATIENCE_S = 5.0
"""How long the process of a supervisor that is told to stop still waits for the database."""

LEAVE_S = 0.1
"""Seconds between two looks at workers that were told to leave."""

# glibc returns big blocks to the kernel at every free by default, and page faults then cost more than the work.
# It refuses a higher threshold than this one. Huge pages leave few faults of the rest.
_MALLOC = {
    "MALLOC_MMAP_THRESHOLD_": str(2**25),
    "MALLOC_TRIM_THRESHOLD_": str(2**30),
    "MALLOC_TOP_PAD_": str(2**26),
    "GLIBC_TUNABLES": "glibc.malloc.hugetlb=1",
}

# Modules are not looked for in the current folder, where a person's own may have the same names.
_WORKER = (sys.executable, "-P", "-m", "tuner.work.worker")


def training_environment(threads: int) -> dict[str, str]:
    """Return the environment of a process that trains: this one's, with its share of the cores and memory kept."""
    share = {name: str(threads) for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")}
    return {**_MALLOC, **os.environ, **share}


class Supervisor:
    """The workers of one study on this machine; leaving the context stops those that are left.

    Parameters
    ----------
    study : OpenStudy
        The study.
    devices : sequence of str
        One device for each worker to keep running.
    threads : int
        Cores each worker may use.
    only_final : bool
        Whether they do the trainings of the final step alone, and no trial of the search.
    """

    def __init__(self, study: OpenStudy, devices: Sequence[str], threads: int, *, only_final: bool = False) -> None:
        self._study, self._devices, self._threads, self._only_final = study, devices, threads, only_final
        # Workers run the code that this process has checked, and nothing that comes in its place.
        trusted = trust_environment(study.record.spec.search.modules)
        self._environment = {**training_environment(threads), **trusted, "TUNER_STORAGE": study.storage.database.url}
        self._children: list[Child] = []
        self._overheard = Overheard()
        self._oom_kills = OomKills()
        self._kills = 0
        self._progress = 0
        self._ended_well = 0
        self._error: str | None = None
        self._is_leaving = False

    def __enter__(self) -> Supervisor:
        """Free what workers held that died on this machine without a supervisor, and start those that are wanted."""
        for row in self._study.storage.workers.list(self._study.study_id):
            if row.state == "running" and is_dead_here(row.machine, row.pid):
                self._study.storage.leases.expire_worker(row.worker_id, blame=False)  # nobody saw what it died of
        try:
            for number in range(len(self._devices)):
                self._start(number)
        except BaseException as error:  # told to stop, or a process that cannot be started
            self.__exit__(type(error), error, error.__traceback__)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Tell the workers to leave and wait for them; at the next batch where something went wrong here."""
        if self._children:
            logger.info("waiting for %d workers to hand back what they train", len(self._children))
        self.pass_on(signal.SIGTERM)
        if error is not None:
            self.pass_on(signal.SIGINT)  # two equal signals would arrive as one
        try:
            self._wait()
        except KeyboardInterrupt:  # told once more to stop
            self.pass_on(signal.SIGKILL)
            self._wait()
            raise
        finally:
            for child in self._children:
                child.close()

    def _wait(self) -> None:
        """Wait until all have ended; the database may be away, and what they held is left to who takes it over."""
        while not all(child.is_over for child in self._children):
            count_step()
            time.sleep(LEAVE_S)
            for child in self._children:
                child.look(LEAVE_S)

    @property
    def pids(self) -> list[int]:
        """Numbers of the worker processes."""
        return [child.pid for child in self._children]

    def tend(self, progress: int, since_s: float) -> bool:
        """Take note of the workers that have ended or hang, and replace those that were killed.

        Parameters
        ----------
        progress : int
            A number that grows as the study gets on.
        since_s : float
            Seconds since the last call.

        Returns
        -------
        bool
            Whether any worker is still running.
        """
        if progress > self._progress:
            self._kills, self._progress = 0, progress
        self._oom_kills.look()
        for child in self._children:
            child.look(since_s)
            self._overheard.pass_on(child.pid, child.errors)
        ended = [child for child in self._children if child.is_over]
        self._children = [child for child in self._children if child not in ended]
        for child in ended:
            if child.process.returncode == 0:
                self._ended_well += 1
            else:
                self._reap(child)
            child.close()
        return bool(self._children)

    def pass_on(self, number: signal.Signals) -> None:
        """Send a signal to all workers, and start no more."""
        self._is_leaving = True
        for child in list(self._children):  # which may change: signals are passed on by a thread of their own
            child.send(number)

    def raise_error(self) -> None:
        """Raise what kept the workers from working, where no worker could.

        Raises
        ------
        StudyError
            If no worker could work, in the words of the first that said why, or if they were killed again and again.
        """
        if self._error and not self._ended_well:
            raise StudyError(self._error)

    def _start(self, number: int) -> None:
        """Start a worker, unless they are to leave; a signal may come at any moment of it."""
        if self._is_leaving:
            return
        study = self._study
        arguments = [study.name, str(study.home), self._devices[number], str(self._threads), str(os.getpid())]
        arguments += ["--only-final"] if self._only_final else []
        arguments += [] if study.data_path is None else ["--data", str(study.data_path)]
        child = Child(number, [*_WORKER, *arguments], self._environment, self._oom_kills)
        self._children.append(child)
        if self._is_leaving:
            child.send(signal.SIGTERM)

    def _reap(self, child: Child) -> None:
        """Free what a dead worker held, and replace it unless it ended for a reason of its own."""
        host, storage = socket.gethostname(), self._study.storage
        blame = child.is_to_blame and not self._is_leaving
        for row in storage.workers.list(self._study.study_id):
            if (row.host, row.machine, row.pid, row.state) == (host, machine_id(), child.pid, "running"):
                storage.leases.expire_worker(row.worker_id, blame=blame)
        if not child.was_killed:
            self._error = self._error or child.last_line()
            if self._children:  # the last one's words are raised
                logger.error("worker %d ended: %s", child.pid, child.last_line())
            return
        self._kills += 1
        if self._kills >= KILLS_IN_A_ROW * len(self._devices):
            self._error = f"{self._kills} workers in a row ended (the last {child.end}) before they trained an epoch"
        elif not self._is_leaving:
            why = f": {child.last_line()}" if child.process.returncode == STUCK else ""
            logger.warning("worker %d %s; another takes its place%s", child.pid, child.end, why)
            self._start(child.number)
