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
from data_pipeline.labels import check_values, checked_numbers, order_classes
from data_pipeline.recordings import Indices, Measured, Recordings, assemble, check_rate
from data_pipeline.source_options import SourceOptions
from data_pipeline.tables import read_column

DEFAULT_RATE = 300.0


def read_packed_folder(folder: Path, options: SourceOptions) -> Recordings:
    """Read a folder of packed recordings.

    Raises
    ------
    DataError
        If a file is missing or damaged, or the files do not fit each other.
    """
    rate = check_rate(DEFAULT_RATE if options.rate is None else options.rate, folder)
    train_path, test_path = packed_file(folder, "X_train"), packed_file(folder, "X_test")
    train_labels = _train_labels(folder, train_path)
    train = read_zip_binary(train_path) if train_path else []
    _check_count(folder / "y_train.csv", "classes", len(train_labels), len(train), train_path)
    groups = _groups(folder, train_path, len(train))
    split = _given_split(folder, len(train))
    test = read_zip_binary(test_path) if test_path else []
    signals = train + test
    return assemble(
        folder,
        _names("X_train", train) + _names("X_test", test),
        lambda position: Measured(signals[position]),
        rate=rate,
        labels=[*train_labels, *[None] * len(test)],
        groups=[*groups, *[None] * len(test)],
        given_split=split,
        sealed_labels=_sealed(folder, len(test), set(train_labels)),
    )


def read_packed_file(path: Path, options: SourceOptions) -> Recordings:
    """Read one ``.bin`` or ``.zip`` of recordings without labels."""
    rate = check_rate(DEFAULT_RATE if options.rate is None else options.rate, path)
    signals = read_zip_binary(path)
    nothing: list[str | None] = [None] * len(signals)
    return assemble(
        path,
        _names(path.stem, signals),
        lambda position: Measured(signals[position]),
        rate=rate,
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
    return _classes(path)


def _classes(path: Path) -> list[str]:
    """Read a list of classes, all of them whole numbers or all of them names."""
    classes = read_column(path, "class")
    while not classes[-1]:
        classes.pop()
    return checked_numbers(path, list(enumerate(classes, start=1)))


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
    groups = read_column(path, "group")
    check_values(path, [(line, group) for line, group in enumerate(groups, start=1) if group], "group")
    _check_count(path, "groups", len(groups), n_train, train_path)
    return [group or None for group in groups]


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
    labels = _classes(path)
    _check_count(path, "classes", len(labels), n_test, packed_file(path.parent, "X_test"))
    unknown = order_classes(set(labels) - classes)
    if unknown:
        raise DataError(f"{path} has class {unknown[0]}, which y_train.csv has not: correct one of them")
    return labels
