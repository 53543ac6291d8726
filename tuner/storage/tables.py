"""Our tables beside Optuna's, and the database's clock."""

from typing import Any

from optuna.storages._rdb import models
from sqlalchemy import Boolean, Column, Double, Integer, MetaData, String, Table, Text
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import GenericFunction

SCHEMA_VERSION = 2

studies: Table = models.StudyModel.__table__
trials: Table = models.TrialModel.__table__
reports: Table = models.TrialIntermediateValueModel.__table__
trial_system_attributes: Table = models.TrialSystemAttributeModel.__table__

metadata = MetaData()

schema = Table("tuner_schema", metadata, Column("version", Integer, primary_key=True, autoincrement=False))

leases = Table(
    "tuner_leases",
    metadata,
    Column("trial_id", Integer, primary_key=True, autoincrement=False),
    Column("study_id", Integer, nullable=False, index=True),
    Column("owner", String(32), index=True),  # a fresh token for each claim; NULL: handed back
    Column("worker_id", String(32), index=True),
    Column("home", String(32)),  # where its last worker kept checkpoints; NULL: anywhere
    Column("attempt", Integer, nullable=False),  # 1 is the first; 0: no worker has had this trial yet
    Column("beat", Double, nullable=False),  # seconds since 1970; 0: its worker is known to be dead
    Column("deaths", Integer, nullable=False),  # workers it took down since its last epoch
    Column("to_stop", Boolean(create_constraint=False), nullable=False),  # somebody asked for its end
)

epochs = Table(
    "tuner_epochs",
    metadata,
    Column("trial_id", Integer, primary_key=True, autoincrement=False),
    Column("epoch", Integer, primary_key=True, autoincrement=False),
    Column("study_id", Integer, nullable=False, index=True),
    Column("attempt", Integer, nullable=False),
    Column("score", Double),  # NULL: not a number, which SQLite cannot store
    Column("lr", Double, nullable=False),
    Column("seconds", Double, nullable=False),
    Column("metrics", Text, nullable=False),  # JSON
    Column("at", Double, nullable=False),
)

workers = Table(
    "tuner_workers",
    metadata,
    Column("worker_id", String(32), primary_key=True),
    Column("study_id", Integer, nullable=False, index=True),
    Column("host", Text, nullable=False),
    Column("pid", Integer, nullable=False),
    Column("machine", Text),  # NULL: cannot be told apart from others
    Column("home", String(32)),  # where it keeps checkpoints
    Column("device", Text, nullable=False),
    Column("trial_number", Integer),
    Column("epoch", Integer),
    Column("memory_mb", Double),
    Column("training_s", Double, nullable=False),  # in forward, backward and optimizer step
    Column("working_s", Double, nullable=False),  # all but waiting
    Column("gone", Boolean(create_constraint=False), nullable=False),
    Column("started_at", Double, nullable=False),
    Column("beat", Double, nullable=False),
)

control = Table(
    "tuner_control",
    metadata,
    Column("study_id", Integer, primary_key=True, autoincrement=False),
    Column("command", String(8), nullable=False),
    Column("reason", Text),  # why the study stopped itself
    Column("failures_seen", Integer, nullable=False),  # failed trials there were when somebody let it go on
    Column("trials", Integer, nullable=False),
    Column("timeout_s", Double),
    Column("started_at", Double),
    Column("halted_at", Double),  # NULL: the study's clock runs
    Column("halted_s", Double, nullable=False),  # of earlier pauses, since the first trial
    Column("last_edit", String(32)),  # token of the last addition, so that none is made twice
)

of_study = (leases, epochs, workers, control)
"""The tables with a ``study_id``: what goes when a study goes."""


class database_now(GenericFunction[float]):
    """Seconds since 1970 by the database's clock: no two machines need agree on the time."""

    type = Double()
    inherit_cache = True
    name = "database_now"


@compiles(database_now, "postgresql")
def _postgres_now(element: database_now, compiler: Any, **_: Any) -> str:
    return "CAST(EXTRACT(epoch FROM clock_timestamp()) AS DOUBLE PRECISION)"


@compiles(database_now, "sqlite")
def _sqlite_now(element: database_now, compiler: Any, **_: Any) -> str:
    return "((julianday('now') - 2440587.5) * 86400.0)"
