"""Whether a blend of the candidates is better than the best of them alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tuner.statistics.blending import Blend, fit_greedy, fit_stacking, only
from tuner.statistics.cross_fitting import CrossFitted
from tuner.statistics.intervals import Difference, paired_difference
from tuner.statistics.scoring import Integers, Objective, log_loss


@dataclass(frozen=True)
class Attempt:
    """One kind of blend, judged cross-fitted.

    Parameters
    ----------
    name : {"greedy", "stacking"}
        How it was found.
    blend : Average or Stacking
        Fitted on all recordings.
    crossed : CrossFitted
        Of blends that were fitted on the other folds.
    score, loss : float
        Objective and log loss of these.
    against_best : Difference
        Their objective less that of the best single candidate.
    """

    name: str
    blend: Blend
    crossed: CrossFitted
    score: float
    loss: float
    against_best: Difference

    def to_dict(self) -> dict[str, Any]:
        """Return plain data, without the probabilities."""
        return {
            "name": self.name,
            "blend": self.blend.to_dict(),
            "score": self.score,
            "log_loss": self.loss,
            "against_best": self.against_best.to_dict(),
        }


@dataclass(frozen=True)
class BlendChoice:
    """What is handed over, and what was tried.

    Parameters
    ----------
    blend : Average or Stacking
        To be applied to all candidates' probabilities; the best candidate alone where no blend was better.
    crossed : CrossFitted
        Out-of-fold probabilities of what is handed over.
    singles : tuple of (float, float)
        Objective and log loss of each candidate.
    attempts : tuple of Attempt
        Blends that were tried; none with one candidate.
    kept : str or None
        Name of the attempt that is handed over.
    reason : str
        One sentence for the report.
    """

    blend: Blend
    crossed: CrossFitted
    singles: tuple[tuple[float, float], ...]
    attempts: tuple[Attempt, ...]
    kept: str | None
    reason: str

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for the report, without the probabilities."""
        return {
            "blend": self.blend.to_dict(),
            "singles": [{"score": score, "log_loss": loss} for score, loss in self.singles],
            "attempts": [attempt.to_dict() for attempt in self.attempts],
            "kept": self.kept,
            "reason": self.reason,
        }


def choose_blend(
    candidates: NDArray[np.float64],
    labels: Integers,
    folds: Integers,
    groups: Integers,
    objective: Objective,
    seed: int = 0,
) -> BlendChoice:
    """Keep the better of two blends if, cross-fitted, it beats the best single candidate beyond noise.

    The best single candidate was chosen by these same recordings, so its score is a little flattered; that makes the
    rule strict towards blends, which cost a forward pass of every candidate.

    Parameters
    ----------
    candidates : ndarray of shape (M, N, K), float64
        Out-of-fold probabilities of each candidate, the best first.
    labels, folds, groups : ndarray of shape (N,), int64
        Class, fold and group of each recording.
    objective : Objective
        What is maximised.
    seed : int
        Of the resampling.
    """
    singles = tuple((objective(labels, candidate), log_loss(labels, candidate)) for candidate in candidates)
    alone = only(0, len(candidates)), CrossFitted.of(candidates[0], folds), singles
    if len(candidates) == 1:
        return BlendChoice(*alone, attempts=(), kept=None, reason="one candidate: nothing to blend")

    def attempt(name: str, fit: Callable[[NDArray[np.float64], Integers], Blend]) -> Attempt:
        crossed = CrossFitted.of(candidates, folds).then(fit, labels)
        blended = crossed.held_out
        difference = paired_difference(labels, blended, candidates[0], groups, objective, seed)
        score, loss = objective(labels, blended), log_loss(labels, blended)
        return Attempt(name, fit(candidates, labels), crossed, score, loss, difference)

    attempts = attempt("greedy", partial(fit_greedy, objective=objective)), attempt("stacking", fit_stacking)
    better = max(attempts, key=lambda tried: (tried.score, -tried.loss))
    margin = f"{better.against_best.value:+.4f}, one-sided 95 % from {better.against_best.lower:+.4f}"
    if not better.against_best.beyond_noise:
        reason = f"no blend beats the best candidate beyond noise: the better one, {better.name}, by {margin}"
        return BlendChoice(*alone, attempts=attempts, kept=None, reason=reason)
    reason = f"{better.name} beats the best candidate beyond noise: by {margin}"
    return BlendChoice(better.blend, better.crossed, singles, attempts, better.name, reason)
