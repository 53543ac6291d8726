"""Tables and lines in a terminal."""

import pytest

from tuner.screen.terminal import print_out, table


def test_names_are_drawn_as_they_are(capsys: pytest.CaptureFixture[str]) -> None:
    name = "[red]A[/] [/x] :smile: \x1b[31m\n"
    print_out(table((name, "n"), [(name, 1)], title=name), name)
    out = capsys.readouterr().out
    assert out.count(r"[red]A[/] [/x] :smile: \x1b[31m\n") == 4 and len(out.splitlines()) == 4
    assert "\x1b" not in out
