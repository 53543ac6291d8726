"""Synthetic ECG: the same every time, alive like real ones, and not to be told apart by crude figures."""

from collections import Counter

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score
from sklearn.model_selection import cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from data_pipeline import open_source, synthetic
from data_pipeline.recordings import Recordings


@pytest.fixture(scope="module")
def made() -> Recordings:
    return open_source("synthetic:500:1")


def test_a_recording_depends_on_seed_and_place_only() -> None:
    few, many, other = (open_source(source) for source in ("synthetic:8:1", "synthetic:16:1", "synthetic:8:2"))
    for i in range(8):
        np.testing.assert_array_equal(few.signals[i], many.signals[i])
        assert not np.array_equal(few.signals[i], other.signals[i])
    assert few.labels[:8] == many.labels[:8]
    np.testing.assert_array_equal(few.signals[8], many.signals[16])  # the first of the test parts
    assert not np.array_equal(few.signals[0], few.signals[8])


@pytest.mark.parametrize("n", [8, 9, 20])
def test_few_recordings_have_two_of_each_class(n: int) -> None:
    counts = Counter(label for label in open_source(f"synthetic:{n}").labels if label)
    assert len(counts) == 4 and min(counts.values()) >= 2


def test_shares_lengths_and_test_part_are_like_the_real_ones(made: Recordings) -> None:
    counts = Counter(made.labels[:500])
    shares = [counts[name] / 500 for name in made.class_names]
    np.testing.assert_allclose(shares, [0.55, 0.12, 0.27, 0.06], atol=0.01)
    assert made.class_names == ("N", "A", "O", "~") and made.unit == "mV" and made.rate == 300
    seconds = np.array([len(signal) for signal in made.signals]) / 300
    assert seconds.min() >= 9 and seconds.max() <= 61
    assert 0.55 < (seconds == 30).mean() < 0.75 and 31 < seconds.mean() < 34
    assert made.unlabelled.tolist() == list(range(500, 625))
    assert made.sealed_labels is not None and set(made.sealed_labels()) == set(made.class_names)


def test_amplitude_is_physical(made: Recordings) -> None:
    deviations = np.array([signal.std() for signal in made.signals]) * made.scale
    assert 0.12 < np.median(deviations) < 0.25  # mV
    assert max(np.abs(signal.astype(np.int32)).max() for signal in made.signals) < 32767


def crude_figures(made: Recordings) -> tuple[np.ndarray, np.ndarray]:  # type: ignore[type-arg]
    figures = np.array([(signal.mean(), signal.std(), len(signal)) for signal in made.signals[:500]])
    return figures, np.array(made.labels[:500])


def test_the_majority_class_is_a_bad_answer(made: Recordings) -> None:
    _, labels = crude_figures(made)
    assert f1_score(labels, np.full(500, "N"), average="macro") < 0.25


@pytest.mark.parametrize("weights", [None, "balanced"])
def test_crude_figures_do_not_tell_the_classes_apart(made: Recordings, weights: str | None) -> None:
    figures, labels = crude_figures(made)
    model = make_pipeline(StandardScaler(), LogisticRegression(class_weight=weights))
    assert f1_score(labels, cross_val_predict(model, figures, labels), average="macro") < 0.5


def beats(label: str, n: int = 40) -> list[np.ndarray]:  # type: ignore[type-arg]
    return [synthetic.recording(label, np.random.default_rng([7, i]))[1] for i in range(n)]


def test_beats_are_where_the_peaks_are() -> None:
    for i in range(20):
        samples, times = synthetic.recording("NA"[i % 2], np.random.default_rng([3, i]))
        assert np.all(np.diff(times) > 0.2) and times[0] >= 0 and times[-1] < len(samples) / 300
        inner = np.rint(times[1:-1] * 300).astype(int)
        steep = np.abs(samples - np.median(samples)).astype(float)
        at_beats = np.median([steep[place - 3 : place + 4].max() for place in inner])
        assert at_beats > 3 * np.median(steep)


def test_rhythms_differ_as_they_should() -> None:
    def irregularity(times: np.ndarray) -> float:  # type: ignore[type-arg]
        intervals = np.diff(times)
        return float(np.abs(np.diff(intervals)).mean() / intervals.mean())

    normal, fibrillating = ([irregularity(times) for times in beats(label)] for label in "NA")
    assert max(normal) < 0.1 < min(fibrillating)
    rates = [60 / np.median(np.diff(times)) for times in beats("N")]
    assert min(rates) > 50 and max(rates) < 101
    unusual = [irregularity(times) > 0.03 or not 50 < 60 / np.median(np.diff(times)) < 101 for times in beats("O")]
    assert all(unusual)


def test_some_leads_are_inverted() -> None:
    signs = []
    for i in range(60):
        samples, times = synthetic.recording("N", np.random.default_rng([11, i]))
        places = np.rint(times[1:-1] * 300).astype(int)
        signs.append(np.median(samples[places]) < np.median(samples))
    assert 2 <= sum(signs) <= 15
