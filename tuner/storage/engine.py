"""Addresses of databases, and connections set up for many workers."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError

from tuner.errors import StorageError
from tuner.storage.deadline import connect

_SUPPORTED = {
    "sqlite": "sqlite",
    "sqlite+pysqlite": "sqlite",
    "postgres": "postgresql+psycopg",
    "postgresql": "postgresql+psycopg",
    "postgresql+psycopg": "postgresql+psycopg",
}
_FORMS = "use sqlite:///FILE or postgresql://USER:PASSWORD@HOST/DATABASE"

# A frozen process must not hold locks for longer than 5 s; nobody should wait for a lock for longer than 40 s, which is
# said before the deadline of an answer; a peer that vanished without a word is noticed after 30 s.
_POSTGRES_OPTIONS = "-c idle_in_transaction_session_timeout=5000 -c lock_timeout=40000"
_POSTGRES_CONNECTION = {
    "connect_timeout": 5,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 4,
    "tcp_user_timeout": 30000,
}
_SQLITE_BUSY_S = 5  # as often as this it is looked who holds the lock; the waiting itself goes on as long as it takes

_writing: ContextVar[bool | None] = ContextVar("writing", default=None)  # None: nobody has said


def mask_url(url: str) -> str:
    """Hide the password of a database address, well-formed or not.

    Parameters
    ----------
    url : str
        The address as the user gave it.

    Returns
    -------
    str
        The address with ``***`` for every password in it.
    """
    if url.startswith("sqlite"):
        return url
    scheme, rest = re.fullmatch(r"([\w+.-]+:/+)?(.*)", url, flags=re.DOTALL).groups(default="")  # type: ignore[union-attr]
    without = scheme + re.sub(r"^([^:@]*):(.*)@", r"\1:***@", rest, flags=re.DOTALL)
    return re.sub(r"(password=)[^&]*", r"\1***", without, flags=re.IGNORECASE)


def shown(address: URL) -> str:
    """Write an address for messages, without its password."""
    return mask_url(str(address))


def parse_url(url: str) -> URL:
    """Check a database address and name its driver.

    Parameters
    ----------
    url : str
        ``sqlite:///FILE`` or ``postgresql://USER:PASSWORD@HOST/DATABASE``.

    Returns
    -------
    URL
        The address with the driver that this package is tested with.

    Raises
    ------
    StorageError
        If the address cannot be read, names another kind of database, or a database no second process can see.
    """
    scheme, separator, rest = url.partition("://")
    if not separator or scheme not in _SUPPORTED:
        raise StorageError(f"storage {mask_url(url)} is not supported: {_FORMS}")
    authority = re.split(r"[/?]", rest, maxsplit=1)[0]
    if authority.count("@") > 1 or (scheme != "sqlite" and "@" in rest.removeprefix(authority)):
        raise StorageError(f"storage {mask_url(url)} has a stray @ or /: write %40 or %2F for one in name or password")
    try:
        address = make_url(f"{_SUPPORTED[scheme]}://{rest}")
    except (ArgumentError, ValueError) as error:
        raise StorageError(f"storage {mask_url(url)} cannot be read as an address: {_FORMS}") from error
    if address.get_backend_name() == "sqlite":
        _check_sqlite_file(address)
    return address


def _check_sqlite_file(address: URL) -> None:
    if address.database in (None, "", ":memory:") or str(address.database).startswith("file:"):
        raise StorageError(f"storage {shown(address)} is not a file workers can share: use sqlite:///FILE")


def sqlite_file(address: URL) -> Path | None:
    """Name the file behind an address.

    Parameters
    ----------
    address : URL
        From :func:`parse_url`.

    Returns
    -------
    Path or None
        None for a database server.
    """
    return Path(str(address.database)) if address.get_backend_name() == "sqlite" else None


def engine_options(address: URL, n_connections: int) -> dict[str, Any]:
    """Give the settings of ``create_engine`` for an address.

    Parameters
    ----------
    address : URL
        From :func:`parse_url`.
    n_connections : int
        How many a process may have at once to a server; at rest it has one.

    Returns
    -------
    dict
        Keyword arguments.
    """
    if address.get_backend_name() == "sqlite":
        return {"connect_args": {"timeout": _SQLITE_BUSY_S}}
    options = f"{address.query.get('options', '')} {_POSTGRES_OPTIONS}".strip()
    return {
        "pool_size": 1,
        "max_overflow": n_connections - 1,
        "connect_args": {**_POSTGRES_CONNECTION, "options": options},
    }


def make_engine(address: URL, n_connections: int) -> Engine:
    """Open a pool of connections that begin their transactions as :func:`transactions` says.

    Parameters
    ----------
    address : URL
        From :func:`parse_url`.
    n_connections : int
        See :func:`engine_options`.

    Returns
    -------
    Engine
    """
    engine = create_engine(address, **engine_options(address, n_connections))
    if engine.name == "sqlite":
        event.listen(engine, "connect", _set_up_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    else:
        event.listen(engine, "do_connect", connect)
        event.listen(engine, "begin", _begin_postgres)
    return engine


def _set_up_sqlite(connection: Any, _: Any) -> None:
    # The driver's own transactions begin too late, after the reads that a write depends on: ours begin explicitly.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout={_SQLITE_BUSY_S * 1000}")
    cursor.execute("PRAGMA journal_mode=WAL")
    # What is committed is on the disk, at some milliseconds a commit: a finished trial's checkpoint is removed.
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    # A transaction that reads first and writes later fails at once ("database is locked") where another wrote in
    # between; one that takes the write lock at its start waits its turn. Readers need no lock and take none.
    connection.exec_driver_sql("BEGIN IMMEDIATE" if _writing.get() else "BEGIN")


def _begin_postgres(connection: Connection) -> None:
    # BEGIN and COMMIT are messages of their own, each of which has to travel to the server and back. What only reads
    # does without: each of its statements sees what is committed by then, as in a transaction of our level.
    driver: Any = connection.connection.driver_connection
    if driver.autocommit != (is_to_read := _writing.get() is False):
        driver.autocommit = is_to_read


@contextmanager
def transactions(*, write: bool) -> Iterator[None]:
    """Say what the transactions begun in this block are for.

    Parameters
    ----------
    write : bool
        True where a transaction may write: on SQLite it then takes the write lock as it begins.
    """
    token = _writing.set(write)
    try:
        yield
    finally:
        _writing.reset(token)
