"""Making the tables, bringing those of an older version up to date, and refusing what does not fit."""

import logging
from uuid import uuid4

from sqlalchemy import Connection, Engine, func, insert, inspect, select

from tuner.errors import StorageError
from tuner.storage.deadline import MIGRATION_ANSWER_S, answers_within
from tuner.storage.engine import shown, sqlite_file, transactions
from tuner.storage.migrations import OLDEST_VERSION, migrate
from tuner.storage.optuna import check_optuna_version, create_optuna_tables, studies
from tuner.storage.tables import SCHEMA_VERSION, metadata, schema

_log = logging.getLogger(__name__)

_CREATION_LOCK = 7_465_696_901  # any number, as long as every starting process asks for the same


def check_file(engine: Engine, *, create: bool) -> None:
    """Refuse a SQLite file that is not there before SQLite makes an empty one.

    Parameters
    ----------
    engine : Engine
        Not yet connected.
    create : bool
        Whether the file may be made.

    Raises
    ------
    StorageError
        If the file is missing, or its folder is.
    """
    path = sqlite_file(engine.url)
    if path is None:
        return
    if path.exists():  # asked first, as another process may be making the file
        if not path.is_file():
            raise StorageError(f"storage {shown(engine.url)} is not a file: name a file")
        return
    if not create:
        raise StorageError(f"no studies in {shown(engine.url)}: run tuner create")
    if not path.parent.is_dir():
        raise StorageError(
            f"storage {shown(engine.url)}: folder {path.parent} does not exist: make it, or name another"
        )
    path.touch()  # connections open a file that is there, and never make one


def prepare_tables(engine: Engine, *, create: bool) -> None:
    """See to it that a database has the tables of this version; many processes may do so at once.

    Parameters
    ----------
    engine : Engine
        From :func:`tuner.storage.engine.make_engine`.
    create : bool
        Whether to make the tables where there are none.

    Raises
    ------
    StorageError
        Saying what to do.
    """
    with engine.connect() as connection:
        version = _version(connection)
    if version is None and not create:
        raise StorageError(f"no studies in {shown(engine.url)}: run tuner create")
    _check_version(engine, version)
    if version is None:
        _create(engine)
    elif version < SCHEMA_VERSION:
        _migrate(engine)
    with engine.connect() as connection:
        check_optuna_version(connection)


def _create(engine: Engine) -> None:
    """Make in one transaction what is missing of Optuna's tables and ours."""
    with transactions(write=True), engine.begin() as connection:
        _lock_tables(connection)
        create_optuna_tables(connection)
        metadata.create_all(connection)
        if _version(connection) is None:
            connection.execute(insert(schema).values(version=SCHEMA_VERSION, token=uuid4().hex))


def _migrate(engine: Engine) -> None:
    """Do in one transaction what another process has not done meanwhile."""
    with transactions(write=True), engine.begin() as connection:
        _lock_tables(connection)
        version = _version(connection)
        _check_version(engine, version)
        if version is not None and version < SCHEMA_VERSION:
            with answers_within(MIGRATION_ANSWER_S):
                migrate(connection, version, SCHEMA_VERSION)
            _log.info("storage %s is migrated from schema %d to %d", shown(engine.url), version, SCHEMA_VERSION)


def _version(connection: Connection) -> int | None:
    """Read which version the tables are of; None where there are none of ours."""
    if not {studies.name, schema.name} <= set(inspect(connection).get_table_names()):
        return None
    return connection.scalar(select(schema.c.version))


def _check_version(engine: Engine, version: int | None) -> None:
    if version is None or OLDEST_VERSION <= version <= SCHEMA_VERSION:
        return
    what_to_do = "update tuner" if version > SCHEMA_VERSION else "use another database, or the tuner that made it"
    raise StorageError(
        f"storage {shown(engine.url)} has schema {version}, this tuner knows {SCHEMA_VERSION}: {what_to_do}"
    )


def _lock_tables(connection: Connection) -> None:
    # SQLite's write lock serves there. On PostgreSQL two CREATE TABLE IF NOT EXISTS at once can both fail.
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(_CREATION_LOCK)))
