"""How many connections a process has to a PostgreSQL server, and for how long it keeps one to itself.

A server has few connections, and a fleet many workers. So a process keeps one at rest, and opens a second only while it
needs two at once. Every some seconds it looks whether the server has any left for others. Where it has none, or has
refused one, connections are given up after every transaction: those that wait get their turn, since whoever comes back
has to wait as they do.
"""

import logging
import math
import re
import time
from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import DBAPIError, DisconnectionError
from sqlalchemy.pool import ConnectionPoolEntry

_log = logging.getLogger(__name__)

LOOK_S = 10.0
"""Seconds from one look for free connections to the next."""

SHORT_S = 60.0
"""How long a server is held to be short of connections after it had none left."""

PING_S = 5.0
"""After so long without use, it is asked whether a connection is still there."""

_N_FREE = """
SELECT least(
    current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
        - coalesce(current_setting('reserved_connections', true)::int, 0) - count(*),
    (SELECT datconnlimit FROM pg_database WHERE datname = current_database() AND datconnlimit >= 0)
        - count(*) FILTER (WHERE datname = current_database()),
    (SELECT rolconnlimit FROM pg_roles WHERE rolname = session_user AND rolconnlimit >= 0)
        - count(*) FILTER (WHERE usename = session_user)
) FROM pg_stat_activity WHERE datid IS NOT NULL
"""

_TOO_MANY = "53300"
_REFUSALS = re.compile(
    "too many (clients|connections)|connection slots are reserved"  # PostgreSQL: of the server, a role or a database
    "|no more connections allowed|query_wait_timeout|max client|clients reached",  # connection poolers
    re.IGNORECASE,
)


def is_shortage(fault: BaseException | None) -> bool:
    """Tell whether a server refused a connection because it has too few."""
    origin = fault.orig if isinstance(fault, DBAPIError) else fault
    return getattr(origin, "sqlstate", None) == _TOO_MANY or _REFUSALS.search(str(origin)) is not None


class Turns:
    """When the connections of one engine are given up for others.

    Parameters
    ----------
    engine : Engine
        Of a PostgreSQL database; its connections are watched from now on.
    shown_url : str
        The address without its password, for messages.
    """

    def __init__(self, engine: Engine, shown_url: str) -> None:
        self._engine, self._shown_url = engine, shown_url
        self._none_left_at = self._said_at = -math.inf
        event.listen(engine, "connect", self._on_connect)
        event.listen(engine, "checkout", self._on_checkout)
        event.listen(engine, "checkin", self._on_checkin)
        event.listen(engine, "handle_error", self._on_error)

    @property
    def are_short(self) -> bool:
        """Whether the server had none left a moment ago."""
        return time.monotonic() - self._none_left_at < SHORT_S

    def _on_error(self, context: ExceptionContext) -> None:
        if not is_shortage(context.original_exception):
            return
        self._none_left_at = time.monotonic()
        if self._none_left_at - self._said_at > SHORT_S:
            self._said_at = self._none_left_at
            _log.warning(
                "storage %s has too few connections, waiting for a turn: %s (fewer --workers wait less, and so do they "
                "with a higher max_connections or limit of the role)",
                *(self._shown_url, " ".join(str(context.original_exception).split())[:300]),
            )

    def _on_connect(self, _: Any, entry: ConnectionPoolEntry) -> None:
        entry.info["used_at"] = entry.info["looked_at"] = time.monotonic()

    def _on_checkout(self, connection: Any, entry: ConnectionPoolEntry, _: Any) -> None:
        if time.monotonic() - entry.info["used_at"] > PING_S:
            try:
                self._engine.dialect.do_ping(connection)
            except self._engine.dialect.loaded_dbapi.Error as error:
                raise DisconnectionError from error

    def _on_checkin(self, connection: Any, entry: ConnectionPoolEntry) -> None:
        if connection is None:  # it broke
            return
        entry.info["used_at"] = now = time.monotonic()
        if not self.are_short and now - entry.info["looked_at"] > LOOK_S:
            entry.info["looked_at"] = now
            self._look(connection)
        if self.are_short:
            entry.invalidate()

    def _look(self, connection: Any) -> None:
        """Look whether the server has connections left, as far as it tells."""
        try:
            connection.autocommit = True
            (n_free,) = connection.execute(_N_FREE).fetchone()
        except self._engine.dialect.loaded_dbapi.Error as error:
            _log.debug("the server does not tell its connections: %s", error)  # its next use will show what is wrong
        else:
            if n_free <= 0:
                self._none_left_at = time.monotonic()
