"""What Optuna's dashboard offers and this one refuses, with what to do in its place."""

from __future__ import annotations

from typing import NoReturn

from werkzeug.exceptions import Forbidden

from tuner.front.visits import Role, Route, Visit

_STUDY, _TRIAL = "/api/studies/<study>", "/api/trials/<trial>"
_CREATE = "studies are made by `tuner create STUDY_FILE --data CACHE`"
_FILES = "the files of trials are written by their workers"
_PREFERENCES = "trials are ranked by their scores"

_INSTEAD = [
    ("POST", "/api/studies", _CREATE),
    ("POST", f"{_STUDY}/rename", f"a study keeps its name, by which its workers know it; {_CREATE}"),
    ("DELETE", _STUDY, "a study is deleted with its files by `tuner delete NAME`"),
    ("POST", f"{_TRIAL}/tell", "a trial is told by its worker alone; `tuner stop NAME --trial NUMBER` ends it"),
    ("POST", f"{_TRIAL}/user-attrs", "what is stored of a trial is written by its worker; write a note"),
    ("POST", f"{_STUDY}/<trial>/skip", _PREFERENCES),
    ("POST", f"{_STUDY}/preference", _PREFERENCES),
    ("PUT", f"{_STUDY}/preference_feedback_component", _PREFERENCES),
    ("POST", f"{_STUDY}/preference/<history>", _PREFERENCES),
    ("DELETE", f"{_STUDY}/preference/<history>", _PREFERENCES),
    ("POST", "/api/artifacts/<study>", _FILES),
    ("POST", "/api/artifacts/<study>/<trial>", _FILES),
    ("DELETE", "/api/artifacts/<study>/<artifact>", _FILES),
    ("DELETE", "/api/artifacts/<study>/<trial>/<artifact>", _FILES),
    ("POST", "/incompatible-rdb-schema", "a database is migrated when a command opens it"),
]


def routes() -> list[Route]:
    """List what is refused with a hint; all else that no route lists is refused without one."""
    return [_refused(*row) for row in _INSTEAD]


def _refused(method: str, path: str, instead: str) -> Route:
    def answer(_: Visit) -> NoReturn:
        raise Forbidden(f"not from the dashboard: {instead}")

    return Route(method, path, Role.READER, answer)
