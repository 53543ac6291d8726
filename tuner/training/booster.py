"""How boosted trees are trained: each epoch adds some rounds of trees, grown on the table of features."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import ClassVar

import numpy as np
import torch
import torch.nn.functional as F
import xgboost as xgb
from numpy.typing import NDArray
from torch import Tensor

from data_pipeline import Augmentation, Batches
from data_pipeline.running_time import running_s
from models import get_architecture
from models.errors import BadTrees
from models.feature_boosting import ROUNDS_AN_EPOCH, FeatureBoosting
from tuner.errors import CheckpointError
from tuner.statistics.scores import Scores, as_scores, confusion_matrix
from tuner.study.settings import Settings
from tuner.training.fit import Evaluation, class_weights


class BoosterTraining:
    """Boosted trees under training; a checkpoint needs nothing but the trees.

    Parameters
    ----------
    settings : Settings
        What to train and how.
    labels : ndarray of int64
        Labels of the training part, for the class weights.
    n_classes : int
        Number of classes in the data.
    seed : int
        Seed by which the features and recordings of each tree are drawn.
    device : torch.device
        Not used: trees grow in main memory.
    """

    suffix: ClassVar[str] = ".json"
    stops_early: ClassVar[bool] = True

    def __init__(
        self, settings: Settings, labels: NDArray[np.int64], n_classes: int, seed: int, device: torch.device
    ) -> None:
        self.settings, self.n_classes, self.seed = settings, n_classes, seed
        self.epoch = 0
        self.lr = float(settings.model.lr)
        self.busy_s = 0.0
        model = get_architecture(settings.architecture).build(settings.model, n_classes)
        assert isinstance(model, FeatureBoosting)
        self.model = model
        self.weights = class_weights(labels, n_classes, settings.model.class_weight)
        self._tables: dict[Batches, _Table] = {}

    @staticmethod
    def augmentation(settings: Settings) -> Augmentation:
        """Return no augmentation: features are computed from whole, unchanged recordings."""
        return Augmentation()

    @staticmethod
    def batch_size(settings: Settings) -> int:
        """Return any number: one table is made of all batches."""
        return 64

    @staticmethod
    def memory(device: torch.device) -> torch.device:
        """Return the CPU, whose memory holds the table."""
        return torch.device("cpu")

    @staticmethod
    def epochs_to_train(settings: Settings, best_epoch: int) -> int:
        """Return the best epoch: further trees only fit noise."""
        return best_epoch

    def train_epoch(self, batches: Batches, should_stop: Callable[[], bool]) -> Scores | None:
        """Add the next rounds of trees; return None if told to stop between two of them."""
        start = running_s()
        table, first = self._table(batches), self.epoch * ROUNDS_AN_EPOCH
        rounds = range(first, min(first + ROUNDS_AN_EPOCH, self.settings.model.rounds))
        for _ in self.model.grow(table.matrix, self.seed, rounds):
            if should_stop():
                return None
        scores = self._scores(table, self._logits(table))
        self.busy_s += running_s() - start
        return scores

    def score(self, batches: Batches, should_stop: Callable[[], bool]) -> Evaluation | None:
        """Score the trees on held-out data, under the loss they are grown for; this is too quick to be stopped."""
        start = running_s()
        table = self._table(batches)
        logits = self._logits(table)
        scores, order = self._scores(table, logits), np.argsort(table.indices)
        evaluation = Evaluation(scores, table.labels.numpy()[order], F.softmax(logits, 1).numpy()[order])
        self.busy_s += running_s() - start
        return evaluation

    def n_parameters(self) -> int:
        """Count the leaves of all trees."""
        text = bytes(self.model.get_extra_state().numpy())
        if not text:
            return 0
        trees = json.loads(text)["learner"]["gradient_booster"]["model"]["trees"]
        return sum(left == -1 for tree in trees for left in tree["left_children"])

    def state(self) -> dict[str, Tensor]:
        """Return the trees."""
        return self.model.state_dict()

    def restore(self, tensors: dict[str, Tensor], epoch: int) -> None:
        """Go on from what `state` returned after `epoch` epochs.

        Raises
        ------
        CheckpointError
            If these are no trees, or not those of so many epochs.
        """
        try:
            self.model.load_state_dict({name: tensors[name] for name in self.model.state_dict()})
        except (KeyError, BadTrees) as error:
            raise CheckpointError(f"checkpoint: {error}") from error
        if self.model.n_rounds != min(epoch * ROUNDS_AN_EPOCH, self.settings.model.rounds):
            raise CheckpointError(f"checkpoint: {self.model.n_rounds} rounds of trees after {epoch} epochs")
        self.epoch = epoch

    def _table(self, batches: Batches) -> _Table:
        if batches not in self._tables:
            self._tables[batches] = _Table(batches, self.model, self.weights)
        return self._tables[batches]

    def _logits(self, table: _Table) -> Tensor:
        logits: Tensor = self.model(table.inputs, torch.ones(len(table.inputs), dtype=torch.int64))
        return logits

    def _scores(self, table: _Table, logits: Tensor) -> Scores:
        loss = float(F.cross_entropy(logits, table.labels, self.weights))
        return as_scores(loss, confusion_matrix(table.labels, logits.argmax(1), self.n_classes))


class _Table:
    """All recordings of some batches in one table, as a tensor and in the booster's own format."""

    def __init__(self, batches: Batches, model: FeatureBoosting, weights: Tensor) -> None:
        whole = list(batches.ordered())
        self.inputs = torch.cat([batch.inputs for batch in whole])
        self.labels = torch.cat([batch.labels for batch in whole])
        self.indices = np.concatenate([batch.indices for batch in whole])
        self.matrix = xgb.DMatrix(
            model.table(self.inputs),
            self.labels.numpy(),
            weight=weights[self.labels].numpy(),
            missing=np.nan,
            nthread=torch.get_num_threads(),
        )
