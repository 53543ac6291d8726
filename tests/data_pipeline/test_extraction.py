"""Features of a whole cache: by many processes what one computes, and an end to all with whoever reads them."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable

import numpy as np
import psutil
import pytest
from processes import children_of

from data_pipeline import Cache, DataError, Features, open_view, prepare
from data_pipeline.extraction import FEW, extract
from data_pipeline.features import compute_features


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Cache:
    """More recordings than are worth a process."""
    return prepare(f"synthetic:{2 * FEW}:4", tmp_path_factory.mktemp("features") / "cache")


def writers(parent: int) -> list[psutil.Process]:
    return children_of(parent, "data_pipeline.extraction")


def wait(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_the_view_holds_each_recordings_own_features(cache: Cache) -> None:
    view = open_view(cache, Features())
    for i in (0, 1, FEW, len(cache) - 1):
        alone = compute_features(cache.signal(i), float(cache.scale[i]), cache.rate)
        assert np.array_equal(view.item(i), alone[None], equal_nan=True)


def test_a_killed_writer_is_named(cache: Cache) -> None:
    rows = extract(cache)
    next(rows)
    for writer in writers(os.getpid()):
        writer.kill()
    with pytest.raises(DataError, match="ended with -9: try again"):
        list(rows)


def test_writers_end_with_their_reader(cache: Cache) -> None:
    code = (
        "import sys, time; from pathlib import Path; from data_pipeline import Cache\n"
        "from data_pipeline.extraction import extract\n"
        "rows = extract(Cache.open(Path(sys.argv[1]))); next(rows); print('begun', flush=True); time.sleep(600)"
    )
    reader = subprocess.Popen([sys.executable, "-c", code, str(cache.path)], stdout=subprocess.PIPE)
    assert reader.stdout is not None and reader.stdout.readline() == b"begun\n"
    left = writers(reader.pid)
    assert left
    reader.send_signal(signal.SIGKILL)
    reader.communicate()
    wait(lambda: not any(writer.is_running() for writer in left))
