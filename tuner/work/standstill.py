"""Whether the main thread of a process gets on with its work, as another thread sees it."""

from __future__ import annotations

import threading
import time
from contextlib import suppress
from pathlib import Path

import psutil

from data_pipeline.running_time import running_s
from data_pipeline.steps import n_steps

LOOK_S = 1.0
"""Seconds between two looks."""

EPOCHS = 3
"""A training may compute for so many of its own epochs without a step, however long they are."""

COMPUTING_S = 0.5
"""Seconds of processor time by which a process, or one that it has started, is seen to compute.

Its other threads need minutes for as much.
"""


class Standstill:
    """How long the main thread of this process has not got on.

    Steps of its work are counted, see :mod:`data_pipeline.steps`. Between two of them it may compute for long, but not
    be still for long, as when it hangs on a dead disk. Time in which the whole process was frozen does not count.

    Parameters
    ----------
    still_s : float
        Seconds without a step and without computing after which it hangs.
    stepless_s : float
        Seconds without a step after which it hangs, or `EPOCHS` epochs where these are longer.

    Attributes
    ----------
    epoch_s : float
        Seconds that the last epoch took of what is trained.
    stepless_s : float
        Seconds since the last step.
    """

    def __init__(self, still_s: float, stepless_s: float) -> None:
        self._still_limit_s, self._stepless_limit_s = still_s, stepless_s
        self.epoch_s = 0.0
        self.stepless_s = 0.0
        self._still_s = 0.0
        self._n_steps = n_steps()
        self._cpu_s = _used_s()
        self._looked = running_s()

    def look(self) -> None:
        """Take note of what has happened; to be called every `LOOK_S` by a thread beside the main one."""
        now = running_s()
        passed_s, self._looked = now - self._looked, now
        self._still_s += passed_s
        self.stepless_s += passed_s
        if abs((cpu_s := _used_s()) - self._cpu_s) > COMPUTING_S or _main_is_runnable():  # less: a process has ended
            self._cpu_s, self._still_s = cpu_s, 0.0
        if (steps := n_steps()) != self._n_steps:
            self._n_steps, self._still_s, self.stepless_s = steps, 0.0, 0.0

    @property
    def _share(self) -> float:
        """Share of the time granted that has passed."""
        stepless_limit_s = max(self._stepless_limit_s, EPOCHS * self.epoch_s)
        return max(self._still_s / self._still_limit_s, self.stepless_s / stepless_limit_s)

    @property
    def stuck_for_s(self) -> float | None:
        """Seconds since the last step once half the time granted has passed, else None."""
        return self.stepless_s if self._share > 0.5 else None

    @property
    def is_hopeless(self) -> bool:
        """Whether all the time granted has passed."""
        return self._share > 1


def _of_main(file: str) -> str:
    """Read what the system tells of the main thread."""
    try:
        return Path(f"/proc/self/task/{threading.main_thread().native_id}/{file}").read_text()
    except OSError:  # another kind of system
        return ""


def _main_is_runnable() -> bool:
    """Tell whether the main thread computes, or would if a busy machine gave it a turn."""
    return _of_main("stat").rpartition(")")[2].split()[:1] == ["R"]


def _used_s() -> float:
    """Return the processor time that this process and those started by its main thread have used."""
    used_s = time.process_time()
    for pid in _of_main("children").split():
        with suppress(psutil.NoSuchProcess):
            used_s += sum(psutil.Process(int(pid)).cpu_times()[:2])
    return used_s
