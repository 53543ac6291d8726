"""Training as a generator: one `Epoch` at a time, everything else is the caller's."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import ClassVar, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from data_pipeline import Augmentation, Batches
from tuner.errors import Diverged
from tuner.statistics.objective import Objective
from tuner.statistics.scores import Scores
from tuner.study.settings import Settings


@dataclass(frozen=True, eq=False)
class Evaluation:
    """What a model says of held-out recordings.

    Parameters
    ----------
    scores : Scores
        Loss and confusion matrix.
    labels : ndarray of shape (N,), int64
        True classes, in the order of the recordings in the cache.
    probabilities : ndarray of shape (N, K), float32
        What the model gives each class, in the same order.
    """

    scores: Scores
    labels: NDArray[np.int64]
    probabilities: NDArray[np.float32]

    def score(self, objective: Objective) -> float | None:
        """Return the objective's value, None where it is not a number; from the confusion matrix where that decides."""
        if not objective.needs_probabilities:
            return objective.of_scores(self.scores)
        value = objective(self.labels, self.probabilities.astype(np.float64))
        return value if math.isfinite(value) else None


@dataclass(frozen=True)
class Epoch:
    """What one pass over the training part did, or some rounds of boosting.

    Parameters
    ----------
    number : int
        Counted from 1.
    planned : int
        Epochs the schedule was laid out for.
    train : Scores
        Of a network: running scores over the epoch, with dropout and augmentation on. Of a booster: after it.
    validation : Scores or None
        Scores after the epoch; None where nothing is held out.
    score : float or None
        The study's objective on what is held out; None where it is not a number, or nothing is held out.
    lr : float
        Learning rate of the last step.
    seconds : float
        Wall time, validation included.
    """

    number: int
    planned: int
    train: Scores
    validation: Scores | None
    score: float | None
    lr: float
    seconds: float

    @property
    def percent(self) -> int:
        """Share of the planned training done, 1 to 100: the step of a report."""
        return max(1, round(100 * self.number / self.planned))


class Training(Protocol):
    """A model under training with all that is needed to go on later; networks and boosters are the two kinds.

    What depends on the kind, before there is a training as well, is asked of its class.

    There is no random state to keep: every epoch seeds itself from (seed, epoch). A resumed training is therefore the
    same as one that was never interrupted.

    Attributes
    ----------
    settings : Settings
        What is trained and how.
    epoch : int
        Epochs done.
    lr : float
        Learning rate of the last step.
    busy_s : float
        Wall time spent in training and scoring proper so far, without batches and bookkeeping.
    suffix : str
        What the names of model files of its kind end in: the form in which a bundle has what was learnt.
    """

    suffix: ClassVar[str]

    settings: Settings
    epoch: int
    lr: float
    busy_s: float

    def __init__(
        self, settings: Settings, labels: NDArray[np.int64], n_classes: int, seed: int, device: torch.device
    ) -> None:
        """Build the model that settings ask for, ready for its first epoch."""

    @staticmethod
    def augmentation(settings: Settings) -> Augmentation:
        """Return what changes recordings in training, and in test-time augmentation."""

    @staticmethod
    def batch_size(settings: Settings) -> int:
        """Return how many recordings a batch to train on has."""

    @staticmethod
    def memory(device: torch.device) -> torch.device:
        """Return where batches are best kept if `device` trains."""

    @staticmethod
    def epochs_to_train(settings: Settings, best_epoch: int) -> int:
        """Return for how many epochs a trial is trained again whose best one is known."""

    @property
    def model(self) -> nn.Module:
        """What predicts, as it stands."""

    def train_epoch(self, batches: Batches, should_stop: Callable[[], bool]) -> Scores | None:
        """Train the next epoch; None if told to stop in the middle, after which the training is to be dropped."""

    def score(self, batches: Batches, should_stop: Callable[[], bool]) -> Evaluation | None:
        """Score the model as it stands on held-out data; None if told to stop."""

    def n_parameters(self) -> int:
        """Count what was learnt: weights, or the leaves of the trees."""

    def state(self) -> dict[str, Tensor]:
        """Return every tensor a checkpoint needs, by flat name; the epoch is the caller's to store."""

    def restore(self, tensors: dict[str, Tensor], epoch: int) -> None:
        """Go on from what `state` returned after `epoch` epochs."""


def fit(
    training: Training,
    train: Batches,
    validation: Batches | None,
    should_stop: Callable[[], bool],
    objective: Objective | None = None,
) -> Iterator[Epoch]:
    """Train epoch by epoch up to the planned number, from wherever the training stands.

    Parameters
    ----------
    training : Training
        Changed in place; after each yielded epoch it is consistent and may be checkpointed.
    train, validation : Batches
        Data to learn from, and data to score after each epoch.
    should_stop : callable
        Asked before every batch or round; once it says yes, the generator ends in mid-epoch without yielding.
    objective : Objective, optional
        Gives the score of each epoch; without it, epochs have none.

    Yields
    ------
    Epoch

    Raises
    ------
    Diverged
        If the training loss of an epoch is not finite.
    """
    planned = training.settings.epochs
    while training.epoch < planned:
        start = time.perf_counter()
        scores = training.train_epoch(train, should_stop)
        if scores is None:
            return
        if not math.isfinite(scores.loss):
            raise Diverged(f"diverged: the training loss is {scores.loss} in epoch {training.epoch + 1}")
        held_out, score = None, None
        if validation is not None:
            evaluation = training.score(validation, should_stop)
            if evaluation is None:
                return
            held_out, score = evaluation.scores, evaluation.score(objective) if objective else None
        training.epoch += 1
        yield Epoch(training.epoch, planned, scores, held_out, score, training.lr, time.perf_counter() - start)


def under_prefix(tensors: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    """Return the tensors under a prefix, the prefix taken off."""
    return {name.removeprefix(prefix): tensor for name, tensor in tensors.items() if name.startswith(prefix)}


def class_weights(labels: NDArray[np.int64], n_classes: int, exponent: float) -> Tensor:
    """Return loss weights (K,) float32: balanced class weights to the power of `exponent`."""
    counts = np.maximum(np.bincount(labels, minlength=n_classes), 1)
    return torch.tensor((len(labels) / (n_classes * counts)) ** exponent, dtype=torch.float32)
