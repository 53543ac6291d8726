"""Calibration: one transformation with a temperature and a prior exponent."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tuner.statistics.objective import Objective
from tuner.statistics.probabilities import Integers, Probabilities, log_loss, log_probabilities, softmax

EXPONENTS = np.linspace(-0.5, 1.0, 16)
"""Prior exponents that are tried."""

LOWEST_TEMPERATURE, HIGHEST_TEMPERATURE = 0.1, 10.0


@dataclass(frozen=True)
class Calibration:
    """The transformation p' proportional to p^(1/T) / prior^a.

    Parameters
    ----------
    temperature : float
        The temperature T. Above 1 it makes probabilities less sure; it changes no decision.
    prior_exponent : float
        The exponent a. Above 0 it moves decisions towards rare classes.
    prior : tuple of float
        Share of each class in the labels.
    """

    temperature: float
    prior_exponent: float
    prior: tuple[float, ...]

    def __post_init__(self) -> None:
        """Refuse numbers that do not give probabilities."""
        shares = self.prior or (0.0,)
        is_prior = all(0 < share <= 1 for share in shares)
        if not (0 < self.temperature < np.inf and np.isfinite(self.prior_exponent) and is_prior):
            raise ValueError(f"{self!r}: needs a temperature and a prior above 0, and a finite exponent")

    def apply(self, probabilities: Probabilities) -> Probabilities:
        """Transform probabilities (N, K)."""
        return softmax(self.logits(probabilities))

    def logits(self, probabilities: Probabilities) -> NDArray[np.float64]:
        """Return the logarithm of p', (N, K), up to one constant in each row."""
        return log_probabilities(probabilities) / self.temperature - self.prior_exponent * np.log(self.prior)


def class_shares(labels: Integers, n_classes: int) -> tuple[float, ...]:
    """Return the share of each class, with one recording added to each class so that no share is 0."""
    counts = np.bincount(labels, minlength=n_classes) + 1
    return tuple((counts / counts.sum()).tolist())


def fit_temperature(probabilities: Probabilities, labels: Integers, prior_exponent: float = 0.0) -> Calibration:
    """Return the calibration of lowest log loss with this prior exponent.

    Log loss is convex in 1 / T, so a bounded search finds its minimum; T stays between 0.1 and 10.

    References
    ----------
    Guo, Pleiss, Sun and Weinberger (2017), "On calibration of modern neural networks".
    """
    from scipy.optimize import minimize_scalar

    prior, rows = class_shares(labels, probabilities.shape[1]), np.arange(len(labels))

    def loss(log_temperature: float) -> float:
        logits = Calibration(float(np.exp(log_temperature)), prior_exponent, prior).logits(probabilities)
        logits -= logits.max(1, keepdims=True)
        return float((np.log(np.exp(logits).sum(1)) - logits[rows, labels]).mean())

    found = minimize_scalar(
        loss, bounds=(float(np.log(LOWEST_TEMPERATURE)), float(np.log(HIGHEST_TEMPERATURE))), method="bounded"
    )
    return Calibration(float(np.exp(found.x)), prior_exponent, prior)


def fit_calibration(probabilities: Probabilities, labels: Integers, objective: Objective) -> Calibration:
    """Return the calibration of best objective among those whose log loss is no higher than that of the input.

    The temperature is fitted for each exponent of a grid from -0.5 to 1 in steps of 0.1. Single recordings make the
    objective jump from one exponent to the next, so it is averaged over neighbours on the grid; of equally good
    exponents the nearest to 0 is taken. A prior exponent raises log loss, and a temperature lowers it. Together they
    must not raise it, so that probabilities never get worse.

    Parameters
    ----------
    probabilities : ndarray of shape (N, K), float64
        Out-of-fold probabilities.
    labels : ndarray of shape (N,), int64
        True classes.
    objective : Objective
        Objective that decides which is better.

    References
    ----------
    Menon et al. (2021), "Long-tail learning via logit adjustment", for dividing by a power of the prior.
    """
    fits = [fit_temperature(probabilities, labels, float(a)) for a in EXPONENTS]
    transformed = [fitted.apply(probabilities) for fitted in fits]
    gains = np.array([objective.gain(objective(labels, after)) for after in transformed])
    ends = np.pad(gains, 1, mode="edge")
    smooth = np.round((ends[:-2] + ends[1:-1] + ends[2:]) / 3, 9)  # equal gains stay equal after the sum
    limit = log_loss(labels, probabilities) + 1e-9
    ranks = [
        (log_loss(labels, after) <= limit, gain, -abs(fitted.prior_exponent))
        for fitted, after, gain in zip(fits, transformed, smooth, strict=True)
    ]
    return fits[ranks.index(max(ranks))]
