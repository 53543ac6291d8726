"""Files that this process has mapped into memory and reads for hours."""

from __future__ import annotations

import mmap
import os
import time
from contextlib import suppress
from pathlib import Path
from threading import Lock
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

import numpy as np
from isal import isal_zlib
from numpy.typing import NDArray

from data_pipeline.steps import count_step

_BLOCK = 2**26  # bytes that are read in one go: in between, other threads have their turn


class FileState(NamedTuple):
    """What tells a file from others, and from itself before it was written to."""

    device: int
    inode: int
    size: int
    written_ns: int

    @classmethod
    def of(cls, stat: os.stat_result) -> FileState:
        """Take it from what the system says of a file."""
        return cls(stat.st_dev, stat.st_ino, stat.st_size, stat.st_mtime_ns)


_lock = Lock()  # beats look from a thread of their own
_mapped: WeakKeyDictionary[mmap.mmap, tuple[Path, FileState]] = WeakKeyDictionary()


def map_file(path: Path, size: int) -> tuple[NDArray[np.uint8], FileState] | None:
    """Map a file, read-only; return None where it has not the size it should have.

    Raises
    ------
    OSError
        If it is missing, or cannot be mapped.
    """
    with path.open("rb") as file:
        # The state of the open file is right even if another process replaces it now.
        state = FileState.of(os.fstat(file.fileno()))
        if state.size != size or not size:
            return None
        mapping = mmap.mmap(file.fileno(), size, access=mmap.ACCESS_READ)
    with _lock:
        _mapped[mapping] = path, state
    return np.frombuffer(mapping, np.uint8), state


def written_to() -> Path | None:
    """Name a file that was written to while this process has it mapped, or None.

    One that was removed or replaced is still what it was for who has it mapped.
    """
    with _lock:
        mapped = list(_mapped.values())
    return next((path for path, state in mapped if _is_written_to(path, state)), None)


def is_in_place(path: Path) -> bool:
    """Tell whether a path still leads to the file that this process has mapped from there."""
    with _lock:
        states = [state for mapped, state in _mapped.values() if mapped == path]
    now = _look(path)
    return now is not None and any(now[:2] == state[:2] for state in states)


def keep_in_use() -> None:
    """Say by their times of access that the mapped files are in use, where that may be written."""
    with _lock:
        paths = {path for path, _ in _mapped.values()}
    for path in filter(is_in_place, paths):
        with suppress(OSError):
            os.utime(path, ns=(time.time_ns(), path.stat().st_mtime_ns))


def _is_written_to(path: Path, state: FileState) -> bool:
    now = _look(path)
    return now is not None and now != state and now[:2] == state[:2]


def _look(path: Path) -> FileState | None:
    try:
        return FileState.of(path.stat())
    except OSError:
        return None


def checksum(*parts: NDArray[Any] | bytes, start: int = 0) -> int:
    """Return the CRC-32 of bytes one after the other: it reveals damage, at several gigabytes a second.

    Parameters
    ----------
    *parts : ndarray or bytes
        Contiguous arrays, of which the bytes count.
    start : int
        Checksum of what comes before them.
    """
    value = start
    for part in parts:
        data = part if isinstance(part, bytes) else part.reshape(-1).view(np.uint8)
        for first in range(0, len(data), _BLOCK):
            value = isal_zlib.crc32(data[first : first + _BLOCK], value)
            count_step()
    return value
