"""Probabilities of classes: their logarithms, and the two proper losses."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Probabilities = NDArray[np.float64]
Integers = NDArray[np.int64]

FLOOR = 1e-7
"""Probabilities below this are raised to it: networks compute in float32, and a logarithm must stay finite."""


def softmax(logits: NDArray[np.float64]) -> Probabilities:
    """Return exponentials over the last axis, scaled to sum to 1."""
    powers = np.exp(logits - logits.max(-1, keepdims=True))
    return np.asarray(powers / powers.sum(-1, keepdims=True))


def log_probabilities(probabilities: Probabilities) -> Probabilities:
    """Return logarithms that are finite for probabilities of 0, too."""
    return np.log(np.maximum(probabilities, FLOOR))


def log_losses(labels: Integers, probabilities: Probabilities) -> NDArray[np.float64]:
    """Return the negative logarithm of the true class's probability for each recording, shape (N,)."""
    return -log_probabilities(probabilities[np.arange(len(labels)), labels])


def log_loss(labels: Integers, probabilities: Probabilities) -> float:
    """Return the mean negative logarithm of the true class's probability."""
    return float(log_losses(labels, probabilities).mean())


def brier_score(labels: Integers, probabilities: Probabilities) -> float:
    """Return the mean squared error of the probabilities, summed over classes: 0 at best, 2 at worst."""
    return float(((probabilities - np.eye(probabilities.shape[1])[labels]) ** 2).sum(1).mean())
