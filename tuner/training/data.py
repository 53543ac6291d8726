"""The batches that a trial's settings ask for."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from data_pipeline import Augmentation, Batches, Cache
from models import get_architecture
from tuner.study.settings import Settings
from tuner.training.trainers import trainer_of

CPU = torch.device("cpu")


def augmentation_of(settings: Settings) -> Augmentation:
    """Return the augmentation that settings ask for; it changes nothing where a trainer uses none."""
    return trainer_of(settings.architecture).augmentation(settings)


def training_batches(
    settings: Settings, cache: Cache, indices: NDArray[np.int64], seed: int, device: torch.device = CPU
) -> Batches:
    """Return shuffled and augmented batches of some of the recordings, as settings ask for them."""
    trainer = trainer_of(settings.architecture)
    return Batches(
        cache,
        get_architecture(settings.architecture).front_end(settings.model),
        indices,
        batch_size=trainer.batch_size(settings),
        augmentation=trainer.augmentation(settings),
        seed=seed,
        device=trainer.memory(device),
    )


def scoring_batches(
    settings: Settings, cache: Cache, indices: NDArray[np.int64], device: torch.device = CPU
) -> Batches:
    """Return batches of some of the recordings without augmentation, whatever the training uses."""
    front_end = get_architecture(settings.architecture).front_end(settings.model)
    return Batches(cache, front_end, indices, device=trainer_of(settings.architecture).memory(device))
