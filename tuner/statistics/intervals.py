"""Bootstrap intervals of scores and of differences of scores; whole groups of recordings are resampled."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

from tuner.statistics.objective import Objective
from tuner.statistics.probabilities import Integers, Probabilities
from tuner.statistics.scores import class_f1

RESAMPLES = 2000

WEIGHTED_RESAMPLES, AT_A_TIME = 400, 100
"""Resamples where each recording has a weight, as metrics of probabilities need it, and how many side by side: each
costs some milliseconds."""


@dataclass(frozen=True)
class Interval:
    """A score and its 95 % interval.

    Parameters
    ----------
    value : float
        The score itself.
    low, high : float
        2.5 and 97.5 % of the resampled scores.
    """

    value: float
    low: float
    high: float

    def pessimistic(self, objective: Objective) -> float:
        """Return the worse end of the interval: the low one, or the high one where the objective is minimised."""
        return self.high if objective.is_minimised else self.low

    def to_dict(self) -> dict[str, float | None]:
        """Return plain data, None for NaN."""
        return {name: None if np.isnan(value) else value for name, value in asdict(self).items()}


@dataclass(frozen=True)
class Difference:
    """How much better a first prediction is than a second one of the same recordings.

    All values are above 0 where the first is better, also where the objective is minimised.

    Parameters
    ----------
    value : float
        How much better the score of the first is than that of the second.
    low, high : float
        2.5 and 97.5 % of the resampled differences.
    lower : float
        5 % of the resampled differences: the lower end of the one-sided 95 % interval.
    share_better : float
        Share of resamples in which the first is better; ties count half.
    """

    value: float
    low: float
    high: float
    lower: float
    share_better: float

    @property
    def beyond_noise(self) -> bool:
        """Whether the first is better with one-sided confidence of 95 %."""
        return self.lower > 0

    def to_dict(self) -> dict[str, float | bool | None]:
        """Return plain data, None for NaN."""
        values = {name: None if np.isnan(value) else value for name, value in asdict(self).items()}
        return values | {"beyond_noise": self.beyond_noise}


def interval(
    labels: Integers, probabilities: Probabilities, groups: Integers, objective: Objective, seed: int = 0
) -> Interval:
    """Return the objective with its bootstrap interval.

    The interval covers the chance of which groups were drawn, not that of training again with another seed. A class of
    few recordings is missing from some resamples and has an F1 of 0 there, so its interval is wide, as it should be.
    Resamples in which the objective is undefined are left out.

    Parameters
    ----------
    labels : ndarray of shape (N,), int64
        True classes.
    probabilities : ndarray of shape (N, K), float64
        Predictions of recordings the model did not see.
    groups : ndarray of shape (N,), int64
        Recordings of one patient, and identical ones, share a number and are drawn together.
    objective : Objective
        Objective that is scored.
    seed : int
        Seed of the resampling.

    References
    ----------
    Efron and Tibshirani (1993), "An Introduction to the Bootstrap", chapter 13 (percentile intervals); Field and Welsh
    (2007), "Bootstrapping clustered data" (resampling of groups).
    """
    resampled = _resampled_scores(labels, [probabilities], groups, objective, seed)[:, 0]
    return _between(objective(labels, probabilities), resampled)


def class_intervals(
    labels: Integers, probabilities: Probabilities, groups: Integers, seed: int = 0
) -> tuple[Interval, ...]:
    """Return the F1 of each class with its interval; see `interval`."""
    resampled = class_f1(_resampled_confusions(labels, [probabilities], groups, seed)[:, 0])
    values = [Objective("macro_f1", (k,))(labels, probabilities) for k in range(probabilities.shape[1])]
    return tuple(_between(value, resampled[:, k]) for k, value in enumerate(values))


def paired_difference(
    labels: Integers,
    first: Probabilities,
    second: Probabilities,
    groups: Integers,
    objective: Objective,
    seed: int = 0,
) -> Difference:
    """Compare two predictions of the same recordings on the same resamples, so that what is hard for both cancels.

    Parameters are those of `interval`, with two predictions of shape (N, K).
    """
    value = objective.gain(objective(labels, first)) - objective.gain(objective(labels, second))
    scores = _resampled_scores(labels, [first, second], groups, objective, seed)
    differences = scores[:, 1] - scores[:, 0] if objective.is_minimised else scores[:, 0] - scores[:, 1]
    low, lower, high = _quantiles(differences, [0.025, 0.05, 0.975])
    better = float((differences > 0).mean() + (differences == 0).mean() / 2)
    return Difference(value, low, high, lower, better)


def _between(value: float, resampled: NDArray[np.float64]) -> Interval:
    low, high = _quantiles(resampled, [0.025, 0.975])
    return Interval(value, low, high)


def _quantiles(resampled: NDArray[np.float64], at: Sequence[float]) -> list[float]:
    """Return quantiles of the resamples that are defined; NaN where none is."""
    defined = resampled[~np.isnan(resampled)]
    return [float(q) for q in np.quantile(defined, at)] if len(defined) else [np.nan] * len(at)


def _resampled_scores(
    labels: Integers, predictions: Sequence[Probabilities], groups: Integers, objective: Objective, seed: int
) -> NDArray[np.float64]:
    """Return scores (R, P) of P predictions in each of R resamples, each over as many groups drawn anew."""
    if not objective.needs_probabilities:
        return objective.of_confusions(_resampled_confusions(labels, predictions, groups, seed))
    scores = [
        [objective.of_probabilities(labels, probabilities, weights) for probabilities in predictions]
        for weights in _resampled_weights(groups, seed)
    ]
    return np.concatenate([np.stack(some, axis=-1) for some in scores])


def _resampled_weights(groups: Integers, seed: int) -> Iterator[NDArray[np.float64]]:
    """Yield how often each recording is drawn, (AT_A_TIME, N) at a time, WEIGHTED_RESAMPLES in all."""
    rng = np.random.default_rng(seed)
    _, group = np.unique(groups, return_inverse=True)
    n_groups = int(group.max()) + 1
    for _ in range(WEIGHTED_RESAMPLES // AT_A_TIME):
        drawn = rng.integers(n_groups, size=(AT_A_TIME, n_groups))
        yield np.stack([np.bincount(one, minlength=n_groups) for one in drawn])[:, group].astype(np.float64)


def _resampled_confusions(
    labels: Integers, predictions: Sequence[Probabilities], groups: Integers, seed: int
) -> NDArray[np.float64]:
    """Return the confusion matrices (RESAMPLES, P, K, K) of P predictions, each on groups drawn with replacement.

    Groups with the same confusion matrices cannot be told apart. So the few distinct matrices are drawn from a
    multinomial distribution, however many groups there are.
    """
    n_classes = predictions[0].shape[1]
    _, group = np.unique(groups, return_inverse=True)
    shape = (int(group.max()) + 1, n_classes, n_classes)
    cells = [(group * n_classes + labels) * n_classes + probabilities.argmax(1) for probabilities in predictions]
    tables = np.stack([np.bincount(cell, minlength=np.prod(shape)).reshape(shape) for cell in cells], axis=1)
    distinct, counts = np.unique(tables.reshape(len(tables), -1), axis=0, return_counts=True)
    draws = np.random.default_rng(seed).multinomial(len(tables), counts / len(tables), RESAMPLES)
    # Products of floats are fast, and counts stay exact.
    resampled: NDArray[np.float64] = draws.astype(np.float64) @ distinct.astype(np.float64)
    return resampled.reshape(RESAMPLES, *tables.shape[1:])
