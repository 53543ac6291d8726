"""Homes and data that are removed, replaced or written to while workers use them."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from tuner_command import Tuner
from watching import counts, epochs, logs, wait, working

from data_pipeline import Cache
from tuner.study.files import StudyFiles, read_home_id
from tuner.study.record import load_study

pytestmark = pytest.mark.slow

StudyFile = Callable[..., Path]


@pytest.fixture
def data(cache: Cache, tmp_path: Path) -> Path:
    """A copy of the cache, to be spoilt."""
    return Path(shutil.copytree(cache.path, tmp_path / "data", ignore=shutil.ignore_patterns("views")))


def test_a_home_and_data_that_are_removed_are_said_and_the_training_goes_on(
    sqlite_tuner: Tuner, data: Path, study_file: StudyFile
) -> None:
    tuner, home = sqlite_tuner, sqlite_tuner.folder / "runs"
    tuner.succeed("create", study_file(trials=1, epochs=12), "--data", data)
    with working(tuner, "small") as process:
        wait(lambda: epochs(tuner) >= 2)
        known = read_home_id(home)
        home.rename(tuner.folder / "gone")
        data.rename(tuner.folder / "data_gone")
        assert process.wait(timeout=600) == 0
    assert counts(tuner)["complete"] == 1
    assert read_home_id(home) == known
    assert f"home {home} was removed, and is made again" in logs(tuner)
    assert f"cache {data} was removed or replaced: this worker goes on" in logs(tuner)
    assert list(home.glob("small/*/trials/0.safetensors"))
    written = [*home.rglob("*"), home, *tuner.folder.glob("tuner.db*")]
    assert [path for path in written if path.stat().st_mode & 0o077] == [], "files are their owner's alone"


def test_nothing_is_written_to_another_home_in_its_place(
    sqlite_tuner: Tuner, cache: Cache, study_file: StudyFile
) -> None:
    tuner, home = sqlite_tuner, sqlite_tuner.folder / "runs"
    tuner.succeed("create", study_file(trials=1, epochs=500), "--data", cache.path)
    with working(tuner, "small") as process:
        wait(lambda: epochs(tuner) >= 2)
        (tuner.folder / "other").mkdir()
        (tuner.folder / "other" / ".id").write_text("0123456789abcdef" * 2)
        home.rename(tuner.folder / "gone")
        shutil.rmtree(home, ignore_errors=True)  # made again meanwhile, perhaps
        os.rename(tuner.folder / "other", home)
        assert process.wait(timeout=60) == 1
        said = process.stderr.read()
    assert f"home {home} is another one now (id 01234567, it was " in said and "Traceback" not in said
    assert counts(tuner)["waiting"] == 1
    assert list(home.rglob("*.safetensors")) == []
    shutil.rmtree(home)
    (tuner.folder / "gone").rename(home)
    before = epochs(tuner)
    with working(tuner, "small"):
        wait(lambda: epochs(tuner) > before)
    assert "goes on after epoch" in logs(tuner)


@pytest.mark.parametrize("which", ["samples.bin", "views/*.f32"])
def test_data_that_are_written_to_under_a_worker_end_it_before_it_says_more(
    sqlite_tuner: Tuner, data: Path, study_file: StudyFile, which: str
) -> None:
    tuner = sqlite_tuner
    tuner.succeed("create", study_file(trials=1, epochs=500), "--data", data)
    with working(tuner, "small") as process:
        wait(lambda: epochs(tuner) >= 2)
        (path,) = data.glob(which)
        with path.open("r+b") as file:
            file.write(bytes(path.stat().st_size // 4))
        assert process.wait(timeout=60) == 1
        said = process.stderr.read()
    assert f"{path} was written to while it was in use" in said and "Traceback" not in said
    assert counts(tuner)["waiting"] == 1


def test_a_checkpoint_is_found_where_its_folder_is_listed_as_it_was(
    sqlite_tuner: Tuner, cache: Cache, study_file: StudyFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a network file system lists it, which asks the server anew for a name that it has never been asked for."""
    from tuner.storage import SEARCH, open_storage

    sqlite_tuner.succeed("create", study_file(trials=1), "--data", cache.path)
    storage = open_storage(sqlite_tuner.storage)
    files = StudyFiles(sqlite_tuner.folder / "runs", load_study(storage, "small"))
    storage.close()
    files.checkpoint(0, SEARCH, 2).parent.mkdir(parents=True)
    for attempt in (1, 2):
        files.checkpoint(0, SEARCH, attempt).touch()
    monkeypatch.setattr(Path, "glob", lambda self, pattern: [])
    assert files.checkpoints(0, SEARCH, attempts=3) == [files.checkpoint(0, SEARCH, attempt) for attempt in (2, 1)]
