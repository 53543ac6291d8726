"""What is made of the confirmed candidates: which are blended, how they are calibrated, whether they are retrained."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from tuner.bundle import combined
from tuner.final.confirm import Confirmed, Workshop
from tuner.statistics.abstention import Abstention, RiskCoverage, choose_threshold, risk_coverage, threshold_of_average
from tuner.statistics.ambiguity import Handover, ensemble_or_retrain
from tuner.statistics.blend_choice import BlendChoice, choose_blend
from tuner.statistics.blending import Pool
from tuner.statistics.calibration import Calibration
from tuner.statistics.calibration_choice import CalibrationChoice, choose_calibration
from tuner.statistics.objective import Objective


@dataclass(frozen=True)
class Recipe:
    """What is handed over, and why.

    Parameters
    ----------
    members : list of Confirmed
        Candidates that have a say, the best first.
    blend : Pool
        Of these members.
    blend_choice : BlendChoice
        Over all confirmed candidates.
    calibration_choice : CalibrationChoice or None
        None where calibration was left out.
    curve : RiskCoverage or None
        None where abstention was left out.
    abstention : Abstention or None
        None where no coverage was asked for.
    handover : Handover or None
        Fold models against retraining; None where there were no unlabelled recordings to measure it on.
    is_retrained : bool
        Whether each member is trained anew on everything.
    probabilities : ndarray of shape (n_labelled, K), float64
        Out-of-fold, and cross-fitted in whatever was fitted to them.
    fault : str or None
        Why it was wanted and could not be.
    """

    members: list[Confirmed]
    blend: Pool
    blend_choice: BlendChoice
    calibration_choice: CalibrationChoice | None
    curve: RiskCoverage | None
    abstention: Abstention | None
    handover: Handover | None
    is_retrained: bool
    probabilities: NDArray[np.float64]
    fault: str | None = None

    @property
    def calibration(self) -> Calibration | None:
        """What makes probabilities mean what they say."""
        return self.calibration_choice.calibration if self.calibration_choice else None

    def of_folds(self, fault: str) -> Recipe:
        """Return the same with the models of the folds, because of a fault in training on everything."""
        return replace(self, is_retrained=False, fault=fault)

    @property
    def by_fold(self) -> NDArray[np.float64]:
        """What the models of each fold say of the test part, (n_folds, n_test, K)."""
        return self.by_model([one.test for one in self.members])

    @property
    def unsure_below(self) -> float | None:
        """Least confidence of an answer of what is handed over; None where it answers every recording."""
        if self.abstention is None:
            return None
        by_fold = self.by_fold
        if self.is_retrained or not by_fold.shape[1]:
            return self.abstention.threshold
        return threshold_of_average(self.abstention.threshold, by_fold)

    def by_model(self, members: list[NDArray[np.float64]]) -> NDArray[np.float64]:
        """Blend and calibrate what each fold's models say, or the retrained ones; see `tuner.bundle.combined`."""
        return combined(members, self.blend, self.calibration)


def decide(
    confirmed: list[Confirmed], workshop: Workshop, objective: Objective, without: Set[str], coverage: float | None
) -> Recipe:
    """Decide by out-of-fold figures what is handed over.

    Parameters
    ----------
    confirmed : list of Confirmed
        The best first.
    workshop : Workshop
        For the data and the folds.
    objective : Objective
        What the study is scored by.
    without : set of str
        Those of `tuner.final.PARTS` that are left out.
    coverage : float, optional
        Share of recordings that is to be answered, for an abstaining model.
    """
    cache, folds = workshop.cache, workshop.folds
    labels, groups = cache.labels[cache.labelled], cache.groups[cache.labelled]
    tried = confirmed[:1] if "blend" in without else confirmed
    choice = choose_blend(np.array([one.probabilities for one in tried]), labels, folds, groups, objective)
    if "blend" in without:
        choice = replace(choice, reason="left out as asked")
    members, blend = _members(tried, choice.blend)
    crossed, calibration = choice.crossed, None
    if "calibrate" not in without:
        calibration = choose_calibration(crossed, labels, groups, objective)
        crossed = calibration.crossed
    recipe = Recipe(members, blend, choice, calibration, None, None, None, "ensemble" in without, crossed.held_out)
    if "abstain" not in without:
        curve = risk_coverage(labels, recipe.probabilities, objective)
        abstention = None if coverage is None else choose_threshold(labels, crossed, objective, coverage)
        recipe = replace(recipe, curve=curve, abstention=abstention)
    if recipe.is_retrained or not len(cache.test):
        return recipe
    handover = ensemble_or_retrain(recipe.by_fold, recipe.probabilities, labels)
    return replace(recipe, handover=handover, is_retrained=not handover.keep_ensemble)


def _members(tried: list[Confirmed], blend: Pool) -> tuple[list[Confirmed], Pool]:
    """Leave out the candidates that have no weight."""
    pairs = [(one, weight) for one, weight in zip(tried, blend.weights, strict=True) if weight]
    return [one for one, _ in pairs], Pool(tuple(weight for _, weight in pairs))
