"""Whether a study survives what workers die of: `python -m benchmarks.chaos --storage sqlite --kills 60 --seed 0`.

A study of quick real trainings is run twice, each time in a database and a folder of its own: first in peace, then
while its processes are killed, interrupted and frozen, as `STRIKES` lists. The moments are drawn along the way of the
study, by how many of its epochs are trained, so that all fall within it; where workers stay away, `tuner work` is
started once more. Every trial is seeded by its number and trains on one thread: nothing but a fault can make the second
run's results differ from those of the first. The last line is JSON:

kills           strikes dealt
resumed         claims of trials beyond their first
asked           trials asked for
finished        trials that are complete, pruned or failed
lost            trials asked for that are neither finished, nor yet to be made, nor waiting for a worker, nor leased
zombies         epochs written under an attempt that did not hold the trial's lease at that moment, as a trigger in the
                database sees it, and trials whose state, parameters, reports, epochs or score are not those of the run
                in peace, the poisonous left out
epochs_twice    lines of the workers' logs that say once more that an epoch of a trial was trained
poisonous       trials failed for taking down one worker after another
best            the best trial's score, and `best_without_kills` that of the run in peace
seconds         how long the second run took, and `seconds_without_kills` the first

Exits with 1 if a trial is lost or missing, there is a zombie, or more epochs were trained twice than there were kills.
"""

import argparse
import json
import math
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
from optuna.trial import TrialState
from sqlalchemy import select

from benchmarks.stage import NAME, STUDY, ZOMBIES, Stage, exit_on_sigterm, run_in_peace
from data_pipeline import prepare
from tools.postgres import PostgresServer, throwaway_server
from tuner.storage.tables import leases

POLL_S = 0.2
MISSING_S = 5.0
"""Seconds after which another parent is started where most workers are missing, and the old one replaced none."""

STALL_S = 240.0
"""Seconds without a new epoch after which the study is given up: more than the longest freeze and its takeover."""

STRIKES = (
    *("kill", "leave", "freeze", "kill", "interrupt", "parent", "kill", "cut", "kill", "hurry"),
    *("kill", "long freeze", "kill", "freeze", "kill", "leave", "kill", "kill", "interrupt", "freeze"),
)
"""What is done, over and over: SIGKILL, SIGTERM, SIGINT or SIGTERM twice to a worker; SIGSTOP, and SIGCONT some seconds
later, or so late that its trial is taken over; SIGKILL to the parent; all connections to the server cut (a worker
killed where there is no server)."""

SIGNALS = {
    "kill": [signal.SIGKILL],
    "leave": [signal.SIGTERM],
    "interrupt": [signal.SIGINT],
    "hurry": [signal.SIGTERM, signal.SIGTERM],
    "freeze": [signal.SIGSTOP],
    "long freeze": [signal.SIGSTOP],
}
FREEZE_S = {"freeze": (1.0, 10.0), "long freeze": (80.0, 100.0)}


@dataclass(frozen=True)
class Strike:
    """What is done when this part of all epochs is trained."""

    at: float
    kind: str


def plan(kills: int, rng: random.Random) -> list[Strike]:
    """Draw the moments of the strikes; the long freezes come early, or the study would wait for them at its end."""
    kinds = [STRIKES[i % len(STRIKES)] for i in range(kills)]
    strikes = [Strike(rng.uniform(0.0, 0.5 if kind == "long freeze" else 0.97), kind) for kind in kinds]
    return sorted(strikes, key=lambda strike: strike.at)


