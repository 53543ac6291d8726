"""Architectures of a person's own go the whole way: the page's example in a file, and one in an installed package."""

import json
import re
import shutil
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from tuner_command import Tuner

from data_pipeline import Cache
from tuner.storage import open_storage
from tuner.study.record import load_study
from tuner.study.status import read_status

PAGE = (Path(__file__).parents[1] / "docs" / "architectures.md").read_text()
EXAMPLE = re.findall(r"```python\n(.*?)```", PAGE, flags=re.S)[0]

STUDY = """
[study]
name = "mine"
trials = 8
folds = 1

[search]
architectures = ["my_net"]
{modules}
sampler = {{ kind = "random" }}
pruner = {{ kind = "asha", min_percent = 25, reduction = 4 }}

[space]
"train.epochs" = 4
"train.batch_size" = 16
"my_net.rate" = 75
"my_net.width" = 8
"""

pytestmark = pytest.mark.slow


@pytest.fixture
def example(tmp_path: Path, sqlite_url: str) -> Tuner:
    """A folder with the page's example and a study of it."""
    folder = tmp_path / "author"
    folder.mkdir()
    (folder / "my_net.py").write_text(EXAMPLE)
    (folder / "mine.toml").write_text(STUDY.format(modules='modules = ["my_net.py"]'))
    return Tuner(folder, sqlite_url)


def elsewhere(author: Tuner, name: str) -> Tuner:
    """Another machine's share: a folder and a home of its own, the same database, none of the author's files."""
    folder = author.folder.parent / name
    folder.mkdir()
    return replace(author, folder=folder)


def test_the_example_is_short_and_passes_every_check(example: Tuner) -> None:
    from models.checks import CHECKS

    assert len(EXAMPLE.splitlines()) <= 60
    proved = example.succeed("models", "--check", "my_net.py").splitlines()
    assert [line.removeprefix("my_net: ") for line in proved[1:]] == list(CHECKS)


def test_a_failed_check_names_the_line(example: Tuner) -> None:
    broken = EXAMPLE.replace("        steps = inputs[:, None]\n", "        steps = inputs[:, None] / nothing\n")
    assert broken != EXAMPLE
    (example.folder / "my_net.py").write_text(broken)
    number = next(i for i, line in enumerate(broken.splitlines(), start=1) if "nothing" in line)
    message = example.fail("models", "--check", "my_net.py")
    assert "do not go together" in example.run("models", "--check", "my_net.py", "--json").stderr
    assert f"a batch gives logits: my_net.py line {number}: NameError: name 'nothing' is not defined" in message
    (example.folder / "my_net.py").write_text(EXAMPLE.replace("* real[:, None].to(steps.device)", ""))
    assert "not proved: padding changes no score" in example.fail("models", "--check", "my_net.py")


def test_a_taken_name_is_told_before_anything_is_proved(example: Tuner) -> None:
    (example.folder / "my_net.py").write_text(EXAMPLE.replace('"my_net"', '"resnet1d"'))
    message = example.fail("models", "--check", "my_net.py")
    assert re.search(r"'resnet1d' of my_net.py \(\w{12}\) has the name of one of this service: rename it", message)


def test_what_is_read_before_it_is_trusted_hides_nothing(example: Tuner, cache: Cache) -> None:
    (example.folder / "my_net.py").write_text(EXAMPLE + "# \x1b[2K \u202e\n")
    example.succeed("create", "mine.toml", "--data", cache.path)
    assert r"# \x1b[2K \u202e" in example.succeed("models", "--of", "mine")
    assert "\x1b[2K \u202e" in example.json("models", "--of", "mine")[0]["text"]


