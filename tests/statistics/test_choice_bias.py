import time

import numpy as np
import pytest
from simulated import MACRO_F1, draw_labels, predict

from tuner.statistics.blending import Pool, fit_pool, only
from tuner.statistics.choice_bias import CorrectedScore, Floats, correct_for_choice
from tuner.statistics.intervals import interval
from tuner.statistics.objective import Objective
from tuner.statistics.probabilities import Integers, softmax

SHARES = (0.6, 0.3, 0.07, 0.03)
OWN = 0.6
"""Share of each candidate's noise that it has for itself."""


def _candidates(rng: np.random.Generator, labels: Integers, n: int, separation: float = 2.0) -> Floats:
    """Draw candidates that are equally good, and err alike as models of one kind do; see `predict`."""
    noise = np.sqrt(1 - OWN**2) * rng.normal(size=(len(labels), 4)) + OWN * rng.normal(size=(n, len(labels), 4))
    return softmax(separation * (separation * np.eye(4)[labels] + noise) + np.log(SHARES))


@pytest.fixture(scope="module")
def truth() -> float:
    rng = np.random.default_rng(1)
    labels = draw_labels(rng, 100_000, SHARES)
    return MACRO_F1(labels, predict(rng, labels, 2.0, SHARES))


@pytest.fixture(scope="module")
def studies() -> list[CorrectedScore]:
    """Choose among 30 candidates of equal worth on 1,000 recordings, 30 of the rarest class, again and again."""
    rng, found = np.random.default_rng(0), []
    for _ in range(30):
        labels = draw_labels(rng, 1000, SHARES)
        found.append(correct_for_choice(_candidates(rng, labels, 30), labels, np.arange(1000), MACRO_F1))
    return found


def test_the_best_of_many_that_are_alike_looks_good_and_its_corrected_score_does_not(
    studies: list[CorrectedScore], truth: float
) -> None:
    assert np.mean([study.plain for study in studies]) > truth + 0.03
    assert np.mean([study.corrected.value for study in studies]) == pytest.approx(truth, abs=0.01)
    assert min(study.luck for study in studies) > 0


def test_the_interval_holds_the_truth_and_is_no_wider_than_that_of_one_candidate(
    studies: list[CorrectedScore], truth: float
) -> None:
    inside = [study.corrected.low <= truth <= study.corrected.high for study in studies]
    assert np.mean(inside) >= 0.9
    rng = np.random.default_rng(0)
    labels = draw_labels(rng, 1000, SHARES)
    one = interval(labels, predict(rng, labels, 2.0, SHARES), np.arange(1000), MACRO_F1)
    widths = [study.corrected.high - study.corrected.low for study in studies]
    assert np.mean(widths) == pytest.approx(one.high - one.low, rel=0.2)


def test_a_candidate_that_is_clearly_the_best_owes_little_to_luck() -> None:
    rng = np.random.default_rng(0)
    labels = draw_labels(rng, 1000, SHARES)
    poor, good = _candidates(rng, labels, 20, separation=1.0), _candidates(rng, labels, 1, separation=2.0)
    found = correct_for_choice(np.concatenate([poor, good]), labels, np.arange(1000), MACRO_F1)
    assert found.plain == MACRO_F1(labels, good[0])
    assert abs(found.luck) < 0.015
    assert found.n_candidates == 21


def test_one_candidate_owes_nothing_to_luck() -> None:
    rng = np.random.default_rng(0)
    labels = draw_labels(rng, 100, SHARES)
    candidates = _candidates(rng, labels, 1)
    found = correct_for_choice(candidates, labels, np.arange(100), MACRO_F1)
    plain = interval(labels, candidates[0], np.arange(100), MACRO_F1)
    assert found.luck == pytest.approx(0)
    assert (found.corrected.low, found.corrected.high) == pytest.approx((plain.low, plain.high))


def test_a_loss_that_was_chosen_is_corrected_upwards() -> None:
    rng = np.random.default_rng(0)
    labels = draw_labels(rng, 200, SHARES)
    found = correct_for_choice(_candidates(rng, labels, 30), labels, np.arange(200), Objective("log_loss"))
    assert found.plain < found.corrected.value
    assert found.luck == pytest.approx(found.corrected.value - found.plain)


@pytest.mark.slow
def test_metrics_of_ranks_are_corrected_too() -> None:
    rng = np.random.default_rng(0)
    labels = draw_labels(rng, 120, SHARES)
    found = correct_for_choice(_candidates(rng, labels, 2), labels, np.arange(120), Objective("macro_auroc", (0,)))
    assert 0.5 < found.corrected.value < 1 and abs(found.luck) < 0.02


