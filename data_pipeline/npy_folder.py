"""A folder of ``.npy`` arrays, one per recording, with tables beside them (`data_pipeline.labelling`).

An array without a label in the tables is unlabelled; without a table, all are. Arrays hold integer counts, or floats in
millivolts, and have shape (T,) or (1, T). NaN is a missing sample. Arrays have no sampling rate, so it must be given.
"""

from pathlib import Path

from data_pipeline.arrays import load_array
from data_pipeline.errors import BadRecording, DataError
from data_pipeline.folder_files import files_of
from data_pipeline.labelling import read_labelling
from data_pipeline.recordings import Measured, Recordings, assemble, check_rate
from data_pipeline.source_options import SourceOptions


def read_npy_folder(folder: Path, options: SourceOptions) -> Recordings:
    """Read a folder of arrays; folders inside it are ignored.

    Raises
    ------
    DataError
        If the rate is not given, the tables do not fit the files, or counts and millivolts are mixed.
    BadRecording
        If arrays cannot be read, have a wrong shape or type, or infinite or too many missing values.
    """
    if options.rate is None:
        raise DataError(f"{folder} holds .npy arrays, which have no sampling rate: give it with --rate (in Hz)")
    rate = check_rate(options.rate, folder)
    paths = files_of(folder, ".npy")
    ids = [path.stem for path in paths]
    labelling = read_labelling(folder, ids, ".npy", options.reference)
    return assemble(
        folder,
        ids,
        lambda position: _read(paths[position]),
        rate=rate,
        labels=labelling.labels,
        groups=labelling.groups,
        sealed_labels=labelling.sealed_labels,
    )


def _read(path: Path) -> Measured:
    try:
        array = load_array(path)
    except ValueError as error:
        raise BadRecording(f"{error}: save it with np.save") from error
    if not (array.ndim == 1 or (array.ndim == 2 and array.shape[0] == 1)):
        raise BadRecording(f"{path} has shape {array.shape}: a recording is (samples,) or (1, samples), so save one")
    if array.dtype.kind not in "iuf":
        raise BadRecording(f"{path} holds {array.dtype}: samples must be integers or floats, so convert it")
    return Measured(array.reshape(-1), "mV" if array.dtype.kind == "f" else "count")
