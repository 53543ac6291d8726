import json

import numpy as np
import pytest
from simulated import MACRO_F1, draw_labels, five_folds, predict, sharpen

from tuner.statistics.blend_choice import choose_blend
from tuner.statistics.blending import Average, best_single, blend_from_dict, fit_greedy, fit_stacking
from tuner.statistics.scoring import log_loss


def test_greedy_takes_a_useful_second_candidate_and_leaves_a_useless_one() -> None:
    rng = np.random.default_rng(0)
    labels = draw_labels(rng, 2000)
    candidates = np.stack([predict(rng, labels, 0.0), predict(rng, labels, 1.9), predict(rng, labels, 2.0)])
    weights = fit_greedy(candidates, labels, MACRO_F1).weights
    assert weights[0] == 0
    assert min(weights[1:]) > 0.25
    assert sum(weights) == pytest.approx(1)


def test_greedy_leaves_noise_that_flips_some_decisions_to_the_good() -> None:
    rng = np.random.default_rng(0)
    for _ in range(20):
        labels = draw_labels(rng, 500)
        noise = sharpen(predict(rng, labels, 0.0) + rng.random((500, 4)), 3.0)
        assert fit_greedy(np.stack([predict(rng, labels), noise]), labels, MACRO_F1).weights[1] <= 0.1


def test_stacking_beats_the_average_where_candidates_know_different_classes() -> None:
    rng = np.random.default_rng(0)
    labels = draw_labels(rng, 2000)
    features = 3 * np.eye(4)[labels] + rng.normal(size=(2000, 4))
    half = np.array([3.0, 3.0, 0.0, 0.0])
    halves = [np.exp(features * half), np.exp(features * (3 - half))]
    candidates = np.stack([p / p.sum(1, keepdims=True) for p in halves])
    choice = choose_blend(candidates, labels, five_folds(2000), np.arange(2000), MACRO_F1)
    assert choice.kept == "stacking"
    assert choice.attempts[1].score > MACRO_F1(labels, Average((0.5, 0.5)).apply(candidates)) + 0.005


def test_blends_survive_json_exactly() -> None:
    rng = np.random.default_rng(0)
    labels = draw_labels(rng, 200)
    candidates = np.stack([predict(rng, labels), predict(rng, labels)])
    for blend in (fit_greedy(candidates, labels, MACRO_F1), fit_stacking(candidates, labels)):
        again = blend_from_dict(json.loads(json.dumps(blend.to_dict())))
        assert np.array_equal(again.apply(list(candidates)), blend.apply(candidates))
        assert again.apply(candidates).sum(1) == pytest.approx(np.ones(200))


def test_cross_fitting_shows_no_gain_on_noise_where_fitting_in_sample_does() -> None:
    rng = np.random.default_rng(0)
    in_sample, crossed, kept = [], [], 0
    for _ in range(8):
        labels, folds = draw_labels(rng, 200), five_folds(200)
        candidates = 1 + rng.random((6, 200, 4))
        candidates /= candidates.sum(2, keepdims=True)
        alone = MACRO_F1(labels, candidates[0])  # any one: which is the best was seen on these labels
        choice = choose_blend(candidates, labels, folds, np.arange(200), MACRO_F1)
        in_sample.append([MACRO_F1(labels, tried.blend.apply(candidates)) - alone for tried in choice.attempts])
        crossed.append([tried.score - alone for tried in choice.attempts])
        kept += choice.kept is not None
    assert np.mean(in_sample, axis=0).min() > 0.06
    assert np.mean(crossed, axis=0).max() < 0.02
    assert kept == 0


def test_a_blend_is_kept_only_beyond_noise() -> None:
    rng = np.random.default_rng(0)
    labels, folds = draw_labels(rng, 2000), five_folds(2000)
    useful = np.stack([predict(rng, labels), predict(rng, labels)])
    choice = choose_blend(useful, labels, folds, np.arange(2000), MACRO_F1)
    assert choice.kept is not None
    assert MACRO_F1(labels, choice.crossed.held_out) > max(score for score, _ in choice.singles)
    copies = np.stack([useful[0], useful[0]])
    same = choose_blend(copies, labels, folds, np.arange(2000), MACRO_F1)
    assert same.kept is None
    assert "noise" in same.reason
    assert same.blend.apply(copies) == pytest.approx(useful[0])
    assert np.array_equal(same.crossed.held_out, useful[0])
    json.dumps(choice.to_dict(), allow_nan=False)


def test_one_candidate_is_handed_on_and_said_so() -> None:
    rng = np.random.default_rng(0)
    labels = draw_labels(rng, 50)
    candidate = predict(rng, labels)
    choice = choose_blend(candidate[None], labels, five_folds(50), np.arange(50), MACRO_F1)
    assert "nothing to blend" in choice.reason
    assert np.array_equal(choice.blend.apply([candidate]), candidate)


def test_of_equal_scores_the_lower_log_loss_is_best() -> None:
    rng = np.random.default_rng(0)
    labels = draw_labels(rng, 500)
    probabilities = predict(rng, labels)
    assert best_single(np.stack([sharpen(probabilities, 3.0), probabilities]), labels, MACRO_F1) == 1


def test_blends_bear_missing_classes_certainty_and_two_recordings() -> None:
    labels = np.array([0, 0, 1, 1, 2, 2] * 5)
    folds = np.where(labels == 2, 0, np.arange(30) % 4 + 1)  # the other folds have no recording of class 2
    sure = np.stack([np.eye(4)[labels], np.eye(4)[np.roll(labels, 1)], np.full((30, 4), 0.25)])
    choice = choose_blend(sure, labels, folds, np.arange(30), MACRO_F1)
    assert np.isfinite(choice.crossed.held_out).all()
    assert choice.kept is None
    unseen = fit_stacking(sure, labels)
    assert unseen.apply(sure)[:, 3].max() == 0
    assert json.loads(json.dumps(unseen.to_dict(), allow_nan=False)) == unseen.to_dict()
    two = choose_blend(np.stack([np.eye(2)] * 2), np.array([0, 1]), np.array([0, 1]), np.arange(2), MACRO_F1)
    assert np.array_equal(two.crossed.held_out, np.eye(2))
    assert log_loss(np.array([0, 1]), two.attempts[1].crossed.held_out) > 1  # nothing of the other class was to be seen
