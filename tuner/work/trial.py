"""The life of a trial of the search: part after part, for as long as it is worth going on with."""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Sequence
from typing import Literal

from optuna.trial import TrialState

from tuner.errors import SpecError, TrialError
from tuner.statistics.probabilities import Probabilities
from tuner.storage import Lease
from tuner.storage.optuna import read_reports
from tuner.study.kinds import why_to_stop
from tuner.study.opened import OpenStudy
from tuner.study.trials import REASON, RESULT, TrialRecord, TrialResult
from tuner.training.tensors import save_tensors
from tuner.work.drawing import draw
from tuner.work.first_part import BEHIND, FirstPart
from tuner.work.interruption import LEAVE, Interruption
from tuner.work.out_of_fold import held_out_parts, judged
from tuner.work.part import PartRun, PartTraining
from tuner.work.race import why_behind
from tuner.work.result import PartResult, pack_probabilities
from tuner.work.run import Workplace, refuse_poisonous

logger = logging.getLogger(__name__)


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
        _TrialRun(place, lease, interruption).run()
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


class _TrialRun:
    """One worker's stretch of one trial."""

    def __init__(self, place: Workplace, lease: Lease, interruption: Interruption) -> None:
        self.place, self.study, self.lease, self.interruption = place, place.study, lease, interruption
        self.trial, self.settings = draw(place, lease)
        self.n_parts = self.study.record.data.parts
        self.is_default = lease.number < len(self.study.record.spec.search.architectures)

    def run(self) -> None:
        """Train part after part; what is done is read anew each time, as the database may have gone back in time."""
        if self.n_parts > 1 and (twin := self._twin()) is not None:
            reason = f"the same settings as trial {twin}, which are not trained twice"
            self.study.storage.optuna.finish(self.lease, TrialState.PRUNED, None, {REASON: reason})
            return
        while self._trains_on():
            pass

    def _trains_on(self) -> bool:
        """Train the next part; return False if that was the trial's end, or it was handed back."""
        result = self._record().result
        done = [] if self.n_parts == 1 else held_out_parts(self.study, self.lease.trial_id)
        if result is None or not done:
            return self._train_first()
        result, score = judged(self.study, result, done)
        self._store(result)
        self._report(100 * len(done), score)
        if len(done) == self.n_parts:
            return self._finish(score, None)
        if reason := self._why_to_end(done):
            return self._finish(score, reason)
        return self._train_next(result, score)

    def _train_first(self) -> bool:
        first = FirstPart(self.place, self.lease, self.interruption, self.trial, self.settings)
        verdict = first.run()
        if verdict == LEAVE:
            return first.hand_back()
        is_only, score = self.n_parts == 1, first.progress.best_score
        result = first.settle(int(is_only or verdict is None))
        # Under the lease and so first: a worker that lost it must not come to overwrite its successor's files.
        self._store(result)
        about = {"trial": self.lease.number, "settings": self.settings.to_dict(), "result": result.to_dict()}
        save_tensors(self.study.files.weights(self.lease.number), first.progress.state(first.training), about)
        from tuner.screen.figures import upload_figures  # slow to import, and no first batch should wait for it

        upload_figures(self.study, self.trial, first.progress.epochs, first.progress.best)
        if verdict or is_only:
            return self._finish(score, verdict)
        self._keep(self._part(0), first.result())
        return True

    def _train_next(self, result: TrialResult, score: float | None) -> bool:
        planned = self._part(result.parts)
        run = PartRun(self.place, self.lease, self.interruption, planned)
        verdict = run.run()
        if verdict == LEAVE:
            return run.hand_back()
        if verdict:
            return self._finish(score, verdict)
        part = run.result()
        self._keep(planned, part)
        self._store(dataclasses.replace(result, seconds=result.seconds + part.seconds))
        self.study.files.remove_checkpoints(self.lease.number, planned.unit[1])
        return True

    def _why_to_end(self, done: Sequence[Probabilities]) -> str | None:
        """Say why the trial is not worth another part; the defaults of each kind are, since the others race them."""
        if self.is_default:
            return None
        if reason := why_behind(self.study, self.settings.architecture, done):
            return reason
        return BEHIND if self.trial.should_prune() else None

    def _twin(self) -> int | None:
        """Find an earlier trial of the same settings: all parts of both would come out the same."""
        found = self.study.storage.optuna.get_all_trials(self.study.study_id, deepcopy=False)
        trials = [TrialRecord.of(trial) for trial in found if trial.number < self.lease.number]
        own = self.settings.to_dict()
        return next((t.number for t in trials if t.settings == own and t.state != TrialState.FAIL), None)

    def _record(self) -> TrialRecord:
        return TrialRecord.of(self.study.storage.optuna.get_trial(self.lease.trial_id))

    def _part(self, fold: int) -> PartTraining:
        return PartTraining.of(self.study, self._record(), fold)

    def _keep(self, planned: PartTraining, part: PartResult) -> None:
        held_out = pack_probabilities(part.held_out)
        self.study.storage.parts.keep(self.lease, planned.unit[1], planned.key, part.to_bytes(), held_out)

    def _store(self, result: TrialResult) -> None:
        self.study.storage.optuna.set_trial_user_attr(self.lease.trial_id, RESULT, result.to_dict())

    def _report(self, percent: int, score: float | None) -> None:
        if score is not None and percent not in read_reports(self.trial):
            self.trial.report(score, percent)

    def _finish(self, score: float | None, pruned: str | None) -> Literal[False]:
        """Tell, after the result is stored: a finished trial can no longer be written to."""
        study, lease = self.study, self.lease
        if score is None:
            name = study.record.metric_name
            raise TrialError(f"there is no score: {name} of what the model predicts is not a number")
        state = TrialState.PRUNED if pruned else TrialState.COMPLETE
        # Not through Study.tell, which looks before it writes: a worker that lost its lease must learn so by writing.
        study.storage.optuna.finish(lease, state, score, {REASON: pruned} if pruned else {})
        logger.info("%s %s %.4f (%s)", lease.name, state.name, score, pruned or "all epochs")
        found = study.storage.optuna.get_all_trials(study.study_id, deepcopy=False)
        trials = [TrialRecord.of(trial) for trial in found]
        study.files.sweep(trials)
        control = study.storage.control.of(study.study_id)
        n_left = control.trials - sum(trial.state.is_finished() for trial in trials)
        if control.command == "run" and (reason := why_to_stop(study.record, trials, n_left)):
            study.storage.control.set_trials(study.study_id, len(trials), reason=reason)
        return False
