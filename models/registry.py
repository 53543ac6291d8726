"""The architectures by name: ours, those of installed packages, and those of module files loaded in this process.

Each is one module with its network, settings, and the ranges to search them in. A module, and torch with it, is loaded
when its architecture is asked for.
"""

from importlib import import_module

from models.architecture import Architecture
from models.errors import BadArchitecture, UnknownArchitecture
from models.installed import distribution_of, installed_names, load_installed

_MODULES = {
    "stft_crnn": "models.stft_crnn",
    "resnet1d": "models.resnet1d",
    "crnn1d": "models.crnn1d",
    "feature_boosting": "models.feature_boosting",
}

_registered: dict[str, tuple[Architecture, str]] = {}


def architecture_names() -> tuple[str, ...]:
    """Name the architectures that come with the service."""
    return tuple(_MODULES)


def known_names() -> tuple[str, ...]:
    """Name all architectures that can be asked for here, each once."""
    return tuple(dict.fromkeys([*_MODULES, *installed_names(), *_registered]))


def get_architecture(name: str) -> Architecture:
    """Look an architecture up.

    Parameters
    ----------
    name : str
        As in the study file.

    Returns
    -------
    Architecture

    Raises
    ------
    UnknownArchitecture
        If there is none of that name.
    BadArchitecture
        If an installed package has one that cannot be used.
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
    """Make an architecture known in this process; once more from the same origin changes nothing.

    Parameters
    ----------
    architecture : Architecture
        It keeps the contract.
    origin : str
        Where it comes from, as a message names it.

    Raises
    ------
    BadArchitecture
        If another one of that name is known.
    """
    check_free(architecture.name, origin)
    _registered[architecture.name] = architecture, origin


def check_free(name: str, origin: str) -> None:
    """Refuse a name under which another architecture is known.

    Raises
    ------
    BadArchitecture
        Saying where that comes from.
    """
    other = "this service" if name in _MODULES else None
    if distribution := distribution_of(name):
        other = other or " ".join(distribution)
    if name in _registered and _registered[name][1] != origin:
        other = other or _registered[name][1]
    if other is not None:
        raise BadArchitecture(f"architecture {name!r} of {origin} has the name of one of {other}: rename it")
