"""A folder of packed recordings, with a list of their classes beside them.

=============================  ==================================================================
``X_train.bin`` or ``.zip``    the labelled recordings (the ``.bin`` is read where both are there)
``y_train.csv``                one class number per line, no header
``X_test.bin`` or ``.zip``     optional: recordings without a label
``y_test.csv``                 optional: their classes, sealed
``train_idx.npy``,             optional: the split to use, as positions into ``X_train``
``val_idx.npy``
``groups.csv``                 optional: one group per line, one line per recording of ``X_train``
=============================  ==================================================================

The files have no sampling rate: it is 300 Hz unless another is given. The physical unit of samples is unknown.
"""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np

from data_pipeline.arrays import load_array
from data_pipeline.binary import Samples, read_zip_binary
from data_pipeline.errors import DataError
from data_pipeline.recordings import Indices, Recordings, check_rate, is_class_number, unit_scale
from data_pipeline.tables import read_lines, read_text

DEFAULT_RATE = 300.0


def read_packed_folder(folder: Path, rate: float | None = None) -> Recordings:
    """Read a folder of packed recordings.

    Raises
    ------
    DataError
        If a file is missing or damaged, or the files do not fit each other.
    """
    rate = check_rate(DEFAULT_RATE if rate is None else rate, folder)
    train_path, test_path = packed_file(folder, "X_train"), packed_file(folder, "X_test")
    train_labels = _train_labels(folder, train_path)
    train = read_zip_binary(train_path) if train_path else []
    _check_count(folder / "y_train.csv", "classes", len(train_labels), len(train), train_path)
    groups = _groups(folder, train_path, len(train))
    split = _given_split(folder, len(train))
    test = read_zip_binary(test_path) if test_path else []
    signals = train + test
    return Recordings(
        source=str(folder),
        ids=_names("X_train", train) + _names("X_test", test),
        signals=signals,
        rate=rate,
        unit="count",
        scale=unit_scale(len(signals)),
        labels=[*train_labels, *[None] * len(test)],
        groups=[*groups, *[None] * len(test)],
        given_split=split,
        sealed_labels=_sealed(folder, len(test), set(train_labels)),
    )


def read_packed_file(path: Path, rate: float | None = None) -> Recordings:
    """Read one ``.bin`` or ``.zip`` of recordings without labels."""
    rate = check_rate(DEFAULT_RATE if rate is None else rate, path)
    signals = read_zip_binary(path)
    nothing: list[str | None] = [None] * len(signals)
    return Recordings(
        source=str(path),
        ids=_names(path.stem, signals),
        signals=signals,
        rate=rate,
        unit="count",
        scale=unit_scale(len(signals)),
        labels=nothing,
        groups=nothing,
    )


def packed_file(folder: Path, stem: str) -> Path | None:
    """Return ``folder/stem.bin`` if it exists, else ``folder/stem.zip``, else None."""
    candidates = (folder / f"{stem}{suffix}" for suffix in (".bin", ".zip"))
    return next((path for path in candidates if path.is_file()), None)


def _names(stem: str, signals: list[Samples]) -> list[str]:
    return [f"{stem}-{i}" for i in range(len(signals))]


def _train_labels(folder: Path, train_path: Path | None) -> list[str]:
    path = folder / "y_train.csv"
    if train_path is None:
        if path.exists():
            raise DataError(f"{path} has classes, but there is neither X_train.bin nor X_train.zip beside it")
        return []
    if not path.exists():
        raise DataError(f"{path} is missing: put it there, or give {train_path} itself for unlabelled recordings")
    return _class_numbers(path)


def _class_numbers(path: Path) -> list[str]:
    """Read a list of class numbers and write them in one way: ``01`` is class ``1``."""
    lines = read_lines(path)
    for number, line in enumerate(lines, start=1):
        if not is_class_number(line):
            raise DataError(f"{path} line {number}: {line!r} is no class number; one a line (0, 1, …) and no header")
    return [str(int(line)) for line in lines]


def _check_count(path: Path, what: str, n: int, n_recordings: int, recordings: Path | None) -> None:
    if recordings is None and n:
        raise DataError(f"{path} has {n} {what}, but the file of their recordings is not beside it: put it there")
    if n != n_recordings:
        raise DataError(f"{path} has {n} {what}, but {recordings} holds {n_recordings} recordings: one line each")


def _groups(folder: Path, train_path: Path | None, n_train: int) -> list[str | None]:
    path = folder / "groups.csv"
    if not path.exists():
        return [None] * n_train
    # A blank line means a recording without a group, also at the end of the file.
    lines = [line.strip() or None for line in read_text(path).removesuffix("\n").split("\n")]
    _check_count(path, "groups", len(lines), n_train, train_path)
    return lines


def _given_split(folder: Path, n_train: int) -> tuple[Indices, Indices] | None:
    paths = folder / "train_idx.npy", folder / "val_idx.npy"
    missing = [path for path in paths if not path.exists()]
    if len(missing) == 2:
        return None
    if missing:
        raise DataError(f"{missing[0]} is missing: a given split is train_idx.npy and val_idx.npy, both or neither")
    train, validation = (_positions(path, n_train) for path in paths)
    both = np.intersect1d(train, validation)
    if len(both):
        raise DataError(f"{paths[1]} has position {both[0]}, which is in {paths[0].name} too: {len(both)} overlap")
    return train, validation


def _positions(path: Path, n_train: int) -> Indices:
    try:
        values = load_array(path)
    except ValueError as error:
        raise DataError(f"{error}: save positions with np.save") from error
    if values.ndim != 1 or values.dtype.kind not in "iu" or not len(values):
        raise DataError(f"{path} must be a one-dimensional integer array with at least one position")
    outside = values[(values < 0) | (values >= n_train)]
    if len(outside):
        raise DataError(
            f"{path} has position {outside[0]}, outside the {n_train} recordings of X_train (0 is the first)"
        )
    unique, counts = np.unique(values, return_counts=True)
    if len(unique) < len(values):
        raise DataError(f"{path} has position {unique[counts > 1][0]} more than once: each recording once")
    return unique.astype(np.int64)


def _sealed(folder: Path, n_test: int, classes: set[str]) -> Callable[[], list[str]] | None:
    path = folder / "y_test.csv"
    return partial(_read_sealed, path, n_test, classes) if path.exists() else None


def _read_sealed(path: Path, n_test: int, classes: set[str]) -> list[str]:
    labels = _class_numbers(path)
    _check_count(path, "classes", len(labels), n_test, packed_file(path.parent, "X_test"))
    unknown = sorted(set(labels) - classes, key=int)
    if unknown:
        raise DataError(f"{path} has class {unknown[0]}, which y_train.csv has not: correct one of them")
    return labels
