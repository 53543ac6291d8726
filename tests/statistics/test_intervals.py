import time

import numpy as np
import pytest
from simulated import MACRO_F1, draw_labels, predict

from tuner.statistics.intervals import Interval, class_intervals, interval, paired_difference
from tuner.statistics.objective import METRICS, Objective

SLOW = ("macro_auroc", "macro_auprc")
"""Metrics that scikit-learn computes, one resample after the other."""


def test_intervals_hold_the_true_score_nearly_as_often_as_they_promise() -> None:
    rng = np.random.default_rng(0)
    many = draw_labels(rng, 200_000)
    truth = MACRO_F1(many, predict(rng, many))
    inside = 0
    for _ in range(200):
        labels = draw_labels(rng, 200)
        found = interval(labels, predict(rng, labels), np.arange(200), MACRO_F1)
        inside += found.low <= truth <= found.high
    assert 0.91 <= inside / 200 <= 0.98


def test_a_difference_beyond_noise_is_rare_where_there_is_none() -> None:
    rng = np.random.default_rng(0)
    shares, claimed = (0.5, 0.5), 0
    for _ in range(300):
        labels = draw_labels(rng, 200, shares)
        pair = predict(rng, labels, 1.0, shares), predict(rng, labels, 1.0, shares)
        claimed += paired_difference(labels, *pair, np.arange(200), MACRO_F1).beyond_noise
    assert 0.02 <= claimed / 300 <= 0.08


def test_twins_carry_no_information_of_their_own() -> None:
    rng = np.random.default_rng(0)
    labels = draw_labels(rng, 300)
    probabilities = predict(rng, labels)
    once = interval(labels, probabilities, np.arange(300), MACRO_F1)
    twice, twin = np.tile(labels, 2), np.tile(probabilities, (2, 1))
    grouped = interval(twice, twin, np.tile(np.arange(300), 2), MACRO_F1)
    alone = interval(twice, twin, np.arange(600), MACRO_F1)
    assert grouped.high - grouped.low == pytest.approx(once.high - once.low)
    assert grouped.high - grouped.low > 1.25 * (alone.high - alone.low)


def test_a_pair_is_told_apart_better_than_its_intervals_suggest() -> None:
    rng = np.random.default_rng(0)
    labels = draw_labels(rng, 1000)
    worse = predict(rng, labels)
    better = worse.copy()
    mended = np.flatnonzero(worse.argmax(1) != labels)[:20]
    better[mended] = np.eye(4)[labels[mended]]
    difference = paired_difference(labels, better, worse, np.arange(1000), MACRO_F1)
    low, high = (interval(labels, p, np.arange(1000), MACRO_F1) for p in (worse, better))
    assert difference.beyond_noise
    assert difference.low < difference.lower < difference.value < difference.high
    assert difference.share_better > 0.99
    assert low.high > high.low
    assert not paired_difference(labels, worse, better, np.arange(1000), MACRO_F1).beyond_noise
    same = paired_difference(labels, worse, worse, np.arange(1000), MACRO_F1)
    assert (same.value, same.lower, same.share_better, same.beyond_noise) == (0.0, 0.0, 0.5, False)


def test_each_class_has_its_interval_the_rare_one_a_wide_one() -> None:
    rng = np.random.default_rng(0)
    shares = (0.6, 0.3, 0.07, 0.03)
    labels = draw_labels(rng, 1000, shares)
    found = class_intervals(labels, predict(rng, labels, 2.0, shares), np.arange(1000))
    assert all(one.low <= one.value <= one.high for one in found)
    assert found[3].high - found[3].low > 3 * (found[0].high - found[0].low)


def test_two_recordings_have_an_interval_that_says_how_little_is_known() -> None:
    labels, probabilities = np.array([0, 1]), np.array([[1.0, 0.0], [1.0, 0.0]])
    found = interval(labels, probabilities, np.arange(2), Objective("accuracy"))
    assert (found.value, found.low, found.high) == (0.5, 0.0, 1.0)


@pytest.mark.parametrize(
    "metric", [pytest.param(name, marks=pytest.mark.slow if name in SLOW else ()) for name in METRICS]
)
@pytest.mark.parametrize("classes", [(), (0, 2)])
def test_an_interval_is_that_of_a_naive_bootstrap_of_groups(metric: str, classes: tuple[int, ...]) -> None:
    rng = np.random.default_rng(0)
    labels, groups, objective = draw_labels(rng, 300), rng.integers(0, 100, 300), Objective(metric, classes)
    first, second = predict(rng, labels, 2.0), predict(rng, labels, 1.5)
    members = [np.flatnonzero(groups == group) for group in np.unique(groups)]
    scores = []
    for _ in range(600):
        rows = np.concatenate([members[k] for k in rng.integers(len(members), size=len(members))])
        scores.append([objective(labels[rows], one[rows]) for one in (first, second)])
    found = interval(labels, first, groups, objective)
    low, high = np.quantile([one for one, _ in scores], [0.025, 0.975])
    assert found.value == objective(labels, first)
    assert [found.low, found.high] == pytest.approx([low, high], abs=0.15 * (high - low))
    difference = paired_difference(labels, first, second, groups, objective)
    gains = [objective.gain(one) - objective.gain(other) for one, other in scores]
    assert difference.value > 0, "the first is better"
    assert difference.share_better == pytest.approx(np.mean(np.array(gains) > 0), abs=0.06)
    low, high = np.quantile(gains, [0.025, 0.975])
    assert [difference.low, difference.high] == pytest.approx([low, high], abs=0.15 * (high - low))


def test_the_pessimistic_end_is_the_upper_one_where_lower_is_better() -> None:
    found = Interval(0.5, 0.4, 0.6)
    assert found.pessimistic(MACRO_F1) == 0.4 and found.pessimistic(Objective("log_loss")) == 0.6


def test_resamples_without_a_value_are_left_out() -> None:
    labels, probabilities = np.array([0, 0, 0, 1]), np.array([[0.9, 0.1], [0.4, 0.6], [0.8, 0.2], [0.5, 0.5]])
    auroc = Objective("macro_auroc")
    found = interval(labels, probabilities, np.arange(4), auroc)
    assert found.value == pytest.approx(2 / 3) and 0 <= found.low <= found.value <= found.high == 1
    alone = interval(labels[:3], probabilities[:3], np.arange(3), auroc)
    assert alone.to_dict() == {"value": None, "low": None, "high": None}
    nothing = paired_difference(labels[:3], probabilities[:3], probabilities[:3], np.arange(3), auroc)
    assert not nothing.beyond_noise and nothing.to_dict()["value"] is None


@pytest.mark.parametrize("metric", [name for name in METRICS if METRICS[name].of_confusions is None])
def test_probabilities_of_thousands_are_resampled_in_seconds(metric: str) -> None:
    rng = np.random.default_rng(0)
    labels = draw_labels(rng, 6000)
    probabilities, started = predict(rng, labels), time.perf_counter()
    interval(labels, probabilities, np.arange(6000), Objective(metric))
    assert time.perf_counter() - started < 5 * 4  # 3 s on a machine with nothing else to do


def test_thousands_of_recordings_are_resampled_in_a_moment() -> None:
    rng = np.random.default_rng(0)
    labels = draw_labels(rng, 6000)
    pair = predict(rng, labels), predict(rng, labels)
    started = time.perf_counter()
    paired_difference(labels, *pair, rng.integers(0, 4000, 6000), MACRO_F1)
    assert time.perf_counter() - started < 3  # 0.1 s on a machine with nothing else to do
