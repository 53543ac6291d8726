"""Recordings in memory, as every source is read into, with what is known about each of them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data_pipeline.amplitudes import Samples, Stored, store
from data_pipeline.cleaning import Cleaned, clean
from data_pipeline.errors import BadRecording, DataError, first_few, refuse_all
from data_pipeline.labels import order_classes

LOWEST_RATE, HIGHEST_RATE = 1e-6, 100_000.0
"""Limits of the sampling rate in hertz; other rates are typing errors, and would give huge or empty signals."""

SHORT_S = 2.0
"""Recordings of fewer seconds are kept, but named as very short: they have one or two beats only.

Where half the usual length of a source is less, that is the limit: what all recordings are is not odd.
"""

BRIDGED, COARSE = "with missing samples bridged", "with steps too small to keep"
"""Kinds of odd recordings that are found when they are read."""

MOST_CLASSES, LONGEST_CLASS = 1000, 200
"""Limits of the number of classes, and of the letters of a class's name: more are no classes, but a wrong column."""

Indices = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Measured:
    """One recording as its file holds it; its amplitudes are ``values * scale + offset``.

    Attributes
    ----------
    values : ndarray of shape (T,), integer or float
        Samples, with NaN where they are missing.
    unit : str
        Physical unit of the amplitudes; "count" where it is unknown.
    rate : float or None
        Samples per second, in hertz, where the file says it.
    scale, offset : float
        Physical units per value, and what a value of zero is worth.
    """

    values: NDArray[Any]
    unit: str = "count"
    rate: float | None = None
    scale: float = 1.0
    offset: float = 0.0


@dataclass(frozen=True, eq=False)
class Recordings:
    """Recordings of a source, without missing samples and in the form in which they are stored.

    Attributes
    ----------
    source : str
        Name of the source, for messages.
    ids : list of str
        Unique name of each recording.
    signals : list of ndarray of shape (T,), int16 or float32
        Samples in counts; all recordings have one type.
    rate : float
        Samples per second, in hertz.
    unit : str
        Physical unit of ``signals * scale + offset``: "mV", or "count" where it is unknown.
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
    offset : ndarray of shape (N,), float64
        Physical value of a count of zero, where it is known; zeros by default. No model sees it.
    noted : mapping of str to list of str
        Ids of recordings that were found odd when they were read, by kind.
    missing : mapping of str to int
        How many samples were "bridged", and how many at the ends were "trimmed".
    """

    source: str
    ids: list[str]
    signals: Sequence[Samples]
    rate: float
    unit: str
    scale: NDArray[np.float32]
    labels: list[str | None]
    groups: list[str | None]
    given_split: tuple[Indices, Indices] | None = None
    sealed_labels: Callable[[], list[str]] | None = None
    offset: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    noted: Mapping[str, list[str]] = field(default_factory=dict)
    missing: Mapping[str, int] = field(default_factory=dict)
    class_names: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        """Refuse empty recordings, make names valid UTF-8, and order the classes."""
        if not self.ids:
            raise DataError(f"{self.source} holds no recordings: give a source with at least one")
        empty = [name for name, signal in zip(self.ids, self.signals, strict=True) if not len(signal)]
        refuse_recordings(self.source, empty, len(self.ids), "have no samples")
        object.__setattr__(self, "ids", list(map(_printable, self.ids)))
        object.__setattr__(self, "class_names", order_classes(label for label in self.labels if label is not None))
        if not len(self.offset):
            object.__setattr__(self, "offset", np.zeros(len(self.ids)))

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

    def odd(self, positions: Indices | None = None) -> dict[str, list[str]]:
        """Return the ids of odd recordings by kind, of all recordings or of those at some positions."""
        chosen = np.arange(len(self)) if positions is None else positions
        named = [(self.ids[i], self.signals[i]) for i in chosen]
        names = {name for name, _ in named}
        usual = float(np.median([len(signal) for _, signal in named])) if named else 0.0
        short = min(SHORT_S * self.rate, usual / 2)
        found = {
            "constant": [name for name, signal in named if signal.min() == signal.max()],
            "very short": [name for name, signal in named if len(signal) < short],
        } | {kind: [name for name in noted if name in names] for kind, noted in self.noted.items()}
        return {kind: ids for kind, ids in found.items() if ids}


