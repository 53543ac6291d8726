"""The files of a bundle, as writing and reading both know them."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from models import get_architecture
from tuner.checkpoint import load_tensors, save_tensors
from tuner.settings import Settings

FORMAT = 2
ABOUT, CARD, SUMS = "bundle.json", "README.md", "SHA256SUMS"


def model_file(architecture: str, name: str) -> str:
    """Return the file of a model: its kind decides the form."""
    return f"{name}.json" if get_architecture(architecture).is_boosted else f"{name}.safetensors"


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


def checksums(folder: Path) -> str:
    """Return the checksum of each file but that of the checksums, in the form of `sha256sum`."""
    files = sorted(path for path in folder.iterdir() if path.name != SUMS)
    return "".join(f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in files)
