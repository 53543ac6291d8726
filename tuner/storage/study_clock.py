"""The clock of a study: seconds since its first trial, without pauses and without the times when nobody worked on it.

It goes by the database, as workers are many. What is frozen says nothing: where all workers of a study were silent for
so long that they would have been taken for dead, that time is left out. The next worker that says something accounts
for it, and until then every reader does so for itself.
"""

from sqlalchemy import RowMapping, ScalarSelect, Select, func, select, update
from sqlalchemy.orm import Session

from tuner.storage.silence import SILENT_S
from tuner.storage.tables import control, database_now, workers


def read_clock(study_id: int | ScalarSelect[int]) -> Select[tuple[object, ...]]:
    """Select the row of a study in ``tuner_control``, the time `now`, and when one of its workers was last `heard`."""
    heard = select(func.max(workers.c.beat)).where(workers.c.study_id == study_id).scalar_subquery()
    rows = select(control, database_now().label("now"), heard.label("heard"))
    return rows.where(control.c.study_id == study_id)


def elapsed_s(row: RowMapping) -> float:
    """Return the seconds by the clock of a study, from a row of :func:`read_clock`."""
    if row["started_at"] is None:
        return 0.0
    return max(0.0, float(row["now"] - row["started_at"] - row["halted_s"] - halt_s(row) - silence_s(row)))


def halt_s(row: RowMapping) -> float:
    """Return the seconds of the present pause that lie after the first trial's start."""
    if row["halted_at"] is None or row["started_at"] is None:
        return 0.0
    return float(max(0.0, row["now"] - max(row["halted_at"], row["started_at"])))


def silence_s(row: RowMapping) -> float:
    """Return the seconds of a silence of all workers that is not accounted for yet, up to the present pause if any."""
    if row["heard"] is None or row["started_at"] is None:
        return 0.0
    until = row["now"] if row["halted_at"] is None else row["halted_at"]
    silence = float(until - max(row["heard"], row["started_at"], row["heard_at"] or 0.0))
    return silence if silence > SILENT_S else 0.0


def account_for_silence(session: Session, study_id: int | ScalarSelect[int]) -> None:
    """Leave a silence out of the time of a study, once, before one of its workers says something again."""
    row = session.execute(read_clock(study_id)).mappings().one_or_none()
    if row is None or not (silence := silence_s(row)):
        return
    # Another worker may have been faster.
    as_read = (control.c.study_id == row["study_id"], control.c.halted_s == row["halted_s"])
    left_out = {"halted_s": row["halted_s"] + silence, "heard_at": row["now"]}
    session.execute(update(control).where(*as_read).values(left_out))
