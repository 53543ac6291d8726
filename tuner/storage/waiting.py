"""Waiting for a database that is away: what may be repeated, for how long, and what is said about it."""

import logging
import math
import random
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeVar

from optuna.exceptions import StorageInternalError
from sqlalchemy import URL
from sqlalchemy.exc import DBAPIError, IntegrityError, PendingRollbackError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from data_pipeline.running_time import running_s
from data_pipeline.steps import count_step
from tuner.errors import StorageAway, StorageError
from tuner.storage.connections import is_shortage
from tuner.storage.deadline import answers_within
from tuner.storage.engine import shown, sqlite_file, transactions
from tuner.storage.identity import AnotherDatabase
from tuner.storage.locks import describe_holders

T = TypeVar("T")

_log = logging.getLogger(__name__)
_jitter = random.Random()  # its own, so that waiting never moves the seeded generator of a trial

_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.05, 5.0
_LONGEST_WHERE_BRIEF_S = 1.0  # where there is little time, or others give up connections all the time
_NOTABLE_OUTAGE_S = 5.0
_BRIEFLY_S = 3.0
_REST = 20.0
_FROZEN_S = 30.0
_REPLACED_S = 60.0
"""How long another database may be in the place of ours, or none, before its processes give up."""

_brief: ContextVar[bool] = ContextVar("brief", default=False)

_TRANSIENT_SQLITE = (
    "SQLITE_BUSY",
    "SQLITE_LOCKED",
    "SQLITE_IOERR",
    "SQLITE_PROTOCOL",
)
# Classes of SQLSTATE: connection, rolled back (deadlock), resources, operator (shutdown, starting), system; then two
# single ones: lock not available, idle in transaction for too long.
_TRANSIENT_POSTGRES = ("08", "40", "53", "57", "58", "55P03", "25P03")
_REFUSALS = ("authentication failed", "does not exist", "no pg_hba.conf entry", "no password supplied")


class Outage:
    """Remembers when this process could not reach the database.

    While it could not, neither could it see other workers' beats, and perhaps they could not beat: after that
    nobody is judged silent for a while. Nor after this process itself was frozen.
    """

    def __init__(self) -> None:
        self._since: float | None = None
        self._ended: float | None = None
        self._ticked: float | None = None
        self._rests_until = -math.inf
        self._replaced: float | None = None

    def failed(self, fault: SQLAlchemyError | None, where: str) -> None:
        """Note a call that did not reach the database, and say at once if that has another in its place."""
        if self._since is None:
            self._since = time.monotonic()
        if isinstance(fault, AnotherDatabase) and self._replaced is None:
            self._replaced = running_s()
            _log.warning("storage %s: %s; waiting for the old one, for %.0f s", where, fault, _REPLACED_S)

    def recovered(self) -> None:
        """Note a call that did."""
        if self._since is not None and time.monotonic() - self._since > _NOTABLE_OUTAGE_S:
            self._ended = time.monotonic()
        self._since = self._replaced = None
        self._rests_until = -math.inf

    def rest(self, cost_s: float) -> None:
        """Note that a brief call gave up after so long: the next ones do so at once for many times as long.

        What is called briefly stands beside a training. It is to cost little of its time, however often it calls, and
        however long it takes to notice that nobody answers. The beats of another thread tell when that is over.
        """
        self._rests_until = running_s() + _REST * cost_s

    @property
    def is_resting(self) -> bool:
        """Whether brief calls are not worth their time."""
        return running_s() < self._rests_until

    def tick(self) -> None:
        """Be told every some seconds: a process that missed it stood still, and perhaps its whole machine."""
        if self._is_late():
            self._ended = time.monotonic()
        self._ticked = time.monotonic()

    def _is_late(self) -> bool:
        return self._ticked is not None and time.monotonic() - self._ticked > _FROZEN_S

    @property
    def is_final(self) -> bool:
        """Whether the database has been replaced for so long that it will not come back."""
        return self._replaced is not None and running_s() - self._replaced >= _REPLACED_S

    def within(self, seconds: float) -> bool:
        """Tell whether an outage worth the name goes on, or ended less than `seconds` ago."""
        if self._is_late():
            return True
        if self._since is not None and time.monotonic() - self._since > _NOTABLE_OUTAGE_S:
            return True
        return self._ended is not None and time.monotonic() - self._ended < seconds


def database_fault(error: BaseException) -> SQLAlchemyError | None:
    """Find the database's own error behind what Optuna made of it."""
    cause: BaseException | None = error
    while cause is not None and not isinstance(cause, SQLAlchemyError):
        cause = cause.__cause__
    return cause


