"""How long it takes until something happens: `python -m benchmarks.startup [--data CACHE] [--repeats 5]`.

Prints, last, one JSON line of seconds, medians of interleaved repeats:

- `help`: what `tuner --help` takes more than `python -c pass`;
- `status`: what `tuner status` takes more than opening the same `optuna.storages.RDBStorage`;
- `first_batch`: from the start of a worker's process to its first batch, on a prepared cache and view: those of all
  recordings, of which it then trains on a few, as the epoch's end tells when it began.

Fails if `tuner --help` or `tuner status` imports torch.
"""

import argparse
import json
import re
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path

import numpy as np
import psutil

from benchmarks.stage import NAME, STUDY, Stage, exit_on_sigterm, run_in_peace
from data_pipeline import Cache, make_split, prepare
from data_pipeline.cache import META, SAMPLES, content_fingerprint, sample_digest
from tuner.study.files import logs_folder

FEW = 16
"""Recordings of a class to train on."""

OPEN = "from optuna.storages import RDBStorage; RDBStorage({url!r})"


def seconds(*arguments: str) -> float:
    """Time a Python process."""
    start = time.perf_counter()
    done = subprocess.run([sys.executable, *arguments], capture_output=True, text=True)
    taken = time.perf_counter() - start
    if done.returncode != 0:
        raise SystemExit(done.stderr)
    if re.search(r"^import time:.*\btorch$", done.stderr, re.MULTILINE):
        raise SystemExit(f"{' '.join(arguments)} imports torch")
    return taken


def first_batch(stage: Stage) -> float:
    """Time a worker from its start to its first batch, which is its first epoch's end less what the epoch took."""
    parent = stage.work(1)
    while not (workers := stage.workers()):
        time.sleep(0.01)
    # The boot's time is known to a second only, what passed since then to a hundredth.
    age = time.clock_gettime(time.CLOCK_BOOTTIME) - (workers[0].create_time() - psutil.boot_time())
    began = time.time() - age
    psutil.wait_procs(workers)
    parent.wait()
    (log,) = logs_folder(stage.home, NAME).glob(f"*-{workers[0].pid}.log")
    found = re.search(r"^(\S+ \S+) INFO trial \d+ epoch 1/.* ([\d.]+) s$", log.read_text(), re.MULTILINE)
    assert found is not None, log.read_text()
    return datetime.strptime(found[1], "%Y-%m-%d %H:%M:%S,%f").timestamp() - float(found[2]) - began


def with_few_to_train_on(cache: Cache, folder: Path) -> Path:
    """Make a cache of the same recordings, with a split that came with them of a few of each class."""
    folder.mkdir()
    split = make_split(cache)
    arrays = {name: getattr(cache, name) for name in ("lengths", "labels", "groups", "scale")}
    for name, part in (("given_train", split.train), ("given_validation", split.validation)):
        arrays[name] = np.concatenate([part[cache.labels[part] == label][:FEW] for label in range(cache.n_classes)])
    for name, array in arrays.items():
        np.save(folder / f"{name}.npy", array)
    for name in (SAMPLES, "ids.npy"):
        (folder / name).symlink_to(cache.path / name)
    meta = json.loads((cache.path / META).read_text())
    facts = {name: meta[name] for name in ("rate", "unit", "class_names")}
    digests = [sample_digest(cache.signal(i)) for i in range(len(cache))]
    fingerprint = content_fingerprint(facts, digests, cache.ids, arrays)
    meta |= {"given_split": True, "fingerprint": fingerprint, "checksum": None}  # which was that of other arrays
    (folder / META).write_text(json.dumps(meta))
    return folder


def main() -> None:
    """Print the seconds."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="a prepared cache; by default synthetic:200")
    parser.add_argument("--repeats", type=int, default=5)
    args = parser.parse_args()
    exit_on_sigterm()
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        cache = Cache.open(args.data.resolve()) if args.data else prepare("synthetic:200", folder / "all")
        url = f"sqlite:///{folder / 'study.db'}"
        stage = Stage(folder / "study", url)
        stack.callback(stage.end)
        print(f"two trials build the views of {len(cache)} recordings", flush=True)
        few = with_few_to_train_on(cache, folder / "few")
        stage.create(few, STUDY.format(name=NAME, trials=2, seed=0, epochs=1))
        stack.callback(stage.storage.close)
        run_in_peace(stage, 1)  # one view an architecture
        commands = {
            "pass": ("-c", "pass"),
            "help": ("-m", "tuner.cli", "--help"),
            "open": ("-c", OPEN.format(url=url)),
            "status": ("-m", "tuner.cli", "status", NAME, "--storage", url),
        }
        print("`tuner --help` and `tuner status`: what they import", flush=True)
        for arguments in commands.values():
            seconds("-X", "importtime", *arguments)
        found: dict[str, list[float]] = {what: [] for what in (*commands, "first_batch")}
        for repeat in range(args.repeats):
            for what, arguments in commands.items():
                found[what].append(seconds(*arguments))
            stage.storage.control.add_trials(stage.study_id, 1)
            found["first_batch"].append(first_batch(stage))
            taken = ", ".join(f"{what} {times[-1]:.2f} s" for what, times in found.items())
            print(f"turn {repeat + 1} of {args.repeats}: {taken}", flush=True)
    line = {
        "help": statistics.median(a - b for a, b in zip(found["help"], found["pass"], strict=True)),
        "status": statistics.median(a - b for a, b in zip(found["status"], found["open"], strict=True)),
        "first_batch": statistics.median(found["first_batch"]),
    }
    print(json.dumps({what: round(taken, 3) for what, taken in line.items()}))


if __name__ == "__main__":
    main()
