"""How samples are stored: whole numbers of 16 bits as they are, all others as float32 around an offset.

Scaled to 16 bits, a small signal on a large offset, or beside one stray value, would keep a few levels only. A float32
has 24 significant bits of each value: the median is taken off first, in double precision, where it is so large that the
signal on it would lose them. Values are then divided by a power of two, which rounds nothing, so that the largest is of
the size of a 16-bit count.
"""

import unicodedata
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data_pipeline.errors import BadRecording

Samples = NDArray[np.int16] | NDArray[np.float32]

MOST_LOST = 0.01
"""Largest share of the steps from one sample to the next that may vanish before a recording is called coarse."""

LARGEST_OFFSET = 64.0
"""How many times as large as the signal the median may be, which leaves the signal 2**17 levels, and is then kept."""

TAIL = 0.02
"""The signal is as large as the span of all but this share of the samples at either end."""

_VOLTS = {"mV": 1.0, "mv": 1.0, "uV": 1e-3, "uv": 1e-3, "\u03bcV": 1e-3, "nV": 1e-6, "V": 1e3, "v": 1e3}
"""Voltages in millivolts, as recorders write them; the letter is a mu, which the sign for micro becomes."""

_INT16, _FLOAT32 = np.iinfo(np.int16), np.finfo(np.float32)
_LARGEST_IN_FLOAT64 = 2**53
_EXPONENT = 15  # the largest stored value lies between 2**14 and 2**15


@dataclass(frozen=True, eq=False)
class Stored:
    """A recording as it is stored: its values are ``samples * scale + offset``.

    Attributes
    ----------
    samples : ndarray of shape (T,), int16 or float32
        Samples in counts.
    scale : float
        What a count is worth.
    offset : float
        What a count of zero is worth.
    is_coarse : bool
        Whether steps between samples were lost: the values span more than a float32 has digits for.
    """

    samples: Samples
    scale: float = 1.0
    offset: float = 0.0
    is_coarse: bool = False


def in_millivolts(unit: str) -> tuple[str, float]:
    """Return a unit in the way in which all recordings have it, and its size in that.

    Voltages are in "mV", other units as they are; "count" where there is none.
    """
    plain = unicodedata.normalize("NFKC", unit.strip())
    return ("mV", _VOLTS[plain]) if plain in _VOLTS else (plain or "count", 1.0)


def store(values: NDArray[Any], name: object, unit: float = 1.0) -> Stored:
    """Bring samples into the form in which they are stored.

    Parameters
    ----------
    values : ndarray of shape (T,), integer or float
        Samples, none of them missing or infinite.
    name : object
        The recording, for messages.
    unit : float
        Physical units per value.

    Raises
    ------
    BadRecording
        If the amplitudes are too large or too small for an amplitude.
    """
    if not len(values) or _is_int16(values):
        return Stored(values.astype(np.int16, copy=False))
    centred, offset = _centre(values)
    peak = float(np.abs(centred).max())
    exponent = int(np.frexp(peak)[1]) - _EXPONENT if peak else 0
    scale = 2.0 ** min(max(exponent, -1022), 1023)
    if not float(_FLOAT32.tiny) <= abs(scale * unit) <= float(_FLOAT32.max) or not np.isfinite(peak):
        raise BadRecording(f"{name}: largest value {peak:g} is beyond the range of an amplitude: check its unit")
    samples = (centred / scale).astype(np.float32)
    samples += 0.0  # a zero has no sign
    return Stored(samples, scale, offset, _loses_steps(centred, samples))


def _is_int16(values: NDArray[Any]) -> bool:
    if values.dtype == np.int16:
        return True
    if values.min() < _INT16.min or values.max() > _INT16.max:
        return False
    return values.dtype.kind in "iu" or bool((np.rint(values) == values).all())


def _centre(values: NDArray[Any]) -> tuple[NDArray[np.float64], float]:
    """Return the values as float64, and what was taken off them: their median, where it would cost digits."""
    if values.dtype.kind in "iu" and max(abs(int(values.min())), abs(int(values.max()))) > _LARGEST_IN_FLOAT64:
        low = values.min()  # a difference of two such integers fits
        values, offset = (values.astype(np.uint64) - low.astype(np.uint64)).astype(np.float64), float(low)
    else:
        values, offset = values.astype(np.float64), 0.0
    with np.errstate(over="ignore"):
        is_exact = np.array_equal(values.astype(np.float32), values)
        low, middle, high = np.quantile(values, (TAIL, 0.5, 1 - TAIL))
        if is_exact or abs(middle) <= LARGEST_OFFSET * (high - low):
            return values, offset
        return values - middle, offset + float(middle)


def _loses_steps(values: NDArray[np.float64], samples: NDArray[np.float32]) -> bool:
    lost = (np.diff(values) != 0) & (np.diff(samples) == 0)
    return int(lost.sum()) > MOST_LOST * len(values)
