"""Settings of a trial: the training settings that architectures share, and the architecture's own."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from models import get_architecture
from models.limits import check_settings
from tuner.errors import SpecError

StoredSettings = dict[str, Any]
"""Settings as they are stored: `Settings.to_dict` writes them and `Settings.from_dict` reads them."""

OPTIMIZERS = ("adamw", "adam", "sgd")
SCHEDULES = ("constant", "cosine", "onecycle")


@dataclass(frozen=True)
class TrainSettings:
    """How a network is trained, whatever its architecture.

    Parameters
    ----------
    optimizer : str
        One of `OPTIMIZERS`; "sgd" has a momentum of 0.9.
    lr : float
        The highest learning rate of the schedule.
    weight_decay : float
        Weight decay; it is decoupled for "adamw", and an L2 penalty otherwise.
    schedule : str
        One of `SCHEDULES`, laid out over all batches of all planned epochs.
    batch_size : int
        Number of recordings in a step.
    epochs : int
        Planned number of passes over the training part.
    label_smoothing : float
        Share of the target spread evenly over all classes, 0 to 1.
    focal : float
        Exponent of the focal loss, which gives less weight to recordings that are predicted well; 0 is cross-entropy.
    ema : float
        Decay of the exponential moving average of the weights. The averaged weights are scored and kept; 0 averages
        nothing.
    class_weight : float
        Exponent on balanced class weights: 0 weighs every recording alike, 1 every class alike.
    gain, polarity, crop_s, resample, burst, wander, hum, noise : float
        Augmentation, see `data_pipeline.Augmentation`; 0 switches each off.
    """

    optimizer: str = "adamw"
    lr: float = 3e-3
    weight_decay: float = 1e-2
    schedule: str = "onecycle"
    batch_size: int = 32
    epochs: int = 20
    label_smoothing: float = 0.05
    focal: float = 0.0
    ema: float = 0.0
    class_weight: float = 0.5
    gain: float = 0.2
    polarity: float = 0.1
    crop_s: float = 0.0
    resample: float = 0.0
    burst: float = 0.0
    wander: float = 0.0
    hum: float = 0.0
    noise: float = 0.0

    def __post_init__(self) -> None:
        try:
            check_settings(self, _BOUNDS, {"optimizer": OPTIMIZERS, "schedule": SCHEDULES})
        except ValueError as error:
            raise SpecError(f"train.{error}") from error


_BOUNDS = {
    "lr": (1e-8, 10.0),
    "weight_decay": (0.0, 10.0),
    "batch_size": (2, 65536),
    "epochs": (1, 10_000),
    "label_smoothing": (0.0, 0.99),
    "focal": (0.0, 10.0),
    "ema": (0.0, 0.99999),
    "class_weight": (0.0, 2.0),
    "gain": (0.0, 0.9),
    "polarity": (0.0, 1.0),
    "crop_s": (0.0, 86400.0),
    "resample": (0.0, 1.0),
    "burst": (0.0, 1.0),
    "wander": (0.0, 10.0),
    "hum": (0.0, 10.0),
    "noise": (0.0, 10.0),
}

TRAIN_RANGES: Mapping[str, Any] = {
    "optimizer": {"choices": list(OPTIMIZERS)},
    "lr": {"low": 3e-4, "high": 5e-3, "log": True},
    "weight_decay": {"low": 1e-5, "high": 3e-2, "log": True},
    "schedule": {"choices": list(SCHEDULES)},
    "batch_size": {"choices": [16, 32, 64]},
    "epochs": 20,
    "label_smoothing": {"low": 0.0, "high": 0.15},
    "focal": {"choices": [0.0, 1.0, 2.0]},
    "ema": {"choices": [0.0, 0.99, 0.999]},
    "class_weight": {"low": 0.0, "high": 1.0},
    "gain": {"low": 0.0, "high": 0.3},
    "polarity": {"low": 0.0, "high": 0.5},
    "crop_s": {"choices": [0.0, 20.0, 10.0]},
    "resample": {"low": 0.0, "high": 0.3},
    "burst": {"low": 0.0, "high": 0.5},
    "wander": {"low": 0.0, "high": 0.3},
    "hum": {"low": 0.0, "high": 0.1},
    "noise": {"low": 0.0, "high": 0.1},
}
"""Default ranges as a study file writes them; a study file may narrow, pin or widen them."""


_TRAINERS_THAT_SHARE = frozenset({"network"})
"""Trainers whose architectures have the settings under `train.`; the others have their own settings only."""


def sections_of(architecture: str) -> tuple[str, ...]:
    """Return the names of the sections in an architecture's settings: "train", where it has that one, and its own."""
    is_sharing = get_architecture(architecture).trainer in _TRAINERS_THAT_SHARE
    return ("train", architecture) if is_sharing else (architecture,)


@dataclass(frozen=True)
class Settings:
    """All settings of a trial; they are stored with it, and retraining needs nothing else.

    Parameters
    ----------
    architecture : str
        Name of the architecture.
    train : TrainSettings or None
        Shared training settings; None where the architecture has its own settings only.
    model : Any
        The architecture's own settings, a frozen dataclass.
    """

    architecture: str
    train: TrainSettings | None
    model: Any

    @property
    def epochs(self) -> int:
        """Planned number of epochs."""
        epochs: int = (self.train or self.model).epochs
        return epochs

    def to_dict(self) -> StoredSettings:
        """Return nested plain data, whose paths are the names of settings in study files and in Optuna."""
        train = {} if self.train is None else {"train": dataclasses.asdict(self.train)}
        return {"architecture": self.architecture} | train | {self.architecture: dataclasses.asdict(self.model)}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Settings:
        """Build the settings that `to_dict` wrote.

        Raises
        ------
        UnknownArchitecture
            If the architecture is not known here.
        """
        name = data["architecture"]
        train = TrainSettings(**data["train"]) if "train" in data else None
        return cls(name, train, _config(name, data[name]))

    @classmethod
    def from_params(cls, params: Mapping[str, Any]) -> Settings:
        """Build settings from flat names such as `train.lr`; settings that are not named keep their defaults."""
        name = params["architecture"]
        nested: dict[str, dict[str, Any]] = {section: {} for section in sections_of(name)}
        for key, value in params.items():
            section, _, field = key.partition(".")
            if field and section in nested:
                nested[section][field] = value
        train = TrainSettings(**nested["train"]) if "train" in nested else None
        return cls(name, train, _config(name, nested[name]))


def _config(architecture: str, values: Mapping[str, Any]) -> Any:
    try:
        return get_architecture(architecture).config(**values)
    except (TypeError, ValueError) as error:  # a person's own architecture may refuse values
        raise SpecError(f"{architecture} with {dict(values)}: {' '.join(str(error).split())}") from error


def architecture_of(settings: StoredSettings) -> str:
    """Return the architecture of stored settings; building them would need the architecture's code."""
    name: str = settings["architecture"]
    return name
