"""What a worker's time goes into."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

import psutil


def _process_start() -> float:
    """Return when this process was started, by the monotonic clock."""
    return time.monotonic() - max(0.0, time.time() - psutil.Process().create_time())


@dataclass
class Usage:
    """Seconds a worker has spent so far.

    Parameters
    ----------
    training_s : float
        In forward, backward and optimizer step, of finished epochs.
    waiting_s : float
        Paused, or with no trial to be had.
    """

    training_s: float = 0.0
    waiting_s: float = 0.0
    _started: float = field(default_factory=_process_start)

    @property
    def working_s(self) -> float:
        """Wall time since the process was started, its start-up included and its waiting left out."""
        return time.monotonic() - self._started - self.waiting_s


def share_outside(training_s: float, working_s: float) -> float | None:
    """Return the share of working time that went into anything but training; None before the first epoch."""
    return 1 - training_s / working_s if training_s else None
