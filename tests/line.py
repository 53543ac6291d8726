"""A line to a PostgreSQL server that can be cut and mended, and that loses answers."""

import re
import socket
import threading
from collections.abc import Iterator
from contextlib import suppress

# The messages CommandComplete (PostgreSQL's manual, "Message Formats") of a statement that changed rows and of COMMIT.
WROTE = re.compile(rb"C\0\0\0.(INSERT 0|UPDATE|DELETE) [1-9]", re.DOTALL)
COMMITTED = b"C\0\0\0\x0bCOMMIT\0"


class Line:
    """A line to a PostgreSQL server that can be cut and mended, and that loses answers.

    Attributes
    ----------
    losses : Iterator of bool
        Says for each committed write, as they come, whether the line breaks in place of its acknowledgement.
    lost : int
        How many acknowledgements were lost.
    """

    def __init__(self, host: str, port: int) -> None:
        self.server = (host, port)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self.listener.getsockname()[1]
        self.is_closing = False
        self.is_up = threading.Event()
        self.is_up.set()
        self.refused = threading.Event()
        self.losses: Iterator[bool] = iter(())
        self.lost = 0
        self.ends: list[socket.socket] = []
        self.threads = [threading.Thread(target=self._accept)]
        self.threads[0].start()

    def _accept(self) -> None:
        while True:
            near, _ = self.listener.accept()
            if not self.is_up.is_set():
                near.close()
                if self.is_closing:
                    return
                self.refused.set()
                continue
            far = socket.create_connection(self.server)
            self.ends += [near, far]
            for pump, source, sink in ((self._ask, near, far), (self._answer, far, near)):
                self.threads.append(threading.Thread(target=pump, args=(source, sink)))
                self.threads[-1].start()

    @staticmethod
    def _ask(near: socket.socket, far: socket.socket) -> None:
        with suppress(OSError):  # the line was cut
            while data := near.recv(65536):
                far.sendall(data)
            far.shutdown(socket.SHUT_WR)

    def _answer(self, far: socket.socket, near: socket.socket) -> None:
        wrote = False
        with suppress(OSError):  # the line was cut
            while data := far.recv(65536):
                wrote = wrote or WROTE.search(data) is not None
                if COMMITTED in data:
                    if wrote and next(self.losses, False):
                        self.lost += 1
                        far.shutdown(socket.SHUT_RDWR)
                        break
                    wrote = False
                near.sendall(data)
            near.shutdown(socket.SHUT_RDWR)

    def cut(self) -> None:
        self.is_up.clear()
        for end in self.ends:
            with suppress(OSError):  # closed already
                end.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self.cut()
        self.is_closing = True
        socket.create_connection(("127.0.0.1", self.port)).close()
        for thread in self.threads:
            thread.join()
        for end in [*self.ends, self.listener]:
            end.close()
