"""What the parts of trials that are done say of the recordings that they were not trained on."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable, Sequence

import numpy as np

from tuner.statistics.intervals import interval
from tuner.statistics.probabilities import Integers, Probabilities, log_loss
from tuner.statistics.racing import calibrated_losses
from tuner.statistics.scores import as_scores, confusion_matrix
from tuner.study.opened import OpenStudy
from tuner.study.trials import TrialResult, fold_part
from tuner.work.result import unpack_probabilities


def held_out_parts(study: OpenStudy, trial_id: int) -> list[Probabilities]:
    """Return what the parts of a trial predict of their folds, each (n_held_out, K), up to the first not yet done."""
    return held_out_of(study, [trial_id])[trial_id]


def held_out_of(study: OpenStudy, trial_ids: Iterable[int]) -> dict[int, list[Probabilities]]:
    """Return the same for several trials, by the row of the trial."""
    stored = study.storage.parts.held_out(study.study_id, wanted := list(trial_ids))
    sizes = np.bincount(study.folds, minlength=study.n_folds).tolist()
    found: dict[int, list[Probabilities]] = {trial_id: [] for trial_id in wanted}
    for trial_id, parts in found.items():
        for fold, size in enumerate(sizes):
            data = stored.get((trial_id, fold_part(fold)))
            read = None if data is None else unpack_probabilities(data, size, study.cache.n_classes)
            if read is None:
                break
            parts.append(read / read.sum(axis=1, keepdims=True))
    return found


def places_of(study: OpenStudy, n_parts: int) -> Integers:
    """Return the positions among the labelled recordings of what the first parts hold out, fold after fold."""
    return np.concatenate([np.flatnonzero(study.folds == fold) for fold in range(n_parts)])


def judged(study: OpenStudy, result: TrialResult, parts: Sequence[Probabilities]) -> tuple[TrialResult, float | None]:
    """Return what a trial has come to by its first parts, and its score: the objective of all of them together."""
    cache, objective = study.cache, study.record.objective
    labels = cache.labels[cache.labelled]
    by_part = [(labels[study.folds == fold], said) for fold, said in enumerate(parts)]
    places, probabilities = places_of(study, len(parts)), np.concatenate(parts)
    whole = labels[places]
    confusion = confusion_matrix(whole, probabilities.argmax(axis=1), cache.n_classes)
    between = interval(whole, probabilities, cache.groups[cache.labelled][places], objective)
    found = dataclasses.replace(
        result,
        low=_finite(between.low),
        high=_finite(between.high),
        validation=as_scores(log_loss(whole, probabilities), confusion),
        parts=len(parts),
        losses=tuple(float(calibrated_losses(*part).mean()) for part in by_part),
        scores=tuple(_finite(objective(*part)) for part in by_part),
    )
    return found, _finite(between.value)


def _finite(score: float) -> float | None:
    return score if math.isfinite(score) else None
