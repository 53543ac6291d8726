"""A study at one moment, read from the database: what every command that shows one draws."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from optuna.trial import FrozenTrial, TrialState

from tuner.statistics.objective import Objective
from tuner.storage import SILENT_S, EpochRow, StudyStorage, WorkerRow
from tuner.storage.machine import is_dead_here
from tuner.study.record import StudyRecord, load_study
from tuner.work.usage import training_share


@dataclass(frozen=True)
class TrialUnderWay:
    """A trial some worker holds, with its last epoch."""

    number: int
    architecture: str
    where: str
    epoch: int
    planned: int | None
    score: float | None
    silent_s: float

    @property
    def is_silent(self) -> bool:
        """Tell whether its worker has not been heard of for too long."""
        return self.silent_s > SILENT_S


@dataclass(frozen=True)
class Snapshot:
    """All that is shown of a study.

    Parameters
    ----------
    record : StudyRecord
        What the study is.
    trials : list of FrozenTrial
        All trials, by number.
    running : list of TrialUnderWay
        Trials under way.
    workers : list of WorkerRow
        Workers heard of within the minute.
    command : str
        "run", "pause" or "stop".
    reason : str or None
        Why the study stopped itself.
    asked : int
        Trials asked for.
    elapsed_s, timeout_s : float
        Seconds since the first trial, pauses left out, and how many there may be.
    last_epochs : dict of int to EpochRow
        The last epoch of each trial that has one, by the trial's number.
    training_share : float or None
        Share of all workers' working time that went into forward, backward and optimizer step.
    """

    record: StudyRecord
    trials: list[FrozenTrial]
    running: list[TrialUnderWay]
    workers: list[WorkerRow]
    command: str
    reason: str | None
    asked: int
    elapsed_s: float
    timeout_s: float | None
    last_epochs: dict[int, EpochRow]
    training_share: float | None

    @property
    def epochs(self) -> int:
        """Epochs trained by all trials."""
        return sum(row.epoch for row in self.last_epochs.values())

    def count(self, state: TrialState) -> int:
        """Return how many trials are in a state; those whose worker is silent do not count as running."""
        n = sum(trial.state == state for trial in self.trials)
        return n - len(self.silent) if state == TrialState.RUNNING else n

    @property
    def silent(self) -> list[TrialUnderWay]:
        """Trials that some worker should be at, and nobody is as far as is known."""
        return [trial for trial in self.running if trial.is_silent]

    @property
    def left_behind(self) -> list[int]:
        """Numbers of the trials that have an epoch, and nobody who goes on with them."""
        nobody = {trial.number for trial in self.trials if trial.state == TrialState.WAITING}
        return sorted((nobody | {trial.number for trial in self.silent}) & self.last_epochs.keys())

    @property
    def finished(self) -> list[FrozenTrial]:
        """Trials that are complete, pruned or failed."""
        return [trial for trial in self.trials if trial.state.is_finished()]

    @property
    def best(self) -> FrozenTrial | None:
        """The best complete trial, else the best pruned one, else none."""
        return best_trial(self.trials, self.record.objective)

    @property
    def search_s(self) -> float:
        """Seconds that the search took so far: the clock runs on when it is over, the last trial's end does not."""
        starts = [trial.datetime_start for trial in self.finished if trial.datetime_start]
        ends = [trial.datetime_complete for trial in self.finished if trial.datetime_complete]
        if not starts or not ends:
            return self.elapsed_s
        return min(self.elapsed_s, (max(ends) - min(starts)).total_seconds())

    @property
    def left_s(self) -> float | None:
        """Guess of the seconds left, from the finished trials' times; None before the first."""
        times = [t.user_attrs["result"]["seconds"] for t in self.finished if "result" in t.user_attrs]
        if not times or not self.workers:
            return None
        guess: float = (self.asked - len(self.finished)) * sum(times) / len(times) / len(self.workers)
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
            "best": None if self.best is None else trial_dict(self.best),
            "running": [vars(trial) for trial in self.running if not trial.is_silent],
            "silent": [vars(trial) for trial in self.silent],
            "workers": [vars(worker) for worker in self.workers],
            "outside_training": None if self.training_share is None else 1 - self.training_share,
        }


