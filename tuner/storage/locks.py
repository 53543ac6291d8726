"""Who keeps others from writing to a SQLite file."""

from pathlib import Path

import psutil


def describe_holders(path: Path) -> str:
    """Name the stopped processes of this machine that have a file open.

    SQLite has no server that could end the transaction of a process that was frozen in it: only a person can.

    Returns
    -------
    str
        To be put behind a sentence; empty where no process is stopped.
    """
    stopped = [process.pid for process in psutil.process_iter() if _is_stopped_with(process, path.resolve())]
    if not stopped:
        return ""
    pids = " ".join(map(str, stopped))
    return f"; stopped with the file open: `kill -CONT {pids}` lets it go on, `kill -KILL {pids}` ends it"


def _is_stopped_with(process: psutil.Process, path: Path) -> bool:
    try:
        return process.status() == psutil.STATUS_STOPPED and any(
            Path(opened.path) == path for opened in process.open_files()
        )
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return False  # gone meanwhile, or another user's
