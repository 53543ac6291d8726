"""Training as a generator of epochs; reports, checkpoints and stopping are the caller's business."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import ClassVar, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from data_pipeline import Augmentation, Batches
from data_pipeline.running_time import running_s
from tuner.errors import Diverged
from tuner.statistics.objective import Objective
from tuner.statistics.scores import Scores
from tuner.study.settings import Settings


@dataclass(frozen=True, eq=False)
class Evaluation:
    """Predictions of held-out recordings, and their scores.

    Parameters
    ----------
    scores : Scores
        Loss and confusion matrix.
    labels : ndarray of shape (N,), int64
        True classes, in the order of the recordings in the cache.
    probabilities : ndarray of shape (N, K), float32
        Predictions, in the same order.
    """

    scores: Scores
    labels: NDArray[np.int64]
    probabilities: NDArray[np.float32]

    def score(self, objective: Objective) -> float | None:
        """Return the objective's value, from the confusion matrix where that suffices; None where it is undefined."""
        if not objective.needs_probabilities:
            return objective.of_scores(self.scores)
        value = objective(self.labels, self.probabilities.astype(np.float64))
        return value if math.isfinite(value) else None


@dataclass(frozen=True)
class Epoch:
    """Outcome of one pass over the training part, or of some rounds of boosting.

    Parameters
    ----------
    number : int
        Number of the epoch, counted from 1.
    planned : int
        Number of epochs the schedule was laid out for.
    train : Scores
        Scores on the training part: for a network, gathered during the epoch, with dropout and augmentation on; for
        boosted trees, computed after it.
    validation : Scores or None
        Scores after the epoch; None where nothing is held out.
    score : float or None
        The study's objective on what is held out; None where it is undefined, or nothing is held out.
    lr : float
        Learning rate of the last step.
    seconds : float
        Wall time of the epoch, validation included.
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
        """Share of the planned training that is done, 1 to 100: the step at which Optuna gets the score."""
        return max(1, round(100 * self.number / self.planned))


class Training(Protocol):
    """A model under training, with all that is needed to resume it: a network or boosted trees.

    Static methods answer what depends on the kind of model alone, before any training exists.

    There is no random state to keep: every epoch seeds itself from (seed, epoch). A resumed training is therefore the
    same as one that was never interrupted.

    Attributes
    ----------
    settings : Settings
        What is trained and how.
    epoch : int
        Number of epochs done.
    lr : float
        Learning rate of the last step.
    busy_s : float
        Seconds spent so far in training and scoring, without making batches and bookkeeping.
    suffix : str
        Ending of the names of its model files in a bundle, which tells their format.
    stops_early : bool
        Whether its best epoch may come before the last, as nothing brings its learning rate down.
    """

    suffix: ClassVar[str]
    stops_early: ClassVar[bool]

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
        """Return the augmentation that is used in training and at test time."""

    @staticmethod
    def batch_size(settings: Settings) -> int:
        """Return the number of recordings in a training batch."""

    @staticmethod
    def memory(device: torch.device) -> torch.device:
        """Return the device whose memory should hold the data if `device` trains."""

    @staticmethod
    def epochs_to_train(settings: Settings, best_epoch: int) -> int:
        """Return for how many epochs to train a trial again whose best epoch is known."""

    @property
    def model(self) -> nn.Module:
        """The model that predicts, in its present state."""

    def train_epoch(self, batches: Batches, should_stop: Callable[[], bool]) -> Scores | None:
        """Train the next epoch; return None if told to stop in the middle, which leaves the training unusable."""

    def score(self, batches: Batches, should_stop: Callable[[], bool]) -> Evaluation | None:
        """Score the model in its present state on held-out data; return None if told to stop."""

    def n_parameters(self) -> int:
        """Count the weights, or the leaves of the trees."""

    def state(self) -> dict[str, Tensor]:
        """Return every tensor that a checkpoint needs, by flat name; the caller stores the epoch."""

    def restore(self, tensors: dict[str, Tensor], epoch: int) -> None:
        """Resume from what `state` returned after `epoch` epochs."""


def fit(
    training: Training,
    train: Batches,
    validation: Batches | None,
    should_stop: Callable[[], bool],
    objective: Objective | None = None,
) -> Iterator[Epoch]:
    """Train epoch by epoch up to the planned number, from the epoch that the training is at.

    Parameters
    ----------
    training : Training
        The training; it is changed in place. After each yielded epoch it is consistent and may be checkpointed.
    train : Batches
        Data to learn from.
    validation : Batches or None
        Data to score after each epoch; None where nothing is held out.
    should_stop : callable
        Asked before every batch or round; once it returns True, the generator ends in mid-epoch without yielding.
    objective : Objective, optional
        Gives the score of each epoch; without it, epochs have no score.

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
        start = running_s()
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
        yield Epoch(training.epoch, planned, scores, held_out, score, training.lr, running_s() - start)


def under_prefix(tensors: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    """Return the tensors whose names begin with a prefix, by the rest of their names."""
    return {name.removeprefix(prefix): tensor for name, tensor in tensors.items() if name.startswith(prefix)}


def class_weights(labels: NDArray[np.int64], n_classes: int, exponent: float) -> Tensor:
    """Return loss weights (K,) float32: balanced class weights to the power of `exponent`."""
    counts = np.maximum(np.bincount(labels, minlength=n_classes), 1)
    return torch.tensor((len(labels) / (n_classes * counts)) ** exponent, dtype=torch.float32)
