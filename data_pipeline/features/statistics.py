"""Statistics of small arrays, which may be empty or constant: they are NaN where undefined, and never warn."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Places = NDArray[np.int64]
Flags = NDArray[np.bool_]
Values = dict[str, float]

NAN = float("nan")


def dot(first: Floats, second: Floats) -> float:
    """Return the sum of products, in one thread, since workers share the cores."""
    return float(np.einsum("i,i", first, second))


def ratio(part: float, whole: float) -> float:
    """Divide; NaN where the denominator is almost zero."""
    return float(part / whole) if abs(whole) > 1e-12 else NAN


def mean(values: Floats | Flags) -> float:
    """Return the mean; NaN without values."""
    return float(values.sum() / values.size) if values.size else NAN


def median(values: Floats) -> float:
    """Return the median; NaN without values."""
    return quantile(values, 0.5)


def deviation(values: Floats) -> float:
    """Return the sample standard deviation; NaN with fewer than two values."""
    if values.size < 2:
        return NAN
    centred = values - values.sum() / values.size
    return float(np.sqrt(dot(centred, centred) / (values.size - 1)))


def root_mean_square(values: Floats) -> float:
    """Return the root of the mean square; NaN without values."""
    return float(np.sqrt(dot(values, values) / values.size)) if values.size else NAN


def quantile(values: Floats, share: float) -> float:
    """Return an interpolated quantile, NaN without values; it is faster than numpy's on a few dozen values."""
    return quantiles(values, (share,))[0]


def quantiles(values: Floats, shares: tuple[float, ...]) -> list[float]:
    """Return several interpolated quantiles after sorting once; NaN without values."""
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
    """Return skewness and kurtosis (3 for a normal distribution); NaN with fewer than three values or equal ones."""
    if values.size < 3:
        return NAN, NAN
    centred = values - values.mean()
    squares = centred * centred
    variance = squares.mean()
    if variance < 1e-18:
        return NAN, NAN
    return float((squares * centred).mean() / variance**1.5), float((squares * squares).mean() / variance**2)


def correlation(first: Floats, second: Floats) -> float:
    """Return Pearson's correlation; NaN with fewer than three pairs or equal values."""
    if first.size < 3:
        return NAN
    a, b = first - first.mean(), second - second.mean()
    return ratio(dot(a, b), float(np.sqrt(dot(a, a) * dot(b, b))))


def entropy(weights: Floats) -> float:
    """Return Shannon's entropy of non-negative weights, from 0 to 1, which equal weights have."""
    total = weights.sum()
    if weights.size < 2 or not total > 0:
        return NAN
    shares = weights[weights > 0] / total
    return float(-(shares * np.log(shares)).sum() / np.log(weights.size))


def longest_run(flags: Flags) -> int:
    """Return the length of the longest unbroken run of true flags."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], flags, [False])).astype(np.int8)))
    return int((edges[1::2] - edges[::2]).max()) if edges.size else 0
