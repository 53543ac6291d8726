"""What a training has to write while the database is away: held back in order, while training goes on."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable

from tuner.errors import StorageAway
from tuner.storage import briefly

logger = logging.getLogger(__name__)


class Outbox:
    """Writes of one training, each made once and in their order.

    What is still held back when the process dies is lost to it, and said again by its successor from the checkpoint.

    Parameters
    ----------
    name : str
        What the log calls the training.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._held: deque[Callable[[], None]] = deque()
        self._is_away = False

    def post(self, *writes: Callable[[], None]) -> bool:
        """Make writes after all that are held back, or hold them back too.

        Returns
        -------
        bool
            Whether everything is written.

        Raises
        ------
        LeaseLost
            If another worker has the training now.
        """
        self._held.extend(writes)
        try:
            with briefly():
                self.deliver()
        except StorageAway as error:
            if not self._is_away:
                logger.warning("%s trains on and holds its reports back: %s", self._name, error)
            self._is_away = True
            return False
        return True

    def deliver(self) -> None:
        """Make all writes that are held back, and wait for the database as long as its storage does."""
        n_held = len(self._held)
        while self._held:
            self._held[0]()
            self._held.popleft()
        if self._is_away:
            logger.warning("%s: the database is back, %d held-back writes are made", self._name, n_held)
            self._is_away = False
