"""A study as it is stored: what is searched, on which data, and with which versions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from uuid import uuid4

import numpy as np
from optuna.exceptions import DuplicatedStudyError
from optuna.study import StudyDirection
from pydantic import BaseModel, Field, ValidationError

from tuner.errors import StudyError
from tuner.statistics.objective import Objective
from tuner.storage.optuna import id_of_study
from tuner.study.settings import StoredSettings
from tuner.study.space import Scalar
from tuner.study.spec import StudySpec, first_problem
from tuner.study.versions import versions

if TYPE_CHECKING:
    from data_pipeline import Cache, Split
    from tuner.storage import Storage

N_FOLDS = 5
"""Number of folds where neither the study file nor the data say otherwise."""


@dataclass(frozen=True)
class StudyData:
    """The data that a study was created with.

    Parameters
    ----------
    path : str
        Path of the cache on the machine that created the study.
    fingerprint, split : str
        Fingerprints of the cache's content and of the split made of it.
    class_names : list of str
        Names of the classes 0, 1, …
    rate : float
        Samples per second, in hertz.
    train, validation, test : int
        Number of recordings to train on, to validate on and to predict; of several parts, in the first.
    parts : int
        Number of parts of a trial, each trained without one fold; 1 where there is one training and validation part.
    """

    path: str
    fingerprint: str
    split: str
    class_names: list[str]
    rate: float
    train: int
    validation: int
    test: int
    parts: int = 1


@dataclass(frozen=True)
class StudyRecord:
    """What was stored when the study was created.

    Parameters
    ----------
    study_id : int
        Row of the study in the database.
    token : str
        Random text that tells the study from every other study of the same name.
    spec : StudySpec
        The study file, with the files of architectures that it names.
    data : StudyData
        The data that the study was created with.
    versions : dict of str to str
        Versions of Python and of the packages that created the study.
    proven : list of dict
        Settings that are tried after the defaults, as an earlier study has shown them to be good.
    """

    study_id: int
    token: str
    spec: StudySpec
    data: StudyData
    versions: dict[str, str]
    proven: list[StoredSettings]

    @property
    def name(self) -> str:
        """Name of the study."""
        return self.spec.study.name

    @property
    def objective(self) -> Objective:
        """Objective that scores its trials."""
        return _objective(self.spec, self.data.class_names)

    @property
    def metric_name(self) -> str:
        """The objective's name for people, with the names of its classes."""
        return self.objective.named(self.data.class_names)


def _objective(spec: StudySpec, class_names: Sequence[str]) -> Objective:
    return Objective(spec.study.metric, tuple(class_names.index(name) for name in spec.study.metric_classes))


def create_study(storage: Storage, spec: StudySpec, cache: Cache, proven: Sequence[StoredSettings] = ()) -> StudyRecord:
    """Check a study against its data and store both, ready for workers.

    If an earlier creation was killed, its half-made study is completed.

    Raises
    ------
    StudyError
        If a study of that name exists, or the data cannot be searched on.
    """
    name = spec.study.name
    found = find_study(storage, name)
    if found is not None and storage.control.find(found) is not None:
        raise StudyError(
            f"study {name} exists already in {storage.shown_url}: "
            f"`tuner work {name}` goes on with it, `tuner delete {name}` removes it"
        )
    cache.verify()
    split, n_parts = _checked_split(spec, cache)
    data = StudyData(
        path=str(cache.path.resolve()),
        fingerprint=cache.fingerprint,
        split=split.fingerprint,
        class_names=list(cache.class_names),
        rate=cache.rate,
        train=len(split.train),
        validation=len(split.validation),
        test=len(cache.test),
        parts=n_parts,
    )
    is_minimised = _objective(spec, cache.class_names).is_minimised
    direction = StudyDirection.MINIMIZE if is_minimised else StudyDirection.MAXIMIZE
    study_id = _new_study(storage, name, direction) if found is None else _half_made(storage, found, name, direction)
    attrs = {
        "token": uuid4().hex[:8],
        "spec": spec.model_dump(mode="json"),
        "modules": [asdict(file) for file in spec.search.modules],
        "data": asdict(data),
        "versions": versions(spec),
        "proven": list(proven),
    }
    for key, value in attrs.items():
        storage.optuna.set_study_user_attr(study_id, key, value)
    # This comes last, because it makes the study visible: workers find it from now on.
    storage.control.create(study_id, trials=spec.study.trials, timeout_s=spec.study.timeout)
    return load_study(storage, name)


def _new_study(storage: Storage, name: str, direction: StudyDirection) -> int:
    try:
        return int(storage.optuna.create_new_study([direction], name))
    except DuplicatedStudyError as error:
        raise StudyError(f"study {name} is being created by another process right now: try again") from error


