"""Which trials are confirmed, and what that costs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from optuna.trial import TrialState

from tuner.statistics.objective import Objective
from tuner.study.settings import Settings, StoredSettings
from tuner.study.trials import TrialRecord, TrialResult, by_architecture, ranked


def finalists(trials: Sequence[TrialRecord], objective: Objective) -> list[TrialRecord]:
    """Order the trials to confirm: the best of each kind, then the second best of each, and so on.

    Kinds err differently, so that the best of another one adds more to a blend than the second best of the same, whose
    score differs by chance. Of a kind without a complete trial it is the best pruned one, after kinds that have some.
    """
    kinds = by_architecture(ranked(trials, objective)).values()
    # A kind's first trial is its best one: a complete trial where the kind has any.
    return list(_in_turn([[t for t in kind if t.state == TrialState.COMPLETE] or kind[:1] for kind in kinds]))


def _in_turn(kinds: list[list[TrialRecord]]) -> Iterator[TrialRecord]:
    for rank in range(max(map(len, kinds), default=0)):
        yield from (kind[rank] for kind in kinds if rank < len(kind))


def settings_of(trial: TrialRecord) -> StoredSettings:
    """Return the settings that a ranked trial always has."""
    assert trial.settings is not None
    return trial.settings


def result_of(trial: TrialRecord) -> TrialResult:
    """Return the result that a ranked trial always has."""
    assert trial.result is not None
    return trial.result


def epochs_to_train(trial: TrialRecord) -> int:
    """Return for how many epochs a trial is trained again.

    A schedule that ends at a learning rate of zero is followed to its end, where networks are best, whatever epoch one
    validation part preferred; without one, or of boosted trees, it is the trial's best epoch.
    """
    settings = Settings.from_dict(settings_of(trial))
    if settings.train is not None and settings.train.schedule != "constant":
        return settings.epochs
    return result_of(trial).best_epoch


def estimated_s(trial: TrialRecord, share: float) -> float:
    """Estimate how long a trial takes to train again from what its epochs took in the search.

    Parameters
    ----------
    trial : TrialRecord
        A trial with a result.
    share : float
        Recordings of a fold's training, as a multiple of the search's training part.
    """
    result = result_of(trial)
    return result.seconds / result.epochs * epochs_to_train(trial) * share
