"""What a worker does with the lease of its trial: beats, the fence around every write, and its end."""

from collections.abc import Sequence

from optuna.exceptions import UpdateFinishedTrialError
from optuna.storages import RDBStorage
from optuna.trial import TrialState
from sqlalchemy import (
    URL,
    ColumnElement,
    select,
    update,
)
from sqlalchemy.orm import Session

from tuner.errors import LeaseLost
from tuner.storage.claims import (
    DEAD,
    Lease,
    n_changed,
)
from tuner.storage.retry import RetryingStorage
from tuner.storage.tables import (
    database_now,
    leases,
    trials,
    workers,
)


class LeasedStorage(RetryingStorage):
    """Storage in which a trial is written by the worker that holds it, and by nobody else."""

    def __init__(self, address: URL) -> None:
        super().__init__(address)
        # By trial id; those that were lost or handed back stay, so that they fence what still comes from here.
        self.held: dict[int, Lease] = {}

    def beat(self, lease: Lease) -> bool:
        """Say that the worker of a lease lives; never waits for a database that is away.

        Returns
        -------
        bool
            False when the lease is lost. True also when the database is away: the next write will tell.
        """
        mine = update(leases).where(leases.c.trial_id == lease.trial_id, leases.c.owner == lease.owner)
        return self._try_to_write(
            lambda session: n_changed(session, mine.values(beat=database_now())) == 1, otherwise=True
        )

    def hand_back(self, lease: Lease, *, died: bool = False) -> None:
        """Give a trial back unfinished, for the next worker that claims one.

        Parameters
        ----------
        lease : Lease
            Still held.
        died : bool
            Whether its worker goes down, and perhaps the next one, too.

        Raises
        ------
        LeaseLost
            If another worker has it already, or it was finished from outside.
        """
        repeated = False

        def release(session: Session) -> None:
            nonlocal repeated
            again, repeated = repeated, True
            # In the order of the other writers, trial before lease, or two could wait for each other.
            session.execute(select(trials.c.trial_id).where(_is(lease)).with_for_update(key_share=True))
            given = update(leases).where(leases.c.trial_id == lease.trial_id, leases.c.owner == lease.owner)
            if n_changed(session, given.values(owner=None, worker_id=None, deaths=leases.c.deaths + int(died))) == 1:
                waiting = update(trials).where(_is(lease), trials.c.state == TrialState.RUNNING)
                if n_changed(session, waiting.values(state=TrialState.WAITING)) == 1:
                    return
            elif again:  # the answer to an earlier commit of ours was lost
                return
            raise lost(lease)

        self._write(release)

    def finish(self, lease: Lease, state: TrialState, value: float | None) -> None:
        """Finish a trial under its lease.

        Parameters
        ----------
        lease : Lease
            Still held.
        state : TrialState
            COMPLETE, PRUNED or FAIL.
        value : float or None
            The objective.

        Raises
        ------
        LeaseLost
            If another worker has the trial now.
        """
        if self.held.get(lease.trial_id) != lease:
            raise lost(lease)
        self.set_trial_state_values(lease.trial_id, state, None if value is None else [value])

    def expire_worker(self, worker_id: str) -> None:
        """Note that a worker's process was seen to die: its trials may be taken over at once."""

        def expire(session: Session) -> None:
            session.execute(update(leases).where(leases.c.worker_id == worker_id).values(beat=DEAD))
            session.execute(update(workers).where(workers.c.worker_id == worker_id).values(gone=True))

        self._write(expire)

    # What Optuna calls

    def check_trial_is_updatable(self, trial_id: int, trial_state: TrialState) -> None:
        """Fence: Optuna calls this inside the transaction of each write of a trial, before it writes.

        Raises
        ------
        LeaseLost
            If this process took the trial and another has it now.
        """
        lease = self.held.get(trial_id)
        if lease is not None:  # before Optuna's own check: a trial that another worker finished is lost, not finished
            check_lease(self.scoped_session(), lease)
        super().check_trial_is_updatable(trial_id, trial_state)

    def set_trial_state_values(self, trial_id: int, state: TrialState, values: Sequence[float] | None = None) -> bool:
        """Do as Optuna does, but know one's own result where the answer to the commit was lost."""
        repeated = False

        def once() -> bool:
            nonlocal repeated
            again, repeated = repeated, True
            try:
                return RDBStorage.set_trial_state_values(self, trial_id, state, values)
            except UpdateFinishedTrialError:
                if not (again and self._stands(trial_id, state, values)):
                    raise
                return True

        changed = self._patiently(once, write=True)
        if state.is_finished():
            self.held.pop(trial_id, None)
        return changed

    def _stands(self, trial_id: int, state: TrialState, values: Sequence[float] | None) -> bool:
        trial = RDBStorage.get_trial(self, trial_id)
        return trial.state == state and (values is None or trial.values == list(values))


def check_lease(session: Session, lease: Lease) -> None:
    """Refuse to go on in a transaction unless its lease is held, and keep it held until the commit.

    Raises
    ------
    LeaseLost
        If another worker has the trial now.
    """
    mine = select(leases.c.trial_id).where(leases.c.trial_id == lease.trial_id, leases.c.owner == lease.owner)
    if session.scalar(mine.with_for_update(read=True)) is None:
        raise lost(lease)


def lost(lease: Lease) -> LeaseLost:
    """Say that another worker has the trial now."""
    return LeaseLost(f"trial {lease.number}, attempt {lease.attempt}: no longer held, nothing was written")


def _is(lease: Lease) -> ColumnElement[bool]:
    return trials.c.trial_id == lease.trial_id
