"""What every test shares: real databases of both kinds."""

import os
import secrets
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from line import Line
from postgres_server import PostgresServer


def _program(name: str) -> str | None:
    installed = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    return shutil.which(name) or (str(installed[-1]) if installed else None)


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def _wait_for(server: PostgresServer, process: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + 30
    while True:
        try:
            server.connect().close()
            return
        except psycopg.OperationalError:
            if process.poll() is not None or time.monotonic() > deadline:
                pytest.fail(f"the PostgreSQL server did not start: {log.read_text()}")
            time.sleep(0.05)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """A PostgreSQL server of our own, gone after the tests."""
    initdb, postgres = _program("initdb"), _program("postgres")
    if initdb is None or postgres is None:
        if os.environ.get("TUNER_REQUIRE_POSTGRES"):
            pytest.fail("TUNER_REQUIRE_POSTGRES is set, but there are no programs initdb and postgres")
        pytest.skip("no programs initdb and postgres: install the PostgreSQL server")
    # The server refuses to run as root, so root hands it to the account its packages make.
    account = "postgres" if os.geteuid() == 0 else None
    groups: list[int] | None = [] if account else None
    folder = Path(tempfile.mkdtemp(prefix="tuner-postgres-"))
    server = PostgresServer("127.0.0.1", _free_port(), "tuner", secrets.token_hex(8))
    (folder / "password").write_text(server.password)
    if account:
        for path in (folder, folder / "password"):
            shutil.chown(path, account)
    try:
        authentication = ["--auth=scram-sha-256", f"--username={server.user}", f"--pwfile={folder / 'password'}"]
        subprocess.run(
            [initdb, "-D", folder / "data", "--no-sync", "--encoding=UTF8", "--locale=C", *authentication],
            check=True,
            capture_output=True,
            cwd=folder,
            user=account,
            extra_groups=groups,
        )
        settings = {"port": server.port, "listen_addresses": server.host, "unix_socket_directories": "", "fsync": "off"}
        settings["max_connections"] = 400
        flags = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        log = folder / "log"
        with log.open("wb") as out:
            process = subprocess.Popen(
                [postgres, "-D", folder / "data", *flags],
                stdout=out,
                stderr=out,
                cwd=folder,
                user=account,
                extra_groups=groups,
            )
        try:
            _wait_for(server, process, log)
            yield server
        finally:
            process.terminate()
            process.wait(timeout=30)
    finally:
        shutil.rmtree(folder)


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
