"""Files of architectures in a study: read beside the study file, stored with it, and run only where trusted."""

import hashlib
import os
from pathlib import Path

import pytest

from data_pipeline import Cache
from models import BadArchitecture
from models.module_files import ModuleFile
from tuner.errors import SpecError, StudyError, UntrustedCode
from tuner.storage import Storage, open_storage
from tuner.study.record import StudyData, StudyRecord, create_or_continue, create_study, load_study
from tuner.study.spec import StudySpec, read_spec
from tuner.study.trust import VARIABLE, load_code, load_trusted, trust_all, trust_only

STUDY = """
[study]
name = "{name}"
[search]
architectures = ["{name}"]
modules = {modules}
"""

MODULE = """from dataclasses import dataclass
from data_pipeline.front_ends import Signal
from models import Architecture

@dataclass(frozen=True)
class Config:
    rate: int = 100

ARCHITECTURE = Architecture("{name}", Config, {{"rate": 100}}, lambda config, n: None, lambda c: Signal(c.rate))
"""


@pytest.fixture(autouse=True)
def nobody_is_trusted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "")


@pytest.fixture
def storage(sqlite_url: str) -> Storage:
    return open_storage(sqlite_url, create=True)


def spec_of(folder: Path, name: str, *, text: str = "") -> StudySpec:
    (folder / "nets").mkdir(exist_ok=True)
    (folder / "nets" / f"{name}.py").write_text(MODULE.format(name=name) + text)
    (folder / "study.toml").write_text(STUDY.format(name=name, modules=[f"nets/{name}.py"]))
    return read_spec(folder / "study.toml")


def test_a_file_is_found_beside_the_study_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir("/")
    spec = spec_of(tmp_path, "beside")
    (file,) = spec.search.modules
    assert (file.name, file.text) == ("beside.py", MODULE.format(name="beside"))
    assert spec.model_dump(mode="json")["search"]["modules"] == [{"name": "beside.py", "sha256": file.sha256}]
    assert "beside.rate" in spec.full_space()


@pytest.mark.parametrize(
    ("modules", "error", "problem"),
    [
        (["away.py"], BadArchitecture, "away.py: cannot be read: No such file"),
        ([3], SpecError, "name a Python file"),
        ("[{ name = 'a.py', sha256 = '', text = '' }]", SpecError, "name a Python file"),
        ("'net.py'", SpecError, "modules"),
        (["net.py", "./net.py"], SpecError, "names two files alike"),
        (["broken.py"], BadArchitecture, "broken.py line 1: ZeroDivisionError"),
    ],
)
def test_what_is_no_file_of_architectures_is_refused(
    tmp_path: Path, modules: object, error: type[Exception], problem: str
) -> None:
    (tmp_path / "net.py").write_text(MODULE.format(name="net"))
    (tmp_path / "broken.py").write_text("1 / 0\n")
    (tmp_path / "study.toml").write_text(STUDY.format(name="net", modules=modules))
    with pytest.raises(error, match=problem) as refusal:
        read_spec(tmp_path / "study.toml")
    assert "\n" not in str(refusal.value)


def test_the_text_is_stored_with_the_study(tmp_path: Path, storage: Storage, cache: Cache) -> None:
    spec = spec_of(tmp_path, "stored")
    record = create_study(storage, spec, cache)
    (file,) = load_study(storage, "stored").spec.search.modules
    assert [file] == list(spec.search.modules)
    assert record.versions["stored.py"] == file.sha256
    attrs = storage.optuna.get_study_user_attrs(record.study_id)
    assert attrs["modules"] == [{"name": file.name, "sha256": file.sha256, "text": file.text}]


def test_the_code_of_a_living_study_does_not_change(tmp_path: Path, storage: Storage, cache: Cache) -> None:
    spec = spec_of(tmp_path, "living")
    record = create_study(storage, spec, cache)
    assert create_or_continue(storage, spec, cache) == record
    file = spec.search.modules[0]
    other = ModuleFile(file.name, "0" * 64, file.text + "# another\n")
    for files, problem in (((other,), "created without living.py"), ((), "other settings")):
        changed = spec.model_copy(update={"search": spec.search.model_copy(update={"modules": files})})
        with pytest.raises(StudyError, match=problem):
            create_or_continue(storage, changed, cache)


