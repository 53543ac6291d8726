"""Whether a study survives what may happen to it: `python -m benchmarks.chaos --storage both --seeds 5`.

A study of quick real trainings is run undisturbed, search and final step; then again in a database and a folder of its
own, on each kind of database, while faults happen to its processes, its database, its disks and its clocks, those of
`faults.py` of which `--faults` names the kinds. The moments are drawn along the way of the study, by how many of its
epochs are trained, so that all fall within it; where workers stay away, `tuner work`, or `tuner finalize`, is started
once more. Every trial is seeded by its number and trains on one thread, no pruner compares it with others, and all
trials are candidates of the final step: nothing but a fault can make results differ. The last line is JSON:

faults          how many have happened, and `dealt` how often each; `skipped`: kinds that cannot happen here, and why
asked           trials asked for
finished        trials that are complete, pruned or failed
lost            trials asked for that are neither finished, nor yet to be made, nor waiting for a worker, nor leased
zombies         epochs written under an attempt that did not hold the lease at that moment, as a trigger in the database
                sees it
epochs_twice    lines of the workers' logs that say once more that an epoch of a training was trained
other_scores    trials whose score is not, to the last bit, that of the undisturbed run
other_stories   trials whose state, parameters, reports, epochs or score are not
other_files     files of the final step that are not, byte for byte, but for the seconds in bundle.json and model card
tracebacks      exceptions that commands and workers had no line for
resumed         claims of trainings beyond their first
seconds         how long the struck runs took, and `seconds_undisturbed` the others
runs            the same for each run, with `best`, the best trial's score, and `best_undisturbed`

Exits with 1 if a trial is lost or missing, there is a zombie or a traceback, anything differs, or more epochs were
trained twice than there were faults.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any

from benchmarks.chaos.faults import KINDS, chosen
from benchmarks.chaos.preload import Preload, why_not
from benchmarks.chaos.scene import Scene
from benchmarks.chaos.sites import PostgresSite, Site, SqliteSite
from benchmarks.chaos.storm import Storm, plan
from benchmarks.chaos.verdict import verdict
from benchmarks.stage import NAME, STUDY, Stage, exit_on_sigterm, run_in_peace
from data_pipeline import prepare
from tools.line import Line
from tools.postgres import throwaway_server

STORAGES = ("sqlite", "postgres")
WRONG = ("lost", "zombies", "tracebacks", "other_scores", "other_stories", "other_files")
SUMS = ("faults", "asked", "finished", *WRONG, "epochs_twice", "resumed", "seconds")


@contextmanager
def struck_stage(kind: str, folder: Path) -> Iterator[tuple[Stage, Site, Preload | None]]:
    """Give a study on a database of its own, and what is needed to let faults happen to it."""
    can_preload = why_not() is None
    with ExitStack() as stack:
        file, commands = folder / f"{kind}.db", None
        if can_preload:
            commands = stack.enter_context(closing(Preload(database=file, home=folder / kind / "runs")))
        site: Site = SqliteSite(file, commands)
        if kind == "postgres":
            preload, environment = None, {}
            if can_preload:
                preload = stack.enter_context(closing(Preload(database=Path("/"))))  # all disk of the server
                environment = preload.environment
            server = stack.enter_context(throwaway_server(environment=environment))
            line = stack.enter_context(closing(Line(server.host, server.port)))
            site = PostgresSite(server, line, preload, commands)
        yield Stage(folder / kind, site.url, site.environment), site, commands


def run_undisturbed(folder: Path, cache: Path, text: str, n_workers: int) -> tuple[Stage, float]:
    """Run a study and its final step, to which nothing happens; return it with its seconds."""
    peace = Stage(folder / "peace", f"sqlite:///{folder / 'peace.db'}")
    peace.create(cache, text)
    began = time.monotonic()
    run_in_peace(peace, n_workers)
    try:
        if peace.finalize(n_workers).wait() != 0:
            raise SystemExit(peace.said())
    finally:
        peace.end()
    return peace, time.monotonic() - began


def run_struck(args: argparse.Namespace, kind: str, seed: int, folder: Path, text: str, peace: Stage) -> dict[str, Any]:
    """Run the same study on one kind of database under faults, and judge it."""
    rng = random.Random(f"{kind} {seed}")
    with struck_stage(kind, folder) as (struck, site, preload):
        struck.create(folder.parent / "cache", text)
        struck.storage.database.patience_s = 1.0  # a storm goes on while the database is away
        faults = chosen(args.faults, preloaded=preload is not None)
        drawn_until = max(0.0, 1 - 2 * args.workers / args.trials)
        scene, strikes = Scene(struck, preload, rng), plan(faults, args.faults_count, drawn_until, rng)
        storm = Storm(scene, site, args.workers, peace.epochs(), peace.epochs(final=True), strikes)
        began = time.monotonic()
        storm.run()
        seconds = time.monotonic() - began
        struck.storage.database.patience_s = 60.0
        found = {"storage": kind, "seed": seed, "faults": storm.dealt.total(), "dealt": storm.dealt}
        found |= verdict(peace, struck)
        struck.storage.close()
    return {**found, "seconds": round(seconds)}


def measure(args: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """Run all studies, and sum up what was found."""
    prepare("synthetic:60:1", folder / "cache")
    kinds = STORAGES if args.storage == "both" else (args.storage,)
    runs, seconds = [], 0.0
    for seed in range(args.seed, args.seed + args.seeds):
        place = folder / str(seed)
        place.mkdir()
        text = STUDY.format(name=NAME, trials=args.trials, epochs=args.epochs, seed=seed)
        peace, taken = run_undisturbed(place, folder / "cache", text, args.workers)
        seconds += taken
        print(f"seed {seed}: {taken:.0f} s undisturbed", flush=True)
        for kind in kinds:
            runs.append(run_struck(args, kind, seed, place, text, peace))
            print(json.dumps(runs[-1]), flush=True)
        peace.storage.close()
    found: dict[str, Any] = {name: sum(run[name] for run in runs) for name in SUMS}
    dealt = sum((Counter(run["dealt"]) for run in runs), Counter())
    return {**found, "dealt": dealt, "seconds_undisturbed": round(seconds), "runs": runs}


def skipped(kinds: list[str]) -> dict[str, str]:
    """Say which of some kinds of faults cannot happen here, and why."""
    reason = why_not()
    possible = {fault.kind for fault in chosen(kinds, preloaded=reason is None)}
    return {kind: str(reason) for kind in kinds if kind not in possible}


def read_kinds(text: str) -> list[str]:
    """Read the value of `--faults`."""
    kinds = list(KINDS) if text == "all" else text.split(",")
    if unknown := set(kinds) - set(KINDS):
        raise argparse.ArgumentTypeError(f"{min(unknown)!r} is not one of {', '.join(KINDS)}")
    return kinds


def main() -> None:
    """Print what became of the studies."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--storage", choices=[*STORAGES, "both"], default="sqlite")
    parser.add_argument("--faults", type=read_kinds, default="all", help=f"all, or some of {','.join(KINDS)}")
    parser.add_argument("--faults-count", type=int, default=60, help="how many happen in each run")
    parser.add_argument("--workers", type=int, default=4)
    parser.add_argument("--trials", type=int, default=12)
    parser.add_argument("--epochs", type=int, default=30, help="of each trial")
    parser.add_argument("--seed", type=int, default=0, help="of the first study and its faults")
    parser.add_argument("--seeds", type=int, default=1, help="how many studies, each with the next seed")
    parser.add_argument("--folder", type=Path, help="where to work, and to leave everything; not there yet")
    args = parser.parse_args()
    exit_on_sigterm()
    logging.getLogger("tuner").setLevel(logging.ERROR)  # that the database is away is no news here
    if hasattr(os, "sched_setaffinity"):
        # One core a worker at most makes one thread a worker, here and in all processes started from here.
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: args.workers])
    with ExitStack() as stack:
        folder = args.folder or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        folder.mkdir(parents=True, exist_ok=True)
        found = {**measure(args, folder.resolve()), "skipped": skipped(args.faults)}
    print(json.dumps(found))
    is_well = not any(found[what] for what in WRONG)
    sys.exit(not (is_well and found["finished"] == found["asked"] and found["epochs_twice"] <= found["faults"]))


if __name__ == "__main__":
    main()
