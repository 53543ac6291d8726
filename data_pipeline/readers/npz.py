"""Arrays in a ``.npz`` archive, whose sizes are checked before memory is taken for them; nothing is unpickled."""

import io
import zipfile
from collections.abc import Callable
from functools import partial
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data_pipeline.errors import BadRecording
from data_pipeline.memory import count_memory
from data_pipeline.readers.binary import MOST_INFLATED
from data_pipeline.regular_files import open_regular

_ENCRYPTED = 0x1


def read_npz(path: Path) -> dict[str, Callable[[], NDArray[Any]]]:
    """List the arrays of an archive, each with a function that reads it.

    Raises
    ------
    BadRecording
        If it is no archive of arrays. The functions raise it, too, where an array is damaged.
    """
    try:
        with open_regular(path) as stream, zipfile.ZipFile(stream) as archive:
            entries = [entry for entry in archive.infolist() if entry.filename.endswith(".npy")]
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise BadRecording(f"{path} is no readable .npz archive ({error}): save it with np.savez") from error
    if not entries:
        raise BadRecording(f"{path} holds no arrays: save them with np.savez")
    return {entry.filename.removesuffix(".npy"): partial(_read, path, entry) for entry in entries}


def _read(path: Path, entry: zipfile.ZipInfo) -> NDArray[Any]:
    name = entry.filename.removesuffix(".npy")
    is_known = entry.compress_type in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) and not entry.flag_bits & _ENCRYPTED
    if not is_known or entry.file_size > min(MOST_INFLATED * max(entry.compress_size, 1), count_memory()):
        raise BadRecording(
            f"{path}: array {name!r} is encrypted, damaged or larger than the memory: save it with np.savez"
        )
    try:
        with open_regular(path) as stream, zipfile.ZipFile(stream) as archive:
            content = archive.read(entry)
        return _parse(content)
    except Exception as error:  # the parsers of zip files and of headers raise many kinds of errors
        raise BadRecording(
            f"{path}: array {name!r} is no plain array of numbers or text: save it with np.savez"
        ) from error


def _parse(content: bytes) -> NDArray[Any]:
    stream = io.BytesIO(content)
    version = np.lib.format.read_magic(stream)
    readers = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
    shape, _, kind = readers[version](stream)
    if kind.hasobject or not kind.itemsize or prod(shape) * kind.itemsize > len(content) - stream.tell():
        raise ValueError("its header promises more than there is")
    stream.seek(0)
    array: NDArray[Any] = np.lib.format.read_array(stream, allow_pickle=False)
    return array
