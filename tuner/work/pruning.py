"""Samplers and pruners as a study file names them; every pruner compares like with like."""

from __future__ import annotations

from collections.abc import Container
from typing import TYPE_CHECKING, Any

from optuna.pruners import BasePruner, MedianPruner, NopPruner, SuccessiveHalvingPruner
from optuna.samplers import BaseSampler, RandomSampler, TPESampler

from tuner.storage.optuna import HyperbandAmong
from tuner.study.spec import PrunerSection, SamplerSection

if TYPE_CHECKING:
    from optuna.study import Study
    from optuna.trial import FrozenTrial, TrialState

REPORT_POINTS = 20
"""Reports a trial makes at most: workers times reports is what scales badly in Optuna."""


def is_report_point(number: int, planned: int) -> bool:
    """Tell whether an epoch is reported to Optuna.

    Each one is, up to `REPORT_POINTS` planned epochs; of more, evenly spread ones and the last.
    """
    return planned <= REPORT_POINTS or number * REPORT_POINTS // planned > (number - 1) * REPORT_POINTS // planned


def make_sampler(section: SamplerSection, seed: int, n_kinds: int) -> BaseSampler:
    """Build the sampler for one trial of one kind; a seed of its own keeps parallel workers from drawing alike."""
    if section.kind == "random":
        return RandomSampler(seed=seed)
    return TPESampler(n_startup_trials=max(1, section.startup_trials // n_kinds), seed=seed)


def make_pruner(section: PrunerSection, architecture: str) -> BasePruner:
    """Build the pruner for a trial of one architecture; steps are percent of the planned training."""
    if section.kind == "none":
        return NopPruner()
    if section.kind == "hyperband":
        # It keeps its own view of the study, so the other kinds are left out of its brackets instead.
        return HyperbandAmong(lambda trial: _is_of_kind(trial, architecture), section.min_percent, section.reduction)
    if section.kind == "asha":
        return SameKind(SuccessiveHalvingPruner(section.min_percent, section.reduction), architecture)
    median = MedianPruner(n_startup_trials=section.startup_trials, n_warmup_steps=section.warmup_percent)
    return SameKind(median, architecture)


def _is_of_kind(trial: FrozenTrial, architecture: str) -> bool:
    # A study of a single architecture does not search it, and so does not name it.
    return bool(trial.params.get("architecture", architecture) == architecture)


class SameKind(BasePruner):
    """Shows another pruner only the trials of one architecture.

    Otherwise a fast starter of one kind kills a slow starter of another.
    """

    def __init__(self, inner: BasePruner, architecture: str) -> None:
        self._inner = inner
        self._architecture = architecture

    def prune(self, study: Study, trial: FrozenTrial) -> bool:
        """Ask the inner pruner, as if the other architectures' trials did not exist."""
        return self._inner.prune(_StudyOfKind(study, self._architecture), trial)  # type: ignore[arg-type]


class _StudyOfKind:
    """A study as seen by pruners, less the trials of other architectures."""

    def __init__(self, study: Study, architecture: str) -> None:
        self._study = study
        self._architecture = architecture

    def get_trials(self, deepcopy: bool = True, states: Container[TrialState] | None = None) -> list[FrozenTrial]:
        trials = self._study.get_trials(deepcopy=deepcopy, states=states)
        return [trial for trial in trials if _is_of_kind(trial, self._architecture)]

    def __getattr__(self, name: str) -> Any:
        return getattr(self._study, name)
