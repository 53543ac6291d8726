"""Simulated classes: normal features around the corners of a simplex, whose true probabilities are known."""

import numpy as np

from tuner.statistics.objective import Objective
from tuner.statistics.probabilities import Integers, Probabilities, softmax

MACRO_F1 = Objective("macro_f1")
EVEN = (0.25, 0.25, 0.25, 0.25)


def draw_labels(rng: np.random.Generator, n: int, shares: tuple[float, ...] = EVEN) -> Integers:
    return rng.choice(len(shares), n, p=shares)


def predict(
    rng: np.random.Generator, labels: Integers, separation: float = 2.0, shares: tuple[float, ...] = EVEN
) -> Probabilities:
    """Return the true probabilities given features of this separation; they are calibrated, and useless at 0."""
    features = separation * np.eye(len(shares))[labels] + rng.normal(size=(len(labels), len(shares)))
    return softmax(separation * features + np.log(shares))


def sharpen(probabilities: Probabilities, factor: float) -> Probabilities:
    return softmax(factor * np.log(probabilities))


def five_folds(n: int) -> Integers:
    return np.arange(n) % 5
