"""A folder with a labelled and an unlabelled part, each a file of recordings.

=============================  ==================================================================
``X_train``                    recordings with a label: ``.bin``, ``.zip``, ``.npy``, ``.csv`` or ``.tsv``
``y_train.csv`` or ``.npy``    one class per line, no header, or an array
``X_test``                     optional: recordings without a label
``y_test.csv`` or ``.npy``     optional: their classes, sealed
``train_idx.npy``,             optional: the split to use, as positions into ``X_train``
``val_idx.npy``
``groups.csv`` or ``.npy``     optional: one group per line, one line per recording of ``X_train``
=============================  ==================================================================

Packed recordings (`data_pipeline.readers.binary`) are at 300 Hz unless another rate is given; for others it has to be.
"""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from data_pipeline.errors import DataError
from data_pipeline.labels import check_values, checked_numbers, order_classes
from data_pipeline.readers.given_split import read_given_split
from data_pipeline.readers.labelling import SEALED, Joined
from data_pipeline.readers.recording_rows import ROW_ENDINGS, Rows, class_lines, read_rows
from data_pipeline.readers.source_options import SourceOptions
from data_pipeline.recordings import Recordings, assemble, check_rate
from data_pipeline.tables import read_column

DEFAULT_RATE = 300.0
PACKED = (".bin", ".zip")


def read_part_folder(folder: Path, options: SourceOptions) -> Recordings:
    """Read such a folder.

    Raises
    ------
    DataError
        If a file is missing or damaged, or the files do not fit each other.
    """
    train_path, test_path = part_file(folder, "X_train"), part_file(folder, "X_test")
    rate = _rate(options, folder, train_path, test_path)
    train_labels = _train_labels(folder, train_path)
    train = read_rows(train_path, options) if train_path else Rows([])
    _check_count(folder / "y_train.csv", "classes", len(train_labels), len(train), train_path)
    groups = read_groups(folder, train_path, len(train), train.groups)
    split = read_given_split(folder, len(train))
    test = read_rows(test_path, options) if test_path else Rows([])
    _refuse_labels(train_path, train)
    _refuse_labels(test_path, test)
    rows = [*train.recordings, *test.recordings]
    return assemble(
        folder,
        train.names("X_train") + test.names("X_test"),
        lambda position: rows[position](),
        rate=rate,
        labels=[*train_labels, *[None] * len(test)],
        groups=[*groups, *(test.groups or [None] * len(test))],
        given_split=split,
        sealed_labels=_sealed(folder, len(test), test_path, set(train_labels)),
    )


def read_part_file(path: Path, options: SourceOptions) -> Recordings:
    """Read one file of recordings, with labels only if it is a table that has them.

    The labels of the rows that have none are sealed where ``y_test.csv`` lies beside such a table: one a line, or, if
    the table names its recordings, by their names.
    """
    rate = _rate(options, path, path, None)
    rows = read_rows(path, options, needs_names=True)
    return assemble(
        path,
        rows.names(path.stem),
        lambda position: rows.recordings[position](),
        rate=rate,
        labels=rows.labels or [None] * len(rows),
        groups=rows.groups or [None] * len(rows),
        sealed_labels=_sealed_beside(path, rows) if any(rows.labels) else None,
    )


def _sealed_beside(path: Path, rows: Rows) -> Callable[[], list[str]] | None:
    """Return what reads the sealed labels of the rows that have no other."""
    if any(rows.given_names):
        sealed = path.with_name(SEALED)
        joined = Joined(rows.names(path.stem), path.suffix, f"row of {path}")
        unlabelled = [name for name, label in zip(joined.names, rows.labels, strict=True) if label is None]
        return partial(joined.sealed, sealed, unlabelled) if unlabelled and sealed.exists() else None
    n_test = rows.labels.count(None)
    return _sealed(path.parent, n_test, path, {label for label in rows.labels if label}) if n_test else None


