"""Writes of a training that are held back while the database is away, and what that costs the training."""

import time
from collections.abc import Callable, Iterator

import pytest
from storage_play import Played

from tools.line import Line
from tools.postgres import PostgresServer
from tuner.errors import StorageAway
from tuner.storage import Storage, briefly, open_storage
from tuner.work.outbox import Outbox

EPOCHS = 100


@pytest.fixture
def far(postgres_server: PostgresServer, postgres_url: str, line: Line) -> Iterator[Played]:
    """A study at the other end of a line."""
    open_storage(postgres_url, create=True).close()
    storage = open_storage(postgres_url.replace(f":{postgres_server.port}/", f":{line.port}/"), n_connections=2)
    study_id = storage.optuna.create_new_study([], "study")
    storage.control.create(study_id, trials=20, timeout_s=None)
    yield Played(storage, study_id, storage.workers.register(study_id, host="here", pid=1, device="cpu"))
    line.mend()
    storage.close()


def train(played: Played, outbox: Outbox, lease: object, first: int) -> float:
    """Post what follows each of many epochs, and ask what a worker asks then; return how long that took."""
    storage: Storage = played.storage

    def record(number: int) -> Callable[[], None]:
        return lambda: storage.epochs.record(lease, number, score=0.5, lr=0.1, seconds=1.0, metrics={})  # type: ignore[arg-type]

    began = time.monotonic()
    for number in range(first, first + EPOCHS):
        outbox.post(record(number))
        try:
            with briefly():
                storage.control.of(played.study_id)
        except StorageAway:
            pass
    return time.monotonic() - began


@pytest.mark.parametrize(("way", "most_s"), [("cut", 5.0)])
@pytest.mark.slow
def test_a_database_that_is_away_costs_a_training_little_and_no_epoch(
    far: Played, line: Line, way: str, most_s: float
) -> None:
    lease, outbox = far.claim(), Outbox("trial 0")
    getattr(line, way)()
    # Of a hundred epochs, the first finds out; then it is not asked again for twenty times as long.
    assert train(far, outbox, lease, 1) < most_s
    line.mend()
    assert far.storage.leases.beat(lease), "which another thread does every some seconds"
    train(far, outbox, lease, EPOCHS + 1)
    rows = far.storage.epochs.of_study(far.study_id)
    assert [row.epoch for row in rows] == list(range(1, 2 * EPOCHS + 1))
