"""The cache: recordings prepared in one folder, which all workers map into memory and share.

=============================  ========================================================
``meta.json``                  format version, fingerprint, checksum, rate, unit, class names, odd
``samples.bin``                all samples one after the other, little-endian int16 (format 1) or float32 (format 2)
``lengths.npy``, …             one value per recording: lengths, labels, groups, scale, ids
``offset.npy``                 physical value of a count of zero for each recording, where it is known
``given_train.npy``, …         the split that came with the recordings, if any
``sealed_test_labels.csv``     only `data_pipeline.sealed` opens it; ``openings.txt`` lists the openings
``views/``                     the views, see `data_pipeline.views`
=============================  ========================================================
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from data_pipeline.amplitudes import Samples
from data_pipeline.arrays import load_array
from data_pipeline.disk import remedy
from data_pipeline.errors import CacheMissing, CacheStale, DataError
from data_pipeline.mapped import checksum, map_file
from data_pipeline.recordings import HIGHEST_RATE, LONGEST_CLASS, LOWEST_RATE, MOST_CLASSES, Indices
from data_pipeline.regular_files import read_regular
from data_pipeline.strict_json import parse_strictly

FORMATS: dict[int, np.dtype[Any]] = {1: np.dtype("<i2"), 2: np.dtype("<f4")}
"""The types of samples by the version of a cache's format. Sources of 16-bit counts are still written as format 1."""

META, SAMPLES = "meta.json", "samples.bin"
SEALED_LABELS = "sealed_test_labels.csv"
"""File with the labels of the test part, which only `data_pipeline.sealed` opens."""

OPENINGS = "openings.txt"
"""File with the names of all openings of the sealed labels."""

_MOST_BYTES = 2**28
"""Largest `meta.json`: it names odd recordings."""


class _Meta(BaseModel):
    """What `meta.json` says."""

    model_config = ConfigDict(frozen=True, strict=True)

    format: Literal[1, 2]
    fingerprint: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    checksum: Annotated[int, Field(ge=0, lt=2**32)] | None = None
    n: Annotated[int, Field(ge=1)]
    rate: Annotated[int | float, Field(ge=LOWEST_RATE, le=HIGHEST_RATE)]  # as written: it is part of the fingerprint
    unit: Annotated[str, Field(max_length=LONGEST_CLASS)]
    class_names: Annotated[
        list[Annotated[str, Field(min_length=1, max_length=LONGEST_CLASS)]], Field(max_length=MOST_CLASSES)
    ]
    given_split: bool
    odd: dict[str, list[str]]
    missing: dict[str, Annotated[int, Field(ge=0)]] = {}


_ARRAYS: dict[str, np.dtype[Any]] = {
    "lengths": np.dtype(np.int64),
    "labels": np.dtype(np.int64),
    "groups": np.dtype(np.int64),
    "scale": np.dtype(np.float32),
}
FILES = {META, SAMPLES, *(f"{name}.npy" for name in (*_ARRAYS, "ids", "offset", "given_train", "given_validation"))} | {
    SEALED_LABELS,
    OPENINGS,
    "views",
}
"""All files and folders that a cache may contain."""


