"""What the processes of these tests do; in a module of its own, so that a spawned process can import it."""

import os
import signal
from multiprocessing.connection import Connection
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Barrier
from typing import Any

import optuna
from sqlalchemy import Engine, event

from tuner.errors import BudgetSpent, StudyError
from tuner.storage import open_storage
from tuner.storage.database import Transaction
from tuner.storage.optuna import lock_study


def work_until_spent(url: str, study_id: int, start: Barrier) -> None:
    """Claim, report and finish trials for as long as there are any."""
    storage = open_storage(url)
    worker_id = storage.workers.register(study_id, host="here", pid=os.getpid(), device="cpu")
    start.wait()
    while True:
        try:
            lease = storage.leases.claim(study_id, worker_id)
        except BudgetSpent:
            break
        if lease is None:
            continue
        storage.optuna.set_trial_intermediate_value(lease.trial_id, 0, 0.5)
        storage.epochs.record(lease, 1, score=0.5, lr=0.1, seconds=1.0, metrics={"pid": os.getpid()})
        storage.optuna.finish(lease, optuna.trial.TrialState.COMPLETE, 0.5)
    storage.close()


def claim_until_nothing_is_left(
    url: str, study_id: int, claims: "Queue[list[tuple[int, int]]]", start: Barrier
) -> None:
    """Claim trials, finish none, and say which they were, with their attempts."""
    storage = open_storage(url)
    worker_id = storage.workers.register(study_id, host="here", pid=os.getpid(), device="cpu")
    start.wait()
    mine = []
    while (lease := storage.leases.claim(study_id, worker_id)) is not None:
        mine.append((lease.number, lease.attempt))
    claims.put(mine)
    storage.close()


def claim_parts_until_nothing_is_left(
    url: str, study_id: int, claims: "Queue[list[tuple[int, str, int]]]", start: Barrier
) -> None:
    """Claim parts, finish none, and say which they were, with their attempts."""
    storage = open_storage(url)
    worker_id = storage.workers.register(study_id, host="here", pid=os.getpid(), device="cpu")
    start.wait()
    mine = []
    while (lease := storage.leases.claim_part(study_id, worker_id)) is not None:
        mine.append((lease.number, lease.part, lease.attempt))
    claims.put(mine)
    storage.close()


def die_in_a_part(url: str, study_id: int, start: Barrier) -> None:
    """Train an epoch of a part, and be killed."""
    storage = open_storage(url)
    worker_id = storage.workers.register(study_id, host="here", pid=os.getpid(), device="cpu")
    start.wait()
    lease = storage.leases.claim_part(study_id, worker_id)
    assert lease is not None
    storage.epochs.record(lease, 1, score=None, lr=0.1, seconds=1.0, metrics={})
    os.kill(os.getpid(), signal.SIGKILL)


def begin_final_step(url: str, study_id: int, said: "Queue[bool]", start: Barrier) -> None:
    """Begin a study's final step at the same moment as others, and say whether that was granted."""
    storage = open_storage(url)
    start.wait()
    try:
        storage.final_steps.begin(study_id, host="here", pid=os.getpid(), machine=None)
        said.put(True)
    except StudyError:
        said.put(False)
    storage.close()


def die_in_a_trial(url: str, study_id: int, start: Barrier) -> None:
    """Draw parameters, report twice, and be killed."""
    storage = open_storage(url)
    worker_id = storage.workers.register(study_id, host="here", pid=os.getpid(), device="cpu")
    start.wait()
    lease = storage.leases.claim(study_id, worker_id)
    assert lease is not None
    study = optuna.load_study(study_name="study", storage=storage.optuna, sampler=optuna.samplers.RandomSampler(seed=1))
    study.get_trials(deepcopy=False)
    trial = optuna.trial.Trial(study, lease.trial_id)
    trial.suggest_float("train.lr", 1e-4, 1e-1, log=True)
    trial.report(0.25, 10)
    trial.report(0.5, 20)
    storage.epochs.record(lease, 1, score=0.25, lr=0.1, seconds=1.0, metrics={})
    os.kill(os.getpid(), signal.SIGKILL)


def open_together(url: str, start: Barrier) -> None:
    """Make the tables at the same moment as others."""
    start.wait()
    open_storage(url, create=True).close()


def hold_the_study(url: str, study_id: int, ready: Connection) -> None:
    """Lock a study's row in a transaction, say so, and never end it."""
    storage = open_storage(url)

    def hold(transaction: Transaction) -> None:
        lock_study(transaction.session, study_id)
        ready.send("locked")
        signal.pause()

    storage.database.write(hold)


def migrate_and_die(url: str, statement: str, start: Barrier) -> None:
    """Open an old database, and be killed just after a statement of its migration."""

    def kill(connection: Any, cursor: Any, text: str, *_: Any) -> None:
        if " ".join(text.split()).startswith(statement):
            os.kill(os.getpid(), signal.SIGKILL)

    event.listen(Engine, "after_cursor_execute", kill)
    start.wait()
    open_storage(url)
