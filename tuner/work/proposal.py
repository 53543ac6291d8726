"""What is tried next: the kind of model that promises most for its time, with settings that its own trials suggest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import optuna
from optuna.trial import FrozenTrial, TrialState, create_trial

from tuner.statistics.time_sharing import KindTime, next_kind
from tuner.study.kinds import Kind, kinds_of
from tuner.study.opened import OpenStudy
from tuner.study.space import Range, Scalar, suggest
from tuner.study.trials import TrialRecord
from tuner.work.pruning import make_sampler
from tuner.work.race import beaten_kinds

MOST_DRAWS = 20
"""Draws after which settings that were tried already are taken all the same: a small space has no others."""


def propose(
    study: OpenStudy, found: Sequence[FrozenTrial], number: int, space: Mapping[str, Range], seed: int
) -> dict[str, Scalar]:
    """Propose the parameters of a new trial.

    In one study of all kinds a kind that is behind has no good trials, and its proposals are as good as random (which
    an issue of Optuna calls by its number, 4079). So each kind has a study of its own, in memory, with what its trials
    have shown by now: those that left the race by the parts they had, those that run as being tried.

    Parameters
    ----------
    study : OpenStudy
        The study.
    found : sequence of FrozenTrial
        All its trials.
    number : int
        Number of the new trial.
    space : mapping of str to Range
        Range of every setting.
    seed : int
        Seed of what is drawn.

    Returns
    -------
    dict
        Flat parameters as Optuna names them.
    """
    record = study.record
    others = [trial for trial in found if trial.number != number]
    kinds = kinds_of(record, [TrialRecord.of(trial) for trial in others])
    kind = _next(study, kinds)
    of_kind = {trial.number for trial in kind.trials}
    own = [trial for trial in others if trial.number in of_kind]
    params = _settings(study, kind, own, space, seed)
    return params if len(kinds) == 1 else {"architecture": kind.architecture, **params}


def _next(study: OpenStudy, kinds: Sequence[Kind]) -> Kind:
    """Choose the kind; where none promises anything, the one that had the least time."""
    beaten = beaten_kinds(study, kinds) if len(kinds) > 1 else frozenset()
    times = [
        KindTime(
            kind.architecture,
            kind.seconds,
            kind.seconds_per_trial,
            kind.losses.expected_gain(1),
            is_open=not kind.is_flat and kind.architecture not in beaten,
            n_trials=len(kind.trials),
        )
        for kind in kinds
    ]
    chosen = next_kind(times)
    if chosen is None:
        return min(kinds, key=lambda kind: kind.seconds)
    return next(kind for kind in kinds if kind.architecture == chosen)


def _settings(
    study: OpenStudy, kind: Kind, own: Sequence[FrozenTrial], space: Mapping[str, Range], seed: int
) -> dict[str, Scalar]:
    """Draw settings of a kind that none of its trials has had, if there are any left."""
    section, names = study.record.spec.search, (kind.architecture,)
    tried = [_params(trial) for trial in own]
    params: dict[str, Scalar] = {}
    for draw in range(MOST_DRAWS):
        sampler = make_sampler(section.sampler, seed + draw, n_kinds=len(section.architectures))
        scratch = optuna.create_study(sampler=sampler)
        scratch.add_trials(_known(kind, own))
        trial = scratch.ask()
        suggest(trial, names, space)
        params = dict(trial.params)
        if params not in tried:
            break
    return params


def _known(kind: Kind, own: Sequence[FrozenTrial]) -> list[FrozenTrial]:
    """Return what the trials of a kind have shown, as trials of a study of that kind alone."""
    values, known = kind.values, []
    for trial in own:
        params = _params(trial)
        distributions = {name: trial.distributions[name] for name in params}
        if trial.number in values:
            value = values[trial.number]
            known.append(create_trial(params=params, distributions=distributions, value=value))
        elif not trial.state.is_finished():
            known.append(create_trial(state=TrialState.RUNNING, params=params, distributions=distributions))
    return known


def _params(trial: FrozenTrial) -> dict[str, Any]:
    return {name: value for name, value in trial.params.items() if name != "architecture"}
