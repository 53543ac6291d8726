"""Scores by thirds of the recordings: those of short and of long ones, or of clean and of noisy ones."""

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
    """The score of one third of the recordings, or of those without a value.

    Parameters
    ----------
    name : {"lowest third", "middle third", "highest third", "missing"}
        Which third; "missing" are the recordings without a value.
    low, high : float or None
        Least and greatest value of its recordings; None for "missing".
    count : int
        Number of its recordings.
    classes : tuple of int
        Classes of its recordings.
    score : Interval
        Objective on its recordings, over those of the objective's classes that occur there.
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
) -> tuple[Tercile, ...]:
    """Score the recordings by thirds of a value; those without a value are scored apart.

    Equal values stay together, so thirds may have different sizes, and empty ones are left out. Classes that do not
    occur in a third do not count in its score, so scores of thirds with different classes cannot be compared.

    Parameters
    ----------
    values : ndarray of shape (N,), float64
        Value of each recording, its length in seconds for example; NaN where there is none.
    labels, groups : ndarray of shape (N,), int64
        Class and group of each recording.
    probabilities : ndarray of shape (N, K), float64
        Out-of-fold probabilities.
    objective : Objective
        Objective that is scored.
    """
    missing = np.isnan(values)
    cuts = np.empty(0) if missing.all() else np.quantile(values[~missing], [1 / 3, 2 / 3])
    which = np.where(missing, 3, np.searchsorted(cuts, values))
    terciles = []
    for number in np.unique(which):
        own = which == number
        low, high = (None, None) if number == 3 else (float(values[own].min()), float(values[own].max()))
        if objective.classes and not set(objective.classes) & set(labels[own].tolist()):
            continue  # no class of the objective occurs here
        score = interval(labels[own], probabilities[own], groups[own], objective.among(labels[own]))
        classes = tuple(np.unique(labels[own]).tolist())
        terciles.append(Tercile(NAMES[number], low, high, int(own.sum()), classes, score))
    return tuple(terciles)
