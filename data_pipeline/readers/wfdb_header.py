"""Headers of WFDB records: what is in them, read and checked before anything opens the files that they name.

References
----------
The WFDB header format, https://physionet.org/physiotools/wag/header-5.htm
"""

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from data_pipeline.amplitudes import in_millivolts
from data_pipeline.errors import BadRecording, DataError
from data_pipeline.regular_files import read_regular
from data_pipeline.tables import MOST_BYTES, read_text

_GAIN = re.compile(r"(?P<gain>[-+.\deE]+)(\((?P<baseline>-?\d{1,10})\))?(/(?P<unit>\S+))?$")
_FORMAT = re.compile(r"(?P<format>\d{1,3})(x(?P<per_frame>\d{1,5}))?(:\d{1,9})?(\+(?P<start>\d{1,12}))?$")
_DEFAULT_GAIN = 200.0  # counts per mV, by the WFDB format, where a header has no gain
_MOST_SIGNALS = 1000


@dataclass(frozen=True)
class SignalLine:
    """What a header says of one signal.

    Attributes
    ----------
    file : str
        Name of the file of its samples, which lies in the header's folder.
    format : str
        WFDB's number for the way in which they are written.
    per_frame : int
        Samples per frame; a record's rate is in frames.
    start : int
        Byte at which they begin.
    unit : str
        Physical unit of the samples.
    scale : float
        Physical units per count.
    baseline : float
        The count of physical zero.
    name : str
        Description of the signal, such as its lead; may be empty.
    """

    file: str
    format: str
    per_frame: int
    start: int
    unit: str
    scale: float
    baseline: float
    name: str


@dataclass(frozen=True)
class Header:
    """Content of a ``.hea`` file.

    Attributes
    ----------
    rate : float
        Frames per second, in hertz.
    n_frames : int or None
        Number of frames, that is of samples of each signal in most records; None where the file does not say it.
    signals : tuple of SignalLine
        The signals, one at least.
    """

    rate: float
    n_frames: int | None
    signals: tuple[SignalLine, ...]


def read_header(path: Path) -> Header:
    """Read a ``.hea``.

    Raises
    ------
    BadRecording
        If it is not a WFDB header, or has something that cannot be read.
    """
    try:
        text = read_text(path)
    except DataError as error:
        if not path.is_file() or not path.stat().st_size:
            raise BadRecording(f"{error}") from error
        text = read_regular(path, MOST_BYTES).decode("latin-1")  # older headers have a µ in one byte
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    record = lines[0].split() if lines else []
    if len(lines) < 2 or len(record) < 3:
        raise BadRecording(f"{path} has no record line and signal line: it is no WFDB header, copy it again")
    if "/" in record[0]:
        raise BadRecording(f"{path} has several segments: write the record as one (wfdb.rdrecord, wfdb.wrsamp)")
    n_signals = int(_number(record[1], "number of signals", path))
    if not 1 <= n_signals <= _MOST_SIGNALS or len(lines) - 1 < n_signals:
        raise BadRecording(f"{path} says {record[1]} signals and has {len(lines) - 1} signal lines: correct the header")
    rate = _number(record[2].split("/")[0].split("(")[0], "sampling rate", path)
    n_frames = int(_number(record[3], "number of samples", path)) if len(record) > 3 else None
    return Header(rate, n_frames or None, tuple(_signal(line, path) for line in lines[1 : n_signals + 1]))


def _signal(line: str, path: Path) -> SignalLine:
    fields = line.split(maxsplit=8)
    form = _FORMAT.match(fields[1]) if len(fields) > 1 else None
    if form is None:
        raise BadRecording(f"{path}: signal line {line!r} is not of the form 'file format gain …': correct the header")
    if fields[0] in ("~", "-") or Path(fields[0]).name != fields[0]:
        raise BadRecording(f"{path} names {fields[0]!r}, which is no file of its folder: correct the header")
    unit, scale, baseline = _calibration(fields[2] if len(fields) > 2 else "", path)
    if baseline is None:
        baseline = float(fields[4]) if len(fields) > 4 and re.fullmatch(r"-?\d{1,10}", fields[4]) else 0.0
    per_frame, start = int(form["per_frame"] or 1), int(form["start"] or 0)
    if per_frame < 1:
        raise BadRecording(f"{path}: signal line {line!r} has no samples in a frame: correct the header")
    name = fields[8].strip() if len(fields) > 8 else ""
    return SignalLine(fields[0], form["format"], per_frame, start, unit, scale, baseline, name)


def _number(text: str, what: str, path: Path) -> float:
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not (np.isfinite(value) and (0 <= value < 2**53 or what == "gain")):
        raise BadRecording(f"{path}: {what} {text!r} is no usable number: correct the header")
    return value


def _calibration(text: str, path: Path) -> tuple[str, float, float | None]:
    """Read unit, units per count and baseline from ``gain(baseline)/unit``; a gain of 0 means not calibrated."""
    match = _GAIN.match(text) if text else None
    if text and match is None:
        raise BadRecording(f"{path}: gain {text!r} is not of the form 1000/mV: correct the header")
    gain = _number(match["gain"], "gain", path) if match else _DEFAULT_GAIN
    baseline = float(match["baseline"]) if match and match["baseline"] else None
    if gain == 0:
        return "count", 1.0, baseline
    unit, size = in_millivolts((match and match["unit"]) or "mV")
    return unit, size / gain, baseline
