"""Which trials are confirmed, and how long that may take."""

from dataclasses import replace

import pytest
from optuna.trial import FrozenTrial, TrialState, create_trial
from simulated import MACRO_F1
from tuner_command import MIXED_STUDY, Tuner

from data_pipeline import Cache
from tuner.final.finalists import candidates
from tuner.statistics.objective import Objective
from tuner.storage import open_storage
from tuner.study.status import best_trial, take_snapshot


def _trial(number: int, architecture: str, state: TrialState, value: float | None) -> FrozenTrial:
    attrs = {"settings": {"architecture": architecture}}
    trial = create_trial(state=state, value=value, user_attrs=attrs)
    trial.number = number
    return trial


def test_kinds_take_turns_and_one_without_a_complete_trial_is_not_forgotten() -> None:
    complete, pruned, failed = TrialState.COMPLETE, TrialState.PRUNED, TrialState.FAIL
    trials = [
        _trial(0, "resnet1d", complete, 0.7),
        _trial(1, "feature_boosting", complete, 0.8),
        _trial(2, "resnet1d", complete, 0.75),
        _trial(3, "crnn1d", pruned, 0.9),
        _trial(4, "crnn1d", pruned, 0.5),
        _trial(5, "resnet1d", pruned, 0.99),
        _trial(6, "stft_crnn", failed, None),
    ]
    assert [trial.number for trial in candidates(trials, MACRO_F1)] == [1, 2, 3, 0]
    assert [trial.number for trial in candidates(trials[3:5], MACRO_F1)] == [3]
    assert candidates(trials[6:], MACRO_F1) == []
    lowest_first = [trial.number for trial in candidates(trials, Objective("log_loss"))]
    assert lowest_first == [0, 1, 4, 2]


def test_trials_that_were_put_into_a_study_by_other_means_are_passed_over() -> None:
    foreign = create_trial(value=0.99)
    assert candidates([foreign], MACRO_F1) == [] and best_trial([foreign], MACRO_F1) is None


@pytest.mark.slow
def test_the_search_took_as_long_as_it_did_however_late_one_asks(sqlite_tuner: Tuner, cache: Cache) -> None:
    (sqlite_tuner.folder / "small.toml").write_text(MIXED_STUDY)
    sqlite_tuner.succeed("create", sqlite_tuner.folder / "small.toml", "--data", cache.path)
    sqlite_tuner.succeed("work", "small")
    snapshot = take_snapshot(open_storage(sqlite_tuner.storage), "small")
    took = snapshot.search_s
    assert 0 < took <= snapshot.elapsed_s
    assert replace(snapshot, elapsed_s=1e6).search_s == pytest.approx(took, abs=2.0)
