"""Hyperparameter tuning as a service: studies, trials, workers, the final step and the command line.

Names are loaded when they are first used, so that importing the package loads neither torch nor pandas.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tuner.notebook import evaluate, train_model, train_one_epoch

__all__ = ["evaluate", "train_model", "train_one_epoch"]

_HOMES = dict.fromkeys(__all__, "tuner.notebook")


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
