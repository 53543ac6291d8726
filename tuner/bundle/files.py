"""The files of a bundle, as writing and reading both know them.

A bundle may come from anybody. Its files are regular ones of bounded size, listed in `SHA256SUMS` by plain names. Each
is read once, and what was checked is what is used: nobody can exchange a file between the two.
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import numpy as np
import torch
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from torch import Tensor

from data_pipeline.regular_files import read_regular
from models import get_architecture
from models.visible import visible
from tuner.bundle.signature import SIGNATURE, SIGNATURE_BYTES, check_signature
from tuner.errors import BundleError
from tuner.study.settings import Settings
from tuner.training.tensors import Forms, save_tensors, unpack_tensors
from tuner.training.trainers import trainer_of

MANIFEST, CARD, SUMS = "bundle.json", "README.md", "SHA256SUMS"

MOST_BYTES, MOST_FILES = 2**31, 1000
"""Limits of a whole bundle: one of this service has some megabytes in some ten files."""

FILE_NAME = r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}"
"""A plain name, which leads nowhere else and hides nothing."""

_LINE = re.compile(rf"([0-9a-f]{{64}})  ({FILE_NAME})")
_MOST_OF_SUMS = 2**18


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


def read_model(data: bytes, file: str, forms: Forms) -> dict[str, Tensor]:
    """Return what `write_model` wrote.

    Parameters
    ----------
    data : bytes
        Content of the file.
    file : str
        Its name.
    forms : mapping of str to type and shape
        The tensors that its model has; of trees, whose text is one tensor, only the name counts.

    Raises
    ------
    CheckpointError
        If it cannot be read, or is of another model.
    BundleError
        If it is empty.
    """
    if not data:
        raise BundleError(f"{file} is empty: it holds no model")
    if file.endswith(".json"):
        (name,) = forms
        return {name: torch.from_numpy(np.frombuffer(data, np.uint8).copy())}
    return unpack_tensors(data, file, forms)[0]


def write_checksums(folder: Path) -> None:
    """Write the checksum of each file that is there, in the form of `sha256sum`."""
    lines = [f"{_checksum(path.read_bytes())}  {path.name}\n" for path in sorted(folder.iterdir())]
    (folder / SUMS).write_text("".join(lines), encoding="utf-8")


def read_checksums(folder: Path) -> dict[str, str]:
    """Return the checksum of each file of a bundle by its name; whatever else lies there is not of the bundle.

    Raises
    ------
    OSError
        If the list is missing, too large or no file.
    ValueError
        If it is no such list.
    """
    return _parsed(read_regular(folder / SUMS, _MOST_OF_SUMS, follow_link=False), folder / SUMS)


def read_files(folder: Path, key: Ed25519PublicKey | None = None) -> dict[str, bytes]:
    """Read a bundle's files by name, and refuse one of which a file is not as it was written.

    Parameters
    ----------
    folder : Path
        The bundle.
    key : Ed25519PublicKey, optional
        Key that must have signed it; this is looked at before anything else, and every file must be listed then.

    Raises
    ------
    OSError
        If a file cannot be read, or is no file or too large.
    ValueError
        If the list of its files is none.
    BundleError
        Naming the first file that is missing or changed; or if the signature is missing or wrong.
    """
    listed = read_regular(folder / SUMS, _MOST_OF_SUMS, follow_link=False)
    if key is not None:
        _check_signed(folder, listed, key)
    sums = _parsed(listed, folder / SUMS)
    if key is not None:
        check_complete(folder, sums)
    left, contents = MOST_BYTES, {}
    for name, checksum in (dict.fromkeys((MANIFEST, CARD), "") | sums).items():
        contents[name] = _read(folder / name, checksum, left)
        left -= len(contents[name])
    return contents


def check_complete(folder: Path, sums: dict[str, str]) -> None:
    """Refuse a bundle beside whose files others lie, for which no signature stands.

    Raises
    ------
    BundleError
        Naming the first.
    """
    if others := sorted({path.name for path in folder.iterdir()} - {SUMS, SIGNATURE, *sums}):
        raise BundleError(f"{folder} holds {visible(others[0])}, which {SUMS} does not list: remove it, or get it anew")


def _check_signed(folder: Path, listed: bytes, key: Ed25519PublicKey) -> None:
    try:
        signature = read_regular(folder / SIGNATURE, SIGNATURE_BYTES, follow_link=False)
    except FileNotFoundError:
        raise BundleError(f"{folder} is not signed, it has no {SIGNATURE}: ask its maker to `tuner sign` it") from None
    check_signature(listed, signature, key, folder / SIGNATURE)


def _parsed(listed: bytes, path: Path) -> dict[str, str]:
    found = [_LINE.fullmatch(line) for line in listed.decode("ascii", "replace").splitlines()]
    sums = {match[2]: match[1] for match in found if match}
    if len(sums) < len(found) or len(sums) > MOST_FILES:
        raise ValueError(f"{path} is no list of checksums of up to {MOST_FILES} files: copy the whole bundle again")
    return sums


def _read(path: Path, checksum: str, most_bytes: int) -> bytes:
    try:
        content = read_regular(path, most_bytes, follow_link=False)
    except FileNotFoundError:
        raise BundleError(f"{path} is missing: copy the whole bundle again, or export again") from None
    if _checksum(content) != checksum:
        raise BundleError(f"{path} was changed, its checksum does not match: copy it again, or export again")
    return content


def _checksum(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
