"""Training on a GPU: what only such a device can show. All else is tested on the CPU, through the same code."""

from collections.abc import Iterator

import numpy as np
import pytest
import torch

from data_pipeline import Batch, Batches, Cache, make_split
from models import architecture_names, get_architecture
from tuner.study.settings import Settings, TrainSettings
from tuner.training.data import scoring_batches, training_batches
from tuner.training.device import torch_device
from tuner.training.fit import fit
from tuner.training.trainers import start_training

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="this machine has no GPU")

NETWORKS = [name for name in architecture_names() if get_architecture(name).trainer == "network"]
MODELS = [(name, {}) for name in NETWORKS] + [("stft_crnn", {"bidirectional": True, "batch_norm": True})]


DISTORTED = {"resample": 0.3, "burst": 0.5, "wander": 0.3, "hum": 0.1, "noise": 0.1}


def settings_of(name: str, model: dict[str, object], train: dict[str, float]) -> Settings:
    config = get_architecture(name).config(**model)
    return Settings(name, TrainSettings(epochs=3, batch_size=16, polarity=0.5, crop_s=20.0, **train), config)


class Watched:
    """Batches during which nothing may wait for the GPU."""

    def __init__(self, batches: Batches) -> None:
        self.batches = batches

    def __len__(self) -> int:
        return len(self.batches)

    def epoch(self, epoch: int) -> Iterator[Batch]:
        for batch in self.batches.epoch(epoch):
            if epoch > 0:  # in the first, libraries start, and wait
                torch.cuda.set_sync_debug_mode("error")
            is_costly = self.batches.front_end.is_costly
            lies_on = "cuda" if self.batches.augmentation.only_cuts and not is_costly else "cpu"
            assert batch.inputs.device.type == lies_on, "the view lies on the GPU, but what it cannot do the CPU does"
            yield batch
        torch.cuda.set_sync_debug_mode("default")


def test_trees_grow_where_there_is_a_gpu(cache: Cache) -> None:
    split, device = make_split(cache), torch_device("auto")
    settings = Settings("feature_boosting", None, get_architecture("feature_boosting").config(rounds=30, depth=2))
    training = start_training(settings, cache.labels[split.train], cache.n_classes, 1, device)
    batches = training_batches(settings, cache, split.train, 1, device)
    epochs = list(fit(training, batches, scoring_batches(settings, cache, split.validation, device), lambda: False))
    assert epochs[-1].train.accuracy > 0.5


@pytest.mark.parametrize(("name", "model"), MODELS)
@pytest.mark.parametrize("train", [{}, DISTORTED])
def test_a_gpu_learns_as_the_cpu_does_and_no_batch_waits_for_it(
    cache: Cache, name: str, model: dict[str, object], train: dict[str, float]
) -> None:
    split, found, settings = make_split(cache), [], settings_of(name, model, train)
    for device in (torch.device("cpu"), torch_device("auto")):
        training = start_training(settings, cache.labels[split.train], cache.n_classes, 1, device)
        batches = training_batches(settings, cache, split.train, 1, device)
        validation = scoring_batches(settings, cache, split.validation, device)
        watched = batches if device.type == "cpu" else Watched(batches)
        found.append([epoch.train.loss for epoch in fit(training, watched, validation, lambda: False)])
    assert np.allclose(*found, rtol=0.1)
