"""The notebook's training functions, for its cells: loaders of (signals, lengths, labels) and any model over them."""

import copy
import time
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.metrics import accuracy_score, f1_score
from torch import Tensor, nn

Loader = Iterable[tuple[Tensor, Tensor, Tensor]]
Metrics = tuple[float, float, float]


class _Pass(NamedTuple):
    loss: float
    labels: NDArray[np.int64]
    predictions: NDArray[np.int64]

    def metrics(self) -> Metrics:
        accuracy = accuracy_score(self.labels, self.predictions)
        return self.loss, float(accuracy), float(f1_score(self.labels, self.predictions, average="macro"))


def train_one_epoch(
    model: nn.Module, loader: Loader, optimizer: torch.optim.Optimizer, loss_fn: nn.Module, device: str | torch.device
) -> Metrics:
    """Train on every batch of the loader once.

    Parameters
    ----------
    model : nn.Module
        ``model(signals, lengths)`` gives logits (B, K); put into training mode and changed in place.
    loader : iterable of (signals, lengths, labels)
        Batches as `data_pipeline.prep_batch` makes them.
    optimizer : torch.optim.Optimizer
        Over the model's parameters.
    loss_fn : nn.Module
        ``loss_fn(logits, labels)`` gives the batch's mean loss.
    device : str or torch.device
        Where the model is.

    Returns
    -------
    loss, accuracy, macro_f1 : float
        Over the epoch's recordings, as predicted while training; the loss is a mean per recording.
    """
    model.train()
    return _run(model, loader, loss_fn, device, optimizer).metrics()


def evaluate(model: nn.Module, loader: Loader, loss_fn: nn.Module, device: str | torch.device) -> Metrics:
    """Score a model without changing it; parameters and results as in `train_one_epoch`."""
    return _predict(model, loader, loss_fn, device).metrics()


def train_model(
    model: nn.Module,
    train_loader: Loader,
    val_loader: Loader,
    optimizer: torch.optim.Optimizer,
    loss_fn: nn.Module,
    device: str | torch.device,
    num_epochs: int = 40,
) -> nn.Module:
    """Train for some epochs, printing each, and give back the best.

    Parameters
    ----------
    model, optimizer, loss_fn, device
        As in `train_one_epoch`.
    train_loader, val_loader : iterable of (signals, lengths, labels)
        Batches to learn from and batches to choose the epoch by.
    num_epochs : int
        Passes over `train_loader`.

    Returns
    -------
    nn.Module
        `model` itself, with the weights of the epoch that had the highest macro-F1 in validation.
    """
    best, weights = -1.0, model.state_dict()
    for epoch in range(1, num_epochs + 1):
        start = time.perf_counter()
        train = train_one_epoch(model, train_loader, optimizer, loss_fn, device)
        validated = _predict(model, val_loader, loss_fn, device)
        val = validated.metrics()
        _show(epoch, time.perf_counter() - start, train, val, validated.predictions, optimizer.param_groups[0]["lr"])
        if val[2] > best:
            best, weights = val[2], copy.deepcopy(model.state_dict())
    model.load_state_dict(weights)
    return model


@torch.no_grad()
def _predict(model: nn.Module, loader: Loader, loss_fn: nn.Module, device: str | torch.device) -> _Pass:
    model.eval()
    return _run(model, loader, loss_fn, device)


def _run(
    model: nn.Module,
    loader: Loader,
    loss_fn: nn.Module,
    device: str | torch.device,
    optimizer: torch.optim.Optimizer | None = None,
) -> _Pass:
    losses, truths, predictions = [], [], []
    for signals, lengths, labels in loader:
        logits = model(signals.to(device), lengths)
        loss = loss_fn(logits, labels.to(device))
        if optimizer is not None:
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        losses.append(loss.detach() * len(labels))
        truths.append(labels)
        predictions.append(logits.detach().argmax(1))
    truth, predicted = torch.cat(truths), torch.cat(predictions)
    return _Pass(float(torch.stack(losses).sum()) / len(truth), truth.numpy(), predicted.cpu().numpy())


def _show(epoch: int, seconds: float, train: Metrics, val: Metrics, predictions: NDArray[np.int64], lr: float) -> None:
    lines = [
        f"Unique predictions: {np.unique(predictions, return_counts=True)}",
        f"Current learning rate: {lr}",
        f"Epoch {epoch:02d} | Time: {seconds:.1f}s",
        "  Train Loss: {:.4f} | Acc: {:.4f} | F1: {:.4f}".format(*train),
        "  Val   Loss: {:.4f} | Acc: {:.4f} | F1: {:.4f}".format(*val),
    ]
    print("\n".join(lines), flush=True)  # noqa: T201  these lines in the cell's output are what the notebook is read by
