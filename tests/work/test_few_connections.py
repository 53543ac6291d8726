"""A server with fewer connections than there are workers."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from few_connections import limited
from tuner_command import Tuner
from watching import counts

from data_pipeline import Cache
from tools.postgres import PostgresServer
from tuner.storage import open_storage

pytestmark = pytest.mark.slow


def test_four_workers_share_two_connections(
    tmp_path: Path, postgres_server: PostgresServer, postgres_url: str, cache: Cache, study_file: Callable[..., Path]
) -> None:
    open_storage(postgres_url, create=True).close()
    with limited(postgres_server, postgres_url, 2) as url:
        tuner = Tuner(tmp_path, url)
        tuner.succeed("create", study_file(trials=6, epochs=2), "--data", cache.path)
        done = tuner.run("work", "small", "--workers", 4)
        assert done.returncode == 0, done.stderr
        assert re.search(r"worker \d+: storage \S+ has too few connections, waiting for a turn", done.stderr)
        assert "secret" not in done.stderr
    assert counts(Tuner(tmp_path, postgres_url))["complete"] == 6
