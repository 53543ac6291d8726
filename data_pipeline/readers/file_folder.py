"""A folder of files with one recording each (`data_pipeline.readers.signal_files`), with tables beside them.

A recording without a label in the tables (`data_pipeline.readers.labelling`) is unlabelled; without a table, all are.
"""

from pathlib import Path

from data_pipeline.errors import DataError, first_few
from data_pipeline.readers.folder_files import files_of
from data_pipeline.readers.labelling import GROUPS, LABELS, SEALED, read_labelling
from data_pipeline.readers.signal_files import READERS, WITHOUT_RATE
from data_pipeline.readers.source_options import SourceOptions
from data_pipeline.recordings import Recordings, assemble, check_rate

_OF_PARTS = {"train_idx", "val_idx", "y_train", "y_test", "groups"}
"""What lies beside X_train and X_test; here it would be taken for recordings."""


def read_file_folder(folder: Path, options: SourceOptions) -> Recordings:
    """Read a folder of files of one kind; folders inside it are ignored.

    Raises
    ------
    DataError
        If there are several kinds of files, the rate is not known, or the tables do not fit the files.
    BadRecording
        If files cannot be read, or have infinite or too many missing values.
    """
    ending, paths = _files(folder, options)
    misplaced = [path.name for path in paths if path.stem in _OF_PARTS]
    if misplaced:
        raise DataError(
            f"{folder} has {first_few(misplaced)}, which belong to X_train, but the recordings are files of their own: "
            "write labels and groups to labels.csv, and remove them"
        )
    if ending in WITHOUT_RATE:
        if options.rate is None:
            raise DataError(f"{folder} holds {ending} files, which have no sampling rate: give it with --rate (in Hz)")
        check_rate(options.rate, folder)
    ids = [path.stem for path in paths]
    labelling = read_labelling(folder, ids, ending, options.reference)
    return assemble(
        folder,
        ids,
        lambda position: READERS[ending](paths[position], options),
        rate=options.rate,
        labels=labelling.labels,
        groups=labelling.groups,
        sealed_labels=labelling.sealed_labels,
    )


def holds_recordings(folder: Path, options: SourceOptions) -> bool:
    """Whether a folder has files of one recording each, besides tables."""
    return any(recording_files(folder, ending, options) for ending in READERS)


def recording_files(folder: Path, ending: str, options: SourceOptions) -> list[Path]:
    """Return the files with this ending that are no tables of labels or groups."""
    return [path for path in files_of(folder, ending) if not _is_table(path, options)]


def _is_table(path: Path, options: SourceOptions) -> bool:
    is_usual = path.name in (LABELS, GROUPS, SEALED) or path.name.startswith("REFERENCE")
    chosen = options.reference
    return is_usual or (chosen is not None and (path.parent / chosen).exists() and path.samefile(path.parent / chosen))


def _files(folder: Path, options: SourceOptions) -> tuple[str, list[Path]]:
    kinds = {ending: recording_files(folder, ending, options) for ending in READERS}
    there = {ending: paths for ending, paths in kinds.items() if paths}
    if len(there) > 1:
        counted = " and ".join(f"{len(paths)} {ending}" for ending, paths in there.items())
        raise DataError(f"{folder} has {counted} files: keep recordings of one kind in it")
    if not there:
        raise DataError(f"{folder} has a table of labels, but no recordings ({', '.join(READERS)}): put them there")
    return next(iter(there.items()))
