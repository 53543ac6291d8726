"""Recordings in memory, as every source is read into, with what is known about each of them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from data_pipeline.errors import BadRecording, DataError, first_few

CINC_CLASSES = ("N", "A", "O", "~")
"""Normal, atrial fibrillation, other rhythm and too noisy, in the order of the PhysioNet/CinC Challenge 2017."""

LOWEST_RATE, HIGHEST_RATE = 1.0, 100_000.0
"""Limits of the sampling rate in hertz; other rates are typing errors, and would give huge or empty signals."""

SHORT_S = 2.0
"""Recordings of fewer seconds are kept, but named as very short: they have one or two beats only."""

Indices = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Recordings:
    """Recordings as read from a source, before anything is prepared.

    Attributes
    ----------
    source : str
        Name of the source, for messages.
    ids : list of str
        Unique name of each recording.
    signals : list of ndarray of shape (T,), int16
        Samples in counts.
    rate : float
        Samples per second, in hertz.
    unit : str
        Physical unit of ``signals * scale``: "mV", or "count" where it is unknown.
    scale : ndarray of shape (N,), float32
        Physical units per count.
    labels : list of str or None
        Class of each recording; None for the test part.
    groups : list of str or None
        Group of each recording, a person for example, which never crosses a split; None where there is no group.
    given_split : tuple of two int64 arrays, or None
        Positions into the N recordings to train and to validate on.
    sealed_labels : callable returning list of str, or None
        Reads the labels of the unlabelled recordings, in their order. It is a function, so that labels are read only
        when somebody asks for them.
    """

    source: str
    ids: list[str]
    signals: list[NDArray[np.int16]]
    rate: float
    unit: str
    scale: NDArray[np.float32]
    labels: list[str | None]
    groups: list[str | None]
    given_split: tuple[Indices, Indices] | None = None
    sealed_labels: Callable[[], list[str]] | None = None
    class_names: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        """Refuse empty recordings, make names valid UTF-8, and order the classes."""
        if not self.ids:
            raise DataError(f"{self.source} holds no recordings: give a source with at least one")
        empty = [name for name, signal in zip(self.ids, self.signals, strict=True) if not len(signal)]
        refuse_recordings(self.source, empty, len(self.ids), "have no samples")
        # A file's name need not be UTF-8: other bytes are written as escapes.
        object.__setattr__(self, "ids", [name.encode("utf-8", "backslashreplace").decode() for name in self.ids])
        object.__setattr__(self, "class_names", order_classes(label for label in self.labels if label is not None))

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def unlabelled(self) -> Indices:
        """Positions of the recordings without a label, int64."""
        return np.flatnonzero([label is None for label in self.labels]).astype(np.int64)

    @property
    def for_prediction(self) -> Indices:
        """Positions to predict: the unlabelled recordings if there are any, else all."""
        unlabelled = self.unlabelled
        return unlabelled if len(unlabelled) else np.arange(len(self), dtype=np.int64)


def odd_ones(ids: Sequence[str], signals: Sequence[NDArray[np.int16]], rate: float) -> dict[str, list[str]]:
    """Return the ids of constant and of very short recordings, by kind."""
    named = list(zip(ids, signals, strict=True))
    found = {
        "constant": [name for name, signal in named if signal.min() == signal.max()],
        "very short": [name for name, signal in named if len(signal) < SHORT_S * rate],
    }
    return {kind: names for kind, names in found.items() if names}


def listed(odd: Mapping[str, Sequence[str]]) -> str:
    """Count and name odd recordings for a message."""
    return "; ".join(f"{len(names)} {kind}: {first_few(names)}" for kind, names in odd.items())


def order_classes(labels: Iterable[str]) -> tuple[str, ...]:
    """Return the distinct classes: in the challenge's order, else numbers by value, else in alphabetical order."""
    found = set(labels)
    if found <= set(CINC_CLASSES):
        return tuple(name for name in CINC_CLASSES if name in found)
    if all(is_class_number(name) for name in found):
        return tuple(sorted(found, key=int))
    return tuple(sorted(found))


def is_class_number(text: str) -> bool:
    """Whether a label is a plain class number: decimal digits and nothing else."""
    return text.isascii() and text.isdigit()


def check_rate(rate: float, source: object) -> float:
    """Return a sampling rate as float.

    Raises
    ------
    DataError
        If it is beyond the limits.
    """
    if not LOWEST_RATE <= rate <= HIGHEST_RATE:
        raise DataError(
            f"rate {rate:g} Hz for {source}: it must lie between {LOWEST_RATE:g} and {HIGHEST_RATE:,.0f} hertz"
        )
    return float(rate)


def refuse_recordings(source: str | Path, names: Sequence[str], n_all: int, what: str) -> None:
    """Raise `BadRecording` with the number and the first of these names, if there are any."""
    if names:
        raise BadRecording(
            f"{len(names)} of {n_all} recordings in {source} {what}: {first_few(names)}; remove or repair them"
        )


def unit_scale(n: int, scale: float = 1.0) -> NDArray[np.float32]:
    """Return the same scale for all recordings, float32 of shape (n,)."""
    return np.full(n, scale, dtype=np.float32)
