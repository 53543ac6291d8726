"""The trainings of a final step: planned here, done by the study's workers wherever they are, and waited for here."""

from __future__ import annotations

import logging
import os
import signal
import socket
import time
from collections.abc import Sequence
from contextlib import ExitStack

from tuner.errors import CheckpointError, StudyError, TrialError
from tuner.final.earlier import take_in_earlier
from tuner.storage import SEARCH, EpochRow, PartRow, PlannedPart
from tuner.storage.machine import machine_id
from tuner.study.opened import OpenStudy
from tuner.study.trials import TrialRecord
from tuner.work.final_training import FinalTraining
from tuner.work.heartbeat import Heartbeat
from tuner.work.processes import Supervisor
from tuner.work.result import FinalResult

logger = logging.getLogger(__name__)

POLL_S = 0.3
"""Seconds between two looks whether a training is done."""

SHOW_S = 1.0
"""Seconds between two looks at the epochs of all trainings."""


class Trainings:
    """The study's workers at the service of one final step, from entering the context until leaving it.

    Workers of this machine are started here; those that `tuner work` has started, on any machine, take part.

    Parameters
    ----------
    study : OpenStudy
        The study.
    devices : sequence of str
        One device for each worker to start here; none leaves all trainings to others.
    threads : int
        Cores that each of these may use.
    """

    def __init__(self, study: OpenStudy, devices: Sequence[str], threads: int) -> None:
        self.study, self._devices = study, devices
        self._supervisor = Supervisor(study, devices, threads, only_final=True)
        self._exit = ExitStack()
        self._owner = ""
        self._is_lost = False
        self._epochs: dict[tuple[int, str], int] = {}
        self._shown_at = 0.0

    def __enter__(self) -> Trainings:
        """Become the study's one final step, and start the workers.

        Raises
        ------
        StudyError
            If another process is finalizing the study.
        """
        steps, study_id = self.study.storage.final_steps, self.study.study_id
        self._owner = steps.begin(study_id, host=socket.gethostname(), pid=os.getpid(), machine=machine_id())
        with ExitStack() as stack:
            stack.callback(steps.end, study_id, self._owner)
            # SIGTERM ends the command as Ctrl-C does: in order, with every training handed back.
            stack.callback(signal.signal, signal.SIGTERM, signal.signal(signal.SIGTERM, signal.default_int_handler))
            self._epochs = {unit: row.epoch for unit, row in self._last_epochs().items()}  # said by an earlier run
            stack.enter_context(Heartbeat(self.study.storage, self._beat))
            stack.enter_context(self._supervisor)
            self._exit = stack.pop_all()
        return self

    def __exit__(self, *exception: object) -> bool | None:
        return self._exit.__exit__(*exception)  # type: ignore[arg-type]

    @property
    def n_workers(self) -> int:
        """How many workers do trainings now, at least those that were started here."""
        at_work = sum(row.is_at_work for row in self.study.storage.workers.list(self.study.study_id))
        return max(1, len(self._devices), at_work)

    def begin_folds(self, trial: TrialRecord) -> None:
        """Let a trial be trained without each of the folds, after all that was begun before."""
        self._begin(self._folds(trial))

    def of_folds(self, trial: TrialRecord) -> list[FinalResult]:
        """Return the results of a trial without each of the folds, once they are there; errors as for `_wait`."""
        trainings = self._folds(trial)
        self._begin(trainings)
        return self._wait(trainings)

    def on_everything(self, trials: Sequence[TrialRecord]) -> list[FinalResult]:
        """Train each of some trials on all labelled recordings; errors as for `_wait`."""
        trainings = [FinalTraining.of(self.study, trial, None) for trial in trials]
        self._begin(trainings)
        return self._wait(trainings)

    def are_done(self, trial: TrialRecord) -> bool:
        """Tell whether the results without each of the folds are there already."""
        return all(self._is_done(training) for training in self._folds(trial))

    def _folds(self, trial: TrialRecord) -> list[FinalTraining]:
        return [FinalTraining.of(self.study, trial, fold) for fold in range(self.study.n_folds)]

    def _rows(self) -> dict[tuple[int, str], PartRow]:
        return {(row.trial_id, row.part): row for row in self.study.storage.parts.list(self.study.study_id)}

    def _is_done(self, training: FinalTraining) -> bool:
        row = self._rows().get(training.unit)
        return row is not None and (row.key, row.state) == (training.key, "done")

    def _begin(self, trainings: Sequence[FinalTraining]) -> None:
        """Plan trainings; those whose results are there already are not done again."""
        for training in trainings:
            if not self._is_done(training):
                take_in_earlier(self.study, training)
        planned = [PlannedPart(*one.unit, one.key) for one in trainings]
        self.study.storage.parts.plan(self.study.study_id, self._owner, planned)

    def _wait(self, trainings: Sequence[FinalTraining]) -> list[FinalResult]:
        """Wait until trainings of the same moment are all done, and return their results in the same order.

        Raises
        ------
        TrialError
            If one failed by its own fault; the others of its trial are then called off.
        StudyError
            If they cannot be done, or somebody stopped the study.
        """
        parts = self.study.storage.parts
        while True:
            rows = self._rows()
            for training in trainings:
                row = rows.get(training.unit)
                if row is not None and row.state == "failed":
                    parts.withdraw(self.study.study_id, self._owner, training.trial.trial_id)
                    raise TrialError(f"{training.name}: {row.reason}")
            if all(one.unit in rows and rows[one.unit].state == "done" for one in trainings):
                if results := self._results(trainings):
                    return results
            self._look()
            time.sleep(POLL_S)

    def _results(self, trainings: Sequence[FinalTraining]) -> list[FinalResult] | None:
        """Read the results; None where one is damaged, which is then trained again."""
        parts, results = self.study.storage.parts, []
        for training in trainings:
            try:
                results.append(FinalResult.from_bytes(parts.result(*training.unit)))
            except CheckpointError as error:
                logger.warning("%s: %s; it is trained again", training.name, error)
                parts.plan(self.study.study_id, self._owner, [PlannedPart(*training.unit, "damaged")])  # forgets it
                self._begin([training])
        return results if len(results) == len(trainings) else None

    def _look(self) -> None:
        """Show how the trainings get on, keep the workers of this machine going, and see whether it is over."""
        now = time.monotonic()
        if now - self._shown_at >= SHOW_S:
            self._shown_at = now
            self._show_epochs()
        is_working = self._supervisor.tend(sum(self._epochs.values()), POLL_S)
        step = self.study.storage.final_steps.find(self.study.study_id)
        again = "the same command goes on from the last epoch of each training"
        if step is None or step.owner != self._owner or self._is_lost:
            raise StudyError(f"study {self.study.name} is finalized by another process now")
        if step.command == "stop":
            raise StudyError(f"study {self.study.name} was stopped in its final step: {again}")
        if self._devices and not is_working:
            self._supervisor.raise_error()
            raise StudyError(f"study {self.study.name}: the workers of its final step were ended: {again}")

    def _show_epochs(self) -> None:
        for unit, row in self._last_epochs().items():
            if row.epoch != self._epochs.get(unit, 0):
                self._epochs[unit] = row.epoch
                logger.info(
                    "trial %d, %s: epoch %d/%d, loss %.4f, %.1f s",
                    *(row.number, row.part, row.epoch, row.planned),
                    *(row.train_loss, row.seconds),
                )

    def _last_epochs(self) -> dict[tuple[int, str], EpochRow]:
        last = self.study.storage.epochs.last(self.study.study_id)
        return {unit: row for unit, row in last.items() if row.part != SEARCH}

    def _beat(self) -> None:
        if not self.study.storage.final_steps.beat(self.study.study_id, self._owner):
            self._is_lost = True
