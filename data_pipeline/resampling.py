"""Resampling of a signal to another rate."""

from fractions import Fraction
from functools import lru_cache
from math import ceil
from typing import Any

import numpy as np

from data_pipeline.arrays import FloatArray
from data_pipeline.errors import DataError

SLOWEST = 20.0
"""Lowest rate in hertz at which beats can be seen."""


def resampling_ratio(rate: int, source_rate: float) -> Fraction:
    """Return the ratio of integers up to 1000 that is nearest to rate / source_rate.

    It is exact for usual rates, and within 1e-6 for unusual ones. A recording below `SLOWEST` is taken sample by
    sample, as if it had been made at `rate`: it shows nothing of what rates of an ECG are chosen for, and a sample a
    minute would become thousands.

    Raises
    ------
    DataError
        If `source_rate` is not a positive number.
    """
    if not 0 < source_rate < float("inf"):
        raise DataError(f"recording at {source_rate} Hz: a rate must be a positive number")
    if source_rate < SLOWEST:
        return Fraction(1)
    exact = Fraction(rate) / Fraction(source_rate)
    return exact.limit_denominator(max(1000, ceil(1 / exact)))


def resample(signal: FloatArray, ratio: Fraction) -> FloatArray:
    """Resample a signal, (n,) float32, to `ratio` times its rate, (ceil(n * ratio),), through a low-pass filter.

    References
    ----------
    `scipy.signal.resample_poly`.
    """
    # This import is slow, and not needed where views exist already.
    from scipy.signal import resample_poly

    # The documentation allows a filter as window, but the type stubs do not.
    window: Any = _low_pass(ratio)
    resampled: FloatArray = resample_poly(signal, ratio.numerator, ratio.denominator, window=window)
    return resampled


@lru_cache(maxsize=8)
def _low_pass(ratio: Fraction) -> FloatArray:
    """Design the filter once; `resample_poly` would design it for each recording, which takes longer than its use."""
    from scipy.signal import firwin

    slower = max(ratio.numerator, ratio.denominator)
    return firwin(20 * slower + 1, 1 / slower, window=("kaiser", 5.0)).astype(np.float32)
