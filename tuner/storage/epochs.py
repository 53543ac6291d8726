"""One row an epoch: what status, curves and reports read."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import RowMapping, Select, and_, exists, func, insert, literal, select, update

from tuner.storage.database import Database, Transaction
from tuner.storage.lease import SEARCH, Lease, is_held, lost, n_changed
from tuner.storage.optuna import trials
from tuner.storage.tables import database_now, epochs, leases


@dataclass(frozen=True)
class EpochRow:
    """What one epoch of a training came to.

    Attributes
    ----------
    trial_id, number, epoch, attempt : int
        Which trial, which epoch (counted from 1 by the caller), and which claim trained it last.
    part : str
        Which training of the trial.
    score, lr, seconds : float
        The study's metric (None where it was not measured or no number), the learning rate, and the time it took.
    metrics : dict
        Everything else that was measured.
    at : float
        Seconds since 1970 by the database's clock.
    """

    trial_id: int
    number: int
    part: str
    epoch: int
    attempt: int
    score: float | None
    lr: float
    seconds: float
    metrics: dict[str, Any]
    at: float

    @property
    def planned(self) -> int:
        """Epochs that the training is to have."""
        planned: int = self.metrics["planned"]
        return planned

    @property
    def train_loss(self) -> float:
        """Loss on the training part."""
        loss: float = self.metrics["train"]["loss"]
        return loss


class Epochs:
    """The epochs of all trainings.

    Parameters
    ----------
    database : Database
        Where they are.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def record(
        self,
        lease: Lease,
        epoch: int,
        *,
        score: float | None,
        lr: float,
        seconds: float,
        metrics: Mapping[str, Any],
        part: str | None = None,
    ) -> None:
        """Store an epoch under its lease; once more over the old one when a resumed training repeats it.

        Parameters
        ----------
        lease : Lease
            Lease of the training.
        epoch : int
            Number of the epoch in the training.
        score : float or None
            The study's metric; None where it is not measured.
        lr, seconds : float
            See :class:`EpochRow`.
        metrics : mapping
            Anything JSON can hold.
        part : str, optional
            Part of the trial that was trained, where the lease is of the whole trial.

        Raises
        ------
        LeaseLost
            If another worker has the training now.
        """
        values = {
            "attempt": lease.attempt,
            "score": score,
            "lr": lr,
            "seconds": seconds,
            "metrics": json.dumps(dict(metrics)),
        }
        key = {"trial_id": lease.trial_id, "part": part or lease.part, "epoch": epoch}

        def record(transaction: Transaction) -> None:
            session = transaction.session
            # Fence and beat in one; an epoch trained is what clears a training of its workers' ends.
            held = update(leases).where(is_held(lease))
            if n_changed(session, held.values(beat=database_now(), deaths=0, losses=0)) == 0:
                raise lost(lease)
            is_known = and_(*(epochs.c[name] == value for name, value in key.items()))
            # Nearly all epochs are new, and every statement is a message to the server and back.
            new = select(*(literal(value, epochs.c[name].type) for name, value in (key | values).items()))
            new = new.add_columns(database_now(), trials.c.study_id)
            new = new.where(trials.c.trial_id == lease.trial_id, ~exists().where(is_known))
            added = insert(epochs).from_select([*key, *values, "at", "study_id"], new)
            if n_changed(session, added.execution_options(preserve_rowcount=True)) == 0:
                session.execute(update(epochs).where(is_known).values(**values, at=database_now()))

        self._database.write(record)

    def of_study(self, study_id: int, part: str = SEARCH, trial_id: int | None = None) -> list[EpochRow]:
        """List the epochs of one part of all trials of a study, or of one trial, in order."""
        rows = _select().where(epochs.c.study_id == study_id, epochs.c.part == part)
        if trial_id is not None:
            rows = rows.where(epochs.c.trial_id == trial_id)
        return self._rows(rows.order_by(epochs.c.trial_id, epochs.c.epoch))

    def last(self, study_id: int) -> dict[tuple[int, str], EpochRow]:
        """Give the last epoch of each training of a study that has one, by trial id and part."""
        last = (
            select(epochs.c.trial_id, epochs.c.part, func.max(epochs.c.epoch).label("epoch"))
            .where(epochs.c.study_id == study_id)
            .group_by(epochs.c.trial_id, epochs.c.part)
            .subquery()
        )
        is_last = and_(*(last.c[name] == epochs.c[name] for name in ("trial_id", "part", "epoch")))
        return {(row.trial_id, row.part): row for row in self._rows(_select().join(last, is_last))}

    def _rows(self, rows: Select[Any]) -> list[EpochRow]:
        found = self._database.read(lambda transaction: transaction.session.execute(rows).mappings().all())
        return [_row(row) for row in found]


def _select() -> Select[Any]:
    columns = [column for column in epochs.c if column.name != "study_id"]
    return select(*columns, trials.c.number).join(trials, trials.c.trial_id == epochs.c.trial_id)


def _row(row: RowMapping) -> EpochRow:
    return EpochRow(**{**row, "metrics": json.loads(row["metrics"])})
