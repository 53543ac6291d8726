"""Synthetic single-lead ECG, made of sums of Gaussians, in the four classes of the CinC 2017 challenge.

The classes differ in what a physician looks for:

- ``N``: a regular rhythm that varies a little with breathing, and a P wave before every beat
- ``A``: irregular intervals, no P waves, and fibrillatory waves between the beats
- ``O``: early beats with pauses (ventricular or atrial), or a rhythm that is too slow or too fast
- ``~``: any of these rhythms under strong noise, motion or lost contact

All else varies in the same way in all classes: length, gain, polarity, wave shapes, wander, hum and muscle noise.
A recording depends on the seed, its part and its position only, not on how many others there are.

References
----------
The waves as Gaussians around each beat follow McSharry PE, Clifford GD, Tarassenko L, Smith LA. "A dynamical model for
generating synthetic electrocardiogram signals." IEEE Trans Biomed Eng 50(3), 2003; here they are placed directly, with
no differential equation.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from data_pipeline.errors import DataError
from data_pipeline.recordings import CINC_CLASSES, Recordings, unit_scale

PREFIX = "synthetic:"
RATE = 300
"""Sampling rate in hertz."""

_SHARES = (0.55, 0.12, 0.27, 0.06)
_COUNTS_PER_MV = 1000
_TRAIN, _TEST = 0, 1
_LEAST = 8  # two recordings of each class

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class _Rhythm:
    """Beat times in seconds, which beats have a P wave, which are wide, and the height of fibrillatory waves."""

    times: Floats
    has_p: Flags
    is_wide: Flags
    f_waves: float = 0.0


def read_synthetic(source: str, rate: float | None = None) -> Recordings:
    """Make the recordings of ``synthetic:N`` or ``synthetic:N:SEED``: N labelled ones, and N / 4 with sealed labels.

    Raises
    ------
    DataError
        If the text has another form, N is below 8, or another rate than 300 Hz is asked for.
    """
    numbers = source.removeprefix(PREFIX).split(":")
    if len(numbers) > 2 or not all(number.isascii() and number.isdigit() for number in numbers):
        raise DataError(f"{source!r} is not synthetic:N or synthetic:N:SEED, such as synthetic:2000:1")
    if any(len(number) > 9 for number in numbers):
        raise DataError(f"{source[:40]!r} asks for too much: numbers have nine digits at most")
    n, seed = int(numbers[0]), int(numbers[1]) if len(numbers) > 1 else 0
    if n < _LEAST:
        raise DataError(f"{source!r} asks for {n} recordings: it takes {_LEAST} for two of each class")
    if rate is not None and rate != RATE:
        raise DataError(f"{source!r} is made at {RATE} Hz, not {rate:g} Hz: leave the rate out")
    return generate(n, seed)


def generate(n: int, seed: int = 0) -> Recordings:
    """Make `n` labelled recordings, and a quarter as many for a test part with sealed labels.

    Parameters
    ----------
    n : int
        Number of labelled recordings, at least 8.
    seed : int
        Seed of the recordings; with the same seed, the first recordings are the same for every `n`.
    """
    n_test = round(n / 4)
    train_labels, test_labels = _labels(n), _labels(n_test)
    signals = [*_part(_TRAIN, train_labels, seed), *_part(_TEST, test_labels, seed)]
    return Recordings(
        source=f"{PREFIX}{n}:{seed}",
        ids=[f"train-{i}" for i in range(n)] + [f"test-{i}" for i in range(n_test)],
        signals=signals,
        rate=RATE,
        unit="mV",
        scale=unit_scale(n + n_test, 1 / _COUNTS_PER_MV),
        labels=[*train_labels, *[None] * n_test],
        groups=[None] * (n + n_test),
        sealed_labels=lambda: test_labels,
    )


def recording(label: str, rng: Generator) -> tuple[NDArray[np.int16], Floats]:
    """Make one recording.

    Parameters
    ----------
    label : str
        Class: "N", "A", "O" or "~".
    rng : Generator
        Generator of all random numbers.

    Returns
    -------
    samples : ndarray of shape (T,), int16
        Samples at 300 Hz, 1000 counts per mV, 9 to 61 s long.
    beat_times : ndarray of shape (n_beats,), float64
        Times of the R peaks in seconds; in a noisy recording, the peaks may be hidden.
    """
    n_samples = round(RATE * _duration(rng))
    duration = n_samples / RATE
    rhythm = _RHYTHMS[label](duration, rng)
    signal = _waves(rhythm, n_samples, rng)
    signal += _everyday_noise(n_samples, rng)
    if label == "~":
        signal = _spoil(signal, rng)
    return _digitise(signal, rng), rhythm.times


def _labels(n: int) -> list[str]:
    """Return the labels of the first `n` recordings: two of each class, then always the class that lacks most."""
    shares = np.array(_SHARES)
    counts = np.zeros(len(shares))
    labels = []
    for i in range(n):
        k = i % len(shares) if i < _LEAST else int(np.argmax(shares * (i + 1) - counts))
        counts[k] += 1
        labels.append(CINC_CLASSES[k])
    return labels


def _part(part: int, labels: list[str], seed: int) -> Iterator[NDArray[np.int16]]:
    for i, label in enumerate(labels):
        yield recording(label, np.random.default_rng([seed, part, i]))[0]


def _duration(rng: Generator) -> float:
    """Draw a duration in seconds: mostly 30, as in the challenge, else 9 to 61 with a mean of 37."""
    return 30.0 if rng.random() < 0.65 else 9 + 52 * rng.beta(1.2, 1.03)


# Rhythms: the times of the beats


def _sinus(duration: float, rng: Generator, slowest: float = 53, fastest: float = 98) -> _Rhythm:
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
) -> _Rhythm:
    times = rng.uniform(0, intervals[0]) + np.cumsum(intervals) - intervals[0]
    inside = times < duration
    everywhere, nowhere = np.ones(len(times), bool), np.zeros(len(times), bool)
    return _Rhythm(
        times[inside],
        (everywhere if has_p is None else has_p)[inside],
        (nowhere if is_wide is None else is_wide)[inside],
    )


def _fibrillation(duration: float, rng: Generator) -> _Rhythm:
    """Draw independent intervals that are longer than the refractory time of the atrioventricular node."""
    mean, refractory = 60 / rng.uniform(65, 135), 0.28
    spread = mean * rng.uniform(0.12, 0.26)
    shape = ((mean - refractory) / spread) ** 2
    n = int(1.6 * duration / mean) + 12
    intervals = refractory + rng.gamma(shape, (mean - refractory) / shape, n)
    rhythm = _rhythm(intervals, duration, rng)
    none = np.zeros(len(rhythm.times), bool)
    return _Rhythm(rhythm.times, none, none, f_waves=rng.uniform(0.02, 0.11))


def _other(duration: float, rng: Generator) -> _Rhythm:
    kind = rng.choice(4, p=[0.36, 0.30, 0.17, 0.17])
    if kind == 2:
        return _sinus(duration, rng, 34, 48)
    if kind == 3:
        return _sinus(duration, rng, 105, 160)
    return _ectopic(duration, rng, ventricular=kind == 0)


def _ectopic(duration: float, rng: Generator, ventricular: bool) -> _Rhythm:
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


def _any_rhythm(duration: float, rng: Generator) -> _Rhythm:
    return (_sinus, _fibrillation, _other)[rng.integers(3)](duration, rng)


_RHYTHMS: dict[str, Callable[[float, Generator], _Rhythm]] = dict(
    zip(CINC_CLASSES, (_sinus, _fibrillation, _other, _any_rhythm), strict=True)
)


# Waves: the shape of a beat, in units of the R wave


def _waves(rhythm: _Rhythm, n_samples: int, rng: Generator) -> Floats:
    signal = np.zeros(n_samples)
    narrow, wide = rhythm.times[~rhythm.is_wide], rhythm.times[rhythm.is_wide]
    repolarisation = np.sqrt(np.diff(rhythm.times, prepend=rhythm.times[0] - 0.8).clip(0.3, 1.5))
    _add(signal, narrow, rng.uniform(0.009, 0.013), _around(1.0, len(narrow), rng))
    _add(signal, narrow - 0.026, 0.009, -rng.uniform(0.02, 0.15))
    _add(signal, narrow + 0.028, 0.010, -rng.uniform(0.05, 0.35))
    t_width, t_height = rng.uniform(0.035, 0.05), rng.uniform(0.1, 0.35)
    _add(signal, narrow + 0.28 * repolarisation[~rhythm.is_wide], t_width, t_height)
    p_times = rhythm.times[rhythm.has_p] - rng.uniform(0.14, 0.18)
    _add(signal, p_times, rng.uniform(0.018, 0.026), _around(rng.uniform(0.05, 0.18), len(p_times), rng))
    if len(wide):
        side = rng.choice([-1.0, 1.0])
        _add(signal, wide + 0.01, rng.uniform(0.028, 0.04), side * rng.uniform(1.0, 1.6))
        _add(signal, wide + 0.32 * repolarisation[rhythm.is_wide], 0.06, -side * rng.uniform(0.25, 0.5))
    if rhythm.f_waves:
        signal += rhythm.f_waves * _fibrillatory(n_samples, rng)
    return signal


def _around(value: float, n: int, rng: Generator) -> Floats:
    return value * (1 + 0.05 * rng.standard_normal(n))


def _add(signal: Floats, times: Floats, width: float, height: float | Floats) -> None:
    """Add a Gaussian (standard deviation `width` in seconds) at each time, computed only near that time."""
    reach = int(4 * width * RATE) + 1
    nearest = np.rint(times * RATE).astype(np.int64)
    index = nearest[:, None] + np.arange(-reach, reach + 1)
    distance = (index / RATE - times[:, None]) / width
    values = np.exp(-0.5 * distance**2) * np.broadcast_to(height, times.shape)[:, None]
    inside = (index >= 0) & (index < len(signal))
    np.add.at(signal, index[inside], values[inside])


def _fibrillatory(n_samples: int, rng: Generator) -> Floats:
    """Draw an asymmetric wave of 4.5 to 8 Hz, whose frequency and height vary slowly."""
    frequency = rng.uniform(4.5, 8.0) + 0.6 * _slow(n_samples, 1.0, rng)
    phase = 2 * np.pi * np.cumsum(frequency) / RATE + rng.uniform(0, 6.3)
    wave: Floats = (1 + 0.25 * _slow(n_samples, 0.7, rng)) * (np.sin(phase) + 0.35 * np.sin(2 * phase + 0.6))
    return wave


# Noise, which is added to the beats


def _slow(n_samples: int, frequency: float, rng: Generator) -> Floats:
    """Draw a smooth random curve of unit deviation, with about `frequency` swings per second."""
    n_knots = int(2 * frequency * n_samples / RATE) + 3
    place = np.linspace(0, n_knots - 1.001, n_samples)
    left = place.astype(np.int64)
    blend = 0.5 - 0.5 * np.cos(np.pi * (place - left))
    knots = rng.standard_normal(n_knots)
    course: Floats = knots[left] + blend * (knots[left + 1] - knots[left])
    return course


def _muscle(n_samples: int, rng: Generator) -> Floats:
    """Draw noise of unit deviation without the highest frequencies, which a recorder's filter removes."""
    white = rng.standard_normal(n_samples + 2)
    noise: Floats = (0.5 * white[:-2] + white[1:-1] + 0.5 * white[2:]) / np.sqrt(1.5)
    return noise