def _half_made(storage: Storage, study_id: int, name: str, direction: StudyDirection) -> int:
    """Return the study if a creation that was killed left it; refuse a study of another program."""
    optuna = storage.optuna
    foreign = set(optuna.get_study_user_attrs(study_id)) - {"token", "spec", "modules", "data", "versions", "proven"}
    if foreign or optuna.get_n_trials(study_id) or optuna.get_study_directions(study_id) != [direction]:
        raise StudyError(
            f"{storage.shown_url} holds a study {name} that another program made: give the study file another name"
        )
    return study_id


def _checked_split(spec: StudySpec, cache: Cache) -> tuple[Split, int]:
    """Return the split of a trial's first part, and the number of its parts."""
    if len(cache.labelled) == 0:
        raise StudyError(f"cache {cache.path} holds no labelled recordings: a study needs labels to learn from")
    if len(cache.class_names) < 2:
        raise StudyError(f"cache {cache.path} holds the one class {cache.class_names[0]}: a study needs two or more")
    unknown = set(spec.study.metric_classes) - set(cache.class_names)
    if unknown:
        raise StudyError(
            f"study.metric_classes names {', '.join(sorted(unknown))}, "
            f"the data's classes are {', '.join(cache.class_names)}"
        )
    n_parts = _n_parts(spec, cache)
    split = _first_split(spec, cache, n_parts)
    for part, indices in (("training", split.train), ("validation", split.validation)):
        empty = set(range(len(cache.class_names))) - set(np.unique(cache.labels[indices]).tolist())
        if empty:
            names = ", ".join(cache.class_names[k] for k in sorted(empty))
            raise StudyError(f"the {part} part of {cache.path} has no recording of class {names}: add recordings")
    return split, n_parts


def _n_parts(spec: StudySpec, cache: Cache) -> int:
    from data_pipeline import folds_for, make_folds

    folds = spec.study.folds
    if cache.given_split is not None:
        if folds is not None and folds > 1:
            raise StudyError(
                f"study.folds = {folds}, but {cache.path} came with a split of its own: leave folds out, or prepare "
                "the data without train_idx.npy and val_idx.npy"
            )
        return 1
    wanted = folds_for(len(cache.labelled), _fewest_groups(cache)) if folds is None else folds
    return 1 if wanted == 1 else int(make_folds(cache, wanted).max()) + 1


def _fewest_groups(cache: Cache) -> int:
    labels, groups = cache.labels[cache.labelled], cache.groups[cache.labelled]
    return min(len(np.unique(groups[labels == label])) for label in range(cache.n_classes))


def _first_split(spec: StudySpec, cache: Cache, n_parts: int) -> Split:
    """Return the split of a trial's first part: without its first fold, or the one split of all its epochs."""
    from data_pipeline import leave_out, make_folds, make_split

    if n_parts > 1:
        return leave_out(cache, make_folds(cache, n_parts), 0)
    return make_split(cache, validation=spec.study.validation, seed=spec.study.seed)


def load_study(storage: Storage, name: str, *, with_code: bool = True) -> StudyRecord:
    """Read a study's record.

    Parameters
    ----------
    storage : Storage
        Database of the study.
    name : str
        Name of the study.
    with_code : bool
        Whether to read the files of architectures that it carries; a study whose files are damaged can be deleted.

    Raises
    ------
    StudyError
        If there is no such study, another program made it, or what it stored is damaged.
    """
    study_id = find_study(storage, name)
    if study_id is None or storage.control.find(study_id) is None:
        known = ", ".join(study_names(storage)) or "none"
        raise StudyError(f"no study {name} in {storage.shown_url}; there are: {known}")
    attrs = storage.optuna.get_study_user_attrs(study_id)
    record = _record_without_files(storage, study_id, name, attrs)
    if not with_code:
        return record
    try:
        spec = StudySpec.model_validate(_with_texts(attrs["spec"], attrs.get("modules", [])))
    except ValidationError as error:
        raise _damaged(storage, name, first_problem(error), or_delete=True) from error
    except (LookupError, TypeError, AttributeError) as error:
        problem = "its files of architectures are not stored as they should be"
        raise _damaged(storage, name, problem, or_delete=True) from error
    return replace(record, spec=spec)


class _Stored(BaseModel):
    """What is stored beside the study file, checked like what comes from a person."""

    token: Annotated[str, Field(pattern="^[0-9a-f]{8}$")]  # a folder is named after it, which `delete` removes
    data: StudyData
    versions: dict[str, str]
    proven: list[dict[str, str | dict[str, Scalar]]] = []


