"""Atrial activity between the beats, in the recording without its QRS complexes and T waves."""

import numpy as np

from data_pipeline.features.beats import Beats
from data_pipeline.features.feature import named
from data_pipeline.features.shapes import AFTER, BEFORE, Shapes
from data_pipeline.features.signals import RATE, Signals
from data_pipeline.features.spectrum import power
from data_pipeline.features.statistics import Flags, Floats, Places, Values, dot, entropy, ratio, root_mean_square

FEATURES = (
    *named("averaged beat subtracted, Slocum 1992", "1", "rest_power rest_4_9 rest_9_15 rest_15_30"),
    *named("averaged beat subtracted, Slocum 1992", "1", "rest_entropy rest_concentration"),
    *named("averaged beat subtracted, Slocum 1992", "Hz", "rest_peak"),
    *named("between T wave and next beat", "1", "quiet_rms quiet_q90 quiet_crossings quiet_share"),
    *named("between T wave and next beat", "1", "quiet_4_9 quiet_peak_power"),
    *named("between T wave and next beat", "unit", "quiet_level"),
)


def measure(signals: Signals, beats: Beats, shapes: Shapes) -> Values:
    """Measure the atrial activity; there are no values with fewer than three whole beats."""
    if len(shapes) < 3:
        return {}
    upright = beats.polarity * signals.clean
    owner, place = _own(beats, len(upright))
    rest = _subtract(upright, shapes, beats, owner, place)
    height = float(np.median(shapes.rows[:, BEFORE]))
    return {**_rest(rest, upright), **_quiet(upright, _is_quiet(beats, owner, place), height)}


def _own(beats: Beats, n: int) -> tuple[Places, Places]:
    """Return each sample's beat, and its place in that beat, which begins 0.3 s before the R peak."""
    starts = beats.places - BEFORE
    owner = np.zeros(n, np.int64)
    inner = starts[(starts > 0) & (starts < n)]
    np.add.at(owner, inner, 1)
    owner = np.cumsum(owner) - 1 + int((starts <= 0).sum())
    place = np.arange(n) - starts[owner.clip(0)]
    return owner, np.where(owner < 0, -1, place)


def _subtract(upright: Floats, shapes: Shapes, beats: Beats, owner: Places, place: Places) -> Floats:
    """Subtract the averaged beat from each beat, scaled to fit it best."""
    template = shapes.template - shapes.template[:10].mean()
    sizes = np.zeros(len(beats.places))
    sizes[shapes.numbers] = (np.einsum("ij,j->i", shapes.rows, template) / (dot(template, template) + 1e-12)).clip(0, 2)
    covered = (place >= 0) & (place < BEFORE + AFTER)
    rest = upright.copy()
    rest[covered] -= template[place[covered]] * sizes[owner[covered]]
    return rest


def _rest(rest: Floats, upright: Floats) -> Values:
    frequencies, windows = power(rest)
    powers = np.sort(windows, axis=0)[len(windows) // 2]
    whole = float(powers[(frequencies >= 3) & (frequencies <= 30)].sum())
    bands = {"rest_4_9": (4, 9), "rest_9_15": (9, 15), "rest_15_30": (15, 30)}
    values = {name: ratio(_between(frequencies, powers, *edges), whole) for name, edges in bands.items()}
    atrial = (frequencies >= 3) & (frequencies <= 12)
    peak = int(np.flatnonzero(atrial)[powers[atrial].argmax()])
    near = np.abs(frequencies - frequencies[peak]) <= 0.5
    return values | {
        "rest_power": ratio(root_mean_square(rest), root_mean_square(upright)),
        "rest_entropy": entropy(powers[atrial]),
        "rest_concentration": ratio(float(powers[near].sum()), float(powers[atrial].sum())),
        "rest_peak": float(frequencies[peak]),
    }


def _between(frequencies: Floats, powers: Floats, low: float, high: float) -> float:
    return float(powers[(frequencies >= low) & (frequencies < high)].sum())


def _is_quiet(beats: Beats, owner: Places, place: Places) -> Flags:
    """Find the samples without QRS complex and T wave.

    They go from 0.4 s after a beat, or earlier at high rates, to 0.07 s before the next.
    """
    intervals = np.diff(beats.places, append=beats.places[-1] + 2 * RATE)
    after = BEFORE + np.minimum(0.4 * RATE, 0.55 * intervals)
    flags = np.zeros(len(owner), np.bool_)
    known = owner >= 0
    number = owner[known]
    tail = place[known] >= after[number]
    # The samples of the next beat begin 0.3 s before its R peak.
    head = (place[known] < BEFORE - 0.07 * RATE) & (number > 0)
    early = place[known] + intervals[number - 1] >= after[number - 1]
    flags[known] = (tail & (place[known] < intervals[number] + BEFORE)) | (head & early)
    return flags


def _quiet(upright: Floats, quiet: Flags, height: float) -> Values:
    values = {"quiet_share": float(quiet.mean())}
    if quiet.sum() < RATE or not height > 0:
        return values
    # The stretches are joined, each without its mean; the joints add a little power at all frequencies.
    starts = np.flatnonzero(np.diff(quiet.astype(np.int8), prepend=0) == 1)
    number = np.cumsum(np.isin(np.flatnonzero(quiet), starts)) - 1
    part = upright[quiet]
    part = part - (np.bincount(number, part) / np.bincount(number))[number]
    frequencies, windows = power(part, 2.0)
    powers = windows.mean(axis=0)
    atrial = (frequencies >= 3) & (frequencies <= 12)
    whole = _between(frequencies, powers, 2, 30)
    ordered = np.sort(np.abs(part))
    return values | {
        "quiet_rms": root_mean_square(part) / height,
        "quiet_level": root_mean_square(part),
        "quiet_q90": float(ordered[int(0.9 * len(ordered))]) / height,
        "quiet_crossings": float((part[1:] * part[:-1] < 0).mean()) * RATE,
        "quiet_4_9": ratio(_between(frequencies, powers, 4, 9), whole),
        "quiet_peak_power": ratio(float(powers[atrial].max()), whole),
    }
