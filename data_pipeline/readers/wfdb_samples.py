"""Samples of WFDB records: ``.mat`` matrices are read here, the formats of ``.dat`` and FLAC files by `wfdb`."""

import os
from math import prod
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from data_pipeline.cleaning import with_missing
from data_pipeline.errors import BadRecording
from data_pipeline.readers.binary import MOST_INFLATED
from data_pipeline.readers.wfdb_header import Header, SignalLine
from data_pipeline.regular_files import open_regular

MISSING = {
    **dict.fromkeys(("16", "61", "160", "516"), -(2**15)),
    **dict.fromkeys(("24", "524"), -(2**23)),
    **dict.fromkeys(("80", "508"), -(2**7)),
    **dict.fromkeys(("310", "311"), -(2**9)),
    "8": None,
    "32": -(2**31),
    "212": -(2**11),
}
"""The count with which each format marks a missing sample; None where it has none."""

_BITS = {"8": 8, "16": 16, "24": 24, "32": 32, "61": 16, "80": 8, "160": 16, "212": 12, "310": 32 / 3, "311": 32 / 3}
_FLAC = {"508", "516", "524"}
_NUMBERS = {"double", "single", "logical", *(f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64))}
_MATLAB_7_3 = b"MATLAB 7.3"


def read_samples(path: Path, header: Header, number: int) -> NDArray[Any]:
    """Read one signal of a record.

    Parameters
    ----------
    path : Path
        Path of the header.
    header : Header
        Its content.
    number : int
        Position of the signal.

    Returns
    -------
    ndarray of shape (T,), integer, or float64 where samples are missing, which are NaN

    Raises
    ------
    BadRecording
        If the file that the header names is not there, cannot be read, or has not the size that the header says.
    """
    signal = header.signals[number]
    if signal.format not in MISSING:
        raise BadRecording(f"{path}: format {signal.format} is none of {', '.join(MISSING)}: convert the record")
    file = _file(path, signal)
    is_matrix = file.suffix.lower() == ".mat"
    counts = _read_matrix(file, header, number) if is_matrix else _read_by_wfdb(path, file, header, number)
    return with_missing(counts, MISSING[signal.format])


def _file(path: Path, signal: SignalLine) -> Path:
    """Return the file that a header names; a renamed record has another one of its own name."""
    file = path.with_name(signal.file)
    own = path.with_suffix(file.suffix)
    if file != own and own.exists():
        also = "which is there, too" if file.exists() else "which is not beside it"
        raise BadRecording(
            f"{path} names {file.name}, {also}, but {own.name} has its own name: correct the header or the name"
        )
    if not file.is_file():
        raise BadRecording(f"{path} names {file.name}, which is not beside it: put it there or remove the record")
    return file


def _read_matrix(file: Path, header: Header, number: int) -> NDArray[Any]:
    from scipy.io import loadmat

    with open_regular(file) as stream:
        if stream.read(len(_MATLAB_7_3)) == _MATLAB_7_3:
            raise BadRecording(f"{file} is a MATLAB v7.3 file, which is not read: save it with save(…, '-v7')")
    try:
        with open_regular(file) as stream:
            _check_variables(stream)
            content: dict[str, Any] = loadmat(stream, variable_names=["val"])  # type: ignore[arg-type]
    except Exception as error:  # scipy's parser raises many kinds of errors
        problem = " ".join(str(error).split())
        raise BadRecording(f"{file} is no readable .mat file ({problem}): copy it again") from error
    values, n_signals = content.get("val"), len(header.signals)
    if not isinstance(values, np.ndarray) or values.ndim != 2 or values.shape[0] != n_signals:
        shape = None if values is None else np.shape(values)
        raise BadRecording(
            f"{file}: 'val' must be an array of shape ({n_signals}, samples) by its header, not {shape}: correct either"
        )
    if values.dtype.kind not in "iu" or (values.size and (values.min() < -32768 or values.max() > 32767)):
        raise BadRecording(f"{file}: 'val' must hold 16-bit integers, not {values.dtype}: convert the record")
    if header.n_frames is not None and values.shape[1] != header.n_frames:
        raise BadRecording(
            f"{file} has {values.shape[1]} samples, but its header says {header.n_frames}: copy both again"
        )
    samples: NDArray[np.int16] = values[number].astype(np.int16)
    return samples


def _check_variables(stream: BinaryIO) -> None:
    """Refuse what the parser would follow without end, as cells inside cells, and sizes that no file can have."""
    from scipy.io import whosmat

    most = MOST_INFLATED * os.fstat(stream.fileno()).st_size
    for name, shape, kind in whosmat(stream):  # type: ignore[arg-type]
        if name == "val" and (kind not in _NUMBERS or min(shape, default=0) < 0 or prod(shape) > most):
            raise ValueError(f"'val' is {kind} of shape {shape}")
    stream.seek(0)


def _read_by_wfdb(path: Path, file: Path, header: Header, number: int) -> NDArray[Any]:
    """Read a signal by `wfdb`, after the sizes of its file were checked: it takes memory for what a header says."""
    _check_size(path, file, header)
    import wfdb

    record = str(path.resolve().with_suffix(""))
    one_rate = all(signal.per_frame == 1 for signal in header.signals)
    try:
        # Frames of several samples would be averaged; where there are none, format 61 is read in this way only.
        read = wfdb.rdrecord(record, channels=[number], physical=False, smooth_frames=one_rate)
        samples: NDArray[Any] = read.d_signal[:, 0] if one_rate else read.e_d_signal[0]
    except Exception as error:  # of many kinds, by what is wrong with a file
        raise BadRecording(f"{file} cannot be read as {path.name} says ({error}): copy both again") from error
    return samples


def _check_size(path: Path, file: Path, header: Header) -> None:
    together = [signal for signal in header.signals if signal.file == file.name]
    if len({(signal.format, signal.start) for signal in together}) > 1:
        raise BadRecording(f"{path}: the signals of {file.name} differ in format: correct the header")
    form = together[0].format
    per_frame = sum(signal.per_frame for signal in together)
    n_bytes = file.stat().st_size - together[0].start
    if form in _FLAC:
        _check_flac(path, file, header)
    elif header.n_frames is not None and int(header.n_frames * per_frame * _BITS[form] / 8) > n_bytes:
        there = int(n_bytes * 8 / _BITS[form] / per_frame)
        raise BadRecording(
            f"{file} has room for {max(there, 0)} samples, but its header says {header.n_frames}: copy both again"
        )


def _check_flac(path: Path, file: Path, header: Header) -> None:
    """Compare the lengths of a compressed file and its header: it could unfold to any size."""
    import soundfile

    try:
        n_frames = soundfile.info(str(file)).frames
    except soundfile.LibsndfileError as error:
        raise BadRecording(f"{file} is no readable FLAC file ({error}): copy it again") from error
    per_frame = max(signal.per_frame for signal in header.signals)
    if header.n_frames is None or n_frames != header.n_frames * per_frame:
        raise BadRecording(f"{file} has {n_frames} samples, but {path.name} says {header.n_frames}: copy both again")
