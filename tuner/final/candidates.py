"""Which trials are confirmed, and what that costs."""

from __future__ import annotations

from collections.abc import Iterator

from optuna.trial import FrozenTrial, TrialState

from tuner.settings import Settings
from tuner.snapshot import Snapshot


def candidates(snapshot: Snapshot) -> list[FrozenTrial]:
    """Order the trials to confirm: the best of each kind, then the second best of each, and so on.

    Kinds err differently, so that the best of another one adds more to a blend than the second best of the same, whose
    score differs by chance. Pruned trials come in only where no trial is complete.
    """
    scored = [trial for trial in snapshot.trials if trial.state == TrialState.COMPLETE and trial.value is not None]
    if not scored:
        return [] if snapshot.best is None else [snapshot.best]
    kinds: dict[str, list[FrozenTrial]] = {}
    for trial in sorted(scored, key=lambda trial: (-float(trial.value or 0), trial.number)):
        kinds.setdefault(trial.user_attrs["settings"]["architecture"], []).append(trial)
    return list(_in_turn(list(kinds.values())))


def _in_turn(kinds: list[list[FrozenTrial]]) -> Iterator[FrozenTrial]:
    for rank in range(max(map(len, kinds))):
        yield from (kind[rank] for kind in kinds if rank < len(kind))


def epochs_to_train(trial: FrozenTrial) -> int:
    """Return for how many epochs a trial is trained again.

    A schedule that ends at a learning rate of zero is followed to its end, where networks are best, whatever epoch one
    validation part preferred; without one, or of boosted trees, it is the trial's best epoch.
    """
    settings = Settings.from_dict(trial.user_attrs["settings"])
    if settings.train is not None and settings.train.schedule != "constant":
        return settings.epochs
    best: int = trial.user_attrs["result"]["best_epoch"]
    return best


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
