"""What the booster promises beside what every training does."""

import json

import numpy as np
import pytest
import torch
import xgboost as xgb

from data_pipeline.front_ends import Features
from models import BadShape
from models.feature_boosting import FeatureBoosting, FeatureBoostingConfig

CONFIG = FeatureBoostingConfig(rounds=30, depth=3)


def table(n=200, seed=0):
    """Features of which one tells the three classes apart, with some missing."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 3, n)
    values = rng.normal(size=(n, 1, Features().n_features)).astype(np.float32)
    values[:, 0, 1] += 3 * labels
    values[rng.random(values.shape) < 0.1] = np.nan
    return torch.from_numpy(values), torch.from_numpy(labels)


def grown(config=CONFIG, rounds=30, seed=1):
    inputs, labels = table()
    model = FeatureBoosting(config, 3)
    list(model.grow(xgb.DMatrix(model.table(inputs), labels.numpy()), seed, range(rounds)))
    return model


def predicted(model, inputs):
    return model(inputs, torch.ones(len(inputs), dtype=torch.int64))


def test_it_learns_what_tells_the_classes_apart():
    inputs, labels = table(seed=9)
    assert (
        predicted(grown(), inputs).argmax(1) == labels
    ).float().mean() > 0.7  # a tenth of the telling values is missing


def test_its_state_is_the_librarys_own_json_and_comes_back_exactly():
    model, other = grown(), FeatureBoosting(CONFIG, 3)
    state = model.state_dict()
    assert json.loads(bytes(state["_extra_state"].numpy()))["learner"]["learner_model_param"]["num_class"] == "3"
    other.load_state_dict(state)
    assert torch.equal(predicted(model, table()[0]), predicted(other, table()[0]))


def test_before_the_first_round_all_classes_are_alike():
    model, other = FeatureBoosting(CONFIG, 3), grown()
    assert torch.equal(predicted(model, table()[0]), torch.zeros(200, 3))
    other.load_state_dict(model.state_dict())


def test_another_seed_draws_other_trees_and_the_same_seed_the_same():
    inputs, _ = table()
    assert torch.equal(predicted(grown(seed=1), inputs), predicted(grown(seed=1), inputs))
    assert not torch.equal(predicted(grown(seed=1), inputs), predicted(grown(seed=2), inputs))


def test_signals_are_refused():
    with pytest.raises(BadShape, match="its front end"):
        predicted(grown(), torch.zeros(2, 1000))


def test_every_setting_is_one_the_library_knows(capfd):
    grown(rounds=1)
    assert "not used" not in "".join(capfd.readouterr())
