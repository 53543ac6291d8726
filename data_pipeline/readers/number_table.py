"""Numbers in text files: rows of fields, with names above them where there are some.

Fields are separated by commas, semicolons, tabs or blanks, whichever the first line has. Empty fields, ``NaN``, ``NA``,
``null`` and ``?`` are missing values.
"""

import csv
import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from data_pipeline.errors import BadRecording
from data_pipeline.memory import count_memory
from data_pipeline.tables import read_text, separator

_BYTES_OF_CHARACTER = 60  # of memory: each may be a field of its own
_MISSING = {"", "nan", "-nan", "na", "n/a", "null", "none", "?"}


@dataclass(frozen=True)
class NumberTable:
    """The fields of a text file.

    Attributes
    ----------
    path : Path
        The file.
    names : list of str or None
        What its first row names the columns; None where the first row has numbers already.
    rows : list of (int, list of str)
        Line and fields of each row below, without blank ones.
    """

    path: Path
    names: list[str] | None
    rows: list[tuple[int, list[str]]]

    @property
    def width(self) -> int:
        """Number of columns: that of the longest row."""
        return max(len(self.names or ()), *(len(fields) for _, fields in self.rows))

    def column(self, number: int) -> NDArray[np.float64]:
        """Return the numbers of one column, with NaN where they are missing.

        Raises
        ------
        BadRecording
            If a row has another width, or a field is no number.
        """
        width = self.width
        for line, fields in self.rows:
            if len(fields) != width:
                raise BadRecording(
                    f"{self.path} line {line} has {len(fields)} fields instead of {width}: a sample of every "
                    "column a line"
                )
        return numbers(self.path, [(line, fields[number]) for line, fields in self.rows])


def read_number_table(path: Path, *, may_have_names: bool = True) -> NumberTable:
    """Read a text file of numbers.

    Parameters
    ----------
    path : Path
        The file.
    may_have_names : bool
        Whether its first row may name the columns; it does where it has words, or counts from 0 as those of pandas do.

    Raises
    ------
    DataError
        If it cannot be read.
    BadRecording
        If it has no rows of numbers.
    """
    text = read_text(path)
    if len(text) * _BYTES_OF_CHARACTER > count_memory():
        raise BadRecording(f"{path} is larger than the memory takes as text: split it, or save an array")
    between = separator(text)
    if between == "," and "," not in text.lstrip().split("\n", 1)[0]:
        rows = [(line, fields.split()) for line, fields in enumerate(text.splitlines(), start=1)]
    else:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=between, strict=True)
        try:
            rows = [(reader.line_num, [field.strip() for field in row]) for row in reader]
        except csv.Error as error:
            raise BadRecording(f"{path} line {reader.line_num} cannot be read: {error}; correct it") from error
    if between == ";":  # then a comma is the decimal one
        rows = [(line, [field.replace(",", ".") for field in fields]) for line, fields in rows]
    rows = [(line, fields) for line, fields in rows if any(fields)]
    names = rows.pop(0)[1] if rows and may_have_names and _are_names(rows[0][1]) else None
    if not rows:
        raise BadRecording(f"{path} has no rows of numbers: it must hold samples")
    return NumberTable(path, names, rows)


def numbers(path: Path, fields: list[tuple[int, str]]) -> NDArray[np.float64]:
    """Convert fields, each with its line, to numbers, with NaN where they are missing.

    Raises
    ------
    BadRecording
        If one is no number.
    """
    texts = [text for _, text in fields]
    if not any("_" in text for text in texts):
        try:
            return np.array([float(text) for text in texts])
        except ValueError:
            pass  # some are missing, or no numbers
    values = [_number(text) for _, text in fields]
    for (line, text), value in zip(fields, values, strict=True):
        if value is None:
            raise BadRecording(
                f"{path} line {line}: {text[:40]!r} is no number: correct it, or leave it empty if it is missing"
            )
    return np.array(values, np.float64)


def counts_up(fields: list[str]) -> bool:
    """Whether fields are 0, 1, 2 and so on, as pandas names columns; it leaves the name of an index empty."""
    named = fields[1:] if fields[0] == "" else fields
    return named == [str(i) for i in range(len(named))] and len(fields) > 1


def _are_names(fields: list[str]) -> bool:
    return any(_number(field) is None for field in fields) or (counts_up(fields) and fields != ["0", "1"])


def is_number(text: str) -> bool:
    """Whether a field is a number, and not a missing one."""
    value = _number(text)
    return value is not None and not np.isnan(value)


def _number(text: str) -> float | None:
    try:
        return float(text) if "_" not in text else None
    except ValueError:
        return float("nan") if text.lower() in _MISSING else None
