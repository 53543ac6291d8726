"""What the search knows of an architecture."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import nn

    from data_pipeline.front_ends import FrontEnd

TRAINERS = ("network", "boosting")
"""By gradients, or by growing trees."""


@dataclass(frozen=True)
class Architecture:
    """One kind of model as the search sees it.

    Parameters
    ----------
    name : str
        As in the study file.
    config : type
        Frozen dataclass of its settings, with defaults.
    ranges : mapping
        Setting to range, in the study file's form; a bare scalar pins it.
    build : callable
        ``build(config, n_classes)`` gives the model: ``forward(inputs, lengths)`` to logits.
    front_end : callable
        ``front_end(config)`` gives the input it wants.
    trainer : str
        One of `TRAINERS`: how it is trained.
    """

    name: str
    config: type
    ranges: Mapping[str, Any]
    build: Callable[[Any, int], "nn.Module"]
    front_end: Callable[[Any], "FrontEnd"]
    trainer: str = "network"
