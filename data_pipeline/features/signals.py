"""A recording at the rate at which features are computed, filtered into the bands that they use."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import scipy.fft
from numpy.typing import NDArray

from data_pipeline.features.statistics import Floats
from data_pipeline.resampling import resample, resampling_ratio

RATE = 300
"""Sampling rate in Hz of all signals in this package, whatever the recorder's rate was."""

_PAD_S = 1.0
# Low and high corner frequencies in Hz.
_BANDS = {"clean": (0.6, 35.0), "steep": (5.0, 22.0), "sharp": (11.0, 35.0)}


@dataclass(frozen=True, eq=False)
class Signals:
    """One recording in several bands; all but `counts` have shape (T,), float64, in counts at `RATE`.

    Attributes
    ----------
    raw : ndarray
        The unfiltered signal without its median.
    clean : ndarray
        Band from 0.6 to 35 Hz, which has all waves, and neither wander nor hum.
    steep : ndarray
        Band from 5 to 22 Hz, which has most of the energy of QRS complexes.
    sharp : ndarray
        Band from 11 to 35 Hz, which has little of T waves and movement.
    counts : ndarray of shape (n,)
        Samples at the recorder's own rate, to find its limits.
    """

    raw: Floats
    clean: Floats
    steep: Floats
    sharp: Floats
    counts: NDArray[Any]

    @classmethod
    def of(cls, counts: NDArray[Any], rate: float) -> "Signals":
        """Resample and filter a recording, without a shift in time.

        Parameters
        ----------
        counts : ndarray of shape (n,), int16 or float
            Samples of the recording, n >= 1.
        rate : float
            Sampling rate of the recording in Hz.
        """
        # The median is removed first, because resampling assumes zeros beyond the ends.
        centred = counts.astype(np.float64) - np.median(counts)
        ratio = resampling_ratio(RATE, rate)
        if ratio != 1:
            centred = resample(centred.astype(np.float32), ratio).astype(np.float64)
        return cls(raw=centred, counts=counts, **_filter(centred))


def _filter(raw: Floats) -> dict[str, Floats]:
    """Filter all bands in the frequency domain; the ends are mirrored against ringing."""
    pad = round(_PAD_S * RATE)
    padded = np.pad(raw, pad, mode="symmetric")
    n = scipy.fft.next_fast_len(len(padded), real=True)
    spectrum = scipy.fft.rfft(padded, n)
    inside = slice(pad, pad + len(raw))
    return {name: scipy.fft.irfft(spectrum * gain, n)[inside] for name, gain in _gains(n).items()}


@lru_cache(maxsize=4)
def _gains(n: int) -> dict[str, Floats]:
    """Return the squared magnitudes of second-order Butterworth filters, as if each ran forwards and backwards."""
    frequency = scipy.fft.rfftfreq(n, 1 / RATE)
    return {
        name: frequency**4 / (frequency**4 + low**4) / (1 + (frequency / high) ** 4)
        for name, (low, high) in _BANDS.items()
    }


def moving_mean(values: Floats, width: int) -> Floats:
    """Average over a centred window of `width` samples; the first and the last value continue beyond the ends."""
    before = width // 2
    padded = np.pad(values, (before + 1, width - before - 1), mode="edge")
    sums = np.cumsum(padded)
    averaged: Floats = (sums[width:] - sums[:-width]) / width
    return averaged
