"""What ends a worker whose main thread hangs, and tells its supervisor that the process lives."""

from __future__ import annotations

import logging
import os
import sys
import threading
from contextlib import suppress
from typing import TYPE_CHECKING

from tuner.errors import TunerError
from tuner.work.shutdown import DATABASE_PATIENCE_S, Shutdown
from tuner.work.standstill import LOOK_S, Standstill
from tuner.work.watchdog import Watchdog, end_process

if TYPE_CHECKING:
    from tuner.work.pulse import Pulse

logger = logging.getLogger(__name__)

STILL_S = 120.0
"""So long a worker may make no step and compute nothing."""

STEPLESS_S = 600.0
"""So long it may compute without a step, unless its epochs are long."""

STUCK = 75
"""How a worker ends that was stuck: another is to take its place."""

LEAVE_S = 10.0
"""How long one that is to leave at once may go on without a step."""


class Guard:
    """The watchdog of a worker.

    Parameters
    ----------
    shutdown : Shutdown
        Learns of signals, and of a parent that is gone.
    supervisor : int or None
        File descriptor of a pipe to the supervisor, which hears from it that this process is not frozen.

    Attributes
    ----------
    standstill : Standstill
        How long the main thread has not got on.
    pulse : Pulse or None
        What the worker has in hand, once it works.
    """

    def __init__(self, shutdown: Shutdown, supervisor: int | None = None) -> None:
        self.shutdown, self._supervisor = shutdown, supervisor
        self.standstill = Standstill(STILL_S, STEPLESS_S)
        self.pulse: Pulse | None = None
        self._urgent_s = 0.0
        self._watchdog = Watchdog(self._hear, self._look)
        self._main = threading.main_thread().ident

    def begin(self) -> None:
        """Watch from now on until the process ends; to be called in the main thread."""
        self._watchdog.__enter__()

    def _hear(self) -> None:
        self.shutdown.request()
        if self.pulse is not None:
            self.pulse.hurry()

    def _look(self) -> None:
        if self._supervisor is not None:
            with suppress(OSError):  # full, as the supervisor is frozen, or closed, as it is gone
                os.write(self._supervisor, b".")
        self.shutdown.notice_parent()
        self.standstill.look()
        self._urgent_s = self._urgent_s + LOOK_S if self.shutdown.is_urgent else 0.0
        if self.standstill.is_hopeless or min(self._urgent_s, self.standstill.stepless_s) > LEAVE_S:
            self._end()

    def _end(self) -> None:
        """Hand back what this worker has, unless that hangs, too, and end the process."""
        lease = self.pulse.lease if self.pulse is not None else None
        what = f"with {lease.name}, which it hands back" if lease else "with nothing in hand"
        message = f"worker {os.getpid()} made no step for {self.standstill.stepless_s:.0f} s: it ends {what}"
        frame = sys._current_frames().get(self._main or 0)
        if frame is not None:
            message += f"; it hangs in {frame.f_code.co_filename} line {frame.f_lineno}"
        end_process(STUCK, message, lambda: self._hand_back(message))

    def _hand_back(self, message: str) -> None:
        if self.pulse is None:
            return
        storage, lease = self.pulse.storage, self.pulse.lease
        storage.database.patience_s = DATABASE_PATIENCE_S
        with suppress(TunerError):
            if lease is not None:
                # It may hang wherever it is trained, unless it is only not quick enough in leaving.
                storage.leases.hand_back(lease, died=not self.shutdown.is_requested)
            storage.workers.retire(self.pulse.worker_id)
        logger.error("%s", message)  # at the very end, since the log may be on the disk that hangs
