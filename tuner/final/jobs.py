"""The trainings of the final step: what each is, and the processes that do them side by side."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import logging
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tuner.errors import CheckpointError, TrialError, TunerError
from tuner.pool import training_environment

logger = logging.getLogger(__name__)

MAX_DEATHS = 3
"""Times a training may be killed from outside; each time it goes on from its last epoch."""

OWN_FAULT = 3
"""Exit status of a training that failed by what it was given, not by this machine."""

LOOK_S = 0.2


@dataclass(frozen=True)
class Job:
    """One training of the final step.

    Parameters
    ----------
    trial : int
        Number of the trial that is trained again.
    settings : dict
        Its settings, as plain data.
    epochs : int
        Epochs to train of those that are planned.
    fold : int or None
        Fold that is held out; None for a training on all labelled recordings.
    seed : int
        Of the training.
    is_augmented : bool
        Whether to predict with test-time augmentation, too.
    data : str
        Fingerprint of the cache.
    cache, folds, out : str
        Where the cache lies, the fold of each labelled recording, and where the result goes.
    """

    trial: int
    settings: dict[str, Any]
    epochs: int
    fold: int | None
    seed: int
    is_augmented: bool
    data: str
    cache: str
    folds: str
    out: str

    @property
    def name(self) -> str:
        """What is said of it while it runs."""
        part = "all recordings" if self.fold is None else f"fold {self.fold + 1}"
        return f"trial {self.trial} on {part}" if self.fold is None else f"trial {self.trial} without {part}"

    @property
    def key(self) -> str:
        """Tells results of this job from those of another that would lie at the same place."""
        deciding = {k: v for k, v in dataclasses.asdict(self).items() if k not in ("cache", "folds", "out")}
        folds = hashlib.sha256(Path(self.folds).read_bytes()).hexdigest()
        return hashlib.sha256(json.dumps([deciding, folds], sort_keys=True).encode()).hexdigest()

    @property
    def is_done(self) -> bool:
        """Whether its result is there."""
        from tuner.checkpoint import load_tensors

        try:
            return bool(load_tensors(Path(self.out))[1]["key"] == self.key)
        except CheckpointError:
            return False


class Process:
    """A job under way, in a process group of its own: Ctrl-C is the parent's."""

    def __init__(self, job: Job, device: str, threads: int) -> None:
        self.job, self.device, self.threads = job, device, threads
        self.deaths = 0
        self._start()

    def _start(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tuner.final.training", self.device, str(self.threads)],
            env=training_environment(self.threads),
            process_group=0,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(dataclasses.asdict(self.job)))
        self._process.stdin.close()

    def is_over(self) -> bool:
        """Tell whether it has ended well; start it again if it was killed.

        Raises
        ------
        TrialError
            If it failed by its own fault.
        TunerError
            If it failed otherwise.
        """
        status = self._process.poll()
        if status is None:
            return False
        said = self._message()
        if status == OWN_FAULT:
            raise TrialError(f"{self.job.name}: {said}")
        if status > 0:
            raise TunerError(said or f"{self.job.name} ended with {status}")
        if status == 0:
            return True
        self.deaths += 1
        if self.deaths > MAX_DEATHS:
            name = signal.Signals(-status).name
            raise TunerError(f"{self.job.name} was killed {self.deaths} times, last by {name}: is there enough memory?")
        logger.warning("%s was killed: it goes on from its last epoch", self.job.name)
        self._start()
        return False

    def stop(self) -> None:
        """End it at once; its last epoch stands."""
        self._process.kill()
        self._message()

    def _message(self) -> str:
        assert self._process.stdout is not None
        with self._process.stdout as stream:
            lines = stream.read().strip().splitlines()
        self._process.wait()
        return lines[-1] if lines else ""


def run_jobs(jobs: Sequence[Job], devices: Sequence[str], threads: int) -> None:
    """Do the jobs whose results are not there yet, as many side by side as there are devices.

    Raises
    ------
    TrialError
        If one failed by its own fault.
    TunerError
        If one failed otherwise.
    """
    waiting = [job for job in jobs if not job.is_done]
    running: dict[int, Process] = {}
    try:
        while waiting or running:
            for place, device in enumerate(devices):
                if place not in running and waiting:
                    running[place] = Process(waiting.pop(0), device, threads)
            running = {place: process for place, process in running.items() if not process.is_over()}
            time.sleep(LOOK_S)
    finally:
        for process in running.values():
            process.stop()
