"""What a part of a trial leaves behind, in the form in which the database keeps it."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from tuner.errors import CheckpointError
from tuner.training.fit import under_prefix
from tuner.training.tensors import pack_tensors, unpack_tensors

MOST_BYTES = 2**31
"""Larger results are refused when they are unpacked: a model of this service takes some megabytes."""


@dataclass(frozen=True)
class PartResult:
    """What a part of a trial leaves behind.

    Parameters
    ----------
    weights : dict of str to Tensor
        State of the trained model.
    held_out, test : ndarray of shape (N, K), float32
        Probabilities of the fold that was left out, and of the test part, in the order of the cache.
    held_out_augmented, test_augmented : ndarray of shape (N, K), float32, or None
        The same with test-time augmentation, where the training had any.
    seconds : float
        Wall time of the training.
    """

    weights: dict[str, Tensor]
    held_out: NDArray[np.float32]
    test: NDArray[np.float32]
    held_out_augmented: NDArray[np.float32] | None
    test_augmented: NDArray[np.float32] | None
    seconds: float

    def to_bytes(self) -> bytes:
        """Pack the result with a checksum, compressed: trees are long texts."""
        tensors = {f"model.{name}": tensor for name, tensor in self.weights.items()}
        for name in _PREDICTIONS:
            values: NDArray[np.float32] | None = getattr(self, name)
            if values is not None:
                tensors[f"of.{name}"] = torch.from_numpy(values)
        return zlib.compress(pack_tensors(tensors, {"seconds": self.seconds}), level=1)

    @classmethod
    def from_bytes(cls, data: bytes) -> PartResult:
        """Read what `to_bytes` packed.

        Raises
        ------
        CheckpointError
            If it is damaged, too large, or no such result.
        """
        unpacking = zlib.decompressobj()
        try:
            content = unpacking.decompress(data, MOST_BYTES)
        except zlib.error as error:
            raise CheckpointError(f"{_WHERE} is damaged: {error}") from error
        if unpacking.unconsumed_tail:
            raise CheckpointError(f"{_WHERE} has more than {MOST_BYTES:,} bytes")
        tensors, about = unpack_tensors(content, _WHERE)
        predictions = {name: tensor.numpy() for name, tensor in under_prefix(tensors, "of.").items()}
        if type(about.get("seconds")) not in (int, float):
            raise CheckpointError(f"{_WHERE} does not say how long it took")
        _check_predictions(predictions)
        return cls(under_prefix(tensors, "model."), **{**_NO_PREDICTIONS, **predictions}, seconds=about["seconds"])


_PREDICTIONS = ("held_out", "test", "held_out_augmented", "test_augmented")
_NO_PREDICTIONS: dict[str, Any] = dict.fromkeys(_PREDICTIONS[2:])
_WHERE = "the stored result of a training"


def pack_probabilities(probabilities: NDArray[np.float32]) -> bytes:
    """Pack the predictions of one fold, (n_held_out, K) float32."""
    return zlib.compress(probabilities.astype("<f4").tobytes(), level=1)


def unpack_probabilities(data: bytes, n_recordings: int, n_classes: int) -> NDArray[np.float64] | None:
    """Read what `pack_probabilities` packed; None where it is damaged, or not of so many recordings and classes."""
    unpacking, size = zlib.decompressobj(), 4 * n_recordings * n_classes
    try:
        content = unpacking.decompress(data, size + 1)
    except zlib.error:
        return None
    if len(content) != size:
        return None
    probabilities = np.frombuffer(content, "<f4").reshape(n_recordings, n_classes).astype(np.float64)
    is_valid = np.isfinite(probabilities).all() and (probabilities >= 0).all()
    return probabilities if is_valid else None


def _check_predictions(predictions: dict[str, NDArray[Any]]) -> None:
    """Refuse what is no table of probabilities, or not of the same recordings with and without augmentation."""
    if not set(_PREDICTIONS[:2]) <= predictions.keys() <= set(_PREDICTIONS):
        raise CheckpointError(f"{_WHERE} holds the predictions {', '.join(sorted(predictions))[:200]}")
    for name, values in predictions.items():
        beside = predictions[name.removesuffix("_augmented")]
        if values.ndim != 2 or values.dtype != np.float32 or values.shape != beside.shape:
            raise CheckpointError(f"{_WHERE} has no probabilities under {name}, but {values.dtype} {values.shape}")
