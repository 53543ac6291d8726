"""The metrics that a study can be scored by; no other module knows them.

A new metric is a function and a line in `METRICS`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from tuner.statistics.probabilities import Integers, Probabilities, log_losses
from tuner.statistics.scores import Scores, class_f1, confusion_matrix

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Metric:
    """A measure of how good predictions are.

    A metric has one of two functions. Both are vectorised over leading dimensions, since intervals score thousands of
    resamples. The function of a class average returns a value for each class, shape (..., K), NaN where it is
    undefined; that of any other metric returns shape (...,).

    Parameters
    ----------
    title : str
        Name of the metric for people.
    of_confusions : callable or None
        Scores confusion matrices of shape (..., K, K); None where these do not suffice.
    of_probabilities : callable or None
        Scores labels (N,) and probabilities (N, K) under weights of the recordings, shape (..., N); None where
        confusion matrices suffice.
    is_class_average : bool
        Whether the metric is the mean of values of single classes.
    is_minimised : bool
        Whether lower is better.
    least_classes : int
        Least number of classes that a study may choose, where it chooses some.
    """

    title: str
    of_confusions: Callable[[Floats], Floats] | None = None
    of_probabilities: Callable[[Integers, Probabilities, Floats], Floats] | None = None
    is_class_average: bool = False
    is_minimised: bool = False
    least_classes: int = 1


def _ratio(numerator: Floats, denominator: Floats) -> Floats:
    """Divide; NaN where the denominator is 0."""
    quotient: Floats = np.full(np.shape(denominator), np.nan)
    np.divide(numerator, denominator, out=quotient, where=np.asarray(denominator) != 0)
    return quotient


def _accuracy(confusions: Floats) -> Floats:
    return _ratio(np.trace(confusions, axis1=-2, axis2=-1), confusions.sum((-2, -1)))


def _class_recall(confusions: Floats) -> Floats:
    return _ratio(np.diagonal(confusions, axis1=-2, axis2=-1), confusions.sum(-1))


def _kappa(confusions: Floats) -> Floats:
    """Return kappa, after Cohen (1960), "A coefficient of agreement for nominal scales"."""
    n, right, by_chance = _agreement(confusions)
    return _ratio(n * right - by_chance, n**2 - by_chance)


def _matthews(confusions: Floats) -> Floats:
    """Return Matthews' correlation of several classes.

    Gorodkin (2004), "Comparing two K-category assignments by a K-category correlation coefficient".
    """
    n, right, by_chance = _agreement(confusions)
    spread = (n**2 - (confusions.sum(-1) ** 2).sum(-1)) * (n**2 - (confusions.sum(-2) ** 2).sum(-1))
    correlation = np.where(spread == 0, 0.0, _ratio(n * right - by_chance, np.sqrt(spread)))
    return np.where(n == 0, np.nan, correlation)


def _agreement(confusions: Floats) -> tuple[Floats, Floats, Floats]:
    """Return the number n of recordings, how many are right, and n times how many would be right by chance."""
    by_chance = (confusions.sum(-1) * confusions.sum(-2)).sum(-1)
    return confusions.sum((-2, -1)), np.trace(confusions, axis1=-2, axis2=-1), by_chance


def _class_auroc(labels: Integers, probabilities: Probabilities, weights: Floats) -> Floats:
    """Return the area under each class's receiver operating characteristic, the class against all others."""
    from sklearn.metrics import roc_auc_score  # slow to import, and most studies are scored by confusion matrices

    return _one_against_rest(roc_auc_score, labels, probabilities, weights)


def _class_auprc(labels: Integers, probabilities: Probabilities, weights: Floats) -> Floats:
    """Return each class's average precision, the class against all others."""
    from sklearn.metrics import average_precision_score

    return _one_against_rest(average_precision_score, labels, probabilities, weights)


def _one_against_rest(
    score: Callable[..., float], labels: Integers, probabilities: Probabilities, weights: Floats
) -> Floats:
    """Score each class against all others, under weights (..., N): (..., K); NaN where one side has no recording."""
    n_classes = probabilities.shape[1]
    values = np.full((*weights.shape[:-1], n_classes), np.nan)
    for row in np.ndindex(*weights.shape[:-1]):
        counts = weights[row] > 0
        for k in range(n_classes):
            is_positive = labels[counts] == k
            if 0 < is_positive.sum() < len(is_positive):
                values[*row, k] = score(is_positive, probabilities[counts, k], sample_weight=weights[row][counts])
    return values


def _log_loss(labels: Integers, probabilities: Probabilities, weights: Floats) -> Floats:
    return _ratio(weights @ log_losses(labels, probabilities), weights.sum(-1))


METRICS = {
    "macro_f1": Metric("macro-F1", of_confusions=class_f1, is_class_average=True),
    "accuracy": Metric("accuracy", of_confusions=_accuracy),
    "balanced_accuracy": Metric("balanced accuracy", of_confusions=_class_recall, is_class_average=True),
    "mcc": Metric("Matthews correlation", of_confusions=_matthews, least_classes=2),
    "kappa": Metric("Cohen's kappa", of_confusions=_kappa, least_classes=2),
    "macro_auroc": Metric("macro AUROC", of_probabilities=_class_auroc, is_class_average=True),
    "macro_auprc": Metric("macro AUPRC", of_probabilities=_class_auprc, is_class_average=True),
    "log_loss": Metric("log loss", of_probabilities=_log_loss, is_minimised=True),
}
"""Metrics by their names in study files."""


