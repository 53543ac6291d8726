"""Blends of several candidates' probabilities: a logarithmic pool, with a weight for each candidate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tuner.statistics.probabilities import Integers, Probabilities, log_probabilities, softmax

HIGHEST_WEIGHT = 10.0
"""Upper bound of a weight: without it, the weight of a candidate that is never wrong would grow for ever."""


@dataclass(frozen=True)
class Pool:
    """Weighted product of probabilities, scaled to sum to 1.

    Parameters
    ----------
    weights : tuple of float
        One weight for each candidate, 0 or more. Their sum is free: below 1 the blend is less sure than its members,
        above 1 it is surer.
    """

    weights: tuple[float, ...]

    def __post_init__(self) -> None:
        """Refuse weights that do not give probabilities."""
        if not all(0 <= weight < np.inf for weight in self.weights):
            raise ValueError(f"{self!r}: weights must be finite and 0 or more")

    def apply(self, candidates: Sequence[Probabilities] | NDArray[np.float64]) -> Probabilities:
        """Blend the predictions of M candidates, (M, N, K), into one, (N, K)."""
        return softmax(np.tensordot(self.weights, log_probabilities(np.asarray(candidates)), axes=1))


def only(which: int, n_candidates: int) -> Pool:
    """Return the blend that consists of one candidate alone."""
    return Pool(tuple(float(m == which) for m in range(n_candidates)))


def fit_pool(candidates: NDArray[np.float64], labels: Integers) -> Pool:
    """Find the weights of lowest log loss, whatever the objective.

    This is logistic stacking with one weight, not below 0, for all classes of a candidate. So few weights hardly
    overfit, unlike those of a full regression, and candidates that add nothing get a weight of exactly 0. Log loss
    depends on every recording, while the objective depends on the few near a decision and rises by chance. Log loss is
    convex in the weights, so there is one minimum, whatever the start.

    Parameters
    ----------
    candidates : ndarray of shape (M, N, K), float64
        Out-of-fold probabilities of each candidate.
    labels : ndarray of shape (N,), int64
        True classes.

    References
    ----------
    Heskes (1998), "Selecting weighting factors in logarithmic opinion pools"; Breiman (1996), "Stacked regressions",
    for why weights should not be negative.
    """
    from scipy.optimize import minimize

    logs = log_probabilities(candidates)
    true = logs[:, np.arange(len(labels)), labels].mean(axis=1)

    def loss(weights: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        pooled = np.einsum("m,mnk->nk", weights, logs)  # threads of a matrix product wait long on a busy machine
        highest = pooled.max(-1, keepdims=True)
        scale = np.log(np.exp(pooled - highest).sum(-1)) + highest[:, 0]
        expected = np.einsum("mnk,nk->m", logs, softmax(pooled)) / len(labels)
        return float(scale.mean() - weights @ true), expected - true

    start = np.full(len(candidates), 1 / len(candidates))
    bounds = [(0.0, HIGHEST_WEIGHT)] * len(candidates)
    found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds, options={"ftol": 1e-12, "gtol": 1e-8})
    return Pool(tuple(found.x.tolist()))
