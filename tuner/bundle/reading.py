"""A bundle as it is read and used: it is checked first, and loading it unpickles nothing."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from data_pipeline import Augmentation, FrontEnd
from data_pipeline.amplitudes import Samples
from data_pipeline.errors import DataError
from data_pipeline.recordings import listed
from models import architecture_names, get_architecture
from models.errors import ModelError, UnknownArchitecture
from models.module_files import ModuleFile, fault_in_module, module_of
from models.visible import visible
from tuner.bundle.files import MANIFEST, input_of, model_file, read_files, read_model
from tuner.bundle.manifest import Manifest, ManifestMember
from tuner.errors import BundleError, CheckpointError, SpecError
from tuner.statistics.blending import Pool
from tuner.statistics.calibration import Calibration
from tuner.study.settings import Settings
from tuner.study.trust import load_trusted
from tuner.study.versions import packages_among
from tuner.training.data import augmentation_of
from tuner.training.prediction import predict
from tuner.training.tensors import forms_of

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    from data_pipeline import Recordings

logger = logging.getLogger(__name__)

UNSURE = "unsure"
_FAULTS = (LookupError, TypeError, ValueError, RuntimeError, ArithmeticError, AttributeError, MemoryError)
_REFUSALS = (CheckpointError, SpecError, ModelError, DataError)  # of settings that this version does not know


@dataclass(frozen=True)
class Member:
    """One candidate's models.

    Parameters
    ----------
    models : list of nn.Module
        Models of the same settings, one for each fold, or one alone.
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
    manifest : Manifest
        What `bundle.json` holds.
    members : list of Member
        Its models.
    blend : Pool
        Makes one prediction of the members'.
    calibration : Calibration or None
        Makes probabilities mean what they say.
    device : torch.device
        Where the models lie.
    """

    path: Path
    manifest: Manifest
    members: list[Member]
    blend: Pool
    calibration: Calibration | None
    device: torch.device

    @property
    def class_names(self) -> list[str]:
        """Names of the classes, in the order of the probabilities."""
        return list(self.manifest.class_names)

    def predict(self, signals: Sequence[Samples], scale: NDArray[np.float32], rate: float) -> NDArray[np.float32]:
        """Return class probabilities (N, K) float32.

        Parameters
        ----------
        signals : sequence of ndarray of shape (T,), int16 or float32
            Recordings in counts.
        scale : ndarray of shape (N,), float32
            Physical units per count.
        rate : float
            Samples per second, in hertz.

        Raises
        ------
        BundleError
            If the rate is not the one the model was trained at, or weights are so large that no numbers come out.
        """
        if rate != self.manifest.rate:
            raise BundleError(
                f"{self.path} was trained at {self.manifest.rate:.12g} Hz, these have {rate:.12g} Hz: resample them"
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
        if not np.isfinite(averaged).all():
            raise BundleError(f"{self.path}: no probabilities come out: its weights, or recordings, are no numbers")
        return averaged


def load_bundle(
    path: Path, device: torch.device, trust_code: bool = False, key: Ed25519PublicKey | None = None
) -> Bundle:
    """Read a bundle and check every file of it; nothing is unpickled.

    Parameters
    ----------
    path : Path
        The folder.
    device : torch.device
        Where to put its models.
    trust_code : bool
        Whether a file of architectures that it carries may run here, with all the rights of this process.
    key : Ed25519PublicKey, optional
        Key that must have signed it; this is looked at before anything else.

    Raises
    ------
    UntrustedCode
        If it carries such a file, and nobody has said that it may run here.
    BundleError
        If it is missing, incomplete, changed, too large or of another format, or not signed by that key.
    """
    try:
        if not path.is_dir():
            raise BundleError(f"{path}: no bundle there: name the folder that `tuner finalize` or `tuner export` wrote")
        contents = read_files(path, key)
        manifest = Manifest.from_json(contents[MANIFEST].decode())
        _check_named(path, manifest, contents)
        files = _modules(path, manifest, contents)
        place = ", ".join(str(path / file.name) for file in files)
        load_trusted(files, str(path), place, is_trusted=trust_code)
        members = [_member(path, member, contents, len(manifest.class_names), device) for member in manifest.members]
    except OSError as error:
        where, why = error.filename or path, error.strerror or error
        raise BundleError(f"{path}: not a readable bundle: {where}: {why}") from error
    except (*_FAULTS, *_REFUSALS) as error:
        problem = fault_in_module(error) or " ".join(str(error).split())
        raise BundleError(f"{path}: not a readable bundle: {problem}") from error
    return Bundle(path, manifest, members, Pool(manifest.blend.pool), manifest.calibration, device)


def _check_named(path: Path, manifest: Manifest, contents: Mapping[str, bytes]) -> None:
    """Refuse a manifest that names files which are not the bundle's."""
    named = {file for member in manifest.members for file in member.models}
    named |= {module.file for module in manifest.modules}
    if strangers := sorted(named - contents.keys()):
        raise BundleError(f"{path / MANIFEST} names {visible(strangers[0])}, which has no checksum there: export again")


