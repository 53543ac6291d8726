"""The rhythm of a second, stricter detector: only what looks like the averaged beat is a beat, and movement is not."""

import numpy as np

from data_pipeline.features.beats import Beats
from data_pipeline.features.feature import named
from data_pipeline.features.kernels import pick_peaks
from data_pipeline.features.regularity import sample_entropy
from data_pipeline.features.shapes import BEFORE, Shapes
from data_pipeline.features.signals import RATE, Signals
from data_pipeline.features.statistics import Floats, Places, Values, mean, median, quantiles, ratio

FEATURES = (
    *named("matched filter", "1", "matched_likeness matched_covered matched_steady_covered"),
    *named("matched filter", "1", "matched_cv matched_rmssd matched_mad matched_q90 matched_max matched_entropy"),
    *named("matched filter", "1", "matched_regular matched_earliest matched_early matched_early_deep"),
    *named("matched filter", "1", "matched_pause matched_smoothness matched_trend_free"),
    *named("matched filter", "1", "matched_stretch_min matched_stretch_median matched_stretch_max"),
    *named("matched filter", "1/min", "matched_rate"),
)

_QRS = slice(BEFORE - round(0.08 * RATE), BEFORE + round(0.1 * RATE))
_STRETCH = 10
_LEAST, _LEAST_SIZE, _MOST_SIZE = 0.8, 0.4, 2.5


def measure(signals: Signals, beats: Beats, shapes: Shapes) -> Values:
    """Measure the intervals between beats that look alike; there are no values with fewer than five."""
    if len(shapes) < 3:
        return {}
    places, likeness = find(beats.polarity * signals.clean, shapes.template[_QRS])
    if len(places) < 5:
        return {}
    intervals = np.diff(places) / RATE
    usual = median(intervals)
    relative = intervals / usual
    joined = (relative[:-1] < 1.7) & (relative[1:] < 1.7)
    steady = np.abs(relative - 1) < 0.1
    duration = len(signals.clean) / RATE
    return {
        "matched_likeness": mean(likeness),
        "matched_covered": float(intervals[relative < 1.7].sum()) / duration,
        "matched_steady_covered": float(intervals[steady].sum()) / duration,
        "matched_rate": 60 / usual,
        **_rhythm(relative[relative < 1.7], np.diff(relative)[joined]),
        **_events(relative, likeness),
        **_stretches(relative),
    }


def find(upright: Floats, pattern: Floats) -> tuple[Places, Floats]:
    """Find where the signal resembles a pattern, and has a similar size.

    Returns
    -------
    places : ndarray of shape (n,), int64
        First sample of each place.
    likeness : ndarray of shape (n,), float64
        Correlation with the pattern at each place, above 0.8.
    """
    width = len(pattern)
    centred = pattern - pattern.mean()
    size = float(np.sqrt((centred * centred).sum()))
    if len(upright) < width or not size > 0:
        return np.zeros(0, np.int64), np.zeros(0)
    products = np.correlate(upright, centred / size, "valid")
    sums, squares = (np.cumsum(np.concatenate(([0.0], values))) for values in (upright, upright * upright))
    sums, squares = sums[width:] - sums[:-width], squares[width:] - squares[:-width]
    norms = np.sqrt((squares - sums * sums / width).clip(1e-3 * size * size))
    likeness = products / norms
    fits = (products > _LEAST_SIZE * size) & (norms < _MOST_SIZE * size)
    places = pick_peaks(np.where(fits, likeness, 0.0), round(0.22 * RATE))
    good = places[likeness[places] > _LEAST]
    return good, likeness[good]


def _rhythm(relative: Floats, differences: Floats) -> Values:
    if len(differences) < 3:
        return {}
    sizes = np.abs(differences)
    half, most = quantiles(sizes, (0.5, 0.9))
    rmssd = float(np.sqrt((differences * differences).mean()))
    return {
        "matched_cv": float(relative.std()),
        "matched_rmssd": rmssd,
        "matched_mad": half,
        "matched_q90": most,
        "matched_max": float(sizes.max()),
        "matched_entropy": sample_entropy(relative, 1, 0.06),
        "matched_regular": mean(sizes < 0.06),
        "matched_smoothness": ratio(rmssd, float(relative.std())),
    }


def _stretches(relative: Floats) -> Values:
    """Measure the most and the least regular ten intervals, since fibrillation may come and go."""
    joined = relative[relative < 1.7]
    if len(joined) <= _STRETCH:
        return {}
    windows = np.lib.stride_tricks.sliding_window_view(np.abs(np.diff(joined)), _STRETCH)
    typical = np.sort(windows, axis=1)[:, _STRETCH // 2]
    return {
        "matched_stretch_min": float(typical.min()),
        "matched_stretch_median": median(typical),
        "matched_stretch_max": float(typical.max()),
    }


def _events(relative: Floats, likeness: Floats) -> Values:
    """Find single early or late beats by the intervals next to them."""
    before, at, after = relative[:-2], relative[1:-1], relative[2:]
    joined = (before < 1.7) & (before > 0.6)
    depth = (before - at)[joined]
    pause = np.minimum(at - before, at - after)[(at < 1.9) & (likeness[1:-2] > 0.9) & (likeness[2:-1] > 0.9)]
    return {
        "matched_earliest": float(depth.max()) if len(depth) else float("nan"),
        "matched_early": mean(depth > 0.12),
        "matched_early_deep": mean(depth > 0.25),
        "matched_pause": float(pause.max()) if len(pause) else float("nan"),
        "matched_trend_free": median(np.abs(before - 2 * at + after)),
    }
