"""How costs grow with the number of recordings and of workers: `python -m benchmarks.scaling [--plot FILE]`.

On `synthetic:N` for each N: milliseconds a recording to prepare, to compute the spectrogram view, and to train
`stft_crnn` as the notebook had it in one worker of one thread, and that worker's private memory after an epoch. On the
smallest N's cache, how much faster two workers of one thread train than one, in turns. Prints, last, one JSON line.
"""

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from benchmarks.settings import notebook_settings
from benchmarks.training import Side, burst
from data_pipeline import Cache, open_view, prepare
from models import get_architecture
from tuner.work.processes import training_environment

ALL = 10**9


def milliseconds(work: Callable[[], object], n: int) -> float:
    """Time some work on n recordings, each."""
    start = time.perf_counter()
    work()
    return 1e3 * (time.perf_counter() - start) / n


def costs(n: int, path: Path) -> dict[str, float]:
    """Measure what a recording costs among n."""
    settings = notebook_settings(1)
    front_end = get_architecture(settings.architecture).front_end(settings.model)
    preparing = milliseconds(lambda: prepare(f"synthetic:{n}", path), n)
    cache = Cache.open(path)
    viewing = milliseconds(lambda: open_view(cache, front_end), len(cache))
    side = Side("engine", path, ALL, training_environment(1))
    if n <= 10_000:
        burst(side)  # cold code matters less the longer the epoch
    (trained,) = burst(side)
    side.close()
    return {
        "recordings": n,
        "prepare_ms": preparing,
        "view_ms": viewing,
        "train_ms": 1e3 * trained["seconds"] / trained["recordings"],
        "private_mb": trained["private_mb"],
    }


def speed_up(path: Path, repeats: int) -> float:
    """Compare two workers with one."""
    with ExitStack() as stack:
        sides = [Side("engine", path, ALL, training_environment(1)) for _ in range(2)]
        for side in sides:
            stack.callback(side.close)
        burst(*sides)
        found = []
        for _ in range(repeats):
            one = burst(sides[0])
            two = burst(*sides)
            rates = [sum(part["recordings"] / part["seconds"] for part in parts) for parts in (one, two)]
            found.append(rates[1] / rates[0])
            print(f"1 worker {rates[0]:.0f} recordings/s, 2 workers {rates[1]:.0f}")
    return statistics.median(found)


def draw(rows: list[dict[str, float]], two_workers: float, path: Path) -> None:
    """Plot the costs over the number of recordings."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10, 3.8), layout="constrained")
    left, right = figure.subplots(1, 2)
    n = [row["recordings"] for row in rows]
    for what, label in (("prepare_ms", "generate and prepare"), ("view_ms", "view"), ("train_ms", "train, an epoch")):
        left.plot(n, [row[what] for row in rows], "o-", label=label)
    left.set(xlabel="recordings", ylabel="ms a recording", xscale="log", title="cost of a recording")
    right.plot(n, [row["private_mb"] for row in rows], "o-", color="C3")
    right.set(xlabel="recordings", ylabel="MB", xscale="log", title="private memory of a worker")
    left.legend()
    for axes in (left, right):
        axes.set_ylim(0, 1.1 * axes.dataLim.y1)
        axes.grid(alpha=0.3)
    figure.suptitle(f"two workers train {two_workers:.2f} times as much as one")
    figure.savefig(path, dpi=110)


def main() -> None:
    """Print what was measured."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=[1000, 10_000, 100_000])
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--plot", type=Path, help="draw the figures")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        rows = []
        for n in args.sizes:
            rows.append(costs(n, Path(folder) / str(n)))
            print(", ".join(f"{name} {value:.4g}" for name, value in rows[-1].items()), flush=True)
        two_workers = speed_up(Path(folder) / str(args.sizes[0]), args.repeats)
    if args.plot:
        draw(rows, two_workers, args.plot)
    print(json.dumps({"sizes": rows, "two_workers": round(two_workers, 3)}))


if __name__ == "__main__":
    main()
