"""A file of architectures: what is read, what is run, and what is refused in one line."""

import dataclasses
import hashlib
import pickle
import re
import subprocess
import sys
from pathlib import Path

import pytest

from models import BadArchitecture, get_architecture
from models.module_files import MOST_BYTES, ModuleFile, fault_in_module, files_of, load_module, read_module, run_module

TEXT = """from __future__ import annotations
from dataclasses import dataclass
from typing import ClassVar
from data_pipeline.front_ends import Signal
from models import Architecture

@dataclass(frozen=True)
class Config:
    rate: int = 100
    kind: ClassVar[str] = "not a setting"

def build(config, n_classes):
    raise KeyError("no such thing")

ARCHITECTURE = Architecture(NAME, Config, {"rate": 100}, build, lambda config: Signal(config.rate))
"""


def file_of(text: str, name: str = "my_net.py") -> ModuleFile:
    return ModuleFile(name, hashlib.sha256(text.encode()).hexdigest(), text)


def named(name: str) -> str:
    return TEXT.replace("NAME", repr(name))


def refusal(file: ModuleFile) -> str:
    before = set(sys.modules)
    with pytest.raises(BadArchitecture) as refused:
        load_module(file)
    assert "\n" not in str(refused.value)
    assert {name for name in set(sys.modules) - before if name.startswith("my_net")} <= {file.module}
    return str(refused.value)


def test_a_file_is_read_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "my_net.py").write_bytes("# ö\r\n".encode())
    file = read_module(tmp_path / "my_net.py")
    assert (file.name, file.text) == ("my_net.py", "# ö\r\n")
    assert file.sha256 == hashlib.sha256((tmp_path / "my_net.py").read_bytes()).hexdigest()
    assert file.module == f"my_net_{file.sha256[:12]}"


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        ("my-net.py", b"", "letters, digits and _"),
        ("my_net.txt", b"", "letters, digits and _"),
        ("my_net.py", b"# \xff", "byte 3 is not UTF-8"),
        ("my_net.py", b"#" * (MOST_BYTES + 1), "keep data out of it"),
        ("my_net.py", None, "No such file"),
    ],
)
def test_what_is_no_such_file_is_refused(tmp_path: Path, name: str, content: bytes | None, problem: str) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(BadArchitecture, match=problem):
        read_module(tmp_path / name)


def test_its_architectures_are_there_by_name() -> None:
    file = file_of(named("loaded_net"))
    (architecture,) = load_module(file)
    assert get_architecture("loaded_net") is architecture
    assert load_module(file) == (architecture,)
    assert files_of(["resnet1d", "loaded_net"]) == (file,)
    assert files_of(["resnet1d"]) == ()


def test_its_classes_can_be_found_by_their_names() -> None:
    (architecture,) = load_module(file_of(named("pickled_net")))
    config = architecture.config(rate=75)
    assert pickle.loads(pickle.dumps(config)) == config
    assert [field.name for field in dataclasses.fields(architecture.config)] == ["rate"]


def test_a_byte_order_mark_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "marked.py").write_bytes(b"\xef\xbb\xbf" + named("marked_net").encode())
    (architecture,) = load_module(read_module(tmp_path / "marked.py"))
    assert architecture.name == "marked_net"
    (tmp_path / "marked.py").write_bytes(b"\xef\xbb\xbfARCHITECTURE = 3\n")
    assert "marked.py line 1: a int is no" in refusal(read_module(tmp_path / "marked.py"))


def test_what_is_only_run_is_not_known_by_its_name() -> None:
    file = file_of(named("resnet1d"))
    (architecture,) = run_module(file)
    assert get_architecture("resnet1d") is not architecture
    assert files_of(["resnet1d"]) == ()
    with pytest.raises(KeyError) as raised:
        architecture.build(architecture.config(), 3)
    assert fault_in_module(raised.value) == "my_net.py line 13: KeyError: 'no such thing'"


def test_two_versions_of_a_file_are_two_modules() -> None:
    modules = {load_module(file_of(named(name)))[0].config.__module__ for name in ("old_net", "new_net")}
    assert len(modules) == 2 and modules <= sys.modules.keys()


def test_a_name_is_given_once() -> None:
    load_module(file_of(named("taken_net")))
    other = file_of(named("taken_net") + "# another version\n")
    assert re.search(
        r"'taken_net' of my_net.py \(\w{12}\) has the name of one of my_net.py.*start a new process", refusal(other)
    )
    assert "has the name of one of this service" in refusal(file_of(named("resnet1d")))
    assert other.module not in sys.modules or get_architecture("taken_net")


def test_an_error_of_its_code_names_the_line() -> None:
    assert refusal(file_of("import dataclasses\n\nrate = 1 / 0\n")) == (
        "my_net.py line 3: ZeroDivisionError: division by zero"
    )
    assert "my_net.py line 2: SyntaxError" in refusal(file_of("a = 1\nb = = 2\n"))
    assert "my_net.py line 1: ModuleNotFoundError: No module named 'nothing_like_it'" in refusal(
        file_of("import nothing_like_it\n")
    )
    assert "line 1: SystemExit: 3" in refusal(file_of("raise SystemExit(3)\n"))
    assert "no ARCHITECTURE" in refusal(file_of("a = 1\n"))
    assert re.match(r"my_net.py line \d+: a int is no models.Architecture", refusal(file_of("ARCHITECTURE = 3\n")))
    assert "my_net.py line 15: wrong: ranges names 'rat'" in refusal(file_of(named("wrong").replace('"rate"', '"rat"')))
    assert "two architectures have the same name" in refusal(
        file_of(named("twin") + "ARCHITECTURES = [ARCHITECTURE, ARCHITECTURE]\n")
    )


def test_an_error_while_it_is_used_names_the_line() -> None:
    (architecture,) = load_module(file_of(named("failing_net")))
    with pytest.raises(KeyError) as raised:
        architecture.build(architecture.config(), 3)
    assert fault_in_module(raised.value) == "my_net.py line 13: KeyError: 'no such thing'"
    with pytest.raises(ZeroDivisionError) as ours:
        _ = 1 / 0
    assert fault_in_module(ours.value) is None


def test_a_changed_text_is_not_run(tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    file = dataclasses.replace(file_of(named("changed_net")), text=f"open({str(trace)!r}, 'w')\n")
    assert "was changed since it was stored" in refusal(file)
    assert "was changed since it was stored" in refusal(file_of(named("away_net"), name="../away.py"))
    assert not trace.exists()


def test_reading_loads_no_torch() -> None:
    code = "import sys, models.module_files; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
