"""The right to train one part of one trial, and the fence around what is written under it."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, CursorResult, Delete, Insert, Update, and_, column, exists, select, table
from sqlalchemy.orm import Session

from tuner.errors import LeaseLost
from tuner.storage.tables import leases

SEARCH = "search"
"""The part of a trial that is the search's own training. All others are trainings of the final step."""

_trials = table("trials", column("trial_id"), column("number"))  # Optuna's, of which `optuna.py` knows the rest

DEAD = 0.0
"""The beat of a worker that was seen to die."""


@dataclass(frozen=True)
class Lease:
    """The right to train one part of one trial until another worker takes it over.

    Attributes
    ----------
    trial_id, number : int
        Optuna's row and its number in the study.
    part : str
        `SEARCH`, or a training of the final step.
    attempt : int
        1 for the first worker that has this part, one more for each later claim.
    owner : str
        A fresh token for each claim; every write is checked against it.
    worker_id : str
        From :meth:`tuner.storage.workers.Workers.register`.
    deaths : int
        Workers that it took down since its last epoch: they crashed, ran out of memory, or hung.
    losses : int
        Workers that had it since then and were killed from outside, or lost with their machines.
    """

    trial_id: int
    number: int
    part: str
    attempt: int
    owner: str
    worker_id: str
    deaths: int
    losses: int

    @property
    def is_search(self) -> bool:
        """Whether this is the search's own training of the trial."""
        return self.part == SEARCH

    @property
    def name(self) -> str:
        """What it is the right to, for logs and messages."""
        return f"trial {self.number}" if self.is_search else f"trial {self.number}, {self.part}"


def is_leased(trial_id: int, part: str) -> ColumnElement[bool]:
    """Pick the row of a part among the leases."""
    return and_(leases.c.trial_id == trial_id, leases.c.part == part)


def is_held(lease: Lease) -> ColumnElement[bool]:
    """Pick the row of a lease for as long as it is held, and its trial is there."""
    is_there = exists().where(_trials.c.trial_id == lease.trial_id, _trials.c.number == lease.number)
    return and_(is_leased(lease.trial_id, lease.part), leases.c.owner == lease.owner, is_there)


def check_lease(session: Session, lease: Lease) -> None:
    """Refuse to go on in a transaction unless its lease is held, and keep it held until the commit.

    Raises
    ------
    LeaseLost
        If another worker has the part now.
    """
    mine = select(leases.c.trial_id).where(is_held(lease))
    if session.scalar(mine.with_for_update(read=True)) is None:
        raise lost(lease)


def lost(lease: Lease) -> LeaseLost:
    """Say that a lease is no longer held."""
    return LeaseLost(f"{lease.name}, attempt {lease.attempt}: no longer held, nothing was written")


def n_changed(session: Session, statement: Insert | Update | Delete) -> int:
    """Run an insertion, an update or a deletion and count its rows."""
    result = session.execute(statement)
    assert isinstance(result, CursorResult)
    return result.rowcount
