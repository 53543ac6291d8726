"""The package's errors, with one root for the command line to catch.

::

    DataError            anything wrong with files, labels, caches or splits
    ├── BadRecording     a recording that cannot be read or used
    ├── UnknownFormat    a source that is none of the accepted ones
    ├── CacheMissing     no cache where one was expected
    ├── CacheStale       a cache of another format version, or damaged
    ├── ViewTooLarge     a view that exceeds the cap on disk space
    └── LeakingSplit     a given split with identical recordings, or one group, on both sides

Every message is one line: what, value, where, and what to do about it.
"""

import os.path
from collections.abc import Sequence


class DataError(Exception):
    """Anything wrong with files, labels, caches or splits; the message is one line for the user."""


class BadRecording(DataError):
    """A recording that cannot be read or used."""


class UnknownFormat(DataError):
    """A source that is none of the accepted ones."""


class CacheMissing(DataError):
    """No cache where one was expected."""


class CacheStale(DataError):
    """A cache of another format version, or one with damaged files."""


class ViewTooLarge(DataError):
    """A view that exceeds the cap on disk space."""


class LeakingSplit(DataError):
    """A given split that has identical recordings, or recordings of one group, on both sides."""


MOST_NAMED = 10
"""How many of several faults a message names."""


def numbered(faults: Sequence[str]) -> str:
    """Join the first faults for a message: ``(1) a; (2) b; … and 3 more``; what all of them advise is said once."""
    shown = faults[:MOST_NAMED]
    start = _common_advice(shown)
    joined = "; ".join(f"({number}) {fault[: len(fault) - start]}" for number, fault in enumerate(shown, start=1))
    more = f"; … and {len(faults) - MOST_NAMED} more" if len(faults) > MOST_NAMED else ""
    return f"{joined}{more}{shown[0][len(shown[0]) - start :]}"


def _common_advice(faults: Sequence[str]) -> int:
    """Return how many letters at the end, from a colon on, all these faults share."""
    shared = os.path.commonprefix([fault[::-1] for fault in faults])[::-1]
    colon = shared.find(": ")
    return len(shared) - colon if colon >= 0 else 0


def refuse_all(source: object, faults: Sequence[DataError], n_all: int) -> None:
    """Raise the only one of these faults as it is, or one error that names the first ten; nothing if there are none.

    Parameters
    ----------
    source : object
        Where the recordings come from, for the message.
    faults : sequence of DataError
        What is wrong with each recording that cannot be used.
    n_all : int
        Number of all recordings.
    """
    if len(faults) == 1:
        raise faults[0]
    if faults:
        kind = BadRecording if all(isinstance(fault, BadRecording) for fault in faults) else DataError
        shown = numbered([str(fault) for fault in faults])
        raise kind(f"{len(faults)} of {n_all} recordings in {source} cannot be used: {shown}")


def first_few(names: Sequence[str]) -> str:
    """Join the first names for a message: ``a, b, c, … (12 in all)``."""
    shown = ", ".join(names[:5])
    return shown if len(names) <= 5 else f"{shown}, … ({len(names)} in all)"
