"""How fast the engine trains beside the notebook's loop, beside the machine's matrix product, and what it costs.

    python -m benchmarks.training [--data CACHE] [--repeats 5] [--limit 1000] [--trials 6]

- recordings a second of `stft_crnn` as the notebook trained it: its own loop with two threads, and two workers of one
  thread each with the environment a pool gives them; they take turns, and the ratio is the median of the turns';
- GFLOP/s of a 2048 x 2048 x 2048 product, and of `resnet1d` (forward, loss, backward and step, operations counted by
  torch) on whole batches of the data, on one thread;
- the share of a real study's working time outside forward, backward and step, as its workers measured it;
- how much the resident pages of the data grow with each further worker, as a share of the data.

Runs on synthetic data when no cache is given. Prints, last, one JSON line.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from benchmarks.stage import NAME, SPACE, Stage, run_in_peace
from data_pipeline import Cache, prepare
from tuner.device import count_cores
from tuner.pool import training_environment

STUDY = (
    f"""
[study]
name = "{NAME}"
trials = {{trials}}

[search]
architectures = ["stft_crnn", "resnet1d"]
sampler = {{{{ kind = "random" }}}}
pruner = {{{{ kind = "none" }}}}

[space]
"""
    "{space}"
)
"""A study as people run them: networks as they are by default."""


class Side:
    """A process that trains when told to.

    Parameters
    ----------
    kind : str
        One of `benchmarks.training_side.KINDS`.
    cache : Path
    limit : int
        Recordings to train on.
    environment : dict
    """

    def __init__(self, kind: str, cache: Path, limit: int, environment: dict[str, str]) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.training_side", kind, str(cache), str(limit)],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.answer()  # ready

    def ask(self) -> None:
        """Have it do its work once."""
        assert self.process.stdin is not None
        self.process.stdin.write("go\n")
        self.process.stdin.flush()

    def answer(self) -> dict[str, float]:
        """Wait for what it measured."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit(f"a benchmark's process ended with {self.process.wait()}")
        measured: dict[str, float] = json.loads(line)
        return measured

    def close(self) -> None:
        """End it."""
        self.process.communicate()


def burst(*sides: Side) -> list[dict[str, float]]:
    """Have some processes work at the same time."""
    for side in sides:
        side.ask()
    return [side.answer() for side in sides]


def speed(cache: Path, limit: int, repeats: int) -> dict[str, float]:
    """Compare recordings a second."""
    with ExitStack() as stack:

        def start(kind: str, environment: dict[str, str]) -> Side:
            side = Side(kind, cache, limit, environment)
            stack.callback(side.close)
            return side

        notebook = start("notebook", {**os.environ, "OMP_NUM_THREADS": "2"})
        engine = [start("engine", training_environment(1)) for _ in range(2)]
        pairs = []
        burst(*engine)  # the first meets cold code on either side
        burst(notebook)
        for _ in range(repeats):
            (slow,) = burst(notebook)
            fast = burst(*engine)
            rates = slow["recordings"] / slow["seconds"], sum(part["recordings"] / part["seconds"] for part in fast)
            pairs.append(rates)
            print(f"notebook {rates[0]:.1f} recordings/s, engine {rates[1]:.1f} ({rates[1] / rates[0]:.2f} times)")
    return {
        "notebook_recordings_per_s": statistics.median(pair[0] for pair in pairs),
        "engine_recordings_per_s": statistics.median(pair[1] for pair in pairs),
        "ratio": statistics.median(pair[1] / pair[0] for pair in pairs),
    }


def arithmetic(cache: Path, limit: int, repeats: int) -> dict[str, float]:
    """Compare GFLOP/s with those of a matrix product."""
    side = Side("resnet1d", cache, limit, training_environment(1))
    found = [burst(side)[0] for _ in range(repeats)]
    side.close()
    for turn in found:
        print(f"matrix product {turn['gemm_gflops']:.1f} GFLOP/s, resnet1d {turn['resnet1d_gflops']:.1f}")
    return {
        "gemm_gflops": statistics.median(turn["gemm_gflops"] for turn in found),
        "resnet1d_gflops": statistics.median(turn["resnet1d_gflops"] for turn in found),
        "resnet1d_of_gemm": statistics.median(turn["resnet1d_gflops"] / turn["gemm_gflops"] for turn in found),
    }


def memory(cache: Path, n_workers: int) -> dict[str, float]:
    """Measure what the data cost each further worker that has all of them mapped."""
    with ExitStack() as stack:
        sides: list[Side] = []
        pages = []
        for _ in range(n_workers):
            sides.append(Side("data", cache, 0, training_environment(1)))
            stack.callback(sides[-1].close)
            measured = burst(*sides)
            pages.append(sum(side["data_pss"] for side in measured))
        growth = (pages[-1] - pages[0]) / (n_workers - 1) / measured[0]["data_bytes"]
    print(f"data pages of 1 worker {pages[0] / 1e6:.1f} MB, of {n_workers} together {pages[-1] / 1e6:.1f} MB")
    return {"data_pss_growth_per_worker": growth}


def study(folder: Path, cache: Path, trials: int, space: str) -> dict[str, float]:
    """Run a study, and read where its workers' time went."""
    stage = Stage(folder / "study", f"sqlite:///{folder / 'study.db'}")
    stage.create(cache, STUDY.format(trials=trials, space=space))
    seconds = run_in_peace(stage, min(2, count_cores()))
    outside = stage.snapshot().to_dict()["outside_training"]
    stage.storage.close()
    print(f"a study of {trials} trials took {seconds:.0f} s, {outside:.1%} of its workers' time outside training")
    return {"share_outside_training": outside}


def main() -> None:
    """Print what was measured."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="a prepared cache; by default synthetic recordings")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--limit", type=int, default=1000, help="recordings a turn")
    parser.add_argument("--trials", type=int, default=6, help="of the study")
    parser.add_argument("--workers", type=int, default=8, help="that share the data, two at least")
    parser.add_argument("--short", action="store_true", help="a study of tiny networks, to see that all works")
    args = parser.parse_args()
    if args.workers < 2:
        parser.error("--workers: two at least")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = args.data or folder / "cache"
        if not args.data:
            prepare(f"synthetic:{max(2 * args.limit, 60)}", path)
        assert len(Cache.open(path)), "no recordings"
        space = SPACE.format(epochs=2) if args.short else '"train.epochs" = 10'
        line = speed(path, args.limit, args.repeats)
        line |= arithmetic(path, args.limit, args.repeats)
        line |= memory(path, args.workers)
        line |= study(folder, path.resolve(), args.trials, space)
    print(json.dumps({name: round(value, 4) for name, value in line.items()}))


if __name__ == "__main__":
    main()
