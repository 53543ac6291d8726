"""Claims by several processes: the exact budget, and each trial in one hand."""

import signal
import time
from collections.abc import Callable
from typing import Any

import optuna
import pytest
from optuna.trial import TrialState
from process_bodies import claim_until_nothing_is_left, die_in_a_trial, work_until_spent
from sqlalchemy import update
from storage_play import PROCESSES, Played, run_together
from watching import wait

from tuner.errors import BudgetSpent, StudyError
from tuner.storage import SEARCH, Storage
from tuner.storage.tables import leases, workers

MANY = pytest.mark.parametrize(
    "n", [1, 2, 4, pytest.param(16, marks=pytest.mark.slow), pytest.param(64, marks=pytest.mark.slow)]
)


@pytest.mark.parametrize("n", [1, 4, 16])
def test_workers_run_exactly_the_budget(played: Played, n: int) -> None:
    played.storage.control.set_trials(played.study_id, 70)
    run_together(n, work_until_spent, played.url, played.study_id)
    _check_budget(played, 70)


@MANY
def test_workers_that_die_change_nothing_about_the_budget(played: Played, n: int) -> None:
    played.storage.control.set_trials(played.study_id, n + 10)
    run_together(n, die_in_a_trial, played.url, played.study_id, exit_code=-signal.SIGKILL)
    for worker in played.storage.workers.list(played.study_id):
        played.storage.leases.expire_worker(worker.worker_id)
    run_together(n, work_until_spent, played.url, played.study_id)
    assert {row.attempt for row in played.storage.epochs.of_study(played.study_id) if row.number < n} == {2}
    _check_budget(played, n + 10)


def _check_budget(played: Played, budget: int) -> None:
    trials = played.storage.optuna.get_all_trials(played.study_id)
    assert [trial.number for trial in trials] == list(range(budget))
    assert {trial.state for trial in trials} == {TrialState.COMPLETE}
    assert len(played.storage.epochs.of_study(played.study_id)) == budget
    with pytest.raises(BudgetSpent):
        played.claim()


def test_eight_workers_take_each_abandoned_trial_once(played: Played) -> None:
    """Ten were handed back, ten were left by a dead worker, and the budget has no room for more."""
    leases = [played.claim() for _ in range(20)]
    for lease in leases[::2]:
        played.storage.leases.hand_back(lease)
    played.storage.leases.expire_worker(played.worker_id)
    claims: Any = PROCESSES.Queue()
    said = run_together(8, claim_until_nothing_is_left, played.url, played.study_id, claims, results=claims)
    taken = [claim for claims in said for claim in claims]
    assert sorted(taken) == [(number, 2) for number in range(20)]


def test_the_trial_of_a_killed_worker_goes_on_in_place(played: Played) -> None:
    run_together(1, die_in_a_trial, played.url, played.study_id, exit_code=-signal.SIGKILL)
    (before,) = played.storage.optuna.get_all_trials(played.study_id)

    assert played.claim().number == 1, "a worker that was heard of just now keeps its trial"
    (running, _) = played.storage.workers.running(played.study_id)
    assert running.number == 0 and running.worker_id is not None
    played.storage.leases.expire_worker(running.worker_id)
    lease = played.claim()
    after = played.storage.optuna.get_trial(lease.trial_id)
    assert (lease.number, lease.attempt) == (0, 2)
    assert after == before
    assert after.intermediate_values == {10: 0.25, 20: 0.5}

    trial = played.trial(lease)
    assert trial.suggest_float("train.lr", 1e-4, 1e-1, log=True) == before.params["train.lr"]
    played.storage.optuna.finish(lease, TrialState.COMPLETE, 0.75)
    assert played.storage.optuna.get_trial(lease.trial_id).value == 0.75


def test_a_silent_worker_loses_its_trial(played: Played, opener: Callable[[], Storage]) -> None:
    lease = played.claim()
    played.set_beat(lease, played.storage.now() - 120)
    other, silent_s = opener(), 0.2  # shorter than the throwaway server has been up
    assert played.claim(other, silent_s).number == 1, "a newcomer trusts its own eyes, not the clocks of others"
    deadline = time.monotonic() + 30
    while (
        taken := other.leases.claim(played.study_id, played.worker_id, silent_s=silent_s)
    ) is None or taken.attempt == 1:
        assert time.monotonic() < deadline
    assert (taken.number, taken.attempt, taken.deaths, taken.losses) == (lease.number, 2, 0, 1)
    assert not played.storage.leases.beat(lease)


