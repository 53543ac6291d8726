"""The arrows between the packages, read from the imports."""

import ast
import re
import subprocess
import sys
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("data_pipeline", "models", "tuner")
MAY_IMPORT = {"data_pipeline": set(), "models": {"data_pipeline"}, "tuner": {"data_pipeline", "models"}}
ROOMS = (
    *("errors", "statistics", "storage", "study", "training", "bundle"),
    *("screen", "front", "work", "final", "commands", "cli"),
)
"""The rooms of the tuner from the ground up: each imports downward only."""
DATA_ROOMS: dict[str, set[str]] = {
    **{"synthetic": set(), "readers": {"synthetic"}},
    **{"features": set(), "front_ends": {"features"}},
}
"""The rooms of the data pipeline, and which others each may import: what reads files knows nothing of features."""
TUNER_ONLY = {"optuna", "optuna_dashboard", "sqlalchemy", "psycopg"}
OPTUNA_PRIVATE = {
    *("_study_id", "_trial_id", "_thread_local", "_version_manager", "_cached_frozen_trial", "_directions"),
    *("_create_new_trial", "_get_prepared_new_trial", "_pop_waiting_trial_id", "_set_trial_param", "_get_trials"),
    *("_get_best_trial_id", "_get_stale_trial_ids", "_get_bracket_id", "_fill_storage_url_template"),
}
TORCH_IN_DATA = {"resident.py", "batches.py", "notebook.py"}
TORCH_WHEN_CALLED = {"front_end.py", "signal.py", "spectrogram.py", "beats.py", "features.py"}
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


def _room(module: str) -> str:
    return module.split(".")[1]


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_imports_downward_only(room: str) -> None:
    folder = ROOT / "tuner" / room
    for path in folder.rglob("*.py") if folder.is_dir() else [folder.with_suffix(".py")]:
        inside = {name for name in _imports(path) if name.startswith("tuner.")}
        above = {name for name in inside if ROOMS.index(_room(name)) > ROOMS.index(room)}
        assert not above, f"{path} imports {above}, which stand above it"


def test_every_module_of_the_tuner_has_a_room() -> None:
    beside = {"__init__", "notebook"}  # the notebook's functions stand alone: they know nothing of studies
    assert {path.stem for path in (ROOT / "tuner").iterdir() if not path.name.startswith("__pycache__")} == {
        *ROOMS,
        *beside,
    }
    assert not {name for name in _imports(ROOT / "tuner" / "notebook.py") if name.startswith("tuner")}


@pytest.mark.parametrize("room", DATA_ROOMS)
def test_a_room_of_the_data_pipeline_imports_one_way(room: str) -> None:
    for path in (ROOT / "data_pipeline" / room).rglob("*.py"):
        used = {_room(name) for name in _imports(path) if name.startswith("data_pipeline.")}
        assert used & DATA_ROOMS.keys() <= {room} | DATA_ROOMS[room], path


def test_every_folder_of_the_data_pipeline_is_a_room() -> None:
    folders = {path.parent.name for path in (ROOT / "data_pipeline").glob("*/*.py")}
    assert folders == DATA_ROOMS.keys()


def test_no_rooms_of_the_data_pipeline_import_each_other_in_a_circle() -> None:
    """Its modules outside rooms count as rooms of their own, so that a room stands above or below each of them."""
    graph: dict[str, set[str]] = {}
    for path in (ROOT / "data_pipeline").rglob("*.py"):
        room = path.relative_to(ROOT / "data_pipeline").with_suffix("").parts[0]
        if room != "__init__":
            used = {_room(name) for name in _imports(path) if name.startswith("data_pipeline.")}
            graph.setdefault(room, set()).update(used - {room})
    TopologicalSorter(graph).prepare()  # raises CycleError, which names the circle


@pytest.mark.parametrize("package", PACKAGES)
def test_no_modules_import_each_other_in_a_circle(package: str) -> None:
    modules = {
        ".".join(path.relative_to(ROOT).with_suffix("").parts): _imports(path)
        for path in (ROOT / package).rglob("*.py")
        if path.name != "__init__.py"  # it only hands on names, when they are asked for
    }
    graph = {name: {other for other in imported if other in modules} for name, imported in modules.items()}
    TopologicalSorter(graph).prepare()  # raises CycleError, which names the circle


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


def _inside_of_optuna(path: Path) -> list[str]:
    """Find imports of Optuna's private modules and names, and uses or definitions of its private names."""
    found = []
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "optuna":
            names = [*(node.module or "").split("."), *(alias.name for alias in node.names)]
            found += [name for name in names if name.startswith("_")]
        elif isinstance(node, ast.Import):
            found += [alias.name for alias in node.names if alias.name.startswith("optuna.") and "._" in alias.name]
        elif isinstance(node, ast.Attribute) and node.attr in OPTUNA_PRIVATE:
            found.append(node.attr)
        elif isinstance(node, ast.FunctionDef) and node.name in OPTUNA_PRIVATE:
            found.append(node.name)
    return found


def test_one_file_knows_the_inside_of_optuna() -> None:
    knowing = [
        path.relative_to(ROOT).as_posix()
        for package in (*PACKAGES, "benchmarks", "tools")
        for path in sorted((ROOT / package).rglob("*.py"))
        if _inside_of_optuna(path)
    ]
    assert knowing == ["tuner/storage/optuna.py"]


def test_what_is_printed_goes_through_one_place() -> None:
    """A terminal would obey text that others wrote; JSON, which `options.py` prints, escapes it by itself."""
    printing = [
        path.relative_to(ROOT / "tuner").as_posix()
        for path in sorted((ROOT / "tuner").rglob("*.py"))
        if re.search(r"click\.echo\(|sys\.std(out|err)\.write|basicConfig\(|(?<!\.)\bprint\(", path.read_text())
    ]
    assert printing == ["commands/options.py", "notebook.py", "screen/lines.py"]


def test_a_migration_does_not_know_the_tables_of_today() -> None:
    for path in (ROOT / "tuner" / "storage" / "migrations").glob("*.py"):
        today = {"tuner.storage.tables", "tuner.storage.optuna", "tuner.storage.storage", "tuner.storage"}
        assert not today & _imports(path), path
