"""Data sets of the UCR and UEA archives: a file to train on and one to test on, whose labels are sealed.

``NAME_TRAIN`` and ``NAME_TEST`` are ``.ts`` files, or ``.tsv`` or ``.txt`` files of a class and the samples a row.
Shorter series are padded with NaN at their ends, or simply shorter. The files have no sampling rate.

References
----------
The .ts format, https://www.timeseriesclassification.com; Dau et al. 2019, The UCR time series archive.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from data_pipeline.errors import BadRecording, DataError
from data_pipeline.labels import checked_numbers
from data_pipeline.readers.folder_files import files_of
from data_pipeline.readers.number_table import NumberTable, read_number_table
from data_pipeline.readers.part_folder import read_groups
from data_pipeline.readers.source_options import SourceOptions
from data_pipeline.recordings import Measured, Recordings, assemble, check_rate
from data_pipeline.tables import BLANKS, read_text

ENDINGS = (".ts", ".tsv", ".txt")
_PART = re.compile(r"(?P<name>.*)_(?P<part>TRAIN|TEST)$", re.IGNORECASE)


@dataclass(frozen=True)
class _Part:
    """The series of one file: their classes with their lines, and what reads the samples of one."""

    path: Path
    classes: list[tuple[int, str]]
    samples: Callable[[int], NDArray[np.float64]]

    def __len__(self) -> int:
        return len(self.classes)

    @property
    def labels(self) -> list[str]:
        return checked_numbers(self.path, self.classes)


def ucr_files(folder: Path) -> dict[str, Path]:
    """Return the files of a data set by "train" and "test"; ``.ts`` is taken before ``.tsv`` and ``.txt``.

    Raises
    ------
    DataError
        If there are several data sets, none of which is named like the folder.
    """
    for ending in ENDINGS:
        found = {path: match for path in files_of(folder, ending) if (match := _PART.match(path.stem))}
        names = {match["name"] for match in found.values()}
        name = folder.resolve().name if folder.resolve().name in names else min(names, default="")
        if len(names) > 1 and name != folder.resolve().name:
            raise DataError(f"{folder} holds {len(names)} data sets ({', '.join(sorted(names)[:5])}): one a folder")
        if found:
            return {match["part"].lower(): path for path, match in found.items() if match["name"] == name}
    return {}


def is_ucr_file(path: Path) -> bool:
    """Whether a file is one part of a data set."""
    return path.suffix.lower() == ".ts" or (path.suffix.lower() in ENDINGS and _PART.match(path.stem) is not None)


def read_ucr_folder(folder: Path, options: SourceOptions) -> Recordings:
    """Read both parts of a data set.

    Raises
    ------
    DataError
        If the rate is not given, a file cannot be read, or series have several dimensions and none is chosen.
    """
    files = ucr_files(folder)
    rate = _rate(options, folder)
    train = _read(files["train"], options) if "train" in files else None
    test = _read(files["test"], options) if "test" in files else None
    n_test = len(test) if test else 0
    labels = [*(train.labels if train else []), *[None] * n_test]
    parts = [part for part in (train, test) if part]
    groups = read_groups(folder, files.get("train"), len(labels) - n_test)
    return assemble(
        folder,
        [f"{part.path.stem}-{i}" for part in parts for i in range(len(part))],
        _reader(parts),
        rate=rate,
        labels=labels,
        groups=[*groups, *[None] * n_test],
        sealed_labels=partial(_labels, test) if test and train else None,
    )


def read_ucr_file(path: Path, options: SourceOptions) -> Recordings:
    """Read one part of a data set, with its labels."""
    rate, part = _rate(options, path), _read(path, options)
    return assemble(
        path,
        [f"{path.stem}-{i}" for i in range(len(part))],
        _reader([part]),
        rate=rate,
        labels=list(part.labels),
        groups=[None] * len(part),
    )


def _rate(options: SourceOptions, source: Path) -> float:
    if options.rate is None:
        raise DataError(f"{source} does not say its sampling rate: give it with --rate (in Hz)")
    return check_rate(options.rate, source)


def _labels(part: _Part) -> list[str]:
    return part.labels


def _reader(parts: list[_Part]) -> Callable[[int], Measured]:
    series = [(part, i) for part in parts for i in range(len(part))]

    def read(position: int) -> Measured:
        part, i = series[position]
        return Measured(part.samples(i))

    return read


def _read(path: Path, options: SourceOptions) -> _Part:
    return _read_ts(path, options) if path.suffix.lower() == ".ts" else _read_rows(path)


def _read_rows(path: Path) -> _Part:
    """Read rows of a class and samples, without names above them."""
    table = read_number_table(path, may_have_names=False)
    return _Part(path, table.texts(0), table.reader(range(1, table.width)))


def _read_ts(path: Path, options: SourceOptions) -> _Part:
    lines = [(number, line.strip(BLANKS)) for number, line in enumerate(read_text(path).split("\n"), start=1)]
    lines = [(number, line) for number, line in lines if line and not line.startswith(("#", "%"))]
    start = next((i for i, (_, line) in enumerate(lines) if line.lower() == "@data"), None)
    if start is None:
        raise BadRecording(f"{path} has no line @data: it is no .ts file, copy it again")
    facts = {words[0].lower(): words[1:] for _, line in lines[:start] if (words := line.split())}
    if [word.lower() for word in facts.get("@timestamps", [])] == ["true"]:
        raise BadRecording(f"{path} has time stamps, which are not read: write samples at a steady rate")
    has_class = [word.lower() for word in facts.get("@classlabel", ["true"])[:1]] != ["false"]
    if not has_class or "@targetlabel" in facts:
        raise BadRecording(f"{path} has no classes: there is nothing to learn from it")
    series, classes = {}, []
    for number, line in lines[start + 1 :]:
        *dimensions, label = line.split(":")
        if not dimensions:
            raise BadRecording(f"{path} line {number} has no class after a colon: copy the file again")
        series[number] = dimensions[options.choose([""] * len(dimensions), path)]
        if not series[number].strip(f"{BLANKS},"):
            raise BadRecording(f"{path} line {number} has no samples before its class: leave it out")
        classes.append((number, label.strip(BLANKS)))
    if not series:
        raise BadRecording(f"{path} has no series after @data: copy it again")
    body = "\n".join(series.get(number, "") for number in range(1, lines[-1][0] + 1))
    table = NumberTable(path, None, body, 0, ",", ".")
    return _Part(path, classes, table.reader(range(table.width)))
