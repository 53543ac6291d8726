import numpy as np
import pytest
from simulated import draw_labels, five_folds, predict

from tuner.statistics.blending import Average
from tuner.statistics.cross_fitting import cross_fit


def test_no_label_of_a_fold_enters_its_own_transformation() -> None:
    rng = np.random.default_rng(0)
    labels, folds = draw_labels(rng, 50), five_folds(50)
    candidates = np.stack([predict(rng, labels), predict(rng, labels)])

    def fit(inputs: np.ndarray, seen: np.ndarray) -> Average:
        weight = float(seen.mean() / 4)
        assert inputs.shape == (2, 40, 4)
        return Average((weight, 1 - weight))

    before = cross_fit(fit, candidates, labels, folds)
    changed = cross_fit(fit, candidates, np.where(folds == 2, 3 - labels, labels), folds)
    assert np.array_equal(before[folds == 2], changed[folds == 2])
    assert not np.allclose(before[folds != 2], changed[folds != 2])


def test_one_fold_leaves_nothing_to_fit_on() -> None:
    labels = np.zeros(4, dtype=np.int64)
    with pytest.raises(ValueError, match="two folds"):
        cross_fit(lambda inputs, seen: Average((1.0,)), np.full((1, 4, 2), 0.5), labels, labels)
