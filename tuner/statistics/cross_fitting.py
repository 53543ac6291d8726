"""Fit on the other folds, apply to the one left out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from tuner.statistics.scoring import Integers, Probabilities


class Transformation(Protocol):
    """What makes one set of probabilities of one set, or of several."""

    def apply(self, inputs: NDArray[np.float64], /) -> Probabilities:
        """Transform (N, K), or (M, N, K) for a blend of M candidates, to (N, K)."""


def cross_fit(
    fit: Callable[[NDArray[np.float64], Integers], Transformation],
    inputs: NDArray[np.float64],
    labels: Integers,
    folds: Integers,
) -> Probabilities:
    """Transform each fold's probabilities by what was fitted on the other folds.

    No label of a fold enters its own transformation. It is not blind to them altogether: the models that predicted
    the other folds were trained on this one. For transformations of a few parameters that is negligible, and the
    usual practice in stacking (Wolpert 1992, "Stacked generalization").

    Parameters
    ----------
    fit : callable
        Takes inputs and labels of some recordings.
    inputs : ndarray of shape (N, K) or (M, N, K), float64
        Out-of-fold probabilities, of one candidate or of M.
    labels, folds : ndarray of shape (N,), int64
        Class and fold of each recording.

    Returns
    -------
    ndarray of shape (N, K), float64

    Raises
    ------
    ValueError
        If there is only one fold, so that nothing is left to fit on.
    """
    numbers = np.unique(folds)
    if len(numbers) < 2:
        raise ValueError(f"cross-fitting needs two folds at least, got {len(numbers)}")
    out = np.empty(inputs.shape[-2:])
    for number in numbers:
        held = folds == number
        out[held] = fit(inputs[..., ~held, :], labels[~held]).apply(inputs[..., held, :])
    return out
