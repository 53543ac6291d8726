"""The life of a trial of the search: its epochs are reported, it is pruned or comes to its end."""

from __future__ import annotations

import logging
from collections.abc import Callable

from optuna.trial import TrialState

from data_pipeline import Batches
from data_pipeline.errors import DataError
from models import get_architecture
from tuner.errors import SpecError, StorageAway, TrialError
from tuner.storage import Lease, briefly
from tuner.storage.optuna import read_reports
from tuner.study.opened import OpenStudy
from tuner.study.trials import REASON, RESULT, TrialRecord, TrialResult
from tuner.training.data import scoring_batches, training_batches
from tuner.training.fit import Epoch, Training
from tuner.training.tensors import save_tensors
from tuner.training.trainers import start_training
from tuner.work.drawing import draw
from tuner.work.faults import own_faults
from tuner.work.interruption import Interruption
from tuner.work.progress import held_out
from tuner.work.pruning import is_report_point
from tuner.work.run import Run, Workplace, refuse_poisonous

logger = logging.getLogger(__name__)

BEHIND = "behind the other trials of its architecture"


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
        refuse_poisonous(lease)
        _SearchRun(place, lease, interruption).run()
    except (TrialError, SpecError) as fault:
        _fail(place.study, lease, str(fault))
    # LeaseLost passes: there is nothing left to hand back, or to say.


def _fail(study: OpenStudy, lease: Lease, fault: str) -> None:
    """Fail a trial, and stop the study if it is one too many in a row."""
    logger.warning("%s failed: %s", lease.name, fault)
    most = study.record.spec.study.max_failures
    study.storage.optuna.finish(lease, TrialState.FAIL, None, {REASON: fault})
    study.files.remove_checkpoints(lease.number, lease.part)
    if study.storage.control.failures_in_a_row(study.study_id) >= most:
        reason = f"{most} trials in a row failed, the last: {fault}"
        study.storage.control.set_command(study.study_id, "stop", reason=reason)


class _SearchRun(Run):
    """One worker's stretch of one trial."""

    def __init__(self, place: Workplace, lease: Lease, interruption: Interruption) -> None:
        self.trial, settings = draw(place, lease)
        seed = place.study.record.spec.study.seed + lease.number
        with own_faults():
            n_epochs = settings.epochs
        super().__init__(place, lease, interruption, settings, seed, n_epochs)
        self.reported = read_reports(self.trial)

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
        rows = self.study.storage.epochs.of_study(self.study.study_id, lease.part, lease.trial_id)
        known = {row.epoch for row in rows}
        self.reported = read_reports(self.trial)
        for epoch in self.progress.epochs:
            if objective.gain(epoch.score) > objective.gain(best):
                best = epoch.score
            if epoch.number not in known:
                self._record(epoch)
            if is_report_point(epoch.number, epoch.planned):
                self._report(epoch, best)

    def _writes(self, epoch: Epoch) -> list[Callable[[], None]]:
        best = self.progress.best_score
        is_point = is_report_point(epoch.number, epoch.planned)
        return [lambda: self._record(epoch), *([lambda: self._report(epoch, best)] if is_point else [])]

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

    def _report(self, epoch: Epoch, best: float | None) -> None:
        """Report the best score so far: Optuna takes a pruned trial's last report for its value."""
        if epoch.percent not in self.reported and best is not None:
            self.trial.report(best, epoch.percent)
            self.reported.add(epoch.percent)

    def _finish(self, pruned: str | None) -> None:
        """Store what the trial leaves behind, then tell: a finished trial can no longer be written to."""
        study, lease, progress = self.study, self.lease, self.progress
        self.outbox.deliver()
        self._say_again()  # of which a database that went back in time has not all any more
        if progress.best_score is None:
            name = study.record.metric_name
            raise TrialError(f"no epoch has a score: {name} of what the model predicts is not a number")
        self._report(progress.epochs[-1], progress.best_score)
        best = progress.best
        result = TrialResult(
            best_epoch=progress.best_epoch,
            epochs=len(progress.epochs),
            planned=best.planned,
            seconds=sum(epoch.seconds for epoch in progress.epochs),
            parameters=self.training.n_parameters(),
            validation=held_out(best),
        ).to_dict()
        # Under the lease and so first: a worker that lost it must not come to overwrite its successor's files.
        study.storage.optuna.set_trial_user_attr(lease.trial_id, RESULT, result)
        about = {"trial": lease.number, "settings": self.settings.to_dict(), "result": result}
        save_tensors(study.files.weights(lease.number), progress.best_weights, about)
        from tuner.screen.figures import upload_figures  # slow to import, and no first batch should wait for it

        upload_figures(study, self.trial, progress.epochs, best)
        state = TrialState.PRUNED if pruned else TrialState.COMPLETE
        # Not through Study.tell, which looks before it writes: a worker that lost its lease must learn so by writing.
        study.storage.optuna.finish(lease, state, progress.best_score, {REASON: pruned} if pruned else {})
        logger.info("%s %s %.4f (%s)", lease.name, state.name, progress.best_score, pruned or "all epochs")
        found = study.storage.optuna.get_all_trials(study.study_id, deepcopy=False)
        study.files.sweep([TrialRecord.of(trial) for trial in found])
