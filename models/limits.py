"""Limits of an architecture's settings: they may come from a stranger's bundle, and decide how much is built."""

from collections.abc import Mapping
from dataclasses import fields
from math import isfinite
from typing import Any


def check_settings(
    config: Any, limits: Mapping[str, tuple[float, float]], choices: Mapping[str, tuple[str, ...]] | None = None
) -> None:
    """Refuse settings of another type than their default has, or beyond their limits.

    Limits are far beyond what is of use: they keep a network from growing without end while it is being built.

    Parameters
    ----------
    config : dataclass instance
        The settings.
    limits : mapping of str to tuple of two floats
        Least and largest value of each number.
    choices : mapping of str to tuple of str, optional
        What each text may be.

    Raises
    ------
    ValueError
        Naming the first such setting.
    """
    for field in fields(config):
        name, value = field.name, getattr(config, field.name)
        kinds = (int, float) if type(field.default) is float else (type(field.default),)
        if type(value) not in kinds or (isinstance(value, float) and not isfinite(value)):
            raise ValueError(f"{name} = {value!r:.60}: must be of type {kinds[-1].__name__}, like {field.default!r}")
        low, high = limits.get(name, (value, value))
        if not isinstance(value, str) and not low <= value <= high:
            raise ValueError(f"{name} = {value!r:.60}: must lie between {low:g} and {high:g}")
        if value not in (known := (choices or {}).get(name, (value,))):
            raise ValueError(f"{name} = {value!r:.60}: must be one of {', '.join(known)}")
