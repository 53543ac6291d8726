"""Whether a calibration is worth keeping."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from tuner.statistics.calibration import Calibration, fit_calibration, fit_temperature
from tuner.statistics.cross_fitting import CrossFitted
from tuner.statistics.intervals import Difference, paired_difference
from tuner.statistics.objective import Objective
from tuner.statistics.probabilities import Integers, log_loss
from tuner.statistics.reliability import Reliability, reliability

LEAST_GAIN = 1e-6
"""Smallest reduction of log loss that counts: less is rounding."""


@dataclass(frozen=True)
class CalibrationChoice:
    """The calibration that is kept, and the cross-fitted numbers that decided.

    Parameters
    ----------
    calibration : Calibration or None
        Calibration that was fitted on all recordings; None where none is worth keeping.
    crossed : CrossFitted
        Out-of-fold probabilities of what is kept.
    before, after : Reliability
        Reliability of the probabilities before and after calibration.
    temperature_loss, prior_loss : float
        Cross-fitted log loss with a temperature alone, and with a temperature and a prior exponent.
    prior_gain : Difference
        How much better the objective is with a prior exponent than without.
    reason : str
        Reason of the choice, one sentence for the report.
    """

    calibration: Calibration | None
    crossed: CrossFitted
    before: Reliability
    after: Reliability
    temperature_loss: float
    prior_loss: float
    prior_gain: Difference
    reason: str


def choose_calibration(
    crossed: CrossFitted,
    labels: Integers,
    groups: Integers,
    objective: Objective,
) -> CalibrationChoice:
    """Keep what is better when cross-fitted: a prior exponent and a temperature, a temperature alone, or nothing.

    A prior exponent changes decisions, so it has to improve the objective beyond noise, and must not raise log loss. A
    temperature changes none, so it only has to lower log loss. The calibration error is reported and does not decide:
    it is biased, depends on its bins, and is lowest for predictions that say nothing, while log loss is a proper score.

    Parameters
    ----------
    crossed : CrossFitted
        Out-of-fold probabilities.
    labels, groups : ndarray of shape (N,), int64
        Class and group of each recording.
    objective : Objective
        Objective that decides which is better.
    """
    fit_prior = partial(fit_calibration, objective=objective)
    probabilities = crossed.held_out
    cooled, moved = crossed.then(fit_temperature, labels), crossed.then(fit_prior, labels)
    gain = paired_difference(labels, moved.held_out, cooled.held_out, groups, objective)
    before, cooled_loss, moved_loss = (log_loss(labels, one.held_out) for one in (crossed, cooled, moved))
    kept: Calibration | None = None
    if gain.beyond_noise and moved_loss <= before:
        kept, after = fit_prior(probabilities, labels), moved
        by = f"by {gain.value:+.4f}"
        reason = f"the prior exponent improves the objective beyond noise, {by}, without raising log loss"
    elif cooled_loss < before - LEAST_GAIN:
        kept, after = fit_temperature(probabilities, labels), cooled
        reason = f"a temperature lowers log loss from {before:.4f} to {cooled_loss:.4f}; a prior exponent is not proved"
    else:
        after, reason = crossed, f"log loss {before:.4f} is as low as with a temperature: {cooled_loss:.4f}"
    return CalibrationChoice(
        kept,
        after,
        reliability(labels, probabilities),
        reliability(labels, after.held_out),
        cooled_loss,
        moved_loss,
        gain,
        reason,
    )
