"""The statements of a claim: each a part of one transaction."""

import json
from dataclasses import asdict, dataclass
from typing import Any

from optuna.trial import TrialState
from sqlalchemy import (
    ColumnElement,
    Exists,
    Join,
    RowMapping,
    Table,
    and_,
    case,
    delete,
    exists,
    func,
    insert,
    literal,
    or_,
    select,
    true,
    update,
)
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from tuner.storage.lease import DEAD, SEARCH, Lease, is_leased
from tuner.storage.optuna import reports, trial_system_attributes, trials
from tuner.storage.tables import database_datetime, database_now, epochs, leases, parts, workers

_LEASE_COLUMNS = ("part", "attempt", "owner", "worker_id", "deaths", "losses")


@dataclass(frozen=True, eq=False)
class Units:
    """A kind of what workers train: the trials of a search, or the parts of a final step.

    Attributes
    ----------
    table : Table
        Where the state of a unit is.
    part : ColumnElement of str
        Its part of the trial.
    waiting, running : TrialState or str
        The two states in which a unit may be taken.
    order : tuple of ColumnElement
        Which of several is taken first.
    """

    table: Table
    part: ColumnElement[str]
    waiting: TrialState | str
    running: TrialState | str
    order: tuple[ColumnElement[Any], ...]

    @property
    def is_mine(self) -> ColumnElement[bool]:
        """Match a lease to its unit."""
        return and_(leases.c.trial_id == self.table.c.trial_id, leases.c.part == self.part)

    def with_leases(self) -> Join:
        """Join the units with their leases, where they have one."""
        return self.table.outerjoin(leases, self.is_mine)

    def is_running(self) -> Exists:
        """Say which leases are of running units."""
        return exists().where(self.is_mine, self.table.c.state == self.running)

    def is_at(self, trial_id: int, part: str) -> ColumnElement[bool]:
        """Pick the row of one unit."""
        of_trial = self.table.c.trial_id == trial_id
        return and_(of_trial, parts.c.part == part) if self.table is parts else of_trial


TRIALS = Units(trials, literal(SEARCH), TrialState.WAITING, TrialState.RUNNING, (trials.c.trial_id,))
PARTS = Units(parts, parts.c.part, "waiting", "running", (parts.c.planned_at, parts.c.trial_id, parts.c.part))


def units_of(lease: Lease) -> Units:
    """Tell which kind of unit a lease is of."""
    return TRIALS if lease.is_search else PARTS


@dataclass(frozen=True)
class Claimant:
    """Who claims: a worker, the token of its claim, and the home of its checkpoints."""

    worker_id: str
    owner: str
    home: str | None


def unit_of(session: Session, owner: str) -> tuple[int, str] | None:
    """Find the trial and part that an earlier try of this claim took, its commit not acknowledged."""
    row = session.execute(select(leases.c.trial_id, leases.c.part).where(leases.c.owner == owner)).first()
    return None if row is None else (row.trial_id, row.part)


def lease_on(session: Session, trial_id: int, part: str) -> Lease:
    """Read the lease that was just taken."""
    joined = leases.join(trials, trials.c.trial_id == leases.c.trial_id)
    columns = (trials.c.trial_id, trials.c.number, *(leases.c[name] for name in _LEASE_COLUMNS))
    row = session.execute(select(*columns).select_from(joined).where(is_leased(trial_id, part))).mappings().one()
    return Lease(**row)


def within_reach(units: Units, home: str | None, silent_s: float) -> ColumnElement[bool]:
    """Say which leases are of trainings that a worker can go on with, or start over without harm.

    Out of reach are those whose checkpoints lie in another home where somebody was at work a moment ago. Somebody
    waits for a part: it is in reach when all of that home are at trials of the search, which may take hours.
    """
    others = exists().where(
        or_(workers.c.part.is_(None), workers.c.part != SEARCH) if units is PARTS else true(),
        workers.c.study_id == leases.c.study_id,
        workers.c.home == leases.c.home,
        # No later than now, as those of the dead are where the clock was set back.
        workers.c.beat.between(database_now() - silent_s, database_now() + silent_s),
    )
    return or_(leases.c.home.is_(None), leases.c.home == home, ~is_begun(), ~others)


