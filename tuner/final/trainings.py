"""The trainings of a final step: planned here, done by the study's workers wherever they are, and waited for here."""

from __future__ import annotations

import logging
import math
import os
import signal
import socket
import time
from collections.abc import Sequence
from contextlib import ExitStack

from tuner.errors import CheckpointError, LeaseLost, StorageAway, StudyError, TrialError
from tuner.final.earlier import take_in_earlier
from tuner.storage import SEARCH, EpochRow, PartRow, PlannedPart
from tuner.storage.machine import machine_id
from tuner.study.opened import OpenStudy
from tuner.study.trials import TrialRecord
from tuner.work.heartbeat import Heartbeat
from tuner.work.part import PartTraining
from tuner.work.processes import STOP_PATIENCE_S, Supervisor
from tuner.work.result import PartResult
from tuner.work.standstill import LOOK_S, Standstill
from tuner.work.watchdog import END_S, ENOUGH, Watchdog, end_process

logger = logging.getLogger(__name__)

POLL_S = 0.3
"""Seconds between two looks whether a training is done."""

GOES_ON = "the same command goes on from the last epoch of each training"

SHOW_S = 1.0
"""Seconds between two looks at the epochs of all trainings."""

STILL_S = 600.0
"""So long the final step may neither make a step nor compute; who reads its output may have stopped it for a while."""


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
        self._planned: set[str] = set()
        self._epochs: dict[tuple[int, str], int] = {}
        self._shown_at = 0.0
        self._times = 0
        self._ending_s = 0.0
        self._standstill = Standstill(STILL_S, math.inf)  # what is decided here is computed for as long as it takes

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
            stack.callback(self._leave)
            self.study.storage.database.patience_s = None  # trainings go on while the database is away
            # SIGTERM ends the command as Ctrl-C does: in order, with every training handed back.
            stack.enter_context(Watchdog(self._on_signal, self._look_after_main, signal.default_int_handler))
            self._epochs = {unit: row.epoch for unit, row in self._last_epochs().items()}  # said by an earlier run
            stack.enter_context(Heartbeat(self.study.storage, self._beat))
            stack.enter_context(self._supervisor)
            self._exit = stack.pop_all()
        if not self._devices:
            logger.info("waiting for workers of study %s: `tuner work %s` starts some", *[self.study.name] * 2)
        return self

    def __exit__(self, *exception: object) -> bool | None:
        return self._exit.__exit__(*exception)  # type: ignore[arg-type]

    def _on_signal(self) -> None:
        self._times += 1
        if self._times >= ENOUGH:
            self._supervisor.pass_on(signal.SIGKILL)

    def _look_after_main(self) -> None:
        """End this process if its main thread hangs, as on a disk that is dead."""
        self._standstill.look()
        if self._times >= ENOUGH:
            self._ending_s += LOOK_S
        if self._ending_s > END_S or self._standstill.is_hopeless:
            self._supervisor.pass_on(signal.SIGTERM)
            message = f"error: made no step for {self._standstill.stepless_s:.0f} s, and is ended; {GOES_ON}"
            end_process(1, message, self._leave)

    def _leave(self) -> None:
        database = self.study.storage.database
        database.patience_s = STOP_PATIENCE_S
        try:
            self.study.storage.final_steps.end(self.study.study_id, self._owner)
        except StorageAway as error:
            logger.warning("%s; to others the final step has ended once it was silent for a minute", error)

    @property
    def n_workers(self) -> int:
        """How many workers do trainings now: those that are started here, and all others of the study."""
        own = {(machine_id(), pid) for pid in self._supervisor.pids}
        rows = self.study.storage.workers.list(self.study.study_id)
        others = sum(row.is_at_work and (row.machine, row.pid) not in own for row in rows)
        return max(1, len(self._devices) + others)

    def n_missing(self, trial: TrialRecord) -> int:
        """Count the folds without which a trial is still to be trained: those of the search are not trained again."""
        rows = self._rows()
        wanted = self._folds(trial)
        done = [one for one in wanted if (row := rows.get(one.unit)) and (row.key, row.state) == (one.key, "done")]
        return len(wanted) - len(done)

    def begin_folds(self, trial: TrialRecord) -> None:
        """Let a trial be trained without each of the folds, after all that was begun before."""
        self._begin(self._folds(trial))

    def of_folds(self, trial: TrialRecord) -> list[PartResult]:
        """Return the results of a trial without each of the folds, once they are there; errors as for `_wait`."""
        trainings = self._folds(trial)
        self._begin(trainings)
        return self._wait(trainings)

    def on_everything(self, trials: Sequence[TrialRecord]) -> list[PartResult]:
        """Train each of some trials on all labelled recordings; errors as for `_wait`."""
        trainings = [PartTraining.of(self.study, trial, None) for trial in trials]
        self._begin(trainings)
        return self._wait(trainings)

    def _folds(self, trial: TrialRecord) -> list[PartTraining]:
        return [PartTraining.of(self.study, trial, fold) for fold in range(self.study.n_folds)]

    def _rows(self) -> dict[tuple[int, str], PartRow]:
        return {(row.trial_id, row.part): row for row in self.study.storage.parts.list(self.study.study_id)}

    def _begin(self, trainings: Sequence[PartTraining]) -> None:
        """Plan trainings, each once in this final step; those whose results are there already are not done again."""
        new = [training for training in trainings if training.key not in self._planned]
        if new:
            rows = self._rows()
            for training in new:
                row = rows.get(training.unit)
                if row is None or (row.key, row.state) != (training.key, "done"):
                    take_in_earlier(self.study, training)
            self._plan([PlannedPart(*training.unit, training.key) for training in new])
            self._planned |= {training.key for training in new}

    def _plan(self, planned: Sequence[PlannedPart]) -> None:
        try:
            self.study.storage.parts.plan(self.study.study_id, self._owner, planned)
        except LeaseLost as error:
            raise self._taken_over() from error

    def _wait(self, trainings: Sequence[PartTraining]) -> list[PartResult]:
        """Wait until all of some trainings are done, and return their results in the same order.

        Raises
        ------
        TrialError
            If one failed by its own fault; the others of these trials are then called off.
        StudyError
            If they cannot be done, or somebody stopped the study.
        """
        while True:
            rows = self._rows()
            for training in trainings:
                row = rows.get(training.unit)
                if row is not None and row.state == "failed":
                    self._withdraw({one.trial.trial_id for one in trainings})
                    raise TrialError(f"{training.name}: {row.reason}")
            if all(one.unit in rows and rows[one.unit].state == "done" for one in trainings):
                if results := self._results(trainings):
                    return results
            self._look(sum(row.state in ("done", "failed") for row in rows.values()))
            time.sleep(POLL_S)

    def _withdraw(self, trial_ids: set[int]) -> None:
        for trial_id in trial_ids:
            try:
                self.study.storage.parts.withdraw(self.study.study_id, self._owner, trial_id)
            except LeaseLost as error:
                raise self._taken_over() from error

    def _results(self, trainings: Sequence[PartTraining]) -> list[PartResult] | None:
        """Read the results; None where one is damaged, which is then trained again, or is gone with its study."""
        results = []
        for training in trainings:
            stored = self.study.storage.parts.result(*training.unit, training.key)
            if stored is None:
                return None
            try:
                results.append(PartResult.from_bytes(stored))
            except CheckpointError as error:
                logger.warning("%s: %s; it is trained again", training.name, error)
                self._plan([PlannedPart(*training.unit, "damaged")])  # another key, under which it is forgotten
                self._planned.discard(training.key)
                self._begin([training])
        return results if len(results) == len(trainings) else None

    def _look(self, n_ended: int) -> None:
        """Show how the trainings get on, keep the workers of this machine going, and see whether it is over."""
        now = time.monotonic()
        if now - self._shown_at >= SHOW_S:
            self._shown_at = now
            self._show_epochs()
        is_working = self._supervisor.tend(sum(self._epochs.values()) + n_ended, POLL_S)
        name, step = self.study.name, self.study.storage.final_steps.find(self.study.study_id)
        if step is None or step.owner != self._owner:
            raise self._taken_over()
        if step.command == "stop":
            raise StudyError(f"study {name} was stopped in its final step: {GOES_ON}")
        if self._devices and not is_working:
            self._supervisor.raise_error()
            raise StudyError(f"study {name}: the workers of its final step were ended: {GOES_ON}")

    def _taken_over(self) -> StudyError:
        return StudyError(f"study {self.study.name} was deleted, or another process is at its final step now")

    def _show_epochs(self) -> None:
        for unit, row in self._last_epochs().items():
            if row.epoch > self._epochs.get(unit, 0):
                self._epochs[unit] = row.epoch
                logger.info(
                    "trial %d, %s: epoch %d/%d, loss %.4f, %.1f s",
                    *(row.number, row.part, row.epoch, row.planned, row.train_loss, row.seconds),
                )

    def _last_epochs(self) -> dict[tuple[int, str], EpochRow]:
        last = self.study.storage.epochs.last(self.study.study_id)
        return {unit: row for unit, row in last.items() if row.part != SEARCH}

    def _beat(self) -> None:
        self.study.storage.final_steps.beat(self.study.study_id, self._owner)  # who lost it learns so at its next look
