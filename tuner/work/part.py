"""A part of a trial: it is trained without one fold, or on everything, and predicts what it has not seen."""

from __future__ import annotations

import hashlib
import io
import json
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from data_pipeline import Augmentation, Batches, open_view
from data_pipeline.arrays import FloatArray
from data_pipeline.errors import ViewTooLarge
from data_pipeline.steps import count_step
from models import get_architecture
from models.module_files import files_of
from tuner.errors import Diverged, StudyError, TrialError
from tuner.storage import Lease
from tuner.study.opened import OpenStudy
from tuner.study.settings import Settings
from tuner.study.trials import EVERYTHING, TrialRecord, fold_part
from tuner.study.versions import RESULTS_VERSION
from tuner.training.data import augmentation_of, training_batches
from tuner.training.fit import Epoch, Training
from tuner.training.prediction import predict
from tuner.training.trainers import start_training, trainer_of
from tuner.work.faults import own_faults
from tuner.work.interruption import LEAVE, Interruption
from tuner.work.result import PartResult, pack_probabilities
from tuner.work.run import Run, Workplace, refuse_poisonous, whose_checkpoint

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class PartTraining:
    """What one part of a trial is: perhaps planned by one process and trained by another.

    Parameters
    ----------
    trial : TrialRecord
        The trial, with its settings and the result of its first part.
    fold : int or None
        Fold that is held out, counted from 0; None for a training on all labelled recordings.
    epochs : int
        Epochs to train of those that are planned.
    seed : int
        Seed of the training.
    key : str
        Tells its result from that of a training of other settings, data or folds, or of another version.
    """

    trial: TrialRecord
    fold: int | None
    epochs: int
    seed: int
    key: str

    @classmethod
    def of(cls, study: OpenStudy, trial: TrialRecord, fold: int | None) -> PartTraining:
        """Describe the training of a trial without one fold, seeded by its number, or on everything."""
        seed = study.n_folds if fold is None else fold
        epochs = epochs_to_train(trial)
        deciding = {
            "trial": trial.number,
            "settings": trial.settings,
            "epochs": epochs,
            "fold": fold,
            "seed": seed,
            "data": study.cache.fingerprint,
        }
        files = [file.sha256 for file in files_of([trial.architecture or ""])]
        text = json.dumps([deciding, _digest(study.folds), RESULTS_VERSION, *files], sort_keys=True)
        return cls(trial, fold, epochs, seed, hashlib.sha256(text.encode()).hexdigest())

    @property
    def unit(self) -> tuple[int, str]:
        """Trial and part, as the database names what is leased."""
        return self.trial.trial_id, EVERYTHING if self.fold is None else fold_part(self.fold)

    def whose(self, study: OpenStudy) -> dict[str, Any]:
        """Say what the training is, as plain data: no other goes on from its checkpoint."""
        assert self.trial.settings is not None
        return whose_checkpoint(study, Settings.from_dict(self.trial.settings), self.seed) | {"training": self.key}

    @property
    def name(self) -> str:
        """What people call it."""
        what = "on all recordings" if self.fold is None else f"without fold {self.fold + 1}"
        return f"trial {self.trial.number} {what}"


def _digest(folds: NDArray[np.int64]) -> str:
    """Hash the folds in the form of a file, as earlier versions kept them."""
    file = io.BytesIO()
    np.save(file, folds)
    return hashlib.sha256(file.getvalue()).hexdigest()


def epochs_to_train(trial: TrialRecord) -> int:
    """Return for how many epochs a finished trial is trained again; its trainer knows."""
    assert trial.settings is not None and trial.result is not None
    settings = Settings.from_dict(trial.settings)
    return trainer_of(settings.architecture).epochs_to_train(settings, trial.result.best_epoch)


def run_part(place: Workplace, lease: Lease, interruption: Interruption) -> None:
    """Take a leased part as far as it goes: to its result, or to where it is handed back.

    A fault of the training itself is stored as its reason and the worker lives on. Every other exception is the
    caller's: the part is handed back first.

    Raises
    ------
    LeaseLost
        If another worker has taken the part over, or nobody wants it any more.
    """
    study = place.study
    try:
        refuse_poisonous(lease)
        run = PartRun(place, lease, interruption, _planned(study, lease))
        if run.run() == LEAVE:
            run.hand_back()
            return
        result = run.result()
        study.storage.parts.finish(lease, result.to_bytes(), pack_probabilities(result.held_out))
        study.files.remove_checkpoints(lease.number, lease.part)
        logger.info("%s done after %d epochs", lease.name, run.n_epochs)
    except (TrialError, ViewTooLarge) as fault:
        logger.warning("%s failed: %s", lease.name, fault)
        study.storage.parts.fail(lease, str(fault))
        study.files.remove_checkpoints(lease.number, lease.part)


