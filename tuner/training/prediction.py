"""Predictions of recordings: probabilities, averaged over disturbed versions of each recording where that pays."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from data_pipeline import Augmentation, FrontEnd, pad_items
from data_pipeline.front_ends import FloatArray, IntArray

VERSIONS = 4
"""Number of disturbed versions that test-time augmentation predicts besides the unchanged recording."""

BATCH, BATCH_VALUES = 64, 2**20
"""Largest number of recordings, and of padded values, in one batch."""


@torch.inference_mode()
def predict(
    models: Sequence[nn.Module],
    front_end: FrontEnd,
    lengths: IntArray,
    source: Callable[[int], FloatArray],
    device: torch.device,
    augmentation: Augmentation | None = None,
) -> NDArray[np.float32]:
    """Return the probabilities that each of some models gives.

    The prediction of a recording depends on no other recording: test-time augmentation disturbs all in the same way.

    Parameters
    ----------
    models : sequence of nn.Module
        Models of one architecture with one front end; they are put into evaluation mode.
    front_end : FrontEnd
        The front end that makes the models' input.
    lengths : ndarray of shape (N,), int64
        Lengths by which recordings are sorted, so that little is padded.
    source : callable
        ``source(i)`` returns recording i as an item of `front_end.source()`.
    device : torch.device
        Device of the models.
    augmentation : Augmentation, optional
        Test-time augmentation: the predictions of `VERSIONS` disturbed versions and of the unchanged recording are
        averaged.

    Returns
    -------
    ndarray of shape (len(models), N, K), float32
    """
    for model in models:
        model.eval()
    versions = [source]
    if augmentation is not None:
        versions += [_changed(source, augmentation, front_end.rate, version) for version in range(VERSIONS)]
    found: list[NDArray[np.float32]] = []
    order = np.argsort(lengths, kind="stable")
    for version in versions:
        rows = [
            np.stack([F.softmax(model(inputs, steps).float(), 1).cpu().numpy() for model in models])
            for inputs, steps in _batches(front_end, order, version, device)
        ]
        found.append(np.concatenate(rows, axis=1))
    probabilities = np.empty_like(found[0])
    probabilities[:, order] = np.mean(found, axis=0)
    return probabilities


def _changed(
    source: Callable[[int], FloatArray], augmentation: Augmentation, rate: int, version: int
) -> Callable[[int], FloatArray]:
    return lambda i: augmentation.of(source(i), rate, seed=0, epoch=version, recording=0)


def _batches(
    front_end: FrontEnd, order: IntArray, source: Callable[[int], FloatArray], device: torch.device
) -> Iterator[tuple[Tensor, Tensor]]:
    """Yield padded batches of bounded size, each with its lengths."""
    items: list[FloatArray] = []
    for i in order:
        item = front_end.from_signal(source(int(i)))
        if items and (len(items) == BATCH or (len(items) + 1) * item.size > BATCH_VALUES):
            inputs, lengths = pad_items(items)
            yield inputs.to(device), lengths
            items = []
        items.append(item)
    inputs, lengths = pad_items(items)
    yield inputs.to(device), lengths
