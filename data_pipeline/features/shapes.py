"""The shapes of beats: their average, how much they resemble it, and the groups that they form."""

from dataclasses import dataclass

import numpy as np

from data_pipeline.features.beats import Beats
from data_pipeline.features.feature import named
from data_pipeline.features.kernels import group_shapes
from data_pipeline.features.signals import RATE, Signals
from data_pipeline.features.statistics import Floats, Places, Values, deviation, mean, median, quantiles, ratio

FEATURES = (
    *named("Orphanidou 2015", "1", "qrs_likeness qrs_likeness_q10 qrs_likeness_q25"),
    *named("Orphanidou 2015", "1", "beat_likeness beat_likeness_q10 beat_likeness_q25 odd_share strange_share"),
    *named("groups of beat shapes", "1", "n_shapes second_shape_share rare_shape_share"),
    *named(
        "groups of beat shapes", "1", "second_shape_early second_shape_width second_shape_height second_shape_unlike"
    ),
    *named("beat by beat", "1", "height_cv height_range width_cv width_range wide_share slope_cv"),
    *named("early beats against the others", "1", "early_width early_likeness early_height"),
    *named("beat by beat", "s", "width_median width_q90"),
    *named("neighbouring beats", "1", "neighbour_likeness neighbour_likeness_q10"),
)

BEFORE, AFTER = round(0.3 * RATE), round(0.5 * RATE)
_QRS = slice(BEFORE - round(0.1 * RATE), BEFORE + round(0.12 * RATE))
_BEAT = slice(BEFORE - round(0.22 * RATE), BEFORE + round(0.4 * RATE))
_EDGE = 0.15
_ALIKE, _GROUPS = 0.85, 10


