"""Whether the home and the data of a worker are still those that it began with."""

from __future__ import annotations

import logging
import time
from pathlib import Path
from typing import TYPE_CHECKING

from data_pipeline.cache import SAMPLES
from data_pipeline.disk import remedy
from data_pipeline.mapped import is_in_place, keep_in_use, written_to
from tuner.errors import StudyError
from tuner.study.files import home_id, read_home_id

if TYPE_CHECKING:
    from tuner.study.opened import OpenStudy
    from tuner.work.shutdown import Shutdown

logger = logging.getLogger(__name__)

AWAY_S = 10.0
"""How long a home that is away, or another one, is waited for: a mount may come back."""


class Places:
    """The home and the data of a worker.

    They are looked at as often as the worker beats, and before every checkpoint. A home that was removed is made again.
    One that was replaced, or lies on another disk now, is not written to. Data that were removed or replaced stay what
    they were for the worker, which has them in memory; data that were written to do not.

    Parameters
    ----------
    study : OpenStudy
        The study; its data are opened.
    shutdown : Shutdown
        Ends the waiting for a home.
    """

    def __init__(self, study: OpenStudy, shutdown: Shutdown) -> None:
        self._home, self._cache, self._shutdown = study.home, study.cache, shutdown
        self._said: set[str] = set()
        self.home_id = home_id(study.home)
        self._device = _device_of(study.home)

    def look(self) -> None:
        """Say in the log what is wrong, once; say of the views in use that they are."""
        keep_in_use()
        if fault := self._fault():
            self._say(fault)

    def check(self) -> None:
        """Refuse to go on in another home, or with data that were written to.

        Raises
        ------
        StudyError
            Naming what has changed, after a while in which it may have come back.
        """
        until = time.monotonic() + AWAY_S
        while fault := self._fault():
            self._say(fault)
            if written_to() or self._shutdown.is_requested or time.monotonic() >= until:
                raise StudyError(fault)
            self._shutdown.wait(1.0)

    def _fault(self) -> str | None:
        if path := written_to():
            return (
                f"{path} was written to while it was in use, and what was trained since counts for nothing: start again"
            )
        if not is_in_place(self._cache.path / SAMPLES):
            self._say(f"cache {self._cache.path} was removed or replaced: this worker goes on with what it has opened")
        try:
            found = read_home_id(self._home)
        except OSError as error:
            return f"home {self._home} cannot be read any more: {error.strerror}; {remedy(error)}, then start again"
        if found is None and _device_of(self._home) == self._device:
            return self._make_again()
        if found == self.home_id:
            return None
        now = "away" if found is None else f"another one now (id {found[:8]}, it was {self.home_id[:8]})"
        return f"home {self._home} is {now}: put the old one back, or start again with the new one"

    def _make_again(self) -> str | None:
        try:
            home_id(self._home, self.home_id)
        except StudyError as error:
            return str(error)
        self._say(f"home {self._home} was removed, and is made again: the checkpoints and weights in it are lost")
        return None

    def _say(self, what: str) -> None:
        if what not in self._said:
            self._said.add(what)
            logger.warning("%s", what)


def _device_of(path: Path) -> int:
    """Return the disk that a path is on, or would be."""
    return next(folder.stat().st_dev for folder in (path.absolute(), *path.absolute().parents) if folder.exists())
