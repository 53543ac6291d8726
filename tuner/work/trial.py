"""The life of a trial: leased, trained epoch by epoch, reported, pruned, handed back or told."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import optuna
import torch
from optuna.samplers import RandomSampler
from optuna.trial import Trial, TrialState

from data_pipeline import Cache, Split
from data_pipeline.errors import DataError, ViewTooLarge
from models import get_architecture
from tuner.errors import CheckpointError, SpecError, StorageAway, TrialError
from tuner.statistics.scores import objective_value
from tuner.storage import Lease, StudyStorage, briefly
from tuner.study.files import StudyFiles
from tuner.study.record import StudyRecord, versions
from tuner.study.settings import Settings
from tuner.study.space import default_params, suggest
from tuner.training.data import scoring_batches, training_batches
from tuner.training.fit import Epoch, Training, fit
from tuner.training.tensors import save_tensors
from tuner.training.trainers import start_training
from tuner.work.faults import own_faults
from tuner.work.outbox import Outbox
from tuner.work.progress import Progress, held_out
from tuner.work.pruning import is_report_point, make_pruner, make_sampler
from tuner.work.usage import Usage

logger = logging.getLogger(__name__)

BEHIND = "behind the other trials of its architecture"

MAX_DEATHS = 5
"""Workers a trial may take down without an epoch in between."""


class Interruption(Protocol):
    """How the outside world stops a trial under way."""

    def leave_now(self) -> bool:
        """Asked before every batch: drop the epoch and go."""

    def after_epoch(self, number: int) -> str | None:
        """Asked after every epoch, waits while paused: None to go on, "leave", or the reason to prune the trial."""


@dataclass(frozen=True)
class Workplace:
    """What every trial of a study needs on this machine."""

    storage: StudyStorage
    record: StudyRecord
    study: optuna.Study
    cache: Cache
    split: Split
    files: StudyFiles
    device: torch.device
    usage: Usage


def run_trial(place: Workplace, lease: Lease, interruption: Interruption) -> None:
    """Take a leased trial as far as it goes: to its end, or to where it is handed back.

    A fault of the trial itself (diverged, out of memory, an exception in its model) is stored as its reason
    and the worker lives on. Every other exception is the caller's: the trial is handed back first.

    Raises
    ------
    LeaseLost
        If another worker has taken the trial over.
    """
    try:
        if lease.deaths >= MAX_DEATHS:
            raise TrialError(f"poisonous: took {lease.deaths} workers down without finishing an epoch in between")
        _Run(place, lease, interruption).run()
    except (TrialError, SpecError) as fault:
        _fail(place, lease, str(fault))
    # LeaseLost passes: there is nothing left to hand back, or to say.


def _fail(place: Workplace, lease: Lease, fault: str) -> None:
    """Fail a trial, and stop the study if it is one too many in a row."""
    logger.warning("trial %d failed: %s", lease.number, fault)
    storage, study_id, most = place.storage, place.record.study_id, place.record.spec.study.max_failures
    storage.set_trial_user_attr(lease.trial_id, "reason", fault)
    storage.finish(lease, TrialState.FAIL, None)
    place.files.remove_checkpoints(lease.number)
    if storage.failures_in_a_row(study_id) >= most:
        storage.set_command(study_id, "stop", reason=f"{most} trials in a row failed, the last: {fault}")


class _Run:
    """One worker's stretch of one trial."""

    def __init__(self, place: Workplace, lease: Lease, interruption: Interruption) -> None:
        self.place, self.lease, self.interruption = place, lease, interruption
        self.trial, self.settings = self._ask()
        self.seed = place.record.spec.study.seed + lease.number
        self.progress = Progress()
        self.outbox = Outbox(lease.number)
        self.reported = set(place.storage.get_trial(lease.trial_id).intermediate_values)

    def run(self) -> None:
        """Train from the last checkpoint, if any, to the end of the trial or of the worker."""
        logger.info("trial %d: %s, attempt %d", self.lease.number, self.settings.architecture, self.lease.attempt)
        with own_faults():
            training = self._training()
            self._check_input()
        self.training = training
        self.place.usage.follow(training)
        self._resume(training)
        if 0 < training.epoch < self.settings.epochs and (verdict := self._verdict(training.epoch)):
            return self._end(verdict)
        place = self.place
        try:
            train = training_batches(self.settings, place.cache, place.split.train, self.seed, place.device)
            validation = scoring_batches(self.settings, place.cache, place.split.validation, place.device)
        except ViewTooLarge as error:  # by these settings: others may do
            raise TrialError(str(error)) from error
        epochs = fit(training, train, validation, self.interruption.leave_now)
        while True:
            with own_faults():
                epoch = next(epochs, None)
            if epoch is None:
                break
            if verdict := self._take(epoch, training):
                return self._end(verdict)
        if training.epoch < self.settings.epochs:
            return self._hand_back()
        return self._finish(None)

    @property
    def _whose(self) -> dict[str, Any]:
        return {"settings": self.settings.to_dict(), "seed": self.seed, "data": self.place.cache.fingerprint}

    def _ask(self) -> tuple[Trial, Settings]:
        """Draw the trial's settings, or read them if an earlier attempt stored them."""
        place, lease = self.place, self.lease
        spec = place.record.spec
        architectures, space = spec.search.architectures, spec.full_space()
        stored = place.storage.get_trial(lease.trial_id).user_attrs.get("settings")
        if stored is None and lease.number < len(architectures):
            defaults = default_params(architectures[lease.number], architectures, space)
            place.storage.set_trial_system_attr(lease.trial_id, "fixed_params", defaults)
        seed = int(np.random.SeedSequence([spec.study.seed, lease.number]).generate_state(1)[0])
        sampler = make_sampler(spec.search.sampler, seed) if stored is None else RandomSampler()
        study = place.study
        study.sampler = sampler
        # Optuna caches trials: forget those of the last time, and learn of the one that was claimed past it.
        study._thread_local.cached_all_trials = None
        study.get_trials(deepcopy=False)
        trial = Trial(study, lease.trial_id)
        settings = suggest(trial, architectures, space) if stored is None else Settings.from_dict(stored)
        study.pruner = make_pruner(spec.search.pruner, settings.architecture)
        if stored is None:
            self._store_settings(settings)
        return trial, settings

    def _store_settings(self, settings: Settings) -> None:
        place = self.place
        provenance = {
            "seed": place.record.spec.study.seed + self.lease.number,
            "fingerprint": place.cache.fingerprint,
            "split": place.split.fingerprint,
            "versions": versions(place.record.spec),
            "device": str(place.device),
        }
        place.storage.set_trial_user_attr(self.lease.trial_id, "provenance", provenance)
        place.storage.set_trial_user_attr(self.lease.trial_id, "settings", settings.to_dict())

    def _training(self) -> Training:
        place = self.place
        labels = place.cache.labels[place.split.train]
        return start_training(self.settings, labels, len(place.cache.class_names), self.seed, place.device)

    def _check_input(self) -> None:
        """Refuse settings that ask for an input there cannot be, as this trial's fault."""
        try:
            get_architecture(self.settings.architecture).front_end(self.settings.model)
        except DataError as error:
            raise TrialError(str(error)) from error

    def _resume(self, training: Training) -> None:
        """Go on from the newest readable checkpoint; without one the trial starts from its first epoch."""
        for path in self.place.files.checkpoints(self.lease.number):
            try:
                self.progress = Progress.load(path, training, self._whose)
            except CheckpointError as error:
                logger.warning("trial %d: %s; an older one is tried", self.lease.number, error)
                continue
            logger.info("trial %d goes on after epoch %d", self.lease.number, training.epoch)
            return self._say_again()
        if self.place.storage.epochs(self.place.record.study_id, self.lease.trial_id):
            logger.warning("trial %d starts over: its checkpoint is not to be seen here", self.lease.number)

    def _say_again(self) -> None:
        """Record and report what the last worker had trained, and not yet said when it ended."""
        place, lease, best = self.place, self.lease, -1.0
        known = {row.epoch for row in place.storage.epochs(place.record.study_id, lease.trial_id)}
        for epoch in self.progress.epochs:
            best = max(best, self._score(epoch))
            if epoch.number not in known:
                self._record(epoch)
            if is_report_point(epoch.number, epoch.planned):
                self._report(epoch, best)

    def _take(self, epoch: Epoch, training: Training) -> str | None:
        """Keep, record and report one epoch; return "leave" or the reason to prune, if there is one."""
        self.progress.add(epoch, self._score(epoch), training)
        # First of all: what is on disk is never trained again, and what is not yet said can be said by a successor.
        self._checkpoint(training)
        is_last, best = epoch.number == epoch.planned, self.progress.best_score
        is_point = is_report_point(epoch.number, epoch.planned)
        is_said = self.outbox.post(
            lambda: self._record(epoch), *([lambda: self._report(epoch, best)] if is_point else [])
        )
        logger.info(
            "trial %d epoch %d/%d: score %.4f, train loss %.4f, validation loss %.4f, %.1f s",
            *(self.lease.number, epoch.number, epoch.planned, self._score(epoch)),
            *(epoch.train.loss, held_out(epoch).loss, epoch.seconds),
        )
        return None if is_last else self._verdict(epoch.number, is_pruning=is_point and is_said)

    def _verdict(self, number: int, *, is_pruning: bool = True) -> str | None:
        """Ask the pruner and the outside world after an epoch: "leave", the reason to prune the trial, or None."""
        try:
            with briefly():
                if is_pruning and self.trial.should_prune():
                    return BEHIND
        except StorageAway:
            logger.info("trial %d: the database is away, the pruner is not asked", self.lease.number)
        return self.interruption.after_epoch(number)

    def _score(self, epoch: Epoch) -> float:
        record = self.place.record
        return objective_value(held_out(epoch), record.spec.study.metric, record.metric_classes)

    def _record(self, epoch: Epoch) -> None:
        metrics = {"planned": epoch.planned, "train": epoch.train.to_dict(), "validation": held_out(epoch).to_dict()}
        self.place.storage.record_epoch(
            self.lease, epoch.number, score=self._score(epoch), lr=epoch.lr, seconds=epoch.seconds, metrics=metrics
        )

    def _report(self, epoch: Epoch, best: float) -> None:
        """Report the best score so far: Optuna takes a pruned trial's last report for its value."""
        if epoch.percent not in self.reported:
            self.trial.report(best, epoch.percent)
            self.reported.add(epoch.percent)

    def _checkpoint(self, training: Training) -> None:
        number, attempt = self.lease.number, self.lease.attempt
        self.progress.save(self.place.files.checkpoint(number, attempt), training, self._whose)
        if self.lease.resumed:
            self.place.files.remove_checkpoints(number, before=attempt)

    def _end(self, verdict: str) -> None:
        if verdict == "leave":
            self._hand_back()
        else:
            self._finish(verdict)

    def _hand_back(self) -> None:
        self.outbox.deliver()
        self.place.storage.hand_back(self.lease)
        logger.info("trial %d handed back after epoch %d", self.lease.number, len(self.progress.epochs))

    def _finish(self, pruned: str | None) -> None:
        """Store what the trial leaves behind, then tell: a finished trial can no longer be written to."""
        place, lease, progress = self.place, self.lease, self.progress
        self.outbox.deliver()
        self._report(progress.epochs[-1], progress.best_score)
        best = progress.best
        result = {
            "best_epoch": progress.best_epoch,
            "epochs": len(progress.epochs),
            "planned": best.planned,
            "seconds": sum(epoch.seconds for epoch in progress.epochs),
            "parameters": self.training.n_parameters(),
            "validation": held_out(best).to_dict(),
        }
        # Under the lease and so first: a worker that lost it must not come to overwrite its successor's files.
        place.storage.set_trial_user_attr(lease.trial_id, "result", result)
        if pruned:
            place.storage.set_trial_user_attr(lease.trial_id, "reason", pruned)
        about = {"trial": lease.number, "settings": self.settings.to_dict(), "result": result}
        save_tensors(place.files.weights(lease.number), progress.best_weights, about)
        from tuner.screen.figures import upload_figures  # slow to import, and no first batch should wait for it

        upload_figures(place, self.trial, progress.epochs, best)
        state = TrialState.PRUNED if pruned else TrialState.COMPLETE
        # Not through Study.tell, which looks before it writes: a worker that lost its lease must learn so by writing.
        place.storage.finish(lease, state, progress.best_score)
        logger.info("trial %d %s %.4f (%s)", lease.number, state.name, progress.best_score, pruned or "all epochs")
        place.files.sweep(place.storage)
