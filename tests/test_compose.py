"""The containers' files: what they promise, and every service's own command against a real server."""

import os
import re
import signal
import subprocess
import sys
import tomllib
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import psycopg
import pytest
import yaml
from sqlalchemy import make_url

from tools.postgres import PostgresServer, throwaway_server
from tuner.study.spec import parse_duration, read_spec
from tuner.work.shutdown import EPOCH_PATIENCE_S

ROOT = Path(__file__).parents[1]
SERVICES: dict[str, dict[str, Any]] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
OURS = [name for name, service in SERVICES.items() if service["image"] == "ecg-tuner"]
VARIABLE = re.compile(r"\$\{(\w+):([-?])([^}]*)\}")
PATIENCE_S = 120.0

TINY = """
[study]
name = "tiny"
trials = 2
folds = 1

[search]
architectures = ["resnet1d"]

[space]
"train.epochs" = 1
"resnet1d.rate" = 75
"resnet1d.width" = 16
"resnet1d.stages" = 5
"""


def interpolated(tree: Any, variables: dict[str, str]) -> Any:
    """Fill variables in as compose does: ${NAME:-default} and ${NAME:?refusal}."""

    def value(match: re.Match[str]) -> str:
        name, kind, text = match.groups()
        if name not in variables and kind == "?":
            raise LookupError(f"required variable {name} is missing a value: {text}")
        return variables.get(name, text)

    if isinstance(tree, dict):
        return {key: interpolated(branch, variables) for key, branch in tree.items()}
    if isinstance(tree, list):
        return [interpolated(branch, variables) for branch in tree]
    return VARIABLE.sub(value, tree) if isinstance(tree, str) else tree


def instructions(name: str) -> list[list[str]]:
    """Give the words of each instruction of that name in the Dockerfile."""
    text = "\n".join(line for line in (ROOT / "Dockerfile").read_text().splitlines() if not line.startswith("#"))
    lines = re.sub(r"\\\n\s*", "", text).splitlines()
    return [line.split()[1:] for line in lines if line.startswith(f"{name} ")]


def passes_dockerignore(source: str) -> bool:
    passes = True
    for line in (ROOT / ".dockerignore").read_text().splitlines():
        if line and not line.startswith("#") and fnmatch(source, line.removeprefix("!")):
            passes = line.startswith("!")
    return passes


PASSWORDS = {
    "POSTGRES_PASSWORD": "hunter1",
    "TUNER_DATABASE_PASSWORD": "hunter2",
    "TUNER_DASHBOARD_PASSWORD": "hunter3",
    "TUNER_DASHBOARD_STEER_PASSWORD": "hunter4",
}
KNOWN = {
    "postgres": {"POSTGRES_PASSWORD": "hunter1", "TUNER_DATABASE_PASSWORD": "hunter2"},
    "proxy": {},
    **{name: {"PGPASSWORD": "hunter2"} for name in OURS},
}
"""The passwords that a service knows; services know that of their role, and not the superuser's."""
KNOWN["dashboard"] |= {name: value for name, value in PASSWORDS.items() if "DASHBOARD" in name}


@pytest.mark.parametrize("missing", ["POSTGRES_PASSWORD", "TUNER_DATABASE_PASSWORD", "TUNER_DASHBOARD_PASSWORD"])
@pytest.mark.parametrize("name", SERVICES)
def test_nothing_starts_without_its_passwords(name: str, missing: str) -> None:
    if PASSWORDS[missing] not in KNOWN[name].values():
        return
    with pytest.raises(LookupError, match=missing):
        interpolated(SERVICES[name], {key: value for key, value in PASSWORDS.items() if key != missing})


@pytest.mark.parametrize("name", OURS)
def test_code_of_studies_runs_only_where_the_user_says_so(name: str) -> None:
    given = [{}, {"TUNER_TRUST_CODE": "1"}]
    found = [interpolated(SERVICES[name], PASSWORDS | one)["environment"] for one in given]
    assert [environment["TUNER_TRUST_CODE"] for environment in found] == ["", "1"]


@pytest.mark.parametrize("name", SERVICES)
def test_passwords_are_nowhere_but_in_their_variables(name: str) -> None:
    service = interpolated(SERVICES[name], PASSWORDS)
    environment = service.pop("environment", {})
    assert {key: value for key, value in environment.items() if "hunter" in value} == KNOWN[name]
    assert "hunter" not in str(service)


def test_the_services_know_the_server() -> None:
    for name in OURS:
        address = make_url(SERVICES[name]["environment"]["TUNER_STORAGE"])
        assert address.host in SERVICES
        assert (address.username, address.database, address.password) == ("tuner", "tuner", None)
        assert address.username != SERVICES["postgres"]["environment"]["POSTGRES_USER"]


