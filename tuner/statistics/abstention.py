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

CURVE_POINTS = 100
"""Most points that a risk-coverage curve keeps."""


@dataclass(frozen=True)
class RiskCoverage:
    """Risk-coverage curve: the errors among the answers, from the surest recordings alone to all of them.

    Parameters
    ----------
    coverage : tuple of float
        Share of recordings answered, rising to 1; at most 100 points.
    threshold : tuple of float
        Least confidence of an answer.
    risk : tuple of float
        Share of wrong answers among all answers.
    score : tuple of float
        Objective on the answered recordings, over the classes that occur among them. It is NaN where none of the
        objective's classes occurs, and where the objective is undefined.
    area : float
        Area under the risk: the mean, over all recordings, of the risk among the recordings that are at least as sure.
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

    Recordings of equal confidence cannot be told apart, so they are answered together.

    Parameters
    ----------
    labels : ndarray of shape (N,), int64
        True classes.
    probabilities : ndarray of shape (N, K), float64
        Predictions of recordings the model did not see.
    objective : Objective
        Objective that is scored on the answered recordings.

    References
    ----------
    El-Yaniv and Wiener (2010), "On the foundations of noise-free selective classification"; Geifman and El-Yaniv
    (2017), "Selective classification for deep neural networks".
    """
    confidence = probabilities.max(1)
    order = np.argsort(-confidence, kind="stable")
    wrong = np.cumsum((probabilities.argmax(1) != labels)[order])
    ends = np.append(np.flatnonzero(np.diff(confidence[order])), len(labels) - 1)  # the last one of each confidence
    risk = wrong[ends] / (ends + 1)
    area = float((risk * np.diff(ends, prepend=-1)).sum() / len(labels))
    shown = np.unique(np.searchsorted(ends, np.linspace(0, len(labels) - 1, CURVE_POINTS)))
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
    """Return the highest confidence that at least this share of the recordings reaches; 0 if all are to be answered."""
    if coverage == 1:
        return 0.0
    confidence: NDArray[np.float64] = np.sort(probabilities.max(1))[::-1]
    return float(confidence[max(int(np.ceil(coverage * len(confidence))), 1) - 1])


@dataclass(frozen=True)
class Abstention:
    """A threshold of confidence, and its effect on recordings that it was not chosen on.

    Parameters
    ----------
    wanted : float
        Share of recordings to be answered.
    threshold : float
        Least confidence of an answer, chosen on all recordings.
    coverage, risk, score : float
        Share of recordings answered, share of wrong answers, and objective on the answered recordings over the classes
        that occur among them. All three are cross-fitted: each fold is judged under the threshold of the other folds.
    class_coverage, class_f1 : tuple of float
        For each class, the share of its recordings that is answered, and its F1 on them, both cross-fitted. Rare and
        hard classes are answered less often than others.
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
        Objective that is scored on the answered recordings.
    coverage : float
        Wanted share of answers, above 0 and at most 1.
    """
    probabilities, answered = crossed.held_out, np.zeros(len(labels), dtype=bool)
    for fold, transformed in enumerate(crossed.by_fold):
        held = crossed.folds == fold
        answered[held] = transformed[held].max(1) >= confidence_threshold(transformed[~held], coverage)
    true, predicted = labels[answered], probabilities[answered]  # never empty: the surest recording is always answered
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
    """Return the threshold under which the average of several models answers as many recordings as one model does.

    Where models differ, their average is less sure than each of them: under the threshold of a single model it would
    answer fewer recordings. The result is never above that threshold, and never below the least confidence of the
    average on these recordings.

    Parameters
    ----------
    threshold : float
        Least confidence of an answer of a single model.
    models : ndarray of shape (F, U, K), float64
        Probabilities that F models give the same U >= 1 recordings, whose labels need not be known.
    """
    average, coverage = models.mean(0), float((models.max(2) >= threshold).mean())
    if coverage == 0:
        return threshold
    return min(threshold, float(average.max(1).min()) if coverage == 1 else confidence_threshold(average, coverage))
