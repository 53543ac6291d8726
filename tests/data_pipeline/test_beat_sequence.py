"""Recordings as sequences of beats: columns say what is known of the beats, and any recording has an item."""

import time
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from data_pipeline import open_view, prepare, synthetic
from data_pipeline.features.beat_by_beat import COLUMNS, LIMIT, beat_rows
from data_pipeline.features.beats import detect
from data_pipeline.features.signals import Signals
from data_pipeline.front_ends import BeatSequence, FloatArray, Signal

NAMES = [column.name for column in COLUMNS]
FRONT_END = BeatSequence(300)


def recording(label: str, seed: int) -> tuple[NDArray[np.int16], NDArray[np.float64]]:
    return synthetic.recording(label, np.random.default_rng([23, seed]))


def column(rows: FloatArray, name: str) -> NDArray[np.float64]:
    """A column as it was measured."""
    i = NAMES.index(name)
    measured: NDArray[np.float64] = rows[:, i].astype(np.float64) * COLUMNS[i].spread + COLUMNS[i].usual
    return measured


def peaks(places: NDArray[np.float64], n: int, width: float = 3.0) -> NDArray[np.float64]:
    """Narrow peaks in a line of `n` samples."""
    line = np.zeros(n)
    around = np.arange(-20, 21)
    for place in places.astype(int):
        line[place - 20 : place + 21] += 1000 * np.exp(-0.5 * (around / width) ** 2)
    return line


def test_columns_are_named_once() -> None:
    assert len(set(NAMES)) == len(NAMES) == FRONT_END.n_features


def test_there_is_a_row_for_each_beat_with_its_intervals() -> None:
    samples, _ = recording("A", 0)
    beats = detect(Signals.of(samples, 300))
    rows = beat_rows(samples.astype(np.float32), 300)
    assert len(rows) == len(beats.places) > 20 and (column(rows, "kind") == 1).all()
    inner = np.abs(np.log(beats.intervals) + 0.23) < LIMIT * 0.25
    assert np.allclose(column(rows, "rr_after")[:-1][inner], np.log(beats.intervals)[inner], atol=1e-3)
    assert np.allclose(column(rows, "rr_before")[1:][inner], np.log(beats.intervals)[inner], atol=1e-3)
    assert (np.diff(beats.places) >= 0).all()


def test_an_early_beat_and_its_pause_are_seen() -> None:
    places = np.arange(300, 8700, 240.0)
    places[17] -= 80
    rows = beat_rows(peaks(places, 9000).astype(np.float32), 300)
    assert len(rows) == len(places)
    assert np.allclose(column(rows, "rr_before_to_local")[17:19], np.log([160 / 240, 320 / 240]), atol=0.02)
    others = np.delete(column(rows, "rr_before_to_local"), [17, 18])
    assert np.abs(others).max() < 0.02


def test_a_wide_beat_is_wide_and_unlike_the_others() -> None:
    places = np.arange(300, 8700, 240.0)
    line = peaks(np.delete(places, 20), 9000) + 1.5 * peaks(places[20:21], 9000, width=9.0)
    rows = beat_rows(line.astype(np.float32), 300)
    for name in ("width", "qrs_unlike", "height", "rest"):
        assert column(rows, name).argmax() == 20, name


def test_fibrillation_differs_from_sinus_rhythm() -> None:
    usual = {}
    for label in "NA":
        rows = [beat_rows(recording(label, seed)[0].astype(np.float32), 300) for seed in range(8)]
        usual[label] = {
            name: np.mean([np.median(np.abs(column(one, name))) for one in rows])
            for name in ("rr_after_to_before", "p_likeness")
        }
    assert usual["A"]["rr_after_to_before"] > 3 * usual["N"]["rr_after_to_before"]
    assert usual["N"]["p_likeness"] > usual["A"]["p_likeness"] + 0.1


@pytest.mark.parametrize("label", "NAO~")
def test_values_suit_a_network(label: str) -> None:
    rows = np.concatenate([beat_rows(recording(label, seed)[0].astype(np.float32), 300) for seed in range(5)])
    assert np.isfinite(rows).all() and np.abs(rows).max() <= LIMIT
    assert label == "~" or (np.abs(rows).mean(axis=0) < 2.5).all()


def test_gain_offset_and_electrodes_turned_round_do_not_matter() -> None:
    samples, _ = recording("O", 1)
    item = FRONT_END.of(samples, 1.0, 300.0)
    assert np.allclose(FRONT_END.of(3 * samples.astype(np.float64) + 500, 0.01, 300.0), item, atol=1e-2)
    assert np.allclose(FRONT_END.of(-samples, 1.0, 300.0), item, atol=1e-2)


# Odd recordings


@pytest.mark.parametrize("samples", [np.zeros(1), np.zeros(2), np.full(3000, 7), np.zeros(400_000)])
def test_without_beats_there_is_one_step_that_says_so(samples: NDArray[np.float64]) -> None:
    item = FRONT_END.of(samples, 1.0, 300.0)
    assert item[0, 0] == -1 and not item[1:].any() and np.isfinite(item).all()
    assert len(item) == FRONT_END.n_steps(np.array([len(samples)]))[0]


def test_a_single_beat_is_a_step() -> None:
    rows = beat_rows(peaks(np.array([450.0]), 900).astype(np.float32), 300)
    assert rows.shape == (1, len(COLUMNS)) and rows[0, 0] == 1 and np.isfinite(rows).all()
    assert rows[0, NAMES.index("rr_before")] == 0


@pytest.mark.parametrize("rate", [1.0, 19.0, 25.0, 48_000.0])
@pytest.mark.parametrize("n", [1, 5, 2000])
def test_any_rate_gives_a_sequence(rate: float, n: int) -> None:
    item = FRONT_END.of(np.random.default_rng(n).normal(0, 300, n), 1.0, rate)
    assert item[0, 0] in (-1, 1) and np.isfinite(item).all()


@pytest.mark.parametrize("gap", [2, 3, 7, 30, 59, 60, 61, 90])
def test_no_recording_has_more_beats_than_steps(gap: int) -> None:
    rng = np.random.default_rng(gap)
    for n in (3, 59, 60, 61, 62, 120, 121, 122, 123, 601, 3000):
        spikes = np.where(np.arange(n) % gap == gap // 2, 1000.0, 0.0) + rng.normal(0, 1, n)
        assert FRONT_END.of(spikes, 1.0, 300.0).shape == (max(1, -(-n // 60)), len(COLUMNS))


def test_ten_thousand_beats_take_little_time_and_memory() -> None:
    line = peaks(np.arange(300, 10_001 * 240, 240.0), 10_003 * 240).astype(np.float32)
    tracemalloc.start()
    began = time.process_time()
    rows = beat_rows(line, 300)
    taken, (_, peak) = time.process_time() - began, tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(rows) == 10_000
    assert taken < 10 and peak < 120 * line.nbytes / 4  # bytes a sample


def test_a_view_holds_what_each_recording_becomes(tmp_path: Path) -> None:
    cache = prepare("synthetic:8:3", tmp_path / "cache")
    view = open_view(cache, FRONT_END)
    for i in range(len(cache)):
        signal = Signal(300).of(cache.signal(i), float(cache.scale[i]), cache.rate)
        assert np.array_equal(view.item(i), FRONT_END.from_signal(signal))
