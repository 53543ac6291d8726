"""One worker process, as its supervisor sees it."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from typing import IO

from tuner.storage import SILENT_S
from tuner.storage.machine import OomKills, is_stopped
from tuner.work.guard import STUCK

logger = logging.getLogger(__name__)

STOPPED_S = 30.0
"""How long a worker may stand still, as after SIGSTOP, before it is ended and another takes its place."""

QUIET_S = SILENT_S
"""How long no thread of a worker may have its turn, as where one hangs in the midst of Python's own work."""

FIRST_WORD_S = 300.0
"""The same before a worker has said its first word: what it has to load may come from a slow disk."""

KILLED_S = 20.0
"""How long a worker that was killed here is waited for: one in a call to a dead disk ends only when that comes back."""

CRASHES = (signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS, signal.SIGFPE, signal.SIGILL, signal.SIGSYS, signal.SIGTRAP)
"""Signals by which a process is ended for what it does itself."""


class Child:
    """One worker process, in a process group of its own: Ctrl-C is passed on by the supervisor, once.

    Parameters
    ----------
    number : int
        Which of the supervisor's workers.
    command : sequence of str
        How it is started; a pipe is added on which it says that it lives.
    environment : dict of str to str
        Its environment.
    oom_kills : OomKills
        Tells whether the system was short of memory.

    Attributes
    ----------
    errors : file
        What it prints.
    is_stuck : bool
        Whether it hung and was ended here.
    """

    def __init__(self, number: int, command: Sequence[str], environment: dict[str, str], oom_kills: OomKills) -> None:
        self.number, self._oom_kills = number, oom_kills
        self.errors: IO[bytes] = tempfile.TemporaryFile()
        self._words, far = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            self.process = subprocess.Popen(
                [*command, "--supervisor", str(far)],
                env=environment,
                process_group=0,
                stdin=subprocess.DEVNULL,
                stdout=self.errors,
                stderr=self.errors,
                pass_fds=[far],
            )
        finally:
            os.close(far)
        self.is_stuck = False
        self._stopped_s = 0.0
        self._quiet_s = QUIET_S - FIRST_WORD_S
        self._killed_s: float | None = None

    @property
    def pid(self) -> int:
        """Number of the process."""
        return self.process.pid

    @property
    def is_over(self) -> bool:
        """Whether it has ended, or was killed and will end when the system lets it."""
        return self.process.poll() is not None or (self._killed_s is not None and self._killed_s > KILLED_S)

    def send(self, number: signal.Signals) -> None:
        """Send it a signal, if it is still there."""
        if number == signal.SIGKILL and self._killed_s is None:
            self._killed_s = 0.0
        if self.process.returncode is None:
            self.process.send_signal(number)

    def look(self, since_s: float) -> None:
        """End it where it stands still.

        Parameters
        ----------
        since_s : float
            Seconds since the last look. Stillness is counted in looks: there are none while the supervisor is frozen.
        """
        if self._killed_s is not None:
            self._killed_s += since_s
            return
        self._stopped_s = self._stopped_s + since_s if is_stopped(self.pid) else 0.0
        self._quiet_s = 0.0 if self._says_something() else self._quiet_s + since_s
        if self._stopped_s >= STOPPED_S:
            logger.warning("worker %d has been stopped for %.0f s: it is ended", self.pid, STOPPED_S)
            self.send(signal.SIGKILL)
        elif self._quiet_s >= QUIET_S and not self._stopped_s:
            logger.warning("worker %d has said nothing for %.0f s: it hangs and is ended", self.pid, QUIET_S)
            self.is_stuck = True
            self.send(signal.SIGKILL)

    def _says_something(self) -> bool:
        with suppress(BlockingIOError):
            return bool(os.read(self._words, 4096))
        return False

    @property
    def was_killed(self) -> bool:
        """Whether it ended by no decision of its own, so that another may do better."""
        code = self.process.returncode
        return code is None or code < 0 or code == STUCK

    @property
    def is_to_blame(self) -> bool:
        """Whether what it did ended it, rather than somebody else: it crashed, hung, or took the memory."""
        code = self.process.returncode
        if self.is_stuck or code == STUCK:
            return True
        return code is not None and (-code in CRASHES or (code == -signal.SIGKILL and self._oom_kills.are_recent))

    @property
    def end(self) -> str:
        """How it ended, for people."""
        if self.is_stuck or self.process.returncode == STUCK:
            return "hung"
        code = self.process.returncode
        return "was killed" if code is None else f"was killed by {signal.Signals(-code).name}"

    def last_line(self) -> str:
        """Return the last line that it printed."""
        self.errors.seek(0)
        lines = self.errors.read().decode(errors="replace").strip().splitlines()
        return lines[-1] if lines else f"worker {self.pid} ended with {self.process.returncode} and no message"

    def close(self) -> None:
        """Let go of what it printed."""
        self.errors.close()
        os.close(self._words)
