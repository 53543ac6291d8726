"""Reads mutants of sources, in a process of its own: it must neither crash nor hang nor show a traceback.

    python tests/data_pipeline/mutants.py SCRATCH FIRST_SEED HOW_MANY

The seed of each is printed before it is tried, so that whoever watches knows which one ended the process.
"""

import json
import random
import shutil
import signal
import sys
import warnings
from collections import Counter
from pathlib import Path

import edfio
import numpy as np
import wfdb
from mutation import mutate_bytes, mutate_json
from scipy.io import savemat
from source_files import random_signals, write_exercise, write_npy, write_wfdb

from data_pipeline import BadRecording, DataError, open_source, prepare
from data_pipeline.cache import META

LONGEST_S = 30
RATE = 300


def write_sources(folder: Path) -> list[Path]:
    """Write a source of each form."""
    folder.mkdir(parents=True)
    signals = random_signals(8, shortest=50, longest=90)
    packed = write_exercise(folder / "packed", signals, [0, 0, 0, 1, 1, 1, 1, 0], signals[:2])
    np.save(packed / "train_idx.npy", np.arange(4))
    np.save(packed / "val_idx.npy", np.arange(4, 8))
    plain = write_exercise(folder / "plain", signals, [0, 0, 0, 1, 1, 1, 1, 0], form="bin")
    wfdb = write_wfdb(folder / "wfdb", signals[:4], ["N", "N", "A", "A"])
    newer = write_wfdb(folder / "newer", signals[:2], ["N", "A"])
    for path in newer.glob("*.mat"):
        savemat(path, {"val": signals[int(path.stem[1:])][None], "other": {"a": [1, 2]}}, do_compression=True)
    arrays = write_npy(folder / "arrays", [signals[0], signals[1] * 1.5], [])
    np.save(arrays / "r0.npy", signals[0] * 0.5)
    (arrays / "labels.csv").write_text("file,label,group\nr0.npy,x,\nr1.npy,y,p\n")
    np.savez_compressed(folder / "parts.npz", X=np.zeros((6, 40), np.float32) + np.arange(40), y=np.arange(6) % 2)
    cache = prepare("synthetic:8:3", folder / "cache").path
    others = [_write_dat(folder / form, form) for form in ("16", "24", "212", "310", "508", "516")]
    others += [_write_edf(folder / "edf"), _write_text(folder / "text"), _write_ucr(folder / "ucr")]
    return [packed, plain, wfdb, newer, arrays, folder / "parts.npz", cache, *others]


def _write_dat(folder: Path, form: str) -> Path:
    folder.mkdir()
    written = "16" if form in ("212", "310") else form  # which the library reads and does not write
    counts = np.cumsum(np.random.default_rng(0).integers(-9, 10, (120, 1)), axis=0)
    how = {"fs": 360, "units": ["mV"], "sig_name": ["MLII"], "fmt": [written], "adc_gain": [200.0], "baseline": [12]}
    for name in ("r0", "r1"):
        wfdb.wrsamp(name, d_signal=counts, write_dir=str(folder), **how)
        header = (folder / f"{name}.hea").read_text()
        (folder / f"{name}.hea").write_text(header.replace(f".dat {written} ", f".dat {form} "))
    return folder


def _write_edf(folder: Path) -> Path:
    folder.mkdir()
    for name in ("r0.edf", "r1.edf"):
        wave = np.cumsum(np.random.default_rng(0).normal(size=300))
        edfio.Edf([edfio.EdfSignal(wave, 100, label="ECG", physical_dimension="mV")]).write(folder / name)
    return folder


def _write_text(folder: Path) -> Path:
    folder.mkdir()
    for name in ("r0.csv", "r1.csv"):
        (folder / name).write_text("time,ecg\n" + "".join(f"{i / 100},{i % 7}.5\n" for i in range(100)))
    (folder / "labels.csv").write_text("file,label\nr0,x\nr1,y\n")
    return folder


def _write_ucr(folder: Path) -> Path:
    folder.mkdir()
    row = ",".join(str(i % 9) for i in range(60))
    for part in ("TRAIN", "TEST"):
        rows = "".join(f"{row}:{label}\n" for label in "1212")
        (folder / f"A_{part}.ts").write_text(f"@problemName A\n@classLabel true 1 2\n@data\n{rows}")
    return folder


def mutate(source: Path, rng: random.Random) -> None:
    """Change one file of a source."""
    files = sorted(path for path in source.rglob("*") if path.is_file()) if source.is_dir() else [source]
    path = rng.choice(files)
    if path.name == META and rng.random() < 0.7:
        path.write_text(mutate_json(json.loads(path.read_text()), rng))
    else:
        path.write_bytes(mutate_bytes(path.read_bytes(), rng))


def try_out(source: Path) -> str:
    """Read a source and return how it went."""
    try:
        rate = None if (source / META).exists() or any(source.glob("*.hea")) else RATE
        recordings = open_source(source, rate=rate)
        assert len(recordings.ids) == len(recordings.signals) == len(recordings.scale)
        assert sum(len(signal) for signal in recordings.signals) < 10**7
        recordings.odd()
    except (DataError, BadRecording) as refusal:
        assert "\n" not in str(refusal) and len(str(refusal)) < 5000, str(refusal)
        return "refused"
    return "read"


def main(scratch: Path, first: int, n: int) -> None:
    """Try `n` mutants."""
    warnings.simplefilter("ignore")
    originals = scratch / "originals"
    shutil.rmtree(originals, ignore_errors=True)
    sources, went = write_sources(originals), Counter[str]()
    for seed in range(first, first + n):
        print(seed, flush=True)  # noqa: T201
        rng = random.Random(seed)
        original = rng.choice(sources)
        mutant = scratch / "mutant" / original.name
        shutil.rmtree(mutant.parent, ignore_errors=True)
        mutant.parent.mkdir()
        (shutil.copytree if original.is_dir() else shutil.copy)(original, mutant)
        mutate(mutant, rng)
        signal.alarm(LONGEST_S)  # which ends the process
        went[try_out(mutant)] += 1
        signal.alarm(0)
    print(dict(went))  # noqa: T201


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