def assemble(
    source: str | Path,
    ids: list[str],
    read: Callable[[int], Measured],
    *,
    rate: float | None,
    labels: list[str | None],
    groups: list[str | None],
    given_split: tuple[Indices, Indices] | None = None,
    sealed_labels: Callable[[], list[str]] | None = None,
) -> Recordings:
    """Read every recording of a source, and bring all into the form of `Recordings`.

    Whatever the format, missing samples are bridged or cut off here, amplitudes are stored in one way, and recordings
    have to agree in rate and unit.

    Parameters
    ----------
    source : str or Path
        Name of the source.
    ids : list of str
        Unique name of each recording.
    read : callable
        Reads the recording at a position, or raises `DataError`.
    rate : float or None
        Sampling rate in hertz, where the files do not say it; where they do, it must agree.
    labels, groups, given_split, sealed_labels
        As in `Recordings`.

    Raises
    ------
    DataError
        If a recording cannot be read or used, all of which are named, or recordings differ in rate or unit.
    """
    ids = list(map(_printable, ids))
    known: list[_Known] = []
    faults: list[DataError] = []
    for position, name in enumerate(ids):
        try:
            known.append(_know(read(position), name))
        except DataError as error:
            faults.append(error)
    refuse_all(source, faults, len(ids))
    noted = {
        BRIDGED: [name for name, one in zip(ids, known, strict=True) if one.cleaned.n_bridged],
        COARSE: [name for name, one in zip(ids, known, strict=True) if one.stored.is_coarse],
    }
    return Recordings(
        source=str(source),
        ids=ids,
        signals=_of_one_type([one.stored.samples for one in known]),
        rate=check_rate(_agreed_rate(source, ids, known, rate), source),
        unit=_agreed_unit(source, ids, known),
        scale=np.array([one.scale for one in known], dtype=np.float32),
        labels=labels,
        groups=groups,
        given_split=given_split,
        sealed_labels=sealed_labels,
        offset=np.array([one.offset for one in known], dtype=np.float64),
        noted={kind: names for kind, names in noted.items() if names},
        missing={
            "bridged": sum(one.cleaned.n_bridged for one in known),
            "trimmed": sum(one.cleaned.n_trimmed for one in known),
        },
    )


@dataclass(frozen=True, eq=False)
class _Known:
    """A recording in the form in which it is stored, without the samples of its file."""

    stored: Stored
    cleaned: Cleaned
    unit: str
    rate: float | None
    scale: float
    offset: float


def _know(measured: Measured, name: str) -> _Known:
    cleaned, scale = clean(measured.values, name), measured.scale
    values = cleaned.values
    if scale < 0:  # what models see are counts, which have to stand the right way up
        values, scale = -values.astype(np.float64), -scale
    stored = store(values, name, scale)
    offset = scale * stored.offset + measured.offset
    return _Known(
        stored, replace(cleaned, values=np.zeros(0)), measured.unit, measured.rate, scale * stored.scale, offset
    )


def _agreed_rate(source: str | Path, ids: list[str], known: list[_Known], given: float | None) -> float:
    rates = [one.rate for one in known]
    for name, rate in zip(ids, rates, strict=True):
        if rate != rates[0]:
            raise DataError(
                f"{source}: {name} has {_hertz(rate)}, but {ids[0]} has {_hertz(rates[0])}: all must agree, so "
                "resample them, or prepare them apart"
            )
    stated = rates[0] if rates else None
    if stated is None and given is None:
        raise DataError(f"{source} does not say its sampling rate: give it with --rate (in Hz)")
    if stated is not None and given is not None and given != stated:
        raise DataError(f"{source}: the headers say {stated:g} Hz, not {given:g} Hz: leave the rate out")
    return (stated if given is None else given) or 0.0


def _hertz(rate: float | None) -> str:
    return "no rate" if rate is None else f"{rate:g} Hz"


def _agreed_unit(source: str | Path, ids: list[str], known: list[_Known]) -> str:
    for name, one in zip(ids, known, strict=True):
        if one.unit != known[0].unit:
            raise DataError(
                f"{source}: {name} is in {one.unit}, but {ids[0]} in {known[0].unit}: all must agree, so "
                "save all in one unit"
            )
    return known[0].unit if known else "count"


def _of_one_type(signals: list[Samples]) -> list[Samples]:
    """Store all recordings as float32 if one of them needs it."""
    if all(signal.dtype == np.int16 for signal in signals):
        return signals
    return [signal.astype(np.float32, copy=False) for signal in signals]


def _printable(name: str) -> str:
    """Write the bytes of a file's name that are no UTF-8 as escapes."""
    return name.encode("utf-8", "backslashreplace").decode()


def listed(odd: Mapping[str, Sequence[str]]) -> str:
    """Count and name odd recordings for a message."""
    return "; ".join(f"{len(names)} {kind}: {first_few(names)}" for kind, names in odd.items())


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
