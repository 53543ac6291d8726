"""Optuna's storage over our database; the only file that touches Optuna's private names."""

import functools
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar
from uuid import uuid4

import optuna
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from optuna.distributions import distribution_to_json
from optuna.exceptions import DuplicatedStudyError, UpdateFinishedTrialError
from optuna.pruners import HyperbandPruner
from optuna.storages import RDBStorage
from optuna.storages._base import DEFAULT_STUDY_NAME_PREFIX
from optuna.storages._cached_storage import _CachedStorage
from optuna.storages._rdb import models
from optuna.storages._rdb.storage import _VersionManager
from optuna.study import Study, StudyDirection
from optuna.study._frozen import FrozenStudy
from optuna.trial import FrozenTrial, Trial, TrialState
from sqlalchemy import Connection, Table, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from tuner.errors import StorageError
from tuner.storage.database import Database, Transaction
from tuner.storage.engine import shown
from tuner.storage.lease import SEARCH, Lease, check_lease, lost
from tuner.storage.tables import control, database_datetime, database_now, leases, of_study, of_trial

P = ParamSpec("P")
T = TypeVar("T")

studies: Table = models.StudyModel.__table__
trials: Table = models.TrialModel.__table__
reports: Table = models.TrialIntermediateValueModel.__table__
trial_system_attributes: Table = models.TrialSystemAttributeModel.__table__
version_info: Table = models.VersionInfoModel.__table__
_trial_parameters: Table = models.TrialParamModel.__table__

_SCRIPTS = ScriptDirectory(str(Path(models.__file__).with_name("alembic")))
_LARGEST_ID = 2**31 - 1


def create_optuna_tables(connection: Connection) -> None:
    """Make what is missing of Optuna's tables, and note in fresh ones which Optuna they are for.

    Optuna's constructor does the same on two connections at once.
    """
    models.BaseModel.metadata.create_all(connection)
    if connection.scalar(select(version_info.c.schema_version)) is None:
        row = {"schema_version": models.SCHEMA_VERSION, "library_version": optuna.__version__}
        connection.execute(insert(version_info).values(row))
    context = MigrationContext.configure(connection)
    if context.get_current_revision() is None:
        context.stamp(_SCRIPTS, _head())


def check_optuna_version(connection: Connection) -> None:
    """Refuse tables that another Optuna has made or migrated.

    Raises
    ------
    StorageError
        If they are not those of this Optuna.
    """
    found = MigrationContext.configure(connection).get_current_revision()
    if found != _head():
        raise StorageError(
            f"storage {shown(connection.engine.url)} has Optuna's tables of revision {found}, Optuna "
            f"{optuna.__version__} has {_head()}: install the Optuna that made them, or run `optuna storage upgrade`"
        )


@functools.cache
def _head() -> str:
    head = _SCRIPTS.get_current_head()
    assert head is not None
    return head


def lock_study(session: Session, study_id: int) -> None:
    """Keep a study's row locked until the end of a transaction: Optuna numbers its trials under this lock.

    Raises
    ------
    KeyError
        If there is no such study.
    """
    models.StudyModel.find_or_raise_by_id(study_id, session, for_update=True)


def id_of_study(study: Study | FrozenStudy) -> int:
    """Return the id of a study's row."""
    return study._study_id


def id_of_trial(trial: Trial | FrozenTrial) -> int:
    """Return the id of a trial's row."""
    return trial._trial_id


def forget_cached_trials(study: Study) -> None:
    """Let a study read its trials anew, and so learn of those that were claimed past it."""
    study._thread_local.cached_all_trials = None


def read_reports(trial: Trial) -> set[int]:
    """Let a trial read anew what is stored of it, and return the steps that it has reported."""
    trial._cached_frozen_trial = trial.storage.get_trial(trial._trial_id)
    return set(trial._cached_frozen_trial.intermediate_values)


def knows_as_finished(study: Study, trial_id: int) -> bool:
    """Tell whether a study remembers a trial as finished, whatever the database says."""
    storage = study._storage
    trial = storage._get_cached_trial(trial_id) if isinstance(storage, _CachedStorage) else None
    return trial is not None


