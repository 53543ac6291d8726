"""A library that programs are started with, and that makes their clocks step and their disks fail, from outside."""

from __future__ import annotations

import mmap
import shutil
import struct
import subprocess
import tempfile
from pathlib import Path

ALL = 0
"""In place of a process's number: all programs that share a table."""

_LINE = struct.Struct("q8i")  # `struct line` of preload.c
_CLOCK = struct.Struct("q")
_FAULTS = ("hung", "full", "failing", "delay_us")
_DISKS = ("home", "database")
_MOST_PROCESSES = 2**22


def why_not() -> str | None:
    """Say why the library cannot be had here; None where it can."""
    return None if shutil.which("gcc") and Path("/proc/self/fd").exists() else "needs Linux with gcc"


class Preload:
    """Programs that are started with one library and one table of faults.

    Parameters
    ----------
    home, database : Path, optional
        Where their disks are: beginnings of paths.

    Attributes
    ----------
    environment : dict of str to str
        What the programs are to be started with.
    """

    def __init__(self, *, database: Path, home: Path | None = None) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="tuner-preload-"))
        library, table, source = self._folder / "preload.so", self._folder / "table", Path(__file__).with_suffix(".c")
        flags = ["-shared", "-fPIC", "-O1", "-Wall", "-Werror"]
        subprocess.run(["gcc", *flags, "-o", str(library), str(source), "-ldl"], check=True)
        with table.open("w+b") as file:
            file.truncate(_LINE.size * _MOST_PROCESSES)
            self._table = mmap.mmap(file.fileno(), 0)
        for path, mode in ((self._folder, 0o711), (library, 0o755), (table, 0o666)):
            path.chmod(mode)  # a server runs under an account of its own
        self.environment = {"LD_PRELOAD": str(library), "CHAOS_TABLE": str(table), "CHAOS_DATABASE": str(database)}
        if home is not None:
            self.environment["CHAOS_HOME"] = str(home)

    def step_clock(self, seconds: float, pid: int = ALL) -> None:
        """Let the clock of a process, or of all, go on from so many seconds later."""
        at = pid * _LINE.size
        (so_far,) = _CLOCK.unpack_from(self._table, at)
        _CLOCK.pack_into(self._table, at, so_far + round(seconds * 1e6))

    def set_disk(self, disk: str, fault: str, value: int, pid: int = ALL) -> None:
        """Let a disk ("home" or "database") be "hung", "full" or "failing", or "delay_us" slow, for one process or all.

        A value of 0 mends it.
        """
        place = 2 + len(_FAULTS) * _DISKS.index(disk) + _FAULTS.index(fault)
        struct.pack_into("i", self._table, pid * _LINE.size + 4 * place, value)

    def close(self) -> None:
        """Remove library and table; the programs have ended."""
        self._table.close()
        shutil.rmtree(self._folder)
