"""A line to a server that can be cut and mended."""

import socket
import threading
from contextlib import suppress


class Line:
    """A line to a server that can be cut and mended."""

    def __init__(self, host: str, port: int) -> None:
        self.server = (host, port)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self.listener.getsockname()[1]
        self.is_closing = False
        self.is_up = threading.Event()
        self.is_up.set()
        self.refused = threading.Event()
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
            for pair in ((near, far), (far, near)):
                self.threads.append(threading.Thread(target=self._pump, args=pair))
                self.threads[-1].start()

    @staticmethod
    def _pump(source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):  # the line was cut
            while data := source.recv(65536):
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)

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
