"""Compiled loops for which numpy has no function; each is linear in the length of a recording."""

import numpy as np

from data_pipeline.compilation import compiled
from data_pipeline.features.statistics import Floats, Places


@compiled
def pick_peaks(envelope: Floats, gap: int) -> Places:
    """Find the local maxima; of those closer than `gap` samples to the last one, the highest is kept.

    Parameters
    ----------
    envelope : ndarray of shape (T,), float64
        Detection envelope, not negative.
    gap : int
        Least number of samples between two peaks.
    """
    places = np.empty(len(envelope) // max(gap, 1) + 2, np.int64)
    n = 0
    for i in range(1, len(envelope) - 1):
        if envelope[i] <= envelope[i - 1] or envelope[i] < envelope[i + 1] or envelope[i] <= 0:
            continue
        if n and i - places[n - 1] < gap:
            if envelope[i] > envelope[places[n - 1]]:
                places[n - 1] = i
            continue
        places[n] = i
        n += 1
    return places[:n].copy()


@compiled
def choose_beats(places: Places, heights: Floats, levels: Floats, noise: Floats, rate: int) -> Places:
    """Choose the peaks that are beats, by their height, by the peak before, and by gaps between beats.

    Parameters
    ----------
    places : ndarray of shape (n,), int64
        Peaks of a detection envelope, in samples.
    heights, levels, noise : ndarray of shape (n,), float64
        Envelope at each peak, and the levels of beats and of noise around it.
    rate : int
        Sampling rate in Hz.

    Returns
    -------
    ndarray of shape (n_beats,), int64
        Indices into `places`.
    """
    chosen = np.empty(len(places), np.int64)
    n = 0
    for i in range(len(places)):
        if heights[i] < max(noise[i] + 0.32 * (levels[i] - noise[i]), 1.3 * noise[i]):
            continue
        # A much lower peak within 0.36 s is the T wave.
        if n:
            last = chosen[n - 1]
            if places[i] - places[last] < 0.36 * rate and heights[i] < 0.5 * heights[last]:
                continue
        chosen[n] = i
        n += 1
    found = np.empty(len(places), np.int64)
    total = 0
    for k in range(n):
        # A gap of more than 1.6 usual intervals hides a low beat, if there is a peak well inside.
        if 0 < k:
            first, last = max(0, k - 5), min(n - 1, k + 4)
            intervals = np.sort(places[chosen[first + 1 : last + 1]] - places[chosen[first:last]])
            usual = intervals[len(intervals) // 2]
            start, end = places[chosen[k - 1]], places[chosen[k]]
            if end - start > 1.6 * usual:
                best = -1
                for i in range(chosen[k - 1] + 1, chosen[k]):
                    inside = places[i] - start > 0.5 * usual and end - places[i] > 0.4 * usual
                    clear = heights[i] > noise[i] + 0.15 * (levels[i] - noise[i])
                    if inside and clear and (best < 0 or heights[i] > heights[best]):
                        best = i
                if best >= 0:
                    found[total] = best
                    total += 1
        found[total] = chosen[k]
        total += 1
    return found[:total].copy()


@compiled
def count_matches(values: Floats, length: int, tolerance: float, reach: int) -> tuple[int, int]:
    """Count the pairs of templates of `length` values that match, and those that also match one value further.

    Parameters
    ----------
    values : ndarray of shape (n,), float64
        Values, of which any `length` successive ones are a template.
    length : int
        Number of values in a template, at least 1.
    tolerance : float
        Largest difference of two matching values.
    reach : int
        Largest distance of the pairs that are compared; it keeps the cost linear.
    """
    alike, longer = 0, 0
    for i in range(len(values) - length):
        for j in range(i + 1, min(i + 1 + reach, len(values) - length)):
            same = True
            for k in range(length):
                if abs(values[i + k] - values[j + k]) > tolerance:
                    same = False
                    break
            if same:
                alike += 1
                if abs(values[i + length] - values[j + length]) <= tolerance:
                    longer += 1
    return alike, longer


@compiled
def group_shapes(shapes: Floats, least: float, most: int) -> tuple[Places, Floats]:
    """Group beats by their shape: each joins the group that it correlates with best, or begins a new one.

    Parameters
    ----------
    shapes : ndarray of shape (n, S), float64
        Shapes of the beats, as rows of zero mean and unit length.
    least : float
        Least correlation with the group's mean that is needed to join it.
    most : int
        Largest number of groups; beyond it, every beat joins the nearest group.

    Returns
    -------
    groups : ndarray of shape (n,), int64
        Group of each beat, numbered in the order in which groups began.
    centres : ndarray of shape (n_groups, S), float64
        Sums of each group's rows.
    """
    groups = np.zeros(len(shapes), np.int64)
    centres = np.zeros((most, shapes.shape[1]))
    n = 0
    for i in range(len(shapes)):
        best, where = -2.0, 0
        for g in range(n):
            dot, square = 0.0, 0.0
            for s in range(shapes.shape[1]):
                dot += shapes[i, s] * centres[g, s]
                square += centres[g, s] * centres[g, s]
            likeness = dot / np.sqrt(square + 1e-30)
            if likeness > best:
                best, where = likeness, g
        if n == 0 or (best < least and n < most):
            where = n
            n += 1
        groups[i] = where
        for s in range(shapes.shape[1]):
            centres[where, s] += shapes[i, s]
    return groups, centres[:n].copy()
