"""A study under test, and ways to treat its database badly."""

from dataclasses import dataclass
from typing import Any

import optuna
from sqlalchemy import event, update

from tuner.storage import Lease, StudyStorage
from tuner.storage.tables import leases


@dataclass
class Played:
    """A study with a budget, and a worker entered in it."""

    storage: StudyStorage
    study_id: int
    worker_id: str

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
        self.silence(lease)
        taken = self.claim(storage, silent_s=0.2)  # shorter than the throwaway server has been up
        assert taken.trial_id == lease.trial_id
        return taken

    def silence(self, lease: Lease) -> None:
        """Let a lease look as if its worker had said nothing for two minutes."""
        with self.storage.engine.begin() as connection:
            old = update(leases).where(leases.c.trial_id == lease.trial_id)
            connection.execute(old.values(beat=leases.c.beat - 120.0))


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
