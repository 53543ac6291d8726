"""A final step whose main thread hangs, as on a dead disk."""

import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
from tuner_command import Tuner
from watching import wait

from data_pipeline import Cache

pytestmark = pytest.mark.slow

# It waits in a library that returns to no handler of Python's, for a lock that it never gets.
HANGS = """
import sqlite3, sys
import tuner.cli, tuner.final.step, tuner.final.trainings, tuner.work.watchdog

def hang(*_):
    sqlite3.connect("locked.db", timeout=600).execute("BEGIN IMMEDIATE")

tuner.final.step.confirm = hang
tuner.final.trainings.STILL_S = float(sys.argv.pop(1))
tuner.final.trainings.END_S = 1.0
tuner.cli.main()
"""


def _start(tuner: Tuner, still_s: float) -> "subprocess.Popen[str]":
    """Start a final step, and wait until it hangs."""
    command = [sys.executable, "-c", HANGS, str(still_s), "finalize", "small"]
    process = subprocess.Popen(command, cwd=tuner.folder, env=tuner.environment, stderr=subprocess.PIPE, text=True)
    wait(lambda: str(tuner.folder / "locked.db") in {file.path for file in psutil.Process(process.pid).open_files()})
    return process


def test_it_ends_when_told_often_enough_and_otherwise_by_itself(
    sqlite_tuner: Tuner, cache: Cache, study_file: Callable[..., Path]
) -> None:
    tuner = sqlite_tuner
    tuner.succeed("create", study_file(trials=1, epochs=1), "--data", cache.path)
    tuner.succeed("work", "small")
    holder = sqlite3.connect(tuner.folder / "locked.db")
    holder.execute("BEGIN IMMEDIATE")
    process = _start(tuner, 600.0)
    for _ in range(3):
        process.send_signal(signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            process.wait(0.3)  # signals that are still to be delivered count once
    process.communicate(timeout=120)
    assert process.returncode == 1
    assert not tuner.status().is_finalizing and not tuner.status().workers, "others may begin at once"
    process = _start(tuner, 4.0)
    err = process.communicate(timeout=120)[1]
    assert process.returncode == 1 and "error: made no step for" in err.splitlines()[-1]
    assert not tuner.status().is_finalizing
    wait(lambda: not tuner.status().workers)
    holder.close()
