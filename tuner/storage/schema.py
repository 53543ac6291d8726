"""Making the tables, and refusing a database whose tables do not fit."""

from collections.abc import Iterator
from contextlib import contextmanager

from optuna.storages._rdb import models
from optuna.storages._rdb.storage import _VersionManager
from sqlalchemy import Engine, func, insert, inspect, select
from sqlalchemy.orm import scoped_session, sessionmaker

from tuner.errors import StorageError
from tuner.storage.engine import shown, sqlite_file, transactions
from tuner.storage.tables import SCHEMA_VERSION, metadata, schema, studies

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
    if path is None or path.is_file():
        return
    if path.exists():
        raise StorageError(f"storage {shown(engine.url)} is not a file: name a file")
    if not create:
        raise StorageError(f"no studies in {shown(engine.url)}: run tuner create")
    if not path.parent.is_dir():
        raise StorageError(
            f"storage {shown(engine.url)}: folder {path.parent} does not exist: make it, or name another"
        )


def create_tables(engine: Engine) -> None:
    """Make what is missing of Optuna's tables and ours; many processes may do so at once.

    Parameters
    ----------
    engine : Engine
        From :func:`tuner.storage.engine.make_engine`.
    """
    with _creation_lock(engine):
        with transactions(write=True), engine.begin() as connection:
            models.BaseModel.metadata.create_all(connection)
            metadata.create_all(connection)
            if connection.scalar(select(schema.c.version)) is None:
                connection.execute(insert(schema).values(version=SCHEMA_VERSION))
        # Stamps Optuna's own version. It reads on one connection while it asks on another, so SQLite's write lock
        # must not be taken here; where two processes meet, one is told to try again, and may.
        _VersionManager(str(engine.url), engine, scoped_session(sessionmaker(bind=engine)))


def check_tables(engine: Engine) -> None:
    """Refuse a database without our tables, or with those of another version.

    Parameters
    ----------
    engine : Engine
        From :func:`tuner.storage.engine.make_engine`.

    Raises
    ------
    StorageError
        Saying what to do.
    """
    if not {studies.name, schema.name} <= set(inspect(engine).get_table_names()):
        raise StorageError(f"no studies in {shown(engine.url)}: run tuner create")
    with engine.connect() as connection:
        version = connection.scalar(select(schema.c.version))
    if version is None:
        raise StorageError(f"no studies in {shown(engine.url)}: run tuner create")
    if version != SCHEMA_VERSION:
        what_to_do = "update tuner" if version > SCHEMA_VERSION else "use another database, or the tuner that made it"
        raise StorageError(
            f"storage {shown(engine.url)} has schema {version}, this tuner knows {SCHEMA_VERSION}: {what_to_do}"
        )


@contextmanager
def _creation_lock(engine: Engine) -> Iterator[None]:
    # SQLite's write lock serves there. On PostgreSQL two CREATE TABLE IF NOT EXISTS at once can both fail.
    if engine.name != "postgresql":
        yield
        return
    # Outside of a transaction, or the server would end this connection as idle in one.
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(select(func.pg_advisory_lock(_CREATION_LOCK)))
        try:
            yield
        finally:
            connection.execute(select(func.pg_advisory_unlock(_CREATION_LOCK)))
