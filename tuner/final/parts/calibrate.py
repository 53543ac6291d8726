"""Calibration: whether probabilities are transformed so that they mean what they say."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tuner.bundle.manifest import Confirmed, Facts, Manifest
from tuner.final.evidence import Evidence
from tuner.final.part import Gain, Part, PartFacts
from tuner.final.recipe import Recipe
from tuner.screen.final_figures import reliability_diagram
from tuner.statistics.calibration import Calibration
from tuner.statistics.calibration_choice import CalibrationChoice, choose_calibration
from tuner.statistics.reliability import Reliability

if TYPE_CHECKING:
    from matplotlib.figure import Figure


class Choice(Facts):
    """What was chosen, with the cross-fitted figures that decided, and why."""

    calibration: Calibration | None
    before: Reliability
    after: Reliability
    temperature_loss: float
    prior_loss: float
    prior_gain: Gain
    reason: str

    @classmethod
    def of(cls, choice: CalibrationChoice) -> Choice:
        """Leave the probabilities out."""
        return cls(
            calibration=choice.calibration,
            before=choice.before,
            after=choice.after,
            temperature_loss=choice.temperature_loss,
            prior_loss=choice.prior_loss,
            prior_gain=choice.prior_gain,
            reason=choice.reason,
        )


class CalibrateFacts(PartFacts):
    """The choice of a calibration; None where it was left out."""

    calibration: Choice | None

    def section(self, manifest: Manifest, confirmed: Confirmed) -> str:
        """Say what is kept and why, and what it does."""
        if self.calibration is None:
            return ""
        found, used = self.calibration, self.calibration.calibration
        what = (
            f"temperature {used.temperature:.3f}, prior exponent {used.prior_exponent:.2f}"
            if used is not None
            else "none"
        )
        return f"""## Calibration

Kept: {what}; {found.reason}. Probabilities are raised to the power of 1 / temperature, divided by
the classes' shares to the power of the prior exponent, and scaled to add up to 1.

| | before | after |
| --- | --- | --- |
| expected calibration error | {found.before.calibration_error:.4f} | {found.after.calibration_error:.4f} |
| log loss | {found.before.log_loss:.4f} | {found.after.log_loss:.4f} |

![reliability diagram](reliability.png)
"""

    def pictures(self, confirmed: Confirmed) -> dict[str, Figure]:
        """Draw the reliability diagram."""
        if self.calibration is None:
            return {}
        before, after = self.calibration.before, self.calibration.after
        return {"reliability.png": reliability_diagram(before, after, "Out of fold")}


class Calibrate(Part):
    """A temperature, or one with a prior exponent, is kept where it proves itself cross-fitted."""

    name = "calibrate"

    def decide(self, recipe: Recipe, evidence: Evidence) -> tuple[Recipe, CalibrateFacts]:
        """Choose the calibration of what is blended."""
        if self.name in evidence.without:
            return recipe, CalibrateFacts(calibration=None)
        choice = choose_calibration(recipe.crossed, evidence.labels, evidence.groups, evidence.objective)
        recipe = replace(recipe, calibration=choice.calibration, crossed=choice.crossed)
        return recipe, CalibrateFacts(calibration=Choice.of(choice))
