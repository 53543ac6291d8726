"""Databases that an older version made: brought up to date once, whole or not at all."""

import json
import signal
import sqlite3
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from optuna.trial import TrialState
from process_bodies import migrate_and_die, open_together
from sqlalchemy import Engine, create_engine, inspect, make_url
from storage_play import run_together

from tools.postgres import PostgresServer
from tuner.errors import StorageError
from tuner.storage import SEARCH, Storage, open_storage
from tuner.storage.machine import machine_id

OLD = Path(__file__).parents[1] / "data" / "da733b9"
"""What commit da733b9 left in either kind of database, and what it said of it."""


def load_old(url: str) -> None:
    """Load the old database into an empty one."""
    address = make_url(url)
    dump = (OLD / ("sqlite.sql" if address.get_backend_name() == "sqlite" else "postgres.sql")).read_text()
    if address.get_backend_name() == "sqlite":
        connection = sqlite3.connect(str(address.database))
        connection.executescript(dump)
        connection.close()
        return
    engine = create_engine(address)
    raw = engine.raw_connection()
    raw.cursor().execute(dump)
    raw.commit()
    raw.close()
    engine.dispose()


@pytest.fixture
def old_url(storage_url: str) -> str:
    """The address of a database of schema 2."""
    load_old(storage_url)
    return storage_url


@pytest.fixture
def expected(old_url: str) -> dict[str, Any]:
    """What the old version said of it."""
    said: dict[str, Any] = json.loads((OLD / "expected.json").read_text())[
        "sqlite" if "sqlite" in old_url else "postgres"
    ]
    return said


@pytest.fixture
def change(old_url: str) -> Callable[[str], None]:
    """Run a statement on the old database."""

    def run(statement: str) -> None:
        engine = create_engine(old_url)
        with engine.begin() as connection:
            connection.exec_driver_sql(statement)
        engine.dispose()

    return run


def version_of(url: str) -> int:
    engine = create_engine(url)
    with engine.connect() as connection:
        version: int = connection.exec_driver_sql("SELECT version FROM tuner_schema").scalar_one()
    engine.dispose()
    return version


def form_of(engine: Engine) -> dict[str, Any]:
    """Read the tables, columns, keys and indexes of a database."""
    look = inspect(engine)
    columns = ("name", "type", "nullable", "default", "primary_key", "autoincrement")
    return {
        table: (
            [{key: str(column.get(key)) for key in columns} for column in look.get_columns(table)],
            look.get_pk_constraint(table),
            sorted((index["name"], index["column_names"], index["unique"]) for index in look.get_indexes(table)),
            look.get_unique_constraints(table),
            look.get_check_constraints(table),
        )
        for table in look.get_table_names()
    }


def refusal(url: str) -> str:
    with pytest.raises(StorageError) as caught:
        open_storage(url)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def check_content(storage: Storage, expected: dict[str, Any]) -> None:
    """Compare a migrated study with what the old version said of it."""
    study_id = storage.optuna.get_study_id_from_name("small")
    assert storage.optuna.get_study_user_attrs(study_id)["token"] == expected["token"]
    control = storage.control.of(study_id)
    assert (control.command, control.trials) == (expected["command"], expected["trials_asked"])
    assert control.timeout_s == expected["timeout_s"]
    assert control.elapsed_s == pytest.approx(expected["elapsed_s"], abs=0.01)
    trials = storage.optuna.get_all_trials(study_id)
    last = storage.epochs.last(study_id)
    assert {part for _, part in last} == {SEARCH}
    n_epochs = {row.number: row.epoch for row in last.values()}
    for trial, was in zip(trials, expected["trials"], strict=True):
        assert (trial.number, trial.state.name) == (was["number"], was["state"])
        assert trial.user_attrs["settings"]["architecture"] == was["architecture"]
        assert trial.user_attrs.get("reason") == was["reason"]
        assert trial.value == (None if was["score"] is None else pytest.approx(was["score"]))
        assert n_epochs.get(trial.number, 0) == was["epochs"]
    assert len(storage.epochs.of_study(study_id)) == expected["epoch_rows"]
    assert len(storage.workers.list(study_id)) == expected["workers"]
    assert (storage.parts.list(study_id), storage.final_steps.find(study_id)) == ([], None)


@pytest.mark.parametrize("create", [False, True])
def test_an_old_database_is_opened_with_all_that_is_in_it(old_url: str, expected: dict[str, Any], create: bool) -> None:
    storage = open_storage(old_url, create=create)
    check_content(storage, expected)
    storage.close()
    assert version_of(old_url) == 3


