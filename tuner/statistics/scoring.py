"""The study's objective and two proper losses, as functions of labels and probabilities."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from tuner.statistics.scores import confusion_matrix

Probabilities = NDArray[np.float64]
Integers = NDArray[np.int64]

# Networks give float32: nearer to 0 their probabilities carry nothing, and a logarithm must stay finite.
FLOOR = 1e-7


@dataclass(frozen=True)
class Objective:
    """What the study maximises, called with labels (N,) and probabilities (N, K).

    Parameters
    ----------
    metric : {"macro_f1", "accuracy"}
        As in `tuner.statistics.scores.objective_value`.
    classes : tuple of int
        Classes whose F1 is averaged; all if empty.
    """

    metric: str
    classes: tuple[int, ...] = ()

    def __call__(self, labels: Integers, probabilities: Probabilities) -> float:
        """Score the most probable class of each recording."""
        return float(self.of_confusions(confusion_matrix(labels, probabilities.argmax(1), probabilities.shape[1])))

    def gain(self, value: float) -> float:
        """Return a score so that higher is better."""
        return value

    def named(self, class_names: Sequence[str]) -> str:
        """Return how people call it, with the names of the classes."""
        if self.metric == "accuracy":
            return "accuracy"
        return "macro-F1" + (f" over {', '.join(class_names[k] for k in self.classes)}" if self.classes else "")

    def of_confusions(self, confusions: NDArray[np.generic]) -> NDArray[np.float64]:
        """Score many confusion matrices at once: (..., K, K) to (...,)."""
        if self.metric == "accuracy":
            right = np.trace(confusions, axis1=-2, axis2=-1)
            return np.asarray(right / np.maximum(confusions.sum((-2, -1)), 1), dtype=np.float64)
        f1 = class_f1(confusions)
        return np.asarray(f1[..., list(self.classes)].mean(-1) if self.classes else f1.mean(-1))

    def among(self, labels: Integers) -> Objective:
        """Return the objective over those of its classes that occur in `labels`.

        For parts of the data: a class that is not there would count as an F1 of 0, which says nothing of the model.
        Where none of the classes is there, the objective stays as it is.
        """
        there = [int(k) for k in np.unique(labels) if not self.classes or k in self.classes]
        return replace(self, classes=tuple(there)) if there else self


def class_f1(confusions: NDArray[np.generic]) -> NDArray[np.float64]:
    """Return F1 of each class, (..., K, K) to (..., K); 0 for a class neither there nor predicted."""
    right = np.diagonal(confusions, axis1=-2, axis2=-1)
    return np.asarray(2 * right / np.maximum(confusions.sum(-1) + confusions.sum(-2), 1), dtype=np.float64)


def log_loss(labels: Integers, probabilities: Probabilities) -> float:
    """Return the mean negative logarithm of the true class's probability."""
    true = probabilities[np.arange(len(labels)), labels]
    return float(-np.log(np.maximum(true, FLOOR)).mean())


def brier_score(labels: Integers, probabilities: Probabilities) -> float:
    """Return the mean squared error of the probabilities, summed over classes: 0 at best, 2 at worst."""
    return float(((probabilities - np.eye(probabilities.shape[1])[labels]) ** 2).sum(1).mean())


def log_probabilities(probabilities: Probabilities) -> Probabilities:
    """Return logarithms that are finite for probabilities of 0, too."""
    return np.log(np.maximum(probabilities, FLOOR))


def softmax(logits: NDArray[np.float64]) -> Probabilities:
    """Return exponentials over the last axis, scaled to sum to 1."""
    powers = np.exp(logits - logits.max(-1, keepdims=True))
    return np.asarray(powers / powers.sum(-1, keepdims=True))
