"""What the final step decides by: the labelled recordings, and what each candidate says of them out of fold."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tuner.bundle.manifest import Facts
from tuner.statistics.intervals import Interval
from tuner.statistics.objective import Objective
from tuner.statistics.probabilities import Integers, Probabilities
from tuner.study.trials import TrialRecord
from tuner.work.result import PartResult


@dataclass(frozen=True)
class Evidence:
    """What parts of the final step decide by.

    Parameters
    ----------
    labels, groups, folds : ndarray of shape (n_labelled,), int64
        Class, group and fold of each labelled recording.
    objective : Objective
        What the study is scored by.
    without : frozenset of str
        Names of the parts that are left out.
    coverage : float or None
        Share of recordings that is to be answered; the others are called unsure. None where all are answered.
    findings : tuple of str
        What the search has shown of each kind's settings, a sentence each.
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
    findings: tuple[str, ...]
    retrain: Callable[[Sequence[TrialRecord]], Sequence[PartResult]]


@dataclass(frozen=True)
class ConfirmedTrial:
    """A candidate after cross-validation.

    Parameters
    ----------
    trial : TrialRecord
        What it was in the search.
    seconds : float
        Time that all its trainings took together.
    probabilities : ndarray of shape (n_labelled, K), float64
        Out-of-fold probabilities.
    test : ndarray of shape (n_folds, n_test, K), float64
        Probabilities of the test part, by each fold's model.
    score : Interval
        Objective on the out-of-fold probabilities.
    objective : Objective
        What the study is scored by.
    is_augmented : bool
        Whether the probabilities are those of test-time augmentation.
    facts : tuple of Facts
        What the parts that judge single candidates have found.
    """

    trial: TrialRecord
    seconds: float
    probabilities: Probabilities
    test: NDArray[np.float64]
    score: Interval
    objective: Objective
    is_augmented: bool = False
    facts: tuple[Facts, ...] = ()

    @property
    def architecture(self) -> str:
        """Architecture of the candidate."""
        return self.trial.architecture or ""

    @property
    def curse(self) -> float | None:
        """How much better the score in the search was: what the best of many trials owes to luck.

        None where the search scored it on all parts, too: both are the same then.
        """
        if self.trial.result is not None and self.trial.result.losses:
            return None
        return self.objective.gain(self.trial.score) - self.objective.gain(self.score.value)


def out_of_fold(predicted: Sequence[NDArray[np.float32]], folds: Integers) -> Probabilities:
    """Put each fold's predictions, (n_held_out, K), where its recordings are: (n_labelled, K)."""
    pooled = np.empty((len(folds), predicted[0].shape[1]))
    for fold, part in enumerate(predicted):
        pooled[folds == fold] = part
    pooled /= pooled.sum(axis=1, keepdims=True)
    return pooled
