"""The sealed labels of the test part; this is the only module that opens them.

They are not part of the cache's fingerprint, of its labels, or of anything that a study sees.
"""

import errno
import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from data_pipeline.cache import OPENINGS, SEALED_LABELS, Cache
from data_pipeline.disk import sync, write_atomically
from data_pipeline.errors import DataError
from data_pipeline.tables import read_lines


def read_sealed_labels(cache: Cache) -> NDArray[np.int64]:
    """Open the sealed labels of a cache.

    Returns
    -------
    ndarray of shape (len(cache.test),), int64
        Classes in the order of ``cache.test``.

    Raises
    ------
    DataError
        If the cache has no sealed labels, or they do not fit it.
    """
    numbers = {name: number for number, name in enumerate(cache.class_names)}
    return np.array([numbers[name] for name in read_sealed_names(cache)], dtype=np.int64)


def read_sealed_names(cache: Cache) -> list[str]:
    """Open the sealed labels like `read_sealed_labels`, and return them as class names."""
    path = cache.path / SEALED_LABELS
    if not path.is_file():
        raise DataError(f"cache {cache.path} has no sealed test labels: its source had none (y_test.csv)")
    names = read_lines(path)
    if len(names) != len(cache.test):
        raise DataError(f"{path} has {len(names)} labels for {len(cache.test)} test recordings: prepare it again")
    check_names(path, names, cache.class_names)
    return names


def check_names(path: str | Path, names: Sequence[str], class_names: Sequence[str]) -> None:
    """Refuse labels that are not among the classes.

    Raises
    ------
    DataError
        If there is one; the message names the first and its line.
    """
    known = set(class_names)
    for line, name in enumerate(names, start=1):
        if name not in known:
            raise DataError(f"{path} line {line}: {name!r} is none of the classes {', '.join(class_names)}: correct it")


def note_opening(folder: Path, name: str) -> None:
    """Note the name of an opening in the cache, for all studies and databases.

    Raises
    ------
    OSError
        If the cache cannot be written to.
    """
    line = f"{name}\n".encode()
    # Neither a pipe, which nobody reads, nor a link to a file elsewhere is written to.
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    with os.fdopen(os.open(folder / OPENINGS, flags, 0o666), "ab", buffering=0) as stream:
        size = stream.seek(0, os.SEEK_END)
        try:
            if stream.write(line) < len(line):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            os.fsync(stream.fileno())
        except OSError:
            stream.truncate(size)  # half a name would be glued to the next one
            raise
    sync(folder)  # it may be the first


def noted_openings(folder: Path) -> set[str]:
    """Return the names of the openings that are noted in a cache.

    Raises
    ------
    DataError
        If they cannot be read.
    """
    path = folder / OPENINGS
    # The file is empty if the disk was full at the first opening, which the study then knows of.
    return set(read_lines(path)) if path.exists() and path.stat().st_size else set()


def write_sealed_labels(folder: Path, names: Sequence[str]) -> None:
    """Write sealed labels to a cache folder, one class name per line, whole or not at all."""
    write_atomically(folder / SEALED_LABELS, "".join(f"{name}\n" for name in names).encode())
