"""The package's errors.

::

    ModelError
    ├── UnknownArchitecture   a name that is not registered
    ├── BadArchitecture       a person's own architecture that cannot be loaded or breaks the contract
    ├── FailedCheck           a check that an architecture does not pass
    ├── BadShape              a batch that does not fit the network
    └── BadTrees              trees whose text their library must not be given
"""

MOST_CHARACTERS = 500


def described(error: BaseException) -> str:
    """Return an error's type and message in one line; what libraries say may be long, and have many."""
    return f"{type(error).__name__}: {' '.join(str(error).split())[:MOST_CHARACTERS]}"


class ModelError(Exception):
    """Root of everything this package raises on purpose; its message is one line."""


class UnknownArchitecture(ModelError):
    """A name of an architecture that is not registered."""


class BadArchitecture(ModelError):
    """A person's own architecture that cannot be loaded or breaks the contract."""


class FailedCheck(ModelError):
    """A check that an architecture does not pass."""


class BadShape(ModelError):
    """A batch whose shape the network cannot take."""


class BadTrees(ModelError):
    """Trees whose text is damaged, changed or not theirs: their library must not be given it."""
