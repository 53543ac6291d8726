"""One database: its connections, its transactions, and how long a call waits for it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from optuna.exceptions import StorageInternalError
from sqlalchemy import URL, make_url, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session, scoped_session, sessionmaker

from tuner.errors import LeaseLost, StorageAway, StudyError
from tuner.storage.connections import Turns
from tuner.storage.deadline import BRIEF_ANSWER_S, answers_within
from tuner.storage.engine import make_engine, shown
from tuner.storage.identity import AnotherDatabase, Identity
from tuner.storage.tables import database_now
from tuner.storage.waiting import Outage, database_fault, is_transient, keep_trying, reason

T = TypeVar("T")

_TURN_S = 6.0
"""How long a beat waits for a connection where there are too few: shorter than from one beat to the next."""


@dataclass(frozen=True)
class Transaction:
    """A transaction under way.

    Attributes
    ----------
    session : Session
        Runs the statements.
    is_repeat : bool
        Whether an earlier attempt of this same write may have been committed, and its answer lost. What the write
        finds in the database may then be its own work.
    """

    session: Session
    is_repeat: bool = False


class Database:
    """Reads and writes of one process, each a transaction that waits for a database that is away.

    Parameters
    ----------
    address : URL
        From :func:`tuner.storage.engine.parse_url`.
    n_connections : int
        How many this process may have at once to a server: one for each thread that must not wait for the others.
    token : str, optional
        Token of the database there; by default any will do.

    Attributes
    ----------
    engine : Engine
        The pool of connections.
    sessions : scoped_session
        One session a thread.
    identity : Identity
        Whether it is still the database that was opened.
    outage : Outage
        When this process could not reach the database.
    patience_s : float or None
        Seconds a call waits before it raises StorageAway; None is for ever. It may be changed while a call waits.
    shown_url : str
        The address without its password, for messages.
    """

    def __init__(self, address: URL, n_connections: int = 1, token: str | None = None) -> None:
        self.address, self._n_connections = address, n_connections
        self.shown_url = shown(address)
        self.engine = make_engine(address, n_connections)
        self.identity = Identity(self.engine, token)
        self._turns = Turns(self.engine, self.shown_url) if self.engine.name == "postgresql" else None
        self.sessions = scoped_session(sessionmaker(bind=self.engine))
        self.outage = Outage()
        self.patience_s: float | None = None

    def __reduce__(self) -> tuple[Any, ...]:
        # Connections belong to this process: another opens its own.
        return _database_at, (self.url, self._n_connections, self.identity.token)

    @property
    def url(self) -> str:
        """The address with its password, for other processes; never to be shown."""
        return self.address.render_as_string(hide_password=False)

    @property
    def is_short(self) -> bool:
        """Whether the server has too few connections at this time."""
        return self._turns is not None and self._turns.are_short

    def close(self) -> None:
        """Close the connections of this process."""
        self.sessions.remove()
        self.engine.dispose()
        self.identity.close()

    def now(self) -> float:
        """Tell the time in seconds since 1970 by the database's clock."""
        return self.read(lambda transaction: transaction.session.execute(select(database_now())).scalar_one())

    def read(self, work: Callable[[Transaction], T]) -> T:
        """Run `work` in one transaction that only reads, for as long as it takes."""

        def once() -> T:
            with self.sessions() as session, session.begin():
                return work(Transaction(session))

        return self._keep_trying(once, write=False)

    def write(self, work: Callable[[Transaction], T]) -> T:
        """Run `work` in one transaction for as long as it takes.

        Where the database commits and its answer is lost, `work` runs again and is told so by its transaction.

        Raises
        ------
        StorageError
            If the database refuses.
        StorageAway
            If it does not answer for as long as `patience_s` says.
        """
        may_be_committed = False

        def once() -> T:
            nonlocal may_be_committed
            with self.sessions() as session, session.begin():
                result = work(Transaction(session, may_be_committed))
                session.flush()
                may_be_committed = True  # what comes now is the commit, whose answer may get lost
            return result

        return self._keep_trying(once, write=True)

    def try_to_write(self, work: Callable[[Transaction], T], *, otherwise: T) -> T:
        """Run `work` in one transaction, once; where the database is away, return `otherwise`.

        Where it only has too few connections, a turn is waited for, if not for long.
        """
        return self._try(work, write=True, otherwise=otherwise)

    def try_to_read(self, work: Callable[[Transaction], T], *, otherwise: T) -> T:
        """Do the same in a transaction that only reads."""
        return self._try(work, write=False, otherwise=otherwise)

    def _try(self, work: Callable[[Transaction], T], *, write: bool, otherwise: T) -> T:
        def once() -> T:
            with self.sessions() as session, session.begin():
                return work(Transaction(session))

        try:
            with answers_within(BRIEF_ANSWER_S):
                return self._keep_trying(once, write=write, patience_s=lambda: _TURN_S if self.is_short else 0.0)
        except StorageAway:
            return otherwise

    def repeat(self, step: Callable[[bool], T], *, write: bool) -> T:
        """Run a step that makes its own transactions, as Optuna's methods do, until the database answers.

        Parameters
        ----------
        step : callable
            Takes what :class:`Transaction` calls `is_repeat`. Where in the step the database failed cannot be seen,
            so that every attempt but the first is such a repeat.
        write : bool
            Whether the step writes.
        """
        is_repeat = False

        def once() -> T:
            nonlocal is_repeat
            was_repeat, is_repeat = is_repeat, True
            return step(was_repeat)

        return self._keep_trying(once, write=write)

    def _keep_trying(
        self, once: Callable[[], T], *, write: bool, patience_s: Callable[[], float | None] | None = None
    ) -> T:
        return keep_trying(
            lambda: self._in_ours(once),
            write=write,
            address=self.address,
            outage=self.outage,
            patience_s=patience_s or (lambda: self.patience_s),
        )

    def _in_ours(self, once: Callable[[], T]) -> T:
        """Run a transaction; where something is not as it should be, look whether this is still our database."""
        try:
            return once()
        except (LeaseLost, StudyError):
            self._check_identity()
            raise
        except (SQLAlchemyError, StorageInternalError) as error:
            if not is_transient(database_fault(error)):
                self._check_identity()
            raise

    def _check_identity(self) -> None:
        try:
            self.identity.check()
        except SQLAlchemyError as error:
            if is_transient(error):
                raise
            raise AnotherDatabase(reason(error, self.address)) from error


def _database_at(url: str, n_connections: int, token: str | None) -> Database:
    return Database(make_url(url), n_connections, token)
