"""One row an epoch: what status, curves and reports read."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, and_, func, insert, select, update
from sqlalchemy.orm import Session

from tuner.storage.claims import Lease, n_changed
from tuner.storage.leases import lost
from tuner.storage.retry import RetryingStorage
from tuner.storage.tables import database_now, epochs, leases, trials


@dataclass(frozen=True)
class EpochRow:
    """What one epoch of one trial came to.

    Attributes
    ----------
    trial_id, number, epoch, attempt : int
        Which trial, which epoch (counted from 1 by the caller), and which claim of the trial trained it last.
    score : float or None
        The study's metric; None where it was no number.
    lr, seconds : float
        The learning rate, and the time it took.
    metrics : dict
        Everything else that was measured.
    at : float
        Seconds since 1970 by the database's clock.
    """

    trial_id: int
    number: int
    epoch: int
    attempt: int
    score: float | None
    lr: float
    seconds: float
    metrics: dict[str, Any]
    at: float


class EpochStorage(RetryingStorage):
    """The epochs of trials."""

    def record_epoch(
        self, lease: Lease, epoch: int, *, score: float | None, lr: float, seconds: float, metrics: Mapping[str, Any]
    ) -> None:
        """Store an epoch under the trial's lease; once more over the old one when a resumed trial repeats it.

        Parameters
        ----------
        lease : Lease
            Of the trial.
        epoch : int
            Number of the epoch in the trial.
        score, lr, seconds : float
            No score is None. See :class:`EpochRow`.
        metrics : mapping
            Anything JSON can hold.

        Raises
        ------
        LeaseLost
            If another worker has the trial now.
        """
        values = {
            "attempt": lease.attempt,
            "score": score,
            "lr": lr,
            "seconds": seconds,
            "metrics": json.dumps(dict(metrics)),
            "at": database_now(),
        }

        def record(session: Session) -> None:
            # Fence and beat in one; an epoch trained is what clears a trial of its workers' deaths.
            held = update(leases).where(leases.c.trial_id == lease.trial_id, leases.c.owner == lease.owner)
            if n_changed(session, held.values(beat=database_now(), deaths=0)) == 0:
                raise lost(lease)
            known = update(epochs).where(epochs.c.trial_id == lease.trial_id, epochs.c.epoch == epoch)
            if n_changed(session, known.values(**values)) == 0:
                study_id = select(trials.c.study_id).where(trials.c.trial_id == lease.trial_id).scalar_subquery()
                key = {"trial_id": lease.trial_id, "epoch": epoch, "study_id": study_id}
                session.execute(insert(epochs).values(**key, **values))

        self._write(record)

    def epochs(self, study_id: int, trial_id: int | None = None) -> list[EpochRow]:
        """List the epochs of a study, or of one of its trials, in order."""
        rows = _select().where(epochs.c.study_id == study_id)
        if trial_id is not None:
            rows = rows.where(epochs.c.trial_id == trial_id)
        return self._epoch_rows(rows.order_by(epochs.c.trial_id, epochs.c.epoch))

    def last_epochs(self, study_id: int) -> dict[int, EpochRow]:
        """Give the last epoch of each trial that has one, by trial id."""
        last = (
            select(epochs.c.trial_id, func.max(epochs.c.epoch).label("epoch"))
            .where(epochs.c.study_id == study_id)
            .group_by(epochs.c.trial_id)
            .subquery()
        )
        rows = _select().join(last, and_(last.c.trial_id == epochs.c.trial_id, last.c.epoch == epochs.c.epoch))
        return {row.trial_id: row for row in self._epoch_rows(rows)}

    def _epoch_rows(self, rows: Select[Any]) -> list[EpochRow]:
        return [
            EpochRow(**{**row, "metrics": json.loads(row["metrics"])})
            for row in self._read(lambda session: session.execute(rows).mappings().all())
        ]


def _select() -> Select[Any]:
    columns = [column for column in epochs.c if column.name != "study_id"]
    return select(*columns, trials.c.number).join(trials, trials.c.trial_id == epochs.c.trial_id)
