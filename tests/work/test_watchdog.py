"""The thread that hears signals and looks after the main thread, whatever that hangs in."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from data_pipeline.steps import count_step
from tuner.work.standstill import Standstill
from tuner.work.watchdog import Watchdog

DEAF = """
import os, sqlite3, sys
from tuner.work.watchdog import Watchdog

def hear():
    os.write(1, b"heard\\n")
    hear.times += 1
    if hear.times == 2:
        os._exit(0)

hear.times = 0
with Watchdog(hear, lambda: None):
    os.write(1, b"hangs\\n")
    sqlite3.connect(sys.argv[1], timeout=600).execute("BEGIN IMMEDIATE")  # in which no Python handler is run
"""


def test_signals_are_heard_while_the_main_thread_hangs(tmp_path: Path) -> None:
    path = tmp_path / "locked.db"
    holder = sqlite3.connect(path)
    holder.execute("BEGIN IMMEDIATE")
    process = subprocess.Popen([sys.executable, "-c", DEAF, path], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "hangs\n"
    for number in (signal.SIGTERM, signal.SIGTERM):
        process.send_signal(number)
        assert process.stdout.readline() == "heard\n"
    assert process.wait(30) == 0
    process.stdout.close()
    holder.close()


def test_the_handlers_from_before_are_back_afterwards() -> None:
    before = signal.getsignal(signal.SIGINT)
    with Watchdog(lambda: None, lambda: None):
        assert signal.getsignal(signal.SIGINT) != before
    assert signal.getsignal(signal.SIGINT) == before
    with pytest.raises(KeyboardInterrupt):
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(10)


@pytest.fixture
def standstill() -> Standstill:
    return Standstill(still_s=2.0, stepless_s=6.0)


def test_who_hangs_is_named_first_and_then_hopeless(standstill: Standstill) -> None:
    with Watchdog(lambda: None, standstill.look):
        began = time.monotonic()
        while not standstill.is_hopeless:
            time.sleep(0.05)  # looks on: what it computes here is next to nothing
            if standstill.stuck_for_s is not None and not standstill.is_hopeless:
                assert 1.0 < standstill.stuck_for_s <= 2.5
            assert time.monotonic() - began < 60
        assert standstill.stepless_s > 2.0


@pytest.mark.slow
def test_who_computes_or_makes_steps_is_not_still(standstill: Standstill) -> None:
    with Watchdog(lambda: None, standstill.look):
        until = time.monotonic() + 3.5
        while time.monotonic() < until:
            pass
        assert standstill.stepless_s > 2.0 and not standstill.is_hopeless
        for _ in range(40):
            count_step()
            time.sleep(0.1)
        assert standstill.stuck_for_s is None


COMPUTES = """
import time
for turn in range(1, 8):
    time.sleep(0.5)
    while time.process_time() < 0.6 * turn:
        pass
"""


@pytest.mark.slow
def test_who_waits_for_a_process_that_computes_is_not_still() -> None:
    standstill = Standstill(still_s=6.0, stepless_s=600.0)
    with Watchdog(lambda: None, standstill.look):
        subprocess.run([sys.executable, "-c", COMPUTES], check=True)
        assert standstill.stepless_s > 6.0 and not standstill.is_hopeless


@pytest.mark.slow
def test_who_only_computes_is_hopeless_in_the_end_unless_its_epochs_are_long(standstill: Standstill) -> None:
    standstill.epoch_s = 100.0
    with Watchdog(lambda: None, standstill.look):
        until = time.monotonic() + 8
        while time.monotonic() < until:
            pass
        assert standstill.stepless_s > 6.0 and not standstill.is_hopeless
        standstill.epoch_s = 0.5
        assert standstill.is_hopeless


FROZEN = """
import sys, threading, time
from tuner.work.standstill import Standstill
from tuner.work.watchdog import Watchdog

standstill = Standstill(5.0, 5.0)
with Watchdog(lambda: None, standstill.look):
    sys.stdout.write("there\\n")
    sys.stdout.flush()
    sys.stdin.readline()
    print(standstill.stepless_s < 5.0)
"""


@pytest.mark.slow
def test_frozen_time_does_not_count() -> None:
    process = subprocess.Popen([sys.executable, "-c", FROZEN], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None and process.stdout.readline() == "there\n"
    process.send_signal(signal.SIGSTOP)
    time.sleep(6)
    process.send_signal(signal.SIGCONT)
    assert process.communicate("\n", timeout=30)[0] == "True\n"
