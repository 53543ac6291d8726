"""Convolutions over spectrogram frames, then a recurrent network over time."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from data_pipeline.front_ends import Spectrogram
from models.architecture import Architecture
from models.layers import (
    ChannelDropout,
    MaskedBatchNorm,
    Padding,
    check_batch,
    conv_pool_frames,
    pool_frames,
    strided_lengths,
)
from models.limits import check_settings
from models.pooling import POOLINGS, MaskedPooling
from models.recurrent import last_outputs, read_steps

_LIMITS = {
    "rate": (1, 4000),
    "window": (2, 8192),
    "hop": (1, 8192),
    "blocks": (1, 12),
    "channels": (1, 4096),
    "kernel": (1, 101),
    "hidden": (1, 8192),
    "dropout": (0.0, 0.99),
}


@dataclass(frozen=True)
class StftCrnnConfig:
    """Settings of `stft_crnn`; the defaults are the notebook's network.

    Parameters
    ----------
    rate : int
        Sampling rate of the signal before the spectrogram, Hz.
    window, hop : int
        Length of the spectrogram's window, and distance between frames, samples.
    blocks : int
        Number of convolution blocks; each halves time and frequency.
    channels : int
        Number of channels of the first block; each further block doubles it.
    kernel : int
        Kernel size of the convolutions, in frames and in bins.
    batch_norm : bool
        Whether the convolutions are normalised.
    rnn : {"lstm", "gru"}
        Kind of the recurrent layer.
    hidden : int
        Number of its units, in each direction.
    bidirectional : bool
        Whether it also reads the recording backwards.
    pooling : {"last", "mean", "max", "mean_max", "attention"}
        How its outputs become one per recording: the last one is taken, or all are pooled over time.
    dropout : float
        Probability that a channel is dropped.
    """

    rate: int = 300
    window: int = 256
    hop: int = 128
    blocks: int = 2
    channels: int = 16
    kernel: int = 3
    batch_norm: bool = False
    rnn: str = "lstm"
    hidden: int = 64
    bidirectional: bool = False
    pooling: str = "last"
    dropout: float = 0.0

    def __post_init__(self) -> None:
        check_settings(self, _LIMITS, {"rnn": ("lstm", "gru"), "pooling": ("last", *POOLINGS)})
        # Frames that overlap much more take ever more memory and say nothing new.
        if not self.window <= 64 * self.hop:
            raise ValueError(f"hop = {self.hop}: must be at least a 64th of window = {self.window}")


class ConvBlock(nn.Module):
    """Convolution, normalisation where asked for, and pooling by two in time and frequency.

    Parameters
    ----------
    n_in, n_out : int
        Number of channels of input and output.
    config : StftCrnnConfig
        Settings, of which kernel, normalisation and dropout are used.
    """

    def __init__(self, n_in: int, n_out: int, config: StftCrnnConfig) -> None:
        super().__init__()
        # A normalisation would subtract a bias again.
        self.conv = nn.Conv2d(n_in, n_out, config.kernel, padding="same", bias=not config.batch_norm)
        self.norm = MaskedBatchNorm(n_out) if config.batch_norm else None
        self.dropout = ChannelDropout(config.dropout)

    def forward(self, frames: Tensor, padding: Padding | None) -> Tensor:
        """Halve (B, C, T, F) activations to (B, n_out, ceil(T / 2), F // 2)."""
        if self.norm is None:
            pooled = conv_pool_frames(self.conv, frames, padding)
        else:
            pooled = pool_frames(self.norm(self.conv(frames), padding), padding)
        kept: Tensor = self.dropout(pooled)
        return kept


class StftCrnn(nn.Module):
    """Convolutional recurrent network over log-magnitude spectrogram frames.

    By default it has two convolution blocks, an LSTM over time and a linear layer. Time and frequency are (H, W) of
    channels-last activations, so that one step's channels and bins lie next to each other and become the recurrent
    network's input without a copy.

    Parameters
    ----------
    config : StftCrnnConfig
        Settings of the network; `rate`, `window` and `hop` belong to the front end.
    n_classes : int
        Number of logits per recording.

    Notes
    -----
    What differs from the paper [1]_: there are two to four blocks of one convolution, where the paper has four blocks
    of six; one recurrent layer instead of three; all layers are trained at once, instead of the convolutions first; and
    batch normalisation is optional.

    References
    ----------
    .. [1] Zihlmann, M., Perekrestenko, D., Tschannen, M. (2017). Convolutional recurrent neural networks for
       electrocardiogram classification. Computing in Cardiology 44. https://arxiv.org/abs/1710.06122
    """

    def __init__(self, config: StftCrnnConfig, n_classes: int) -> None:
        super().__init__()
        self.n_bins = config.window // 2 + 1
        channels = [1] + [config.channels * 2**i for i in range(config.blocks)]
        self.blocks = nn.ModuleList(
            ConvBlock(n_in, n_out, config) for n_in, n_out in zip(channels, channels[1:], strict=False)
        )
        recurrent = {"lstm": nn.LSTM, "gru": nn.GRU}[config.rnn]
        n_features = channels[-1] * (self.n_bins >> config.blocks)
        self.rnn = recurrent(n_features, config.hidden, batch_first=True, bidirectional=config.bidirectional)
        n_outputs = config.hidden * (1 + config.bidirectional)
        self.pool = None if config.pooling == "last" else MaskedPooling(config.pooling, n_outputs)
        self.dropout = ChannelDropout(config.dropout)
        self.head = nn.Linear(n_outputs if self.pool is None else self.pool.n_out, n_classes)
        self.to(memory_format=torch.channels_last)  # type: ignore[call-overload]

    def forward(self, inputs: Tensor, lengths: Tensor) -> Tensor:
        """Score a batch.

        Parameters
        ----------
        inputs : Tensor of shape (B, T, F), float32
            Spectrogram frames, right-padded with zeros.
        lengths : Tensor of shape (B,), int64, on the CPU
            Number of real frames per recording.

        Returns
        -------
        Tensor of shape (B, n_classes), float32
            Logits.

        Raises
        ------
        BadShape
            If the number of dimensions or bins is wrong.
        """
        check_batch(inputs, lengths, n_features=self.n_bins)
        frames = inputs.unsqueeze(1)
        for block in self.blocks:
            frames = block(frames, Padding.of(lengths, frames.shape[2], inputs.device))
            lengths = strided_lengths(lengths, 2)
        steps = frames.permute(0, 2, 3, 1).flatten(2)
        logits: Tensor = self.head(self.dropout(self._summarise(steps, lengths)))
        return logits

    def _summarise(self, steps: Tensor, lengths: Tensor) -> Tensor:
        padding = Padding.of(lengths, steps.shape[1], steps.device)
        outputs = read_steps(self.rnn, steps, padding)
        if self.pool is None:
            return last_outputs(self.rnn, outputs, lengths)
        pooled: Tensor = self.pool(outputs, padding)
        return pooled


ARCHITECTURE = Architecture(
    name="stft_crnn",
    config=StftCrnnConfig,
    ranges={
        "rate": {"choices": [150, 300]},
        "window": {"choices": [128, 256]},
        "hop": {"choices": [64, 128]},
        "blocks": {"low": 2, "high": 4},
        "channels": {"choices": [8, 16]},
        "kernel": 3,
        "batch_norm": {"choices": [False, True]},
        "rnn": {"choices": ["lstm", "gru"]},
        "hidden": {"choices": [32, 64, 128]},
        "bidirectional": {"choices": [False, True]},
        "pooling": {"choices": ["last", "mean", "attention"]},
        "dropout": {"low": 0.0, "high": 0.4},
    },
    build=StftCrnn,
    front_end=lambda config: Spectrogram(config.rate, config.window, config.hop),
)
