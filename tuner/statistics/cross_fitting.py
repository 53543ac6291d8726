"""Cross-fitting: each transformation is fitted on the other folds and applied to the fold that was left out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from tuner.statistics.probabilities import Integers, Probabilities


class Transformation(Protocol):
    """A function that was fitted, and that turns one or several sets of probabilities into one."""

    def apply(self, inputs: NDArray[np.float64], /) -> Probabilities:
        """Transform (N, K), or (M, N, K) for a blend of M candidates, to (N, K)."""


@dataclass(frozen=True, eq=False)
class CrossFitted:
    """Probabilities by transformations that were fitted without each fold in turn.

    No label of a fold enters what is fitted without it, however many transformations follow one another. Some of a
    fold's information is left all the same: the models that predicted the other folds were trained on this one. For
    transformations of a few parameters that is negligible, and it is usual in stacking (Wolpert 1992, "Stacked
    generalization").

    Parameters
    ----------
    by_fold : ndarray of shape (F, N, K) or (F, M, N, K), float64
        For each of F folds, the probabilities of all N recordings, by one candidate or by M candidates, after the
        transformations that were fitted without this fold.
    folds : ndarray of shape (N,), int64
        Place of each recording's fold in `by_fold`.
    """

    by_fold: NDArray[np.float64]
    folds: Integers

    @classmethod
    def of(cls, probabilities: NDArray[np.float64], folds: Integers) -> CrossFitted:
        """Start from out-of-fold probabilities, (N, K) or (M, N, K), that nothing was fitted to yet.

        Raises
        ------
        ValueError
            If there is only one fold, so that there is nothing to fit on.
        """
        numbers, places = np.unique(folds, return_inverse=True)
        if len(numbers) < 2:
            raise ValueError(f"cross-fitting needs two folds at least, got {len(numbers)}")
        return cls(np.broadcast_to(probabilities, (len(numbers), *probabilities.shape)), places)

    @property
    def held_out(self) -> Probabilities:
        """Probabilities (N, K) of each recording after the transformations that were fitted without its fold."""
        pooled: Probabilities = self.by_fold[self.folds, np.arange(len(self.folds))]
        return pooled

    def then(self, fit: Callable[[NDArray[np.float64], Integers], Transformation], labels: Integers) -> CrossFitted:
        """Fit one more transformation without each fold in turn, and apply it to all recordings.

        Parameters
        ----------
        fit : callable
            Takes the probabilities and labels of some recordings, and returns a transformation.
        labels : ndarray of shape (N,), int64
            Class of each recording.
        """
        transformed = []
        for fold, inputs in enumerate(self.by_fold):
            others = self.folds != fold
            transformed.append(fit(inputs[..., others, :], labels[others]).apply(inputs))
        return CrossFitted(np.array(transformed), self.folds)
