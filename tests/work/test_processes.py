"""The supervisor of workers: told to stop while it is still starting them, and what it makes of their ends."""

import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tuner_command import Tuner
from watching import wait

from data_pipeline import Cache
from tuner.storage import open_storage
from tuner.storage.machine import OomKills, is_dead_here, machine_id
from tuner.study.opened import OpenStudy, open_study
from tuner.work import processes
from tuner.work.child import FIRST_WORD_S, Child
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
    start = processes.Child.__init__

    def start_and_be_told(child: Any, *arguments: Any) -> None:
        start(child, *arguments)
        started.append(child.process.pid)
        supervisor.pass_on(signal.SIGTERM)  # to the workers that it knows, of which this is not one yet

    monkeypatch.setattr(processes.Child, "__init__", start_and_be_told)
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


def _ended_by(number: signal.Signals, oom_kills: OomKills) -> Child:
    child = Child(0, [sys.executable, "-c", f"import os; os.kill(os.getpid(), {int(number)})"], {}, oom_kills)
    child.process.wait(30)
    assert child.is_over and child.was_killed
    return child


def test_a_worker_that_crashed_is_to_blame_and_one_that_was_killed_is_not() -> None:
    for number, is_to_blame in ((signal.SIGSEGV, True), (signal.SIGKILL, False), (signal.SIGTERM, False)):
        child = _ended_by(number, OomKills())
        assert child.is_to_blame == is_to_blame and number.name in child.end
        child.close()


def test_a_worker_that_was_killed_when_memory_was_short_is_to_blame(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    counters = tmp_path / "vmstat"
    monkeypatch.setattr("tuner.storage.machine.VMSTAT", counters)
    counters.write_text("nr_free_pages 5\noom_kill 3\n")
    oom_kills = OomKills()
    child = _ended_by(signal.SIGKILL, oom_kills)
    assert not child.is_to_blame
    counters.write_text("nr_free_pages 5\noom_kill 4\n")
    assert child.is_to_blame
    monkeypatch.setattr("tuner.storage.machine.OOM_S", 0.0)
    assert not child.is_to_blame, "that was long ago"
    counters.unlink()
    assert child.is_to_blame, "it cannot be told"
    child.close()


def test_a_worker_that_says_nothing_is_ended_and_to_blame() -> None:
    child = Child(0, [sys.executable, "-c", "import time; time.sleep(600)"], {}, OomKills())
    child.look(FIRST_WORD_S - 1)
    assert not child.is_stuck
    child.look(2.0)
    child.process.wait(30)
    assert child.is_stuck and child.is_over and child.is_to_blame and child.end == "hung"
    child.close()
