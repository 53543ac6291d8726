"""A thread beside the main one that touches neither disk nor database, and so goes on when those hang."""

from __future__ import annotations

import faulthandler
import os
import select
import signal
import socket
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from types import FrameType

from tuner.work.standstill import LOOK_S

SIGNALS = (signal.SIGINT, signal.SIGTERM)

ENOUGH = 3
"""So many signals end a supervisor at once."""

END_S = 10.0
"""How long it may take to end at once, as its main thread may hang."""

LAST_WORDS_S = 10.0
"""How long a process that hangs tries to leave in good order before it is ended."""


def keep_on(number: int, frame: FrameType | None) -> None:
    """Handle a signal in the main thread by going on: the watchdog has heard it."""


class Watchdog:
    """Hears signals and looks after the main thread, from entering the context in that thread until leaving it.

    Python runs the handlers of signals in the main thread, once that is back from whatever it is in. This thread
    reads them from where the system's own handler leaves them.

    Parameters
    ----------
    on_signal : callable
        Called here at each SIGINT and SIGTERM.
    on_look : callable
        Called here about once a second.
    in_main : callable
        The signals' handler in the main thread.
    """

    def __init__(
        self,
        on_signal: Callable[[], None],
        on_look: Callable[[], None],
        in_main: Callable[[int, FrameType | None], object] = keep_on,
    ) -> None:
        self._on_signal, self._on_look, self._in_main = on_signal, on_look, in_main
        self._near, self._far = socket.socketpair()
        self._far.setblocking(False)
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Watchdog:
        self._thread.start()
        self._previous_fd = signal.set_wakeup_fd(self._far.fileno(), warn_on_full_buffer=False)
        self._previous = {number: signal.signal(number, self._in_main) for number in SIGNALS}
        return self

    def __exit__(self, *exception: object) -> None:
        for number, handler in self._previous.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(self._previous_fd)
        self._far.close()
        self._thread.join()
        self._near.close()

    def _run(self) -> None:
        while True:
            if select.select([self._near], [], [], LOOK_S)[0]:
                heard = self._near.recv(4096)
                if not heard:  # the other end is closed
                    return
                for number in heard:
                    if number in SIGNALS:
                        self._on_signal()
            self._on_look()


def end_process(code: int, message: str, last_words: Callable[[], None]) -> None:
    """End this process although its main thread hangs.

    It is first said on stderr where each thread hangs, and last in one line what that means.

    Parameters
    ----------
    code : int
        How the process ends.
    message : str
        The line.
    last_words : callable
        What to try before, for `LAST_WORDS_S`; it may hang, too.
    """
    with suppress(OSError):
        faulthandler.dump_traceback(sys.__stderr__ or 2)
        os.write(2, f"{message}\n".encode())
    trying = threading.Thread(target=last_words, daemon=True)
    trying.start()
    trying.join(LAST_WORDS_S)
    os._exit(code)
