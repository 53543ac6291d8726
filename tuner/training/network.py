"""How a network is trained: gradients, schedule, averaged weights."""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from data_pipeline import Augmentation, Batch, Batches
from data_pipeline.running_time import running_s
from models import get_architecture
from tuner.errors import CheckpointError
from tuner.statistics.scores import Scores, as_scores
from tuner.study.settings import Settings, TrainSettings
from tuner.training.fit import Evaluation, class_weights, under_prefix
from tuner.training.optimization import Loss, lr_factor, make_optimizer
from tuner.training.tensors import check_forms, forms_of

CLIP_NORM = 1.0
"""Gradients are scaled down to this norm, so that no step is too large in a recurrent network or at a high rate."""


class NetworkTraining:
    """A network under training: its weights, their running average, the optimizer and the epochs done.

    Every epoch seeds itself from (seed, epoch), the schedule is a function of the step, and batches and augmentation
    depend on (seed, epoch, recording) only: there is no random state to keep.

    Parameters
    ----------
    settings : Settings
        What to train and how.
    labels : ndarray of int64
        Labels of the training part, for the class weights.
    n_classes : int
        Number of classes in the data.
    seed : int
        Seed of the initial weights, batches, augmentation and dropout.
    device : torch.device
        Where to train.

    Attributes
    ----------
    busy_s : float
        Seconds spent so far in forward, backward and optimizer step. With a GPU: in launching these, and in waiting for
        them at the end of an epoch.
    """

    suffix: ClassVar[str] = ".safetensors"
    stops_early: ClassVar[bool] = False

    def __init__(
        self, settings: Settings, labels: NDArray[np.int64], n_classes: int, seed: int, device: torch.device
    ) -> None:
        # Weight decay shrinks weights without gradient to denormal numbers, which make a CPU ten times as slow.
        # The setting holds for this thread and those it starts later, so it is made here.
        torch.set_flush_denormal(True)
        torch.manual_seed(seed)
        self.settings, self.train = settings, _train_settings(settings)
        self.seed = seed
        self.device = device
        self.n_classes = n_classes
        self.epoch = 0
        self.lr = self.train.lr
        self.busy_s = 0.0
        self.network: nn.Module = get_architecture(settings.architecture).build(settings.model, n_classes).to(device)
        self.average = copy.deepcopy(self.network) if self.train.ema else None
        self.optimizer = make_optimizer(self.network, self.train)
        weights = class_weights(labels, n_classes, self.train.class_weight).to(device)
        self.loss_fn = Loss(weights, self.train.label_smoothing, self.train.focal)

    @staticmethod
    def augmentation(settings: Settings) -> Augmentation:
        """Return the augmentation of the training settings."""
        wanted = dataclasses.asdict(_train_settings(settings))
        return Augmentation(**{field.name: wanted[field.name] for field in dataclasses.fields(Augmentation)})

    @staticmethod
    def batch_size(settings: Settings) -> int:
        """Return the number of recordings in a step."""
        return _train_settings(settings).batch_size

    @staticmethod
    def memory(device: torch.device) -> torch.device:
        """Return the device itself."""
        return device

    @staticmethod
    def epochs_to_train(settings: Settings, best_epoch: int) -> int:
        """Return all epochs if the learning rate falls to zero, where networks are best, else the best epoch.

        With such a schedule, the epoch that one validation part preferred matters little.
        """
        return best_epoch if _train_settings(settings).schedule == "constant" else settings.epochs

    @property
    def model(self) -> nn.Module:
        """The network that predicts: the averaged one where there is one."""
        return self.network if self.average is None else self.average

    def n_parameters(self) -> int:
        """Count the network's weights."""
        return sum(weight.numel() for weight in self.network.parameters())

    def state(self) -> dict[str, Tensor]:
        """Return every tensor that a checkpoint needs, by flat name; the caller stores the epoch."""
        tensors = {f"model.{name}": tensor for name, tensor in self.network.state_dict().items()}
        if self.average is not None:
            tensors |= {f"average.{name}": tensor for name, tensor in self.average.state_dict().items()}
        for index, slots in self.optimizer.state_dict()["state"].items():
            tensors |= {f"optimizer.{index}.{name}": value for name, value in slots.items() if value is not None}
        return tensors

    def restore(self, tensors: dict[str, Tensor], epoch: int) -> None:
        """Resume from what `state` returned after `epoch` epochs.

        Raises
        ------
        CheckpointError
            If the tensors are not those of this training, which then stays as it is.
        """
        self._check_fit(tensors)
        self.network.load_state_dict(under_prefix(tensors, "model."))
        if self.average is not None:
            self.average.load_state_dict(under_prefix(tensors, "average."))
        parameters = self.optimizer.param_groups[0]["params"]
        slots: dict[int, dict[str, Tensor]] = {}
        for name, tensor in under_prefix(tensors, "optimizer.").items():
            index, _, slot = name.partition(".")
            parameter = parameters[int(index)]
            if tensor.shape == parameter.shape:
                # The fused update reads both in memory order, so the tensor must be laid out like its parameter.
                tensor = torch.empty_like(parameter).copy_(tensor)
            slots.setdefault(int(index), {})[slot] = tensor
        self.optimizer.load_state_dict({**self.optimizer.state_dict(), "state": slots})
        self.epoch = epoch

    def _check_fit(self, tensors: dict[str, Tensor]) -> None:
        weights = {f"model.{name}": tensor for name, tensor in self.network.state_dict().items()}
        if self.average is not None:
            weights |= {f"average.{name}": tensor for name, tensor in self.average.state_dict().items()}
        found = {name: tensor for name, tensor in tensors.items() if name.startswith(("model.", "average."))}
        check_forms(forms_of(found), forms_of(weights), "checkpoint")
        parameters = self.optimizer.param_groups[0]["params"]
        for name, tensor in under_prefix(tensors, "optimizer.").items():
            number, _, _ = name.partition(".")
            is_known = number.isdecimal() and len(number) < 9 and int(number) < len(parameters)
            # The update walks over a parameter and its state side by side.
            if not is_known or tensor.shape not in ((), parameters[int(number)].shape):
                raise CheckpointError(f"checkpoint: the optimizer's {name[:80]!r} is of another model")

    def train_epoch(self, batches: Batches, should_stop: Callable[[], bool]) -> Scores | None:
        """Train the next epoch; return None if told to stop before a batch."""
        train, epoch = self.train, self.epoch
        torch.manual_seed(int(np.random.SeedSequence([self.seed, epoch]).generate_state(1)[0]))
        self.network.train()
        tally = _Tally(self.n_classes, self.device)
        for step, batch in enumerate(batches.epoch(epoch), start=epoch * len(batches)):
            if should_stop():
                return None
            self.lr = train.lr * lr_factor(train.schedule, step, train.epochs * len(batches))
            for group in self.optimizer.param_groups:
                group["lr"] = self.lr
            with self._busy():
                logits, labels = self._forward(self.network, batch)
                loss = self.loss_fn(logits, labels)
                self.optimizer.zero_grad()
                loss.backward()
                nn.utils.clip_grad_norm_(self.network.parameters(), CLIP_NORM)
                self.optimizer.step()
                self._take_into_average(step)
            tally.add(loss.detach(), logits.detach(), labels)
        with self._busy():  # reading the scores waits for the GPU
            return tally.scores()

    @torch.no_grad()
    def _take_into_average(self, step: int) -> None:
        if self.average is None:
            return
        # The first weights are poor: the average starts with a short memory, which grows to the one asked for.
        kept = min(self.train.ema, (1 + step) / (10 + step))
        pairs = zip(self.average.state_dict().values(), self.network.state_dict().values(), strict=True)
        averages, currents = zip(*(pair for pair in pairs if pair[0].is_floating_point()), strict=True)
        torch._foreach_lerp_(averages, currents, 1 - kept)

    @torch.inference_mode()
    def score(self, batches: Batches, should_stop: Callable[[], bool]) -> Evaluation | None:
        """Score the model on held-out data, under the loss it is trained with; return None if told to stop."""
        model = self.model.eval()
        tally = _Tally(self.n_classes, self.device)
        indices, probabilities = [], []
        for batch in batches.ordered():
            if should_stop():
                return None
            with self._busy():
                logits, labels = self._forward(model, batch)
                loss = self.loss_fn(logits, labels)
            tally.add(loss, logits, labels)
            indices.append(batch.indices)
            probabilities.append(F.softmax(logits, 1))
        order = np.argsort(np.concatenate(indices))
        with self._busy():
            scores, pooled = tally.scores(), torch.cat(probabilities).cpu().numpy()[order]
        return Evaluation(scores, batches.cache.labels[np.concatenate(indices)[order]], pooled)

    @contextmanager
    def _busy(self) -> Iterator[None]:
        start = running_s()
        yield
        self.busy_s += running_s() - start

    def _forward(self, model: nn.Module, batch: Batch) -> tuple[Tensor, Tensor]:
        inputs = batch.inputs.to(self.device, non_blocking=True)
        # A GPU multiplies in bfloat16, which needs no scaling of the loss; a CPU stays exact.
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.device.type == "cuda"):
            logits = model(inputs, batch.lengths)
        return logits.float(), batch.labels.to(self.device, non_blocking=True)


def _train_settings(settings: Settings) -> TrainSettings:
    assert settings.train is not None
    return settings.train


class _Tally:
    """Loss and confusion matrix, summed on the device so that no batch waits for a transfer."""

    def __init__(self, n_classes: int, device: torch.device) -> None:
        self.n_classes = n_classes
        self.loss = torch.zeros((), dtype=torch.float64, device=device)
        self.pairs = torch.zeros(n_classes**2, dtype=torch.int64, device=device)

    def add(self, loss: Tensor, logits: Tensor, labels: Tensor) -> None:
        self.loss += loss.double() * len(labels)
        # bincount would wait for a GPU to find the largest value.
        self.pairs.scatter_add_(0, labels * self.n_classes + logits.argmax(1), torch.ones_like(labels))

    def scores(self) -> Scores:
        confusion = self.pairs.reshape(self.n_classes, self.n_classes).cpu()
        return as_scores(float(self.loss) / max(int(confusion.sum()), 1), confusion.numpy())
