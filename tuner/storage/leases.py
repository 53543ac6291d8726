"""Who trains what: trials and parts are claimed, beaten for, handed back and taken over."""

from uuid import uuid4

from sqlalchemy import ColumnElement, and_, case, exists, extract, func, or_, select, update
from sqlalchemy.orm import Session

from tuner.errors import BudgetSpent, StudyError
from tuner.storage.budget import make_trial
from tuner.storage.claims import (
    PARTS,
    TRIALS,
    Claimant,
    Units,
    forget_last_verdict,
    is_begun,
    lease_on,
    take,
    unit_of,
    units_of,
    within_reach,
)
from tuner.storage.database import Database, Transaction
from tuner.storage.final_steps import living_owner
from tuner.storage.lease import DEAD, SEARCH, Lease, is_held, is_leased, lost, n_changed
from tuner.storage.optuna import OptunaStorage, trials
from tuner.storage.silence import SILENT_S, BeatWatch
from tuner.storage.tables import control, database_now, leases, parts, workers


class Leases:
    """The trials and parts of studies, each in the hand of one worker.

    Parameters
    ----------
    database : Database
        Where they are.
    optuna : OptunaStorage
        Makes new trials, and lets this process write those it holds.
    """

    def __init__(self, database: Database, optuna: OptunaStorage) -> None:
        self._database = database
        self._optuna = optuna
        self._watches: dict[Units, BeatWatch[tuple[int, str]]] = {TRIALS: BeatWatch(), PARTS: BeatWatch()}

    def claim(
        self, study_id: int, worker_id: str, *, silent_s: float = SILENT_S, only_begun: bool = False
    ) -> Lease | None:
        """Take a trial that was handed back, else one whose worker fell silent, else a new one.

        Parameters
        ----------
        study_id : int
            A study with a row in ``tuner_control``.
        worker_id : str
            From :meth:`tuner.storage.workers.Workers.register`.
        silent_s : float
            Seconds without a beat after which a trial may be taken over.
        only_begun : bool
            Whether to take no trial that has no epoch yet.

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

        def claim(transaction: Transaction) -> Lease | None:
            claimant = _claimant(transaction.session, worker_id, owner)
            return self._claim(transaction, study_id, claimant, silent_s, only_begun=only_begun)

        try:
            lease = self._database.write(claim)
        except BudgetSpent:
            # The study's clock stands still until there is something to do again.
            running = update(control).where(control.c.study_id == study_id, control.c.halted_at.is_(None))
            halt = running.values(halted_at=database_now())
            self._database.write(lambda transaction: transaction.session.execute(halt) is not None)
            raise
        if lease is not None:
            self._optuna.held[lease.trial_id] = lease
        return lease

    def claim_part(self, study_id: int, worker_id: str, *, silent_s: float = SILENT_S) -> Lease | None:
        """Take a part that the living final step of a study wants: a waiting one, else one whose worker fell silent.

        Parameters
        ----------
        study_id : int
            The study.
        worker_id : str
            From :meth:`tuner.storage.workers.Workers.register`.
        silent_s : float
            Seconds without a beat after which a part may be taken over.

        Returns
        -------
        Lease or None
            None where no part is free, or nobody runs the final step.
        """
        owner = uuid4().hex

        def claim(transaction: Transaction) -> Lease | None:
            session = transaction.session
            unit = unit_of(session, owner) if transaction.is_repeat else None
            if unit is None:
                plan = living_owner(session, study_id)
                if plan is None:
                    return None
                wanted = and_(parts.c.study_id == study_id, parts.c.plan == plan)
                claimant = _claimant(session, worker_id, owner)
                unit = self._take(session, PARTS, study_id, wanted, claimant, silent_s)
            return None if unit is None else lease_on(session, *unit)

        return self._database.write(claim)

    def beat(self, lease: Lease) -> bool:
        """Say that the worker of a lease lives; never waits for a database that is away.

        Returns
        -------
        bool
            False when the lease is lost. True also when the database is away: the next write will tell.
        """
        beat = update(leases).where(is_held(lease)).values(beat=database_now())
        return self._database.try_to_write(
            lambda transaction: n_changed(transaction.session, beat) == 1, otherwise=True
        )

    def hand_back(self, lease: Lease, *, died: bool = False) -> None:
        """Give a trial or a part back unfinished, for the next worker that claims one.

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
        units = units_of(lease)
        mine = units.is_at(lease.trial_id, lease.part)

        def release(transaction: Transaction) -> None:
            session = transaction.session
            # In the order of the other writers, the unit before its lease, or two could wait for each other.
            session.execute(select(units.table.c.trial_id).where(mine).with_for_update(key_share=True))
            given = update(leases).where(is_held(lease))
            given = given.values(owner=None, worker_id=None, deaths=leases.c.deaths + int(died))
            if n_changed(session, given) == 1:
                waiting = update(units.table).where(mine, units.table.c.state == units.running)
                if n_changed(session, waiting.values(state=units.waiting)) == 1:
                    return
            elif transaction.is_repeat:
                return
            raise lost(lease)

        self._database.write(release)

    def expire_worker(self, worker_id: str, *, blame: bool = True) -> None:
        """Note that a worker's process was seen to die: what it held may be taken over at once.

        Parameters
        ----------
        worker_id : str
            From :meth:`tuner.storage.workers.Workers.register`.
        blame : bool
            Whether what it had in hand took it down, rather than somebody who killed it.
        """
        counted = leases.c.deaths if blame else leases.c.losses
        was_leaving = exists().where(workers.c.worker_id == worker_id, workers.c.leaving)
        n = 1 if blame else case((was_leaving, 0), else_=1)

        def expire(transaction: Transaction) -> None:
            session = transaction.session
            held = update(leases).where(leases.c.worker_id == worker_id, leases.c.beat > DEAD)
            session.execute(held.values({"beat": DEAD, counted.name: counted + n}))
            session.execute(update(workers).where(workers.c.worker_id == worker_id).values(gone=True))

        self._database.write(expire)

    def watch(self, study_id: int) -> None:
        """Take note of who beats, so that it is known who is silent when this process claims; waits for no database."""

        def look(transaction: Transaction) -> None:
            for units, watch in self._watches.items():
                watch.silent(_beats(transaction.session, units, study_id), SILENT_S)

        self._database.try_to_read(look, otherwise=None)

    def stop_trial(self, study_id: int, number: int) -> None:
        """Ask for the end of one trial; its worker obeys after its epoch, the next one if it has none.

        Raises
        ------
        StudyError
            If there is no such trial, or it is finished.
        """

        def ask(transaction: Transaction) -> None:
            session = transaction.session
            mine = select(trials.c.trial_id, trials.c.state)
            found = session.execute(mine.where(trials.c.study_id == study_id, trials.c.number == number)).first()
            if found is None or found.state.is_finished():
                what = "does not exist" if found is None else f"is finished ({found.state.name.lower()})"
                raise StudyError(f"trial {number} {what}: `tuner status` shows those under way")
            session.execute(update(leases).where(is_leased(found.trial_id, SEARCH)).values(to_stop=True))

        self._database.write(ask)

    # The parts of a claim, all in its one transaction

    def _claim(
        self, transaction: Transaction, study_id: int, claimant: Claimant, silent_s: float, *, only_begun: bool
    ) -> Lease | None:
        session = transaction.session
        steering = select(control.c.trials, control.c.started_at).where(control.c.study_id == study_id)
        row = session.execute(steering).first()
        if row is None:
            raise StudyError(f"study {study_id} is not there any more, or was not made by tuner create")
        unit = unit_of(session, claimant.owner) if transaction.is_repeat else None
        if unit is None:
            wanted = trials.c.study_id == study_id
            unit = self._take(session, TRIALS, study_id, wanted, claimant, silent_s, only_begun=only_begun)
        if unit is None and not only_begun:
            unit = make_trial(transaction, self._optuna, study_id, claimant, row.trials)
        if unit is None:
            return None
        if row.started_at is None:
            first = update(control).where(control.c.study_id == study_id, control.c.started_at.is_(None))
            session.execute(first.values(started_at=database_now()))
        return lease_on(session, *unit)

    def _take(
        self,
        session: Session,
        units: Units,
        study_id: int,
        wanted: ColumnElement[bool],
        claimant: Claimant,
        silent_s: float,
        *,
        only_begun: bool = False,
    ) -> tuple[int, str] | None:
        """Take a unit that waits or whose worker fell silent.

        Waiting trials come first. Of the parts it is those that somebody had: one that takes its workers down is then
        soon known for it, instead of all parts of its trial once in turn.
        """
        reach = within_reach(units, claimant.home, silent_s)
        if only_begun:
            reach = and_(reach, is_begun())
        state = units.table.c.state

        def waiting() -> tuple[int, str] | None:
            return take(session, units, and_(wanted, state == units.waiting), claimant, reach)

        def silent() -> tuple[int, str] | None:
            free = and_(self._silent(session, units, study_id, silent_s), reach)
            unit = take(session, units, and_(wanted, state == units.running), claimant, free)
            if unit is not None and units is TRIALS:
                forget_last_verdict(session, unit[0])
            return unit

        return waiting() or silent() if units is TRIALS else silent() or waiting()

    def _silent(self, session: Session, units: Units, study_id: int, silent_s: float) -> ColumnElement[bool]:
        """Say which leases are silent: none but the dead ones while beats may have been lost on their way."""
        certain = or_(leases.c.trial_id.is_(None), leases.c.beat <= DEAD)
        beats = _beats(session, units, study_id)
        silent = self._watches[units].silent(beats, silent_s)
        if not silent or self._database.outage.within(silent_s) or self._server_started_within(session, silent_s):
            return certain
        unchanged = [and_(is_leased(*unit), leases.c.beat <= beats[unit][0]) for unit in silent]
        return or_(certain, *unchanged)

    def _server_started_within(self, session: Session, seconds: float) -> bool:
        if self._database.engine.name != "postgresql":
            return False
        server_start = extract("epoch", func.pg_postmaster_start_time())
        # Below zero where its clock was set back since: that is no start, and may last.
        return bool(0 <= session.execute(select(database_now() - server_start)).scalar_one() < seconds)


def _claimant(session: Session, worker_id: str, owner: str) -> Claimant:
    home = session.scalar(select(workers.c.home).where(workers.c.worker_id == worker_id))
    return Claimant(worker_id, owner, home)


def _beats(session: Session, units: Units, study_id: int) -> dict[tuple[int, str], tuple[float, float]]:
    """Read the last beat of each running unit, and its age."""
    columns = (leases.c.trial_id, leases.c.part, leases.c.beat, database_now() - leases.c.beat)
    running = select(*columns).where(leases.c.study_id == study_id, units.is_running())
    return {(trial_id, part): (beat, age) for trial_id, part, beat, age in session.execute(running)}
