"""The end of a study: confirm its best trials, hand over what is best of them, and predict the test part."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from optuna.trial import FrozenTrial
from torch import Tensor

from data_pipeline import Cache
from tuner.bundle import check_place, write_bundle
from tuner.errors import SpecError, StudyError, TrialError
from tuner.final.confirm import N_FOLDS, Workshop, confirm
from tuner.final.crew import Crew
from tuner.final.description import describe, describe_member
from tuner.final.finalists import epochs_to_train
from tuner.final.predictions import (
    OUT_OF_FOLD,
    PREDICTIONS,
    check_predictions,
    remove_predictions,
    write_out_of_fold,
    write_predictions,
)
from tuner.final.recipe import Recipe, decide
from tuner.final.report import confirmed_facts, pictures, signal_quality
from tuner.final.training import Result
from tuner.study.files import StudyFiles
from tuner.study.record import open_data
from tuner.study.spec import parse_duration
from tuner.study.status import Snapshot
from tuner.training.device import count_cores, share_devices, torch_device
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
    about : dict
        What `bundle.json` says.
    """

    model: Path
    predictions: Path | None
    probabilities: Path | None
    about: dict[str, Any]


@dataclass(frozen=True)
class Wishes:
    """How the final step is to go.

    Parameters
    ----------
    devices : list of str
        One for each training that runs at a time.
    threads : int
        Cores each may use.
    budget_s : float or None
        Wall time for confirming candidates; by default as long as the search took.
    without : frozenset of str
        Those of `tuner.final.PARTS` that are left out.
    coverage : float or None
        Share of recordings that is to be answered; the others are called unsure.
    """

    devices: list[str]
    threads: int
    budget_s: float | None = None
    without: frozenset[str] = frozenset()
    coverage: float | None = None


