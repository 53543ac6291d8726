"""The study file: it is written in TOML, checked once, and stored as JSON with the study."""

from __future__ import annotations

import re
import tomllib
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    StrictInt,
    ValidationError,
    ValidationInfo,
    field_validator,
)

from models.errors import BadArchitecture
from models.module_files import ModuleFile, load_module, read_module, restore_module
from models.visible import visible
from tuner.errors import SpecError
from tuner.statistics.objective import METRICS
from tuner.statistics.racing import ADVANTAGE, CAUTION
from tuner.study.space import Choices, NumberRange, Range, Scalar, full_space, parse_range

MOST_TRIALS = 1_000_000

MOST_FOLDS = 20
"""Parts that a trial may have: beyond some ten, more of them cost time and add nothing."""

MOST_BYTES = 2**15
"""Size of the largest study file; what is larger is another file."""

LONGEST_S = 3650 * 86400.0
"""The longest duration, ten years; clocks and timers fail at longer ones."""

_MOST = 2**31 - 1
"""The largest whole number of a study file that databases and samplers take for sure."""

_UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}


def parse_duration(text: str | int | float) -> float:
    """Read a duration such as "90s", "45m", "2h" or "1h30m" into seconds; a plain number is seconds.

    Raises
    ------
    SpecError
        If it is not a duration above zero and up to `LONGEST_S`.
    """
    written = "" if isinstance(text, bool) else str(text)
    parts = re.findall(r"(\d+(?:\.\d+)?)([smhd])", written) if len(written) <= _LONGEST_TEXT else []
    seconds = sum(float(number) * _UNITS[unit] for number, unit in parts)
    if "".join(number + unit for number, unit in parts) != written:
        try:
            seconds = float(written)
        except ValueError:
            seconds = 0.0
    if not 0 < seconds < float("inf"):
        raise SpecError(f"{text!r:.100} is not a duration: write it like 90s, 45m, 2h or 1h30m")
    if seconds > LONGEST_S:
        raise SpecError(f"{text!r:.100} is longer than ten years: write at most {LONGEST_S / 86400:.0f}d")
    return seconds


_LONGEST_TEXT = 100
"""Characters of a duration; longer ones would take long to read."""