@dataclass(frozen=True, eq=False)
class Shapes:
    """All beats with 0.3 s before and 0.5 s after their R peak inside the recording, turned upright.

    Attributes
    ----------
    rows : ndarray of shape (n, 240), float64
        Samples of each beat, in counts.
    numbers : ndarray of shape (n,), int64
        Number of each beat among all beats of the recording.
    template : ndarray of shape (240,), float64
        Averaged beat: the mean of those beats, one half, that resemble the median most.
    likeness : ndarray of shape (n,), float64
        Correlation of each beat's QRS complex with the template's.
    """

    rows: Floats
    numbers: Places
    template: Floats
    likeness: Floats

    @classmethod
    def of(cls, signals: Signals, beats: Beats) -> "Shapes":
        """Cut the beats out of a recording, and average them."""
        upright = beats.polarity * signals.clean
        whole = (beats.places >= BEFORE) & (beats.places + AFTER <= len(upright))
        numbers = np.flatnonzero(whole)
        if not len(numbers):
            nothing = np.zeros(0)
            return cls(np.zeros((0, BEFORE + AFTER)), numbers, nothing, nothing)
        starts = beats.places[numbers] - BEFORE
        rows = np.lib.stride_tricks.sliding_window_view(upright, BEFORE + AFTER)[starts]
        middle = np.sort(rows, axis=0)[len(rows) // 2]
        first = likeness_to(rows[:, _QRS], middle[_QRS])
        template = rows[first >= np.median(first)].mean(axis=0)
        return cls(rows, numbers, template, likeness_to(rows[:, _QRS], template[_QRS]))

    def __len__(self) -> int:
        return len(self.rows)


def measure(shapes: Shapes, beats: Beats) -> Values:
    """Measure how the beats of a recording differ; there are no values with fewer than three."""
    if len(shapes) < 3:
        return {}
    early = _early(shapes, beats)
    widths, heights, slopes = qrs_sizes(shapes.rows)
    return {
        **_alike(shapes),
        **_sizes_vary(widths, heights, slopes),
        **_grouped(shapes, early, widths, heights),
        **_early_beats(early, widths, heights, shapes.likeness),
    }


def _unit(rows: Floats) -> Floats:
    centred = rows - rows.mean(axis=-1, keepdims=True)
    unit: Floats = centred / (np.sqrt((centred * centred).sum(axis=-1, keepdims=True)) + 1e-12)
    return unit


def likeness_to(rows: Floats, pattern: Floats) -> Floats:
    """Return the correlation (n,) of each row of (n, T) with a pattern (T,); 0 for a constant row."""
    likeness: Floats = np.einsum("ij,j->i", _unit(rows), _unit(pattern))
    return likeness


def neighbour_likeness(rows: Floats) -> Floats:
    """Return the correlation (n - 1,) of each beat of (n, 240), but for the first, with the one before."""
    alike = _unit(rows[:, _BEAT])
    likeness: Floats = (alike[1:] * alike[:-1]).sum(axis=1)
    return likeness


def _early(shapes: Shapes, beats: Beats) -> Floats:
    """Return the interval before each beat, divided by the median interval; NaN for the recording's first beat."""
    intervals = np.concatenate(([np.nan], beats.intervals))
    return (intervals / median(beats.intervals))[shapes.numbers]


def qrs_sizes(rows: Floats) -> tuple[Floats, Floats, Floats]:
    """Return width in seconds, height and steepest slope of each beat's QRS complex."""
    inner = rows[:, BEFORE - round(0.12 * RATE) : BEFORE + round(0.14 * RATE)]
    slopes = np.abs(inner[:, 2:] - inner[:, :-2])
    steepest = slopes.max(axis=1)
    active = slopes > _EDGE * steepest[:, None]
    first, last = active.argmax(axis=1), active.shape[1] - active[:, ::-1].argmax(axis=1)
    return (last - first) / RATE, inner.max(axis=1) - inner.min(axis=1), steepest


def _alike(shapes: Shapes) -> Values:
    whole = likeness_to(shapes.rows[:, _BEAT], shapes.template[_BEAT])
    low, quarter, half = quantiles(shapes.likeness, (0.1, 0.25, 0.5))
    whole_low, whole_quarter, whole_half = quantiles(whole, (0.1, 0.25, 0.5))
    neighbours = neighbour_likeness(shapes.rows)
    return {
        "qrs_likeness": half,
        "qrs_likeness_q10": low,
        "qrs_likeness_q25": quarter,
        "beat_likeness": whole_half,
        "beat_likeness_q10": whole_low,
        "beat_likeness_q25": whole_quarter,
        "odd_share": mean(shapes.likeness < 0.9),
        "strange_share": mean(shapes.likeness < 0.6),
        "neighbour_likeness": mean(neighbours),
        "neighbour_likeness_q10": quantiles(neighbours, (0.1,))[0],
    }


def _sizes_vary(widths: Floats, heights: Floats, slopes: Floats) -> Values:
    low, usual, high = quantiles(heights, (0.1, 0.5, 0.9))
    width_low, width, width_high = quantiles(widths, (0.1, 0.5, 0.9))
    return {
        "height_cv": ratio(deviation(heights), mean(heights)),
        "height_range": ratio(high - low, usual),
        "slope_cv": ratio(deviation(slopes), mean(slopes)),
        "width_cv": ratio(deviation(widths), mean(widths)),
        "width_range": ratio(width_high - width_low, width),
        "width_median": width,
        "width_q90": width_high,
        "wide_share": mean(widths > 1.35 * width),
    }


def _grouped(shapes: Shapes, early: Floats, widths: Floats, heights: Floats) -> Values:
    """Compare the two commonest shapes.

    A second shape that is wide and early is ventricular; many shapes of one beat each are noise.
    """
    groups, _ = group_shapes(_unit(shapes.rows[:, _QRS]), _ALIKE, _GROUPS)
    sizes = np.bincount(groups)
    order = np.argsort(-sizes, kind="stable")
    first = groups == order[0]
    values = {
        "n_shapes": float(len(sizes)),
        "second_shape_share": 0.0,
        "rare_shape_share": float(sizes[sizes == 1].sum() / len(groups)),
    }
    if len(order) < 2:
        return values
    second = groups == order[1]
    means = shapes.rows[first].mean(axis=0), shapes.rows[second].mean(axis=0)
    return values | {
        "second_shape_share": float(sizes[order[1]] / len(groups)),
        "second_shape_early": median(early[second & np.isfinite(early)]),
        "second_shape_width": ratio(median(widths[second]), median(widths[first])),
        "second_shape_height": ratio(median(heights[second]), median(heights[first])),
        "second_shape_unlike": float(likeness_to(means[1][None, _QRS], means[0][_QRS])[0]),
    }


def _early_beats(early: Floats, widths: Floats, heights: Floats, likeness: Floats) -> Values:
    is_early = early < 0.86
    if not is_early.any() or is_early.all():
        return {}
    return {
        "early_width": ratio(mean(widths[is_early]), mean(widths[~is_early])),
        "early_height": ratio(mean(heights[is_early]), mean(heights[~is_early])),
        "early_likeness": mean(likeness[is_early]),
    }