@dataclass
class Chaos:
    """A study's run under strikes.

    Attributes
    ----------
    stage : Stage
        The study.
    n_workers : int
        How many there are to be.
    n_epochs : int
        How many they train in all.
    rng : random.Random
        Draws whom it hits, and when.
    cut : callable, optional
        Ends all connections to the database.
    dealt : int
        Strikes so far.
    """

    stage: Stage
    n_workers: int
    n_epochs: int
    rng: random.Random
    cut: Callable[[], None] | None
    dealt: int = 0
    _frozen: dict[psutil.Process, float] = field(default_factory=dict)
    _parents: "list[subprocess.Popen[bytes]]" = field(default_factory=list)
    _enough_at: float = -math.inf

    def run(self, strikes: list[Strike]) -> None:
        """Deal the strikes, and return when the study is done and its processes have ended, or it stands still."""
        began = moved = time.monotonic()
        left, epochs = list(strikes), 0
        try:
            while time.monotonic() - moved < STALL_S:
                is_done = self.stage.is_done()
                self._wake(everybody=is_done)
                self._parents = [parent for parent in self._parents if parent.poll() is None]
                if is_done and not self._parents and not self.stage.workers():
                    return
                if not is_done:
                    self._fill_up()
                if (now := self.stage.epochs()) > epochs:
                    epochs, moved = now, time.monotonic()
                if left and epochs / self.n_epochs >= left[0].at and not is_done:
                    time.sleep(self.rng.uniform(0.0, 2 * POLL_S))  # or only what follows an epoch would be struck
                    if whom := self._deal(left[0].kind):
                        passed = time.monotonic() - began
                        print(f"{passed:6.1f} s, {epochs:5d} epochs: {left.pop(0).kind} {whom}", flush=True)
                        self.dealt += 1
                time.sleep(POLL_S)
            print(f"given up: no epoch for {STALL_S:.0f} s; {self.stage.said()}", file=sys.stderr)
        finally:
            self.stage.end()

    def _fill_up(self) -> None:
        """Start another parent where most workers have been missing for a while: the old one replaces only the dead.

        It does not replace those that were told to leave, and does not know of the frozen. The command is always the
        same, as fewer workers would train on more threads each, and come to other sums.
        """
        if 2 * len(self._awake()) >= self.n_workers:
            self._enough_at = time.monotonic()
        elif time.monotonic() - self._enough_at > MISSING_S:
            self._parents.append(self.stage.work(self.n_workers))
            self._enough_at = time.monotonic()

    def _awake(self) -> list[psutil.Process]:
        return [worker for worker in self.stage.workers() if worker not in self._frozen]

    def _deal(self, kind: str) -> str | None:
        """Do it and say to whom; None where nobody was there."""
        if kind == "parent":
            if not self._parents:
                return None
            parent = self.rng.choice(self._parents)
            parent.kill()
            return str(parent.pid)
        if kind == "cut" and self.cut is not None:
            self.cut()
            return "all connections"
        workers = self._awake()
        return self._hit(self.rng.choice(workers), "kill" if kind == "cut" else kind) if workers else None

    def _hit(self, worker: psutil.Process, kind: str) -> str | None:
        try:
            for number in SIGNALS[kind]:
                worker.send_signal(number)
                time.sleep(0.05)
        except psutil.NoSuchProcess:
            return None
        if kind not in FREEZE_S:
            return str(worker.pid)
        seconds = self.rng.uniform(*FREEZE_S[kind])
        self._frozen[worker] = time.monotonic() + seconds
        return f"{worker.pid} for {seconds:.0f} s"

    def _wake(self, *, everybody: bool) -> None:
        for worker, until in list(self._frozen.items()):
            if everybody or time.monotonic() >= until:
                del self._frozen[worker]
                if worker.is_running():
                    worker.send_signal(signal.SIGCONT)


def other_stories(was: dict[int, dict[str, str]], now: dict[int, dict[str, str]], ignored: set[int]) -> Iterator[str]:
    """Name the finished trials that came to something else, and the first parts of them that did."""
    for number in sorted(now.keys() - ignored):
        parts = was.get(number, {}) | now[number]
        differing = [part for part in parts if was.get(number, {}).get(part) != now[number].get(part)]
        if differing and TrialState[now[number]["state"]].is_finished():
            yield f"trial {number}: differs in {', '.join(differing[:6])}"


