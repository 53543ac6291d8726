"""Our tables, and the database's clock; Optuna's tables are named in `optuna.py`."""

from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, Column, DateTime, Double, Integer, LargeBinary, MetaData, String, Table, Text
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import GenericFunction

SCHEMA_VERSION = 3
"""To be raised with every change of these tables, and a step added to `migrations`."""

metadata = MetaData()

schema = Table(
    "tuner_schema",
    metadata,
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("token", String(32), nullable=False),  # random: tells this database from every other
)

leases = Table(
    "tuner_leases",
    metadata,
    Column("trial_id", Integer, primary_key=True, autoincrement=False),
    Column("part", String(16), primary_key=True),  # of the trial's training: "search", or one of the final step
    Column("study_id", Integer, nullable=False, index=True),
    Column("owner", String(32), index=True),  # a fresh token for each claim; NULL: handed back
    Column("worker_id", String(32), index=True),
    Column("home", String(32)),  # where its last worker kept checkpoints; NULL: anywhere
    Column("attempt", Integer, nullable=False),  # 1 is the first; 0: no worker has had it yet
    Column("beat", Double, nullable=False),  # seconds since 1970; 0: its worker is known to be dead
    Column("deaths", Integer, nullable=False),  # workers it took down since its last epoch
    Column("losses", Integer, nullable=False),  # workers that were lost with it since then, by no fault of its own
    Column("to_stop", Boolean(create_constraint=False), nullable=False),  # somebody asked for its end
)

epochs = Table(
    "tuner_epochs",
    metadata,
    Column("trial_id", Integer, primary_key=True, autoincrement=False),
    Column("part", String(16), primary_key=True),
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
    Column("part", String(16)),
    Column("epoch", Integer),
    Column("memory_mb", Double),
    Column("training_s", Double, nullable=False),  # in forward, backward and optimizer step
    Column("working_s", Double, nullable=False),  # all but waiting
    Column("stuck_at", Double),  # its last step, where the next one is overdue
    Column("leaving", Boolean(create_constraint=False), nullable=False),  # it was told to, and will as soon as it can
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
    Column("failures", Integer, nullable=False),  # in a row, since somebody let it run
    Column("trials", Integer, nullable=False),
    Column("timeout_s", Double),
    Column("created_at", Double, nullable=False),  # 0: before this was noted
    Column("started_at", Double),
    Column("halted_at", Double),  # NULL: the study's clock runs
    Column("halted_s", Double, nullable=False),  # of earlier pauses, since the first trial
    Column("last_edit", String(32)),  # token of the last addition, so that none is made twice
    Column("heard_at", Double),  # silences of all workers are left out of the study's time up to here
)

parts = Table(
    "tuner_parts",
    metadata,
    Column("trial_id", Integer, primary_key=True, autoincrement=False),
    Column("part", String(16), primary_key=True),
    Column("study_id", Integer, nullable=False, index=True),
    Column("key", String(64), nullable=False),  # tells the results of one training from those of another
    Column("plan", String(32)),  # token of the final step that wants it; NULL: none, its result was found elsewhere
    Column("planned_at", Double),
    Column("state", String(8), nullable=False),  # waiting, running, done or failed
    Column("reason", Text),  # why it failed
    Column("result", LargeBinary),  # may be big: read for one part at a time
    Column("held_out", LargeBinary),  # predictions of its fold, which are small: read for all parts of a study
)

final_steps = Table(
    "tuner_final_steps",
    metadata,
    Column("study_id", Integer, primary_key=True, autoincrement=False),
    Column("owner", String(32), nullable=False),  # a fresh token for each process that runs the final step
    Column("command", String(8), nullable=False),
    Column("host", Text, nullable=False),
    Column("pid", Integer, nullable=False),
    Column("machine", Text),  # NULL: cannot be told apart from others
    Column("beat", Double, nullable=False),
)

of_study = (leases, epochs, workers, control, parts, final_steps)
"""The tables with a ``study_id``: what goes when a study goes."""

of_trial = (leases, epochs, parts)
"""The tables with a ``trial_id``: what goes when a trial goes."""


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


class database_datetime(GenericFunction[datetime]):
    """The same moment as Optuna stores the times of its trials: without a zone, in UTC."""

    type = DateTime()
    inherit_cache = True
    name = "database_datetime"


@compiles(database_datetime, "postgresql")
def _postgres_datetime(element: database_datetime, compiler: Any, **_: Any) -> str:
    return "(clock_timestamp() AT TIME ZONE 'UTC')"


@compiles(database_datetime, "sqlite")
def _sqlite_datetime(element: database_datetime, compiler: Any, **_: Any) -> str:
    return "(strftime('%Y-%m-%d %H:%M:%f', 'now') || '000')"
