"""What the server puts up with: sizes, slowness, and many at once."""

import socket
import threading
import time
from collections.abc import Iterator

import pytest
from conftest import Shown
from visitor import Visitor

from tuner.front import server
from tuner.front.passwords import Passwords
from tuner.study.files import artifacts_folder

PATIENCE_S = 1.0


@pytest.fixture
def hasty_port(shown: Shown, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """The port of a dashboard in this process that waits a second for its clients."""
    monkeypatch.setattr(server, "PATIENCE_S", PATIENCE_S)
    monkeypatch.setitem(server._LIMITS, "cleanup_interval", 0.1)
    monkeypatch.setitem(server._LIMITS, "asyncore_loop_timeout", 0.1)
    folder = artifacts_folder(shown.tuner.folder / "runs")
    made = server.make_server(shown.storage, folder, Passwords(), "localhost", 0)
    thread = threading.Thread(target=made.run)
    thread.start()
    yield int(made.effective_port)
    made.close()
    for channel in list(made.active_channels.values()):
        channel.handle_close()
    thread.join(10)
    made.task_dispatcher.shutdown()
    assert not thread.is_alive()


def _send(port: int, text: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        connection.sendall(text)
        return connection.recv(100).split(b"\r\n")[0]


def test_what_is_too_large_is_refused(open_port: int) -> None:
    start = b"PUT /api/studies/1/note HTTP/1.1\r\nHost: localhost\r\n"
    cases = {
        b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n": b"431",
        start + b"X: " + b"a" * 20_000 + b"\r\n\r\n": b"431",
        start + b"Content-Length: 10000000000\r\n\r\n": b"413",
        start + b"Transfer-Encoding: chunked\r\n\r\n30000\r\n" + b"a" * 0x30000 + b"\r\n": b"413",
        start + b"Content-Length: -1\r\n\r\n": b"400",
        start + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nab": b"400",
        start + b"Host: evil.example\r\n\r\n": b"400",
        b"GET /api/studies HTTP/1.0\r\n\r\n": b"400",
    }
    found = {text[:60]: _send(open_port, text).split()[1] for text in cases}
    assert found == {text[:60]: code for text, code in cases.items()}


def test_a_client_that_sends_or_reads_a_byte_now_and_then_is_cut_off(hasty_port: int) -> None:
    begun = time.monotonic()
    slow = socket.create_connection(("127.0.0.1", hasty_port), timeout=10)
    reader = socket.socket()
    reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
    reader.connect(("127.0.0.1", hasty_port))
    reader.sendall(b"GET /static/bundle.js HTTP/1.1\r\nHost: localhost\r\n\r\n")
    slow.sendall(b"GET / HTTP/1.1\r\n")
    with slow, reader, pytest.raises(OSError):
        while time.monotonic() - begun < 20:
            slow.sendall(b"X: y\r\n")
            reader.recv(1)
            time.sleep(0.05)
    assert PATIENCE_S <= time.monotonic() - begun < 10
    assert Visitor(hasty_port).get("/api/studies").status == 200


def test_those_who_send_nothing_do_not_keep_others_out(open_port: int) -> None:
    idle = [socket.create_connection(("127.0.0.1", open_port), timeout=10) for _ in range(100)]
    for connection in idle:
        connection.sendall(b"POST /login HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nx")
    assert Visitor(open_port).get("/api/studies").status == 200
    for connection in idle:
        connection.close()
