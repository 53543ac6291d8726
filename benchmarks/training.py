"""How fast the engine trains beside the notebook's loop, beside the machine's matrix product, and what it costs.

    python -m benchmarks.training [--data CACHE] [--repeats 5] [--limit 1000] [--trials 6] [--short]

- recordings a second of `stft_crnn` as the notebook trained it: its own loop with two threads, and two workers of one
  thread each with the environment a pool gives them; they take turns, and the ratio is the median of the turns';
- GFLOP/s of a 2048 x 2048 x 2048 product, and of `resnet1d` (forward, loss, backward and step, operations counted by
  torch) on whole batches of the data, on one thread;
- the share of a real study's working time outside forward, backward and step, as its workers measured it;
- how much the resident pages of the data grow with each further worker, as a share of the data.

Runs on synthetic data when no cache is given. Prints, last, one JSON line, and before it whether the machine was busy
with something else: the notebook's two threads wait for each other, so that it then loses far more than the engine.
`--short` takes few recordings and tiny networks, to see that all works: its figures are no measurement.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from benchmarks.stage import NAME, SPACE, Stage, exit_on_sigterm, run_in_peace
from data_pipeline import Cache, prepare
from data_pipeline.cores import count_cores
from tuner.work.processes import training_environment

STUDY = (
    f"""
[study]
name = "{NAME}"
trials = {{trials}}
folds = 1

[search]
architectures = ["stft_crnn", "resnet1d"]
sampler = {{{{ kind = "random" }}}}
pruner = {{{{ kind = "none" }}}}

[space]
"""
    "{space}"
)
"""A study as people run them: networks as they are by default."""


FULL = {"repeats": 5, "limit": 1000, "trials": 6, "workers": 8}
SHORT = {"repeats": 1, "limit": 64, "trials": 2, "workers": 2}

N_ENGINE = 2
"""Processes of the engine beside the notebook's two threads."""


@dataclass(frozen=True)
class Turn:
    """One turn of each side.

    Attributes
    ----------
    notebook, engine : float
        Recordings a second.
    notebook_cores, engine_cores : float
        CPU seconds a second.
    """

    notebook: float
    engine: float
    notebook_cores: float
    engine_cores: float


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


def take_turns(cache: Path, limit: int, repeats: int) -> list[Turn]:
    """Train on either side in turns."""
    with ExitStack() as stack:

        def start(kind: str, environment: dict[str, str]) -> Side:
            side = Side(kind, cache, limit, environment)
            stack.callback(side.close)
            return side

        notebook = start("notebook", {**os.environ, "OMP_NUM_THREADS": "2"})
        engine = [start("engine", training_environment(1)) for _ in range(N_ENGINE)]
        turns = []
        burst(*engine)  # the first meets cold code on either side
        burst(notebook)
        for _ in range(repeats):
            sides = burst(notebook), burst(*engine)
            rates = [sum(part["recordings"] / part["seconds"] for part in side) for side in sides]
            turns.append(Turn(*rates, *(sum(part["cores"] for part in side) for side in sides)))
            print(
                "notebook {0.notebook:.1f} recordings/s on {0.notebook_cores:.2f} cores, engine {0.engine:.1f} on "
                "{0.engine_cores:.2f} ({1:.2f} times)".format(turns[-1], rates[1] / rates[0]),
                flush=True,
            )
    return turns


def speed(turns: list[Turn]) -> dict[str, float]:
    """Compare recordings a second."""
    return {
        "notebook_recordings_per_s": statistics.median(turn.notebook for turn in turns),
        "engine_recordings_per_s": statistics.median(turn.engine for turn in turns),
        "ratio": statistics.median(turn.engine / turn.notebook for turn in turns),
    }


def doubts(turns: list[Turn], load: float, n_cores: int) -> list[str]:
    """Say what shows that something else ran.

    Parameters
    ----------
    turns : list of Turn
    load : float
        The machine's load average before the first.
    n_cores : int
        What the load average is out of.
    """
    found = []
    if load > n_cores:
        found.append(f"the load before was {load:.1f} on {n_cores} cores")
    for name, rates in (("notebook", [t.notebook for t in turns]), ("engine", [t.engine for t in turns])):
        if max(rates) > 1.5 * min(rates):
            found.append(f"the {name}'s turns differ {max(rates) / min(rates):.1f} times")
    cores = statistics.median(turn.engine_cores for turn in turns)
    if cores < 0.9 * N_ENGINE:
        found.append(f"the engine's {N_ENGINE} processes got {cores:.2f} cores")
    return found


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
    outside = stage.status().to_dict()["outside_training"]
    stage.storage.close()
    print(f"a study of {trials} trials took {seconds:.0f} s, {outside:.1%} of its workers' time outside training")
    return {"share_outside_training": outside}


def main() -> None:
    """Print what was measured."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="a prepared cache; by default synthetic recordings")
    parser.add_argument("--repeats", type=int, help="turns, by default {repeats}".format(**FULL))
    parser.add_argument("--limit", type=int, help="recordings a turn, by default {limit}".format(**FULL))
    parser.add_argument("--trials", type=int, help="of the study, by default {trials}".format(**FULL))
    parser.add_argument("--workers", type=int, help="that share the data, by default {workers}".format(**FULL))
    parser.add_argument("--short", action="store_true", help="see in a minute that all works, and measure nothing")
    args = parser.parse_args()
    for name, size in (SHORT if args.short else FULL).items():
        if getattr(args, name) is None:
            setattr(args, name, size)
    if args.workers < 2:
        parser.error("--workers: two at least")
    exit_on_sigterm()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = args.data or folder / "cache"
        if not args.data:
            prepare(f"synthetic:{max(2 * args.limit, 60)}", path)
        assert len(Cache.open(path)), "no recordings"
        space = SPACE.format(epochs=2) if args.short else '"train.epochs" = 10'
        load = os.getloadavg()[0]
        turns = take_turns(path, args.limit, args.repeats)
        line = speed(turns)
        line |= arithmetic(path, args.limit, args.repeats)
        line |= memory(path, args.workers)
        line |= study(folder, path.resolve(), args.trials, space)
    if against := doubts(turns, load, os.cpu_count() or 1):
        print(f"the machine was busy: the ratio is not to be trusted ({'; '.join(against)})")
    if args.short:
        print("a short run of tiny networks on few recordings: its figures are no measurement")
    print(json.dumps({name: round(value, 4) for name, value in line.items()}))


if __name__ == "__main__":
    main()