def test_faults_of_a_person_s_code_are_one_line_each(example: Tuner, cache: Cache) -> None:
    text = EXAMPLE.replace("front_end=lambda config: Signal(config.rate)", "front_end=lambda config: 1 / 0")
    (example.folder / "my_net.py").write_text(text)
    message = example.fail("create", "mine.toml", "--data", cache.path)
    assert re.search(r"my_net.py line \d+: ZeroDivisionError: division by zero", message)
    (example.folder / "my_net.py").write_text("import nothing_like_it\n")
    assert "my_net.py line 1: ModuleNotFoundError" in example.fail("create", "mine.toml", "--data", cache.path)
    text = EXAMPLE.replace("        steps = inputs[:, None]\n", "        steps = inputs[:, None] / nothing\n")
    (example.folder / "my_net.py").write_text(text)
    example.succeed("create", "mine.toml", "--data", cache.path)
    example.succeed("work", "mine", "--trials", 1, "--trust-code")
    storage = open_storage(example.storage)
    (trial,) = read_status(storage, load_study(storage, "mine")).trials
    storage.close()
    assert re.fullmatch(r"my_net.py line \d+: NameError: name 'nothing' is not defined", trial.reason or "")


BROKEN_FRONT_END = """@dataclass(frozen=True)
class Broken(Signal):
    def of(self, counts, scale, rate):
        return 1 / 0


"""
DEMANDING_CONFIG = """    kernel: int = 7

    def __post_init__(self):
        if (self.layers, self.width) == (4, 8):  # the first trial's, and neither the default nor at the ranges' ends
            1 / 0
"""


@pytest.mark.parametrize("place", ["front end", "config"])
def test_faults_outside_the_network_fail_the_trial_and_not_the_worker(example: Tuner, cache: Cache, place: str) -> None:
    if place == "front end":
        text = EXAMPLE.replace("ARCHITECTURE =", f"{BROKEN_FRONT_END}ARCHITECTURE =")
        text = text.replace("Signal(config.rate)", "Broken(config.rate)")
    else:
        text = EXAMPLE.replace("    kernel: int = 7\n", DEMANDING_CONFIG)
    (example.folder / "my_net.py").write_text(text)
    example.succeed("create", "mine.toml", "--data", cache.path)
    example.succeed("work", "mine", "--trials", 1, "--trust-code")
    storage = open_storage(example.storage)
    (trial,) = read_status(storage, load_study(storage, "mine")).trials
    storage.close()
    assert re.fullmatch(r"my_net.py line \d+: ZeroDivisionError: division by zero", trial.reason or "")


def test_a_damaged_file_of_a_study_hides_no_other_study(example: Tuner, cache: Cache) -> None:
    for name in ("mine", "yours"):
        (example.folder / "mine.toml").write_text(STUDY.format(modules='modules = ["my_net.py"]').replace("mine", name))
        example.succeed("create", "mine.toml", "--data", cache.path)
    storage = open_storage(example.storage)
    study_id = storage.optuna.get_study_id_from_name("mine")
    spec = storage.optuna.get_study_user_attrs(study_id)["spec"]
    spec["search"]["modules"][0]["name"] = "\x1b[2K.py"
    storage.optuna.set_study_user_attr(study_id, "spec", spec)
    storage.close()
    assert [study["study"] for study in example.json("list")] == ["yours"]
    assert "study mine" in example.fail("models", "--of", "mine")
    example.succeed("delete", "mine", "--yes")


@pytest.mark.timeout(600)
def test_the_example_is_searched_elsewhere_and_taken_home(example: Tuner, storage_url: str, cache: Cache) -> None:
    example = replace(example, storage=storage_url)
    example.succeed("create", "mine.toml", "--data", cache.path)
    (example.folder / "my_net.py").unlink()
    here, there = elsewhere(example, "here"), elsewhere(example, "there")
    refusal = here.fail("work", "mine")
    assert re.search(r"carries my_net.py \(\w{12}\).*your rights.*models --of mine.*--trust-code", refusal)
    assert here.json("models", "--of", "mine")[0]["text"] == EXAMPLE
    for command in (("status", "mine"), ("compare", "mine"), ("list",)):
        here.succeed(*command)
    _work_side_by_side(here, there)
    states = _states(example)
    assert states["FAIL"] == 0 and states["COMPLETE"] and states["PRUNED"] and sum(states.values()) == 8
    assert "carries my_net.py" in there.fail("finalize", "mine", "--budget", "5s")
    there.succeed("finalize", "mine", "--budget", "5s", "--trust-code")
    _is_taken_home(there, example, cache)
    kept = sorted((here.folder / "runs").rglob("trials/*.safetensors"))
    number = kept[0].stem
    assert "carries my_net.py" in here.fail("export", "mine", "--trial", number, "--out", "exported")
    here.succeed("export", "mine", "--trial", number, "--out", "exported", "--trust-code")
    assert (here.folder / "exported" / "my_net.py").read_text() == EXAMPLE
    assert "carries my_net.py" in there.fail("evaluate", "runs/mine/best/model", "--unseal")
    there.succeed("evaluate", "runs/mine/best/model", "--unseal", "--trust-code")
    here.succeed("best", "mine")
    here.succeed("delete", "mine", "--yes")


