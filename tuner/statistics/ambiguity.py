"""Whether to keep the models of the folds as an ensemble, or to train one model on everything."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tuner.statistics.probabilities import Integers, Probabilities, brier_score

EXPONENT = 0.35
"""Exponent of the steepest learning curve that Hestness et al. measured on real data; theirs go from 0.07 to 0.35."""


@dataclass(frozen=True)
class Handover:
    """By how much an ensemble, or retraining, is expected to lower the Brier score of a single model of a fold.

    Parameters
    ----------
    member_error : float
        Out-of-fold Brier score of the single models, each trained without one fold.
    ensemble_gain : float
        Reduction by averaging: the mean squared deviation of the members from their average.
    retraining_gain : float
        Largest reduction that training on the missing fold, too, can bring.
    """

    member_error: float
    ensemble_gain: float
    retraining_gain: float

    @property
    def keep_ensemble(self) -> bool:
        """Whether averaging gains more than retraining can."""
        return self.ensemble_gain > self.retraining_gain

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for the report."""
        return asdict(self) | {"keep_ensemble": self.keep_ensemble}


def ensemble_or_retrain(members: NDArray[np.float64], probabilities: Probabilities, labels: Integers) -> Handover:
    """Compare an ensemble of F models, each trained on (F - 1) / F of the data, with one model trained on all.

    For squared errors it holds exactly, recording by recording, that the error of an average is the mean error of its
    members minus their ambiguity, which is their mean squared deviation from the average. Ambiguity needs no labels, so
    it is measured on recordings that none of the members was trained on; on their own training data the members would
    agree more. The mean error of the members is the out-of-fold error.

    Learning curves fall as a power of the amount of data, n^-b, with b at most 0.35. So one more fold multiplies the
    error by at least ((F - 1) / F)^0.35; with five folds it removes at most 8 %. The bound favours retraining, because
    the part of the error that no amount of data removes does not shrink at all. A tie goes to the single model, which
    costs F times less to run.

    Parameters
    ----------
    members : ndarray of shape (F, U, K), float64
        Probabilities that the F models give the same U unlabelled recordings.
    probabilities : ndarray of shape (N, K), float64
        Out-of-fold probabilities that the same models give the labelled recordings.
    labels : ndarray of shape (N,), int64
        True classes of the labelled recordings.

    References
    ----------
    Krogh and Vedelsby (1995), "Neural network ensembles, cross validation, and active learning"; Hestness et al.
    (2017), "Deep learning scaling is predictable, empirically".
    """
    error, folds = brier_score(labels, probabilities), len(members)
    ambiguity = float(((members - members.mean(0)) ** 2).sum(2).mean())
    return Handover(error, ambiguity, error * (1 - ((folds - 1) / folds) ** EXPONENT))
