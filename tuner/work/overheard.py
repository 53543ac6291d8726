"""What a worker has to say to whoever sits before the terminal of its supervisor; all else goes into its log."""

from __future__ import annotations

import logging
import os
import time
from typing import IO

logger = logging.getLogger(__name__)

MARK = b"warning: "

OFTEN_S = 60.0
"""The same words are passed on once in so many seconds, however many workers say them."""


def say_to_supervisor(name: str) -> None:
    """Let a logger's warnings reach the supervisor of this process, too, which reads what it prints."""
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter(f"{MARK.decode()}%(message)s"))
    logging.getLogger(name).addHandler(handler)


class Overheard:
    """The warnings of a supervisor's workers."""

    def __init__(self) -> None:
        self._read: dict[int, int] = {}
        self._said_at: dict[bytes, float] = {}

    def pass_on(self, pid: int, printed: IO[bytes]) -> None:
        """Log what a worker has printed since the last call, as far as it is meant for people."""
        begin = self._read.get(pid, 0)
        # The file's own position is the worker's: it must not move.
        text = os.pread(printed.fileno(), 2**16, begin)
        lines = text[: text.rfind(b"\n") + 1].splitlines(keepends=True)
        self._read[pid] = begin + sum(map(len, lines))
        for line in lines:
            words = line.removeprefix(MARK).strip()
            if line.startswith(MARK) and time.monotonic() - self._said_at.get(words, -OFTEN_S) >= OFTEN_S:
                self._said_at[words] = time.monotonic()
                logger.warning("worker %d: %s", pid, words.decode(errors="replace"))
