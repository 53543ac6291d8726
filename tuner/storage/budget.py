"""New trials, for as long as the budget of their study lasts."""

from dataclasses import asdict

from optuna.trial import TrialState
from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from tuner.errors import BudgetSpent
from tuner.storage.claims import Claimant, unit_of
from tuner.storage.database import Transaction
from tuner.storage.lease import SEARCH
from tuner.storage.optuna import OptunaStorage, lock_study, trials
from tuner.storage.tables import control, database_now, leases


def make_trial(
    transaction: Transaction, optuna: OptunaStorage, study_id: int, claimant: Claimant, budget: int
) -> tuple[int, str] | None:
    """Make a new trial in the hand of its claimant, and let the clock go on that stood still for want of work.

    Returns
    -------
    (int, str) or None
        The trial and its part; None while the budget is handed out, and some of it still runs.

    Raises
    ------
    BudgetSpent
        When every trial of the budget is finished.
    """
    session = transaction.session
    # One creation at a time: the count stands until the commit, and Optuna numbers under the same lock.
    lock_study(session, study_id)
    # An earlier try may only now have been committed, as its process of the server was frozen: it had the lock.
    if transaction.is_repeat and (made := unit_of(session, claimant.owner)) is not None:
        return made
    n_by_state = _count(session, study_id)
    if sum(n_by_state.values()) >= budget:
        if all(state.is_finished() for state in n_by_state):
            raise BudgetSpent(f"all {budget} trials of study {study_id} are finished")
        return None
    halted = (control.c.study_id == study_id, control.c.command == "run", control.c.halted_at.is_not(None))
    halted_s = control.c.halted_s + database_now() - control.c.halted_at
    session.execute(update(control).where(*halted).values(halted_s=halted_s, halted_at=None, heard_at=database_now()))
    trial_id = optuna.insert_trial(session, study_id)
    row = {"trial_id": trial_id, "part": SEARCH, "study_id": study_id, **asdict(claimant)}
    session.execute(insert(leases).values(attempt=1, beat=database_now(), deaths=0, losses=0, to_stop=False, **row))
    return trial_id, SEARCH


def _count(session: Session, study_id: int) -> dict[TrialState, int]:
    rows = select(trials.c.state, func.count()).where(trials.c.study_id == study_id)
    return {state: n for state, n in session.execute(rows.group_by(trials.c.state))}