def is_transient(fault: SQLAlchemyError | None) -> bool:
    """Tell a fault that goes away by itself from one that stays."""
    if isinstance(fault, (PendingRollbackError, PoolTimeout, AnotherDatabase)):
        return True
    if not isinstance(fault, DBAPIError):
        return False
    if isinstance(fault.orig, sqlite3.Error):
        name: str = getattr(fault.orig, "sqlite_errorname", None) or ""
        return fault.connection_invalidated or name.startswith(_TRANSIENT_SQLITE)
    state: str | None = getattr(fault.orig, "sqlstate", None)
    if state is not None:
        return fault.connection_invalidated or state.startswith(_TRANSIENT_POSTGRES)
    refused = any(refusal in str(fault.orig) for refusal in _REFUSALS)
    return fault.connection_invalidated or (
        type(fault).__name__ in ("OperationalError", "InterfaceError") and not refused
    )


def reason(fault: SQLAlchemyError | None, address: URL) -> str:
    """Put a fault into one line."""
    origin = fault.orig if isinstance(fault, DBAPIError) else fault
    path = sqlite_file(address)
    if path and getattr(origin, "sqlite_errorname", "").startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return f"another process is writing{describe_holders(path)}"
    line = " ".join(str(origin).split())[:300]
    return f"{line} (check user, password and database)" if any(refusal in line for refusal in _REFUSALS) else line


@contextmanager
def briefly() -> Iterator[None]:
    """Let the calls of this block give up after some seconds, whatever the patience of their storage.

    Long enough to replace connections that were cut, too short to wait for a database that is away.
    """
    token = _brief.set(True)
    try:
        with answers_within(_BRIEFLY_S):
            yield
    finally:
        _brief.reset(token)


def keep_trying(
    step: Callable[[], T], *, write: bool, address: URL, outage: Outage, patience_s: Callable[[], float | None]
) -> T:
    """Repeat a step that can be repeated until the database answers.

    Parameters
    ----------
    step : callable
        One transaction, or several of which each may be repeated.
    write : bool
        Whether its transactions write.
    address : URL
        Address of the database, for messages.
    outage : Outage
        Learns of failures and recoveries.
    patience_s : callable
        Seconds to wait in all, asked again before each pause; None is for ever.

    Returns
    -------
    object
        What the step returned.

    Raises
    ------
    StorageError
        If the fault stays.
    StorageAway
        If patience is over.
    """
    where = shown(address)
    if _brief.get() and outage.is_resting and not outage.is_final:
        raise StorageAway(f"storage {where} did not answer a moment ago")
    began = running_s()
    n_failed, pause, is_said = 0, _FIRST_PAUSE_S, False
    has_collided = False
    while True:
        count_step()  # each attempt ends before long, and as many as are needed are no standstill
        try:
            with transactions(write=write):
                result = step()
        except IntegrityError:
            # Where an earlier attempt failed, it may have been committed late: what is there is then this call's own.
            if n_failed == 0 or has_collided:
                raise
            has_collided = True
            continue
        except (SQLAlchemyError, StorageInternalError) as error:
            fault = database_fault(error)
            if not is_transient(fault):
                raise StorageError(f"storage {where}: {reason(fault, address)}") from error
            outage.failed(fault, where)
            if outage.is_final:
                raise StorageError(
                    f"storage {where}: {reason(fault, address)} (waited {_REPLACED_S:.0f} s): put the database back "
                    "that was there, or start again with this one"
                ) from error
            n_failed += 1
            # A brief call counts what its first attempt took, too.
            began = began if n_failed > 1 or _brief.get() else running_s()
            limit_s, waited_s = _BRIEFLY_S if _brief.get() else patience_s(), running_s() - began
            if limit_s is not None and waited_s >= limit_s:
                if _brief.get():
                    outage.rest(waited_s)
                what = f"does not answer (waited {waited_s:.0f} s, check address and server)"
                raise StorageAway(f"storage {where} {what}: {reason(fault, address)}") from error
            is_short = is_shortage(fault)  # of which has been said where it was noticed
            if n_failed == 2 and not (is_short or _brief.get()):  # a single cut connection is no event
                is_said = True
                _log.warning("waiting for storage %s: %s", where, reason(fault, address))
            time.sleep(pause * _jitter.uniform(0.5, 1.5))
            pause = min(2 * pause, _LONGEST_WHERE_BRIEF_S if is_short or _brief.get() else _LONGEST_PAUSE_S)
            continue
        outage.recovered()
        if is_said:
            _log.warning("storage %s is back after %.0f s", where, running_s() - began)
        return result
