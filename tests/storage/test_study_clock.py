"""What of the time since its first trial a study has used up."""

import pytest
from sqlalchemy import func, select, text
from storage_play import Played

from tuner.storage.tables import control


def let_pass(played: Played, seconds: float, *, heard: bool = False) -> None:
    """Move everything into the past; with `heard` but the beats of the workers, which went on."""
    with played.storage.database.engine.begin() as connection:
        for column in ("started_at", "halted_at", "heard_at"):
            connection.execute(text(f"UPDATE tuner_control SET {column} = {column} - {seconds}"))
        if not heard:
            connection.execute(text(f"UPDATE tuner_workers SET beat = beat - {seconds}"))


def elapsed(played: Played) -> float:
    return played.storage.control.of(played.study_id).elapsed_s


def beat(played: Played, worker_id: str | None = None) -> None:
    said = {"trial_number": None, "part": None, "epoch": None, "memory_mb": 1.0, "training_s": 0.0, "working_s": 0.0}
    played.storage.workers.beat(worker_id or played.worker_id, **said)  # type: ignore[arg-type]


@pytest.fixture
def begun(played: Played) -> Played:
    """A study that has been at work for 100 seconds."""
    played.claim()
    let_pass(played, 100, heard=True)
    return played


def test_the_time_in_which_all_workers_are_frozen_is_left_out(begun: Played) -> None:
    let_pass(begun, 10_000)
    assert elapsed(begun) == pytest.approx(100, abs=10), "before one of them says something"
    beat(begun)
    assert elapsed(begun) == pytest.approx(100, abs=10), "and after"
    beat(begun)
    let_pass(begun, 50, heard=True)
    assert elapsed(begun) == pytest.approx(150, abs=10)


def test_the_time_in_which_one_works_counts(begun: Played) -> None:
    other = begun.storage.workers.register(begun.study_id, host="here", pid=2, device="cpu")
    let_pass(begun, 10_000)
    beat(begun, other)
    let_pass(begun, 200, heard=True)
    beat(begun)
    assert elapsed(begun) == pytest.approx(300, abs=10)


def test_a_short_silence_counts(begun: Played) -> None:
    let_pass(begun, 40)
    beat(begun)
    assert elapsed(begun) == pytest.approx(140, abs=10)


@pytest.mark.parametrize("way", ["register", "retire"])
def test_whoever_speaks_first_accounts_for_the_silence(begun: Played, way: str) -> None:
    let_pass(begun, 10_000)
    if way == "register":
        begun.storage.workers.register(begun.study_id, host="here", pid=2, device="cpu")
    else:
        begun.storage.workers.retire(begun.worker_id)
    assert elapsed(begun) == pytest.approx(100, abs=10)


def test_a_pause_in_the_midst_of_a_silence_is_left_out_once(begun: Played) -> None:
    let_pass(begun, 1_000)
    begun.storage.control.set_command(begun.study_id, "pause")
    let_pass(begun, 1_000)
    assert elapsed(begun) == pytest.approx(100, abs=10)
    begun.storage.control.set_command(begun.study_id, "run")
    assert elapsed(begun) == pytest.approx(100, abs=10)
    let_pass(begun, 1_000)
    beat(begun)
    assert elapsed(begun) == pytest.approx(100, abs=10)
    let_pass(begun, 30, heard=True)
    assert elapsed(begun) == pytest.approx(130, abs=10)


def test_a_silence_is_accounted_for_once(begun: Played) -> None:
    let_pass(begun, 10_000)
    with begun.storage.database.engine.connect() as connection:
        before = connection.scalar(select(func.max(control.c.halted_s)))
    for _ in range(3):
        beat(begun)
    with begun.storage.database.engine.connect() as connection:
        after = connection.scalar(select(func.max(control.c.halted_s)))
    assert before is not None and after == pytest.approx(before + 10_000, abs=10)
