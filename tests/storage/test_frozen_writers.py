"""A process that is frozen while it writes, and holds the lock that all others need."""

import multiprocessing
import os
import signal
import time
from collections.abc import Iterator
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess

import pytest
from process_bodies import hold_the_study
from storage_play import PROCESSES, Played

from tuner.errors import StorageAway
from tuner.storage import briefly


def _freeze(played: Played) -> BaseProcess:
    """Start a process that begins a transaction, locks the study in it, and is stopped."""
    near: Connection
    near, far = multiprocessing.Pipe()
    process = PROCESSES.Process(target=hold_the_study, args=(played.url, played.study_id, far))
    process.start()
    assert near.poll(60) and near.recv() == "locked"
    assert process.pid is not None
    os.kill(process.pid, signal.SIGSTOP)
    return process


@pytest.fixture
def frozen(played: Played) -> Iterator[tuple[Played, BaseProcess]]:
    process = _freeze(played)
    yield played, process
    process.kill()
    process.join(30)


def test_the_server_frees_what_a_frozen_process_holds(postgres_played: Played) -> None:
    process = _freeze(postgres_played)
    try:
        began = time.monotonic()
        assert postgres_played.claim().number == 0
        assert time.monotonic() - began < 20
    finally:
        process.kill()
        process.join(30)


@pytest.mark.parametrize("prepared_url", ["sqlite"], indirect=True)
def test_sqlite_names_the_process_to_kill(frozen: tuple[Played, BaseProcess]) -> None:
    played, process = frozen
    with pytest.raises(StorageAway, match=f"kill -KILL {process.pid}`") as caught, briefly():
        played.storage.control.set_command(played.study_id, "pause")
    assert "\n" not in str(caught.value) and "locked" not in str(caught.value)
    assert played.storage.control.of(played.study_id).command == "run", "readers are not held up"
    process.kill()
    assert played.claim().number == 0
