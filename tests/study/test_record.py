"""A study as it is stored."""

import pytest
from optuna.study import StudyDirection

from data_pipeline import Cache
from tuner.errors import StudyError
from tuner.statistics.objective import Objective
from tuner.storage import open_storage
from tuner.study.record import create_study
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
