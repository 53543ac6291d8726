"""How often a password may be tried: wrong tries make the next ones wait, and nobody else for long."""

from __future__ import annotations

import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address

_FREE_TRIES = 5
_LONGEST_WAIT_S = 10.0
_FORGOTTEN_AFTER_S = 900.0
_MOST_LANES = 10_000
_MOST_DEVICES = 1_000

_TRIES_OF_ALL = 40
_TRIES_OF_ALL_A_SECOND = 0.5


@dataclass
class _Lane:
    tries: int = 0
    opens_at: float = 0.0
    last_at: float = 0.0


class Throttle:
    """Makes those wait who try passwords, one by one and all together.

    A try counts as wrong until it turns out right, so that many at once gain nothing. Each address has a lane: five
    tries are free, then each waits twice as long as the one before, ten seconds at most. What is refused meanwhile
    prolongs nothing. All addresses together share a supply of tries that fills up again; a browser that logged in
    before has a lane of its own and needs none of that supply, so that guessers do not lock out those who know.

    Parameters
    ----------
    clock : callable
        Gives the time in seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._lanes: OrderedDict[str, _Lane] = OrderedDict()
        self._devices: OrderedDict[str, None] = OrderedDict()
        self._supply, self._filled_at = float(_TRIES_OF_ALL), clock()

    def wait_s(self, address: str, device: str = "") -> float:
        """Count a try.

        Parameters
        ----------
        address : str
            IP address that it comes from.
        device : str
            What :meth:`succeeded` gave this browser, if it did.

        Returns
        -------
        float
            Seconds after which to try again; 0 where the try may be made now.
        """
        with self._lock:
            now = self._clock()
            self._fill(now)
            is_known = device in self._devices
            lane = self._lane(device if is_known else _lane_of(address), now)
            if now < lane.opens_at:
                return lane.opens_at - now
            if not is_known:
                if self._supply < 1:
                    return (1 - self._supply) / _TRIES_OF_ALL_A_SECOND
                self._supply -= 1
            lane.tries, lane.last_at = lane.tries + 1, now
            if lane.tries >= _FREE_TRIES:
                lane.opens_at = now + min(2.0 ** (lane.tries - _FREE_TRIES), _LONGEST_WAIT_S)
            return 0.0

    def succeeded(self, address: str, device: str = "") -> str:
        """Forgive the tries before one that was right, and name the browser, which is known by this from now on."""
        with self._lock:
            if device not in self._devices:
                self._supply = min(self._supply + 1, _TRIES_OF_ALL)
                self._lanes.pop(_lane_of(address), None)
                device = secrets.token_urlsafe(24)
            self._lanes.pop(device, None)
            self._devices[device] = None
            if len(self._devices) > _MOST_DEVICES:
                self._devices.popitem(last=False)
            return device

    def _fill(self, now: float) -> None:
        self._supply = min(_TRIES_OF_ALL, self._supply + (now - self._filled_at) * _TRIES_OF_ALL_A_SECOND)
        self._filled_at = now

    def _lane(self, key: str, now: float) -> _Lane:
        lane = self._lanes.setdefault(key, _Lane())
        if now - lane.last_at > _FORGOTTEN_AFTER_S:
            lane.tries = 0
        self._lanes.move_to_end(key)
        if len(self._lanes) > _MOST_LANES:
            self._lanes.popitem(last=False)
        return lane


def _lane_of(address: str) -> str:
    """Count as one what one visitor has many of: addresses of this machine, or of one network of IPv6."""
    try:
        ip = ip_address(address)
    except ValueError:
        return "unknown"
    if ip.is_loopback:
        return "loopback"
    return str(int(ip) >> 64) if isinstance(ip, IPv6Address) else str(ip)
