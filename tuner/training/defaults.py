"""Defaults and ranges that fit the data at hand, where a class has few recordings to learn from.

What is too strict for few recordings is loosened, in proportion to what the smallest class has. Where every class has
enough of them, nothing changes. What is fitted is drawn and stored with each trial like any other setting.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models import get_architecture
from tuner.study.space import Choices, NumberRange, Range, Scalar, default_in, default_of, ends_of
from tuner.study.spec import StudySpec
from tuner.training.fit import class_weights

ENOUGH_CURVATURE = 8.0
"""Sum of a class's second derivatives from which on the defaults of boosted trees fit.

With six recordings against eighty of CinC 2017 it is 8.0, and no smaller minimum or penalty scores better. With five
recordings in each of ten classes of synthetic ECG it is 0.7: macro-F1 is 0.33 with the usual defaults, 0.79 with these.
"""

FEW = 10
"""Recordings of a class below which it is weighed by `RARE_WEIGHT`, since the others outvote it."""

RARE_WEIGHT = 0.75
"""Exponent on balanced class weights where a class is small; six recordings against eighty: +0.01 of macro-F1."""

ENOUGH_STEPS = 300
"""Steps of the optimizer that a network makes at least: as many as for one pass over 4,800 recordings.

With 32 recordings of CinC 2017, 20 epochs of one step bring `resnet1d` to a log loss of 1.36, 320 steps to 1.23.
"""

FEWEST_STEPS = 50
"""Steps below which a study file is warned of."""

SMALL_BATCH = 16
"""Recordings in a batch where there are few."""


@dataclass(frozen=True)
class FittedSpace:
    """A search space that fits some data.

    Parameters
    ----------
    ranges : dict of str to Range
        Range of every setting.
    defaults : dict of str to bool, int, float or str
        Defaults that differ from those of the architectures, before they are moved into the ranges.
    """

    ranges: dict[str, Range]
    defaults: dict[str, Scalar]


def fit_space(
    architectures: Sequence[str], space: Mapping[str, Range], own: Mapping[str, Range], labels: NDArray[np.int64]
) -> FittedSpace:
    """Fit ranges and defaults to the recordings that a trial of the search learns from.

    Parameters
    ----------
    architectures : sequence of str
        Names of the study's architectures.
    space : mapping of str to Range
        Range of every setting, as `tuner.study.space.full_space` returns it.
    own : mapping of str to Range
        Ranges that the study file gives, which stay as they are.
    labels : ndarray of shape (N,), int64
        Labels of the training part, in which each class occurs.
    """
    fitted = FittedSpace(dict(space), {})
    for name in architectures:
        if get_architecture(name).trainer == "boosting":
            _fit_trees(name, fitted, own, np.bincount(labels))
        else:
            _fit_network(fitted, own, np.bincount(labels))
    return fitted


def _fit_trees(section: str, fitted: FittedSpace, own: Mapping[str, Range], counts: NDArray[np.int64]) -> None:
    """Let a leaf hold the smallest class: the least weight of a leaf and the penalty on its value shrink with it.

    Both are measured against the sum of second derivatives in the leaf. Those of a softmax over K classes begin at
    2 (1 / K) (1 - 1 / K) a recording, times the recording's weight: `multi:softprob` in XGBoost has this factor of 2.
    """
    _weigh_rare(section, fitted, counts)
    n_classes, exponent = len(counts), float(default_of(f"{section}.class_weight"))
    weights = class_weights(np.repeat(np.arange(n_classes), counts), n_classes, exponent).numpy()
    curvature = (counts * weights).min() * 2 / n_classes * (1 - 1 / n_classes)
    share = min(float(curvature) / ENOUGH_CURVATURE, 1.0)
    # A person's own trees may have neither setting.
    for name in {f"{section}.min_child_weight", f"{section}.l2"} & fitted.ranges.keys():
        fitted.defaults[name] = _rounded(share * float(default_of(name)))
        wanted = fitted.ranges[name]
        if name not in own and isinstance(wanted, NumberRange):
            ends = {"low": _rounded(share * wanted.low), "high": _rounded(share * wanted.high)}
            fitted.ranges[name] = wanted.model_copy(update=ends)


def _fit_network(fitted: FittedSpace, own: Mapping[str, Range], counts: NDArray[np.int64]) -> None:
    """Give a network enough steps: small batches, and more epochs where the study leaves their number open."""
    _weigh_rare("train", fitted, counts)
    n, epochs = int(counts.sum()), int(default_of("train.epochs"))
    if epochs * math.ceil(n / int(default_of("train.batch_size"))) >= ENOUGH_STEPS:
        return
    batch_size = _smallest_batch(fitted.ranges["train.batch_size"])
    fitted.defaults["train.batch_size"] = batch_size
    fitted.defaults["train.epochs"] = max(epochs, math.ceil(ENOUGH_STEPS / math.ceil(n / batch_size)))
    if "train.epochs" not in own:
        fitted.ranges["train.epochs"] = fitted.defaults["train.epochs"]


def _smallest_batch(wanted: Range) -> int:
    """Return the batch size of a range that is nearest to the smallest of the usual ones."""
    if isinstance(wanted, Choices):
        return min((int(choice) for choice in wanted.choices), key=lambda choice: abs(choice - SMALL_BATCH))
    return int(default_in(wanted, SMALL_BATCH))


def few_steps(spec: StudySpec, n: int) -> str | None:
    """Say that a study file leaves networks too few steps to learn anything; None where it does not.

    Parameters
    ----------
    spec : StudySpec
        The study file.
    n : int
        Number of recordings in the training part.
    """
    has_networks = any(get_architecture(name).trainer != "boosting" for name in spec.search.architectures)
    if "train.epochs" not in spec.space or not has_networks:
        return None
    space = spec.full_space()
    most = max(int(end) for end in ends_of(space["train.epochs"]))
    n_batches = math.ceil(n / _smallest_batch(space["train.batch_size"]))
    if most * n_batches >= FEWEST_STEPS:
        return None
    return (
        f"train.epochs = {most} makes {most * n_batches} steps with {n} recordings, too few for a network to learn: "
        f"leave it out of the study file, or make it {math.ceil(ENOUGH_STEPS / n_batches)}"
    )


def _weigh_rare(section: str, fitted: FittedSpace, counts: NDArray[np.int64]) -> None:
    if counts.min() < FEW:
        fitted.defaults[f"{section}.class_weight"] = RARE_WEIGHT


def _rounded(value: float) -> float:
    """Return a value to three digits, for people to read."""
    return float(f"{value:.3g}")
