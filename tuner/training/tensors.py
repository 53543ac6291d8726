"""Tensors and data about them in one file: written whole or not at all, checked when read, never unpickled."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor

from data_pipeline.disk import remedy, write_atomically
from tuner.errors import CheckpointError


def pack_tensors(tensors: dict[str, Tensor], about: dict[str, Any]) -> bytes:
    """Pack tensors and plain data about them in the safetensors format, with a checksum over both."""
    tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    text = json.dumps(about, sort_keys=True)
    packed: bytes = save(tensors, {"about": text, "sha256": _digest(tensors, text)})
    return packed


def unpack_tensors(data: bytes, where: str) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Read what `pack_tensors` packed; `where` names it in messages.

    Raises
    ------
    CheckpointError
        If it is torn or changed.
    """
    try:
        tensors: dict[str, Tensor] = load(data)
        header = json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")])
        about, digest = header["__metadata__"]["about"], header["__metadata__"]["sha256"]
    except (SafetensorError, ValueError, LookupError, TypeError) as error:
        raise CheckpointError(f"{where}: not a readable checkpoint: {error}") from error
    if digest != _digest(tensors, about):
        raise CheckpointError(f"{where}: the checksum does not match: it was changed or damaged")
    return tensors, json.loads(about)


def save_tensors(path: Path, tensors: dict[str, Tensor], about: dict[str, Any]) -> None:
    """Write tensors and plain data about them as one file.

    Raises
    ------
    CheckpointError
        If it cannot be written.
    """
    try:
        write_atomically(path, pack_tensors(tensors, about))
    except OSError as error:
        raise CheckpointError(f"{path}: cannot be written: {error.strerror}; {remedy(error)}, or set --home") from error


def load_tensors(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Read what `save_tensors` wrote.

    Raises
    ------
    CheckpointError
        If the file is missing, torn or changed.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise CheckpointError(f"{path}: not a readable checkpoint: {error}") from error
    return unpack_tensors(data, str(path))


def _digest(tensors: dict[str, Tensor], text: str) -> str:
    digest = hashlib.sha256(text.encode())
    for name in sorted(tensors):
        digest.update(f"{name} {tensors[name].dtype} {tuple(tensors[name].shape)}".encode())
        digest.update(tensors[name].reshape(-1).view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()
