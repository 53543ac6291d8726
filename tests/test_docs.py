"""The documentation: the README's commands, run as they stand, and what the pages say of files."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text()
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
FOLDERS = "tuner|models|data_pipeline|tests|docs|studies|benchmarks|tools"


def _console_commands() -> list[str]:
    blocks = re.findall(r"```console\n(.*?)```", README, flags=re.S)
    return [line.removeprefix("$ ") for block in blocks for line in block.splitlines() if line.startswith("$ ")]


def test_the_readme_is_short() -> None:
    assert len(README.splitlines()) <= 150


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_what_a_page_names_is_there(page: Path) -> None:
    text = page.read_text()
    links = [page.parent / link for link in re.findall(r"\]\((?!http)([^)#]+)", text)]
    files = [ROOT / path for path in re.findall(rf"`((?:{FOLDERS})/[\w/.]+)`", text)]
    assert not [path for path in links + files if not path.exists()]


@pytest.mark.parametrize(
    "room",
    ["data_pipeline/readers", *sorted(f"tuner/{path.parent.name}" for path in (ROOT / "tuner").glob("*/__init__.py"))],
)
def test_the_map_has_every_module_of_a_room(room: str) -> None:
    (lines,) = re.findall(rf"^{room}/.*\n(?: .*\n)*", CONTRIBUTING, flags=re.M)
    modules = {path.name for path in (ROOT / room).rglob("*.py")} - {"__init__.py"}
    assert set(re.findall(r"\w+\.py\b", lines)) == modules


def test_every_command_is_in_the_readme() -> None:
    listed = subprocess.run([sys.executable, "-m", "tuner.cli", "--help"], capture_output=True, text=True, cwd=ROOT)
    commands = re.findall(r"^  ([a-z]+)  ", listed.stdout, flags=re.M)
    assert len(commands) >= 15
    unmentioned = [name for name in commands if not re.search(rf"tuner [^`]*\b{name}\b", README)]
    assert set(unmentioned) <= {"export", "delete"}, unmentioned


@pytest.mark.slow
def test_the_readme_s_commands_run(tmp_path: Path) -> None:
    (tmp_path / "studies").symlink_to(ROOT / "studies")
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    environment |= {"TUNER_STORAGE": "sqlite:///tuner.db", "TUNER_HOME": "runs"}
    commands = _console_commands()
    assert len(commands) > 5
    for command in commands:
        done = subprocess.run(
            command, shell=True, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=600
        )
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    for name in ("cache.png", "best/predictions.csv", "best/model/bundle.json", "predictions.csv"):
        assert (tmp_path / name).stat().st_size > 0