def plan(
    device: str, workers: int | None, budget: str | None, without: frozenset[str], coverage: float | None
) -> Wishes:
    """Read wishes as the command line has them: by default each core, or each GPU, has a training of its own.

    Raises
    ------
    SpecError
        If the budget is no duration, or the coverage no share.
    TunerError
        If this machine has no such device.
    """
    if coverage is not None and not 0 < coverage <= 1:
        raise SpecError(f"--coverage {coverage:g}: must be above 0 and at most 1")
    cores = count_cores()
    if workers is None:
        on_gpus = torch.cuda.device_count() if device == "auto" else 1
        workers = cores if torch_device(device).type == "cpu" else on_gpus
    n_workers = min(workers, N_FOLDS)  # of a candidate's trainings no more can run at a time
    budget_s = None if budget is None else parse_duration(budget)
    return Wishes(share_devices(device, n_workers), max(1, cores // n_workers), budget_s, without, coverage)


def finalize(
    snapshot: Snapshot, files: StudyFiles, out: Path, wishes: Wishes, data: Path | None = None, openings: int = 0
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
    wishes : Wishes
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
        with files.finalizing(), Crew(wishes.devices, wishes.threads) as crew:
            for torn in files.final.glob(".*.tmp"):  # their writers were killed
                torn.unlink(missing_ok=True)
            is_augmented = "augment" not in wishes.without
            workshop = Workshop.set_up(cache, files.final, crew, len(wishes.devices), is_augmented=is_augmented)
            if "confirm" in wishes.without:
                return _retrained_best(snapshot, workshop, out, openings)
            return _confirmed_best(snapshot, workshop, out, wishes, openings)
    except OSError as error:
        raise StudyError(
            f"{error.filename or files.final}: {error.strerror or error}: make it readable, or free some space or set "
            "--home"
        ) from error


def _retrained_best(snapshot: Snapshot, workshop: Workshop, out: Path, openings: int) -> Final:
    """Retrain the best trial as the search found it, without asking whether it was luck."""
    cache, trial = workshop.cache, snapshot.best
    assert trial is not None
    (result,) = _retrained([trial], workshop)
    everything = f"all {len(cache.labelled)} labelled recordings"
    member, models = describe_member(trial, [result.weights], everything, epochs=epochs_to_train(trial))
    about = describe(snapshot.record, cache, [member], openings)
    write_bundle(out / "model", about, models)
    remove_predictions(out)  # of an earlier model
    return _predicted(out, about, cache, result.test)


def _confirmed_best(snapshot: Snapshot, workshop: Workshop, out: Path, wishes: Wishes, openings: int) -> Final:
    record, cache = snapshot.record, workshop.cache
    objective = record.objective
    budget_s = snapshot.search_s if wishes.budget_s is None else wishes.budget_s
    quality = signal_quality(cache)  # now, since it may take a while or find the disk full
    confirmed, left_out = confirm(snapshot, workshop, objective, budget_s)
    recipe = decide(confirmed, workshop, objective, wishes.without, wishes.coverage)
    try:
        found = _models(recipe, workshop)
    except TrialError as fault:
        if not recipe.is_retrained:
            raise
        logger.warning("%s; the models of the folds are kept", fault)
        recipe = recipe.of_folds(str(fault))
        found = _models(recipe, workshop)
    members: list[dict[str, Any]] = []
    models: dict[str, dict[str, Tensor]] = {}
    for one, (weights, _, trained_on) in zip(recipe.members, found, strict=True):
        member, files = describe_member(one.trial, weights, trained_on, epochs=epochs_to_train(one.trial))
        members.append(member | {"augmented": one.is_augmented})
        models |= files
    about = describe(record, cache, members, openings) | {
        "blend": recipe.blend.to_dict(),
        "calibration": recipe.calibration.to_dict() if recipe.calibration else None,
        "unsure_below": recipe.unsure_below,
        "confirmed": confirmed_facts(recipe, confirmed, left_out, workshop, objective, quality)
        | {"without": sorted(wishes.without)},
    }
    write_bundle(out / "model", about, models, pictures(recipe, confirmed, workshop, objective))
    remove_predictions(out)  # of an earlier model
    write_out_of_fold(out / OUT_OF_FOLD, cache, workshop.folds, recipe.probabilities)
    test = recipe.by_model([predicted for _, predicted, _ in found])
    return _predicted(out, about, cache, test.mean(axis=0).astype(np.float32))


def _models(recipe: Recipe, workshop: Workshop) -> list[tuple[list[dict[str, Tensor]], NDArray[np.float64], str]]:
    """Return the weights of each member's models, what each says of the test part, and what they were trained on."""
    if not recipe.is_retrained:
        trained_on = f"{workshop.n_folds} models, each on all labelled recordings but one fold"
        found = [workshop.cross_validate(one.trial) for one in recipe.members]
        members = zip(recipe.members, found, strict=True)
        return [([result.weights for result in results], one.test, trained_on) for one, results in members]
    trained_on = f"all {len(workshop.cache.labelled)} labelled recordings"
    models = []
    for one, result in zip(recipe.members, _retrained([one.trial for one in recipe.members], workshop), strict=True):
        test = result.test_augmented if one.is_augmented else result.test
        assert test is not None
        models.append(([result.weights], test[None].astype(np.float64), trained_on))
    return models


def _retrained(trials: Sequence[FrozenTrial], workshop: Workshop) -> list[Result]:
    logger.info("retraining on everything: %s", ", ".join(f"trial {trial.number}" for trial in trials))
    try:
        return workshop.train_on_everything(trials)
    except TrialError as fault:
        remedy = "`tuner export` hands over the weights of the search"
        raise TrialError(f"training on everything failed: {fault}; {remedy}") from fault


def _predicted(out: Path, about: dict[str, Any], cache: Cache, probabilities: NDArray[np.float32]) -> Final:
    if not len(cache.test):
        return Final(out / "model", None, None, about)
    ids = [cache.ids[i] for i in cache.test]
    paths = write_predictions(out / PREDICTIONS, about, ids, probabilities)
    return Final(out / "model", *paths, about)
