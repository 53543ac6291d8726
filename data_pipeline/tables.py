"""Small tables beside recordings, in text files; errors name the file and every line that is wrong.

Every table of labels or groups goes through here. Fields are separated by commas, semicolons or tabs, whichever the
first line has; quotes, a byte order mark and the line ends of any system are understood.
"""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from data_pipeline.errors import DataError, numbered
from data_pipeline.regular_files import read_regular

MOST_BYTES = 2**28
"""Largest text file that is read: a line each for millions of recordings."""

BLANKS = " \t\r\n\u00a0"
"""What may surround a field. Control characters may not: they are refused rather than taken off."""

MEANINGS = {
    **dict.fromkeys(("record", "recording", "file", "filename"), "record"),
    **dict.fromkeys(("label", "class"), "label"),
    "group": "group",
}
"""The names that columns may have, in any case, and what they hold."""

_INDEX_COLUMN = re.compile(r"(|index|id|unnamed: \d+)$", re.IGNORECASE)
_FURTHER_LABEL = re.compile(r"label|class|diagnos|rhythm|dx|scp", re.IGNORECASE)

ONE_LABEL = (
    "a recording has one label here: keep the one that is to be learnt, or join several into a class of its own, "
    "such as AF+PVC"
)
"""What to do about recordings with several labels."""


@dataclass(frozen=True)
class Row:
    """A row of a table of records; a field is empty where the row or the table has none.

    Attributes
    ----------
    line : int
        Its line in the file, counted from 1.
    record, label, group : str
        Its fields, without surrounding blanks.
    """

    line: int
    record: str
    label: str = ""
    group: str = ""


def read_table(path: Path, columns: Sequence[str], optional: Sequence[str] = (), *, bare: bool = False) -> list[Row]:
    """Read a table of records.

    Parameters
    ----------
    path : Path
        Path of the file. Its first row names the columns, in any order; the names are those of `MEANINGS`.
    columns : sequence of str
        Columns that it must have, by one of their names in `MEANINGS`, under which messages ask for them.
    optional : sequence of str
        Columns that it may have.
    bare : bool
        Whether the file may lack the row of names; it then has just `columns`, in their order.

    Raises
    ------
    DataError
        If the file cannot be read or has no row, a column is unknown, missing or there twice, or a row has another
        width than the first.
    """
    first, *rows = _rows(path)
    wanted, known = [MEANINGS[name] for name in columns], {MEANINGS[name] for name in (*columns, *optional)}
    names = [MEANINGS.get(name.lower(), name) for name in first[1]]
    if bare and not _is_header(names, first[1], [fields for _, fields in rows]):
        if len(names) != len(columns):
            raise DataError(
                f"{path} line {first[0]}: {','.join(first[1])!r} has {_fields(names)} and no header says what they "
                f"are: {_advice(names, columns, optional)}"
            )
        names, rows = wanted, [first, *rows]
    else:
        # A header of two words that nobody knows, such as "Name,Rhythm", has the columns in their usual order.
        if bare and len(names) == len(columns) and not set(names) & set(MEANINGS.values()):
            names = wanted
        if not set(wanted) <= set(names) <= known or len(set(names)) < len(names):
            raise DataError(f"{path} has the header {','.join(first[1])!r}: {_advice(names, columns, optional)}")
    _check_widths(path, rows, len(names))
    return [Row(line, **dict(zip(names, fields, strict=True))) for line, fields in rows]


def read_column(path: Path, what: str) -> list[str]:
    """Read a file of one field a line without a header, such as the classes of packed recordings.

    Parameters
    ----------
    path : Path
        Path of the file. Empty lines are empty fields.
    what : str
        What a line holds, for messages.

    Raises
    ------
    DataError
        If the file cannot be read, or a line has several fields.
    """
    text = read_text(path)
    lines = [fields for _, fields in _fields_of(path, text, separator(text))]
    wide = [
        (number, f"{','.join(fields)!r} has {_fields(fields)}: one {what} a line, without an index column or header")
        for number, fields in enumerate(lines, start=1)
        if len(fields) > 1
    ]
    refuse_lines(path, wide)
    return [fields[0] if fields else "" for fields in lines]


