"""Which processes live on this machine: what is dead here need not be waited for."""

from __future__ import annotations

import functools
import os
import socket
from pathlib import Path

import psutil


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
