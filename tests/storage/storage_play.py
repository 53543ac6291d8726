"""A study under test, and ways to treat its database badly."""

import multiprocessing
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import optuna
from sqlalchemy import event, update

from tuner.storage import Lease, Storage
from tuner.storage.tables import leases

# Fresh processes, forked from one that has imported what they need and opened nothing.
PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(["pytest", "tuner.storage.storage"])


def run_together(
    n: int, body: Callable[..., None], *arguments: Any, results: Any = None, exit_code: int = 0
) -> list[Any]:
    """Run `body` in so many processes that start at the same moment, and gather what they say."""
    start = PROCESSES.Barrier(n)
    processes = [PROCESSES.Process(target=body, args=(*arguments, start)) for _ in range(n)]
    for process in processes:
        process.start()
    said = [] if results is None else [results.get(timeout=60) for _ in processes]
    for process in processes:
        process.join(120)
    assert [process.exitcode for process in processes] == [exit_code] * n
    return said


@dataclass
class Played:
    """A study with a budget, and a worker entered in it."""

    storage: Storage
    study_id: int
    worker_id: str

    @property
    def url(self) -> str:
        return self.storage.database.url

    def claim(self, storage: Storage | None = None, silent_s: float = 60.0) -> Lease:
        lease = (storage or self.storage).leases.claim(self.study_id, self.worker_id, silent_s=silent_s)
        assert lease is not None
        return lease

    def optuna_study(self, storage: Storage | None = None, **policies: Any) -> optuna.Study:
        policies = {"sampler": optuna.samplers.RandomSampler(seed=0), "pruner": optuna.pruners.NopPruner()} | policies
        return optuna.load_study(study_name="study", storage=(storage or self.storage).optuna, **policies)

    def trial(self, lease: Lease, storage: Storage | None = None, **policies: Any) -> optuna.trial.Trial:
        study = self.optuna_study(storage, **policies)
        study.get_trials(deepcopy=False)  # Optuna's cache must have seen a trial before it is written through it
        return optuna.trial.Trial(study, lease.trial_id)

    def take_over(self, lease: Lease, storage: Storage) -> Lease:
        """Let another process take a trial from its worker, which does not know."""
        self.set_beat(lease, 0.0)
        taken = self.claim(storage)
        assert taken.trial_id == lease.trial_id
        return taken

    def set_beat(self, lease: Lease, at: float) -> None:
        """Let the worker of a lease have said something for the last time at this time."""
        with self.storage.database.engine.begin() as connection:
            connection.execute(update(leases).where(leases.c.trial_id == lease.trial_id).values(beat=at))


def cut_after_next_commit(storage: Storage) -> list[bool]:
    """Commit the next transaction, and lose the connection before its answer arrives.

    Returns a list that is filled once that has happened.
    """
    done: list[bool] = []

    def cut(connection: Any) -> None:
        if not done:
            done.append(True)
            raw = connection.connection.dbapi_connection
            raw.commit()
            raw.close()

    event.listen(storage.database.engine, "commit", cut)
    return done
