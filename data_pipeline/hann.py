"""The Hann window, which front ends and features apply before a Fourier transform."""

from functools import lru_cache

import numpy as np

from data_pipeline.arrays import FloatArray


@lru_cache(maxsize=32)
def hann(window: int) -> FloatArray:
    """Return the periodic Hann window of unit energy, so that magnitudes do not grow with its length."""
    values = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(window) / window)
    weights: FloatArray = (values / np.sqrt(np.sum(values**2))).astype(np.float32)
    weights.flags.writeable = False
    return weights
