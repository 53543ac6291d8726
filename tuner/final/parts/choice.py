"""The price of choosing: what is left of the score without the luck of having been chosen among many."""

from __future__ import annotations

import numpy as np

from tuner.bundle.manifest import Confirmed, Facts, Manifest, Scored
from tuner.final.evidence import Evidence
from tuner.final.part import Part, PartFacts
from tuner.final.recipe import Recipe
from tuner.screen.terminal import show
from tuner.statistics.blending import fit_pool
from tuner.statistics.choice_bias import correct_for_choice


class Corrected(Facts):
    """The score that is to be expected elsewhere, and what the choice added to that of the candidates."""

    plain: float
    corrected: Scored
    luck: float | None
    candidates: int
    sentence: str


class ChoiceFacts(PartFacts):
    """What choosing was worth, and what settings are worth in each kind."""

    choice: Corrected | None = None
    kinds: tuple[str, ...] = ()

    def section(self, manifest: Manifest, confirmed: Confirmed) -> str:
        """Say what the choice was worth, and what settings are."""
        lines = [line[0].upper() + line[1:] + "." for line in self.kinds]
        if self.choice is not None:
            score, sentence = self.choice.corrected, self.choice.sentence
            between = f"95 % interval {show(score.low)} to {show(score.high)}"
            lines.insert(
                0,
                f"{sentence[0].upper()}{sentence[1:]}: {confirmed.objective} is {show(self.choice.plain)} on the "
                f"recordings that decided, and {show(score.value)} ({between}) corrected for that. The same choice was "
                "repeated on drawn recordings and scored on those that were not drawn (BBC-CV).",
            )
        return "## Corrected for choice\n\n" + "\n".join(f"- {line}" for line in lines) + "\n" if lines else ""

    def lines(self, manifest: Manifest, confirmed: Confirmed) -> list[str]:
        """Say the same in short."""
        if self.choice is None:
            return list(self.kinds)
        score = self.choice.corrected
        corrected = f"{show(score.value)} ({show(score.low)} to {show(score.high)})"
        return [f"corrected for choice: {confirmed.objective} {corrected}; {self.choice.sentence}", *self.kinds]


class Choice(Part):
    """Repeats the choice of what is handed over on drawn recordings; changes nothing."""

    name = "choice"

    def decide(self, recipe: Recipe, evidence: Evidence) -> tuple[Recipe, ChoiceFacts]:
        """Correct the score for the choice among all candidates, and for the weights of a blend of them."""
        if self.name in evidence.without:
            return recipe, ChoiceFacts(kinds=evidence.findings)
        candidates = np.array([one.probabilities for one in recipe.candidates])
        is_blend = recipe.blend.weights != (1.0,)
        fit = fit_pool if is_blend else None
        found = correct_for_choice(candidates, evidence.labels, evidence.groups, evidence.objective, fit)
        corrected = Corrected(
            plain=found.plain,
            corrected=found.corrected,
            luck=None if np.isnan(found.luck) else found.luck,
            candidates=found.n_candidates,
            sentence=found.sentence("complete trials"),
        )
        return recipe, ChoiceFacts(choice=corrected, kinds=evidence.findings)
