"""The two passwords of the dashboard: one to see the studies, one to steer them, too."""

from __future__ import annotations

import logging
import os
import re
import stat
import threading
from collections.abc import Mapping
from pathlib import Path

from werkzeug.exceptions import TooManyRequests
from werkzeug.security import check_password_hash, generate_password_hash

from tuner.errors import TunerError
from tuner.front.visits import Role

READING, STEERING = "TUNER_DASHBOARD_PASSWORD", "TUNER_DASHBOARD_STEER_PASSWORD"

LONGEST_PASSWORD = 1000
_SHORT = 12
_METHOD = "scrypt:32768:8:1"  # 32 MiB and some 0.1 s a try
_HASH = re.compile(rf"{_METHOD}\$\w+\$[0-9a-f]{{128}}")
_HASHED_AT_ONCE = 2

_log = logging.getLogger(__name__)


def hash_password(password: str) -> str:
    """Hash a password with scrypt, salted, so that a variable or file can hold the hash in its place."""
    return generate_password_hash(password, method=_METHOD)


class Passwords:
    """Hashes of the passwords; the passwords themselves are not kept.

    Parameters
    ----------
    reading : str or None
        Hash of the password that lets see the studies; without one, everybody sees them.
    steering : str or None
        Hash of the password that lets steer them, too; without one, nobody steers.
    """

    def __init__(self, reading: str | None = None, steering: str | None = None) -> None:
        self.reading, self.steering = reading, steering
        # Each try takes 32 MiB: so many run at once, however many are sent.
        self._turns = threading.BoundedSemaphore(_HASHED_AT_ONCE)

    def role_of(self, password: str) -> Role:
        """Tell what a password permits, after the same work whichever it is.

        Raises
        ------
        TooManyRequests
            If as many others are being looked at as may be.
        """
        if not self._turns.acquire(blocking=False):
            raise TooManyRequests("others are logging in: try again in a second", retry_after=1)
        try:
            given = password[:LONGEST_PASSWORD]
            fits = [
                stored is not None and check_password_hash(stored, given) for stored in (self.steering, self.reading)
            ]
        finally:
            self._turns.release()
        return Role.STEERER if fits[0] else Role.READER if fits[1] else Role.NOBODY


def read_passwords(environment: Mapping[str, str] = os.environ) -> Passwords:
    """Read the passwords, or their hashes, from the variables `NAME` or from the files that `NAME_FILE` name.

    Raises
    ------
    TunerError
        If one is given twice, its file cannot be read, or both are the same.
    """
    given = {name: _given(name, environment) for name in (READING, STEERING)}
    if given[READING] is not None and given[READING] == given[STEERING]:
        raise TunerError(f"{READING} and {STEERING} are the same: who may see the studies could steer them, too")
    reading, steering = (None if text is None else _hashed(name, text) for name, text in given.items())
    return Passwords(reading, steering)


def _given(name: str, environment: Mapping[str, str]) -> str | None:
    text, file = environment.get(name) or None, environment.get(f"{name}_FILE") or None
    if text and file:
        raise TunerError(f"{name} and {name}_FILE are both set: leave one out")
    return text if file is None else _read(f"{name}_FILE", Path(file))


def _read(name: str, path: Path) -> str:
    try:
        # A pipe in its place must not keep us waiting.
        with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), encoding="utf-8") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise TunerError(
                    f"{name}={path} is no regular file: give one that holds the password in its first line"
                )
            line = file.readline(LONGEST_PASSWORD + 2).rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "is no text"
        raise TunerError(f"{name}={path} cannot be read: {reason}") from error
    if not line:
        raise TunerError(f"{name}={path} is empty: write the password into its first line")
    return line


def _hashed(name: str, text: str) -> str:
    if _HASH.fullmatch(text):
        return text
    if not text.isprintable():
        raise TunerError(f"{name} is no text: take letters, digits and signs")
    if len(text) > LONGEST_PASSWORD:
        raise TunerError(f"{name} is longer than {LONGEST_PASSWORD} characters: take a shorter one")
    if len(text) < _SHORT:
        _log.warning("%s is shorter than %d characters: it can be guessed", name, _SHORT)
    return hash_password(text)
