"""Waves of synthetic ECG: the shape of beats, in units of the R wave."""

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from data_pipeline.synthetic.noise import RATE, slow_curve
from data_pipeline.synthetic.rhythms import Rhythm

Floats = NDArray[np.float64]


def waves(rhythm: Rhythm, n_samples: int, rng: Generator) -> Floats:
    """Draw the signal of a rhythm, shape (n_samples,), without noise."""
    signal = np.zeros(n_samples)
    narrow, wide = rhythm.times[~rhythm.is_wide], rhythm.times[rhythm.is_wide]
    repolarisation = np.sqrt(np.diff(rhythm.times, prepend=rhythm.times[0] - 0.8).clip(0.3, 1.5))
    _add(signal, narrow, rng.uniform(0.009, 0.013), _around(1.0, len(narrow), rng))
    _add(signal, narrow - 0.026, 0.009, -rng.uniform(0.02, 0.15))
    _add(signal, narrow + 0.028, 0.010, -rng.uniform(0.05, 0.35))
    t_width, t_height = rng.uniform(0.035, 0.05), rng.uniform(0.1, 0.35)
    _add(signal, narrow + 0.28 * repolarisation[~rhythm.is_wide], t_width, t_height)
    p_times = rhythm.times[rhythm.has_p] - rng.uniform(0.14, 0.18)
    _add(signal, p_times, rng.uniform(0.018, 0.026), _around(rng.uniform(0.05, 0.18), len(p_times), rng))
    if len(wide):
        side = rng.choice([-1.0, 1.0])
        _add(signal, wide + 0.01, rng.uniform(0.028, 0.04), side * rng.uniform(1.0, 1.6))
        _add(signal, wide + 0.32 * repolarisation[rhythm.is_wide], 0.06, -side * rng.uniform(0.25, 0.5))
    if rhythm.f_waves:
        signal += rhythm.f_waves * _fibrillatory(n_samples, rng)
    return signal


def _around(value: float, n: int, rng: Generator) -> Floats:
    return value * (1 + 0.05 * rng.standard_normal(n))


def _add(signal: Floats, times: Floats, width: float, height: float | Floats) -> None:
    """Add a Gaussian (standard deviation `width` in seconds) at each time, computed only near that time."""
    reach = int(4 * width * RATE) + 1
    nearest = np.rint(times * RATE).astype(np.int64)
    index = nearest[:, None] + np.arange(-reach, reach + 1)
    distance = (index / RATE - times[:, None]) / width
    values = np.exp(-0.5 * distance**2) * np.broadcast_to(height, times.shape)[:, None]
    inside = (index >= 0) & (index < len(signal))
    np.add.at(signal, index[inside], values[inside])


def _fibrillatory(n_samples: int, rng: Generator) -> Floats:
    """Draw an asymmetric wave of 4.5 to 8 Hz, whose frequency and height vary slowly."""
    frequency = rng.uniform(4.5, 8.0) + 0.6 * slow_curve(n_samples, 1.0, rng)
    phase = 2 * np.pi * np.cumsum(frequency) / RATE + rng.uniform(0, 6.3)
    wave: Floats = (1 + 0.25 * slow_curve(n_samples, 0.7, rng)) * (np.sin(phase) + 0.35 * np.sin(2 * phase + 0.6))
    return wave
