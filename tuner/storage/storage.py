"""The storage of studies: Optuna's, with leases, epochs, workers, control and final steps beside it."""

import logging
from collections.abc import Callable
from dataclasses import dataclass

import optuna

from tuner.storage.control import Control
from tuner.storage.database import Database
from tuner.storage.engine import parse_url
from tuner.storage.epochs import Epochs
from tuner.storage.final_steps import FinalSteps
from tuner.storage.leases import Leases
from tuner.storage.optuna import OptunaStorage
from tuner.storage.parts import Parts
from tuner.storage.schema import check_file, prepare_tables
from tuner.storage.waiting import Outage, keep_trying
from tuner.storage.workers import Workers

_OPENING_PATIENCE_S = {"sqlite": 60.0, "postgresql": 3.0}  # others may be making the same tables; a server is there
_TURN_PATIENCE_S = 60.0


@dataclass(frozen=True, eq=False)
class Storage:
    """One database of studies, made by :func:`open_storage`.

    Attributes
    ----------
    database : Database
        Connections, transactions and the waiting for them.
    optuna : OptunaStorage
        What Optuna is given.
    leases, epochs, workers, control, parts, final_steps
        What there is beside Optuna's tables.
    """

    database: Database
    optuna: OptunaStorage
    leases: Leases
    epochs: Epochs
    workers: Workers
    control: Control
    parts: Parts
    final_steps: FinalSteps

    @property
    def shown_url(self) -> str:
        """The address without its password, for messages."""
        return self.database.shown_url

    def close(self) -> None:
        """Close the connections of this process."""
        self.database.close()

    def now(self) -> float:
        """Tell the time in seconds since 1970 by the database's clock."""
        return self.database.now()

    def delete_study(self, study_id: int) -> None:
        """Delete a study with everything stored about it.

        Raises
        ------
        KeyError
            If there is no such study.
        """
        self.optuna.delete_study(study_id)


def open_storage(
    url: str,
    *,
    create: bool = False,
    patience_s: Callable[[], float | None] | None = None,
    n_connections: int = 1,
) -> Storage:
    """Open a database of studies; one that an older version made is migrated.

    Parameters
    ----------
    url : str
        ``sqlite:///FILE`` or ``postgresql://USER:PASSWORD@HOST/DATABASE``.
    create : bool
        Whether to make the tables where they are missing; safe when many processes do so at once.
    patience_s : callable, optional
        Gives the seconds to wait for a database that does not answer, None for ever; asked again before each pause.
        By default it is a few seconds, as a person waits, and a minute where the server has too few connections.
    n_connections : int
        How many this process may have at once to a server: one for each thread that must not wait for the others.

    Returns
    -------
    Storage
        To be closed with ``close()``.

    Raises
    ------
    StorageError
        If the database cannot be opened, holds no studies, or is of a version that cannot be migrated now: one line
        without the password.
    """
    # Optuna prints on its own otherwise, beside the log of whoever opens the storage.
    optuna.logging.disable_default_handler()
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    optuna.logging.enable_propagation()
    # It warns of every cut connection with the whole statement, and what is waited for is said elsewhere.
    logging.getLogger("optuna.storages._rdb.storage").setLevel(logging.ERROR)
    address = parse_url(url)
    usual_s = _OPENING_PATIENCE_S[address.get_backend_name()]
    database = Database(address, n_connections)
    try:
        return keep_trying(
            lambda: _open(database, create=create),
            write=False,
            address=address,
            outage=Outage(),
            patience_s=patience_s or (lambda: _TURN_PATIENCE_S if database.is_short else usual_s),
        )
    except BaseException:
        database.close()
        raise


def _open(database: Database, *, create: bool) -> Storage:
    check_file(database.engine, create=create)
    prepare_tables(database.engine, create=create)
    database.identity.learn()
    optuna_storage = OptunaStorage(database)
    return Storage(
        database,
        optuna_storage,
        Leases(database, optuna_storage),
        Epochs(database),
        Workers(database),
        Control(database),
        Parts(database),
        FinalSteps(database),
    )
