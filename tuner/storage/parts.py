"""The parts of trials and their results: trained in the search, or planned and withdrawn by a final step."""

import builtins
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import ColumnElement, delete, insert, select, update
from sqlalchemy.orm import Session

from tuner.storage.claims import PARTS
from tuner.storage.database import Database, Transaction
from tuner.storage.final_steps import lock_final_step
from tuner.storage.lease import Lease, check_lease, is_held, is_leased, lost, n_changed
from tuner.storage.optuna import trials
from tuner.storage.tables import epochs, leases, parts

PartState = Literal["waiting", "running", "done", "failed"]

_BLOB = (bytes, memoryview)

_FRESH: dict[str, Any] = {"state": "waiting", "reason": None, "result": None, "held_out": None}


@dataclass(frozen=True)
class PlannedPart:
    """A training that a final step wants.

    Attributes
    ----------
    trial_id : int
        Optuna's row of the trial whose settings it has.
    part : str
        Which training of that trial; up to 16 characters.
    key : str
        Tells its results from those of another training of this name; up to 64 characters.
    """

    trial_id: int
    part: str
    key: str


@dataclass(frozen=True)
class PartRow:
    """A training of a final step, as it stands.

    Attributes
    ----------
    trial_id, number : int
        Optuna's row and its number in the study.
    part, key : str
        See :class:`PlannedPart`.
    state : {"waiting", "running", "done", "failed"}
        How far it is. One whose worker died stays "running" until another worker takes it over.
    reason : str or None
        Why it failed.
    plan : str or None
        Token of the final step that wanted it last; None where it was stored without one.
    """

    trial_id: int
    number: int
    part: str
    key: str
    state: PartState
    reason: str | None
    plan: str | None


