"""The status of a study at one moment, read from the database for every command that shows it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from optuna.trial import TrialState

from tuner.storage import SEARCH, SILENT_S, EpochRow, RunningUnit, Storage, WorkerRow
from tuner.storage.machine import is_dead_here
from tuner.study.kinds import Kind, kinds_of
from tuner.study.record import StudyRecord
from tuner.study.trials import EVERYTHING, TrialRecord, best_trial, fold_part


@dataclass(frozen=True)
class TrainingUnderWay:
    """A training that a worker holds, with its last epoch.

    Parameters
    ----------
    number : int
        Number of the trial.
    part : str
        Part of the trial that is leased: "search", or a training of the final step.
    fold : int or None
        Which of several parts of a trial of the search is trained, counted from 1; None where there is one.
    architecture : str
        Name of the trial's architecture.
    where : str
        Host and process id of the worker.
    epoch : int
        Number of the last epoch; 0 before the first.
    planned : int or None
        Number of planned epochs; None before the first.
    score : float or None
        Score of the last epoch; None where there is none.
    stuck_for_s : float or None
        Seconds since the last step of a worker that beats, but makes no step.
    silent_s : float
        Seconds since the last sign of life of the worker; infinite where it is known to be dead.
    """

    number: int
    part: str
    fold: int | None
    architecture: str
    where: str
    epoch: int
    planned: int | None
    score: float | None
    stuck_for_s: float | None
    silent_s: float

    @property
    def name(self) -> str:
        """What people call it."""
        return f"trial {self.number}" if self.part == SEARCH else f"trial {self.number}, {self.part}"

    @property
    def is_stuck(self) -> bool:
        """Whether its worker beats, but makes no step."""
        return self.stuck_for_s is not None and not self.is_silent

    @property
    def is_silent(self) -> bool:
        """Whether its worker has given no sign of life for too long."""
        return self.silent_s > SILENT_S


@dataclass(frozen=True)
class Status:
    """All that is shown of a study.

    Parameters
    ----------
    record : StudyRecord
        Record of the study.
    trials : list of TrialRecord
        All trials, in order of their numbers.
    running : list of TrainingUnderWay
        Trials of the search under way.
    final : list of TrainingUnderWay
        Trainings of the final step under way.
    is_finalizing : bool
        Whether some process is at the final step.
    final_done, final_planned : int
        Trainings that the final step has planned so far, and how many of them are done.
    workers : list of WorkerRow
        Workers that are at work.
    command : str
        "run", "pause" or "stop".
    reason : str or None
        Why the study stopped itself; None where it did not.
    asked : int
        Number of trials asked for.
    elapsed_s : float
        Seconds since the first trial, pauses left out.
    timeout_s : float or None
        Limit on these seconds; None where there is none.
    last_epochs : dict of int to EpochRow
        The last epoch of each trial that has one, by the trial's number.
    fold_epochs, final_epochs : int
        Number of epochs trained in the search after a trial's first part, and in the final step.
    training_share : float or None
        Share of all workers' working time that went into forward, backward and optimizer step.
    """

    record: StudyRecord
    trials: list[TrialRecord]
    running: list[TrainingUnderWay]
    final: list[TrainingUnderWay]
    is_finalizing: bool
    final_done: int
    final_planned: int
    workers: list[WorkerRow]
    command: str
    reason: str | None
    asked: int
    elapsed_s: float
    timeout_s: float | None
    last_epochs: dict[int, EpochRow]
    fold_epochs: int
    final_epochs: int
    training_share: float | None

    @property
    def epochs(self) -> int:
        """Number of epochs trained by all trials of the search."""
        return sum(row.epoch for row in self.last_epochs.values()) + self.fold_epochs

    @property
    def progress(self) -> int:
        """A number that grows with every epoch and finished trial, in the search and in the final step."""
        return self.epochs + len(self.finished) + self.final_epochs

    def count(self, state: TrialState) -> int:
        """Return how many trials are in a state; trials whose worker is silent do not count as running."""
        n = sum(trial.state == state for trial in self.trials)
        return n - len(self.silent) if state == TrialState.RUNNING else n

    @property
    def silent(self) -> list[TrainingUnderWay]:
        """Trials of the search whose worker is silent."""
        return [trial for trial in self.running if trial.is_silent]

    @property
    def left_behind(self) -> list[int]:
        """Numbers of the trials that have begun, and that no worker is training now."""
        nobody = {trial.number for trial in self.trials if trial.state == TrialState.WAITING}
        return sorted((nobody | {trial.number for trial in self.silent}) & self.last_epochs.keys())

    @property
    def finished(self) -> list[TrialRecord]:
        """Trials that are complete, pruned or failed."""
        return [trial for trial in self.trials if trial.state.is_finished()]

    @property
    def best(self) -> TrialRecord | None:
        """The best complete trial, else the best pruned one, else None."""
        return best_trial(self.trials, self.record.objective)

    @property
    def kinds(self) -> list[Kind]:
        """What is known of each kind of model."""
        return kinds_of(self.record, self.trials)

    @property
    def search_s(self) -> float:
        """Seconds that the search took; after its end, only the time up to the end of the last trial counts."""
        starts = [trial.started for trial in self.finished if trial.started]
        ends = [trial.ended for trial in self.finished if trial.ended]
        if not starts or not ends:
            return self.elapsed_s
        return min(self.elapsed_s, (max(ends) - min(starts)).total_seconds())

    @property
    def left_s(self) -> float | None:
        """Estimate of the seconds left, from the mean time of finished trials; None as long as nothing tells."""
        times = [trial.result.seconds for trial in self.finished if trial.result is not None]
        n_workers = sum(worker.stuck_for_s is None for worker in self.workers)
        if not times or not n_workers:
            return None
        guess: float = (self.asked - len(self.finished)) * sum(times) / len(times) / n_workers
        return guess if self.timeout_s is None else max(0.0, min(guess, self.timeout_s - self.elapsed_s))

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for `--json`."""
        states = (TrialState.COMPLETE, TrialState.PRUNED, TrialState.FAIL, TrialState.RUNNING, TrialState.WAITING)
        return {
            "study": self.record.name,
            "command": self.command,
            "reason": self.reason,
            "asked": self.asked,
            "finished": len(self.finished),
            "trials": {state.name.lower(): self.count(state) for state in states} | {"silent": len(self.silent)},
            "elapsed_s": self.elapsed_s,
            "timeout_s": self.timeout_s,
            "left_s": self.left_s,
            "epochs": self.epochs,
            "best": None if self.best is None else self.best.to_dict(),
            "kinds": [kind.to_dict() for kind in self.kinds],
            "running": [vars(trial) for trial in self.running if not trial.is_silent],
            "silent": [vars(trial) for trial in self.silent],
            "finalizing": self.is_finalizing,
            "final": [vars(training) for training in self.final],
            "workers": [vars(worker) for worker in self.workers],
            "outside_training": None if self.training_share is None else 1 - self.training_share,
        }


