"""What choosing among candidates, or fitting to them, adds to the score of what was chosen; the score without it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tuner.statistics.cross_fitting import Transformation
from tuner.statistics.intervals import Interval, interval
from tuner.statistics.objective import Objective
from tuner.statistics.probabilities import Integers

Floats = NDArray[np.float64]
Fit = Callable[[Floats, Integers], Transformation]
"""Makes one prediction out of those of M candidates: takes their probabilities (M, n, K) and the labels (n,)."""

DRAWS, COSTLY_DRAWS = 200, 50
"""Draws of recordings; fewer where something is fitted in each, or where the metric needs probabilities."""


@dataclass(frozen=True)
class CorrectedScore:
    """The score of what was chosen, as it is and without the luck of having been chosen.

    Parameters
    ----------
    plain : float
        Score on the very recordings that it was chosen by.
    corrected : Interval
        Score to expect elsewhere, with its 95 % interval; NaN where no recordings could be left out.
    luck : float
        By how much the plain score is too good: above 0 where it flatters, also where the objective is minimised.
    n_candidates : int
        Number of candidates that were chosen among.
    """

    plain: float
    corrected: Interval
    luck: float
    n_candidates: int

    def sentence(self, chosen_among: str = "candidates") -> str:
        """Return what the choice was worth, in words."""
        if np.isnan(self.luck):
            return f"what choosing among {self.n_candidates} {chosen_among} was worth cannot be told"
        return f"choosing among {self.n_candidates} {chosen_among} was worth {self.luck:.3f} of luck"


def correct_for_choice(
    candidates: Floats, labels: Integers, groups: Integers, objective: Objective, fit: Fit | None = None, seed: int = 0
) -> CorrectedScore:
    """Repeat the choice on recordings drawn with replacement, and score what is chosen on those that were not drawn.

    No training is needed. This covers the choice among all candidates whose predictions are here, and any fit to them.
    It does not cover candidates that were dropped earlier, nor other seeds of training.

    Scores of some recordings are not quite those of all: the F1 of a few recordings is lower. So the chosen one is
    compared with the mean of all candidates on the same recordings, and the difference is added to their mean on all
    recordings, while the paper takes the scores as they are. One candidate without a fit owes nothing to luck then.

    The interval has the widths of the ordinary bootstrap of what is chosen on all recordings. The percentiles of the
    draws would be half as wide again as they should be, since each is scored on a third of the recordings.

    Parameters
    ----------
    candidates : ndarray of shape (M, N, K), float64
        Out-of-fold probabilities of each candidate.
    labels : ndarray of shape (N,), int64
        True classes.
    groups : ndarray of shape (N,), int64
        Recordings of one patient, and identical ones, share a number and are drawn together.
    objective : Objective
        Objective that is scored.
    fit : callable or None
        What makes one prediction out of those of the candidates, `fit_pool` for instance, repeated in each draw; None
        for the single candidate that is best by the objective.
    seed : int
        Seed of the draws.

    References
    ----------
    Tsamardinos, Greasidou and Borboudakis (2018), "Bootstrapping the out-of-sample predictions for efficient and
    accurate cross-validation", Machine Learning 107 (BBC-CV).
    """
    drawn = _draws(labels, groups, DRAWS if fit is None and not objective.needs_probabilities else COSTLY_DRAWS, seed)
    scores = _scores(candidates, labels, objective, np.ones((1, len(labels))))[0]
    left_out = _scores(candidates, labels, objective, (drawn == 0).astype(np.float64))
    if fit is None:
        chosen = candidates[_best(scores, objective)]
        best = _best(_scores(candidates, labels, objective, drawn), objective)
        elsewhere = np.take_along_axis(left_out, best[:, None], axis=1)[:, 0]
    else:
        chosen = fit(candidates, labels).apply(candidates)
        elsewhere = np.array([_score_of_fit(candidates, labels, objective, fit, times) for times in drawn])
    gains = (elsewhere - left_out.mean(1))[(drawn == 0).any(1)]
    gains = gains[~np.isnan(gains)]
    value = float(scores.mean() + gains.mean()) if len(gains) else float("nan")
    plain = interval(labels, chosen, groups, objective, seed)
    return _corrected(plain, value, len(candidates), objective)


def _corrected(plain: Interval, value: float, n_candidates: int, objective: Objective) -> CorrectedScore:
    """Move an interval to the corrected value."""
    moved = Interval(value, value + plain.low - plain.value, value + plain.high - plain.value)
    luck = value - plain.value if objective.is_minimised else plain.value - value
    return CorrectedScore(plain.value, moved, luck, n_candidates)


def _best(scores: Floats, objective: Objective) -> NDArray[np.intp]:
    """Return which of M candidates is best, (..., M) to (...); an undefined score is worse than any."""
    gains = -scores if objective.is_minimised else scores
    return np.asarray(np.where(np.isnan(gains), -np.inf, gains).argmax(-1))


def _score_of_fit(candidates: Floats, labels: Integers, objective: Objective, fit: Fit, times: Floats) -> float:
    """Fit to recordings as often as they were drawn, and score those that were not; NaN where there are none."""
    rows, others = np.repeat(np.arange(len(labels)), times.astype(np.int64)), times == 0
    if not others.any():
        return float("nan")
    return objective(labels[others], fit(candidates[:, rows], labels[rows]).apply(candidates[:, others]))


def _draws(labels: Integers, groups: Integers, n_draws: int, seed: int) -> Floats:
    """Return how often each recording is drawn, (n_draws, N).

    Groups are drawn among those of the same rarest class, and one of them at least is left out, where there are two: so
    rare classes are among those that are drawn, and among those that are not.
    """
    rng = np.random.default_rng(seed)
    _, group = np.unique(groups, return_inverse=True)
    rarity = np.argsort(np.argsort(-np.bincount(labels), kind="stable"))[labels]
    rarest = np.zeros(int(group.max()) + 1, dtype=np.int64)
    np.maximum.at(rarest, group, rarity)
    times = np.zeros((n_draws, len(rarest)))
    for stratum in np.unique(rarest):
        members = np.flatnonzero(rarest == stratum)
        picks = rng.integers(len(members), size=(n_draws, len(members)))
        places = np.arange(n_draws)[:, None] * len(members) + picks
        counts = np.bincount(places.ravel(), minlength=picks.size).reshape(picks.shape)
        if len(members) > 1:
            has_all = counts.all(axis=1)  # each once: the first pick then takes the place of the last
            counts[has_all, picks[has_all, 0]] = 2
            counts[has_all, picks[has_all, -1]] = 0
        times[:, members] = counts
    return times[:, group]


def _scores(candidates: Floats, labels: Integers, objective: Objective, weights: Floats) -> Floats:
    """Score M candidates under each of D weightings of the recordings (D, N): (D, M)."""
    if objective.needs_probabilities:
        return np.stack([objective.of_probabilities(labels, one, weights) for one in candidates], axis=1)
    n_candidates, _, n_classes = candidates.shape
    decisions = candidates.argmax(-1).T[..., None] == np.arange(n_classes)
    decided = decisions.reshape(len(labels), -1).astype(np.float32)  # counts stay exact, and products are fast
    rows = [weights[:, labels == k].astype(np.float32) @ decided[labels == k] for k in range(n_classes)]
    return objective.of_confusions(np.stack(rows, 1).reshape(-1, n_classes, n_candidates, n_classes).swapaxes(1, 2))