def _everyday_noise(n_samples: int, rng: Generator) -> Floats:
    """Draw wander, hum and muscle noise that leave a recording readable."""
    time = np.arange(n_samples) / RATE
    noise = rng.lognormal(np.log(0.08), 0.6) * _slow(n_samples, rng.uniform(0.15, 0.4), rng)
    noise += rng.uniform(0, 0.03) * np.sin(2 * np.pi * rng.choice([50, 60]) * time)
    level = min(rng.lognormal(np.log(0.04), 0.8), 0.16)
    noise += level * _burst(n_samples, rng) * _muscle(n_samples, rng)
    return noise


def _burst(n_samples: int, rng: Generator) -> Floats:
    """Draw the strength of muscle noise over time: in every third recording, some seconds are four times as strong."""
    course = np.ones(n_samples)
    if rng.random() < 0.33:
        start, length = rng.uniform(0, n_samples), rng.uniform(1, 3) * RATE
        course[int(start) : int(start + length)] = 4
    return course


def _spoil(signal: Floats, rng: Generator) -> Floats:
    """Make most of a recording unreadable, in one or two of three ways."""
    for i in rng.permutation(3)[: rng.integers(1, 3)]:
        signal = (_shiver, _move, _lose_contact)[i](signal, rng)
    return signal


