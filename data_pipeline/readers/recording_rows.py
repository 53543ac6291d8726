"""Files that hold many recordings, one a row: packed ones, arrays, and tables of text."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data_pipeline.arrays import load_array
from data_pipeline.errors import BadRecording, DataError
from data_pipeline.memory import check_recordings
from data_pipeline.readers.binary import read_zip_binary
from data_pipeline.readers.row_table import read_row_table
from data_pipeline.readers.source_options import SourceOptions
from data_pipeline.recordings import Measured

ROW_ENDINGS = (".npy", ".csv", ".tsv")
"""Endings of files with a recording a row, besides packed ones."""


@dataclass(frozen=True)
class Rows:
    """The recordings of a file.

    Attributes
    ----------
    recordings : sequence of callable
        Reads each recording.
    given_names : list of str or None
        Names that the file gives them, if any.
    labels, groups : list of str or None
        Labels and groups that the file has, if any.
    """

    recordings: Sequence[Callable[[], Measured]]
    given_names: list[str | None] = field(default_factory=list)
    labels: list[str | None] = field(default_factory=list)
    groups: list[str | None] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.recordings)

    def names(self, stem: str) -> list[str]:
        """Return a name for each recording: that of the file, or the stem and its number from 0."""
        given = self.given_names or [None] * len(self)
        return [f"{stem}-{i}" if name is None else name for i, name in enumerate(given)]


def read_rows(path: Path, options: SourceOptions, *, needs_names: bool = False) -> Rows:
    """Read a file of recordings.

    Raises
    ------
    DataError
        If it cannot be read, is no array of recordings, or a table has unknown columns.
    """
    ending = path.suffix.lower()
    if ending in (".bin", ".zip"):
        return Rows([partial(Measured, signal) for signal in read_zip_binary(path)])
    if ending == ".npy":
        try:
            return rows_of_array(load_array(path), path, options)
        except ValueError as error:
            raise DataError(f"{error}: save recordings with np.save") from error
    table = read_row_table(path, needs_names=needs_names)
    names = [name for name in table.records if name is not None]
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise DataError(f"{path}: record {twice!r} is there twice: name each once")
    return Rows([partial(_row, table.samples, i) for i in range(len(table))], table.records, table.labels, table.groups)


def _row(samples: Callable[[int], NDArray[np.float64]], row: int) -> Measured:
    return Measured(samples(row))


def rows_of_array(array: NDArray[Any], path: Path, options: SourceOptions) -> Rows:
    """Take the rows of an array (recordings, samples), or of one signal of (recordings, signals, samples).

    Raises
    ------
    DataError
        If it holds no numbers or has another shape.
    """
    if array.dtype.kind not in "iuf":
        raise DataError(f"{path} holds {array.dtype}: samples must be integers or floats, so convert it")
    if array.ndim == 3 and 1 in array.shape[1:]:
        array = array.reshape(len(array), -1)
    if array.ndim == 3 and options.signal is not None:
        signals = array if array.shape[1] <= array.shape[2] else array.transpose(0, 2, 1)
        array = signals[:, options.choose([""] * signals.shape[1], path)]
    if array.ndim != 2:
        raise BadRecording(
            f"{path} has shape {array.shape}: give (recordings, samples), padded with NaN where they are shorter, or "
            "choose one of (recordings, signals, samples) with --signal"
        )
    check_recordings(len(array), path.stat().st_size, path)
    unit = "mV" if array.dtype.kind == "f" else "count"
    return Rows([partial(Measured, row, unit) for row in array])


def class_lines(path: Path) -> list[str]:
    """Read classes or groups from a ``.npy``, as text.

    Raises
    ------
    DataError
        If it is no one-dimensional array of whole numbers or text.
    """
    try:
        return texts_of_array(load_array(path), path)
    except ValueError as error:
        raise DataError(f"{error}: save classes with np.save") from error


def texts_of_array(array: NDArray[Any], path: Path) -> list[str]:
    """Return the classes or groups of an array as text.

    Raises
    ------
    DataError
        If it is not one-dimensional, or not of whole numbers or text.
    """
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    if array.ndim != 1 or array.dtype.kind not in "iufUS" or not len(array):
        raise DataError(f"{path} holds {array.dtype} of shape {array.shape}: save one class for each recording")
    return [value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value) for value in array.tolist()]
