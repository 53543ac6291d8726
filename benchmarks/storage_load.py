"""How many trials a second go through our storage beside Optuna's own, many processes on one PostgreSQL server.

    python -m benchmarks.storage_load [--workers 64] [--seconds 15] [--repeats 3]

A trial draws three parameters at random and makes five reports, each followed by the question whether to prune (never
answered with yes, as all trials report the same); nothing is trained. There are N processes on either side:

ours    claims a trial, beats for it from a thread as a worker does, and finishes it: every write under its lease;
bare    runs ``study.optimize`` on Optuna's storage, with the same settings of its connections, sampler and pruner.

What Optuna has no counterpart of (epochs, settings and provenance of a trial, asking for commands) is left out on our
side. Both sides wait at a barrier for each burst, and take turns; a burst's rate is the trials of all its processes
over the time until the last of them was through. The last line is JSON: medians of the rates and of the ratios of
neighbouring bursts; `client_ms` a trial of processor time in our processes and in theirs, which does not depend on what
else the machine does; and `errors`: exceptions, and trials that are not complete in the end.
"""

import argparse
import json
import multiprocessing
import os
import statistics
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Barrier, Semaphore

import optuna
from optuna.pruners import MedianPruner
from optuna.samplers import RandomSampler
from optuna.storages import RDBStorage
from optuna.study import Study, StudyDirection
from optuna.trial import Trial, TrialState

from tools.postgres import PostgresServer, throwaway_server
from tuner.storage import Storage, open_storage
from tuner.storage.engine import engine_options, parse_url
from tuner.storage.optuna import forget_cached_trials, id_of_study
from tuner.work.pulse import Pulse
from tuner.work.shutdown import Shutdown
from tuner.work.standstill import Standstill
from tuner.work.usage import Usage

STUDY = "load"
PRELOADED = ["optuna", "tuner.storage.storage", "tuner.work.worker", "sqlalchemy.dialects.postgresql.psycopg"]
REPORTS = 5
PATIENCE_S = 120.0
"""How long the processes may take to start, or to end their last trials."""

RunTrials = Callable[[Callable[[], bool]], None]
"""Runs one trial after another, and after each asks whether there is time for one more."""


def objective(trial: Trial) -> float:
    """Say what a short trial says."""
    trial.suggest_float("lr", 1e-5, 1e-1, log=True)
    trial.suggest_int("layers", 1, 8)
    trial.suggest_categorical("optimizer", ["adamw", "sgd"])
    for step in range(1, REPORTS + 1):
        trial.report(step / REPORTS, step)
        if trial.should_prune():
            raise optuna.TrialPruned
    return 1.0


def load(storage: RDBStorage) -> Study:
    """Load the study with the sampler and the pruner of both sides."""
    return optuna.load_study(study_name=STUDY, storage=storage, sampler=RandomSampler(), pruner=MedianPruner(4, 20))


def create_ours(url: str) -> None:
    """Make the study our processes work on."""
    storage = open_storage(url, create=True)
    study_id = storage.optuna.create_new_study([StudyDirection.MAXIMIZE], STUDY)
    storage.control.create(study_id, trials=2**31 - 1, timeout_s=None)
    storage.close()


def create_bare(url: str) -> None:
    """Make the study the other processes work on."""
    optuna.create_study(storage=RDBStorage(url), study_name=STUDY, direction="maximize")


@contextmanager
def ours(url: str) -> Iterator[RunTrials]:
    """Open our storage as a worker does."""
    storage = open_storage(url, n_connections=2)
    study = load(storage.optuna)
    shutdown = Shutdown(os.getppid())

    def run(has_time: Callable[[], bool]) -> None:
        study_id = id_of_study(study)
        worker_id = storage.workers.register(study_id, host="here", pid=os.getpid(), device="none")
        with Pulse(storage, study_id, worker_id, shutdown, Usage(), Standstill(60.0, 60.0)) as pulse:
            run_leased(storage, study, worker_id, pulse)
            while has_time():
                run_leased(storage, study, worker_id, pulse)

    yield run
    storage.close()


def run_leased(storage: Storage, study: Study, worker_id: str, pulse: Pulse) -> None:
    """Claim and run one trial as a worker does."""
    lease = storage.leases.claim(id_of_study(study), worker_id)
    assert lease is not None  # the budget is endless
    pulse.hold(lease)
    study.sampler = RandomSampler(seed=lease.number)
    forget_cached_trials(study)
    study.get_trials(deepcopy=False)
    value = objective(Trial(study, lease.trial_id))
    storage.optuna.finish(lease, TrialState.COMPLETE, value)
    pulse.hold(None)


@contextmanager
def bare(url: str) -> Iterator[RunTrials]:
    """Open Optuna's storage with our settings of its connections."""
    options = engine_options(parse_url(url), 4) | {"pool_size": 2, "pool_pre_ping": True}
    del options["connect_args"]["options"]  # ends idle transactions, which Optuna does not survive
    storage = RDBStorage(url, options, skip_table_creation=True)
    study = load(storage)

    def run(has_time: Callable[[], bool]) -> None:
        study.optimize(objective, callbacks=[lambda study, _: None if has_time() else study.stop()])

    yield run
    storage.remove_session()
    storage.engine.dispose()


