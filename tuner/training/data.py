"""The batches that a trial's settings ask for."""

from __future__ import annotations

import dataclasses

import numpy as np
import torch
from numpy.typing import NDArray

from data_pipeline import Augmentation, Batches, Cache
from models import get_architecture
from tuner.study.settings import Settings

CPU = torch.device("cpu")


def augmentation_of(settings: Settings) -> Augmentation:
    """Return the augmentation that settings ask for; none for boosted trees, whose features are of whole recordings."""
    if settings.train is None:
        return Augmentation()
    wanted = dataclasses.asdict(settings.train)
    return Augmentation(**{field.name: wanted[field.name] for field in dataclasses.fields(Augmentation)})


def training_batches(
    settings: Settings, cache: Cache, indices: NDArray[np.int64], seed: int, device: torch.device = CPU
) -> Batches:
    """Return the shuffled and augmented batches that settings ask for over some of the recordings."""
    if settings.train is None:
        return scoring_batches(settings, cache, indices, device)
    return Batches(
        cache,
        get_architecture(settings.architecture).front_end(settings.model),
        indices,
        batch_size=settings.train.batch_size,
        augmentation=augmentation_of(settings),
        seed=seed,
        device=device,
    )


def scoring_batches(
    settings: Settings, cache: Cache, indices: NDArray[np.int64], device: torch.device = CPU
) -> Batches:
    """Return batches over some of the recordings as they are, whatever augmentation the training uses."""
    front_end = get_architecture(settings.architecture).front_end(settings.model)
    # Trees grow in main memory, from one table.
    return Batches(cache, front_end, indices, device=CPU if settings.train is None else device)
