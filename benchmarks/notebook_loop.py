"""The notebook this service grew out of, as it was: the yardstick for speed and quality.

One tensor a recording, batches of 16 in random order padded to their longest, STFT -> Conv2D -> Conv2D -> LSTM ->
linear, class-weighted cross-entropy, Adam 5e-4 with weight decay 1e-2. Written the plain way on purpose; nothing in it
is tuned for speed.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.metrics import f1_score
from sklearn.utils.class_weight import compute_class_weight
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_sequence
from torch.utils.data import DataLoader, Dataset


class NotebookDataset(Dataset):
    """Recordings as lists of int, as the notebook's parser returns them."""

    def __init__(self, signals: Sequence[list[int]], labels: NDArray[np.int64]) -> None:
        self.signals, self.labels = signals, labels

    def __len__(self) -> int:
        return len(self.signals)

    def __getitem__(self, i: int) -> tuple[Tensor, int]:
        return torch.tensor(self.signals[i], dtype=torch.float32), int(self.labels[i])


def prep_batch(items: Sequence[tuple[Tensor, int]]) -> tuple[Tensor, Tensor, Tensor]:
    """Pad signals to the longest."""
    signals, labels = zip(*items, strict=True)
    lengths = torch.tensor([len(s) for s in signals])
    return pad_sequence(signals, batch_first=True), lengths, torch.tensor(labels)


class BaselineSTFT(nn.Module):
    """The notebook's network."""

    def __init__(self, n_fft: int = 256, hop: int = 128, n_classes: int = 4) -> None:
        super().__init__()
        self.n_fft, self.hop = n_fft, hop
        self.conv1 = nn.Sequential(nn.Conv2d(1, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2))
        self.conv2 = nn.Sequential(nn.Conv2d(16, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2))
        self.rnn = nn.LSTM(32 * ((n_fft // 2 + 1) // 4), 64, batch_first=True)
        self.fc = nn.Linear(64, n_classes)
        self.register_buffer("window", torch.hann_window(n_fft))

    def forward(self, x: Tensor, lengths: Tensor) -> Tensor:
        """Score (B, T) signals."""
        x = torch.stft(x, self.n_fft, self.hop, window=self.window, return_complex=True).abs()
        x = torch.log2(x + 1e-6).unsqueeze(1)
        x = self.conv2(self.conv1(x))
        steps = ((lengths // self.hop + 1) // 4).clamp(1, x.size(3))
        x = x.flatten(1, 2).permute(0, 2, 1)
        _, (h, _) = self.rnn(pack_padded_sequence(x, steps, batch_first=True, enforce_sorted=False))
        return self.fc(h[-1])


class NotebookLoop:
    """The notebook's training of its network on some recordings.

    Parameters
    ----------
    signals : sequence of list of int
    labels : ndarray of int64
    seed : int
        Of the weights and the order of the recordings.
    """

    def __init__(self, signals: Sequence[list[int]], labels: NDArray[np.int64], seed: int) -> None:
        torch.manual_seed(seed)
        self.loader: DataLoader[Any] = DataLoader(
            NotebookDataset(signals, labels), 16, shuffle=True, collate_fn=prep_batch
        )
        weights = compute_class_weight("balanced", classes=np.unique(labels), y=labels)
        self.loss_fn = nn.CrossEntropyLoss(weight=torch.tensor(weights, dtype=torch.float32))
        self.model = BaselineSTFT()
        self.optimizer = torch.optim.Adam(self.model.parameters(), lr=5e-4, weight_decay=1e-2)

    def train_one_epoch(self) -> None:
        """Train on every recording once."""
        self.model.train()
        for signals, lengths, labels in self.loader:
            self.optimizer.zero_grad()
            loss = self.loss_fn(self.model(signals, lengths), labels)
            loss.backward()
            self.optimizer.step()

    @torch.no_grad()
    def macro_f1(self, signals: Sequence[list[int]], labels: NDArray[np.int64]) -> float:
        """Score the network on other recordings."""
        self.model.eval()
        truth: list[int] = []
        predicted: list[int] = []
        for batch, lengths, wanted in DataLoader(NotebookDataset(signals, labels), 16, collate_fn=prep_batch):
            predicted += self.model(batch, lengths).argmax(1).tolist()
            truth += wanted.tolist()
        return float(f1_score(truth, predicted, average="macro"))
