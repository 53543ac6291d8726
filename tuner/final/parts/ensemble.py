"""Ensemble: whether the models of the folds are kept, or each member is trained anew on everything."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import Annotated

from pydantic import PlainSerializer

from tuner.bundle.manifest import Confirmed, Manifest
from tuner.errors import TrialError
from tuner.final.evidence import Evidence
from tuner.final.part import Part, PartFacts
from tuner.final.recipe import Recipe
from tuner.statistics.ambiguity import Handover, ensemble_or_retrain

logger = logging.getLogger(__name__)


class EnsembleFacts(PartFacts):
    """Which way was taken, what either gains, and what went wrong.

    `handover` is None where the two were not compared, `fault` where nothing went wrong.
    """

    handover: Annotated[Handover, PlainSerializer(Handover.to_dict)] | None
    retrained: bool
    fault: str | None

    def section(self, manifest: Manifest, confirmed: Confirmed) -> str:
        """Say what the models are, and why."""
        kept = "Each member was trained anew on everything" if self.retrained else "The models of the folds are kept"
        return f"""## Models

{kept}: {self._why(confirmed)}.
"""

    def _why(self, confirmed: Confirmed) -> str:
        if self.fault is not None:
            return self.fault
        if self.handover is not None:
            return (
                f"of the out-of-fold Brier score {self.handover.member_error:.4f}, the squared error of the "
                f"probabilities, averaging them takes off {self.handover.ensemble_gain:.4f} (by how they differ on the "
                f"recordings without labels), training on the missing fold {self.handover.retraining_gain:.4f} at most"
            )
        is_left_out = Ensemble.name in confirmed.without
        return "as asked" if is_left_out else "there was nothing unlabelled to compare the two on"


class Ensemble(Part):
    """The models of the folds are kept if averaging them takes more off the Brier score than the missing fold can."""

    name = "ensemble"

    def decide(self, recipe: Recipe, evidence: Evidence) -> tuple[Recipe, EnsembleFacts]:
        """Compare the two ways on the test part, and train the members on everything if that promises more."""
        handover = None
        if self.name not in evidence.without:
            if not recipe.by_fold.shape[1]:
                return recipe, EnsembleFacts(handover=None, retrained=False, fault=None)
            handover = ensemble_or_retrain(recipe.by_fold, recipe.probabilities, evidence.labels)
            if handover.keep_ensemble:
                return recipe, EnsembleFacts(handover=handover, retrained=False, fault=None)
        try:
            retrained = tuple(evidence.retrain([one.trial for one in recipe.members]))
        except TrialError as fault:
            logger.warning("%s; the models of the folds are kept", fault)
            return recipe, EnsembleFacts(handover=handover, retrained=False, fault=str(fault))
        return replace(recipe, retrained=retrained), EnsembleFacts(handover=handover, retrained=True, fault=None)
