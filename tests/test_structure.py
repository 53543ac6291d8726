"""The arrows between the packages, read from the imports."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("data_pipeline", "models", "tuner")
MAY_IMPORT = {"data_pipeline": set(), "models": {"data_pipeline"}, "tuner": {"data_pipeline", "models"}}
TUNER_ONLY = {"optuna", "optuna_dashboard", "sqlalchemy", "psycopg"}
TORCH_IN_DATA = {"resident.py", "batches.py", "notebook.py"}
TORCH_WHEN_CALLED = {"front_end.py", "signal.py", "spectrogram.py", "features.py"}
"""Front ends, which are imported without torch and load it for a batch on a device."""


def _imports(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            names.add(node.module or "")
    return names


@pytest.mark.parametrize("package", PACKAGES)
def test_arrows_point_one_way(package: str) -> None:
    for path in (ROOT / package).rglob("*.py"):
        roots = {name.split(".")[0] for name in _imports(path)}
        assert roots & set(PACKAGES) <= {package} | MAY_IMPORT[package], path
        if package != "tuner":
            assert not roots & TUNER_ONLY, path
        is_front_end = path.parent.name == "front_ends" and path.name in TORCH_WHEN_CALLED
        if package == "data_pipeline" and path.name not in TORCH_IN_DATA and not is_front_end:
            assert "torch" not in roots, path
        if package == "models":
            used = {name for name in _imports(path) if name.startswith("data_pipeline")}
            assert used <= {"data_pipeline.compilation", "data_pipeline.front_ends"}, path


@pytest.mark.parametrize("command", [["--help"], ["status", "--help"], ["data", "--help"]])
def test_help_loads_nothing_heavy(command: list[str]) -> None:
    program = (
        "import sys\nsys.argv = ['tuner'] + " + repr(command) + "\nfrom tuner.cli import main\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "heavy = {'torch', 'pandas', 'optuna', 'sqlalchemy', 'matplotlib', 'sklearn', 'scipy'} & sys.modules.keys()\n"
        "sys.exit(f'loads {heavy}' if heavy else 0)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stderr


def test_status_loads_neither_torch_nor_pandas() -> None:
    program = (
        "import sys, tuner.commands.studies, tuner.study.status, tuner.screen.terminal\n"
        "sys.exit(bool({'torch', 'pandas'} & sys.modules.keys()))"
    )
    assert subprocess.run([sys.executable, "-c", program], cwd=ROOT).returncode == 0


def test_front_ends_load_no_torch() -> None:
    program = "import sys, data_pipeline.front_ends, data_pipeline.views\nsys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], cwd=ROOT).returncode == 0
