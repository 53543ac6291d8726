"""The end of a study: confirm its best trials, hand over what is best of them, and predict the test part."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from data_pipeline import Cache
from data_pipeline.disk import remedy
from tuner.bundle import Manifest, ManifestMember, check_place, write_bundle
from tuner.errors import StudyError, TrialError
from tuner.final.card import confirmed_pictures, confirmed_sections
from tuner.final.confirm import confirm
from tuner.final.evidence import Evidence
from tuner.final.manifest import State, new_manifest, new_member
from tuner.final.options import FinalOptions
from tuner.final.part import PartFacts
from tuner.final.parts import CONFIRM, decide
from tuner.final.predictions import (
    OUT_OF_FOLD,
    PREDICTIONS,
    check_predictions,
    remove_predictions,
    write_out_of_fold,
    write_predictions,
)
from tuner.final.recipe import Recipe
from tuner.final.report import report, signal_quality
from tuner.final.trainings import Trainings
from tuner.study.opened import OpenStudy
from tuner.study.status import Status
from tuner.study.trials import TrialRecord
from tuner.work.part import epochs_to_train
from tuner.work.result import PartResult

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Final:
    """What the final step made.

    Parameters
    ----------
    model : Path
        The bundle.
    predictions, probabilities : Path or None
        Predictions of the test part; None where the data have none.
    manifest : Manifest
        What `bundle.json` says.
    found : tuple of PartFacts
        What the parts of the final step have found; empty where nothing was confirmed.
    """

    model: Path
    predictions: Path | None
    probabilities: Path | None
    manifest: Manifest
    found: tuple[PartFacts, ...]


def finalize(study: OpenStudy, status: Status, out: Path, options: FinalOptions, openings: int = 0) -> Final:
    """Confirm the best trials, make the best model of them, predict the test recordings, write the bundle.

    What was trained before is not trained again: cut off at any moment, the same call goes on.

    Parameters
    ----------
    study : OpenStudy
        The study.
    status : Status
        The study as it stands.
    out : Path
        Folder that gets `model/`, `predictions.csv`, `probabilities.csv` and `out_of_fold.csv`.
    options : FinalOptions
        How much it may cost, and what is left out.
    openings : int
        How often the test labels have been opened, for the model card.

    Raises
    ------
    StudyError
        If no trial has a score yet, or the study is being finalized by another process, or is stopped meanwhile.
    TrialError
        If the best trial cannot be trained on everything, where nothing is to be confirmed.
    CacheMissing, CacheStale
        If the data are gone or changed.
    BundleError
        If the results cannot be written.
    """
    if status.best is None:
        raise StudyError(f"study {study.name} has no finished trial with a score: `tuner work {study.name}` first")
    check_place(out / "model")  # before it costs anything
    check_predictions(out)
    study.check()
    try:
        with Trainings(study, options.devices, options.threads) as trainings:
            if CONFIRM in options.without:
                final = _retrained_best(status.best, trainings, out, openings)
            else:
                final = _confirmed_best(status, trainings, out, options, openings)
        study.files.sweep_final()
        return final
    except OSError as error:
        raise StudyError(
            f"{error.filename or study.files.final}: {error.strerror or error}: {remedy(error)}, or set --home"
        ) from error


def _retrained_best(trial: TrialRecord, trainings: Trainings, out: Path, openings: int) -> Final:
    """Retrain the best trial as the search found it, without asking whether it was luck."""
    study = trainings.study
    try:
        (result,) = _retrain([trial], trainings)
    except TrialError as fault:
        raise TrialError(f"{fault}; `tuner export` hands over the weights of the search") from fault
    everything = _everything(study.cache)
    member, models = new_member(trial, [result.weights], everything, epochs=epochs_to_train(trial))
    manifest = new_manifest(study.record, study.cache, [member], openings)
    write_bundle(out / "model", manifest, models)
    remove_predictions(out)  # of an earlier model
    return _predicted(out, manifest, (), study.cache, result.test)


def _confirmed_best(status: Status, trainings: Trainings, out: Path, options: FinalOptions, openings: int) -> Final:
    study, cache = trainings.study, trainings.study.cache
    evidence = _evidence(trainings, options, status)
    budget_s = status.search_s if options.budget_s is None else options.budget_s
    quality = signal_quality(cache)  # now, since it may take a while or find the disk full
    candidates, left_out = confirm(status, trainings, evidence, budget_s)
    recipe, found = decide(candidates, evidence)
    members, models = _members(recipe, trainings)
    confirmed = report(recipe, found, left_out, cache, evidence, quality)
    manifest = new_manifest(
        *(study.record, cache, members, openings),
        blend=recipe.blend,
        calibration=recipe.calibration,
        unsure_below=recipe.unsure_below,
        confirmed=confirmed,
    )
    shown = manifest, confirmed, found
    write_bundle(out / "model", manifest, models, confirmed_pictures(*shown), confirmed_sections(*shown))
    remove_predictions(out)  # of an earlier model
    write_out_of_fold(out / OUT_OF_FOLD, cache, study.folds, recipe.probabilities)
    return _predicted(out, manifest, found, cache, recipe.test.mean(axis=0).astype(np.float32))


def _evidence(trainings: Trainings, options: FinalOptions, status: Status) -> Evidence:
    study, cache = trainings.study, trainings.study.cache
    return Evidence(
        labels=cache.labels[cache.labelled],
        groups=cache.groups[cache.labelled],
        folds=study.folds,
        objective=study.record.objective,
        without=options.without,
        coverage=options.coverage,
        findings=tuple(filter(None, (kind.finding for kind in status.kinds))),
        retrain=partial(_retrain, trainings=trainings),
    )


def _members(recipe: Recipe, trainings: Trainings) -> tuple[list[ManifestMember], dict[str, State]]:
    """Return what the manifest says of each member, and the files of all models."""
    study = trainings.study
    members: list[ManifestMember] = []
    models: dict[str, State] = {}
    for number, one in enumerate(recipe.members):
        if recipe.retrained is None:
            trained_on = f"{study.n_folds} models, each on all labelled recordings but one fold"
            weights = [result.weights for result in trainings.of_folds(one.trial)]
        else:
            trained_on, weights = _everything(study.cache), [recipe.retrained[number].weights]
        epochs = epochs_to_train(one.trial)
        member, files = new_member(one.trial, weights, trained_on, epochs=epochs, is_augmented=one.is_augmented)
        members.append(member)
        models |= files
    return members, models


def _everything(cache: Cache) -> str:
    return f"all {len(cache.labelled)} labelled recordings"


def _retrain(trials: Sequence[TrialRecord], trainings: Trainings) -> list[PartResult]:
    logger.info("retraining on everything: %s", ", ".join(f"trial {trial.number}" for trial in trials))
    try:
        return trainings.on_everything(trials)
    except TrialError as fault:
        raise TrialError(f"training on everything failed: {fault}") from fault


def _predicted(
    out: Path, manifest: Manifest, found: Sequence[PartFacts], cache: Cache, probabilities: NDArray[np.float32]
) -> Final:
    if not len(cache.test):
        return Final(out / "model", None, None, manifest, tuple(found))
    ids = [cache.ids[i] for i in cache.test]
    paths = write_predictions(out / PREDICTIONS, manifest, ids, probabilities)
    return Final(out / "model", *paths, manifest, tuple(found))
