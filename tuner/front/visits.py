"""One request that has come through, and the list of what may be asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from werkzeug import Request, Response
from werkzeug.utils import redirect

LONGEST_BODY = 128 * 1024
"""Bytes of the longest body that is read; the longest is that of a note."""


class Role(IntEnum):
    """What a visitor may do, each more than the one before."""

    NOBODY = 0
    READER = 1
    STEERER = 2


@dataclass(frozen=True)
class Session:
    """What is known of a visitor who gave a password.

    Parameters
    ----------
    role : Role
        What the password permits.
    csrf_token : str
        Random text that each of the session's pages holds and each of its writes must bring.
    ends_at : float
        When the session ends, in seconds of the sessions' clock.
    """

    role: Role
    csrf_token: str
    ends_at: float


class VisitRequest(Request):
    """A request whose body is bounded however it is sent."""

    max_content_length = LONGEST_BODY
    max_form_memory_size = LONGEST_BODY
    max_form_parts = 20

    @property
    def is_write(self) -> bool:
        """Whether the request may change anything."""
        return self.method not in ("GET", "HEAD")

    @property
    def is_of_a_script(self) -> bool:
        """Whether the answer is read by the dashboard's own scripts rather than shown."""
        return self.path.startswith("/api/")


@dataclass(frozen=True)
class Visit:
    """A request whose visitor may make it.

    Parameters
    ----------
    request : VisitRequest
        The request.
    session : Session or None
        The visitor's session; None where no password was given.
    role : Role
        What the visitor may do.
    arguments : mapping
        What stood in the path, converted and within its bounds.
    """

    request: VisitRequest
    session: Session | None
    role: Role
    arguments: Mapping[str, Any]


@dataclass(frozen=True)
class Route:
    """One thing that may be asked for; what no route lists is refused.

    Parameters
    ----------
    method : str
        GET, which includes HEAD, or POST, PUT or DELETE.
    path : str
        Path in the notation of Werkzeug's rules.
    role : Role
        Who may ask.
    answer : callable
        Answers a visit.
    """

    method: str
    path: str
    role: Role
    answer: Callable[[Visit], Response]


def see(path: str) -> Response:
    """Send a browser to another page of ours, with a GET whatever this was."""
    return Response.force_type(redirect(path, 303))
