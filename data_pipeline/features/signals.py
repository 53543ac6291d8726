"""A recording at the one rate that features are made at, and the bands they look at."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import scipy.fft
from numpy.typing import NDArray

from data_pipeline.features.statistics import Floats
from data_pipeline.resampling import resample, resampling_ratio

RATE = 300
"""Samples a second of everything inside this package, whatever the recorder's rate was."""

_PAD_S = 1.0
# Corners in Hz, low and high: what shows the waves, what QRS complexes stick out of, and what only they have.
_BANDS = {"clean": (0.6, 35.0), "steep": (5.0, 22.0), "sharp": (11.0, 35.0)}


@dataclass(frozen=True, eq=False)
class Signals:
    """One recording in several bands; all of shape (T,), float64, in counts at `RATE`: the gain comes in last.

    Attributes
    ----------
    raw : ndarray
        As recorded, without its median.
    clean : ndarray
        0.6 to 35 Hz: no wander, no hum, all waves.
    steep : ndarray
        5 to 22 Hz, where QRS complexes hold most of their energy.
    sharp : ndarray
        11 to 35 Hz, where T waves and movement hold little.
    counts : ndarray of shape (n,)
        The recorder's own samples at its own rate, to find its limits.
    """

    raw: Floats
    clean: Floats
    steep: Floats
    sharp: Floats
    counts: NDArray[Any]

    @classmethod
    def of(cls, counts: NDArray[Any], rate: float) -> "Signals":
        """Resample and filter, with no shift in time.

        Parameters
        ----------
        counts : ndarray of shape (n,), int16 or float
            One recording, n >= 1.
        rate : float
            The recording's rate in Hz.
        """
        # The median goes first: resampling takes what lies beyond the ends for zero.
        centred = counts.astype(np.float64) - np.median(counts)
        ratio = resampling_ratio(RATE, rate)
        if ratio != 1:
            centred = resample(centred.astype(np.float32), ratio).astype(np.float64)
        return cls(raw=centred, counts=counts, **_filter(centred))


def _filter(raw: Floats) -> dict[str, Floats]:
    """Cut out all bands with one transform forth and one back each; the ends are mirrored so that none rings."""
    pad = round(_PAD_S * RATE)
    padded = np.pad(raw, pad, mode="symmetric")
    n = scipy.fft.next_fast_len(len(padded), real=True)
    spectrum = scipy.fft.rfft(padded, n)
    inside = slice(pad, pad + len(raw))
    return {name: scipy.fft.irfft(spectrum * gain, n)[inside] for name, gain in _gains(n).items()}


@lru_cache(maxsize=4)
def _gains(n: int) -> dict[str, Floats]:
    """Squared magnitudes of second-order Butterworth filters: what running one forth and back would give."""
    frequency = scipy.fft.rfftfreq(n, 1 / RATE)
    return {
        name: frequency**4 / (frequency**4 + low**4) / (1 + (frequency / high) ** 4)
        for name, (low, high) in _BANDS.items()
    }


def moving_mean(values: Floats, width: int) -> Floats:
    """Average over a centred window of `width` samples; the ends are taken to go on as they are."""
    before = width // 2
    padded = np.pad(values, (before + 1, width - before - 1), mode="edge")
    sums = np.cumsum(padded)
    averaged: Floats = (sums[width:] - sums[:-width]) / width
    return averaged