class Parts:
    """The trainings of the final steps of studies.

    Parameters
    ----------
    database : Database
        Where they are.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def plan(self, study_id: int, owner: str, planned: Sequence[PlannedPart]) -> None:
        """Have parts trained, by whichever workers claim them.

        A part that is there under the same key stays as it is: with its result if it is done, with its worker and
        its epochs if it is under way. A failed one is tried again. Under another key it begins anew.

        Parameters
        ----------
        study_id : int
            The study.
        owner : str
            From :meth:`tuner.storage.final_steps.FinalSteps.begin`.
        planned : sequence of PlannedPart
            Trainings in their order, after those planned before.

        Raises
        ------
        LeaseLost
            If another process runs the final step now.
        """

        def plan(transaction: Transaction) -> None:
            session = transaction.session
            now = lock_final_step(session, study_id, owner)
            there = _lock_rows(session, study_id, {part.trial_id for part in planned})
            for part in planned:
                row = there.get((part.trial_id, part.part))
                mine = {"key": part.key, "plan": owner, "planned_at": now}
                if row is None:
                    identity = {"trial_id": part.trial_id, "part": part.part, "study_id": study_id}
                    session.execute(insert(parts).values(**identity, **mine, **_FRESH))
                elif not (
                    row.plan == owner and row.key == part.key and (transaction.is_repeat or row.state != "failed")
                ):
                    _plan_again(session, row, mine)

        self._database.write(plan)

    def withdraw(self, study_id: int, owner: str, trial_id: int) -> None:
        """Give up the parts of a trial that are not finished; whoever trains one learns so at its next write.

        Raises
        ------
        LeaseLost
            If another process runs the final step now.
        """

        def withdraw(transaction: Transaction) -> None:
            session = transaction.session
            lock_final_step(session, study_id, owner)
            rows = _lock_rows(session, study_id, {trial_id})
            for unit in [unit for unit, row in rows.items() if row.state in ("waiting", "running")]:
                _forget_training(session, *unit)
                session.execute(delete(parts).where(PARTS.is_at(*unit)))

        self._database.write(withdraw)

    def finish(self, lease: Lease, result: bytes, held_out: bytes) -> None:
        """Store the result of a part under its lease.

        Parameters
        ----------
        lease : Lease
            Still held.
        result : bytes
            What the training came to.
        held_out : bytes
            Its predictions of what it was not trained on, which are in the result, too.

        Raises
        ------
        LeaseLost
            If another worker has the part now, or it is not wanted any more.
        """
        self._end(lease, {"state": "done", "result": result, "held_out": held_out})

    def keep(self, lease: Lease, part: str, key: str, result: bytes, held_out: bytes) -> None:
        """Store the result of a part that was trained under the lease of its whole trial.

        Parameters
        ----------
        lease : Lease
            Of the trial, still held.
        part, key : str
            See :class:`PlannedPart`.
        result, held_out : bytes
            As for :meth:`finish`.

        Raises
        ------
        LeaseLost
            If another worker has the trial now.
        """
        values = {"key": key, "state": "done", "reason": None, "result": result, "held_out": held_out}

        def keep(transaction: Transaction) -> None:
            session = transaction.session
            mine = PARTS.is_at(lease.trial_id, part)
            # In the order of the other writers, the part before its lease, or two could wait for each other.
            session.execute(select(parts.c.state).where(mine).with_for_update())
            check_lease(session, lease)
            if n_changed(session, update(parts).where(mine).values(values)) == 0:
                of_trial = select(trials.c.study_id).where(trials.c.trial_id == lease.trial_id).scalar_subquery()
                new = {"trial_id": lease.trial_id, "part": part, "study_id": of_trial}
                session.execute(insert(parts).values(new | values))

        self._database.write(keep)

    def held_out(self, study_id: int, trial_ids: Sequence[int]) -> dict[tuple[int, str], bytes]:
        """Read what the parts of some trials that are done predict of their folds, by trial id and part."""
        columns = (parts.c.trial_id, parts.c.part, parts.c.held_out)
        rows = select(*columns).where(parts.c.study_id == study_id, parts.c.state == "done")
        rows = rows.where(parts.c.held_out.is_not(None), parts.c.trial_id.in_(trial_ids))
        found = self._database.read(lambda transaction: transaction.session.execute(rows).all())
        return {(row.trial_id, row.part): bytes(row.held_out) for row in found if isinstance(row.held_out, _BLOB)}

    def fail(self, lease: Lease, reason: str) -> None:
        """Note under its lease that a part failed, and why.

        Raises
        ------
        LeaseLost
            If another worker has the part now, or it is not wanted any more.
        """
        self._end(lease, {"state": "failed", "reason": reason})

    def store(self, study_id: int, trial_id: int, part: str, key: str, result: bytes) -> None:
        """Put in the result of a training that was made elsewhere; one that is there under the same key stays."""
        values = {"key": key, "state": "done", "reason": None, "result": result}

        def store(transaction: Transaction) -> None:
            session = transaction.session
            row = _lock_rows(session, study_id, {trial_id}).get((trial_id, part))
            if row is None:
                session.execute(insert(parts).values(trial_id=trial_id, part=part, study_id=study_id, **values))
            elif not (row.key == key and row.state == "done"):
                _forget_training(session, trial_id, part)
                session.execute(update(parts).where(PARTS.is_at(trial_id, part)).values(values))

        self._database.write(store)

    def result(self, trial_id: int, part: str, key: str) -> bytes | None:
        """Read the result of a part under a key; None where it has none, or none any more."""
        stored = select(parts.c.result).where(PARTS.is_at(trial_id, part), parts.c.key == key)
        result = self._database.read(lambda transaction: transaction.session.scalar(stored))
        if result is None:
            return None
        # SQLite keeps a value of any type in any column; what is no blob is as damaged as a blob cut short.
        return bytes(result) if isinstance(result, _BLOB) else b""

    def key(self, lease: Lease) -> str:
        """Read the key of the part that a lease is of.

        Raises
        ------
        LeaseLost
            If another worker has the part now, or it is not wanted any more.
        """
        planned = select(parts.c.key).join(leases, PARTS.is_mine).where(is_held(lease))
        key: str | None = self._database.read(lambda transaction: transaction.session.scalar(planned))
        if key is None:
            raise lost(lease)
        return key

    def list(self, study_id: int) -> builtins.list[PartRow]:
        """List the parts of a study by trial and name, without their results."""
        columns = (parts.c[name] for name in ("trial_id", "part", "key", "state", "reason", "plan"))
        rows = select(*columns, trials.c.number).join(trials, trials.c.trial_id == parts.c.trial_id)
        rows = rows.where(parts.c.study_id == study_id).order_by(trials.c.number, parts.c.part)
        found = self._database.read(lambda transaction: transaction.session.execute(rows).mappings().all())
        return [PartRow(**row) for row in found]

    def _end(self, lease: Lease, values: dict[str, Any]) -> None:
        mine: ColumnElement[bool] = PARTS.is_at(lease.trial_id, lease.part)

        def end(transaction: Transaction) -> None:
            session = transaction.session
            # In the order of the other writers, the part before its lease, or two could wait for each other.
            state = session.scalar(select(parts.c.state).where(mine).with_for_update(key_share=True))
            check_lease(session, lease)
            if transaction.is_repeat and state == values["state"]:
                return
            if n_changed(session, update(parts).where(mine, parts.c.state == "running").values(values)) == 0:
                raise lost(lease)

        self._database.write(end)


def _lock_rows(session: Session, study_id: int, trial_ids: Iterable[int]) -> dict[tuple[int, str], Any]:
    """Read the parts of some trials and lock them, all writers in the same order."""
    columns = (parts.c.trial_id, parts.c.part, parts.c.key, parts.c.plan, parts.c.state)
    rows = select(*columns).where(parts.c.study_id == study_id, parts.c.trial_id.in_(trial_ids))
    rows = rows.order_by(parts.c.trial_id, parts.c.part).with_for_update()
    return {(row.trial_id, row.part): row for row in session.execute(rows)}


def _plan_again(session: Session, row: Any, mine: dict[str, Any]) -> None:
    """Adopt a part that is there: as it is, or for another try if it failed, or anew if it is another training."""
    unit = (row.trial_id, row.part)
    values = dict(mine)
    if row.key != mine["key"]:
        _forget_training(session, *unit)
        values |= _FRESH
    elif row.state == "failed":
        released = {"owner": None, "worker_id": None, "deaths": 0, "losses": 0, "to_stop": False}
        session.execute(update(leases).where(is_leased(*unit)).values(released))
        values |= _FRESH
    session.execute(update(parts).where(PARTS.is_at(*unit)).values(values))


def _forget_training(session: Session, trial_id: int, part: str) -> None:
    """Take a part from its worker and remove its epochs. Its attempts, which number its checkpoints, are counted on."""
    released = {"owner": None, "worker_id": None, "home": None, "deaths": 0, "losses": 0, "to_stop": False}
    session.execute(update(leases).where(is_leased(trial_id, part)).values(released))
    session.execute(delete(epochs).where(epochs.c.trial_id == trial_id, epochs.c.part == part))
