"""Tensors and data about them in one file: written whole or not at all, checked when read, never unpickled.

What is read may have been written by anybody: its size and its header are bounded before the library sees them, and
where the caller says which tensors it expects, before memory is taken for any.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor

from data_pipeline.disk import remedy, write_atomically
from data_pipeline.regular_files import read_regular
from tuner.errors import CheckpointError

MOST_BYTES = 2**31
"""Largest file that is read: a model of this service takes some megabytes."""

_MOST_OF_HEADER = 2**26
_DTYPES = {
    "F64": torch.float64,
    "F32": torch.float32,
    "F16": torch.float16,
    "BF16": torch.bfloat16,
    "I64": torch.int64,
    "I32": torch.int32,
    "I16": torch.int16,
    "I8": torch.int8,
    "U8": torch.uint8,
    "BOOL": torch.bool,
}
_FAULTS = (SafetensorError, ValueError, LookupError, TypeError, AttributeError, RuntimeError, OverflowError)

Forms = Mapping[str, tuple[torch.dtype, tuple[int, ...]]]
"""Type and shape of tensors, by name."""


def forms_of(tensors: Mapping[str, Tensor]) -> dict[str, tuple[torch.dtype, tuple[int, ...]]]:
    """Return type and shape of some tensors, by name."""
    return {name: (tensor.dtype, tuple(tensor.shape)) for name, tensor in tensors.items()}


def check_forms(found: Forms, expected: Forms, where: str) -> None:
    """Refuse tensors that are not those of a model.

    Raises
    ------
    CheckpointError
        Naming the first tensor that is missing, unknown, or of another type or shape.
    """
    for name in sorted(expected.keys() | found.keys()):
        if found.get(name) != expected.get(name):
            says, wants = (_described(forms.get(name)) for forms in (found, expected))
            raise CheckpointError(f"{where}: tensor {name[:80]!r} is {says}, not {wants}: it is of another model")


def _described(form: tuple[torch.dtype, tuple[int, ...]] | None) -> str:
    return "nothing" if form is None else f"{str(form[0]).removeprefix('torch.')} {str(list(form[1])):.60}"


def pack_tensors(tensors: dict[str, Tensor], about: dict[str, Any]) -> bytes:
    """Pack tensors and plain data about them in the safetensors format, with a checksum over both.

    The same come to the same bytes, whenever and wherever they are packed.
    """
    tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    text = json.dumps(about, sort_keys=True)
    packed: bytes = save(tensors, {"about": text, "sha256": _digest(tensors, text)})
    return _in_order(packed)


def _in_order(packed: bytes) -> bytes:
    """Sort the entries about the tensors, which the library writes in an order that changes from call to call."""
    end = 8 + int.from_bytes(packed[:8], "little")
    header = json.loads(packed[8:end])
    header["__metadata__"] = dict(sorted(header["__metadata__"].items()))
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)  # tensors begin at a multiple of 8
    return len(text).to_bytes(8, "little") + text + packed[end:]


def unpack_tensors(data: bytes, where: str, expected: Forms | None = None) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Read what `pack_tensors` packed.

    Parameters
    ----------
    data : bytes
        What was packed.
    where : str
        Its name in messages.
    expected : mapping of str to type and shape, optional
        The tensors that it has to hold; any by default.

    Raises
    ------
    CheckpointError
        If it is torn, changed or too large, or holds other tensors.
    """
    try:
        header = _header(data)
        about, digest = header["__metadata__"]["about"], header["__metadata__"]["sha256"]
        found = {
            name: (_DTYPES[entry["dtype"]], tuple(entry["shape"]))
            for name, entry in header.items()
            if name != "__metadata__"
        }
        if expected is not None:
            check_forms(found, expected, where)
        tensors: dict[str, Tensor] = load(data)
        is_whole = digest == _digest(tensors, about)
        facts: dict[str, Any] = json.loads(about)
    except _FAULTS as error:
        raise CheckpointError(f"{where}: not a readable checkpoint: {' '.join(str(error).split())[:300]}") from error
    if not is_whole:
        raise CheckpointError(f"{where}: the checksum does not match: it was changed or damaged")
    if forms_of(tensors) != found or not isinstance(facts, dict):
        raise CheckpointError(f"{where}: not a readable checkpoint: its header says two things")
    return tensors, facts


def _header(data: bytes) -> dict[str, Any]:
    length = int.from_bytes(data[:8], "little")
    if len(data) > MOST_BYTES or length > min(_MOST_OF_HEADER, len(data) - 8):
        raise ValueError(f"a header of {length:,} bytes in a file of {len(data):,}")
    header: dict[str, Any] = json.loads(data[8 : 8 + length])
    return header


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
        If the file is missing, torn, changed or too large, or no file at all.
    """
    try:
        data = read_regular(path, MOST_BYTES)
    except OSError as error:
        raise CheckpointError(f"{path}: not a readable checkpoint: {error.strerror or error}") from error
    return unpack_tensors(data, str(path))


def _digest(tensors: dict[str, Tensor], text: str) -> str:
    digest = hashlib.sha256(text.encode())
    for name in sorted(tensors):
        digest.update(f"{name} {tensors[name].dtype} {tuple(tensors[name].shape)}".encode())
        digest.update(tensors[name].reshape(-1).view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()
