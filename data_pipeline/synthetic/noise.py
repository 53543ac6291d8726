"""Noise of synthetic ECG, which is added to the beats."""

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

RATE = 300
"""Sampling rate of synthetic ECG in hertz."""

Floats = NDArray[np.float64]


def slow_curve(n_samples: int, frequency: float, rng: Generator) -> Floats:
    """Draw a smooth random curve of unit deviation, with about `frequency` swings per second."""
    n_knots = int(2 * frequency * n_samples / RATE) + 3
    place = np.linspace(0, n_knots - 1.001, n_samples)
    left = place.astype(np.int64)
    blend = 0.5 - 0.5 * np.cos(np.pi * (place - left))
    knots = rng.standard_normal(n_knots)
    course: Floats = knots[left] + blend * (knots[left + 1] - knots[left])
    return course


def muscle_noise(n_samples: int, rng: Generator) -> Floats:
    """Draw noise of unit deviation without the highest frequencies, which a recorder's filter removes."""
    white = rng.standard_normal(n_samples + 2)
    noise: Floats = (0.5 * white[:-2] + white[1:-1] + 0.5 * white[2:]) / np.sqrt(1.5)
    return noise


def everyday_noise(n_samples: int, rng: Generator) -> Floats:
    """Draw wander, hum and muscle noise that leave a recording readable."""
    time = np.arange(n_samples) / RATE
    noise = rng.lognormal(np.log(0.08), 0.6) * slow_curve(n_samples, rng.uniform(0.15, 0.4), rng)
    noise += rng.uniform(0, 0.03) * np.sin(2 * np.pi * rng.choice([50, 60]) * time)
    level = min(rng.lognormal(np.log(0.04), 0.8), 0.16)
    noise += level * _burst(n_samples, rng) * muscle_noise(n_samples, rng)
    return noise


def _burst(n_samples: int, rng: Generator) -> Floats:
    """Draw the strength of muscle noise over time: in every third recording, some seconds are four times as strong."""
    course = np.ones(n_samples)
    if rng.random() < 0.33:
        start, length = rng.uniform(0, n_samples), rng.uniform(1, 3) * RATE
        course[int(start) : int(start + length)] = 4
    return course


def spoil(signal: Floats, rng: Generator) -> Floats:
    """Make most of a recording unreadable, in one or two of three ways."""
    for i in rng.permutation(3)[: rng.integers(1, 3)]:
        signal = (_shiver, _move, _lose_contact)[i](signal, rng)
    return signal


def _shiver(signal: Floats, rng: Generator) -> Floats:
    strength = rng.uniform(0.25, 0.9) * (1 + 0.4 * slow_curve(len(signal), 0.3, rng)).clip(0.3)
    return signal + strength * muscle_noise(len(signal), rng)


def _move(signal: Floats, rng: Generator) -> Floats:
    """Add what sliding electrodes cause: steps, and swings as quick as the waves of beats."""
    n = len(signal)
    steps = np.zeros(n)
    places = rng.integers(0, n, rng.poisson(0.4 * n / RATE) + 3)
    np.add.at(steps, places, rng.normal(0, 1.5, len(places)))
    fall = np.exp(-np.arange(RATE) / (RATE * rng.uniform(0.1, 0.3)))
    swings = rng.uniform(0.3, 1.0) * slow_curve(n, rng.uniform(2, 6), rng)
    signal = signal + np.convolve(steps, fall)[:n] + swings
    return signal


def _lose_contact(signal: Floats, rng: Generator) -> Floats:
    """Replace a stretch by crackling, on a flat line or at the recorder's limit."""
    n = len(signal)
    length = int(n * rng.uniform(0.45, 1.0))
    start = rng.integers(0, n - length + 1)
    crackle = (rng.random(length) < 0.01) * rng.normal(0, 1.5, length) + 0.02 * muscle_noise(length, rng)
    lost = signal.copy()
    lost[start : start + length] = crackle + rng.choice([0.0, 2.0, -2.0])
    return lost
