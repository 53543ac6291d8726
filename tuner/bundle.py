"""The model to take home: weights, settings, preprocessing and what is known of them, in one folder, checked when read.

A bundle holds `weights.safetensors`, `bundle.json`, the model card `README.md` and `SHA256SUMS`, which
`sha256sum --check` reads. Loading unpickles nothing.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from data_pipeline import FrontEnd, pad_items
from models import get_architecture
from tuner.card import model_card
from tuner.checkpoint import load_tensors, save_tensors
from tuner.errors import BundleError, CheckpointError
from tuner.prediction import predict_batches
from tuner.settings import Settings

if TYPE_CHECKING:
    from data_pipeline import Recordings

FORMAT = 1
BATCH = 64
SUMS = "SHA256SUMS"


@dataclass(frozen=True)
class Bundle:
    """A loaded bundle.

    Parameters
    ----------
    path : Path
        Its folder.
    about : dict
        What `bundle.json` holds.
    model : nn.Module
        The network, in evaluation mode.
    front_end : FrontEnd
        The input the network wants.
    device : torch.device
        Where the network lies.
    """

    path: Path
    about: dict[str, Any]
    model: nn.Module
    front_end: FrontEnd
    device: torch.device

    @property
    def class_names(self) -> list[str]:
        """Names of the classes, in the order of the probabilities."""
        names: list[str] = self.about["class_names"]
        return names

    def predict(
        self, signals: Sequence[NDArray[np.int16]], scale: NDArray[np.float32], rate: float
    ) -> NDArray[np.float32]:
        """Return class probabilities (N, K) float32.

        Parameters
        ----------
        signals : sequence of ndarray of shape (T,), int16
            Recordings in counts.
        scale : ndarray of shape (N,), float32
            Physical units per count.
        rate : float
            Samples per second, in hertz.

        Raises
        ------
        BundleError
            If the rate is not the one the model was trained at.
        """
        if rate != self.about["rate"]:
            raise BundleError(
                f"{self.path} was trained at {self.about['rate']:g} Hz, these have {rate:g} Hz: resample them"
            )
        # The order decides how recordings are padded together; sorted by length it is the same in every process.
        order = np.argsort([len(signal) for signal in signals], kind="stable")
        probabilities = np.empty((len(signals), len(self.class_names)), np.float32)
        batches = self._batches([signals[i] for i in order], scale[order], rate)
        probabilities[order] = predict_batches(self.model, batches, self.device)
        return probabilities

    def _batches(
        self, signals: Sequence[NDArray[np.int16]], scale: NDArray[np.float32], rate: float
    ) -> Iterator[tuple[Tensor, Tensor]]:
        for start in range(0, len(signals), BATCH):
            part = slice(start, start + BATCH)
            items = [self.front_end.of(s, float(c), rate) for s, c in zip(signals[part], scale[part], strict=True)]
            yield pad_items(items)


def check_place(path: Path) -> None:
    """Refuse a place where a bundle cannot be written.

    Raises
    ------
    BundleError
        If something else lies there, or what should hold it is no folder.
    """
    if path.exists() and not (path / "bundle.json").exists():
        raise BundleError(f"{path} exists and is no bundle: name another folder with --out")
    files = [parent for parent in path.parents if parent.exists() and not parent.is_dir()]
    if files:
        raise BundleError(f"{files[0]} is a file, not a folder: name another with --out")


def write_bundle(path: Path, weights: dict[str, Tensor], about: dict[str, Any]) -> None:
    """Write a bundle, in place of one that lies there.

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
            save_tensors(new / "weights.safetensors", weights, {})
            (new / "bundle.json").write_text(json.dumps({"format": FORMAT, **about}, indent=2) + "\n", encoding="utf-8")
            (new / "README.md").write_text(model_card(about), encoding="utf-8")
            (new / SUMS).write_text(_sums(new), encoding="utf-8")
            if path.exists():
                path.rename(old)
            new.rename(path)
    except (OSError, CheckpointError) as error:
        raise BundleError(f"{path}: the bundle cannot be written: {error}") from error


def _sums(folder: Path) -> str:
    files = sorted(path for path in folder.iterdir() if path.name != SUMS)
    return "".join(f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in files)


def load_bundle(path: Path, device: torch.device) -> Bundle:
    """Read a bundle and check every file of it.

    Raises
    ------
    BundleError
        If it is missing, incomplete, changed, or of a newer format.
    """
    try:
        if _sums(path) != (path / SUMS).read_text(encoding="utf-8"):
            raise BundleError(f"{path}: the checksums do not match: a file was changed, added or removed; export again")
        about = json.loads((path / "bundle.json").read_text(encoding="utf-8"))
        weights, _ = load_tensors(path / "weights.safetensors")
        if about["format"] > FORMAT:
            raise BundleError(f"{path}: bundle format {about['format']} is newer than this version's {FORMAT}: upgrade")
        settings = Settings.from_dict(about["settings"])
        architecture = get_architecture(settings.architecture)
        model = architecture.build(settings.model, len(about["class_names"]))
        model.load_state_dict(weights)
    except (OSError, LookupError, TypeError, ValueError, RuntimeError, CheckpointError) as error:
        raise BundleError(f"{path}: not a readable bundle: {' '.join(str(error).split())}") from error
    return Bundle(path, about, model.to(device).eval(), architecture.front_end(settings.model), device)


def predict_recordings(bundle: Bundle, recordings: Recordings) -> tuple[list[str], NDArray[np.float32]]:
    """Predict a source's unlabelled recordings, or all if every one is labelled.

    Returns
    -------
    list of str, ndarray of shape (N, K), float32
        Names of the recordings and class probabilities.
    """
    chosen = recordings.for_prediction
    signals = [recordings.signals[i] for i in chosen]
    return [recordings.ids[i] for i in chosen], bundle.predict(signals, recordings.scale[chosen], recordings.rate)
