"""Cross-validation of the best candidates: what they are worth on recordings they were not trained on."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from optuna.trial import FrozenTrial

from data_pipeline import Cache, make_folds
from tuner.errors import StudyError, TrialError
from tuner.final import parts
from tuner.final.crew import Crew, Trainings
from tuner.final.evidence import ConfirmedTrial, Evidence, out_of_fold
from tuner.final.finalists import candidates, epochs_to_train, estimated_s
from tuner.final.jobs import Job
from tuner.final.training import Result, load_result
from tuner.statistics.intervals import interval
from tuner.study.status import Snapshot

logger = logging.getLogger(__name__)

N_FOLDS = 5


@dataclass(frozen=True)
class Workshop:
    """What all trainings of a final step share.

    Parameters
    ----------
    cache : Cache
        The data.
    folder : Path
        Where results are kept.
    folds : ndarray of shape (n_labelled,), int64
        Fold of each labelled recording.
    crew : Crew
        Who trains.
    n_workers : int
        How many side by side.
    """

    cache: Cache
    folder: Path
    folds: NDArray[np.int64]
    crew: Crew
    n_workers: int

    @classmethod
    def set_up(cls, cache: Cache, folder: Path, crew: Crew, n_workers: int) -> Workshop:
        """Deal the folds, and put them where the trainings find them."""
        folder.mkdir(parents=True, exist_ok=True)
        folds = make_folds(cache, N_FOLDS)
        np.save(folder / "folds.npy", folds)
        return cls(cache, folder, folds, crew, n_workers)

    @property
    def n_folds(self) -> int:
        """How many there are; fewer than wanted where a class has not as many groups."""
        return int(self.folds.max()) + 1

    def job(self, trial: FrozenTrial, fold: int | None) -> Job:
        """Describe the training of a trial without one fold, seeded by its number, or on everything."""
        name = f"{trial.number}-all" if fold is None else f"{trial.number}-without-{fold}"
        return Job(
            trial=trial.number,
            settings=trial.user_attrs["settings"],
            epochs=epochs_to_train(trial),
            fold=fold,
            seed=self.n_folds if fold is None else fold,
            data=self.cache.fingerprint,
            cache=str(self.cache.path),
            folds=str(self.folder / "folds.npy"),
            out=str(self.folder / f"{name}.safetensors"),
        )

    def train(self, jobs: Sequence[Job]) -> list[Result]:
        """Do trainings side by side, or read what was left of those that were done before."""
        self.crew.start(jobs).wait()
        return [load_result(Path(job.out)) for job in jobs]

    def begin(self, trial: FrozenTrial) -> Trainings:
        """Begin what `cross_validate` does."""
        return self.crew.start(self._fold_jobs(trial))

    def cross_validate(self, trial: FrozenTrial) -> list[Result]:
        """Train a trial without each of the folds."""
        return self.train(self._fold_jobs(trial))

    def train_on_everything(self, trials: Sequence[FrozenTrial]) -> list[Result]:
        """Train each of some trials on all labelled recordings."""
        return self.train([self.job(trial, None) for trial in trials])

    def wall_s(self, seconds: float) -> float:
        """Return what a cross-validation whose trainings take so long each adds to the wall time."""
        return seconds * self.n_folds / self.n_workers

    def _fold_jobs(self, trial: FrozenTrial) -> list[Job]:
        return [self.job(trial, fold) for fold in range(self.n_folds)]


def confirm(
    snapshot: Snapshot, workshop: Workshop, evidence: Evidence, budget_s: float
) -> tuple[list[ConfirmedTrial], list[str]]:
    """Cross-validate candidates, one at least and as many as the budget has room for.

    Parameters
    ----------
    snapshot : Snapshot
        The study as it stands.
    workshop : Workshop
        Where and how to train.
    evidence : Evidence
        What the parts of the final step judge candidates by.
    budget_s : float
        Wall time for all of them together; what earlier runs of the final step have spent counts.

    Returns
    -------
    list of ConfirmedTrial, list of str
        The best first, by the lower end of the interval; and one line for each candidate that was left out.

    Raises
    ------
    StudyError
        If no candidate can be trained.
    """
    under_way, without_room = _UnderWay(workshop, evidence), []
    share = len(workshop.cache.labelled) * (1 - 1 / workshop.n_folds) / snapshot.record.data["train"]
    found = candidates(snapshot.trials)
    # Of each kind one and another: no worker waits for a candidate's last fold, though some kinds take seconds.
    at_a_time = 1 + len({trial.user_attrs["settings"]["architecture"] for trial in found})
    for trial in found:
        cost_s = workshop.wall_s(estimated_s(trial, share))
        if len(under_way) == at_a_time:
            under_way.finish_one()
        while under_way.cost_s + cost_s > budget_s and under_way and not under_way.confirmed:
            under_way.finish_one()  # nobody is turned away before one is confirmed
        if under_way.cost_s + cost_s > budget_s and (under_way or under_way.confirmed):
            without_room.append(str(trial.number))
        else:
            under_way.begin(trial, cost_s)
    while under_way:
        under_way.finish_one()
    confirmed, left_out = under_way.confirmed, under_way.left_out
    if without_room:
        left_out.append(f"the budget of {budget_s:.0f} s had no room for trials {', '.join(without_room)}")
    if not confirmed:
        name = snapshot.record.name
        raise StudyError(
            f"study {name}: no candidate could be confirmed: {'; '.join(left_out)}: `tuner work {name} --trials +10` "
            "looks for others"
        )
    return sorted(confirmed, key=lambda one: -one.score.low), left_out


class _UnderWay:
    """Candidates whose cross-validation has begun, the first of them first, and what became of those before.

    Decisions that rest on it come out the same when all results are there already, so that nothing is trained twice.
    """

    def __init__(self, workshop: Workshop, evidence: Evidence) -> None:
        self.confirmed: list[ConfirmedTrial] = []
        self.left_out: list[str] = []
        self._workshop, self._evidence = workshop, evidence
        self._spent_s = 0.0
        self._begun: deque[tuple[FrozenTrial, float, Trainings]] = deque()

    def __len__(self) -> int:
        return len(self._begun)

    @property
    def cost_s(self) -> float:
        """Wall time of all so far: what the finished ones took, and what the others are estimated to take."""
        return self._spent_s + sum(cost_s for _, cost_s, _ in self._begun)

    def begin(self, trial: FrozenTrial, cost_s: float) -> None:
        """Let a candidate be trained after those that were begun before."""
        logger.info("confirming %s, search score %.4f: about %.0f s", _named(trial), trial.value, cost_s)
        self._begun.append((trial, cost_s, self._workshop.begin(trial)))

    def finish_one(self) -> None:
        """Wait for the one that was begun first."""
        trial, cost_s, trainings = self._begun.popleft()
        try:
            trainings.wait()
        except TrialError as fault:
            logger.warning("%s is left out: %s", _named(trial), fault)
            self.left_out.append(str(fault))
            self._spent_s += cost_s
            return
        results = self._workshop.cross_validate(trial)
        self._spent_s += self._workshop.wall_s(float(np.mean([result.seconds for result in results])))
        self.confirmed.append(_confirmed(trial, results, self._evidence))
        logger.info("%s", describe(self.confirmed[-1]))


def _named(trial: FrozenTrial) -> str:
    return f"trial {trial.number} ({trial.user_attrs['settings']['architecture']})"


def describe(one: ConfirmedTrial) -> str:
    """Say in one line what became of a candidate."""
    score = one.score
    return (
        f"trial {one.trial.number} ({one.architecture}): search {one.trial.value:.4f}, confirmed {score.value:.4f} "
        f"({score.low:.4f} to {score.high:.4f}), winner's curse {one.curse:+.4f}"
    )


def _confirmed(trial: FrozenTrial, results: list[Result], evidence: Evidence) -> ConfirmedTrial:
    probabilities = out_of_fold([result.held_out for result in results], evidence.folds)
    test = np.array([result.test for result in results], np.float64)
    score = interval(evidence.labels, probabilities, evidence.groups, evidence.objective)
    seconds = sum(result.seconds for result in results)
    return parts.judge(ConfirmedTrial(trial, seconds, probabilities, test, score), results, evidence)
