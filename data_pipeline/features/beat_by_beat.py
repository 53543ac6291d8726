"""A recording as the sequence of its beats: what is measured of each, in columns of usual size for a network."""

from dataclasses import dataclass, replace

import numpy as np

from data_pipeline.arrays import FloatArray
from data_pipeline.features.beats import Beats, agreement, detect, found_by_both
from data_pipeline.features.ectopy import local_median
from data_pipeline.features.shapes import AFTER, BEFORE, Shapes, likeness_to, neighbour_likeness, qrs_sizes
from data_pipeline.features.signals import RATE, Signals
from data_pipeline.features.statistics import Floats, Values, mean, median, quantile, quantiles, ratio, root_mean_square
from data_pipeline.features.waves import USUAL_INTERVAL, p_window, t_window

LIMIT = 5.0
"""Largest value of a column, either way."""

_COURSE = (-200, -160, 60, 100, 200, 280)
_BASE = slice(BEFORE - round(0.09 * RATE), BEFORE - round(0.05 * RATE))


@dataclass(frozen=True)
class Column:
    """One value of each beat.

    Attributes
    ----------
    name : str
        What is measured.
    usual, spread : float
        Middle and half width of the middle half of its values in ordinary recordings: a value becomes the number of
        spreads by which it differs from the usual one.
    """

    name: str
    usual: float
    spread: float


COLUMNS = (
    Column("kind", 0.0, 1.0),
    # Logarithms of seconds, then of ratios.
    Column("rr_before", -0.23, 0.25),
    Column("rr_after", -0.23, 0.25),
    Column("rr_before_to_local", 0.0, 0.1),
    Column("rr_after_to_local", 0.0, 0.1),
    Column("rr_after_to_before", 0.0, 0.1),
    Column("height", 0.0, 0.2),
    Column("width", 0.075, 0.03),
    Column("qrs_unlike", -3.5, 0.6),
    Column("neighbour_unlike", -2.6, 0.7),
    Column("rest", -2.9, 0.8),
    Column("agreed", 1.0, 0.5),
    Column("p_likeness", 0.75, 0.4),
    Column("p_height", 0.07, 0.1),
    Column("p_swing", -2.0, 0.5),
    Column("t_unlike", -2.8, 0.8),
    Column("t_height", 0.2, 0.2),
    *(Column(f"course_{place:+d}ms", 0.0, 0.15) for place in _COURSE),
    # The same for all beats of a recording, and all that there is without beats.
    Column("agreement", 0.97, 0.05),
    Column("wander", -1.05, 0.35),
    Column("steepness", -0.6, 0.3),
    Column("peaks", 3.1, 0.5),
    Column("silent", 0.0, 0.2),
)
"""The columns of `beat_rows`, in this order."""


def beat_rows(signal: FloatArray, rate: float) -> FloatArray:
    """Measure the beats of one recording.

    Parameters
    ----------
    signal : ndarray of shape (n,)
        The recording, n >= 1; neither its gain nor its offset matters.
    rate : float
        Its sampling rate in Hz.

    Returns
    -------
    ndarray of shape (max(1, n_beats), len(COLUMNS)), float32
        One row for each beat, in order. Column "kind" is 1. A recording without beats has one row, in which it is -1
        and columns of beats are 0. All values are finite and within ±`LIMIT`; what cannot be measured is 0.
    """
    with np.errstate(all="ignore"):  # infinite values and NaN are handled below
        signals = Signals.of(signal, rate)
        beats = detect(signals)
        n_beats = len(beats.places)
        values: dict[str, Floats | float] = {"kind": 1.0 if n_beats else -1.0, **_recording(signals, beats)}
        if n_beats:
            values |= _intervals(beats) | _shapes(signals, beats)
        rows = np.zeros((max(1, n_beats), len(COLUMNS)), np.float32)
        for i, column in enumerate(COLUMNS):
            rows[:, i] = (values.get(column.name, column.usual) - column.usual) / column.spread
    rows = np.clip(rows, -LIMIT, LIMIT)
    rows[np.isnan(rows)] = 0.0
    return rows


