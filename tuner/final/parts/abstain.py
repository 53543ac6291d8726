"""Abstaining: how much surer the model is where it is sure, and below which confidence it answers "unsure"."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

from pydantic import PlainSerializer

from tuner.bundle.manifest import Confirmed, Manifest
from tuner.final.evidence import Evidence
from tuner.final.part import Part, PartFacts
from tuner.final.recipe import Recipe
from tuner.screen.final_figures import risk_coverage_curve
from tuner.screen.terminal import answered_line
from tuner.statistics.abstention import Abstention, RiskCoverage, choose_threshold, risk_coverage

if TYPE_CHECKING:
    from matplotlib.figure import Figure


class AbstainFacts(PartFacts):
    """The risk-coverage curve, None where abstaining was left out, and the threshold if a coverage was asked for."""

    risk_coverage: Annotated[RiskCoverage, PlainSerializer(RiskCoverage.to_dict)] | None
    abstention: Abstention | None

    def section(self, manifest: Manifest, confirmed: Confirmed) -> str:
        """Say what the model answers, and what it gets wrong of that."""
        if self.risk_coverage is None:
            return ""
        what = "It answers every recording."
        if self.abstention is not None:
            what = _answered(self.abstention, confirmed) + _moved(self.abstention, manifest)
            what += _by_class(self.abstention, manifest.class_names)
        return f"""## Abstaining

{what} Area under the risk-coverage curve: {self.risk_coverage.area:.4f}.

![risk and coverage](risk_coverage.png)
"""

    def pictures(self, confirmed: Confirmed) -> dict[str, Figure]:
        """Draw the curve with the chosen threshold."""
        if self.risk_coverage is None:
            return {}
        drawn = risk_coverage_curve(self.risk_coverage, self.abstention, confirmed.objective, "Out of fold")
        return {"risk_coverage.png": drawn}

    def lines(self, manifest: Manifest, confirmed: Confirmed) -> list[str]:
        """Say which share is answered, where one was asked for."""
        if (chosen := self.abstention) is None:
            return []
        shares = answered_line(chosen.coverage, chosen.class_coverage, manifest.class_names)
        return [f"asked for {chosen.wanted:.5g}, it answers {shares}; {chosen.risk:.1%} of that is wrong"]


def _answered(chosen: Abstention, confirmed: Confirmed) -> str:
    return (
        f"Asked to answer {chosen.wanted:.0%}, the models of single folds are wrong in {chosen.risk:.1%} of "
        f"the {chosen.coverage:.1%} that they answer ({confirmed.objective} {chosen.score:.3f}), each under "
        f"the threshold of the other folds, {chosen.threshold:.6g} on the whole."
    )


def _moved(chosen: Abstention, manifest: Manifest) -> str:
    """Say what becomes of the threshold where models are averaged."""
    if manifest.unsure_below is not None and manifest.unsure_below != chosen.threshold:
        return (
            f" Their average is less sure than each of them, so {manifest.unsure_below:.6g} is its threshold, at "
            "which it answers as many of the unlabelled recordings as they do."
        )
    if len(manifest.members[0].models) > 1 and not manifest.data.test:
        return (
            " Their average, which is handed over, is less sure than each of them and answers somewhat fewer; "
            "nothing was unlabelled to measure how many."
        )
    return ""


def _by_class(chosen: Abstention, class_names: tuple[str, ...]) -> str:
    shares = zip(class_names, chosen.class_coverage, chosen.class_f1, strict=True)
    rows = "\n".join(f"| {name} | {share:.1%} | {f'{f1:.3f}' if share else '–'} |" for name, share, f1 in shares)
    return f"""

Classes that are rare or hard are answered least:

| class | share answered | F1 of the answers |
| --- | --- | --- |
{rows}

"""


class Abstain(Part):
    """The threshold is the one at which the wanted share is answered; the curve is shown in any case."""

    name = "abstain"

    def decide(self, recipe: Recipe, evidence: Evidence) -> tuple[Recipe, AbstainFacts]:
        """Draw up the curve, and choose the threshold if a coverage is asked for."""
        if self.name in evidence.without:
            return recipe, AbstainFacts(risk_coverage=None, abstention=None)
        curve = risk_coverage(evidence.labels, recipe.probabilities, evidence.objective)
        if evidence.coverage is None:
            return recipe, AbstainFacts(risk_coverage=curve, abstention=None)
        chosen = choose_threshold(evidence.labels, recipe.crossed, evidence.objective, evidence.coverage)
        return replace(recipe, threshold=chosen.threshold), AbstainFacts(risk_coverage=curve, abstention=chosen)
