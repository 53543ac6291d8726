"""From a recording's counts to what a model takes: the normalised signal, its log-spectrogram, or features of it.

A front end has settings and no parameters to learn. The same code fills views and makes items in the batch and at
prediction, and it works on one recording at a time, so that neither its neighbours nor padding can change an item.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, ClassVar

import numpy as np
import scipy.fft
from numpy.typing import NDArray

from data_pipeline.errors import DataError
from data_pipeline.resampling import resample, resampling_ratio

FloatArray = NDArray[np.float32]
IntArray = NDArray[np.int64]

CLIP = 10.0
# 1st to 99th percentile is about six standard deviations in an ECG, whose QRS complexes stick out of it.
TAIL, SPREAD = 0.01, 6.0
# Spectral magnitudes below this are quantisation noise of the recorder; the shift and the factor put
# the logarithms of ECGs at 100 to 300 Hz near zero mean and unit variance, where networks start well.
FLOOR, LOG_SHIFT, LOG_FACTOR = 3e-3, 4.0, 1 / 3


@dataclass(frozen=True)
class Signal:
    """The recording at one rate, centred and scaled so that the recorder's gain does not matter.

    Parameters
    ----------
    rate : int
        Samples a second of the item, in Hz.
    """

    rate: int
    name: ClassVar[str] = "signal"
    # Part of every view's key: to be raised with any change that alters an item's values.
    version: ClassVar[int] = 1
    n_features: ClassVar[int] = 0

    def __post_init__(self) -> None:
        if self.rate < 1:
            raise DataError(f"front end {self!r}: rate must be 1 Hz or more")

    def source(self) -> "Signal":
        """Return the signal that augmentation is applied to: itself."""
        return self

    def n_samples(self, lengths: IntArray, rate: float) -> IntArray:
        """Return the samples that recordings of `lengths` at `rate` Hz have at this front end's rate."""
        ratio = resampling_ratio(self.rate, rate)
        return -(-np.asarray(lengths, np.int64) * ratio.numerator // ratio.denominator)

    def n_steps(self, n_samples: IntArray) -> IntArray:
        """Return the steps of the items made from signals of `n_samples`: as many."""
        return np.asarray(n_samples, np.int64)

    def from_signal(self, signal: FloatArray) -> FloatArray:
        """Return `signal` as it is."""
        return signal

    def of(self, counts: NDArray[Any], scale: float, rate: float) -> FloatArray:
        """Resample, remove the median, divide by a robust scale and clip.

        Parameters
        ----------
        counts : ndarray of shape (n,), int16 or float
            One recording, n >= 1.
        scale : float
            Physical units a count. It cancels out here; a front end that keeps amplitudes needs it.
        rate : float
            The recording's rate in Hz, any positive number.

        Returns
        -------
        ndarray of shape (ceil(n * self.rate / rate),), float32
            Within ±10, about unit variance; zeros for a constant recording.
        """
        # The median goes first: resampling takes what lies beyond the ends for zero.
        signal: FloatArray = counts.astype(np.float32) - np.float32(np.median(counts))
        ratio = resampling_ratio(self.rate, rate)
        if ratio != 1:
            signal = resample(signal, ratio)
        spread = _spread(signal)
        if spread == 0:
            return np.zeros_like(signal)
        clipped: FloatArray = np.clip(signal / spread, -CLIP, CLIP)
        return clipped


@dataclass(frozen=True)
class Spectrogram:
    """Log-magnitude short-time Fourier transform of `Signal(rate)`: hann windows, centred, zeros beyond the ends.

    Parameters
    ----------
    rate : int
        Rate of the signal, in Hz.
    window : int
        Samples in a window; the item has window // 2 + 1 features.
    hop : int
        Samples from one frame to the next, at most `window`.
    """

    rate: int
    window: int
    hop: int
    name: ClassVar[str] = "spectrogram"
    version: ClassVar[int] = 1

    def __post_init__(self) -> None:
        if self.rate < 1 or self.window < 2 or not 1 <= self.hop <= self.window:
            raise DataError(f"front end {self!r}: needs rate >= 1, window >= 2 and 1 <= hop <= window")

    @property
    def n_features(self) -> int:
        """Frequency bins from 0 to rate / 2."""
        return self.window // 2 + 1

    def source(self) -> Signal:
        """Return the signal that augmentation is applied to."""
        return Signal(self.rate)

    def n_steps(self, n_samples: IntArray) -> IntArray:
        """Return the frames of the items made from signals of `n_samples`."""
        return np.asarray(n_samples, np.int64) // self.hop + 1

    def from_signal(self, signal: FloatArray) -> FloatArray:
        """Transform one normalised signal.

        Zeros to the right of a signal change no frame of it, since that is what lies beyond the ends anyway.

        Parameters
        ----------
        signal : ndarray of shape (T,), float32
            At `rate` Hz.

        Returns
        -------
        ndarray of shape (T // hop + 1, window // 2 + 1), float32
        """
        half = self.window // 2
        padded = np.zeros(len(signal) + self.window, np.float32)
        padded[half : half + len(signal)] = signal
        shape, strides = (len(signal) // self.hop + 1, self.window), (self.hop * padded.itemsize, padded.itemsize)
        frames = np.lib.stride_tricks.as_strided(padded, shape, strides, writeable=False) * hann(self.window)
        logs: FloatArray = np.abs(scipy.fft.rfft(frames))
        logs += FLOOR
        np.log2(logs, out=logs)
        logs += LOG_SHIFT
        logs *= LOG_FACTOR
        return logs

    def of(self, counts: NDArray[Any], scale: float, rate: float) -> FloatArray:
        """Make one recording's item from its counts; parameters as in `Signal.of`.

        Returns
        -------
        ndarray of shape (n_steps, n_features), float32
        """
        return self.from_signal(self.source().of(counts, scale, rate))


@dataclass(frozen=True)
class Features:
    """Numbers that describe a whole recording, `data_pipeline.features` says which; an item has one step."""

    name: ClassVar[str] = "features"
    version: ClassVar[int] = 2
    rate: ClassVar[int] = 0  # whatever the recording's is

    @property
    def n_features(self) -> int:
        """How many they are."""
        from data_pipeline.features import FEATURES

        return len(FEATURES)

    @property
    def gain_free(self) -> IntArray:
        """Positions of the features that the recorder's gain does not change, in ascending order."""
        from data_pipeline.features import FEATURES

        return np.array([i for i, feature in enumerate(FEATURES) if feature.unit != "unit"], np.int64)

    def source(self) -> "Features":
        """Return itself: features are made of the recording as it was, which nothing may have changed."""
        return self

    def n_samples(self, lengths: IntArray, rate: float) -> IntArray:
        """Return `lengths`: features are made at the recording's own rate."""
        return np.asarray(lengths, np.int64)

    def n_steps(self, n_samples: IntArray) -> IntArray:
        """Return one step for each recording."""
        return np.ones(len(n_samples), np.int64)

    def from_signal(self, signal: FloatArray) -> FloatArray:
        """Return features as they are."""
        return signal

    def of(self, counts: NDArray[Any], scale: float, rate: float) -> FloatArray:
        """Make one recording's item from its counts; parameters as in `Signal.of`.

        Returns
        -------
        ndarray of shape (1, n_features), float32
            NaN where the recording has no such feature.
        """
        from data_pipeline.features import compute_features

        item: FloatArray = compute_features(counts, scale, rate)[None]
        return item


FrontEnd = Signal | Spectrogram | Features


def _spread(signal: FloatArray) -> float:
    """Estimate the standard deviation so that a burst does not raise it; zero for a constant signal only."""
    tail = int(TAIL * (len(signal) - 1))
    ordered = np.partition(signal, (tail, len(signal) - 1 - tail))
    # A flat line with few spikes has no inner spread: its standard deviation then stands in.
    return max(float(ordered[-1 - tail] - ordered[tail]) / SPREAD, float(signal.std()) / CLIP)


@lru_cache(maxsize=32)
def hann(window: int) -> FloatArray:
    """Return the periodic hann window of unit energy, so that magnitudes do not grow with the window's length."""
    values = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(window) / window)
    weights: FloatArray = (values / np.sqrt(np.sum(values**2))).astype(np.float32)
    weights.flags.writeable = False
    return weights
