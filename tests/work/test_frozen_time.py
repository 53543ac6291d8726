"""Workers that are frozen, together with all who could replace them."""

import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
from tuner_command import Tuner
from watching import epochs, wait, workers_of, working

from data_pipeline import Cache
from tuner.storage import open_storage

pytestmark = pytest.mark.slow

FROZEN_S = 12.0


def test_an_epoch_in_which_a_worker_was_frozen_is_no_longer_than_others(
    sqlite_tuner: Tuner, cache: Cache, study_file: Callable[..., Path]
) -> None:
    tuner = sqlite_tuner
    tuner.succeed("create", study_file(trials=1, epochs=60), "--data", cache.path)
    with working(tuner, "small") as process:
        wait(lambda: epochs(tuner) >= 2)
        frozen = [psutil.Process(process.pid), *workers_of(process.pid)]
        for one in frozen:
            one.suspend()
        began = time.monotonic()
        wait(lambda: time.monotonic() - began > FROZEN_S)
        for one in reversed(frozen):
            one.resume()
        out, err = process.communicate(timeout=600)
    assert process.returncode == 0, out + err
    storage = open_storage(tuner.storage)
    rows = storage.epochs.of_study(tuner.status().record.study_id)
    storage.close()
    assert len(rows) == 60 and {row.attempt for row in rows} == {1}
    gaps = [after.at - before.at for before, after in zip(rows, rows[1:], strict=False)]
    assert max(gaps) > FROZEN_S - 1.0, "it was frozen"
    assert max(row.seconds for row in rows) < FROZEN_S / 2