def _shiver(signal: Floats, rng: Generator) -> Floats:
    strength = rng.uniform(0.25, 0.9) * (1 + 0.4 * _slow(len(signal), 0.3, rng)).clip(0.3)
    return signal + strength * _muscle(len(signal), rng)


def _move(signal: Floats, rng: Generator) -> Floats:
    """Add what sliding electrodes cause: steps, and swings as quick as the waves of beats."""
    n = len(signal)
    steps = np.zeros(n)
    places = rng.integers(0, n, rng.poisson(0.4 * n / RATE) + 3)
    np.add.at(steps, places, rng.normal(0, 1.5, len(places)))
    fall = np.exp(-np.arange(RATE) / (RATE * rng.uniform(0.1, 0.3)))
    swings = rng.uniform(0.3, 1.0) * _slow(n, rng.uniform(2, 6), rng)
    signal = signal + np.convolve(steps, fall)[:n] + swings
    return signal


def _lose_contact(signal: Floats, rng: Generator) -> Floats:
    """Replace a stretch by crackling, on a flat line or at the recorder's limit."""
    n = len(signal)
    length = int(n * rng.uniform(0.45, 1.0))
    start = rng.integers(0, n - length + 1)
    crackle = (rng.random(length) < 0.01) * rng.normal(0, 1.5, length) + 0.02 * _muscle(length, rng)
    lost = signal.copy()
    lost[start : start + length] = crackle + rng.choice([0.0, 2.0, -2.0])
    return lost


def _digitise(signal: Floats, rng: Generator) -> NDArray[np.int16]:
    """Apply a random polarity, gain and offset, and round to counts.

    The gain sets the standard deviation, whose distribution is the same for all classes, so that the amplitude does not
    tell the class.
    """
    deviation = rng.lognormal(np.log(0.17), 0.45) * (-1 if rng.random() < 0.12 else 1)
    millivolts = (signal - signal.mean()) * (deviation / signal.std()) + rng.normal(0, 0.01)
    samples: NDArray[np.int16] = np.rint(millivolts * _COUNTS_PER_MV).clip(-32768, 32767).astype(np.int16)
    return samples
