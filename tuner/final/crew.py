"""Processes that do the trainings of the final step side by side."""

from __future__ import annotations

import dataclasses
import json
import logging
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from queue import Empty, SimpleQueue

from tuner.errors import TrialError, TunerError
from tuner.final.jobs import Job
from tuner.pool import training_environment

logger = logging.getLogger(__name__)

MAX_DEATHS = 3
"""Times in a row a training may be killed before its next epoch; each time it goes on from its last one."""


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

    def __enter__(self) -> Crew:
        return self

    def __exit__(self, *exception: object) -> None:
        for hand in self._hands:
            hand.dismiss()
            hand.engage()

    def do(self, jobs: Sequence[Job]) -> None:
        """Do the jobs whose results are not there yet.

        Raises
        ------
        TrialError
            If one failed by its own fault.
        TunerError
            If one failed otherwise, or was killed again and again.
        """
        waiting: SimpleQueue[Job] = SimpleQueue()
        for job in jobs:
            if not job.is_done:
                waiting.put(job)
        # Threads only wait here: all work is in the processes.
        pool = ThreadPoolExecutor(len(self._hands))
        try:
            futures = [pool.submit(_work, hand, waiting) for hand in self._hands]
            for future in wait(futures, return_when="FIRST_EXCEPTION").done:
                future.result()
        except BaseException:
            for hand in self._hands:
                hand.dismiss()
            raise
        finally:
            pool.shutdown()
            for hand in self._hands:
                hand.engage()


def _work(hand: _Hand, waiting: SimpleQueue[Job]) -> None:
    while True:
        try:
            job = waiting.get_nowait()
        except Empty:
            return
        hand.do(job)


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
        raise TrialError(f"{job.name} was killed {MAX_DEATHS} times in a row: fewer --workers leave each more memory")

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
        return self._process.stdout.readline() or None

    def _start(self) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "tuner.final.training", self._device, str(self._threads), str(os.getpid())],
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
