"""All features in their order, and how they are computed from a recording's counts."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from data_pipeline.features import (
    atrial,
    ectopy,
    events,
    matched,
    quality,
    regularity,
    rr_intervals,
    shapes,
    spectrum,
    waves,
    windows,
)
from data_pipeline.features.beats import NO_BEATS, detect
from data_pipeline.features.feature import Feature
from data_pipeline.features.shapes import Shapes
from data_pipeline.features.signals import Signals
from data_pipeline.features.statistics import NAN, Values
from data_pipeline.resampling import SLOWEST

FEATURES: tuple[Feature, ...] = (
    *quality.FEATURES,
    *rr_intervals.FEATURES,
    *regularity.FEATURES,
    *ectopy.FEATURES,
    *windows.FEATURES,
    *matched.FEATURES,
    *events.FEATURES,
    *shapes.FEATURES,
    *waves.FEATURES,
    *atrial.FEATURES,
    *spectrum.FEATURES,
)
"""The features that `compute_features` returns, in this order."""


def compute_features(counts: NDArray[Any], scale: float, rate: float) -> NDArray[np.float32]:
    """Compute all features of one recording; other recordings do not matter.

    Parameters
    ----------
    counts : ndarray of shape (n,), int16 or float
        Samples of the recording, n >= 1.
    scale : float
        Physical units per count; only features in the unit "unit" depend on it.
    rate : float
        Sampling rate of the recording in Hz.

    Returns
    -------
    ndarray of shape (len(FEATURES),), float32
        The features. They are NaN where the recording lacks what is measured, beats for example, and never infinite.
    """
    with np.errstate(all="ignore"):  # infinite values and NaN are handled below
        values = measure(counts, rate)
        # The scale is applied last, so that its rounding cannot decide which of two equal peaks is the beat.
        factors = [scale if feature.unit == "unit" else 1.0 for feature in FEATURES]
        vector = (np.array([values.get(feature.name, NAN) for feature in FEATURES]) * factors).astype(np.float32)
    vector[~np.isfinite(vector)] = np.nan
    return vector


def measure(counts: NDArray[Any], rate: float) -> Values:
    """Compute the features that a recording has, by name and in counts; see `compute_features`.

    Below `SLOWEST` no beats can be seen, and a recording has the features that need none.
    """
    signals = Signals.of(counts, rate)
    beats = detect(signals) if rate >= SLOWEST else NO_BEATS
    beat_shapes = Shapes.of(signals, beats)
    return {
        **quality.measure(signals, beats, beat_shapes, len(counts) / rate),
        **rr_intervals.measure(beats.times),
        **regularity.measure(beats.intervals),
        **ectopy.measure(beats.intervals),
        **windows.measure(beats, beat_shapes),
        **matched.measure(signals, beats, beat_shapes),
        **events.measure(signals, beats, beat_shapes),
        **shapes.measure(beat_shapes, beats),
        **waves.measure(beat_shapes, beats),
        **atrial.measure(signals, beats, beat_shapes),
        **spectrum.measure(signals),
    }
