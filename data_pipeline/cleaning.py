"""Missing samples, of every format: padding is cut off, gaps are bridged, and what lacks too much is refused.

A reader turns its format's own mark for a missing sample into NaN; everything else happens here.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data_pipeline.errors import BadRecording

MOST_MISSING = 0.1
"""Largest share of samples between the first and the last one that may be missing."""


@dataclass(frozen=True, eq=False)
class Cleaned:
    """A recording without missing samples.

    Attributes
    ----------
    values : ndarray of shape (T,), integer or float
        Its samples, T >= 1 unless there were none.
    n_bridged : int
        How many of them are not measured, but lie on a straight line between two that are.
    n_trimmed : int
        How many missing samples before the first and after the last one were cut off.
    """

    values: NDArray[Any]
    n_bridged: int = 0
    n_trimmed: int = 0


def with_missing(values: NDArray[np.integer[Any]], mark: int | None) -> NDArray[Any]:
    """Return samples with NaN wherever they are a format's mark for missing ones, as float64 if there are any."""
    is_missing = values == mark if mark is not None else np.zeros(len(values), bool)
    return np.where(is_missing, np.nan, values) if is_missing.any() else values


def clean(values: NDArray[Any], name: object) -> Cleaned:
    """Cut off missing samples at the ends, and bridge those between others.

    Parameters
    ----------
    values : ndarray of shape (n,), integer or float
        Samples, with NaN where they are missing.
    name : object
        The recording, for messages.

    Raises
    ------
    BadRecording
        If samples are infinite, none is there, or too many are missing between others.
    """
    if values.dtype.kind != "f" or not len(values) or np.isfinite(values).all():
        return Cleaned(values)
    if np.isinf(values).any():
        raise BadRecording(f"{name} has infinite values: remove it, or write NaN where a sample is missing")
    there = np.flatnonzero(~np.isnan(values))
    if not len(there):
        raise BadRecording(f"{name} has missing samples only, {len(values)} of them: remove it")
    inner = values[there[0] : there[-1] + 1]
    is_missing = np.isnan(inner)
    n_missing = int(is_missing.sum())
    if n_missing > MOST_MISSING * len(inner):
        raise BadRecording(
            f"{name} lacks {n_missing} of {len(inner)} samples, more than {MOST_MISSING:.0%}: remove it, or cut it "
            "down to a part that was recorded"
        )
    return Cleaned(_bridge(inner, is_missing), n_missing, len(values) - len(inner))


def _bridge(values: NDArray[Any], is_missing: NDArray[np.bool_]) -> NDArray[Any]:
    """Draw straight lines over gaps; between whole numbers, they go through whole numbers."""
    if not is_missing.any():
        return values
    at = np.arange(len(values))
    line = np.interp(at[is_missing], at[~is_missing], values[~is_missing])
    bridged = values.copy()
    whole = bool((np.rint(values[~is_missing]) == values[~is_missing]).all())
    bridged[is_missing] = np.rint(line) if whole else line
    return bridged
