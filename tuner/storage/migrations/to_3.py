"""From schema 2 to 3: leases and epochs belong to a part of a trial, final steps have tables, a database a token."""

from typing import Any
from uuid import uuid4

from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    Double,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    false,
    insert,
    literal,
    null,
    select,
    text,
)

from tuner.errors import StorageError
from tuner.storage.engine import shown
from tuner.storage.machine import is_dead_here

_AT_WORK_S = 60.0
"""A worker that beat within so many seconds is at work."""

_NOW = {
    "postgresql": "CAST(EXTRACT(epoch FROM clock_timestamp()) AS DOUBLE PRECISION)",
    "sqlite": "((julianday('now') - 2440587.5) * 86400.0)",
}

_metadata = MetaData()

_SCHEMA = Table(
    "tuner_schema",
    _metadata,
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("token", String(32), nullable=False),
)

_CONTROL = Table(
    "tuner_control",
    _metadata,
    Column("study_id", Integer, primary_key=True, autoincrement=False),
    Column("command", String(8), nullable=False),
    Column("reason", Text),
    Column("failures", Integer, nullable=False),
    Column("trials", Integer, nullable=False),
    Column("timeout_s", Double),
    Column("created_at", Double, nullable=False),
    Column("started_at", Double),
    Column("halted_at", Double),
    Column("halted_s", Double, nullable=False),
    Column("last_edit", String(32)),
    Column("heard_at", Double),
)

_LEASES = Table(
    "tuner_leases",
    _metadata,
    Column("trial_id", Integer, primary_key=True, autoincrement=False),
    Column("part", String(16), primary_key=True),
    Column("study_id", Integer, nullable=False),
    Column("owner", String(32)),
    Column("worker_id", String(32)),
    Column("home", String(32)),
    Column("attempt", Integer, nullable=False),
    Column("beat", Double, nullable=False),
    Column("deaths", Integer, nullable=False),
    Column("losses", Integer, nullable=False),
    Column("to_stop", Boolean(create_constraint=False), nullable=False),
    Index("ix_tuner_leases_study_id", "study_id"),
    Index("ix_tuner_leases_owner", "owner"),
    Index("ix_tuner_leases_worker_id", "worker_id"),
)

_EPOCHS = Table(
    "tuner_epochs",
    _metadata,
    Column("trial_id", Integer, primary_key=True, autoincrement=False),
    Column("part", String(16), primary_key=True),
    Column("epoch", Integer, primary_key=True, autoincrement=False),
    Column("study_id", Integer, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("score", Double),
    Column("lr", Double, nullable=False),
    Column("seconds", Double, nullable=False),
    Column("metrics", Text, nullable=False),
    Column("at", Double, nullable=False),
    Index("ix_tuner_epochs_study_id", "study_id"),
)

_WORKERS = Table(
    "tuner_workers",
    _metadata,
    Column("worker_id", String(32), primary_key=True),
    Column("study_id", Integer, nullable=False),
    Column("host", Text, nullable=False),
    Column("pid", Integer, nullable=False),
    Column("machine", Text),
    Column("home", String(32)),
    Column("device", Text, nullable=False),
    Column("trial_number", Integer),
    Column("part", String(16)),
    Column("epoch", Integer),
    Column("memory_mb", Double),
    Column("training_s", Double, nullable=False),
    Column("working_s", Double, nullable=False),
    Column("stuck_at", Double),
    Column("leaving", Boolean(create_constraint=False), nullable=False),
    Column("gone", Boolean(create_constraint=False), nullable=False),
    Column("started_at", Double, nullable=False),
    Column("beat", Double, nullable=False),
    Index("ix_tuner_workers_study_id", "study_id"),
)

_PARTS = Table(
    "tuner_parts",
    _metadata,
    Column("trial_id", Integer, primary_key=True, autoincrement=False),
    Column("part", String(16), primary_key=True),
    Column("study_id", Integer, nullable=False),
    Column("key", String(64), nullable=False),
    Column("plan", String(32)),
    Column("planned_at", Double),
    Column("state", String(8), nullable=False),
    Column("reason", Text),
    Column("result", LargeBinary),
    Column("held_out", LargeBinary),
    Index("ix_tuner_parts_study_id", "study_id"),
)

_FINAL_STEPS = Table(
    "tuner_final_steps",
    _metadata,
    Column("study_id", Integer, primary_key=True, autoincrement=False),
    Column("owner", String(32), nullable=False),
    Column("command", String(8), nullable=False),
    Column("host", Text, nullable=False),
    Column("pid", Integer, nullable=False),
    Column("machine", Text),
    Column("beat", Double, nullable=False),
)


def migrate(connection: Connection) -> None:
    """Put all leases and epochs there are under the part "search", and tell the database from all others.

    Raises
    ------
    StorageError
        If workers of the old version are at work: their statements would not fit the new tables.
    """
    _refuse_workers(connection)
    _rebuild(connection, _LEASES, part=literal("search"), losses=literal(0))
    _rebuild(connection, _EPOCHS, part=literal("search"))
    _rebuild(connection, _WORKERS, part=null(), stuck_at=null(), leaving=false())
    _rebuild(connection, _SCHEMA, token=literal(uuid4().hex))
    # From now on the failures in a row are counted as they come: those there were are forgiven.
    _rebuild(connection, _CONTROL, failures=literal(0), created_at=literal(0.0), heard_at=null())
    _PARTS.create(connection)
    _FINAL_STEPS.create(connection)


def _refuse_workers(connection: Connection) -> None:
    running = text(
        "SELECT tuner_workers.host, tuner_workers.pid, tuner_workers.machine, studies.study_name "
        "FROM tuner_workers JOIN studies ON studies.study_id = tuner_workers.study_id "
        f"WHERE NOT gone AND abs({_NOW[connection.dialect.name]} - beat) < :at_work_s ORDER BY host, pid"
    )
    rows = connection.execute(running, {"at_work_s": _AT_WORK_S}).all()
    living = [row for row in rows if not is_dead_here(row.machine, row.pid)]
    if living:
        who = ", ".join(f"{row.host}:{row.pid}" for row in living)
        stops = " and ".join(f"`tuner stop {name}`" for name in sorted({row.study_name for row in living}))
        raise StorageError(
            f"storage {shown(connection.engine.url)} has schema 2, and workers of the older tuner are at work on it "
            f"({who}): run {stops} with that tuner first"
        )


def _rebuild(connection: Connection, table: Table, **added: Any) -> None:
    """Make a table anew with more columns; no database of ours can change a primary key in place by the same words."""
    kept = [column.name for column in table.c if column.name not in added]
    old = Table(f"{table.name}_2", MetaData(), *(Column(column.name, column.type) for column in table.c))
    connection.execute(text(f"CREATE TABLE {old.name} AS SELECT * FROM {table.name}"))
    connection.execute(text(f"DROP TABLE {table.name}"))
    table.create(connection)
    rows = select(*(old.c[name] for name in kept), *added.values())
    connection.execute(insert(table).from_select([*kept, *added], rows))
    connection.execute(text(f"DROP TABLE {old.name}"))
