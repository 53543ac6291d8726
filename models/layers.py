"""Layers that keep the padding of a batch out of its results.

Activations are (B, C, H, W) in channels-last memory, so that the features of one time step lie next to each other.
Time is W for signals (H is 1), and H for spectrogram frames (W counts frequency bins).
"""

from dataclasses import dataclass
from functools import cached_property

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from models.errors import BadShape
from models.fused import conv_pool_relu, has_kernels, normalise, pool_relu


@dataclass(frozen=True)
class Padding:
    """Which steps of a right-padded batch are real.

    Parameters
    ----------
    lengths : Tensor of shape (B,), int64
        Number of real steps per recording, on the CPU. Where only the activations tell, it is on their device, and
        `rows` would stall a GPU.
    n_steps : int
        Number of steps per recording, padding included.
    device : torch.device
        Device of the activations.
    """

    lengths: Tensor
    n_steps: int
    device: torch.device

    @classmethod
    def of(cls, lengths: Tensor, n_steps: int, device: torch.device) -> "Padding | None":
        """Tell the real steps of a batch from its padding.

        Parameters
        ----------
        lengths : Tensor of shape (B,), int64, on the CPU
            Number of real steps per recording. They are on the CPU, since finding real steps would stall a GPU.
        n_steps : int
            Number of steps per recording, padding included.
        device : torch.device
            Device of the activations.

        Returns
        -------
        Padding or None
            None where nothing is padded: such batches, of equally long recordings, take a faster path.
        """
        if int(lengths.min()) >= n_steps:
            return None
        return cls(lengths, n_steps, device)

    @cached_property
    def real(self) -> Tensor:
        """True at the real steps, (B, T) bool."""
        return self._real.to(self.device, non_blocking=True)

    @cached_property
    def rows(self) -> Tensor:
        """Positions of the real steps in the flattened (B * T) batch, (n_real,) int64."""
        return self._real.flatten().nonzero().squeeze(1).to(self.device, non_blocking=True)

    @property
    def _real(self) -> Tensor:
        return torch.arange(self.n_steps, device=self.lengths.device) < self.lengths[:, None]


