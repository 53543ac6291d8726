"""Whether a blend of the candidates is better than the best of them alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tuner.statistics.blending import Pool, fit_pool, only
from tuner.statistics.cross_fitting import CrossFitted
from tuner.statistics.intervals import Difference, paired_difference
from tuner.statistics.objective import Objective
from tuner.statistics.probabilities import Integers, log_loss


@dataclass(frozen=True)
class Attempt:
    """A blend that was tried, with its cross-fitted scores.

    Parameters
    ----------
    blend : Pool
        Blend that was fitted on all recordings.
    crossed : CrossFitted
        Probabilities by blends that were fitted on the other folds.
    score, loss : float
        Objective and log loss of these probabilities.
    against_best : Difference
        How much better their objective is than that of the best single candidate.
    """

    blend: Pool
    crossed: CrossFitted
    score: float
    loss: float
    against_best: Difference


@dataclass(frozen=True)
class BlendChoice:
    """The blend that is kept, and the blend that was tried.

    Parameters
    ----------
    blend : Pool
        Blend to apply to the probabilities of all candidates; the best candidate alone where no blend was better.
    crossed : CrossFitted
        Out-of-fold probabilities of what is kept.
    singles : tuple of (float, float)
        Objective and log loss of each candidate.
    attempt : Attempt or None
        The blend that was tried; None where there is one candidate only.
    is_kept : bool
        Whether the blend that was tried is kept.
    reason : str
        Reason of the choice, one sentence for the report.
    """

    blend: Pool
    crossed: CrossFitted
    singles: tuple[tuple[float, float], ...]
    attempt: Attempt | None
    is_kept: bool
    reason: str


def choose_blend(
    candidates: NDArray[np.float64],
    labels: Integers,
    folds: Integers,
    groups: Integers,
    objective: Objective,
    seed: int = 0,
) -> BlendChoice:
    """Keep a blend if, cross-fitted, it beats the best single candidate beyond noise.

    The best single candidate was chosen on these same recordings, so its score is a little too good. That makes the
    rule strict towards blends, which cost a forward pass of every candidate.

    Parameters
    ----------
    candidates : ndarray of shape (M, N, K), float64
        Out-of-fold probabilities of each candidate, the best first.
    labels, folds, groups : ndarray of shape (N,), int64
        Class, fold and group of each recording.
    objective : Objective
        Objective that decides which is better.
    seed : int
        Seed of the resampling.
    """
    singles = tuple((objective(labels, candidate), log_loss(labels, candidate)) for candidate in candidates)
    alone = only(0, len(candidates)), CrossFitted.of(candidates[0], folds), singles
    if len(candidates) == 1:
        return BlendChoice(*alone, attempt=None, is_kept=False, reason="one candidate: nothing to blend")
    crossed = CrossFitted.of(candidates, folds).then(fit_pool, labels)
    blended = crossed.held_out
    gain = paired_difference(labels, blended, candidates[0], groups, objective, seed)
    blend = fit_pool(candidates, labels)
    attempt = Attempt(blend, crossed, objective(labels, blended), log_loss(labels, blended), gain)
    margin = f"by {gain.value:+.4f}, one-sided 95 % from {gain.lower:+.4f}"
    if not any(blend.weights):
        reason = "no candidate says more than chance: a blend gives none a weight"
        return BlendChoice(*alone, attempt=attempt, is_kept=False, reason=reason)
    if not gain.beyond_noise:
        reason = f"the blend does not beat the best candidate beyond noise: {margin}"
        return BlendChoice(*alone, attempt=attempt, is_kept=False, reason=reason)
    reason = f"the blend beats the best candidate beyond noise: {margin}"
    return BlendChoice(blend, crossed, singles, attempt, is_kept=True, reason=reason)