def is_begun() -> ColumnElement[bool]:
    """Say which leases are of trainings that have an epoch."""
    return exists().where(epochs.c.trial_id == leases.c.trial_id, epochs.c.part == leases.c.part)


def take(
    session: Session, units: Units, wanted: ColumnElement[bool], claimant: Claimant, free: ColumnElement[bool]
) -> tuple[int, str] | None:
    """Take the first wanted unit whose lease is free: the same row, with its number, parameters and reports.

    Parameters
    ----------
    session : Session
        The transaction's session.
    units : Units
        The kind of unit.
    wanted : ColumnElement of bool
        Which of them; asked of their table, their state included.
    claimant : Claimant
        Who claims.
    free : ColumnElement of bool
        Which leases may be taken.

    Returns
    -------
    (int, str) or None
        The trial and the part.
    """
    table = units.table
    candidate = (
        select(table.c.trial_id, units.part.label("part"), table.c.study_id, table.c.state, leases.c.attempt)
        .select_from(units.with_leases())
        .where(wanted, free)
        .order_by(*units.order)
        .limit(1)
        .with_for_update(of=table, key_share=True, skip_locked=True)
    )
    while True:
        found = session.execute(candidate).mappings().first()
        if found is None:
            return None
        if _take_lease(session, found, claimant, free, is_loss=found["state"] == units.running):
            break
        candidate = candidate.where(~units.is_at(found["trial_id"], found["part"]))
    begun: dict[str, Any] = {"state": units.running}
    if units is TRIALS:
        begun["datetime_start"] = func.coalesce(trials.c.datetime_start, database_datetime())
    unit = (found["trial_id"], found["part"])
    session.execute(update(table).where(units.is_at(*unit)).values(begun))
    return unit


def _take_lease(
    session: Session, found: RowMapping, claimant: Claimant, free: ColumnElement[bool], *, is_loss: bool
) -> bool:
    mine = {**asdict(claimant), "beat": database_now()}
    if found["attempt"] is not None:
        # Asks once more whether it is free: its worker may have beaten since the search. Who has it locked does so for
        # a moment, or stands still, and then nobody who claims is to stand still with it.
        mine_now = select(leases.c.trial_id).where(is_leased(found["trial_id"], found["part"]), free)
        if session.scalar(mine_now.with_for_update(skip_locked=True)) is None:
            return False
        taken = update(leases).where(is_leased(found["trial_id"], found["part"])).values(mine)
        taken = taken.values(attempt=found["attempt"] + 1)
        session.execute(taken.values(losses=leases.c.losses + _n_lost()) if is_loss else taken)
        return True
    row = {name: found[name] for name in ("trial_id", "part", "study_id")}
    row |= {"attempt": 1, "deaths": 0, "losses": int(is_loss), "to_stop": False}
    try:
        with session.begin_nested():
            session.execute(insert(leases).values(row | mine))
    except IntegrityError:  # another worker was faster
        return False
    return True


def _n_lost() -> ColumnElement[int]:
    """Count one for a worker that fell silent.

    None for one that was seen to die, as that was counted then, nor for one that was told to leave: its machine was
    taken away before its epoch was over.
    """
    was_leaving = exists().where(workers.c.worker_id == leases.c.worker_id, workers.c.leaving)
    return case((or_(leases.c.beat <= DEAD, was_leaving), 0), else_=1)


def forget_last_verdict(session: Session, trial_id: int) -> None:
    """Drop the rungs a pruner reached with the last report.

    A worker killed between the pruner's answer and the end of its trial took the answer with it; asked again,
    successive halving would not judge a rung it has passed.
    """
    last = select(reports.c.intermediate_value).where(reports.c.trial_id == trial_id)
    value = session.scalar(last.order_by(reports.c.step.desc()).limit(1))
    attributes = trial_system_attributes
    rungs = select(attributes.c.key, attributes.c.value_json).where(
        attributes.c.trial_id == trial_id, attributes.c.key.startswith("completed_rung_", autoescape=True)
    )
    stale = [key for key, text in session.execute(rungs).all() if value is not None and json.loads(text) == value]
    session.execute(delete(attributes).where(attributes.c.trial_id == trial_id, attributes.c.key.in_(stale)))
