"""The model to take home: weights, settings, preprocessing and what is known of them, in one folder, checked when read.

A bundle holds `bundle.json`, the model card `README.md` with its pictures, `SHA256SUMS`, which `sha256sum --check`
reads, and one file a trained model: a network's weights as safetensors, boosted trees as their library's own JSON.
Several models make one prediction: for each fold its members' models are blended and calibrated, and the mean over the
folds is what is said. Loading unpickles nothing.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from data_pipeline import Augmentation, FrontEnd
from models import get_architecture
from tuner.card import model_card
from tuner.checkpoint import load_tensors, save_tensors
from tuner.errors import BundleError, CheckpointError
from tuner.prediction import predict
from tuner.settings import Settings
from tuner.statistics.blending import Blend, blend_from_dict
from tuner.statistics.calibration import Calibration
from tuner.training_data import augmentation_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from data_pipeline import Recordings

FORMAT = 2
SUMS = "SHA256SUMS"
UNSURE = "unsure"


@dataclass(frozen=True)
class Member:
    """One candidate's models.

    Parameters
    ----------
    models : list of nn.Module
        Of one settings, one for each fold, or one alone.
    front_end : FrontEnd
        The input they want.
    augmentation : Augmentation or None
        What test-time augmentation does to recordings; None where it does not pay.
    """

    models: list[nn.Module]
    front_end: FrontEnd
    augmentation: Augmentation | None


@dataclass(frozen=True)
class Bundle:
    """A loaded bundle.

    Parameters
    ----------
    path : Path
        Its folder.
    about : dict
        What `bundle.json` holds.
    members : list of Member
        Its models.
    blend : Average or Stacking
        Makes one prediction of the members'.
    calibration : Calibration or None
        Makes probabilities mean what they say.
    device : torch.device
        Where the models lie.
    """

    path: Path
    about: dict[str, Any]
    members: list[Member]
    blend: Blend
    calibration: Calibration | None
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
        lengths = np.array([len(signal) for signal in signals])

        def predicted(member: Member) -> NDArray[np.float64]:
            source = member.front_end.source()
            models = predict(
                member.models,
                member.front_end,
                lengths,
                lambda i: source.of(signals[i], float(scale[i]), rate),
                self.device,
                member.augmentation,
            )
            return np.asarray(models, np.float64)

        by_model = combined([predicted(member) for member in self.members], self.blend, self.calibration)
        averaged: NDArray[np.float32] = by_model.mean(axis=0).astype(np.float32)
        return averaged


def combined(
    members: Sequence[NDArray[np.float64]], blend: Blend, calibration: Calibration | None
) -> NDArray[np.float64]:
    """Blend and calibrate predictions fold by fold, as blend and calibration were fitted; their mean is handed over.

    Parameters
    ----------
    members : sequence of ndarray of shape (F, N, K), float64
        Probabilities that each of a member's models gives; as many models each.
    blend : Average or Stacking
        Of the members.
    calibration : Calibration or None
        Of what is blended.

    Returns
    -------
    ndarray of shape (F, N, K), float64
    """
    blended = [blend.apply(list(models)) for models in zip(*members, strict=True)]
    return np.array([calibration.apply(one) if calibration else one for one in blended])


def answers(about: dict[str, Any], probabilities: NDArray[np.float32]) -> list[str]:
    """Return the number of the likeliest class of each recording, or "unsure" where the bundle abstains."""
    least = about["unsure_below"] or 0.0
    return [str(row.argmax()) if row.max() >= least else UNSURE for row in probabilities]


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
                _write_model(new / file, weights)
            for file, figure in (pictures or {}).items():
                figure.savefig(new / file, dpi=100)
            (new / "bundle.json").write_text(json.dumps({"format": FORMAT, **about}, indent=2) + "\n", encoding="utf-8")
            (new / "README.md").write_text(model_card(about), encoding="utf-8")
            (new / SUMS).write_text(_sums(new), encoding="utf-8")
            if path.exists():
                path.rename(old)
            new.rename(path)
    except (OSError, CheckpointError) as error:
        raise BundleError(f"{path}: the bundle cannot be written: {error}") from error


def model_file(architecture: str, name: str) -> str:
    """Return the file of a model: its kind decides the form."""
    return f"{name}.json" if get_architecture(architecture).is_boosted else f"{name}.safetensors"


def input_of(settings: Settings) -> str:
    """Name the input that a model was trained on; a version of the tuner that makes another must not feed it."""
    front_end = get_architecture(settings.architecture).front_end(settings.model)
    return f"{front_end!r}, version {front_end.version}, {front_end.n_features} features"


def _write_model(path: Path, weights: dict[str, Tensor]) -> None:
    if path.suffix == ".json":
        (text,) = weights.values()
        path.write_bytes(text.numpy().tobytes())
    else:
        save_tensors(path, weights, {})


def _read_model(path: Path, model: nn.Module) -> nn.Module:
    if path.suffix == ".json":
        (name,) = model.state_dict()
        model.load_state_dict({name: torch.from_numpy(np.fromfile(path, np.uint8))})
    else:
        model.load_state_dict(load_tensors(path)[0])
    return model.eval()


def _sums(folder: Path) -> str:
    files = sorted(path for path in folder.iterdir() if path.name != SUMS)
    return "".join(f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in files)


def load_bundle(path: Path, device: torch.device) -> Bundle:
    """Read a bundle and check every file of it.

    Raises
    ------
    BundleError
        If it is missing, incomplete, changed, or of another format.
    """
    try:
        if _sums(path) != (path / SUMS).read_text(encoding="utf-8"):
            raise BundleError(f"{path}: the checksums do not match: a file was changed, added or removed; export again")
        about = json.loads((path / "bundle.json").read_text(encoding="utf-8"))
        if about["format"] != FORMAT:
            raise BundleError(
                f"{path}: bundle format {about['format']}, this version knows {FORMAT}: use the tuner that wrote it, "
                "or export again"
            )
        members = [_member(path, member, len(about["class_names"]), device) for member in about["members"]]
        blend = blend_from_dict(about["blend"])
        calibration = Calibration.from_dict(about["calibration"]) if about["calibration"] else None
    except (OSError, LookupError, TypeError, ValueError, RuntimeError, CheckpointError) as error:
        raise BundleError(f"{path}: not a readable bundle: {' '.join(str(error).split())}") from error
    return Bundle(path, about, members, blend, calibration, device)


def _member(path: Path, about: dict[str, Any], n_classes: int, device: torch.device) -> Member:
    settings = Settings.from_dict(about["settings"])
    architecture = get_architecture(settings.architecture)
    if about["input"] != input_of(settings):
        raise BundleError(
            f"{path} was trained on {about['input']}, this version makes {input_of(settings)}: train anew"
        )
    models = [
        _read_model(path / file, architecture.build(settings.model, n_classes)).to(device) for file in about["models"]
    ]
    augmentation = augmentation_of(settings) if about["augmented"] else None
    return Member(models, architecture.front_end(settings.model), augmentation)


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
