"""Types of arrays, and the reading of plain ``.npy`` files."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data_pipeline.disk import remedy
from data_pipeline.errors import DataError

FloatArray = NDArray[np.float32]
IntArray = NDArray[np.int64]


def load_array(path: Path) -> NDArray[Any]:
    """Read one array; nothing is unpickled, and an ``.npz`` archive is refused.

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
        with path.open("rb") as stream:
            array: NDArray[Any] = np.lib.format.read_array(stream, allow_pickle=False)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror or error}; {remedy(error)}") from error
    except Exception as error:  # numpy's parser of headers raises many kinds of errors
        raise ValueError(f"{path} is no plain .npy array of numbers") from error
    return array
