"""The sequence of a recording's beats as a front end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from data_pipeline.arrays import FloatArray, IntArray
from data_pipeline.front_ends.signal import OfSignal
from data_pipeline.resampling import resampling_ratio

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class BeatSequence(OfSignal):
    """The beats of `Signal(rate)`, one after the other, see `data_pipeline.features.beat_by_beat`.

    The number of steps of an item may depend on the recording's length only. So an item has as many as there can be
    beats, five a second: its first steps are the beats, and those after the last one are zeros. The first column tells
    them apart: it is 1 for a beat, -1 for the one step of a recording without beats, and 0 after the last one.

    Parameters
    ----------
    rate : int
        Sampling rate of the signal in Hz.
    """

    name: ClassVar[str] = "beats"
    version: ClassVar[int] = 1
    is_costly: ClassVar[bool] = True  # some 3 ms a recording

    @property
    def n_features(self) -> int:
        """Number of columns."""
        from data_pipeline.features.beat_by_beat import COLUMNS

        return len(COLUMNS)

    def n_steps(self, n_samples: IntArray) -> IntArray:
        """Return the largest number of beats that signals of `n_samples` can have, at least one."""
        from data_pipeline.features.beats import LEAST_GAP
        from data_pipeline.features.signals import RATE

        ratio = resampling_ratio(RATE, self.rate)
        steps = -(-np.asarray(n_samples, np.int64) * ratio.numerator // (ratio.denominator * LEAST_GAP))
        return np.maximum(steps, 1)

    def from_signal(self, signal: FloatArray) -> FloatArray:
        """Find and measure the beats of one normalised signal.

        Parameters
        ----------
        signal : ndarray of shape (T,), float32
            Signal at `rate` Hz.

        Returns
        -------
        ndarray of shape (n_steps, n_features), float32
        """
        from data_pipeline.features.beat_by_beat import beat_rows

        rows = beat_rows(signal, self.rate)
        item = np.zeros((int(self.n_steps(np.array([len(signal)]))[0]), rows.shape[1]), np.float32)
        item[: len(rows)] = rows
        return item

    def from_signals(self, signals: Tensor, lengths: Tensor) -> Tensor:
        """Find and measure the beats of a padded batch of normalised signals, on the CPU.

        Parameters
        ----------
        signals : Tensor of shape (B, T), float32
            Signals, padded with zeros to the right.
        lengths : Tensor of shape (B,), int64, on the CPU
            Number of real samples of each signal.

        Returns
        -------
        Tensor of shape (B, n_steps, n_features), float32
            Items, padded with zeros to the right, on the device of the signals.
        """
        import torch
        from torch.nn.utils.rnn import pad_sequence

        # Beats are found one after the other, which is nothing for a GPU.
        rows = zip(signals.cpu().numpy(), lengths.tolist(), strict=True)
        items = [torch.from_numpy(self.from_signal(row[:length])) for row, length in rows]
        return pad_sequence(items, batch_first=True).to(signals.device)
