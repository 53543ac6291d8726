"""A line to a PostgreSQL server that can be slow, break, fall silent and lose answers, for benchmarks and tests."""

import random
import re
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress

# The messages CommandComplete (PostgreSQL's manual, "Message Formats") of a statement that changed rows and of COMMIT.
WROTE = re.compile(rb"C\0\0\0.(INSERT 0|UPDATE|DELETE) [1-9]", re.DOTALL)
COMMITTED = b"C\0\0\0\x0bCOMMIT\0"

AGAIN_S = 0.2
"""How long it takes until TCP sends a lost packet again."""


class Line:
    """A line to a server, which clients reach at `port` of this machine.

    Parameters
    ----------
    host, port : str, int
        The server.
    delay_s : float
        Time from one end to the other; a question and its answer take twice as long.
    drops, cuts : float
        Share of all messages that are lost once, and so arrive `AGAIN_S` later, and of those in whose midst the
        connection breaks.
    seed : int
        Decides which.

    Attributes
    ----------
    losses : Iterator of bool
        Says for each committed write, as they come, whether the line breaks in place of its acknowledgement.
    n_lost, n_cut : int
        How many acknowledgements were lost, and connections broken in the midst of a message.
    n_round_trips : int
        How often a client has asked something and had to wait for the answer.
    """

    def __init__(
        self, host: str, port: int, *, delay_s: float = 0.0, drops: float = 0.0, cuts: float = 0.0, seed: int = 0
    ) -> None:
        self.server = (host, port)
        self.delay_s, self.drops, self.cuts = delay_s, drops, cuts
        self.refused = threading.Event()
        self.losses: Iterator[bool] = iter(())
        self.n_lost = self.n_cut = self.n_round_trips = 0
        self._rng = random.Random(seed)
        self._is_up, self._is_heard = threading.Event(), threading.Event()
        self._is_up.set()
        self._is_heard.set()
        self._is_closing = False
        self._ends: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    def cut(self) -> None:
        """Break all connections, and refuse new ones."""
        self._is_up.clear()
        self._break()

    def fall_silent(self) -> None:
        """Go on taking what is sent, and connections, and let nothing through."""
        self._is_heard.clear()

    def mend(self) -> None:
        """Be as good as new. What was sent while the line was silent is lost with its connection."""
        if not self._is_heard.is_set():
            self._break()
            self._is_heard.set()
        self._is_up.set()

    def close(self) -> None:
        """Break all connections for good."""
        self.cut()
        self._is_closing = True
        self._is_heard.set()
        socket.create_connection(("127.0.0.1", self.port)).close()
        for thread in self._threads:
            thread.join()
        for end in [*self._ends, self._listener]:
            end.close()

    def _break(self) -> None:
        for end in list(self._ends):
            with suppress(OSError):  # closed already
                end.shutdown(socket.SHUT_RDWR)

    def _accept(self) -> None:
        while True:
            near, _ = self._listener.accept()
            if not self._is_up.is_set():
                near.close()
                if self._is_closing:
                    return
                self.refused.set()
                continue
            try:
                far = socket.create_connection(self.server)
            except ConnectionRefusedError:  # the server is down
                near.close()
                continue
            self._ends += [near, far]
            self._threads.append(threading.Thread(target=_Connection(self, near, far).run))
            self._threads[-1].start()

    def forget(self, *ends: socket.socket) -> None:
        """Close the ends of a connection that has ended."""
        for end in ends:
            self._ends.remove(end)
            end.close()

    def carry(self, data: bytes, sink: socket.socket) -> bool:
        """Bring a message from one end to the other; return False if the connection broke meanwhile."""
        time.sleep(self.delay_s + (AGAIN_S if self._rng.random() < self.drops else 0.0))
        self._is_heard.wait()
        if self._rng.random() < self.cuts:
            self.n_cut += 1
            sink.sendall(data[: len(data) // 2])
            return False
        sink.sendall(data)
        return True


class _Connection:
    """One client's connection: what is asked and what is answered is carried by a thread each."""

    def __init__(self, line: Line, near: socket.socket, far: socket.socket) -> None:
        self._line, self._near, self._far = line, near, far
        self._is_answered = True

    def run(self) -> None:
        """Carry messages both ways until the connection ends."""
        asking = threading.Thread(target=self._ask)
        asking.start()
        self._answer()
        asking.join()
        self._line.forget(self._near, self._far)

    def _ask(self) -> None:
        with suppress(OSError):  # the line was cut
            while (data := self._near.recv(2**20)) and self._carry_question(data):
                pass
        self._end()

    def _answer(self) -> None:
        wrote = False
        with suppress(OSError):  # the line was cut
            while data := self._far.recv(2**20):
                wrote = wrote or WROTE.search(data) is not None
                if COMMITTED in data:
                    if wrote and next(self._line.losses, False):
                        self._line.n_lost += 1
                        break
                    wrote = False
                self._is_answered = True
                if not self._line.carry(data, self._near):
                    break
        self._end()

    def _carry_question(self, data: bytes) -> bool:
        self._line.n_round_trips += self._is_answered
        self._is_answered = False
        return self._line.carry(data, self._far)

    def _end(self) -> None:
        for end in (self._near, self._far):
            with suppress(OSError):  # closed already
                end.shutdown(socket.SHUT_RDWR)
