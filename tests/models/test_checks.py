"""The checks see what is wrong with an architecture, and say so in one line."""

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
import pytest
import torch
from torch import nn

from data_pipeline.front_ends import OfSignal, Signal
from models import Architecture, FailedCheck
from models.checks import CHECKS, check


@dataclass(frozen=True)
class Config:
    rate: int = 50
    width: int = 8


class Net(nn.Module):
    """A masked network that passes all checks."""

    def __init__(self, config, n_classes):
        super().__init__()
        self.conv = nn.Conv1d(1, config.width, 5, padding=2)
        self.head = nn.Linear(config.width, n_classes)

    def forward(self, inputs, lengths):
        real = (torch.arange(inputs.shape[1]) < lengths[:, None])[:, None]
        steps = self.conv(inputs[:, None]).relu() * real
        return self.head(self.pooled(steps, lengths))

    def pooled(self, steps, lengths):
        return steps.sum(2) / lengths[:, None]


class Leaking(Net):
    def pooled(self, steps, lengths):
        return steps.mean(2)


class Learning(Net):
    """Its running statistics see padding, its scores do not."""

    def __init__(self, config, n_classes):
        super().__init__(config, n_classes)
        self.norm = nn.BatchNorm1d(config.width)

    def pooled(self, steps, lengths):
        return self.norm(steps).mul(steps != 0).sum(2) / lengths[:, None]


class Idle(Net):
    def __init__(self, config, n_classes):
        super().__init__(config, n_classes)
        self.idle = nn.Linear(3, 3)


class Alone(Net):
    def pooled(self, steps, lengths):
        pooled = super().pooled(steps, lengths)
        return (pooled - pooled.mean(0)) / pooled.std(0, correction=0) if self.training else pooled


class Forgetful(Net):
    def __init__(self, config, n_classes):
        super().__init__(config, n_classes)
        self.secret = torch.rand(config.width)

    def pooled(self, steps, lengths):
        return super().pooled(steps, lengths) * self.secret


class Tied(Net):
    def __init__(self, config, n_classes):
        super().__init__(config, n_classes)
        self.other = nn.Linear(config.width, n_classes, bias=False)
        self.other.weight = self.head.weight


class Short(Net):
    def forward(self, inputs, lengths):
        return super().forward(inputs, lengths)[:, :2]


class Picky(Net):
    def __init__(self, config, n_classes):
        if config.width > 8:
            raise ValueError("too wide")
        super().__init__(config, n_classes)


class Leaving(Net):
    def forward(self, inputs, lengths):
        raise SystemExit(3)


@dataclass(frozen=True)
class Halved(OfSignal):
    """Every second sample."""

    name: ClassVar[str] = "halved"
    version: ClassVar[int] = 1
    n_features: ClassVar[int] = 0

    def n_steps(self, n_samples):
        return -(-np.asarray(n_samples) // 2)

    def from_signal(self, signal):
        return np.ascontiguousarray(signal[::2])

    def from_signals(self, signals, lengths):
        return signals[:, ::2]


@dataclass(frozen=True)
class Differing(Halved):
    def from_signals(self, signals, lengths):
        return signals[:, ::2] * 2


@dataclass(frozen=True)
class Longer(Halved):
    def n_steps(self, n_samples):
        return np.asarray(n_samples)


class Nameless(Halved):
    """No value: two are not equal."""

    __eq__ = object.__eq__
    __hash__ = object.__hash__


def made(build=Net, front_end=Signal):
    ranges = {"rate": 50, "width": {"low": 8, "high": 16}}
    return Architecture("net", Config, ranges, build, lambda config: front_end(config.rate))


@pytest.mark.parametrize("front_end", [Signal, Halved])
def test_a_good_one_passes_all(front_end):
    assert list(check(made(front_end=front_end))) == list(CHECKS)


@pytest.mark.parametrize(
    ("architecture", "failed", "problem"),
    [
        (made(Leaking), "padding changes no score", "a logit changes by"),
        (made(Learning), "padding does not enter training", "the loss changes by"),
        (made(Idle), "a gradient reaches every parameter", "reaches idle.weight"),
        (made(Alone), "a recording can come alone", "not finite"),
        (made(Forgetful), "its state comes back from a file", "register whatever is learnt"),
        (made(Tied), "its state comes back from a file", "share memory"),
        (made(Short), "a batch gives logits", "expected is torch.float32 (3, 4)"),
        (made(Leaving), "a batch gives logits", "SystemExit: 3"),
        (replace(made(), trainer="boosting"), "a batch gives logits", "needs a FeatureBoosting"),
        (made(Picky), "all ends of its ranges can be built", "width = 16: ValueError: too wide"),
        (made(front_end=Differing), "both forms of its front end agree", "different items"),
        (made(front_end=Longer), "any recording has an item, however short", "announced is"),
        (made(front_end=Nameless), "its front end is a value", "not equal"),
        (made(front_end=lambda rate: rate), "its front end is a value", "int lacks"),
    ],
)
def test_what_is_wrong_is_found_and_named(architecture, failed, problem):
    with pytest.raises(FailedCheck) as refusal:
        list(check(architecture))
    message = str(refusal.value)
    assert message.startswith(f"net: not proved: {failed}: ") and "\n" not in message
    assert problem in message
