"""Which trials are confirmed, and how long that may take."""

from dataclasses import replace

import pytest
from optuna.trial import TrialState, create_trial
from tuner_command import MIXED_STUDY, Tuner

from data_pipeline import Cache
from tuner.final.finalists import finalists
from tuner.statistics.objective import Objective
from tuner.study.trials import TrialRecord, best_trial

RESULT = {"best_epoch": 1, "epochs": 1, "planned": 1, "seconds": 1.0, "parameters": 1}
SCORES = {"loss": 1.0, "confusion": [[1, 0], [0, 1]]}
OBJECTIVE = Objective("macro_f1")


def _trial(number: int, architecture: str, state: TrialState, value: float | None) -> TrialRecord:
    attrs = {"settings": {"architecture": architecture}, "result": {**RESULT, "validation": SCORES}}
    trial = create_trial(state=state, value=value, user_attrs=attrs)
    trial.number = number
    return TrialRecord.of(trial)


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
    assert [trial.number for trial in finalists(trials, OBJECTIVE)] == [1, 2, 3, 0]
    assert [trial.number for trial in finalists(trials[3:5], OBJECTIVE)] == [3]
    assert finalists(trials[6:], OBJECTIVE) == []
    assert [trial.number for trial in finalists(trials, Objective("log_loss"))] == [0, 1, 4, 2]


def test_trials_that_were_put_into_a_study_by_other_means_are_passed_over() -> None:
    foreign = TrialRecord.of(create_trial(value=0.99))
    assert finalists([foreign], OBJECTIVE) == [] and best_trial([foreign], OBJECTIVE) is None


@pytest.mark.slow
def test_the_search_took_as_long_as_it_did_however_late_one_asks(sqlite_tuner: Tuner, cache: Cache) -> None:
    (sqlite_tuner.folder / "small.toml").write_text(MIXED_STUDY)
    sqlite_tuner.succeed("create", sqlite_tuner.folder / "small.toml", "--data", cache.path)
    sqlite_tuner.succeed("work", "small")
    status = sqlite_tuner.status()
    took = status.search_s
    assert 0 < took <= status.elapsed_s
    assert replace(status, elapsed_s=1e6).search_s == pytest.approx(took, abs=2.0)
