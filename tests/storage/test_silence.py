"""Who is silent, while clocks jump."""

import pytest

from tuner.storage.silence import CONFIRM_S, BeatWatch


class Clocks:
    """The database's clock, which may be set, and the steady one."""

    def __init__(self) -> None:
        self.database = 1e9
        self.steady = 0.0
        self.watch: BeatWatch[int] = BeatWatch(lambda: self.steady)
        self.beats: dict[int, float] = {}

    def beat(self, *trials: int) -> None:
        self.beats |= dict.fromkeys(trials, self.database)

    def pass_by(self, seconds: float) -> None:
        self.database += seconds
        self.steady += seconds

    def silent(self) -> list[int]:
        return self.watch.silent({t: (beat, self.database - beat) for t, beat in self.beats.items()}, 60.0)


@pytest.fixture
def clocks() -> Clocks:
    clocks = Clocks()
    clocks.beat(7)
    return clocks


def test_whoever_beats_is_never_silent(clocks: Clocks) -> None:
    for _ in range(100):
        clocks.pass_by(10)
        clocks.beat(7)
        assert clocks.silent() == []


def test_a_dead_one_is_silent_after_the_minute(clocks: Clocks) -> None:
    clocks.pass_by(10)
    assert clocks.silent() == []
    clocks.pass_by(45)
    assert clocks.silent() == []
    clocks.pass_by(6)
    assert clocks.silent() == [7]


def test_a_newcomer_looks_twice(clocks: Clocks) -> None:
    clocks.pass_by(3600)
    assert clocks.silent() == []
    clocks.pass_by(CONFIRM_S)
    assert clocks.silent() == [7]


@pytest.mark.parametrize("jump", [3600, -3600])
def test_nobody_dies_of_a_clock_that_was_set(clocks: Clocks, jump: float) -> None:
    clocks.silent()
    clocks.database += jump
    assert clocks.silent() == []
    for _ in range(20):
        clocks.pass_by(10)
        clocks.beat(7)
        assert clocks.silent() == []


def test_a_clock_set_back_keeps_nobody_alive(clocks: Clocks) -> None:
    clocks.silent()
    clocks.database -= 3600
    clocks.pass_by(59)
    assert clocks.silent() == []
    clocks.pass_by(2)
    assert clocks.silent() == [7]


def test_one_that_beats_again_starts_anew(clocks: Clocks) -> None:
    clocks.silent()
    clocks.pass_by(61)
    assert clocks.silent() == [7]
    clocks.beat(7)
    assert clocks.silent() == []