def test_a_trial_that_was_handed_back_to_the_old_version_goes_on(old_url: str, expected: dict[str, Any]) -> None:
    storage = open_storage(old_url)
    study_id = storage.optuna.get_study_id_from_name("small")
    lease = storage.leases.claim(study_id, storage.workers.register(study_id, host="here", pid=1, device="cpu"))
    assert lease is not None and lease.is_search
    assert (lease.number, lease.attempt) == (expected["waiting"]["number"], 2)
    storage.epochs.record(lease, expected["waiting"]["last_epoch"] + 1, score=0.5, lr=0.1, seconds=1.0, metrics={})
    storage.optuna.finish(lease, TrialState.COMPLETE, 0.5)
    assert storage.optuna.get_trial(lease.trial_id).value == 0.5
    storage.close()


def test_a_migrated_database_has_the_form_of_a_fresh_one(
    old_url: str, tmp_path: Path, postgres_server: PostgresServer
) -> None:
    with ExitStack() as stack:
        fresh_url = f"sqlite:///{tmp_path / 'fresh.db'}"
        if not old_url.startswith("sqlite"):
            name = postgres_server.create()
            stack.callback(postgres_server.drop, name)
            fresh_url = postgres_server.url(name)
        fresh, migrated = open_storage(fresh_url, create=True), open_storage(old_url)
        stack.callback(fresh.close)
        stack.callback(migrated.close)
        ours, theirs = form_of(fresh.database.engine), form_of(migrated.database.engine)
        assert {"tuner_parts", "tuner_final_steps"} <= ours.keys()
        assert theirs == ours


def test_ten_processes_open_an_old_database_at_once(old_url: str, expected: dict[str, Any]) -> None:
    run_together(10, open_together, old_url)
    storage = open_storage(old_url)
    check_content(storage, expected)
    storage.close()


@pytest.mark.parametrize(
    "statement",
    ["DROP TABLE tuner_leases", "INSERT INTO tuner_epochs", "CREATE TABLE tuner_parts", "UPDATE tuner_schema"],
)
def test_a_process_killed_in_mid_migration_leaves_the_old_database(
    old_url: str, expected: dict[str, Any], statement: str
) -> None:
    engine = create_engine(old_url)
    before = form_of(engine)
    run_together(1, migrate_and_die, old_url, statement, exit_code=-signal.SIGKILL)
    assert version_of(old_url) == 2
    assert form_of(engine) == before
    engine.dispose()
    storage = open_storage(old_url)
    check_content(storage, expected)
    storage.close()


@pytest.mark.parametrize(("version", "what_to_do"), [(99, "update tuner"), (1, "use another database")])
def test_what_cannot_be_migrated_is_refused_and_left_alone(
    old_url: str, change: Callable[[str], None], version: int, what_to_do: str
) -> None:
    change(f"UPDATE tuner_schema SET version = {version}")
    engine = create_engine(old_url)
    before = form_of(engine)
    assert f"has schema {version}, this tuner knows 3: {what_to_do}" in refusal(old_url)
    with pytest.raises(StorageError, match="this tuner knows 3"):
        open_storage(old_url, create=True)
    assert form_of(engine) == before
    engine.dispose()


def _now_of(url: str) -> str:
    return "(julianday('now') - 2440587.5) * 86400.0" if "sqlite" in url else "extract(epoch from clock_timestamp())"


def test_workers_of_the_old_version_are_named(old_url: str, change: Callable[[str], None]) -> None:
    """Their next statements would not fit the tables."""
    change(f"UPDATE tuner_workers SET gone = (0 = 1), pid = 4711, beat = {_now_of(old_url)}")
    message = refusal(old_url)
    assert "has schema 2, and workers of the older tuner are at work on it" in message
    assert "oldhost:4711" in message and "`tuner stop small` with that tuner first" in message
    assert "***" in message or "sqlite" in message
    assert version_of(old_url) == 2


def test_dead_and_silent_workers_hold_up_nothing(
    old_url: str, expected: dict[str, Any], change: Callable[[str], None]
) -> None:
    change(f"UPDATE tuner_workers SET gone = (0 = 1), beat = {_now_of(old_url)} - 61")
    dead = max(int(line) for line in Path("/proc/sys/kernel/pid_max").read_text().split()) - 1
    one = "(SELECT min(worker_id) FROM tuner_workers)"
    change(
        f"UPDATE tuner_workers SET beat = {_now_of(old_url)}, machine = '{machine_id()}', pid = {dead} "
        f"WHERE worker_id = {one}"
    )
    storage = open_storage(old_url)
    check_content(storage, expected)
    storage.close()
