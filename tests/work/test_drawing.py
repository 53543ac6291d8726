"""What makes a trial what it is: drawn once, stored whole or not at all, and the same whoever draws it."""

import itertools
import multiprocessing
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from drawing_bodies import at_moment, die_at_every_moment, third_trial, what_is_stored, workplace
from sqlalchemy import make_url

from data_pipeline import Cache
from tools.line import Line
from tools.postgres import PostgresServer
from tuner.errors import LeaseLost
from tuner.storage import Lease, Storage, open_storage
from tuner.study.record import create_study
from tuner.study.spec import read_spec
from tuner.work.drawing import draw
from tuner.work.run import Workplace

pytestmark = pytest.mark.slow


@dataclass
class Third:
    """The third trial of a study."""

    place: Workplace
    lease: Lease

    @property
    def storage(self) -> Storage:
        return self.place.study.storage

    def stored(self) -> dict[str, Any]:
        return what_is_stored(self.storage, self.lease)

    def forget(self) -> None:
        """Let it be as if it had not been drawn."""
        with self.storage.database.engine.begin() as connection:
            for table in ("trial_params", "trial_user_attributes"):
                of_trial = f"DELETE FROM {table} WHERE trial_id = {self.lease.trial_id}"
                connection.exec_driver_sql(of_trial)


@pytest.fixture
def sampler() -> str:
    """What the study file says of the sampler."""
    return 'kind = "random"'


@pytest.fixture
def create(study_file: Callable[..., Path], sampler: str, cache: Cache) -> Callable[[str], None]:
    path = study_file(trials=9)
    path.write_text(path.read_text().replace('kind = "random"', sampler))

    def make(url: str) -> None:
        with closing(open_storage(url, create=True)) as storage:
            create_study(storage, read_spec(path), cache)

    return make


@pytest.fixture
def expected(tmp_path: Path, create: Callable[[str], None]) -> dict[str, Any]:
    """What the third trial is where nothing disturbs it."""
    url = f"sqlite:///{tmp_path / 'undisturbed.db'}"
    create(url)
    place = workplace(url, tmp_path / "home")
    lease = next(third_trial(place))
    draw(place, lease)
    stored = what_is_stored(place.study.storage, lease)
    place.study.storage.close()
    assert len(stored["params"]) > 3 and set(stored) == {"params", "settings", "provenance"}
    return stored


def test_killed_at_any_moment_it_leaves_all_or_nothing_and_its_successor_draws_the_same(
    storage_url: str, tmp_path: Path, create: Callable[[str], None], expected: dict[str, Any]
) -> None:
    create(storage_url)
    near, far = multiprocessing.Pipe()
    processes = multiprocessing.get_context("spawn")
    process = processes.Process(target=die_at_every_moment, args=(storage_url, tmp_path / "home", far))
    process.start()
    far.close()
    left = []
    is_killed = True
    while is_killed:
        is_killed, stored = near.recv()
        left.append(stored)
    process.join(30)
    assert process.exitcode == 0
    nothing: dict[str, Any] = {"params": {}}
    n_without = left.index(expected)
    assert n_without > 10 and left[:n_without] == [nothing] * n_without
    assert all(stored == expected for stored in left[n_without:])


@pytest.fixture
def third(postgres_url: str, tmp_path: Path, create: Callable[[str], None]) -> Iterator[Third]:
    """The third trial of a study, not yet drawn."""
    create(postgres_url)
    place = workplace(postgres_url, tmp_path / "home")
    yield Third(place, next(third_trial(place)))
    place.study.storage.close()


@pytest.fixture
def far_third(third: Third, line: Line, postgres_url: str, tmp_path: Path) -> Iterator[Third]:
    """The same at the other end of a line."""
    url = make_url(postgres_url).set(port=line.port).render_as_string(hide_password=False)
    place = workplace(url, tmp_path / "home")
    place.study.storage.optuna.held[third.lease.trial_id] = third.lease
    yield Third(place, third.lease)
    place.study.storage.close()


def test_connections_cut_in_the_midst_of_it_change_nothing(
    third: Third, postgres_server: PostgresServer, expected: dict[str, Any]
) -> None:
    database = third.storage.database
    for number in itertools.count(step=5):
        third.forget()
        cut: list[bool] = []

        def cut_all(cut: list[bool] = cut) -> None:
            cut.append(True)
            postgres_server.cut(str(database.address.database))

        off = at_moment(database.engine, number, cut_all)
        draw(third.place, third.lease)
        off()
        assert third.stored() == expected
        if not cut:
            break
    assert number > 10


@pytest.mark.parametrize("sampler", ['kind = "tpe", startup_trials = 2'])
def test_an_outage_in_the_midst_of_it_changes_nothing(far_third: Third, line: Line, expected: dict[str, Any]) -> None:
    moments = 0

    def count() -> None:
        nonlocal moments
        moments += 1

    offs = [at_moment(far_third.storage.database.engine, number, count) for number in range(200)]
    draw(far_third.place, far_third.lease)
    for off in offs:
        off()
    for number in (moments // 3, moments - 10):
        far_third.forget()
        line.refused.clear()
        off = at_moment(far_third.storage.database.engine, number, line.cut)
        drawing = threading.Thread(target=draw, args=(far_third.place, far_third.lease))
        drawing.start()
        assert line.refused.wait(20)
        line.mend()
        drawing.join(30)
        off()
        assert far_third.stored() == expected


def test_it_is_drawn_once_when_the_line_breaks_just_after_its_commit(
    far_third: Third, line: Line, expected: dict[str, Any]
) -> None:
    line.losses = iter([True])
    _, settings = draw(far_third.place, far_third.lease)
    assert line.n_lost == 1
    assert far_third.stored() == expected and settings.to_dict() == expected["settings"]


def test_who_lost_the_trial_meanwhile_stores_nothing(third: Third) -> None:
    third.storage.leases.expire_worker(third.lease.worker_id)
    third.storage.optuna.held.clear()
    taken = third.storage.leases.claim(third.place.study.study_id, third.lease.worker_id)
    assert taken is not None and taken.trial_id == third.lease.trial_id
    with pytest.raises(LeaseLost):
        draw(third.place, third.lease)
    assert third.stored() == {"params": {}}
    draw(third.place, taken)
    assert len(third.stored()) == 3
