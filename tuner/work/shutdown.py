"""How a worker learns that it is to leave."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tuner.storage import Storage

EPOCH_PATIENCE_S = 30.0
"""How long a worker that was told to leave may still take for its epoch."""

DATABASE_PATIENCE_S = 8.0
"""How long it still waits for the database, for each of its last few writes."""

SLEEP_S = 0.1


class Shutdown:
    """A request to leave: the first signal waits for the end of the epoch, the second one for the next batch.

    The watchdog's thread makes it, the main thread asks for it.

    Parameters
    ----------
    parent : int
        Process that started this one.
    """

    def __init__(self, parent: int) -> None:
        self.storage: Storage | None = None
        self._times = 0
        self._since = 0.0
        self._parent = parent

    def request(self) -> None:
        """Ask once (more) to leave."""
        self._times += 1
        if self._times == 1:
            self._since = time.monotonic()
        if self.storage is not None:
            self.storage.database.patience_s = DATABASE_PATIENCE_S

    @property
    def is_requested(self) -> bool:
        """Tell whether this worker is to leave."""
        return self._times > 0

    @property
    def is_urgent(self) -> bool:
        """Tell whether the end of the epoch is no longer waited for."""
        return self._times > 1 or (self._times == 1 and time.monotonic() - self._since > EPOCH_PATIENCE_S)

    def wait(self, seconds: float) -> None:
        """Wait so long, or until asked to leave."""
        until = time.monotonic() + seconds
        while not self.is_requested and time.monotonic() < until:
            time.sleep(min(SLEEP_S, seconds))

    def notice_parent(self) -> None:
        """Ask to leave if the process that started this worker is gone, because nobody else would stop it."""
        if os.getppid() != self._parent and not self.is_requested:
            self.request()
