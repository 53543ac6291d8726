"""A trial of a study, and the one order in which trials are ranked."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from optuna.trial import FrozenTrial, TrialState
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from tuner.errors import StudyError
from tuner.statistics.objective import Objective
from tuner.statistics.scores import Scores
from tuner.storage.optuna import id_of_trial
from tuner.study.settings import StoredSettings, architecture_of

SETTINGS, PROVENANCE, RESULT, REASON = "settings", "provenance", "result", "reason"
"""Names under which a trial's attributes are stored; written by the worker that holds the trial."""

EVERYTHING = "everything"
"""Part of a trial that is trained on all labelled recordings."""


def fold_part(fold: int) -> str:
    """Name the part of a trial that is trained without a fold, counted from 0."""
    return f"fold {fold + 1}"


@dataclass(frozen=True)
class Provenance:
    """What a trial was made from, stored before it trains.

    Parameters
    ----------
    seed : int
        Seed of the training.
    fingerprint, split : str
        Fingerprints of the data and of the split.
    versions : dict of str to str
        Versions of Python and of the packages that decide results.
    device : str
        Device on which the trial began.
    """

    seed: int
    fingerprint: str
    split: str
    versions: dict[str, str]
    device: str


@dataclass(frozen=True)
class TrialResult:
    """Result of a finished trial.

    Parameters
    ----------
    best_epoch : int
        Number of the epoch with the best score, counted from 1.
    epochs, planned : int
        Number of epochs trained, and number of epochs the schedule was laid out for.
    seconds : float
        Wall time of all epochs together.
    parameters : int
        Number of weights of the network, or of leaves of the trees.
    validation : Scores
        Scores of the best epoch on the validation part; of a trial with several parts, on all that it was not trained
        on in one of them.
    parts : int
        Number of parts that are done, and that the score rests on; 0 where the trial was pruned in its first.
    low, high : float or None
        Ends of the 95 % interval of the score of all parts together; None where there is one, or it is undefined.
    losses, scores : tuple of float
        Calibrated log loss, in nats a recording, and objective, None where it is undefined, of each of several parts.
    """

    best_epoch: int
    epochs: int
    planned: int
    seconds: float
    parameters: int
    validation: Scores
    parts: int = 1
    low: float | None = None
    high: float | None = None
    losses: tuple[float, ...] = ()
    scores: tuple[float | None, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return plain data, as it is stored with the trial."""
        return asdict(self) | {"validation": self.validation.to_dict()}


class _Settings(BaseModel):
    """What every trial's settings have, whatever its architecture."""

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, dict[str, Any]]
    architecture: str


@dataclass(frozen=True)
class TrialRecord:
    """A trial of a study, read from the database.

    Parameters
    ----------
    trial_id, number : int
        Row of the trial in the database, and its number in the study.
    state : TrialState
        State of the trial.
    score : float or None
        Best score of the study's metric; None while there is none.
    settings : dict or None
        Resolved settings as plain data; None until they are drawn, and for trials of other programs.
    provenance : Provenance or None
        What the trial was made from; None until its settings are drawn.
    result : TrialResult or None
        Result of the trial; None until it is complete or pruned.
    reason : str or None
        Why the trial was pruned or failed; None for other trials.
    started, ended : datetime or None
        When the trial began and ended, in the database's own time; None before that.
    """

    trial_id: int
    number: int
    state: TrialState
    score: float | None
    settings: StoredSettings | None
    provenance: Provenance | None
    result: TrialResult | None
    reason: str | None
    started: datetime | None
    ended: datetime | None

    @classmethod
    def of(cls, trial: FrozenTrial) -> TrialRecord:
        """Read a trial of Optuna.

        Raises
        ------
        StudyError
            If what is stored with the trial is damaged.
        """
        found = {name: _checked(trial, name) for name in _STORED}
        return cls(
            id_of_trial(trial),
            trial.number,
            trial.state,
            trial.value,
            None if found[SETTINGS] is None else trial.user_attrs[SETTINGS],
            found[PROVENANCE],
            found[RESULT],
            found[REASON],
            trial.datetime_start,
            trial.datetime_complete,
        )

    @property
    def architecture(self) -> str | None:
        """Name of the trial's architecture; None until its settings are drawn."""
        return None if self.settings is None else architecture_of(self.settings)

    def to_dict(self) -> dict[str, Any]:
        """Return what is stored of the trial as plain data, for `--json`."""
        return {
            "trial": self.number,
            "state": self.state.name,
            "score": self.score,
            "reason": self.reason,
            "settings": self.settings,
            "result": None if self.result is None else self.result.to_dict(),
            "provenance": None if self.provenance is None else asdict(self.provenance),
        }


_STORED: dict[str, TypeAdapter[Any]] = {
    SETTINGS: TypeAdapter(_Settings),
    PROVENANCE: TypeAdapter(Provenance),
    RESULT: TypeAdapter(TrialResult),
    REASON: TypeAdapter(str),
}


def _checked(trial: FrozenTrial, name: str) -> Any:
    """Read what is stored with a trial under a name; None where there is nothing."""
    if name not in trial.user_attrs:
        return None
    try:
        return _STORED[name].validate_python(trial.user_attrs[name])
    except ValidationError as error:
        problem = error.errors()[0]
        where = f" at {'.'.join(map(str, problem['loc']))}" if problem["loc"] else ""
        raise StudyError(
            f"trial {trial.number} is damaged: {name}{where}: {problem['msg']}; "
            "delete the study, or restore its database"
        ) from error


def ranked(trials: Iterable[TrialRecord], objective: Objective) -> list[TrialRecord]:
    """Order the trials that have a score: complete before pruned ones, then better ones, then earlier ones.

    Trials that other programs put into the study have no settings and results, and are left out.
    """
    own = [trial for trial in trials if trial.settings is not None and trial.result is not None]
    scored = [(trial, trial.score) for trial in own if trial.score is not None and trial.state in _SCORED]
    scored.sort(key=lambda pair: (_SCORED.index(pair[0].state), -objective.gain(pair[1]), pair[0].number))
    return [trial for trial, _ in scored]


_SCORED = (TrialState.COMPLETE, TrialState.PRUNED)


def best_trial(trials: Iterable[TrialRecord], objective: Objective) -> TrialRecord | None:
    """Return the best complete trial, else the best pruned one, else None."""
    return next(iter(ranked(trials, objective)), None)


def by_architecture(trials: Iterable[TrialRecord]) -> dict[str, list[TrialRecord]]:
    """Group trials by their architecture, each list in the given order."""
    kinds: dict[str, list[TrialRecord]] = {}
    for trial in trials:
        if trial.architecture is not None:
            kinds.setdefault(trial.architecture, []).append(trial)
    return kinds