def read_status(storage: Storage, record: StudyRecord) -> Status:
    """Read the status of a study.

    Raises
    ------
    StudyError
        If the study was deleted.
    """
    control = storage.control.of(record.study_id)
    found = storage.optuna.get_all_trials(record.study_id, deepcopy=False)
    trials = sorted((TrialRecord.of(trial) for trial in found), key=lambda trial: trial.number)
    last = storage.epochs.last(record.study_id)
    under_way = _under_way(storage.workers.running(record.study_id), trials, last, record.data.parts)
    workers = storage.workers.list(record.study_id)
    step = storage.final_steps.find(record.study_id)
    parts = [] if step is None else storage.parts.list(record.study_id)
    planned = [part for part in parts if step is not None and part.plan == step.owner]
    return Status(
        record,
        trials,
        [training for training in under_way if training.part == SEARCH],
        [training for training in under_way if training.part != SEARCH],
        step is not None and step.is_alive,
        sum(part.state == "done" for part in planned),
        len(planned),
        [row for row in workers if row.is_at_work],
        control.command,
        control.reason,
        control.trials,
        control.elapsed_s,
        control.timeout_s,
        {row.number: row for row in last.values() if row.part == SEARCH},
        sum(row.epoch for row in last.values() if row.part != SEARCH and _is_of_search(row, record)),
        sum(row.epoch for row in last.values() if not _is_of_search(row, record)),
        training_share(sum(row.training_s for row in workers), sum(row.working_s for row in workers)),
    )


def _is_of_search(row: EpochRow, record: StudyRecord) -> bool:
    """Tell epochs of the search from those of the final step, which trains what is left of parts."""
    return row.part == SEARCH or (record.data.parts > 1 and row.part != EVERYTHING)


def _under_way(
    rows: Sequence[RunningUnit],
    trials: Sequence[TrialRecord],
    last: Mapping[tuple[int, str], EpochRow],
    n_parts: int,
) -> list[TrainingUnderWay]:
    own = {trial.number: trial for trial in trials}
    found = []
    for row in rows:
        trial, part, fold = own.get(row.number), row.part, None
        if part == SEARCH and n_parts > 1:
            done = 0 if trial is None or trial.result is None else trial.result.parts
            fold = min(done + 1, n_parts)
            part = SEARCH if fold == 1 else fold_part(fold - 1)
        epoch = last.get((row.trial_id, part))
        found.append(
            TrainingUnderWay(
                row.number,
                row.part,
                fold,
                (trial.architecture if trial else None) or "",
                f"{row.host}:{row.pid}",
                epoch.epoch if epoch else 0,
                epoch.planned if epoch else None,
                epoch.score if epoch else None,
                row.stuck_for_s,
                math.inf if is_dead_here(row.machine, row.pid) else abs(row.silent_for_s),
            )
        )
    return found


def training_share(training_s: float, working_s: float) -> float | None:
    """Return the share of working time that went into training; None before the first batch."""
    return training_s / working_s if training_s else None
