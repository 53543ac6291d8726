"""The search space: ranges as a study file writes them, and the settings that Optuna draws from them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from data_pipeline.errors import DataError
from models import get_architecture
from tuner.errors import SpecError
from tuner.study.settings import TRAIN_RANGES, Settings, TrainSettings, sections_of

if TYPE_CHECKING:
    from optuna.trial import Trial

Scalar = bool | int | float | str

MOST = 2**53
"""The largest whole number of a range: samplers compute with floats, which are exact up to here."""


class NumberRange(BaseModel):
    """All numbers from `low` to `high`, both included; whole numbers if the setting is one."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)
    low: int | float
    high: int | float
    log: bool = False
    step: int | float | None = None

    @model_validator(mode="after")
    def _not_empty(self) -> NumberRange:
        for value in _values(self):
            _check_exact(value)
        if self.low > self.high:
            raise ValueError(f"the range is empty: low {self.low} is above high {self.high}")
        if self.log and self.low <= 0:
            raise ValueError(f"a log range must start above 0, not at {self.low}")
        if self.log and self.step is not None:
            raise ValueError("a range takes log or step, not both")
        if self.step is not None and self.step <= 0:
            raise ValueError(f"step must be above 0, not {self.step}")
        return self


class Choices(BaseModel):
    """One of these values."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)
    choices: tuple[Scalar, ...]

    @model_validator(mode="before")
    @classmethod
    def _from_list(cls, data: Any) -> Any:
        if isinstance(data, dict) and isinstance(data.get("choices"), list):
            return {**data, "choices": tuple(data["choices"])}
        return data

    @model_validator(mode="after")
    def _not_empty(self) -> Choices:
        if not self.choices:
            raise ValueError("the range is empty: choices needs at least one value")
        for value in self.choices:
            _check_exact(value)
        return self


Range = NumberRange | Choices | Scalar


def _check_exact(value: Scalar) -> None:
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError(f"{value} is not finite")
    if isinstance(value, int) and abs(value) > MOST:
        raise ValueError("a whole number is too large: they go up to 2^53")


def parse_range(data: Any) -> Range:
    """Read one range as a study file writes it.

    Raises
    ------
    ValueError
        If it is neither a table with low and high, nor a table with choices, nor a plain value.
    """
    if not isinstance(data, dict):
        if isinstance(data, bool | int | float | str):
            _check_exact(data)
            return data
        raise ValueError("a range is {low, high}, {choices = [...]} or one plain, finite value")
    kind = Choices if "choices" in data else NumberRange
    try:
        return kind.model_validate(data)
    except ValidationError as error:
        # A misspelt key is named first, since it is often the reason of a missing one.
        problem = min(error.errors(), key=lambda problem: problem["type"] != "extra_forbidden")
        where = ".".join(str(part) for part in problem["loc"])
        if problem["type"] == "extra_forbidden":
            raise ValueError(f"{where}: unknown key; valid: {', '.join(kind.model_fields)}") from error
        raise ValueError(f"{where} {problem['msg'].removeprefix('Value error, ')}".strip()) from error


def full_space(architectures: tuple[str, ...], overrides: Mapping[str, Range]) -> dict[str, Range]:
    """Merge the default ranges of training and of each architecture with a study's own.

    Raises
    ------
    SpecError
        If a name is unknown, or a value has the wrong type.
    UnknownArchitecture
        If an architecture does not exist.
    """
    space = {name: parse_range(data) for name, data in _default_ranges(architectures)}
    for name, wanted in overrides.items():
        if name not in space:
            raise SpecError(f"[space] {name!r}: no such setting here; valid: {', '.join(space)}")
        _check_kind(name, wanted, space[name], default_of(name))
        space[name] = wanted
    for architecture in architectures:
        _check_values(architecture, space)
    return space


def _check_values(architecture: str, space: Mapping[str, Range]) -> None:
    """Build settings, and the input they ask for, at both ends of every range and with every choice once."""
    first = {name: ends_of(wanted)[0] for name, wanted in _own(architecture, space)}
    # Alone at first: where these do not go together, none of the settings below is to blame.
    _check_input(architecture, first, f"{architecture} at the first value of every range")
    for name, wanted in _own(architecture, space):
        for value in ends_of(wanted):
            _check_input(architecture, first | {name: value}, f"{name} = {value!r}")


def _check_input(architecture: str, params: dict[str, Scalar], what: str) -> None:
    settings = Settings.from_params(params | {"architecture": architecture})
    try:
        get_architecture(architecture).front_end(settings.model)
    except DataError as error:
        raise SpecError(f"[space] {what}: {error}") from error


def _default_ranges(architectures: tuple[str, ...]) -> Iterator[tuple[str, Any]]:
    for name, data in TRAIN_RANGES.items():
        yield f"train.{name}", data
    for architecture in architectures:
        for name, data in get_architecture(architecture).ranges.items():
            yield f"{architecture}.{name}", data


def default_of(name: str) -> Scalar:
    """Return the default of a setting, such as `train.lr`."""
    section, _, field = name.partition(".")
    config = TrainSettings if section == "train" else get_architecture(section).config
    value: Scalar = getattr(config(), field)
    return value


def _values(wanted: Range) -> tuple[Scalar, ...]:
    if isinstance(wanted, NumberRange):
        return (wanted.low, wanted.high) if wanted.step is None else (wanted.low, wanted.high, wanted.step)
    return wanted.choices if isinstance(wanted, Choices) else (wanted,)


def ends_of(wanted: Range) -> tuple[Scalar, ...]:
    """Return both ends of a range, all of its choices, or the value that pins it."""
    return (wanted.low, wanted.high) if isinstance(wanted, NumberRange) else _values(wanted)


def _check_kind(name: str, wanted: Range, known: Range, default: Scalar) -> None:
    for value in _values(wanted):
        fits = type(value) is type(default) or (isinstance(default, float) and type(value) is int)
        if not fits:
            raise SpecError(f"[space] {name} = {value!r}: must be of type {type(default).__name__}, like {default!r}")
        if isinstance(default, str) and value not in _values(known):
            raise SpecError(f"[space] {name} = {value!r}: must be one of {', '.join(map(str, _values(known)))}")


def default_params(
    architecture: str,
    architectures: tuple[str, ...],
    space: Mapping[str, Range],
    fitted: Mapping[str, Scalar] | None = None,
) -> dict[str, Scalar]:
    """Return an architecture's defaults as flat parameters of Optuna, moved into the study's ranges.

    Parameters
    ----------
    architecture : str
        Name of the architecture.
    architectures : tuple of str
        Names of the study's architectures.
    space : mapping of str to Range
        Range of every setting.
    fitted : mapping of str to bool, int, float or str, optional
        Defaults that fit the study's data, and replace the architecture's.
    """
    params: dict[str, Scalar] = {} if len(architectures) == 1 else {"architecture": architecture}
    for name, wanted in _own(architecture, space):
        if isinstance(wanted, NumberRange | Choices):
            params[name] = default_in(wanted, (fitted or {}).get(name, default_of(name)))
    return params


def default_in(wanted: Range, default: Scalar) -> Scalar:
    """Return a default moved into a range; of choices without it the first, and of a pinned setting its value."""
    if isinstance(wanted, Choices):
        return default if default in wanted.choices else wanted.choices[0]
    return _into(wanted, default) if isinstance(wanted, NumberRange) else wanted


def _into(allowed: NumberRange, default: Scalar) -> int | float:
    value = min(max(float(default), allowed.low), allowed.high)
    if allowed.step is not None:
        value = allowed.low + (value - allowed.low) // allowed.step * allowed.step
    return int(value) if isinstance(default, int) else value


def _own(architecture: str, space: Mapping[str, Range]) -> Iterator[tuple[str, Range]]:
    sections = sections_of(architecture)
    return ((name, wanted) for name, wanted in space.items() if name.split(".")[0] in sections)


def suggest(trial: Trial, architectures: tuple[str, ...], space: Mapping[str, Range]) -> Settings:
    """Draw every setting of a trial: the architecture first, then the settings that belong to it.

    A pinned setting is not a parameter of the trial, and neither is the architecture of a study that has only one.
    """
    name = architectures[0]
    if len(architectures) > 1:
        name = trial.suggest_categorical("architecture", architectures)
    params: dict[str, Scalar] = {"architecture": name}
    for key, wanted in _own(name, space):
        params[key] = _suggest_one(trial, key, wanted)
    return Settings.from_params(params)


def _suggest_one(trial: Trial, name: str, wanted: Range) -> Scalar:
    if isinstance(wanted, Choices):
        choice: Scalar = trial.suggest_categorical(name, wanted.choices)  # type: ignore[assignment]
        return choice
    if not isinstance(wanted, NumberRange):
        return wanted
    if isinstance(default_of(name), int):
        step = 1 if wanted.step is None else int(wanted.step)
        return trial.suggest_int(name, int(wanted.low), int(wanted.high), log=wanted.log, step=step)
    return trial.suggest_float(name, wanted.low, wanted.high, log=wanted.log, step=wanted.step)