@dataclass(frozen=True, eq=False)
class Cache:
    """Prepared recordings; `prepare` makes a cache, and `Cache.open` opens it.

    Attributes
    ----------
    path : Path
        The folder.
    fingerprint : str
        SHA-256 (hex) of samples, lengths, labels, groups, ids, scale, unit, rate, classes and given split.
    rate : float
        Samples per second, in hertz.
    unit : str
        Physical unit of ``signal(i) * scale[i] + offset[i]``: "mV", or "count" where it is unknown.
    class_names : tuple of str
        Names of the classes 0, 1, …
    ids : tuple of str
        Name of each recording.
    lengths : ndarray of shape (N,), int64
        Number of samples of each recording.
    labels : ndarray of shape (N,), int64
        Class of each recording; -1 for the test part, which has none.
    groups : ndarray of shape (N,), int64
        Group of each recording. Recordings of the same given group, and identical recordings, share a number.
    scale : ndarray of shape (N,), float32
        Physical units per count; 1.0 where unknown.
    offset : ndarray of shape (N,), float64
        Physical value of a count of zero; 0.0 where unknown. It is no part of the fingerprint, since no model sees it.
    given_split : tuple of two int64 arrays, or None
        Positions to train and to validate on that came with the recordings.
    odd : mapping of str to list of str
        Ids of odd recordings, which were kept all the same, by kind.
    missing : mapping of str to int
        How many missing samples were "bridged", and how many before and after recordings "trimmed".
    """

    path: Path
    fingerprint: str
    rate: float
    unit: str
    class_names: tuple[str, ...]
    ids: tuple[str, ...]
    lengths: Indices
    labels: Indices
    groups: Indices
    scale: NDArray[np.float32]
    offset: NDArray[np.float64]
    given_split: tuple[Indices, Indices] | None
    odd: Mapping[str, list[str]]
    missing: Mapping[str, int]
    _samples: Samples = field(repr=False)
    _starts: Indices = field(repr=False)
    _checksum: int | None = field(repr=False)

    @classmethod
    def open(cls, path: str | Path) -> "Cache":
        """Open a cache. Sizes are checked; samples are mapped into memory, not read.

        Raises
        ------
        CacheMissing
            If there is no cache.
        CacheStale
            If it has another format, or its files do not fit each other.
        DataError
            If a file cannot be read.
        """
        path = Path(path)
        meta = _read_meta(path)
        arrays = {name: _read_array(path / f"{name}.npy", kind, meta.n) for name, kind in _ARRAYS.items()}
        samples = _map_samples(path / SAMPLES, arrays["lengths"], FORMATS[meta.format])
        _check_values(path, arrays, len(meta.class_names))
        ends = np.cumsum(arrays["lengths"])
        return cls(
            path=path,
            fingerprint=meta.fingerprint,
            rate=meta.rate,
            unit=meta.unit,
            class_names=tuple(meta.class_names),
            ids=_read_ids(path / "ids.npy", meta.n),
            given_split=_read_split(path, meta.n) if meta.given_split else None,
            odd=meta.odd,
            missing=meta.missing,
            offset=_read_offset(path, meta.n),
            _samples=samples,
            _starts=ends - arrays["lengths"],
            _checksum=meta.checksum,
            **arrays,
        )

    def __len__(self) -> int:
        return len(self.lengths)

    @property
    def n_classes(self) -> int:
        """Number of classes."""
        return len(self.class_names)

    @property
    def labelled(self) -> Indices:
        """Positions of the recordings with a label, int64."""
        return np.flatnonzero(self.labels >= 0).astype(np.int64)

    @property
    def test(self) -> Indices:
        """Positions of the recordings without a label, int64."""
        return np.flatnonzero(self.labels < 0).astype(np.int64)

    @property
    def has_sealed_labels(self) -> bool:
        """Whether the cache has sealed labels of the test part; they are not opened."""
        return (self.path / SEALED_LABELS).is_file()

    def verify(self) -> None:
        """Read all files once and compare them with the fingerprint.

        Raises
        ------
        CacheStale
            If a file was changed or damaged.
        """
        facts = {"rate": self.rate, "unit": self.unit, "class_names": list(self.class_names)}
        digests = [sample_digest(self.signal(i)) for i in range(len(self))]
        is_other = content_fingerprint(facts, digests, self.ids, self._arrays()) != self.fingerprint
        if is_other or (self._checksum is not None and not self._is_whole):
            raise self._damage()

    def check(self) -> None:
        """Read all files once a process and compare them with their checksum, twenty times as fast as `verify`.

        A cache of an earlier version has no checksum, and is verified.

        Raises
        ------
        CacheStale
            If a file was damaged.
        """
        if self._checksum is None:
            self.verify()
        elif not self._is_whole:
            raise self._damage()

    @cached_property
    def _is_whole(self) -> bool:
        offset = {"offset": self.offset} if self.offset.any() else {}
        return content_checksum([self._samples], self.ids, self._arrays() | offset) == self._checksum

    def _damage(self) -> CacheStale:
        return CacheStale(f"cache {self.path}: its files were changed or damaged: prepare it again")

    def _arrays(self) -> dict[str, NDArray[Any]]:
        arrays: dict[str, NDArray[Any]] = {name: getattr(self, name) for name in _ARRAYS}
        if self.given_split is not None:
            arrays["given_train"], arrays["given_validation"] = self.given_split
        return arrays

    def signal(self, i: int) -> Samples:
        """Return the samples of recording `i` in counts, a read-only view of shape (lengths[i],), int16 or float32."""
        start = self._starts[i]
        return self._samples[start : start + self.lengths[i]]


def sample_digest(signal: Samples) -> bytes:
    """Hash a recording's samples; identical recordings have the same hash."""
    return hashlib.sha256(np.ascontiguousarray(signal).data).digest()


def content_fingerprint(
    facts: Mapping[str, Any], digests: Sequence[bytes], ids: Sequence[str], arrays: Mapping[str, NDArray[Any]]
) -> str:
    """Hash the whole content of a cache."""
    content = hashlib.sha256(json.dumps(facts).encode())
    content.update(b"".join(digests))
    content.update(json.dumps(list(ids)).encode())
    for name in sorted(arrays):
        content.update(f"{name}{arrays[name].shape}".encode())
        content.update(np.ascontiguousarray(arrays[name]).data)
    return content.hexdigest()


