"""The normalised signal as a front end, and the base class of front ends that use it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from data_pipeline.arrays import FloatArray, IntArray
from data_pipeline.errors import DataError
from data_pipeline.resampling import resample, resampling_ratio

if TYPE_CHECKING:
    from torch import Tensor

    from data_pipeline.cache import Cache

CLIP = 10.0
# In an ECG, the 1st to 99th percentile spans about six standard deviations of all but the QRS complexes.
TAIL, SPREAD = 0.01, 6.0


@dataclass(frozen=True)
class OfSignal(ABC):
    """Base class of front ends whose items are made of the normalised signal; `FrontEnd` describes the methods.

    Parameters
    ----------
    rate : int
        Sampling rate of the signal in Hz.
    """

    rate: int
    is_costly: ClassVar[bool] = False

    def __post_init__(self) -> None:
        if self.rate < 1:
            raise DataError(f"front end {self!r}: rate must be 1 Hz or more")

    def source(self) -> Signal:
        """Return the front end of the normalised signal, to which augmentation is applied."""
        return Signal(self.rate)

    def n_samples(self, lengths: IntArray, rate: float) -> IntArray:
        """Return the number of samples that recordings of `lengths` at `rate` Hz have at this front end's rate."""
        ratio = resampling_ratio(self.rate, rate)
        return -(-np.asarray(lengths, np.int64) * ratio.numerator // ratio.denominator)

    @abstractmethod
    def n_steps(self, n_samples: IntArray) -> IntArray:
        """Return the number of steps of the items that are made of signals of `n_samples`."""

    @abstractmethod
    def from_signal(self, signal: FloatArray) -> FloatArray:
        """Make the item of one normalised signal."""

    @abstractmethod
    def from_signals(self, signals: Tensor, lengths: Tensor) -> Tensor:
        """Make the items of a padded batch of normalised signals."""

    def of(self, counts: NDArray[Any], scale: float, rate: float) -> FloatArray:
        """Make one recording's item from its counts."""
        return self.from_signal(self.source().of(counts, scale, rate))

    def items(self, cache: Cache) -> Iterator[FloatArray]:
        """Yield the item of every recording of a cache, in order."""
        return (self.of(cache.signal(i), float(cache.scale[i]), cache.rate) for i in range(len(cache)))


@dataclass(frozen=True)
class Signal(OfSignal):
    """The recording at one rate, centred and scaled so that the recorder's gain does not matter.

    Parameters
    ----------
    rate : int
        Sampling rate of the item in Hz.
    """

    name: ClassVar[str] = "signal"
    version: ClassVar[int] = 1
    n_features: ClassVar[int] = 0

    def n_steps(self, n_samples: IntArray) -> IntArray:
        """Return `n_samples`: an item has one step per sample."""
        return np.asarray(n_samples, np.int64)

    def from_signal(self, signal: FloatArray) -> FloatArray:
        """Return the signal unchanged."""
        return signal

    def from_signals(self, signals: Tensor, lengths: Tensor) -> Tensor:
        """Return the signals unchanged."""
        return signals

    def of(self, counts: NDArray[Any], scale: float, rate: float) -> FloatArray:
        """Resample, remove the median, divide by a robust scale and clip.

        Parameters
        ----------
        counts : ndarray of shape (n,), int16 or float
            Samples of the recording, n >= 1.
        scale : float
            Physical units per count. It is not used, since normalising cancels it.
        rate : float
            Sampling rate of the recording in Hz, any positive number.

        Returns
        -------
        ndarray of shape (ceil(n * self.rate / rate),), float32
            Values within ±10, with a variance of about 1; zeros for a constant recording.
        """
        # The median is removed first, because resampling assumes zeros beyond the ends.
        signal: FloatArray = counts.astype(np.float32) - np.float32(np.median(counts))
        ratio = resampling_ratio(self.rate, rate)
        if ratio != 1:
            signal = resample(signal, ratio)
        spread = _spread(signal)
        if spread == 0:
            return np.zeros_like(signal)
        clipped: FloatArray = np.clip(signal / spread, -CLIP, CLIP)
        return clipped


def _spread(signal: FloatArray) -> float:
    """Estimate the standard deviation robustly against bursts; it is zero for a constant signal only."""
    tail = int(TAIL * (len(signal) - 1))
    ordered = np.partition(signal, (tail, len(signal) - 1 - tail))
    # A flat line with few spikes has equal percentiles: its standard deviation is used then.
    return max(float(ordered[-1 - tail] - ordered[tail]) / SPREAD, float(signal.std()) / CLIP)
