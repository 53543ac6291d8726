"""The log-magnitude spectrogram as a front end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import scipy.fft

from data_pipeline.arrays import FloatArray, IntArray
from data_pipeline.errors import DataError
from data_pipeline.front_ends.signal import OfSignal
from data_pipeline.hann import hann

if TYPE_CHECKING:
    from torch import Tensor

# Magnitudes below the floor are quantisation noise of the recorder. Shift and factor give the logarithms of ECGs at 100
# to 300 Hz about zero mean and unit variance, with which networks train well.
FLOOR, LOG_SHIFT, LOG_FACTOR = 3e-3, 4.0, 1 / 3


@dataclass(frozen=True)
class Spectrogram(OfSignal):
    """Log-magnitude short-time Fourier transform of `Signal(rate)`: Hann windows, centred, with zeros beyond the ends.

    Parameters
    ----------
    rate : int
        Sampling rate of the signal in Hz.
    window : int
        Number of samples in a window; the item has window // 2 + 1 features.
    hop : int
        Number of samples from one frame to the next, at most `window`.
    """

    window: int
    hop: int
    name: ClassVar[str] = "spectrogram"
    version: ClassVar[int] = 1

    def __post_init__(self) -> None:
        if self.rate < 1 or self.window < 2 or not 1 <= self.hop <= self.window:
            raise DataError(f"front end {self!r}: needs rate >= 1, window >= 2 and 1 <= hop <= window")

    @property
    def n_features(self) -> int:
        """Number of frequency bins, which go from 0 to rate / 2."""
        return self.window // 2 + 1

    def n_steps(self, n_samples: IntArray) -> IntArray:
        """Return the number of frames of the items that are made of signals of `n_samples`."""
        return np.asarray(n_samples, np.int64) // self.hop + 1

    def from_signal(self, signal: FloatArray) -> FloatArray:
        """Transform one normalised signal.

        Zeros to the right of a signal change none of its frames, since zeros are assumed beyond its ends.

        Parameters
        ----------
        signal : ndarray of shape (T,), float32
            Signal at `rate` Hz.

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

    def from_signals(self, signals: Tensor, lengths: Tensor) -> Tensor:
        """Transform a padded batch of normalised signals on its device.

        Parameters
        ----------
        signals : Tensor of shape (B, T), float32
            Signals, padded with zeros to the right.
        lengths : Tensor of shape (B,), int64, on the CPU
            Number of real samples of each signal.

        Returns
        -------
        Tensor of shape (B, T // hop + 1, window // 2 + 1), float32
        """
        import torch

        window = torch.from_numpy(hann(self.window).copy()).to(signals.device, non_blocking=True)
        padded = torch.nn.functional.pad(signals, (self.window // 2, self.window - self.window // 2))
        frames = padded.unfold(1, self.window, self.hop)[:, : signals.shape[1] // self.hop + 1]
        logs = (torch.log2(torch.fft.rfft(frames * window).abs() + FLOOR) + LOG_SHIFT) * LOG_FACTOR
        n_steps = (lengths // self.hop + 1).to(signals.device, non_blocking=True)
        is_real = torch.arange(logs.shape[1], device=signals.device) < n_steps[:, None]
        return logs * is_real[:, :, None]
