"""Opening a database: together, wrongly, and what is said then."""

import pickle
from pathlib import Path

import pytest
from process_bodies import open_together
from sqlalchemy import make_url
from storage_play import run_together

from tools.postgres import PostgresServer
from tuner.errors import StorageError
from tuner.storage import mask_url, open_storage


def refusal(url: str, *, create: bool = False) -> str:
    with pytest.raises(StorageError) as caught:
        open_storage(url, create=create)
    message = str(caught.value)
    assert "\n" not in message
    return message


def test_processes_may_create_at_once(storage_url: str) -> None:
    run_together(4, open_together, storage_url)
    storage = open_storage(storage_url)
    assert storage.optuna.get_all_studies() == []
    storage.close()


def test_nothing_there(storage_url: str) -> None:
    assert refusal(storage_url) == f"no studies in {mask_url(storage_url)}: run tuner create"


def test_looking_does_not_make_a_file(tmp_path: Path) -> None:
    refusal(f"sqlite:///{tmp_path}/x.db")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("version", "what_to_do"), [(99, "update tuner"), (1, "use another database")])
def test_another_schema(storage_url: str, version: int, what_to_do: str) -> None:
    storage = open_storage(storage_url, create=True)
    with storage.database.engine.begin() as connection:
        connection.exec_driver_sql(f"UPDATE tuner_schema SET version = {version}")
    storage.close()
    for create in (False, True):
        assert f"has schema {version}, this tuner knows 3: {what_to_do}" in refusal(storage_url, create=create)


def test_missing_folder(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/away/x.db"
    assert f"folder {tmp_path}/away does not exist" in refusal(url, create=True)
    assert refusal(url) == f"no studies in {url}: run tuner create"


def test_not_a_database(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    path.write_bytes(b"These are the voyages of the starship. " * 100)
    before = path.read_bytes()
    assert "file is not a database" in refusal(f"sqlite:///{path}")
    assert "file is not a database" in refusal(f"sqlite:///{path}", create=True)
    assert path.read_bytes() == before
    assert "is not a file" in refusal(f"sqlite:///{tmp_path}")


def test_wrong_password(postgres_url: str) -> None:
    message = refusal(make_url(postgres_url).set(password="hunter2").render_as_string(hide_password=False))
    assert "password authentication failed" in message
    assert "tuner:***@" in message and "hunter2" not in message


def test_missing_database(postgres_url: str) -> None:
    message = refusal(make_url(postgres_url).set(database="nowhere").render_as_string(hide_password=False))
    assert 'database "nowhere" does not exist' in message


def test_server_away() -> None:
    message = refusal("postgresql://tuner:hunter2@127.0.0.1:1/studies")
    assert "does not answer" in message and "refused" in message
    assert "hunter2" not in message


@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+psycopg"])
def test_psycopg_is_the_driver(postgres_url: str, scheme: str) -> None:
    storage = open_storage(scheme + postgres_url[len("postgresql+psycopg") :], create=True)
    assert storage.database.engine.driver == "psycopg"
    storage.close()


def test_any_password(postgres_server: PostgresServer, postgres_url: str) -> None:
    """Braces are Optuna's place holders, percents alembic's; both are fine in a password."""
    password = "a{b}%c@d/e:f"
    with postgres_server.connect() as connection:
        connection.execute("DROP ROLE IF EXISTS odd")
        connection.execute(f"CREATE ROLE odd SUPERUSER LOGIN PASSWORD '{password}'")
    url = make_url(postgres_url).set(username="odd", password=password).render_as_string(hide_password=False)
    storage = open_storage(url, create=True)
    assert password not in storage.shown_url and "***" in storage.shown_url
    storage.close()


@pytest.mark.parametrize(
    "url",
    [
        "mysql://u:hunter2@h/db",
        "postgresql+psycopg2://u:hunter2@h/db",
        "studies.db",
        "postgresql://u:hunter2@h:port/db",
        "postgresql://u:hun@hunter2@h/db",
        "sqlite://",
        "sqlite:///:memory:",
        "sqlite:///file:x.db?mode=ro&uri=true",
    ],
)
def test_addresses_that_will_not_do(url: str) -> None:
    message = refusal(url, create=True)
    assert message.startswith("storage ")
    assert "hunter2" not in message


@pytest.mark.parametrize(
    ("url", "masked"),
    [
        ("postgresql://u:p@h/db", "postgresql://u:***@h/db"),
        ("postgresql://u:p@q:r@h/db", "postgresql://u:***@h/db"),
        ("postgresql://h/db?user=u&password=p&x=y", "postgresql://h/db?user=u&password=***&x=y"),
        ("postgresql://u@h/db", "postgresql://u@h/db"),
        ("sqlite:///a:b@c.db", "sqlite:///a:b@c.db"),
    ],
)
def test_mask_url(url: str, masked: str) -> None:
    assert mask_url(url) == masked


def test_a_pickled_storage_opens_connections_of_its_own(storage_url: str) -> None:
    storage = open_storage(storage_url, create=True)
    again = pickle.loads(pickle.dumps(storage.optuna))
    again.create_new_study([], "study")
    assert [study.study_name for study in storage.optuna.get_all_studies()] == ["study"]
    again.database.close()
    storage.close()


def test_optuna_alone_made_the_tables(storage_url: str) -> None:
    import optuna

    driver = storage_url
    theirs = optuna.storages.RDBStorage(driver)
    optuna.create_study(storage=theirs, study_name="theirs")
    theirs.engine.dispose()
    assert "run tuner create" in refusal(storage_url)
    storage = open_storage(storage_url, create=True)
    (study,) = storage.optuna.get_all_studies()
    assert storage.control.find(study._study_id) is None
    storage.close()
