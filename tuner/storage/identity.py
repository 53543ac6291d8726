"""Whether a database is still the one that was opened: the same file, and the same token in it."""

import os
import sqlite3
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, event, select
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import InvalidatePoolError, SQLAlchemyError
from sqlalchemy.pool import ConnectionPoolEntry

from tuner.storage.engine import sqlite_file
from tuner.storage.tables import schema

_TOKEN = "SELECT token FROM tuner_schema"  # the same on both kinds of database

_OF_DROPPED_TABLES = ("cached plan must not change result type", "could not open relation with OID")
"""What a PostgreSQL server says in a connection that was open while the tables were restored."""

_File = tuple[int, int]
"""Device and inode."""


class AnotherDatabase(SQLAlchemyError):
    """At the address is not the database any more that was opened."""


class Identity:
    """What tells a database from every other that may take its place at the same address.

    A new connection is refused unless it finds the token of the database that was opened. That is enough on PostgreSQL,
    whose connections end with their database. SQLite goes on in a file that was deleted or replaced, and so every
    transaction begins with a look at the file's device and inode, and at those of its log.

    Parameters
    ----------
    engine : Engine
        Its connections are watched from now on.
    token : str or None
        Token of the database that was opened; None as long as any database will do.
    """

    def __init__(self, engine: Engine, token: str | None) -> None:
        self.token, self._engine = token, engine
        event.listen(engine, "connect", self._on_connect)
        event.listen(engine, "handle_error", _on_error)
        path = sqlite_file(engine.url)
        self._files = None if path is None else _Files(path.absolute())
        if self._files is not None:
            event.listen(engine, "do_connect", self._files.on_connecting)
            event.listen(engine, "connect", self._files.on_connect)
            event.listen(engine, "checkout", self._files.on_checkout)
            event.listen(engine, "begin", self._files.on_begin)
            event.listen(engine, "close", self._files.on_close)

    def close(self) -> None:
        """Close what is open beside the engine's connections."""
        if self._files is not None:
            self._files.close()

    def learn(self) -> None:
        """Take the database that is there for the one that was opened."""
        with self._engine.connect() as connection:
            self.token = connection.execute(select(schema.c.token)).scalar_one()

    def check(self) -> None:
        """Look at the database that is there.

        Raises
        ------
        AnotherDatabase
            If it is not the one that was opened.
        """
        if self.token is None:
            return
        with self._engine.connect() as connection:
            found = connection.execute(select(schema.c.token)).scalar()
        self._compare(found)

    def _on_connect(self, connection: Any, _: ConnectionPoolEntry) -> None:
        if self.token is None:
            return
        try:
            if self._files is None:
                connection.autocommit = True  # one message to the server instead of three
            cursor = connection.cursor()
            cursor.execute(_TOKEN)
            row = cursor.fetchone()
            cursor.close()
            self._compare(row and row[0])
        except Exception:
            connection.close()  # which the pool has not got yet
            raise

    def _compare(self, found: str | None) -> None:
        if found != self.token:
            raise AnotherDatabase("another database has taken the place of the one that was opened")


def _on_error(context: ExceptionContext) -> None:
    """Give up a connection for which the server has prepared statements about tables that are gone."""
    said = str(context.original_exception)
    if any(stale in said for stale in _OF_DROPPED_TABLES):
        context.is_disconnect = True


class _Files:
    """The files of a SQLite database, as its connections have opened them."""

    def __init__(self, path: Path) -> None:
        self._path, self._log = path, path.with_name(f"{path.name}-wal")
        self._opened: _File | None = None
        self._opened_log: int | None = None  # held open, so that no other file gets its inode
        self._uri = f"{path.as_uri()}?mode=rw"

    def _now(self) -> tuple[_File | None, _File | None]:
        return _file(self._path), _file(self._log)

    def on_connecting(self, _: Any, entry: ConnectionPoolEntry, arguments: list[Any], options: dict[str, Any]) -> None:
        """Open the file that is there; SQLite would make one where there is none."""
        found, log = self._now()
        if found is None:
            raise AnotherDatabase(f"{self._path} is gone")
        if self._opened_log is not None and found != self._opened and log == _identity(os.fstat(self._opened_log)):
            raise AnotherDatabase(
                f"{self._path} was replaced, and the log of the old file lies beside it: remove {self._log.name} and "
                f"{self._path.name}-shm if the new one is a copy"
            )
        arguments[0], options["uri"] = self._uri, True
        entry.info["opening"] = found

    def on_connect(self, connection: sqlite3.Connection, entry: ConnectionPoolEntry) -> None:
        """Note which files were opened."""
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()  # now the log is there, too
        found, log = self._now()
        if found != entry.info.pop("opening"):
            connection.close()
            raise AnotherDatabase(f"{self._path} was replaced while it was opened")
        entry.info["files"] = found, log
        if found != self._opened:
            self.close()
            self._opened, self._opened_log = found, None if log is None else os.open(self._log, os.O_RDONLY)

    def on_checkout(self, _: Any, entry: ConnectionPoolEntry, __: Any) -> None:
        """Have a connection opened anew whose files are not those at its path."""
        if entry.info["files"] != self._now():
            raise InvalidatePoolError

    def on_close(self, connection: sqlite3.Connection, entry: ConnectionPoolEntry) -> None:
        """Close a file that was written over in place.

        Who is the last to close it writes what its removed log holds into the new content, unless somebody reads that.
        """
        found, log = entry.info.get("files", (None, None))
        if found is not None and (now := self._now())[0] == found and now[1] != log:
            reader = sqlite3.connect(self._uri, uri=True, isolation_level=None)
            reader.execute("BEGIN")
            reader.execute("SELECT count(*) FROM sqlite_master").fetchone()
            connection.close()
            reader.close()

    def on_begin(self, connection: Connection) -> None:
        """Look again when SQLite's lock is ours, for which one may have waited."""
        if connection.info["files"] != self._now():
            raise AnotherDatabase(f"{self._path} was deleted or replaced")

    def close(self) -> None:
        """Close the log."""
        if self._opened_log is not None:
            os.close(self._opened_log)
        self._opened, self._opened_log = None, None


def _file(path: Path) -> _File | None:
    try:
        return _identity(path.stat())
    except OSError:
        return None


def _identity(status: os.stat_result) -> _File:
    return status.st_dev, status.st_ino
