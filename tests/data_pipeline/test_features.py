"""Features: any recording gives a vector, and the numbers are what their names say."""

import tracemalloc

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.signal import resample_poly

from data_pipeline import synthetic
from data_pipeline.features import FEATURES, compute_features
from data_pipeline.features.catalogue import measure as measure_all
from data_pipeline.features.kernels import count_matches, group_shapes
from data_pipeline.features.matched import find
from data_pipeline.features.regularity import sample_entropy
from data_pipeline.features.rr_intervals import measure, pnn, poincare, rmssd

NAMES = [feature.name for feature in FEATURES]
PHYSICAL = np.array([feature.unit == "unit" for feature in FEATURES])

Samples = NDArray[np.int16]


def ecg(label: str = "N", seed: int = 0) -> Samples:
    return synthetic.recording(label, np.random.default_rng([17, seed]))[0]


def values(samples: NDArray[np.generic], scale: float = 0.001, rate: float = 300) -> dict[str, float]:
    return dict(zip(NAMES, compute_features(samples, scale, rate).tolist(), strict=True))


def test_features_are_named_once_and_described() -> None:
    assert len(set(NAMES)) == len(NAMES)
    assert all(feature.name and feature.unit and feature.source for feature in FEATURES)
    assert {"quality", "duration"} <= set(NAMES)


def test_whatever_is_measured_is_listed() -> None:
    assert set(measure_all(ecg("O"), 300)) == set(NAMES)


def test_every_feature_is_a_number_for_some_ecg() -> None:
    vectors = np.array([compute_features(ecg(label, i), 0.001, 300) for i in range(5) for label in "NAO"])
    assert vectors.shape == (15, len(FEATURES)) and vectors.dtype == np.float32
    given = np.isfinite(vectors)
    assert given.any(axis=0).all(), np.array(NAMES)[~given.any(axis=0)]
    assert given.mean() > 0.95


# Awkward recordings


def awkward() -> dict[str, Samples]:
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
        "steps far from the peaks": np.tile(
            np.r_[np.zeros(370), np.linspace(1150, 1670, 37), np.linspace(1670, 0, 123)], 14
        ),
        "noise after nothing": np.concatenate([np.zeros(4500), rng.normal(0, 100, 4500)]),
    }
    return {name: samples.astype(np.int16) for name, samples in recordings.items()}


@pytest.mark.parametrize("rate", [300.0, 100.0, 1000.0, 360.7])
@pytest.mark.parametrize("name", awkward())
def test_any_recording_has_a_vector(name: str, rate: float) -> None:
    vector = compute_features(awkward()[name], 0.001, rate)
    assert vector.shape == (len(FEATURES),) and vector.dtype == np.float32
    assert not np.isinf(vector).any()


@pytest.mark.slow
def test_recordings_of_any_length_have_a_vector() -> None:
    rng = np.random.default_rng(1)
    for n in range(1, 1500, 7):
        noise = rng.normal(0, 100, n).astype(np.int16)
        assert not np.isinf(compute_features(noise, 0.001, 300)).any()
        assert not np.isinf(compute_features(ecg()[:n], 0.001, 300)).any()


@pytest.mark.parametrize("scale", [0.0, 1e-30, 1e38])
def test_any_scale_has_a_vector(scale: float) -> None:
    assert not np.isinf(compute_features(ecg(), scale, 300)).any()


def test_without_beats_there_are_no_features_of_beats() -> None:
    constant = values(np.full(3000, 7, np.int16))
    for name in ("rr_mean", "rr_rmssd", "sample_entropy_1", "qrs_width", "p_height", "quiet_rms", "early_share"):
        assert np.isnan(constant[name]), name
    assert constant["duration"] == 10 and constant["quality"] == 0 and constant["flat_share"] == 1
    assert constant["n_beats"] == 0
    one = values(awkward()["one beat"])
    assert one["n_beats"] == 1 and one["qrs_width"] > 0 and np.isnan(one["rr_mean"])


@pytest.mark.slow
def test_an_hour_takes_memory_in_proportion() -> None:
    half, whole = np.tile(ecg(), 60), np.tile(ecg(), 120)
    compute_features(half, 0.001, 300)
    peaks = []
    for samples in (half, whole):
        tracemalloc.start()
        vector = compute_features(samples, 0.001, 300)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        assert np.isfinite(vector).mean() > 0.95
    assert peaks[1] < 2.5 * peaks[0] and peaks[1] < 400 * len(whole)


def test_pairs_far_apart_are_not_compared() -> None:
    assert count_matches(np.zeros(1001), 1, 0.1, 200)[0] == sum(min(200, 999 - i) for i in range(1000))


# Invariance


def test_the_same_recording_has_the_same_features() -> None:
    samples = ecg("A")
    first = compute_features(samples, 0.001, 300)
    compute_features(ecg("O"), 0.001, 300)
    np.testing.assert_array_equal(compute_features(samples.copy(), 0.001, 300), first)


