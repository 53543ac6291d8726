"""The waves P, QRS, ST and T of the averaged beat, and how well each beat repeats them."""

import numpy as np

from data_pipeline.features.beats import Beats
from data_pipeline.features.feature import Feature, named
from data_pipeline.features.shapes import AFTER, BEFORE, Shapes, likeness_to
from data_pipeline.features.signals import RATE, moving_mean
from data_pipeline.features.statistics import Floats, Values, deviation, mean, median, quantiles, ratio

USUAL_INTERVAL = 0.8
"""Seconds from beat to beat that are assumed where there is one beat only."""

_COURSE = (*range(-280, -100, 40), *range(-100, 101, 20), 160, 240, 360)
"""Times, in milliseconds from the R peak, at which the value of the averaged beat is a feature."""

FEATURES = (
    *named("averaged beat", "unit", "r_height"),
    *named("averaged beat", "1", "polarity q_depth s_depth qrs_area qrs_asymmetry"),
    *named("averaged beat", "s", "qrs_width"),
    *named("averaged beat: P wave", "1", "p_height p_area p_swing"),
    *named("averaged beat: P wave", "s", "p_place p_length"),
    *named("P wave beat by beat", "1", "p_repeats p_likeness p_likeness_q25 p_present p_noise p_wander"),
    *named("averaged beat: ST and T", "1", "st_level st_slope t_height t_swing t_sharpness"),
    *named("averaged beat: ST and T", "s", "t_place t_place_corrected t_end"),
    *named("T wave beat by beat", "1", "t_repeats t_likeness t_noise"),
    *named("isoelectric part beat by beat", "1", "before_noise after_noise"),
    *(Feature(f"course_{place:+d}ms", "1", "averaged beat over its R wave") for place in _COURSE),
)


def measure(shapes: Shapes, beats: Beats) -> Values:
    """Measure the waves relative to the height of the R wave; there are no values without a whole beat."""
    if not len(shapes):
        return {}
    template = moving_mean(shapes.template, 5)
    base = float(np.median(template[BEFORE - round(0.09 * RATE) : BEFORE - round(0.05 * RATE)]))
    height = float(shapes.template[BEFORE] - base)
    if height <= 1e-9:
        return {}
    interval = median(beats.intervals) if len(beats.places) > 1 else USUAL_INTERVAL
    curve = (shapes.template - base) / height
    smooth = (template - base) / height
    values = {"r_height": height, "polarity": beats.polarity}
    values |= _qrs(curve) | _p_wave(smooth, interval) | _t_wave(smooth, interval)
    values |= {f"course_{ms:+d}ms": float(smooth[_at(ms / 1000)]) for ms in _COURSE}
    if len(shapes) > 2:
        values |= _repetition(shapes, height, interval)
    return values


def _at(seconds: float) -> int:
    return min(max(BEFORE + round(seconds * RATE), 0), BEFORE + AFTER - 1)


def p_window(interval: float) -> slice:
    """Return the samples where the P wave is sought, after the T wave of the beat before."""
    return slice(_at(max(-0.29, 0.36 - interval) if interval > 0.46 else -0.12), _at(-0.055))


def t_window(interval: float) -> slice:
    """Return the samples where the T wave is sought, before the P wave of the next beat."""
    return slice(_at(0.12), _at(min(0.47, max(interval - 0.25, 0.2))))


def _qrs(curve: Floats) -> Values:
    around = curve[_at(-0.12) : _at(0.14)]
    peak = BEFORE - _at(-0.12)
    slope = np.diff(around)
    active = np.flatnonzero(np.abs(slope) > 0.1 * np.abs(slope).max())
    onset, offset = int(active[0]), int(active[-1]) + 1
    return {
        # Where all slopes lie on one side of the peak, the depth on the other side is that of the peak itself.
        "q_depth": -float(around[min(max(onset - 3, 0), peak) : peak + 1].min()),
        "s_depth": -float(around[peak : max(offset + 12, peak + 1)].min()),
        "qrs_area": float(np.abs(around[onset : offset + 1]).sum()) / RATE,
        "qrs_asymmetry": ratio(float(slope.max()), -float(slope.min())),
        "qrs_width": (offset - onset) / RATE,
    }


def _level(part: Floats) -> Floats:
    """Subtract the line through both ends."""
    return part - np.linspace(part[0], part[-1], len(part))


def _p_wave(curve: Floats, interval: float) -> Values:
    window = p_window(interval)
    part = _level(curve[window])
    top = int(np.abs(part).argmax())
    above = np.abs(part) > 0.5 * abs(part[top])
    middle = curve[window]
    return {
        "p_height": float(part[top]),
        "p_area": float(part.sum()) / RATE,
        "p_swing": float(middle.max() - middle.min()),
        "p_place": (BEFORE - window.start - top) / RATE,
        "p_length": float(above.sum()) / RATE,
    }


def _t_wave(curve: Floats, interval: float) -> Values:
    window = t_window(interval)
    part = curve[window]
    top = int(np.abs(part - np.median(part)).argmax())
    place = (window.start + top - BEFORE) / RATE
    level = float(curve[_at(0.08)])
    falling = np.flatnonzero(np.abs(part[top:] - part[-1]) < 0.2 * abs(part[top] - part[-1]) + 1e-9)
    return {
        "st_level": level,
        "st_slope": float(curve[_at(0.12)]) - level,
        "t_height": float(part[top]),
        "t_swing": float(part.max() - part.min()),
        "t_sharpness": ratio(float(np.abs(np.diff(part)).max()), float(part.max() - part.min())),
        "t_place": place,
        "t_place_corrected": place / np.sqrt(max(interval, 0.2)),
        "t_end": place + (float(falling[0]) / RATE if len(falling) else 0.0),
    }


def _repetition(shapes: Shapes, height: float, interval: float) -> Values:
    """Compare each beat's waves with the averaged ones: true P waves repeat, fibrillatory waves do not."""
    p_part, t_part = p_window(interval), t_window(interval)
    good = shapes.likeness >= min(0.8, float(np.median(shapes.likeness)))
    rows = shapes.rows[good]
    p_likeness = likeness_to(rows[:, p_part], shapes.template[p_part])
    low, half = quantiles(p_likeness, (0.25, 0.5))
    tops = rows[:, p_part].argmax(axis=1) / RATE
    return {
        "p_repeats": _repeats(rows[:, p_part]),
        "p_likeness": half,
        "p_likeness_q25": low,
        "p_present": mean(p_likeness > 0.7),
        "p_noise": _spread(rows[:, p_part]) / height,
        "p_wander": deviation(tops),
        "t_repeats": _repeats(rows[:, t_part]),
        "t_likeness": median(likeness_to(rows[:, t_part], shapes.template[t_part])),
        "t_noise": _spread(rows[:, t_part]) / height,
        "before_noise": _spread(rows[:, : _at(-0.2)]) / height,
        "after_noise": _spread(rows[:, _at(0.4) :]) / height,
    }


def _repeats(parts: Floats) -> float:
    """Return the variance of the mean curve over the mean variance: 1 for equal curves, 1 / n for random ones."""
    centred = parts - parts.mean(axis=1, keepdims=True)
    together, alone = float(centred.mean(axis=0).var()), float((centred * centred).mean())
    return ratio(together, alone)


def _spread(parts: Floats) -> float:
    """Return the root mean square of the curves minus their mean curve."""
    centred = parts - parts.mean(axis=1, keepdims=True)
    rest = centred - centred.mean(axis=0)
    return float(np.sqrt((rest * rest).mean()))
