"""Processes as seen from outside, which may end while one looks."""

from contextlib import suppress

import psutil


def children_of(pid: int, module: str) -> list[psutil.Process]:
    """Return the living children of a process that run a module."""
    found = []
    for child in psutil.Process(pid).children():
        with suppress(psutil.NoSuchProcess):  # a zombie, too, has no command line
            if module in child.cmdline():
                found.append(child)
    return found


def is_over(process: psutil.Process) -> bool:
    """Tell whether a process has ended, be it that nobody took note yet."""
    try:
        return bool(process.status() == psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return True
