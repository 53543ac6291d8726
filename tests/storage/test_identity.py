"""Databases, studies and trials that are deleted, replaced or taken back in time under those who work on them."""

import shutil
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from optuna.study import StudyDirection
from optuna.trial import TrialState
from storage_play import Played

from tools.postgres import PostgresServer, dump, restore
from tuner.errors import LeaseLost, StorageAway, StorageError, StudyError
from tuner.storage import Lease, Storage, briefly, open_storage

# Studies and trials


def make_study(storage: Storage, name: str = "study") -> Played:
    study_id = storage.optuna.create_new_study([StudyDirection.MAXIMIZE], name)
    storage.control.create(study_id, trials=20, timeout_s=None)
    return Played(storage, study_id, storage.workers.register(study_id, host="here", pid=1, device="cpu"))


WRITES: dict[str, Callable[[Storage, Lease, int], object]] = {
    "report": lambda storage, lease, _: storage.optuna.set_trial_intermediate_value(lease.trial_id, 1, 0.99),
    "attribute": lambda storage, lease, _: storage.optuna.set_trial_user_attr(lease.trial_id, "k", 1),
    "finish": lambda storage, lease, _: storage.optuna.finish(lease, TrialState.COMPLETE, 0.99),
    "hand back": lambda storage, lease, _: storage.leases.hand_back(lease),
    "epoch": lambda storage, lease, _: storage.epochs.record(lease, 1, score=0.99, lr=0.1, seconds=1.0, metrics={}),
    "claim": lambda storage, lease, study_id: storage.leases.claim(study_id, lease.worker_id),
    "pause": lambda storage, _, study_id: storage.control.set_command(study_id, "pause"),
    "more": lambda storage, _, study_id: storage.control.add_trials(study_id, 5),
    "stop trial": lambda storage, lease, study_id: storage.leases.stop_trial(study_id, lease.number),
    "final step": lambda storage, _, study_id: storage.final_steps.begin(study_id, host="here", pid=1, machine=None),
    "status": lambda storage, _, study_id: storage.control.of(study_id),
}


def test_nothing_of_a_deleted_study_reaches_the_next_of_its_name(played: Played, opener: Callable[[], Storage]) -> None:
    lease = played.claim()
    other = opener()
    other.delete_study(played.study_id)
    next_one = make_study(other)
    theirs = next_one.claim()
    before = other.optuna.get_trial(theirs.trial_id)
    assert theirs.number == lease.number
    for write in WRITES.values():
        with pytest.raises((LeaseLost, StudyError)):
            write(played.storage, lease, played.study_id)
    assert not played.storage.leases.beat(lease)
    played.storage.workers.beat(
        played.worker_id, trial_number=0, part=None, epoch=1, memory_mb=1.0, training_s=0.0, working_s=0.0
    )
    assert other.optuna.get_trial(theirs.trial_id) == before
    assert other.leases.beat(theirs) and not other.control.under(theirs, next_one.study_id)[1]
    assert [row.worker_id for row in other.workers.list(next_one.study_id)] == [next_one.worker_id]
    control = other.control.of(next_one.study_id)
    assert (control.command, control.trials) == ("run", 20)
    assert played.storage.epochs.of_study(played.study_id) == [] == other.epochs.of_study(next_one.study_id)
    assert other.final_steps.find(next_one.study_id) is None


def test_studies_are_listed_in_the_order_in_which_they_were_made(storage: Storage) -> None:
    made = [make_study(storage, name).study_id for name in "abcdef"]
    assert storage.control.studies() == made


