"""The README's commands, run as they stand."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()


def _console_commands() -> list[str]:
    blocks = re.findall(r"```console\n(.*?)```", README, flags=re.S)
    return [line.removeprefix("$ ") for block in blocks for line in block.splitlines() if line.startswith("$ ")]


def test_the_readme_is_short() -> None:
    assert len(README.splitlines()) <= 150


def test_every_local_link_leads_somewhere() -> None:
    links = re.findall(r"\]\((?!http)([^)#]+)", README)
    assert links and all((ROOT / link).exists() for link in links)


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
            command, shell=True, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=280
        )
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    for name in ("cache.png", "best/predictions.csv", "best/model/bundle.json", "predictions.csv"):
        assert (tmp_path / name).stat().st_size > 0
