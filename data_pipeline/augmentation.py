"""Random changes of the normalised signal in training: gain, polarity and a crop."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from data_pipeline.errors import DataError
from data_pipeline.front_ends import FloatArray, IntArray


class Cuts(NamedTuple):
    """What is taken of some items, and how it is changed.

    Attributes
    ----------
    starts, n_kept : ndarray of shape (B,), int64
        First step and number of steps taken.
    factors : ndarray of shape (B,), float32
        What they are multiplied by.
    """

    starts: IntArray
    n_kept: IntArray
    factors: FloatArray

    @classmethod
    def whole(cls, lengths: IntArray) -> "Cuts":
        """Take items of these lengths as they are."""
        return cls(np.zeros_like(lengths), lengths, np.ones(len(lengths), np.float32))


@dataclass(frozen=True)
class Augmentation:
    """How far a training signal may be changed; the defaults change nothing.

    Parameters
    ----------
    gain : float
        The signal is multiplied by a factor drawn from 1 - gain to 1 + gain; 0 <= gain < 1.
    polarity : float
        Probability of turning the signal upside down.
    crop_s : float
        Seconds kept, at a random place, of a longer signal; 0 keeps it whole.
    """

    gain: float = 0.0
    polarity: float = 0.0
    crop_s: float = 0.0

    def __post_init__(self) -> None:
        if not (0 <= self.gain < 1 and 0 <= self.polarity <= 1 and self.crop_s >= 0):
            raise DataError(f"{self!r}: needs 0 <= gain < 1, 0 <= polarity <= 1 and crop_s >= 0")

    @property
    def is_none(self) -> bool:
        """Whether every signal stays as it is."""
        return self == Augmentation()

    def n_kept(self, n_samples: IntArray, rate: int) -> IntArray:
        """Return the samples left of signals of `n_samples` at `rate` Hz."""
        return np.minimum(n_samples, max(1, round(self.crop_s * rate))) if self.crop_s else n_samples

    def draw(self, n_recordings: int, *, seed: int, epoch: int) -> NDArray[np.float64]:
        """Draw an epoch's chances, a row for each recording of the cache.

        A row depends on seed, epoch and recording only: neither on the split nor on what was drawn before,
        so that a training resumed at any epoch sees what it would have seen.

        Returns
        -------
        ndarray of shape (n_recordings, 3), float64, uniform in [0, 1)
        """
        return np.random.default_rng((seed, epoch, 1)).random((n_recordings, 3))

    def cuts(self, n_samples: IntArray, chances: NDArray[np.float64], rate: int) -> Cuts:
        """Decide what becomes of some signals.

        Parameters
        ----------
        n_samples : ndarray of shape (B,), int64
        chances : ndarray of shape (B, 3), float64
            The recordings' rows from `draw`.
        rate : int
            The signals' rate in Hz.
        """
        for_gain, for_polarity, for_crop = chances.T
        n_kept = self.n_kept(n_samples, rate)
        sign = np.where(for_polarity < self.polarity, -1, 1)
        factors = sign * (1 + self.gain * (2 * for_gain - 1))
        return Cuts((for_crop * (n_samples - n_kept + 1)).astype(np.int64), n_kept, factors.astype(np.float32))
