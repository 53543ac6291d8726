"""A pre-activation residual network over the signal, up to the features of its last steps."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from models.layers import MaskedBatchNorm, Padding, check_batch, pool_steps, strided_lengths
from models.limits import check_settings
from models.pooling import POOLINGS

LIMITS = {
    "rate": (1, 4000),
    "stem_kernel": (1, 1001),
    "stem_stride": (1, 100),
    "width": (1, 4096),
    "stages": (1, 16),
    "blocks": (1, 16),
    "kernel": (1, 1001),
    "dropout": (0.0, 0.99),
    "hidden": (1, 8192),
}
"""Least and largest settings of architectures with a residual trunk, far beyond what is of use."""


@dataclass(frozen=True)
class ResidualConfig:
    """Settings that architectures with a residual trunk share.

    Parameters
    ----------
    rate : int
        Sampling rate of the signal, Hz; it describes the front end.
    stem_kernel, stem_stride : int
        Kernel size and stride of the first convolution, samples.
    width : int
        Number of channels of the stem; it doubles at every second stage.
    stages : int
        Number of stages; each halves the rate.
    blocks : int
        Number of residual blocks per stage.
    kernel : int
        Kernel size of the blocks' convolutions, steps.
    dropout : float
        Probability that a channel is dropped.
    """

    rate: int = 100
    stem_kernel: int = 15
    stem_stride: int = 2
    width: int = 24
    stages: int = 6
    blocks: int = 1
    kernel: int = 9
    dropout: float = 0.1

    def __post_init__(self) -> None:
        check_settings(self, LIMITS, {"pooling": POOLINGS})


class TimeConv(nn.Conv2d):
    """Same-padded convolution over time of (B, C, 1, T) activations, without bias.

    It has two dimensions, one of height 1: channels-last convolutions are faster on the CPU, and torch has them in 2-D
    only.

    Parameters
    ----------
    n_in, n_out : int
        Number of channels of input and output.
    kernel, stride : int
        Kernel size and stride, steps.
    dilation : int
        Distance between the steps that one position of the kernel and the next one see.
    """

    def __init__(self, n_in: int, n_out: int, kernel: int, stride: int = 1, dilation: int = 1) -> None:
        reach = (0, dilation * (kernel // 2))
        super().__init__(n_in, n_out, (1, kernel), (1, stride), reach, (1, dilation), bias=False)

    def forward(self, features: Tensor) -> Tensor:
        """Return (B, n_out, 1, floor((T - 1) / stride) + 1); extra steps of even kernels are cut off."""
        n_steps = (features.shape[3] - 1) // self.stride[1] + 1
        return super().forward(features)[..., :n_steps]


class ResidualBlock(nn.Module):
    """Two convolutions, each after normalisation and ReLU, and a shortcut.

    Parameters
    ----------
    n_in, n_out : int
        Number of channels of input and output.
    stride : int
        Stride of the first convolution and of the shortcut.
    config : ResidualConfig
        Settings, of which kernel and dropout are used.
    """

    def __init__(self, n_in: int, n_out: int, stride: int, config: ResidualConfig) -> None:
        super().__init__()
        self.stride = stride
        self.norm1 = MaskedBatchNorm(n_in, relu=True)
        self.conv1 = TimeConv(n_in, n_out, config.kernel, stride)
        self.norm2 = MaskedBatchNorm(n_out, relu=True, dropout=config.dropout)
        self.conv2 = TimeConv(n_out, n_out, config.kernel)
        self.project = TimeConv(n_in, n_out, 1) if n_in != n_out else None

    def forward(self, features: Tensor, before: Padding | None, after: Padding | None) -> Tensor:
        """Transform (B, n_in, 1, T) activations; `before` and `after` are the padding of input and output."""
        active = self.norm1(features, before)
        inner = self.norm2(self.conv1(active), after)
        residual: Tensor = self.conv2(inner)
        return residual + self._shortcut(features, active)

    def _shortcut(self, features: Tensor, active: Tensor) -> Tensor:
        if self.stride == 1 and self.project is None:
            return features
        if self.stride == 2:
            active = pool_steps(active)
        return active if self.project is None else self.project(active)


class ResidualTrunk(nn.Module):
    """A strided stem, then stages that each halve the rate; channels double at every second stage.

    On a CPU the first layers cost most, and the stride of the stem makes them cheap. A network inherits the trunk and
    adds its own layers after it, so that the trunk's weights have the same names in all networks.

    Parameters
    ----------
    config : ResidualConfig
        Settings of the trunk.

    Attributes
    ----------
    n_features : int
        Number of features of each step.

    Notes
    -----
    What differs from the papers: [1]_ is two-dimensional. The shortcut of a strided block is a maximum over the
    activated input, as in [2]_. [2]_ has 16 blocks at the full sampling rate; here there are fewer blocks at lower
    rates, and dropout takes whole channels.

    References
    ----------
    .. [1] He, K., Zhang, X., Ren, S., Sun, J. (2016). Identity mappings in deep residual networks. ECCV.
       https://arxiv.org/abs/1603.05027
    .. [2] Hannun, A. Y., et al. (2019). Cardiologist-level arrhythmia detection and classification in ambulatory
       electrocardiograms using a deep neural network. Nature Medicine 25, 65-69.
    """

    def __init__(self, config: ResidualConfig) -> None:
        super().__init__()
        self.stem = TimeConv(1, config.width, config.stem_kernel, config.stem_stride)
        self.strides = ([2] + [1] * (config.blocks - 1)) * config.stages
        widths = [config.width * 2 ** (stage // 2) for stage in range(config.stages) for _ in range(config.blocks)]
        self.blocks = nn.ModuleList(
            ResidualBlock(n_in, n_out, stride, config)
            for n_in, n_out, stride in zip([config.width, *widths], widths, self.strides, strict=False)
        )
        self.n_features = widths[-1]
        self.norm = MaskedBatchNorm(self.n_features, relu=True)
        self.to(memory_format=torch.channels_last)  # type: ignore[call-overload]

    def steps(self, inputs: Tensor, lengths: Tensor) -> tuple[Tensor, Padding | None]:
        """Return the features of the last stage's steps.

        Parameters
        ----------
        inputs : Tensor of shape (B, T), float32
            Signals, right-padded with zeros.
        lengths : Tensor of shape (B,), int64, on the CPU
            Number of real samples per recording.

        Returns
        -------
        steps : Tensor of shape (B, T', n_features), float32
            Features after normalisation and ReLU; padded steps are zeros. A recording of one sample has one step.
        padding : Padding or None
            Which of these steps are real; None where none is padded.

        Raises
        ------
        BadShape
            If the inputs are not signals.
        """
        check_batch(inputs, lengths, n_features=0)
        features = self.stem(inputs[:, None, None, :])
        lengths = strided_lengths(lengths, self.stem.stride[1])
        padding = Padding.of(lengths, features.shape[3], inputs.device)
        for block, stride in zip(self.blocks, self.strides, strict=True):
            before = padding
            if stride > 1:
                lengths = strided_lengths(lengths, stride)
                padding = Padding.of(lengths, (features.shape[3] - 1) // stride + 1, inputs.device)
            features = block(features, before, padding)
        return self.norm(features, padding).squeeze(2).transpose(1, 2), padding