def test_twins_in_one_group_do_not_hide_the_luck() -> None:
    rng = np.random.default_rng(0)
    labels = draw_labels(rng, 300, SHARES)
    candidates, groups = _candidates(rng, labels, 20), np.arange(300)
    once = correct_for_choice(candidates, labels, groups, MACRO_F1)
    twins = np.tile(candidates, (1, 2, 1)), np.tile(labels, 2)
    grouped = correct_for_choice(*twins, np.tile(groups, 2), MACRO_F1)
    alone = correct_for_choice(*twins, np.arange(600), MACRO_F1)
    assert grouped.luck == pytest.approx(once.luck)
    assert alone.luck < 0.75 * once.luck


def test_fitting_a_pool_to_noise_is_seen_through() -> None:
    rng = np.random.default_rng(0)
    labels = draw_labels(rng, 120, SHARES)
    noise = softmax(np.log(SHARES) + 0.5 * rng.normal(size=(8, 120, 4)))
    found = correct_for_choice(noise, labels, np.arange(120), Objective("log_loss"), fit_pool)
    assert found.plain == Objective("log_loss")(labels, fit_pool(noise, labels).apply(noise))
    assert found.corrected.value > found.plain + 0.01


def test_a_pool_that_helps_keeps_its_gain() -> None:
    rng = np.random.default_rng(0)
    labels = draw_labels(rng, 400, SHARES)
    candidates = _candidates(rng, labels, 4)
    pooled = correct_for_choice(candidates, labels, np.arange(400), Objective("log_loss"), fit_pool)
    single = correct_for_choice(candidates, labels, np.arange(400), Objective("log_loss"))
    assert pooled.corrected.value < single.corrected.value - 0.02
    assert 0 < pooled.luck < 0.02


def test_any_way_of_choosing_can_be_repeated() -> None:
    rng = np.random.default_rng(0)
    labels = draw_labels(rng, 200, SHARES)
    candidates = _candidates(rng, labels, 10)

    def best(some: Floats, their_labels: Integers) -> Pool:
        return only(int(np.argmax([MACRO_F1(their_labels, one) for one in some])), len(some))

    def first(some: Floats, their_labels: Integers) -> Pool:
        return only(0, len(some))

    chosen = correct_for_choice(candidates, labels, np.arange(200), MACRO_F1, best)
    built_in = correct_for_choice(candidates, labels, np.arange(200), MACRO_F1)
    assert chosen.plain == built_in.plain
    assert chosen.luck == pytest.approx(built_in.luck, abs=0.02)
    assert abs(correct_for_choice(candidates, labels, np.arange(200), MACRO_F1, first).luck) < chosen.luck / 2


def test_a_class_of_two_groups_is_drawn_and_left_out_each_time() -> None:
    labels = np.array([0] * 40 + [1] * 4)
    groups = np.array([*range(40), 40, 40, 41, 41])
    candidates, held = np.full((1, 44, 2), 0.5), []

    def see(some: Floats, their_labels: Integers) -> Pool:
        held.append(int((their_labels == 1).sum()))
        return only(0, 1)

    correct_for_choice(candidates, labels, groups, MACRO_F1, see)
    assert held[0] == 4  # all recordings, for the plain score
    assert set(held[1:]) == {4} and len(held) == 51  # one group twice, and the other left out
    right = correct_for_choice(np.eye(2)[labels][None], labels, groups, MACRO_F1)
    assert right.corrected.value == 1


def test_where_nothing_can_be_left_out_nothing_is_claimed() -> None:
    labels = np.array([0, 1, 2])
    for fit in (None, fit_pool):
        found = correct_for_choice(np.stack([np.eye(3), np.eye(3)[::-1]]), labels, labels, MACRO_F1, fit)
        assert found.plain == 1
        assert np.isnan([found.corrected.value, found.corrected.low, found.corrected.high, found.luck]).all()
        assert found.sentence() == "what choosing among 2 candidates was worth cannot be told"


def test_the_same_seed_gives_the_same_answer_in_words(studies: list[CorrectedScore]) -> None:
    rng = np.random.default_rng(0)
    labels = draw_labels(rng, 1000, SHARES)
    again = correct_for_choice(_candidates(rng, labels, 30), labels, np.arange(1000), MACRO_F1)
    assert again == studies[0]
    assert again.sentence("trials") == f"choosing among 30 trials was worth {again.luck:.3f} of luck"


def test_sixty_candidates_are_chosen_among_in_a_moment() -> None:
    rng = np.random.default_rng(0)
    labels = draw_labels(rng, 6000, SHARES)
    candidates, started = _candidates(rng, labels, 60), time.process_time()
    correct_for_choice(candidates, labels, np.arange(6000), MACRO_F1)
    assert time.process_time() - started < 3  # of both cores; 0.3 s on a machine with nothing else to do
