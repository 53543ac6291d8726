"""The architectures of a study, compared by their best trials."""

from __future__ import annotations

from dataclasses import dataclass

from tuner.study.status import Status
from tuner.study.trials import best_trial, by_architecture


@dataclass(frozen=True)
class Comparison:
    """The best trial of an architecture, to be compared with those of others.

    Parameters
    ----------
    architecture : str
        Name of the architecture.
    trials : int
        Number of its finished trials.
    trial : int
        Number of the best trial.
    state : str
        State of the best trial.
    score : float
        Score of the best trial.
    accuracy, macro_f1 : float
        Its other scores on the validation part.
    class_f1 : dict of str to float
        F1 of each class, by name.
    parameters : int
        Number of its weights, or of the leaves of its trees.
    seconds : float
        Wall time of all its epochs together.
    low, high : float or None
        Ends of the 95 % interval of its score; None where it has one part.
    folds : int
        Number of folds that its score rests on.
    """

    architecture: str
    trials: int
    trial: int
    state: str
    score: float
    accuracy: float
    macro_f1: float
    class_f1: dict[str, float]
    parameters: int
    seconds: float
    low: float | None
    high: float | None
    folds: int


def compare(status: Status) -> list[Comparison]:
    """Return each architecture's best trial with its scores, best first."""
    objective, names = status.record.objective, status.record.data.class_names
    rows = []
    for architecture, own in by_architecture(status.finished).items():
        best = best_trial(own, objective)
        if best is None or best.result is None or best.score is None:
            continue
        scores = best.result.validation
        rows.append(
            Comparison(
                architecture,
                len(own),
                best.number,
                best.state.name,
                best.score,
                scores.accuracy,
                scores.macro_f1,
                dict(zip(names, scores.class_f1, strict=True)),
                best.result.parameters,
                best.result.seconds,
                best.result.low,
                best.result.high,
                best.result.parts,
            )
        )
    return sorted(rows, key=lambda row: -objective.gain(row.score))
