"""What stops a training under way: signals, a lost lease, the study's time, and whoever steers the study."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from data_pipeline.steps import count_step
from tuner.errors import StorageAway
from tuner.storage import briefly
from tuner.work.pulse import Pulse

if TYPE_CHECKING:
    from tuner.storage import Command, ControlRow, Lease

PAUSE_S = 2.0
"""Seconds between two looks whether a pause is over."""

LEAVE = "leave"
"""The answer that tells a training to be handed back."""


class Interruption(Protocol):
    """How the outside world stops a training under way."""

    def leave_now(self) -> bool:
        """Asked before every batch: drop the epoch and go."""

    def after_epoch(self, number: int, seconds: float) -> str | None:
        """Asked after every epoch, waits while paused: None to go on, `LEAVE`, or the reason to prune the trial."""


class SearchInterruption:
    """What stops a trial of the search."""

    def __init__(self, pulse: Pulse, study_id: int, lease: Lease, control: ControlRow) -> None:
        self._pulse, self._study, self._lease, self._control = pulse, study_id, lease, control

    def leave_now(self) -> bool:
        """Tell whether the lease is lost, or the worker is in a hurry."""
        return _leave_now(self._pulse)

    def after_epoch(self, number: int, seconds: float) -> str | None:
        """Ask the study, and wait while it is paused."""
        self._pulse.take(number, seconds)
        while True:
            is_to_stop = self._look()
            if self._pulse.shutdown.is_requested or self._control.command == "stop":
                return LEAVE
            if is_to_stop:
                return "stopped by hand"
            if self._control.time_is_over:
                return "the study's time is over"
            if self._control.command == "run":
                return None
            self._pulse.wait(PAUSE_S)

    def _look(self) -> bool:
        """Read what holds now; while the database is away, what held last goes on to hold."""
        storage = self._pulse.storage
        try:
            with briefly():
                self._control, is_to_stop = storage.control.under(self._lease, self._study)
                return is_to_stop
        except StorageAway:
            return False


class FinalInterruption:
    """What stops a training of the final step; it goes on where the final step itself has fallen silent."""

    def __init__(self, pulse: Pulse, study_id: int) -> None:
        self._pulse, self._study = pulse, study_id
        self._command: Command = "run"

    def leave_now(self) -> bool:
        """Tell whether the lease is lost, or the worker is in a hurry."""
        return _leave_now(self._pulse)

    def after_epoch(self, number: int, seconds: float) -> str | None:
        """Ask the final step, and wait while it is paused."""
        self._pulse.take(number, seconds)
        while True:
            self._look()
            if self._pulse.shutdown.is_requested or self._command == "stop":
                return LEAVE
            if self._command == "run":
                return None
            self._pulse.wait(PAUSE_S)

    def _look(self) -> None:
        """Read what holds now; while the database is away, what held last goes on to hold."""
        try:
            with briefly():
                step = self._pulse.storage.final_steps.find(self._study)
                self._command = "stop" if step is None else step.command
        except StorageAway:
            return


def _leave_now(pulse: Pulse) -> bool:
    count_step()
    return pulse.is_lost or pulse.shutdown.is_urgent