def results(peace: Stage, struck: Stage) -> dict[str, Any]:
    """Judge the struck study by the one in peace."""
    status, expected = struck.status(), peace.status()
    with struck.storage.database.engine.connect() as connection:
        claims = connection.execute(select(leases.c.trial_id, leases.c.attempt)).all()
        late = connection.exec_driver_sql(ZOMBIES).all()
    leased = {trial_id for trial_id, _ in claims}
    ready = sum(
        trial.state == TrialState.WAITING or (trial.state == TrialState.RUNNING and trial.trial_id in leased)
        for trial in status.trials
    )
    to_make = max(0, status.asked - len(status.trials))
    poisonous = {t.number for t in status.trials if (t.reason or "").startswith("poisonous")}
    zombies = [f"trial {number} epoch {epoch}: written by attempt {attempt}" for number, epoch, attempt in late]
    zombies += list(other_stories(peace.stories(), struck.stories(), poisonous))
    for zombie in zombies:
        print(f"zombie: {zombie}", file=sys.stderr)
    return {
        "resumed": sum(max(0, attempt - 1) for _, attempt in claims),
        "lost": status.asked - len(status.finished) - ready - to_make,
        "finished": len(status.finished),
        "asked": status.asked,
        "zombies": len(zombies),
        "epochs_twice": struck.epochs_twice(),
        "poisonous": len(poisonous),
        "best": status.best.score if status.best else None,
        "best_without_kills": expected.best.score if expected.best else None,
    }


@contextmanager
def stages(kind: str, folder: Path) -> Iterator[tuple[Stage, Stage, PostgresServer | None]]:
    """Give a study in peace and one to be struck, on databases of one kind, and the server if there is one."""
    with ExitStack() as stack:
        server = stack.enter_context(throwaway_server()) if kind == "postgres" else None
        names = ("peace", "chaos")
        urls = [server.url(server.create()) if server else f"sqlite:///{folder / name}.db" for name in names]
        peace, struck = (Stage(folder / name, url) for name, url in zip(names, urls, strict=True))
        yield peace, struck, server


def measure(args: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """Run the study twice and judge it."""
    rng = random.Random(args.seed)
    text = STUDY.format(name=NAME, trials=args.trials, epochs=args.epochs, seed=args.seed)
    cache = prepare("synthetic:60:1", folder / "cache").path
    with stages(args.storage, folder) as (peace, struck, server):
        for stage in (peace, struck):
            stage.create(cache, text)
        seconds_in_peace = run_in_peace(peace, args.workers)
        print(f"{seconds_in_peace:6.1f} s, {peace.epochs():5d} epochs in peace", flush=True)
        cut = None if server is None else lambda: server.cut(struck.url.rpartition("/")[2])
        chaos = Chaos(struck, args.workers, peace.epochs(), rng, cut)
        began = time.monotonic()
        chaos.run(plan(args.kills, rng))
        seconds = time.monotonic() - began
        found = {"storage": args.storage, "seed": args.seed, "kills": chaos.dealt, **results(peace, struck)}
        for stage in (peace, struck):
            stage.storage.close()
    return {**found, "seconds": round(seconds), "seconds_without_kills": round(seconds_in_peace)}


def main() -> None:
    """Print what became of the study."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--storage", choices=["sqlite", "postgres"], default="sqlite")
    parser.add_argument("--workers", type=int, default=4)
    parser.add_argument("--trials", type=int, default=40)
    parser.add_argument("--epochs", type=int, default=40, help="of each trial")
    parser.add_argument("--kills", type=int, default=60)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--folder", type=Path, help="where to work, and to leave everything; not there yet")
    args = parser.parse_args()
    exit_on_sigterm()
    if hasattr(os, "sched_setaffinity"):
        # One core a worker at most makes one thread a worker, here and in all processes started from here.
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: args.workers])
    with ExitStack() as stack:
        folder = args.folder or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        folder.mkdir(parents=True, exist_ok=True)
        found = measure(args, folder.resolve())
    print(json.dumps(found))
    is_well = found["lost"] == found["zombies"] == 0 and found["finished"] == found["asked"]
    sys.exit(not (is_well and found["epochs_twice"] <= found["kills"]))


if __name__ == "__main__":
    main()
