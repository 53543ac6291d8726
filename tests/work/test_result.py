"""What a training of the final step leaves in the database comes back, or is refused as damaged."""

import zlib
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from tuner.errors import CheckpointError
from tuner.training.tensors import pack_tensors, unpack_tensors
from tuner.work.result import PartResult

PROBABILITIES = np.full((3, 4), 0.25, np.float32)
TEST, AUGMENTED = PROBABILITIES[:2].copy(), PROBABILITIES[:2].copy()
RESULT = PartResult({"head.bias": torch.ones(4)}, PROBABILITIES, TEST, None, AUGMENTED, 1.5)


def test_it_comes_back() -> None:
    again = PartResult.from_bytes(RESULT.to_bytes())
    assert torch.equal(again.weights["head.bias"], torch.ones(4)) and again.seconds == 1.5
    assert np.array_equal(again.held_out, PROBABILITIES) and again.held_out_augmented is None
    assert again.test_augmented is not None and again.test_augmented.shape == (2, 4)


@pytest.mark.parametrize(
    "change",
    [
        lambda tensors, about: about.update(seconds="x"),
        lambda tensors, about: about.clear(),
        lambda tensors, about: tensors.pop("of.test"),
        lambda tensors, about: tensors.update({"of.later": torch.zeros(1)}),
        lambda tensors, about: tensors.update({"of.test": torch.zeros(4)}),
        lambda tensors, about: tensors.update({"of.test": torch.zeros(2, 4, dtype=torch.int64)}),
        lambda tensors, about: tensors.update({"of.test_augmented": torch.zeros(2, 5)}),
    ],
)
def test_another_form_is_refused(change: Callable[[dict[str, torch.Tensor], dict[str, Any]], object]) -> None:
    tensors, about = unpack_tensors(zlib.decompress(RESULT.to_bytes()), "x")
    change(tensors, about)
    with pytest.raises(CheckpointError, match="the stored result of a training"):
        PartResult.from_bytes(zlib.compress(pack_tensors(tensors, about)))


@pytest.mark.parametrize("data", [b"", b"x", zlib.compress(b""), zlib.compress(b"\xff" * 10**6)])
def test_what_is_no_result_is_refused(data: bytes) -> None:
    with pytest.raises(CheckpointError, match="the stored result of a training"):
        PartResult.from_bytes(data)
