import time

import numpy as np
import pytest
from simulated import draw_labels, predict, sharpen

from tuner.statistics.calibration import class_shares
from tuner.statistics.probabilities import log_losses, softmax
from tuner.statistics.racing import calibrated_losses, race

SHARES = (0.6, 0.3, 0.07, 0.03)


def _three_parts(n: int) -> np.ndarray:
    return np.arange(n) % 3


def test_calibration_that_is_fitted_later_decides_no_race() -> None:
    rng = np.random.default_rng(0)
    labels = draw_labels(rng, 1200, SHARES)
    plain = predict(rng, labels, 1.2, SHARES)
    weighted = softmax(np.log(plain) - np.log(class_shares(labels, 4)))  # as trained with classes weighted by 1 / share
    for spoilt in (sharpen(plain, 1.7), sharpen(plain, 0.4), weighted, sharpen(weighted, 0.5)):
        assert log_losses(labels, spoilt).mean() > log_losses(labels, plain).mean() + 0.01
        assert calibrated_losses(labels, spoilt) == pytest.approx(calibrated_losses(labels, plain), abs=0.002)


def test_fitting_to_the_same_recordings_flatters_little_and_both_sides_alike() -> None:
    rng = np.random.default_rng(0)
    flattered = []
    for _ in range(25):
        labels = draw_labels(rng, 1200, SHARES)
        pair = predict(rng, labels, 2.0, SHARES), predict(rng, labels, 1.5, SHARES)
        flattered.append([(log_losses(labels, one) - calibrated_losses(labels, one)).mean() for one in pair])
    mean = np.mean(flattered, axis=0)  # these predictions are calibrated: what fitting gains is flattery
    assert (mean < 0.0015).all()
    assert abs(mean[0] - mean[1]) < 0.0005


def test_losses_stay_finite_for_certainty_one_class_and_few_recordings() -> None:
    sure = np.eye(3)[[0, 1, 2, 1]]
    assert calibrated_losses(np.array([0, 1, 2, 1]), sure).max() < 1e-3
    for labels in (np.array([0, 1, 2, 0]), np.array([1, 1, 1, 1])):
        assert np.isfinite(calibrated_losses(labels, sure)).all()
    assert np.isfinite(calibrated_losses(np.array([1]), np.full((1, 52), 1 / 52))).all()


def _share_behind(advantage: float, n_recordings: int = 1200) -> float:
    rng = np.random.default_rng(0)
    ends = [
        race(rng.normal(-advantage, 0.15, n_recordings), np.arange(n_recordings), _three_parts(n_recordings))
        for _ in range(300)
    ]
    return float(np.mean([end.is_behind for end in ends]))


def test_what_is_clearly_worse_leaves_and_what_is_clearly_better_stays() -> None:
    assert _share_behind(advantage=-0.02) == 1
    assert _share_behind(advantage=0) > 0.4
    assert _share_behind(advantage=0.004) < 0.25  # as much as is asked for: ended in vain once in six
    assert _share_behind(advantage=0.012) < 0.01


def test_few_recordings_end_hardly_any_race() -> None:
    assert _share_behind(advantage=0, n_recordings=30) < 0.25


def test_the_standard_error_is_that_of_groups() -> None:
    rng = np.random.default_rng(0)
    groups = np.repeat(np.arange(150), rng.integers(1, 8, 150))
    parts = (groups % 3).astype(np.int64)
    strays = []
    for _ in range(300):
        differences = 0.01 + rng.normal(0, 0.2, 150)[groups] + rng.normal(0, 0.1, len(groups))
        found = race(differences, groups, parts)
        strays.append((found.difference - 0.01) / found.error)
    assert 0.9 < np.std(strays) < 1.15  # 2.1 if each recording counted for itself


def test_twins_carry_no_information_of_their_own() -> None:
    rng = np.random.default_rng(0)
    differences, parts = rng.normal(0, 0.2, 300), _three_parts(300)
    once = race(differences, np.arange(300), parts)
    twice = race(np.tile(differences, 2), np.tile(np.arange(300), 2), np.tile(parts, 2))
    assert (twice.difference, twice.error) == pytest.approx((once.difference, once.error))


def test_a_level_that_differs_between_parts_is_no_noise_of_recordings() -> None:
    rng = np.random.default_rng(0)
    differences, parts = rng.normal(0, 0.01, 300), _three_parts(300)
    levels = np.array([-0.5, 0.0, 0.5])[parts]
    assert race(differences + levels, np.arange(300), parts).error < 0.001


def test_two_trainings_of_one_setting_are_told_apart_only_until_the_noise_is_known() -> None:
    rng = np.random.default_rng(0)
    wrong_without, wrong_with, n = 0, 0, 1200
    for _ in range(300):
        seeds = rng.normal(0, np.sqrt(2) * 0.01, 3)[_three_parts(n)]  # each training's level on each part: sd 0.01
        differences = -0.006 + seeds + rng.normal(0, 0.02, n)
        wrong_without += race(differences, np.arange(n), _three_parts(n)).is_behind
        wrong_with += race(differences, np.arange(n), _three_parts(n), noise=0.01**2).is_behind
    assert wrong_with < 0.15 * 300 < 0.3 * 300 < wrong_without
    known = race(differences, np.arange(n), _three_parts(n), noise=0.01**2)
    assert known.error == pytest.approx(0.01 * np.sqrt(2 / 3))


def test_a_copy_of_the_incumbent_leaves() -> None:
    assert race(np.zeros(100), np.arange(100), _three_parts(100)).is_behind


def test_nothing_is_decided_by_one_group() -> None:
    found = race(np.full(20, 5.0), np.zeros(20, dtype=np.int64), np.zeros(20, dtype=np.int64))
    assert found.error == np.inf and not found.is_behind


def test_the_verdict_says_by_how_much_over_how_many_parts_and_what_follows() -> None:
    rng = np.random.default_rng(0)
    noise = rng.normal(0, 0.01, 300)
    worse = race(0.02 + noise - noise.mean(), np.arange(300), _three_parts(300))
    assert worse.verdict.startswith("0.0200 nats worse (standard error 0.000")
    assert worse.verdict.endswith("over 3 folds: unlikely to be better by 0.004")
    better = race(noise - noise.mean() - 0.02, np.arange(300), np.zeros(300, dtype=np.int64), delta=0.01)
    assert better.verdict.startswith("0.0200 nats better")
    assert better.verdict.endswith("over 1 fold: may be better by 0.01")


def test_what_cannot_be_compared_is_refused() -> None:
    for differences in (np.array([]), np.array([0.1, np.nan])):
        n = len(differences)
        with pytest.raises(ValueError, match="finite differences"):
            race(differences, np.arange(n), np.zeros(n, dtype=np.int64))


def test_thousands_of_recordings_are_calibrated_in_a_moment() -> None:
    rng = np.random.default_rng(0)
    labels = draw_labels(rng, 6000)
    probabilities, started = predict(rng, labels), time.perf_counter()
    calibrated_losses(labels, probabilities)
    assert time.perf_counter() - started < 2  # 0.05 s on a machine with nothing else to do
