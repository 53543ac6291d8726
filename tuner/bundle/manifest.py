"""What a bundle says of itself: the typed contents of `bundle.json`."""

from __future__ import annotations

import json
from typing import Annotated, Final, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    JsonValue,
    PlainSerializer,
    ValidationError,
    ValidationInfo,
    field_validator,
)

from data_pipeline.recordings import HIGHEST_RATE, LONGEST_CLASS, LOWEST_RATE, MOST_CLASSES
from data_pipeline.strict_json import parse_strictly
from tuner.bundle.files import FILE_NAME
from tuner.statistics.blending import Pool
from tuner.statistics.calibration import Calibration
from tuner.statistics.intervals import Interval

FORMAT: Final = 2


def _shortest(hertz: float) -> int | float:
    """Write whole numbers without a decimal point, as caches do."""
    return int(hertz) if hertz.is_integer() else hertz


Count = Annotated[int, Field(ge=0)]
Hertz = Annotated[float, Field(ge=LOWEST_RATE, le=HIGHEST_RATE), PlainSerializer(_shortest)]
Checksum = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
FileName = Annotated[str, Field(pattern=f"^{FILE_NAME}$")]
ClassNames = Annotated[
    tuple[Annotated[str, Field(min_length=1, max_length=LONGEST_CLASS)], ...],
    Field(min_length=1, max_length=MOST_CLASSES),
]
Share = Annotated[float, Field(ge=0, le=1)]

MOST_MEMBERS = MOST_MODELS = 100
"""Limits of the members of a bundle, and of the models of a member."""

HOTTEST, HIGHEST_EXPONENT, HEAVIEST = 100.0, 10.0, 100.0
"""Limits of a temperature and of its inverse, of a prior exponent and of a weight, far beyond what is fitted: with
others, probabilities would be no numbers any more."""


def _undefined(data: object) -> object:
    """Read null for NaN, which JSON has no word for: the score of a metric that is undefined."""
    if isinstance(data, dict):
        return {name: float("nan") if value is None else value for name, value in data.items()}
    return data


Scored = Annotated[Interval, BeforeValidator(_undefined), PlainSerializer(Interval.to_dict)]


class Facts(BaseModel):
    """A part of `bundle.json`; keys that a later version may have added are passed over."""

    model_config = ConfigDict(frozen=True)


class ManifestScores(Facts):
    """Scores of the search's validation part, as `tuner.statistics.scores.Scores` has them."""

    loss: float
    accuracy: float
    macro_f1: float
    class_f1: tuple[float, ...]
    confusion: tuple[tuple[Count, ...], ...]


class ManifestProvenance(Facts):
    """What a member's trial was made with; whatever else a trial's provenance says is kept."""

    model_config = ConfigDict(frozen=True, extra="allow")

    seed: int
    fingerprint: str
    split: str
    versions: dict[str, str]
    device: str


class ManifestMember(Facts):
    """One candidate's models.

    `models` names the files of its trained models, one for each fold or one alone; `input` is the input that they were
    trained on, as `tuner.bundle.input_of` names it; `augmented` says whether test-time augmentation pays.
    """

    trial: Count
    trial_state: str
    score: float | None = None
    architecture: str
    settings: dict[str, JsonValue]
    input: str
    models: Annotated[tuple[FileName, ...], Field(min_length=1, max_length=MOST_MODELS)]
    trained_on: str
    epochs: Count
    planned_epochs: Count
    augmented: bool
    validation: ManifestScores
    provenance: ManifestProvenance


class ManifestBlend(Facts):
    """Weights of the members' logarithmic pool."""

    pool: tuple[float, ...]

    @field_validator("pool")
    @classmethod
    def _usable(cls, weights: tuple[float, ...]) -> tuple[float, ...]:
        if not (any(weights) and max(weights) <= HEAVIEST):
            raise ValueError(f"weights must be {HEAVIEST:g} or less, and one above 0")
        return Pool(weights).weights


class ManifestData(Facts):
    """The data that the study was made on: fingerprints of cache and split, and how many recordings each part has."""

    fingerprint: str
    split: str
    class_names: ClassNames
    rate: Hertz
    train: Count
    validation: Count
    test: Count


class ManifestModule(Facts):
    """A file of code that the bundle carries, because a member's architecture is defined there."""

    file: FileName
    sha256: Checksum


class ManifestCandidate(Facts):
    """What cross-validation has shown of one candidate; parts of the final step add keys of their own."""

    model_config = ConfigDict(frozen=True, extra="allow")

    trial: Count
    architecture: str
    search: float | None
    confirmed: Scored
    curse: float | None
    class_f1: tuple[float, ...]
    seconds: float


class ManifestTercile(Facts):
    """The score of a third of the recordings, as `tuner.statistics.terciles.Tercile` has it."""

    name: str
    low: float | None
    high: float | None
    count: Count
    classes: tuple[Count, ...]
    score: Scored


