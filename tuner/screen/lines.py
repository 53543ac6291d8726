"""Lines for people: everything that is printed or logged goes through here, and a terminal obeys none of it.

Names, reasons and notes come from databases, bundles and files that anybody may have written. An escape sequence or a
line break in them is shown as such.
"""

from __future__ import annotations

import logging
from types import TracebackType

import click

from models.visible import visible


def echo(line: str = "", *, err: bool = False) -> None:
    """Print one line to stdout, or to stderr."""
    click.echo(visible(line), err=err)


def log_to(handler: logging.Handler, form: str = "%(message)s") -> None:
    """Send the log of this process to a handler, one line an event."""
    handler.setFormatter(_LineFormatter(form))
    logging.basicConfig(level=logging.INFO, handlers=[handler])
    for library in ("alembic", "matplotlib"):  # they tell of their plugins and fonts
        logging.getLogger(library).setLevel(logging.WARNING)


class _LineFormatter(logging.Formatter):
    def formatMessage(self, record: logging.LogRecord) -> str:
        return visible(super().formatMessage(record))

    def formatException(  # a traceback has lines of its own
        self, ei: tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]
    ) -> str:
        return "\n".join(map(visible, super().formatException(ei).split("\n")))
