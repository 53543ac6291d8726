"""A study as it is stored."""

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from optuna.study import StudyDirection
from optuna.trial import create_trial

from data_pipeline import Cache
from tuner.errors import StudyError
from tuner.final.unseal import count_openings
from tuner.statistics.objective import Objective
from tuner.storage import Storage, open_storage
from tuner.study.files import remove_pictures
from tuner.study.record import create_study, load_study
from tuner.study.spec import StudySpec

MAXIMISED, MINIMISED = [StudyDirection.MAXIMIZE], [StudyDirection.MINIMIZE]


def _spec(metric: str, classes: tuple[str, ...] = ()) -> StudySpec:
    study = {"name": "small", "metric": metric, "metric_classes": classes}
    return StudySpec.model_validate({"study": study, "search": {"architectures": ["resnet1d"]}})


@pytest.mark.parametrize(("metric", "directions"), [("mcc", MAXIMISED), ("log_loss", MINIMISED)])
def test_a_study_has_the_direction_of_its_metric(
    sqlite_url: str, cache: Cache, metric: str, directions: list[StudyDirection]
) -> None:
    storage = open_storage(sqlite_url, create=True)
    record = create_study(storage, _spec(metric, cache.class_names[1:3]), cache)
    assert record.objective == Objective(metric, (1, 2))
    assert storage.optuna.get_study_directions(record.study_id) == directions
    storage.close()


def test_what_a_killed_creation_left_is_completed_if_it_has_the_right_direction(sqlite_url: str, cache: Cache) -> None:
    storage = open_storage(sqlite_url, create=True)
    study_id = storage.optuna.create_new_study(MINIMISED, "small")
    with pytest.raises(StudyError, match="another program made"):
        create_study(storage, _spec("macro_f1"), cache)
    assert create_study(storage, _spec("log_loss"), cache).study_id == study_id
    storage.close()


@pytest.fixture
def storage(sqlite_url: str, cache: Cache) -> Iterator[Storage]:
    """A database with the study "small"."""
    opened = open_storage(sqlite_url, create=True)
    create_study(opened, _spec("macro_f1", cache.class_names[1:3]), cache)
    yield opened
    opened.close()


def _tamper(storage: Storage, key: str, value: Any) -> None:
    study_id = storage.optuna.get_study_id_from_name("small")
    with sqlite3.connect(storage.database.url.removeprefix("sqlite:///")) as database:
        where = "WHERE study_id = ? AND key = ?"
        if value is None:
            database.execute(f"DELETE FROM study_user_attributes {where}", (study_id, key))
        else:
            update = f"UPDATE study_user_attributes SET value_json = ? {where}"
            assert database.execute(update, (json.dumps(value), study_id, key)).rowcount == 1
    database.close()


STUDY = {"name": "small"}
SEARCH = {"architectures": ["resnet1d"]}


@pytest.mark.parametrize(
    ("key", "value", "problem"),
    [
        ("token", None, "token: missing"),
        ("token", 12345678, "token = 12345678: "),
        ("token", "../../precious", "token = '../../precious': "),
        ("token", "0123456\n", r"token = '0123456\\n': "),
        ("token", "01234567\n", r"token = '01234567\\n': "),
        ("data", None, "data: missing"),
        ("data", [], r"data = \[\]: "),
        ("data", {"path": "cache"}, "data.fingerprint: missing"),
        ("versions", None, "versions: missing"),
        ("versions", {"python": 3}, "versions.python = 3: "),
        ("spec", None, "its study file is not stored as it should be"),
        ("spec", "text", "its study file is not stored as it should be"),
        ("spec", {"study": STUDY, "search": SEARCH | {"sampler": 3}}, "search.sampler = 3: "),
        ("spec", {"study": {"name": "other"}, "search": SEARCH}, "is that of study other"),
        ("spec", {"study": STUDY | {"metric_classes": ["X"]}, "search": SEARCH}, "metric_classes names 'X'"),
    ],
)
def test_a_damaged_study_is_told_in_one_line(storage: Storage, key: str, value: object, problem: str) -> None:
    _tamper(storage, key, value)
    for with_code in (True, False):
        with pytest.raises(StudyError, match=f"^study small in .* is damaged: .*{problem}.*from a copy$") as refusal:
            load_study(storage, "small", with_code=with_code)
        assert str(refusal.value).isprintable()


def test_a_damaged_study_does_not_stop_others_from_counting_openings(storage: Storage, cache: Cache) -> None:
    for value in (None, "text"):
        _tamper(storage, "data", value or {})
        assert count_openings(storage, cache) == 0


def test_pictures_are_removed_by_the_names_that_were_given_to_them(storage: Storage, tmp_path: Path) -> None:
    home, study_id = tmp_path / "runs", storage.optuna.get_study_id_from_name("small")
    (home / "artifacts").mkdir(parents=True)
    names = ["../precious", "", str(tmp_path / "precious"), "inside", "0" * 8 + "-" + "0" * 27]
    places = [home / "artifacts" / name for name in names]
    for place in places:
        place.is_dir() or place.write_text("x")
    about = {"filename": "x", "mimetype": "x", "encoding": None}
    attrs = {f"artifacts:{k}": json.dumps(about | {"artifact_id": name}) for k, name in enumerate(names)}
    storage.optuna.create_new_trial(study_id, create_trial(value=1.0, system_attrs=attrs))
    remove_pictures(home, storage, study_id)
    assert [place.exists() for place in places] == [True, True, True, True, False]
