"""The architectures by name: those of this package, of installed packages, and of loaded module files.

Each architecture of this package has one module, with its network, its settings and their ranges. A module, and torch
with it, is loaded when its architecture is first used.
"""

from importlib import import_module

from models.architecture import Architecture
from models.errors import BadArchitecture, UnknownArchitecture
from models.installed import distribution_of, installed_names, load_installed

_MODULES = {
    "stft_crnn": "models.stft_crnn",
    "resnet1d": "models.resnet1d",
    "crnn1d": "models.crnn1d",
    "tcn": "models.tcn",
    "beat_rnn": "models.beat_rnn",
    "feature_boosting": "models.feature_boosting",
}

_registered: dict[str, tuple[Architecture, str]] = {}


def architecture_names() -> tuple[str, ...]:
    """Return the names of the architectures of this package."""
    return tuple(_MODULES)


def known_names() -> tuple[str, ...]:
    """Return the names of all known architectures, each once."""
    return tuple(dict.fromkeys([*_MODULES, *installed_names(), *_registered]))


def get_architecture(name: str) -> Architecture:
    """Return the architecture of a name.

    Parameters
    ----------
    name : str
        Name of the architecture, as in the study file.

    Returns
    -------
    Architecture

    Raises
    ------
    UnknownArchitecture
        If there is none of that name.
    BadArchitecture
        If an installed package brings it, and it cannot be used.
    """
    if name in _MODULES:
        architecture: Architecture = import_module(_MODULES[name]).ARCHITECTURE
        return architecture
    if name in _registered:
        return _registered[name][0]
    if name in installed_names():
        return load_installed(name)
    known = ", ".join(known_names())
    raise UnknownArchitecture(f"unknown architecture {name!r}: use one of {known}, or bring your own along")


def register(architecture: Architecture, origin: str) -> None:
    """Make an architecture known in this process; it may be registered again from the same origin.

    Parameters
    ----------
    architecture : Architecture
        Architecture that keeps the contract.
    origin : str
        Where it comes from, for messages.

    Raises
    ------
    BadArchitecture
        If another architecture of that name is known.
    """
    check_free(architecture.name, origin)
    _registered[architecture.name] = architecture, origin


def check_free(name: str, origin: str) -> None:
    """Refuse a name under which another architecture is known.

    Raises
    ------
    BadArchitecture
        If there is one; the message says where it comes from.
    """
    other = "this service" if name in _MODULES else None
    if distribution := distribution_of(name):
        other = other or " ".join(distribution)
    if other is None and name in _registered and _registered[name][1] != origin:
        raise BadArchitecture(
            f"architecture {name!r} of {origin} has the name of one of {_registered[name][1]}, which is loaded: "
            "rename it, or start a new process for another version of a file"
        )
    if other is not None:
        raise BadArchitecture(f"architecture {name!r} of {origin} has the name of one of {other}: rename it")
