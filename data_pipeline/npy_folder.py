"""A folder of ``.npy`` arrays, one per recording, with ``labels.csv`` beside them.

``labels.csv`` has the header ``file,label,group``. Label and group may be empty, and the group column may be absent.
An array without a label in this file is unlabelled; without the file, all are. Arrays hold integer counts, or floats in
millivolts, and have shape (T,) or (1, T). Arrays have no sampling rate, so it must be given.
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from data_pipeline.arrays import load_array
from data_pipeline.errors import BadRecording, DataError
from data_pipeline.recordings import Recordings, check_rate, refuse_recordings
from data_pipeline.tables import read_rows

_INT16 = np.iinfo(np.int16)


def read_npy_folder(folder: Path, rate: float | None = None) -> Recordings:
    """Read a folder of arrays.

    Parameters
    ----------
    folder : Path
        Folder of the arrays; folders inside it are ignored.
    rate : float
        Samples per second, in hertz.

    Raises
    ------
    DataError
        If the rate is not given, ``labels.csv`` does not fit the files, or counts and millivolts are mixed.
    BadRecording
        If an array cannot be read, has a wrong shape or type, or NaN or infinite values.
    """
    if rate is None:
        raise DataError(f"{folder} holds .npy arrays, which have no sampling rate: give it with --rate (in Hz)")
    rate = check_rate(rate, folder)
    if (folder / "groups.csv").exists():
        raise DataError(f"{folder / 'groups.csv'} is not read with .npy arrays: move it into labels.csv's column group")
    paths = sorted(folder.glob("*.npy"))
    labels, groups = _table(folder / "labels.csv", {path.name for path in paths})
    arrays = [_load(path) for path in paths]
    unit = _unit(paths, arrays)
    not_finite = [path.stem for path, array in zip(paths, arrays, strict=True) if not np.isfinite(array).all()]
    refuse_recordings(folder, not_finite, len(paths), "have NaN or infinite values")
    counts = [to_counts(array, path) for array, path in zip(arrays, paths, strict=True)]
    return Recordings(
        source=str(folder),
        ids=[path.stem for path in paths],
        signals=[signal for signal, _ in counts],
        rate=rate,
        unit=unit,
        scale=np.array([scale for _, scale in counts], dtype=np.float32),
        labels=[labels.get(path.name) for path in paths],
        groups=[groups.get(path.name) for path in paths],
    )


def to_counts(values: NDArray[np.generic], path: Path) -> tuple[NDArray[np.int16], np.float32]:
    """Convert samples to int16: integers that fit stay as they are, all others are scaled to the whole range.

    Returns
    -------
    counts : ndarray of shape (T,), int16
    scale : float32
        ``counts * scale`` gives the values to within half a count.
    """
    if not values.size:
        return np.empty(0, np.int16), np.float32(1)
    if values.dtype.kind in "iu" and values.min() >= _INT16.min and values.max() <= _INT16.max:
        return values.astype(np.int16), np.float32(1)
    exact = values.astype(np.float64)
    peak = np.abs(exact).max()
    if peak == 0:
        return np.zeros(values.shape, np.int16), np.float32(1)
    with np.errstate(over="ignore"):
        scale = np.float32(peak / _INT16.max)
    if not np.finfo(np.float32).tiny <= scale < np.inf:
        raise BadRecording(f"{path}: largest value {peak:g} is beyond the range of an amplitude: check its unit")
    # The scale is rounded to float32, so the largest count may exceed the range by one.
    return np.clip(np.rint(exact / np.float64(scale)), -_INT16.max, _INT16.max).astype(np.int16), scale


def _load(path: Path) -> NDArray[np.generic]:
    try:
        array: NDArray[np.generic] = load_array(path)
    except ValueError as error:
        raise BadRecording(f"{error}: save it with np.save") from error
    if not (array.ndim == 1 or (array.ndim == 2 and array.shape[0] == 1)):
        raise BadRecording(f"{path} has shape {np.shape(array)}: a recording is (samples,) or (1, samples)")
    if array.dtype.kind not in "iuf":
        raise BadRecording(f"{path} holds {array.dtype}: samples must be integers or floats")
    return array.reshape(-1)


def _unit(paths: list[Path], arrays: list[NDArray[np.generic]]) -> str:
    is_float = [array.dtype.kind == "f" for array in arrays]
    if any(is_float) and not all(is_float):
        counts, physical = paths[is_float.index(False)], paths[is_float.index(True)]
        raise DataError(f"{counts} holds integers (counts) but {physical.name} floats (mV): save all in one unit")
    return "mV" if all(is_float) else "count"


def _table(path: Path, files: set[str]) -> tuple[dict[str, str], dict[str, str]]:
    """Return the labels and the groups that are not empty, by file name."""
    if not path.exists():
        return {}, {}
    (_, header), *rows = read_rows(path, n_fields=1)
    if sorted(header) not in (["file", "label"], ["file", "group", "label"]):
        # Unknown columns are refused: with groups under another name, patients would silently cross a split.
        raise DataError(
            f"{path} has the header {','.join(header)!r}: it must be file,label,group, or file,label without groups"
        )
    columns: dict[str, dict[str, str]] = {"label": {}, "group": {}}
    seen: set[str] = set()
    for line, fields in rows:
        row = dict(zip(header, fields, strict=False))
        _check_row(path, line, row, files, seen)
        for column, values in columns.items():
            if row.get(column):
                values[row["file"]] = row[column]
    return columns["label"], columns["group"]


def _check_row(path: Path, line: int, row: dict[str, str], files: set[str], seen: set[str]) -> None:
    if "label" not in row:
        raise DataError(f"{path} line {line} has too few fields: file,label,group (label and group may be empty)")
    if row["file"] not in files:
        raise DataError(f"{path} line {line}: {row['file']!r} is no .npy file in {path.parent}: put it there")
    if row["file"] in seen:
        raise DataError(f"{path} line {line}: {row['file']!r} is there twice: keep one row")
    seen.add(row["file"])
