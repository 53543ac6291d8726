"""A text file of recordings, one a row: a column a sample, and record, label and group where columns have names."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from data_pipeline.errors import DataError, first_few
from data_pipeline.labels import check_values, checked_labels
from data_pipeline.readers.number_table import read_number_table
from data_pipeline.tables import MEANINGS

_SAMPLE = re.compile(r"(?P<word>\D*?)[-_ ]?\d+(\.\d+)*$")


@dataclass(frozen=True)
class RowTable:
    """The columns of such a file; each has an entry a row.

    Attributes
    ----------
    records, labels, groups : list of str or None
        Names, labels and groups of the recordings; None where the file or the row has none.
    samples : callable
        Reads the samples of one recording, with NaN where they are missing, as at the end of a shorter one; it raises
        `BadRecording` if a field is no number.
    """

    records: list[str | None]
    labels: list[str | None]
    groups: list[str | None]
    samples: Callable[[int], NDArray[np.float64]]

    def __len__(self) -> int:
        return len(self.records)


def read_row_table(path: Path, *, needs_names: bool = False) -> RowTable:
    """Read a text file of recordings, one a row.

    Parameters
    ----------
    path : Path
        The file.
    needs_names : bool
        Whether its first row has to name the columns, since nothing else says where labels are.

    Raises
    ------
    DataError
        If it cannot be read, or columns are neither samples nor record, label and group.
    """
    table = read_number_table(path)
    if table.names is None:
        if needs_names:
            raise DataError(
                f"{path} has no row of names, and a label would be taken for a sample: name the columns label, group, "
                "record, and 0, 1, 2 … for samples"
            )
        if len(table.rows) > 2 and [field for _, field in table.texts(0)] == [str(i) for i in range(len(table.rows))]:
            raise DataError(f"{path} has a column that counts its rows: leave it out (pandas: to_csv(index=False))")
        empty: list[str | None] = [None] * len(table.rows)
        return RowTable(empty, empty, empty, table.reader(range(table.width)))
    found = {MEANINGS[name.lower()]: i for i, name in enumerate(table.names) if name.lower() in MEANINGS}
    columns = [i for i, name in enumerate(table.names) if name.lower() not in MEANINGS]
    _check_names(path, table.names, columns, len(found))
    texts = {what: table.texts(i) for what, i in found.items()}
    groups, labels = texts.get("group", []), texts.get("label", [])
    check_values(path, [row for row in texts.get("record", []) if row[1]], "record")
    check_values(path, [row for row in groups if row[1]], "group")
    checked = iter(checked_labels(path, [row for row in labels if row[1]]))
    empty = [None] * len(table.rows)
    return RowTable(
        records=[name or None for _, name in texts["record"]] if "record" in texts else empty,
        labels=[next(checked) if label else None for _, label in labels] if labels else empty,
        groups=[group or None for _, group in groups] if groups else empty,
        samples=table.reader(columns),
    )


def _check_names(path: Path, names: list[str], columns: list[int], n_known: int) -> None:
    """Refuse columns that are no samples: an age or an index would be taken for one."""
    words = [_SAMPLE.match(names[i]) for i in columns]
    word = next((match["word"] for match in words if match), None)
    is_sample = [match is not None and match["word"] == word for match in words]
    other = [names[i] or "without a name" for i, is_one in zip(columns, is_sample, strict=True) if not is_one]
    if other:
        raise DataError(
            f"{path} has columns that are neither samples (0, 1, 2 …) nor record, label or group: {first_few(other)}; "
            "leave them out (pandas writes an index unless told to_csv(index=False))"
        )
    if len(columns) + n_known != len(names) or len(set(names)) < len(names) or not columns:
        raise DataError(f"{path} has the header {','.join(names[:9])!r}: each column once, and samples besides labels")
