"""Connections that break, answers that get lost, a database that is away: real ones, cut for real."""

import logging
import threading
from collections.abc import Callable, Iterator

import pytest
from optuna.exceptions import DuplicatedStudyError
from optuna.study import StudyDirection
from optuna.trial import TrialState
from sqlalchemy import event
from storage_play import Played, cut_after_next_commit

from tools.line import Line
from tools.postgres import PostgresServer
from tuner.errors import StorageError
from tuner.storage import Lease, Storage, open_storage


def test_a_claim_whose_commit_was_not_acknowledged_is_made_once(played: Played) -> None:
    cut = cut_after_next_commit(played.storage)
    lease = played.claim()
    assert cut
    assert [trial.number for trial in played.storage.optuna.get_all_trials(played.study_id)] == [0]
    played.storage.optuna.finish(lease, TrialState.COMPLETE, 0.5)


def test_a_take_over_whose_commit_was_not_acknowledged_is_made_once(
    played: Played, opener: Callable[[], Storage]
) -> None:
    lease = played.claim()
    other = opener()
    cut = cut_after_next_commit(other)
    played.storage.leases.expire_worker(played.worker_id)
    taken = played.claim(other)
    assert cut
    assert (taken.number, taken.attempt) == (lease.number, 2)
    other.optuna.finish(taken, TrialState.COMPLETE, 0.5)


def test_a_waiting_trial_whose_claim_was_not_acknowledged_is_claimed_once(played: Played) -> None:
    played.storage.leases.hand_back(played.claim())
    cut = cut_after_next_commit(played.storage)
    lease = played.claim()
    assert cut
    assert (lease.number, lease.attempt) == (0, 2)
    played.storage.optuna.finish(lease, TrialState.COMPLETE, 0.5)


def test_an_imported_trial_whose_commit_was_not_acknowledged_is_there_once(played: Played) -> None:
    study = played.optuna_study()
    cut = cut_after_next_commit(played.storage)
    study.enqueue_trial({"train.lr": 0.01})
    assert cut
    assert len(study.get_trials()) == 1


def the_study(storage: Storage) -> int:
    return storage.optuna.get_study_id_from_name("study")


WRITES: dict[str, Callable[[Storage, Lease], object]] = {
    "finish": lambda storage, lease: storage.optuna.finish(lease, TrialState.COMPLETE, 0.5),
    "hand back": lambda storage, lease: storage.leases.hand_back(lease),
    "report": lambda storage, lease: storage.optuna.set_trial_intermediate_value(lease.trial_id, 1, 0.5),
    "attribute": lambda storage, lease: storage.optuna.set_trial_user_attr(lease.trial_id, "k", 1),
    "epoch": lambda storage, lease: storage.epochs.record(lease, 1, score=0.5, lr=0.1, seconds=1.0, metrics={}),
    "beat": lambda storage, lease: storage.leases.beat(lease),
    "expire": lambda storage, lease: storage.leases.expire_worker(lease.worker_id),
    "retire": lambda storage, lease: storage.workers.retire(lease.worker_id),
    "register": lambda storage, lease: storage.workers.register(the_study(storage), host="here", pid=2, device="cpu"),
    "control": lambda storage, lease: storage.control.add_trials(the_study(storage), 5),
    "pause": lambda storage, lease: storage.control.set_command(the_study(storage), "pause"),
    "time": lambda storage, lease: storage.control.set_timeout(the_study(storage), 60.0),
    "stop trial": lambda storage, lease: storage.leases.stop_trial(the_study(storage), lease.number),
    "delete": lambda storage, lease: storage.delete_study(the_study(storage)),
}


def test_a_study_whose_commit_was_not_acknowledged_is_made_once(storage: Storage) -> None:
    cut = cut_after_next_commit(storage)
    study_id = storage.optuna.create_new_study([StudyDirection.MAXIMIZE], "new")
    assert cut
    assert [study._study_id for study in storage.optuna.get_all_studies()] == [study_id]
    with pytest.raises(DuplicatedStudyError):
        storage.optuna.create_new_study([StudyDirection.MAXIMIZE], "new")


def check_written_once(storage: Storage, write: str, lease: Lease) -> None:
    if write == "delete":
        assert storage.optuna.get_all_studies() == []
        return
    trial = storage.optuna.get_trial(lease.trial_id)
    states = {"finish": TrialState.COMPLETE, "hand back": TrialState.WAITING}
    assert trial.state == states.get(write, TrialState.RUNNING)
    assert trial.intermediate_values == ({1: 0.5} if write == "report" else {})
    assert len(storage.epochs.of_study(the_study(storage))) == (write == "epoch")
    assert len(storage.workers.list(the_study(storage))) == 1 + (write == "register")
    assert storage.control.of(the_study(storage)).trials == 20 + 5 * (write == "control")


