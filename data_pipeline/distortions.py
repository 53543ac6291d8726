"""Distortions of one signal, such as bodies, electrodes and mains cause.

Their random numbers, called draws, are uniform in [0, 1) and are given by the caller. All functions but `stretched`
change the signal in place.
"""

import numpy as np
from numpy.typing import NDArray

from data_pipeline.front_ends import FloatArray

Draws = NDArray[np.float64]

WANDER_HZ = (0.05, 0.5)
"""Lowest and highest frequency of baseline wander: from slow drift to breathing."""

MAINS_HZ = (50.0, 60.0)
N_BURSTS = 3
BURST_S = (0.2, 1.5)
BURST_SHARE = 6
"""A burst takes at most 1 / 6 of the signal, so that all three together leave half of it."""


def stretched(signal: FloatArray, stretch: float, n_samples: int) -> FloatArray:
    """Resample by linear interpolation.

    Parameters
    ----------
    signal : ndarray of shape (n,), float32
    stretch : float
        Factor by which time is stretched.
    n_samples : int
        Wanted number of samples; those beyond the signal's end repeat its last sample.

    Returns
    -------
    ndarray of shape (n_samples,), float32
    """
    places = np.arange(n_samples) / stretch
    return np.interp(places, np.arange(len(signal)), signal).astype(np.float32)


def add_wander(signal: FloatArray, rate: int, largest: float, draws: Draws) -> None:
    """Add a slow sine to a signal of shape (n,) at `rate` Hz; three draws decide amplitude, frequency and phase."""
    low, high = WANDER_HZ
    signal += _sine(len(signal), (low + (high - low) * draws[1]) / rate, draws[2], largest * draws[0])


def add_hum(signal: FloatArray, rate: int, largest: float, draws: Draws) -> None:
    """Add mains hum to a signal of shape (n,) at `rate` Hz; three draws decide amplitude, frequency and phase.

    Nothing is added where the mains' frequency is not below half the rate. A recorder filters such a frequency out
    before it samples; here, without a filter, it would appear at another frequency.
    """
    frequency = MAINS_HZ[int(draws[1] * len(MAINS_HZ))]
    if frequency < rate / 2:
        signal += _sine(len(signal), frequency / rate, draws[2], largest * draws[0])


def add_noise(signal: FloatArray, deviation: float, rng: np.random.Generator) -> None:
    """Add white noise of a given standard deviation to a signal of shape (n,)."""
    signal += rng.standard_normal(len(signal), dtype=np.float32) * np.float32(deviation)


def add_bursts(signal: FloatArray, rate: int, probability: float, draws: Draws) -> None:
    """Set one to three stretches to zero, as when an electrode has come off.

    Parameters
    ----------
    signal : ndarray of shape (n,), float32
        Signal at `rate` Hz.
    probability : float
        Probability that there is any burst.
    draws : ndarray of shape (2 + 2 * N_BURSTS,)
        Draws that decide whether there are bursts, their number, and each one's length and place.
    """
    if draws[0] >= probability:
        return
    low, high = BURST_S
    for for_length, for_place in draws[2:].reshape(N_BURSTS, 2)[: 1 + int(draws[1] * N_BURSTS)]:
        n_zeros = min(round((low + (high - low) * for_length) * rate), len(signal) // BURST_SHARE)
        start = int(for_place * (len(signal) - n_zeros + 1))
        signal[start : start + n_zeros] = 0


def _sine(n: int, step: float, phase: float, amplitude: float) -> FloatArray:
    """Make n samples of a sine that advances by `step` periods per sample, and starts at `phase` periods."""
    periods = np.arange(n) * step
    periods += phase
    # In single precision a sine takes a quarter of the time; whole periods would cost it digits.
    periods -= np.floor(periods)
    sine: FloatArray = np.sin(periods.astype(np.float32) * np.float32(2 * np.pi))
    sine *= np.float32(amplitude)
    return sine
