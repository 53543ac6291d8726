"""What a worker's time goes into."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import psutil

from data_pipeline.running_time import running_s

if TYPE_CHECKING:
    from tuner.training.fit import Training


class Usage:
    """Seconds this process has spent so far, as a worker.

    Attributes
    ----------
    waiting_s : float
        Paused, or with no trial to be had.
    """

    def __init__(self) -> None:
        # The system knows to a second when the process was started.
        self._started = running_s() - max(0.0, time.time() - psutil.Process().create_time())
        self._training: Training | None = None
        self._earlier_s = 0.0
        self.waiting_s = 0.0

    def follow(self, training: Training) -> None:
        """Count a training's time from now on, beside that of the earlier ones."""
        self._earlier_s, self._training = self.training_s, training

    @property
    def training_s(self) -> float:
        """Time in forward, backward and optimizer step."""
        return self._earlier_s + (self._training.busy_s if self._training else 0.0)

    @property
    def working_s(self) -> float:
        """Running time since the process was started, its start-up included and its waiting left out."""
        return running_s() - self._started - self.waiting_s
