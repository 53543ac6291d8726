"""A study under test, and ways to treat its database badly."""

import multiprocessing
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import optuna
from optuna.trial import TrialState
from sqlalchemy import event, update

from tuner.storage import Lease, PartRow, PlannedPart, Storage
from tuner.storage.tables import database_now, final_steps, leases

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


@dataclass
class Finalized:
    """A study with three finished trials, whose final step a process has begun."""

    played: Played
    trial_ids: list[int]
    owner: str

    @classmethod
    def of(cls, played: Played) -> "Finalized":
        leases = [played.claim() for _ in range(3)]
        for lease in leases:
            played.storage.optuna.finish(lease, TrialState.COMPLETE, 0.5)
        owner = played.storage.final_steps.begin(played.study_id, host="here", pid=1, machine=None)
        return cls(played, [lease.trial_id for lease in leases], owner)

    @property
    def storage(self) -> Storage:
        return self.played.storage

    @property
    def study_id(self) -> int:
        return self.played.study_id

    @property
    def worker_id(self) -> str:
        return self.played.worker_id

    @property
    def url(self) -> str:
        return self.played.url

    def begin(self) -> None:
        """Let another process take the final step over."""
        self.storage.final_steps.end(self.study_id, self.owner)
        self.owner = self.storage.final_steps.begin(self.study_id, host="here", pid=2, machine=None)

    def age(self, seconds: float) -> None:
        """Let the process of the final step have said something for the last time this long ago."""
        with self.storage.database.engine.begin() as connection:
            connection.execute(update(final_steps).values(beat=database_now() - seconds))

    def plan(self, *wanted: tuple[int, str], key: str = "key", storage: Storage | None = None) -> None:
        """Plan parts, each named by the number of its trial."""
        planned = [PlannedPart(self._id_of(number), part, key) for number, part in wanted]
        (storage or self.storage).parts.plan(self.study_id, self.owner, planned)

    def _id_of(self, number: int) -> int:
        if number < len(self.trial_ids):
            return self.trial_ids[number]
        return self.storage.optuna.get_trial_id_from_study_id_trial_number(self.study_id, number)

    def rows(self) -> list[PartRow]:
        return self.storage.parts.list(self.study_id)

    def try_to_claim(self, storage: Storage | None = None, silent_s: float = 60.0) -> Lease | None:
        return (storage or self.storage).leases.claim_part(self.study_id, self.worker_id, silent_s=silent_s)

    def claim(self, storage: Storage | None = None) -> Lease:
        lease = self.try_to_claim(storage)
        assert lease is not None
        return lease


def cut_after_next_commit(storage: Storage, then: Callable[[], object] = lambda: None) -> list[bool]:
    """Commit the next transaction, and lose the connection before its answer arrives; `then` happens meanwhile.

    Returns a list that is filled once that has happened.
    """
    done: list[bool] = []

    def cut(connection: Any) -> None:
        if not done:
            done.append(True)
            raw = connection.connection.dbapi_connection
            raw.commit()
            raw.close()
            then()

    event.listen(storage.database.engine, "commit", cut)
    return done
