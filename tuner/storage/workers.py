"""Which worker processes there are, where, and what they have in hand."""

import builtins
import math
from dataclasses import dataclass
from typing import Any, Literal
from uuid import uuid4

from sqlalchemy import ColumnElement, RowMapping, Select, func, insert, select, update
from sqlalchemy.orm import Session

from tuner.storage.claims import PARTS, TRIALS, Units
from tuner.storage.database import Database, Transaction
from tuner.storage.lease import n_changed
from tuner.storage.machine import is_dead_here
from tuner.storage.optuna import trials
from tuner.storage.silence import SILENT_S
from tuner.storage.study_clock import account_for_silence
from tuner.storage.tables import control, database_now, leases, workers


@dataclass(frozen=True)
class WorkerRow:
    """A worker process.

    Attributes
    ----------
    machine : str or None
        Where its process can be looked up.
    trial_number, epoch : int or None
        What it works on.
    part : str or None
        Which training of that trial.
    memory_mb : float or None
        Its resident memory when it last said so.
    training_s, working_s : float
        Seconds it has spent in forward, backward and optimizer step, and in all but waiting.
    stuck_for_s : float or None
        Seconds since its main thread last got on, where that is overdue.
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
    part: str | None
    epoch: int | None
    memory_mb: float | None
    training_s: float
    working_s: float
    stuck_for_s: float | None
    state: Literal["running", "gone"]
    started_at: float
    silent_for_s: float

    @property
    def is_at_work(self) -> bool:
        """Whether it has been heard of within the minute, and is not known to be dead."""
        is_heard = self.state == "running" and abs(self.silent_for_s) <= SILENT_S
        return is_heard and not is_dead_here(self.machine, self.pid)


@dataclass(frozen=True)
class RunningUnit:
    """A trial of the search or a part of the final step that is trained, and the worker that has it, as far as known.

    Attributes
    ----------
    part : str
        Which training of the trial.
    stuck_for_s : float or None
        Seconds since the last step of its worker, where the next one is overdue.
    silent_for_s : float
        Seconds since the last beat by the database's clock; infinite where nobody has it.
    """

    trial_id: int
    number: int
    part: str
    attempt: int
    worker_id: str | None
    host: str | None
    pid: int | None
    machine: str | None
    stuck_for_s: float | None
    silent_for_s: float


class Workers:
    """The worker processes of studies.

    Parameters
    ----------
    database : Database
        Where they are entered.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._entered: dict[str, dict[str, Any]] = {}  # by this process

    def register(
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
        row |= {"machine": machine, "home": home, "gone": False, "leaving": False, "training_s": 0.0}
        row |= {"working_s": 0.0}

        def register(transaction: Transaction) -> None:
            session = transaction.session
            mine = select(workers.c.pid).where(workers.c.worker_id == worker_id)
            if not (transaction.is_repeat and session.scalar(mine) is not None):
                account_for_silence(session, study_id)
                session.execute(insert(workers).values(**row, started_at=database_now(), beat=database_now()))

        self._database.write(register)
        self._entered[worker_id] = row
        return worker_id

    def beat(
        self,
        worker_id: str,
        *,
        trial_number: int | None,
        part: str | None,
        epoch: int | None,
        memory_mb: float,
        training_s: float,
        working_s: float,
        stuck_for_s: float | None = None,
        is_leaving: bool = False,
    ) -> None:
        """Say that a worker lives, and what it does; silently skipped while the database is away.

        A database that went back in time does not know the worker, which is then entered once more.

        Parameters
        ----------
        worker_id : str
            From `register`.
        trial_number, part, epoch, memory_mb, training_s, working_s, stuck_for_s
            See :class:`WorkerRow`.
        is_leaving : bool
            Whether it was told to leave: if it dies before it has, that is no fault of what it trains.
        """
        said: dict[str, Any] = {"trial_number": trial_number, "part": part, "epoch": epoch, "memory_mb": memory_mb}
        said |= {"training_s": training_s, "working_s": working_s, "leaving": is_leaving}
        said["stuck_at"] = None if stuck_for_s is None else database_now() - stuck_for_s

        def beat(transaction: Transaction) -> None:
            if not _say(transaction.session, worker_id, said) and worker_id in self._entered:
                _enter_again(transaction.session, self._entered[worker_id] | said)

        self._database.try_to_write(beat, otherwise=None)

    def retire(self, worker_id: str) -> None:
        """Note that a worker left."""
        left = {"gone": True, "trial_number": None, "part": None, "epoch": None, "stuck_at": None}
        self._database.write(lambda transaction: _say(transaction.session, worker_id, left))

    def list(self, study_id: int) -> builtins.list[WorkerRow]:
        """List all workers a study ever had, the oldest first."""
        columns: builtins.list[ColumnElement[Any]] = [column for column in workers.c if column.name not in _NOT_SHOWN]
        columns += [(database_now() - workers.c.stuck_at).label("stuck_for_s")]
        columns += [(database_now() - workers.c.beat).label("silent_for_s")]
        rows = select(*columns, workers.c.gone).where(workers.c.study_id == study_id)
        rows = rows.order_by(workers.c.started_at, workers.c.worker_id)
        found = self._database.read(lambda transaction: transaction.session.execute(rows).mappings().all())
        return [_worker(dict(row)) for row in found]

    def running(self, study_id: int) -> builtins.list[RunningUnit]:
        """List what is trained: the trials of the search by number, then the parts of the final step."""

        def read(transaction: Transaction) -> list[RowMapping]:
            kinds = [transaction.session.execute(_running(units, study_id)) for units in (TRIALS, PARTS)]
            return [row for rows in kinds for row in rows.mappings()]

        return [_unit(dict(row)) for row in self._database.read(read)]


def _say(session: Session, worker_id: str, said: dict[str, Any]) -> bool:
    """Note what a worker says, and tell whether it is known here."""
    mine = workers.c.worker_id == worker_id
    account_for_silence(session, select(workers.c.study_id).where(mine).scalar_subquery())
    return n_changed(session, update(workers).where(mine).values(**said, beat=database_now())) == 1


def _enter_again(session: Session, row: dict[str, Any]) -> None:
    """Enter a worker that the database does not know, if it knows its study."""
    study = select(control.c.study_id).where(control.c.study_id == row["study_id"])
    if session.scalar(study) is not None:
        session.execute(insert(workers).values(**row, started_at=database_now(), beat=database_now()))


_NOT_SHOWN = ("study_id", "home", "gone", "beat", "stuck_at", "leaving")


def _running(units: Units, study_id: int) -> Select[Any]:
    table = units.table
    joined = units.with_leases().outerjoin(workers, workers.c.worker_id == leases.c.worker_id)
    if table is not trials:
        joined = joined.join(trials, trials.c.trial_id == table.c.trial_id)
    columns: list[ColumnElement[Any]] = [table.c.trial_id, trials.c.number, units.part.label("part")]
    columns += [func.coalesce(leases.c.attempt, 0).label("attempt"), leases.c.worker_id]
    columns += [workers.c.host, workers.c.pid, workers.c.machine, workers.c.gone]
    columns += [(database_now() - workers.c.stuck_at).label("stuck_for_s")]
    columns += [(database_now() - leases.c.beat).label("silent_for_s")]
    rows = select(*columns).select_from(joined).where(table.c.study_id == study_id, table.c.state == units.running)
    return rows.order_by(trials.c.number, "part")


def _worker(row: dict[Any, Any]) -> WorkerRow:
    return WorkerRow(state="gone" if row.pop("gone") else "running", **row)


def _unit(row: dict[Any, Any]) -> RunningUnit:
    is_alone = row.pop("gone") or row["worker_id"] is None
    return RunningUnit(**{**row, "silent_for_s": math.inf if is_alone else row["silent_for_s"]})
