"""Reads mutants of sources and caches, in a process of its own: it must neither crash nor hang nor show a traceback.

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

import numpy as np
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
    return [packed, plain, wfdb, newer, arrays, folder / "parts.npz", cache]


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
