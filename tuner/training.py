"""Training as a generator: one `Epoch` at a time, everything else is the caller's."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from data_pipeline import Batch, Batches
from models import get_architecture
from tuner.errors import Diverged
from tuner.metrics import Scores, as_scores
from tuner.settings import Settings, TrainSettings

CLIP_NORM = 1.0
"""Gradients are scaled down to this norm: a recurrent network or a high learning rate takes no wild step."""

WARM_UP = {"constant": 0.0, "cosine": 0.05, "onecycle": 0.3}


@dataclass(frozen=True)
class Epoch:
    """What one pass over the training part did.

    Parameters
    ----------
    number : int
        Counted from 1.
    planned : int
        Epochs the schedule was laid out for.
    train : Scores
        Running scores over the epoch, with dropout and augmentation on.
    validation : Scores or None
        Scores after the epoch; None where nothing is held out.
    lr : float
        Learning rate of the last step.
    seconds : float
        Wall time, validation included.
    """

    number: int
    planned: int
    train: Scores
    validation: Scores | None
    lr: float
    seconds: float

    @property
    def percent(self) -> int:
        """Share of the planned training done, 1 to 100: the step of a report."""
        return max(1, round(100 * self.number / self.planned))


class Training:
    """A network under training with all that is needed to go on later: weights, optimizer, epochs done.

    There is no random state to keep: every epoch seeds itself from (seed, epoch), the schedule is a function
    of the step, and batches and augmentation depend on (seed, epoch, recording) only. A resumed training is
    therefore the same as one that was never interrupted.

    Parameters
    ----------
    settings : Settings
        What to train and how.
    labels : ndarray of int64
        Labels of the training part, for the class weights.
    n_classes : int
        Classes of the data.
    seed : int
        Of the initial weights, batches, augmentation and dropout.
    device : torch.device
        Where to train.

    Attributes
    ----------
    busy_s : float
        Wall time in forward, backward and optimizer step so far. On a GPU: in telling it so, and in waiting for it once
        an epoch is over.
    """

    def __init__(
        self, settings: Settings, labels: NDArray[np.int64], n_classes: int, seed: int, device: torch.device
    ) -> None:
        architecture = get_architecture(settings.architecture)
        # Weight decay shrinks what nothing pulls at to denormal numbers, with which a CPU computes ten times as slowly.
        # Said here, as it holds for this thread and those it starts later.
        torch.set_flush_denormal(True)
        torch.manual_seed(seed)
        self.settings = settings
        self.seed = seed
        self.device = device
        self.n_classes = n_classes
        self.epoch = 0
        self.busy_s = 0.0
        self.model: nn.Module = architecture.build(settings.model, n_classes).to(device)
        self.optimizer = make_optimizer(self.model, settings.train)
        weights = class_weights(labels, n_classes, settings.train.class_weight)
        self.loss_fn = nn.CrossEntropyLoss(weight=weights.to(device), label_smoothing=settings.train.label_smoothing)

    def state(self) -> dict[str, Tensor]:
        """Return every tensor a checkpoint needs, by flat name; the epoch is the caller's to store."""
        tensors = {f"model.{name}": tensor for name, tensor in self.model.state_dict().items()}
        for index, slots in self.optimizer.state_dict()["state"].items():
            tensors |= {f"optimizer.{index}.{name}": value for name, value in slots.items() if value is not None}
        return tensors

    def restore(self, tensors: dict[str, Tensor], epoch: int) -> None:
        """Go on from what `state` returned after `epoch` epochs."""
        self.model.load_state_dict(section(tensors, "model."))
        parameters = self.optimizer.param_groups[0]["params"]
        slots: dict[int, dict[str, Tensor]] = {}
        for name, tensor in section(tensors, "optimizer.").items():
            index, _, slot = name.partition(".")
            parameter = parameters[int(index)]
            if tensor.shape == parameter.shape:
                # Laid out in memory as its parameter: the fused update walks both side by side, and checks nothing.
                tensor = torch.empty_like(parameter).copy_(tensor)
            slots.setdefault(int(index), {})[slot] = tensor
        self.optimizer.load_state_dict({**self.optimizer.state_dict(), "state": slots})
        self.epoch = epoch


