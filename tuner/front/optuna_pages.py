"""Optuna's dashboard, of which only what is listed here can be reached."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from html import escape
from pathlib import Path

from optuna.artifacts import FileSystemArtifactStore
from optuna_dashboard import wsgi
from werkzeug import Response
from werkzeug.datastructures import Headers
from werkzeug.exceptions import BadRequest
from werkzeug.test import EnvironBuilder

from tuner.front.shown import ShownStudies, check_study
from tuner.front.visits import Role, Route, Visit, see
from tuner.screen.csv_text import csv_text
from tuner.storage import Storage

# Its components write styles, and its graphs are saved as data; nothing comes from elsewhere.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; connect-src 'self'; "
    "img-src 'self' data: blob:; form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
)
_LARGEST_INTEGER = 2**31 - 1


class OptunaPages:
    """Asks Optuna's dashboard for what a visitor wants to see; of the visitor's request it gets the path alone.

    Parameters
    ----------
    storage : Storage
        The studies.
    artifacts : Path
        Where the files of trials lie; they are served by the front itself.
    """

    def __init__(self, storage: Storage, artifacts: Path) -> None:
        self._storage = storage
        # It shows the artifacts of a trial only where it is given a store.
        self._app = wsgi(ShownStudies(storage), artifact_store=FileSystemArtifactStore(str(artifacts)))
        self._app.catchall = False  # what goes wrong in it is told by the front, and not with a traceback

    def routes(self) -> list[Route]:
        """List what may be read."""
        study = "<int(max=2147483647):study_id>"
        return [
            Route("GET", "/", Role.NOBODY, lambda _: see("/dashboard")),
            Route("GET", "/favicon.ico", Role.NOBODY, self._file),
            Route("GET", "/dashboard", Role.READER, self._page),
            Route("GET", "/dashboard/<path:page>", Role.READER, self._page),
            Route("GET", "/static/<name>", Role.READER, self._file),
            Route("GET", "/api/meta", Role.READER, self._data()),
            Route("GET", "/api/studies", Role.READER, self._data()),
            Route("GET", f"/api/studies/{study}", Role.READER, self._data("after")),
            Route("GET", f"/api/studies/{study}/param_importances", Role.READER, self._data()),
            Route("GET", f"/csv/{study}", Role.READER, self._table),
        ]

    def ask(self, request: EnvironBuilder) -> Response:
        """Hand a request on that was made here."""
        try:
            return Response.from_app(self._app, request.get_environ())
        finally:
            request.close()

    def _page(self, visit: Visit) -> Response:
        answer = self.ask(EnvironBuilder("/dashboard"))
        if visit.session is not None:
            token = escape(visit.session.csrf_token)
            ours = f'<head><meta name="csrf-token" content="{token}"><script src="/front/csrf.js"></script>'
            answer.data = answer.get_data().replace(b"<head>", ours.encode(), 1)
        answer.headers["Content-Security-Policy"] = _POLICY
        return answer

    def _file(self, visit: Visit) -> Response:
        kept = ("Accept-Encoding", "If-Modified-Since")
        headers = Headers({name: visit.request.headers.get(name, "") for name in kept})
        answer = self.ask(EnvironBuilder(visit.request.path, headers=headers))
        answer.headers["Cache-Control"] = "private, no-cache"
        return answer

    def _data(self, *numbers: str) -> Callable[[Visit], Response]:
        def answer(visit: Visit) -> Response:
            if "study_id" in visit.arguments:
                check_study(self._storage, visit.arguments["study_id"])
            given = {name: _number(visit.request.args[name]) for name in numbers if name in visit.request.args}
            return self.ask(EnvironBuilder(visit.request.path, query_string={k: str(n) for k, n in given.items()}))

        return answer

    def _table(self, visit: Visit) -> Response:
        check_study(self._storage, visit.arguments["study_id"])
        trials = [_number(text) for text in filter(None, visit.request.args.get("trial_ids", "").split(","))]
        query = {"trial_ids": ",".join(map(str, trials))} if trials else {}
        answer = self.ask(EnvironBuilder(visit.request.path, query_string=query))
        if answer.status_code == 200:
            answer.data = _without_formulas(answer.get_data(as_text=True))
            answer.content_type = "text/csv; charset=utf-8"
        return answer


def _number(text: str) -> int:
    if not (text.isascii() and text.isdecimal()) or len(text) > 10 or int(text) > _LARGEST_INTEGER:
        raise BadRequest("this takes whole numbers")
    return int(text)


def _without_formulas(table: str) -> str:
    """Mark as text what a spreadsheet would compute."""
    written = io.StringIO()
    rows = csv.reader(io.StringIO(table))
    csv.writer(written).writerows([[_as_text(cell) for cell in row] for row in rows])
    return written.getvalue()


def _as_text(cell: str) -> str:
    try:
        float(cell)
    except ValueError:
        return csv_text(cell)
    return cell
