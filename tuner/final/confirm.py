"""Cross-validation of the best candidates: what they are worth on recordings they were not trained on."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Sequence

import numpy as np

from tuner.errors import StudyError, TrialError
from tuner.final import parts
from tuner.final.evidence import ConfirmedTrial, Evidence, out_of_fold
from tuner.final.finalists import estimated_s, finalists
from tuner.final.trainings import Trainings
from tuner.statistics.intervals import interval
from tuner.study.status import Status
from tuner.study.trials import TrialRecord
from tuner.work.result import PartResult

logger = logging.getLogger(__name__)


def confirm(
    status: Status, trainings: Trainings, evidence: Evidence, budget_s: float
) -> tuple[list[ConfirmedTrial], list[str]]:
    """Cross-validate candidates, one at least and as many as the budget has room for.

    Parameters
    ----------
    status : Status
        The study as it stands.
    trainings : Trainings
        Who trains.
    evidence : Evidence
        What the parts of the final step judge candidates by.
    budget_s : float
        Wall time for all of them together; what earlier runs of the final step have spent counts.

    Returns
    -------
    list of ConfirmedTrial, list of str
        The best first, by the pessimistic end of the interval; and one line for each candidate that was left out.

    Raises
    ------
    StudyError
        If no candidate can be trained.
    """
    study, objective = trainings.study, evidence.objective
    under_way, without_room = _UnderWay(trainings, evidence), []
    share = len(study.cache.labelled) * (1 - 1 / study.n_folds) / study.record.data.train
    found = finalists(status.trials, objective)
    # Of each kind one and another: no worker waits for a candidate's last fold, though some kinds take seconds.
    at_a_time = 1 + len({trial.architecture for trial in found})
    for trial in found:
        # What the search has trained is no cost of the final step; what an earlier final step has, is.
        n_trainings = study.n_folds if study.record.data.parts == 1 else trainings.n_missing(trial)
        all_s = estimated_s(trial, share) * n_trainings
        if len(under_way) == at_a_time:
            under_way.finish_one()
        while under_way.cost_with(all_s) > budget_s and under_way and not under_way.confirmed:
            under_way.finish_one()  # nobody is turned away before one is confirmed
        if under_way.cost_with(all_s) > budget_s and (under_way or under_way.confirmed):
            without_room.append(str(trial.number))
        else:
            under_way.begin(trial, all_s)
    while under_way:
        under_way.finish_one()
    confirmed, left_out = under_way.confirmed, under_way.left_out
    if without_room:
        left_out.append(f"the budget of {budget_s:.0f} s had no room for trials {', '.join(without_room)}")
    if not confirmed:
        name = study.name
        raise StudyError(
            f"study {name}: no candidate could be confirmed: {'; '.join(left_out)}: `tuner work {name} --trials +10` "
            "looks for others"
        )
    return sorted(confirmed, key=lambda one: -objective.gain(one.score.pessimistic(objective))), left_out


class _UnderWay:
    """Candidates whose cross-validation has begun, the first of them first, and what became of those before."""

    def __init__(self, trainings: Trainings, evidence: Evidence) -> None:
        self.confirmed: list[ConfirmedTrial] = []
        self.left_out: list[str] = []
        self._trainings, self._evidence = trainings, evidence
        self._spent_s = 0.0
        self._begun: deque[tuple[TrialRecord, float]] = deque()

    def __len__(self) -> int:
        return len(self._begun)

    def cost_with(self, all_s: float) -> float:
        """Return the wall time of all so far, as measured or estimated, and of one more that takes so long."""
        return self._spent_s + self._wall_s(sum(one for _, one in self._begun) + all_s)

    def _wall_s(self, all_s: float) -> float:
        # By the workers there are now: they come and go.
        return all_s / self._trainings.n_workers

    def begin(self, trial: TrialRecord, all_s: float) -> None:
        """Let a candidate, whose trainings take about so long together, be trained after those begun before."""
        if all_s:
            wall_s = self._wall_s(all_s)
            logger.info("confirming %s, search score %.4f: about %.0f s", _named(trial), trial.score, wall_s)
        self._trainings.begin_folds(trial)
        self._begun.append((trial, all_s))

    def finish_one(self) -> None:
        """Wait for the one that was begun first."""
        trial, all_s = self._begun.popleft()
        try:
            results = self._trainings.of_folds(trial)
        except TrialError as fault:
            logger.warning("%s is left out: %s", _named(trial), fault)
            self.left_out.append(str(fault))
            self._spent_s += self._wall_s(all_s)
            return
        if all_s:  # what the search has trained costs nothing here
            self._spent_s += sum(result.seconds for result in results) / self._trainings.n_workers
        self.confirmed.append(_confirmed(trial, results, self._evidence))
        logger.info("%s", describe(self.confirmed[-1]))


def _named(trial: TrialRecord) -> str:
    return f"trial {trial.number} ({trial.architecture})"


def describe(one: ConfirmedTrial) -> str:
    """Say in one line what became of a candidate."""
    score = one.score
    if one.curse is None:
        return f"{_named(one.trial)}: {score.value:.4f} ({score.low:.4f} to {score.high:.4f})"
    return (
        f"{_named(one.trial)}: search {one.trial.score:.4f}, confirmed {score.value:.4f} "
        f"({score.low:.4f} to {score.high:.4f}), winner's curse {one.curse:+.4f}"
    )


def _confirmed(trial: TrialRecord, results: Sequence[PartResult], evidence: Evidence) -> ConfirmedTrial:
    probabilities = out_of_fold([result.held_out for result in results], evidence.folds)
    test = np.array([result.test for result in results], np.float64)
    score = interval(evidence.labels, probabilities, evidence.groups, evidence.objective)
    seconds = sum(result.seconds for result in results)
    candidate = ConfirmedTrial(trial, seconds, probabilities, test, score, evidence.objective)
    return parts.judge(candidate, results, evidence)
