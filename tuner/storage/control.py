"""What the workers of a study are told: how many trials, how long, and whether to go on."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal
from uuid import uuid4

from optuna.trial import TrialState
from sqlalchemy import RowMapping, insert, select, update
from sqlalchemy.orm import Session

from tuner.errors import StudyError
from tuner.storage.claims import Lease
from tuner.storage.retry import RetryingStorage
from tuner.storage.tables import control, database_now, leases, trials

Command = Literal["run", "pause", "stop"]


@dataclass(frozen=True)
class Control:
    """What holds for a study now.

    Attributes
    ----------
    command : {"run", "pause", "stop"}
        What its workers are to do.
    reason : str or None
        Why the study stopped itself; None where a person stopped it.
    trials : int
        How many trials they may make, all together.
    timeout_s : float or None
        How many seconds they may take; None is as long as they like.
    started_at : float or None
        When the first trial was claimed, in seconds since 1970 by the database's clock.
    elapsed_s : float
        Seconds since then, less those under "pause" or "stop".
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


class ControlStorage(RetryingStorage):
    """The one row a study that steers its workers."""

    def create_control(self, study_id: int, *, trials: int, timeout_s: float | None) -> None:
        """Give a new study its budget; a study that has one keeps it."""
        row = {"study_id": study_id, "command": "run", "trials": trials, "timeout_s": timeout_s, "halted_s": 0.0}
        row["failures_seen"] = 0

        def create(session: Session) -> None:
            if session.scalar(select(control.c.study_id).where(control.c.study_id == study_id)) is None:
                session.execute(insert(control).values(**row))

        self._write(create)

    def control(self, study_id: int) -> Control:
        """Read what holds for a study.

        Raises
        ------
        StudyError
            If the study is gone.
        """
        found = self.find_control(study_id)
        if found is None:
            raise _gone(study_id)
        return found

    def find_control(self, study_id: int) -> Control | None:
        """Read what holds for a study; None for one that other programs made."""
        row = self._read(lambda session: _row(session, study_id))
        return None if row is None else _control_of(row)

    def set_command(self, study_id: int, command: Command, *, reason: str | None = None) -> None:
        """Tell all workers of a study what to do; under "pause" and "stop" its clock stands still.

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
            said = {"command": command, "reason": reason}
            if command != "run":
                return said | {"halted_at": row["now"] if row["halted_at"] is None else row["halted_at"]}
            running = {"halted_at": None, "halted_s": row["halted_s"] + _halt(row)}
            return said | running | {"failures_seen": _ends(session, study_id).count(TrialState.FAIL)}

        self._edit(study_id, change)

    def failures_in_a_row(self, study_id: int) -> int:
        """Count the failed trials at the end of what is finished, since a person last let the study run."""

        def count(session: Session) -> int:
            ends = _ends(session, study_id)
            n_last = next((i for i, state in enumerate(ends) if state != TrialState.FAIL), len(ends))
            seen = select(control.c.failures_seen).where(control.c.study_id == study_id)
            return min(n_last, ends.count(TrialState.FAIL) - (session.scalar(seen) or 0))

        return self._read(count)

    def stop_trial(self, study_id: int, number: int) -> None:
        """Ask for the end of one trial; its worker obeys after its epoch, the next one if it has none.

        Raises
        ------
        StudyError
            If there is no such trial, or it is finished.
        """

        def ask(session: Session) -> None:
            mine = select(trials.c.trial_id, trials.c.state)
            found = session.execute(mine.where(trials.c.study_id == study_id, trials.c.number == number)).first()
            if found is None or found.state.is_finished():
                what = "does not exist" if found is None else f"is finished ({found.state.name.lower()})"
                raise StudyError(f"trial {number} {what}: `tuner status` shows those under way")
            session.execute(update(leases).where(leases.c.trial_id == found.trial_id).values(to_stop=True))

        self._write(ask)

    def is_to_stop(self, lease: Lease) -> bool:
        """Tell whether somebody asked for the end of a trial."""
        asked = select(leases.c.to_stop).where(leases.c.trial_id == lease.trial_id)
        return bool(self._read(lambda session: session.scalar(asked)))

    def add_trials(self, study_id: int, n: int) -> None:
        """Enlarge the budget of a study.

        Raises
        ------
        StudyError
            If the study is gone.
        """
        self._edit(study_id, lambda row, _: {"trials": row["trials"] + n})

    def set_trials(self, study_id: int, n: int) -> None:
        """Set the budget of a study; trials that are there already are not taken back.

        Raises
        ------
        StudyError
            If the study is gone.
        """
        self._edit(study_id, lambda row, _: {"trials": n})

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

        def edit(session: Session) -> None:
            row = _row(session, study_id, for_update=True)
            if row is None:
                raise _gone(study_id)
            if row["last_edit"] != token:  # else this is a repeat, and the first time was committed after all
                changed = update(control).where(control.c.study_id == study_id)
                session.execute(changed.values(last_edit=token, **change(row, session)))

        self._write(edit)


def _row(session: Session, study_id: int, *, for_update: bool = False) -> RowMapping | None:
    rows = select(control, database_now().label("now")).where(control.c.study_id == study_id)
    return session.execute(rows.with_for_update() if for_update else rows).mappings().one_or_none()


def _ends(session: Session, study_id: int) -> list[TrialState]:
    """How the finished trials of a study ended, the last one first."""
    finished = [state for state in TrialState if state.is_finished()]
    ends = select(trials.c.state).where(trials.c.study_id == study_id, trials.c.state.in_(finished))
    return list(session.scalars(ends.order_by(trials.c.datetime_complete.desc(), trials.c.trial_id.desc())))


def _gone(study_id: int) -> StudyError:
    return StudyError(f"study {study_id} is not there any more, or was not made by tuner create")


def _halt(row: RowMapping) -> float:
    """Seconds of the present pause that lie after the first trial's start."""
    if row["halted_at"] is None or row["started_at"] is None:
        return 0.0
    return float(max(0.0, row["now"] - max(row["halted_at"], row["started_at"])))


def _control_of(row: RowMapping) -> Control:
    elapsed = 0.0 if row["started_at"] is None else row["now"] - row["started_at"] - row["halted_s"] - _halt(row)
    return Control(row["command"], row["reason"], row["trials"], row["timeout_s"], row["started_at"], max(0.0, elapsed))
