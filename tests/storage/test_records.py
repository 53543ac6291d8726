"""Epochs, workers and control: what is written is what is read."""

import math
import time

import pytest
from optuna.trial import TrialState
from storage_play import Played

from tuner.errors import BudgetSpent, StudyError
from tuner.storage import SEARCH


def test_epochs_come_back(played: Played) -> None:
    lease = played.claim()
    other = played.claim()
    metrics = {"macro_f1": 0.5, "loss": math.inf, "per_class": [0.25, 0.75]}
    for epoch, score in enumerate([0.25, None], start=1):
        played.storage.epochs.record(lease, epoch, score=score, lr=0.1, seconds=2.0, metrics=metrics)
    played.storage.epochs.record(other, 1, score=0.5, lr=0.1, seconds=2.0, metrics={})
    rows = played.storage.epochs.of_study(played.study_id)
    assert [(row.number, row.epoch, row.attempt) for row in rows] == [(0, 1, 1), (0, 2, 1), (1, 1, 1)]
    assert [row.score for row in rows] == [0.25, None, 0.5]
    assert rows[0].metrics == metrics
    assert abs(rows[0].at - played.storage.now()) < 60
    assert played.storage.epochs.of_study(played.study_id, trial_id=other.trial_id) == rows[2:]
    last = played.storage.epochs.last(played.study_id)
    assert {unit: row.epoch for unit, row in last.items()} == {(lease.trial_id, SEARCH): 2, (other.trial_id, SEARCH): 1}


def test_an_epoch_trained_again_replaces_the_old_one(played: Played) -> None:
    lease = played.claim()
    played.storage.epochs.record(lease, 1, score=0.25, lr=0.1, seconds=2.0, metrics={})
    played.storage.leases.hand_back(lease)
    again = played.claim()
    played.storage.epochs.record(again, 1, score=0.5, lr=0.1, seconds=2.0, metrics={})
    (row,) = played.storage.epochs.of_study(played.study_id)
    assert (row.score, row.attempt) == (0.5, 2)


def test_workers_come_and_go(played: Played) -> None:
    storage = played.storage
    second = storage.workers.register(played.study_id, host="there", pid=2, device="cuda:0")
    storage.workers.beat(second, trial_number=3, part="fold 2", epoch=5, memory_mb=250.5, training_s=4.0, working_s=5.0)
    first, row = storage.workers.list(played.study_id)
    assert (first.host, first.trial_number, first.state) == ("here", None, "running")
    assert (row.worker_id, row.host, row.pid, row.device) == (second, "there", 2, "cuda:0")
    assert (row.trial_number, row.part, row.epoch, row.memory_mb, row.state) == (3, "fold 2", 5, 250.5, "running")
    assert (row.training_s, row.working_s) == (4.0, 5.0)
    assert 0 <= row.silent_for_s < 60
    storage.workers.retire(second)
    storage.leases.expire_worker(played.worker_id)
    assert [row.state for row in storage.workers.list(played.study_id)] == ["gone", "gone"]


def test_running_names_the_worker(played: Played) -> None:
    lease = played.claim()
    (row,) = played.storage.workers.running(played.study_id)
    assert (row.number, row.worker_id, row.host, row.pid) == (lease.number, played.worker_id, "here", 1)
    assert 0 <= row.silent_for_s < 60
    played.set_beat(lease, played.storage.now() - 120)
    (row,) = played.storage.workers.running(played.study_id)
    assert 120 <= row.silent_for_s < 180


def shift_clock(played: Played, seconds: float) -> None:
    """Let time pass for a study: what has happened to it happened this much earlier."""
    with played.storage.database.engine.begin() as connection:
        for column in ("started_at", "halted_at"):
            connection.exec_driver_sql(f"UPDATE tuner_control SET {column} = {column} - {seconds}")


def elapsed(played: Played) -> float:
    return played.storage.control.of(played.study_id).elapsed_s


