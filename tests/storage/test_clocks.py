"""Machines whose clocks differ: what is ordered, and what is timed, goes by the database alone."""

from datetime import datetime, timedelta
from typing import Any

import optuna.storages._rdb.storage as optuna_storage
import pytest
from optuna.trial import TrialState
from storage_play import Played


class FiveMinutesAhead(datetime):
    """The clock of a machine that is ahead."""

    @classmethod
    def now(cls, tz: Any = None) -> "FiveMinutesAhead":
        return super().now(tz) + timedelta(minutes=5)


@pytest.fixture
def ahead(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """This machine is ahead of the database until it is undone."""
    monkeypatch.setattr(optuna_storage, "datetime", FiveMinutesAhead)
    return monkeypatch


def test_failures_in_a_row_are_counted_in_the_order_of_their_commits(played: Played, ahead: pytest.MonkeyPatch) -> None:
    storage, study_id = played.storage, played.study_id
    storage.optuna.finish(played.claim(), TrialState.FAIL, None)
    storage.optuna.finish(played.claim(), TrialState.FAIL, None)
    assert storage.control.failures_in_a_row(study_id) == 2
    ahead.undo()
    storage.optuna.finish(played.claim(), TrialState.COMPLETE, 0.5)
    assert storage.control.failures_in_a_row(study_id) == 0, "the last to end did not fail, whatever clocks say"
    storage.optuna.finish(played.claim(), TrialState.FAIL, None)
    assert storage.control.failures_in_a_row(study_id) == 1


def test_a_person_who_lets_a_study_run_forgives_its_failures(played: Played) -> None:
    played.storage.optuna.finish(played.claim(), TrialState.FAIL, None)
    played.storage.control.set_command(played.study_id, "run")
    assert played.storage.control.failures_in_a_row(played.study_id) == 0


def test_trials_are_timed_by_the_database(played: Played, ahead: pytest.MonkeyPatch) -> None:
    storage = played.storage
    study = played.optuna_study()
    study.enqueue_trial({})
    waiting, new = played.claim(), played.claim()
    assert (waiting.number, new.number) == (0, 1)
    for lease in (waiting, new):
        storage.optuna.finish(lease, TrialState.COMPLETE, 0.5)
    told = study.ask()
    study.tell(told, 0.5)
    for trial in storage.optuna.get_all_trials(played.study_id):
        assert trial.datetime_start is not None and trial.datetime_complete is not None
        assert trial.datetime_start <= trial.datetime_complete
        for moment in (trial.datetime_start, trial.datetime_complete):
            assert abs(moment.timestamp() - storage.now()) < 60