def _duration(value: Any) -> Any:
    try:
        return None if value is None else parse_duration(value)
    except SpecError as error:
        raise ValueError(str(error)) from error


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class StudySection(_Section):
    """What is searched for, and how much the search may cost."""

    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$")
    metric: str = "macro_f1"
    metric_classes: tuple[str, ...] = ()
    trials: StrictInt = Field(default=20, ge=1, le=MOST_TRIALS)
    timeout: Annotated[float | None, BeforeValidator(_duration)] = None
    max_failures: StrictInt = Field(default=5, ge=1, le=_MOST)
    folds: StrictInt | None = Field(default=None, ge=1, le=MOST_FOLDS)
    stop_below: float | None = Field(default=None, gt=0.0, le=1.0)
    validation: float = Field(default=0.2, gt=0.0, lt=1.0)
    seed: StrictInt = Field(default=0, ge=0, lt=2**32)

    @field_validator("metric")
    @classmethod
    def _known(cls, name: str) -> str:
        if name not in METRICS:
            raise ValueError(f"no such metric; valid: {', '.join(METRICS)}")
        return name

    @field_validator("metric_classes")
    @classmethod
    def _distinct_and_enough(cls, names: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        if len(set(names)) != len(names):
            raise ValueError("names a class twice")
        metric = info.data.get("metric", "macro_f1")
        if names and len(names) < (least := METRICS[metric].least_classes):
            raise ValueError(f"{metric} needs {least} classes or more: name others, or leave metric_classes out")
        return names


class SamplerSection(_Section):
    """Settings of the sampler, which proposes settings for trials."""

    kind: Literal["tpe", "random"] = "tpe"
    startup_trials: StrictInt = Field(default=10, ge=1, le=_MOST)


class PrunerSection(_Section):
    """Settings of the pruner, which stops trials that fall behind; it counts in percent of the planned training."""

    kind: Literal["none", "median", "asha", "hyperband"] = "median"
    startup_trials: StrictInt = Field(default=4, ge=1, le=_MOST)
    warmup_percent: StrictInt = Field(default=20, ge=0, le=100)
    min_percent: StrictInt = Field(default=10, ge=1, le=100)
    reduction: StrictInt = Field(default=3, ge=2, le=_MOST)


def _module(value: Any, info: ValidationInfo) -> ModuleFile:
    """Read a file that a study file names, or restore one that is stored with a study."""
    if info.context is None:
        try:
            return restore_module(value)
        except BadArchitecture as error:
            raise ValueError(str(error)) from error
    if not isinstance(value, str):
        raise ValueError("name a Python file by its path from the study file")
    return read_module(info.context["folder"] / value)


# The stored study file has the hash only; the text is stored beside it.
AnyModule = Annotated[
    Any, BeforeValidator(_module), PlainSerializer(lambda file: {"name": file.name, "sha256": file.sha256})
]


class RaceSection(_Section):
    """Settings of the race, which ends trials between their parts that cannot be worth going on with.

    A trial leaves if its log loss, `confidence` standard errors better than it looks, is still not better than that of
    the best of its kind by `worth`, in nats a recording.
    """

    kind: Literal["none", "paired"] = "paired"
    confidence: float = Field(default=CAUTION, ge=0.0, le=10.0)
    worth: float = Field(default=ADVANTAGE, ge=0.0, le=10.0)


class SearchSection(_Section):
    """Which architectures are searched, and how."""

    architectures: tuple[str, ...] = Field(min_length=1)
    modules: tuple[AnyModule, ...] = ()
    sampler: SamplerSection = SamplerSection()
    pruner: PrunerSection = PrunerSection()
    race: RaceSection = RaceSection()

    @field_validator("architectures")
    @classmethod
    def _distinct(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(names)) != len(names):
            raise ValueError("names an architecture twice")
        return names

    @field_validator("modules")
    @classmethod
    def _distinct_files(cls, files: tuple[ModuleFile, ...]) -> tuple[ModuleFile, ...]:
        if len({file.name for file in files}) < len(files):
            raise ValueError("names two files alike")
        return files


def _range(value: Any) -> Any:
    return value if isinstance(value, NumberRange | Choices) else parse_range(value)


def _plain_range(value: Range) -> dict[str, Any] | Scalar:
    return value.model_dump(exclude_defaults=True) if isinstance(value, BaseModel) else value


AnyRange = Annotated[Any, BeforeValidator(_range), PlainSerializer(_plain_range)]


class StudySpec(_Section):
    """One study, as its file describes it."""

    study: StudySection
    search: SearchSection
    space: dict[str, AnyRange] = Field(default_factory=dict)

    def full_space(self) -> dict[str, Range]:
        """Return the range of every setting, with defaults; see `tuner.study.space.full_space`."""
        return full_space(self.search.architectures, self.space)


def read_spec(path: Path) -> StudySpec:
    """Read and check a study file, and run the files of architectures that it names.

    Raises
    ------
    SpecError
        If the file is missing, too large or not TOML, or names an unknown key, an empty range or a wrong value.
    UnknownArchitecture
        If it names an architecture that does not exist.
    BadArchitecture
        If a file of architectures cannot be used.
    """
    try:
        data = tomllib.loads(_read_text(path))
        spec = StudySpec.model_validate(data, context={"folder": path.parent})
    except ValidationError as error:
        raise SpecError(f"{path}: {first_problem(error)}") from error
    except ValueError as error:  # also of numbers with thousands of digits
        raise SpecError(f"{path}: not a readable TOML file: {visible(str(error))}") from error
    except RecursionError as error:
        raise SpecError(f"{path}: not a readable study file: nested too deeply") from error
    for file in spec.search.modules:
        load_module(file)
    try:
        spec.full_space()
    except SpecError as error:
        raise SpecError(f"{path}: {error}") from error
    return spec


def _read_text(path: Path) -> str:
    """Return the text of a study file, with or without a byte order mark.

    Raises
    ------
    ValueError
        If it is not UTF-8.
    SpecError
        If it cannot be read for another reason.
    """
    try:
        if not path.is_file() and path.exists():  # reading a pipe may wait for ever, and a device never end
            raise SpecError(f"{path}: no file: name a study file, or copy into one what is there")
        with path.open("rb") as stream:
            content = stream.read(MOST_BYTES + 1)
    except FileNotFoundError as error:
        raise SpecError(f"{path}: no such study file") from error
    except OSError as error:
        raise SpecError(f"{path}: cannot be read: {error.strerror}; name a study file") from error
    if len(content) > MOST_BYTES:
        raise SpecError(f"{path}: has more than {MOST_BYTES} bytes: that is no study file")
    return content.decode("utf-8-sig")


def find_study_file(path: Path) -> Path:
    """Return the given path if it exists, else the study file of that name that ships with the package."""
    shipped = Path(str(resources.files("studies"))) / f"{path.name.removesuffix('.toml')}.toml"
    return shipped if not path.exists() and shipped.exists() else path


def first_problem(error: ValidationError) -> str:
    """Say in one line what is wrong with a study file."""
    # A misspelt key is named first, since it is often the reason of a missing one.
    problem = min(error.errors(), key=lambda problem: problem["type"] != "extra_forbidden")
    where = visible(".".join(str(part) for part in problem["loc"]))[:200]
    if problem["type"] == "extra_forbidden":
        return f"{where}: unknown key; valid: {', '.join(_valid_keys(problem['loc']))}"
    if problem["type"] == "missing":
        return f"{where}: missing"
    return f"{where} = {_shown(problem['input'])}: {visible(problem['msg'].removeprefix('Value error, '))}"


def _shown(value: object) -> str:
    try:
        return f"{value!r:.200}"
    except RecursionError:
        return "what is nested too deeply"


def _valid_keys(loc: tuple[int | str, ...]) -> list[str]:
    section: Any = StudySpec
    for part in loc[:-1]:
        section = section.model_fields[str(part)].annotation
    return list(section.model_fields)
