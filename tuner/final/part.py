"""What a part of the final step is: it decides something, and shows what it found."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, ClassVar

from pydantic import PlainSerializer

from tuner.bundle.manifest import Confirmed, Facts, Manifest
from tuner.final.evidence import ConfirmedTrial, Evidence
from tuner.final.recipe import Recipe
from tuner.statistics.intervals import Difference
from tuner.work.result import PartResult

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Gain = Annotated[Difference, PlainSerializer(Difference.to_dict)]
"""A difference as `bundle.json` has it, which says whether it is beyond noise."""


class PartFacts(Facts):
    """What a part has found: its fields are keys of `confirmed` in `bundle.json`.

    The methods get the manifest and its `confirmed`, in which all facts of all parts are by then.
    """

    def section(self, manifest: Manifest, confirmed: Confirmed) -> str:
        """Write a section of the model card in Markdown; the names in the manifest are escaped already."""
        return ""

    def pictures(self, confirmed: Confirmed) -> dict[str, Figure]:
        """Draw what the section shows, by file name."""
        return {}

    def lines(self, manifest: Manifest, confirmed: Confirmed) -> list[str]:
        """Say in the terminal what was found."""
        return []


class Part:
    """A part of the final step, known to `--without` by its name.

    A part that `Evidence.without` names is asked like any other: what is done without it is its own to say.
    """

    name: ClassVar[str]

    def judge(self, candidate: ConfirmedTrial, results: Sequence[PartResult], evidence: Evidence) -> ConfirmedTrial:
        """Decide something of a candidate alone, as soon as it is cross-validated.

        Parameters
        ----------
        candidate : ConfirmedTrial
            What the earlier parts made of it; `facts` gets what this one has found.
        results : sequence of PartResult
            Its trainings, one a fold.
        evidence : Evidence
            The labelled recordings, and what is wanted.
        """
        return candidate

    def decide(self, recipe: Recipe, evidence: Evidence) -> tuple[Recipe, PartFacts]:
        """Decide something of what is handed over.

        Parameters
        ----------
        recipe : Recipe
            What the earlier parts made of the candidates.
        evidence : Evidence
            The labelled recordings, and what is wanted.
        """
        return recipe, PartFacts()
