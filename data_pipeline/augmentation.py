"""Augmentation: random changes of the normalised signal in training, such as a recorder, body or mains may cause."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from data_pipeline.distortions import N_BURSTS, add_bursts, add_hum, add_noise, add_wander, stretched
from data_pipeline.errors import DataError
from data_pipeline.front_ends import FloatArray, IntArray

DRAWS_OF_STREAM = {1: 3, 2: 1}
"""How many draws a recording takes from each stream of an epoch's random numbers.

Stream 1 is for gain, polarity and crop, stream 2 for resampling.
"""

DISTORTION_STREAM = 3
"""Stream of the random numbers for distortions."""


class Cuts(NamedTuple):
    """Which part of each of some items is taken, and how it is scaled in time and in height.

    Attributes
    ----------
    starts, n_kept : ndarray of shape (B,), int64
        First step and number of steps that are taken.
    factors : ndarray of shape (B,), float32
        Factors by which the values are multiplied.
    stretches : ndarray of shape (B,), float64
        Factors by which time is stretched.
    n_left : ndarray of shape (B,), int64
        Number of steps after stretching.
    """

    starts: IntArray
    n_kept: IntArray
    factors: FloatArray
    stretches: NDArray[np.float64]
    n_left: IntArray

    @classmethod
    def whole(cls, lengths: IntArray) -> "Cuts":
        """Return the cuts that take whole, unchanged items of these lengths."""
        ones = np.ones(len(lengths))
        return cls(np.zeros_like(lengths), lengths, ones.astype(np.float32), ones, lengths)

    def of(self, k: int, item: FloatArray) -> FloatArray:
        """Cut the k-th item: the result has shape (n_left[k],) or (n_left[k], F), float32.

        The result may be a view of `item`. Only signals can be stretched.
        """
        start, factor = self.starts[k], self.factors[k]
        part = item[start : start + self.n_kept[k]]
        if self.stretches[k] != 1:
            part = stretched(part, self.stretches[k], self.n_left[k])
        return part if factor == 1 else part * factor


@dataclass(frozen=True)
class Augmentation:
    """How far a training signal may be changed. Changes are made in this order; the defaults change nothing.

    Parameters
    ----------
    crop_s : float
        Longest signal in seconds; longer ones are cropped at a random place. 0 keeps all.
    resample : float
        The signal is played slower or faster, by a factor of up to 1 + resample; 0 <= resample <= 1.
    gain : float
        The signal is multiplied by a random factor from 1 - gain to 1 + gain; 0 <= gain < 1.
    polarity : float
        Probability of turning the signal upside down.
    wander : float
        Largest amplitude of a slow sine. All amplitudes here are in units of the normalised signal.
    hum : float
        Largest amplitude of mains hum, at 50 or 60 Hz; there is none where the rate is too low to record it.
    noise : float
        Largest standard deviation of white noise.
    burst : float
        Probability that one to three stretches of 0.2 to 1.5 s are zero.
    """

    crop_s: float = 0.0
    resample: float = 0.0
    gain: float = 0.0
    polarity: float = 0.0
    wander: float = 0.0
    hum: float = 0.0
    noise: float = 0.0
    burst: float = 0.0

    def __post_init__(self) -> None:
        shares = (self.polarity, self.resample, self.burst)
        sizes = (self.crop_s, self.wander, self.hum, self.noise)
        if not (
            0 <= self.gain < 1
            and all(0 <= share <= 1 for share in shares)
            and all(0 <= size < np.inf for size in sizes)
        ):
            raise DataError(
                f"{self!r}: needs 0 <= gain < 1, 0 to 1 for polarity, resample and burst, 0 or more, finite, for others"
            )

    @property
    def is_none(self) -> bool:
        """Whether every signal stays as it is."""
        return self == Augmentation()

    @property
    def only_cuts(self) -> bool:
        """Whether signals are only cropped and multiplied by a factor."""
        return not (self.resample or self._distorts)

    @property
    def _distorts(self) -> bool:
        return any((self.wander, self.hum, self.noise, self.burst))

    def draw(self, n_recordings: int, *, seed: int, epoch: int, first: int = 0) -> NDArray[np.float64]:
        """Draw an epoch's random numbers, one row for each recording of the cache from position `first` on.

        A row depends on seed, epoch and recording only, neither on the split nor on earlier draws, so that a resumed
        training sees the same changes as one that was not interrupted.

        Returns
        -------
        ndarray of shape (n_recordings, 4), float64, uniform in [0, 1)
        """
        streams = [_rows(n_recordings, n, first, (seed, epoch, stream)) for stream, n in DRAWS_OF_STREAM.items()]
        return np.hstack(streams)

    def n_left(self, n_samples: IntArray, draws: NDArray[np.float64], rate: int) -> IntArray:
        """Return the number of samples that `cuts` leaves of some signals; parameters are those of `cuts`.

        Resampled signals end where the signal ends: one sample stays one sample.
        """
        n_left = 1 + ((n_samples - 1) * self._stretches(draws)).astype(np.int64)
        return np.minimum(n_left, max(1, round(self.crop_s * rate))) if self.crop_s else n_left

    def cuts(self, n_samples: IntArray, draws: NDArray[np.float64], rate: int) -> Cuts:
        """Decide which part of each of some signals is taken, and how it is scaled.

        Parameters
        ----------
        n_samples : ndarray of shape (B,), int64
            Lengths of the signals.
        draws : ndarray of shape (B, 4), float64
            The recordings' rows from `draw`.
        rate : int
            The signals' rate in Hz.
        """
        for_gain, for_polarity, for_crop, _ = draws.T
        stretches, n_left = self._stretches(draws), self.n_left(n_samples, draws, rate)
        n_kept = np.minimum(n_samples, 1 + np.ceil((n_left - 1) / stretches).astype(np.int64))
        starts = (for_crop * (n_samples - n_kept + 1)).astype(np.int64)
        sign = np.where(for_polarity < self.polarity, -1, 1)
        factors = sign * (1 + self.gain * (2 * for_gain - 1))
        return Cuts(starts, n_kept, factors.astype(np.float32), stretches, n_left)

    def distorted(self, signal: FloatArray, rate: int, *, seed: int, epoch: int, recording: int) -> FloatArray:
        """Add wander, hum, noise and bursts to one signal; parameters are those of `of`.

        Returns
        -------
        ndarray of shape (n,), float32
            The signal itself where none of these is wanted.
        """
        if not self._distorts:
            return signal
        signal, rng = signal.copy(), np.random.default_rng((seed, epoch, DISTORTION_STREAM, recording))
        # All numbers are always drawn, so that one setting does not change the effect of another.
        for_wander, for_hum, for_noise, for_bursts = np.split(rng.random(9 + 2 * N_BURSTS), (3, 6, 7))
        if self.wander:
            add_wander(signal, rate, self.wander, for_wander)
        if self.hum:
            add_hum(signal, rate, self.hum, for_hum)
        if self.noise:
            add_noise(signal, self.noise * for_noise[0], rng)
        if self.burst:
            add_bursts(signal, rate, self.burst, for_bursts)
        return signal

    def of(self, signal: FloatArray, rate: int, *, seed: int, epoch: int, recording: int) -> FloatArray:
        """Change one recording's signal as an epoch of a training does; other recordings do not matter.

        Parameters
        ----------
        signal : ndarray of shape (n,), float32
            Whole, normalised signal; it is not changed in place.
        rate : int
            Its rate in Hz.
        seed, epoch, recording : int
            Numbers that decide all draws; `recording` is the position in the cache.

        Returns
        -------
        ndarray of shape (n_left,), float32
        """
        draws = self.draw(1, seed=seed, epoch=epoch, first=recording)
        left = self.cuts(np.array([len(signal)]), draws, rate).of(0, signal)
        return self.distorted(left, rate, seed=seed, epoch=epoch, recording=recording)

    def _stretches(self, draws: NDArray[np.float64]) -> NDArray[np.float64]:
        stretches: NDArray[np.float64] = (1 + self.resample) ** (2 * draws[:, 3] - 1)
        return stretches


def _rows(n_rows: int, n_columns: int, first: int, seed: tuple[int, int, int]) -> NDArray[np.float64]:
    """Draw rows from the `first` on, as if all rows before had been drawn, too."""
    bits = np.random.PCG64(seed)
    bits.advance(first * n_columns)
    return np.random.Generator(bits).random((n_rows, n_columns))
