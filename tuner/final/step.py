"""The end of a study: confirm its best trials, hand over what is best of them, and predict the test part."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from optuna.trial import FrozenTrial

from data_pipeline import Cache
from tuner.bundle import Manifest, ManifestMember, check_place, write_bundle
from tuner.errors import StudyError, TrialError
from tuner.final.card import confirmed_pictures, confirmed_sections
from tuner.final.confirm import Workshop, confirm
from tuner.final.crew import Crew
from tuner.final.evidence import Evidence
from tuner.final.finalists import epochs_to_train
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
from tuner.final.training import Result
from tuner.statistics.scoring import Objective
from tuner.study.files import StudyFiles
from tuner.study.record import StudyRecord, open_data
from tuner.study.status import Snapshot
from tuner.work.launch import check_work

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


def finalize(
    snapshot: Snapshot, files: StudyFiles, out: Path, options: FinalOptions, data: Path | None = None, openings: int = 0
) -> Final:
    """Confirm the best trials, make the best model of them, predict the test recordings, write the bundle.

    What was trained before is not trained again: cut off at any moment, the same call goes on.

    Parameters
    ----------
    snapshot : Snapshot
        The study as it stands.
    files : StudyFiles
        Where trainings are kept.
    out : Path
        Folder that gets `model/`, `predictions.csv`, `probabilities.csv` and `out_of_fold.csv`.
    options : FinalOptions
        How much it may cost, and what is left out.
    data : Path, optional
        The cache on this machine; by default where it lay when the study was created.
    openings : int
        How often the test labels have been opened, for the model card.

    Raises
    ------
    StudyError
        If no trial has a score yet, or the study is being finalized by another process.
    CacheMissing, CacheStale
        If the data are gone or changed.
    BundleError
        If the results cannot be written.
    """
    if snapshot.best is None:
        name = snapshot.record.name
        raise StudyError(f"study {name} has no finished trial with a score: `tuner work {name}` first")
    check_place(out / "model")  # before it costs anything
    check_predictions(out)
    check_work(snapshot.record, data)
    cache, _ = open_data(snapshot.record, data)
    try:
        with files.finalizing(), Crew(options.devices, options.threads) as crew:
            for torn in files.final.glob(".*.tmp"):  # their writers were killed
                torn.unlink(missing_ok=True)
            workshop = Workshop.set_up(cache, files.final, crew, len(options.devices))
            if CONFIRM in options.without:
                return _retrained_best(snapshot, workshop, out, openings)
            return _confirmed_best(snapshot, workshop, out, options, openings)
    except OSError as error:
        raise StudyError(
            f"{error.filename or files.final}: {error.strerror or error}: make it readable, or free some space or set "
            "--home"
        ) from error


def _retrained_best(snapshot: Snapshot, workshop: Workshop, out: Path, openings: int) -> Final:
    """Retrain the best trial as the search found it, without asking whether it was luck."""
    cache, trial = workshop.cache, snapshot.best
    assert trial is not None
    try:
        (result,) = _retrain([trial], workshop)
    except TrialError as fault:
        raise TrialError(f"{fault}; `tuner export` hands over the weights of the search") from fault
    member, models = new_member(trial, [result.weights], _everything(cache), epochs=epochs_to_train(trial))
    manifest = new_manifest(snapshot.record, cache, [member], openings)
    write_bundle(out / "model", manifest, models)
    remove_predictions(out)  # of an earlier model
    return _predicted(out, manifest, (), cache, result.test)


def _confirmed_best(snapshot: Snapshot, workshop: Workshop, out: Path, options: FinalOptions, openings: int) -> Final:
    record, cache = snapshot.record, workshop.cache
    evidence = _evidence(record, workshop, options)
    budget_s = snapshot.search_s if options.budget_s is None else options.budget_s
    quality = signal_quality(cache)  # now, since it may take a while or find the disk full
    candidates, left_out = confirm(snapshot, workshop, evidence, budget_s)
    recipe, found = decide(candidates, evidence)
    members, models = _members(recipe, workshop)
    confirmed = report(recipe, found, left_out, cache, evidence, quality)
    manifest = new_manifest(
        *(record, cache, members, openings),
        blend=recipe.blend,
        calibration=recipe.calibration,
        unsure_below=recipe.unsure_below,
        confirmed=confirmed,
    )
    shown = manifest, confirmed, found
    write_bundle(out / "model", manifest, models, confirmed_pictures(*shown), confirmed_sections(*shown))
    remove_predictions(out)  # of an earlier model
    write_out_of_fold(out / OUT_OF_FOLD, cache, workshop.folds, recipe.probabilities)
    return _predicted(out, manifest, found, cache, recipe.test.mean(axis=0).astype(np.float32))


def _evidence(record: StudyRecord, workshop: Workshop, options: FinalOptions) -> Evidence:
    cache = workshop.cache
    return Evidence(
        labels=cache.labels[cache.labelled],
        groups=cache.groups[cache.labelled],
        folds=workshop.folds,
        objective=Objective(record.spec.study.metric, tuple(record.metric_classes)),
        without=options.without,
        coverage=options.coverage,
        retrain=partial(_retrain, workshop=workshop),
    )


def _members(recipe: Recipe, workshop: Workshop) -> tuple[list[ManifestMember], dict[str, State]]:
    """Return what the manifest says of each member, and the files of all models."""
    members: list[ManifestMember] = []
    models: dict[str, State] = {}
    for number, one in enumerate(recipe.members):
        if recipe.retrained is None:
            trained_on = f"{workshop.n_folds} models, each on all labelled recordings but one fold"
            weights = [result.weights for result in workshop.cross_validate(one.trial)]
        else:
            trained_on, weights = _everything(workshop.cache), [recipe.retrained[number].weights]
        epochs = epochs_to_train(one.trial)
        member, files = new_member(one.trial, weights, trained_on, epochs=epochs, is_augmented=one.is_augmented)
        members.append(member)
        models |= files
    return members, models


def _everything(cache: Cache) -> str:
    return f"all {len(cache.labelled)} labelled recordings"


def _retrain(trials: Sequence[FrozenTrial], workshop: Workshop) -> list[Result]:
    logger.info("retraining on everything: %s", ", ".join(f"trial {trial.number}" for trial in trials))
    try:
        return workshop.train_on_everything(trials)
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
