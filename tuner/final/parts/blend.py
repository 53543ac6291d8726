"""The blend: whether the candidates' predictions are averaged, and with which weights."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from tuner.bundle.manifest import Confirmed, Facts, Manifest, ManifestBlend
from tuner.final.evidence import Evidence
from tuner.final.part import Gain, Part, PartFacts
from tuner.final.recipe import Recipe
from tuner.statistics.blend_choice import BlendChoice, choose_blend
from tuner.statistics.blending import Pool


class Single(Facts):
    """Objective and log loss of a candidate alone."""

    score: float
    log_loss: float


class Attempt(Facts):
    """A blend of all candidates, with cross-fitted scores and what they gain over the best candidate's."""

    blend: ManifestBlend
    score: float
    log_loss: float
    against_best: Gain


class Choice(Facts):
    """What was chosen, with a weight for each candidate, and why."""

    blend: ManifestBlend
    singles: tuple[Single, ...]
    attempt: Attempt | None
    kept: bool
    reason: str

    @classmethod
    def of(cls, choice: BlendChoice) -> Choice:
        """Leave the probabilities out."""
        attempt = choice.attempt and Attempt(
            blend=ManifestBlend(pool=choice.attempt.blend.weights),
            score=choice.attempt.score,
            log_loss=choice.attempt.loss,
            against_best=choice.attempt.against_best,
        )
        return cls(
            blend=ManifestBlend(pool=choice.blend.weights),
            singles=tuple(Single(score=score, log_loss=loss) for score, loss in choice.singles),
            attempt=attempt,
            kept=choice.is_kept,
            reason=choice.reason,
        )


class BlendFacts(PartFacts):
    """The choice between a blend and the best candidate alone."""

    blend: Choice

    def section(self, manifest: Manifest, confirmed: Confirmed) -> str:
        """Say what is kept and why."""
        kept = "a blend of the candidates" if self.blend.kept else "the best candidate alone"
        return f"""## Blend

Kept: {kept}; {self.blend.reason}.
"""

    def lines(self, manifest: Manifest, confirmed: Confirmed) -> list[str]:
        """Say why."""
        return [f"blend: {self.blend.reason}"]


class Blend(Part):
    """A blend is kept if it beats the best candidate beyond noise; those without a weight are left out."""

    name = "blend"

    def decide(self, recipe: Recipe, evidence: Evidence) -> tuple[Recipe, BlendFacts]:
        """Choose between a blend of all candidates and the best one."""
        is_left_out = self.name in evidence.without
        tried = recipe.candidates[:1] if is_left_out else recipe.candidates
        choice = choose_blend(
            np.array([one.probabilities for one in tried]),
            *(evidence.labels, evidence.folds, evidence.groups, evidence.objective),
        )
        if is_left_out:
            choice = replace(choice, reason="left out as asked")
        pairs = [(one, weight) for one, weight in zip(tried, choice.blend.weights, strict=True) if weight]
        members, weights = zip(*pairs, strict=True)
        recipe = replace(recipe, members=members, blend=Pool(weights), crossed=choice.crossed)
        return recipe, BlendFacts(blend=Choice.of(choice))
