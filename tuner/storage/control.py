"""What the workers of a study are told: how many trials, how long, and whether to go on."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal
from uuid import uuid4

from sqlalchemy import RowMapping, insert, select, update
from sqlalchemy.orm import Session

from tuner.errors import StudyError
from tuner.storage.database import Database, Transaction
from tuner.storage.lease import Lease, is_held
from tuner.storage.study_clock import elapsed_s, halt_s, read_clock, silence_s
from tuner.storage.tables import control, database_now, final_steps, leases

Command = Literal["run", "pause", "stop"]


@dataclass(frozen=True)
class ControlRow:
    """What holds for a study now.

    Attributes
    ----------
    command : {"run", "pause", "stop"}
        What its workers are to do.
    reason : str or None
        Why the study stopped itself, or ended before its budget did; None where a person stopped it.
    trials : int
        How many trials they may make, all together.
    timeout_s : float or None
        How many seconds they may take; None is as long as they like.
    started_at : float or None
        When the first trial was claimed, in seconds since 1970 by the database's clock.
    elapsed_s : float
        Seconds since then, less those under "pause" or "stop", and those when all workers were silent.
    """

    command: Command
    reason: str | None
    trials: int
    timeout_s: float | None
    started_at: float | None
    elapsed_s: float

    @property
    def time_is_over(self) -> bool:
        """Whether the study's time is used up."""
        return self.timeout_s is not None and self.elapsed_s >= self.timeout_s


class Control:
    """The one row of each study that steers its workers.

    Parameters
    ----------
    database : Database
        Where it is.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def create(self, study_id: int, *, trials: int, timeout_s: float | None) -> None:
        """Give a new study its budget; a study that has one keeps it."""
        row = {"study_id": study_id, "command": "run", "trials": trials, "timeout_s": timeout_s, "halted_s": 0.0}
        row["failures"] = 0

        def create(transaction: Transaction) -> None:
            session = transaction.session
            if session.scalar(select(control.c.study_id).where(control.c.study_id == study_id)) is None:
                session.execute(insert(control).values(**row, created_at=database_now()))

        self._database.write(create)

    def studies(self) -> list[int]:
        """List all studies that have a row, the oldest first."""
        rows = select(control.c.study_id).order_by(control.c.created_at, control.c.study_id)
        return self._database.read(lambda transaction: list(transaction.session.scalars(rows)))

    def of(self, study_id: int) -> ControlRow:
        """Read what holds for a study.

        Raises
        ------
        StudyError
            If the study is gone.
        """
        found = self.find(study_id)
        if found is None:
            raise _gone(study_id)
        return found

    def under(self, lease: Lease, study_id: int) -> tuple[ControlRow, bool]:
        """Read what holds for a study, and whether somebody asked for the end of what a lease is of.

        Raises
        ------
        StudyError
            If the study is gone.
        """
        is_to_stop = select(leases.c.to_stop).where(is_held(lease)).scalar_subquery()
        both = read_clock(study_id).add_columns(is_to_stop.label("is_to_stop"))
        row = self._database.read(lambda transaction: transaction.session.execute(both).mappings().one_or_none())
        if row is None:
            raise _gone(study_id)
        return _control_of(row), bool(row["is_to_stop"])

    def find(self, study_id: int) -> ControlRow | None:
        """Read what holds for a study; None for one that other programs made."""
        row = self._database.read(lambda transaction: _row(transaction.session, study_id))
        return None if row is None else _control_of(row)

    def set_command(self, study_id: int, command: Command, *, reason: str | None = None) -> None:
        """Tell all workers of a study what to do; under "pause" and "stop" its clock stands still.

        What a person says, and so without a reason, is said to a final step under way, too.

        Parameters
        ----------
        study_id : int
            The study.
        command : {"run", "pause", "stop"}
            What to do. "run" also forgives the failures there were so far.
        reason : str, optional
            Why, where it is no person who says so.

        Raises
        ------
        StudyError
            If the study is gone.
        """

        def change(row: RowMapping, session: Session) -> dict[str, Any]:
            if reason is None:  # what a person says holds for the final step, too
                session.execute(update(final_steps).where(final_steps.c.study_id == study_id).values(command=command))
            said = {"command": command, "reason": reason}
            if command != "run":
                return said | {"halted_at": row["now"] if row["halted_at"] is None else row["halted_at"]}
            running = {"halted_at": None, "halted_s": row["halted_s"] + halt_s(row) + silence_s(row)}
            running["heard_at"] = row["now"]
            return said | running | {"failures": 0}

        self._edit(study_id, change)

    def failures_in_a_row(self, study_id: int) -> int:
        """Count the failed trials at the end of what is finished, since a person last let the study run."""
        counted = select(control.c.failures).where(control.c.study_id == study_id)
        return self._database.read(lambda transaction: transaction.session.scalar(counted)) or 0

    def add_trials(self, study_id: int, n: int) -> None:
        """Enlarge the budget of a study.

        Raises
        ------
        StudyError
            If the study is gone.
        """

        def change(row: RowMapping, _: Session) -> dict[str, Any]:
            # Who asks for more has heard why the study ended; why it stopped stays until it runs again.
            return {"trials": row["trials"] + n} | ({"reason": None} if row["command"] == "run" else {})

        self._edit(study_id, change)

    def set_trials(self, study_id: int, n: int, *, reason: str | None = None) -> None:
        """Set the budget of a study; trials that are there already are not taken back.

        Parameters
        ----------
        study_id : int
            The study.
        n : int
            Number of trials.
        reason : str, optional
            Why, where it is no person who says so.

        Raises
        ------
        StudyError
            If the study is gone.
        """
        self._edit(study_id, lambda row, _: {"trials": n} | ({} if reason is None else {"reason": reason}))

    def set_timeout(self, study_id: int, seconds: float) -> None:
        """Limit how many seconds a study may take in all.

        Raises
        ------
        StudyError
            If the study is gone.
        """
        self._edit(study_id, lambda row, _: {"timeout_s": seconds})

    def add_time(self, study_id: int, seconds: float) -> None:
        """Prolong a study; one whose time is over goes on for this long from now. Nothing changes without a limit.

        Raises
        ------
        StudyError
            If the study is gone.
        """

        def change(row: RowMapping, _: Session) -> dict[str, Any]:
            if row["timeout_s"] is None:
                return {}
            return {"timeout_s": max(row["timeout_s"], _control_of(row).elapsed_s) + seconds}

        self._edit(study_id, change)

    def _edit(self, study_id: int, change: Callable[[RowMapping, Session], dict[str, Any]]) -> None:
        token = uuid4().hex

        def edit(transaction: Transaction) -> None:
            session = transaction.session
            row = _row(session, study_id, for_update=True)
            if row is None:
                raise _gone(study_id)
            if not (transaction.is_repeat and row["last_edit"] == token):
                changed = update(control).where(control.c.study_id == study_id)
                session.execute(changed.values(last_edit=token, **change(row, session)))

        self._database.write(edit)


def _row(session: Session, study_id: int, *, for_update: bool = False) -> RowMapping | None:
    rows = read_clock(study_id)
    return session.execute(rows.with_for_update() if for_update else rows).mappings().one_or_none()


def _gone(study_id: int) -> StudyError:
    return StudyError(f"study {study_id} is not there any more, or was not made by tuner create")


def _control_of(row: RowMapping) -> ControlRow:
    budget = (row["trials"], row["timeout_s"], row["started_at"])
    return ControlRow(row["command"], row["reason"], *budget, elapsed_s(row))
