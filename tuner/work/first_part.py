"""The first part of a trial, which its pruner watches epoch by epoch."""

from __future__ import annotations

import logging
from collections.abc import Callable

from optuna.trial import Trial

from data_pipeline import Batches
from data_pipeline.errors import DataError
from models import get_architecture
from tuner.errors import StorageAway, TrialError
from tuner.storage import SEARCH, Lease, briefly
from tuner.storage.optuna import read_reports
from tuner.study.opened import OpenStudy
from tuner.study.settings import Settings
from tuner.study.trials import TrialResult
from tuner.training.data import scoring_batches, training_batches
from tuner.training.fit import Epoch, Training
from tuner.training.trainers import start_training, trainer_of
from tuner.work.faults import own_faults
from tuner.work.interruption import Interruption
from tuner.work.part import result_of
from tuner.work.progress import Chooses, held_out
from tuner.work.pruning import is_report_point
from tuner.work.result import PartResult
from tuner.work.run import Run, Workplace

logger = logging.getLogger(__name__)

BEHIND = "behind the other trials of its architecture"


class FirstPart(Run):
    """One worker's stretch of the first part of a trial, which may be the only one.

    Parameters
    ----------
    place : Workplace
        What the process has.
    lease : Lease
        The right to this trial.
    interruption : Interruption
        What may stop it.
    trial : Trial
        The trial as Optuna has it, to be reported to.
    settings : Settings
        What is trained and how.
    """

    def __init__(
        self, place: Workplace, lease: Lease, interruption: Interruption, trial: Trial, settings: Settings
    ) -> None:
        with own_faults():
            n_epochs = settings.epochs
        seed, chooses = _seed_and_choice(place.study, lease, settings)
        super().__init__(place, lease, interruption, settings, seed, n_epochs, SEARCH, chooses)
        self.trial, self.reported = trial, read_reports(trial)

    def _start(self) -> Training:
        try:
            get_architecture(self.settings.architecture).front_end(self.settings.model)
        except DataError as error:  # these settings ask for an input there cannot be
            raise TrialError(str(error)) from error
        labels = self.study.cache.labels[self.study.split.train]
        return start_training(self.settings, labels, self.study.cache.n_classes, self.seed, self.place.device)

    def _batches(self) -> tuple[Batches, Batches | None]:
        cache, split, device = self.study.cache, self.study.split, self.place.device
        train = training_batches(self.settings, cache, split.train, self.seed, device)
        return train, scoring_batches(self.settings, cache, split.validation, device)

    def _say_again(self) -> None:
        lease, objective, best = self.lease, self.study.record.objective, None
        rows = self.study.storage.epochs.of_study(self.study.study_id, self.part, lease.trial_id)
        known = {row.epoch for row in rows}
        self.reported = read_reports(self.trial)
        for epoch in self.progress.epochs:
            if objective.gain(epoch.score) > objective.gain(best):
                best = epoch.score
            if epoch.number not in known:
                self._record(epoch)
            if is_report_point(epoch.number, epoch.planned):
                self._report(epoch, best if self.progress.chooses == "score" else epoch.score)

    def _writes(self, epoch: Epoch) -> list[Callable[[], None]]:
        score = self.progress.best_score if self.progress.chooses == "score" else epoch.score
        is_point = is_report_point(epoch.number, epoch.planned)
        return [lambda: self._record(epoch), *([lambda: self._report(epoch, score)] if is_point else [])]

    def _verdict(self, epoch: Epoch, *, is_said: bool = True) -> str | None:
        """Ask the pruner where there is news for it, and the outside world."""
        try:
            with briefly():
                if is_said and is_report_point(epoch.number, epoch.planned) and self.trial.should_prune():
                    return BEHIND
        except StorageAway:
            logger.info("%s: the database is away, the pruner is not asked", self.lease.name)
        return self.interruption.after_epoch(epoch.number, epoch.seconds)

    def _record(self, epoch: Epoch) -> None:
        metrics = {"planned": epoch.planned, "train": epoch.train.to_dict(), "validation": held_out(epoch).to_dict()}
        self.study.storage.epochs.record(
            self.lease, epoch.number, score=epoch.score, lr=epoch.lr, seconds=epoch.seconds, metrics=metrics
        )

    def _report(self, epoch: Epoch, score: float | None) -> None:
        """Report a score; Optuna takes a pruned trial's last report for its value."""
        if epoch.percent not in self.reported and score is not None:
            self.trial.report(score, epoch.percent)
            self.reported.add(epoch.percent)

    def settle(self, n_parts: int) -> TrialResult:
        """Say all that is to be said of its epochs, and return what the trial has come to.

        Parameters
        ----------
        n_parts : int
            Number of the trial's parts that are done with it.

        Raises
        ------
        TrialError
            If no epoch has a score.
        """
        progress = self.progress
        self.outbox.deliver()
        self._say_again()  # of which a database that went back in time has not all any more
        if progress.best_score is None:
            name = self.study.record.metric_name
            raise TrialError(f"no epoch has a score: {name} of what the model predicts is not a number")
        self._report(progress.epochs[-1], progress.best_score)
        best = progress.best
        return TrialResult(
            best_epoch=progress.best_epoch,
            epochs=len(progress.epochs),
            planned=best.planned,
            seconds=sum(epoch.seconds for epoch in progress.epochs),
            parameters=self.training.n_parameters(),
            validation=held_out(best),
            parts=n_parts,
        )

    def result(self) -> PartResult:
        """Predict what was held out and the test part, by the model after its best epoch.

        Raises
        ------
        Diverged
            If what it predicts is not finite.
        """
        self.training.model.load_state_dict(self.progress.state(self.training))
        return result_of(self, self.study.split.validation)


def _seed_and_choice(study: OpenStudy, lease: Lease, settings: Settings) -> tuple[int, Chooses]:
    """Tell by which seed the part is trained, and which of its epochs is handed over.

    One of several parts has the seed of its fold, and the end of its schedule counts: of trees, which have none, the
    epoch of the lowest loss. Where it is the only one, the seed is the trial's and its best score counts.
    """
    if study.record.data.parts == 1:
        return study.record.spec.study.seed + lease.number, "score"
    return 0, "loss" if trainer_of(settings.architecture).stops_early else "last"
