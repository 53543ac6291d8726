"""Writes every form of source the pipeline reads, for the tests."""

import struct
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.io import savemat

Samples = NDArray[np.int16]


def random_signals(n: int, seed: int = 0, shortest: int = 700, longest: int = 1500) -> list[Samples]:
    """All counts but -32768, which marks a missing sample in WFDB records."""
    rng = np.random.default_rng(seed)
    return [rng.integers(-32767, 32768, rng.integers(shortest, longest)).astype(np.int16) for _ in range(n)]


def pack(signals: Sequence[Samples]) -> bytes:
    return b"".join(struct.pack("<i", len(signal)) + signal.astype("<i2").tobytes() for signal in signals)


def write_packed(path: Path, signals: Sequence[Samples]) -> Path:
    """A .bin, or a .zip that holds one of the same name."""
    if path.suffix == ".bin":
        path.write_bytes(pack(signals))
        return path
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"{path.stem}.bin", pack(signals))
    return path


def write_exercise(
    folder: Path, signals: Sequence[Samples], labels: Sequence[object], test: Sequence[Samples] = (), form: str = "zip"
) -> Path:
    folder.mkdir(exist_ok=True)
    write_packed(folder / f"X_train.{form}", signals)
    (folder / "y_train.csv").write_text("".join(f"{label}\n" for label in labels))
    if test:
        write_packed(folder / f"X_test.{form}", test)
    return folder


def write_record(
    folder: Path, name: str, signal: Samples, *, rate: str = "300", gain: str = "1000/mV", n: int | None = None
) -> None:
    length = len(signal) if n is None else n
    (folder / f"{name}.hea").write_text(
        f"{name} 1 {rate} {length} 03:11:15 1/11/2000 \n{name}.mat 16+24 {gain} 16 0 345 0 0 ECG \n"
    )
    savemat(folder / f"{name}.mat", {"val": signal[None]}, format="4")


def write_wfdb(folder: Path, signals: Sequence[Samples], labels: Sequence[str], header: str = "") -> Path:
    folder.mkdir(exist_ok=True)
    names = [f"A{i:05d}" for i in range(len(signals))]
    for name, signal in zip(names, signals, strict=True):
        write_record(folder, name, signal)
    rows = [f"{name},{label}\n" for name, label in zip(names, labels, strict=False)]
    (folder / "REFERENCE.csv").write_text(header + "".join(rows))
    return folder


def write_npy(folder: Path, arrays: Sequence[NDArray[Any]], rows: Sequence[str] = ()) -> Path:
    """r0.npy, r1.npy, … and, with rows, a labels.csv."""
    folder.mkdir(exist_ok=True)
    for i, array in enumerate(arrays):
        np.save(folder / f"r{i}.npy", array)
    if rows:
        (folder / "labels.csv").write_text("".join(f"{row}\n" for row in ("file,label,group", *rows)))
    return folder
