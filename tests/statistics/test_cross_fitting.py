import numpy as np
import pytest
from simulated import draw_labels, five_folds, predict

from tuner.statistics.blending import Pool
from tuner.statistics.calibration import Calibration
from tuner.statistics.cross_fitting import CrossFitted


def test_no_label_of_a_fold_enters_what_is_fitted_without_it_however_many_follow() -> None:
    rng = np.random.default_rng(0)
    labels, folds = draw_labels(rng, 50), five_folds(50)
    candidates = np.stack([predict(rng, labels), predict(rng, labels)])

    def fit_blend(inputs: np.ndarray, seen: np.ndarray) -> Pool:
        weight = float(seen.mean() / 4)
        assert inputs.shape == (2, 40, 4)
        return Pool((weight, 1 - weight))

    def fit_calibration(inputs: np.ndarray, seen: np.ndarray) -> Calibration:
        assert inputs.shape == (40, 4)
        return Calibration(0.5 + float(inputs[:, 0] @ seen), 0.0, (0.25,) * 4)

    def fitted(seen: np.ndarray) -> np.ndarray:
        return CrossFitted.of(candidates, folds).then(fit_blend, seen).then(fit_calibration, seen).held_out

    before, changed = fitted(labels), fitted(np.where(folds == 2, 3 - labels, labels))
    assert np.array_equal(before[folds == 2], changed[folds == 2])
    assert not np.allclose(before[folds != 2], changed[folds != 2])


def test_one_fold_leaves_nothing_to_fit_on() -> None:
    with pytest.raises(ValueError, match="two folds"):
        CrossFitted.of(np.full((4, 2), 0.5), np.zeros(4, dtype=np.int64))
