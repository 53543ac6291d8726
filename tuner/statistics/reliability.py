"""How far probabilities can be taken at their word."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tuner.statistics.probabilities import Integers, Probabilities, log_loss

BINS = 15


@dataclass(frozen=True)
class Reliability:
    """Data of a reliability diagram, and two numbers that sum it up.

    Parameters
    ----------
    count : tuple of int
        Recordings in each of 15 bins of equal width, by the probability of the predicted class.
    confidence, accuracy : tuple of float
        For each bin, the mean of that probability, and the share of recordings predicted right; both are 0 in an empty
        bin.
    calibration_error : float
        Mean distance between confidence and accuracy, weighted by count.
    log_loss : float
        Mean negative logarithm of the true class's probability.
    """

    count: tuple[int, ...]
    confidence: tuple[float, ...]
    accuracy: tuple[float, ...]
    calibration_error: float
    log_loss: float


def reliability(labels: Integers, probabilities: Probabilities) -> Reliability:
    """Compare confidence and accuracy in bins of confidence.

    The calibration error is the usual one, of the predicted class in 15 bins of equal width, so that it can be compared
    with published values. It is biased upwards for few recordings: perfect probabilities of 1,000 recordings have an
    error of about 0.02.

    Parameters
    ----------
    labels : ndarray of shape (N,), int64
        True classes.
    probabilities : ndarray of shape (N, K), float64
        Predictions of recordings the model did not see.

    References
    ----------
    Guo, Pleiss, Sun and Weinberger (2017), "On calibration of modern neural networks".
    """
    confidence, right = probabilities.max(1), probabilities.argmax(1) == labels
    which = np.clip(np.ceil(confidence * BINS).astype(np.int64) - 1, 0, BINS - 1)  # bins (low, high], as in the paper
    count = np.bincount(which, minlength=BINS)
    mean_confidence = np.bincount(which, confidence, BINS) / np.maximum(count, 1)
    accuracy = np.bincount(which, right, BINS) / np.maximum(count, 1)
    error = float((count * np.abs(mean_confidence - accuracy)).sum() / len(labels))
    return Reliability(
        tuple(count.tolist()),
        tuple(mean_confidence.tolist()),
        tuple(accuracy.tolist()),
        error,
        log_loss(labels, probabilities),
    )