@dataclass(frozen=True)
class Objective:
    """What a study is scored by, called with labels (N,) and probabilities (N, K).

    Class averages (macro_f1, balanced_accuracy, macro_auroc, macro_auprc) are over the chosen classes. The other
    metrics (accuracy, mcc, kappa, log_loss) are those of the recordings whose true class is a chosen one.

    An average leaves out the classes whose value is undefined: recall is undefined for a class without recordings,
    AUROC and AUPRC also for a class that all recordings have. F1 is always defined; it is 0 for a class that neither
    occurs nor is predicted. mcc is 0 where all recordings have, or are predicted as, one class; kappa is undefined
    where both are so. The value is NaN where nothing is defined, without any recording for instance, and where a metric
    of probabilities meets NaN.

    Parameters
    ----------
    metric : str
        One of `METRICS`.
    classes : tuple of int
        The chosen classes; all if empty.
    """

    metric: str
    classes: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        """Refuse a metric that does not exist."""
        if self.metric not in METRICS:
            raise ValueError(f"no metric {self.metric!r}; there are: {', '.join(METRICS)}")

    def __call__(self, labels: Integers, probabilities: Probabilities) -> float:
        """Score predictions; where a confusion matrix suffices, the most probable class of each recording counts."""
        if self.needs_probabilities:
            return float(self.of_probabilities(labels, probabilities, np.ones(len(labels))))
        return float(self.of_confusions(confusion_matrix(labels, probabilities.argmax(1), probabilities.shape[1])))

    @property
    def is_minimised(self) -> bool:
        """Whether lower is better."""
        return METRICS[self.metric].is_minimised

    @property
    def needs_probabilities(self) -> bool:
        """Whether a confusion matrix does not suffice."""
        return METRICS[self.metric].of_confusions is None

    def gain(self, value: float | None) -> float:
        """Return a number that is higher for better values; no value (None or NaN) is worse than any value."""
        if value is None or np.isnan(value):
            return -np.inf
        return -value if self.is_minimised else value

    def named(self, class_names: Sequence[str]) -> str:
        """Return the objective's name for people, with the names of the chosen classes."""
        metric = METRICS[self.metric]
        if not self.classes:
            return metric.title
        relation = "over" if metric.is_class_average else "of the recordings of"
        return f"{metric.title} {relation} {', '.join(class_names[k] for k in self.classes)}"

    def among(self, labels: Integers) -> Objective:
        """Return the objective over those of its classes that occur in `labels`.

        This is for parts of the data: a class that does not occur there would count as an F1 of 0, which says nothing
        about the model. Where none of the classes occurs, the objective stays as it is.
        """
        there = [int(k) for k in np.unique(labels) if not self.classes or k in self.classes]
        is_about_all = not self.classes and not METRICS[self.metric].is_class_average
        return self if is_about_all or not there else replace(self, classes=tuple(there))

    def of_scores(self, scores: Scores) -> float | None:
        """Score one confusion matrix; None where the value is undefined. For metrics that need no probabilities."""
        value = float(self.of_confusions(np.array(scores.confusion)))
        return None if np.isnan(value) else value

    def of_confusions(self, confusions: NDArray[np.generic]) -> Floats:
        """Score many confusion matrices at once, (..., K, K) to (...,). For metrics that need no probabilities."""
        metric = METRICS[self.metric]
        assert metric.of_confusions is not None
        if self.classes and not metric.is_class_average:
            confusions = confusions * np.isin(np.arange(confusions.shape[-1]), self.classes)[:, None]
        return self._averaged(metric.of_confusions(np.asarray(confusions, dtype=np.float64)))

    def of_probabilities(self, labels: Integers, probabilities: Probabilities, weights: Floats) -> Floats:
        """Score predictions under many weights at once. For metrics that need probabilities.

        Parameters
        ----------
        labels : ndarray of shape (N,), int64
            True classes.
        probabilities : ndarray of shape (N, K), float64
            Predictions.
        weights : ndarray of shape (..., N), float64
            How often each recording counts: in a resample, how often its group was drawn.

        Returns
        -------
        ndarray of shape (...,), float64
        """
        metric = METRICS[self.metric]
        assert metric.of_probabilities is not None
        if not len(labels) or not np.isfinite(probabilities).all():
            return np.full(weights.shape[:-1], np.nan)
        if self.classes and not metric.is_class_average:
            weights = weights * np.isin(labels, self.classes)
        return self._averaged(metric.of_probabilities(labels, probabilities, weights))

    def _averaged(self, values: Floats) -> Floats:
        """Average the defined values of the chosen classes, (..., K) to (...,); keep the values of other metrics."""
        if not METRICS[self.metric].is_class_average:
            return values
        if self.classes:
            values = values[..., list(self.classes)]
        is_defined = ~np.isnan(values)
        if is_defined.all():
            return np.asarray(values.mean(-1))
        return _ratio(np.where(is_defined, values, 0.0).sum(-1), is_defined.sum(-1))
