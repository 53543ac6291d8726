"""Where Optuna's own heartbeat, retry and counting fall short: each fault as it is there, and as it is here.

The plain half of each pair is strictly expected to fail: once a later Optuna passes it, ours may go.
"""

import threading
import time
from collections.abc import Callable, Iterator

import optuna
import pytest
from optuna.pruners import SuccessiveHalvingPruner
from optuna.storages import RDBStorage, RetryHeartbeatStaleTrialCallback
from optuna.storages._heartbeat import get_heartbeat_thread
from optuna.trial import FrozenTrial, Trial, TrialState
from sqlalchemy import text
from storage_play import Played

from tools.line import Line
from tuner.errors import BudgetSpent, LeaseLost
from tuner.storage import Storage, open_storage
from tuner.work.pulse import Pulse
from tuner.work.shutdown import Shutdown
from tuner.work.standstill import Standstill
from tuner.work.usage import Usage

falls_short = pytest.mark.xfail(strict=True, raises=AssertionError, reason="what Optuna does by itself")

pytestmark = [
    pytest.mark.filterwarnings("ignore::optuna.exceptions.ExperimentalWarning"),
    pytest.mark.filterwarnings("ignore:Heartbeat of storage is supposed to be used with Study.optimize"),
]


class Plain:
    """A study of plain Optuna, with the heartbeat and the retry that its documentation leads to."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.storages: list[RDBStorage] = []
        self.study = optuna.create_study(storage=self.storage(), study_name="study")

    def storage(self, retry: Callable[[optuna.Study, FrozenTrial], None] | None = None) -> RDBStorage:
        callback = retry or RetryHeartbeatStaleTrialCallback()
        self.storages.append(
            RDBStorage(self.url, heartbeat_interval=1, grace_period=1, heartbeat_stale_trial_callback=callback)
        )
        return self.storages[-1]

    def states(self) -> list[TrialState]:
        return [trial.state for trial in self.study.get_trials(deepcopy=False)]

    def let_fall_silent(self, trial: Trial) -> None:
        """Let a worker have beaten once, and never again."""
        storage = self.storages[0]
        storage.record_heartbeat(trial._trial_id)
        deadline = time.monotonic() + 30
        while not storage._get_stale_trial_ids(self.study._study_id):
            assert time.monotonic() < deadline
            time.sleep(0.1)


@pytest.fixture
def plain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Plain]:
    plain = Plain(f"sqlite:///{tmp_path_factory.mktemp('plain')}/optuna.db")
    yield plain
    for storage in plain.storages:
        storage.engine.dispose()


# The last worker is dead: nobody asks any more, and nobody notices.


@falls_short
def test_plain_the_last_dead_worker_is_noticed(plain: Plain) -> None:
    plain.let_fall_silent(plain.study.ask())
    assert plain.states() != [TrialState.RUNNING]


def test_the_last_dead_worker_is_noticed(played: Played) -> None:
    played.set_beat(played.claim(), played.storage.now() - 90)
    (trial,) = played.storage.workers.running(played.study_id)
    assert trial.silent_for_s > 60


# A worker that died before its first beat.


@falls_short
def test_plain_a_death_before_the_first_beat_is_noticed(plain: Plain) -> None:
    trial = plain.study.ask()
    time.sleep(2.5)  # the grace and more: nothing will come that could be waited for
    assert plain.storages[0]._get_stale_trial_ids(plain.study._study_id) == [trial._trial_id]


def test_a_death_before_the_first_beat_is_noticed(played: Played) -> None:
    lease = played.claim()
    played.storage.leases.expire_worker(played.worker_id)
    assert played.claim().number == lease.number


# One beat that does not reach the database.


@falls_short
def test_plain_the_heart_survives_a_cut_line(postgres_url: str, line: Line) -> None:
    plain = Plain(_through(line, postgres_url))
    trial = plain.study.ask()
    failures: list[object] = []
    hook, threading.excepthook = threading.excepthook, failures.append
    try:
        heart = get_heartbeat_thread(trial._trial_id, plain.storages[0])
        with heart:
            line.cut()
            heart._thread.join(10)  # type: ignore[attr-defined]
            assert heart._thread.is_alive()  # type: ignore[attr-defined]
    finally:
        threading.excepthook = hook
        plain.storages[0].engine.dispose()


def test_the_heart_survives_a_cut_line(postgres_played: Played, line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tuner.work.heartbeat.BEAT_S", 0.05)
    storage = open_storage(_through(line, postgres_played.url))
    lease = postgres_played.claim(storage)
    with _pulse(postgres_played, storage) as pulse:
        pulse.hold(lease)
        for _ in range(2):
            line.cut()
            line.refused.clear()
            assert line.refused.wait(20), "it stopped beating"
            line.mend()
            silent = postgres_played.storage.workers.running(postgres_played.study_id)[0].silent_for_s
            deadline = time.monotonic() + 20
            while postgres_played.storage.workers.running(postgres_played.study_id)[0].silent_for_s >= silent:
                assert time.monotonic() < deadline
    storage.close()


def test_the_heart_survives_a_database_that_refused(
    played: Played, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("tuner.work.heartbeat.BEAT_S", 0.05)

    def rename(old: str, new: str) -> None:
        with played.storage.database.engine.begin() as connection:
            connection.execute(text(f"ALTER TABLE {old} RENAME TO {new}"))

    def beat() -> float:
        with played.storage.database.engine.begin() as connection:
            return float(connection.execute(text("SELECT beat FROM tuner_workers")).scalar_one())

    storage = open_storage(played.url, n_connections=2)  # as a worker does: the looks here are no hindrance to beats
    with _pulse(played, storage):
        rename("tuner_workers", "tuner_away")
        deadline = time.monotonic() + 20
        while "tuner_workers" not in caplog.text:  # as the refusal names it
            assert time.monotonic() < deadline, "it was not refused"
        rename("tuner_away", "tuner_workers")
        last, deadline = beat(), time.monotonic() + 20
        while beat() == last:
            assert time.monotonic() < deadline, "it stopped beating"
    storage.close()


def _pulse(played: Played, storage: Storage) -> Pulse:
    return Pulse(storage, played.study_id, played.worker_id, Shutdown(0), Usage(), Standstill(60.0, 60.0))


def _through(line: Line, url: str) -> str:
    head, _, database = url.rpartition("/")
    return f"{head.rpartition(':')[0]}:{line.port}/{database}"


# A living trial that was taken for dead.


@falls_short
def test_plain_a_worker_survives_being_taken_for_dead(plain: Plain) -> None:
    def objective(trial: Trial) -> float:
        plain.storages[0].set_trial_state_values(trial._trial_id, TrialState.FAIL)  # as the reaper does
        return 1.0

    plain.study.optimize(objective, n_trials=1, catch=(Exception,))


def test_a_worker_survives_being_taken_for_dead(played: Played, opener: Callable[[], Storage]) -> None:
    lease = played.claim()
    played.take_over(lease, opener())
    with pytest.raises(LeaseLost):  # which its loop knows
        played.storage.optuna.finish(lease, TrialState.COMPLETE, 1.0)
    assert played.claim().number == 1


# A crash between the end of the dead worker's trial and its retry.


@falls_short
def test_plain_a_crash_of_the_reaper_loses_nothing(plain: Plain) -> None:
    def crash(study: optuna.Study, trial: FrozenTrial) -> None:
        raise KeyboardInterrupt

    plain.let_fall_silent(plain.study.ask())
    study = optuna.load_study(study_name="study", storage=plain.storage(crash))
    with pytest.raises(KeyboardInterrupt):
        optuna.storages.fail_stale_trials(study)
    optuna.storages.fail_stale_trials(plain.study)
    assert TrialState.WAITING in plain.states()


def test_a_crash_of_the_reaper_loses_nothing(played: Played, opener: Callable[[], Storage]) -> None:
    lease = played.claim()
    played.storage.leases.expire_worker(played.worker_id)
    opener().leases.claim(played.study_id, played.worker_id)  # and nothing more: it crashes
    played.storage.leases.expire_worker(played.worker_id)
    assert played.claim().number == lease.number


# A worker that is interrupted.


@falls_short
def test_plain_an_interrupted_trial_goes_on_later(plain: Plain) -> None:
    def objective(trial: Trial) -> float:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        plain.study.optimize(objective, n_trials=1)
    assert plain.states() == [TrialState.WAITING]


def test_an_interrupted_trial_goes_on_later(played: Played) -> None:
    played.storage.leases.hand_back(played.claim())
    assert played.claim().number == 0


# A resumed trial under successive halving.


def _with_a_good_one(study: optuna.Study) -> None:
    good = study.ask()
    for step in range(1, 9):
        good.report(0.9, step)
        good.should_prune()
    study.tell(good, 0.9)


@falls_short
def test_plain_a_resumed_trial_is_judged_as_any_other(plain: Plain) -> None:
    plain.study.pruner = SuccessiveHalvingPruner(min_resource=1, reduction_factor=2)
    first = plain.study.ask()
    for step in range(1, 5):  # alone: it passes every rung
        first.report(0.1, step)
        first.should_prune()
    plain.let_fall_silent(first)
    optuna.storages.fail_stale_trials(plain.study)
    _with_a_good_one(plain.study)
    again = plain.study.ask()
    verdicts = []
    for step in range(1, 5):
        again.report(0.1, step)
        verdicts.append(again.should_prune())
    assert any(verdicts), "the copy has passed the rungs of the dead one"


def test_a_resumed_trial_is_judged_as_any_other(played: Played) -> None:
    pruner = SuccessiveHalvingPruner(min_resource=1, reduction_factor=2)
    lease = played.claim()
    first = played.trial(lease, pruner=pruner)
    for step in range(1, 5):
        first.report(0.1, step)
        first.should_prune()
    played.storage.leases.expire_worker(played.worker_id)
    lease = played.claim()
    assert len(played.storage.optuna.get_all_trials(played.study_id)) == 1, "one competitor, not two"
    study = played.optuna_study(pruner=pruner)
    _with_a_good_one(study)
    again = played.trial(lease, pruner=pruner)
    assert again._cached_frozen_trial.intermediate_values == dict.fromkeys(range(1, 5), 0.1)
    verdicts = []
    for step in range(5, 9):
        again.report(0.1, step)
        verdicts.append(again.should_prune())
    assert any(verdicts)


# The number of trials asked for.


@falls_short
def test_plain_so_many_workers_make_no_more_than_the_asked_number(plain: Plain) -> None:
    stop = optuna.study.MaxTrialsCallback(2, states=(TrialState.COMPLETE,))
    both_asked = threading.Barrier(4)

    def work() -> None:
        study = optuna.load_study(study_name="study", storage=plain.storage())
        study.optimize(lambda trial: both_asked.wait(30) * 0.0, n_trials=1, callbacks=[stop])

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(plain.states()) == 2


def test_so_many_workers_make_no_more_than_the_asked_number(played: Played, opener: Callable[[], Storage]) -> None:
    played.storage.control.set_trials(played.study_id, 2)
    leases = [
        storage.leases.claim(played.study_id, played.worker_id) for storage in (opener(), opener(), opener(), opener())
    ]
    assert sum(lease is not None for lease in leases) == 2
    for lease in leases:
        if lease is not None:
            opener().optuna.set_trial_state_values(lease.trial_id, TrialState.COMPLETE, [0.5])
    with pytest.raises(BudgetSpent):
        played.claim()
