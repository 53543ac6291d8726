"""The split that comes with recordings: which of them to train and which to validate on."""

from pathlib import Path

import numpy as np

from data_pipeline.arrays import load_array
from data_pipeline.errors import DataError
from data_pipeline.recordings import Indices


def read_given_split(folder: Path, n_train: int) -> tuple[Indices, Indices] | None:
    """Read ``train_idx.npy`` and ``val_idx.npy``, positions into the labelled recordings; None where both are absent.

    Raises
    ------
    DataError
        If one is missing or damaged, a position is outside, there twice, or in both.
    """
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
