import numpy as np
import pytest
from simulated import draw_labels, predict, sharpen

from tuner.statistics.ambiguity import ensemble_or_retrain
from tuner.statistics.probabilities import brier_score


def test_ambiguity_is_what_averaging_takes_off_the_error() -> None:
    rng = np.random.default_rng(0)
    labels = draw_labels(rng, 3000)
    members = np.stack([predict(rng, labels) for _ in range(5)])
    single = np.mean([brier_score(labels, member) for member in members])
    verdict = ensemble_or_retrain(members, members[0], labels)  # labels are used for the first model's error only
    assert single - verdict.ensemble_gain == pytest.approx(brier_score(labels, members.mean(0)))
    assert verdict.keep_ensemble


def test_models_that_agree_are_replaced_by_one_trained_on_everything() -> None:
    rng = np.random.default_rng(0)
    labels = draw_labels(rng, 500)
    one = predict(rng, labels)
    verdict = ensemble_or_retrain(np.stack([sharpen(one, 1 + 0.01 * f) for f in range(5)]), one, labels)
    assert not verdict.keep_ensemble
    assert verdict.retraining_gain == pytest.approx(brier_score(labels, one) * (1 - 0.8**0.35))
    assert verdict.to_dict()["keep_ensemble"] is False


def test_perfect_models_are_a_tie_that_goes_to_the_single_one() -> None:
    labels = np.array([0, 1])
    verdict = ensemble_or_retrain(np.stack([np.eye(2)] * 5), np.eye(2), labels)
    assert (verdict.ensemble_gain, verdict.retraining_gain, verdict.keep_ensemble) == (0.0, 0.0, False)
