"""Rhythms of synthetic ECG: the times of the beats, and the kind of each beat."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from data_pipeline.labels import CINC_CLASSES

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Rhythm:
    """Beat times in seconds, which beats have a P wave, which are wide, and the height of fibrillatory waves."""

    times: Floats
    has_p: Flags
    is_wide: Flags
    f_waves: float = 0.0


def _sinus(duration: float, rng: Generator, slowest: float = 53, fastest: float = 98) -> Rhythm:
    """Draw a regular rhythm whose heart rate (per minute) lies between two limits."""
    intervals = _sinus_intervals(duration, 60 / rng.uniform(slowest, fastest), rng)
    return _rhythm(intervals, duration, rng)


def _sinus_intervals(duration: float, mean: float, rng: Generator) -> Floats:
    """Draw the seconds between beats, which vary by some percent with breathing, and by one percent at random."""
    beat = np.arange(int(1.3 * duration / mean) + 4)
    breathing = rng.uniform(0.01, 0.07) * np.sin(
        2 * np.pi * rng.uniform(0.15, 0.35) * mean * beat + rng.uniform(0, 6.3)
    )
    intervals: Floats = mean * (1 + breathing + 0.01 * rng.standard_normal(len(beat)))
    return intervals


def _rhythm(
    intervals: Floats, duration: float, rng: Generator, has_p: Flags | None = None, is_wide: Flags | None = None
) -> Rhythm:
    times = rng.uniform(0, intervals[0]) + np.cumsum(intervals) - intervals[0]
    inside = times < duration
    everywhere, nowhere = np.ones(len(times), bool), np.zeros(len(times), bool)
    return Rhythm(
        times[inside],
        (everywhere if has_p is None else has_p)[inside],
        (nowhere if is_wide is None else is_wide)[inside],
    )


def _fibrillation(duration: float, rng: Generator) -> Rhythm:
    """Draw independent intervals that are longer than the refractory time of the atrioventricular node."""
    mean, refractory = 60 / rng.uniform(65, 135), 0.28
    spread = mean * rng.uniform(0.12, 0.26)
    shape = ((mean - refractory) / spread) ** 2
    n = int(1.6 * duration / mean) + 12
    intervals = refractory + rng.gamma(shape, (mean - refractory) / shape, n)
    rhythm = _rhythm(intervals, duration, rng)
    none = np.zeros(len(rhythm.times), bool)
    return Rhythm(rhythm.times, none, none, f_waves=rng.uniform(0.02, 0.11))


def _other(duration: float, rng: Generator) -> Rhythm:
    kind = rng.choice(4, p=[0.36, 0.30, 0.17, 0.17])
    if kind == 2:
        return _sinus(duration, rng, 34, 48)
    if kind == 3:
        return _sinus(duration, rng, 105, 160)
    return _ectopic(duration, rng, ventricular=kind == 0)


def _ectopic(duration: float, rng: Generator, ventricular: bool) -> Rhythm:
    """Draw a rhythm with early beats; only ventricular ones are wide, have no P wave, and a full pause after them."""
    intervals = _sinus_intervals(duration, 60 / rng.uniform(53, 98), rng)
    early = _early_beats(len(intervals), duration / intervals.mean(), rng)
    advance = intervals * rng.uniform(0.2, 0.45) * early
    pause = 1.0 if ventricular else rng.uniform(0.2, 0.5)
    intervals = intervals - advance
    intervals[1:] += pause * advance[:-1]
    wide = early if ventricular else np.zeros_like(early)
    return _rhythm(intervals, duration, rng, has_p=~wide, is_wide=wide)


def _early_beats(n: int, n_inside: float, rng: Generator) -> Flags:
    """Draw which beats come early: every second or third one, or at least two at random."""
    early = np.zeros(n, bool)
    if rng.random() < 0.25:
        early[2 :: rng.integers(2, 4)] = True
        return early
    places = np.arange(2, max(int(n_inside) - 1, 9), 2)  # never two in a row
    share = rng.uniform(0.06, 0.35)
    early[rng.choice(places, max(2, round(share * len(places))), replace=False)] = True
    return early


def _any_rhythm(duration: float, rng: Generator) -> Rhythm:
    return (_sinus, _fibrillation, _other)[rng.integers(3)](duration, rng)


RHYTHMS: dict[str, Callable[[float, Generator], Rhythm]] = dict(
    zip(CINC_CLASSES, (_sinus, _fibrillation, _other, _any_rhythm), strict=True)
)
"""How the rhythm of a class is drawn, from a duration in seconds and a generator."""
