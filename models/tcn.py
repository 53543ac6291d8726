"""A temporal convolutional network: dilated convolutions over the signal, at one rate."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from data_pipeline.front_ends import Signal
from models.architecture import Architecture
from models.layers import ChannelDropout, MaskedBatchNorm, Padding, check_batch, strided_lengths
from models.limits import check_settings
from models.pooling import POOLINGS, MaskedPooling
from models.residual import TimeConv

_LIMITS = {
    "rate": (1, 4000),
    "stem_kernel": (1, 1001),
    "stem_stride": (1, 100),
    "width": (1, 4096),
    "layers": (1, 16),
    "kernel": (1, 101),
    "dropout": (0.0, 0.99),
}


@dataclass(frozen=True)
class TcnConfig:
    """Settings of `tcn`.

    Parameters
    ----------
    rate : int
        Sampling rate of the signal, Hz; it describes the front end.
    stem_kernel, stem_stride : int
        Kernel size and stride of the first convolution, samples; all layers after it run at the rate that it leaves.
    width : int
        Number of channels of every layer.
    layers : int
        Number of dilated layers; each has twice the dilation of the one before.
    kernel : int
        Kernel size of the dilated convolutions, steps.
    dropout : float
        Probability that a channel is dropped.
    pooling : {"mean", "max", "mean_max", "attention"}
        How the steps of a recording are pooled over time.
    """

    rate: int = 100
    stem_kernel: int = 21
    stem_stride: int = 4
    width: int = 32
    layers: int = 7
    kernel: int = 5
    dropout: float = 0.1
    pooling: str = "mean_max"

    def __post_init__(self) -> None:
        check_settings(self, _LIMITS, {"pooling": POOLINGS})


class DilatedLayer(nn.Module):
    """A dilated convolution and one of a single step, each after normalisation and ReLU, beside a shortcut.

    Parameters
    ----------
    dilation : int
        Dilation of the first convolution, steps.
    config : TcnConfig
        Settings, of which width, kernel and dropout are used.
    """

    def __init__(self, dilation: int, config: TcnConfig) -> None:
        super().__init__()
        self.norm1 = MaskedBatchNorm(config.width, relu=True)
        self.dilated = TimeConv(config.width, config.width, config.kernel, dilation=dilation)
        self.norm2 = MaskedBatchNorm(config.width, relu=True, dropout=config.dropout)
        self.mix = TimeConv(config.width, config.width, 1)

    def forward(self, features: Tensor, padding: Padding | None) -> Tensor:
        """Transform (B, width, 1, T) activations."""
        inner = self.dilated(self.norm1(features, padding))
        mixed: Tensor = self.mix(self.norm2(inner, padding))
        return features + mixed


class Tcn(nn.Module):
    """Temporal convolutional network with masked pooling.

    After the stem no layer loses time: where the residual trunk sees whole beats by pooling them together, here
    dilations of 1, 2, 4, ... steps let a step see the beats around it, each at its own place. At the default settings
    the last layer's steps see 10 s to either side.

    Parameters
    ----------
    config : TcnConfig
        Settings of the network; `rate` belongs to the front end.
    n_classes : int
        Number of logits per recording.

    Notes
    -----
    What differs from the papers: [1]_ looks backwards only, and has two dilated convolutions a layer, with normalised
    weights. Recordings are whole here, so that a step may look both ways, as in [2]_, whose layer this is, but for the
    order of its parts: normalisation and ReLU come before each convolution. A strided stem makes it affordable.

    References
    ----------
    .. [1] Bai, S., Kolter, J. Z., Koltun, V. (2018). An empirical evaluation of generic convolutional and recurrent
       networks for sequence modeling. https://arxiv.org/abs/1803.01271
    .. [2] Farha, Y. A., Gall, J. (2019). MS-TCN: multi-stage temporal convolutional network for action segmentation.
       CVPR. https://arxiv.org/abs/1903.01945
    """

    def __init__(self, config: TcnConfig, n_classes: int) -> None:
        super().__init__()
        self.stem = TimeConv(1, config.width, config.stem_kernel, config.stem_stride)
        self.layers = nn.ModuleList(DilatedLayer(2**i, config) for i in range(config.layers))
        self.norm = MaskedBatchNorm(config.width, relu=True)
        self.pool = MaskedPooling(config.pooling, config.width)
        self.dropout = ChannelDropout(config.dropout)
        self.head = nn.Linear(self.pool.n_out, n_classes)
        self.to(memory_format=torch.channels_last)  # type: ignore[call-overload]

    def forward(self, inputs: Tensor, lengths: Tensor) -> Tensor:
        """Score a batch.

        Parameters
        ----------
        inputs : Tensor of shape (B, T), float32
            Signals, right-padded with zeros.
        lengths : Tensor of shape (B,), int64, on the CPU
            Number of real samples per recording.

        Returns
        -------
        Tensor of shape (B, n_classes), float32
            Logits.

        Raises
        ------
        BadShape
            If the inputs are not signals.
        """
        check_batch(inputs, lengths, n_features=0)
        features = self.stem(inputs[:, None, None, :])
        padding = Padding.of(strided_lengths(lengths, self.stem.stride[1]), features.shape[3], inputs.device)
        for layer in self.layers:
            features = layer(features, padding)
        steps = self.norm(features, padding).squeeze(2).transpose(1, 2)
        logits: Tensor = self.head(self.dropout(self.pool(steps, padding)))
        return logits


ARCHITECTURE = Architecture(
    name="tcn",
    config=TcnConfig,
    ranges={
        "rate": {"choices": [75, 100]},
        "stem_kernel": {"low": 11, "high": 31, "step": 2},
        "stem_stride": {"choices": [4, 5]},
        "width": {"choices": [32, 48, 64]},
        "layers": {"low": 5, "high": 8},
        "kernel": {"choices": [3, 5, 7]},
        "dropout": {"low": 0.0, "high": 0.4},
        "pooling": {"choices": list(POOLINGS)},
    },
    build=Tcn,
    front_end=lambda config: Signal(config.rate),
)