@pytest.mark.parametrize("name", SERVICES)
def test_nobody_is_root_or_writes_to_the_root_folder(name: str) -> None:
    service = interpolated(SERVICES[name], PASSWORDS)
    assert service["cap_drop"] == ["ALL"] and "cap_add" not in service and not service.get("privileged")
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["read_only"] is True and "/tmp" in service["tmpfs"]
    assert re.fullmatch(r"\d+g", service["mem_limit"]) and service["pids_limit"] > 0
    user = instructions("USER")[-1][0] if name in OURS else service["user"]
    assert user not in ("root", "0")
    writable = [volume for volume in service["volumes"] if not volume.endswith(":ro")]
    assert writable == {"postgres": ["postgres:/var/lib/postgresql/data"], "proxy": []}.get(name, ["runs:/runs"])


def test_only_the_proxy_is_published_and_to_this_machine_only() -> None:
    assert [name for name, service in SERVICES.items() if "ports" in service] == ["proxy"]
    assert interpolated(SERVICES["proxy"], PASSWORDS)["ports"] == ["127.0.0.1:8443:8443"]
    assert not any(service.get("network_mode") == "host" for service in SERVICES.values())


def test_the_proxy_leads_to_the_dashboard() -> None:
    (configuration,) = (volume.split(":")[0] for volume in SERVICES["proxy"]["volumes"] if "nginx.conf" in volume)
    text = (ROOT / configuration).read_text()
    dashboard = interpolated(SERVICES["dashboard"], PASSWORDS)["command"]
    assert f"http://dashboard:{dashboard[dashboard.index('--port') + 1]};" in text
    assert "listen 8443 ssl;" in text and "--behind-proxy" in dashboard


def test_workers_can_be_scaled() -> None:
    worker = SERVICES["worker"]
    assert not {"container_name", "hostname", "ports"} & worker.keys()
    assert worker["restart"] == "on-failure", "a worker that has nothing left to do must not be started again"


def test_workers_have_the_time_to_hand_their_trials_back() -> None:
    assert parse_duration(SERVICES["worker"]["stop_grace_period"]) > EPOCH_PATIENCE_S
    assert all(SERVICES[name]["init"] for name in OURS), "process 1 does not get the signals it has no handler for"


def test_workers_wait_for_the_study() -> None:
    after = "service_completed_successfully"
    assert SERVICES["create"]["depends_on"]["prepare"]["condition"] == after
    assert SERVICES["create"]["depends_on"]["postgres"]["condition"] == "service_healthy"
    assert SERVICES["worker"]["depends_on"]["create"]["condition"] == after


def test_one_service_builds_the_image_of_all() -> None:
    assert [name for name, service in SERVICES.items() if "build" in service] == ["prepare"]
    assert {SERVICES[name]["pull_policy"] for name in OURS} == {"never"}


@pytest.mark.parametrize("path", sorted((ROOT / "studies").glob("*.toml")), ids=lambda path: path.stem)
def test_studies_are_named_as_their_files(path: Path) -> None:
    assert read_spec(path).study.name == path.stem


def test_the_image_is_the_command_as_an_ordinary_user() -> None:
    assert instructions("ENTRYPOINT") == [['["tuner"]']]
    assert instructions("USER") == [["tuner"]]
    assert ["python:3.12-slim"] in instructions("FROM")


def test_the_image_gets_all_packages_and_nothing_that_is_not_there() -> None:
    sources = {source for *given, _ in instructions("COPY") for source in given}
    assert [source for source in sorted(sources) if not (ROOT / source).exists()] == []
    assert [source for source in sorted(sources) if not passes_dockerignore(source)] == []
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    packages = {pattern.rstrip("*") for pattern in project["tool"]["setuptools"]["packages"]["find"]["include"]}
    folders = {path.parent for top in packages for path in (ROOT / top).rglob("*.py")}
    assert [folder for folder in folders if not (folder / "__init__.py").exists()] == [], "it would not be installed"
    assert packages | {project["project"]["readme"], *project["project"]["license-files"]} <= sources
    for unwanted in (".env", ".git", "data", "runs"):
        assert not passes_dockerignore(unwanted)


