"""What is printed and logged: whatever others wrote, a terminal obeys none of it."""

import io
import logging
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tuner.screen.lines import echo, log_to

EVIL = "\x1b]0;x\x07\x1b[31m\u202e\nerror: forged \udcff"
SHOWN = r"\x1b]0;x\x07\x1b[31m\u202e\nerror: forged \udcff"


@contextmanager
def logged() -> Iterator[io.StringIO]:
    """What the root of all loggers writes, without the handlers that the tests' own tools have put there."""
    root, stream = logging.getLogger(), io.StringIO()
    handlers, root.handlers, level = root.handlers, [], root.level
    log_to(logging.StreamHandler(stream))
    yield stream
    root.handlers = handlers
    root.setLevel(level)


def test_a_line_stays_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    echo(f"study ä: {EVIL}")
    echo(EVIL, err=True)
    assert capsys.readouterr() == (f"study ä: {SHOWN}\n", f"{SHOWN}\n")


def test_so_does_an_event_in_the_log() -> None:
    with logged() as log:
        logging.getLogger("tuner").info("trial %d failed: %s", 3, EVIL)
    assert log.getvalue() == f"trial 3 failed: {SHOWN}\n"


def test_a_traceback_keeps_its_lines_and_loses_its_escapes() -> None:
    with logged() as log:
        try:
            raise ValueError("\x1b[31m")
        except ValueError:
            logging.getLogger("tuner").exception("a fault")
    lines = log.getvalue().splitlines()
    assert lines[0] == "a fault" and lines[-1] == r"ValueError: \x1b[31m" and len(lines) > 3