def _recording(signals: Signals, beats: Beats) -> Values:
    """Measure the recording's quality, for which no beat is needed."""
    both, either = agreement(beats.places, beats.others)
    usual, highest = quantiles(np.abs(signals.steep), (0.5, 0.99))
    level = root_mean_square(signals.clean)
    return {
        "agreement": ratio(both, either),
        "wander": float(np.log(ratio(root_mean_square(signals.raw - signals.clean), level))),
        "steepness": float(np.log(ratio(root_mean_square(signals.steep), level))),
        "peaks": float(np.log(ratio(highest, usual))),
        "silent": _silent(signals.clean),
    }


def _silent(signal: Floats) -> float:
    """Return the share of half seconds that are nearly flat beside the others."""
    n = len(signal) // (RATE // 2)
    swings = np.ptp(signal[: n * (RATE // 2)].reshape(n, RATE // 2), axis=1)
    return mean(swings < 0.1 * quantile(swings, 0.75))


def _intervals(beats: Beats) -> dict[str, Floats]:
    """Measure the intervals before and after each beat; at the ends, the neighbouring local median stands for one."""
    if len(beats.places) < 2:
        return {}
    intervals = beats.intervals
    local = local_median(intervals)
    before, after = np.concatenate((local[:1], intervals)), np.concatenate((intervals, local[-1:]))
    before_local, after_local = np.concatenate((local[:1], local)), np.concatenate((local, local[-1:]))
    return {
        "rr_before": np.log(before),
        "rr_after": np.log(after),
        "rr_before_to_local": np.log(before / before_local),
        "rr_after_to_local": np.log(after / after_local),
        "rr_after_to_before": np.log(after / before),
    }


def _shapes(signals: Signals, beats: Beats) -> dict[str, Floats]:
    """Measure the waves of each beat, beside its own height and beside the averaged beat."""
    # Beats that the recording's ends cut off are continued, so that every beat has a shape.
    longer = replace(signals, clean=np.pad(signals.clean, (BEFORE, AFTER), mode="edge"))
    shapes = Shapes.of(longer, replace(beats, places=beats.places + BEFORE))
    widths, heights, _ = qrs_sizes(shapes.rows)
    curves, (template,) = _curves(shapes.rows), _curves(shapes.template[None])
    interval = median(beats.intervals) if len(beats.places) > 1 else USUAL_INTERVAL
    p_part, t_part = p_window(interval), t_window(interval)
    return {
        "height": np.log(heights / np.median(heights)),
        "width": widths,
        "qrs_unlike": _unlike(shapes.likeness),
        "neighbour_unlike": np.concatenate(([np.nan], _unlike(neighbour_likeness(shapes.rows)))),
        "rest": np.log(np.sqrt(((curves - template) ** 2).mean(axis=1))),
        "agreed": found_by_both(beats.places, beats.others).astype(np.float64),
        "p_likeness": likeness_to(curves[:, p_part], template[p_part]),
        "p_height": _height(curves[:, p_part]),
        "p_swing": np.log(np.ptp(curves[:, p_part], axis=1)),
        "t_unlike": _unlike(likeness_to(curves[:, t_part], template[t_part])),
        "t_height": _height(curves[:, t_part]),
        **{f"course_{place:+d}ms": _around(curves, place) for place in _COURSE},
    }


def _curves(rows: Floats) -> Floats:
    """Return beats (n, 240) above the line before their QRS complex, relative to its height."""
    _, heights, _ = qrs_sizes(rows)
    curves: Floats = (rows - np.median(rows[:, _BASE], axis=1, keepdims=True)) / heights[:, None]
    return curves


def _unlike(likeness: Floats) -> Floats:
    """Return a logarithm that tells beats of a correlation of 0.98 and 0.99 apart."""
    unlike: Floats = np.log(1.02 - likeness)
    return unlike


def _height(parts: Floats) -> Floats:
    """Return the value of each row of (n, T) that is farthest from the line through the row's ends."""
    line = np.linspace(parts[:, 0], parts[:, -1], parts.shape[1], axis=1)
    above = parts - line
    farthest: Floats = np.take_along_axis(above, np.abs(above).argmax(axis=1)[:, None], axis=1)[:, 0]
    return farthest


def _around(curves: Floats, place: int) -> Floats:
    """Average each curve over 17 ms around a place in milliseconds from the R peak."""
    middle = BEFORE + round(place / 1000 * RATE)
    values: Floats = curves[:, middle - 2 : middle + 3].mean(axis=1)
    return values
