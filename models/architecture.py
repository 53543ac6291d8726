"""What the search needs to know about an architecture."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import nn

    from data_pipeline.front_ends import FrontEnd

TRAINERS = ("network", "boosting")
"""How models are trained: "network" by gradients, "boosting" by growing trees."""


@dataclass(frozen=True)
class Architecture:
    """One kind of model, as the search uses it.

    Parameters
    ----------
    name : str
        Name of the architecture in study files.
    config : type
        Frozen dataclass of its settings, with defaults.
    ranges : mapping
        Range of each setting, as a study file writes it; a single value pins the setting.
    build : callable
        ``build(config, n_classes)`` returns the model, whose ``forward(inputs, lengths)`` returns logits.
    front_end : callable
        ``front_end(config)`` returns the front end that makes the model's input.
    trainer : str
        How the model is trained, one of `TRAINERS`.
    """

    name: str
    config: type
    ranges: Mapping[str, Any]
    build: Callable[[Any, int], "nn.Module"]
    front_end: Callable[[Any], "FrontEnd"]
    trainer: str = "network"