@contextmanager
def drawn_in_memory(trial: Trial, given: Mapping[str, Any]) -> Iterator[None]:
    """Let a trial keep to itself what it suggests in this block, instead of storing one value after the other.

    Parameters
    ----------
    trial : Trial
        Without parameters.
    given : mapping
        Values of parameters that are not to be drawn.
    """
    storage = trial.storage
    trial._fixed_params = {**trial._fixed_params, **given}
    trial.storage = _WithoutParameters(storage)  # type: ignore[assignment]
    try:
        yield
    finally:
        trial.storage = storage


class _WithoutParameters:
    """A storage that does not take parameters; the trial itself knows what it has suggested."""

    def __init__(self, storage: Any) -> None:
        self._storage = storage

    def set_trial_param(self, *_: Any) -> None:
        """Store nothing."""

    def __getattr__(self, name: str) -> Any:
        return getattr(self._storage, name)


def _count_failures(session: Session, study_id: int, state: TrialState) -> None:
    """Count the failures in a row as a trial ends: whose end comes first is decided by who gets the row first."""
    counted = control.c.failures + 1 if state == TrialState.FAIL else 0
    session.execute(update(control).where(control.c.study_id == study_id).values(failures=counted))


class HyperbandAmong(HyperbandPruner):
    """Hyperband whose brackets hold only some of a study's trials.

    Parameters
    ----------
    is_rival : callable
        Tells whether a trial is one of them.
    min_resource, reduction_factor : int
        See Optuna's class. The steps are percent.
    """

    def __init__(self, is_rival: Callable[[FrozenTrial], bool], min_resource: int, reduction_factor: int) -> None:
        super().__init__(min_resource=min_resource, max_resource=100, reduction_factor=reduction_factor)
        self._is_rival = is_rival

    def _get_bracket_id(self, study: Study, trial: FrozenTrial) -> int:
        return super()._get_bracket_id(study, trial) if self._is_rival(trial) else -1