def _modules(path: Path, manifest: Manifest, contents: Mapping[str, bytes]) -> list[ModuleFile]:
    """Take the files of architectures that a bundle names, without running them."""
    files = [(module_of(path / module.file, contents[module.file]), module.sha256) for module in manifest.modules]
    if changed := [file for file, sha256 in files if file.sha256 != sha256]:
        raise BundleError(f"{path / changed[0].name} is not the file that {MANIFEST} names: export again")
    return [file for file, _ in files]


def _member(
    path: Path, member: ManifestMember, contents: Mapping[str, bytes], n_classes: int, device: torch.device
) -> Member:
    if member.settings.get("architecture") != member.architecture:
        raise BundleError(f"{path / MANIFEST}: trial {member.trial} is of two architectures: export again")
    try:
        settings = Settings.from_dict(member.settings)
    except UnknownArchitecture as error:
        if packages := packages_among(member.provenance.versions):
            raise BundleError(f"{path} needs {member.architecture}: install {', '.join(packages)}") from error
        raise
    architecture = get_architecture(settings.architecture)
    if member.input != input_of(settings):
        raise BundleError(f"{path} was trained on {member.input}, this version makes {input_of(settings)}: train anew")
    models = [_model(path, file, contents[file], settings, n_classes).to(device) for file in member.models]
    augmentation = augmentation_of(settings) if member.augmented else None
    return Member(models, architecture.front_end(settings.model), augmentation)


def _model(path: Path, file: str, data: bytes, settings: Settings, n_classes: int) -> nn.Module:
    architecture = get_architecture(settings.architecture)
    if file != model_file(architecture.name, Path(file).stem):
        raise BundleError(f"{path / file} is no file of a model of {architecture.name}: export again")
    with torch.device("meta") if architecture.name in architecture_names() else nullcontext():
        # Without memory for its weights: settings may ask for any size, and the file says which it really is.
        forms = forms_of(architecture.build(settings.model, n_classes).state_dict())
    weights = read_model(data, str(path / file), forms)
    if odd := [name for name, weight in weights.items() if not torch.isfinite(weight).all()]:
        raise BundleError(f"{path / file}: {odd[0]} has weights that are no numbers: export again")
    model = architecture.build(settings.model, n_classes)
    model.load_state_dict(weights)
    return model.eval()


def combined(
    members: Sequence[NDArray[np.float64]], blend: Pool, calibration: Calibration | None
) -> NDArray[np.float64]:
    """Blend and calibrate predictions fold by fold, as blend and calibration were fitted; their mean is handed over.

    Parameters
    ----------
    members : sequence of ndarray of shape (F, N, K), float64
        Probabilities that each of a member's models gives; as many models each.
    blend : Pool
        Weights of the members.
    calibration : Calibration or None
        Calibration of what is blended.

    Returns
    -------
    ndarray of shape (F, N, K), float64
    """
    blended = [blend.apply(list(models)) for models in zip(*members, strict=True)]
    return np.array([calibration.apply(one) if calibration else one for one in blended])


def answers(unsure_below: float | None, probabilities: NDArray[np.floating[Any]]) -> list[str]:
    """Return the number of the likeliest class of each recording, or "unsure" where the bundle abstains.

    The threshold is some recording's own probability: both are compared as float32, in which a bundle predicts.

    Parameters
    ----------
    unsure_below : float or None
        Least confidence of an answer; None where every recording is answered.
    probabilities : ndarray of shape (N, K)
        What the bundle predicts.
    """
    least = np.float32(unsure_below or 0.0)
    return [str(row.argmax()) if row.max() >= least else UNSURE for row in probabilities.astype(np.float32)]


def predict_recordings(bundle: Bundle, recordings: Recordings) -> tuple[list[str], NDArray[np.float32]]:
    """Predict a source's unlabelled recordings, or all if every one is labelled.

    Returns
    -------
    list of str, ndarray of shape (N, K), float32
        Names of the recordings and class probabilities.
    """
    chosen = recordings.for_prediction
    ids, signals = [recordings.ids[i] for i in chosen], [recordings.signals[i] for i in chosen]
    if odd := recordings.odd(chosen):
        logger.warning("what is said of odd recordings means little (%s)", listed(odd))
    return ids, bundle.predict(signals, recordings.scale[chosen], recordings.rate)
