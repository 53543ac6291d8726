"""Synthetic recordings as a source: how many there are of each class, and how one is made."""

from collections.abc import Iterator

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from data_pipeline.errors import DataError
from data_pipeline.labels import CINC_CLASSES
from data_pipeline.recordings import Recordings, unit_scale
from data_pipeline.synthetic.noise import RATE, everyday_noise, spoil
from data_pipeline.synthetic.rhythms import RHYTHMS
from data_pipeline.synthetic.waves import waves

PREFIX = "synthetic:"

_SHARES = (0.55, 0.12, 0.27, 0.06)
_COUNTS_PER_MV = 1000
_TRAIN, _TEST = 0, 1
_LEAST = 8  # two recordings of each class

Floats = NDArray[np.float64]


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
    rhythm = RHYTHMS[label](duration, rng)
    signal = waves(rhythm, n_samples, rng)
    signal += everyday_noise(n_samples, rng)
    if label == "~":
        signal = spoil(signal, rng)
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


def _digitise(signal: Floats, rng: Generator) -> NDArray[np.int16]:
    """Apply a random polarity, gain and offset, and round to counts.

    The gain sets the standard deviation, whose distribution is the same for all classes, so that the amplitude does not
    tell the class.
    """
    deviation = rng.lognormal(np.log(0.17), 0.45) * (-1 if rng.random() < 0.12 else 1)
    millivolts = (signal - signal.mean()) * (deviation / signal.std()) + rng.normal(0, 0.01)
    samples: NDArray[np.int16] = np.rint(millivolts * _COUNTS_PER_MV).clip(-32768, 32767).astype(np.int16)
    return samples
