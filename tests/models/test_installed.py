"""Architectures of installed packages: found by name, loaded when asked for, and named where they are broken."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

MODULE = """from dataclasses import dataclass
from data_pipeline.front_ends import Signal
from models import Architecture

@dataclass(frozen=True)
class Config:
    rate: int = 100

ARCHITECTURE = Architecture("tiny", Config, {"rate": 100}, lambda config, n: None, lambda config: Signal(config.rate))
"""


def install(folder: Path, name: str, version: str, text: str, entry: str = "tiny") -> None:
    """Put a package into a folder as an installer does."""
    module = name.replace("-", "_")
    (folder / f"{module}.py").write_text(text)
    info = folder / f"{module}-{version}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    (info / "entry_points.txt").write_text(f"[ecg_tuner.architectures]\n{entry} = {module}:ARCHITECTURE\n")


def said(folder: Path, program: str) -> str:
    """Run a program that sees the packages of a folder, and return its only line."""
    path = os.pathsep.join([str(folder), *filter(None, [os.environ.get("PYTHONPATH")])])
    program = f"from models import ModelError\ntry:\n    {program}\nexcept ModelError as error:\n    print(error)"
    done = subprocess.run(
        [sys.executable, "-c", program], env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    (line,) = done.stdout.splitlines()
    return line


GET = "from models import get_architecture; print(get_architecture('tiny').config())"


def test_it_is_loaded_when_its_name_is_asked_for(tmp_path: Path) -> None:
    install(tmp_path, "tiny-nets", "1.2", MODULE)
    assert said(tmp_path, GET) == "Config(rate=100)"
    names = "from models.registry import known_names; import sys; print(known_names(), 'tiny_nets' in sys.modules)"
    assert said(tmp_path, names).endswith("'tiny') False")


def test_its_version_is_among_those_of_a_study(tmp_path: Path) -> None:
    install(tmp_path, "tiny-nets", "1.2", MODULE)
    program = (
        "from tuner.study.record import versions; from tuner.study.spec import StudySpec; "
        "spec = {'study': {'name': 's'}, 'search': {'architectures': ['tiny', 'resnet1d']}}; "
        "print(versions(StudySpec.model_validate(spec))['tiny-nets'])"
    )
    assert said(tmp_path, program) == "1.2"


def test_a_fault_of_its_code_names_the_place(tmp_path: Path) -> None:
    install(tmp_path, "tiny-nets", "1.2", MODULE.replace("lambda config, n: None", "lambda config, n: config.nothing"))
    program = (
        "from models import get_architecture\n    from models.module_files import fault_in_module\n    try:\n"
        "        tiny = get_architecture('tiny'); tiny.build(tiny.config(), 3)\n"
        "    except AttributeError as error:\n        print(fault_in_module(error))"
    )
    line = said(tmp_path, program)
    assert line == "tiny-nets 1.2, tiny_nets line 9: AttributeError: 'Config' object has no attribute 'nothing'"


def test_another_version_of_it_is_warned_of(tmp_path: Path) -> None:
    install(tmp_path, "tiny-nets", "1.2", MODULE)
    program = (
        "import logging, sys; logging.basicConfig(stream=sys.stdout, format='%(message)s'); "
        "from tuner.study.versions import check_versions, versions; from tuner.study.spec import StudySpec; "
        "spec = {'study': {'name': 's'}, 'search': {'architectures': ['tiny', 'resnet1d']}}; "
        "spec = StudySpec.model_validate(spec); here = versions(spec); check_versions(here, spec); "
        "check_versions({**here, 'tiny-nets': '1.1'}, spec)"
    )
    assert said(tmp_path, program).startswith("study s was created with tiny-nets 1.1, here is 1.2")


@pytest.mark.parametrize(
    ("text", "entry", "problem"),
    [
        ("import nothing_like_it\n", "tiny", "ModuleNotFoundError: No module named 'nothing_like_it'"),
        ("raise SystemExit(1)\n", "tiny", "SystemExit: 1"),
        ("a = 1\n", "tiny", "AttributeError: .*ARCHITECTURE"),
        ("ARCHITECTURE = 3\n", "tiny", "a int is no models.Architecture"),
        (MODULE.replace('{"rate": 100}', "{}"), "tiny", "ranges lacks rate"),
        (MODULE.replace('"tiny"', '"other"'), "tiny", "is called 'other', its entry point 'tiny'"),
    ],
)
def test_a_broken_one_is_named_with_its_distribution(tmp_path: Path, text: str, entry: str, problem: str) -> None:
    install(tmp_path, "tiny-nets", "1.2", text, entry)
    line = said(tmp_path, GET)
    assert "tiny-nets 1.2 (tiny_nets:ARCHITECTURE)" in line
    assert re.search(problem, line), line


def test_two_of_one_name_are_refused(tmp_path: Path) -> None:
    install(tmp_path, "tiny-nets", "1.2", MODULE)
    install(tmp_path, "small-nets", "3.4", MODULE)
    line = said(tmp_path, GET)
    assert "tiny-nets 1.2" in line and "small-nets 3.4" in line and "remove one" in line


def test_a_broken_one_does_not_keep_the_others_from_being_listed(tmp_path: Path) -> None:
    install(tmp_path, "tiny-nets", "1.2", "import nothing_like_it\n")
    path = os.pathsep.join([str(tmp_path), *filter(None, [os.environ.get("PYTHONPATH")])])
    done = subprocess.run(
        [sys.executable, "-m", "tuner.cli", "models"],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0 and "resnet1d.width" in done.stdout
    assert "tiny-nets 1.2" in done.stderr and "Traceback" not in done.stderr
