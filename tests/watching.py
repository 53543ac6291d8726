"""Watching workers from outside."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psutil
from processes import children_of
from tuner_command import Tuner


def wait(condition: Callable[[], Any], seconds: float = 120.0) -> Any:
    """Return what the condition says once it is true."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.1)
    return found


def workers_of(pid: int) -> list[psutil.Process]:
    return children_of(pid, "tuner.work.worker")


@contextmanager
def working(tuner: Tuner, *arguments: object) -> Iterator[Any]:
    """Run `tuner work`, and leave no process behind if the test fails."""
    process = tuner.start("work", *arguments)
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate(timeout=60)


def epochs(tuner: Tuner) -> int:
    return tuner.status().epochs


def counts(tuner: Tuner) -> dict[str, int]:
    counts: dict[str, int] = tuner.status().to_dict()["trials"]
    return counts


def logs(tuner: Tuner) -> str:
    return "".join(path.read_text() for path in (tuner.folder / "runs" / "small" / "logs").glob("*.log"))
