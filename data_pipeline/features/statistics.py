"""Figures of small arrays that may be empty or constant: NaN where there is nothing to say, never a warning."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Places = NDArray[np.int64]
Flags = NDArray[np.bool_]
Values = dict[str, float]

NAN = float("nan")


def dot(first: Floats, second: Floats) -> float:
    """Sum of products, in one thread: workers that share the cores must not wait for the linear algebra's threads."""
    return float(np.einsum("i,i", first, second))


def ratio(part: float, whole: float) -> float:
    """Divide; NaN by zero or by what is next to nothing."""
    return float(part / whole) if abs(whole) > 1e-12 else NAN


def mean(values: Floats | Flags) -> float:
    """Average, NaN of none."""
    return float(values.sum() / values.size) if values.size else NAN


def median(values: Floats) -> float:
    """Middle value, NaN of none."""
    return quantile(values, 0.5)


def deviation(values: Floats) -> float:
    """Sample standard deviation, NaN of fewer than two."""
    if values.size < 2:
        return NAN
    centred = values - values.sum() / values.size
    return float(np.sqrt(dot(centred, centred) / (values.size - 1)))


def root_mean_square(values: Floats) -> float:
    """Root of the mean square, NaN of none."""
    return float(np.sqrt(dot(values, values) / values.size)) if values.size else NAN


def quantile(values: Floats, share: float) -> float:
    """Interpolated quantile, NaN of none; numpy's own takes many times as long on a few dozen values."""
    return quantiles(values, (share,))[0]


def quantiles(values: Floats, shares: tuple[float, ...]) -> list[float]:
    """Interpolated quantiles of one sorting, NaN of none."""
    if not values.size:
        return [NAN] * len(shares)
    ordered = np.sort(values)
    places = [share * (len(ordered) - 1) for share in shares]
    lower = [int(place) for place in places]
    upper = [min(place + 1, len(ordered) - 1) for place in lower]
    return [
        float(ordered[low] + (place - low) * (ordered[high] - ordered[low]))
        for place, low, high in zip(places, lower, upper, strict=True)
    ]


def moments(values: Floats) -> tuple[float, float]:
    """Skewness and kurtosis (3 for a normal distribution), NaN of fewer than three or of a constant."""
    if values.size < 3:
        return NAN, NAN
    centred = values - values.mean()
    squares = centred * centred
    variance = squares.mean()
    if variance < 1e-18:
        return NAN, NAN
    return float((squares * centred).mean() / variance**1.5), float((squares * squares).mean() / variance**2)


def correlation(first: Floats, second: Floats) -> float:
    """Pearson's correlation, NaN of fewer than three pairs or of a constant."""
    if first.size < 3:
        return NAN
    a, b = first - first.mean(), second - second.mean()
    return ratio(dot(a, b), float(np.sqrt(dot(a, a) * dot(b, b))))


def entropy(weights: Floats) -> float:
    """Shannon's entropy of non-negative weights, 0 to 1 of what as many equal ones would have."""
    total = weights.sum()
    if weights.size < 2 or not total > 0:
        return NAN
    shares = weights[weights > 0] / total
    return float(-(shares * np.log(shares)).sum() / np.log(weights.size))


def longest_run(flags: Flags) -> int:
    """Length of the longest unbroken run of true."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], flags, [False])).astype(np.int8)))
    return int((edges[1::2] - edges[::2]).max()) if edges.size else 0
