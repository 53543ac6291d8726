"""How a worker learns that it is to leave."""

from __future__ import annotations

import os
import signal
import time
from types import FrameType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tuner.storage import Storage

LEAVE_S = 30.0
LAST_PATIENCE_S = 8.0
"""How long a worker told to leave still waits for the database, for each of its last few words."""

LOOK_S = 0.1


class Departure:
    """Set by signals only: the first asks to leave after the epoch, the second at the next batch.

    Plain numbers, and no lock: a signal's handler may come upon any of this half done.
    """

    def __init__(self, parent: int) -> None:
        self.storage: Storage | None = None
        self._times = 0
        self._since = 0.0
        self._parent = parent

    def listen(self) -> None:
        """Install the signal handlers."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._on_signal)

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self.ask()

    def ask(self) -> None:
        """Ask once (more) to leave."""
        self._times += 1
        if self._times == 1:
            self._since = time.monotonic()
        if self.storage is not None:
            self.storage.database.patience_s = LAST_PATIENCE_S

    @property
    def is_asked(self) -> bool:
        """Tell whether this worker is to leave."""
        return self._times > 0

    def wait(self, seconds: float) -> None:
        """Wait so long, or until asked to leave."""
        until = time.monotonic() + seconds
        while not self.is_asked and time.monotonic() < until:
            time.sleep(LOOK_S)

    def is_urgent(self) -> bool:
        """Tell whether an epoch's end is no longer waited for."""
        return self._times > 1 or (self._times == 1 and time.monotonic() - self._since > LEAVE_S)

    def notice_parent(self) -> None:
        """Ask to leave if the process that started this worker is gone, as nobody else would stop it."""
        if os.getppid() != self._parent and not self.is_asked:
            self.ask()
