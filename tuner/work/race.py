"""The race of trials: between two parts, one that can hardly become the best of its kind leaves."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from optuna.trial import TrialState

from tuner.statistics.blending import fit_pool
from tuner.statistics.probabilities import Integers, Probabilities
from tuner.statistics.racing import calibrated_losses, race
from tuner.study.kinds import Kind, kinds_of
from tuner.study.opened import OpenStudy
from tuner.study.trials import TrialRecord
from tuner.work.out_of_fold import held_out_of, held_out_parts, places_of

LEAST_WEIGHT = 0.01
"""Weight in the blend below which a kind adds nothing to it."""

BEYOND_NOISE = 1.645
"""Standard errors beyond which a difference is no noise, one-sided at 95 %."""


def why_behind(study: OpenStudy, architecture: str, done: Sequence[Probabilities]) -> str | None:
    """Say why a trial leaves the race after its parts so far; None if it goes on, or there is nobody to race with.

    Its opponent is the best complete trial of its architecture, by the log loss of all parts. Both are compared on the
    same recordings, each calibrated alike: weights of classes shift the log loss without making a model worse.

    Parameters
    ----------
    study : OpenStudy
        The study.
    architecture : str
        Architecture of the trial.
    done : sequence of ndarray (n_held_out, K), float64
        What its parts that are done predict of their folds.
    """
    section = study.record.spec.search.race
    if section.kind == "none":
        return None
    found = study.storage.optuna.get_all_trials(study.study_id, deepcopy=False)
    kinds = kinds_of(study.record, [TrialRecord.of(one) for one in found])
    kind = next(kind for kind in kinds if kind.architecture == architecture)
    best = _best_complete(kind)
    rival = [] if best is None else held_out_parts(study, best.trial_id)[: len(done)]
    if best is None or len(rival) < len(done):
        return None
    here = places_of(study, len(done))
    labels = study.cache.labels[study.cache.labelled][here]
    mine, theirs = (calibrated_losses(labels, np.concatenate(parts)) for parts in (done, rival))
    groups, noise = study.cache.groups[study.cache.labelled][here], kind.losses.noise
    result = race(mine - theirs, groups, study.folds[here], noise, section.confidence, section.worth)
    return f"behind trial {best.number}: {result.verdict}" if result.is_behind else None


def beaten_kinds(study: OpenStudy, kinds: Sequence[Kind]) -> frozenset[str]:
    """Name the kinds whose best trial is worse than the best of all beyond noise, and adds nothing to a blend.

    Only complete trials tell; a kind without one is not beaten.
    """
    n_parts = study.record.data.parts
    if n_parts == 1:
        return frozenset()
    best = {kind.architecture: trial for kind in kinds if (trial := _best_complete(kind)) is not None}
    if len(best) < 2:
        return frozenset()
    predicted = held_out_of(study, [trial.trial_id for trial in best.values()])
    there = [name for name, trial in best.items() if len(predicted[trial.trial_id]) == n_parts]
    labels, groups = study.cache.labels[study.cache.labelled], study.cache.groups[study.cache.labelled]
    places = places_of(study, n_parts)
    whole = np.array([np.concatenate(predicted[best[name].trial_id]) for name in there])
    losses = [calibrated_losses(labels[places], one) for one in whole]
    lead = min(range(len(there)), key=lambda i: losses[i].mean())
    weights = fit_pool(whole, labels[places]).weights
    return frozenset(
        name
        for name, loss, weight in zip(there, losses, weights, strict=True)
        if weight < LEAST_WEIGHT and _is_beaten(loss - losses[lead], groups[places], study.folds[places])
    )


def _is_beaten(differences: NDArray[np.float64], groups: Integers, folds: Integers) -> bool:
    return race(differences, groups, folds, z=BEYOND_NOISE, delta=0.0).is_behind and bool(differences.any())


def _best_complete(kind: Kind) -> TrialRecord | None:
    complete = [trial for trial in kind.trials if trial.state == TrialState.COMPLETE and trial.result is not None]
    losses = {trial.number: np.mean(trial.result.losses or [np.inf]) for trial in complete if trial.result}
    return min(complete, key=lambda trial: (losses[trial.number], trial.number), default=None)
