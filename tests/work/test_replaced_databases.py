"""Databases that are deleted, replaced or taken back in time under living workers: real ones, and real processes."""

import signal
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest
from sqlalchemy import make_url
from tuner_command import Tuner
from watching import counts, epochs, logs, wait, workers_of, working

from data_pipeline import Cache
from tools.postgres import PostgresServer, dump, restore
from tuner.storage import open_storage
from tuner.study.record import create_study, find_study
from tuner.study.spec import read_spec

pytestmark = pytest.mark.slow

StudyFile = Callable[..., Path]


def scores(tuner: Tuner) -> list[tuple[int, int, float | None]]:
    with closing(open_storage(tuner.storage)) as storage:
        study_id = find_study(storage, "small")
        assert study_id is not None
        return sorted((row.number, row.epoch, row.score) for row in storage.epochs.of_study(study_id))


def rename(server: PostgresServer, name: str, to: str) -> None:
    """Give a database another name, whoever is connected to it."""
    with server.connect() as connection:
        connection.execute(f"ALTER DATABASE {name} WITH ALLOW_CONNECTIONS false")
    server.cut(name)
    with server.connect() as connection:
        connection.execute(f"ALTER DATABASE {name} RENAME TO {to}")
        connection.execute(f"ALTER DATABASE {to} WITH ALLOW_CONNECTIONS true")


@pytest.fixture
def pair(
    tmp_path: Path, postgres_url: str, postgres_server: PostgresServer
) -> Iterator[dict[str, tuple[Tuner, Callable[[], None], Callable[[], None]]]]:
    """A command line on either kind of database, each with what takes its database away, and brings it back."""
    name = str(make_url(postgres_url).database)
    folder, away = tmp_path / "sqlite", tmp_path / "away"

    def move(files: Path, to: Path) -> None:
        to.mkdir(exist_ok=True)
        for path in sorted(to.glob("tuner.db*")):
            path.unlink()
        for path in sorted(files.glob("tuner.db*"), reverse=True):  # the log before what it is of
            path.rename(to / path.name)

    def rename_back() -> None:
        postgres_server.drop(name)
        rename(postgres_server, f"{name}_away", name)

    for each in (folder, tmp_path / "postgres"):
        each.mkdir()
    yield {
        "sqlite": (
            Tuner(folder, f"sqlite:///{folder / 'tuner.db'}"),
            lambda: move(folder, away),
            lambda: move(away, folder),
        ),
        "postgres": (
            Tuner(tmp_path / "postgres", postgres_url),
            lambda: rename(postgres_server, name, f"{name}_away"),
            rename_back,
        ),
    }
    with postgres_server.connect() as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {name}_away WITH (FORCE)")


def test_another_database_gets_nothing_and_is_named_and_the_old_one_goes_on_when_it_is_back(
    pair: dict[str, tuple[Tuner, Callable[[], None], Callable[[], None]]],
    postgres_server: PostgresServer,
    cache: Cache,
    study_file: StudyFile,
) -> None:
    path = study_file(trials=1, epochs=2000)
    with ExitStack() as stack:
        processes = []
        for tuner, take_away, _ in pair.values():
            tuner.succeed("create", path, "--data", cache.path)
            processes.append(stack.enter_context(working(tuner, "small")))
            wait(lambda tuner=tuner: epochs(tuner) >= 2)
            take_away()
        with postgres_server.connect() as connection:
            connection.execute(f"CREATE DATABASE {make_url(pair['postgres'][0].storage).database}")
        for tuner, _, _ in pair.values():
            with closing(open_storage(tuner.storage, create=True)) as other:
                create_study(other, read_spec(path), cache)
        for process, (tuner, _, _) in zip(processes, pair.values(), strict=True):
            _, said = process.communicate(timeout=600)
            assert process.returncode == 1, said
            assert "another database has taken the place of the one that was opened (waited 60 s)" in said, said
            assert "another database has taken the place" in logs(tuner)
            assert counts(tuner) == {key: 0 for key in counts(tuner)}, "the other one got a trial"
    for tuner, _, bring_back in pair.values():
        bring_back()
        before = epochs(tuner)
        with working(tuner, "small"):
            wait(lambda tuner=tuner, before=before: epochs(tuner) > before)
        assert logs(tuner).count("goes on after epoch") == 1
        assert logs(tuner).count(" epoch 1/") == 1, "an epoch was trained twice"


