"""A study whose database is far away, at the end of a slow line that breaks now and then."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import make_url
from tuner_command import Tuner
from watching import counts

from data_pipeline import Cache
from tools.line import Line
from tools.postgres import PostgresServer
from tuner.storage import open_storage

pytestmark = pytest.mark.slow

EPOCHS = 8


def scores(tuner: Tuner) -> list[tuple[int, int, float | None]]:
    storage = open_storage(tuner.storage)
    found = [(row.number, row.epoch, row.score) for row in storage.epochs.of_study(tuner.status().record.study_id)]
    storage.close()
    return found


def test_a_slow_line_that_breaks_changes_nothing(
    tmp_path: Path, postgres_server: PostgresServer, postgres_url: str, cache: Cache, study_file: Callable[..., Path]
) -> None:
    path = study_file(trials=4, epochs=EPOCHS)
    near = Tuner(tmp_path / "near", f"sqlite:///{tmp_path / 'near.db'}")
    at_server = Tuner(tmp_path / "far", postgres_url)
    for tuner in (near, at_server):
        tuner.folder.mkdir()
        tuner.succeed("create", path, "--data", cache.path)
    near.succeed("work", "small")
    line = Line(postgres_server.host, postgres_server.port, delay_s=0.05, drops=0.02, cuts=0.01)
    began = time.monotonic()
    try:
        url = make_url(postgres_url).set(port=line.port).render_as_string(hide_password=False)
        done = Tuner(tmp_path / "far", url).run("work", "small", "--workers", 2)
    finally:
        line.close()
    assert done.returncode == 0, done.stderr
    assert line.n_cut > 0
    assert counts(at_server)["complete"] == 4
    assert sorted(scores(at_server)) == sorted(scores(near))
    seconds = time.monotonic() - began  # beats, and what the command shows, are asked for by the clock
    most = 4 * (150 + EPOCHS * 20) + 10 * seconds
    assert line.n_round_trips < most, "a trial, an epoch and a second ask less often than that"
    assert "SELECT" not in done.stderr
