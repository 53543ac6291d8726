"""Logging in and out."""

from __future__ import annotations

import logging
import math
import re

from werkzeug import Response
from werkzeug.exceptions import NotFound, TooManyRequests

from tuner.front.own_pages import render
from tuner.front.passwords import Passwords
from tuner.front.sessions import Sessions, device_of, remember_device
from tuner.front.throttle import Throttle
from tuner.front.visits import Role, Route, Visit, see

_log = logging.getLogger(__name__)

_OWN_PAGE = re.compile(r"/(?:dashboard[\w/-]{0,100}|steering)")


class Login:
    """Trades a password for a session.

    Parameters
    ----------
    passwords : Passwords
        What they permit.
    sessions : Sessions
        Where sessions are kept.
    throttle : Throttle
        How often passwords may be tried.
    """

    def __init__(self, passwords: Passwords, sessions: Sessions, throttle: Throttle) -> None:
        self._passwords, self._sessions, self._throttle = passwords, sessions, throttle

    def routes(self) -> list[Route]:
        """List what may be asked for without a password, and the way out."""
        return [
            Route("GET", "/login", Role.NOBODY, self._show),
            Route("POST", "/login", Role.NOBODY, self._log_in),
            Route("POST", "/logout", Role.READER, self._log_out),
        ]

    def _show(self, visit: Visit, problem: str = "", status: int = 200) -> Response:
        if self._passwords.reading is None and self._passwords.steering is None:
            raise NotFound("no passwords are set: all may see the studies, and none may steer them from here")
        return render(
            "login.html",
            status,
            problem=problem,
            hint=self._hint(),
            next=visit.request.values.get("next", ""),
            csrf_token="" if visit.session is None else visit.session.csrf_token,
        )

    def _hint(self) -> str:
        if self._passwords.steering is None:
            return "Studies can be seen here. Pause, resume and stop them with the command tuner."
        if self._passwords.reading is None:
            return "Who has the steering password may pause, resume and stop studies, and write notes."
        return "One password shows the studies; the steering password lets you pause, resume and stop them, too."

    def _log_in(self, visit: Visit) -> Response:
        request = visit.request
        address, device = request.remote_addr or "", device_of(request)
        seconds = math.ceil(self._throttle.wait_s(address, device))
        if seconds > 0:
            answer = self._show(visit, f"Too many wrong passwords: try again in {seconds} s.", TooManyRequests.code)
            answer.headers["Retry-After"] = str(seconds)
            return answer
        role = self._passwords.role_of(request.form.get("password", ""))
        if role == Role.NOBODY:
            _log.warning("dashboard: wrong password from %.100r", address)
            return self._show(visit, "That is not the password.", 401)
        page = request.form.get("next", "")
        answer = see(page if _OWN_PAGE.fullmatch(page) else "/dashboard" if role == Role.READER else "/steering")
        self._sessions.begin(request, answer, role)
        remember_device(request, answer, self._throttle.succeeded(address, device))
        return answer

    def _log_out(self, visit: Visit) -> Response:
        answer = see("/")
        self._sessions.end(visit.request, answer)
        return answer
