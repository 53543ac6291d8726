"""Notes on studies and trials: the one thing that Optuna's page may write."""

from __future__ import annotations

import threading
import unicodedata
from typing import Any

from werkzeug import Response
from werkzeug.exceptions import BadRequest, UnsupportedMediaType
from werkzeug.test import EnvironBuilder

from tuner.front.optuna_pages import OptunaPages
from tuner.front.shown import check_study, shown_trial
from tuner.front.visits import Role, Route, Visit, VisitRequest
from tuner.storage import Storage

_LONGEST_NOTE = 10_000
_LATEST_VERSION = 2**31 - 1


class Notes:
    """Checks a note and hands it on to Optuna's dashboard.

    Parameters
    ----------
    storage : Storage
        The studies.
    optuna : OptunaPages
        Optuna's dashboard, which stores the notes.
    """

    def __init__(self, storage: Storage, optuna: OptunaPages) -> None:
        self._storage, self._optuna = storage, optuna
        self._turn = threading.Lock()  # a note's pieces are stored one by one

    def routes(self) -> list[Route]:
        """List what may be written."""
        study = "/api/studies/<int(max=2147483647):study_id>"
        return [
            Route("PUT", f"{study}/note", Role.STEERER, self._write),
            Route("PUT", f"{study}/<int(max=2147483647):trial_id>/note", Role.STEERER, self._write),
        ]

    def _write(self, visit: Visit) -> Response:
        if "trial_id" in visit.arguments:
            shown_trial(self._storage, **visit.arguments)
        else:
            check_study(self._storage, **visit.arguments)
        note = _checked_note(visit.request)
        with self._turn:
            return self._optuna.ask(EnvironBuilder(visit.request.path, method="PUT", json=note))


def _checked_note(request: VisitRequest) -> dict[str, Any]:
    """Read a note that can be stored and shown as it is: some pages of text without control characters."""
    if not request.is_json:
        raise UnsupportedMediaType("a note is sent as application/json")
    try:
        data = request.get_json()
    except RecursionError as error:
        raise BadRequest("a note is no heap of brackets") from error
    version, body = (data.get("version"), data.get("body")) if isinstance(data, dict) else (None, None)
    if type(version) is not int or not 0 < version <= _LATEST_VERSION or not isinstance(body, str):
        raise BadRequest("a note has a version, which is a number, and a body, which is text")
    if len(body) > _LONGEST_NOTE:
        raise BadRequest(f"a note has at most {_LONGEST_NOTE} characters, this one has {len(body)}")
    if any(unicodedata.category(character) in ("Cc", "Cs") for character in body if character not in "\n\t"):
        raise BadRequest("a note is text without control characters")
    return {"version": version, "body": body}
