"""Small text files of lines or comma-separated rows; errors name the file and the line."""

import csv
import io
from pathlib import Path

from data_pipeline.errors import DataError


def read_text(path: Path) -> str:
    """Read a whole text file, with or without a byte order mark.

    Raises
    ------
    DataError
        If the file is missing, cannot be read, is empty, or is not UTF-8.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise DataError(f"{path} is missing: put it there") from None
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise DataError(f"{path} is not UTF-8 text (byte {error.start}): save it as UTF-8") from error
    if not text.strip():
        raise DataError(f"{path} is empty: it must hold one line a recording")
    return text


def read_lines(path: Path) -> list[str]:
    """Read the lines of a text file, without surrounding blanks and without empty lines at the end."""
    return [line.strip() for line in read_text(path).rstrip().split("\n")]


def read_rows(path: Path, n_fields: int) -> list[tuple[int, list[str]]]:
    """Read the rows of a comma-separated file with their line numbers; blank lines are left out.

    Parameters
    ----------
    path : Path
        Path of the file.
    n_fields : int
        Least number of fields of every row.

    Raises
    ------
    DataError
        If the file cannot be read or has no row, or a row has too few fields.
    """
    reader = csv.reader(io.StringIO(read_text(path), newline=""), strict=True)
    rows = []
    try:
        for row in reader:
            fields = [field.strip() for field in row]
            if not any(fields):
                continue
            if len(fields) < n_fields:
                raise DataError(f"{path} line {reader.line_num}: {','.join(row)!r} has fewer than {n_fields} fields")
            rows.append((reader.line_num, fields))
    except csv.Error as error:
        raise DataError(f"{path} line {reader.line_num} cannot be read: {error}") from error
    if not rows:
        raise DataError(f"{path} holds separators only: it must hold one line a recording")
    return rows
