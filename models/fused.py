"""The compiled kernels as differentiable functions of activations on the CPU.

Their results are views of tensors, which torch does not allow to change in place where gradients are needed.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor
from torch.autograd.function import once_differentiable

from models import kernels


def has_kernels(features: Tensor) -> bool:
    """Whether the functions below take these activations, which must be float32 on the CPU."""
    return features.device.type == "cpu" and features.dtype == torch.float32


def normalise(
    features: Tensor,
    real: Tensor,
    scale: Tensor,
    shift: Tensor,
    running: tuple[Tensor, Tensor],
    momentum: float,
    eps: float,
    *,
    learning: bool,
    relu: bool,
    factors: Tensor | None,
) -> Tensor:
    """Normalise each channel over the real rows of a batch, and zero the others.

    Parameters
    ----------
    features : Tensor of shape (B, C, H, W), float32, on the CPU
        Activations, channels last.
    real : Tensor of shape (B,), int64
        Number of real rows of each recording, out of H * W.
    scale, shift : Tensor of shape (C,)
        Learnt scale and shift of each channel.
    running : two Tensors of shape (C,)
        Running mean and variance; they are updated if `learning`, and used otherwise.
    momentum, eps : float
        See `torch.nn.BatchNorm2d`.
    learning : bool
        Whether the batch's own mean and variance are used.
    relu : bool
        Whether values below zero become zero.
    factors : Tensor of shape (B, C), optional
        Factors by which each recording's channels are multiplied in the end.

    Returns
    -------
    Tensor of shape (B, C, H, W), float32, channels last
    """
    if factors is None:
        factors = torch.ones(features.shape[:2])
    normalised: Tensor = _Normalise.apply(  # type: ignore[no-untyped-call]
        features, real, scale, shift, running, momentum, eps, learning, relu, factors
    )
    return normalised


def pool_relu(frames: Tensor, real: Tensor, width: int) -> Tensor:
    """Halve time, and columns if `width` is 2, by the maximum of each window and of zero.

    Parameters
    ----------
    frames : Tensor of shape (B, C, T, W), float32, on the CPU
        Activations, channels last.
    real : Tensor of shape (B,), int64
        Number of real steps of each recording, out of T. Padded steps are treated as zeros.
    width : int
        Number of columns in a window, 1 or 2.

    Returns
    -------
    Tensor of shape (B, C, ceil(T / 2), W // width), float32, channels last
    """
    pooled: Tensor = _PoolRelu.apply(frames, real, width)  # type: ignore[no-untyped-call]
    return pooled


def conv_pool_relu(frames: Tensor, real: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """Convolve frames of one channel by 3 x 3 and pool the result like `pool_relu`, in one pass over memory.

    Parameters
    ----------
    frames : Tensor of shape (B, 1, T, F), float32, on the CPU
        Input of the network; no gradient is computed for it.
    real : Tensor of shape (B,), int64
        Number of real steps of each recording, out of T.
    weight : Tensor of shape (C, 1, 3, 3)
    bias : Tensor of shape (C,)

    Returns
    -------
    Tensor of shape (B, C, ceil(T / 2), F // 2), float32, channels last
    """
    pooled: Tensor = _ConvPoolRelu.apply(frames, real, weight, bias)  # type: ignore[no-untyped-call]
    return pooled


class _ConvPoolRelu(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, frames: Tensor, real: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        batch, _, n_steps, n_bins = frames.shape
        # A window of two outputs sees four inputs, from the one before it to the one after.
        padded = F.pad(frames.squeeze(1), (1, 2, 1, 2))
        taps = weight.flatten(1).T.contiguous()
        pooled = torch.empty(batch, (n_steps + 1) // 2, n_bins // 2, len(weight))
        choices = torch.empty(pooled.shape, dtype=torch.uint8)
        _in_parts(kernels.conv_pool_relu, batch, *map(_array, (padded, real, taps, bias, pooled, choices)))
        ctx.save_for_backward(padded, choices)
        ctx.weight = weight.shape
        return _channels_first(pooled)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *grads: Tensor) -> tuple[None, None, Tensor, Tensor]:
        padded, choices = ctx.saved_tensors
        sums = torch.empty(len(padded), 10, ctx.weight[0])
        arrays = map(_array, (_channels_inside(grads[0]), choices, padded, sums))
        _in_parts(kernels.conv_pool_relu_backward, len(padded), *arrays)
        total = sums.sum(0)
        return None, None, total[:9].T.reshape(ctx.weight), total[9]


class _PoolRelu(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, frames: Tensor, real: Tensor, width: int) -> Tensor:
        values = _channels_inside(frames)
        batch, n_steps, n_columns, channels = values.shape
        pooled = torch.empty(batch, (n_steps + 1) // 2, n_columns // width, channels)
        choices = torch.empty(pooled.shape, dtype=torch.uint8)
        _in_parts(kernels.pool_relu, batch, *map(_array, (values, real)), width, *map(_array, (pooled, choices)))
        ctx.save_for_backward(choices)
        ctx.shape, ctx.width = values.shape, width
        return _channels_first(pooled)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, None, None]:
        (choices,) = ctx.saved_tensors
        spread = torch.empty(ctx.shape)
        arrays = map(_array, (_channels_inside(grads[0]), choices))
        _in_parts(kernels.pool_relu_backward, len(spread), *arrays, ctx.width, _array(spread))
        return _channels_first(spread), None, None


class _Normalise(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any,
        features: Tensor,
        real: Tensor,
        weight: Tensor,
        bias: Tensor,
        running: tuple[Tensor, Tensor],
        momentum: float,
        eps: float,
        learning: bool,
        relu: bool,
        factors: Tensor,
    ) -> Tensor:
        values = _channels_inside(features)
        rows = values.flatten(1, 2)
        mean, variance = (statistic.double() for statistic in running)
        n_real = int(real.sum())
        if learning:
            sums = torch.zeros(2, len(rows), rows.shape[2], dtype=torch.float64)
            _in_parts(kernels.sum_rows, len(rows), *map(_array, (rows, real, sums)))
            mean, squares = sums.sum(1) / n_real
            variance = (squares - mean**2).clamp(min=0)
            running[0].lerp_(mean.float(), momentum)
            running[1].lerp_((variance * n_real / (n_real - 1)).float(), momentum)
        precision = (variance + eps).rsqrt()
        scale = weight * precision.float()
        shift = (bias - mean * precision * weight).float()
        floor = 0.0 if relu else -np.inf
        out = torch.empty_like(rows)
        _in_parts(
            kernels.scale_relu, len(rows), *map(_array, (rows, real, scale, shift)), floor, *map(_array, (factors, out))
        )
        ctx.save_for_backward(rows, real, scale, shift, mean, precision, factors)
        ctx.learning, ctx.floor, ctx.n_real = learning, floor, n_real
        return _channels_first(out.view(values.shape))

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        rows, real, scale, shift, mean, precision, factors = ctx.saved_tensors
        values = _channels_inside(grads[0])
        grad_rows = values.flatten(1, 2)
        given = [*map(_array, (grad_rows, rows, real, scale, shift)), ctx.floor, _array(factors)]
        sums = torch.zeros(2, len(rows), rows.shape[2], dtype=torch.float64)
        _in_parts(kernels.sum_grads, len(rows), *given, _array(sums))
        total, products = sums.sum(1)
        grad_weight = (products - mean * total) * precision
        # The batch's mean and variance depend on every row: d/d row = scale * (grad - mean grad - z * mean (grad * z)),
        # z being the normalised row, (row - mean) * precision.
        slope, offset = torch.zeros_like(scale), torch.zeros_like(scale)
        if ctx.learning:
            steep = -scale * grad_weight * precision / ctx.n_real
            slope = steep.float()
            offset = (-scale * total / ctx.n_real - steep * mean).float()
        out = torch.empty_like(rows)
        _in_parts(kernels.scale_relu_backward, len(rows), *given, *map(_array, (slope, offset, out)))
        parameters = grad_weight.float(), total.float()
        return _channels_first(out.view(values.shape)), None, *parameters, None, None, None, None, None, None


def _channels_inside(features: Tensor) -> Tensor:
    """View (B, C, H, W) as (B, H, W, C); it is copied only if the channels are not last in memory."""
    return features.permute(0, 2, 3, 1).contiguous()


def _channels_first(values: Tensor) -> Tensor:
    """View (B, H, W, C) as (B, C, H, W)."""
    return values.permute(0, 3, 1, 2)


def _array(tensor: Tensor) -> Any:
    return tensor.detach().numpy()


def _in_parts(kernel: Callable[..., None], n_recordings: int, *arguments: Any) -> None:
    """Run a kernel on all recordings, in as many threads as torch may use."""
    n_threads = min(torch.get_num_threads(), n_recordings)
    if n_threads == 1:
        kernel(0, n_recordings, *arguments)
        return
    ends = [n_recordings * i // n_threads for i in range(n_threads + 1)]
    parts = [_threads(n_threads).submit(kernel, *part, *arguments) for part in zip(ends[:-1], ends[1:], strict=True)]
    for part in parts:
        part.result()


@cache
def _threads(n: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(n, thread_name_prefix="kernel")