@pytest.mark.parametrize("number", [0, 1, 2])
def test_a_deleted_trial_leaves_its_number_and_its_rows_to_nobody(played: Played, number: int) -> None:
    storage = played.storage
    held = [played.claim() for _ in range(3)]
    for lease in held:
        storage.epochs.record(lease, 1, score=0.5, lr=0.1, seconds=1.0, metrics={})
    with storage.database.engine.begin() as connection:
        connection.exec_driver_sql(f"DELETE FROM trials WHERE trial_id = {held[number].trial_id}")
    with pytest.raises(LeaseLost):
        storage.epochs.record(held[number], 2, score=0.5, lr=0.1, seconds=1.0, metrics={})
    with pytest.raises(LeaseLost):
        storage.optuna.set_trial_user_attr(held[number].trial_id, "k", 1)
    with pytest.raises(LeaseLost):
        storage.optuna.finish(held[number], TrialState.COMPLETE, 0.5)
    assert not storage.leases.beat(held[number])
    fresh = played.claim()
    assert fresh.number == (3 if number < 2 else 2)
    left = [lease for lease in held if lease is not held[number]]
    assert {row.number for row in storage.epochs.of_study(played.study_id)} == {lease.number for lease in left}
    for lease in [*left, fresh]:
        storage.optuna.finish(lease, TrialState.COMPLETE, 0.5)
    trials = storage.optuna.get_all_trials(played.study_id)
    assert sorted(trial.number for trial in trials) == sorted(lease.number for lease in [*left, fresh])


# Files


def folder_of(storage: Storage) -> Path:
    return Path(str(storage.database.address.database)).parent


def move(folder: Path, to: Path) -> None:
    to.mkdir()
    for path in folder.glob("tuner.db*"):
        path.rename(to / path.name)


def refused(played: Played) -> str:
    database = played.storage.database
    database.patience_s = 0.5
    with pytest.raises(StorageAway) as caught:
        played.storage.control.set_command(played.study_id, "pause")
    database.patience_s = None
    return str(caught.value)


sqlite_only = pytest.mark.parametrize("prepared_url", ["sqlite"], indirect=True)


@sqlite_only
def test_a_deleted_file_is_waited_for_and_nothing_is_written_elsewhere(played: Played, tmp_path: Path) -> None:
    lease = played.claim()
    folder = folder_of(played.storage)
    move(folder, tmp_path / "away")
    assert "tuner.db is gone" in refused(played)
    assert played.storage.leases.beat(lease), "it is away, and may come back"
    assert list(folder.glob("tuner.db*")) == [], "no empty one is made"

    open_storage(played.url, create=True).close()
    assert "another database has taken the place" in refused(played)
    finishing = threading.Thread(target=played.storage.optuna.finish, args=(lease, TrialState.COMPLETE, 0.5))
    finishing.start()
    for path in folder.glob("tuner.db*"):
        path.unlink()
    move_back = [(path, folder / path.name) for path in (tmp_path / "away").iterdir()]
    for path, to in sorted(move_back, reverse=True):  # the log first
        path.rename(to)
    finishing.join(60)
    assert played.storage.optuna.get_trial(lease.trial_id).value == 0.5


@sqlite_only
def test_who_has_waited_long_enough_for_a_database_is_told_what_has_become_of_it(
    played: Played, monkeypatch: pytest.MonkeyPatch
) -> None:
    lease = played.claim()
    for path in folder_of(played.storage).glob("tuner.db*"):
        path.unlink()
    monkeypatch.setattr("tuner.storage.waiting._REPLACED_S", 1.0)
    with pytest.raises(StorageError, match=r"tuner.db is gone \(waited 1 s\): put the database back") as caught:
        played.storage.optuna.finish(lease, TrialState.COMPLETE, 0.5)
    assert not isinstance(caught.value, StorageAway) and "\n" not in str(caught.value)
    with pytest.raises(StorageError, match="is gone"), briefly():
        played.storage.control.of(played.study_id)


@sqlite_only
def test_a_copy_beside_the_log_of_the_old_file_is_not_opened(played: Played, tmp_path: Path) -> None:
    copy = back_up_sqlite(played, tmp_path)
    future = played.claim()
    folder = folder_of(played.storage)
    copy.rename(folder / "tuner.db")
    assert "the log of the old file lies beside it: remove tuner.db-wal and tuner.db-shm" in refused(played)
    for name in ("tuner.db-wal", "tuner.db-shm"):
        (folder / name).unlink()
    assert played.storage.optuna.get_all_trials(played.study_id) == []
    assert not played.storage.leases.beat(future)


# Servers


