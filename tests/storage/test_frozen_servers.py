"""Processes of the server that are frozen, while the server's machine goes on acknowledging what they are sent."""

import os
import signal
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from queue import Queue
from typing import Any

import pytest
from sqlalchemy import event, text
from storage_play import Played
from test_outages import WRITES, check_written_once
from watching import wait

from tuner.storage import Storage, open_storage

ANSWER_S = 0.5


class Freezer:
    """Freezes processes of the server, and lets them go on."""

    def __init__(self) -> None:
        self._pids: set[int] = set()
        self._frozen: Queue[Any] = Queue()

    def freeze_idle(self, storage: Storage) -> None:
        """Freeze the server's side of the connection of a storage; it is found so when that is used next."""
        with storage.database.engine.connect() as connection:
            pid = connection.scalar(text("SELECT pg_backend_pid()"))
        self.freeze(pid)

    def freeze_at_next_commit(self, storage: Storage) -> None:
        """Freeze the server's side of a connection just before its next commit."""

        def freeze(connection: Any) -> None:
            near = connection.connection.dbapi_connection
            self.freeze(near.info.backend_pid)
            self._frozen.put(near)

        event.listen(storage.database.engine, "commit", freeze, once=True)

    def thaw_while_repeated(self, played: Played, write: "Future[Any]") -> None:
        """Let the commit go on once it has been given up, and the write is done or waits for what is locked."""
        near = self._frozen.get(timeout=10)
        wait(lambda: near.closed, 10)
        waiting = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
        other = open_storage(played.url)
        with other.database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            wait(lambda: write.done() or connection.scalar(waiting), 10)
        other.close()
        self.thaw()

    def freeze(self, pid: int) -> None:
        os.kill(pid, signal.SIGSTOP)
        self._pids.add(pid)

    def thaw(self) -> None:
        for pid in self._pids:
            with suppress(ProcessLookupError):  # it ended, its client being gone
                os.kill(pid, signal.SIGCONT)
        self._pids.clear()


@pytest.fixture
def freezer(monkeypatch: pytest.MonkeyPatch) -> Iterator[Freezer]:
    for name in ("ANSWER_S", "BRIEF_ANSWER_S"):
        monkeypatch.setattr(f"tuner.storage.deadline.{name}", ANSWER_S)
    monkeypatch.setattr("tuner.storage.database.BRIEF_ANSWER_S", ANSWER_S)
    freezer = Freezer()
    yield freezer
    freezer.thaw()


def test_a_call_goes_on_by_another_connection(postgres_played: Played, freezer: Freezer) -> None:
    freezer.freeze_idle(postgres_played.storage)
    began = time.monotonic()
    assert postgres_played.claim().number == 0
    assert ANSWER_S < time.monotonic() - began < 10 * ANSWER_S


def test_a_beat_gives_up_and_the_next_one_arrives(postgres_played: Played, freezer: Freezer) -> None:
    storage = postgres_played.storage
    lease = postgres_played.claim()
    postgres_played.set_beat(lease, 1.0)
    freezer.freeze_idle(storage)
    assert storage.leases.beat(lease), "a beat that gives up says nothing of the lease"
    assert storage.leases.beat(lease)
    assert storage.workers.running(postgres_played.study_id)[0].silent_for_s < 60


def test_a_long_answer_is_waited_for_while_it_comes(postgres_played: Played, freezer: Freezer) -> None:
    rows = text("SELECT repeat('x', 1000), pg_sleep(0.01) FROM generate_series(1, 120)")
    began = time.monotonic()
    found = postgres_played.storage.database.read(lambda transaction: transaction.session.execute(rows).all())
    assert len(found) == 120 and time.monotonic() - began > 2 * ANSWER_S


@pytest.mark.parametrize("write", WRITES)
def test_a_write_whose_commit_stood_still_counts_once(postgres_played: Played, freezer: Freezer, write: str) -> None:
    """The commit happens when nobody waits for its answer any more, and the write is under way a second time."""
    storage, lease = postgres_played.storage, postgres_played.claim()
    if write == "beat":
        pytest.skip("is made once, and then given up")
    freezer.freeze_at_next_commit(storage)
    with ThreadPoolExecutor(1) as thread:
        written = thread.submit(WRITES[write], storage, lease)
        freezer.thaw_while_repeated(postgres_played, written)
        written.result(30)
    check_written_once(storage, write, lease)


def test_a_claim_whose_commit_stood_still_is_made_once(postgres_played: Played, freezer: Freezer) -> None:
    freezer.freeze_at_next_commit(postgres_played.storage)
    with ThreadPoolExecutor(1) as thread:
        claimed = thread.submit(postgres_played.claim)
        freezer.thaw_while_repeated(postgres_played, claimed)
        lease = claimed.result(30)
    trials = postgres_played.storage.optuna.get_all_trials(postgres_played.study_id)
    assert [trial.number for trial in trials] == [lease.number] == [0]


def test_others_go_on_beside_a_trial_that_is_locked_for_good(postgres_played: Played, freezer: Freezer) -> None:
    first, second = postgres_played.claim(), postgres_played.claim()
    postgres_played.storage.leases.expire_worker(postgres_played.worker_id)
    locked = open_storage(postgres_played.url)
    connection = locked.database.engine.connect()
    connection.execute(text(f"SELECT * FROM tuner_leases WHERE trial_id = {first.trial_id} FOR UPDATE"))
    freezer.freeze(connection.connection.dbapi_connection.info.backend_pid)  # type: ignore[union-attr]
    assert [postgres_played.claim().number for _ in range(2)] == [second.number, 2]
    freezer.thaw()
    connection.close()
    locked.close()
    assert postgres_played.claim().number == first.number
