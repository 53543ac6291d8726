"""What a training of the final step leaves behind, in the form in which the database keeps it."""

from __future__ import annotations

import zlib
from dataclasses import dataclass

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
class FinalResult:
    """What a training of the final step leaves behind.

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
    def from_bytes(cls, data: bytes) -> FinalResult:
        """Read what `to_bytes` packed.

        Raises
        ------
        CheckpointError
            If it is damaged.
        """
        unpacking = zlib.decompressobj()
        try:
            content = unpacking.decompress(data, MOST_BYTES)
        except zlib.error as error:
            raise CheckpointError(f"the stored result of a training is damaged: {error}") from error
        tensors, about = unpack_tensors(content, "the stored result of a training")
        predictions = {name: tensor.numpy() for name, tensor in under_prefix(tensors, "of.").items()}
        return cls(
            under_prefix(tensors, "model."),
            predictions["held_out"],
            predictions["test"],
            predictions.get("held_out_augmented"),
            predictions.get("test_augmented"),
            about["seconds"],
        )


_PREDICTIONS = ("held_out", "test", "held_out_augmented", "test_augmented")
