"""The best and the worst stretch of a recording, since rhythm and quality may change within it."""

import numpy as np

from data_pipeline.features.beats import Beats
from data_pipeline.features.feature import named
from data_pipeline.features.kernels import count_matches
from data_pipeline.features.shapes import Shapes
from data_pipeline.features.statistics import Floats, Values, median

FEATURES = (
    *named("eight intervals at a time", "1", "stretch_cv_min stretch_cv_median"),
    *named("eight intervals at a time", "1", "stretch_rmssd_min stretch_rmssd_median stretch_rmssd_max"),
    *named("eight intervals at a time", "1", "stretch_mad_min"),
    *named("eight intervals at a time", "1/min", "stretch_rate_min stretch_rate_max"),
    *named("eight beats at a time", "1", "stretch_likeness_min stretch_likeness_max"),
    *named("the cleanest twelve intervals", "1", "clean_cv clean_rmssd clean_range clean_entropy clean_likeness"),
)

_BEATS, _CLEANEST = 8, 12


def measure(beats: Beats, shapes: Shapes) -> Values:
    """Measure stretches of beats; there are no values with fewer than eight intervals."""
    intervals = beats.intervals
    if len(intervals) < _BEATS:
        return {}
    likeness = np.zeros(len(beats.places))
    likeness[shapes.numbers] = shapes.likeness
    if len(shapes):
        # Beats that the recording's ends cut off are treated like their neighbours.
        likeness[: shapes.numbers[0]] = shapes.likeness[0]
        likeness[shapes.numbers[-1] :] = shapes.likeness[-1]
    return {**_stretches(intervals, likeness), **_cleanest(intervals, likeness)}


def _sliding(values: Floats, width: int) -> Floats:
    return np.lib.stride_tricks.sliding_window_view(values, width)


def _stretches(intervals: Floats, likeness: Floats) -> Values:
    windows = _sliding(intervals, _BEATS)
    means = windows.mean(axis=1)
    steps = np.diff(windows, axis=1)
    medians = np.median(windows, axis=1)
    spreads = windows.std(axis=1) / means
    jumps = np.sqrt((steps * steps).mean(axis=1)) / means
    deviations = np.median(np.abs(windows - medians[:, None]), axis=1) / medians
    alike = _sliding(likeness, _BEATS).mean(axis=1)
    return {
        "stretch_cv_min": float(spreads.min()),
        "stretch_cv_median": median(spreads),
        "stretch_rmssd_min": float(jumps.min()),
        "stretch_rmssd_median": median(jumps),
        "stretch_rmssd_max": float(jumps.max()),
        "stretch_mad_min": float(deviations.min()),
        "stretch_rate_min": 60 / float(medians.max()),
        "stretch_rate_max": 60 / float(medians.min()),
        "stretch_likeness_min": float(alike.min()),
        "stretch_likeness_max": float(alike.max()),
    }


def _cleanest(intervals: Floats, likeness: Floats) -> Values:
    """Measure the rhythm where beats are most alike, so that noise elsewhere does not look like arrhythmia."""
    width = min(_CLEANEST, len(intervals))
    alike = _sliding(likeness, width + 1).mean(axis=1)
    start = int(alike.argmax())
    part = intervals[start : start + width]
    middle = float(np.median(part))
    relative = part / middle
    steps = np.diff(relative)
    matches, longer = count_matches(relative, 1, 0.06, width)
    return {
        "clean_cv": float(relative.std()),
        "clean_rmssd": float(np.sqrt((steps * steps).mean())),
        "clean_range": float(relative.max() - relative.min()),
        "clean_entropy": float(-np.log(max(longer, 0.5) / matches)) if matches else float("nan"),
        "clean_likeness": float(alike.max()),
    }
