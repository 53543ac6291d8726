"""From views to padded batches of tensors."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from data_pipeline.augmentation import Augmentation, Cuts
from data_pipeline.cache import Cache
from data_pipeline.errors import DataError
from data_pipeline.front_ends import FloatArray, FrontEnd, IntArray
from data_pipeline.resident import resident
from data_pipeline.views import open_view

POOL_BATCHES = 8
"""Recordings are sorted by length within pools of so many batches.

Larger pools need less padding (7 % with this one, 1 % with 50), but their batches are less random, and networks score
worse: docs/performance.md has the numbers.
"""

ORDERED_BATCH, ORDERED_VALUES = 64, 2**20
"""Largest number of recordings, and of padded values, in a batch of `Batches.ordered`."""

UNCHANGED = Augmentation()
CPU = torch.device("cpu")


class Batch(NamedTuple):
    """Recordings in one batch.

    Attributes
    ----------
    inputs : Tensor of shape (B, T) or (B, T, F), float32
        Items, padded with zeros to the right. They are on the device that keeps the view, else on the CPU; all other
        tensors are on the CPU.
    lengths : Tensor of shape (B,), int64
        Number of real steps of each item.
    labels : Tensor of shape (B,), int64
        Class indices; -1 for unlabelled recordings.
    indices : ndarray of shape (B,), int64
        Positions in the cache.
    """

    inputs: Tensor
    lengths: Tensor
    labels: Tensor
    indices: IntArray


def pad_items(items: Sequence[FloatArray]) -> tuple[Tensor, Tensor]:
    """Put items into one tensor, padded with zeros to the right.

    Parameters
    ----------
    items : sequence of ndarray of shape (T,) or (T, F), float32
        Items, at least one.

    Returns
    -------
    inputs : Tensor of shape (B, T) or (B, T, F), float32
    lengths : Tensor of shape (B,), int64
        Number of real steps of each item.
    """
    lengths = np.array([len(item) for item in items])
    inputs = np.zeros((len(items), lengths.max(), *items[0].shape[1:]), np.float32)
    for row, item in zip(inputs, items, strict=True):
        row[: len(item)] = item
    return torch.from_numpy(inputs), torch.from_numpy(lengths)


class Batches:
    """Batches of a front end's items for some recordings of a cache.

    The view that is needed is built first. With augmentation it is the view of the normalised signal, and the front end
    is computed in the batch; without, it is the view of the front end. The view is copied into the memory of a GPU
    where it fits, and batches are made there. Augmentation that resamples or distorts is done on the CPU, and so are
    costly items of augmented signals; then no copy is kept.

    Parameters
    ----------
    cache : Cache
        Cache of the recordings.
    front_end : FrontEnd
        Front end that makes the items.
    indices : ndarray of shape (n,), int64
        Positions in the cache, at least one.
    batch_size : int
        Number of recordings in a batch of `epoch`.
    augmentation : Augmentation
        Augmentation, which `epoch` alone applies.
    seed : int
        Seed that decides order and augmentation, together with the number of the epoch.
    device : torch.device
        Device that keeps the view, if it is a GPU and the view fits.

    Raises
    ------
    DataError
        If there is nothing to batch, or the view cannot be built.
    """

    def __init__(
        self,
        cache: Cache,
        front_end: FrontEnd,
        indices: IntArray,
        *,
        batch_size: int = ORDERED_BATCH,
        augmentation: Augmentation = UNCHANGED,
        seed: int = 0,
        device: torch.device = CPU,
    ) -> None:
        if len(indices) == 0 or batch_size < 1:
            raise DataError(f"{len(indices)} recordings in batches of {batch_size}: both must be 1 or more")
        self.cache, self.front_end, self.indices = cache, front_end, np.asarray(indices, np.int64)
        self.batch_size, self.augmentation, self.seed = batch_size, augmentation, seed
        self._source = front_end if augmentation.is_none else front_end.source()
        self._view = open_view(cache, self._source)
        on_device = augmentation.only_cuts and not (front_end.is_costly and self._source != front_end)
        self._resident = resident(self._view, device) if on_device else None
        # Batch normalisation cannot take a last batch of one recording: it joins the batch before.
        self._boundaries = np.arange(batch_size, max(len(indices) - 1, 1), batch_size)

    @property
    def n_batches(self) -> int:
        """Number of batches in every epoch."""
        return len(self._boundaries) + 1

    def __len__(self) -> int:
        return self.n_batches

    def epoch(self, epoch: int) -> Iterator[Batch]:
        """Yield every recording once, shuffled and augmented, in batches of similar length.

        The same seed and epoch always give the same batches.
        """
        rng = np.random.default_rng((self.seed, epoch))
        order = rng.permutation(self.indices)
        draws = self.augmentation.draw(len(self.cache), seed=self.seed, epoch=epoch)
        lengths = self.augmentation.n_left(self._view.lengths[order], draws[order], self.front_end.rate)
        pool = np.arange(len(order)) // (POOL_BATCHES * self.batch_size)
        batches = np.split(order[np.lexsort((lengths, pool))], self._boundaries)
        for k in rng.permutation(len(batches)):
            n_steps = self._view.lengths[batches[k]]
            cuts = self.augmentation.cuts(n_steps, draws[batches[k]], self.front_end.rate)
            yield self._collect(batches[k], cuts, epoch)

    def ordered(self) -> Iterator[Batch]:
        """Yield every recording once, unchanged, the longest first, in batches of bounded memory.

        The size of these batches is chosen for speed and does not depend on `batch_size`.
        """
        lengths = self.front_end.n_steps(self._view.lengths) if self._source != self.front_end else self._view.lengths
        order = self.indices[np.argsort(-lengths[self.indices], kind="stable")]
        while len(order):
            values_each = int(lengths[order[0]]) * max(self.front_end.n_features, 1)
            n = min(ORDERED_BATCH, max(1, ORDERED_VALUES // values_each))
            yield self._collect(order[:n], Cuts.whole(self._view.lengths[order[:n]]), None)
            order = order[n:]

    def _collect(self, indices: IntArray, cuts: Cuts, epoch: int | None) -> Batch:
        """Make a batch; nothing is distorted if `epoch` is None."""
        if self._resident is None:
            inputs, lengths = pad_items([self._item(k, i, cuts, epoch) for k, i in enumerate(indices.tolist())])
        else:
            inputs, lengths = self._resident.items(indices, cuts), torch.from_numpy(cuts.n_kept)
            if self._source != self.front_end:
                inputs = self.front_end.from_signals(inputs, lengths)
                lengths = torch.from_numpy(self.front_end.n_steps(cuts.n_kept))
        return Batch(inputs, lengths, torch.from_numpy(self.cache.labels[indices]), indices)

    def _item(self, k: int, i: int, cuts: Cuts, epoch: int | None) -> FloatArray:
        item = cuts.of(k, self._view.item(i))
        if epoch is not None:
            item = self.augmentation.distorted(item, self.front_end.rate, seed=self.seed, epoch=epoch, recording=i)
        return item if self._source == self.front_end else self.front_end.from_signal(item)
