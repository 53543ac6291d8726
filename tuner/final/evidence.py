"""What the final step decides by: the labelled recordings, and what each candidate says of them out of fold."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from optuna.trial import FrozenTrial

from tuner.bundle.manifest import Facts
from tuner.final.training import Result
from tuner.statistics.intervals import Interval
from tuner.statistics.scoring import Integers, Objective, Probabilities


@dataclass(frozen=True)
class Evidence:
    """What parts of the final step decide by.

    Parameters
    ----------
    labels, groups, folds : ndarray of shape (n_labelled,), int64
        Class, group and fold of each labelled recording.
    objective : Objective
        What the study maximises.
    without : frozenset of str
        Names of the parts that are left out.
    coverage : float or None
        Share of recordings that is to be answered; the others are called unsure. None where all are answered.
    retrain : callable
        Trains some trials on all labelled recordings and returns their results; it raises a `TrialError` where one of
        them cannot be trained.
    """

    labels: Integers
    groups: Integers
    folds: Integers
    objective: Objective
    without: frozenset[str]
    coverage: float | None
    retrain: Callable[[Sequence[FrozenTrial]], Sequence[Result]]


@dataclass(frozen=True)
class ConfirmedTrial:
    """A candidate after cross-validation.

    Parameters
    ----------
    trial : FrozenTrial
        What it was in the search.
    seconds : float
        Time that all its trainings took together.
    probabilities : ndarray of shape (n_labelled, K), float64
        Out-of-fold probabilities.
    test : ndarray of shape (n_folds, n_test, K), float64
        Probabilities of the test part, by each fold's model.
    score : Interval
        Objective on the out-of-fold probabilities.
    is_augmented : bool
        Whether the probabilities are those of test-time augmentation.
    facts : tuple of Facts
        What the parts that judge single candidates have found.
    """

    trial: FrozenTrial
    seconds: float
    probabilities: Probabilities
    test: NDArray[np.float64]
    score: Interval
    is_augmented: bool = False
    facts: tuple[Facts, ...] = ()

    @property
    def architecture(self) -> str:
        """Architecture of the candidate."""
        name: str = self.trial.user_attrs["settings"]["architecture"]
        return name

    @property
    def curse(self) -> float:
        """Score in the search less the confirmed one: what the best of many trials owes to luck."""
        return float(self.trial.value or 0) - self.score.value


def out_of_fold(predicted: Sequence[NDArray[np.float32]], folds: Integers) -> Probabilities:
    """Put each fold's predictions, (n_held_out, K), where its recordings are: (n_labelled, K)."""
    pooled = np.empty((len(folds), predicted[0].shape[1]))
    for fold, part in enumerate(predicted):
        pooled[folds == fold] = part
    pooled /= pooled.sum(axis=1, keepdims=True)
    return pooled
