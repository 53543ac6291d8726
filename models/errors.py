"""The package's errors.

::

    ModelError
    ├── UnknownArchitecture   a name that is not registered
    └── BadShape              a batch that does not fit the network
"""


class ModelError(Exception):
    """Root of everything this package raises on purpose; its message is one line."""


class UnknownArchitecture(ModelError):
    """An architecture's name that the registry does not hold."""


class BadShape(ModelError):
    """A batch whose shape the network cannot take."""
