"""Numbers in text, converted all at once by pandas; what it refuses has to be looked at field by field."""

import csv
import io

import numpy as np
from numpy.typing import NDArray

MISSING = {"", "nan", "-nan", "na", "n/a", "null", "none", "?"}
"""How programs write a missing value, in lower case."""

_SPELLINGS = sorted({spelling for word in MISSING for spelling in (word, word.upper(), word.capitalize())} | {"NaN"})
_LINE_END = ord("\n")


def is_regular(lines: str, between: str, width: int) -> bool:
    """Whether every line has `width` fields, of which none is in quotes; `between` separates them."""
    if width == 1:
        return between not in lines
    content = np.frombuffer(f"{lines}\n".encode(), np.uint8)
    marks = content[(content == ord(between)) | (content == _LINE_END)]
    if len(marks) % width:
        return False
    expected = np.full(width, ord(between), np.uint8)
    expected[-1] = _LINE_END
    return bool((marks.reshape(-1, width) == expected).all())


def fast_column(lines: str, between: str, number: int, width: int, decimal: str) -> NDArray[np.float64] | None:
    """Return one column of lines that are regular, with NaN where it is empty; None if something is no number."""
    return _parsed(lines, between, number, width, decimal)


def fast_values(lines: str, between: str, decimal: str) -> NDArray[np.float64] | None:
    """Return the number in each line, with NaN where it is empty; None if something is no number."""
    return _parsed(lines, between, 0, 1, decimal)


def _parsed(lines: str, between: str, number: int, width: int, decimal: str) -> NDArray[np.float64] | None:
    if "\0" in lines:  # where C ends a text
        return None
    import pandas as pd

    if decimal != ".":
        lines = lines.replace(decimal, ".")
    try:
        column = pd.read_csv(
            io.BytesIO(f"{lines}\n".encode()),
            sep=between,
            names=range(width),
            usecols=[number],
            dtype=np.float64,
            quoting=csv.QUOTE_NONE,
            skip_blank_lines=False,
            na_values=_SPELLINGS,
            keep_default_na=False,
        )[number]
    except ValueError:  # of pandas' own kinds, too
        return None
    return column.to_numpy(np.float64)
