"""Servers with few connections: how many a process takes, what is said where there are too few, and who gets a turn."""

import logging
import threading
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from few_connections import limited
from optuna.storages import RDBStorage
from optuna.trial import TrialState
from sqlalchemy import make_url
from storage_play import Played
from watching import wait

from tools.line import Line
from tools.postgres import PostgresServer
from tuner.errors import StorageError
from tuner.storage import Storage, connections, open_storage


def n_connections(server: PostgresServer, url: str) -> int:
    with server.connect() as connection:
        query = "SELECT count(*) FROM pg_stat_activity WHERE datname = %s"
        row = connection.execute(query, [make_url(url).database]).fetchone()
    assert row is not None
    return int(row[0])


@pytest.mark.parametrize("create", [False, True])
def test_one_connection_is_enough_to_open_and_use_a_storage(
    postgres_url: str, prepared_postgres_url: str, postgres_server: PostgresServer, create: bool
) -> None:
    with limited(postgres_server, postgres_url if create else prepared_postgres_url, 1) as url:
        storage = open_storage(url, create=create)
        study_id = storage.optuna.create_new_study([], "study")
        storage.control.create(study_id, trials=5, timeout_s=None)
        played = Played(storage, study_id, storage.workers.register(study_id, host="here", pid=1, device="cpu"))
        lease = played.claim()
        played.trial(lease).suggest_float("train.lr", 0.1, 1.0)
        assert storage.leases.beat(lease)
        storage.optuna.finish(lease, TrialState.COMPLETE, 0.5)
        assert n_connections(postgres_server, url) == 1
        storage.close()


def test_what_could_not_be_opened_leaves_no_connection(
    prepared_postgres_url: str, postgres_server: PostgresServer
) -> None:
    storage = open_storage(prepared_postgres_url)
    with storage.database.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = 'v0.9.0.a'")
    storage.close()
    for _ in range(3):
        with pytest.raises(StorageError, match=r"revision v0\.9\.0\.a"):
            open_storage(prepared_postgres_url)
    wait(lambda: n_connections(postgres_server, prepared_postgres_url) == 0, 10)


def test_optuna_s_own_storage_has_nothing_that_ours_lacks(storage: Storage) -> None:
    plain = RDBStorage("sqlite://")
    assert vars(plain).keys() <= vars(storage.optuna).keys()
    assert vars(plain._version_manager).keys() <= vars(storage.optuna._version_manager).keys()


@pytest.mark.parametrize(
    ("words", "is_short"),
    [
        ("FATAL:  sorry, too many clients already", True),
        ("FATAL:  remaining connection slots are reserved for roles with the SUPERUSER attribute", True),
        ("FATAL:  remaining connection slots are reserved for non-replication superuser connections", True),
        ('FATAL:  too many connections for role "tuner"', True),
        ('FATAL:  too many connections for database "studies"', True),
        ("FATAL:  no more connections allowed (max_client_conn)", True),
        ("FATAL:  MaxClientsInSessionMode: max clients reached", True),
        ("FATAL:  query_wait_timeout", True),
        ("Connection refused. Is the server running on that host?", False),
        ("FATAL:  the database system is starting up", False),
    ],
)
def test_what_is_a_shortage(words: str, is_short: bool) -> None:
    assert connections.is_shortage(psycopg.OperationalError(words)) is is_short


@pytest.fixture
def one_place(prepared_postgres_url: str, postgres_server: PostgresServer) -> Iterator[str]:
    """The address of a database at which there is room for one."""
    with limited(postgres_server, prepared_postgres_url, 1) as url:
        yield url


def test_who_finds_no_free_connection_says_so_and_gets_a_turn(
    one_place: str, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "LOOK_S", 1.0)
    holder = open_storage(one_place)
    opened: list[Storage] = []
    waiting = threading.Thread(target=lambda: opened.append(open_storage(one_place)))
    with caplog.at_level(logging.WARNING):
        waiting.start()
        wait(lambda: "too few connections, waiting for a turn" in caplog.text, 30)
        assert 'too many connections for role "few_' in caplog.text and "secret" not in caplog.text
        wait(lambda: holder.now() and opened, 30)  # after a second the holder sees that there is none for others
        waiting.join()
        for storage in (holder, *opened) * 5:  # from now on both know, and give it up after each call
            storage.now()
    said = [record for record in caplog.records if "too few connections" in record.getMessage()]
    assert len(said) <= 2, "once a process"
    for storage in (holder, *opened):
        storage.close()


def test_a_beat_waits_for_its_turn_and_is_not_lost(one_place: str, played_there: Played) -> None:
    lease = played_there.claim()
    before = beat_of(played_there, lease.trial_id)
    played_there.storage.database.engine.dispose()
    other = psycopg.connect(one_place.replace("+psycopg", ""))
    threading.Timer(2.0, other.close).start()
    assert played_there.storage.leases.beat(lease)
    assert beat_of(played_there, lease.trial_id) > before


@pytest.fixture
def played_there(one_place: str) -> Iterator[Played]:
    storage = open_storage(one_place)
    study_id = storage.optuna.create_new_study([], "study")
    storage.control.create(study_id, trials=20, timeout_s=None)
    yield Played(storage, study_id, storage.workers.register(study_id, host="here", pid=1, device="cpu"))
    storage.close()


def beat_of(played: Played, trial_id: int) -> float:
    with played.storage.database.engine.connect() as connection:
        query = f"SELECT beat FROM tuner_leases WHERE trial_id = {trial_id}"
        beat: float = connection.exec_driver_sql(query).scalar_one()
    return beat


def test_calls_take_few_round_trips(postgres_played: Played, line: Line) -> None:
    """Each of them takes as long as a message to the server and back, and there is more to a worker than waiting."""
    url = postgres_played.storage.database.address.set(port=line.port).render_as_string(hide_password=False)
    storage = open_storage(url)
    taken: dict[str, int] = {"open": line.n_round_trips}

    def count(name: str, call: Any) -> Any:
        before = line.n_round_trips
        found = call()
        taken[name] = line.n_round_trips - before
        return found

    study_id, worker_id = postgres_played.study_id, postgres_played.worker_id
    count("now", storage.now)
    count("control", lambda: storage.control.of(study_id))
    lease = count("claim", lambda: storage.leases.claim(study_id, worker_id))
    count("epoch", lambda: storage.epochs.record(lease, 1, score=0.5, lr=0.1, seconds=1.0, metrics={}))
    count("look", lambda: storage.control.under(lease, study_id))
    count("beat", lambda: storage.leases.beat(lease))
    count("finish", lambda: storage.optuna.finish(lease, TrialState.COMPLETE, 0.5))
    storage.close()
    most = {"open": 40, "now": 1, "control": 1, "claim": 16, "epoch": 4, "look": 1, "beat": 3, "finish": 9}
    assert all(taken[name] <= most[name] for name in most), taken
