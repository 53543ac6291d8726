"""What is gained by answering only where the model is sure, and how sure that has to be."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tuner.statistics.cross_fitting import CrossFitted
from tuner.statistics.objective import Objective
from tuner.statistics.probabilities import Integers, Probabilities
from tuner.statistics.scores import class_f1, confusion_matrix

POINTS = 100


@dataclass(frozen=True)
class RiskCoverage:
    """Risk-coverage curve: what is answered, from the surest recordings to all.

    Parameters
    ----------
    coverage : tuple of float
        Share of recordings answered, rising to 1; at most 100 points.
    threshold : tuple of float
        Least confidence of an answer.
    risk : tuple of float
        Share of wrong ones among the answers.
    score : tuple of float
        Objective on what is answered, over the classes that occur there; NaN where none of those it looks at does, or
        where it is undefined.
    area : float
        Area under the risk: the mean, over all recordings, of the risk among those at least as sure.
    """

    coverage: tuple[float, ...]
    threshold: tuple[float, ...]
    risk: tuple[float, ...]
    score: tuple[float, ...]
    area: float

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for the report."""
        return asdict(self) | {"score": [None if np.isnan(score) else score for score in self.score]}


def risk_coverage(labels: Integers, probabilities: Probabilities, objective: Objective) -> RiskCoverage:
    """Sort recordings by the probability of their predicted class and answer ever more of them.

    Recordings of equal confidence can not be told apart, so they are answered together.

    Parameters
    ----------
    labels : ndarray of shape (N,), int64
        True classes.
    probabilities : ndarray of shape (N, K), float64
        Predictions of recordings the model did not see.
    objective : Objective
        Scored on what is answered.

    References
    ----------
    El-Yaniv and Wiener (2010), "On the foundations of noise-free selective classification"; Geifman and El-Yaniv
    (2017), "Selective classification for deep neural networks".
    """
    confidence = probabilities.max(1)
    order = np.argsort(-confidence, kind="stable")
    wrong = np.cumsum((probabilities.argmax(1) != labels)[order])
    ends = np.append(np.flatnonzero(np.diff(confidence[order])), len(labels) - 1)  # last one of each confidence
    risk = wrong[ends] / (ends + 1)
    area = float((risk * np.diff(ends, prepend=-1)).sum() / len(labels))
    shown = np.unique(np.searchsorted(ends, np.linspace(0, len(labels) - 1, POINTS)))
    scores = []
    for end in ends[shown]:
        answered = order[: end + 1]
        among = objective.among(labels[answered])
        is_seen = not among.classes or np.isin(labels[answered], among.classes).any()
        scores.append(among(labels[answered], probabilities[answered]) if is_seen else np.nan)
    return RiskCoverage(
        tuple(((ends[shown] + 1) / len(labels)).tolist()),
        tuple(confidence[order[ends[shown]]].tolist()),
        tuple(risk[shown].tolist()),
        tuple(scores),
        area,
    )


def confidence_threshold(probabilities: Probabilities, coverage: float) -> float:
    """Return the highest confidence at or above which at least this share of the recordings lies; 0 for all of them."""
    if coverage == 1:
        return 0.0
    confidence: NDArray[np.float64] = np.sort(probabilities.max(1))[::-1]
    return float(confidence[max(int(np.ceil(coverage * len(confidence))), 1) - 1])


@dataclass(frozen=True)
class Abstention:
    """A threshold of confidence, and what it does to recordings it was not chosen on.

    Parameters
    ----------
    wanted : float
        Share of recordings to be answered.
    threshold : float
        Least confidence of an answer, from all recordings.
    coverage, risk, score : float
        Cross-fitted: share answered, share of wrong ones among the answers, and objective on the answers over the
        classes that occur there, each fold under the threshold of the others.
    class_coverage, class_f1 : tuple of float
        Of each class, likewise: share of its recordings answered, and F1 on the answers. Classes that are rare or hard
        pay for the others.
    """

    wanted: float
    threshold: float
    coverage: float
    risk: float
    score: float
    class_coverage: tuple[float, ...]
    class_f1: tuple[float, ...]


def choose_threshold(labels: Integers, crossed: CrossFitted, objective: Objective, coverage: float) -> Abstention:
    """Choose the threshold for a wanted coverage, and judge it by thresholds chosen on the other folds.

    Parameters
    ----------
    labels : ndarray of shape (N,), int64
        True classes.
    crossed : CrossFitted
        Out-of-fold probabilities.
    objective : Objective
        Scored on what is answered.
    coverage : float
        Wanted share of answers, above 0 and at most 1.
    """
    probabilities, answered = crossed.held_out, np.zeros(len(labels), dtype=bool)
    for fold, transformed in enumerate(crossed.by_fold):
        held = crossed.folds == fold
        answered[held] = transformed[held].max(1) >= confidence_threshold(transformed[~held], coverage)
    true, predicted = labels[answered], probabilities[answered]  # never empty: the surest one is always answered
    return Abstention(
        coverage,
        confidence_threshold(probabilities, coverage),
        float(answered.mean()),
        float((predicted.argmax(1) != true).mean()),
        objective.among(true)(true, predicted),
        answered_by_class(labels, answered, predicted.shape[1]),
        tuple(class_f1(confusion_matrix(true, predicted.argmax(1), predicted.shape[1])).tolist()),
    )


def answered_by_class(labels: Integers, answered: NDArray[np.bool_], n_classes: int) -> tuple[float, ...]:
    """Return the share of each class's recordings that is answered; 0 for a class without any."""
    n_answered, n_all = (np.bincount(some, minlength=n_classes) for some in (labels[answered], labels))
    return tuple((n_answered / np.maximum(n_all, 1)).tolist())


def threshold_of_average(threshold: float, models: Probabilities) -> float:
    """Return the threshold under which the average of models answers as many recordings as they do each under theirs.

    Where models differ their average is less sure than each of them, so that it would answer fewer under theirs. It is
    never above theirs, nor below what the average is of all these recordings, should there be few of them.

    Parameters
    ----------
    threshold : float
        Least confidence of an answer of a single model.
    models : ndarray of shape (F, U, K), float64
        Probabilities of F models, all of the same U >= 1 recordings, whose labels need not be known.
    """
    average, coverage = models.mean(0), float((models.max(2) >= threshold).mean())
    if coverage == 0:
        return threshold
    return min(threshold, float(average.max(1).min()) if coverage == 1 else confidence_threshold(average, coverage))
