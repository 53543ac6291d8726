"""How much the settings of a kind differ from one another, beside the noise of measuring them."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, sqrt
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

WORTH = 0.001
"""Gain below which more settings are not worth their time, in the unit of the scores."""

LEAST_SETTINGS = 8
"""Fewer settings never prove a kind flat."""

CONFIDENCES = tuple((10 * i + 5) / 100 for i in range(10))
"""Confidences, from 5 to 95 %, at which the spread is said to lie below something."""

MANY = 10**9
"""Degrees of freedom of a noise that is taken for exactly 0, where it is not known."""


@dataclass(frozen=True)
class Spread:
    """Standard deviation, tau, of the true scores of a kind's settings, and the noise they are measured with.

    Parameters
    ----------
    value : float
        The standard deviation; 0 where the settings differ no more than noise does.
    likely : tuple of float
        Standard deviations below which the truth lies in 5, 15, ... and 95 % of studies.
    noise : float or None
        Variance, sigma², of the score of one part among trainings of one setting; None where it cannot be told from
        the spread, since no two settings share two parts. All of what is seen may then be spread.
    """

    value: float
    likely: tuple[float, ...]
    noise: float | None

    @property
    def low(self) -> float:
        """Lower end of the interval: in 5 % of studies the truth is below it, or is 0."""
        return self.likely[0]

    @property
    def high(self) -> float:
        """Upper end of the interval, which the truth is above in 5 % of studies."""
        return self.likely[-1]


@dataclass(frozen=True, eq=False)
class Flatness:
    """What the settings of one kind are worth, by their scores on parts; lower scores are better, as losses are.

    Parameters
    ----------
    scores : ndarray of shape (M,), float64
        Mean score of each setting as if it had all parts; NaN where it has none.
    counts : ndarray of shape (M,), int64
        Number of parts of each setting.
    n_parts : int
        Number of parts that a complete setting has.
    spread : Spread or None
        How much settings differ; None where there are no two to compare.
    """

    scores: Floats
    counts: NDArray[np.int64]
    n_parts: int
    spread: Spread | None

    @property
    def n_settings(self) -> int:
        """Number of settings that have a score."""
        return int((self.counts > 0).sum())

    @property
    def noise(self) -> float | None:
        """Variance of the score of one part among trainings of one setting; None where it is not known."""
        return None if self.spread is None else self.spread.noise

    def reliability(self, n_parts: int) -> float:
        """Return the share of the variance of scores that is true, where scores are means of so many parts.

        It is 1 where the noise is not known: scores then stand as they are.
        """
        return 1.0 if self.spread is None else _reliability(self.spread.value, self.spread.noise, n_parts)

    @property
    def shrunken(self) -> Floats:
        """Scores (M,) drawn towards the mean of the kind, the more the fewer parts a setting has.

        The best of many noisy scores owes much to luck. Shrunken scores are the most likely truth, so that those of
        different kinds and of few and many parts can be compared.
        """
        there = self.counts > 0
        reliability = np.array([self.reliability(int(count)) for count in self.counts[there]])
        # Where settings do not differ, those of many parts say more about the mean; where they do, all say the same.
        weights = reliability if reliability.any() else self.counts[there].astype(np.float64)
        shrunken = np.full(len(self.scores), np.nan)
        if there.any():
            mean = np.average(self.scores[there], weights=weights)
            shrunken[there] = mean + reliability * (self.scores[there] - mean)
        return shrunken

    def expected_gain(self, n_more: int) -> float:
        """Return by how much the best setting is expected to improve with so many more complete settings.

        This is the mean over all that the spread may be: a few settings that happen to be alike are no reason to give
        up a kind. It is infinite where the spread is not known: such a kind has to be tried.
        """
        if self.spread is None:
            return inf
        return sum(self._gain(tau, n_more) for tau in self.spread.likely) / len(self.spread.likely)

    def largest_gain(self, n_more: int) -> float:
        """Return the expected gain if settings differ as much as the upper end of the interval allows."""
        return inf if self.spread is None else self._gain(self.spread.high, n_more)

    def is_flat(self, worth: float = WORTH) -> bool:
        """Return whether as many settings again would gain less than this, even if settings differ as they may."""
        return self.n_settings >= LEAST_SETTINGS and self.largest_gain(self.n_settings) < worth

    def _gain(self, tau: float, n_more: int) -> float:
        noise = None if self.spread is None else self.spread.noise
        chosen_well = sqrt(_reliability(tau, noise, self.n_parts))
        return tau * chosen_well * (_expected_best(self.n_settings + n_more) - _expected_best(self.n_settings))


def flatness(table: Floats) -> Flatness:
    """Tell how much settings differ, from their scores on the parts that each of them has.

    Settings and parts have effects that add up, so it makes no difference whether scores are taken as they are or
    relative to the default's on the same part. Settings that left after some parts are taken in: an effect of settings
    is judged beside that of the parts (Henderson's third method).

    Parameters
    ----------
    table : ndarray of shape (M, K), float64
        Score of each setting on each part, lower where better; NaN where a setting does not have a part.

    References
    ----------
    Searle, Casella and McCulloch (1992), "Variance components", chapters 4 and 5; Blom (1958), "Statistical estimates
    and transformed beta-variables", for the best of M; Efron and Morris (1975), "Data analysis using Stein's
    estimator", for shrinkage.
    """
    has = ~np.isnan(table)
    counts, scores = has.sum(1), np.full(len(table), np.nan)
    rows, columns = has.any(1), has.any(0)
    if not rows.any():
        return Flatness(scores, counts, table.shape[1], None)
    scores[rows], spread = _two_way(table[rows][:, columns])
    return Flatness(scores, counts, table.shape[1], spread)


def _two_way(table: Floats) -> tuple[Floats, Spread | None]:
    """Fit effects of settings and parts by least squares; every row and column has a value."""
    has = ~np.isnan(table)
    values, there = np.where(has, table, 0.0), has.astype(np.float64)
    n_rows, n_columns = there.sum(1, keepdims=True), there.sum(0)
    left = values - there * values.sum(1, keepdims=True) / n_rows
    parts, _, rank, _ = np.linalg.lstsq(np.diag(n_columns) - there.T @ (there / n_rows), left.sum(0), rcond=1e-9)
    scores = (values - there * parts).sum(1, keepdims=True) / n_rows
    residual = ((there * (values - parts - scores)) ** 2).sum()
    without_settings = ((values - there * values.sum(0) / n_columns) ** 2).sum()
    n, (n_settings, n_parts) = there.sum(), table.shape
    free, free_settings = int(n - n_settings - rank), int(n_settings + rank - n_parts)
    if free_settings < 1:
        return scores[:, 0], None
    between = max(without_settings - residual, 0.0) / free_settings
    return scores[:, 0], _spread(between, free_settings, residual, free, (n - n_parts) / free_settings)


def _spread(between: float, free_settings: int, residual: float, free: int, parts_each: float) -> Spread:
    """Return the spread from the mean square between settings and the sum of squared residuals, of `free` freedom.

    The mean square between settings is expected to be noise + parts_each * tau². What tau may be follows from its ratio
    to the noise, as F is distributed; that is exact where every setting has every part.
    """
    from scipy.special import fdtri

    noise = float(residual / free) if free else None

    def tau(ratio: float) -> float:
        return sqrt(max(0.0, (between / ratio - (noise or 0.0)) / parts_each))

    ratios = [float(fdtri(free_settings, free or MANY, 1 - confidence)) for confidence in CONFIDENCES]
    return Spread(tau(1.0), tuple(tau(ratio) for ratio in ratios), noise)


def _reliability(tau: float, noise: float | None, n_parts: int) -> float:
    """Return the share of true variance in means of so many parts; 1 where no noise is known."""
    if noise is None:
        return 1.0
    return tau**2 / (tau**2 + noise / n_parts) if tau > 0 else 0.0


def _expected_best(n_settings: int) -> float:
    """Return how many standard deviations the best of so many lies above the mean, after Blom (1958)."""
    return NormalDist().inv_cdf((n_settings - 0.375) / (n_settings + 0.25))
