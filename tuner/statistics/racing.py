"""Races: whether a setting is worth going on with, by its losses on the same recordings as the best so far.

The incumbent is the best setting so far, the challenger the one that is judged. The recordings that both predicted are
compared one by one, so that what is hard for both cancels. Log loss depends on every recording; a metric of decisions
depends on the few near a decision, and ranks settings that are alike by chance.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tuner.statistics.calibration import class_shares
from tuner.statistics.probabilities import Integers, Probabilities, log_probabilities, softmax

ADVANTAGE = 0.004
"""Advantage, in nats a recording, that a challenger must still be able to have: about 0.002 of macro-F1."""

CAUTION = 1.0
"""Standard errors that a challenger is given the benefit of. A wrong end costs one setting, so one is enough."""

SHARPNESS = (0.1, 10.0)
"""Bounds of 1 / temperature, those of a calibration."""

STEEPEST_PRIOR = 2.0
"""Largest prior exponent, above or below 0. Weights of classes, in inverse proportion to their shares, are undone by
one of -1."""


def calibrated_losses(labels: Integers, probabilities: Probabilities) -> NDArray[np.float64]:
    """Return each recording's log loss after the temperature and the prior exponent of lowest mean log loss.

    Settings that differ in weights of classes or in how sure they are would otherwise be told apart by what the final
    step calibrates away. Both numbers are fitted to these very recordings. Two numbers hardly overfit: they lower the
    mean of N recordings by about 1 / N nats below what calibration elsewhere would reach. And both sides of a race are
    lowered alike, so that it cancels in their difference.

    Log loss is convex in the two numbers, so there is one minimum.

    Parameters
    ----------
    labels : ndarray of shape (N,), int64
        True classes.
    probabilities : ndarray of shape (N, K), float64
        Predictions of recordings the model did not see.

    Returns
    -------
    ndarray of shape (N,), float64
        Log losses in nats.

    References
    ----------
    Guo, Pleiss, Sun and Weinberger (2017), "On calibration of modern neural networks"; Menon et al. (2021), "Long-tail
    learning via logit adjustment".
    """
    from scipy.optimize import minimize

    rows, prior = np.arange(len(labels)), np.log(class_shares(labels, probabilities.shape[1]))
    inputs = np.stack([log_probabilities(probabilities), np.broadcast_to(-prior, probabilities.shape)])
    true = inputs[:, rows, labels]

    def losses(numbers: NDArray[np.float64]) -> NDArray[np.float64]:
        logits = np.tensordot(numbers, inputs, axes=1)
        highest = logits.max(1)
        return np.asarray(np.log(np.exp(logits - highest[:, None]).sum(1)) + highest - logits[rows, labels])

    def mean_loss(numbers: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        expected = (inputs * softmax(np.tensordot(numbers, inputs, axes=1))).sum(-1)
        return float(losses(numbers).mean()), (expected - true).mean(1)

    start, bounds = np.array([1.0, 0.0]), [SHARPNESS, (-STEEPEST_PRIOR, STEEPEST_PRIOR)]
    found = minimize(mean_loss, start, jac=True, method="L-BFGS-B", bounds=bounds, options={"ftol": 1e-12})
    return losses(found.x)


@dataclass(frozen=True)
class Race:
    """How far a challenger is from the incumbent, over all parts that both have.

    Parameters
    ----------
    difference : float
        Mean loss of the challenger less that of the incumbent, in nats a recording: above 0 where it is worse.
    error : float
        Standard error of the difference; infinite where nothing can be said of it.
    n_parts : int
        Number of parts that both have.
    z : float
        Standard errors that the challenger is given the benefit of.
    delta : float
        Advantage, in nats a recording, that it must still be able to have.
    """

    difference: float
    error: float
    n_parts: int
    z: float
    delta: float

    @property
    def is_behind(self) -> bool:
        """Whether the challenger should leave: even by z standard errors better, it would not be ahead by delta.

        A copy of the incumbent is behind, too: there is nothing to gain by it.
        """
        return self.difference - self.z * self.error > -self.delta

    @property
    def verdict(self) -> str:
        """The outcome in one line, for the trial's reason and for tables."""
        side = "worse" if self.difference > 0 else "better"
        folds = "1 fold" if self.n_parts == 1 else f"{self.n_parts} folds"
        measured = f"{abs(self.difference):.4f} nats {side} (standard error {self.error:.4f}) over {folds}"
        return f"{measured}: {'unlikely to' if self.is_behind else 'may'} be better by {self.delta:g}"


def race(
    differences: NDArray[np.float64],
    groups: Integers,
    parts: Integers,
    noise: float | None = None,
    z: float = CAUTION,
    delta: float = ADVANTAGE,
) -> Race:
    """Compare a challenger with the incumbent on the recordings that both predicted.

    The standard error is the larger of two. The first is that of the recordings: whole groups are one observation, and
    each part has a mean of its own. It knows nothing of the seeds of two trainings: two of one setting would differ.
    The second is that of training again, from the noise among all trainings of the kind.

    Parameters
    ----------
    differences : ndarray of shape (N,), float64
        Loss of the challenger less that of the incumbent, in nats, of each recording of the parts that both have.
    groups : ndarray of shape (N,), int64
        Recordings of one patient, and identical ones, share a number; no group is in two parts.
    parts : ndarray of shape (N,), int64
        Part of each recording.
    noise : float or None
        Variance of the mean loss of a part among trainings of the kind, in nats², as `Flatness.noise`; a difference
        has twice as much. None where it is not known.
    z, delta : float
        See `Race`.

    Raises
    ------
    ValueError
        If there are no recordings, or a difference is not finite.

    References
    ----------
    Bergman, Purucker and Hutter (2024), arXiv 2405.03389, for stopping cross-validation early only with lenience;
    Cameron and Miller (2015), "A practitioner's guide to cluster-robust inference", for sums by group.
    """
    if not len(differences) or not np.isfinite(differences).all():
        raise ValueError(f"a race needs finite differences of losses, got {differences!r}")
    _, part = np.unique(parts, return_inverse=True)
    _, group = np.unique(groups, return_inverse=True)
    sizes = np.bincount(part)
    variance = _sampling_variance(differences - (np.bincount(part, differences) / sizes)[part], group, len(sizes))
    if noise is not None:
        variance = max(variance, 2 * noise / len(sizes))
    return Race(float(differences.mean()), float(np.sqrt(variance)), len(sizes), z, delta)


def _sampling_variance(deviations: NDArray[np.float64], group: Integers, n_parts: int) -> float:
    """Return the variance of the mean of N recordings, from their deviations from the means of their parts."""
    sums = np.bincount(group, deviations)
    free = len(sums) - n_parts
    if free < 1:
        return float(np.inf)
    return float((sums**2).sum() / len(deviations) ** 2 * len(sums) / free)
