"""What cross-validation says of what is handed over, as `bundle.json` has it."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data_pipeline import Cache, Features, open_view
from data_pipeline.errors import DataError
from data_pipeline.features import FEATURES
from tuner.bundle.manifest import Confirmed, Facts, ManifestCandidate, ManifestTercile
from tuner.final.evidence import ConfirmedTrial, Evidence
from tuner.final.part import PartFacts
from tuner.final.recipe import Recipe
from tuner.statistics.intervals import class_intervals, interval
from tuner.statistics.objective import Objective
from tuner.statistics.scores import confusion_matrix
from tuner.statistics.terciles import by_tercile

logger = logging.getLogger(__name__)


def report(
    recipe: Recipe,
    found: Sequence[PartFacts],
    left_out: Sequence[str],
    cache: Cache,
    evidence: Evidence,
    quality: NDArray[np.float64] | None,
) -> Confirmed:
    """Score what is handed over.

    Parameters
    ----------
    recipe : Recipe
        What is handed over.
    found : sequence of PartFacts
        What the parts of the final step have found.
    left_out : sequence of str
        A line for each candidate that was not confirmed.
    cache : Cache
        The data.
    evidence : Evidence
        The labelled recordings.
    quality : ndarray of shape (n_labelled,), float64, or None
        Signal quality, as `signal_quality` returns it.
    """
    labels, groups, objective = evidence.labels, evidence.groups, evidence.objective
    probabilities = recipe.probabilities
    values = {"length in s": cache.lengths[cache.labelled] / cache.rate}
    if quality is not None:
        values["signal quality"] = quality
    return Confirmed(
        objective=objective.named(cache.class_names),
        n_folds=int(evidence.folds.max()) + 1,
        recordings=len(labels),
        score=interval(labels, probabilities, groups, objective),
        accuracy=interval(labels, probabilities, groups, Objective("accuracy")),
        class_f1=class_intervals(labels, probabilities, groups),
        confusion=confusion_matrix(labels, probabilities.argmax(1), cache.n_classes).tolist(),
        candidates=tuple(_candidate(one, evidence) for one in recipe.candidates),
        left_out=tuple(left_out),
        parts={
            name: tuple(
                ManifestTercile.model_validate(vars(part))
                for part in by_tercile(each, labels, probabilities, groups, objective)
            )
            for name, each in values.items()
        },
        minimised=objective.is_minimised,
        without=tuple(sorted(evidence.without)),
        **_keys(found),
    )


def _candidate(one: ConfirmedTrial, evidence: Evidence) -> ManifestCandidate:
    return ManifestCandidate(
        trial=one.trial.number,
        architecture=one.architecture,
        search=None if one.curse is None else one.trial.score,
        confirmed=one.score,
        curse=one.curse,
        class_f1=tuple(each.value for each in class_intervals(evidence.labels, one.probabilities, evidence.groups)),
        seconds=one.seconds,
        **_keys(one.facts),
    )


def _keys(found: Iterable[Facts]) -> dict[str, Any]:
    """Return the facts of all parts as plain data."""
    return {key: value for facts in found for key, value in facts.model_dump(mode="json").items()}


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
