"""A bundle is written whole, and then put in the place of the one that lies there."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from torch import Tensor

from data_pipeline.disk import make_folder, move, remedy, sync_tree, write_atomically
from models.module_files import files_of
from tuner.bundle.card import model_card
from tuner.bundle.files import (
    CARD,
    MANIFEST,
    SUMS,
    check_complete,
    read_checksums,
    read_files,
    write_checksums,
    write_model,
)
from tuner.bundle.manifest import Manifest, ManifestModule
from tuner.bundle.signature import SIGNATURE
from tuner.errors import BundleError, CheckpointError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from matplotlib.figure import Figure


def check_place(path: Path) -> None:
    """Refuse a place where a bundle cannot be written.

    Raises
    ------
    BundleError
        If something else lies there, or beside a bundle, or what should hold it is no folder.
    """
    try:
        if path.exists():
            _check_bundle(path)
    except (OSError, ValueError) as error:
        raise BundleError(f"{path} cannot be read: {error}; move it away, or name another folder with --out") from error
    files = [parent for parent in path.parents if parent.exists() and not parent.is_dir()]
    if files:
        raise BundleError(f"{files[0]} is a file, not a folder: name another with --out")


def _check_bundle(path: Path) -> None:
    """Refuse to replace what is no bundle, or more than one."""
    if not (path / MANIFEST).exists() or not (path / SUMS).exists():
        raise BundleError(f"{path} exists and is no bundle: name another folder with --out")
    others = sorted({file.name for file in path.iterdir()} - {SUMS, SIGNATURE, *read_checksums(path)})
    if others:
        raise BundleError(
            f"{path} holds {others[0]}, which is not of the bundle there: move it away, or name another folder with "
            "--out"
        )


def write_bundle(
    path: Path,
    manifest: Manifest,
    models: Mapping[str, dict[str, Tensor]],
    pictures: Mapping[str, Figure] | None = None,
    sections: Sequence[str] = (),
    key: Ed25519PrivateKey | None = None,
) -> None:
    """Write a bundle, in place of one that lies there.

    Parameters
    ----------
    path : Path
        The folder.
    manifest : Manifest
        What `bundle.json` will hold; its members name their files. The files that their architectures come from are
        named in it here.
    models : mapping of str to dict
        File to the state of its model.
    pictures : mapping of str to Figure, optional
        File to what the model card shows.
    sections : sequence of str
        What the model card says of confirmed scores; by default it shows those of the search.
    key : Ed25519PrivateKey, optional
        Key that signs it.

    Raises
    ------
    BundleError
        If something else lies there, or it cannot be written.
    """
    check_place(path)
    modules = files_of(member.architecture for member in manifest.members)
    if modules:
        named = tuple(ManifestModule(file=module.name, sha256=module.sha256) for module in modules)
        manifest = manifest.model_copy(update={"modules": named})
    path = path.resolve()  # a link stays, and leads to the new one
    new, old = (path.with_name(f".{path.name}.{which}") for which in ("new", "old"))
    try:
        _put_back(old, path)
        _remove(new, old)  # what a process left that was killed here
        make_folder(new)
        for file, weights in models.items():
            write_model(new / file, weights)
        for module in modules:
            (new / module.name).write_bytes(module.text.encode())
        for file, figure in (pictures or {}).items():
            figure.savefig(new / file, dpi=100)
        (new / MANIFEST).write_text(manifest.to_json(), encoding="utf-8")
        (new / CARD).write_text(model_card(manifest, sections), encoding="utf-8")
        write_checksums(new)
        if key is not None:
            _sign(new, key)
        sync_tree(new)
        if path.exists():
            move(path, old)
        move(new, path)
        _remove(old)
    except (OSError, CheckpointError) as error:
        _put_back(old, path)
        shutil.rmtree(new, ignore_errors=True)  # whatever of it can go
        what = f"{error.strerror or error}; {remedy(error)}" if isinstance(error, OSError) else str(error)
        raise BundleError(f"{path}: the bundle cannot be written: {what}, or name another folder with --out") from error


def sign_bundle(path: Path, key: Ed25519PrivateKey) -> None:
    """Sign a bundle as it lies there, after its files were checked.

    Raises
    ------
    BundleError
        If a file is missing, changed or not of the bundle, or the signature cannot be written.
    """
    try:
        read_files(path)
        check_complete(path, read_checksums(path))
        _sign(path, key)
    except (OSError, ValueError) as error:
        raise BundleError(f"{path} cannot be signed: {error}") from error


def _sign(folder: Path, key: Ed25519PrivateKey) -> None:
    write_atomically(folder / SIGNATURE, key.sign((folder / SUMS).read_bytes()))


def _put_back(old: Path, path: Path) -> None:
    """Leave the last bundle in its place where the next one did not come to be there."""
    if old.exists() and not path.exists():
        move(old, path)


def _remove(*folders: Path) -> None:
    for folder in folders:
        if folder.exists():
            shutil.rmtree(folder)
