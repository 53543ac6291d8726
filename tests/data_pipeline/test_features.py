"""Features: any recording gives a vector, and the numbers are what their names say."""

import numpy as np
import pytest

from data_pipeline import synthetic
from data_pipeline.features import FEATURES, compute_features

NAMES = [feature.name for feature in FEATURES]


def synthetic_ecg(label: str = "N", seed: int = 0) -> np.ndarray:  # type: ignore[type-arg]
    return synthetic.recording(label, np.random.default_rng([17, seed]))[0]


def test_features_are_named_once_and_described() -> None:
    assert len(set(NAMES)) == len(NAMES)
    assert all(feature.name and feature.unit and feature.source for feature in FEATURES)
    assert {"quality", "duration"} <= set(NAMES)


def test_most_features_of_an_ecg_are_numbers() -> None:
    vectors = np.array([compute_features(synthetic_ecg(label, i), 0.001, 300) for i in range(5) for label in "NAO"])
    assert vectors.shape == (15, len(FEATURES)) and vectors.dtype == np.float32
    assert np.isfinite(vectors).any(axis=0).all(), np.array(NAMES)[~np.isfinite(vectors).any(axis=0)]
    assert np.isfinite(vectors).mean() > 0.95


def awkward() -> dict[str, np.ndarray]:  # type: ignore[type-arg]
    rng = np.random.default_rng(0)
    one_beat = 1000 * np.exp(-0.5 * ((np.arange(900) - 450) / 4) ** 2)
    recordings = {
        "one sample": np.array([5]),
        "two samples": np.array([1, 2]),
        "ten samples": rng.integers(-5, 5, 10),
        "constant": np.full(3000, 7),
        "saturated": np.full(9000, 32767),
        "extremes": rng.choice([-32768, 32767], 9000),
        "ramp": np.arange(9000),
        "one beat": one_beat,
        "noise": rng.normal(0, 100, 9000),
        "noise after nothing": np.concatenate([np.zeros(4500), rng.normal(0, 100, 4500)]),
    }
    return {name: samples.astype(np.int16) for name, samples in recordings.items()}


@pytest.mark.parametrize("rate", [300.0, 100.0, 1000.0, 360.7])
@pytest.mark.parametrize("name", awkward())
def test_any_recording_has_a_vector(name: str, rate: float) -> None:
    vector = compute_features(awkward()[name], 0.001, rate)
    assert vector.shape == (len(FEATURES),) and vector.dtype == np.float32
    assert not np.isinf(vector).any()