def content_checksum(signals: Sequence[Samples], ids: Sequence[str], arrays: Mapping[str, NDArray[Any]]) -> int:
    """Return the checksum of a cache's samples, names and arrays."""
    names = json.dumps(list(ids)).encode()
    return checksum(*signals, names, *(arrays[name] for name in sorted(arrays)))


def _read_meta(path: Path) -> _Meta:
    if not (path / META).is_file():
        raise CacheMissing(f"no cache at {path} (it has no {META}): make one with `tuner data prepare`")
    try:
        meta = parse_strictly(read_regular(path / META, _MOST_BYTES))
        needed = {name for name, field in _Meta.model_fields.items() if field.is_required()}
        version, lacking = meta["format"], needed - meta.keys()
    except OSError as error:  # the cache may be good, and unreadable for a while only
        raise DataError(f"cache {path}: {META} cannot be read: {error.strerror}; {remedy(error)}") from error
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise CacheStale(f"cache {path}: {META} is none of a cache ({error}): prepare it again") from error
    if not isinstance(version, int) or version not in FORMATS:
        known = " and ".join(map(str, FORMATS))
        raise CacheStale(f"cache {path} has format {str(version)[:40]}, this program reads {known}: prepare it again")
    if lacking:
        raise CacheStale(f"cache {path}: {META} lacks {', '.join(sorted(lacking))}: prepare it again")
    try:
        return _Meta.model_validate(meta)
    except ValidationError as error:
        problem = error.errors()[0]
        where = ".".join(map(str, problem["loc"]))
        raise CacheStale(f"cache {path}: {META} has a wrong {where} ({problem['msg']}): prepare it again") from error


def _read_array(path: Path, kind: np.dtype[Any] | None, n: int | None) -> NDArray[Any]:
    try:
        array = load_array(path)
    except (FileNotFoundError, ValueError) as error:
        raise CacheStale(f"cache {path.parent}: {path.name} cannot be read ({error}): prepare it again") from error
    if (n is not None and array.shape != (n,)) or (kind is not None and array.dtype != kind):
        raise CacheStale(f"cache {path.parent}: {path.name} is {array.dtype}{array.shape}: prepare it again")
    array.setflags(write=False)
    return array


def _check_values(path: Path, arrays: Mapping[str, NDArray[Any]], n_classes: int) -> None:
    """Refuse labels, groups and scales that no recording can have."""
    labels, scale = arrays["labels"], arrays["scale"]
    wrong = {
        "labels": (labels < -1) | (labels >= n_classes),
        "groups": arrays["groups"] < 0,
        "scale": ~np.isfinite(scale) | (scale == 0),
    }
    for name, is_wrong in wrong.items():
        if is_wrong.any():
            at = int(is_wrong.argmax())
            raise CacheStale(f"cache {path}: {name}.npy has {arrays[name][at]} for recording {at}: prepare it again")


def _read_ids(path: Path, n: int) -> tuple[str, ...]:
    array = _read_array(path, None, n)
    try:
        ids: list[str] = array.tolist()
        "".join(ids).encode().decode()  # numpy lets characters pass that are none
    except (TypeError, ValueError) as error:  # numbers, or no characters
        raise CacheStale(f"cache {path.parent}: {path.name} holds no names: prepare it again") from error
    return tuple(ids)


def _read_split(path: Path, n: int) -> tuple[Indices, Indices]:
    index = np.dtype(np.int64)
    train, validation = (_read_array(path / f"given_{part}.npy", index, None) for part in ("train", "validation"))
    both = np.concatenate([train.ravel(), validation.ravel()])
    if len(np.unique(both)) < len(both) or not len(both) or both.min() < 0 or both.max() >= n:
        raise CacheStale(
            f"cache {path}: the given split has a position twice or beyond the recordings: prepare it again"
        )
    return train, validation


def _read_offset(path: Path, n: int) -> NDArray[np.float64]:
    file = path / "offset.npy"
    return _read_array(file, np.dtype(np.float64), n) if file.is_file() else np.zeros(n)


def _map_samples(path: Path, lengths: Indices, kind: np.dtype[Any]) -> Samples:
    size = path.stat().st_size if path.is_file() else 0
    expected = kind.itemsize * sum(lengths.tolist())  # of Python, whose sum of huge lengths is no small one
    if lengths.min() < 1:
        raise CacheStale(f"cache {path.parent}: a recording has {lengths.min()} samples: prepare it again")
    try:
        mapped = map_file(path, expected) if size == expected else None
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}; {remedy(error)}") from error
    if mapped is None:
        raise CacheStale(f"cache {path.parent}: {path.name} has {size} bytes instead of {expected}: prepare it again")
    samples: Samples = mapped[0].view(kind)
    return samples
