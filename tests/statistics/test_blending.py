import numpy as np
import pytest
from simulated import MACRO_F1, draw_labels, five_folds, predict, sharpen

from tuner.statistics.blend_choice import choose_blend
from tuner.statistics.blending import HIGHEST_WEIGHT, Pool, fit_pool, only
from tuner.statistics.objective import Objective
from tuner.statistics.probabilities import log_loss


def test_a_useful_second_candidate_gets_its_weight_and_a_useless_one_none() -> None:
    rng = np.random.default_rng(0)
    labels = draw_labels(rng, 2000)
    useless = np.full((2000, 4), 0.25)
    useless[:, 0] += 0.1 * (labels != 0)
    useless /= useless.sum(1, keepdims=True)
    weights = fit_pool(np.stack([useless, predict(rng, labels, 1.9), predict(rng, labels, 2.0)]), labels).weights
    assert weights[0] == 0
    assert min(weights[1:]) > 0.25


def test_candidates_that_are_too_sure_are_made_less_so() -> None:
    rng = np.random.default_rng(0)
    labels = draw_labels(rng, 2000)
    true = predict(rng, labels)
    for times in (0.5, 3.0):
        (weight,) = fit_pool(sharpen(true, times)[None], labels).weights
        assert weight == pytest.approx(1 / times, rel=0.05)


def test_the_weights_are_those_of_lowest_log_loss() -> None:
    rng = np.random.default_rng(0)
    labels = draw_labels(rng, 500)
    candidates = np.stack([predict(rng, labels, 1.0), predict(rng, labels, 2.0), predict(rng, labels, 0.5)])
    weights = np.array(fit_pool(candidates, labels).weights)
    least = log_loss(labels, Pool(tuple(weights)).apply(candidates))
    for step in 0.01 * np.vstack([np.eye(3), -np.eye(3)]):
        assert log_loss(labels, Pool(tuple((weights + step).clip(0))).apply(candidates)) >= least


def test_a_blend_makes_probabilities() -> None:
    rng = np.random.default_rng(0)
    labels = draw_labels(rng, 200)
    candidates = np.stack([predict(rng, labels), predict(rng, labels)])
    blend = fit_pool(candidates, labels)
    assert blend.apply(list(candidates)).sum(1) == pytest.approx(np.ones(200))


def test_cross_fitting_shows_no_gain_on_noise() -> None:
    rng = np.random.default_rng(0)
    crossed, kept = [], 0
    for _ in range(20):
        labels, folds = draw_labels(rng, 200), five_folds(200)
        candidates = 1 + rng.random((6, 200, 4))
        candidates /= candidates.sum(2, keepdims=True)
        alone = MACRO_F1(labels, candidates[0])  # any one: which is the best was seen on these labels
        choice = choose_blend(candidates, labels, folds, np.arange(200), MACRO_F1)
        assert choice.attempt is not None
        crossed.append(choice.attempt.score - alone)
        kept += choice.is_kept
    assert np.mean(crossed) < 0.02
    assert kept <= 3  # one in twenty passes the test by chance


def test_a_blend_is_kept_only_beyond_noise() -> None:
    rng = np.random.default_rng(0)
    labels, folds = draw_labels(rng, 2000), five_folds(2000)
    useful = np.stack([predict(rng, labels), predict(rng, labels)])
    choice = choose_blend(useful, labels, folds, np.arange(2000), MACRO_F1)
    assert choice.is_kept
    assert MACRO_F1(labels, choice.crossed.held_out) > max(score for score, _ in choice.singles)
    copies = np.stack([useful[0], useful[0]])
    same = choose_blend(copies, labels, folds, np.arange(2000), MACRO_F1)
    assert not same.is_kept
    assert "noise" in same.reason
    assert same.blend.apply(copies) == pytest.approx(useful[0])
    assert np.array_equal(same.crossed.held_out, useful[0])


def test_a_blend_of_nothing_is_not_kept() -> None:
    labels, folds = np.array([0] * 60 + [1] * 40), np.arange(100) % 5
    wrong = np.where(labels[:, None] == 0, [0.2, 0.8], [0.8, 0.2])
    choice = choose_blend(np.stack([wrong, wrong]), labels, folds, np.arange(100), Objective("accuracy"))
    assert choice.attempt is not None and choice.attempt.against_best.beyond_noise
    assert not choice.is_kept and choice.blend.weights == (1.0, 0.0)
    assert "more than chance" in choice.reason


def test_one_candidate_is_handed_on_and_said_so() -> None:
    rng = np.random.default_rng(0)
    labels = draw_labels(rng, 50)
    candidate = predict(rng, labels)
    choice = choose_blend(candidate[None], labels, five_folds(50), np.arange(50), MACRO_F1)
    assert "nothing to blend" in choice.reason
    assert choice.blend.apply([candidate]) == pytest.approx(candidate)


def test_blends_bear_missing_classes_certainty_and_two_recordings() -> None:
    labels = np.array([0, 0, 1, 1, 2, 2] * 5)
    folds = np.where(labels == 2, 0, np.arange(30) % 4 + 1)  # the other folds have no recording of class 2
    sure = np.stack([np.eye(4)[labels], np.eye(4)[np.roll(labels, 1)], np.full((30, 4), 0.25)])
    choice = choose_blend(sure, labels, folds, np.arange(30), MACRO_F1)
    assert np.isfinite(choice.crossed.held_out).all()
    assert not choice.is_kept
    weights = fit_pool(sure, labels).weights
    assert 0 < weights[0] <= HIGHEST_WEIGHT and weights[1] == 0
    two = choose_blend(np.stack([np.eye(2)] * 2), np.array([0, 1]), np.array([0, 1]), np.arange(2), MACRO_F1)
    assert np.array_equal(two.crossed.held_out, np.eye(2))
    assert only(1, 2).apply(np.stack([np.eye(2), np.eye(2)[::-1]])) == pytest.approx(np.eye(2)[::-1], abs=1e-6)
