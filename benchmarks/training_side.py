"""One process of `benchmarks.training`: does its work at every line it reads, and answers with what it measured.

Among that, always, is how many cores it kept busy: CPU seconds a second.
"""

import json
import os
import re
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import psutil
import torch
from torch.utils.flop_counter import FlopCounterMode

from benchmarks.notebook_loop import NotebookLoop
from benchmarks.settings import notebook_settings, resnet_settings
from data_pipeline import Cache, make_split
from tuner.study.settings import Settings
from tuner.training.data import training_batches
from tuner.training.fit import Epoch, Training, fit
from tuner.training.trainers import start_training

FOREVER = 10_000
PRODUCT = 2048
Work = Callable[[], dict[str, float]]


def some(cache: Cache, limit: int) -> np.ndarray:
    """Choose recordings of the training part, all classes among them."""
    return make_split(cache).train[:limit]


def notebook(cache: Cache, limit: int) -> Work:
    """Train the notebook's loop for an epoch."""
    chosen = some(cache, limit)
    loop = NotebookLoop([cache.signal(i).tolist() for i in chosen], cache.labels[chosen], seed=0)
    return lambda: timed(loop.train_one_epoch, len(chosen))


def engine(cache: Cache, limit: int) -> Work:
    """Train `stft_crnn` as the notebook did for an epoch."""
    chosen = some(cache, limit)
    _, epochs = trained(notebook_settings(FOREVER), cache, chosen)

    def measure() -> dict[str, float]:
        seconds = next(epochs).seconds
        memory = psutil.Process().memory_info()
        # Resident pages that are of no file: the data's lie in the page cache, however many processes map them.
        return {"seconds": seconds, "recordings": len(chosen), "private_mb": (memory.rss - memory.shared) / 2**20}

    return measure


def resnet1d(cache: Cache, limit: int) -> Work:
    """Multiply matrices, then train `resnet1d` for an epoch."""
    training, epochs = trained(resnet_settings(FOREVER), cache, some(cache, limit))
    with FlopCounterMode(display=False) as counter:
        next(epochs)
    left, right = torch.randn(PRODUCT, PRODUCT), torch.randn(PRODUCT, PRODUCT)

    def measure() -> dict[str, float]:
        products = [timed(lambda: left @ right, 1)["seconds"] for _ in range(9)]
        before = training.busy_s
        next(epochs)
        return {
            "gemm_gflops": 2 * PRODUCT**3 / float(np.median(products)) / 1e9,
            "resnet1d_gflops": counter.get_total_flops() / (training.busy_s - before) / 1e9,
        }

    return measure


def data(cache: Cache, limit: int) -> Work:
    """Read all of a training's items, and count the resident pages of the files they lie in."""
    batches = training_batches(resnet_settings(FOREVER), cache, cache.labelled, seed=0)
    for batch in batches.epoch(0):
        batch.inputs.sum()

    def measure() -> dict[str, float]:
        pss, size = mapped(batches.cache.path)
        return {"data_pss": pss, "data_bytes": size}

    return measure


def trained(settings: Settings, cache: Cache, chosen: np.ndarray) -> tuple[Training, Iterator[Epoch]]:
    """Set a training up as a worker does, to go on epoch by epoch."""
    training = start_training(settings, cache.labels[chosen], cache.n_classes, 0, torch.device("cpu"))
    return training, fit(training, training_batches(settings, cache, chosen, seed=0), None, lambda: False)


def timed(work: Callable[[], object], n: int) -> dict[str, float]:
    """Time some work on n recordings."""
    start = time.perf_counter()
    work()
    return {"seconds": time.perf_counter() - start, "recordings": n}


def mapped(folder: Path) -> tuple[int, int]:
    """Return the proportional set size of what this process has mapped of a folder, and those files' size, in bytes."""
    pss, files, is_there = 0, set(), False
    for line in Path("/proc/self/smaps").read_text().splitlines():
        if re.match(r"[0-9a-f]+-[0-9a-f]+ ", line):
            name = line.split(maxsplit=5)[-1]
            is_there = name.startswith(str(folder.resolve()))
            if is_there:
                files.add(name)
        elif is_there and line.startswith("Pss:"):
            pss += int(line.split()[1]) * 1024
    return pss, sum(os.path.getsize(name) for name in files)


KINDS = {"notebook": notebook, "engine": engine, "resnet1d": resnet1d, "data": data}


def main() -> None:
    """Answer line by line."""
    kind, cache, limit = sys.argv[1:]
    torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
    work = KINDS[kind](Cache.open(Path(cache)), int(limit))
    print("{}", flush=True)
    for _ in sys.stdin:
        began, used = time.perf_counter(), time.process_time()
        measured = work()
        measured["cores"] = (time.process_time() - used) / (time.perf_counter() - began)
        print(json.dumps(measured), flush=True)


if __name__ == "__main__":
    main()
