"""What is made of the confirmed candidates: the state that the parts of the final step hand on to one another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tuner.bundle import combined
from tuner.final.evidence import ConfirmedTrial
from tuner.statistics.abstention import threshold_of_average
from tuner.statistics.blending import Pool, only
from tuner.statistics.calibration import Calibration
from tuner.statistics.cross_fitting import CrossFitted
from tuner.statistics.probabilities import Integers, Probabilities
from tuner.work.result import PartResult


@dataclass(frozen=True)
class Recipe:
    """What is handed over, as far as it is decided.

    Parameters
    ----------
    candidates : tuple of ConfirmedTrial
        All confirmed candidates, the best first.
    members : tuple of ConfirmedTrial
        Those that have a say.
    blend : Pool
        A weight for each member.
    crossed : CrossFitted
        Out-of-fold probabilities, cross-fitted in whatever was fitted to them.
    calibration : Calibration or None
        Calibration of what is blended; None where none is applied.
    threshold : float or None
        Least confidence of an answer of a single fold's models; None where every recording is answered.
    retrained : tuple of PartResult or None
        A training of each member on everything; None where the models of the folds are kept.
    """

    candidates: tuple[ConfirmedTrial, ...]
    members: tuple[ConfirmedTrial, ...]
    blend: Pool
    crossed: CrossFitted
    calibration: Calibration | None = None
    threshold: float | None = None
    retrained: tuple[PartResult, ...] | None = None

    @classmethod
    def of_best(cls, candidates: Sequence[ConfirmedTrial], folds: Integers) -> Recipe:
        """Start from the best candidate alone, which is the first."""
        crossed = CrossFitted.of(candidates[0].probabilities, folds)
        return cls(tuple(candidates), (candidates[0],), only(0, 1), crossed)

    @property
    def probabilities(self) -> Probabilities:
        """Out-of-fold probabilities (n_labelled, K)."""
        return self.crossed.held_out

    @property
    def by_fold(self) -> NDArray[np.float64]:
        """What the models of each fold say of the test part, (n_folds, n_test, K)."""
        return self._combined([one.test for one in self.members])

    @property
    def test(self) -> NDArray[np.float64]:
        """What each of the models that are handed over says of the test part, (n_folds or 1, n_test, K)."""
        if self.retrained is None:
            return self.by_fold
        said = []
        for one, result in zip(self.members, self.retrained, strict=True):
            probabilities = result.test_augmented if one.is_augmented else result.test
            assert probabilities is not None
            said.append(probabilities[None].astype(np.float64))
        return self._combined(said)

    @property
    def unsure_below(self) -> float | None:
        """Least confidence of an answer of what is handed over; None where it answers every recording."""
        if self.threshold is None:
            return None
        by_fold = self.by_fold
        if self.retrained is not None or not by_fold.shape[1]:
            return self.threshold
        return threshold_of_average(self.threshold, by_fold)

    def _combined(self, members: list[NDArray[np.float64]]) -> NDArray[np.float64]:
        return combined(members, self.blend, self.calibration)
