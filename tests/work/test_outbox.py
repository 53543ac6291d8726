"""Writes of a training that are held back while the database is away, and what that costs the training."""

import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass

import pytest

from tools.line import Line
from tools.postgres import PostgresServer
from tuner.errors import StorageAway
from tuner.storage import Lease, Storage, briefly, open_storage
from tuner.work.outbox import Outbox

EPOCHS = 100


@dataclass(frozen=True)
class Far:
    """A study at the other end of a line, and a trial of it that is trained here."""

    storage: Storage
    study_id: int
    lease: Lease

    def record(self, number: int) -> Callable[[], None]:
        return lambda: self.storage.epochs.record(self.lease, number, score=0.5, lr=0.1, seconds=1.0, metrics={})

    def train(self, outbox: Outbox, first: int) -> float:
        """Post what follows each of many epochs, and ask what a worker asks then; return how long that took."""
        began = time.monotonic()
        for number in range(first, first + EPOCHS):
            outbox.post(self.record(number))
            with suppress(StorageAway), briefly():
                self.storage.control.of(self.study_id)
        return time.monotonic() - began


@pytest.fixture
def far(postgres_server: PostgresServer, postgres_url: str, line: Line) -> Iterator[Far]:
    open_storage(postgres_url, create=True).close()
    storage = open_storage(postgres_url.replace(f":{postgres_server.port}/", f":{line.port}/"), n_connections=2)
    study_id = storage.optuna.create_new_study([], "study")
    storage.control.create(study_id, trials=20, timeout_s=None)
    worker_id = storage.workers.register(study_id, host="here", pid=1, device="cpu")
    lease = storage.leases.claim(study_id, worker_id)
    assert lease is not None
    yield Far(storage, study_id, lease)
    line.mend()
    storage.close()


@pytest.mark.parametrize("way", ["cut", "fall_silent"])
@pytest.mark.slow
def test_a_database_that_is_away_costs_a_training_little_and_no_epoch(far: Far, line: Line, way: str) -> None:
    outbox = Outbox("trial 0")
    getattr(line, way)()
    # Of a hundred epochs, the first finds out; then it is not asked again for twenty times as long.
    assert far.train(outbox, 1) < 6.0
    line.mend()
    assert far.storage.leases.beat(far.lease), "which another thread does every some seconds"
    far.train(outbox, EPOCHS + 1)
    rows = far.storage.epochs.of_study(far.study_id)
    assert [row.epoch for row in rows] == list(range(1, 2 * EPOCHS + 1))
