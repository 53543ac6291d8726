"""A signal at another rate."""

from fractions import Fraction
from functools import lru_cache
from math import ceil
from typing import Any

import numpy as np

from data_pipeline.arrays import FloatArray
from data_pipeline.errors import DataError


def resampling_ratio(rate: int, source_rate: float) -> Fraction:
    """Return the ratio of integers up to 1000 nearest to rate / source_rate.

    It is exact for usual rates, and within 1e-6 for odd ones.

    Raises
    ------
    DataError
        If `source_rate` is no positive number.
    """
    if not 0 < source_rate < float("inf"):
        raise DataError(f"recording at {source_rate} Hz: a rate must be a positive number")
    exact = Fraction(rate) / Fraction(source_rate)
    return exact.limit_denominator(max(1000, ceil(1 / exact)))


def resample(signal: FloatArray, ratio: Fraction) -> FloatArray:
    """Return the signal, (n,) float32, at `ratio` times its rate, (ceil(n * ratio),), cut off below both rates' halves.

    References
    ----------
    `scipy.signal.resample_poly`.
    """
    # Slow to import, and whoever maps a finished view never needs it.
    from scipy.signal import resample_poly

    # A filter is a documented window, which the stubs do not know.
    window: Any = _low_pass(ratio)
    resampled: FloatArray = resample_poly(signal, ratio.numerator, ratio.denominator, window=window)
    return resampled


@lru_cache(maxsize=8)
def _low_pass(ratio: Fraction) -> FloatArray:
    """Design the filter that `resample_poly` would design anew for each recording, which takes longer than its use."""
    from scipy.signal import firwin

    slower = max(ratio.numerator, ratio.denominator)
    return firwin(20 * slower + 1, 1 / slower, window=("kaiser", 5.0)).astype(np.float32)
