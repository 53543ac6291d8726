"""What focal loss and averaged weights change."""

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from data_pipeline import Cache, make_split
from models import get_architecture
from tuner.errors import SpecError
from tuner.study.settings import Settings, TrainSettings
from tuner.training.data import scoring_batches, training_batches
from tuner.training.fit import fit
from tuner.training.network import NetworkTraining
from tuner.training.optimization import Loss

LOGITS = torch.tensor([[2.0, -1.0, 0.5], [0.1, 0.2, 0.0], [-1.0, 3.0, 0.0]])
LABELS = torch.tensor([0, 2, 1])
WEIGHTS = torch.tensor([0.5, 1.0, 2.0])


def test_without_an_exponent_focal_loss_is_cross_entropy() -> None:
    expected = F.cross_entropy(LOGITS, LABELS, WEIGHTS, label_smoothing=0.1)
    assert torch.equal(Loss(WEIGHTS, 0.1, focal=0.0)(LOGITS, LABELS), expected)
    assert torch.allclose(Loss(WEIGHTS, 0.1, focal=1e-9)(LOGITS, LABELS), expected)


def test_focal_loss_is_that_of_its_paper() -> None:
    true = LOGITS.softmax(1)[torch.arange(3), LABELS]
    expected = (WEIGHTS[LABELS] * -((1 - true) ** 2) * true.log()).sum() / WEIGHTS[LABELS].sum()
    assert torch.allclose(Loss(WEIGHTS, 0.0, focal=2.0)(LOGITS, LABELS), expected)


def test_averaged_weights_are_what_is_scored_and_kept(cache: Cache) -> None:
    model = get_architecture("resnet1d").config(rate=50, width=4, stages=2)
    settings = Settings("resnet1d", TrainSettings(epochs=2, batch_size=16, ema=0.9), model)
    split = make_split(cache)
    training = NetworkTraining(settings, cache.labels[split.train], cache.n_classes, 5, torch.device("cpu"))
    validation = scoring_batches(settings, cache, split.validation)
    epochs = list(fit(training, training_batches(settings, cache, split.train, 5), validation, lambda: False))

    averages, currents = training.model.state_dict(), training.network.state_dict()
    assert any(not torch.equal(averages[name], currents[name]) for name in averages)
    scored = training.score(validation, lambda: False)
    assert scored is not None and scored.scores == epochs[-1].validation
    training.average = None
    current = training.score(validation, lambda: False)
    assert current is not None and current.scores != scored.scores


def test_a_running_average_of_constant_weights_is_them(cache: Cache) -> None:
    model = get_architecture("resnet1d").config(rate=50, width=4, stages=2)
    settings = Settings("resnet1d", TrainSettings(ema=0.999), model)
    training = NetworkTraining(settings, np.array([0, 1]), 2, 5, torch.device("cpu"))
    for step in range(5):
        training._take_into_average(step)
    for name, value in training.network.state_dict().items():
        assert torch.equal(training.model.state_dict()[name], value), name


@pytest.mark.parametrize("setting", [{"focal": -1.0}, {"ema": 1.0}])
def test_impossible_settings_are_refused(setting: dict[str, float]) -> None:
    with pytest.raises(SpecError, match=f"train.{next(iter(setting))}"):
        TrainSettings(**setting)
