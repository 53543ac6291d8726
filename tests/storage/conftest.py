"""A study in either kind of database."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import optuna
import pytest
from storage_play import Played

from tools.postgres import PostgresServer
from tuner.storage import Storage, open_storage


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with tables and nothing in them; a copy of it costs less than making them."""
    path = tmp_path_factory.mktemp("template") / "tuner.db"
    open_storage(f"sqlite:///{path}", create=True).close()
    return path


@pytest.fixture(scope="session")
def postgres_template(postgres_server: PostgresServer) -> str:
    """A database with tables and nothing in them."""
    name = postgres_server.create()
    open_storage(postgres_server.url(name), create=True).close()
    return name


@pytest.fixture
def prepared_sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    return f"sqlite:///{shutil.copy(sqlite_template, tmp_path)}"


@pytest.fixture
def prepared_postgres_url(postgres_server: PostgresServer, postgres_template: str) -> Iterator[str]:
    name = postgres_server.create(postgres_template)
    yield postgres_server.url(name)
    postgres_server.drop(name)


@pytest.fixture(params=["sqlite", "postgres"])
def prepared_url(request: pytest.FixtureRequest) -> str:
    """A fresh database with its tables, of either kind."""
    url: str = request.getfixturevalue(f"prepared_{request.param}_url")
    return url


@pytest.fixture
def opener(prepared_url: str) -> Iterator[Callable[[], Storage]]:
    """Open the test's database once more, as another process would."""
    with ExitStack() as stack:

        def again() -> Storage:
            storage = open_storage(prepared_url)
            stack.callback(storage.close)
            return storage

        yield again


@pytest.fixture
def storage(opener: Callable[[], Storage]) -> Storage:
    return opener()


@pytest.fixture
def played(storage: Storage) -> Played:
    study_id = storage.optuna.create_new_study([optuna.study.StudyDirection.MAXIMIZE], "study")
    storage.control.create(study_id, trials=20, timeout_s=None)
    return Played(storage, study_id, storage.workers.register(study_id, host="here", pid=1, device="cpu"))


@pytest.fixture
def postgres_played(prepared_postgres_url: str) -> Iterator[Played]:
    storage = open_storage(prepared_postgres_url)
    study_id = storage.optuna.create_new_study([], "study")
    storage.control.create(study_id, trials=20, timeout_s=None)
    yield Played(storage, study_id, storage.workers.register(study_id, host="here", pid=1, device="cpu"))
    storage.close()
