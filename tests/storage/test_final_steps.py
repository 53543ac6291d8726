"""The process of a final step: one at a time, and another when that is dead."""

import os
import subprocess
import sys
from typing import Any

import pytest
from process_bodies import begin_final_step
from storage_play import PROCESSES, Finalized, Played, cut_after_next_commit, run_together

from tools.line import Line
from tuner.errors import StudyError
from tuner.storage import open_storage
from tuner.storage.machine import machine_id


def begin(played: Played, *, pid: int = 1, machine: str | None = None, silent_s: float = 60.0) -> str:
    return played.storage.final_steps.begin(played.study_id, host="there", pid=pid, machine=machine, silent_s=silent_s)


def test_of_processes_that_begin_at_once_one_does(played: Played) -> None:
    said: Any = PROCESSES.Queue()
    begun = run_together(4, begin_final_step, played.url, played.study_id, said, results=said)
    assert sorted(begun) == [False, False, False, True]


def test_another_process_is_refused_while_one_is_at_it(played: Played) -> None:
    owner = begin(played, pid=4711)
    with pytest.raises(StudyError) as caught:
        begin(played)
    assert str(caught.value) == (
        "study study is being finalized by another process (there:4711): wait for it, or end it if it is frozen"
    )
    row = played.storage.final_steps.find(played.study_id)
    assert row is not None and row.is_alive
    assert (row.owner, row.command, row.host, row.pid, row.machine) == (owner, "run", "there", 4711, None)
    assert 0 <= row.silent_for_s < 60


def test_a_dead_process_is_followed_at_once(played: Played) -> None:
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    former = begin(played, pid=dead.pid, machine=machine_id())
    row = played.storage.final_steps.find(played.study_id)
    assert row is not None and not row.is_alive
    owner = begin(played, pid=os.getpid(), machine=machine_id())
    assert not played.storage.final_steps.beat(played.study_id, former)
    assert played.storage.final_steps.beat(played.study_id, owner)
    with pytest.raises(StudyError, match="being finalized"):
        begin(played)


def test_a_silent_process_is_followed_after_a_while(played: Played) -> None:
    finalized = Finalized.of(played)
    finalized.age(59)
    with pytest.raises(StudyError, match="being finalized"):
        begin(played)
    finalized.age(61)
    with pytest.raises(StudyError, match="being finalized"):
        begin(played, silent_s=120)
    begin(played)
    assert not played.storage.final_steps.beat(played.study_id, finalized.owner)


def test_a_clock_that_was_set_back_keeps_no_dead_process_alive(played: Played) -> None:
    Finalized.of(played).age(-3600)
    begin(played)


def test_what_is_ended_may_begin_again(played: Played) -> None:
    former = begin(played)
    played.storage.final_steps.end(played.study_id, former)
    assert played.storage.final_steps.find(played.study_id) is None
    owner = begin(played)
    played.storage.final_steps.end(played.study_id, former)
    row = played.storage.final_steps.find(played.study_id)
    assert row is not None and row.owner == owner, "what another process has is not ended"


def test_no_study_no_final_step(played: Played) -> None:
    with pytest.raises(StudyError, match="study 99 is not there any more"):
        played.storage.final_steps.begin(99, host="here", pid=1, machine=None)


def test_a_beginning_whose_commit_was_not_acknowledged_is_made_once(played: Played) -> None:
    cut = cut_after_next_commit(played.storage)
    owner = begin(played)
    assert cut
    assert played.storage.final_steps.beat(played.study_id, owner)
    cut = cut_after_next_commit(played.storage)
    played.storage.final_steps.end(played.study_id, owner)
    assert cut
    assert played.storage.final_steps.find(played.study_id) is None


def test_a_beat_never_waits(postgres_played: Played, line: Line) -> None:
    owner = begin(postgres_played)
    far = open_storage(
        postgres_played.storage.database.address.set(port=line.port).render_as_string(hide_password=False)
    )
    line.cut()
    assert far.final_steps.beat(postgres_played.study_id, owner), "nobody knows otherwise"
    far.close()
