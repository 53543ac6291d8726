"""What is made of the confirmed candidates: which are blended, how they are calibrated, whether they are retrained."""

from __future__ import annotations

import dataclasses
from collections.abc import Set
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tuner.bundle import combined
from tuner.final.confirm import Confirmed, Workshop
from tuner.statistics.abstention import Abstention, RiskCoverage, choose_threshold, risk_coverage
from tuner.statistics.ambiguity import Handover, ensemble_or_retrain
from tuner.statistics.blend_choice import BlendChoice, choose_blend
from tuner.statistics.blending import Average, Blend
from tuner.statistics.calibration import Calibration
from tuner.statistics.calibration_choice import CalibrationChoice, choose_calibration
from tuner.statistics.scoring import Objective


@dataclass(frozen=True)
class Recipe:
    """What is handed over, and why.

    Parameters
    ----------
    members : list of Confirmed
        Candidates that have a say, the best first.
    blend : Average or Stacking
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
    """

    members: list[Confirmed]
    blend: Blend
    blend_choice: BlendChoice
    calibration_choice: CalibrationChoice | None
    curve: RiskCoverage | None
    abstention: Abstention | None
    handover: Handover | None
    is_retrained: bool
    probabilities: NDArray[np.float64]

    @property
    def calibration(self) -> Calibration | None:
        """What makes probabilities mean what they say."""
        return self.calibration_choice.calibration if self.calibration_choice else None

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
        What the study maximises.
    without : set of str
        Those of `tuner.final.PARTS` that are left out.
    coverage : float, optional
        Share of recordings that is to be answered, for an abstaining model.
    """
    cache, folds = workshop.cache, workshop.folds
    labels, groups = cache.labels[cache.labelled], cache.groups[cache.labelled]
    tried = confirmed[:1] if "blend" in without else confirmed
    choice = choose_blend(np.array([one.probabilities for one in tried]), labels, folds, groups, objective)
    members, blend = _members(tried, choice.blend)
    probabilities, calibration_choice, curve, abstention = choice.probabilities, None, None, None
    if "calibrate" not in without:
        calibration_choice = choose_calibration(probabilities, labels, folds, groups, objective)
        probabilities = calibration_choice.probabilities
    if "abstain" not in without:
        curve = risk_coverage(labels, probabilities, objective)
        if coverage is not None:
            abstention = choose_threshold(labels, probabilities, folds, objective, coverage)
    recipe = Recipe(
        members, blend, choice, calibration_choice, curve, abstention, None, "ensemble" in without, probabilities
    )
    if recipe.is_retrained or not len(cache.test):
        return recipe
    by_fold = recipe.by_model([one.test for one in members])
    handover = ensemble_or_retrain(by_fold, probabilities, labels)
    return dataclasses.replace(recipe, handover=handover, is_retrained=not handover.keep_ensemble)


def _members(tried: list[Confirmed], blend: Blend) -> tuple[list[Confirmed], Blend]:
    """Leave out the candidates that have no weight."""
    if not isinstance(blend, Average):
        return tried, blend
    pairs = [(one, weight) for one, weight in zip(tried, blend.weights, strict=True) if weight]
    return [one for one, _ in pairs], Average(tuple(weight for _, weight in pairs))