def _planned(study: OpenStudy, lease: Lease) -> PartTraining:
    trial = TrialRecord.of(study.storage.optuna.get_trial(lease.trial_id))
    fold = next((k for k in range(study.n_folds) if fold_part(k) == lease.part), None)
    planned = PartTraining.of(study, trial, fold)
    if (planned.unit, planned.key) != ((lease.trial_id, lease.part), study.storage.parts.key(lease)):
        raise StudyError(
            f"{lease.name}: this worker would train another model than the final step has planned: start both with "
            "the same version of the tuner"
        )
    return planned


class PartRun(Run):
    """One worker's stretch of one part that is trained for as long as is known beforehand.

    Parameters
    ----------
    place : Workplace
        What the process has.
    lease : Lease
        The right to this part, or to its whole trial.
    interruption : Interruption
        What may stop it.
    planned : PartTraining
        What is trained.
    """

    def __init__(self, place: Workplace, lease: Lease, interruption: Interruption, planned: PartTraining) -> None:
        study = place.study
        assert planned.trial.settings is not None
        with own_faults():
            settings = Settings.from_dict(planned.trial.settings)
        part = planned.unit[1]
        super().__init__(place, lease, interruption, settings, planned.seed, planned.epochs, part, "last")
        self.whose = planned.whose(study)
        fold = -1 if planned.fold is None else planned.fold
        self.held_out = study.cache.labelled[study.folds == fold]
        self.learnt = study.cache.labelled[study.folds != fold]

    def _start(self) -> Training:
        cache = self.study.cache
        return start_training(self.settings, cache.labels[self.learnt], cache.n_classes, self.seed, self.place.device)

    def _batches(self) -> tuple[Batches, Batches | None]:
        return training_batches(self.settings, self.study.cache, self.learnt, self.seed, self.place.device), None

    def _say_again(self) -> None:
        rows = self.study.storage.epochs.of_study(self.study.study_id, self.part, self.lease.trial_id)
        known = {row.epoch for row in rows}
        for epoch in self.progress.epochs:
            if epoch.number not in known:
                self._record(epoch)

    def _writes(self, epoch: Epoch) -> list[Callable[[], None]]:
        return [lambda: self._record(epoch)]

    def _record(self, epoch: Epoch) -> None:
        metrics, part = {"planned": self.n_epochs, "train": epoch.train.to_dict()}, self.part
        self.study.storage.epochs.record(
            self.lease, epoch.number, score=None, lr=epoch.lr, seconds=epoch.seconds, metrics=metrics, part=part
        )

    def _verdict(self, epoch: Epoch, *, is_said: bool = True) -> str | None:
        return self.interruption.after_epoch(epoch.number, epoch.seconds)

    def result(self) -> PartResult:
        """Predict what was held out and the test part, by the model after its last epoch.

        Raises
        ------
        Diverged
            If what it predicts is not finite.
        """
        self.outbox.deliver()
        return result_of(self, self.held_out)


def result_of(run: Run, held_out: NDArray[np.int64]) -> PartResult:
    """Return what a training leaves behind when its model has the weights that are handed over.

    Parameters
    ----------
    run : Run
        A training that has come to its end.
    held_out : ndarray, int64
        Positions in the cache of what it was not trained on.

    Raises
    ------
    Diverged
        If what it predicts is not finite.
    """
    test, augmentation = run.study.cache.test, augmentation_of(run.settings)
    with own_faults():
        plain = _predicted(run, held_out, None), _predicted(run, test, None)
        augmented: tuple[NDArray[np.float32] | None, NDArray[np.float32] | None] = None, None
        if not augmentation.is_none:
            augmented = _predicted(run, held_out, augmentation), _predicted(run, test, augmentation)
    seconds = sum(epoch.seconds for epoch in run.progress.epochs)
    return PartResult(run.training.model.state_dict(), *plain, *augmented, seconds)


def _predicted(run: Run, indices: NDArray[np.int64], augmentation: Augmentation | None) -> NDArray[np.float32]:
    cache = run.study.cache
    if not len(indices):
        return np.empty((0, cache.n_classes), np.float32)
    front_end = get_architecture(run.settings.architecture).front_end(run.settings.model)
    view = open_view(cache, front_end.source())
    model = run.training.model

    def item(i: int) -> FloatArray:
        count_step()
        return view.item(indices[i])

    device = next(model.parameters(), _NOWHERE).device
    (probabilities,) = predict([model], front_end, view.lengths[indices], item, device, augmentation)
    if not np.isfinite(probabilities).all():
        raise Diverged("diverged: after its last epoch the model predicts nan")
    found: NDArray[np.float32] = probabilities
    return found


_NOWHERE: Tensor = torch.empty(0)  # a model without weights, as boosted trees, lies in main memory
