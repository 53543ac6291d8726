"""Where a request may come from: the names that the dashboard is asked by, and the pages that may ask it."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterable
from ipaddress import ip_address

import psutil
from werkzeug.exceptions import BadRequest, Forbidden, MisdirectedRequest

from tuner.front.visits import VisitRequest

_HOST = re.compile(r"(?:\[(?P<ipv6>[0-9a-f:.]{2,45})\]|(?P<name>[a-z0-9._-]{1,253}))(?::\d{1,5})?")


def own_names(address: str, others: Iterable[str]) -> frozenset[str]:
    """Name the hosts that the dashboard answers as; a name that an attacker points at this machine is none of them.

    Parameters
    ----------
    address : str
        IP address that the server is bound to.
    others : iterable of str
        Names that a person said the dashboard has, too.

    Returns
    -------
    frozenset of str
        Names and addresses in lower case, without ports.
    """
    names = {"localhost", "127.0.0.1", "::1", address, *others}
    if ip_address(address).is_unspecified:
        addresses = (one.address for many in psutil.net_if_addrs().values() for one in many)
        names |= {socket.gethostname(), *addresses}
    return frozenset(name.lower() for name in names)


def check_host(request: VisitRequest, names: frozenset[str]) -> None:
    """Refuse a request that was meant for another host, as those of a rebound DNS name are.

    Raises
    ------
    BadRequest
        If it does not say for which host it is.
    MisdirectedRequest
        If it names a host that is not ours.
    """
    host = _HOST.fullmatch(request.environ.get("HTTP_HOST", "").lower())
    if host is None:
        raise BadRequest("the request names no host, or several")
    name = host["ipv6"] or host["name"]
    if name not in names:
        raise MisdirectedRequest(f"this dashboard is not {name}: if it should be, start it with --allow-host {name}")


def check_page(request: VisitRequest) -> None:
    """Refuse what another site's page asks for; only a link may lead here from there.

    Browsers say where a request comes from, in `Sec-Fetch-Site` and, with every write, in `Origin`. What says nothing
    is no browser, and no other page can have borrowed its session.

    Raises
    ------
    Forbidden
        If the page that asks is none of ours.
    """
    site = request.headers.get("Sec-Fetch-Site", "none")
    if site not in ("none", "same-origin") and not _is_followed_link(request):
        raise Forbidden("a page of another site asked for this")
    if not request.is_write:
        return
    own = f"{request.scheme}://{request.environ['HTTP_HOST'].lower()}"
    origin = request.headers.get("Origin", own)
    if origin.lower() != own:
        raise Forbidden(f"a page of another site sent this, not one of {own}; behind TLS start with --behind-proxy")


def _is_followed_link(request: VisitRequest) -> bool:
    headers = request.headers
    is_page = headers.get("Sec-Fetch-Mode") == "navigate" and headers.get("Sec-Fetch-Dest") == "document"
    return is_page and not request.is_write
