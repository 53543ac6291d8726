"""What bodies, electrodes and mains do to a recording: changes of one signal, computed from draws drawn elsewhere.

A chance is a number from 0 to 1. All but `stretched` change the signal in place.
"""

import numpy as np
from numpy.typing import NDArray

from data_pipeline.front_ends import FloatArray

Draws = NDArray[np.float64]

WANDER_HZ = (0.05, 0.5)
"""Frequencies of a baseline's wander: from slow drift to breathing."""

MAINS_HZ = (50.0, 60.0)
N_BURSTS = 3
BURST_S = (0.2, 1.5)
BURST_SHARE = 6
"""A burst takes at most this fraction, 1 / 6, of the signal: all of them together leave half of it."""


def stretched(signal: FloatArray, stretch: float, n_samples: int) -> FloatArray:
    """Resample by linear interpolation.

    Parameters
    ----------
    signal : ndarray of shape (n,), float32
    stretch : float
        How many times as long everything in the signal takes.
    n_samples : int
        Samples wanted; those beyond the signal's end repeat its last one.

    Returns
    -------
    ndarray of shape (n_samples,), float32
    """
    places = np.arange(n_samples) / stretch
    return np.interp(places, np.arange(len(signal)), signal).astype(np.float32)


def add_wander(signal: FloatArray, rate: int, largest: float, draws: Draws) -> None:
    """Add a slow sine to a signal of shape (n,) at `rate` Hz; its amplitude, frequency and phase take three draws."""
    low, high = WANDER_HZ
    signal += _sine(len(signal), (low + (high - low) * draws[1]) / rate, draws[2], largest * draws[0])


def add_hum(signal: FloatArray, rate: int, largest: float, draws: Draws) -> None:
    """Add the hum of mains to a signal of shape (n,) at `rate` Hz; amplitude, mains and phase take three draws.

    Nothing is added where the mains' frequency is not below half the rate: a recorder filters that out before it
    samples, and what is added here without such a filter would appear at a frequency that mains do not have.
    """
    frequency = MAINS_HZ[int(draws[1] * len(MAINS_HZ))]
    if frequency < rate / 2:
        signal += _sine(len(signal), frequency / rate, draws[2], largest * draws[0])


def add_noise(signal: FloatArray, deviation: float, rng: np.random.Generator) -> None:
    """Add white noise of a standard deviation to a signal of shape (n,)."""
    signal += rng.standard_normal(len(signal), dtype=np.float32) * np.float32(deviation)


def add_bursts(signal: FloatArray, rate: int, probability: float, draws: Draws) -> None:
    """Set one to three stretches to zero, with a probability, as when an electrode has come off.

    Parameters
    ----------
    signal : ndarray of shape (n,), float32
        At `rate` Hz.
    probability : float
        Of any burst at all.
    draws : ndarray of shape (2 + 2 * N_BURSTS,)
        Of having bursts, of their number, and of each one's length and place.
    """
    if draws[0] >= probability:
        return
    low, high = BURST_S
    for for_length, for_place in draws[2:].reshape(N_BURSTS, 2)[: 1 + int(draws[1] * N_BURSTS)]:
        n_zeros = min(round((low + (high - low) * for_length) * rate), len(signal) // BURST_SHARE)
        start = int(for_place * (len(signal) - n_zeros + 1))
        signal[start : start + n_zeros] = 0


def _sine(n: int, step: float, phase: float, amplitude: float) -> FloatArray:
    """Make n samples of a sine that goes through `step` periods a sample, from `phase` periods on."""
    periods = np.arange(n) * step
    periods += phase
    # In single precision a sine takes a quarter of the time, and whole periods would take its digits.
    periods -= np.floor(periods)
    sine: FloatArray = np.sin(periods.astype(np.float32) * np.float32(2 * np.pi))
    sine *= np.float32(amplitude)
    return sine
