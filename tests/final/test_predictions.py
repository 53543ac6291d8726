"""Predictions as files."""

import csv
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np

from data_pipeline import Cache
from tuner.final.predictions import write_out_of_fold, write_predictions

EVIL = "=HYPERLINK(1)"


def _cells(path: Path) -> list[list[str]]:
    with path.open(newline="") as stream:
        return list(csv.reader(stream))


def test_no_name_is_a_formula_and_numbers_stay_numbers(cache: Cache, tmp_path: Path) -> None:
    probabilities = np.array([[0.25, 0.75], [-1.0, 2.0]], np.float32)
    manifest = SimpleNamespace(unsure_below=None, class_names=(EVIL, "-"))
    _, beside = write_predictions(tmp_path / "x.csv", manifest, [EVIL, "a"], probabilities)  # type: ignore[arg-type]
    assert _cells(beside) == [
        ["id", f"'{EVIL}", "'-"],
        [f"'{EVIL}", "0.250000", "0.750000"],
        ["a", "-1.000000", "2.000000"],
    ]
    n = len(cache.labelled)
    named = replace(cache, class_names=(EVIL, "@", "O", "~"), ids=tuple(f"+{name}" for name in cache.ids))
    write_out_of_fold(tmp_path / "out_of_fold.csv", named, np.zeros(n, np.int64), np.full((n, 4), 0.25))
    header, *rows = _cells(tmp_path / "out_of_fold.csv")
    assert header == ["id", "fold", "label", f"'{EVIL}", "'@", "O", "~"] and len(rows) == n
    assert {row[2] for row in rows} == {f"'{EVIL}", "'@", "O", "~"}
    assert all(row[0].startswith("'+") and row[1] == "1" and row[3] == "0.250000" for row in rows)
