"""The architectures by name. Each is one module with its network, settings, and the ranges to search them in.

A module, and torch with it, is loaded when its architecture is asked for.
"""

from importlib import import_module

from models.architecture import Architecture
from models.errors import UnknownArchitecture

_MODULES = {
    "stft_crnn": "models.stft_crnn",
    "resnet1d": "models.resnet1d",
    "crnn1d": "models.crnn1d",
    "feature_boosting": "models.feature_boosting",
}


def architecture_names() -> tuple[str, ...]:
    """Name the registered architectures."""
    return tuple(_MODULES)


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
    """
    if name not in _MODULES:
        raise UnknownArchitecture(f"unknown architecture {name!r}: use one of {', '.join(_MODULES)}")
    architecture: Architecture = import_module(_MODULES[name]).ARCHITECTURE
    return architecture
