import json

import numpy as np
import pytest
from simulated import MACRO_F1, draw_labels, five_folds, predict

from tuner.statistics.abstention import choose_threshold, risk_coverage, threshold_of_average
from tuner.statistics.cross_fitting import CrossFitted
from tuner.statistics.objective import Objective


def test_risk_rises_with_coverage_where_confidence_is_informative() -> None:
    rng = np.random.default_rng(0)
    labels = draw_labels(rng, 4000)
    probabilities = predict(rng, labels)
    curve = risk_coverage(labels, probabilities, MACRO_F1)
    quarter, half, full = (curve.risk[np.searchsorted(curve.coverage, share)] for share in (0.25, 0.5, 1.0))
    assert quarter < half / 2 < full / 4
    assert full == pytest.approx((probabilities.argmax(1) != labels).mean())
    assert curve.score[50] > curve.score[-1] == pytest.approx(MACRO_F1(labels, probabilities))
    assert curve.area < full / 2
    assert len(curve.coverage) == 100
    json.dumps(curve.to_dict(), allow_nan=False)


def test_the_area_is_the_mean_risk_over_all_coverages() -> None:
    labels = np.array([0, 0, 0, 0])
    probabilities = np.array([[0.9, 0.1], [0.2, 0.8], [0.7, 0.3], [0.4, 0.6]])  # right, wrong, right, wrong
    curve = risk_coverage(labels, probabilities, MACRO_F1)
    assert curve.risk == pytest.approx((0, 1 / 2, 1 / 3, 1 / 2))
    assert curve.area == pytest.approx((0 + 1 / 2 + 1 / 3 + 1 / 2) / 4)


def test_the_threshold_attains_the_wanted_coverage_on_other_folds() -> None:
    rng = np.random.default_rng(0)
    labels = draw_labels(rng, 3000)
    probabilities = predict(rng, labels)
    for wanted in (0.5, 0.8, 0.95):
        chosen = choose_threshold(labels, CrossFitted.of(probabilities, five_folds(3000)), MACRO_F1, wanted)
        assert chosen.coverage == pytest.approx(wanted, abs=0.02)
        assert (probabilities.max(1) >= chosen.threshold).mean() == pytest.approx(wanted, abs=0.001)
        assert chosen.risk < (probabilities.argmax(1) != labels).mean()
        assert np.average(chosen.class_coverage, weights=np.bincount(labels)) == pytest.approx(chosen.coverage)
        assert np.mean(chosen.class_f1) == pytest.approx(chosen.score)


def test_where_no_answer_is_of_a_class_that_counts_there_is_no_score() -> None:
    labels, probabilities = np.array([1, 0]), np.array([[0.1, 0.9], [0.6, 0.4]])  # the surest is of the other class
    curve = risk_coverage(labels, probabilities, Objective("macro_f1", (0,)))
    assert np.isnan(curve.score[0]) and curve.score[1] == 1.0
    assert curve.to_dict()["score"] == [None, 1.0]


def test_a_shifted_fold_shows_in_the_realised_coverage() -> None:
    rng = np.random.default_rng(0)
    labels, folds = draw_labels(rng, 2000), np.arange(2000) % 2
    probabilities = np.where(folds[:, None] == 0, predict(rng, labels, 3.0), predict(rng, labels, 0.5))
    chosen = choose_threshold(labels, CrossFitted.of(probabilities, folds), MACRO_F1, 0.8)
    assert abs(chosen.coverage - 0.8) > 0.1


def test_constant_predictions_are_answered_all_or_none() -> None:
    labels = np.array([0, 1, 0, 1])
    curve = risk_coverage(labels, np.full((4, 2), 0.5), MACRO_F1)
    assert (curve.coverage, curve.risk, curve.area) == ((1.0,), (0.5,), 0.5)
    assert choose_threshold(labels, CrossFitted.of(np.full((4, 2), 0.5), labels), MACRO_F1, 0.3).coverage == 1.0


def test_two_recordings_have_a_curve_and_a_threshold() -> None:
    labels, probabilities = np.array([0, 1]), np.array([[1.0, 0.0], [0.4, 0.6]])
    assert risk_coverage(labels, probabilities, MACRO_F1).score == (1.0, 1.0)
    chosen = choose_threshold(labels, CrossFitted.of(probabilities, np.array([0, 1])), MACRO_F1, 0.5)
    assert (chosen.coverage, chosen.risk, chosen.threshold) == (0.5, 0.0, 1.0)


def test_the_average_of_models_answers_as_many_as_they_do() -> None:
    rng = np.random.default_rng(0)
    labels = draw_labels(rng, 3000)
    models = np.stack([predict(rng, labels) for _ in range(5)])
    threshold = float(np.quantile(models.max(2), 0.6))
    average = models.mean(0)
    assert (average.max(1) >= threshold).mean() < 0.38
    assert (average.max(1) >= threshold_of_average(threshold, models)).mean() == pytest.approx(0.4, abs=0.001)
    assert threshold_of_average(0.0, models) == 0.0
    assert threshold_of_average(1.0, models) == 1.0


def test_few_recordings_move_the_threshold_no_further_than_they_show() -> None:
    models = np.array([[[0.9, 0.1], [0.2, 0.8]], [[0.7, 0.3], [0.4, 0.6]]])
    assert threshold_of_average(0.55, models) == 0.55, "all are sure enough, and so is their average"
    assert threshold_of_average(0.95, models) == 0.95, "none is"
    differing = np.array([[[0.9, 0.1]], [[0.4, 0.6]]])
    assert threshold_of_average(0.6, differing) == pytest.approx(0.6)
    assert threshold_of_average(0.6, np.array([[[0.9, 0.1]], [[0.3, 0.7]]])) == pytest.approx(0.6)
    assert threshold_of_average(0.65, np.array([[[0.9, 0.1]], [[0.3, 0.7]]])) == pytest.approx(0.6)
