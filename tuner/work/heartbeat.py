"""A thread that says every few seconds that its process is alive, or looks after something as often."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from tuner.errors import StorageError

if TYPE_CHECKING:
    from tuner.storage import Storage

logger = logging.getLogger(__name__)

BEAT_S = 10.0


class Heartbeat:
    """A thread that calls `beat` every few seconds, from entering the context until leaving it.

    Parameters
    ----------
    storage : Storage
        Database that is written to; it learns from each beat that this process is not frozen.
    beat : callable
        Writes that the process is alive. It must not wait for a database that is away.
    """

    def __init__(self, storage: Storage, beat: Callable[[], None]) -> None:
        self._storage, self._beat = storage, beat
        self._is_over = False
        self._next = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def _run(self) -> None:
        while True:
            self._next.wait(BEAT_S)
            self._next.clear()
            if self._is_over:
                return
            self._storage.database.outage.tick()
            try:
                self._beat()
            except StorageError as error:  # a beat is no reason to end: the next write will tell
                logger.warning("%s", error)

    def hurry(self) -> None:
        """Let the next beat come at once."""
        self._next.set()

    def __enter__(self) -> Heartbeat:
        self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._is_over = True
        self.hurry()
        self._thread.join()