def _record_without_files(storage: Storage, study_id: int, name: str, attrs: dict[str, Any]) -> StudyRecord:
    try:
        stored = _Stored.model_validate(attrs)
        spec = StudySpec.model_validate(_without_files(attrs["spec"]))
    except ValidationError as error:
        raise _damaged(storage, name, first_problem(error)) from error
    except (LookupError, TypeError, AttributeError) as error:
        raise _damaged(storage, name, "its study file is not stored as it should be") from error
    if spec.study.name != name:  # a folder is named after it, too
        raise _damaged(storage, name, f"its study file is that of study {spec.study.name}")
    if unknown := set(spec.study.metric_classes) - set(stored.data.class_names):
        raise _damaged(storage, name, f"study.metric_classes names {min(unknown)!r}, which is no class of its data")
    if any(settings.get("architecture") not in spec.search.architectures for settings in stored.proven):
        raise _damaged(storage, name, "it holds settings to try of an architecture that it does not search")
    return StudyRecord(study_id, stored.token, spec, stored.data, stored.versions, stored.proven)


def _damaged(storage: Storage, name: str, problem: str, *, or_delete: bool = False) -> StudyError:
    way_out = f"restore the database from a copy{f', or `tuner delete {name}`' if or_delete else ''}"
    return StudyError(f"study {name} in {storage.shown_url} is damaged: {problem}; {way_out}")


def _with_texts(spec: dict[str, Any], modules: list[dict[str, str]]) -> dict[str, Any]:
    """Add the texts of files to the study file, which holds their hashes only."""
    texts = {module["name"]: module["text"] for module in modules}
    files = [file | {"text": texts.get(file["name"], "")} for file in spec["search"].get("modules", [])]
    return spec | {"search": spec["search"] | {"modules": files}}


def _without_files(spec: dict[str, Any]) -> dict[str, Any]:
    return spec | {"search": spec["search"] | {"modules": []}}


def create_or_continue(
    storage: Storage, spec: StudySpec, cache: Cache, proven: Sequence[StoredSettings] = ()
) -> StudyRecord:
    """Create a study, or continue the one of that name if it has the same search and data.

    Raises
    ------
    StudyError
        If the existing study has another search.
    CacheStale
        If the existing study was created on other data.
    """
    found = find_study(storage, spec.study.name)
    if found is None or storage.control.find(found) is None:
        return create_study(storage, spec, cache, proven)
    record = load_study(storage, spec.study.name)
    if changed := set(spec.search.modules) - set(record.spec.search.modules):
        raise StudyError(
            f"study {record.name} in {storage.shown_url} was created without {min(map(str, changed))}: the code of a "
            "living study does not change; give the new study another name, or `tuner delete` the old one"
        )
    if _search_of(record.spec) != _search_of(spec):
        raise StudyError(
            f"study {record.name} in {storage.shown_url} was created with other settings than this file's: a living "
            "study's search does not change; give the file another name, or `tuner delete` the old study"
        )
    open_data(record, cache.path)
    return record


def _search_of(spec: StudySpec) -> dict[str, Any]:
    """Return what must not change in an existing study: everything except its limits on trials and time."""
    data = spec.model_dump(mode="json")
    data["study"] = {key: value for key, value in data["study"].items() if key not in ("trials", "timeout")}
    return data


def study_names(storage: Storage) -> list[str]:
    """Return the names of all studies of this service, oldest first."""
    names = {id_of_study(study): study.study_name for study in storage.optuna.get_all_studies()}
    return [names[study_id] for study_id in storage.control.studies() if study_id in names]


def find_study(storage: Storage, name: str) -> int | None:
    """Return the id of a study in the database; None where there is none of that name."""
    try:
        return int(storage.optuna.get_study_id_from_name(name))
    except KeyError:
        return None


def open_data(record: StudyRecord, path: Path | None = None) -> tuple[Cache, Split]:
    """Open a study's data and check that they are those the study was created with.

    Parameters
    ----------
    record : StudyRecord
        Record of the study.
    path : Path, optional
        Path of the cache on this machine; by default the path at which the study was created.

    Raises
    ------
    CacheMissing
        If there is no cache.
    CacheStale
        If its content or its split has changed.
    """
    from data_pipeline import Cache
    from data_pipeline.errors import CacheStale

    cache = Cache.open(path or Path(record.data.path))
    split = _first_split(record.spec, cache, record.data.parts)
    pairs = (
        ("fingerprint", record.data.fingerprint, cache.fingerprint),
        ("split", record.data.split, split.fingerprint),
    )
    for what, then, now in pairs:
        if now != then:
            raise CacheStale(
                f"cache {cache.path} has changed since study {record.name} began, or is another "
                f"({what} {then[:12]}, here {now[:12]}): prepare the old data again or create a new study"
            )
    return cache, split
