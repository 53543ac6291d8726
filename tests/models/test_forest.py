"""The text of trees as it is checked: what the library has written passes unchanged, all else does no harm."""

import copy
import json
import random
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import torch
import xgboost as xgb
from mutation import EXTREMES, mutate_json

from models.errors import BadTrees
from models.feature_boosting import FeatureBoosting, FeatureBoostingConfig
from models.forest import checked_forest


def _grown(n_classes: int, **config: Any) -> FeatureBoosting:
    model = FeatureBoosting(
        FeatureBoostingConfig(**{"rounds": 2, "depth": 2, "min_child_weight": 0.5} | config), n_classes
    )
    rng = np.random.default_rng(0)
    table = rng.standard_normal((120, len(model.columns))).astype(np.float32)
    table[rng.random(table.shape) < 0.1] = np.nan
    matrix = xgb.DMatrix(table, rng.integers(0, n_classes, 120), missing=np.nan)
    list(model.grow(matrix, 0, range(model.config.rounds)))
    return model


def _text(model: FeatureBoosting) -> bytes:
    return bytes(model.get_extra_state().numpy())


MODEL = _grown(3)
TEXT = json.loads(_text(MODEL))


@pytest.mark.parametrize("n_classes", [1, 2, 3, 7])
@pytest.mark.parametrize("config", [{}, {"min_child_weight": 1e6}, {"rounds": 30, "depth": 6}])
def test_what_the_library_has_written_comes_back_byte_by_byte(n_classes: int, config: dict[str, Any]) -> None:
    grown = _grown(n_classes, **config)
    again = FeatureBoosting(grown.config, n_classes)
    again.load_state_dict(grown.state_dict())
    assert _text(again) == _text(grown) and again.n_rounds == grown.n_rounds == grown.config.rounds


def test_trees_of_another_model_are_refused() -> None:
    with pytest.raises(BadTrees, match="num_class is 3, not 4"):
        checked_forest(_text(MODEL), 4, len(MODEL.columns), 10)
    with pytest.raises(BadTrees, match="num_feature is"):
        checked_forest(_text(MODEL), 3, len(MODEL.columns) - 1, 10)
    with pytest.raises(BadTrees, match="6 trees for 3 classes and up to 1 rounds"):
        checked_forest(_text(MODEL), 3, len(MODEL.columns), 1)


def test_a_refused_text_leaves_the_model_as_it_is() -> None:
    model = copy.deepcopy(MODEL)
    with pytest.raises(BadTrees):
        model.set_extra_state(torch.zeros(9, dtype=torch.uint8))
    assert _text(model) == _text(MODEL)


def _places(data: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Name every value of the text; of long lists the first items and the last."""
    if path:
        yield path
    keys = list(data) if isinstance(data, dict) else list(range(len(data))) if isinstance(data, list) else []
    for key in [*keys[:2], *keys[-1:]] if isinstance(data, list) else keys:
        yield from _places(data[key], (*path, key))


def _harmless(text: str) -> bool:
    """Whether trees predict finite numbers; a refusal is one line."""
    try:
        checked, _ = checked_forest(text.encode(), 3, len(MODEL.columns), 10)
    except BadTrees as error:
        assert "\n" not in str(error) and len(str(error)) < 500
        return False
    model = FeatureBoosting(MODEL.config, 3)
    model.set_extra_state(torch.from_numpy(np.frombuffer(checked, np.uint8).copy()))
    logits = model(torch.zeros(5, 1, 258), torch.ones(5, dtype=torch.int64))
    assert not torch.isnan(logits).any()
    return True


@pytest.mark.slow
def test_every_value_at_its_extremes_is_refused_or_harmless() -> None:
    places = list(dict.fromkeys(_places(TEXT)))
    assert len(places) > 150
    n_refused = 0
    for place in places:
        for value in EXTREMES:
            data = copy.deepcopy(TEXT)
            holder = data
            for key in place[:-1]:
                holder = holder[key]
            holder[place[-1]] = value
            n_refused += not _harmless(json.dumps(data))
    assert n_refused > 0.9 * len(places) * len(EXTREMES)


def test_mutants_are_refused_or_harmless() -> None:
    rng = random.Random(0)
    went = [_harmless(mutate_json(TEXT, rng)) for _ in range(300)]
    assert any(went) and not all(went)