@pytest.mark.parametrize("command", ["pause", "stop"])
def test_the_clock_stands_still_while_halted(played: Played, command: str) -> None:
    storage, study_id = played.storage, played.study_id
    played.claim()
    shift_clock(played, 100)
    assert elapsed(played) == pytest.approx(100, abs=10)
    storage.control.set_command(study_id, command)  # type: ignore[arg-type]
    shift_clock(played, 1000)
    storage.control.set_command(study_id, command)  # type: ignore[arg-type]
    assert storage.control.of(study_id).command == command
    assert elapsed(played) == pytest.approx(100, abs=10)
    storage.control.set_command(study_id, "run")
    shift_clock(played, 50)
    assert storage.control.of(study_id).command == "run"
    assert elapsed(played) == pytest.approx(150, abs=10)


def test_a_pause_before_the_first_trial_is_no_time_gained(played: Played) -> None:
    played.storage.control.set_command(played.study_id, "pause")
    shift_clock(played, 1000)
    played.storage.control.set_command(played.study_id, "run")
    assert elapsed(played) == 0
    played.claim()
    shift_clock(played, 100)
    assert elapsed(played) == pytest.approx(100, abs=10)


def test_budget_and_time_can_be_added(played: Played) -> None:
    storage = played.storage
    study_id = storage.optuna.create_new_study([], "timed")
    storage.control.create(study_id, trials=5, timeout_s=60)
    storage.control.create(study_id, trials=99, timeout_s=99)
    storage.control.add_trials(study_id, 3)
    storage.control.add_time(study_id, 30)
    control = storage.control.of(study_id)
    assert (control.command, control.trials, control.timeout_s, control.started_at) == ("run", 8, 90, None)
    storage.control.add_time(played.study_id, 30)
    assert storage.control.of(played.study_id).timeout_s is None


def test_time_added_to_a_study_that_is_over_counts_from_now(played: Played) -> None:
    storage = played.storage
    study_id = storage.optuna.create_new_study([], "timed")
    storage.control.create(study_id, trials=5, timeout_s=60)
    storage.leases.claim(study_id, played.worker_id)
    shift_clock(played, 10_000)
    assert storage.control.of(study_id).time_is_over
    storage.control.add_time(study_id, 3600)
    control = storage.control.of(study_id)
    assert not control.time_is_over
    assert control.timeout_s == pytest.approx(13_600, abs=10)


def test_no_control_no_study(played: Played) -> None:
    assert played.storage.control.find(99) is None
    for touch in (
        lambda: played.storage.control.of(99),
        lambda: played.storage.control.add_trials(99, 1),
        lambda: played.storage.control.set_command(99, "stop"),
    ):
        with pytest.raises(StudyError, match="study 99 is not there any more"):
            touch()


def test_delete_takes_everything_of_the_study_and_nothing_else(played: Played) -> None:
    storage = played.storage
    kept = storage.optuna.create_new_study([], "kept")
    storage.control.create(kept, trials=1, timeout_s=None)
    storage.leases.claim(kept, storage.workers.register(kept, host="here", pid=1, device="cpu"))
    lease = played.claim()
    storage.epochs.record(lease, 1, score=0.5, lr=0.1, seconds=2.0, metrics={})
    storage.delete_study(played.study_id)
    with storage.database.engine.connect() as connection:
        for table in ("leases", "epochs", "workers", "control", "parts", "final_steps"):
            ids = connection.exec_driver_sql(f"SELECT study_id FROM tuner_{table}").scalars().all()
            assert set(ids) <= {kept}
    assert [study.study_name for study in storage.optuna.get_all_studies()] == ["kept"]
    assert len(storage.workers.running(kept)) == 1
    with pytest.raises(KeyError):
        storage.delete_study(played.study_id)


def test_the_clock_of_a_finished_study_stands_still(played: Played) -> None:
    storage, study_id = played.storage, played.study_id
    storage.control.set_trials(study_id, 1)
    storage.control.set_timeout(study_id, 3600.0)
    storage.optuna.finish(played.claim(), TrialState.COMPLETE, 0.5)
    with pytest.raises(BudgetSpent):
        played.claim()
    elapsed = storage.control.of(study_id).elapsed_s
    began = storage.control.of(study_id).started_at
    assert began is not None
    while storage.now() < began + elapsed + 0.2:
        time.sleep(0.05)
    assert storage.control.of(study_id).elapsed_s == elapsed
    storage.control.add_trials(study_id, 1)
    played.claim()
    running = storage.control.of(study_id)
    assert storage.now() - began - running.elapsed_s >= 0.2, "the time without work is left out"
