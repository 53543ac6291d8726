"""A visitor of a dashboard who may send whatever comes to mind."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPMessage
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import urlencode

READING, STEERING = "let me see the studies", "let me steer the studies"


@dataclass(frozen=True)
class Answer:
    status: int
    headers: HTTPMessage
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Visitor:
    """Keeps cookies, as a browser does, and sends no header that it is not told to send."""

    port: int
    address: str = "127.0.0.1"
    cookies: dict[str, str] = field(default_factory=dict)
    csrf_token: str = ""
    connect: Callable[[int], HTTPConnection] | None = None

    @property
    def origin(self) -> str:
        return f"{'https' if self.connect else 'http'}://127.0.0.1:{self.port}"

    def ask(
        self, method: str, path: str, body: bytes | str | None = None, headers: dict[str, str] | None = None
    ) -> Answer:
        given = {"Host": f"127.0.0.1:{self.port}", **(headers or {})}
        if self.cookies:
            given["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        connection = (self.connect or self._plainly)(self.port)
        try:
            connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
            data = body.encode() if isinstance(body, str) else body
            for name, value in {**given, **({} if data is None else {"Content-Length": str(len(data))})}.items():
                connection.putheader(name, value)
            connection.endheaders(data)
            response = connection.getresponse()
            answer = Answer(response.status, response.headers, response.read())
        finally:
            connection.close()
        for line in answer.headers.get_all("Set-Cookie", ()):
            for name, morsel in SimpleCookie(line).items():
                self.cookies[name] = morsel.value
        return answer

    def _plainly(self, port: int) -> HTTPConnection:
        return HTTPConnection("127.0.0.1", port, timeout=60, source_address=(self.address, 0))

    def get(self, path: str, **headers: str) -> Answer:
        return self.ask("GET", path, headers=headers)

    def post(self, path: str, headers: dict[str, str] | None = None, **fields: str) -> Answer:
        kind = {"Content-Type": "application/x-www-form-urlencoded", "Origin": self.origin}
        if self.csrf_token:
            fields = {"csrf_token": self.csrf_token, **fields}
        return self.ask("POST", path, urlencode(fields), {**kind, **(headers or {})})

    def send_json(self, method: str, path: str, data: Any, headers: dict[str, str] | None = None) -> Answer:
        kind = {"Content-Type": "application/json", "Origin": self.origin}
        return self.ask(method, path, json.dumps(data), {**kind, "X-CSRF-Token": self.csrf_token, **(headers or {})})

    def log_in(self, password: str) -> "Visitor":
        answer = self.post("/login", password=password)
        assert answer.status == 303, answer.text
        token = re.search(r'name="csrf-token" content="([^"]+)"', self.get("/dashboard").text)
        assert token is not None
        self.csrf_token = token[1]
        return self
