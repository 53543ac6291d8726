"""Which class trains an architecture: the only module that knows the classes behind the names of trainers."""

from __future__ import annotations

from importlib import import_module

import numpy as np
import torch
from numpy.typing import NDArray

from models import get_architecture
from tuner.study.settings import Settings
from tuner.training.fit import Training

TRAINERS = {
    "network": ("tuner.training.network", "NetworkTraining"),
    "boosting": ("tuner.training.booster", "BoosterTraining"),
}
"""Module and class by name of the trainer. Only the one that is needed is imported, as its libraries load slowly."""


def trainer_of(architecture: str) -> type[Training]:
    """Return the class that trains an architecture."""
    module, name = TRAINERS[get_architecture(architecture).trainer]
    trainer: type[Training] = getattr(import_module(module), name)
    return trainer


def start_training(
    settings: Settings, labels: NDArray[np.int64], n_classes: int, seed: int, device: torch.device
) -> Training:
    """Build the model that settings ask for, ready for its first epoch.

    Parameters
    ----------
    settings : Settings
        What to train and how.
    labels : ndarray of int64
        Labels of the training part, for the class weights.
    n_classes : int
        Number of classes in the data.
    seed : int
        Seed of all that is drawn: initial weights, batches, augmentation, dropout, trees.
    device : torch.device
        Where to train.
    """
    return trainer_of(settings.architecture)(settings, labels, n_classes, seed, device)
