"""The notebook's data loading: a list of recordings and a column of labels as a torch data set."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence
from torch.utils.data import Dataset

from data_pipeline.errors import DataError
from data_pipeline.readers.binary import read_zip_binary

__all__ = ["ECGDataset", "prep_batch", "read_zip_binary"]


class ECGDataset(Dataset[tuple[Tensor, int]]):
    """Recordings with their labels, for a `DataLoader` with `prep_batch`.

    Parameters
    ----------
    signals : sequence of array-like of shape (T,)
        Recordings, in counts.
    labels : array-like of shape (N,) or (N, 1)
        Class of each recording, in the order of `signals`: an array, a list, a Series or a one-column DataFrame, whose
        index is ignored.
    indices : array-like of int, optional
        Positions of the recordings to keep; all of them by default.

    Raises
    ------
    DataError
        If there is not one label per recording, or an index points beyond the recordings.
    """

    def __init__(self, signals: Sequence[ArrayLike], labels: Any, indices: ArrayLike | None = None) -> None:
        column = np.asarray(labels)
        if column.shape not in {(len(signals),), (len(signals), 1)}:
            raise DataError(f"labels of shape {column.shape} for {len(signals)} recordings: give one label each")
        self.signals = signals
        self.labels = column.reshape(-1).astype(np.int64)
        self.indices = np.arange(len(signals)) if indices is None else np.asarray(indices, dtype=np.int64)
        outside = self.indices[(self.indices < 0) | (self.indices >= len(signals))]
        if len(outside):
            raise DataError(f"index {outside[0]} for {len(signals)} recordings: indices count from 0, check the split")

    def __len__(self) -> int:
        return len(self.indices)

    def __getitem__(self, item: int) -> tuple[Tensor, int]:
        """Return one recording as float32 counts of shape (T,), and its class."""
        position = self.indices[item]
        return torch.from_numpy(np.array(self.signals[position], dtype=np.float32)), int(self.labels[position])


def prep_batch(items: Sequence[tuple[Tensor, int]]) -> tuple[Tensor, Tensor, Tensor]:
    """Put recordings into one batch.

    Parameters
    ----------
    items : sequence of (Tensor of shape (T,), int)
        Items of `ECGDataset`.

    Returns
    -------
    signals : Tensor of shape (B, T), float32
        Recordings, right-padded with zeros to the longest.
    lengths : Tensor of shape (B,), int64
        Number of samples per recording.
    labels : Tensor of shape (B,), int64
        Class of each recording.
    """
    signals, labels = zip(*items, strict=True)
    lengths = torch.tensor([len(signal) for signal in signals])
    return pad_sequence(list(signals), batch_first=True), lengths, torch.tensor(labels)
