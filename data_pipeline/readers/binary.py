"""Recordings packed into one ``.bin`` file, or into a ``.zip`` that holds one.

The format is a little-endian int32 length followed by that many little-endian int16 samples, repeated to the end of
the file. The file is read into one buffer, and every recording is a view into it, so no Python code runs per sample.
What a file grows to in memory is bounded before any of it is taken: see `MOST_INFLATED` and `data_pipeline.memory`.
"""

import bz2
import lzma
import os
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO

import numpy as np
from isal import isal_zlib  # the standard library's calls at twice the speed
from numpy.typing import NDArray

from data_pipeline.errors import BadRecording, DataError
from data_pipeline.memory import check_recordings, count_memory
from data_pipeline.regular_files import open_regular

Samples = NDArray[np.int16]

MOST_INFLATED = 1032
"""Bytes that one packed byte can give at most, as no deflated byte gives more."""

_LENGTH = struct.Struct("<i")
_NAME_LENGTHS_AT, _NAME_LENGTHS = 26, struct.Struct("<HH")  # in a zip's local header; the content follows the names
_ENCRYPTED = 0x1
_CHUNK = 4096  # packed bytes that are unpacked at once: LZMA makes some 7,000 of each
_UNPACKERS: dict[int, Callable[[], Any]] = {
    zipfile.ZIP_DEFLATED: lambda: isal_zlib.decompressobj(-zlib.MAX_WBITS),
    zipfile.ZIP_BZIP2: bz2.BZ2Decompressor,
}
_DAMAGE = (
    zipfile.BadZipFile,
    isal_zlib.error,
    lzma.LZMAError,
    EOFError,
    struct.error,
    OverflowError,
    UnicodeDecodeError,
)


def read_zip_binary(path: str | Path) -> list[Samples]:
    """Read all recordings of a packed file.

    Parameters
    ----------
    path : str or Path
        A ``.bin``, or a ``.zip`` that holds one (of the same name, or the only one in it).

    Returns
    -------
    list of ndarray of shape (T,), int16
        One array per recording, in ADC counts; all are read-only views into one buffer.

    Raises
    ------
    DataError
        If the file is missing, empty, or no readable zip with a ``.bin``.
    BadRecording
        If a length is negative or reaches beyond the end of the file, bytes are left over, or a ``.zip`` holds more
        recordings than it has bytes.
    """
    path = Path(path)
    try:
        with open_regular(path) as stream:
            n_bytes = os.fstat(stream.fileno()).st_size
            content = _unpack(stream, n_bytes, path) if path.suffix.lower() == ".zip" else _read(stream, n_bytes)
        if not content:
            raise DataError(f"{path} is empty: it must hold at least one recording")
        check_recordings(sum(1 for _ in _bounds(content, path)), n_bytes, path)
    except FileNotFoundError:
        raise DataError(f"{path} is missing: put it there or give another path") from None
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror or error}") from error
    except MemoryError as error:
        raise DataError(f"{path} is larger than the memory it may use: split it, or give it more") from error
    # A length is four bytes and a sample two, so every recording starts at an even byte.
    samples = np.frombuffer(content, dtype="<i2", count=len(content) // 2)
    return [samples[start // 2 : end // 2] for start, end in _bounds(content, path)]


def _read(stream: BinaryIO, n_bytes: int) -> bytes:
    _check_memory(n_bytes)
    return stream.read(n_bytes)


def _check_memory(n_bytes: int) -> None:
    """Refuse what exceeds the memory: the system would grant it all the same, and then end this process."""
    if n_bytes > count_memory():
        raise MemoryError


def _unpack(stream: BinaryIO, n_bytes: int, path: Path) -> bytes:
    """Return the content of the ``.bin`` that a zip holds."""
    try:
        with zipfile.ZipFile(stream) as archive:
            entry = _entry(archive, path)
            if entry.file_size > MOST_INFLATED * entry.compress_size or entry.compress_size > n_bytes:
                raise zipfile.BadZipFile(f"{entry.filename} cannot have {entry.file_size} bytes")
            _check_memory(entry.file_size)
            if entry.compress_type in _UNPACKERS and not entry.flag_bits & _ENCRYPTED:
                return _inflate(stream, entry)
            with archive.open(entry) as packed:
                return b"".join(iter(lambda: packed.read(_CHUNK), b""))
    except _DAMAGE as error:  # type: ignore[misc]  # isal's stub has no exception
        raise DataError(f"{path} is no whole zip file ({error}): copy or download it again") from error
    except (NotImplementedError, RuntimeError) as error:
        raise DataError(f"{path} cannot be unpacked ({error}): pack it again without encryption") from error


def _inflate(stream: BinaryIO, entry: zipfile.ZipInfo) -> bytes:
    """Inflate an entry in one call to the size that it says, and check its checksum; `zipfile` bounds nothing."""
    stream.seek(entry.header_offset + _NAME_LENGTHS_AT)
    name, extra = _NAME_LENGTHS.unpack(stream.read(_NAME_LENGTHS.size))
    stream.seek(name + extra, os.SEEK_CUR)
    packed = stream.read(entry.compress_size)
    # Asking for one byte more than announced shows whether there is more.
    content: bytes = _UNPACKERS[entry.compress_type]().decompress(packed, entry.file_size + 1)
    if len(content) != entry.file_size or isal_zlib.crc32(content) != entry.CRC:
        raise zipfile.BadZipFile(f"wrong checksum of {entry.filename}")
    return content


def _entry(archive: zipfile.ZipFile, path: Path) -> zipfile.ZipInfo:
    packed = [
        entry
        for entry in archive.infolist()
        if entry.filename.lower().endswith(".bin") and not entry.filename.startswith("__MACOSX/")
    ]
    same_name = [entry for entry in packed if PurePosixPath(entry.filename).stem == path.stem]
    chosen = same_name or packed
    if len(chosen) != 1:
        which = f"{len(same_name)} of them" if same_name else "none of them"
        raise DataError(f"{path} holds {len(packed)} .bin files, {which} {path.stem}.bin: pack that one alone into it")
    return chosen[0]


def _bounds(content: bytes, path: Path) -> Iterator[tuple[int, int]]:
    """Yield where the samples of each recording start and end, in bytes."""
    number, offset, size = 0, 0, len(content)
    while offset < size:
        if size - offset < _LENGTH.size:
            raise BadRecording(
                f"{path} ends with {size - offset} bytes left over at offset {offset}, after recording "
                f"{number - 1}: the file is damaged, copy it again"
            )
        (length,) = _LENGTH.unpack_from(content, offset)
        start = offset + _LENGTH.size
        if not 0 <= length <= (size - start) // 2:
            raise BadRecording(_bad_length(path, length, offset, number, size - start))
        number, offset = number + 1, start + 2 * length
        yield start, offset


def _bad_length(path: Path, length: int, offset: int, number: int, n_bytes: int) -> str:
    why = "a length cannot be negative" if length < 0 else f"only {n_bytes} bytes follow"
    return (
        f"{path}: recording {number} at byte offset {offset} has length {length}, but {why}: "
        "the file is truncated or not int32 length + int16 samples"
    )
