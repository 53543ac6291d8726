"""Seconds and memory a recording for each format, beside a library that reads it.

    python -m benchmarks.reading [--recordings N] [--formats NAME …]

The same recordings, 30 seconds at 300 Hz, are written in every format. Each reader reads them in a process of its own,
after it has read a few: seconds are those of the processor, memory is the peak above what the process had before. Ours
checks names, lengths, rates and missing samples, and keeps 16 bits or 32 of each sample; a library's arrays are kept as
they come. The last line is JSON.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import psutil
from numpy.typing import NDArray

RATE, N_SAMPLES, FEW, REPEATS = 300, 9000, 3, 3

Signals = NDArray[np.float64]


@dataclass(frozen=True)
class Format:
    """A way of storing recordings: what writes them to a new folder, and how a library reads that folder.

    `source` is what `open_source` is given, below the folder; `needs_rate` says whether it has to be told the rate.
    """

    write: Callable[[Path, Signals], None]
    library: str
    read: Callable[[Path], object]
    source: str = "."
    needs_rate: bool = True


def each(ending: str, read: Callable[[Path], object]) -> Callable[[Path], object]:
    """Return what reads every file of an ending."""
    return lambda folder: [read(path) for path in sorted(folder.glob(f"*{ending}"))]


def write_each(write: Callable[[Path, NDArray[np.float64]], None], ending: str) -> Callable[[Path, Signals], None]:
    """Return what writes a file a recording."""

    def write_all(folder: Path, signals: Signals) -> None:
        for i, signal in enumerate(signals):
            write(folder / f"r{i:04}{ending}", signal)

    return write_all


def counts(signal: NDArray[np.float64]) -> NDArray[np.int16]:
    """Return millivolts as counts of a thousandth."""
    return np.round(1000 * signal).astype(np.int16)


def write_mat(path: Path, signal: NDArray[np.float64]) -> None:
    """Write a record as PhysioNet/CinC 2017 has them."""
    from scipy.io import savemat

    savemat(path, {"val": counts(signal)[None]}, format="4")
    name = path.stem
    line = f"{name}.mat 16+24 1000/mV 16 0 {counts(signal)[0]} 0 0 ECG"
    path.with_suffix(".hea").write_text(f"{name} 1 {RATE} {len(signal)}\n{line}\n")


def write_dat(form: str) -> Callable[[Path, NDArray[np.float64]], None]:
    """Return what writes a record of a format."""

    def write(path: Path, signal: NDArray[np.float64]) -> None:
        import wfdb

        how = {"fs": RATE, "units": ["mV"], "sig_name": ["ECG"], "fmt": [form], "adc_gain": [1000.0], "baseline": [0]}
        wfdb.wrsamp(path.stem, d_signal=counts(signal)[:, None].astype(np.int64), write_dir=str(path.parent), **how)

    return write


def read_dat(path: Path) -> object:
    """Read a record by its library."""
    import wfdb

    return wfdb.rdrecord(str(path.with_suffix(""))).p_signal


def write_edf(path: Path, signal: NDArray[np.float64]) -> None:
    """Write one signal of millivolts."""
    import edfio

    edfio.Edf([edfio.EdfSignal(signal, RATE, label="ECG", physical_dimension="mV")]).write(path)


def read_edf(path: Path) -> object:
    """Read a file by its library."""
    import edfio

    return edfio.read_edf(path).signals[0].data


def read_mat(path: Path) -> object:
    """Read a matrix by its library, without the header beside it."""
    from scipy.io import loadmat

    return loadmat(path)["val"]


def table(separator: str) -> Callable[[Path], object]:
    """Return what reads a text file by its library."""
    import pandas as pd

    return lambda path: pd.read_csv(path, sep=separator)


def write_table(path: Path, signal: NDArray[np.float64]) -> None:
    """Write a line a sample, with its time."""
    import pandas as pd

    times = np.arange(len(signal)) / RATE
    pd.DataFrame({"time": times, "ECG": signal}).to_csv(path, sep="," if path.suffix == ".csv" else "\t", index=False)


def write_row_table(folder: Path, signals: Signals) -> None:
    """Write a row a recording, labels first."""
    import pandas as pd

    rows = pd.DataFrame(signals)
    rows.insert(0, "label", np.where(np.arange(len(signals)) % 2, "x", "y"))
    rows.to_csv(folder / "all.csv", index=False)


def write_ucr(folder: Path, signals: Signals) -> None:
    """Write a set of the UCR archive."""
    np.savetxt(folder / "S_TRAIN.tsv", np.column_stack([np.arange(len(signals)) % 2, signals]), "%.6g", "\t")


def write_ts(folder: Path, signals: Signals) -> None:
    """Write the same as the archive does now."""
    rows = [f"{','.join(f'{value:.6g}' for value in signal)}:{i % 2}" for i, signal in enumerate(signals)]
    (folder / "S_TRAIN.ts").write_text("\n".join(["@classLabel true 0 1", "@data", *rows]) + "\n")


def read_ts(path: Path) -> object:
    """Read such a file the plain way: it has no library among those that are installed here."""
    lines = path.read_text().partition("@data\n")[2].splitlines()
    return [np.array(line.partition(":")[0].split(","), np.float64) for line in lines]


def write_packed(folder: Path, signals: Signals) -> None:
    """Write lengths and samples in turn, zipped."""
    packed = b"".join(np.int32(len(signal)).tobytes() + counts(signal).tobytes() for signal in signals)
    with zipfile.ZipFile(folder / "X_train.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("X_train.bin", packed)


def read_packed(path: Path) -> object:
    """Read such a file by numpy."""
    with zipfile.ZipFile(path) as archive:
        packed = archive.read("X_train.bin")
    found, place = [], 0
    while place < len(packed):
        n = int(np.frombuffer(packed, np.int32, 1, place)[0])
        found.append(np.frombuffer(packed, np.int16, n, place + 4).copy())
        place += 4 + 2 * n
    return found


FORMATS = {
    "WFDB .mat": Format(write_each(write_mat, ".mat"), "scipy.io", each(".mat", read_mat), needs_rate=False),
    "WFDB .dat, 16": Format(write_each(write_dat("16"), ".dat"), "wfdb", each(".dat", read_dat), needs_rate=False),
    "WFDB .dat, 212": Format(write_each(write_dat("212"), ".dat"), "wfdb", each(".dat", read_dat), needs_rate=False),
    "EDF": Format(write_each(write_edf, ".edf"), "edfio", each(".edf", read_edf), needs_rate=False),
    "a .npy each": Format(write_each(np.save, ".npy"), "numpy", each(".npy", np.load)),
    "a .npz each": Format(write_each(np.savez, ".npz"), "numpy", each(".npz", lambda path: np.load(path)["arr_0"])),
    "a .csv each": Format(write_each(write_table, ".csv"), "pandas", lambda folder: each(".csv", table(","))(folder)),
    "a .tsv each": Format(write_each(write_table, ".tsv"), "pandas", lambda folder: each(".tsv", table("\t"))(folder)),
    "one .npy": Format(lambda f, s: np.save(f / "all.npy", s), "numpy", each(".npy", np.load), "all.npy"),
    "one .npz": Format(
        lambda f, s: np.savez(f / "all.npz", X=s), "numpy", each(".npz", lambda path: np.load(path)["X"]), "all.npz"
    ),
    "one .csv": Format(write_row_table, "pandas", lambda folder: each(".csv", table(","))(folder), "all.csv"),
    "UCR .tsv": Format(write_ucr, "numpy.loadtxt", each(".tsv", np.loadtxt)),
    "UCR .ts": Format(write_ts, "split, numpy", each(".ts", read_ts)),
    "packed .zip": Format(write_packed, "zipfile, numpy", each(".zip", read_packed), "X_train.zip"),
}


def reader(name: str, ours: bool) -> Callable[[Path], object]:
    """Return what reads a folder of a format: our reader, or the library."""
    from data_pipeline import open_source

    kind = FORMATS[name]
    rate = RATE if kind.needs_rate else None
    return (lambda folder: open_source(folder / kind.source, rate=rate)) if ours else kind.read


def measure_here(name: str, ours: bool, folder: Path) -> None:
    """Read a folder in this process, and print seconds and bytes of all recordings as JSON."""
    read = reader(name, ours)
    read(folder / "few")
    before, start = psutil.Process().memory_info().rss, time.process_time()
    kept = read(folder / "all")
    seconds = time.process_time() - start
    peak = int(Path("/proc/self/status").read_text().partition("VmHWM:")[2].split()[0]) * 1024
    del kept
    print(json.dumps({"seconds": seconds, "bytes": max(peak - before, 0)}))


def measure(name: str, ours: bool, folder: Path) -> tuple[float, float]:
    """Return seconds and bytes of all recordings, the least of some processes."""
    command = [sys.executable, "-m", "benchmarks.reading", "--one", name, "ours" if ours else "theirs", str(folder)]
    found = [json.loads(subprocess.run(command, check=True, capture_output=True).stdout) for _ in range(REPEATS)]
    return min(one["seconds"] for one in found), min(one["bytes"] for one in found)


def make(n: int) -> Signals:
    """Return recordings that look measured: slow waves and noise, in millivolts with three digits."""
    rng = np.random.default_rng(0)
    walks = np.cumsum(rng.normal(size=(n, N_SAMPLES)), axis=1)
    rounded: Signals = np.round(walks / np.abs(walks).max(axis=1, keepdims=True) * 2, 3)
    return rounded


def compare(name: str, signals: Signals) -> dict[str, object]:
    """Measure one format, print its line, and return its figures."""
    with tempfile.TemporaryDirectory() as place:
        for part, content in (("few", signals[:FEW]), ("all", signals)):
            (Path(place) / part).mkdir()
            FORMATS[name].write(Path(place) / part, content)
        (ours_s, ours_bytes), (theirs_s, theirs_bytes) = (measure(name, ours, Path(place)) for ours in (True, False))
    n = len(signals)
    ms, kb = (1000 * ours_s / n, 1000 * theirs_s / n), (ours_bytes / n / 1000, theirs_bytes / n / 1000)
    library = FORMATS[name].library
    print(f"| {name} | {ms[0]:.2f} | {kb[0]:.0f} | {library} | {ms[1]:.2f} | {kb[1]:.0f} | {ms[0] / ms[1]:.1f} |")
    return {"ms": round(ms[0], 3), "kb": round(kb[0]), "library_ms": round(ms[1], 3), "library_kb": round(kb[1])}


def main() -> None:
    """Measure every format, and print a table and a line of JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--recordings", type=int, default=300)
    parser.add_argument("--formats", nargs="+", choices=FORMATS, default=list(FORMATS), metavar="NAME")
    parser.add_argument("--one", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        name, who, folder = options.one
        measure_here(name, who == "ours", Path(folder))
        return
    signals = make(options.recordings)
    print("| format | ms | kB | library | its ms | its kB | ratio |\n| --- | --- | --- | --- | --- | --- | --- |")
    print(json.dumps({name: compare(name, signals) for name in options.formats}))


if __name__ == "__main__":
    main()
