"""Which label and which group each recording of a folder has, from the tables beside it.

=====================================  =============================================================================
``labels.csv`` or ``REFERENCE.csv``    columns record (or file), label (or class), and group, which may be absent
``groups.csv``                         optional: record and group, where the table of labels has no group
``y_test.csv``                         optional: record and label of recordings without a label above, sealed
=====================================  =============================================================================

A record is named with or without the ending of its file. ``REFERENCE.csv`` and ``groups.csv`` need no header.
"""

import logging
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from data_pipeline.errors import DataError, first_few
from data_pipeline.labels import check_values, checked_labels
from data_pipeline.tables import ONE_LABEL, Row, read_table, refuse_lines

LABELS, REFERENCE, GROUPS, SEALED = "labels.csv", "REFERENCE.csv", "groups.csv", "y_test.csv"

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Labelling:
    """What the tables of a folder say of its recordings, in their order.

    Attributes
    ----------
    labels, groups : list of str or None
        Label and group of each recording; None where it has none.
    sealed_labels : callable returning list of str, or None
        Reads the labels of the recordings without one, when somebody asks for them.
    """

    labels: list[str | None]
    groups: list[str | None]
    sealed_labels: Callable[[], list[str]] | None


def read_labelling(folder: Path, names: Sequence[str], ending: str, reference: Path | None = None) -> Labelling:
    """Read the tables of a folder.

    Parameters
    ----------
    folder : Path
        The folder.
    names : sequence of str
        Names of its recordings, without the endings of their files.
    ending : str
        Ending of the files, such as ``.npy``.
    reference : Path, optional
        Table of labels to read in place of ``labels.csv`` or ``REFERENCE.csv``: a file of the folder, or any other.

    Raises
    ------
    DataError
        If a table cannot be read, names a recording that is not there or is there twice, or a label or group is none.
    """
    joined = Joined(list(names), ending, f"{ending} file in {folder}")
    table = _table_of_labels(folder, reference)
    rows = joined.read(table, "label", ["group"]) if table else {}
    groups = {name: row.group for name, row in rows.items() if row.group}
    if (folder / GROUPS).exists():
        if groups:
            raise DataError(f"{folder / GROUPS} is there, but {table} has groups, too: keep one of them")
        groups = {name: row.group for name, row in joined.read(folder / GROUPS, "group").items() if row.group}
    labels = joined.labels(table, rows) if table else {}
    unlabelled = [name for name in names if name not in labels]
    sealed = folder / SEALED
    return Labelling(
        labels=[labels.get(name) for name in names],
        groups=[groups.get(name) for name in names],
        sealed_labels=(lambda: joined.sealed(sealed, unlabelled)) if sealed.exists() else None,
    )


def _table_of_labels(folder: Path, reference: Path | None) -> Path | None:
    if reference is not None:
        return folder / reference if (folder / reference).exists() else reference
    there = [folder / name for name in (LABELS, REFERENCE) if (folder / name).exists()]
    if len(there) == 2:
        raise DataError(f"{folder} has both {LABELS} and {REFERENCE}: choose one with --reference")
    others = sorted(path.name for path in folder.glob("REFERENCE*.csv") if path not in there)
    if others and not there:
        log.warning("%s has no %s, but %s: choose one with --reference", folder, REFERENCE, first_few(others))
    return there[0] if there else None


@dataclass(frozen=True)
class Joined:
    """Recordings, to which rows of tables are joined by name.

    Attributes
    ----------
    names : list of str
        Their names.
    ending : str
        An ending that tables may add to these.
    kind : str
        What they are, for messages.
    """

    names: list[str]
    ending: str
    kind: str

    def read(self, path: Path, column: str, optional: Sequence[str] = ()) -> dict[str, Row]:
        """Read a table by the names of recordings; groups are checked."""
        first = "file" if path.name == LABELS else "record"
        rows = read_table(path, [first, column], optional, bare=path.name != LABELS)
        spelled = self._spelled()
        found: dict[str, Row] = {}
        faults = []
        for row in rows:
            name = spelled.get(row.record)
            if name is None:
                faults.append((row.line, self._absent(row, column)))
            elif name in found:
                faults.append((row.line, _twice(found[name], row)))
            else:
                found[name] = row
        refuse_lines(path, faults)
        check_values(path, [(row.line, row.group) for row in rows if row.group], "group")
        return found

    def _spelled(self) -> dict[str, str]:
        """Return names by the ways of writing them; the folder may be left out where no other has such a record."""
        last = Counter(name.rpartition("/")[2] for name in self.names)
        unique = {name.rpartition("/")[2]: name for name in self.names if last[name.rpartition("/")[2]] == 1}
        names = unique | {name: name for name in self.names}
        return names | {f"{spelling}{self.ending}": name for spelling, name in names.items()}

    def _absent(self, row: Row, what: str) -> str:
        return f"{what} for record {row.record!r}, which is no {self.kind}: put it there or remove the row"

    def labels(self, path: Path, rows: dict[str, Row]) -> dict[str, str]:
        """Return the labels of the rows that have one."""
        labelled = {name: row for name, row in rows.items() if row.label}
        checked = checked_labels(path, [(row.line, row.label) for row in labelled.values()])
        return dict(zip(labelled, checked, strict=True))

    def sealed(self, path: Path, unlabelled: list[str]) -> list[str]:
        """Read the sealed labels of the recordings that have no other.

        Raises
        ------
        DataError
            If the table cannot be read, or has not one label for each of these and for no other.
        """
        labels = self.labels(path, self.read(path, "label"))
        wanted = set(unlabelled)
        more = [name for name in labels if name not in wanted]
        if more:
            raise DataError(f"{path} has labels of {first_few(more)}, labelled already: keep one place")
        lacking = [name for name in unlabelled if name not in labels]
        if lacking:
            raise DataError(f"{path} has no label of {first_few(lacking)}, which are unlabelled: add them")
        return [labels[name] for name in unlabelled]


def _twice(first: Row, again: Row) -> str:
    if first.label != again.label:
        several = f"{first.label!r} in line {first.line} and {again.label!r} here"
        return f"{again.record!r} is there twice, as {several}: {ONE_LABEL}"
    return f"{again.record!r} is there twice, first in line {first.line}: keep one row"