class Stack:
    """The services as processes: folders for the paths in the containers, an address for the server's name."""

    def __init__(self, folder: Path, server: PostgresServer) -> None:
        variables = {**PASSWORDS, "STUDY": "tiny", "DATA": "synthetic:60"}
        self.folder, self.server = folder, server
        self.services = interpolated(SERVICES, variables)
        for name in ("home", "cwd"):
            (folder / name).mkdir()

    def start(self, name: str) -> "subprocess.Popen[str]":
        service = self.services[name]
        folders = [volume.split(":")[1] for volume in service["volumes"]]
        for inside in folders:
            (self.folder / inside.lstrip("/")).mkdir(exist_ok=True)

        def outside(text: str) -> str:
            in_folder = any(text == inside or text.startswith(f"{inside}/") for inside in folders)
            return f"{self.folder}{text}" if in_folder else text

        storage = make_url(service["environment"]["TUNER_STORAGE"])
        storage = storage.set(host=self.server.host, port=self.server.port)
        environment = {key: outside(value) for key, value in service["environment"].items()}
        ports = {"8080": "0"}  # whichever is free here
        (entrypoint,) = yaml.safe_load(instructions("ENTRYPOINT")[0][0])
        return subprocess.Popen(
            [Path(sys.executable).with_name(entrypoint), *(outside(ports.get(w, w)) for w in service["command"])],
            env={
                "PATH": os.environ["PATH"],
                "HOME": str(self.folder / "home"),
                **environment,
                "TUNER_STORAGE": storage.render_as_string(hide_password=False),
            },
            cwd=self.folder / "cwd",
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, name: str) -> str:
        """Run a service to its end, and give what it printed."""
        with self.start(name) as process:
            try:
                out, err = process.communicate(timeout=PATIENCE_S)
            finally:
                process.kill()
        assert process.returncode == 0, f"{name}: {out}{err}"
        return out + err


@pytest.fixture(scope="module")
def server(postgres_server: PostgresServer) -> Iterator[PostgresServer]:
    """A server as the image leaves it, beside the one that tells whether there can be any.

    It has the superuser, and what the script makes that is mounted for it.
    """
    service = interpolated(SERVICES["postgres"], PASSWORDS)
    (script,) = (volume.split(":")[0] for volume in service["volumes"] if "docker-entrypoint-initdb.d" in volume)
    assert os.access(ROOT / script, os.X_OK), "it would be read into the image's own script"
    with throwaway_server(user=service["environment"]["POSTGRES_USER"], fsync=False) as server:
        address = {"PGHOST": server.host, "PGPORT": str(server.port), "PGPASSWORD": server.password}
        environment = {"PATH": os.environ["PATH"], **service["environment"], **address}
        subprocess.run([ROOT / script], env=environment, check=True)
        yield server


@pytest.fixture
def stack(tmp_path: Path, server: PostgresServer) -> Stack:
    (tmp_path / "studies").mkdir()
    (tmp_path / "studies" / "tiny.toml").write_text(TINY)
    return Stack(tmp_path, server)


@pytest.mark.slow
def test_the_role_of_the_services_may_use_its_database_and_nothing_else(server: PostgresServer) -> None:
    with server.connect("tuner") as connection:
        rights = "SELECT rolsuper, rolcreatedb, rolcreaterole, rolreplication, rolbypassrls FROM pg_roles"
        assert connection.execute(f"{rights} WHERE rolname = 'tuner'").fetchall() == [(False,) * 5]
        assert connection.execute("SELECT pg_has_role('tuner', 'pg_execute_server_program', 'USAGE')").fetchone() == (
            False,
        )
    own = replace(server, user="tuner", password=PASSWORDS["TUNER_DATABASE_PASSWORD"])
    with own.connect("tuner") as connection:
        connection.execute("CREATE TABLE mine (x int)")
        connection.execute("DROP TABLE mine")
        for forbidden in ("COPY (SELECT 1) TO PROGRAM 'true'", "CREATE ROLE other", "CREATE DATABASE other"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(forbidden)
    with pytest.raises(psycopg.OperationalError, match="password"):
        replace(own, password=PASSWORDS["POSTGRES_PASSWORD"]).connect("tuner")


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_the_services_do_the_whole_work(stack: Stack) -> None:
    for _ in range(2):  # the second `up` finds everything there
        stack.run("prepare")
        stack.run("create")
    assert "all done" in stack.run("worker")
    assert "predictions.csv" in stack.run("finalize")
    best = stack.folder / "runs" / "tiny" / "best"
    assert (best / "predictions.csv").read_text()
    assert list((best / "model").glob("*.safetensors"))
    written = {path.name: sorted(child.name for child in path.iterdir()) for path in stack.folder.iterdir()}
    assert (written["data"], written["studies"], written["cwd"]) == ([], ["tiny.toml"], []), "only /runs may be written"
    open_to_others = [path for path in (stack.folder / "runs").rglob("*") if path.stat().st_mode & 0o077]
    assert open_to_others == []


@pytest.mark.slow
def test_the_dashboard_answers_and_ends_at_the_first_signal(stack: Stack) -> None:
    with stack.start("dashboard") as process:
        try:
            assert process.stderr is not None
            shown = (re.search(r"http://0\.0\.0\.0:(\d+)/", line) for line in process.stderr)
            port = next((match[1] for match in shown if match), None)
            assert port is not None, "it ended before it served"
            direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
            with direct.open(f"http://127.0.0.1:{port}/", timeout=PATIENCE_S) as answer:
                assert answer.status == 200
            process.terminate()
            assert process.wait(PATIENCE_S) == -signal.SIGTERM
        finally:
            process.kill()
