"""A bundle is written whole, or not at all: in the place of one that lies there, in one step."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from torch import Tensor

from tuner.bundle.card import model_card
from tuner.bundle.files import ABOUT, CARD, FORMAT, SUMS, checksums, write_model
from tuner.errors import BundleError, CheckpointError

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def check_place(path: Path) -> None:
    """Refuse a place where a bundle cannot be written.

    Raises
    ------
    BundleError
        If something else lies there, or what should hold it is no folder.
    """
    if path.exists() and not (path / ABOUT).exists():
        raise BundleError(f"{path} exists and is no bundle: name another folder with --out")
    files = [parent for parent in path.parents if parent.exists() and not parent.is_dir()]
    if files:
        raise BundleError(f"{files[0]} is a file, not a folder: name another with --out")


def write_bundle(
    path: Path,
    about: dict[str, Any],
    models: Mapping[str, dict[str, Tensor]],
    pictures: Mapping[str, Figure] | None = None,
) -> None:
    """Write a bundle, in place of one that lies there.

    Parameters
    ----------
    path : Path
        The folder.
    about : dict
        What `bundle.json` will hold; its members name their files.
    models : mapping of str to dict
        File to the state of its model.
    pictures : mapping of str to Figure, optional
        File to what the model card shows.

    Raises
    ------
    BundleError
        If something else lies there, or it cannot be written.
    """
    check_place(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=path.parent, prefix=f".{path.name}-") as folder:
            new, old = Path(folder) / "new", Path(folder) / "old"
            new.mkdir()
            for file, weights in models.items():
                write_model(new / file, weights)
            for file, figure in (pictures or {}).items():
                figure.savefig(new / file, dpi=100)
            (new / ABOUT).write_text(json.dumps({"format": FORMAT, **about}, indent=2) + "\n", encoding="utf-8")
            (new / CARD).write_text(model_card(about), encoding="utf-8")
            (new / SUMS).write_text(checksums(new), encoding="utf-8")
            if path.exists():
                path.rename(old)
            new.rename(path)
    except (OSError, CheckpointError) as error:
        raise BundleError(f"{path}: the bundle cannot be written: {error}") from error
