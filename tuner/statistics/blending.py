"""Blends of several candidates' probabilities: a weighted average, found greedily, and logistic stacking."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from tuner.statistics.scoring import Integers, Objective, Probabilities, log_loss, log_probabilities, softmax

ROUNDS = 20
STACKING_C = 1.0
UNSEEN = -1e4  # intercept of a class without a recording: its probability is 0, and JSON can hold the number


@dataclass(frozen=True)
class Average:
    """Weighted average of probabilities.

    Parameters
    ----------
    weights : tuple of float
        One a candidate, summing to 1.
    """

    weights: tuple[float, ...]
    kind: ClassVar[str] = "average"

    def apply(self, candidates: Sequence[Probabilities] | NDArray[np.float64]) -> Probabilities:
        """Blend M predictions of shape (N, K) to one."""
        return np.tensordot(self.weights, np.asarray(candidates), axes=1)

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for JSON."""
        return {"kind": self.kind, "weights": list(self.weights)}


@dataclass(frozen=True, eq=False)
class Stacking:
    """Multinomial logistic regression on the centred log-probabilities of all candidates.

    Parameters
    ----------
    coefficients : ndarray of shape (K, M * K), float64
        Row: class that is predicted; column: candidate and, within it, class.
    intercepts : ndarray of shape (K,), float64
        One a class.
    """

    coefficients: NDArray[np.float64]
    intercepts: NDArray[np.float64]
    kind: ClassVar[str] = "stacking"

    def apply(self, candidates: Sequence[Probabilities] | NDArray[np.float64]) -> Probabilities:
        """Blend M predictions of shape (N, K) to one."""
        return softmax(_features(candidates) @ self.coefficients.T + self.intercepts)

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for JSON."""
        return {
            "kind": self.kind,
            "coefficients": self.coefficients.tolist(),
            "intercepts": self.intercepts.tolist(),
        }


Blend = Average | Stacking


def blend_from_dict(data: dict[str, Any]) -> Blend:
    """Return the blend that `to_dict` described."""
    if data["kind"] == Average.kind:
        return Average(tuple(data["weights"]))
    return Stacking(np.array(data["coefficients"]), np.array(data["intercepts"]))


def only(which: int, n_candidates: int) -> Average:
    """Return the blend that is one candidate alone."""
    return Average(tuple(float(m == which) for m in range(n_candidates)))


def best_single(candidates: NDArray[np.float64], labels: Integers, objective: Objective) -> int:
    """Return the candidate of the highest objective; of equal ones the one of lower log loss."""
    ranks = [(objective(labels, candidate), -log_loss(labels, candidate)) for candidate in candidates]
    return ranks.index(max(ranks))


def fit_greedy(candidates: NDArray[np.float64], labels: Integers, objective: Objective) -> Average:
    """Start from the best candidate and keep adding, with replacement, the one that helps most.

    An addition is ranked by the objective of the average it makes, equal ones by log loss. Averages whose log loss is
    above that of the best candidate alone are out: the objective counts few recordings near the decision and rises by
    chance, and an addition that makes the probabilities worse is such a chance. Of all rounds the smallest selection
    with the highest objective is taken.

    Parameters
    ----------
    candidates : ndarray of shape (M, N, K), float64
        Out-of-fold probabilities of each candidate.
    labels : ndarray of shape (N,), int64
        True classes.
    objective : Objective
        What is maximised.

    References
    ----------
    Caruana, Niculescu-Mizil, Crew and Ksikes (2004), "Ensemble selection from libraries of models". The log loss as a
    condition is our own.
    """
    start = best_single(candidates, labels, objective)
    limit = log_loss(labels, candidates[start]) + 1e-9  # above rounding: the best may always be added to itself

    def rank(counts: NDArray[np.float64]) -> tuple[bool, float, float]:
        blended = np.tensordot(counts / counts.sum(), candidates, axes=1)
        loss = log_loss(labels, blended)
        return loss <= limit, objective(labels, blended), -loss

    members = np.eye(len(candidates))
    counts = best = members[start]
    for _ in range(ROUNDS - 1):
        counts = max((counts + member for member in members), key=rank)
        if rank(counts)[:2] > rank(best)[:2]:
            best = counts
    return Average(tuple((best / best.sum()).tolist()))


def fit_stacking(candidates: NDArray[np.float64], labels: Integers) -> Stacking:
    """Fit a multinomial logistic regression with a ridge penalty, which minimises log loss whatever the objective.

    Parameters are those of `fit_greedy`. A class without a recording in `labels` gets a probability of 0.

    References
    ----------
    Wolpert (1992), "Stacked generalization"; Ting and Witten (1999), "Issues in stacked generalization", for class
    probabilities as inputs and a linear model on top.
    """
    from sklearn.linear_model import LogisticRegression

    features = _features(candidates)
    seen, n_classes = np.unique(labels), candidates.shape[-1]
    coefficients, intercepts = np.zeros((n_classes, features.shape[1])), np.full(n_classes, UNSEEN)
    intercepts[seen] = 0.0
    if len(seen) > 1:
        model = LogisticRegression(C=STACKING_C, max_iter=1000).fit(features, labels)
        rows = seen if len(seen) > 2 else seen[1:]  # of two classes scikit-learn keeps the second one's row only
        coefficients[rows], intercepts[rows] = model.coef_, model.intercept_
    return Stacking(coefficients, intercepts)


def _features(candidates: Sequence[Probabilities] | NDArray[np.float64]) -> NDArray[np.float64]:
    """Return log-probabilities less their mean over classes, (M, N, K) to (N, M * K): the scale cancels in softmax."""
    logs = log_probabilities(np.asarray(candidates))
    return np.concatenate(list(logs - logs.mean(-1, keepdims=True)), axis=1)
