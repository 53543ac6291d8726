"""Beat detection by two detectors, which fail on different noise; the polarity of the recording does not matter."""

from dataclasses import dataclass

import numpy as np

from data_pipeline.features.kernels import choose_beats, pick_peaks
from data_pipeline.features.signals import RATE, Signals, moving_mean
from data_pipeline.features.statistics import Flags, Floats, Places

LEAST_GAP = round(0.2 * RATE)
"""Samples at `RATE` from one found beat to the next, at least."""

_BLOCK = 2 * RATE
_NEIGHBOURS = 4
_SNAP = round(0.08 * RATE)
_SAME = 0.1 * RATE


@dataclass(frozen=True, eq=False)
class Beats:
    """The beats of one recording.

    Attributes
    ----------
    places : ndarray of shape (n,), int64
        R peaks in samples at `RATE`, increasing.
    times : ndarray of shape (n,), float64
        R peaks in seconds, interpolated between the samples.
    polarity : float
        1 where the main deflection is upwards in most beats, -1 where it is downwards.
    others : ndarray of shape (m,), int64
        Beats that the second detector has found, in samples.
    """

    places: Places
    times: Floats
    polarity: float
    others: Places

    @property
    def intervals(self) -> Floats:
        """Seconds from each beat to the next, of shape (n - 1,)."""
        intervals: Floats = np.diff(self.times)
        return intervals


NO_BEATS = Beats(np.zeros(0, np.int64), np.zeros(0), 1.0, np.zeros(0, np.int64))
"""What is found where there is nothing to find."""


def detect(signals: Signals) -> Beats:
    """Find the beats of a recording.

    The first detector uses the energy of slopes from 5 to 22 Hz, the second the amplitude from 11 to 35 Hz. Both
    compare the peaks with the median of the highest ones in the seconds around, so that neither gain nor bursts matter.

    References
    ----------
    Band, slope, energy, T wave rule and search back are those of Pan J, Tompkins WJ, IEEE Trans Biomed Eng 32(3), 1985;
    here, the levels also depend on what follows.
    """
    found = _find(_slope_energy(signals.steep))
    others = _find(moving_mean(np.abs(signals.sharp), round(0.07 * RATE)))
    polarity = _polarity(signals.clean, found)
    places = _snap(polarity * signals.clean, found)
    return Beats(places, _between_samples(polarity * signals.clean, places) / RATE, polarity, others)


def agreement(first: Places, second: Places) -> tuple[int, int]:
    """Count the beats that both detectors found, within 0.1 s, and the beats that at least one found."""
    if not len(first) or not len(second):
        return 0, len(first) + len(second)
    both = int(found_by_both(first, second).sum())
    return both, len(first) + len(second) - both


def found_by_both(first: Places, second: Places) -> Flags:
    """Tell which of the first beats, (n,), are among the second ones, (m,), within 0.1 s."""
    if not len(second):
        return np.zeros(len(first), bool)
    same: Flags = np.abs(second[_nearest(first, second)] - first) <= _SAME
    return same


def _nearest(places: Places, among: Places) -> Places:
    right = np.searchsorted(among, places).clip(1, max(len(among) - 1, 1))
    left = right - 1
    right = right.clip(max=len(among) - 1)
    nearest: Places = np.where(places - among[left] <= among[right] - places, left, right)
    return nearest


def _slope_energy(band: Floats) -> Floats:
    slope = np.zeros_like(band)
    slope[1:-1] = band[2:] - band[:-2]
    energy: Floats = np.sqrt(moving_mean(slope * slope, round(0.1 * RATE)).clip(0))
    return energy


def _find(envelope: Floats) -> Places:
    peaks = pick_peaks(envelope, LEAST_GAP)
    if not len(peaks):
        return peaks
    levels, noise = _surroundings(envelope, peaks)
    return peaks[choose_beats(peaks, envelope[peaks], levels, noise, RATE)]


def _surroundings(envelope: Floats, peaks: Places) -> tuple[Floats, Floats]:
    """Estimate how high beats and noise are around each peak.

    In blocks of two seconds, the median of the highest points is the level of beats, and the median of all points is
    that of noise.
    """
    n_blocks = max(len(envelope) // _BLOCK, 1)
    block = (peaks // _BLOCK).clip(max=n_blocks - 1)
    highest = np.maximum.reduceat(envelope, np.arange(n_blocks) * _BLOCK)
    around = np.lib.stride_tricks.sliding_window_view(
        np.pad(highest, _NEIGHBOURS, mode="symmetric"), 2 * _NEIGHBOURS + 1
    )
    middles = np.median(envelope[: n_blocks * _BLOCK].reshape(n_blocks, -1), axis=1)
    return np.median(around, axis=1)[block], middles[block]


def _windows(signal: Floats, places: Places, reach: int) -> Floats:
    padded = np.pad(signal, reach, mode="edge")
    windows: Floats = np.lib.stride_tricks.sliding_window_view(padded, 2 * reach + 1)[places]
    return windows


def _polarity(signal: Floats, places: Places) -> float:
    if not len(places):
        return 1.0
    windows = _windows(signal, places, _SNAP)
    return 1.0 if np.median(windows.max(1) + windows.min(1)) >= 0 else -1.0


def _snap(upright: Floats, places: Places) -> Places:
    """Move each beat to the highest point nearby, and merge beats that meet there."""
    if not len(places):
        return places
    moved = places - _SNAP + _windows(upright, places, _SNAP).argmax(1)
    moved = np.unique(moved.clip(0, len(upright) - 1))
    apart = np.concatenate(([True], np.diff(moved) > LEAST_GAP // 2))
    return moved[apart]


def _between_samples(upright: Floats, places: Places) -> Floats:
    """Interpolate each peak by a parabola, so that intervals are finer than a sample."""
    inner = places.clip(1, max(len(upright) - 2, 1))
    if len(upright) < 3:
        return places.astype(np.float64)
    before, at, after = upright[inner - 1], upright[inner], upright[inner + 1]
    bend = before - 2 * at + after
    shift = np.divide(0.5 * (before - after), bend, out=np.zeros(len(inner)), where=bend < 0)
    refined: Floats = places + shift.clip(-0.5, 0.5)
    return refined
