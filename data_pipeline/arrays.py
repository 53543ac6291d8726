"""Types of arrays, and the reading of plain ``.npy`` files."""

import os
from math import prod
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from data_pipeline.disk import remedy
from data_pipeline.errors import DataError
from data_pipeline.regular_files import open_regular

FloatArray = NDArray[np.float32]
IntArray = NDArray[np.int64]


def load_array(path: Path) -> NDArray[Any]:
    """Read one array whose values all are in the file; nothing is unpickled, and an ``.npz`` archive is refused.

    Raises
    ------
    FileNotFoundError
        If it is missing.
    DataError
        If it cannot be read.
    ValueError
        If it is not a plain ``.npy`` file, or damaged.
    """
    try:
        with open_regular(path) as stream:
            _check_size(stream)
            array: NDArray[Any] = np.lib.format.read_array(stream, allow_pickle=False)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror or error}; {remedy(error)}") from error
    except Exception as error:  # numpy's parser of headers raises many kinds of errors
        raise ValueError(f"{path} is no plain .npy array of numbers") from error
    return array


def _check_size(stream: BinaryIO) -> None:
    """Refuse a header that promises more values than follow, before memory is taken for them, and go back before it."""
    version = np.lib.format.read_magic(stream)
    readers = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
    shape, _, dtype = readers[version](stream)
    n_bytes = os.fstat(stream.fileno()).st_size - stream.tell()
    # Values of no bytes at all, as text of no letters is, would be endlessly many in no file.
    if dtype.hasobject or not dtype.itemsize or min(shape, default=0) < 0 or prod(shape) * dtype.itemsize > n_bytes:
        raise ValueError(f"{dtype} of shape {shape} takes more than {n_bytes} bytes")
    stream.seek(0)
