"""The walks of docs/own_data.md, typed as they stand; only the searches are shorter."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

PAGE = (Path(__file__).parents[1] / "docs" / "own_data.md").read_text()
WALKS = dict(re.findall(r"^### (.+?)\n(.*?)(?=^##|\Z)", PAGE.partition("## Five walks")[2], flags=re.M | re.S))
SHORTER = [(r"tuner run .*", r"\g<0> --workers 1 --trials 1 --budget 1s"), (r'("train.epochs" =) \d+', r"\1 1")]


def test_there_are_five() -> None:
    assert len(WALKS) == 5


@pytest.mark.slow
@pytest.mark.parametrize("walk", WALKS)
def test_a_walk_ends_with_a_report(tmp_path: Path, walk: str) -> None:
    text = WALKS[walk]
    for pattern, replacement in SHORTER:
        text = re.sub(pattern, replacement, text)
    for name, content in re.findall(r"```(?:python|toml)\n# (\S+)\n(.*?)```", text, flags=re.S):
        (tmp_path / name).write_text(content)
    (console,) = re.findall(r"```console\n(.*?)```", text, flags=re.S)
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    environment |= {"TUNER_STORAGE": "sqlite:///tuner.db", "TUNER_HOME": "runs"}
    shown = ""
    for line in console.splitlines():
        if not line.startswith("$ "):
            assert line in shown, f"the page shows what is not printed any more: {line}"
            continue
        done = subprocess.run(
            line[2:], shell=True, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=600
        )
        shown = done.stdout
        assert done.returncode == 0, f"{line}\n{done.stdout}\n{done.stderr}"
        assert "…" not in done.stdout, f"a table is cut:\n{done.stdout}"
    (best,) = (tmp_path / "runs").glob("*/best")
    assert "## Scores" in (best / "model" / "README.md").read_text()
