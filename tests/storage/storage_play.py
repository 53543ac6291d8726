"""A study under test, and ways to treat its database badly."""

import multiprocessing
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import optuna
from sqlalchemy import event, update

from tuner.storage import Lease, StudyStorage
from tuner.storage.tables import leases

# Fresh processes, forked from one that has imported what they need and opened nothing.
PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(["pytest", "tuner.storage.study_storage"])


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

    storage: StudyStorage
    study_id: int
    worker_id: str

    @property
    def url(self) -> str:
        return self.storage.address.render_as_string(hide_password=False)

    def claim(self, storage: StudyStorage | None = None, silent_s: float = 60.0) -> Lease:
        lease = (storage or self.storage).claim(self.study_id, self.worker_id, silent_s=silent_s)
        assert lease is not None
        return lease

    def optuna_study(self, storage: StudyStorage | None = None, **policies: Any) -> optuna.Study:
        policies = {"sampler": optuna.samplers.RandomSampler(seed=0), "pruner": optuna.pruners.NopPruner()} | policies
        return optuna.load_study(study_name="study", storage=storage or self.storage, **policies)

    def trial(self, lease: Lease, storage: StudyStorage | None = None, **policies: Any) -> optuna.trial.Trial:
        study = self.optuna_study(storage, **policies)
        study.get_trials(deepcopy=False)  # Optuna's cache must have seen a trial before it is written through it
        return optuna.trial.Trial(study, lease.trial_id)

    def take_over(self, lease: Lease, storage: StudyStorage) -> Lease:
        """Let another process take a trial from its worker, which does not know."""
        self.set_beat(lease, 0.0)
        taken = self.claim(storage)
        assert taken.trial_id == lease.trial_id
        return taken

    def set_beat(self, lease: Lease, at: float) -> None:
        """Let the worker of a lease have said something for the last time at this time."""
        with self.storage.engine.begin() as connection:
            connection.execute(update(leases).where(leases.c.trial_id == lease.trial_id).values(beat=at))


def cut_after_next_commit(storage: StudyStorage) -> list[bool]:
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

    event.listen(storage.engine, "commit", cut)
    return done
