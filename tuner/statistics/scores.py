"""What a model reached on one part of the data: a loss and a confusion matrix."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray


@dataclass(frozen=True)
class Scores:
    """What a model reached on one part of the data.

    Parameters
    ----------
    loss : float
        Mean loss per recording.
    confusion : tuple of tuple of int
        Recordings of class i (row) predicted as class j (column).
    """

    loss: float
    confusion: tuple[tuple[int, ...], ...]

    @property
    def accuracy(self) -> float:
        """Share of recordings predicted right."""
        matrix = np.array(self.confusion)
        return float(np.trace(matrix) / max(matrix.sum(), 1))

    @property
    def class_f1(self) -> list[float]:
        """F1 of each class; 0 for a class that neither occurs nor is predicted, as in scikit-learn."""
        return [float(f1) for f1 in class_f1(np.array(self.confusion))]

    @property
    def macro_f1(self) -> float:
        """Mean F1 over all classes."""
        return float(np.mean(self.class_f1))

    def to_dict(self) -> dict[str, Any]:
        """Return plain data, derived scores included, for the database and `--json`."""
        return {
            "loss": self.loss,
            "accuracy": self.accuracy,
            "macro_f1": self.macro_f1,
            "class_f1": self.class_f1,
            "confusion": [list(row) for row in self.confusion],
        }


def as_scores(loss: float, confusion: ArrayLike) -> Scores:
    """Freeze a loss and a (K, K) confusion matrix into `Scores`."""
    return Scores(loss, tuple(tuple(int(n) for n in row) for row in np.asarray(confusion)))


def confusion_matrix(labels: ArrayLike, predicted: ArrayLike, n_classes: int) -> NDArray[np.int64]:
    """Count recordings by class and prediction, shape (K, K)."""
    pairs = np.asarray(labels) * n_classes + np.asarray(predicted)
    return np.bincount(pairs, minlength=n_classes**2).reshape(n_classes, n_classes)


def class_f1(confusions: NDArray[np.generic]) -> NDArray[np.float64]:
    """Return F1 of each class, (..., K, K) to (..., K); 0 for a class that neither occurs nor is predicted."""
    right = np.diagonal(confusions, axis1=-2, axis2=-1)
    return np.asarray(2 * right / np.maximum(confusions.sum(-1) + confusions.sum(-2), 1), dtype=np.float64)
