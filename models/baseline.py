"""The notebook's model, which takes raw signals and computes their spectrogram itself."""

import torch
from torch import Tensor, nn

from models.layers import Padding, check_batch
from models.stft_crnn import StftCrnn, StftCrnnConfig


class BaselineSTFTModel(nn.Module):
    """`stft_crnn` at the notebook's settings, over the log-magnitude spectrogram of raw signals; four classes.

    Notes
    -----
    What differs from the notebook: recordings are continued by zeros instead of their mirror image at both ends, so
    that a recording's scores do not depend on what it is batched with.
    """

    window: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.config = StftCrnnConfig()
        self.network = StftCrnn(self.config, n_classes=4)
        self.register_buffer("window", torch.hann_window(self.config.window), persistent=False)

    def forward(self, signals: Tensor, lengths: Tensor) -> Tensor:
        """Score a batch.

        Parameters
        ----------
        signals : Tensor of shape (B, T), float32
            Signals in counts, right-padded with zeros.
        lengths : Tensor of shape (B,), int64, on the CPU
            Number of real samples per recording.

        Returns
        -------
        Tensor of shape (B, 4), float32
            Logits.

        Raises
        ------
        BadShape
            If the inputs are not signals.
        """
        check_batch(signals, lengths, n_features=0)
        window, hop = self.config.window, self.config.hop
        spectrum = torch.stft(signals, window, hop, window=self.window, pad_mode="constant", return_complex=True)
        frames = torch.log2(spectrum.abs() + 1e-6).transpose(1, 2)
        n_frames = lengths // hop + 1
        padding = Padding.of(n_frames, frames.shape[1], frames.device)
        if padding is not None:
            frames = frames * padding.real[:, :, None]
        logits: Tensor = self.network(frames, n_frames)
        return logits
