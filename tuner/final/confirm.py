"""Cross-validation of the best candidates: what they are worth on recordings they were not trained on."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from optuna.trial import FrozenTrial

from data_pipeline import Cache, make_folds
from models.module_files import files_of
from tuner.errors import StudyError, TrialError
from tuner.final.crew import Crew, Trainings
from tuner.final.finalists import candidates, epochs_to_train, estimated_s
from tuner.final.jobs import Job
from tuner.final.training import Result, load_result
from tuner.statistics.intervals import Difference, Interval, interval, paired_difference
from tuner.statistics.scoring import Objective
from tuner.study.settings import Settings
from tuner.study.status import Snapshot
from tuner.training.data import augmentation_of

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
    is_augmented : bool
        Whether test-time augmentation is considered.
    """

    cache: Cache
    folder: Path
    folds: NDArray[np.int64]
    crew: Crew
    n_workers: int
    is_augmented: bool

    @classmethod
    def set_up(cls, cache: Cache, folder: Path, crew: Crew, n_workers: int, *, is_augmented: bool) -> Workshop:
        """Deal the folds, and put them where the trainings find them."""
        folder.mkdir(parents=True, exist_ok=True)
        folds = make_folds(cache, N_FOLDS)
        np.save(folder / "folds.npy", folds)
        return cls(cache, folder, folds, crew, n_workers, is_augmented)

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
            modules=[asdict(file) for file in files_of([trial.user_attrs["settings"]["architecture"]])],
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


@dataclass(frozen=True)
class Confirmed:
    """A candidate after cross-validation.

    Parameters
    ----------
    trial : FrozenTrial
        What it was in the search.
    seconds : float
        Of all trainings together.
    probabilities : ndarray of shape (n_labelled, K), float64
        Out-of-fold.
    test : ndarray of shape (n_folds, n_test, K), float64
        Of the test part, by each fold's model.
    score : Interval
        Objective on the out-of-fold probabilities.
    augmentation : Difference or None
        What test-time augmentation adds to the objective; None where it was not tried.
    """

    trial: FrozenTrial
    seconds: float
    probabilities: NDArray[np.float64]
    test: NDArray[np.float64]
    score: Interval
    augmentation: Difference | None

    @property
    def is_augmented(self) -> bool:
        """Whether test-time augmentation pays, and so is in its probabilities."""
        return self.augmentation is not None and self.augmentation.beyond_noise

    @property
    def architecture(self) -> str:
        """Kind of the candidate."""
        name: str = self.trial.user_attrs["settings"]["architecture"]
        return name

    @property
    def curse(self) -> float:
        """Score in the search less the confirmed one: what the best of many trials owes to luck."""
        return float(self.trial.value or 0) - self.score.value


def confirm(
    snapshot: Snapshot, workshop: Workshop, objective: Objective, budget_s: float
) -> tuple[list[Confirmed], list[str]]:
    """Cross-validate candidates, one at least and as many as the budget has room for.

    Parameters
    ----------
    snapshot : Snapshot
        The study as it stands.
    workshop : Workshop
        Where and how to train.
    objective : Objective
        What the study maximises.
    budget_s : float
        Wall time for all of them together; what earlier runs of the final step have spent counts.

    Returns
    -------
    list of Confirmed, list of str
        The best first, by the lower end of the interval; and one line for each candidate that was left out.

    Raises
    ------
    StudyError
        If no candidate can be trained.
    """
    under_way, without_room = _UnderWay(workshop, objective), []
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

    def __init__(self, workshop: Workshop, objective: Objective) -> None:
        self.confirmed: list[Confirmed] = []
        self.left_out: list[str] = []
        self._workshop, self._objective = workshop, objective
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
        self.confirmed.append(_confirmed(trial, results, self._workshop, self._objective))
        logger.info("%s", describe(self.confirmed[-1]))


def _named(trial: FrozenTrial) -> str:
    return f"trial {trial.number} ({trial.user_attrs['settings']['architecture']})"


def describe(one: Confirmed) -> str:
    """Say in one line what became of a candidate."""
    score = one.score
    return (
        f"trial {one.trial.number} ({one.architecture}): search {one.trial.value:.4f}, confirmed {score.value:.4f} "
        f"({score.low:.4f} to {score.high:.4f}), winner's curse {one.curse:+.4f}"
    )


def _confirmed(trial: FrozenTrial, results: list[Result], workshop: Workshop, objective: Objective) -> Confirmed:
    cache = workshop.cache
    labels, groups = cache.labels[cache.labelled], cache.groups[cache.labelled]
    plain = _pooled([result.held_out for result in results], workshop.folds)
    test = np.array([result.test for result in results], np.float64)
    gain = None
    if workshop.is_augmented and not augmentation_of(Settings.from_dict(trial.user_attrs["settings"])).is_none:
        augmented = _pooled([_there(result.held_out_augmented) for result in results], workshop.folds)
        gain = paired_difference(labels, augmented, plain, groups, objective)
        if gain.beyond_noise:
            plain = augmented
            test = np.array([_there(result.test_augmented) for result in results], np.float64)
    seconds = sum(result.seconds for result in results)
    return Confirmed(trial, seconds, plain, test, interval(labels, plain, groups, objective), gain)


def _there(probabilities: NDArray[np.float32] | None) -> NDArray[np.float32]:
    assert probabilities is not None
    return probabilities


def _pooled(parts: Sequence[NDArray[np.float32]], folds: NDArray[np.int64]) -> NDArray[np.float64]:
    """Put each fold's predictions where its recordings are."""
    pooled = np.empty((len(folds), parts[0].shape[1]))
    for fold, part in enumerate(parts):
        pooled[folds == fold] = part
    pooled /= pooled.sum(axis=1, keepdims=True)
    return pooled
