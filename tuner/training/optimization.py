"""Loss, optimizer and learning rate schedule of networks."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from tuner.study.settings import TrainSettings

WARM_UP = {"constant": 0.0, "cosine": 0.05, "onecycle": 0.3}
"""Share of all steps in which the learning rate rises, by schedule."""


class Loss(nn.Module):
    """Cross-entropy with class weights and label smoothing, or focal loss [1]_: the weighted mean over a batch.

    Parameters
    ----------
    weights : Tensor of shape (K,), float32
        Weights of the classes.
    label_smoothing, focal : float
        See `TrainSettings`.

    References
    ----------
    .. [1] Lin, T.-Y., et al. (2017). Focal loss for dense object detection. ICCV. https://arxiv.org/abs/1708.02002
    """

    def __init__(self, weights: Tensor, label_smoothing: float, focal: float) -> None:
        super().__init__()
        self.weights, self.label_smoothing, self.focal = weights, label_smoothing, focal

    def forward(self, logits: Tensor, labels: Tensor) -> Tensor:
        """Return the loss of logits (B, K) for labels (B,), a scalar."""
        if not self.focal:
            return F.cross_entropy(logits, labels, self.weights, label_smoothing=self.label_smoothing)
        each = F.cross_entropy(logits, labels, self.weights, reduction="none", label_smoothing=self.label_smoothing)
        true = F.softmax(logits, 1).gather(1, labels[:, None]).squeeze(1)
        return ((1 - true) ** self.focal * each).sum() / self.weights[labels].sum()


def make_optimizer(model: nn.Module, train: TrainSettings) -> torch.optim.Optimizer:
    """Build the optimizer over all parameters, in the fused form that updates them in one pass."""
    if train.optimizer == "sgd":
        return torch.optim.SGD(model.parameters(), train.lr, momentum=0.9, weight_decay=train.weight_decay, fused=True)
    kind = torch.optim.AdamW if train.optimizer == "adamw" else torch.optim.Adam
    return kind(model.parameters(), train.lr, weight_decay=train.weight_decay, fused=True)


def lr_factor(schedule: str, step: int, total: int) -> float:
    """Return the learning rate at a step as a share of the highest one: linear warm-up, then a cosine to zero."""
    if schedule == "constant":
        return 1.0
    warm_up = WARM_UP[schedule] * total
    if step < warm_up:
        return 0.04 + 0.96 * step / warm_up
    return 0.5 * (1 + math.cos(math.pi * (step - warm_up) / max(total - warm_up, 1)))
