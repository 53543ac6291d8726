"""A study in either kind of database."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import optuna
import pytest
from storage_play import Played

from tuner.storage import StudyStorage, open_storage


@pytest.fixture
def opener(storage_url: str) -> Iterator[Callable[[], StudyStorage]]:
    """Open the test's database once more, as another process would."""
    with ExitStack() as stack:

        def again() -> StudyStorage:
            storage = open_storage(storage_url, create=True)
            stack.callback(storage.close)
            return storage

        yield again


@pytest.fixture
def storage(opener: Callable[[], StudyStorage]) -> StudyStorage:
    return opener()


@pytest.fixture
def played(storage: StudyStorage) -> Played:
    study_id = storage.create_new_study([optuna.study.StudyDirection.MAXIMIZE], "study")
    storage.create_control(study_id, trials=20, timeout_s=None)
    return Played(storage, study_id, storage.register_worker(study_id, host="here", pid=1, device="cpu"))
