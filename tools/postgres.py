"""A throwaway PostgreSQL server, for benchmarks and tests."""

import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psutil
import psycopg

START_S = 30.0


@dataclass
class PostgresServer:
    """A server.

    Attributes
    ----------
    host, port, user, password
        How to reach it; the user may do everything.
    folder : Path
        Where its files are.
    command : list of str
        What it is started by.
    options : dict
        How: the account that it runs under, its environment.
    process : Popen
        The server as it was started last.
    """

    host: str
    port: int
    user: str
    password: str
    folder: Path
    command: list[str] = field(default_factory=list)
    options: dict[str, Any] = field(default_factory=dict)
    process: "subprocess.Popen[bytes]" = field(init=False)

    def start(self) -> None:
        """Start it, and wait until it can be reached.

        Raises
        ------
        RuntimeError
            If it does not start.
        """
        log = self.folder / "log"
        with log.open("ab") as out:
            # In a group of its own: Ctrl-C ends the benchmark first, then this server.
            self.process = subprocess.Popen(self.command, stdout=out, stderr=out, process_group=0, **self.options)
        deadline = time.monotonic() + START_S
        while not self._can_be_reached():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"the PostgreSQL server did not start: {log.read_text()}")
            time.sleep(0.05)

    def _can_be_reached(self) -> bool:
        try:
            self.connect().close()
        except psycopg.OperationalError:
            return False
        return True

    def kill(self) -> None:
        """Kill all of its processes at once, as the death of its machine does."""
        main = psutil.Process(self.process.pid)
        main.suspend()  # or it would start new ones
        processes = [main, *main.children()]
        for process in processes:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        psutil.wait_procs(processes)
        self.process.wait()

    def stop(self) -> None:
        """End it, whoever is connected, if it runs."""
        self.process.send_signal(signal.SIGINT)  # not SIGTERM: that waits for all clients to leave
        self.process.wait(timeout=START_S)

    def connect(self, database: str = "postgres") -> "psycopg.Connection[tuple[Any, ...]]":
        """Open a connection whose every statement is a transaction."""
        return psycopg.connect(
            host=self.host, port=self.port, user=self.user, password=self.password, dbname=database, autocommit=True
        )

    def url(self, name: str) -> str:
        """Return the address of a database for SQLAlchemy."""
        return f"postgresql+psycopg://{self.user}:{self.password}@{self.host}:{self.port}/{name}"

    def create(self, template: str = "template1") -> str:
        """Make a database and return its name."""
        name = f"t{secrets.token_hex(6)}"
        with self.connect() as connection:
            connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        return name

    def drop(self, name: str) -> None:
        """Remove a database, whoever is connected to it."""
        with self.connect() as connection:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")

    def cut(self, name: str) -> None:
        """End all connections to a database, as a restart of the server would."""
        others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s"
        with self.connect() as connection:
            connection.execute(others, [name])


@contextmanager
def throwaway_server(
    *, user: str = "tuner", fsync: bool = True, environment: Mapping[str, str] | None = None, **settings: object
) -> Iterator[PostgresServer]:
    """Run a server with an empty cluster in a temporary folder until the block ends.

    Parameters
    ----------
    user : str
        The superuser.
    fsync : bool
        Whether a commit waits for the disk, as it does wherever data count.
    environment : mapping of str to str, optional
        What its processes get beside this one's environment; not yet while its files are made.
    **settings
        More of the server's settings.

    Yields
    ------
    PostgresServer

    Raises
    ------
    FileNotFoundError
        If the server's programs are not installed.
    RuntimeError
        If it does not start.
    """
    # The server refuses to run as root, so root hands it to the account its packages make.
    account: dict[str, Any] = {"user": "postgres", "extra_groups": []} if os.geteuid() == 0 else {}
    folder = Path(tempfile.mkdtemp(prefix="tuner-postgres-"))
    server = PostgresServer("127.0.0.1", _free_port(), user, secrets.token_hex(8), folder)
    (folder / "password").write_text(server.password)
    if account:
        for path in (folder, folder / "password"):
            shutil.chown(path, account["user"])
    try:
        subprocess.run(
            [program("initdb"), "-D", str(folder / "data"), "--no-sync", "--encoding=UTF8", "--locale=C"]
            + ["--auth=scram-sha-256", f"--username={server.user}", f"--pwfile={folder / 'password'}"],
            check=True,
            stdout=subprocess.DEVNULL,
            cwd=folder,
            **account,
        )
        address = {"port": server.port, "listen_addresses": server.host, "unix_socket_directories": ""}
        all_settings = {**address, "max_connections": 400, "fsync": "on" if fsync else "off", **settings}
        flags = [word for name, value in all_settings.items() for word in ("-c", f"{name}={value}")]
        server.command = [program("postgres"), "-D", str(folder / "data"), *flags]
        server.options = {"cwd": folder, "env": {**os.environ, **(environment or {})}, **account}
        try:
            server.start()
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder)


def dump(url: str, path: Path) -> Path:
    """Write a copy of a database to a file, and return that."""
    _run_on(url, "pg_dump", "--format=custom", f"--file={path}")
    return path


def restore(url: str, copy: Path) -> None:
    """Take a database back to where it was when a copy was made of it, whoever is connected."""
    _run_on(url, "pg_restore", "--clean", "--single-transaction", str(copy))


def _run_on(url: str, name: str, *arguments: str) -> None:
    address = urlsplit(url)
    where = [f"--host={address.hostname}", f"--port={address.port}", f"--username={address.username}"]
    where.append(f"--dbname={address.path.strip('/')}")
    environment = {**os.environ, "PGPASSWORD": str(address.password)}
    subprocess.run([program(name), *where, *arguments], env=environment, check=True)


def program(name: str) -> str:
    """Find a program of the PostgreSQL server that is installed here.

    Raises
    ------
    FileNotFoundError
        If there is none.
    """
    installed = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    found = shutil.which(name) or (str(installed[-1]) if installed else None)
    if found is None:
        raise FileNotFoundError(f"there is no program {name}: install the PostgreSQL server")
    return found


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])
