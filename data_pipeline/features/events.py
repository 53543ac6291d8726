"""Single unusual beats, scored by their shape, their time and the noise around them.

One ventricular beat in half a minute makes a recording abnormal, and statistics over all beats hardly show it. So each
beat gets scores from 0 to 1 that combine several signs, and the highest scores become features.
"""

import numpy as np

from data_pipeline.features.beats import Beats
from data_pipeline.features.ectopy import local_median
from data_pipeline.features.feature import named
from data_pipeline.features.shapes import BEFORE, Shapes
from data_pipeline.features.signals import RATE, Signals
from data_pipeline.features.statistics import NAN, Floats, Values, mean, ratio

_SCORES = ("ventricular", "wide", "atrial_early", "pause")

FEATURES = (
    *named(
        "signs of an ectopic beat at once",
        "1",
        " ".join(f"{name}_{which}" for name in _SCORES for which in ("best", "second", "mean")),
    ),
    *named("signs of an ectopic beat at once", "1", "ventricular_area ventricular_depth ventricular_sum surroundings"),
    *named("unexplained wave in a long interval", "1", "gap_wave"),
)

_START_S = 1.0  # recorders settle in the first second
_WHOLE = slice(BEFORE - round(0.12 * RATE), BEFORE + round(0.45 * RATE))


def measure(signals: Signals, beats: Beats, shapes: Shapes) -> Values:
    """Score each beat between two others; there are no values with fewer than six beats."""
    intervals = beats.intervals
    if len(shapes) < 6 or len(intervals) < 5:
        return {}
    local = local_median(intervals)
    number = shapes.numbers
    inner = (number > 0) & (number < len(intervals)) & (beats.times[number] > _START_S)
    if inner.sum() < 3:
        return {}
    at = number[inner]
    before, after = intervals[at - 1] / local[at - 1], intervals[at] / local[at - 1]
    clean = _surroundings(shapes.likeness)[inner]
    looks = _looks(shapes)
    scores = _score(before, after, shapes.likeness[inner], looks[inner], clean)
    values = {"surroundings": mean(clean), "gap_wave": _gap_wave(signals, beats, shapes, local)}
    for name, score in scores.items():
        values |= _highest(name, score)
    best = int(scores["ventricular"].argmax())
    return values | {
        "ventricular_area": float(looks[inner][best]),
        "ventricular_depth": 1 - float(before[best]),
        "ventricular_sum": float((before + after)[best]),
    }


def _surroundings(likeness: Floats) -> Floats:
    """Return how clean the two beats on either side are, from 0 to 1: among noise, an unusual beat is likely noise."""
    padded = np.pad(likeness.clip(0), 2, mode="reflect")
    around = np.stack((padded[:-4], padded[1:-3], padded[3:-1], padded[4:]))
    surroundings: Floats = np.sort(around, axis=0)[1:].mean(axis=0) ** 4
    return surroundings


def _looks(shapes: Shapes) -> Floats:
    """Return the area of each beat, divided by that of the averaged beat."""
    base = np.median(shapes.rows, axis=1, keepdims=True)
    areas = np.abs(shapes.rows - base)[:, _WHOLE].sum(axis=1)
    usual = float(np.abs(shapes.template - np.median(shapes.template))[_WHOLE].sum())
    looks: Floats = areas / (usual + 1e-12)
    return looks


def _rise(values: Floats, low: float, high: float) -> Floats:
    """Map values linearly, from 0 at `low` to 1 at `high`."""
    risen: Floats = ((values - low) / (high - low)).clip(0, 1)
    return risen


def _score(before: Floats, after: Floats, likeness: Floats, looks: Floats, clean: Floats) -> dict[str, Floats]:
    early, late = _rise(1 - before, 0.05, 0.25), _rise(before, 1.1, 1.4)
    unlike, alike = _rise(1 - likeness, 0.05, 0.4), _rise(likeness, 0.85, 0.97)
    return {
        "ventricular": early * unlike * clean * _rise(after, 0.7, 1.05),
        "wide": unlike * clean * _rise(looks, 1.1, 2.0),
        "atrial_early": early * alike * clean,
        "pause": late * alike * clean,
    }


def _highest(name: str, score: Floats) -> Values:
    ordered = np.sort(score)
    return {f"{name}_best": float(ordered[-1]), f"{name}_second": float(ordered[-2]), f"{name}_mean": mean(score)}


def _gap_wave(signals: Signals, beats: Beats, shapes: Shapes, local: Floats) -> float:
    """Return the highest wave in long intervals, where the detector may have missed a wide beat."""
    long = np.flatnonzero(beats.intervals > 1.45 * local)
    height = float(np.median(shapes.rows[:, BEFORE]))
    waves = []
    for k in long:
        start, end = beats.places[k], beats.places[k + 1]
        part = signals.clean[start + int(0.45 * local[k] * RATE) : end - round(0.15 * RATE)]
        if len(part) > 1:
            waves.append(ratio(float(part.max() - part.min()), height))
    return max(waves, default=NAN)
