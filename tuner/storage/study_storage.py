"""The storage of studies: Optuna's, with leases, epochs, workers and control."""

from collections.abc import Callable, Sequence
from typing import Any

import optuna
from optuna.exceptions import DuplicatedStudyError
from optuna.storages import RDBStorage
from optuna.storages._rdb import models
from optuna.study import StudyDirection
from sqlalchemy import URL, delete, select
from sqlalchemy.orm import Session

from tuner.errors import StorageError
from tuner.storage.claiming import ClaimingStorage
from tuner.storage.control import ControlStorage
from tuner.storage.engine import make_engine, parse_url, shown
from tuner.storage.epochs import EpochStorage
from tuner.storage.retry import Outage, keep_trying
from tuner.storage.schema import check_file, check_tables, create_tables
from tuner.storage.tables import database_now, of_study
from tuner.storage.workers import WorkerStorage

_OPENING_PATIENCE_S = {"sqlite": 60.0, "postgresql": 3.0}  # others may be making the same tables; a server is there


class StudyStorage(ClaimingStorage, EpochStorage, WorkerStorage, ControlStorage):
    """One database of studies; usable as Optuna's storage.

    Made by :func:`open_storage`.
    """

    def __reduce__(self) -> tuple[Any, ...]:
        # Held leases and set-up connections belong to this process: another opens its own.
        return open_storage, (self.address.render_as_string(hide_password=False),)

    def now(self) -> float:
        """Tell the time in seconds since 1970 by the database's clock."""
        return self._read(lambda session: session.execute(select(database_now())).scalar_one())

    def create_new_study(self, directions: Sequence[StudyDirection], study_name: str | None = None) -> int:
        """Make an empty study.

        Raises
        ------
        DuplicatedStudyError
            If there is one of this name.
        """
        repeated = False

        def once() -> int:
            nonlocal repeated
            again, repeated = repeated, True
            try:
                return RDBStorage.create_new_study(self, directions, study_name)
            except DuplicatedStudyError:
                if not again or study_name is None:
                    raise
                study_id = self.get_study_id_from_name(study_name)
                if self.find_control(study_id) is not None:
                    raise
                return study_id  # ours: the answer to its commit was lost, and nobody has gone on with it

        return self._patiently(once, write=True)

    def delete_study(self, study_id: int) -> None:
        """Delete a study with everything stored about it.

        Raises
        ------
        KeyError
            If there is no such study.
        """
        repeated = False

        def drop(session: Session) -> None:
            nonlocal repeated
            again, repeated = repeated, True
            if again and session.get(models.StudyModel, study_id) is None:
                return  # the answer to an earlier commit of ours was lost
            study = models.StudyModel.find_or_raise_by_id(study_id, session, for_update=True)
            for table in of_study:
                session.execute(delete(table).where(table.c.study_id == study_id))
            session.delete(study)

        self._write(drop)


def open_storage(
    url: str, *, create: bool = False, patience_s: Callable[[], float | None] | None = None
) -> StudyStorage:
    """Open a database of studies.

    Parameters
    ----------
    url : str
        ``sqlite:///FILE`` or ``postgresql://USER:PASSWORD@HOST/DATABASE``.
    create : bool
        Whether to make the tables where they are missing; safe when many processes do so at once.

    patience_s : callable, optional
        Gives the seconds to wait for a database that does not answer, None for ever; asked again before each pause.
        By default a few, as a person waits.

    Returns
    -------
    StudyStorage
        To be closed with ``close()``.

    Raises
    ------
    StorageError
        In one line without the password, if the database cannot be opened or holds no studies.
    """
    # Optuna prints on its own otherwise, beside the log of whoever opens the storage.
    optuna.logging.disable_default_handler()
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    optuna.logging.enable_propagation()
    address = parse_url(url)
    usual_s = _OPENING_PATIENCE_S[address.get_backend_name()]
    return keep_trying(
        lambda: _open(address, create=create),
        write=False,
        address=address,
        outage=Outage(),
        patience_s=patience_s or (lambda: usual_s),
    )


def _open(address: URL, *, create: bool) -> StudyStorage:
    engine = make_engine(address)
    try:
        check_file(engine, create=create)
        if create:
            create_tables(engine)
        check_tables(engine)
        return StudyStorage(address)
    except RuntimeError as error:  # Optuna's word for tables of another version
        raise StorageError(f"storage {shown(address)}: {error}") from error
    finally:
        engine.dispose()
