"""Predictions as files: numbers that mean the same as in the data, and names beside them."""

import logging
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tuner.bundle import Manifest
from tuner.final.predictions import remove_predictions, write_predictions

BUNDLE = Path(__file__).parents[1] / "data" / "da733b9" / "bundle" / "bundle.json"
PROBABILITIES = np.array([[0.7, 0.2, 0.1], [0.1, 0.1, 0.8], [0.4, 0.3, 0.3]], np.float32)


def manifest(class_names: list[str], unsure_below: float | None = None) -> Manifest:
    read = Manifest.from_json(BUNDLE.read_text())
    return read.model_copy(update={"class_names": class_names, "unsure_below": unsure_below})


@pytest.mark.parametrize(
    ("names", "said"),
    [(["0", "1", "2"], ["0", "2", "0"]), (["1", "2", "3"], ["1", "3", "1"]), (["-1", "1", "10"], ["-1", "10", "-1"])],
)
def test_classes_that_are_numbers_are_written_as_they_are(tmp_path: Path, names: list[str], said: list[str]) -> None:
    path, _ = write_predictions(tmp_path / "predictions.csv", manifest(names), ["a", "b", "c"], PROBABILITIES)
    assert path.read_text().split() == said
    assert not (tmp_path / "predictions_named.csv").exists()


def test_named_classes_are_numbered_and_named(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    about = manifest(["walk", "run", "=rest"], unsure_below=0.5)
    with caplog.at_level(logging.INFO):
        path, _ = write_predictions(tmp_path / "predictions.csv", about, ["a", "b", "c"], PROBABILITIES)
    assert path.read_text().split() == ["0", "2", "unsure"]
    assert "predictions.csv: 0 is walk, 1 is run, 2 is '=rest; predictions_named.csv has the names" in caplog.text
    named = pd.read_csv(tmp_path / "predictions_named.csv")
    assert named.to_dict("list") == {"id": ["a", "b", "c"], "class": ["walk", "'=rest", "unsure"]}
    remove_predictions(tmp_path)
    assert not list(tmp_path.iterdir())
