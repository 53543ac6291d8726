"""Where faults happen: a study, and the processes that are at work on it."""

from __future__ import annotations

import random
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

import psutil

from benchmarks.chaos.preload import Preload
from benchmarks.stage import Stage


@dataclass(frozen=True)
class Dealt:
    """A fault that has happened.

    Attributes
    ----------
    whom : str
        To whom, for people.
    seconds : float
        How long it lasts.
    mend : callable, optional
        What ends it then.
    """

    whom: str
    seconds: float = 0.0
    mend: Callable[[], None] | None = None

    def __str__(self) -> str:
        return f"{self.whom} for {self.seconds:.1f} s" if self.mend else self.whom


@dataclass
class Scene:
    """A study at work.

    Attributes
    ----------
    stage : Stage
        The study.
    preload : Preload or None
        What its commands are started with; None where that cannot be had.
    rng : random.Random
        Draws whom it hits, and for how long.
    parents : list of Popen
        Commands at work: `tuner work` or `tuner finalize`.
    frozen : set of int
        Numbers of the processes that stand still.
    """

    stage: Stage
    preload: Preload | None
    rng: random.Random
    parents: list[subprocess.Popen[bytes]] = field(default_factory=list)
    frozen: set[int] = field(default_factory=set)

    def awake(self) -> list[psutil.Process]:
        """List the workers that are not frozen."""
        return [worker for worker in self.stage.workers() if worker.pid not in self.frozen]

    def a_worker(self) -> psutil.Process | None:
        """Choose a worker."""
        workers = self.awake()
        return self.rng.choice(workers) if workers else None

    def a_parent(self) -> psutil.Process | None:
        """Choose a parent."""
        awake = [parent.pid for parent in self.parents if parent.poll() is None and parent.pid not in self.frozen]
        return psutil.Process(self.rng.choice(awake)) if awake else None

    def freeze(self, process: psutil.Process, seconds: float) -> Dealt:
        """Stop a process, and let it go on later."""
        process.suspend()
        self.frozen.add(process.pid)

        def go_on() -> None:
            self.frozen.discard(process.pid)
            with suppress(psutil.NoSuchProcess):
                process.resume()

        return Dealt(str(process.pid), seconds, go_on)

    def catch(self, is_now: Callable[[], set[int]], seconds: float = 0.2) -> psutil.Process | None:
        """Stop a worker at a moment that comes and goes; it stands still when it is returned.

        Parameters
        ----------
        is_now : callable
            Returns the numbers of the processes whose moment is now.
        seconds : float
            How long to look out for one.
        """
        workers = {worker.pid: worker for worker in self.awake()}
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            for pid in workers.keys() & is_now():
                with suppress(psutil.NoSuchProcess):
                    workers[pid].suspend()
                    if pid in is_now():  # it may have gone on before it was stopped
                        return workers[pid]
                    workers[pid].resume()
        return None
