"""Who gets which trial: handed back, silent or new, counted against the budget, all in one transaction."""

from dataclasses import asdict
from typing import Any
from uuid import uuid4

from optuna.storages._rdb import models
from optuna.trial import FrozenTrial, TrialState
from sqlalchemy import URL, ColumnElement, and_, exists, extract, func, insert, or_, select, update
from sqlalchemy.orm import Session

from tuner.errors import BudgetSpent, StudyError
from tuner.storage.claims import (
    DEAD,
    Claimant,
    Lease,
    forget_last_verdict,
    is_begun,
    lease_on,
    take,
    trial_of,
    within_reach,
)
from tuner.storage.leases import LeasedStorage
from tuner.storage.silence import SILENT_S, BeatWatch
from tuner.storage.tables import control, database_now, leases, trial_system_attributes, trials, workers

IMPORTED = "imported"
"""System attribute of a trial taken over from an earlier study: it uses up no unit of the budget."""


class ClaimingStorage(LeasedStorage):
    """Storage that hands out trials to workers, each to one, and no more than were asked for."""

    def __init__(self, address: URL) -> None:
        super().__init__(address)
        self._watch = BeatWatch()

    def claim(
        self, study_id: int, worker_id: str, *, silent_s: float = SILENT_S, only_begun: bool = False
    ) -> Lease | None:
        """Take a trial that was handed back, else one whose worker fell silent, else a new one.

        Parameters
        ----------
        study_id : int
            A study with a row in ``tuner_control``.
        worker_id : str
            From ``register_worker``.
        silent_s : float
            Seconds without a beat after which a trial may be taken over.
        only_begun : bool
            Take no trial that has no epoch yet.

        Returns
        -------
        Lease or None
            None while the budget is handed out, and some of it still runs elsewhere: come back later. With
            `only_begun` also where no trial with an epoch is free.

        Raises
        ------
        BudgetSpent
            When every trial of the budget is finished.
        StudyError
            If the study is gone.
        """
        owner = uuid4().hex

        def claim(session: Session) -> Lease | None:
            home = session.scalar(select(workers.c.home).where(workers.c.worker_id == worker_id))
            return self._claim(session, study_id, Claimant(worker_id, owner, home), silent_s, only_begun=only_begun)

        try:
            lease = self._write(claim)
        except BudgetSpent:
            # The study's clock stands still until there is something to do again.
            running = update(control).where(control.c.study_id == study_id, control.c.halted_at.is_(None))
            self._write(lambda session: session.execute(running.values(halted_at=database_now())) is not None)
            raise
        if lease is not None:
            self.held[lease.trial_id] = lease
        return lease

    def _create_new_trial(self, study_id: int, template_trial: FrozenTrial | None = None) -> FrozenTrial:
        # For all who do not claim: warm starts, enqueued trials, `study.ask()`. The lease row has no worker; it is
        # there so that a trial whose commit was not acknowledged is found, and not made twice.
        owner = uuid4().hex

        def create(session: Session) -> int:
            known = trial_of(session, owner)
            if known is not None:
                return known
            # Optuna numbers trials under this lock.
            models.StudyModel.find_or_raise_by_id(study_id, session, for_update=True)
            return self._insert_trial(session, study_id, {"owner": owner, "attempt": 0}, template=template_trial)

        return self.get_trial(self._write(create))

    # The parts of a claim, all in its one transaction

    def _claim(
        self, session: Session, study_id: int, claimant: Claimant, silent_s: float, *, only_begun: bool
    ) -> Lease | None:
        steering = select(control.c.trials, control.c.started_at).where(control.c.study_id == study_id)
        row = session.execute(steering).first()
        if row is None:
            raise StudyError(f"study {study_id} is not there any more, or was not made by tuner create")
        reach = within_reach(claimant.home, silent_s)
        if only_begun:
            reach = and_(reach, is_begun())
        trial_id = trial_of(session, claimant.owner)  # of a claim whose commit was not acknowledged
        if trial_id is None:
            trial_id = take(session, study_id, claimant, TrialState.WAITING, reach)
        if trial_id is None:
            silent = self._silent(session, study_id, silent_s)
            trial_id = take(session, study_id, claimant, TrialState.RUNNING, and_(silent, reach))
            if trial_id is not None:
                forget_last_verdict(session, trial_id)
        if trial_id is None and not only_begun:
            trial_id = self._create(session, study_id, claimant, row.trials)
        if trial_id is None:
            return None
        if row.started_at is None:
            first = update(control).where(control.c.study_id == study_id, control.c.started_at.is_(None))
            session.execute(first.values(started_at=database_now()))
        return lease_on(session, trial_id)

    def _silent(self, session: Session, study_id: int, silent_s: float) -> ColumnElement[bool]:
        """Say which leases are silent: none but the dead ones while beats may have been lost on their way."""
        certain = or_(leases.c.trial_id.is_(None), leases.c.beat <= DEAD)
        running = select(leases.c.trial_id, leases.c.beat, database_now() - leases.c.beat).where(
            leases.c.study_id == study_id,
            exists().where(trials.c.trial_id == leases.c.trial_id, trials.c.state == TrialState.RUNNING),
        )
        beats = {trial_id: (beat, age) for trial_id, beat, age in session.execute(running)}
        silent = self._watch.silent(beats, silent_s)
        if not silent or self.outage.within(silent_s) or self._server_started_within(session, silent_s):
            return certain
        unchanged = [and_(leases.c.trial_id == trial_id, leases.c.beat <= beats[trial_id][0]) for trial_id in silent]
        return or_(certain, *unchanged)

    def _server_started_within(self, session: Session, seconds: float) -> bool:
        if self.engine.name != "postgresql":
            return False
        server_start = extract("epoch", func.pg_postmaster_start_time())
        # Below zero where its clock was set back since: that is no start, and may last.
        return bool(0 <= session.execute(select(database_now() - server_start)).scalar_one() < seconds)

    def _create(self, session: Session, study_id: int, claimant: Claimant, budget: int) -> int | None:
        # One creation at a time: the count stands until the commit, and Optuna numbers under the same lock.
        models.StudyModel.find_or_raise_by_id(study_id, session, for_update=True)
        imported = exists().where(
            trial_system_attributes.c.trial_id == trials.c.trial_id, trial_system_attributes.c.key == IMPORTED
        )
        rows = select(trials.c.state, func.count()).where(trials.c.study_id == study_id, ~imported)
        n_by_state = {state: n for state, n in session.execute(rows.group_by(trials.c.state))}
        if sum(n_by_state.values()) < budget:
            halted = (control.c.study_id == study_id, control.c.command == "run", control.c.halted_at.is_not(None))
            halted_s = control.c.halted_s + database_now() - control.c.halted_at
            session.execute(update(control).where(*halted).values(halted_s=halted_s, halted_at=None))
            return self._insert_trial(session, study_id, asdict(claimant) | {"attempt": 1})
        if all(state.is_finished() for state in n_by_state):
            raise BudgetSpent(f"all {budget} trials of study {study_id} are finished")
        return None

    def _insert_trial(
        self,
        session: Session,
        study_id: int,
        holder: dict[str, Any],
        *,
        template: FrozenTrial | None = None,
    ) -> int:
        trial = self._get_prepared_new_trial(study_id, template, session)
        session.flush()
        row = {"trial_id": trial.trial_id, "study_id": study_id, "deaths": 0, "to_stop": False} | holder
        session.execute(insert(leases).values(beat=database_now(), **row))
        return int(trial.trial_id)