def part_file(folder: Path, stem: str) -> Path | None:
    """Return the file ``stem`` of a folder, or None.

    Raises
    ------
    DataError
        If there are several, with different endings.
    """
    candidates = (folder / f"{stem}{ending}" for ending in (*PACKED, *ROW_ENDINGS))
    return _only([path for path in candidates if path.is_file()])


def _only(paths: list[Path]) -> Path | None:
    if len(paths) > 1:
        raise DataError(f"{paths[0]} and {paths[1].name} are both there: keep one of them")
    return paths[0] if paths else None


def _refuse_labels(path: Path | None, rows: Rows) -> None:
    if any(rows.labels):
        raise DataError(f"{path} has a column of labels, but y_train.csv and y_test.csv have them: leave it out")


def _rate(options: SourceOptions, source: Path, *paths: Path | None) -> float:
    others = [path for path in paths if path is not None and path.suffix.lower() not in PACKED]
    if options.rate is None and others:
        raise DataError(f"{others[0]} does not say its sampling rate: give it with --rate (in Hz)")
    return check_rate(DEFAULT_RATE if options.rate is None else options.rate, source)


def _train_labels(folder: Path, train_path: Path | None) -> list[str]:
    path = _column_file(folder, "y_train")
    if train_path is None:
        if path.exists():
            raise DataError(f"{path} has classes, but there is neither X_train.bin nor X_train.zip beside it")
        return []
    if not path.exists():
        raise DataError(f"{path} is missing: put it there, or give {train_path} itself for unlabelled recordings")
    return _classes(path)


def _column_file(folder: Path, stem: str) -> Path:
    text = folder / f"{stem}.csv"
    return _only([path for path in (text, text.with_suffix(".npy")) if path.exists()]) or text


def _classes(path: Path) -> list[str]:
    """Read a list of classes, all of them whole numbers or all of them names."""
    classes = class_lines(path) if path.suffix == ".npy" else read_column(path, "class")
    while not classes[-1]:
        classes.pop()
    return checked_numbers(path, list(enumerate(classes, start=1)))


def _check_count(
    path: Path, what: str, n: int, n_recordings: int, recordings: Path | None, kind: str = "recordings"
) -> None:
    if recordings is None and n:
        raise DataError(f"{path} has {n} {what}, but the file of their recordings is not beside it: put it there")
    if n != n_recordings:
        raise DataError(f"{path} has {n} {what}, but {recordings} holds {n_recordings} {kind}: one line each")


def read_groups(
    folder: Path, train_path: Path | None, n_train: int, own: Sequence[str | None] = ()
) -> list[str | None]:
    """Read the group of each labelled recording from ``groups.csv`` or ``.npy``; else they are those of its own table.

    Raises
    ------
    DataError
        If there are groups in both, or not one for each recording.
    """
    path = _column_file(folder, "groups")
    if not path.exists():
        return list(own) or [None] * n_train
    if any(own):
        raise DataError(f"{path} is there, but {train_path} has groups, too: keep one of them")
    # A blank line means a recording without a group, also at the end of the file.
    groups = class_lines(path) if path.suffix == ".npy" else read_column(path, "group")
    check_values(path, [(line, group) for line, group in enumerate(groups, start=1) if group], "group")
    _check_count(path, "groups", len(groups), n_train, train_path)
    return [group or None for group in groups]


def _sealed(folder: Path, n_test: int, test_path: Path | None, classes: set[str]) -> Callable[[], list[str]] | None:
    path = _column_file(folder, "y_test")
    return partial(_read_sealed, path, n_test, test_path, classes) if path.exists() else None


def _read_sealed(path: Path, n_test: int, test_path: Path | None, classes: set[str]) -> list[str]:
    labels = _classes(path)
    _check_count(path, "classes", len(labels), n_test, test_path, "unlabelled recordings")
    unknown = order_classes(set(labels) - classes)
    if unknown:
        raise DataError(f"{path} has class {unknown[0]}, which no labelled recording has: correct one of them")
    return labels
