"""Connections to PostgreSQL that give up on a server which has stopped answering.

The kernel notices a line that is dead. It cannot notice a server process that is frozen while its machine goes on
acknowledging what it is sent, so that the client has to count the seconds itself.
"""

import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

import psycopg

T = TypeVar("T")

ANSWER_S = 45.0
"""How long a server may be silent in the midst of a call. It is longer than it lets a statement wait for a lock."""

BRIEF_ANSWER_S = 10.0
"""The same for beats, which nobody should have to wait for."""

MIGRATION_ANSWER_S = 3600.0
"""The same while tables are rewritten."""

_limit_s: ContextVar[float | None] = ContextVar("limit_s", default=None)


class ServerSilent(psycopg.OperationalError):
    """The server has not answered for too long, and the connection to it is closed."""


class Connection(psycopg.Connection[Any]):
    """A connection whose every call ends with an error once the server is silent for too long."""

    def wait(self, gen: Generator[Any, Any, T], *args: Any, **kwargs: Any) -> T:
        """Wait for the server as psycopg does, within the deadline.

        Raises
        ------
        ServerSilent
            If the server sends and takes nothing for that long.
        """
        try:
            return super().wait(_while_answered(gen, _limit_s.get() or ANSWER_S), *args, **kwargs)
        except ServerSilent:
            self.close()
            raise


def connect(dialect: Any, record: Any, arguments: Any, keywords: Any) -> Connection:
    """Connect for SQLAlchemy, as a listener to its event ``do_connect``."""
    return Connection.connect(*arguments, **keywords)


@contextmanager
def answers_within(seconds: float) -> Iterator[None]:
    """Let the server be silent for so long in the calls of this block."""
    token = _limit_s.set(seconds)
    try:
        yield
    finally:
        _limit_s.reset(token)


def _while_answered(gen: Generator[Any, Any, T], limit_s: float) -> Generator[Any, Any, T]:
    """Go along with what waits for the socket, and end it where the socket has not been ready for so long.

    psycopg asks it again several times a second, ready or not.
    """
    try:
        wanted = next(gen)
        heard = time.monotonic()
        while True:
            ready = yield wanted
            if ready:
                heard = time.monotonic()
            elif time.monotonic() - heard > limit_s:
                raise ServerSilent(f"the server has not answered for {limit_s:.0f} s")
            wanted = gen.send(ready)
    except StopIteration as end:
        result: T = end.value
        return result
