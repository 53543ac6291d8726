"""What is known of each kind of model: what its trials cost, and what its settings are worth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from tuner.statistics.flatness import LEAST_SETTINGS, Flatness, flatness
from tuner.statistics.objective import Objective
from tuner.study.record import StudyRecord
from tuner.study.trials import TrialRecord, by_architecture


@dataclass(frozen=True)
class Kind:
    """An architecture of a study, with all its trials.

    Parameters
    ----------
    architecture : str
        Name of the architecture.
    trials : tuple of TrialRecord
        Its trials whose settings are drawn, in the order of their numbers.
    n_parts : int
        Number of parts of a complete trial.
    objective : Objective
        What the study is scored by.
    worth : float
        Difference of log losses, in nats a recording, that is worth a trial.
    """

    architecture: str
    trials: tuple[TrialRecord, ...]
    n_parts: int
    objective: Objective
    worth: float

    @cached_property
    def losses(self) -> Flatness:
        """How much the log losses of its settings differ, in nats a recording, from all parts of all its trials."""
        rows = [() if trial.result is None else trial.result.losses for trial in self.trials]
        return flatness(_table(rows, self.n_parts))

    @cached_property
    def scores(self) -> Flatness:
        """The same of the objective; above 0 is worse, as with losses."""
        rows = [() if trial.result is None else trial.result.scores for trial in self.trials]
        return flatness(_table([[-self.objective.gain(score) for score in row] for row in rows], self.n_parts))

    @property
    def is_flat(self) -> bool:
        """Whether more of its settings would hardly bring a better one."""
        return self.losses.is_flat(self.worth / 2)

    @property
    def values(self) -> dict[int, float]:
        """How good each trial is, by its number, less is better: what the sampler learns from.

        Of several parts it is the log loss, drawn towards the kind's mean; a trial that was pruned in its first part
        counts as the worst. Of one part it is the objective.
        """
        if self.n_parts == 1:
            gains = {trial.number: self.objective.gain(trial.score) for trial in self._finished}
            return {number: -gain for number, gain in gains.items() if np.isfinite(gain)}
        known = zip(self.trials, self.losses.shrunken, strict=True)
        values = {trial.number: float(value) for trial, value in known if np.isfinite(value)}
        worst = max(values.values(), default=0.0)
        return {trial.number: worst for trial in self._finished if trial.score is not None} | values

    @property
    def seconds(self) -> float:
        """Seconds that its trials have taken, those that run as long as the others on average."""
        return self.seconds_per_trial * (len(self.trials) - len(self._timed)) + sum(self._timed)

    @property
    def seconds_per_trial(self) -> float:
        """Mean seconds of its finished trials; 0 before the first."""
        return sum(self._timed) / len(self._timed) if self._timed else 0.0

    @property
    def _finished(self) -> list[TrialRecord]:
        return [trial for trial in self.trials if trial.state.is_finished()]

    @property
    def _timed(self) -> list[float]:
        return [trial.result.seconds for trial in self._finished if trial.result is not None]

    @property
    def finding(self) -> str | None:
        """What its settings are worth, in a sentence; None where too few were tried to say so."""
        spread = self.scores.spread
        if spread is None or self.n_parts == 1:
            return None
        if self.is_flat:
            return f"settings of {self.architecture} make no difference beyond {spread.high:.3f}"
        return (
            f"settings of {self.architecture} differ by {spread.value:.3f} ({spread.low:.3f} to {spread.high:.3f}), "
            f"as {self.scores.n_settings} of them show"
        )

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for `--json`."""
        spread = self.scores.spread
        return {
            "architecture": self.architecture,
            "trials": len(self.trials),
            "seconds": self.seconds,
            "flat": self.is_flat,
            "spread": None if spread is None else [spread.value, spread.low, spread.high],
            "finding": self.finding,
        }


def _table(rows: Sequence[Sequence[float]], n_parts: int) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    table = np.full((len(rows), n_parts), np.nan)
    for row, values in zip(table, rows, strict=True):
        row[: len(values)] = values[:n_parts]  # a damaged trial may say more than there can be
    table[~np.isfinite(table)] = np.nan
    return table


def kinds_of(record: StudyRecord, trials: Sequence[TrialRecord]) -> list[Kind]:
    """Return the kinds of a study in the order of its file."""
    own, search = by_architecture(trials), record.spec.search
    return [
        Kind(name, tuple(own.get(name, ())), record.data.parts, record.objective, search.race.worth)
        for name in search.architectures
    ]


def why_to_stop(record: StudyRecord, trials: Sequence[TrialRecord], n_left: int) -> str | None:
    """Say why more searching will not pay, by the study's own measure; None where it may, or nothing is asked for.

    Parameters
    ----------
    record : StudyRecord
        The study.
    trials : sequence of TrialRecord
        All its trials.
    n_left : int
        Number of trials that are still to be finished.
    """
    least = record.spec.study.stop_below
    if least is None or n_left <= 0:
        return None
    kinds = kinds_of(record, trials)
    if any(kind.scores.n_settings < LEAST_SETTINGS for kind in kinds):
        return None
    gain = max(kind.scores.largest_gain(n_left) for kind in kinds)
    if gain >= least:
        return None
    return (
        f"more searching will not pay: {n_left} more trials of any kind are expected to gain less than {gain:.4f} of "
        f"{record.metric_name}, and stop_below is {least:g}"
    )
