"""Which worker processes there are, where, and what they have in hand."""

import math
from dataclasses import dataclass
from typing import Any, Literal
from uuid import uuid4

from optuna.trial import TrialState
from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from tuner.storage.retry import RetryingStorage
from tuner.storage.tables import database_now, leases, trials, workers


@dataclass(frozen=True)
class WorkerRow:
    """A worker process.

    Attributes
    ----------
    machine : str or None
        Where its process can be looked up.
    trial_number, epoch : int or None
        What it works on.
    memory_mb : float or None
        Its resident memory when it last said so.
    training_s, working_s : float
        Seconds it has spent in forward, backward and optimizer step, and in all but waiting.
    state : {"running", "gone"}
        "gone" when it left, or was seen to die. One that was killed with its machine stays "running" and silent.
    started_at : float
        Seconds since 1970 by the database's clock.
    silent_for_s : float
        Seconds since it last said something, by the same clock.
    """

    worker_id: str
    host: str
    pid: int
    machine: str | None
    device: str
    trial_number: int | None
    epoch: int | None
    memory_mb: float | None
    training_s: float
    working_s: float
    state: Literal["running", "gone"]
    started_at: float
    silent_for_s: float


@dataclass(frozen=True)
class RunningTrial:
    """A trial in state RUNNING and the worker that has it, as far as known.

    Attributes
    ----------
    silent_for_s : float
        Seconds since the last beat by the database's clock; infinite where nobody has the trial.
    """

    trial_id: int
    number: int
    attempt: int
    worker_id: str | None
    host: str | None
    pid: int | None
    machine: str | None
    silent_for_s: float


class WorkerStorage(RetryingStorage):
    """The workers of studies."""

    def register_worker(
        self, study_id: int, *, host: str, pid: int, device: str, machine: str | None = None, home: str | None = None
    ) -> str:
        """Enter a worker.

        Parameters
        ----------
        study_id : int
            The study it works on.
        host, device : str
            Where, for people.
        pid : int
            Its process.
        machine : str, optional
            From :func:`tuner.storage.machine.machine_id`: where that process can be looked up.
        home : str, optional
            From :func:`tuner.study.files.home_id`: where it keeps checkpoints. A trial does not leave the home of its
            checkpoints as long as that has workers.

        Returns
        -------
        str
            Its id.
        """
        worker_id = uuid4().hex
        row: dict[str, Any] = {"worker_id": worker_id, "study_id": study_id, "host": host, "pid": pid, "device": device}
        row |= {"machine": machine, "home": home, "gone": False, "training_s": 0.0, "working_s": 0.0}

        def register(session: Session) -> None:
            if session.scalar(select(workers.c.pid).where(workers.c.worker_id == worker_id)) is None:
                new = insert(workers).values(**row, started_at=database_now(), beat=database_now())
                session.execute(new)

        self._write(register)
        return worker_id

    def beat_worker(
        self,
        worker_id: str,
        *,
        trial_number: int | None,
        epoch: int | None,
        memory_mb: float,
        training_s: float,
        working_s: float,
    ) -> None:
        """Say that a worker lives, and what it does; silently skipped while the database is away."""
        said = {"trial_number": trial_number, "epoch": epoch, "memory_mb": memory_mb, "beat": database_now()}
        said |= {"training_s": training_s, "working_s": working_s}
        mine = update(workers).where(workers.c.worker_id == worker_id).values(**said)
        self._try_to_write(lambda session: session.execute(mine) is not None, otherwise=False)

    def retire_worker(self, worker_id: str) -> None:
        """Note that a worker left."""
        left = {"gone": True, "trial_number": None, "epoch": None, "beat": database_now()}
        mine = update(workers).where(workers.c.worker_id == worker_id).values(**left)
        self._write(lambda session: session.execute(mine) is not None)

    def workers(self, study_id: int) -> list[WorkerRow]:
        """List all workers a study ever had, the oldest first."""
        columns = [column for column in workers.c if column.name not in ("study_id", "home", "gone", "beat")]
        silent_for = (database_now() - workers.c.beat).label("silent_for_s")
        rows = select(*columns, workers.c.gone, silent_for).where(workers.c.study_id == study_id)
        rows = rows.order_by(workers.c.started_at, workers.c.worker_id)
        found = [dict(row) for row in self._read(lambda session: session.execute(rows).mappings().all())]
        return [WorkerRow(state="gone" if row.pop("gone") else "running", **row) for row in found]

    def running(self, study_id: int) -> list[RunningTrial]:
        """List the trials in state RUNNING, by number."""
        silent_for = database_now() - leases.c.beat
        rows = select(
            trials.c.trial_id,
            trials.c.number,
            func.coalesce(leases.c.attempt, 0).label("attempt"),
            leases.c.worker_id,
            workers.c.host,
            workers.c.pid,
            workers.c.machine,
            workers.c.gone,
            silent_for.label("silent_for_s"),
        ).select_from(
            trials.outerjoin(leases, leases.c.trial_id == trials.c.trial_id).outerjoin(
                workers, workers.c.worker_id == leases.c.worker_id
            )
        )
        rows = rows.where(trials.c.study_id == study_id, trials.c.state == TrialState.RUNNING)
        found = self._read(lambda session: session.execute(rows.order_by(trials.c.number)).mappings().all())
        return [_running(dict(row)) for row in found]


def _running(row: dict[str, Any]) -> RunningTrial:
    is_alone = row.pop("gone") or row["worker_id"] is None
    return RunningTrial(**{**row, "silent_for_s": math.inf if is_alone else row["silent_for_s"]})
