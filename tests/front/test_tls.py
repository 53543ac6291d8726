"""The dashboard behind nginx with TLS, by the configuration that compose uses."""

import os
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from http.client import HTTPSConnection
from pathlib import Path

import pytest
from conftest import Shown, dashboard
from visitor import READING, STEERING, Visitor

pytestmark = pytest.mark.slow

CONFIGURATION = Path(__file__).parents[2] / "docker" / "nginx.conf"


def _nginx() -> str:
    found = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    if found is None:
        if os.environ.get("TUNER_REQUIRE_NGINX"):
            pytest.fail("TUNER_REQUIRE_NGINX is set, but there is no nginx")
        pytest.skip("no Debian package nginx here")
    return found


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("certificates")
    made = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
    named = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]
    files = ["-keyout", folder / "tls.key", "-out", folder / "tls.crt"]
    subprocess.run(["openssl", "req", "-x509", *made, *named, *files], check=True, capture_output=True)
    return folder / "tls.crt"


@pytest.fixture(scope="module")
def tls_port(shown: Shown, certificate: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of nginx before a dashboard with both passwords."""
    program, port, folder = _nginx(), _free_port(), tmp_path_factory.mktemp("nginx")
    passwords = {"TUNER_DASHBOARD_PASSWORD": READING, "TUNER_DASHBOARD_STEER_PASSWORD": STEERING}
    with dashboard(shown.tuner, "--host", "127.0.0.1", "--behind-proxy", **passwords) as behind:
        text = CONFIGURATION.read_text()
        here = {
            "/tmp/": f"{folder}/",
            "/certificates": str(certificate.parent),
            "dashboard:8080": f"127.0.0.1:{behind}",
            "listen 8443": f"listen 127.0.0.1:{port}",
        }
        for there, path in here.items():
            assert there in text
            text = text.replace(there, path)
        (folder / "nginx.conf").write_text(text)
        user = "user root;" if os.geteuid() == 0 else ""  # its workers must reach the folders of this test
        command = [program, "-p", folder, "-c", folder / "nginx.conf", "-g", f"daemon off; {user}"]
        with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
            try:
                _wait_for(port, process)
                yield port
            finally:
                process.terminate()
                process.communicate(timeout=30)


def _wait_for(port: int, process: "subprocess.Popen[str]") -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=5).close()
            return
        except ConnectionRefusedError:
            assert process.poll() is None and time.monotonic() < deadline, process.communicate()[1]
            time.sleep(0.05)


@pytest.fixture
def visitor(tls_port: int, certificate: Path) -> Visitor:
    context = ssl.create_default_context(cafile=str(certificate))
    return Visitor(tls_port, connect=lambda port: HTTPSConnection("localhost", port, timeout=60, context=context))


def test_login_pages_and_steering_go_through_tls(visitor: Visitor, shown: Shown) -> None:
    answer = visitor.post("/login", password="wrong")
    assert answer.status == 401
    answer = visitor.post("/login", password=STEERING)
    assert answer.status == 303 and answer.headers["Location"] == "/steering"
    for line in answer.headers.get_all("Set-Cookie"):
        assert line.startswith("__Host-tuner-")
        assert {"Secure", "HttpOnly", "SameSite=Strict", "Path=/"} <= set(line.split("; "))
    visitor.cookies.clear()
    visitor.log_in(STEERING)
    assert visitor.get("/api/studies").json()["study_summaries"]
    assert visitor.get(shown.artifact("confusion_matrix.png")).headers["Content-Type"] == "image/png"
    for verb, command in (("pause", "pause"), ("resume", "run")):
        assert visitor.post(f"/steering/small/{verb}").status == 303
        assert shown.storage.control.of(shown.study_id).command == command
    plain = {"Origin": f"http://127.0.0.1:{visitor.port}"}
    assert visitor.post("/steering/small/pause", plain).status == 403
    assert visitor.get("/api/studies", Host="evil.example").status == 421


def test_nobody_invents_an_address(visitor: Visitor) -> None:
    found = []
    for i in range(12):
        forged = {"X-Forwarded-For": f"203.0.113.{i}", "X-Forwarded-Proto": "http", "X-Real-IP": f"203.0.113.{i}"}
        found.append(visitor.post("/login", forged, password="guess").status)
    assert 429 in found
    assert visitor.ask("POST", "/login", b"x" * 200_000).status == 413
