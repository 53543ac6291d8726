"""What is known of a kind's settings from the folds of all its trials."""

from collections.abc import Sequence

import numpy as np
import pytest
from optuna.trial import TrialState

from tuner.statistics.objective import Objective
from tuner.statistics.scores import as_scores
from tuner.study.kinds import Kind
from tuner.study.trials import TrialRecord, TrialResult

RNG = np.random.default_rng(5)
SCORES = as_scores(0.4, [[3, 1], [2, 4]])


def _trial(number: int, losses: Sequence[float], state: TrialState, score: float | None = 0.8) -> TrialRecord:
    scores = tuple(1 - loss for loss in losses)
    result = TrialResult(3, 3, 3, 10.0, 100, SCORES, parts=len(losses), losses=tuple(losses), scores=scores)
    settings = {"architecture": "tcn"}
    return TrialRecord(number, number, state, score, settings, None, result, None, None, None)


def _kind(trials: Sequence[TrialRecord], n_parts: int = 5) -> Kind:
    return Kind("tcn", tuple(trials), n_parts, Objective("macro_f1"), worth=0.004)


def _measured(spread: float, noise: float, n: int) -> list[TrialRecord]:
    truth = 0.3 + spread * RNG.standard_normal(n)
    return [_trial(i, one + noise * RNG.standard_normal(5), TrialState.COMPLETE) for i, one in enumerate(truth)]


def test_a_flat_kind_is_recognised_and_said() -> None:
    kind = _kind(_measured(spread=0.0, noise=0.002, n=30))
    assert kind.is_flat
    assert kind.finding is not None and "settings of tcn make no difference beyond 0.00" in kind.finding


def test_a_kind_whose_settings_matter_is_not_flat() -> None:
    kind = _kind(_measured(spread=0.03, noise=0.002, n=12))
    assert not kind.is_flat
    assert kind.finding is not None and "settings of tcn differ by 0.0" in kind.finding


def test_few_settings_never_prove_a_kind_flat() -> None:
    assert not _kind(_measured(spread=0.0, noise=0.002, n=5)).is_flat


def test_what_left_the_race_informs_by_its_parts_and_what_was_pruned_before_counts_as_the_worst() -> None:
    trials = _measured(spread=0.03, noise=0.002, n=6)
    trials.append(_trial(6, (0.9,), TrialState.PRUNED))
    trials.append(_trial(7, (), TrialState.PRUNED))
    trials.append(_trial(8, (), TrialState.PRUNED, score=None))
    values = _kind(trials).values
    assert set(values) == set(range(8)), "of a trial without a score nothing is known"
    assert values[7] == max(values.values()) == values[6]


def test_scores_of_few_parts_are_drawn_to_the_mean_of_the_kind() -> None:
    trials = _measured(spread=0.01, noise=0.01, n=10)
    trials.append(_trial(10, (0.25,), TrialState.PRUNED))
    values = _kind(trials).values
    whole = [trial.result.losses for trial in trials[:10] if trial.result]
    assert values[10] > 0.25 + 0.2 * (np.mean(whole) - 0.25)


@pytest.mark.parametrize("score", [0.6, None])
def test_with_one_part_the_objective_is_what_counts(score: float | None) -> None:
    trials = [_trial(0, (), TrialState.COMPLETE, 0.7), _trial(1, (), TrialState.COMPLETE, score)]
    assert _kind(trials, n_parts=1).values == {0: -0.7} | ({} if score is None else {1: -score})


def test_running_trials_take_as_long_as_the_others() -> None:
    trials = [_trial(0, (0.3,) * 5, TrialState.COMPLETE), _trial(1, (), TrialState.RUNNING, None)]
    assert _kind(trials).seconds == pytest.approx(20.0) and _kind(trials).seconds_per_trial == 10.0


def test_a_damaged_trial_that_says_more_than_there_can_be_disturbs_nothing() -> None:
    trials = [*_measured(spread=0.03, noise=0.002, n=4), _trial(4, (0.3,) * 9, TrialState.COMPLETE)]
    assert set(_kind(trials).values) == set(range(5))
