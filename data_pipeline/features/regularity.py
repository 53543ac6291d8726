"""The regularity of the rhythm: entropies, densities of interval differences, runs, and evidence of fibrillation."""

import numpy as np

from data_pipeline.features.feature import named
from data_pipeline.features.kernels import count_matches
from data_pipeline.features.statistics import NAN, Floats, Values, entropy, longest_run, mean, median

FEATURES = (
    *named("Richman & Moorman 2000", "1", "sample_entropy_1 sample_entropy_2"),
    *named("Lake & Moorman 2011", "1", "cosen minimum_cosen"),
    *named("Pincus 1991, pairs only", "1", "approximate_entropy"),
    *named("Shannon 1948", "1", "difference_entropy"),
    *named("Sarkar 2008", "1", "af_evidence af_origin af_irregularity af_anisotropy af_density pac_evidence"),
    *named("Lian 2011", "1", "map_cells"),
    *named("runs of regular intervals", "1", "regular_share_loose longest_regular"),
    *named("Dash 2009", "1", "turning_points"),
    *named("sign changes", "1", "alternation"),
    *named("histogram mode", "1", "mode_share"),
)

_REACH = 200
"""Largest distance in beats of the pairs that entropies compare, which keeps their cost linear."""

_CELL_S, _CELLS = 0.025, 0.6
_LEAST_TURN = 0.05


def measure(intervals: Floats) -> Values:
    """Measure the regularity of intervals in seconds, shape (n,); there are no values with fewer than four."""
    if len(intervals) < 4:
        return {}
    relative = intervals / median(intervals)
    return {
        **_entropies(intervals, relative),
        **_densities(relative),
        **af_evidence(intervals),
        "map_cells": _visited_share(intervals),
        **_runs(relative),
        "mode_share": _mode_share(relative),
    }


def sample_entropy(values: Floats, length: int, tolerance: float) -> float:
    """Return the negative logarithm of the probability that matching templates also match one value further.

    Where no pair does so, half a pair is counted, so that the most irregular recordings get a high number.
    """
    alike, longer = count_matches(values, length, tolerance, _REACH)
    return float(-np.log(max(longer, 0.5) / alike)) if alike else NAN


def _entropies(intervals: Floats, relative: Floats) -> Values:
    one, two = sample_entropy(relative, 1, 0.05), sample_entropy(relative, 2, 0.1)
    # As published, it is normalised by the tolerance and by the mean interval, so that rates can be compared.
    coefficient = sample_entropy(intervals, 1, 0.03) + np.log(2 * 0.03) - np.log(mean(intervals))
    return {
        "sample_entropy_1": one,
        "sample_entropy_2": two,
        "cosen": float(coefficient),
        "minimum_cosen": _smallest_cosen(intervals),
        "approximate_entropy": sample_entropy(relative, 2, 0.2 * max(float(relative.std()), 1e-3)),
    }


def _smallest_cosen(intervals: Floats) -> float:
    """Return the entropy at the smallest tolerance with at least five pairs that match further."""
    for tolerance in (0.02, 0.03, 0.05, 0.08, 0.12, 0.2):
        alike, longer = count_matches(intervals, 1, tolerance, _REACH)
        if longer >= 5:
            return float(-np.log(longer / alike) + np.log(2 * tolerance) - np.log(mean(intervals)))
    return NAN


def _densities(relative: Floats) -> Values:
    differences = np.diff(relative)
    changes = np.diff(np.sign(differences)) != 0
    peaks = (differences[:-1] * differences[1:]) < 0
    return {
        "difference_entropy": entropy(_histogram(differences, -0.6, 0.6, 16)),
        "turning_points": mean(changes),
        "alternation": mean(peaks & (np.abs(differences[1:]) > _LEAST_TURN)),
    }


def _histogram(values: Floats, low: float, high: float, n_bins: int) -> Floats:
    """Count values in equal bins; values outside are counted in the outermost bins."""
    bins = ((values - low) * (n_bins / (high - low))).astype(np.int64).clip(0, n_bins - 1)
    return np.bincount(bins, minlength=n_bins).astype(np.float64)


def _cells(intervals: Floats) -> tuple[Floats, Floats]:
    """Return each pair of successive differences of intervals, in seconds."""
    differences = np.diff(intervals).clip(-_CELLS, _CELLS)
    return differences[:-1], differences[1:]


def af_evidence(intervals: Floats) -> Values:
    """Measure how pairs of successive differences are spread over the plane.

    Fibrillation fills many cells of 25 ms around the origin; single early beats make three dense clusters off it, on
    its axes and its diagonal; a regular rhythm stays at the origin.

    References
    ----------
    Sarkar S, Ritscher D, Mehra R. "A detector for a chronic implantable atrial tachyarrhythmia monitor." IEEE Trans
    Biomed Eng 55(3), 2008. Here the segments are ring sectors of the whole plane, and all counts are shares.
    """
    x, y = _cells(intervals)
    reach = np.maximum(np.abs(x), np.abs(y))
    origin = reach <= 0.02 + 0.5 * _CELL_S
    outside = reach > 1.5 * _CELL_S
    places = np.rint(x / _CELL_S).astype(np.int64) * 1000 + np.rint(y / _CELL_S).astype(np.int64)
    n_points = max(int(outside.sum()), 1)
    n_cells = len(np.unique(places[outside]))
    # Early beats: a shortening then a lengthening, and the lengthening then a return.
    is_early = outside & (
        ((x < -0.06) & (y > 0.06)) | ((x > 0.06) & (np.abs(y) < 0.06)) | ((np.abs(x) < 0.06) & (y < -0.06))
    )
    n = len(x)
    irregularity = n_cells / n
    early, dense = float(is_early.sum()) / n, (n_points - n_cells) / n if outside.any() else 0.0
    balance = abs(float((x + y)[outside].sum())) / n_points
    return {
        "af_evidence": irregularity - float(origin.sum()) / n - 2 * dense,
        "af_origin": float(origin.sum()) / n,
        "af_irregularity": irregularity,
        "af_anisotropy": balance,
        "af_density": dense,
        "pac_evidence": early - (float(outside.sum()) / n - early),
    }


def _visited_share(intervals: Floats) -> float:
    """Return the number of cells of 25 ms that the points (interval, difference) visit, per point."""
    differences = np.diff(intervals)
    places = np.rint(intervals[1:] / _CELL_S).astype(np.int64) * 1000 + np.rint(differences / _CELL_S).astype(np.int64)
    return len(np.unique(places)) / len(places)


def _runs(relative: Floats) -> Values:
    sizes = np.abs(np.diff(relative))
    return {
        "regular_share_loose": mean(sizes < 0.12),
        "longest_regular": longest_run(sizes < 0.08) / len(sizes),
    }


def _mode_share(relative: Floats) -> float:
    """Return the share of the commonest interval, which is high in sinus rhythm and lowest in fibrillation."""
    counts = _histogram(relative, 0.3, 2.3, 40)
    return float(np.convolve(counts, (0.5, 1.0, 0.5), "same").max()) / len(relative)
