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


def first_few(names: Sequence[str]) -> str:
    """Join the first names for a message: ``a, b, c, … (12 in all)``."""
    shown = ", ".join(names[:5])
    return shown if len(names) <= 5 else f"{shown}, … ({len(names)} in all)"