def _retried(
    method: Callable[Concatenate[RDBStorage, P], T], *, write: bool, of_trial: bool = False
) -> Callable[Concatenate["OptunaStorage", P], T]:
    def patient(self: "OptunaStorage", /, *args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return self.database.repeat(lambda _: method(self, *args, **kwargs), write=write)
        except KeyError as error:  # Optuna's word for what is gone
            lease = self.held.get(args[0]) if of_trial and isinstance(args[0], int) else None
            if lease is None:
                raise
            raise lost(lease) from error

    functools.update_wrapper(patient, method)
    return patient


class OptunaStorage(RDBStorage):
    """What Optuna is given: its own storage, on the connections of a database.

    Every read and write waits for a database that is away. It waits below Optuna's calls, since a ``suggest`` repeated
    from above would draw a new value. A trial that this process holds, or held, is written under its lease only.

    Parameters
    ----------
    database : Database
        One that has its tables.

    Attributes
    ----------
    held : dict of int to Lease
        Leases by trial id. Those that were lost or handed back stay, so that they fence what still comes from here.
    """

    def __init__(self, database: Database) -> None:
        self.database = database
        self.held: dict[int, Lease] = {}
        # This takes the place of Optuna's constructor, which looks at the tables on three more connections.
        self.url, self.engine_kwargs, self.skip_compatibility_check = database.url, {}, True
        self.engine, self.scoped_session = database.engine, database.sessions
        self.heartbeat_interval = self.grace_period = None
        self.heartbeat_stale_trial_callback = self.failed_trial_callback = None
        self._version_manager = _VersionManager.__new__(_VersionManager)
        for name in ("url", "engine", "scoped_session"):
            setattr(self._version_manager, name, getattr(self, name))

    def __reduce__(self) -> tuple[Any, ...]:
        # Held leases belong to this process: another has none.
        return OptunaStorage, (self.database,)

    # Trials under a lease

    def finish(
        self, lease: Lease, state: TrialState, value: float | None, attributes: Mapping[str, Any] | None = None
    ) -> None:
        """Finish a trial under the lease of its search part.

        Parameters
        ----------
        lease : Lease
            Still held.
        state : TrialState
            COMPLETE, PRUNED or FAIL.
        value : float or None
            The objective.
        attributes : mapping, optional
            Attributes to store with its end, anything JSON can hold.

        Raises
        ------
        LeaseLost
            If another worker has the trial now.
        """
        if self.held.get(lease.trial_id) != lease:
            raise lost(lease)
        try:
            self.set_trial_state_values(lease.trial_id, state, None if value is None else [value], attributes)
        except KeyError as error:  # the trial is gone
            raise lost(lease) from error

    def store_drawn(self, lease: Lease, trial: Trial, attributes: Mapping[str, Any]) -> None:
        """Store all that makes a trial what it is, in one transaction: a worker that is killed leaves all or nothing.

        Parameters
        ----------
        lease : Lease
            Still held.
        trial : Trial
            With its parameters, see :func:`drawn_in_memory`.
        attributes : mapping
            Attributes to store with them, anything JSON can hold.

        Raises
        ------
        LeaseLost
            If another worker has the trial now.
        """
        parameters = [
            {
                "trial_id": lease.trial_id,
                "param_name": name,
                "param_value": distribution.to_internal_repr(trial.params[name]),
                "distribution_json": distribution_to_json(distribution),
            }
            for name, distribution in trial.distributions.items()
        ]

        def store(transaction: Transaction) -> None:
            session = transaction.session
            check_lease(session, lease)
            # Where the answer to an earlier commit was lost, they are there already.
            session.execute(delete(_trial_parameters).where(_trial_parameters.c.trial_id == lease.trial_id))
            if parameters:
                session.execute(insert(_trial_parameters), parameters)
            self._set_attributes(session, lease.trial_id, attributes)

        self.database.write(store)

    def _set_attributes(self, session: Session, trial_id: int, attributes: Mapping[str, Any]) -> None:
        for key, value in attributes.items():
            self._set_trial_attr_without_commit(session, models.TrialUserAttributeModel, trial_id, key, value)

    def insert_trial(self, session: Session, study_id: int, template: FrozenTrial | None = None) -> int:
        """Make a trial's row in a transaction that holds the lock of its study, and return its id.

        Its number follows the last one. Optuna counts the trials instead, and where one was deleted gives the number
        of another once more.
        """
        last = select(func.max(trials.c.number)).where(trials.c.study_id == study_id)
        number = func.coalesce(last.scalar_subquery() + 1, 0)
        if template is None:
            row = {"study_id": study_id, "number": number, "state": TrialState.RUNNING}
            new = insert(trials).values(**row, datetime_start=database_datetime()).returning(trials.c.trial_id)
            trial_id: int = session.execute(new).scalar_one()
        else:
            next_number = session.scalar(select(number))
            trial = self._get_prepared_new_trial(study_id, template, session)
            trial.number = next_number
            session.flush()
            trial_id = int(trial.trial_id)
        if self.engine.name == "sqlite":  # which gives the id of a deleted trial to the next
            for table in of_trial:
                session.execute(delete(table).where(table.c.trial_id == trial_id))
        return trial_id

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

    # What must know its own work where the answer to a commit was lost

    def set_trial_state_values(
        self,
        trial_id: int,
        state: TrialState,
        values: Sequence[float] | None = None,
        attributes: Mapping[str, Any] | None = None,
    ) -> bool:
        """Do as Optuna does, but by the database's clock, and count the failures in a row in the order of the commits.

        One's own result is known where the answer to the commit was lost.
        """
        is_repeat = False

        def change(transaction: Transaction) -> bool:
            nonlocal is_repeat
            is_repeat, session = transaction.is_repeat, transaction.session
            trial: Any = models.TrialModel.find_or_raise_by_id(trial_id, session, for_update=True)
            self.check_trial_is_updatable(trial_id, trial.state)
            if state == TrialState.RUNNING and trial.state != TrialState.WAITING:
                return False
            for objective, value in enumerate(values or ()):
                self._set_trial_value_without_commit(session, trial, objective, value)
            self._set_attributes(session, trial_id, attributes or {})
            trial.state = state
            if state == TrialState.RUNNING:
                trial._datetime_start_utc = database_datetime()
            if state.is_finished():
                trial._datetime_complete_utc = database_datetime()
                _count_failures(session, trial.study_id, state)
            return True

        try:
            changed = self.database.write(change)
        except UpdateFinishedTrialError:
            if not (is_repeat and self._stands(trial_id, state, values)):
                raise
            changed = True
        if state.is_finished():
            self.held.pop(trial_id, None)
        return changed

    def _stands(self, trial_id: int, state: TrialState, values: Sequence[float] | None) -> bool:
        trial = RDBStorage.get_trial(self, trial_id)
        return trial.state == state and (values is None or trial.values == list(values))

    def _create_new_trial(self, study_id: int, template_trial: FrozenTrial | None = None) -> FrozenTrial:
        # For all who do not claim: warm starts, enqueued trials, `study.ask()`. The lease row has no worker; it is
        # there so that a trial whose commit was not acknowledged is found, and not made twice.
        owner = uuid4().hex

        def create(transaction: Transaction) -> int:
            session = transaction.session
            lock_study(session, study_id)  # which an earlier try holds for as long as it may still be committed
            made = select(leases.c.trial_id).where(leases.c.owner == owner)
            known: int | None = session.scalar(made) if transaction.is_repeat else None
            if known is not None:
                return known
            trial_id = self.insert_trial(session, study_id, template_trial)
            row = {"trial_id": trial_id, "part": SEARCH, "study_id": study_id, "owner": owner, "attempt": 0}
            session.execute(insert(leases).values(beat=database_now(), deaths=0, losses=0, to_stop=False, **row))
            return trial_id

        return self.get_trial(self.database.write(create))

    def create_new_study(self, directions: Sequence[StudyDirection], study_name: str | None = None) -> int:
        """Make an empty study under an id that is drawn at random.

        No other study ever has it: not one that is made after this one was deleted, nor in another database, nor where
        this database goes back in time. Whatever names a study by its id means this one.

        Raises
        ------
        DuplicatedStudyError
            If there is one of this name.
        """
        study_id = 1 + secrets.randbelow(_LARGEST_ID)
        name = study_name or f"{DEFAULT_STUDY_NAME_PREFIX}{uuid4()}"

        def create(transaction: Transaction) -> None:
            session = transaction.session
            if transaction.is_repeat and session.get(models.StudyModel, study_id) is not None:
                return
            wanted = [models.StudyDirectionModel(direction=each, objective=i) for i, each in enumerate(directions)]
            session.add(models.StudyModel(study_id=study_id, study_name=name, directions=wanted))

        try:
            self.database.write(create)
        except IntegrityError as error:
            raise DuplicatedStudyError(f"there is a study {name} already") from error
        return study_id

    def delete_study(self, study_id: int) -> None:
        """Delete a study with everything stored about it, in our tables, too.

        Raises
        ------
        KeyError
            If there is no such study.
        """

        def drop(transaction: Transaction) -> None:
            session = transaction.session
            try:
                study = models.StudyModel.find_or_raise_by_id(study_id, session, for_update=True)
            except KeyError:
                if transaction.is_repeat:
                    return
                raise
            for table in of_study:
                session.execute(delete(table).where(table.c.study_id == study_id))
            session.delete(study)

        self.database.write(drop)

    # What may simply be repeated

    set_study_user_attr = _retried(RDBStorage.set_study_user_attr, write=True)
    set_study_system_attr = _retried(RDBStorage.set_study_system_attr, write=True)
    _set_trial_param = _retried(RDBStorage._set_trial_param, write=True, of_trial=True)
    set_trial_intermediate_value = _retried(RDBStorage.set_trial_intermediate_value, write=True, of_trial=True)
    set_trial_user_attr = _retried(RDBStorage.set_trial_user_attr, write=True, of_trial=True)
    set_trial_system_attr = _retried(RDBStorage.set_trial_system_attr, write=True, of_trial=True)

    get_study_id_from_name = _retried(RDBStorage.get_study_id_from_name, write=False)
    get_study_name_from_id = _retried(RDBStorage.get_study_name_from_id, write=False)
    get_study_directions = _retried(RDBStorage.get_study_directions, write=False)
    get_study_user_attrs = _retried(RDBStorage.get_study_user_attrs, write=False)
    get_study_system_attrs = _retried(RDBStorage.get_study_system_attrs, write=False)
    get_all_studies = _retried(RDBStorage.get_all_studies, write=False)
    get_trial_id_from_study_id_trial_number = _retried(RDBStorage.get_trial_id_from_study_id_trial_number, write=False)
    get_trial_user_attrs = _retried(RDBStorage.get_trial_user_attrs, write=False, of_trial=True)
    get_trial_system_attrs = _retried(RDBStorage.get_trial_system_attrs, write=False, of_trial=True)
    get_trial_param = _retried(RDBStorage.get_trial_param, write=False, of_trial=True)
    get_trial = _retried(RDBStorage.get_trial, write=False, of_trial=True)
    _get_trials = _retried(RDBStorage._get_trials, write=False)
    _get_best_trial_id = _retried(RDBStorage._get_best_trial_id, write=False)
