"""Time in which a process is frozen is not its own."""

import os
import signal
import subprocess
import sys
import time

import psutil
import pytest

MEASURE = """
import sys, time
from data_pipeline.running_time import running_s
began, ran = time.monotonic(), running_s()
print("ready", flush=True)
sys.stdin.readline()
WORK
print(time.monotonic() - began, running_s() - ran)
"""

BUSY_WITHOUT_A_TURN = """
import ctypes, ctypes.util
hold = ctypes.PyDLL(None)  # which keeps the interpreter's lock during its calls
end = time.monotonic() + 7.0
libc = ctypes.PyDLL(ctypes.util.find_library("c"))
buffer = ctypes.create_string_buffer(2**30)
while time.monotonic() < end:
    for _ in range(40):
        libc.memset(buffer, 1, 2**30)
"""


def measured(work: str, during: float = 0.0) -> tuple[float, float]:
    """Run a process that is frozen for some seconds; return how long it took by the clock and by its own running."""
    program = MEASURE.replace("WORK", work)
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    process = subprocess.Popen([sys.executable, "-c", program], **pipes)  # type: ignore[call-overload]
    try:
        assert process.stdout.readline() == "ready\n"
        if during:
            os.kill(process.pid, signal.SIGSTOP)
            while psutil.Process(process.pid).status() != psutil.STATUS_STOPPED:
                time.sleep(0.01)
            time.sleep(during)
            os.kill(process.pid, signal.SIGCONT)
        out, _ = process.communicate("go\n", timeout=60)
    finally:
        process.kill()
    passed, ran = map(float, out.split())
    return passed, ran


@pytest.mark.slow
def test_the_time_of_a_freeze_is_left_out() -> None:
    passed, ran = measured("time.sleep(1)", during=7.0)
    assert passed > 8.0
    assert 0.9 < ran < passed - 6.0


@pytest.mark.slow
def test_waiting_and_working_count() -> None:
    passed, ran = measured("time.sleep(7)")
    assert ran == pytest.approx(passed, abs=0.5)


@pytest.mark.slow
def test_a_process_that_is_too_busy_for_a_tick_is_not_frozen() -> None:
    passed, ran = measured(BUSY_WITHOUT_A_TURN)
    assert passed > 7.0 and ran == pytest.approx(passed, abs=0.5)


def test_a_forked_process_measures_its_own() -> None:
    from data_pipeline.running_time import running_s

    running_s()
    child = os.fork()
    if child == 0:
        began = running_s()
        time.sleep(0.2)
        os._exit(not 0.1 < running_s() - began < 5.0)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 0