class Confirmed(Facts):
    """What cross-validation has shown of what is handed over; parts of the final step add keys of their own."""

    model_config = ConfigDict(frozen=True, extra="allow")

    objective: str
    n_folds: Annotated[int, Field(ge=2)]
    recordings: Count
    score: Scored
    accuracy: Scored
    class_f1: tuple[Scored, ...]
    confusion: tuple[tuple[Count, ...], ...]
    candidates: tuple[ManifestCandidate, ...]
    left_out: tuple[str, ...]
    parts: dict[str, tuple[ManifestTercile, ...]]
    without: tuple[str, ...]
    minimised: bool = False


class Manifest(Facts):
    """All that `bundle.json` holds.

    Parameters
    ----------
    format : int
        Format of the bundle.
    study, metric : str
        Name of the study, and the metric of its objective.
    objective : str or None
        What people call the objective; None in bundles of earlier versions.
    class_names : tuple of str
        Names of the K classes, in the order of the probabilities.
    rate : float
        Samples per second that recordings must have, in hertz.
    unit : str
        Physical unit of a recording's values.
    members : tuple of ManifestMember
        Candidates whose models make the prediction, the best first.
    blend : ManifestBlend
        A weight for each member.
    calibration : Calibration or None
        Calibration of what is blended.
    unsure_below : float or None
        Least confidence of an answer; None where every recording is answered.
    confirmed : Confirmed or None
        What cross-validation has shown; None where nothing was confirmed.
    data : ManifestData
        The study's data.
    openings : int
        How often the sealed test labels had been opened before the bundle was written.
    versions : dict of str to str
        Versions of Python and of the packages that wrote the bundle.
    modules : tuple of ManifestModule
        Files of code that the bundle carries; none for the architectures that come with the tuner.
    """

    format: Literal[2] = FORMAT
    study: str
    metric: str
    objective: str | None = None
    class_names: ClassNames
    rate: Hertz
    unit: str
    members: Annotated[tuple[ManifestMember, ...], Field(min_length=1, max_length=MOST_MEMBERS)]
    blend: ManifestBlend
    calibration: Calibration | None
    unsure_below: Share | None
    confirmed: Confirmed | None
    data: ManifestData
    openings: Count
    versions: dict[str, str]
    modules: tuple[ManifestModule, ...] = ()

    @classmethod
    def from_json(cls, text: str) -> Manifest:
        """Read what `to_json` wrote.

        Raises
        ------
        ValueError
            If a field is missing or wrong: one line that names the first such field.
        """
        try:
            parse_strictly(text)
        except ValueError as error:
            raise ValueError(f"bundle.json: {error}") from error
        try:
            return cls.model_validate_json(text, strict=True)
        except ValidationError as error:
            raise ValueError(f"bundle.json: {_first_problem(error)}") from error

    def to_json(self) -> str:
        """Return the text of `bundle.json`."""
        # Keys that earlier versions did not have are not made up.
        data = {"format": FORMAT} | self.model_dump(mode="json", exclude_unset=True)
        return json.dumps(data, indent=2) + "\n"

    @field_validator("format", mode="before")
    @classmethod
    def _known(cls, number: object) -> object:
        if number != FORMAT:
            raise ValueError(f"this version knows bundle format {FORMAT}: use the tuner that wrote it, or export again")
        return number

    @field_validator("class_names")
    @classmethod
    def _distinct(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(names)) < len(names):
            raise ValueError("needs another name for each class")
        return names

    @field_validator("members")
    @classmethod
    def _of_equal_size(cls, members: tuple[ManifestMember, ...]) -> tuple[ManifestMember, ...]:
        if len({len(member.models) for member in members}) > 1:
            raise ValueError("each member needs as many models as the others")
        files = [file for member in members for file in member.models]
        if len(set(files)) < len(files):
            raise ValueError("each model needs a file of its own")
        return members

    @field_validator("blend")
    @classmethod
    def _weighs_all(cls, blend: ManifestBlend, info: ValidationInfo) -> ManifestBlend:
        if len(blend.pool) != len(info.data.get("members", blend.pool)):
            raise ValueError("needs one weight for each member")
        return blend

    @field_validator("calibration")
    @classmethod
    def _of_all_classes(cls, calibration: Calibration | None, info: ValidationInfo) -> Calibration | None:
        if calibration is None:
            return None
        if len(calibration.prior) != len(info.data.get("class_names", calibration.prior)):
            raise ValueError("needs one share for each class in its prior")
        if not 1 / HOTTEST <= calibration.temperature <= HOTTEST:
            raise ValueError(f"needs a temperature from {1 / HOTTEST:g} to {HOTTEST:g}")
        if abs(calibration.prior_exponent) > HIGHEST_EXPONENT or abs(sum(calibration.prior) - 1) > 1e-3:
            raise ValueError(f"needs an exponent of {HIGHEST_EXPONENT:g} at most, and a prior that sums to 1")
        return calibration


def _first_problem(error: ValidationError) -> str:
    problem = error.errors()[0]
    where = " ".join(".".join(str(part) for part in problem["loc"])[:200].split())
    if problem["type"] == "json_invalid":
        return problem["msg"]
    if problem["type"] == "missing":
        return f"{where}: missing"
    value = repr(problem["input"])
    shown = value if len(value) <= 60 else f"{value[:60]}…"
    return " ".join(f"{where} = {shown}: {problem['msg'].removeprefix('Value error, ')}".split())
