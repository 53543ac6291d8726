"""Files of one recording each, and how it is read from them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from data_pipeline.arrays import load_array
from data_pipeline.errors import BadRecording
from data_pipeline.readers.edf import read_edf
from data_pipeline.readers.npz import read_npz
from data_pipeline.readers.number_table import counts_up, is_number, read_number_table
from data_pipeline.readers.source_options import SourceOptions
from data_pipeline.recordings import Measured

_TIMES = {"time", "t", "s", "sec", "seconds", "ms", "timestamp", "time_s", "index", ""}


def read_array_file(path: Path, options: SourceOptions) -> Measured:
    """Read a ``.npy``: counts if it holds integers, millivolts if floats.

    Raises
    ------
    BadRecording
        If it is no array of numbers of one recording.
    """
    try:
        array = load_array(path)
    except ValueError as error:
        raise BadRecording(f"{error}: save it with np.save") from error
    return Measured(one_signal(array, path, options), _unit(array))


def read_archive_file(path: Path, options: SourceOptions) -> Measured:
    """Read one array of a ``.npz``, the only one or the one that is chosen by name.

    Raises
    ------
    BadRecording
        If it is no archive of arrays, or has none of that name.
    """
    arrays = read_npz(path)
    names = list(arrays)
    if len(names) == 1:
        return Measured(one_signal(arrays[names[0]](), path, options), _unit(arrays[names[0]]()))
    array = arrays[names[options.choose(names, path)]]()
    return Measured(one_signal(array, path, SourceOptions()), _unit(array))


def read_text_file(path: Path, options: SourceOptions) -> Measured:
    """Read one column of a ``.csv`` or ``.tsv``, or its only row.

    Raises
    ------
    BadRecording
        If a field is no number, or there are several columns and none is chosen.
    """
    table = read_number_table(path)
    if table.names is None and table.width > 1 and "\n" not in table.body:
        options.choose([""], path)
        return Measured(table.reader(range(table.width))(0))
    names = table.names or [""] * table.width
    if any(is_number(name) for name in table.names or ()) and not counts_up(names):
        raise BadRecording(
            f"{path} line 1: {','.join(names)[:80]!r} is neither names of columns nor numbers: correct it"
        )
    signals = [i for i, name in enumerate(names) if name.lower() not in _TIMES or table.names is None]
    if options.signal is None and len(signals) == 1:
        return Measured(table.column(signals[0]))
    return Measured(table.column(options.choose(names, path)))


def one_signal(array: NDArray[Any], path: Path, options: SourceOptions) -> NDArray[Any]:
    """Return the samples of an array of one recording, or of the signal that is chosen.

    Raises
    ------
    BadRecording
        If it holds no numbers, or has another shape.
    """
    if array.dtype.kind not in "iuf":
        raise BadRecording(f"{path} holds {array.dtype}: samples must be integers or floats, so convert it")
    if array.ndim == 1 or (array.ndim == 2 and array.shape[0] == 1):
        return array.reshape(-1)
    if array.ndim != 2 or options.signal is None:
        raise BadRecording(
            f"{path} has shape {array.shape}: a recording is (samples,) or (1, samples), so save one, or choose one of "
            "(signals, samples) with --signal"
        )
    signals = array if array.shape[0] <= array.shape[1] else array.T
    chosen: NDArray[Any] = signals[options.choose([""] * len(signals), path)]
    return chosen


def _unit(array: NDArray[Any]) -> str:
    return "mV" if array.dtype.kind == "f" else "count"


READERS: dict[str, Callable[[Path, SourceOptions], Measured]] = {
    ".npy": read_array_file,
    ".npz": read_archive_file,
    ".edf": read_edf,
    ".bdf": read_edf,
    ".csv": read_text_file,
    ".tsv": read_text_file,
}
"""What reads a file of one recording, by its ending."""

WITHOUT_RATE = {".npy", ".npz", ".csv", ".tsv"}
"""Endings of files that do not say their sampling rate."""
