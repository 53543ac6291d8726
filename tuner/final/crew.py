"""Processes that do the trainings of the final step side by side."""

from __future__ import annotations

import dataclasses
import json
import logging
import os
import select
import signal
import subprocess
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from queue import SimpleQueue

from tuner.errors import TrialError, TunerError
from tuner.final.jobs import Job
from tuner.storage.machine import is_stopped
from tuner.work.processes import PYTHON, training_environment

logger = logging.getLogger(__name__)

MAX_DEATHS = 3
"""Times in a row a training may be killed before its next epoch; each time it goes on from its last one."""

STOPPED_S = 20.0
"""Seconds that a training may stand still, as after SIGSTOP, before it is ended and goes on in another process."""

LOOK_S = 1.0


class Crew:
    """One process a device, started when there is something to do; leaving the context ends them all.

    Parameters
    ----------
    devices : sequence of str
        One for each training that runs at a time.
    threads : int
        Cores each may use.
    """

    def __init__(self, devices: Sequence[str], threads: int) -> None:
        self._hands = [_Hand(device, threads) for device in devices]
        self._idle: SimpleQueue[_Hand] = SimpleQueue()
        for hand in self._hands:
            self._idle.put(hand)
        # Its threads only wait: all work is in the processes.
        self._pool = ThreadPoolExecutor(len(self._hands))

    def __enter__(self) -> Crew:
        return self

    def __exit__(self, *exception: object) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)
        for hand in self._hands:
            hand.dismiss()
        self._pool.shutdown()
        for hand in self._hands:
            hand.engage()

    def start(self, jobs: Sequence[Job]) -> Trainings:
        """Begin the jobs whose results are not there yet, as soon as those of earlier calls leave a process idle."""
        return Trainings([job for job in jobs if not job.is_done], self._pool, self._idle)


class Trainings:
    """Jobs that were begun together; `Crew.start` makes them."""

    def __init__(self, jobs: Sequence[Job], pool: ThreadPoolExecutor, idle: SimpleQueue[_Hand]) -> None:
        self._lock = threading.Lock()
        self._at_work: set[_Hand] = set()
        self._is_called_off = False
        self._futures = [pool.submit(self._do, job, idle) for job in jobs]

    def wait(self) -> None:
        """Wait until all are done; where one cannot be, the others are called off.

        Raises
        ------
        TrialError
            If one failed by its own fault.
        TunerError
            If one failed otherwise, or was killed again and again.
        """
        try:
            for future in wait(self._futures, return_when="FIRST_EXCEPTION").done:
                future.result()
        except BaseException:
            self._call_off()
            raise

    def _do(self, job: Job, idle: SimpleQueue[_Hand]) -> None:
        hand = idle.get()
        try:
            with self._lock:
                if self._is_called_off:
                    return
                self._at_work.add(hand)
            hand.do(job)
        finally:
            with self._lock:
                self._at_work.discard(hand)
            hand.engage()
            idle.put(hand)

    def _call_off(self) -> None:
        for future in self._futures:
            future.cancel()
        with self._lock:
            self._is_called_off = True
            for hand in self._at_work:
                hand.dismiss()
        wait(self._futures)


class _Hand:
    """A process that trains, in a process group of its own: Ctrl-C is its parent's."""

    def __init__(self, device: str, threads: int) -> None:
        self._device, self._threads = device, threads
        self._process: subprocess.Popen[str] | None = None
        self._lock = threading.Lock()  # nothing may be started that was just dismissed
        self._is_dismissed = False

    def do(self, job: Job) -> None:
        deaths, reached = 0, _epoch_of(job)
        while deaths < MAX_DEATHS:
            answer = self._ask(json.dumps(dataclasses.asdict(job)))
            if answer is not None:
                return _raise_fault(job, answer)
            if self._is_dismissed:
                raise TunerError(f"{job.name} was called off")
            status = self._bury()
            if status > 0:
                raise TunerError(f"{job.name} ended with {status}: what it said is above")
            logger.warning(
                "%s was killed by %s: it goes on from its last epoch", job.name, signal.Signals(-status).name
            )
            deaths, before, reached = deaths + 1, reached, _epoch_of(job)
            if reached != before:
                deaths = 0
        raise TrialError(
            f"{job.name} was killed {MAX_DEATHS} times in a row: if memory is short, fewer --workers need less"
        )

    def dismiss(self) -> None:
        """End the process at once; the last epoch of what it trains stands."""
        with self._lock:
            self._is_dismissed = True
            if self._process is not None:
                self._process.kill()

    def engage(self) -> None:
        """Forget a dismissed process, so that the next job gets a new one."""
        if self._is_dismissed and self._process is not None:
            self._bury()
        self._is_dismissed = False

    def _ask(self, line: str) -> str | None:
        """Hand over a line and wait for the answer; None if the process dies instead."""
        with self._lock:
            if self._is_dismissed:
                return None
            if self._process is None:
                self._process = self._start()
        assert self._process.stdin is not None and self._process.stdout is not None
        try:
            self._process.stdin.write(f"{line}\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            return None
        return self._answer(self._process)

    @staticmethod
    def _answer(process: subprocess.Popen[str]) -> str | None:
        """Wait as long as the process works; one that was stopped would keep all others waiting for ever."""
        assert process.stdout is not None
        stopped_s = 0.0  # counted in looks: none are taken while this process is stopped itself
        while not select.select([process.stdout], [], [], LOOK_S)[0]:
            stopped_s = stopped_s + LOOK_S if is_stopped(process.pid) else 0.0
            if stopped_s >= STOPPED_S:
                logger.warning("process %d has been stopped for %.0f s: it is ended", process.pid, stopped_s)
                process.kill()
        return process.stdout.readline() or None

    def _start(self) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [*PYTHON, "-m", "tuner.final.training", self._device, str(self._threads), str(os.getpid())],
            env=training_environment(self._threads),
            process_group=0,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def _bury(self) -> int:
        assert self._process is not None
        self._process.communicate()
        with self._lock:
            status, self._process = self._process.returncode, None
        return status


def _epoch_of(job: Job) -> int:
    """Tell one checkpoint from the next."""
    return job.checkpoint.stat().st_mtime_ns if job.checkpoint.exists() else 0


def _raise_fault(job: Job, answer: str) -> None:
    fault = json.loads(answer)
    if fault["error"] is not None:
        raise TrialError(f"{job.name}: {fault['error']}") if fault["is_own"] else TunerError(fault["error"])
