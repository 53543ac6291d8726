"""JSON that says one thing only: no key twice, no NaN, no number beyond the machine's, no endless depth."""

import json
import math
from typing import Any

_MOST_DIGITS = 19
"""Digits of the largest whole number of 64 bits."""


def parse_strictly(text: str | bytes) -> Any:
    """Parse JSON that another program may have written.

    Raises
    ------
    ValueError
        If it is no JSON, or has a key twice, NaN, an infinite number, a whole number of more than 19 digits, or more
        brackets inside each other than can be followed. The message is one line.
    """
    try:
        return json.loads(
            text, object_pairs_hook=_distinct, parse_constant=_refuse, parse_float=_finite, parse_int=_short
        )
    except RecursionError:
        raise ValueError("too many brackets inside each other") from None


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"{twice[:60]!r} is there twice")
    return found


def _refuse(name: str) -> None:
    raise ValueError(f"{name} is no number")


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise ValueError(f"{digits[:60]} is too large a number")
    return number


def _short(digits: str) -> int:
    if len(digits.removeprefix("-")) > _MOST_DIGITS:
        raise ValueError(f"{digits[:60]} is too large a number")
    return int(digits)
