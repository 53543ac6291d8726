"""Training on a GPU: what only such a device can show. All else is tested on the CPU, through the same code."""

import numpy as np
import pytest
import torch

from data_pipeline import Cache, make_split
from models import architecture_names
from tuner.device import torch_device
from tuner.settings import Settings, TrainSettings
from tuner.training import Training, _train_one_epoch, fit
from tuner.training_data import scoring_batches, training_batches

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="this machine has no GPU")


@pytest.fixture(params=architecture_names())
def settings(request: pytest.FixtureRequest) -> Settings:
    from models import get_architecture

    config = get_architecture(request.param).config()
    return Settings(request.param, TrainSettings(epochs=3, batch_size=16, polarity=0.5, crop_s=10.0), config)


def test_a_gpu_learns_as_the_cpu_does(cache: Cache, settings: Settings) -> None:
    split = make_split(cache)
    found = []
    for device in (torch.device("cpu"), torch_device("auto")):
        training = Training(settings, cache.labels[split.train], cache.n_classes, 1, device)
        train = training_batches(settings, cache, split.train, 1, device)
        validation = scoring_batches(settings, cache, split.validation, device)
        found.append([epoch.train.loss for epoch in fit(training, train, validation, lambda: False)])
    assert np.allclose(*found, rtol=0.1)


def test_no_batch_waits_for_the_gpu(cache: Cache, settings: Settings) -> None:
    device, split = torch_device("auto"), make_split(cache)
    training = Training(settings, cache.labels[split.train], cache.n_classes, 1, device)
    train = training_batches(settings, cache, split.train, 1, device)
    _train_one_epoch(training, train, lambda: False)  # libraries start, and wait
    batches = list(train.epoch(1))
    torch.cuda.set_sync_debug_mode("error")
    try:
        for batch in batches:
            training.model(batch.inputs, batch.lengths).float().sum().backward()
    finally:
        torch.cuda.set_sync_debug_mode("default")
    assert all(batch.inputs.device.type == "cuda" for batch in batches), "the view lies on the GPU"
