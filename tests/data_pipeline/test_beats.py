"""Detection of beats: where they are known, for either polarity, and against another detector on real recordings."""

import os
from pathlib import Path

import numpy as np
import pytest

from data_pipeline import open_source, synthetic
from data_pipeline.features.beats import agreement, detect
from data_pipeline.features.signals import RATE, Signals


def count_matches(found: np.ndarray, known: np.ndarray) -> tuple[int, int]:  # type: ignore[type-arg]
    """Beats found that are known within 0.1 s, and known ones that are found."""
    distance = np.abs(found[:, None] - known)
    return int((distance.min(axis=1) < 0.1).sum()), int((distance.min(axis=0) < 0.1).sum())


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("label", ["N", "A"])
def test_known_beats_are_found(label: str, sign: int) -> None:
    n_right = n_found = n_seen = n_known = 0
    for i in range(40):
        samples, known = synthetic.recording(label, np.random.default_rng([5, i]))
        found = detect(Signals.of(sign * samples, 300)).times
        right, seen = count_matches(found, known)
        n_right, n_found, n_seen, n_known = n_right + right, n_found + len(found), n_seen + seen, n_known + len(known)
    assert n_right / n_found >= 0.98 and n_seen / n_known >= 0.98


def test_polarity_turns_with_the_recording_and_moves_no_beat() -> None:
    samples, _ = synthetic.recording("N", np.random.default_rng([5, 1]))
    upright, turned = (detect(Signals.of(sign * samples, 300)) for sign in (1, -1))
    assert upright.polarity == -turned.polarity
    np.testing.assert_array_equal(upright.places, turned.places)


def test_times_lie_between_samples() -> None:
    times = np.arange(0.5, 20, 0.8034)
    at = np.arange(20 * RATE) / RATE
    signal = np.exp(-0.5 * ((at[:, None] - times) / 0.012) ** 2).sum(axis=1)
    found = detect(Signals.of(1000 * signal, RATE)).times
    np.testing.assert_allclose(found, times, atol=0.3 / RATE)


def test_agreement_counts_each_beat_once() -> None:
    first, second = np.array([100, 400, 700]), np.array([110, 405, 550, 1000])
    assert agreement(first, second) == (2, 5)
    assert agreement(first, second[:0]) == (0, 3)
    assert agreement(first, first) == (3, 3)


def test_nothing_has_no_beats() -> None:
    for samples in (np.zeros(1), np.zeros(3000), np.full(10, 7)):
        beats = detect(Signals.of(samples, 300))
        assert len(beats.places) == len(beats.times) == len(beats.intervals) == 0


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # the other detector's own
def test_real_beats_are_those_that_wfdb_finds() -> None:
    data = os.environ.get("TUNER_TEST_DATA")
    if not data:
        pytest.skip("TUNER_TEST_DATA is not set: no real recordings to find beats in")
    processing = pytest.importorskip("wfdb.processing")
    recordings = open_source(Path(data) / "cinc2017")
    shares = []
    for i in np.flatnonzero([label in ("0", "1", "2") for label in recordings.labels])[:6000:60]:
        samples = np.asarray(recordings.signals[i], np.float64)
        theirs = np.asarray(processing.xqrs_detect(samples, recordings.rate, verbose=False)) / recordings.rate
        ours = detect(Signals.of(samples, recordings.rate)).times
        if len(theirs) > 5:
            right, seen = count_matches(ours, theirs)
            shares.append((right / len(ours), seen / len(theirs)))
    confirmed, found = np.mean(shares, axis=0)
    assert confirmed > 0.94 and found > 0.96, (confirmed, found)
