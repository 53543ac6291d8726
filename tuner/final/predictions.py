"""Predictions as files."""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data_pipeline import Cache
from data_pipeline.disk import remedy, write_atomically
from data_pipeline.labels import is_class_number
from tuner.bundle import UNSURE, Manifest, answers
from tuner.errors import BundleError
from tuner.screen.csv_text import csv_text

PREDICTIONS, PROBABILITIES, OUT_OF_FOLD = "predictions.csv", "probabilities.csv", "out_of_fold.csv"
NAMED = "predictions_named.csv"

logger = logging.getLogger(__name__)


def check_predictions(folder: Path) -> None:
    """Refuse a folder in which predictions cannot be written.

    Raises
    ------
    BundleError
        If it is not writable, or a folder lies where a file should.
    """
    there = next(place for place in (folder, *folder.absolute().parents) if place.exists())
    if not os.access(there, os.W_OK):
        raise BundleError(f"{there} is not writable: make it so, or name another folder with --out")
    for name in (PREDICTIONS, NAMED, PROBABILITIES, OUT_OF_FOLD):
        if (folder / name).is_dir():
            raise BundleError(f"{folder / name} is a folder: move it away, or name another with --out")


def remove_predictions(folder: Path) -> None:
    """Remove what another model has predicted, before a new one's takes its place, or nothing does."""
    for name in (PREDICTIONS, NAMED, PROBABILITIES, OUT_OF_FOLD):
        (folder / name).unlink(missing_ok=True)


def write_predictions(
    path: Path, manifest: Manifest, ids: list[str], probabilities: NDArray[np.float32]
) -> tuple[Path, Path]:
    """Write one class number a line to `path`, and names with a column a class beside it.

    Beside `predictions.csv` that is `probabilities.csv`, beside any other `x.csv` it is `x_probabilities.csv`. Where a
    bundle abstains, the line says "unsure". Classes that are whole numbers are written as they are. Others are numbered
    from 0, which the log says, and written by name to `x_named.csv`.

    Parameters
    ----------
    path : Path
        File of the classes.
    manifest : Manifest
        What the bundle says of itself.
    ids : list of str
        Names of the recordings.
    probabilities : ndarray of shape (N, K), float32
        What it predicts.

    Raises
    ------
    BundleError
        If they cannot be written.
    """
    beside = path.with_name(PROBABILITIES if path.stem == "predictions" else f"{path.stem}_probabilities.csv")
    names = manifest.class_names
    numbers = names if all(map(is_class_number, names)) else [str(number) for number in range(len(names))]
    said = answers(manifest.unsure_below, probabilities)
    _write(path, "".join(f"{answer if answer == UNSURE else numbers[int(answer)]}\n" for answer in said))
    if numbers is not names:
        named = path.with_name(f"{path.stem}_named.csv")
        rows = {"id": ids, "class": [answer if answer == UNSURE else names[int(answer)] for answer in said]}
        _write(named, _named(rows))
        legend = ", ".join(f"{number} is {csv_text(name)}" for number, name in zip(numbers, names, strict=True))
        logger.info("%s: %s; %s has the names", path.name, legend, named.name)
    _write(beside, _table(manifest.class_names, ids, probabilities))
    return path, beside


def _named(columns: dict[str, list[str]]) -> str:
    import pandas as pd

    return pd.DataFrame({name: [csv_text(one) for one in values] for name, values in columns.items()}).to_csv(
        index=False
    )


def write_out_of_fold(path: Path, cache: Cache, folds: NDArray[np.int64], probabilities: NDArray[np.float64]) -> None:
    """Write each labelled recording's name, fold and class, and what a model that had not seen it says of it.

    Raises
    ------
    BundleError
        If it cannot be written.
    """
    ids = [cache.ids[i] for i in cache.labelled]
    names = [csv_text(cache.class_names[k]) for k in cache.labels[cache.labelled]]
    _write(path, _table(cache.class_names, ids, probabilities, fold=folds + 1, label=names))


def _table(class_names: Sequence[str], ids: list[str], probabilities: NDArray[Any], **columns: Any) -> str:
    import pandas as pd

    table = pd.DataFrame(probabilities, columns=[csv_text(name) for name in class_names])
    for place, (name, values) in enumerate({"id": [csv_text(one) for one in ids], **columns}.items()):
        table.insert(place, name, values, allow_duplicates=True)
    return table.to_csv(index=False, float_format="%.6f")


def _write(path: Path, text: str) -> None:
    try:
        write_atomically(path, text.encode())
    except OSError as error:
        raise BundleError(
            f"{path}: cannot be written: {error.strerror}; {remedy(error)}, or name another with --out"
        ) from error