def read_lines(path: Path) -> list[str]:
    """Read the lines of a text file, without surrounding blanks and without empty lines at the end."""
    return [line.strip(BLANKS) for line in read_text(path).rstrip(BLANKS).split("\n")]


def read_text(path: Path) -> str:
    """Read a whole text file, with or without a byte order mark.

    Raises
    ------
    DataError
        If the file is missing, too large, cannot be read, is empty, or is not UTF-8.
    """
    try:
        content = read_regular(path, MOST_BYTES)
        text = io.TextIOWrapper(io.BytesIO(content), encoding="utf-8-sig").read()  # whatever ends its lines
    except FileNotFoundError:
        raise DataError(f"{path} is missing: put it there") from None
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise DataError(f"{path} is not UTF-8 text (byte {error.start}): save it as UTF-8") from error
    if not text.strip():
        raise DataError(f"{path} is empty: it must hold one line a recording")
    return text


def refuse_lines(path: Path, faults: Sequence[tuple[int, str]]) -> None:
    """Raise `DataError` with all these faults, each a line and what is wrong with it, if there are any."""
    if len(faults) == 1:
        ((line, what),) = faults
        raise DataError(f"{path} line {line}: {what}")
    if faults:
        raise DataError(
            f"{path}: {len(faults)} lines are wrong: {numbered([f'line {line}: {what}' for line, what in faults])}"
        )


def _rows(path: Path) -> list[tuple[int, list[str]]]:
    """Read the rows that are not blank, with their lines."""
    text = read_text(path)
    rows = [(line, fields) for line, fields in _fields_of(path, text, separator(text)) if any(fields)]
    if not rows:
        raise DataError(f"{path} holds separators only: it must hold one line a recording")
    return rows


def _fields_of(path: Path, text: str, between: str) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=between, strict=True)
    try:
        for row in reader:
            yield reader.line_num, [field.strip(BLANKS) for field in row]
    except csv.Error as error:
        raise DataError(f"{path} line {reader.line_num} cannot be read: {error}; correct its quotes") from error


def separator(text: str) -> str:
    """Return the separator that the first line with anything in it has; a comma where it has none."""
    first = re.sub(r'"[^"]*"', "", text.lstrip().split("\n", 1)[0])
    return next((mark for mark in ",;\t" if mark in first), ",")


def _is_header(names: list[str], fields: list[str], others: list[list[str]]) -> bool:
    """Whether the first row names columns.

    One that names a column of ours does. So does one of two words of which the first has no digit, as names of records
    have, and the second, no label then, occurs only here.
    """
    if set(names) & set(MEANINGS.values()):
        return True
    if len(fields) != 2 or any(character.isdigit() for character in fields[0]):
        return False
    return all(fields[1] != other[-1] for other in others) and bool(others)


def _advice(names: list[str], columns: Sequence[str], optional: Sequence[str]) -> str:
    """Say what columns a table must have, and what to do with others."""
    wanted = f"it must be {','.join([*columns, *optional])}" + (
        f", of which {' and '.join(optional)} may be absent" if optional else ""
    )
    known = {MEANINGS[name] for name in (*columns, *optional)}
    unknown = [name for name in names if name not in known]
    if any(_INDEX_COLUMN.match(name) for name in unknown):
        return f"{wanted}; leave an index column out (pandas: to_csv(index=False))"
    if any(_FURTHER_LABEL.search(name) for name in unknown) or names.count("label") > 1:
        return f"{wanted}; {ONE_LABEL}"
    return f"{wanted}; rename a column that means one of these, and remove others"


def _check_widths(path: Path, rows: list[tuple[int, list[str]]], width: int) -> None:
    """Refuse rows of other widths: in a longer one, fields would be lost or taken for others."""
    faults = []
    for line, fields in rows:
        if len(fields) < width:
            faults.append((line, f"{','.join(fields)!r} has too few fields: {len(fields)} of {width} (may be empty)"))
        elif len(fields) > width:
            why = f"put a field that contains the separator in quotes; {ONE_LABEL}"
            faults.append((line, f"{','.join(fields)!r} has {_fields(fields)} instead of {width}: {why}"))
    refuse_lines(path, faults)


def _fields(fields: Sequence[str]) -> str:
    return f"{len(fields)} field{'s' if len(fields) > 1 else ''}"
