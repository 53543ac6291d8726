"""Pages that are the front's own, and what they are made of."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader
from werkzeug import Response

from tuner.front.visits import Role, Route, Visit

FOLDER = Path(__file__).parent / "pages"

_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_TYPES = {"style.css": "text/css", "csrf.js": "text/javascript"}

_templates = Environment(loader=FileSystemLoader(FOLDER), autoescape=True)


def render(name: str, status: int = 200, **values: Any) -> Response:
    """Fill in a page; no script runs on it, and all that is filled in is text."""
    answer = Response(_templates.get_template(name).render(values), status, mimetype="text/html")
    answer.headers["Content-Security-Policy"] = _POLICY
    return answer


def routes() -> list[Route]:
    """List what the pages are made of."""
    return [Route("GET", f"/front/<any({','.join(map(repr, _TYPES))}):name>", Role.NOBODY, _send)]


def _send(visit: Visit) -> Response:
    name = visit.arguments["name"]
    return Response((FOLDER / name).read_bytes(), mimetype=_TYPES[name])
