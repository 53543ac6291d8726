"""Text in CSV files."""

import pytest

from tuner.screen.csv_text import csv_text


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1"])
def test_text_begins_no_formula(text: str) -> None:
    assert csv_text(text) == f"'{text}"


@pytest.mark.parametrize("text", ["A00001", "~", "1e-3", "", "a=b", "ä"])
def test_other_text_stays_as_it_is(text: str) -> None:
    assert csv_text(text) == text
