"""Test-time augmentation: whether a candidate predicts disturbed versions of a recording beside the recording."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from tuner.bundle.manifest import Facts
from tuner.final.evidence import ConfirmedTrial, Evidence, out_of_fold
from tuner.final.part import Gain, Part
from tuner.statistics.intervals import interval, paired_difference
from tuner.work.result import PartResult


class AugmentFacts(Facts):
    """What test-time augmentation adds to a candidate's objective, if it was tried, and whether it is kept."""

    augmentation: Gain | None
    augmented: bool


class Augment(Part):
    """It is kept for a candidate whose objective it raises beyond noise."""

    name = "augment"

    def judge(self, candidate: ConfirmedTrial, results: Sequence[PartResult], evidence: Evidence) -> ConfirmedTrial:
        """Compare a candidate's predictions with and without it, where the training had any augmentation."""
        tried = [result.held_out_augmented for result in results]
        if self.name in evidence.without or any(predicted is None for predicted in tried):
            return _noted(candidate, AugmentFacts(augmentation=None, augmented=False))
        labels, groups, objective = evidence.labels, evidence.groups, evidence.objective
        augmented = out_of_fold(_there(tried), evidence.folds)
        gain = paired_difference(labels, augmented, candidate.probabilities, groups, objective)
        if gain.beyond_noise:
            candidate = replace(
                candidate,
                probabilities=augmented,
                test=np.array(_there([result.test_augmented for result in results]), np.float64),
                score=interval(labels, augmented, groups, objective),
                is_augmented=True,
            )
        return _noted(candidate, AugmentFacts(augmentation=gain, augmented=gain.beyond_noise))


def _noted(candidate: ConfirmedTrial, facts: Facts) -> ConfirmedTrial:
    return replace(candidate, facts=(*candidate.facts, facts))


def _there(predicted: Sequence[NDArray[np.float32] | None]) -> list[NDArray[np.float32]]:
    return [probabilities for probabilities in predicted if probabilities is not None]