def real_of(padding: Padding | None, n_recordings: int, n_rows: int) -> Tensor:
    """Count each recording's real rows of activations, (B,) int64, out of `n_rows`, a multiple of the steps."""
    if padding is None:
        return torch.full((n_recordings,), n_rows)
    return padding.lengths * (n_rows // padding.n_steps)


def strided_lengths(lengths: Tensor, stride: int) -> Tensor:
    """Return the real steps after a same-padded layer with this stride: floor((L - 1) / stride) + 1."""
    return (lengths - 1) // stride + 1


def check_batch(inputs: Tensor, lengths: Tensor, *, n_features: int) -> None:
    """Refuse a batch that the network cannot take, before a layer fails with a less clear message.

    Parameters
    ----------
    inputs : Tensor of shape (B, T) or (B, T, F)
        Inputs of the batch.
    lengths : Tensor of shape (B,), int64
        Number of real steps per recording.
    n_features : int
        Wanted number F of features, 0 for signals.

    Raises
    ------
    BadShape
        If the number of dimensions or features is wrong, or the lengths do not fit the batch. The kernels trust
        lengths when they read memory.
    """
    wanted = f"(batch, time, {n_features})" if n_features else "(batch, time)"
    fits = inputs.ndim == 3 and inputs.shape[2] == n_features if n_features else inputs.ndim == 2
    if not fits:
        raise BadShape(f"inputs of shape {tuple(inputs.shape)}, the network wants {wanted}: check its front end")
    if lengths.shape != inputs.shape[:1]:
        raise BadShape(f"lengths of shape {tuple(lengths.shape)} for {len(inputs)} recordings: give one length each")
    shortest, longest = int(lengths.min()), int(lengths.max())
    if shortest < 1 or longest > inputs.shape[1]:
        wrong = shortest if shortest < 1 else longest
        raise BadShape(f"a length of {wrong} in a batch of {inputs.shape[1]} steps: give each recording's real steps")


def pool_frames(frames: Tensor, padding: Padding | None) -> Tensor:
    """Halve time and frequency by the maximum of each window and of zero; padded frames are treated as zeros.

    A ReLU after the pooling gives the same result as one before, at a quarter of the cost.

    Parameters
    ----------
    frames : Tensor of shape (B, C, T, F), float32
        Activations, channels last.
    padding : Padding, optional
        Which steps are real; None where nothing is padded.

    Returns
    -------
    Tensor of shape (B, C, ceil(T / 2), F // 2), float32
        The last frame of an odd number is pooled alone, so that one frame survives any depth.
    """
    if has_kernels(frames):
        return pool_relu(frames, real_of(padding, len(frames), frames.shape[2]), width=2)
    if padding is not None:
        frames = frames * padding.real[:, None, :, None]
    return F.max_pool2d(frames, 2, ceil_mode=True)[..., : frames.shape[3] // 2].relu()


def conv_pool_frames(conv: nn.Conv2d, frames: Tensor, padding: Padding | None) -> Tensor:
    """Convolve (B, C, T, F) frames, with stride 1 and same padding, and pool the result by `pool_frames`."""
    weight, bias = conv.weight, conv.bias
    is_first = weight.shape[1:] == (1, 3, 3) and not frames.requires_grad
    if is_first and bias is not None and has_kernels(frames):
        return conv_pool_relu(frames, real_of(padding, len(frames), frames.shape[2]), weight, bias)
    return pool_frames(conv(frames), padding)


def pool_steps(features: Tensor) -> Tensor:
    """Halve the time of (B, C, 1, T) activations by the maximum of each window.

    Activations must come from a ReLU, and be zero where padded.
    """
    if has_kernels(features):
        real = real_of(None, len(features), features.shape[3])
        return pool_relu(features.transpose(2, 3), real, width=1).transpose(2, 3)
    return F.max_pool2d(features, (1, 2), ceil_mode=True)


class MaskedBatchNorm(nn.BatchNorm2d):
    """Batch normalisation over the real steps only; padded steps come out as zeros.

    Without compiled kernels, torch's own function is used: on the whole batch where nothing is padded, else on the
    gathered real steps. All ways agree to the last digits, and padding never enters the running statistics.

    Parameters
    ----------
    num_features : int
        Number of channels.
    relu : bool
        Whether values below zero become zero.
    dropout : float
        Probability that a channel of a recording is zeroed after that, while training.
    """

    def __init__(self, num_features: int, *, relu: bool = False, dropout: float = 0.0) -> None:
        super().__init__(num_features)
        self.relu = relu
        self.dropout = ChannelDropout(dropout)

    def forward(self, features: Tensor, padding: Padding | None = None) -> Tensor:
        """Normalise activations.

        Parameters
        ----------
        features : Tensor of shape (B, C, H, W), float32
            Activations, channels last; (H, W) is (1, T) for signals and (T, F) for frames.
        padding : Padding, optional
            Which steps are real; None where nothing is padded.

        Returns
        -------
        Tensor of shape (B, C, H, W), float32
        """
        real = real_of(padding, len(features), features.shape[2] * features.shape[3])
        # One value has no variance: a single step is normalised by the running statistics, as in evaluation.
        learning = self.training and int(real.sum()) > 1
        if has_kernels(features):
            return normalise(
                features,
                real,
                *(self.weight, self.bias, self._running, self.momentum or 0.0, self.eps),
                learning=learning,
                relu=self.relu,
                factors=self.dropout.factors(features),
            )
        kept: Tensor = self.dropout(self._by_torch(features, padding, learning))
        return kept

    def _by_torch(self, features: Tensor, padding: Padding | None, learning: bool) -> Tensor:
        if padding is None:
            return self._normalise(features, learning)
        rows = features.permute(0, 2, 3, 1).reshape(padding.real.numel(), -1)
        only = rows.index_select(0, padding.rows).view(1, 1, -1, self.num_features).permute(0, 3, 1, 2)
        only = self._normalise(only, learning).permute(0, 2, 3, 1).reshape(len(padding.rows), -1)
        batch, channels, height, width = features.shape
        filled = torch.zeros_like(rows).index_copy_(0, padding.rows, only)
        return filled.view(batch, height, width, channels).permute(0, 3, 1, 2)

    def _normalise(self, features: Tensor, learning: bool) -> Tensor:
        affine = self.weight, self.bias
        normalised = F.batch_norm(features, *self._running, *affine, learning, self.momentum or 0.0, self.eps)
        return normalised.relu_() if self.relu else normalised

    @property
    def _running(self) -> tuple[Tensor, Tensor]:
        assert self.running_mean is not None and self.running_var is not None
        return self.running_mean, self.running_var


class ChannelDropout(nn.Module):
    """Drop whole channels of (B, C, ...) activations, so that the padding does not change what is dropped.

    Parameters
    ----------
    rate : float
        Probability that a channel is zeroed while training.
    """

    def __init__(self, rate: float) -> None:
        super().__init__()
        self.rate = rate

    def forward(self, features: Tensor) -> Tensor:
        """Zero random channels and scale the others up, while training."""
        factors = self.factors(features)
        return features if factors is None else features * factors[(...,) + (None,) * (features.ndim - 2)]

    def factors(self, features: Tensor) -> Tensor | None:
        """Draw the factors of the channels, (B, C); None where all are 1."""
        if not self.training or self.rate == 0.0:
            return None
        return F.dropout(torch.ones(features.shape[:2], dtype=features.dtype, device=features.device), self.rate)