def test_studies_of_earlier_versions_carry_no_files(storage: Storage, cache: Cache) -> None:
    data = {"study": {"name": "old"}, "search": {"architectures": ["resnet1d"]}}
    record = create_study(storage, StudySpec.model_validate(data), cache)
    attrs = storage.optuna.get_study_user_attrs(record.study_id)
    spec = {**attrs["spec"], "search": {k: v for k, v in attrs["spec"]["search"].items() if k != "modules"}}
    storage.optuna.set_study_user_attr(record.study_id, "spec", spec)
    storage.optuna.set_study_user_attr(record.study_id, "modules", [])
    assert load_study(storage, "old").spec.search.modules == ()


@pytest.mark.parametrize(
    ("damage", "problem"),
    [
        ({"name": "\x1b[2Kx.py"}, "no name that a Python file can have"),
        ({"name": "../x.py"}, "no name that a Python file can have"),
        ({"name": "a" * 65 + ".py"}, "no name that a Python file can have"),
        ({"name": 3}, "no name that a Python file can have"),
        ({"sha256": "\x1b[2K"}, "damaged.py has no SHA-256 hash of 64 hex digits"),
        ({"sha256": None}, "damaged.py has no SHA-256 hash of 64 hex digits"),
    ],
)
def test_damaged_files_are_told_in_one_line(
    tmp_path: Path, storage: Storage, cache: Cache, damage: dict[str, object], problem: str
) -> None:
    record = create_study(storage, spec_of(tmp_path, "damaged"), cache)
    stored = storage.optuna.get_study_user_attrs(record.study_id)["spec"]
    stored["search"]["modules"][0] |= {"more": 1} | damage
    storage.optuna.set_study_user_attr(record.study_id, "spec", stored)
    with pytest.raises(StudyError, match=f"study damaged in .* is damaged: .*{problem}") as refusal:
        load_study(storage, "damaged")
    assert str(refusal.value).isprintable()


def test_stored_files_of_another_form_are_told_in_one_line(tmp_path: Path, storage: Storage, cache: Cache) -> None:
    record = create_study(storage, spec_of(tmp_path, "formless"), cache)
    for modules in (3, ["text"], [{"name": "formless.py"}], [{"name": [], "text": ""}]):
        storage.optuna.set_study_user_attr(record.study_id, "modules", modules)
        with pytest.raises(StudyError, match="study formless in .* is damaged"):
            load_study(storage, "formless")


DATA = StudyData("cache", "f" * 64, "s" * 64, ["N", "A"], 300.0, 1, 1, 1)


def carried(tmp_path: Path, name: str) -> tuple[StudyRecord, Path]:
    """A study's record, of a file that leaves a trace where it is run, and the place of the trace."""
    trace = tmp_path / "trace"
    spec = spec_of(tmp_path, name, text=f"open({str(trace)!r}, 'w').close()\n")
    trace.unlink()
    other = ModuleFile(*(getattr(spec.search.modules[0], part) for part in ("name", "sha256", "text")))
    search = spec.search.model_copy(update={"modules": (_renamed(other, name),)})
    return StudyRecord(1, "token", spec.model_copy(update={"search": search}), DATA, {}, []), trace


def _renamed(file: ModuleFile, name: str) -> ModuleFile:
    """The same text with another architecture, which this process has not loaded yet."""
    text = file.text.replace(f'"{name}"', f'"{name}_too"')
    return ModuleFile(file.name, hashlib.sha256(text.encode()).hexdigest(), text)


def test_nothing_runs_that_nobody_trusts(tmp_path: Path) -> None:
    record, trace = carried(tmp_path, "untrusted")
    told = r"carries untrusted.py \(\w{12}\).*your rights.*--of untrusted.*--trust-code"
    with pytest.raises(UntrustedCode, match=told):
        load_code(record)
    assert not trace.exists()
    trust_only([])
    with pytest.raises(UntrustedCode):
        load_code(record)
    assert not trace.exists()


@pytest.mark.parametrize("how", ["all", "only", "caller"])
def test_what_is_trusted_runs(tmp_path: Path, how: str) -> None:
    record, trace = carried(tmp_path, f"trusted_{how}")
    files = record.spec.search.modules
    if how == "caller":
        load_trusted(files, "it", "there", is_trusted=True)
    else:
        trust_all() if how == "all" else trust_only(files)
        load_code(record)
    assert trace.exists()
    assert os.environ[VARIABLE] == {"all": "1", "only": files[0].sha256, "caller": ""}[how]


def test_no_file_runs_before_all_are_known_to_be_unchanged(tmp_path: Path) -> None:
    record, trace = carried(tmp_path, "first")
    changed = ModuleFile("second.py", "0" * 64, MODULE.format(name="second"))
    trust_all()
    with pytest.raises(BadArchitecture, match="second.py .* was changed since it was stored"):
        load_trusted([*record.spec.search.modules, changed], "it", "there")
    assert not trace.exists()
