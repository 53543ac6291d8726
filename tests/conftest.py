"""What every test shares: real databases of both kinds, a small data set, a small study, and the command line."""

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tuner_command import STUDY, Tuner

from data_pipeline import Cache, prepare
from tools.line import Line
from tools.postgres import PostgresServer, throwaway_server

# A shell has its background jobs ignore Ctrl-C, and so would every process that these tests start and interrupt.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """A PostgreSQL server of our own, gone after the tests."""
    try:
        with throwaway_server(fsync=False) as server:
            yield server
    except FileNotFoundError as error:
        if os.environ.get("TUNER_REQUIRE_POSTGRES"):
            pytest.fail(f"TUNER_REQUIRE_POSTGRES is set, but {error}")
        pytest.skip(str(error))


@pytest.fixture
def postgres_url(postgres_server: PostgresServer) -> Iterator[str]:
    """The address of a fresh PostgreSQL database."""
    database = postgres_server.create()
    yield postgres_server.url(database)
    postgres_server.drop(database)


@pytest.fixture
def line(postgres_server: PostgresServer) -> Iterator[Line]:
    """A line to the server that can be cut and mended."""
    line = Line(postgres_server.host, postgres_server.port)
    yield line
    line.close()


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """The address of a SQLite database that is not there yet."""
    return f"sqlite:///{tmp_path / 'tuner.db'}"


@pytest.fixture(params=["sqlite", "postgres"])
def storage_url(request: pytest.FixtureRequest) -> str:
    """The address of a fresh database, of either kind."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Cache:
    """Sixty synthetic recordings and a test part."""
    return prepare("synthetic:60:1", tmp_path_factory.mktemp("data") / "cache")


@pytest.fixture
def tuner(tmp_path: Path, storage_url: str) -> Tuner:
    """The command line on a fresh database of either kind."""
    return Tuner(tmp_path, storage_url)


@pytest.fixture
def sqlite_tuner(tmp_path: Path, sqlite_url: str) -> Tuner:
    """The command line on a fresh SQLite database."""
    return Tuner(tmp_path, sqlite_url)


@pytest.fixture
def study_file(tmp_path: Path) -> Callable[..., Path]:
    """Write a small study file."""

    def write(
        trials: int = 2, epochs: int = 2, pruner: str = '{ kind = "none" }', study: str = "", space: str = ""
    ) -> Path:
        path = tmp_path / "small.toml"
        path.write_text(STUDY.format(trials=trials, epochs=epochs, pruner=pruner, study=study, space=space))
        return path

    return write
