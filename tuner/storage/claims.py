"""The statements of a claim: each a part of one transaction."""

import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from optuna.trial import TrialState
from sqlalchemy import ColumnElement, CursorResult, Update, delete, exists, func, insert, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from tuner.storage.tables import (
    database_now,
    epochs,
    leases,
    reports,
    trial_system_attributes,
    trials,
    workers,
)

_LEASE_COLUMNS = ("attempt", "owner", "worker_id", "deaths")

DEAD = 0.0
"""The beat of a worker that was seen to die."""


@dataclass(frozen=True)
class Lease:
    """The right to work on one trial until another worker takes it over.

    Attributes
    ----------
    trial_id, number : int
        Optuna's row and its number in the study.
    attempt : int
        1 for the first worker that has this trial, one more for each later claim.
    owner : str
        Fresh with each claim; every write of the trial is checked against it.
    worker_id : str
        From ``register_worker``.
    resumed : bool
        Whether a worker had this trial before.
    deaths : int
        Workers that had it and fell silent since its last epoch.
    """

    trial_id: int
    number: int
    attempt: int
    owner: str
    worker_id: str
    resumed: bool
    deaths: int


def n_changed(session: Session, statement: Update) -> int:
    """Run an update and count the rows it changed."""
    result = session.execute(statement)
    assert isinstance(result, CursorResult)
    return result.rowcount


def trial_of(session: Session, owner: str) -> int | None:
    """Find the trial that an earlier try of this claim took, its commit not acknowledged."""
    return session.scalar(select(leases.c.trial_id).where(leases.c.owner == owner))


def lease_on(session: Session, trial_id: int) -> Lease:
    """Read the lease that was just taken."""
    joined = leases.join(trials, trials.c.trial_id == leases.c.trial_id)
    columns = (trials.c.trial_id, trials.c.number, *(leases.c[name] for name in _LEASE_COLUMNS))
    row = session.execute(select(*columns).select_from(joined).where(trials.c.trial_id == trial_id)).mappings().one()
    return Lease(**row, resumed=row["attempt"] > 1)


@dataclass(frozen=True)
class Claimant:
    """Who claims: a worker, the token of its claim, and the home of its checkpoints."""

    worker_id: str
    owner: str
    home: str | None


def within_reach(home: str | None, silent_s: float) -> ColumnElement[bool]:
    """Say which leases are of trials that a worker can go on with, or start over without harm.

    Out of reach are those whose checkpoints lie in another home where somebody was at work a moment ago.
    """
    others = exists().where(
        workers.c.study_id == leases.c.study_id,
        workers.c.home == leases.c.home,
        # No later than now, as those of the dead are where the clock was set back.
        workers.c.beat.between(database_now() - silent_s, database_now() + silent_s),
    )
    return or_(leases.c.home.is_(None), leases.c.home == home, ~is_begun(), ~others)


def is_begun() -> ColumnElement[bool]:
    """Say which leases are of trials that have an epoch."""
    return exists().where(epochs.c.trial_id == leases.c.trial_id)


def take(
    session: Session, study_id: int, claimant: Claimant, state: TrialState, free: ColumnElement[bool]
) -> int | None:
    """Take the first trial in this state whose lease is free; the same row, number, parameters and reports."""
    candidate = (
        select(trials.c.trial_id, leases.c.attempt)
        .select_from(trials.outerjoin(leases, leases.c.trial_id == trials.c.trial_id))
        .where(trials.c.study_id == study_id, trials.c.state == state, free)
        .order_by(trials.c.trial_id)
        .limit(1)
        .with_for_update(of=trials, key_share=True, skip_locked=True)
    )
    found = session.execute(candidate).first()
    if found is None:
        return None
    mine = {**asdict(claimant), "beat": database_now()}
    n_deaths = int(state == TrialState.RUNNING)
    if not _take_lease(session, study_id, found.trial_id, found.attempt, mine, n_deaths, free):
        return None
    started = func.coalesce(trials.c.datetime_start, datetime.now(UTC).replace(tzinfo=None))  # Optuna's naive UTC
    running = update(trials).where(trials.c.trial_id == found.trial_id)
    session.execute(running.values(state=TrialState.RUNNING, datetime_start=started))
    trial_id: int = found.trial_id
    return trial_id


def _take_lease(
    session: Session,
    study_id: int,
    trial_id: int,
    attempt: int | None,
    mine: dict[str, Any],
    n_deaths: int,
    free: ColumnElement[bool],
) -> bool:
    if attempt is not None:
        # Asks once more whether it is free: its worker may have beaten since the search.
        taken = update(leases).where(leases.c.trial_id == trial_id, free).values(mine)
        return n_changed(session, taken.values(attempt=attempt + 1, deaths=leases.c.deaths + n_deaths)) == 1
    try:
        with session.begin_nested():
            row = {"trial_id": trial_id, "study_id": study_id, "attempt": 1, "deaths": n_deaths, "to_stop": False}
            session.execute(insert(leases).values(row | mine))
    except IntegrityError:  # another worker was faster
        return False
    return True


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
