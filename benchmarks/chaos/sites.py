"""The databases, and what can happen to them and on the way to them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import psutil
import psycopg
from sqlalchemy import make_url

from benchmarks.chaos.preload import Preload
from benchmarks.chaos.scene import Dealt, Scene
from tools.line import Line
from tools.postgres import PostgresServer

DATABASE = "database"
"""The disk of the database, as `Preload` calls it."""


class Site(ABC):
    """A database.

    Each fault is dealt to it for the time that it returns, or it returns None where it cannot be just now.

    Attributes
    ----------
    url : str
        Its address, as this process sees it.
    environment : dict of str to str
        What the commands are to be started with.
    preload : Preload or None
        What its own processes, or those that read its file, are started with.
    """

    url: str
    environment: dict[str, str]
    preload: Preload | None

    @abstractmethod
    def kill(self, scene: Scene) -> Dealt | None:
        """Kill who keeps the database, or is writing to it."""

    @abstractmethod
    def freeze(self, scene: Scene) -> Dealt | None:
        """Freeze one who does."""

    @abstractmethod
    def cut(self, scene: Scene) -> Dealt | None:
        """Let all that is under way fail."""

    @abstractmethod
    def silence(self, scene: Scene) -> Dealt | None:
        """Let nothing through."""

    @abstractmethod
    def slow_down(self, scene: Scene) -> Dealt | None:
        """Let everything take long."""

    def fill_disk(self, scene: Scene) -> Dealt:
        """Leave no room on its disk."""
        return self._set_disk("full", 1, scene.rng.uniform(1.0, 6.0))

    def step_clock(self, seconds: float) -> None:
        """Step the clock that it tells the time by."""
        assert self.preload is not None
        self.preload.step_clock(seconds)

    def _set_disk(self, fault: str, value: int, seconds: float) -> Dealt:
        assert self.preload is not None
        preload = self.preload
        preload.set_disk(DATABASE, fault, value)
        return Dealt("all", seconds, lambda: preload.set_disk(DATABASE, fault, 0))


class SqliteSite(Site):
    """A SQLite file, whose disk the commands see through their preload."""

    def __init__(self, file: Path, preload: Preload | None) -> None:
        self.file, self.preload = file, preload
        self.url = f"sqlite:///{file}"
        self.environment = preload.environment if preload else {}

    def _writers(self) -> set[int]:
        """Tell who holds the write lock: byte 120 of the log's index (SQLite, "WAL-mode File Format", 2.3.1)."""
        try:
            inode = self.file.with_name(f"{self.file.name}-shm").stat().st_ino
        except FileNotFoundError:
            return set()
        locks = [line.split() for line in Path("/proc/locks").read_text().splitlines()]
        ours = [lock for lock in locks if lock[-3].endswith(f":{inode}") and lock[-5] == "WRITE"]
        return {int(pid) for *_, pid, _, first, last in ours if first == last == "120"}

    def kill(self, scene: Scene) -> Dealt | None:
        """Kill a worker that holds the write lock."""
        if worker := scene.catch(self._writers):
            worker.kill()
            return Dealt(f"{worker.pid} with the write lock")
        return None

    def freeze(self, scene: Scene) -> Dealt | None:
        """Freeze a worker that holds the write lock."""
        worker = scene.catch(self._writers)
        return scene.freeze(worker, scene.rng.uniform(2.0, 15.0)) if worker else None

    def cut(self, scene: Scene) -> Dealt | None:
        """Let all reads and writes of the file fail."""
        return self._set_disk("failing", 1, scene.rng.uniform(0.2, 2.0))

    def silence(self, scene: Scene) -> Dealt | None:
        """Let its disk hang."""
        return self._set_disk("hung", 1, scene.rng.uniform(1.0, 10.0))

    def slow_down(self, scene: Scene) -> Dealt | None:
        """Let each read and write take some milliseconds."""
        return self._set_disk("delay_us", scene.rng.randint(1000, 10000), scene.rng.uniform(3.0, 10.0))


class PostgresSite(Site):
    """A PostgreSQL server at the other end of a line."""

    def __init__(self, server: PostgresServer, line: Line, preload: Preload | None, commands: Preload | None) -> None:
        self.server, self.line, self.preload = server, line, preload
        self.name = server.create()
        address = make_url(server.url(self.name))
        own = address.update_query_dict({"application_name": "benchmark"})
        self.url = own.render_as_string(hide_password=False)
        seen = address.set(port=line.port).render_as_string(hide_password=False)
        self.environment = {"TUNER_STORAGE": seen, **(commands.environment if commands else {})}

    def kill(self, scene: Scene) -> Dealt | None:
        """Kill the server, or one of its processes, upon which it ends all others."""
        if scene.rng.random() < 0.3:
            if process := self._a_process(scene):
                process.kill()
                return Dealt(f"process {process.pid}")
            return None
        if self.server.process.poll() is not None:
            return None
        self.server.kill()
        return Dealt("the server", scene.rng.uniform(0.5, 12.0), self._revive)

    def fill_disk(self, scene: Scene) -> Dealt:
        """Leave no room on the server's disk; it may end of that."""
        dealt = super().fill_disk(scene)

        def mend() -> None:
            assert dealt.mend is not None
            dealt.mend()
            self._revive()

        return replace(dealt, mend=mend)

    def _revive(self) -> None:
        """Start the server if it has ended, as who runs one does; on a full disk it does not start yet."""
        if self.server.process.poll() is not None:
            with suppress(RuntimeError):
                self.server.start()

    def freeze(self, scene: Scene) -> Dealt | None:
        """Freeze one of the server's processes."""
        if (process := self._a_process(scene)) is None:
            return None
        process.suspend()

        def go_on() -> None:
            with suppress(psutil.NoSuchProcess):
                process.resume()

        return Dealt(f"process {process.pid}", scene.rng.uniform(2.0, 15.0), go_on)

    def _a_process(self, scene: Scene) -> psutil.Process | None:
        """Choose a process that serves a worker or a parent."""
        serving = "SELECT pid FROM pg_stat_activity WHERE datname = %s AND application_name <> 'benchmark'"
        with suppress(psycopg.OperationalError, psutil.NoSuchProcess), self.server.connect() as connection:
            if found := connection.execute(serving, [self.name]).fetchall():
                return psutil.Process(scene.rng.choice(found)[0])
        return None

    def cut(self, scene: Scene) -> Dealt | None:
        """Break all connections, and refuse new ones for a while or not at all."""
        self.line.cut()
        return Dealt("all", scene.rng.choice([0.0, scene.rng.uniform(0.5, 12.0)]), self.line.mend)

    def silence(self, scene: Scene) -> Dealt | None:
        """Let nothing through, and no word of it."""
        self.line.fall_silent()
        return Dealt("all", scene.rng.uniform(2.0, 20.0), self.line.mend)

    def slow_down(self, scene: Scene) -> Dealt | None:
        """Let an answer take 50 to 200 ms, and some messages get lost."""
        self.line.delay_s, self.line.drops = scene.rng.uniform(0.025, 0.1), 0.02

        def mend() -> None:
            self.line.delay_s = self.line.drops = 0.0

        return Dealt("all", scene.rng.uniform(4.0, 12.0), mend)
