"""Recordings slower than any ECG: what they cost goes by the sample, not by the second."""

import time
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from source_files import write_npy

from data_pipeline import Features, Signal, open_view, prepare
from data_pipeline.features import FEATURES, compute_features

NAMES = [feature.name for feature in FEATURES]
WAVE = np.cumsum(np.random.default_rng(0).normal(size=23_360)) + 300


@pytest.mark.parametrize("rate", [1e-6, 0.01, 1.0, 19.0])
def test_a_slow_recording_keeps_its_samples(rate: float) -> None:
    front_end = Signal(100)
    assert front_end.n_samples(np.array([200, 7]), rate).tolist() == [200, 7]
    signal = front_end.of(WAVE[:200], 1.0, rate)
    assert signal.shape == (200,) and 0.5 < signal.std() < 5


def test_features_of_slow_recordings_cost_what_samples_do() -> None:
    compute_features(WAVE[:300], 1.0, 300.0)  # compiles
    tracemalloc.start()
    began = time.process_time()
    slow = compute_features(WAVE, 1.0, 1.0)
    taken, (_, peak) = time.process_time() - began, tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert taken < 1.0 and peak < 50e6  # 8.6 s and 0.9 GB, when each second was resampled to 300 samples
    values = dict(zip(NAMES, slow, strict=True))
    assert values["duration"] == len(WAVE) and np.isnan(values["rr_mean"]) and values["amplitude_rms"] > 0
    assert np.isfinite(slow).sum() > 25


def test_slow_recordings_are_prepared_and_viewed(tmp_path: Path) -> None:
    waves = [WAVE[i * 50 : i * 50 + 40 + i] for i in range(8)]
    folder = write_npy(tmp_path / "n", waves, [f"r{i}.npy,{'xy'[i % 2]},{i}" for i in range(8)])
    cache = prepare(folder, tmp_path / "cache", rate=1 / 3600)
    assert not cache.odd, "no recording is very short where all are alike"
    assert open_view(cache, Signal(100)).lengths.tolist() == [len(wave) for wave in waves]
    assert open_view(cache, Features()).values.shape == (8, len(FEATURES))