@pytest.mark.parametrize("write", WRITES)
def test_a_write_whose_commit_was_not_acknowledged_counts_once(played: Played, write: str) -> None:
    lease = played.claim()
    cut = cut_after_next_commit(played.storage)
    WRITES[write](played.storage, lease)
    assert cut
    check_written_once(played.storage, write, lease)


@pytest.mark.parametrize("write", WRITES)
def test_a_write_counts_once_when_the_line_breaks_just_after_its_commit(
    postgres_played: Played, far_storage: Storage, line: Line, write: str
) -> None:
    lease = postgres_played.claim(far_storage)
    line.losses = iter([True])
    WRITES[write](far_storage, lease)
    assert line.n_lost == 1
    check_written_once(postgres_played.storage, write, lease)


def test_a_claim_counts_once_when_the_line_breaks_just_after_its_commit(
    postgres_played: Played, far_storage: Storage, line: Line
) -> None:
    line.losses = iter([True])
    lease = postgres_played.claim(far_storage)
    assert line.n_lost == 1
    assert (
        [trial.number for trial in postgres_played.storage.optuna.get_all_trials(postgres_played.study_id)]
        == [lease.number]
        == [0]
    )


def test_suggest_keeps_its_value_when_the_answer_is_lost(played: Played) -> None:
    trial = played.trial(played.claim())
    cut = cut_after_next_commit(played.storage)
    value = trial.suggest_float("train.lr", 1e-4, 1e-1, log=True)
    assert cut
    assert played.storage.optuna.get_trial(trial._trial_id).params == {"train.lr": value}


def terminate_all(server: PostgresServer, storage: Storage) -> None:
    database = storage.database.address.database
    with server.connect() as connection:
        connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [database])


def test_terminated_sessions_disturb_nobody(postgres_played: Played, postgres_server: PostgresServer) -> None:
    storage = postgres_played.storage
    terminate_all(postgres_server, postgres_played.storage)
    lease = postgres_played.claim()
    for write in ("report", "attribute", "epoch", "finish"):
        terminate_all(postgres_server, postgres_played.storage)
        WRITES[write](storage, lease)
    trial = storage.optuna.get_trial(lease.trial_id)
    assert (trial.state, trial.value, trial.user_attrs) == (TrialState.COMPLETE, 0.5, {"k": 1})


def test_a_session_terminated_in_the_midst_of_a_write_is_replaced(
    postgres_played: Played, postgres_server: PostgresServer
) -> None:
    cut: list[bool] = []

    def before_commit(connection: object) -> None:
        if not cut:
            cut.append(True)
            terminate_all(postgres_server, postgres_played.storage)

    event.listen(postgres_played.storage.database.engine, "commit", before_commit)
    lease = postgres_played.claim()
    assert cut and lease.number == 0
    assert len(postgres_played.storage.optuna.get_all_trials(postgres_played.study_id)) == 1


@pytest.fixture
def far_storage(postgres_played: Played, line: Line) -> Iterator[Storage]:
    """A storage at the other end of a line."""
    storage = open_storage(
        postgres_played.storage.database.address.set(port=line.port).render_as_string(hide_password=False)
    )
    yield storage
    storage.close()


def test_a_worker_waits_until_the_database_is_back(
    postgres_played: Played, far_storage: Storage, line: Line, caplog: pytest.LogCaptureFixture
) -> None:
    lease = postgres_played.claim(far_storage)
    line.cut()
    waiting = threading.Thread(target=far_storage.optuna.finish, args=(lease, TrialState.COMPLETE, 0.5))
    with caplog.at_level(logging.WARNING):
        waiting.start()
        for _ in range(2):
            line.refused.clear()
            assert line.refused.wait(20)
        assert far_storage.leases.beat(lease), "a beat neither waits nor gives up"
        line.mend()
        waiting.join(30)
    assert postgres_played.storage.optuna.get_trial(lease.trial_id).value == 0.5
    said = [record.getMessage() for record in caplog.records]
    assert len(said) == 2
    assert "waiting for storage postgresql+psycopg://tuner:***@" in said[0]
    assert "is back after" in said[1]


def test_a_reader_gives_up(far_storage: Storage, line: Line) -> None:
    far_storage.database.patience_s = 0.5
    line.cut()
    with pytest.raises(StorageError, match="does not answer") as caught:
        far_storage.optuna.get_all_studies()
    assert "\n" not in str(caught.value)
    assert str(far_storage.database.address.password) not in str(caught.value)


def test_a_fault_that_stays_is_not_waited_for(played: Played) -> None:
    with played.storage.database.engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE tuner_epochs")
    with pytest.raises(StorageError, match="tuner_epochs") as caught:
        played.storage.epochs.of_study(played.study_id)
    assert "\n" not in str(caught.value)