SIDES = {"ours": (create_ours, ours), "bare": (create_bare, bare)}


@dataclass(frozen=True)
class Burst:
    """What one process did in one burst: its trials, the moment the last was through, and its processor time."""

    trials: int
    ended: float
    cpu_s: float
    error: str | None


def run_burst(run: RunTrials, seconds: float) -> Burst:
    """Run trials until the time is over, the last one to its end."""
    n_trials, began, cpu_before = 0, time.monotonic(), time.process_time()
    ended = began

    def has_time() -> bool:
        nonlocal n_trials, ended
        n_trials, ended = n_trials + 1, time.monotonic()
        return ended - began < seconds

    error = None
    try:
        run(has_time)
    except Exception:
        error = traceback.format_exc()
    return Burst(n_trials, ended, time.process_time() - cpu_before, error)


def take_part(side: str, url: str, times: list[float], start: Barrier, turn: Semaphore, bursts: "Queue[Burst]") -> None:
    """Be one process of a side."""
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    with ExitStack() as stack:
        with turn:  # a first trial opens the connections and loads the study, which is no part of a burst
            run = stack.enter_context(SIDES[side][1](url))
            bursts.put(run_burst(run, 0.0))
        for seconds in times:
            start.wait()
            bursts.put(run_burst(run, seconds))


class Side:
    """The processes of one side, waiting for their bursts."""

    def __init__(self, name: str, server: PostgresServer, n_workers: int, seconds: float, repeats: int) -> None:
        self.name, self.n_workers, self.seconds = name, n_workers, seconds
        self.url = server.url(server.create())
        SIDES[name][0](self.url)
        # Forked from a process that has imported all and connected to nothing: 128 imports would take minutes.
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(PRELOADED)
        self.start = context.Barrier(n_workers + 1)
        self.bursts: Queue[Burst] = context.Queue()
        self.errors: list[str] = []
        self.client_ms: list[float] = []
        arguments = (name, self.url, [seconds] * repeats, self.start, context.Semaphore(2), self.bursts)
        self.processes = [context.Process(target=take_part, args=arguments, daemon=True) for _ in range(n_workers)]
        for process in self.processes:
            process.start()
        self.n_trials = sum(burst.trials for burst in self._collect())

    def rate(self) -> float:
        """Run one burst and return its trials a second."""
        self.start.wait(PATIENCE_S)
        began = time.monotonic()
        bursts = self._collect()
        n_trials = sum(burst.trials for burst in bursts)
        self.n_trials += n_trials
        self.client_ms.append(1000 * sum(burst.cpu_s for burst in bursts) / n_trials)
        return n_trials / (max(burst.ended for burst in bursts) - began)

    def _collect(self) -> list[Burst]:
        bursts = [self.bursts.get(timeout=self.seconds + PATIENCE_S) for _ in range(self.n_workers)]
        self.errors += [burst.error for burst in bursts if burst.error is not None]
        return bursts

    def n_errors(self) -> int:
        """Count what went wrong, once all bursts are over."""
        for process in self.processes:
            process.join(PATIENCE_S)
        for error in self.errors[:3]:
            print(f"{self.name}: {error}", file=sys.stderr)
        states = [trial.state for trial in load(RDBStorage(self.url)).get_trials(deepcopy=False)]
        n_complete = states.count(TrialState.COMPLETE)
        return len(self.errors) + len(states) - n_complete + abs(n_complete - self.n_trials)


def main() -> None:
    """Measure both sides in turn and print their rates."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--workers", type=int, default=64)
    parser.add_argument("--seconds", type=float, default=15.0, help="length of a burst")
    parser.add_argument("--repeats", type=int, default=3, help="bursts of each side")
    args = parser.parse_args()
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    with throwaway_server() as server:
        sides = [Side(name, server, args.workers, args.seconds, args.repeats) for name in SIDES]
        rates = []
        for repeat in range(args.repeats):
            # Each side goes first in turn, as the tables grow.
            order = sides if repeat % 2 == 0 else sides[::-1]
            found = {side.name: side.rate() for side in order}
            print(", ".join(f"{name} {rate:.2f} trials/s" for name, rate in found.items()), flush=True)
            rates.append(found)
        n_errors = sum(side.n_errors() for side in sides)
        client_ms = [round(statistics.median(side.client_ms), 1) for side in sides]
    result = {
        "workers": args.workers,
        "trials_per_s": round(statistics.median(found["ours"] for found in rates), 2),
        "bare_trials_per_s": round(statistics.median(found["bare"] for found in rates), 2),
        "ratio": round(statistics.median(found["ours"] / found["bare"] for found in rates), 2),
        "client_ms": client_ms[0],
        "bare_client_ms": client_ms[1],
        "errors": n_errors,
    }
    print(json.dumps(result))
    sys.exit(n_errors > 0)


if __name__ == "__main__":
    main()
