"""Compiled loops over activations in memory order: they do in one pass what torch does in several.

Activations are rows of C channels, (B, N, C) or (B, T, W, C). `real` says how many rows or steps of each recording are
real; padded ones are treated as zeros, and are zeros in the result. Every kernel works on the recordings from `first`
to `last` (excluded), without the interpreter's lock, so that threads can share a batch. Sums are made per recording, so
the number of threads cannot change a result. NaN stays NaN, so that a diverged network is noticed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from data_pipeline.compilation import compiled as numba_compiled

Floats = NDArray[np.float32]
Sums = NDArray[np.float64]
Counts = NDArray[np.int64]
Choices = NDArray[np.uint8]

Kernel = TypeVar("Kernel", bound=Callable[..., None])

NONE = 255
"""Choice where no value of the window was above zero."""


def compiled(kernel: Kernel) -> Kernel:
    """Compile a kernel; the compiler may fuse a product and a sum, which then are rounded once."""
    return numba_compiled(kernel, fastmath={"contract"})


@compiled
def pool_relu(
    first: int, last: int, frames: Floats, real: Counts, width: int, pooled: Floats, choices: Choices
) -> None:
    """Take the maximum of zero and of each window of two steps and `width` columns; remember where it was.

    Parameters
    ----------
    frames : ndarray of shape (B, T, W, C)
    real : ndarray of shape (B,)
        Number of real steps.
    width : int
        Number of columns in a window, 1 or 2.
    pooled, choices : ndarray of shape (B, ceil(T / 2), W // width, C)
        Filled with the maxima, and with their places in the windows or `NONE`.
    """
    for b in range(first, last):
        for t in range(pooled.shape[1]):
            if real[b] <= 2 * t:
                pooled[b, t] = 0
                choices[b, t] = NONE
                continue
            # A missing step or column is replaced by its neighbour, which changes no maximum.
            above, below = frames[b, 2 * t], frames[b, min(2 * t + 1, real[b] - 1)]
            for w in range(pooled.shape[2]):
                left, right = w * width, w * width + width - 1
                v0, v1, v2, v3 = above[left], above[right], below[left], below[right]
                out, which = pooled[b, t, w], choices[b, t, w]
                for c in range(out.size):
                    top, place = np.float32(0), np.uint8(NONE)
                    if v0[c] > top or v0[c] != v0[c]:
                        top, place = v0[c], np.uint8(0)
                    if v1[c] > top or v1[c] != v1[c]:
                        top, place = v1[c], np.uint8(1)
                    if v2[c] > top or v2[c] != v2[c]:
                        top, place = v2[c], np.uint8(width)
                    if v3[c] > top or v3[c] != v3[c]:
                        top, place = v3[c], np.uint8(width + 1)
                    out[c] = top
                    which[c] = place


@compiled
def pool_relu_backward(first: int, last: int, grads: Floats, choices: Choices, width: int, spread: Floats) -> None:
    """Give each maximum's gradient to the input it was taken from, and zero to all others.

    Parameters
    ----------
    grads, choices : ndarray of shape (B, ceil(T / 2), W // width, C)
    width : int
        Number of columns in a window, as in `pool_relu`.
    spread : ndarray of shape (B, T, W, C)
        Filled with the gradients of the inputs.
    """
    for b in range(first, last):
        for step in range(spread.shape[1]):
            t, row = step // 2, step % 2
            for w in range(grads.shape[2]):
                grad, which = grads[b, t, w], choices[b, t, w]
                for column in range(width):
                    out = spread[b, step, w * width + column]
                    place = np.uint8(row * width + column)
                    for c in range(out.size):
                        out[c] = grad[c] if which[c] == place else np.float32(0)
            for column in range(grads.shape[2] * width, spread.shape[2]):
                spread[b, step, column] = 0


@compiled
def conv_pool_relu(
    first: int,
    last: int,
    frames: Floats,
    real: Counts,
    weight: Floats,
    bias: Floats,
    pooled: Floats,
    choices: Choices,
) -> None:
    """Convolve frames of one channel by 3 x 3 and pool the result by 2 x 2 like `pool_relu`, without storing it.

    Parameters
    ----------
    frames : ndarray of shape (B, T + 3, F + 3)
        T steps of F columns with zeros around them: one before and two after. Padded steps are included.
    real : ndarray of shape (B,)
        Number of real steps, out of T.
    weight : ndarray of shape (9, C)
        Weights; the rows are the 3 x 3 steps and columns.
    bias : ndarray of shape (C,)
    pooled, choices : ndarray of shape (B, ceil(T / 2), F // 2, C)
        Filled as in `pool_relu`.
    """
    for b in range(first, last):
        for t in range(pooled.shape[1]):
            if real[b] <= 2 * t:
                pooled[b, t] = 0
                choices[b, t] = NONE
                continue
            # A step beyond the real ones must never be the maximum.
            below = np.float32(0 if real[b] > 2 * t + 1 else -np.inf)
            rows = frames[b, 2 * t : 2 * t + 4]
            for w in range(pooled.shape[2]):
                x00, x01, x02, x03 = rows[0, 2 * w], rows[0, 2 * w + 1], rows[0, 2 * w + 2], rows[0, 2 * w + 3]
                x10, x11, x12, x13 = rows[1, 2 * w], rows[1, 2 * w + 1], rows[1, 2 * w + 2], rows[1, 2 * w + 3]
                x20, x21, x22, x23 = rows[2, 2 * w], rows[2, 2 * w + 1], rows[2, 2 * w + 2], rows[2, 2 * w + 3]
                x30, x31, x32, x33 = rows[3, 2 * w], rows[3, 2 * w + 1], rows[3, 2 * w + 2], rows[3, 2 * w + 3]
                out, which = pooled[b, t, w], choices[b, t, w]
                for c in range(out.size):
                    w00, w01, w02 = weight[0, c], weight[1, c], weight[2, c]
                    w10, w11, w12 = weight[3, c], weight[4, c], weight[5, c]
                    w20, w21, w22 = weight[6, c], weight[7, c], weight[8, c]
                    v0 = x00 * w00 + x01 * w01 + x02 * w02 + x10 * w10 + x11 * w11 + x12 * w12
                    v0 = v0 + x20 * w20 + x21 * w21 + x22 * w22 + bias[c]
                    v1 = x01 * w00 + x02 * w01 + x03 * w02 + x11 * w10 + x12 * w11 + x13 * w12
                    v1 = v1 + x21 * w20 + x22 * w21 + x23 * w22 + bias[c]
                    v2 = x10 * w00 + x11 * w01 + x12 * w02 + x20 * w10 + x21 * w11 + x22 * w12
                    v2 = v2 + x30 * w20 + x31 * w21 + x32 * w22 + bias[c] + below
                    v3 = x11 * w00 + x12 * w01 + x13 * w02 + x21 * w10 + x22 * w11 + x23 * w12
                    v3 = v3 + x31 * w20 + x32 * w21 + x33 * w22 + bias[c] + below
                    top, place = np.float32(0), np.uint8(NONE)
                    if v0 > top or v0 != v0:
                        top, place = v0, np.uint8(0)
                    if v1 > top or v1 != v1:
                        top, place = v1, np.uint8(1)
                    if v2 > top or v2 != v2:
                        top, place = v2, np.uint8(2)
                    if v3 > top or v3 != v3:
                        top, place = v3, np.uint8(3)
                    out[c] = top
                    which[c] = place


@compiled
def conv_pool_relu_backward(
    first: int, last: int, grads: Floats, choices: Choices, frames: Floats, sums: Floats
) -> None:
    """Sum each recording's gradients of the weights and of the bias of `conv_pool_relu`.

    Parameters
    ----------
    grads, choices : ndarray of shape (B, ceil(T / 2), F // 2, C)
    frames : ndarray of shape (B, T + 3, F + 3)
        Padded frames, as in `conv_pool_relu`.
    sums : ndarray of shape (B, 10, C)
        Filled with the gradients of the nine weights, then of the bias.
    """
    zero = np.float32(0)
    for b in range(first, last):
        sums[b] = 0
        total = sums[b, 9]
        for t in range(grads.shape[1]):
            for w in range(grads.shape[2]):
                grad, which = grads[b, t, w], choices[b, t, w]
                for c in range(grad.size):
                    total[c] += grad[c] if which[c] != NONE else zero
                for i in range(3):  # one row of weights per loop, as the compiler does not vectorise more at once
                    above, below = frames[b, 2 * t + i], frames[b, 2 * t + i + 1]
                    a0, a1, a2, a3 = above[2 * w], above[2 * w + 1], above[2 * w + 2], above[2 * w + 3]
                    b0, b1, b2, b3 = below[2 * w], below[2 * w + 1], below[2 * w + 2], below[2 * w + 3]
                    left, middle, right = sums[b, 3 * i], sums[b, 3 * i + 1], sums[b, 3 * i + 2]
                    for c in range(grad.size):
                        g0 = grad[c] if which[c] == 0 else zero
                        g1 = grad[c] if which[c] == 1 else zero
                        g2 = grad[c] if which[c] == 2 else zero
                        g3 = grad[c] if which[c] == 3 else zero
                        left[c] += g0 * a0 + g1 * a1 + g2 * b0 + g3 * b1
                        middle[c] += g0 * a1 + g1 * a2 + g2 * b1 + g3 * b2
                        right[c] += g0 * a2 + g1 * a3 + g2 * b2 + g3 * b3


@compiled
def sum_rows(first: int, last: int, rows: Floats, real: Counts, sums: Sums) -> None:
    """Sum the real rows of each recording and their squares.

    Parameters
    ----------
    rows : ndarray of shape (B, N, C)
    real : ndarray of shape (B,)
        Number of real rows.
    sums : ndarray of shape (2, B, C)
        Filled with sums and sums of squares.
    """
    for b in range(first, last):
        total, squares = sums[0, b], sums[1, b]
        for i in range(real[b]):
            row = rows[b, i]
            for c in range(row.size):
                value = np.float64(row[c])
                total[c] += value
                squares[c] += value * value


@compiled
def scale_relu(
    first: int,
    last: int,
    rows: Floats,
    real: Counts,
    scale: Floats,
    shift: Floats,
    floor: float,
    factors: Floats,
    scaled: Floats,
) -> None:
    """Multiply and shift each channel of the real rows, raise what is below `floor` to it, and multiply again.

    Parameters
    ----------
    rows : ndarray of shape (B, N, C)
    real : ndarray of shape (B,)
        Number of real rows.
    scale, shift : ndarray of shape (C,)
    floor : float
        Zero for a ReLU, minus infinity for none.
    factors : ndarray of shape (B, C)
        Factors of dropout for each recording's channels.
    scaled : ndarray of shape (B, N, C)
        Filled with the result; padded rows are zeros.
    """
    for b in range(first, last):
        factor = factors[b]
        for i in range(real[b]):
            row, out = rows[b, i], scaled[b, i]
            for c in range(row.size):
                value = row[c] * scale[c] + shift[c]
                out[c] = (np.float32(floor) if value < floor else value) * factor[c]
        for i in range(real[b], rows.shape[1]):
            scaled[b, i] = 0


@compiled
def sum_grads(
    first: int,
    last: int,
    grads: Floats,
    rows: Floats,
    real: Counts,
    scale: Floats,
    shift: Floats,
    floor: float,
    factors: Floats,
    sums: Sums,
) -> None:
    """Sum the gradients that pass the ReLU, and their products with the rows, over the real rows of each recording.

    Parameters
    ----------
    grads, rows : ndarray of shape (B, N, C)
    real, scale, shift, floor, factors
        See `scale_relu`.
    sums : ndarray of shape (2, B, C)
        Filled with sums of gradients and of products.
    """
    for b in range(first, last):
        total, products, factor = sums[0, b], sums[1, b], factors[b]
        for i in range(real[b]):
            row, grad = rows[b, i], grads[b, i]
            for c in range(row.size):
                passed = grad[c] * factor[c] if row[c] * scale[c] + shift[c] > floor else np.float32(0)
                total[c] += np.float64(passed)
                products[c] += np.float64(passed) * np.float64(row[c])


@compiled
def scale_relu_backward(
    first: int,
    last: int,
    grads: Floats,
    rows: Floats,
    real: Counts,
    scale: Floats,
    shift: Floats,
    floor: float,
    factors: Floats,
    slope: Floats,
    offset: Floats,
    out: Floats,
) -> None:
    """Compute the gradient of the rows: the scaled gradient that passes the ReLU, plus a linear function of the row.

    Parameters
    ----------
    grads, rows : ndarray of shape (B, N, C)
    real, scale, shift, floor, factors
        See `scale_relu`.
    slope, offset : ndarray of shape (C,)
        Slope and offset of the linear function, by which the batch's mean and variance depend on a row.
    out : ndarray of shape (B, N, C)
        Filled with the gradient; padded rows are zeros.
    """
    for b in range(first, last):
        factor = factors[b]
        for i in range(real[b]):
            row, grad, into = rows[b, i], grads[b, i], out[b, i]
            for c in range(row.size):
                passed = grad[c] * factor[c] if row[c] * scale[c] + shift[c] > floor else np.float32(0)
                into[c] = passed * scale[c] + row[c] * slope[c] + offset[c]
        for i in range(real[b], rows.shape[1]):
            out[b, i] = 0
