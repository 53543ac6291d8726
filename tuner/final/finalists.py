"""Which trials are confirmed, and what that costs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from optuna.trial import TrialState

from tuner.statistics.objective import Objective
from tuner.study.trials import TrialRecord, by_architecture, ranked
from tuner.work.part import epochs_to_train


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


def estimated_s(trial: TrialRecord, share: float) -> float:
    """Estimate how long one more part of a trial takes to train from what its epochs took in the search.

    Parameters
    ----------
    trial : TrialRecord
        A trial with a result.
    share : float
        Recordings of a fold's training, as a multiple of the search's training part.
    """
    assert trial.result is not None
    n_trained = trial.result.epochs + max(0, trial.result.parts - 1) * epochs_to_train(trial)
    return trial.result.seconds / n_trained * epochs_to_train(trial) * share
