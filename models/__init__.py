"""Architectures: their networks, their settings and the ranges to search them in.

Names are loaded when they are first used, so that importing the package does not load torch.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from models.architecture import Architecture
    from models.baseline import BaselineSTFTModel
    from models.errors import BadArchitecture, BadShape, FailedCheck, ModelError, UnknownArchitecture
    from models.registry import architecture_names, get_architecture

__all__ = [
    "Architecture",
    "BadArchitecture",
    "BadShape",
    "BaselineSTFTModel",
    "FailedCheck",
    "ModelError",
    "UnknownArchitecture",
    "architecture_names",
    "get_architecture",
]

_HOMES = {
    "Architecture": "models.architecture",
    "BadArchitecture": "models.errors",
    "BadShape": "models.errors",
    "BaselineSTFTModel": "models.baseline",
    "FailedCheck": "models.errors",
    "ModelError": "models.errors",
    "UnknownArchitecture": "models.errors",
    "architecture_names": "models.registry",
    "get_architecture": "models.registry",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
