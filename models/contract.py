"""The contract that every architecture keeps, as far as it can be checked without building a model."""

import re
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from math import isfinite
from typing import Any

from models.architecture import TRAINERS, Architecture
from models.errors import BadArchitecture, described

BOOSTING = ("rounds", "lr", "class_weight", "epochs")
"""What the trainer "boosting" asks a config for, be it a setting or a property."""

NAME = re.compile(r"[a-z][a-z0-9_]{0,49}")
TAKEN = ("architecture", "train")
"""Names that have another meaning in a study file."""


def check_contract(architecture: object) -> Architecture:
    """Return the architecture if it keeps the contract.

    Raises
    ------
    BadArchitecture
        If it does not; the message names the first fault.
    """
    if not isinstance(architecture, Architecture):
        raise BadArchitecture(f"a {type(architecture).__name__} is no models.Architecture: make one")
    name = architecture.name
    if not isinstance(name, str) or not NAME.fullmatch(name) or name in TAKEN:
        raise BadArchitecture(
            f"architecture name {name!r}: use small letters, digits and _, and none of {', '.join(TAKEN)}"
        )
    if architecture.trainer not in TRAINERS:
        raise BadArchitecture(f"{name}: trainer {architecture.trainer!r} is unknown: use one of {', '.join(TRAINERS)}")
    for what in ("build", "front_end"):
        if not callable(getattr(architecture, what)):
            raise BadArchitecture(f"{name}: {what} is a {type(getattr(architecture, what)).__name__}, not callable")
    defaults = _defaults(architecture)
    _check_ranges(architecture, defaults)
    lacking = [what for what in BOOSTING if what not in defaults and not hasattr(architecture.config, what)]
    if architecture.trainer == "boosting" and lacking:
        raise BadArchitecture(f"{name}: config lacks {lacking[0]}: the trainer boosting needs {', '.join(BOOSTING)}")
    return architecture


def _defaults(architecture: Architecture) -> dict[str, Any]:
    """Return the default of each setting, by name."""
    name, config = architecture.name, architecture.config
    parameters = getattr(config, "__dataclass_params__", None)
    if not isinstance(config, type) or not is_dataclass(config) or parameters is None or not parameters.frozen:
        raise BadArchitecture(f"{name}: config must be a frozen dataclass: write @dataclass(frozen=True) above it")
    try:
        made = config()
    except Exception as error:
        raise BadArchitecture(
            f"{name}: config() fails, {described(error)}: give every setting a default that is allowed"
        ) from error
    defaults = {field.name: getattr(made, field.name) for field in fields(made)}
    for setting, value in defaults.items():
        if type(value) not in (bool, int, float, str):
            raise BadArchitecture(f"{name}: setting {setting} is a {type(value).__name__}: use bool, int, float or str")
    return defaults


def _check_ranges(architecture: Architecture, defaults: Mapping[str, Any]) -> None:
    name, ranges = architecture.name, architecture.ranges
    if not isinstance(ranges, Mapping):
        raise BadArchitecture(f"{name}: ranges is a {type(ranges).__name__}, not a dict of setting to range")
    if unknown := [setting for setting in ranges if setting not in defaults]:
        raise BadArchitecture(
            f"{name}: ranges names {unknown[0]!r}, which is no setting: use {', '.join(defaults) or 'none'}"
        )
    if missing := [setting for setting in defaults if setting not in ranges]:
        raise BadArchitecture(f"{name}: ranges lacks {missing[0]}: give it a range, or the one value that pins it")
    for setting, allowed in ranges.items():
        if problem := _problem(allowed, defaults[setting]):
            raise BadArchitecture(f"{name}: range of {setting}, {allowed!r}: {problem}")


def _problem(allowed: object, default: Any) -> str | None:
    """Say what is wrong with a range or its default; None where nothing is."""
    if not isinstance(allowed, Mapping):
        return None if _is_like(allowed, default) and allowed == default else f"the default is {default!r}"
    if set(allowed) == {"choices"}:
        return _problem_of_choices(allowed["choices"], default)
    if not {"low", "high"} <= set(allowed) <= {"low", "high", "log", "step"}:
        return "a range is {low, high} with log or step, {choices = [...]} or one value"
    return _problem_of_numbers(allowed, default)


def _problem_of_choices(choices: object, default: Any) -> str | None:
    if not isinstance(choices, list | tuple) or not choices:
        return "choices must be a list of one value or more"
    if strangers := [value for value in choices if not _is_like(value, default)]:
        return f"{strangers[0]!r} is not of type {type(default).__name__}, as the default {default!r} is"
    return None if default in choices else f"the default {default!r} is none of them"


def _problem_of_numbers(allowed: Mapping[str, Any], default: Any) -> str | None:
    low, high, step, log = allowed["low"], allowed["high"], allowed.get("step"), allowed.get("log", False)
    numbers = [low, high] if step is None else [low, high, step]
    if isinstance(default, bool | str) or not all(_is_like(value, default) for value in numbers):
        return f"low, high and step must be of type {type(default).__name__}, as the default {default!r} is"
    if type(log) is not bool or (log and (low <= 0 or step is not None)):
        return "log is true or false, starts above 0, and takes no step"
    if low > high or (step is not None and step <= 0):
        return "low must not be above high, nor step below 0"
    if not low <= default <= high:
        return f"the default {default!r} lies outside"
    steps = 0.0 if step is None else (default - low) / step
    return None if abs(steps - round(steps)) < 1e-9 else f"the default {default!r} is no step of it"


def _is_like(value: object, default: object) -> bool:
    """Whether a value has the type of a setting; a float setting may also have a whole number."""
    if isinstance(value, float) and not isfinite(value):
        return False
    return type(value) is type(default) or (isinstance(default, float) and type(value) is int)