def test_a_frozen_worker_that_wakes_in_another_study_leaves_it_alone(
    tuner: Tuner, cache: Cache, study_file: StudyFile
) -> None:
    tuner.succeed("create", study_file(trials=2, epochs=500), "--data", cache.path)
    with working(tuner, "small") as process:
        wait(lambda: epochs(tuner) >= 2)
        (worker,) = workers_of(process.pid)
        frozen = [process.pid, worker.pid]
        process.send_signal(signal.SIGSTOP)
        worker.suspend()
        with closing(open_storage(tuner.storage)) as storage:
            study_id = find_study(storage, "small")
            assert study_id is not None
            storage.delete_study(study_id)
            record = create_study(storage, read_spec(study_file(trials=2, epochs=3)), cache)
            theirs = storage.leases.claim(
                record.study_id, storage.workers.register(record.study_id, host="here", pid=1, device="cpu")
            )
            assert theirs is not None and frozen
            before = storage.optuna.get_trial(theirs.trial_id)
            worker.resume()
            process.send_signal(signal.SIGCONT)
            _, said = process.communicate(timeout=120)
            assert process.returncode == 1 and "is not there any more" in said, said
            assert storage.optuna.get_all_trials(record.study_id) == [before]
            assert storage.leases.beat(theirs)
            assert storage.epochs.of_study(record.study_id) == []
            assert storage.control.of(record.study_id).command == "run"


def back_up_sqlite(tuner: Tuner) -> Path:
    with closing(sqlite3.connect(tuner.folder / "tuner.db")) as connection:
        connection.execute("VACUUM INTO ?", [str(tuner.folder / "copy")])
    return tuner.folder / "copy"


def rename_over(tuner: Tuner, copy: Path) -> None:
    for end in ("-wal", "-shm"):
        (tuner.folder / f"tuner.db{end}").unlink()
    copy.rename(tuner.folder / "tuner.db")


WAYS: dict[str, tuple[Callable[[Tuner], Path], Callable[[Tuner, Path], None]]] = {
    "sqlite": (back_up_sqlite, rename_over),
    "postgres": (
        lambda tuner: dump(tuner.storage, tuner.folder / "copy"),
        lambda tuner, copy: restore(tuner.storage, copy),
    ),
}


@pytest.mark.timeout(600)
def test_a_database_taken_back_in_time_comes_to_the_very_same_scores(
    tmp_path: Path, postgres_url: str, cache: Cache, study_file: StudyFile
) -> None:
    path = study_file(trials=4, epochs=30)
    addresses = {name: f"sqlite:///{tmp_path / name / 'tuner.db'}" for name in ("undisturbed", "sqlite")}
    tuners = {name: Tuner(tmp_path / name, url) for name, url in (addresses | {"postgres": postgres_url}).items()}
    for tuner in tuners.values():
        tuner.folder.mkdir()
        tuner.succeed("create", path, "--data", cache.path)
    undisturbed = tuners.pop("undisturbed")
    undisturbed.succeed("work", "small", "--workers", 2)
    with ExitStack() as stack:
        processes = []
        for kind, tuner in tuners.items():
            back_up, take_back = WAYS[kind]
            processes.append(stack.enter_context(working(tuner, "small", "--workers", 2)))
            wait(lambda tuner=tuner: epochs(tuner) >= 5)
            copy = back_up(tuner)
            wait(lambda tuner=tuner: counts(tuner)["complete"] >= 2)
            take_back(tuner, copy)
        for process in processes:
            _, said = process.communicate(timeout=400)
            assert process.returncode == 0, said
    for tuner in tuners.values():
        assert [(trial.number, trial.state.name) for trial in tuner.status().trials] == [
            (number, "COMPLETE") for number in range(4)
        ]
        assert scores(tuner) == scores(undisturbed)
