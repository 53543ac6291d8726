"""How far a training has come, and how that is kept in its checkpoint."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np
from torch import Tensor

from tuner.errors import CheckpointError
from tuner.statistics.objective import Objective
from tuner.statistics.scores import Scores, as_scores
from tuner.training.fit import Epoch, Training, under_prefix
from tuner.training.tensors import load_tensors, save_tensors

Chooses = Literal["score", "loss", "last"]
"""Which epoch is the best: that of the best score, that of the lowest loss, or always the last."""

SMOOTHED_OVER = 3
"""Epochs over which the loss is averaged before the lowest is taken."""


@dataclass
class Progress:
    """A training's epochs so far and the weights of the best of them.

    Parameters
    ----------
    objective : Objective
        What the epochs are scored by.
    chooses : {"score", "loss", "last"}
        What decides which is the best. The best score of many epochs owes much to luck. The loss depends on every
        recording; it is averaged over the last epochs. A schedule that brings the learning rate down ends at its best.
    epochs : list of Epoch
        All of them, in order.
    best_score : float or None
        Score of the best epoch; None as long as no epoch has one.
    best_epoch : int
        Its number; 0 as long as there is none.
    best_weights : dict of str to Tensor
        State of the model after it; empty where the last is always the best, which the training has itself.
    """

    objective: Objective
    chooses: Chooses = "score"
    epochs: list[Epoch] = field(default_factory=list)
    best_score: float | None = None
    best_epoch: int = 0
    best_weights: dict[str, Tensor] = field(default_factory=dict)

    @property
    def best(self) -> Epoch:
        """The best epoch so far."""
        return self.epochs[self.best_epoch - 1]

    def add(self, epoch: Epoch, training: Training) -> None:
        """Take in one more epoch; the first of equals stays the best."""
        self.epochs.append(epoch)
        if self._is_best():
            self.best_score, self.best_epoch = epoch.score, epoch.number
            if self.chooses != "last":
                self.best_weights = {name: t.detach().clone() for name, t in training.model.state_dict().items()}

    def _is_best(self) -> bool:
        """Tell whether the last epoch is better than the best before it."""
        if self.chooses == "last":
            return True
        if self.chooses == "score":
            return self.objective.gain(self.epochs[-1].score) > self.objective.gain(self.best_score)
        return self.best_epoch == 0 or self._loss_at(len(self.epochs)) < self._loss_at(self.best_epoch)

    def _loss_at(self, number: int) -> float:
        return float(np.mean([held_out(epoch).loss for epoch in self.epochs[max(0, number - SMOOTHED_OVER) : number]]))

    def state(self, training: Training) -> dict[str, Tensor]:
        """Return the state of the model after the best epoch; `training` is at the end of the last."""
        return self.best_weights or training.model.state_dict()

    def save(self, path: Path, training: Training, whose: dict[str, Any]) -> None:
        """Write a checkpoint of this and of the training.

        Parameters
        ----------
        path : Path
            The file.
        training : Training
            At the end of an epoch.
        whose : dict
            What the training is, as plain data: no other goes on from it.

        Raises
        ------
        CheckpointError
            If it cannot be written.
        """
        tensors = training.state() | {f"best.{name}": tensor for name, tensor in self.best_weights.items()}
        about = {
            "epochs": [dataclasses.asdict(epoch) for epoch in self.epochs],
            "best_score": self.best_score,
            "best_epoch": self.best_epoch,
            "whose": whose,
        }
        save_tensors(path, tensors, about)

    def load(self, path: Path, training: Training, whose: dict[str, Any]) -> Progress:
        """Read a checkpoint of the same choice, and put the training where it was.

        Raises
        ------
        CheckpointError
            If it is missing or damaged, or another training's: where a database goes back in time, numbers come again.
        """
        tensors, about = load_tensors(path)
        if about.get("whose") != whose:
            raise CheckpointError(f"{path}: of a training with other settings, or of an older version")
        try:
            epochs = [_epoch_from(data, self.objective) for data in about["epochs"]]
            n_epochs, score, best = len(epochs), about["best_score"], about["best_epoch"]
            if [epoch.number for epoch in epochs][-1] < 1 or not 0 <= best <= n_epochs:
                raise ValueError(f"{n_epochs} epochs, of which epoch {best} is the best")
        except (LookupError, TypeError, ValueError, AttributeError) as error:
            raise CheckpointError(f"{path}: not a checkpoint of a training: {error}") from error
        training.restore(tensors, epochs[-1].number)
        return Progress(self.objective, self.chooses, epochs, score, best, under_prefix(tensors, "best."))


def held_out(epoch: Epoch) -> Scores:
    """Return the validation scores of a trial's epoch, which always has some."""
    assert epoch.validation is not None
    return epoch.validation


def _epoch_from(data: dict[str, Any], objective: Objective) -> Epoch:
    train = as_scores(data["train"]["loss"], data["train"]["confusion"])
    if data["validation"] is None:
        return Epoch(**{**data, "train": train})
    validation = as_scores(data["validation"]["loss"], data["validation"]["confusion"])
    # Earlier versions stored no score: all their metrics were decided by the confusion matrix.
    score = data["score"] if "score" in data else objective.of_scores(validation)
    return Epoch(**{**data, "train": train, "validation": validation, "score": score})
