"""The parts of the final step, one a file, in the order in which they decide."""

from __future__ import annotations

from collections.abc import Sequence

from tuner.final.evidence import ConfirmedTrial, Evidence
from tuner.final.part import Part, PartFacts
from tuner.final.parts.abstain import Abstain
from tuner.final.parts.augment import Augment
from tuner.final.parts.blend import Blend
from tuner.final.parts.calibrate import Calibrate
from tuner.final.parts.choice import Choice
from tuner.final.parts.ensemble import Ensemble
from tuner.final.recipe import Recipe
from tuner.work.result import PartResult

PARTS: list[Part] = [Augment(), Blend(), Calibrate(), Abstain(), Choice(), Ensemble()]

CONFIRM = "confirm"
"""The frame around the parts, which can be left out with all of them."""


def names() -> list[str]:
    """Return what `--without` can leave out."""
    return [CONFIRM, *(part.name for part in PARTS)]


def judge(candidate: ConfirmedTrial, results: Sequence[PartResult], evidence: Evidence) -> ConfirmedTrial:
    """Let each part decide about a candidate that is just cross-validated."""
    for part in PARTS:
        candidate = part.judge(candidate, results, evidence)
    return candidate


def decide(candidates: Sequence[ConfirmedTrial], evidence: Evidence) -> tuple[Recipe, list[PartFacts]]:
    """Let each part decide what is made of the confirmed candidates, the best first.

    Returns
    -------
    Recipe, list of PartFacts
        What is handed over, and what each part has found.
    """
    recipe, found = Recipe.of_best(candidates, evidence.folds), []
    for part in PARTS:
        recipe, facts = part.decide(recipe, evidence)
        found.append(facts)
    return recipe, found
