"""How long this process has been running, without the times in which it was frozen.

A process that is stopped, or whose container or virtual machine is, goes on where it was, while every clock has gone on
without it. What is measured to be compared with a budget, or to foretell how long something takes, is measured by this.
"""

import os
import threading
import time

TICK_S = 0.5

GAP_S = 5.0
"""After so long without a tick a process was frozen, unless it was so busy that its ticks had no turn."""

BUSY = 0.1
"""Share of a processor that a process uses which has no turn for a tick."""


class _RunningTime:
    """Ticks, and leaves out the gaps between the ticks."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._frozen_s = 0.0
        self._ticked_at, self._used_s = time.monotonic(), time.process_time()
        self._is_ticking = False

    def now(self) -> float:
        with self._lock:
            if not self._is_ticking:
                self._is_ticking = True
                threading.Thread(target=self._tick, daemon=True, name="running time").start()
            return self._look()

    def _tick(self) -> None:
        while True:
            time.sleep(TICK_S)
            with self._lock:
                self._look()

    def _look(self) -> float:
        now, used_s = time.monotonic(), time.process_time()
        passed_s = now - self._ticked_at
        if passed_s > GAP_S and used_s - self._used_s < BUSY * passed_s:
            self._frozen_s += passed_s - TICK_S
        self._ticked_at, self._used_s = now, used_s
        return now - self._frozen_s


_running = _RunningTime()


def running_s() -> float:
    """Tell the seconds that this process has been running, since some moment that stays the same."""
    return _running.now()


def _begin_anew() -> None:
    global _running
    _running = _RunningTime()  # the thread that ticks is not there in a process that was forked


os.register_at_fork(after_in_child=_begin_anew)
