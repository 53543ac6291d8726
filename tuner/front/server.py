"""The server behind the front: what it is bound to, and how much of a visitor it puts up with."""

from __future__ import annotations

import logging
import socket
import time
from collections.abc import Sequence
from contextlib import suppress
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Any

from waitress.channel import HTTPChannel
from waitress.server import TcpWSGIServer

from tuner.errors import TunerError
from tuner.front import own_pages, refusals
from tuner.front.artifacts import Artifacts
from tuner.front.front import Front
from tuner.front.login import Login
from tuner.front.notes import Notes
from tuner.front.optuna_pages import OptunaPages
from tuner.front.passwords import READING, Passwords
from tuner.front.sessions import Sessions
from tuner.front.sources import own_names
from tuner.front.steering import Steering
from tuner.front.throttle import Throttle
from tuner.front.visits import LONGEST_BODY, Role

if TYPE_CHECKING:
    from tuner.storage import Storage

_log = logging.getLogger(__name__)

PATIENCE_S = 60.0
"""Seconds that a client has to send a request whole, to take its answer, or to send the next one."""
STORAGE_PATIENCE_S = 10.0
"""Seconds that a page waits for a database that is away, while its thread serves nobody else."""

_LIMITS: dict[str, Any] = {
    "threads": 8,
    "connection_limit": 500,
    "max_request_header_size": 16 * 1024,
    "max_request_body_size": LONGEST_BODY,
    "cleanup_interval": 5,
    "asyncore_use_poll": True,
    "log_socket_errors": False,
    "ident": None,
    "clear_untrusted_proxy_headers": True,
}
_PROXY: dict[str, Any] = {
    "trusted_proxy": "*",
    "trusted_proxy_count": 1,
    "trusted_proxy_headers": {"x-forwarded-for", "x-forwarded-proto"},
}


class _Channel(HTTPChannel):
    """A connection that knows since when its client lets us wait; single bytes now and then do not count."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        self.waiting_since = time.monotonic()
        super().__init__(*arguments, **named)

    def received(self, data: bytes) -> bool:
        if self.request is None:
            self.waiting_since = time.monotonic()
        return bool(super().received(data))

    def service(self) -> None:
        super().service()
        self.waiting_since = time.monotonic()


class DashboardServer(TcpWSGIServer):
    """A server that ends connections whose clients are too slow."""

    channel_class = _Channel
    active_channels: dict[int, _Channel]  # type: ignore[assignment]  # not as its stubs say
    effective_port: str

    def maintenance(self, now: float) -> None:
        """End those that send or read nothing, or too little; called every few seconds."""
        for channel in list(self.active_channels.values()):
            if not channel.requests and time.monotonic() - channel.waiting_since > PATIENCE_S:
                channel.will_close = True
                assert channel.socket is not None
                with suppress(OSError):  # the client may have gone by itself
                    channel.socket.shutdown(socket.SHUT_RDWR)


def make_server(
    storage: Storage,
    artifacts: Path,
    passwords: Passwords,
    host: str,
    port: int,
    *,
    names: Sequence[str] = (),
    behind_proxy: bool = False,
) -> DashboardServer:
    """Bind the dashboard, ready for `run`.

    Parameters
    ----------
    storage : Storage
        The studies.
    artifacts : Path
        Folder of the pictures of their trials.
    passwords : Passwords
        Who may see and steer them.
    host : str
        Name or IP address to bind; other machines reach it only with a password.
    port : int
        Port to bind; 0 for any that is free.
    names : sequence of str
        Further names under which browsers reach it.
    behind_proxy : bool
        Whether a proxy that nobody can go around says who the client is, and whether it came over TLS.

    Returns
    -------
    DashboardServer

    Raises
    ------
    TunerError
        If the address cannot be bound, or needs a password.
    """
    address = _resolved(host, port)
    is_of_this_machine = ip_address(address).is_loopback
    if passwords.reading is None and (behind_proxy or not is_of_this_machine):
        what = "--behind-proxy" if behind_proxy else f"--host {host}"
        raise TunerError(
            f"{what} opens the dashboard to other machines: set a password in {READING}, or in a file that "
            f"{READING}_FILE names"
        )
    if not (behind_proxy or is_of_this_machine):
        _log.warning("--host %s without TLS: passwords and pages can be read on their way; see docs/security.md", host)
    storage.database.patience_s = STORAGE_PATIENCE_S
    logging.getLogger("waitress").setLevel(logging.ERROR)  # its lesser words quote what clients send
    front = make_front(storage, artifacts, passwords, own_names(address, names))
    limits = _LIMITS | (_PROXY if behind_proxy else {})
    try:
        return DashboardServer(front, host=address, port=port, **limits)
    except OSError as error:
        raise TunerError(f"cannot listen on {host}:{port}: {error.strerror}; choose another with --port") from error


def make_front(storage: Storage, artifacts: Path, passwords: Passwords, names: frozenset[str]) -> Front:
    """Put the pages together behind the front."""
    artifacts.mkdir(parents=True, exist_ok=True)
    sessions, optuna = Sessions(), OptunaPages(storage, artifacts)
    routes = [
        *own_pages.routes(),
        *Login(passwords, sessions, Throttle()).routes(),
        *optuna.routes(),
        *Artifacts(storage, artifacts).routes(),
        *Notes(storage, optuna).routes(),
        *Steering(storage).routes(),
        *refusals.routes(),
    ]
    return Front(routes, sessions, names, Role.READER if passwords.reading is None else Role.NOBODY)


def _resolved(host: str, port: int) -> str:
    """Find the one IP address that is meant; a name is looked up once, so that what is checked is what is bound."""
    try:
        return str(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0][4][0])
    except (OSError, TypeError, ValueError) as error:
        raise TunerError(f"--host {host} is no name of a host: give an IP address, or a name that has one") from error
