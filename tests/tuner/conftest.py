"""A small data set, a small study, and the command line on fresh databases."""

from collections.abc import Callable
from pathlib import Path

import pytest
from tuner_command import STUDY, Tuner

from data_pipeline import Cache, prepare


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Cache:
    """Sixty synthetic recordings and a test part."""
    return prepare("synthetic:60:1", tmp_path_factory.mktemp("data") / "cache")


@pytest.fixture
def tuner(tmp_path: Path, storage_url: str) -> Tuner:
    """The command line on a fresh database of either kind."""
    return Tuner(tmp_path, storage_url)


@pytest.fixture
def sqlite_tuner(tmp_path: Path, sqlite_url: str) -> Tuner:
    """The command line on a fresh SQLite database."""
    return Tuner(tmp_path, sqlite_url)


@pytest.fixture
def study_file(tmp_path: Path) -> Callable[..., Path]:
    """Write a small study file."""

    def write(
        trials: int = 2, epochs: int = 2, pruner: str = '{ kind = "none" }', study: str = "", space: str = ""
    ) -> Path:
        path = tmp_path / "small.toml"
        path.write_text(STUDY.format(trials=trials, epochs=epochs, pruner=pruner, study=study, space=space))
        return path

    return write
