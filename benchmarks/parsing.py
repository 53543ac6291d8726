"""How much faster recordings are parsed than by a loop over ``struct.unpack``.

    python -m benchmarks.parsing [--data FOLDER]

FOLDER holds ``X_train.zip`` or ``X_train.bin``; without it synthetic recordings are packed into a temporary one.
Both readers get the same files in turn, and the medians are compared. The last line is JSON.
"""

import argparse
import json
import statistics
import struct
import tempfile
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import IO

import numpy as np

from data_pipeline import open_source, read_zip_binary

REPEATS = 5


def unpack_loop(stream: IO[bytes]) -> list[list[int]]:
    """Read recordings as lists of int, two reads and two ``struct`` calls a recording: the plain way."""
    recordings = []
    while length := stream.read(4):
        (n,) = struct.unpack("<i", length)
        recordings.append(list(struct.unpack(f"<{n}h", stream.read(2 * n))))
    return recordings


def plain_bin(path: Path) -> list[list[int]]:
    """Read a ``.bin`` the plain way."""
    with path.open("rb") as stream:
        return unpack_loop(stream)


def plain_zip(path: Path) -> list[list[int]]:
    """Read a ``.zip`` the plain way."""
    with zipfile.ZipFile(path) as archive, archive.open(f"{path.stem}.bin") as stream:
        return unpack_loop(stream)


def pack_synthetic(folder: Path) -> None:
    """Write synthetic recordings as ``X_train.bin``."""
    with (folder / "X_train.bin").open("wb") as stream:
        for signal in open_source("synthetic:1000").signals:
            stream.write(struct.pack("<i", len(signal)) + signal.tobytes())


def both_forms(data: Path | None, folder: Path) -> tuple[Path, Path]:
    """Give ``.bin`` and ``.zip`` of the same recordings, made in `folder` where one is not there."""
    if data is None:
        pack_synthetic(folder)
        data = folder
    packed, unpacked = data / "X_train.zip", data / "X_train.bin"
    if not unpacked.exists():
        with zipfile.ZipFile(packed) as archive:
            archive.extract("X_train.bin", folder)
        unpacked = folder / "X_train.bin"
    if not packed.exists():
        packed = folder / "X_train.zip"
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.write(unpacked, "X_train.bin")
    return unpacked, packed


def seconds(read: Callable[[Path], object], path: Path) -> float:
    """Time one reading, without the time to free what was read."""
    start = time.perf_counter()
    content = read(path)
    elapsed = time.perf_counter() - start
    del content
    return elapsed


def ratio(plain: Callable[[Path], object], path: Path) -> float:
    """Plain seconds over ours: medians of interleaved readings."""
    times = [(seconds(plain, path), seconds(read_zip_binary, path)) for _ in range(REPEATS)]
    slow, fast = (statistics.median(column) for column in zip(*times, strict=True))
    print(f"{path.name}: struct loop {slow:.3f} s, read_zip_binary {fast:.4f} s, ratio {slow / fast:.1f}")
    return slow / fast


def main() -> None:
    """Measure both forms and print the ratios."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, help="folder with X_train.zip or X_train.bin")
    with tempfile.TemporaryDirectory() as folder:
        unpacked, packed = both_forms(parser.parse_args().data, Path(folder))
        first = read_zip_binary(packed)[0]
        if not np.array_equal(first, plain_zip(packed)[0]):
            raise SystemExit("the two readers disagree")
        result = {"bin_ratio": round(ratio(plain_bin, unpacked), 1), "zip_ratio": round(ratio(plain_zip, packed), 1)}
    print(json.dumps(result))


if __name__ == "__main__":
    main()