def best_trial(trials: list[FrozenTrial], objective: Objective) -> FrozenTrial | None:
    """Return the best complete trial, else the best pruned one, else None; the earliest of equals."""
    for state in (TrialState.COMPLETE, TrialState.PRUNED):
        # What was put into the study by other means has no result of ours.
        own = [trial for trial in trials if trial.state == state and "result" in trial.user_attrs]
        scored = [trial for trial in own if trial.value is not None]
        if scored:
            return max(scored, key=lambda trial: (objective.gain(trial.value), -trial.number))
    return None


def trial_dict(trial: FrozenTrial) -> dict[str, Any]:
    """Return what is stored of a trial as plain data."""
    attrs = trial.user_attrs
    return {
        "trial": trial.number,
        "state": trial.state.name,
        "score": trial.value,
        "reason": attrs.get("reason"),
        "settings": attrs.get("settings"),
        "result": attrs.get("result"),
        "provenance": attrs.get("provenance"),
    }


def take_snapshot(storage: StudyStorage, name: str) -> Snapshot:
    """Read a study.

    Raises
    ------
    StudyError
        If there is no such study.
    """
    record = load_study(storage, name)
    control = storage.control(record.study_id)
    trials = sorted(storage.get_all_trials(record.study_id, deepcopy=False), key=lambda trial: trial.number)
    last = storage.last_epochs(record.study_id)
    architecture = {t.number: t.user_attrs.get("settings", {}).get("architecture", "") for t in trials}
    running = []
    for row in storage.running(record.study_id):
        epoch = last.get(row.trial_id)
        running.append(
            TrialUnderWay(
                row.number,
                architecture.get(row.number, ""),
                f"{row.host}:{row.pid}",
                epoch.epoch if epoch else 0,
                epoch.metrics["planned"] if epoch else None,
                epoch.score if epoch else None,
                math.inf if is_dead_here(row.machine, row.pid) else abs(row.silent_for_s),
            )
        )
    workers = storage.workers(record.study_id)
    return Snapshot(
        record,
        trials,
        running,
        [row for row in workers if _is_at_work(row)],
        control.command,
        control.reason,
        control.trials,
        control.elapsed_s,
        control.timeout_s,
        {row.number: row for row in last.values()},
        training_share(sum(row.training_s for row in workers), sum(row.working_s for row in workers)),
    )


def _is_at_work(worker: WorkerRow) -> bool:
    return (
        worker.state == "running"
        and abs(worker.silent_for_s) <= SILENT_S
        and not is_dead_here(worker.machine, worker.pid)
    )


def compare(snapshot: Snapshot) -> list[dict[str, Any]]:
    """Return each architecture's best trial with its scores, best first."""
    rows = []
    for name in snapshot.record.spec.search.architectures:
        own = [t for t in snapshot.finished if t.user_attrs.get("settings", {}).get("architecture") == name]
        best = best_trial(own, snapshot.record.objective)
        if best is None:
            continue
        result = best.user_attrs["result"]
        scores = result["validation"]
        rows.append(
            {
                "architecture": name,
                "trials": len(own),
                "trial": best.number,
                "state": best.state.name,
                "score": best.value,
                "accuracy": scores["accuracy"],
                "macro_f1": scores["macro_f1"],
                "class_f1": dict(zip(snapshot.record.data["class_names"], scores["class_f1"], strict=True)),
                "parameters": result["parameters"],
                "seconds": result["seconds"],
            }
        )
    return sorted(rows, key=lambda row: -snapshot.record.objective.gain(row["score"]))