def section(tensors: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    """Return the tensors under a prefix, the prefix taken off."""
    return {name.removeprefix(prefix): tensor for name, tensor in tensors.items() if name.startswith(prefix)}


def make_optimizer(model: nn.Module, train: TrainSettings) -> torch.optim.Optimizer:
    """Build the optimizer over all parameters, in the fused form that updates them in one pass."""
    if train.optimizer == "sgd":
        return torch.optim.SGD(model.parameters(), train.lr, momentum=0.9, weight_decay=train.weight_decay, fused=True)
    kind = torch.optim.AdamW if train.optimizer == "adamw" else torch.optim.Adam
    return kind(model.parameters(), train.lr, weight_decay=train.weight_decay, fused=True)


def class_weights(labels: NDArray[np.int64], n_classes: int, exponent: float) -> Tensor:
    """Return loss weights (K,) float32: balanced class weights to the power of `exponent`."""
    counts = np.maximum(np.bincount(labels, minlength=n_classes), 1)
    return torch.tensor((len(labels) / (n_classes * counts)) ** exponent, dtype=torch.float32)


def lr_factor(schedule: str, step: int, total: int) -> float:
    """Return the share of the highest learning rate at a step: linear warm-up, then a cosine down to zero."""
    if schedule == "constant":
        return 1.0
    warm_up = WARM_UP[schedule] * total
    if step < warm_up:
        return 0.04 + 0.96 * step / warm_up
    return 0.5 * (1 + math.cos(math.pi * (step - warm_up) / max(total - warm_up, 1)))


def fit(
    training: Training, train: Batches, validation: Batches | None, should_stop: Callable[[], bool]
) -> Iterator[Epoch]:
    """Train epoch by epoch up to the planned number, from wherever the training stands.

    Parameters
    ----------
    training : Training
        Changed in place; after each yielded epoch it is consistent and may be checkpointed.
    train, validation : Batches
        Data to learn from, and data to score after each epoch.
    should_stop : callable
        Asked before every batch; once it says yes, the generator ends in mid-epoch without yielding.

    Yields
    ------
    Epoch

    Raises
    ------
    Diverged
        If the training loss of an epoch is not finite.
    """
    planned = training.settings.train.epochs
    while training.epoch < planned:
        start = time.perf_counter()
        scores = _train_one_epoch(training, train, should_stop)
        if scores is None:
            return
        if not math.isfinite(scores.loss):
            raise Diverged(f"diverged: the training loss is {scores.loss} in epoch {training.epoch + 1}")
        held_out = None
        if validation is not None:
            held_out = score(training, validation, should_stop)
            if held_out is None:
                return
        training.epoch += 1
        lr = training.optimizer.param_groups[0]["lr"]
        yield Epoch(training.epoch, planned, scores, held_out, lr, time.perf_counter() - start)


def _train_one_epoch(training: Training, batches: Batches, should_stop: Callable[[], bool]) -> Scores | None:
    train, epoch = training.settings.train, training.epoch
    torch.manual_seed(int(np.random.SeedSequence([training.seed, epoch]).generate_state(1)[0]))
    training.model.train()
    tally = _Tally(training.n_classes, training.device)
    for index, batch in enumerate(batches.epoch(epoch)):
        if should_stop():
            return None
        factor = lr_factor(train.schedule, epoch * len(batches) + index, train.epochs * len(batches))
        for group in training.optimizer.param_groups:
            group["lr"] = train.lr * factor
        with _busy(training):
            logits, labels = _forward(training, batch)
            loss = training.loss_fn(logits, labels)
            training.optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(training.model.parameters(), CLIP_NORM)
            training.optimizer.step()
        tally.add(loss.detach(), logits.detach(), labels)
    with _busy(training):  # a GPU does now what it was told above
        return tally.scores()


@torch.inference_mode()
def score(training: Training, batches: Batches, should_stop: Callable[[], bool]) -> Scores | None:
    """Score the network as it stands on held-out data, under the loss it is trained with; None if told to stop."""
    training.model.eval()
    tally = _Tally(training.n_classes, training.device)
    for batch in batches.ordered():
        if should_stop():
            return None
        with _busy(training):
            logits, labels = _forward(training, batch)
            loss = training.loss_fn(logits, labels)
        tally.add(loss, logits, labels)
    with _busy(training):
        return tally.scores()


@contextmanager
def _busy(training: Training) -> Iterator[None]:
    start = time.perf_counter()
    yield
    training.busy_s += time.perf_counter() - start


def _forward(training: Training, batch: Batch) -> tuple[Tensor, Tensor]:
    inputs = batch.inputs.to(training.device, non_blocking=True)
    # A GPU multiplies in bfloat16 while it trains, which needs no scaling of the loss; a CPU stays exact.
    with torch.autocast(training.device.type, torch.bfloat16, enabled=training.device.type == "cuda"):
        logits = training.model(inputs, batch.lengths)
    return logits.float(), batch.labels.to(training.device, non_blocking=True)


class _Tally:
    """Loss and confusion summed on the device, so that no batch waits for a transfer."""

    def __init__(self, n_classes: int, device: torch.device) -> None:
        self.n_classes = n_classes
        self.loss = torch.zeros((), dtype=torch.float64, device=device)
        self.pairs = torch.zeros(n_classes**2, dtype=torch.int64, device=device)

    def add(self, loss: Tensor, logits: Tensor, labels: Tensor) -> None:
        self.loss += loss.double() * len(labels)
        # Not bincount, which asks a GPU for its largest value, and so waits for it.
        self.pairs.scatter_add_(0, labels * self.n_classes + logits.argmax(1), torch.ones_like(labels))

    def scores(self) -> Scores:
        confusion = self.pairs.reshape(self.n_classes, self.n_classes).cpu()
        return as_scores(float(self.loss) / max(int(confusion.sum()), 1), confusion.numpy())


@torch.inference_mode()
def predict_batches(model: nn.Module, batches: Iterable[Any], device: torch.device) -> NDArray[np.float32]:
    """Return class probabilities (N, K) float32 in the order of the batches' recordings.

    Parameters
    ----------
    model : nn.Module
        Network in any mode; it is put into evaluation mode.
    batches : iterable of (inputs, lengths)
        See `data_pipeline.Batch` for their shapes.
    device : torch.device
        Where the network lies.
    """
    model.eval()
    rows = [F.softmax(model(inputs.to(device), lengths).float(), 1).cpu().numpy() for inputs, lengths in batches]
    return np.concatenate(rows)