def test_who_watched_while_it_was_busy_takes_what_is_silent_at_once(
    played: Played, opener: Callable[[], Storage], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tuner.storage.silence.CONFIRM_S", 0.2)
    monkeypatch.setattr("tuner.storage.leases.SILENT_S", 0.5)
    lease = played.claim()
    played.set_beat(lease, played.storage.now() - 120)
    busy = opener()
    busy.leases.watch(played.study_id)
    time.sleep(0.3)  # longer than a beat must stand still before one's eyes
    busy.leases.watch(played.study_id)
    taken = played.claim(busy, silent_s=0.5)
    assert (taken.number, taken.attempt) == (lease.number, 2)


def test_a_beat_keeps_the_trial(played: Played) -> None:
    lease = played.claim()
    played.set_beat(lease, played.storage.now() - 120)
    assert played.storage.leases.beat(lease)
    assert played.claim().number == 1


def test_a_process_that_was_frozen_judges_nobody(played: Played, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its whole machine may have stood still, and all others on it."""
    lease = played.claim()
    played.set_beat(lease, played.storage.now() - 120)
    played.storage.database.outage.tick()
    assert played.claim(silent_s=0.01).number == 1
    monkeypatch.setattr("tuner.storage.waiting._FROZEN_S", 0.0)  # as if the last tick were long ago
    assert played.claim(silent_s=0.01).number == 2
    played.storage.database.outage.tick()
    assert played.claim(silent_s=60).number == 3


def test_a_trial_stays_where_its_checkpoints_are_as_long_as_somebody_works_there(played: Played) -> None:
    storage, study_id = played.storage, played.study_id
    here, there = (
        storage.workers.register(study_id, host="h", pid=1, device="cpu", home=home) for home in ("here", "there")
    )
    lease = storage.leases.claim(study_id, here)
    assert lease is not None
    storage.leases.hand_back(lease)
    lease = storage.leases.claim(study_id, there)
    assert lease is not None and lease.number == 0, "nothing is trained yet: it may go anywhere"
    storage.epochs.record(lease, 1, score=0.5, lr=0.1, seconds=1.0, metrics={})
    storage.leases.hand_back(lease)
    other = storage.leases.claim(study_id, here)
    assert other is not None and other.number == 1
    lease = storage.leases.claim(study_id, there)
    assert lease is not None and lease.number == 0
    storage.leases.expire_worker(there)
    other = storage.leases.claim(study_id, here)
    assert other is not None and other.number == 2, "another worker there may go on with it any moment"
    with storage.database.engine.begin() as connection:
        connection.execute(update(workers).where(workers.c.worker_id == there).values(beat=1.0))
    other = storage.leases.claim(study_id, here)
    assert other is not None and other.number == 0, "nobody there for a minute"


def test_only_what_was_begun_is_taken_where_nothing_else_is_wanted(played: Played) -> None:
    storage, study_id = played.storage, played.study_id
    begun, untouched, dead = (played.claim() for _ in range(3))
    for lease in (begun, dead):
        storage.epochs.record(lease, 1, score=0.5, lr=0.1, seconds=1.0, metrics={})
    storage.leases.hand_back(untouched)
    storage.leases.hand_back(begun)
    for number in (0, None):
        taken = storage.leases.claim(study_id, played.worker_id, only_begun=True)
        assert (taken and taken.number) == number
    storage.leases.expire_worker(played.worker_id)
    numbers = {storage.leases.claim(study_id, played.worker_id, only_begun=True).number for _ in range(2)}  # type: ignore[union-attr]
    assert numbers == {0, 2}
    assert storage.leases.claim(study_id, played.worker_id, only_begun=True) is None


def test_the_dead_of_a_clock_that_was_set_back_hold_nothing(played: Played) -> None:
    storage, study_id = played.storage, played.study_id
    here, there = (
        storage.workers.register(study_id, host="h", pid=1, device="cpu", home=home) for home in ("here", "there")
    )
    lease = storage.leases.claim(study_id, there)
    assert lease is not None
    storage.epochs.record(lease, 1, score=0.5, lr=0.1, seconds=1.0, metrics={})
    storage.leases.hand_back(lease)
    with storage.database.engine.begin() as connection:
        connection.execute(update(workers).where(workers.c.worker_id == there).values(beat=workers.c.beat + 3600))
    other = storage.leases.claim(study_id, here)
    assert other is not None and other.number == 0


def test_deaths_are_counted_until_an_epoch_is_trained(played: Played) -> None:
    lease = played.claim()
    for deaths in (1, 2):
        played.storage.leases.expire_worker(played.worker_id)
        lease = played.claim()
        assert (lease.number, lease.deaths) == (0, deaths)
    played.storage.leases.hand_back(lease)
    lease = played.claim()
    assert lease.deaths == 2, "leaving in good order is no death, and no progress either"
    played.storage.leases.hand_back(lease, died=True)
    lease = played.claim()
    assert lease.deaths == 3, "going down is one, said or not"
    played.storage.epochs.record(lease, 1, score=0.5, lr=0.1, seconds=1.0, metrics={})
    played.storage.leases.expire_worker(played.worker_id)
    assert played.claim().deaths == 1


def test_workers_that_were_lost_by_no_fault_of_the_trial_are_no_deaths(played: Played) -> None:
    storage = played.storage
    for losses in (1, 2):
        played.claim()
        storage.leases.expire_worker(played.worker_id, blame=False)
        storage.leases.expire_worker(played.worker_id, blame=False)  # as where its answer was lost
        lease = played.claim()
        assert (lease.deaths, lease.losses) == (0, losses)
        storage.leases.hand_back(lease)
    lease = played.claim()
    storage.epochs.record(lease, 1, score=0.5, lr=0.1, seconds=1.0, metrics={})
    storage.leases.hand_back(lease)
    assert played.claim().losses == 0


def test_a_worker_that_dies_while_it_leaves_is_counted_nowhere(played: Played) -> None:
    storage, lease = played.storage, played.claim()
    said = {"trial_number": 0, "part": SEARCH, "epoch": None, "memory_mb": 1.0, "training_s": 0.0, "working_s": 0.0}
    storage.workers.beat(played.worker_id, **said, is_leaving=True)  # type: ignore[arg-type]
    storage.leases.expire_worker(played.worker_id, blame=False)
    lease = played.claim()
    assert (lease.number, lease.attempt, lease.deaths, lease.losses) == (0, 2, 0, 0)
    with storage.database.engine.begin() as connection:
        connection.execute(update(leases).values(beat=leases.c.beat - 120))
    storage.control.set_trials(played.study_id, 1)
    taken = wait(lambda: storage.leases.claim(played.study_id, played.worker_id, silent_s=0.2), 30)
    assert (taken.attempt, taken.deaths, taken.losses) == (3, 0, 0)


def test_nobody_is_silent_right_after_the_server_started(postgres_played: Played) -> None:
    """Whoever could not reach the server could not beat either."""
    lease = postgres_played.claim()
    postgres_played.set_beat(lease, 1.0)
    assert postgres_played.claim(silent_s=1e8).number == 1
    postgres_played.set_beat(lease, 0.0)  # seen to die
    assert postgres_played.claim(silent_s=1e8).number == 0


def test_handed_back_then_claimed_is_the_same_trial(played: Played) -> None:
    lease = played.claim()
    trial = played.trial(lease)
    value = trial.suggest_float("train.lr", 1e-4, 1e-1, log=True)
    trial.report(0.5, 10)
    started = played.storage.optuna.get_trial(lease.trial_id).datetime_start
    played.storage.leases.hand_back(lease)
    assert played.storage.optuna.get_trial(lease.trial_id).state == TrialState.WAITING
    assert played.storage.workers.running(played.study_id) == []

    again = played.claim()
    stored = played.storage.optuna.get_trial(again.trial_id)
    assert (again.number, again.attempt) == (0, 2)
    assert stored.state == TrialState.RUNNING
    assert (stored.params, stored.intermediate_values) == ({"train.lr": value}, {10: 0.5})
    assert stored.datetime_start == started


def test_an_enqueued_trial_is_claimed_as_new(played: Played) -> None:
    played.optuna_study().enqueue_trial({"train.lr": 0.01})
    lease = played.claim()
    assert (lease.number, lease.attempt) == (0, 1)
    assert played.trial(lease).suggest_float("train.lr", 1e-4, 1e-1, log=True) == 0.01
    assert played.storage.optuna.get_trial(lease.trial_id).datetime_start is not None


def test_a_running_trial_without_a_lease_is_taken(played: Played) -> None:
    lease = played.claim()
    with played.storage.database.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM tuner_leases")
    assert played.storage.workers.running(played.study_id)[0].worker_id is None
    assert played.claim().trial_id == lease.trial_id


def test_failed_and_pruned_trials_use_up_budget(played: Played) -> None:
    played.storage.control.add_trials(played.study_id, -17)
    for state in (TrialState.FAIL, TrialState.PRUNED, TrialState.COMPLETE):
        played.storage.optuna.finish(played.claim(), state, None if state == TrialState.FAIL else 0.5)
    with pytest.raises(BudgetSpent, match="all 3 trials"):
        played.claim()


def test_a_lost_verdict_of_the_pruner_is_repeated(played: Played, opener: Callable[[], Storage]) -> None:
    """Killed between successive halving's answer and the end of the trial, it must not escape its rung."""
    pruner = optuna.pruners.SuccessiveHalvingPruner(min_resource=1, reduction_factor=2)
    good = played.claim()
    trial = played.trial(good, pruner=pruner)
    trial.report(0.9, 1)
    assert not trial.should_prune()
    poor = played.claim()
    trial = played.trial(poor, pruner=pruner)
    trial.report(0.1, 1)
    assert trial.should_prune()

    played.storage.leases.beat(good)
    other = opener()
    lease = played.take_over(poor, other)
    assert played.trial(lease, other, pruner=pruner).should_prune()
    assert "completed_rung_0" in played.storage.optuna.get_trial_system_attrs(good.trial_id)


def test_the_clock_starts_with_the_first_trial(played: Played) -> None:
    assert played.storage.control.of(played.study_id).started_at is None
    before = played.storage.now()
    played.claim()
    started_at = played.storage.control.of(played.study_id).started_at
    assert started_at is not None and before <= started_at <= played.storage.now()
    played.claim()
    assert played.storage.control.of(played.study_id).started_at == started_at


def test_a_deleted_study_stops_its_workers(played: Played) -> None:
    played.storage.delete_study(played.study_id)
    with pytest.raises(StudyError, match="not there any more"):
        played.claim()
