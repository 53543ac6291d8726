"""Scores by thirds of the recordings: short and long ones, clean and noisy ones."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tuner.statistics.intervals import Interval, interval
from tuner.statistics.objective import Objective
from tuner.statistics.probabilities import Integers, Probabilities

NAMES = ("lowest third", "middle third", "highest third", "missing")


@dataclass(frozen=True)
class Tercile:
    """The score of one part of the recordings.

    Parameters
    ----------
    name : {"lowest third", "middle third", "highest third", "missing"}
        Which part; "missing" are the recordings without a value.
    low, high : float or None
        Least and greatest value in it; None for missing ones.
    count : int
        Recordings.
    classes : tuple of int
        Classes that occur in it.
    score : Interval
        Objective over those of its classes that occur.
    """

    name: str
    low: float | None
    high: float | None
    count: int
    classes: tuple[int, ...]
    score: Interval


def by_tercile(
    values: NDArray[np.float64],
    labels: Integers,
    probabilities: Probabilities,
    groups: Integers,
    objective: Objective,
    seed: int = 0,
) -> tuple[Tercile, ...]:
    """Score the recordings by thirds of a value; those without one are a part of their own.

    Equal values stay together, so that terciles may be of different size, and empty ones are left out. Classes that do
    not occur in a part do not count in its score, so scores of terciles with different classes do not compare.

    Parameters
    ----------
    values : ndarray of shape (N,), float64
        For example length in seconds or signal quality; NaN where there is none.
    labels, groups : ndarray of shape (N,), int64
        Class and group of each recording.
    probabilities : ndarray of shape (N, K), float64
        Out-of-fold probabilities.
    objective : Objective
        What is scored.
    seed : int
        Of the resampling.
    """
    missing = np.isnan(values)
    cuts = np.empty(0) if missing.all() else np.quantile(values[~missing], [1 / 3, 2 / 3])
    which = np.where(missing, 3, np.searchsorted(cuts, values))
    terciles = []
    for number in np.unique(which):
        own = which == number
        low, high = (None, None) if number == 3 else (float(values[own].min()), float(values[own].max()))
        if objective.classes and not set(objective.classes) & set(labels[own].tolist()):
            continue  # nothing that the objective looks at
        score = interval(labels[own], probabilities[own], groups[own], objective.among(labels[own]), seed)
        classes = tuple(np.unique(labels[own]).tolist())
        terciles.append(Tercile(NAMES[number], low, high, int(own.sum()), classes, score))
    return tuple(terciles)
