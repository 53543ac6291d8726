"""What the final step found, as figures for the model card and as pictures."""

from __future__ import annotations

import logging
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from data_pipeline import Cache, Features, open_view
from data_pipeline.errors import DataError
from data_pipeline.features import FEATURES
from tuner.final.confirm import Confirmed, Workshop
from tuner.final.recipe import Recipe
from tuner.screen.figures import confusion_matrix as confusion_picture
from tuner.screen.figures import without_formulas
from tuner.screen.final_figures import confirmation, reliability_diagram, risk_coverage_curve
from tuner.statistics.intervals import class_intervals, interval
from tuner.statistics.objective import Objective
from tuner.statistics.scores import confusion_matrix
from tuner.statistics.terciles import by_tercile

logger = logging.getLogger(__name__)


def confirmed_facts(
    recipe: Recipe,
    confirmed: list[Confirmed],
    left_out: list[str],
    workshop: Workshop,
    objective: Objective,
    quality: NDArray[np.float64] | None,
) -> dict[str, Any]:
    """Return all that cross-validation says of what is handed over, as plain data."""
    cache, probabilities = workshop.cache, recipe.probabilities
    labels, groups = cache.labels[cache.labelled], cache.groups[cache.labelled]
    parts = {"length in s": cache.lengths[cache.labelled] / cache.rate}
    if quality is not None:
        parts["signal quality"] = quality
    return {
        "objective": objective.named(cache.class_names),
        "minimised": objective.is_minimised,
        "n_folds": workshop.n_folds,
        "recordings": len(labels),
        "score": interval(labels, probabilities, groups, objective).to_dict(),
        "accuracy": interval(labels, probabilities, groups, Objective("accuracy")).to_dict(),
        "class_f1": [one.to_dict() for one in class_intervals(labels, probabilities, groups)],
        "confusion": confusion_matrix(labels, probabilities.argmax(1), cache.n_classes).tolist(),
        "candidates": [_candidate_facts(one, cache) for one in confirmed],
        "left_out": left_out,
        "blend": recipe.blend_choice.to_dict(),
        "calibration": recipe.calibration_choice and recipe.calibration_choice.to_dict(),
        "risk_coverage": recipe.curve and recipe.curve.to_dict(),
        "abstention": recipe.abstention and recipe.abstention.to_dict(),
        "handover": recipe.handover and recipe.handover.to_dict(),
        "retrained": recipe.is_retrained,
        "fault": recipe.fault,
        "parts": {
            name: [part.to_dict() for part in by_tercile(values, labels, probabilities, groups, objective)]
            for name, values in parts.items()
        },
    }


def signal_quality(cache: Cache) -> NDArray[np.float64] | None:
    """Return how fit each labelled recording is to be read, from 0 to 1; None where features cannot be kept here."""
    column = [feature.name for feature in FEATURES].index("quality")
    try:
        values = open_view(cache, Features()).values
    except DataError as error:
        logger.warning("%s; the model card goes without scores by signal quality", error)
        return None
    quality: NDArray[np.float64] = values[cache.labelled, column].astype(np.float64)
    return quality


def _candidate_facts(one: Confirmed, cache: Cache) -> dict[str, Any]:
    labels, groups = cache.labels[cache.labelled], cache.groups[cache.labelled]
    return {
        "trial": one.trial.number,
        "architecture": one.architecture,
        "search": one.trial.score,
        "confirmed": one.score.to_dict(),
        "curse": one.curse,
        "class_f1": [each.value for each in class_intervals(labels, one.probabilities, groups)],
        "augmentation": one.augmentation and one.augmentation.to_dict(),
        "augmented": one.is_augmented,
        "seconds": one.seconds,
    }


def pictures(recipe: Recipe, confirmed: list[Confirmed], workshop: Workshop, objective: Objective) -> dict[str, Figure]:
    """Draw what the model card shows, by file name."""
    cache = workshop.cache
    labels, groups = cache.labels[cache.labelled], cache.groups[cache.labelled]
    name = without_formulas(objective.named(cache.class_names))
    confusion = confusion_matrix(labels, recipe.probabilities.argmax(1), cache.n_classes)
    handed_over = interval(labels, recipe.probabilities, groups, objective)
    names = [f"{one.architecture} {one.trial.number}" for one in confirmed]
    drawn = {
        "confirmation.png": confirmation(
            [*names, "handed over"],
            [*(np.nan if one.trial.score is None else one.trial.score for one in confirmed), np.nan],
            [*(one.score for one in confirmed), handed_over],
            name,
            "What the search promised and cross-validation confirmed",
        ),
        "confusion_matrix.png": confusion_picture(confusion.tolist(), list(cache.class_names), "out of fold"),
    }
    if recipe.calibration_choice is not None:
        before, after = recipe.calibration_choice.before, recipe.calibration_choice.after
        drawn["reliability.png"] = reliability_diagram(before, after, "Out of fold")
    if recipe.curve is not None:
        drawn["risk_coverage.png"] = risk_coverage_curve(recipe.curve, recipe.abstention, name, "Out of fold")
    return drawn
