"""Numbers in text files: rows of fields, with names above them where there are some.

Fields are separated by commas, semicolons, tabs or blanks, whichever the first line has. Empty fields, ``NaN``, ``NA``,
``null`` and ``?`` are missing values. `fast_numbers` converts them; only what it refuses is looked at field by field.
"""

import csv
import io
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from data_pipeline.errors import BadRecording
from data_pipeline.memory import count_memory
from data_pipeline.readers.fast_numbers import MISSING, fast_column, fast_values, is_regular
from data_pipeline.tables import BLANKS, read_text, separator

_BYTES_OF_CHARACTER = 60  # of memory: each may be a field of its own
_UNQUOTED = "\x1f"  # "unit separator": takes the place of others in a file with quotes, whose fields may have them
_LINE_END = "\x1e"  # that of a field in quotes


@dataclass(frozen=True)
class NumberTable:
    """The rows of a text file.

    Attributes
    ----------
    path : Path
        The file.
    names : list of str or None
        What its first row names the columns; None where the first row has numbers already.
    body : str
        The lines below.
    above : int
        Number of lines above these.
    between : str
        What separates fields.
    decimal : str
        The decimal mark of its numbers.
    """

    path: Path
    names: list[str] | None
    body: str
    above: int
    between: str
    decimal: str

    @cached_property
    def rows(self) -> list[tuple[int, str]]:
        """Line and text of each row that is not blank."""
        lines = enumerate(self.body.split("\n"), start=self.above + 1)
        nothing = BLANKS + self.between
        return [(line, text) for line, text in lines if text.strip(nothing)]

    @cached_property
    def width(self) -> int:
        """Number of columns: that of the longest row."""
        first = self.body.count(self.between, 0, self.body.find("\n") + 1 or None) + 1
        is_even = is_regular(self.body, self.between, first)
        longest = first if is_even else max(text.count(self.between) for _, text in self.rows) + 1
        return max(len(self.names or ()), longest)

    def texts(self, column: int) -> list[tuple[int, str]]:
        """Return line and field of each row in one column; the field is empty where the row is too short."""
        split = ((line, text.split(self.between, column + 1)) for line, text in self.rows)
        return [(line, fields[column].strip(BLANKS) if column < len(fields) else "") for line, fields in split]

    def column(self, number: int) -> NDArray[np.float64]:
        """Return the numbers of one column, with NaN where they are missing.

        Raises
        ------
        BadRecording
            If a row has another width, or a field is no number.
        """
        if is_regular(self.body, self.between, self.width):
            values = fast_column(self.body, self.between, number, self.width, self.decimal)
            if values is not None:
                return self._without_blank_rows(values)
        for line, text in self.rows:
            if text.count(self.between) + 1 != self.width:
                raise BadRecording(
                    f"{self.path} line {line} has {text.count(self.between) + 1} fields instead of {self.width}: a "
                    "sample of every column a line"
                )
        return self._checked(self.texts(number))

    def reader(self, columns: Sequence[int]) -> Callable[[int], NDArray[np.float64]]:
        """Return what reads the numbers that a row has in some columns, with NaN where they are missing.

        It raises `BadRecording` if a field is no number.
        """
        counts, lines = [], []
        for _, text in self.rows:
            fields = text.split(self.between)
            picked = [fields[column] for column in columns if column < len(fields)]
            counts.append(len(picked))
            lines += ["\n".join(picked)] if picked else []
        values = fast_values("\n".join(lines), self.between, self.decimal)
        if values is None or len(values) != sum(counts):
            return partial(self._numbers, columns)
        return np.split(values, np.cumsum(counts)[:-1]).__getitem__

    def _numbers(self, columns: Sequence[int], row: int) -> NDArray[np.float64]:
        line, text = self.rows[row]
        fields = text.split(self.between)
        return self._checked([(line, fields[column].strip(BLANKS)) for column in columns if column < len(fields)])

    def _without_blank_rows(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        missing = np.flatnonzero(np.isnan(values))
        lines = self.body.split("\n") if len(missing) else []
        return np.delete(values, [i for i in missing if not lines[i].strip(BLANKS + self.between)])

    def _checked(self, fields: list[tuple[int, str]]) -> NDArray[np.float64]:
        values = [_number(text.replace(self.decimal, ".")) for _, text in fields]
        for (line, text), value in zip(fields, values, strict=True):
            if value is None:
                raise BadRecording(
                    f"{self.path} line {line}: {text[:40]!r} is no number: correct it, or leave it empty if it is "
                    "missing"
                )
        return np.array(values, np.float64)


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
    decimal = "," if between == ";" else "."
    first = text.lstrip().partition("\n")[0]
    if '"' in text:
        simple = _without_simple_quotes(text, between)
        text, between = (simple, between) if simple else (_without_quotes(path, text, between), _UNQUOTED)
    elif between not in first and " " in first.strip():
        text, between = re.sub(" +", " ", text).replace(" \n", "\n").replace("\n ", "\n").strip(" "), " "
    above, body = _without_blank_ends(text, between)
    first, _, rest = body.partition("\n")
    names = [field.strip(BLANKS) for field in first.split(between)]
    if may_have_names and body and _are_names([name.replace(decimal, ".") for name in names]):
        table = NumberTable(path, names, rest, above + 1, between, decimal)
    else:
        table = NumberTable(path, None, body, above, between, decimal)
    if not table.body:
        raise BadRecording(f"{path} has no rows of numbers: it must hold samples")
    return table


def counts_up(fields: list[str]) -> bool:
    """Whether fields are 0, 1, 2 and so on, as pandas names columns; it leaves the name of an index empty."""
    named = fields[1:] if fields[0] == "" else fields
    return named == [str(i) for i in range(len(named))] and len(fields) > 1


def is_number(text: str) -> bool:
    """Whether a field is a number, and not a missing one."""
    value = _number(text)
    return value is not None and not np.isnan(value)


def _without_simple_quotes(text: str, between: str) -> str | None:
    """Take quotes off that only surround fields; None if a field has what quotes are for."""
    pieces = text.split('"')
    outside, inside, edges = pieces[::2], pieces[1::2], between + "\n"
    if len(pieces) % 2 == 0 or any(between in field or "\n" in field for field in inside):
        return None
    before, *amid, after = outside  # of the first, between all, and of the last
    if not all(amid) or any(piece[0] not in edges or piece[-1] not in edges for piece in amid):
        return None
    return "".join(pieces) if before[-1:] in edges and after[:1] in edges else None


def _without_quotes(path: Path, text: str, between: str) -> str:
    """Return the fields of a file with quotes, separated by what no field has."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=between, strict=True)
    lines: list[str] = []
    try:
        for fields in reader:
            if any(_UNQUOTED in field for field in fields):
                raise csv.Error("a field has control characters")
            lines += [""] * (reader.line_num - len(lines) - 1)  # a row of several lines counts as the last of them
            lines.append(_UNQUOTED.join(fields).replace("\n", _LINE_END))
    except csv.Error as error:
        raise BadRecording(f"{path} line {reader.line_num} cannot be read: {error}; correct it") from error
    return "\n".join(lines)


def _without_blank_ends(text: str, between: str) -> tuple[int, str]:
    """Return how many lines without any field are at the start, and the text without these and those at the end."""
    nothing = BLANKS + between
    first, last = len(text) - len(text.lstrip(nothing)), len(text.rstrip(nothing))
    start, end = text.rfind("\n", 0, first) + 1, text.find("\n", last)
    return text.count("\n", 0, start), text[start : end if end >= 0 else None]


def _are_names(fields: list[str]) -> bool:
    return any(_number(field) is None for field in fields) or (counts_up(fields) and fields != ["0", "1"])


def _number(text: str) -> float | None:
    try:
        return float(text) if "_" not in text else None
    except ValueError:
        return float("nan") if text.lower() in MISSING else None