@pytest.mark.parametrize("label", ["N", "A", "O"])
def test_gain_changes_amplitudes_only(label: str) -> None:
    small, large = (compute_features(ecg(label), scale, 300) for scale in (0.001, 0.008))
    np.testing.assert_allclose(large[~PHYSICAL], small[~PHYSICAL], rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(large[PHYSICAL], 8 * small[PHYSICAL], rtol=1e-4)


def test_polarity_is_one_feature() -> None:
    upright, turned = values(ecg("O", 3)), values(-ecg("O", 3))
    assert upright["polarity"] == -turned["polarity"]
    for name in ("rr_rmssd", "qrs_likeness", "p_height", "t_height", "quiet_rms", "ventricular_best", "quality"):
        assert turned[name] == pytest.approx(upright[name], rel=1e-4, abs=1e-6), name


@pytest.mark.parametrize(("up", "down", "rate"), [(5, 6, 250), (5, 3, 500)])
def test_the_recorders_rate_hardly_matters(up: int, down: int, rate: float) -> None:
    for label in "NA":
        there = values(ecg(label, 2))
        here = values(resample_poly(ecg(label, 2).astype(np.float64), up, down), rate=rate)
        assert here["n_beats"] == there["n_beats"] and here["duration"] == pytest.approx(there["duration"], abs=0.01)
        for name in ("rr_mean", "rr_cv", "qrs_width", "t_height", "amplitude_rms", "qrs_likeness", "quality"):
            assert here[name] == pytest.approx(there[name], rel=0.05, abs=0.01), name


# Values computed by hand


def test_differences_of_intervals() -> None:
    intervals = np.array([0.8, 0.9, 0.7, 0.76])  # differences 0.1, -0.2, 0.06
    assert rmssd(intervals) == pytest.approx(np.sqrt((0.01 + 0.04 + 0.0036) / 3))
    assert pnn(intervals, 0.05) == 1 and pnn(intervals, 0.08) == pytest.approx(2 / 3)
    measured = measure(np.cumsum([1, *intervals]))
    assert measured["rr_median"] == pytest.approx(0.78) and measured["n_beats"] == 5
    assert measured["rr_longest"] == pytest.approx(0.9) and measured["rr_pnn50"] == 1


def test_poincare_plot() -> None:
    intervals = np.array([1.0, 1.2, 1.0, 1.2, 1.0])  # points (1, 1.2) and (1.2, 1) in turn: only across the diagonal
    measured = poincare(intervals)
    assert measured["poincare_sd1"] == pytest.approx(np.std([0.2, -0.2, 0.2, -0.2], ddof=1) / np.sqrt(2))
    assert measured["poincare_sd2"] == pytest.approx(0, abs=1e-9)
    assert measured["poincare_distance"] == pytest.approx(0.2 * np.sqrt(2))


def test_sample_entropy() -> None:
    # Of 1 2 1 2 1 3, templates of one value: pairs alike among the first five are (0,2) (0,4) (2,4) (1,3);
    # one value further alike: (0,2) -> 2,2; (1,3) -> 1,1; (0,4) -> 2,3 and (2,4) -> 2,3 are not.
    entropy = sample_entropy(np.array([1.0, 2, 1, 2, 1, 3]), 1, 0.5)
    assert entropy == pytest.approx(-np.log(2 / 4))
    assert np.isnan(sample_entropy(np.array([1.0, 5, 9]), 1, 0.5))


def test_shapes_are_grouped() -> None:
    up = np.array([1.0, 0, -1]) / np.sqrt(2)
    wide = np.array([1.0, -2, 1]) / np.sqrt(6)
    groups, centres = group_shapes(np.stack([up, wide, up, -up, wide]), 0.8, 10)
    assert groups.tolist() == [0, 1, 0, 2, 1] and centres.shape == (3, 3)
    np.testing.assert_allclose(centres[0], 2 * up)


def test_a_pattern_is_found_again() -> None:
    pattern = np.sin(np.linspace(0, 2 * np.pi, 60)) * np.hanning(60)
    signal = 0.01 * np.random.default_rng(0).standard_normal(2000)
    starts = np.array([100, 700, 1500])
    for start, size in zip(starts, (1.0, 1.5, 0.8), strict=True):
        signal[start : start + 60] += size * pattern
    signal[1000:1060] -= pattern
    places, likeness = find(signal, pattern)
    assert places.tolist() == starts.tolist() and likeness.min() > 0.95


# What the classes are told apart by


def test_fibrillation_is_irregular_and_has_no_p_waves() -> None:
    normal, fibrillating = (
        np.nanmedian([list(values(ecg(label, i)).values()) for i in range(12)], axis=0) for label in "NA"
    )
    measured = {name: (normal[i], fibrillating[i]) for i, name in enumerate(NAMES)}
    for name in ("rr_cv", "poincare_sd1", "sample_entropy_1", "cosen", "af_irregularity", "quiet_4_9", "clean_cv"):
        assert measured[name][0] < measured[name][1], name
    for name in ("matched_regular", "p_repeats", "p_likeness", "p_present", "mode_share"):
        assert measured[name][0] > measured[name][1], name


def test_noise_lowers_quality() -> None:
    clean = [values(ecg("N", i))["quality"] for i in range(12)]
    noisy = [values(ecg("~", i))["quality"] for i in range(12)]
    assert all(0 <= quality <= 1 for quality in clean + noisy)
    assert np.median(noisy) + 0.2 < np.median(clean)
