"""The end of a study: retrain its best trial on all labelled recordings, predict the test part, export."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from optuna.trial import FrozenTrial
from torch import Tensor

from data_pipeline import Cache
from tuner.bundle import Bundle, check_place, load_bundle, write_bundle
from tuner.checkpoint import load_tensors, save_tensors, write_atomically
from tuner.errors import BundleError, CheckpointError, StudyError
from tuner.files import StudyFiles
from tuner.settings import Settings
from tuner.snapshot import Snapshot
from tuner.study import StudyRecord, open_data, versions
from tuner.training import Training, fit, start_training
from tuner.training_data import training_batches

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
    trial : FrozenTrial
        The trial that was retrained.
    """

    model: Path
    predictions: Path | None
    probabilities: Path | None
    trial: FrozenTrial


def finalize(snapshot: Snapshot, files: StudyFiles, out: Path, device: torch.device, data: Path | None = None) -> Final:
    """Retrain the best trial on training and validation data, predict the test recordings, write the bundle.

    Parameters
    ----------
    snapshot : Snapshot
        The study as it stands.
    files : StudyFiles
        Where the retraining keeps its checkpoint, from which it goes on if it was cut off.
    out : Path
        Folder that gets `model/`, `predictions.csv` and `probabilities.csv`.
    device : torch.device
        Where to train.
    data : Path, optional
        The cache on this machine; by default where it lay when the study was created.

    Raises
    ------
    StudyError
        If no trial has a score yet.
    CacheMissing, CacheStale
        If the data are gone or changed.
    BundleError
        If the results cannot be written.
    """
    record, trial = snapshot.record, snapshot.best
    if trial is None:
        raise StudyError(f"study {record.name} has no finished trial with a score: `tuner work {record.name}` first")
    check_place(out / "model")  # before it costs anything
    cache, _ = open_data(record, data)
    weights = _retrain(trial, cache, files, device)
    about = describe(record, trial, cache) | {
        "trained_on": {"recordings": len(cache.labelled), "part": "training and validation parts"}
    }
    write_bundle(out / "model", weights, about)
    bundle = load_bundle(out / "model", device)
    if len(cache.test) == 0:
        return Final(out / "model", None, None, trial)
    paths = write_predictions(out / "predictions.csv", bundle, *predict_test(bundle, cache))
    return Final(out / "model", *paths, trial)


def describe(record: StudyRecord, trial: FrozenTrial, cache: Cache) -> dict[str, Any]:
    """Return what a bundle says of the trial it came from."""
    result = trial.user_attrs["result"]
    return {
        "study": record.name,
        "trial": trial.number,
        "trial_state": trial.state.name,
        "settings": trial.user_attrs["settings"],
        "class_names": list(cache.class_names),
        "rate": cache.rate,
        "unit": cache.unit,
        "epochs": result["best_epoch"],
        "planned_epochs": result["planned"],
        "validation": result["validation"],
        "data": record.data,
        "provenance": trial.user_attrs["provenance"],
        "versions": versions(),
    }


def _retrain(trial: FrozenTrial, cache: Cache, files: StudyFiles, device: torch.device) -> dict[str, Tensor]:
    """Train under the schedule of the planned epochs, and stop where the trial was at its best."""
    settings = Settings.from_dict(trial.user_attrs["settings"])
    seed, last = trial.user_attrs["provenance"]["seed"], trial.user_attrs["result"]["best_epoch"]
    training = start_training(settings, cache.labels[cache.labelled], len(cache.class_names), seed, device)
    checkpoint = files.final_checkpoint(trial.number)
    if checkpoint.exists():
        _go_on(training, checkpoint, last)
    batches = training_batches(settings, cache, cache.labelled, seed, device)
    epochs = fit(training, batches, None, lambda: False)
    while training.epoch < last:
        epoch = next(epochs)
        save_tensors(checkpoint, training.state(), {"epoch": epoch.number})
        logger.info("retraining epoch %d/%d: loss %.4f, %.1f s", epoch.number, last, epoch.train.loss, epoch.seconds)
    return training.model.state_dict()


def _go_on(training: Training, checkpoint: Path, last: int) -> None:
    try:
        tensors, about = load_tensors(checkpoint)
    except CheckpointError as error:
        logger.warning("%s; retraining starts from its first epoch", error)
        return
    training.restore(tensors, about["epoch"])
    logger.info("retraining goes on after epoch %d/%d", about["epoch"], last)


def export_trial(snapshot: Snapshot, number: int | None, files: StudyFiles, out: Path, data: Path | None) -> int:
    """Write a bundle from a trial's best weights as they are, without retraining.

    Returns
    -------
    int
        Number of the exported trial.

    Raises
    ------
    StudyError
        If there is no such trial, or none with a score.
    BundleError
        If its weights are no longer kept, or not to be seen from this machine.
    """
    trials = {trial.number: trial for trial in snapshot.trials}
    trial = snapshot.best if number is None else trials.get(number)
    if trial is None or "result" not in trial.user_attrs:
        which = "no trial" if number is None else f"no trial {number}"
        raise StudyError(f"study {snapshot.record.name} has {which} with a score: `tuner status` shows its trials")
    cache, split = open_data(snapshot.record, data)
    path = files.weights(trial.number)
    if not path.exists():
        kept = ", ".join(map(str, files.kept_weights())) or "none"
        raise BundleError(
            f"{path}: the weights of trial {trial.number} are not here: "
            f"the best few of each architecture are kept, here of the trials: {kept}"
        )
    weights, _ = load_tensors(path)
    trained = {"recordings": len(split.train), "part": "training part"}
    write_bundle(out, weights, describe(snapshot.record, trial, cache) | {"trained_on": trained})
    return trial.number


def predict_test(bundle: Bundle, cache: Cache) -> tuple[list[str], NDArray[np.float32]]:
    """Return names and class probabilities (N, K) of a cache's test recordings."""
    signals = [cache.signal(int(i)) for i in cache.test]
    return [cache.ids[i] for i in cache.test], bundle.predict(signals, cache.scale[cache.test], cache.rate)


def write_predictions(
    path: Path, bundle: Bundle, ids: list[str], probabilities: NDArray[np.float32]
) -> tuple[Path, Path]:
    """Write one class number a line to `path`, and names with a column a class beside it.

    Beside `predictions.csv` that is `probabilities.csv`, beside any other `x.csv` it is `x_probabilities.csv`.

    Raises
    ------
    BundleError
        If they cannot be written.
    """
    import pandas as pd

    table = pd.DataFrame(probabilities, columns=bundle.class_names)
    table.insert(0, "id", ids, allow_duplicates=True)
    beside = path.with_name("probabilities.csv" if path.stem == "predictions" else f"{path.stem}_probabilities.csv")
    lines = "".join(f"{k}\n" for k in probabilities.argmax(1))
    try:
        write_atomically(path, lines.encode())
        write_atomically(beside, table.to_csv(index=False, float_format="%.6f").encode())
    except OSError as error:
        raise BundleError(f"{path}: predictions cannot be written: {error.strerror}") from error
    return path, beside
