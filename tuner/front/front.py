"""The way in: every request passes here, and what no route lists is refused."""

from __future__ import annotations

import hmac
import json
import logging
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from werkzeug import Response
from werkzeug.exceptions import Forbidden, HTTPException, InternalServerError, MethodNotAllowed, NotFound, Unauthorized
from werkzeug.routing import Map, Rule

from tuner.errors import StorageError, TunerError
from tuner.front.sessions import Sessions
from tuner.front.sources import check_host, check_page
from tuner.front.visits import Role, Route, Session, Visit, VisitRequest, see

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

_log = logging.getLogger(__name__)

_METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE")
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",  # without any referrer, browsers would hide the origin of our own forms
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_POLICY = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"


class Front:
    """A WSGI application around the pages.

    Parameters
    ----------
    routes : sequence of Route
        All that may be asked for.
    sessions : Sessions
        Who has given a password.
    names : frozenset of str
        The hosts that it answers as.
    everybody : Role
        What visitors may do without a password.
    """

    def __init__(self, routes: Sequence[Route], sessions: Sessions, names: frozenset[str], everybody: Role) -> None:
        self._sessions, self._names, self._everybody = sessions, names, everybody
        rules = [Rule(route.path, methods=[route.method], endpoint=route) for route in routes]
        self._rules = Map(rules, merge_slashes=False, redirect_defaults=False)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request."""
        request = VisitRequest(environ)
        answer = _guarded(self._answer(request))
        return answer(environ, start_response)

    def _answer(self, request: VisitRequest) -> Response:
        try:
            return self._visited(request)
        except HTTPException as refusal:
            return _refused(request, refusal)
        except TunerError as error:
            code = 503 if isinstance(error, StorageError) else 409
            return _said(request, code, str(error))
        except Exception:
            _log.exception("dashboard: %s %.200r went wrong", request.method, request.path)
            return _refused(request, InternalServerError("something went wrong; the dashboard's terminal says what"))

    def _visited(self, request: VisitRequest) -> Response:
        if request.method not in _METHODS:
            raise MethodNotAllowed(_METHODS, "this dashboard knows no such method")
        check_host(request, self._names)
        check_page(request)
        session = self._sessions.of(request)
        role = self._everybody if session is None else session.role
        found = self._find(request)
        needed = Role.READER if isinstance(found, HTTPException) else found[0].role
        if role < needed:
            return _asked_to_log_in(request, role)
        if isinstance(found, HTTPException):
            raise found
        if request.is_write and session is not None:
            _check_token(request, session)
        route, arguments = found
        return route.answer(Visit(request, session, role, arguments))

    def _find(self, request: VisitRequest) -> tuple[Route, Mapping[str, Any]] | HTTPException:
        rules = self._rules.bind("", url_scheme=request.scheme)
        try:
            return rules.match(request.path, request.method)
        except HTTPException:
            if request.is_write:
                return Forbidden("this cannot be changed from the dashboard: `tuner --help` lists the commands")
            return NotFound("there is nothing here")


def _asked_to_log_in(request: VisitRequest, role: Role) -> Response:
    if request.method == "GET" and not request.is_of_a_script:
        return see(f"/login?next={request.path}" if request.path.isascii() else "/login")
    if role == Role.NOBODY:
        raise Unauthorized("log in at /login")
    raise Forbidden("this takes the steering password, TUNER_DASHBOARD_STEER_PASSWORD: log in with it at /login")


def _check_token(request: VisitRequest, session: Session) -> None:
    given = request.headers.get("X-CSRF-Token") or request.form.get("csrf_token", "")
    if not hmac.compare_digest(given.encode(), session.csrf_token.encode()):
        raise Forbidden("the page that sent this is from before the login: load it again")


def _refused(request: VisitRequest, refusal: HTTPException) -> Response:
    answer = _said(request, refusal.code or 500, refusal.description or refusal.name)
    kept = [(key, value) for key, value in refusal.get_headers() if key in ("Allow", "Retry-After")]
    answer.headers.extend(kept)
    return answer


def _said(request: VisitRequest, code: int, text: str) -> Response:
    """Say a line; Optuna's page shows what stands under "reason"."""
    if request.is_of_a_script:
        return Response(json.dumps({"reason": text}), code, mimetype="application/json")
    return Response(f"{text}\n", code, mimetype="text/plain")


def _guarded(answer: Response) -> Response:
    """Set the headers that every answer has, whoever made it."""
    for header in [name for name in answer.headers.keys() if name.startswith("Access-Control-")]:
        del answer.headers[header]
    answer.headers.update(_HEADERS)
    answer.headers.setdefault("Content-Security-Policy", _POLICY)
    answer.headers.setdefault("Cache-Control", "no-store")
    return answer
