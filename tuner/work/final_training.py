"""The life of a training of the final step: a finished trial is trained again without one fold, or on everything."""

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
from tuner.study.trials import TrialRecord
from tuner.study.versions import RESULTS_VERSION
from tuner.training.data import augmentation_of, training_batches
from tuner.training.fit import Epoch, Training
from tuner.training.prediction import predict
from tuner.training.trainers import start_training, trainer_of
from tuner.work.faults import own_faults
from tuner.work.interruption import Interruption
from tuner.work.result import FinalResult
from tuner.work.run import Run, Workplace, refuse_poisonous, whose_checkpoint

logger = logging.getLogger(__name__)

EVERYTHING = "everything"
"""Part of a trial that is trained on all labelled recordings."""


def fold_part(fold: int) -> str:
    """Name the part of a trial that is trained without a fold, counted from 0."""
    return f"fold {fold + 1}"


@dataclass(frozen=True)
class FinalTraining:
    """What one training of the final step is, as planned by one process and done by another.

    Parameters
    ----------
    trial : TrialRecord
        Trial that is trained again.
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
    def of(cls, study: OpenStudy, trial: TrialRecord, fold: int | None) -> FinalTraining:
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


def run_final_training(place: Workplace, lease: Lease, interruption: Interruption) -> None:
    """Take a leased training as far as it goes: to its result, or to where it is handed back.

    A fault of the training itself is stored as its reason and the worker lives on. Every other exception is the
    caller's: the training is handed back first.

    Raises
    ------
    LeaseLost
        If another worker has taken the training over, or nobody wants it any more.
    """
    try:
        refuse_poisonous(lease)
        _FinalRun(place, lease, interruption).run()
    except (TrialError, ViewTooLarge) as fault:
        logger.warning("%s failed: %s", lease.name, fault)
        place.study.storage.parts.fail(lease, str(fault))
        place.study.files.remove_checkpoints(lease.number, lease.part)


class _FinalRun(Run):
    """One worker's stretch of one training of the final step."""

    def __init__(self, place: Workplace, lease: Lease, interruption: Interruption) -> None:
        study = place.study
        trial = TrialRecord.of(study.storage.optuna.get_trial(lease.trial_id))
        fold = next((k for k in range(study.n_folds) if fold_part(k) == lease.part), None)
        planned = FinalTraining.of(study, trial, fold)
        if (planned.unit, planned.key) != ((lease.trial_id, lease.part), study.storage.parts.key(lease)):
            raise StudyError(
                f"{lease.name}: this worker would train another model than the final step has planned: start both with "
                "the same version of the tuner"
            )
        assert trial.settings is not None
        with own_faults():
            settings = Settings.from_dict(trial.settings)
        super().__init__(place, lease, interruption, settings, planned.seed, planned.epochs)
        self.whose = planned.whose(study)
        self.held_out = study.cache.labelled[study.folds == (-1 if fold is None else fold)]
        self.learnt = study.cache.labelled[study.folds != (-1 if fold is None else fold)]

    def _start(self) -> Training:
        cache = self.study.cache
        return start_training(self.settings, cache.labels[self.learnt], cache.n_classes, self.seed, self.place.device)

    def _batches(self) -> tuple[Batches, Batches | None]:
        return training_batches(self.settings, self.study.cache, self.learnt, self.seed, self.place.device), None

    def _say_again(self) -> None:
        rows = self.study.storage.epochs.of_study(self.study.study_id, self.lease.part, self.lease.trial_id)
        known = {row.epoch for row in rows}
        for epoch in self.progress.epochs:
            if epoch.number not in known:
                self._record(epoch)

    def _writes(self, epoch: Epoch) -> list[Callable[[], None]]:
        return [lambda: self._record(epoch)]

    def _record(self, epoch: Epoch) -> None:
        metrics = {"planned": self.n_epochs, "train": epoch.train.to_dict()}
        self.study.storage.epochs.record(
            self.lease, epoch.number, score=None, lr=epoch.lr, seconds=epoch.seconds, metrics=metrics
        )

    def _verdict(self, epoch: Epoch, *, is_said: bool = True) -> str | None:
        return self.interruption.after_epoch(epoch.number, epoch.seconds)

    def _finish(self, pruned: str | None) -> None:
        """Predict what was held out and the test part, and leave the result where the final step finds it."""
        cache, augmentation = self.study.cache, augmentation_of(self.settings)
        with own_faults():
            held_out, test = self._predicted(self.held_out, None), self._predicted(cache.test, None)
            augmented = test_augmented = None
            if not augmentation.is_none:
                augmented = self._predicted(self.held_out, augmentation)
                test_augmented = self._predicted(cache.test, augmentation)
        self.outbox.deliver()
        seconds = sum(epoch.seconds for epoch in self.progress.epochs)
        result = FinalResult(self.training.model.state_dict(), held_out, test, augmented, test_augmented, seconds)
        self.study.storage.parts.finish(self.lease, result.to_bytes())
        self.study.files.remove_checkpoints(self.lease.number, self.lease.part)
        logger.info("%s done after %d epochs", self.lease.name, self.training.epoch)

    def _predicted(self, indices: NDArray[np.int64], augmentation: Augmentation | None) -> NDArray[np.float32]:
        cache = self.study.cache
        if not len(indices):
            return np.empty((0, cache.n_classes), np.float32)
        front_end = get_architecture(self.settings.architecture).front_end(self.settings.model)
        view = open_view(cache, front_end.source())
        model = self.training.model

        def item(i: int) -> FloatArray:
            count_step()
            return view.item(indices[i])

        (probabilities,) = predict(
            [model],
            front_end,
            view.lengths[indices],
            item,
            next(model.parameters(), _NOWHERE).device,
            augmentation,
        )
        if not np.isfinite(probabilities).all():
            raise Diverged("diverged: after its last epoch the model predicts nan")
        found: NDArray[np.float32] = probabilities
        return found


_NOWHERE: Tensor = torch.empty(0)  # a model without weights, as boosted trees, lies in main memory
