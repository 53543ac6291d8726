"""Recognises the format of a source, and reads its recordings.

The first format that fits is taken:

1. ``synthetic:N`` or ``synthetic:N:SEED``: built-in synthetic ECG (`data_pipeline.synthetic`)
2. a file of recordings: part of a UCR data set (`ucr`), ``.npz`` (`npz_parts`), ``.bin``,
   ``.zip``, ``.npy``, ``.csv`` or ``.tsv`` (`part_folder`)
3. a folder with ``meta.json``: a prepared cache (`data_pipeline.cache`)
4. a folder with ``X_train`` or ``X_test`` of these kinds, or ``y_train.csv``: two parts (`part_folder`)
5. a folder with ``.hea``, ``.mat`` or ``.dat`` files, or ``RECORDS``: WFDB records (`wfdb_folder`)
6. a folder with ``NAME_TRAIN`` and ``NAME_TEST``: a UCR data set (`ucr`)
7. a folder with ``labels.csv``, or files of one recording each (`file_folder`)
"""

from collections import Counter
from collections.abc import Callable
from pathlib import Path

from data_pipeline import sealed, synthetic
from data_pipeline.cache import META, Cache
from data_pipeline.disk import remedy
from data_pipeline.errors import DataError, UnknownFormat
from data_pipeline.readers.file_folder import holds_recordings, read_file_folder
from data_pipeline.readers.folder_files import files_of
from data_pipeline.readers.labelling import LABELS, REFERENCE
from data_pipeline.readers.npz_parts import read_npz_parts
from data_pipeline.readers.part_folder import PACKED, part_file, read_part_file, read_part_folder
from data_pipeline.readers.recording_rows import ROW_ENDINGS
from data_pipeline.readers.source_options import SourceOptions
from data_pipeline.readers.ucr import is_ucr_file, read_ucr_file, read_ucr_folder, ucr_files
from data_pipeline.readers.wfdb_folder import RECORDS, read_wfdb_folder
from data_pipeline.recordings import BRIDGED, COARSE, Recordings

Reader = Callable[[Path, SourceOptions], Recordings]

_ACCEPTED = (
    "a folder with X_train.zip and y_train.csv, of WFDB records, of .npy, .edf or .csv files with labels.csv, or with "
    "NAME_TRAIN.ts and NAME_TEST.ts; a file of recordings (.zip, .npz, .npy, .csv, .ts); a cache; or synthetic:N"
)


def open_source(
    source: str | Path, *, rate: float | None = None, signal: str | None = None, reference: Path | None = None
) -> Recordings:
    """Read all recordings of any supported source.

    Parameters
    ----------
    source : str or Path
        Path of the recordings, or ``synthetic:N[:SEED]``.
    rate : float, optional
        Sampling rate in hertz, for sources whose files have none. Where they have one, it must agree.
    signal : str, optional
        Name or number, from 0, of the signal to read, for files that hold several.
    reference : Path, optional
        Table of labels to read in place of the usual one.

    Returns
    -------
    Recordings

    Raises
    ------
    DataError
        If the source is missing, damaged or contradicts itself.
    UnknownFormat
        If it has none of the accepted formats.
    """
    if str(source).startswith(synthetic.PREFIX):
        return synthetic.read_synthetic(str(source), rate)
    options = SourceOptions(rate, signal, reference)
    path = Path(source)
    try:
        if not path.exists():
            raise DataError(f"{path} does not exist: give {_ACCEPTED}")
        return _reader(path, options)(path, options)
    except OSError as error:
        raise DataError(
            f"{error.filename or path} cannot be read: {error.strerror or error}; {remedy(error)}"
        ) from error


def _reader(path: Path, options: SourceOptions) -> Reader:
    if path.is_file():
        return _file_reader(path)
    if not path.is_dir():
        raise UnknownFormat(f"{path} is neither a file nor a folder: give {_ACCEPTED}")
    if (path / META).is_file():
        return _read_cache
    if part_file(path, "X_train") or part_file(path, "X_test") or (path / "y_train.csv").exists():
        return read_part_folder
    if (path / RECORDS).exists() or any(files_of(path, ending) for ending in (".hea", ".mat", ".dat")):
        return read_wfdb_folder
    if ucr_files(path):
        return read_ucr_folder
    if (path / LABELS).exists() or holds_recordings(path, options):
        return read_file_folder
    if (path / REFERENCE).exists():
        return read_wfdb_folder
    raise UnknownFormat(f"{path} holds {_content(path)}: give {_ACCEPTED}")


def _file_reader(path: Path) -> Reader:
    if is_ucr_file(path):
        return read_ucr_file
    if path.suffix.lower() == ".npz":
        return read_npz_parts
    if path.suffix.lower() in (*PACKED, *ROW_ENDINGS):
        return read_part_file
    raise UnknownFormat(f"{path} is a {path.suffix or 'nameless'} file: give {_ACCEPTED}")


def _read_cache(path: Path, options: SourceOptions) -> Recordings:
    cache = Cache.open(path)
    if options.rate is not None and options.rate != cache.rate:
        raise DataError(f"cache {cache.path} is at {cache.rate:g} Hz, not {options.rate:g} Hz: leave the rate out")
    names = cache.class_names
    return Recordings(
        source=str(cache.path),
        ids=list(cache.ids),
        signals=[cache.signal(i) for i in range(len(cache))],
        rate=cache.rate,
        unit=cache.unit,
        scale=cache.scale,
        labels=[names[label] if label >= 0 else None for label in cache.labels.tolist()],
        groups=[str(group) for group in cache.groups.tolist()],
        given_split=cache.given_split,
        offset=cache.offset,
        noted={kind: list(cache.odd[kind]) for kind in (BRIDGED, COARSE) if kind in cache.odd},
        missing=cache.missing,
        sealed_labels=(lambda: sealed.read_sealed_names(cache)) if cache.has_sealed_labels else None,
    )


def _content(folder: Path) -> str:
    """Sum up a folder for a message: ``3 .edf files, 2 folders``."""
    kinds = Counter("folder" if entry.is_dir() else f"{entry.suffix or entry.name} file" for entry in folder.iterdir())
    counted = [f"{n} {kind}{'s' if n > 1 else ''}" for kind, n in kinds.most_common(4)]
    return ", ".join(counted) or "nothing"
