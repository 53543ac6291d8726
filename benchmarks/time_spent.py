"""Where the time of a training goes, the notebook's loop beside the engine.

    python -m benchmarks.time_spent [--data CACHE] [--limit 800] [--plot FILE]

Both train the notebook's network on the same recordings on one thread, under torch's profiler; its own cost is in the
figures. Prints milliseconds a recording by kind of operation and, last, one JSON line.
"""

import argparse
import json
import os
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import torch
from torch.autograd.profiler_util import FunctionEvent
from torch.profiler import ProfilerActivity, profile

from benchmarks.notebook_loop import NotebookLoop
from benchmarks.settings import notebook_settings
from benchmarks.training_side import some, trained
from data_pipeline import Cache, prepare

RECURRENT, OTHER, PYTHON = "recurrent", "other operations", "data and Python"

KINDS = {
    "first convolution with its pooling": ("_convpoolrelu",),
    "convolution": ("convolution",),
    "pooling, ReLU, masks": ("pool", "relu", "threshold", "clamp"),
    RECURRENT: ("rnn", "lstm"),
    "spectrogram": ("fft", "stft", "log2", "abs"),
    "optimizer": ("adam", "optimizer", "norm"),
    OTHER: (),
    PYTHON: ("dataloader",),
}
"""Parts of the names of torch's operations, in lower case, the first that fits."""

BACKWARD = 1
"""Scope of an event that runs an operation backward."""


def kind_of(event: FunctionEvent, recurrent: set[int]) -> str:
    """Say what kind of operation an event is, by its own name or else by those it ran within.

    Parameters
    ----------
    event : FunctionEvent
    recurrent : set of int
        Numbers of what ran in an LSTM: of ragged batches torch makes products, sigmoids and the like, and what runs
        backward has the number of what ran forward but not its place.
    """
    for above in line_of(event):
        if above.scope == BACKWARD and above.sequence_nr in recurrent:
            return RECURRENT
        for kind, parts in KINDS.items():
            if any(part in above.name.lower() for part in parts):
                return kind
    return OTHER


def line_of(event: FunctionEvent | None) -> Iterator[FunctionEvent]:
    """Go through an event and those it ran within, from the inside out."""
    while event is not None:
        yield event
        event = event.cpu_parent


def spent(work: Callable[[], object], n: int) -> dict[str, float]:
    """Return milliseconds a recording by kind."""
    work()
    start = time.perf_counter()
    with profile(activities=[ProfilerActivity.CPU]) as profiler:
        work()
    total = 1e3 * (time.perf_counter() - start) / n
    events = profiler.events()
    recurrent = {event.sequence_nr for event in events if any("lstm" in above.name for above in line_of(event))} - {-1}
    found: Counter[str] = Counter()
    for event in events:
        found[kind_of(event, recurrent)] += event.self_cpu_time_total / 1e3 / n  # type: ignore[assignment]
    return dict(found) | {PYTHON: found[PYTHON] + max(0.0, total - sum(found.values()))}


def draw(sides: dict[str, dict[str, float]], path: Path) -> None:
    """Plot a bar a side."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10, 3.2), layout="constrained")
    axes = figure.subplots()
    lefts = dict.fromkeys(sides, 0.0)
    for kind in KINDS:
        widths = [side.get(kind, 0.0) for side in sides.values()]
        axes.barh(list(sides), widths, left=list(lefts.values()), label=kind)
        lefts = {name: left + width for (name, left), width in zip(lefts.items(), widths, strict=True)}
    for name, total in lefts.items():
        axes.text(total, name, f" {total:.2f} ms", va="center")
    axes.set(xlabel="ms a recording, one thread", xlim=(0, 1.1 * max(lefts.values())))
    axes.invert_yaxis()
    axes.legend(fontsize=8, loc="lower right")
    figure.savefig(path, dpi=110)


def main() -> None:
    """Print where the time goes."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="a prepared cache; by default synthetic recordings")
    parser.add_argument("--limit", type=int, default=800, help="recordings")
    parser.add_argument("--plot", type=Path, help="draw the figures")
    args = parser.parse_args()
    torch.set_num_threads(1)
    os.environ.setdefault("KINETO_LOG_LEVEL", "6")  # or the profiler says when it starts and stops
    with tempfile.TemporaryDirectory() as folder:
        cache = Cache.open(args.data) if args.data else prepare(f"synthetic:{2 * args.limit}", Path(folder) / "cache")
        chosen = some(cache, args.limit)
        loop = NotebookLoop([cache.signal(i).tolist() for i in chosen], cache.labels[chosen], seed=0)
        _, epochs = trained(notebook_settings(2), cache, chosen)
        sides = {
            "notebook": spent(loop.train_one_epoch, len(chosen)),
            "engine": spent(lambda: next(epochs), len(chosen)),
        }
    for name, side in sides.items():
        print(f"{name}: " + ", ".join(f"{kind} {ms:.3f} ms" for kind, ms in side.items()))
    if args.plot:
        draw(sides, args.plot)
    print(json.dumps({name: {kind: round(ms, 4) for kind, ms in side.items()} for name, side in sides.items()}))


if __name__ == "__main__":
    main()
