"""The files of a bundle, as writing and reading both know them."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from models import get_architecture
from tuner.errors import BundleError
from tuner.study.settings import Settings
from tuner.training.tensors import load_tensors, save_tensors
from tuner.training.trainers import trainer_of

MANIFEST, CARD, SUMS = "bundle.json", "README.md", "SHA256SUMS"


def model_file(architecture: str, name: str) -> str:
    """Return the file of a model: its trainer decides the form."""
    return f"{name}{trainer_of(architecture).suffix}"


def input_of(settings: Settings) -> str:
    """Name the input that a model was trained on; a version of the tuner that makes another must not feed it."""
    front_end = get_architecture(settings.architecture).front_end(settings.model)
    return f"{front_end!r}, version {front_end.version}, {front_end.n_features} features"


def write_model(path: Path, weights: dict[str, Tensor]) -> None:
    """Write what a model has learnt."""
    if path.suffix == ".json":
        (text,) = weights.values()
        path.write_bytes(text.numpy().tobytes())
    else:
        save_tensors(path, weights, {})


def read_model(path: Path, names: list[str]) -> dict[str, Tensor]:
    """Return what `write_model` wrote, under the names that the model has for it.

    Raises
    ------
    CheckpointError
        If it cannot be read.
    """
    if path.suffix == ".json":
        (name,) = names
        return {name: torch.from_numpy(np.fromfile(path, np.uint8))}
    return load_tensors(path)[0]


def write_checksums(folder: Path) -> None:
    """Write the checksum of each file that is there, in the form of `sha256sum`."""
    lines = [f"{_checksum(path)}  {path.name}\n" for path in sorted(folder.iterdir())]
    (folder / SUMS).write_text("".join(lines), encoding="utf-8")


def read_checksums(folder: Path) -> dict[str, str]:
    """Return the checksum of each file of a bundle by its name; whatever else lies there is not of the bundle."""
    lines = (folder / SUMS).read_text(encoding="utf-8").splitlines()
    return {name: checksum for checksum, _, name in (line.partition("  ") for line in lines)}


def check_files(folder: Path) -> None:
    """Refuse a bundle of which a file is not as it was written.

    Raises
    ------
    BundleError
        Naming the first such file.
    """
    sums = read_checksums(folder)
    for name, checksum in (dict.fromkeys((MANIFEST, CARD), "") | sums).items():
        if Path(name).name != name or not (folder / name).is_file():
            raise BundleError(f"{folder / name} is missing: copy the whole bundle again, or export again")
        if _checksum(folder / name) != checksum:
            raise BundleError(
                f"{folder / name} was changed, its checksum does not match: copy it again, or export again"
            )


def _checksum(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