def _work_side_by_side(here: Tuner, there: Tuner) -> None:
    """Let two machines work at once, one told by an option, the other by its environment."""
    one = here.start("work", "mine", "--trust-code")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TUNER_TRUST_CODE", "1")
        other = there.start("work", "mine")
    for process in (one, other):
        _, said = process.communicate(timeout=300)
        assert process.returncode == 0, said
    for tuner in (here, there):
        logs = "".join(path.read_text() for path in (tuner.folder / "runs").rglob("logs/*.log"))
        assert "my_net, attempt" in logs


def _states(tuner: Tuner) -> Counter[str]:
    storage = open_storage(tuner.storage)
    try:
        return Counter(trial.state.name for trial in read_status(storage, load_study(storage, "mine")).trials)
    finally:
        storage.close()


def _is_taken_home(there: Tuner, example: Tuner, cache: Cache) -> None:
    """The bundle predicts on a machine that has nothing else, if its code is trusted there."""
    home = elsewhere(example, "home")
    shutil.copytree(there.folder / "runs" / "mine" / "best" / "model", home.folder / "model")
    about = json.loads((home.folder / "model" / "bundle.json").read_text())
    assert about["modules"] == [{"file": "my_net.py", "sha256": about["versions"]["my_net.py"]}]
    assert "carries my_net.py" in home.fail("predict", "model", cache.path)
    home.succeed("predict", "model", cache.path, "--trust-code")
    lines = (home.folder / "predictions.csv").read_text().splitlines()
    assert len(lines) == len(cache.test)


@pytest.mark.timeout(600)
def test_run_trusts_the_file_that_it_is_given_and_no_other(example: Tuner, cache: Cache) -> None:
    arguments = ("run", "mine.toml", "--data", cache.path, "--trials", 2, "--budget", "5s")
    example.succeed(*arguments)
    (example.folder / "my_net.py").write_text(EXAMPLE + "# another version\n")
    assert "was created without my_net.py" in example.fail(*arguments)


@pytest.mark.timeout(600)
def test_an_installed_package_is_searched_like_one_of_ours(
    tmp_path: Path, sqlite_url: str, cache: Cache, monkeypatch: pytest.MonkeyPatch
) -> None:
    packages = tmp_path / "packages"
    packages.mkdir()
    (packages / "tiny_net.py").write_text(EXAMPLE)
    info = packages / "tiny_net-1.2.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: tiny-net\nVersion: 1.2\n")
    (info / "entry_points.txt").write_text("[ecg_tuner.architectures]\nmy_net = tiny_net:ARCHITECTURE\n")
    folder = tmp_path / "work"
    folder.mkdir()
    (folder / "mine.toml").write_text(STUDY.format(modules=""))
    tuner = Tuner(folder, sqlite_url, python_path=packages)
    tuner.succeed("create", "mine.toml", "--data", cache.path)
    tuner.succeed("work", "mine", "--workers", 2, "--trials", 3)
    tuner.succeed("finalize", "mine", "--budget", "5s")
    assert tuner.json("best", "mine")["provenance"]["versions"]["tiny-net"] == "1.2"
    tuner.succeed("predict", "runs/mine/best/model", cache.path)
    without = replace(tuner, python_path=None)
    asked = without.json("status", "mine")["asked"]
    assert "unknown architecture 'my_net'" in without.fail("work", "mine", "--trials", "+1")
    assert without.json("status", "mine")["asked"] == asked
    assert "needs my_net: install tiny-net 1.2" in without.fail("predict", "runs/mine/best/model", cache.path)
    without.succeed("status", "mine")
