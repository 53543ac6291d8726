"""The supervisor of workers, told to stop while it is still starting them."""

import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tuner_command import Tuner
from watching import wait

from data_pipeline import Cache
from tuner.storage import open_storage
from tuner.storage.machine import is_dead_here, machine_id
from tuner.study.opened import OpenStudy, open_study
from tuner.work import processes
from tuner.work.processes import Supervisor


@pytest.fixture
def study(sqlite_tuner: Tuner, cache: Cache, study_file: Callable[..., Path]) -> Iterator[OpenStudy]:
    """A study with trials enough for all workers."""
    sqlite_tuner.succeed("create", study_file(trials=20), "--data", cache.path)
    opened = open_study(open_storage(sqlite_tuner.storage), "small", sqlite_tuner.folder / "runs")
    yield opened
    opened.storage.close()


def test_a_signal_while_workers_are_started_reaches_them_and_starts_no_more(
    study: OpenStudy, monkeypatch: pytest.MonkeyPatch
) -> None:
    supervisor = Supervisor(study, ["cpu"] * 3, threads=1)
    started: list[int] = []
    start = processes._Child.__init__

    def start_and_be_told(child: Any, *arguments: Any) -> None:
        start(child, *arguments)
        started.append(child.process.pid)
        supervisor.pass_on(signal.SIGTERM)  # to the workers that it knows, of which this is not one yet

    monkeypatch.setattr(processes._Child, "__init__", start_and_be_told)
    with supervisor:
        wait(lambda: not supervisor.tend(0, 0.1))
    assert len(started) == 1


def test_workers_do_not_outlive_a_start_that_is_cut_off(study: OpenStudy, monkeypatch: pytest.MonkeyPatch) -> None:
    supervisor = Supervisor(study, ["cpu"] * 3, threads=1)
    started: list[int] = []
    start = supervisor._start

    def start_one_only(number: int) -> None:
        if number == 1:
            raise KeyboardInterrupt
        start(number)
        started.extend(supervisor.pids)

    monkeypatch.setattr(supervisor, "_start", start_one_only)
    with pytest.raises(KeyboardInterrupt), supervisor:
        pass
    assert len(started) == 1 and is_dead_here(machine_id(), started[0])
