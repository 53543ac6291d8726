"""Which process runs the final step of a study: one at a time, and another when that is dead."""

from dataclasses import dataclass
from uuid import uuid4

from sqlalchemy import ColumnElement, RowMapping, and_, delete, insert, select, update
from sqlalchemy.orm import Session

from tuner.errors import LeaseLost, StudyError
from tuner.storage.control import Command
from tuner.storage.database import Database, Transaction
from tuner.storage.lease import n_changed
from tuner.storage.machine import is_dead_here
from tuner.storage.optuna import studies
from tuner.storage.silence import SILENT_S
from tuner.storage.tables import database_now, final_steps


@dataclass(frozen=True)
class FinalStepRow:
    """The process that runs the final step of a study.

    Attributes
    ----------
    owner : str
        Its token.
    command : {"run", "pause", "stop"}
        What it, and those who train its parts, are to do.
    host, pid, machine : str, int, str or None
        Which process it is, for people, and where it can be looked up.
    silent_for_s : float
        Seconds since its last beat by the database's clock.
    """

    owner: str
    command: Command
    host: str
    pid: int
    machine: str | None
    silent_for_s: float

    def is_heard(self, silent_s: float) -> bool:
        """Tell whether it beat within so many seconds, and is not known to be dead."""
        # Neither long ago nor long from now, as the beats of the dead are where the clock was set back.
        return abs(self.silent_for_s) < silent_s and not is_dead_here(self.machine, self.pid)

    @property
    def is_alive(self) -> bool:
        """Whether it is at work as far as is known."""
        return self.is_heard(SILENT_S)


class FinalSteps:
    """The one row of each study whose final step is under way.

    Parameters
    ----------
    database : Database
        Where it is.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def begin(self, study_id: int, *, host: str, pid: int, machine: str | None, silent_s: float = SILENT_S) -> str:
        """Begin the final step of a study, or take it over from a process that is dead or silent.

        Parameters
        ----------
        study_id : int
            The study.
        host, pid, machine : str, int, str or None
            The process, see :class:`FinalStepRow`.
        silent_s : float
            Seconds without a beat after which another process's final step may be taken over.

        Returns
        -------
        str
            The token of the owner.

        Raises
        ------
        StudyError
            If the study is gone, or another process is at its final step.
        """
        owner = uuid4().hex
        process = {"owner": owner, "command": "run", "host": host, "pid": pid, "machine": machine}

        def begin(transaction: Transaction) -> None:
            session = transaction.session
            # Under the study's lock, as two may begin at once.
            named = select(studies.c.study_name).where(studies.c.study_id == study_id).with_for_update()
            name = session.scalar(named)
            if name is None:
                raise StudyError(f"study {study_id} is not there any more")
            row = find_row(session, study_id)
            values = {**process, "beat": database_now()}
            if row is None:
                session.execute(insert(final_steps).values(study_id=study_id, **values))
            elif row.owner == owner:  # an earlier attempt was committed
                return
            elif row.is_heard(silent_s):
                raise StudyError(
                    f"study {name} is being finalized by another process ({row.host}:{row.pid}): "
                    "wait for it, or end it if it is frozen"
                )
            else:
                session.execute(update(final_steps).where(final_steps.c.study_id == study_id).values(values))

        self._database.write(begin)
        return owner

    def beat(self, study_id: int, owner: str) -> bool:
        """Say that the process of a final step lives; never waits for a database that is away.

        Returns
        -------
        bool
            False when another process has taken the final step over, or the study is gone. True also when the
            database is away.
        """
        beat = update(final_steps).where(is_owned(study_id, owner)).values(beat=database_now())
        return self._database.try_to_write(
            lambda transaction: n_changed(transaction.session, beat) == 1, otherwise=True
        )

    def end(self, study_id: int, owner: str) -> None:
        """Note that a process has left its final step, done or not; nothing changes if another has it by now."""
        mine = delete(final_steps).where(is_owned(study_id, owner))
        self._database.write(lambda transaction: transaction.session.execute(mine) is not None)

    def find(self, study_id: int) -> FinalStepRow | None:
        """Read who runs the final step of a study, if anybody does."""
        return self._database.read(lambda transaction: find_row(transaction.session, study_id))


def is_owned(study_id: int, owner: str) -> ColumnElement[bool]:
    """Pick the row of a final step for as long as it has this owner."""
    return and_(final_steps.c.study_id == study_id, final_steps.c.owner == owner)


def find_row(session: Session, study_id: int) -> FinalStepRow | None:
    """Read the row of a final step in a transaction."""
    columns = [column for column in final_steps.c if column.name not in ("study_id", "beat")]
    rows = select(*columns, (database_now() - final_steps.c.beat).label("silent_for_s"))
    row: RowMapping | None = session.execute(rows.where(final_steps.c.study_id == study_id)).mappings().first()
    return None if row is None else FinalStepRow(**row)


def living_owner(session: Session, study_id: int) -> str | None:
    """Return the owner of a study's final step, None where nobody is at it."""
    row = find_row(session, study_id)
    return row.owner if row is not None and row.is_alive else None


def lock_final_step(session: Session, study_id: int, owner: str) -> float:
    """Refuse to go on in a transaction unless the final step is owned, and keep it owned until the commit.

    Returns
    -------
    float
        Seconds since 1970 by the database's clock.

    Raises
    ------
    LeaseLost
        If another process has it now.
    """
    mine = select(database_now()).select_from(final_steps).where(is_owned(study_id, owner))
    now: float | None = session.scalar(mine.with_for_update(read=True, of=final_steps))
    if now is None:
        raise LeaseLost(f"study {study_id}: another process runs its final step now, nothing was written")
    return now