def test_a_database_that_was_dropped_and_made_anew_is_another(
    postgres_played: Played, postgres_server: PostgresServer
) -> None:
    lease, name = postgres_played.claim(), str(postgres_played.storage.database.address.database)
    postgres_server.drop(name)
    assert f'"{name}" does not exist' in refused(postgres_played)
    with postgres_server.connect() as connection:
        connection.execute(f"CREATE DATABASE {name}")
    assert "tuner_schema" in refused(postgres_played)
    with closing(open_storage(postgres_played.url, create=True)) as new:
        make_study(new)
        assert "another database has taken the place" in refused(postgres_played)
        assert postgres_played.storage.leases.beat(lease), "it is away, and may come back"
        assert new.optuna.get_all_trials(new.optuna.get_study_id_from_name("study")) == []


def test_other_content_in_the_same_database_is_another(
    postgres_played: Played, postgres_server: PostgresServer
) -> None:
    lease = postgres_played.claim()
    with postgres_server.connect(str(postgres_played.storage.database.address.database)) as connection:
        connection.execute("UPDATE tuner_schema SET token = 'another'")
        connection.execute("DELETE FROM tuner_leases")
    with pytest.raises(StorageAway, match="another database"), briefly():
        postgres_played.storage.epochs.record(lease, 1, score=0.5, lr=0.1, seconds=1.0, metrics={})


# Back in time


def back_up_sqlite(played: Played, folder: Path) -> Path:
    copy = folder / "copy.db"
    with closing(sqlite3.connect(str(played.storage.database.address.database))) as connection:
        connection.execute("VACUUM INTO ?", [str(copy)])
    return copy


def rename_over(played: Played, copy: Path) -> None:
    folder = folder_of(played.storage)
    for name in ("tuner.db-wal", "tuner.db-shm"):
        (folder / name).unlink()
    copy.rename(folder / "tuner.db")


def write_over(played: Played, copy: Path) -> None:
    folder = folder_of(played.storage)
    for name in ("tuner.db-wal", "tuner.db-shm"):
        (folder / name).unlink()
    shutil.copyfile(copy, folder / "tuner.db")


WAYS: dict[str, tuple[str, Callable[[Played, Path], Path], Callable[[Played, Path], None]]] = {
    "renamed over": ("sqlite", back_up_sqlite, rename_over),
    "written over": ("sqlite", back_up_sqlite, write_over),
    "restored": (
        "postgres",
        lambda played, folder: dump(played.url, folder / "dump"),
        lambda played, copy: restore(played.url, copy),
    ),
}


@pytest.fixture(params=WAYS)
def time_machine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Played, Callable[[], None]]]:
    """A study with a finished trial and one in hand, and what takes its database back to where it is now."""
    kind, back_up, take_back = WAYS[request.param]
    storage = open_storage(request.getfixturevalue(f"prepared_{kind}_url"))
    played = make_study(storage)
    storage.optuna.finish(played.claim(), TrialState.COMPLETE, 0.5)
    copy = back_up(played, tmp_path)
    yield played, lambda: take_back(played, copy)
    storage.close()


def test_a_database_that_went_back_in_time_takes_nothing_of_what_it_does_not_know(
    time_machine: tuple[Played, Callable[[], None]],
) -> None:
    played, take_back = time_machine
    storage = played.storage
    late_worker = storage.workers.register(played.study_id, host="here", pid=2, device="cpu")
    finished, running = played.claim(), played.claim()
    storage.optuna.finish(finished, TrialState.COMPLETE, 0.9)
    study = played.optuna_study()
    assert [trial.value for trial in study.get_trials()] == [0.5, 0.9, None]
    take_back()
    assert not storage.leases.beat(running)
    with pytest.raises(LeaseLost):
        storage.optuna.finish(running, TrialState.COMPLETE, 0.99)
    storage.workers.beat(
        late_worker, trial_number=None, part=None, epoch=None, memory_mb=1.0, training_s=0, working_s=0
    )
    assert late_worker in [row.worker_id for row in storage.workers.list(played.study_id)]
    with closing(open_storage(played.url)) as fresh:
        first, second = played.claim(fresh), played.claim(storage)
        assert [first.number, second.number] == [1, 2]
        fresh.optuna.finish(first, TrialState.COMPLETE, 0.1)
        storage.optuna.finish(second, TrialState.COMPLETE, 0.2)
    values = {trial.number: trial.value for trial in storage.optuna.get_all_trials(played.study_id)}
    assert values == {0: 0.5, 1: 0.1, 2: 0.2}
    assert make_study(storage, "later").study_id != played.study_id
