"""Which processes live on this machine: what is dead here need not be waited for."""

from __future__ import annotations

import functools
import os
import socket
import time
from pathlib import Path

import psutil

VMSTAT = Path("/proc/vmstat")

OOM_S = 30.0
"""How long a process that the system killed for want of memory may take to be gone."""


@functools.cache
def machine_id() -> str | None:
    """Name this machine, since it was started, and this container on it.

    Process numbers mean the same to all who get the same name here. A host name alone would not do: containers
    share it at times, and it outlives the processes when a machine is started anew.

    Returns
    -------
    str or None
        None where it cannot be told.
    """
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        return f"{socket.gethostname()} {boot} {os.readlink('/proc/self/ns/pid')}"
    except OSError:
        return None


def is_dead_here(machine: str | None, pid: int | None) -> bool:
    """Tell whether a process is known to be gone; False for those of other machines."""
    if machine is None or pid is None or machine != machine_id():
        return False
    try:
        return bool(psutil.Process(pid).status() == psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return True


def is_stopped(pid: int) -> bool:
    """Tell whether a process of this machine stands still, as after SIGSTOP."""
    try:
        return bool(psutil.Process(pid).status() == psutil.STATUS_STOPPED)
    except psutil.NoSuchProcess:
        return False


class OomKills:
    """Whether the system has just killed processes because it was short of memory, to be looked at now and then.

    A container sees the kills of its whole machine: it is then said of a process that was killed for something else
    at the same time, too.
    """

    def __init__(self) -> None:
        self._n = _n_oom_kills()
        self._seen: float | None = None

    def look(self) -> None:
        """Take note of the kills so far."""
        if (n := _n_oom_kills()) != self._n:
            self._n, self._seen = n, time.monotonic()

    @property
    def are_recent(self) -> bool:
        """Whether one was seen within `OOM_S`; True where that cannot be told."""
        self.look()
        return self._n is None or (self._seen is not None and time.monotonic() - self._seen < OOM_S)


def _n_oom_kills() -> int | None:
    try:
        counters = dict(line.split() for line in VMSTAT.read_text().splitlines())
        return int(counters["oom_kill"])
    except (OSError, KeyError, ValueError):
        return None
