"""One ``.npz`` of a whole data set: X_train (or X) and X_test, y_train (or y) and y_test, and groups."""

from pathlib import Path

from data_pipeline.errors import DataError, first_few
from data_pipeline.labels import check_values, checked_numbers
from data_pipeline.readers.npz import read_npz
from data_pipeline.readers.recording_rows import Rows, rows_of_array, texts_of_array
from data_pipeline.readers.source_options import SourceOptions
from data_pipeline.recordings import Recordings, assemble, check_rate

_KNOWN = {"x": "x_train", "x_train": "x_train", "y": "y_train", "y_train": "y_train", "x_test": "x_test"} | {
    name: name for name in ("y_test", "groups")
}


def read_npz_parts(path: Path, options: SourceOptions) -> Recordings:
    """Read such an archive; without y_train, all recordings are unlabelled.

    Raises
    ------
    DataError
        If it has other arrays, or they do not fit each other.
    """
    if options.rate is None:
        raise DataError(f"{path} does not say its sampling rate: give it with --rate (in Hz)")
    arrays = read_npz(path)
    unknown = [name for name in arrays if name.lower() not in _KNOWN]
    if unknown or len({_KNOWN[name.lower()] for name in arrays if name.lower() in _KNOWN}) < len(arrays):
        raise DataError(
            f"{path} has the arrays {first_few(list(arrays))}: X_train (or X), y_train (or y), X_test, y_test and "
            "groups are read, so rename or remove others"
        )
    read = {_KNOWN[name.lower()]: read_one for name, read_one in arrays.items()}

    def rows(name: str) -> Rows:
        return rows_of_array(read[name](), path, options) if name in read else Rows([])

    def texts(name: str, n: int) -> list[str]:
        values = texts_of_array(read[name](), path)
        if len(values) != n:
            raise DataError(f"{path} has {len(values)} values in {name} for {n} recordings: one each")
        return values

    train, test = rows("x_train"), rows("x_test")
    labels: list[str | None] = [None] * (len(train) + len(test))
    if "y_train" in read:
        labels[: len(train)] = checked_numbers(path, list(enumerate(texts("y_train", len(train)), start=1)))
    groups: list[str | None] = [None] * len(labels)
    if "groups" in read:
        groups[: len(train)] = [group or None for group in texts("groups", len(train))]
        check_values(path, [(line, group) for line, group in enumerate(groups, start=1) if group], "group")

    def sealed() -> list[str]:
        return checked_numbers(path, list(enumerate(texts("y_test", len(test)), start=1)))

    recordings = [*train.recordings, *test.recordings]
    return assemble(
        path,
        train.names("X_train") + test.names("X_test"),
        lambda position: recordings[position](),
        rate=check_rate(options.rate, path),
        labels=labels,
        groups=groups,
        sealed_labels=sealed if "y_test" in read else None,
    )
