"""The engine beside the notebook's loop by validation macro-F1, both as the notebook trained.

    python -m benchmarks.quality [--data CACHE] [--epochs 10] [--seeds 3]

The same recordings, split, network, optimizer and batch size. Prints a line a training and, last, one JSON line with
each seed's score after the last epoch and in its best epoch, and the means.
"""

import argparse
import json
import statistics
import tempfile
from collections.abc import Iterator
from pathlib import Path

import torch

from benchmarks.notebook_loop import NotebookLoop
from benchmarks.settings import notebook_settings
from data_pipeline import Cache, Split, make_split, prepare
from tuner.training.data import scoring_batches, training_batches
from tuner.training.fit import fit
from tuner.training.trainers import start_training


def notebook(cache: Cache, split: Split, epochs: int, seed: int) -> Iterator[float]:
    """Yield the notebook's scores."""
    train, held_out = ([cache.signal(i).tolist() for i in part] for part in (split.train, split.validation))
    loop = NotebookLoop(train, cache.labels[split.train], seed)
    for _ in range(epochs):
        loop.train_one_epoch()
        yield loop.macro_f1(held_out, cache.labels[split.validation])


def engine(cache: Cache, split: Split, epochs: int, seed: int) -> Iterator[float]:
    """Yield the engine's scores."""
    settings = notebook_settings(epochs)
    training = start_training(settings, cache.labels[split.train], cache.n_classes, seed, torch.device("cpu"))
    train = training_batches(settings, cache, split.train, seed)
    for epoch in fit(training, train, scoring_batches(settings, cache, split.validation), lambda: False):
        assert epoch.validation is not None
        yield epoch.validation.macro_f1


def main() -> None:
    """Print the scores."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="a prepared cache; by default synthetic:1000")
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--seeds", type=int, default=3)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        cache = Cache.open(args.data) if args.data else prepare("synthetic:1000", Path(folder) / "cache")
        split = make_split(cache)
        found: dict[str, list[list[float]]] = {"engine": [], "notebook": []}
        for seed in range(args.seeds):
            for side, train in (("engine", engine), ("notebook", notebook)):
                scores = list(train(cache, split, args.epochs, seed))
                found[side].append(scores)
                print(side, seed, *(f"{score:.4f}" for score in scores), flush=True)
    line: dict[str, object] = {}
    for side, runs in found.items():
        for which, scores in (("last", [run[-1] for run in runs]), ("best", [max(run) for run in runs])):
            line[f"{side}_{which}"] = [round(score, 4) for score in scores]
            line[f"{side}_{which}_mean"] = round(statistics.mean(scores), 4)
    print(json.dumps(line))


if __name__ == "__main__":
    main()
