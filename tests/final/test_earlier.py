"""A database, a home and bundles of an earlier version: what was done there is not done again."""

import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from tuner_command import Tuner

from data_pipeline import prepare
from tools.postgres import PostgresServer

pytestmark = pytest.mark.slow

OLD = Path(__file__).parents[1] / "data" / "da733b9"
EXPECTED: dict[str, Any] = json.loads((OLD / "expected.json").read_text())


@pytest.fixture
def sqlite_old(tmp_path: Path) -> Tuner:
    """The stored study in a SQLite file, with its home."""
    with closing(sqlite3.connect(tmp_path / "tuner.db")) as connection:
        connection.executescript((OLD / "sqlite.sql").read_text())
    shutil.copytree(OLD / "home_sqlite", tmp_path / "runs")
    prepare("synthetic:60:1", tmp_path / "cache")
    return Tuner(tmp_path, f"sqlite:///{tmp_path / 'tuner.db'}")


@pytest.fixture
def postgres_old(tmp_path: Path, postgres_server: PostgresServer, postgres_url: str) -> Tuner:
    """The stored study on PostgreSQL, with as much of its home as is stored."""
    with postgres_server.connect(postgres_url.rpartition("/")[2]) as connection:
        connection.execute((OLD / "postgres.sql").read_text())  # type: ignore[call-overload]
    shutil.copytree(OLD / "home_postgres", tmp_path / "runs")
    prepare("synthetic:60:1", tmp_path / "cache")
    return Tuner(tmp_path, postgres_url)


def test_a_final_step_that_was_done_is_not_done_again(sqlite_old: Tuner) -> None:
    done = sqlite_old.run("finalize", "small", "--budget", "30s", "--data", "cache", "--out", "best")
    assert done.returncode == 0 and "epoch" not in done.stderr, done.stderr
    for name in ("probabilities", "out_of_fold", "predictions"):
        assert (sqlite_old.folder / "best" / f"{name}.csv").read_text() == (OLD / f"expected_{name}.csv").read_text()


def test_a_training_of_the_final_step_goes_on_from_its_last_epoch(sqlite_old: Tuner) -> None:
    sqlite_old.succeed("finalize", "small", "--budget", "10m", "--data", "cache", "--workers", 1, "--out", "best")
    logs = "".join(path.read_text() for path in (sqlite_old.folder / "runs" / "small" / "logs").glob("*.log"))
    assert "trial 6, fold 2 goes on after epoch 3" in logs and "trial 6, fold 1," not in logs
    found = json.loads((sqlite_old.folder / "best" / "model" / "bundle.json").read_text())["confirmed"]["candidates"]
    assert {one["trial"] for one in found} == {0, 1, 2, 3, 6}


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_a_search_goes_on(kind: str, request: pytest.FixtureRequest) -> None:
    old: Tuner = request.getfixturevalue(f"{kind}_old")
    listed = {trial.number: (trial.state.name, trial.score) for trial in old.status().trials}
    stored = {trial["number"]: (trial["state"], trial["score"]) for trial in EXPECTED[kind]["trials"]}
    assert listed.keys() == stored.keys() and all(listed[number][0] == stored[number][0] for number in stored)
    old.succeed("resume", "small")
    old.succeed("work", "small", "--data", "cache")
    status = old.status()
    assert len(status.finished) == status.asked == 12
    logs = "".join(path.read_text() for path in (old.folder / "runs" / "small" / "logs").glob("*.log"))
    assert "trial 8 goes on after epoch 3" in logs


def test_its_bundles_predict_as_they_did(sqlite_tuner: Tuner) -> None:
    for bundle, expected in (("bundle", "expected_probabilities"), ("bundle_export", "expected_export_probabilities")):
        sqlite_tuner.succeed("predict", OLD / bundle, "synthetic:60:1", "--out", "p.csv")
        said = pd.read_csv(sqlite_tuner.folder / "p_probabilities.csv")
        pd.testing.assert_frame_equal(said, pd.read_csv(OLD / f"{expected}.csv"), atol=2e-6)
