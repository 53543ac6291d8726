"""Which trials are confirmed, and what that costs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from optuna.trial import FrozenTrial, TrialState

from tuner.study.settings import Settings
from tuner.training.trainers import trainer_of


def candidates(trials: Sequence[FrozenTrial]) -> list[FrozenTrial]:
    """Order the trials to confirm: the best of each kind, then the second best of each, and so on.

    Kinds err differently, so that the best of another one adds more to a blend than the second best of the same, whose
    score differs by chance. Of a kind without a complete trial it is the best pruned one, after kinds that have some.
    """
    complete, pruned = (_by_kind(trials, state) for state in (TrialState.COMPLETE, TrialState.PRUNED))
    kinds = complete | {kind: found[:1] for kind, found in pruned.items() if kind not in complete}
    return list(_in_turn(list(kinds.values())))


def _by_kind(trials: Sequence[FrozenTrial], state: TrialState) -> dict[str, list[FrozenTrial]]:
    """Sort the trials of a state that have a score by kind, the best first."""
    # What was put into the study by other means has no settings to train it again with.
    own = [trial for trial in trials if trial.state == state and "settings" in trial.user_attrs]
    scored = [trial for trial in own if trial.value is not None]
    kinds: dict[str, list[FrozenTrial]] = {}
    for trial in sorted(scored, key=lambda trial: (-float(trial.value or 0), trial.number)):
        kinds.setdefault(trial.user_attrs["settings"]["architecture"], []).append(trial)
    return kinds


def _in_turn(kinds: list[list[FrozenTrial]]) -> Iterator[FrozenTrial]:
    for rank in range(max(map(len, kinds), default=0)):
        yield from (kind[rank] for kind in kinds if rank < len(kind))


def epochs_to_train(trial: FrozenTrial) -> int:
    """Return for how many epochs a trial is trained again; its trainer knows."""
    settings = Settings.from_dict(trial.user_attrs["settings"])
    return trainer_of(settings.architecture).epochs_to_train(settings, trial.user_attrs["result"]["best_epoch"])


def estimated_s(trial: FrozenTrial, share: float) -> float:
    """Estimate how long a trial takes to train again from what its epochs took in the search.

    Parameters
    ----------
    trial : FrozenTrial
    share : float
        Recordings of a fold's training, as a multiple of the search's training part.
    """
    result = trial.user_attrs["result"]
    an_epoch = result["seconds"] / result["epochs"]
    return float(an_epoch * epochs_to_train(trial) * share)
