"""A folder of WFDB records, in the form in which PhysioNet distributes the CinC 2017 challenge.

Each record is a ``.hea`` and a ``.mat`` file. ``REFERENCE.csv`` holds ``record,label`` rows, with or without a header;
records without a label in it are the test part. ``groups.csv`` holds ``record,group`` rows and may be absent. Rate,
gain and unit come from the headers. The offset (baseline) is dropped, since front ends remove any constant.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.io import loadmat

from data_pipeline.errors import BadRecording, DataError
from data_pipeline.recordings import Recordings, check_rate
from data_pipeline.tables import read_rows, read_text

_GAIN = re.compile(r"(?P<gain>[-+.\deE]+)(\(-?\d+\))?(/(?P<unit>\S+))?$")
_UNITS = {"mV": ("mV", 1.0), "uV": ("mV", 1e-3), "µV": ("mV", 1e-3), "V": ("mV", 1e3)}
_DEFAULT_GAIN = 200.0  # counts per mV, by the WFDB format, where a header has no gain


@dataclass(frozen=True)
class Header:
    """Content of a ``.hea`` file.

    Attributes
    ----------
    rate : float
        Sampling rate in hertz.
    n_samples : int or None
        Number of samples; None where the file does not say it.
    unit : str
        Physical unit of the samples.
    scale : float
        Physical units per count.
    """

    rate: float
    n_samples: int | None
    unit: str
    scale: float


def read_wfdb_folder(folder: Path, rate: float | None = None) -> Recordings:
    """Read a folder of WFDB records.

    Parameters
    ----------
    folder : Path
        Folder of the records; folders inside it are ignored.
    rate : float, optional
        Sampling rate in hertz with which the headers must agree.

    Raises
    ------
    DataError
        If a file is missing or does not fit the others, or the records differ in rate or unit.
    BadRecording
        If a record cannot be read.
    """
    names = _record_names(folder)
    labels = _table(folder / "REFERENCE.csv", "label", names)
    groups = _table(folder / "groups.csv", "group", names)
    headers = [read_header(folder / f"{name}.hea") for name in names]
    _agree(folder, names, headers, rate)
    return Recordings(
        source=str(folder),
        ids=names,
        signals=[_read_samples(folder / f"{name}.mat", h) for name, h in zip(names, headers, strict=True)],
        rate=headers[0].rate,
        unit=headers[0].unit,
        scale=np.array([header.scale for header in headers], dtype=np.float32),
        labels=[labels.get(name) for name in names],
        groups=[groups.get(name) for name in names],
    )


def read_header(path: Path) -> Header:
    """Read a single-lead ``.hea``.

    Raises
    ------
    BadRecording
        If it is not a WFDB header, has several leads, or has a number that cannot be read.
    """
    lines = [line for line in read_text(path).splitlines() if line.strip() and not line.startswith("#")]
    if len(lines) < 2 or len(lines[0].split()) < 3:
        raise BadRecording(f"{path} has no record line and signal line: it is no WFDB header")
    record, signal = lines[0].split(), lines[1].split()
    if record[1] != "1":
        raise BadRecording(f"{path} has {record[1]!r} signals: only single-lead records are read")
    rate = _number(record[2].split("/")[0].split("(")[0], "sampling rate", path)
    n_samples = int(_number(record[3], "number of samples", path)) if len(record) > 3 else None
    unit, scale = _calibration(signal[2] if len(signal) > 2 else "", path)
    return Header(rate, n_samples or None, unit, scale)


def _number(text: str, what: str, path: Path) -> float:
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not (np.isfinite(value) and value >= 0):
        raise BadRecording(f"{path}: {what} {text!r} is no usable number: correct the header")
    return value


def _calibration(text: str, path: Path) -> tuple[str, float]:
    """Read the unit, and the units per count, from ``gain(baseline)/unit``; a gain of 0 means not calibrated."""
    match = _GAIN.match(text) if text else None
    if text and match is None:
        raise BadRecording(f"{path}: gain {text!r} is not of the form 1000/mV: correct the header")
    gain = _number(match["gain"], "gain", path) if match else _DEFAULT_GAIN
    if gain == 0:
        return "count", 1.0
    unit, factor = _UNITS.get((match and match["unit"]) or "mV", ("", 0.0))
    if not unit:
        raise BadRecording(
            f"{path}: unit of gain {text!r} is unknown, not one of {', '.join(_UNITS)}: correct the header"
        )
    return unit, factor / gain


def _record_names(folder: Path) -> list[str]:
    headers = {path.stem for path in folder.glob("*.hea")}
    samples = {path.stem for path in folder.glob("*.mat")}
    for stem in sorted(headers ^ samples):
        has, lacks = (".hea", ".mat") if stem in headers else (".mat", ".hea")
        raise BadRecording(f"{folder / (stem + has)} has no {stem}{lacks} beside it: put it there or remove the record")
    if not headers:
        raise DataError(f"{folder} has REFERENCE.csv but no .hea and .mat records: put them there")
    return sorted(headers)


def _table(path: Path, what: str, names: list[str]) -> dict[str, str]:
    """Read ``record,value`` rows as a mapping; rows with an empty value are left out."""
    if not path.exists():
        return {}
    known, values = set(names), {}
    rows = read_rows(path, n_fields=2)
    for line, (record, value, *_) in rows[_is_header(rows, known) :]:
        if record not in known:
            raise DataError(f"{path} line {line}: {what} for record {record!r}, which has no .hea in {path.parent}")
        if record in values:
            raise DataError(f"{path} line {line}: record {record!r} is there twice: keep one row")
        values[record] = value
    return {record: value for record, value in values.items() if value}


def _is_header(rows: list[tuple[int, list[str]]], known: set[str]) -> bool:
    """Whether the first row is a header: its first word is no record and has no digit, its second occurs only here."""
    (_, (name, value, *_)), *others = rows
    if name in known or any(character.isdigit() for character in name):
        return False
    return all(value != other[1] for _, other in others)


def _agree(folder: Path, names: list[str], headers: list[Header], rate: float | None) -> None:
    first = headers[0]
    for name, header in zip(names, headers, strict=True):
        if header.rate != first.rate:
            raise DataError(
                f"{folder}: {name} has {header.rate:g} Hz, but {names[0]} has {first.rate:g} Hz: all must agree"
            )
        if header.unit != first.unit:
            raise DataError(f"{folder}: {name} is in {header.unit}, but {names[0]} in {first.unit}: all must agree")
    check_rate(first.rate, folder / f"{names[0]}.hea")
    if rate is not None and rate != first.rate:
        raise DataError(f"{folder}: the headers say {first.rate:g} Hz, not {rate:g} Hz: leave the rate out")


def _read_samples(path: Path, header: Header) -> NDArray[np.int16]:
    try:
        content: dict[str, Any] = loadmat(path, variable_names=["val"])
    except Exception as error:  # scipy's parser raises many kinds of errors
        raise BadRecording(f"{path} is no readable .mat file ({error}): copy it again") from error
    values = content.get("val")
    if not isinstance(values, np.ndarray) or values.ndim != 2 or values.shape[0] != 1:
        shape = None if values is None else np.shape(values)
        raise BadRecording(f"{path}: 'val' must be an array of shape (1, samples), not {shape}: one lead a record")
    if values.dtype.kind not in "iu" or (values.size and (values.min() < -32768 or values.max() > 32767)):
        raise BadRecording(f"{path}: 'val' must hold 16-bit integers, not {values.dtype}: convert the record")
    if header.n_samples is not None and values.shape[1] != header.n_samples:
        raise BadRecording(
            f"{path} has {values.shape[1]} samples, but its header says {header.n_samples}: copy both again"
        )
    samples: NDArray[np.int16] = values[0].astype(np.int16)
    return samples
