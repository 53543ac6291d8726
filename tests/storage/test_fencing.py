"""A worker that was frozen, and wakes up after its trial was taken over, harms nothing."""

from collections.abc import Callable

import optuna
import pytest
from optuna.trial import TrialState
from storage_play import Played

from tuner.errors import LeaseLost
from tuner.storage import Lease, Storage


@pytest.fixture
def zombie(played: Played, opener: Callable[[], Storage]) -> tuple[Played, Lease, optuna.trial.Trial]:
    """A worker with a trial that another process has taken over."""
    lease = played.claim()
    trial = played.trial(lease)
    trial.suggest_float("train.lr", 1e-4, 1e-1, log=True)
    trial.report(0.5, 10)
    played.take_over(lease, opener())
    return played, lease, trial


WRITES: dict[str, Callable[[Played, Lease, optuna.trial.Trial], object]] = {
    "report": lambda played, lease, trial: trial.report(0.99, 20),
    "report again": lambda played, lease, trial: trial.storage.set_trial_intermediate_value(lease.trial_id, 10, 0.99),
    "parameter": lambda played, lease, trial: trial.suggest_int("resnet1d.width", 16, 32),
    "user attribute": lambda played, lease, trial: trial.set_user_attr("k", 1),
    "system attribute": lambda played, lease, trial: trial.storage.set_trial_system_attr(lease.trial_id, "k", 1),
    "tell": lambda played, lease, trial: trial.study.tell(trial, 0.99),
    "tell pruned": lambda played, lease, trial: trial.study.tell(trial, state=TrialState.PRUNED),
    "finish": lambda played, lease, trial: played.storage.optuna.finish(lease, TrialState.COMPLETE, 0.99),
    "hand back": lambda played, lease, trial: played.storage.leases.hand_back(lease),
    "epoch": lambda played, lease, trial: played.storage.epochs.record(
        lease, 1, score=0.99, lr=0.1, seconds=1.0, metrics={}
    ),
}


@pytest.mark.parametrize("write", WRITES)
def test_no_write_of_a_zombie_arrives(zombie: tuple[Played, Lease, optuna.trial.Trial], write: str) -> None:
    played, lease, trial = zombie
    before = played.storage.optuna.get_trial(lease.trial_id)
    with pytest.raises(LeaseLost, match="trial 0, attempt 1: no longer held"):
        WRITES[write](played, lease, trial)
    assert played.storage.optuna.get_trial(lease.trial_id) == before
    assert played.storage.epochs.of_study(played.study_id) == []
    (running,) = played.storage.workers.running(played.study_id)
    assert running.attempt == 2


def test_a_zombie_is_fenced_also_when_the_trial_is_finished(played: Played, opener: Callable[[], Storage]) -> None:
    lease = played.claim()
    other = opener()
    other.optuna.finish(played.take_over(lease, other), TrialState.COMPLETE, 0.5)
    with pytest.raises(LeaseLost):
        played.storage.optuna.finish(lease, TrialState.COMPLETE, 0.99)
    with pytest.raises(LeaseLost):
        played.storage.optuna.set_trial_user_attr(lease.trial_id, "k", 1)
    assert played.storage.optuna.get_trial(lease.trial_id).value == 0.5


def test_what_was_handed_back_is_not_written(played: Played) -> None:
    lease = played.claim()
    played.storage.leases.hand_back(lease)
    with pytest.raises(LeaseLost):
        played.storage.optuna.set_trial_intermediate_value(lease.trial_id, 1, 0.5)
    with pytest.raises(LeaseLost):
        played.storage.leases.hand_back(lease)


def test_the_older_of_two_leases_of_one_process_is_lost(played: Played) -> None:
    old = played.claim()
    played.storage.leases.hand_back(old)
    new = played.claim()
    with pytest.raises(LeaseLost):
        played.storage.optuna.finish(old, TrialState.COMPLETE, 0.99)
    played.storage.optuna.finish(new, TrialState.COMPLETE, 0.5)


def test_the_new_holder_writes_everything(played: Played, opener: Callable[[], Storage]) -> None:
    other = opener()
    lease = played.take_over(played.claim(), other)
    trial = played.trial(lease, other)
    trial.suggest_float("train.lr", 1e-4, 1e-1, log=True)
    trial.report(0.5, 10)
    other.epochs.record(lease, 1, score=0.5, lr=0.1, seconds=1.0, metrics={})
    trial.study.tell(trial, 0.75)
    assert played.storage.optuna.get_trial(lease.trial_id).value == 0.75
