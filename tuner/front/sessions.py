"""Sessions of those who gave a password: a random cookie in the browser, what it permits in this process."""

from __future__ import annotations

import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable

from werkzeug import Response

from tuner.front.visits import Role, Session, VisitRequest

_LASTS_S = 12 * 3600.0
_DEVICE_LASTS_S = 30 * 86400
_MOST = 1_000


class Sessions:
    """The sessions there are; they end with this process.

    Parameters
    ----------
    clock : callable
        Gives the time in seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._sessions: OrderedDict[str, Session] = OrderedDict()

    def of(self, request: VisitRequest) -> Session | None:
        """Find the session of a request."""
        with self._lock:
            session = self._sessions.get(_key_of(request))
        return session if session is not None and session.ends_at > self._clock() else None

    def begin(self, request: VisitRequest, answer: Response, role: Role) -> None:
        """Begin a session in place of the one there was, so that a cookie planted before the login is worth nothing."""
        key = secrets.token_urlsafe(32)
        with self._lock:
            self._sessions.pop(_key_of(request), None)
            self._sessions[key] = Session(role, secrets.token_urlsafe(32), self._clock() + _LASTS_S)
            if len(self._sessions) > _MOST:
                self._sessions.popitem(last=False)
        _set(request, answer, "session", key)

    def end(self, request: VisitRequest, answer: Response) -> None:
        """End the session of a request, if it has one."""
        with self._lock:
            self._sessions.pop(_key_of(request), None)
        _set(request, answer, "session", "", max_age=0)


def _key_of(request: VisitRequest) -> str:
    return request.cookies.get(_name(request, "session"), "")


def device_of(request: VisitRequest) -> str:
    """Read the name that the throttle gave this browser; empty where it has none."""
    return request.cookies.get(_name(request, "device"), "")


def remember_device(request: VisitRequest, answer: Response, device: str) -> None:
    """Let the browser keep the name that the throttle gave it."""
    _set(request, answer, "device", device, max_age=_DEVICE_LASTS_S)


def _name(request: VisitRequest, kind: str) -> str:
    """Name a cookie; the ports of one host share their cookies, and dashboards on two of them must not."""
    port = request.environ.get("HTTP_HOST", "").rpartition(":")[2]
    prefix = "__Host-" if request.is_secure else ""
    return f"{prefix}tuner-{kind}" + (f"-{port}" if port.isdecimal() else "")


def _set(request: VisitRequest, answer: Response, kind: str, value: str, max_age: int | None = None) -> None:
    name = _name(request, kind)
    answer.set_cookie(name, value, max_age, secure=request.is_secure, httponly=True, samesite="Strict")
