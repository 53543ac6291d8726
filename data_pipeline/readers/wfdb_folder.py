"""A folder of WFDB records, in the forms in which PhysioNet distributes them.

Each record is a header ``.hea`` and a file of samples, ``.mat`` or ``.dat``, which the header names. Rate, gain and
unit come from the headers. A file ``RECORDS`` lists the records; it is needed where they lie in folders inside it.
Labels and groups come from the tables beside the records (`data_pipeline.readers.labelling`).
"""

import logging
from collections import defaultdict
from pathlib import Path, PurePosixPath

from data_pipeline.errors import BadRecording, DataError, first_few, refuse_all
from data_pipeline.readers.folder_files import files_of
from data_pipeline.readers.labelling import read_labelling
from data_pipeline.readers.source_options import SourceOptions
from data_pipeline.readers.wfdb_header import Header, read_header
from data_pipeline.readers.wfdb_samples import read_samples
from data_pipeline.recordings import Measured, Recordings, assemble
from data_pipeline.regular_files import read_regular
from data_pipeline.tables import MOST_BYTES, read_lines, refuse_lines

RECORDS = "RECORDS"

log = logging.getLogger(__name__)


def read_wfdb_folder(folder: Path, options: SourceOptions) -> Recordings:
    """Read a folder of WFDB records.

    Raises
    ------
    DataError
        If a file is missing or does not fit the others, or the records differ in rate or unit.
    BadRecording
        If records cannot be read, or have several signals of which none is chosen.
    """
    names = _record_names(folder)
    labelling = read_labelling(folder, names, ".hea", options.reference)
    chosen: dict[str, list[str]] = defaultdict(list)

    def read(position: int) -> Measured:
        path = folder / f"{names[position]}.hea"
        header = read_header(path)
        number = options.choose([signal.name for signal in header.signals], path)
        chosen[header.signals[number].name].append(names[position])
        return _measured(path, header, number)

    recordings = assemble(
        folder,
        names,
        read,
        rate=options.rate,
        labels=labelling.labels,
        groups=labelling.groups,
        sealed_labels=labelling.sealed_labels,
    )
    if options.signal is not None and len(chosen) > 1:
        shown = "; ".join(f"{name or 'no name'} in {first_few(records)}" for name, records in chosen.items())
        log.warning("signal %s of %s is not the same everywhere (%s): choose it by name", options.signal, folder, shown)
    return recordings


def _measured(path: Path, header: Header, number: int) -> Measured:
    signal = header.signals[number]
    return Measured(
        read_samples(path, header, number),
        unit=signal.unit,
        rate=header.rate * signal.per_frame,
        scale=signal.scale,
        offset=-signal.baseline * signal.scale,
    )


def _record_names(folder: Path) -> list[str]:
    """Return the names of the records, as paths from the folder without ``.hea``."""
    headers = {path.stem for path in files_of(folder, ".hea")}
    listed = _listed(folder, folder, set())
    if listed:
        more = sorted(headers - set(listed))
        if more:
            raise DataError(f"{folder / RECORDS} does not list {first_few(more)}: add them, or remove their files")
    names = sorted(listed or headers)
    _refuse_bare_samples(folder, names)
    if not names:
        raise DataError(f"{folder} has no .hea and .mat records: put them there")
    return names


def _listed(top: Path, folder: Path, seen: set[Path]) -> list[str]:
    """Return the records that ``RECORDS`` lists, where there is one; a line that ends in a slash is a folder's."""
    path = folder / RECORDS
    if folder.resolve() in seen:
        raise DataError(f"{path} is listed more than once, or lists itself: each folder once")
    seen.add(folder.resolve())
    if not path.is_file():
        return []
    names, faults = [], []
    for number, line in enumerate(read_lines(path), start=1):
        inner = PurePosixPath(line)
        where = folder / inner
        if not line:
            continue
        if inner.is_absolute() or ".." in inner.parts:
            faults.append((number, f"{line!r} leads out of the folder: remove it"))
        elif line.endswith("/"):
            names += _listed(top, where, seen)
        elif not where.with_name(f"{where.name}.hea").is_file():
            faults.append((number, f"record {line!r} has no {inner.name}.hea: put it there, or remove the line"))
        else:
            names.append(where.relative_to(top).as_posix())
    refuse_lines(path, faults)
    if len(set(names)) < len(names):
        twice = sorted({name for name in names if names.count(name) > 1})
        raise DataError(f"{path} lists {first_few(twice)} more than once: each record once")
    return names


def _refuse_bare_samples(folder: Path, names: list[str]) -> None:
    """Refuse files of samples that no header can mean: they would be left out without a word."""
    known = set(names)
    bare = [path for ending in (".mat", ".dat") for path in files_of(folder, ending) if path.stem not in known]
    if bare and not names:
        raise BadRecording(
            f"{bare[0]} has no {bare[0].stem}.hea beside it, nor has any other: put the headers there, or save "
            "the samples as .npy with labels.csv"
        )
    headers = files_of(folder, ".hea") if bare else []
    words = {word for path in headers for word in read_regular(path, MOST_BYTES).decode("latin-1").split()}
    faults: list[DataError] = [
        BadRecording(f"{path} has no {path.stem}.hea beside it: put it there or remove the record")
        for path in bare
        if path.name not in words
    ]
    refuse_all(folder, faults, len(names) + len(faults))
