"""Study files that are no such thing: each is read, or refused in one line, and at once."""

import os
import random
import re
import time
from pathlib import Path

import pytest

from models.errors import ModelError
from tuner.errors import SpecError
from tuner.study.spec import MOST_BYTES, read_spec

VALID = """
[study]
name = "small"
metric = "kappa"
metric_classes = ["N", "A"]
trials = 7
timeout = "1h30m"
max_failures = 3
validation = 0.25
seed = 5

[search]
architectures = ["stft_crnn", "resnet1d"]
sampler = { kind = "tpe", startup_trials = 4 }
pruner = { kind = "asha", min_percent = 25, reduction = 4 }

[space]
"train.lr" = { low = 1e-4, high = 1e-2, log = true }
"train.batch_size" = { choices = [16, 32] }
"train.epochs" = 5
"resnet1d.width" = { low = 8, high = 64, step = 8 }
"stft_crnn.hop" = 64
"""

TOKENS = [
    *("0", "-1", "1.5", "nan", "-inf", "1e400", "9" * 30, "9" * 5000, "0x10", "1_0", "true", '""', "[]", "{}", "[[1]]"),
    *(
        '"\\u0000"',
        '"\\n\\u001b[31m"',
        "'''\n'''",
        "2020-01-01",
        "low",
        "high",
        "step",
        "choices",
        "log",
        "name",
        "a.b",
    ),
    *("=", ".", ",", "[", "]", "{", "}", '"', "\n", "#", "[study]", "[[space]]", '"train.lr"', "'resnet1d'", "modules"),
    *('["x.py"]', "{ low = 1, high = 2 }", "[" * 2000, "{a=" * 2000, "a." * 500 + "a", "\0", "\ufeff", "\u202e"),
]
SECONDS = 5.0
"""More than any of these takes on a busy machine."""


def outcome(path: Path) -> str:
    """Read a study file; return the line that refuses it, or nothing."""
    before = time.monotonic()
    try:
        read_spec(path)
        said = ""
    except (SpecError, ModelError) as error:
        said = str(error)
        assert said.isprintable(), "what is said is not one line of text"
    assert time.monotonic() - before < SECONDS, "it took too long"
    return said


def edited(old: str, new: str) -> bytes:
    assert old in VALID
    return VALID.replace(old, new).encode()


def test_the_file_that_is_spoilt_below_is_valid(tmp_path: Path) -> None:
    (tmp_path / "small.toml").write_text(VALID)
    assert outcome(tmp_path / "small.toml") == ""


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"\xef\xbb\xbf" + VALID.encode(), ""),
        (VALID.replace("\n", "\r\n").encode(), ""),
        (b"", "study: missing"),
        (b"a = " + b"[" * 20_000, "nested too deeply"),
        (b"a = " + b"{a=" * 10_000, "nested too deeply"),
        (b"a = " + b"[" * 100_000, "more than 32768 bytes"),
        (VALID.encode() + b"#" * MOST_BYTES, "more than 32768 bytes"),
        (b"study.name." + b"a." * 3000 + b"a = 1", "study.name = what is nested too deeply"),
        (b"\xff\xfe", "codec can't decode byte"),
        (edited("small", "\0"), "not a readable TOML file"),
        (edited("small", "\\u0000"), r"study.name = '\\x00'"),
        (edited("small", "\\u001b[31m"), r"study.name = '\\x1b\[31m'"),
        (edited("small", "small\\n"), r"study.name = 'small\\n'"),
        (edited("name =", '"na\\nme" ='), r"study.na\\nme: unknown key"),
        (edited('"1h30m"', f'"1{"0" * 26}h"'), "longer than ten years"),
        (edited('"1h30m"', f'"{"9" * 20_000}"'), "not a duration"),
        (edited('"1h30m"', "9" * 400), "longer than ten years|not a duration"),
        (edited('"1h30m"', "[1]"), "not a duration"),
        (edited('"1h30m"', "2020-01-01"), "not a duration"),
        (edited("startup_trials = 4", f"startup_trials = {10**20}"), "startup_trials = 1000"),
        (edited("max_failures = 3", f"max_failures = {10**20}"), "max_failures = 1000"),
        (edited("seed = 5", "seed = " + "9" * 5000), "not a readable TOML file: .*digits"),
        (edited("high = 64", f"high = {2**63}"), "resnet1d.width = .*too large"),
        (edited("[16, 32]", f"[16, {2**63}]"), "train.batch_size = .*too large"),
        (edited('epochs" = 5', f'epochs" = {10**400}'), "train.epochs = .*too large"),
        (edited("high = 1e-2", "high = " + "9" * 400), "train.lr = .*too large"),
        (edited("[search]", '[search]\nmodules = ["a\\u0000b/x.py"]'), "null"),
        (edited("[search]", '[search]\nmodules = ["."]'), "call a file of architectures by letters"),
        (edited('"resnet1d"]', '"\\n"]'), r"unknown architecture '\\n'"),
    ],
)
def test_odd_content_is_read_or_refused_in_one_line(tmp_path: Path, content: bytes, problem: str) -> None:
    path = tmp_path / "odd.toml"
    path.write_bytes(content)
    said = outcome(path)
    assert re.search(problem, said) if problem else not said, said


def test_what_is_no_file_is_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.toml")
    os.mkfifo(tmp_path / "pipe.py")
    with (tmp_path / "large.toml").open("wb") as stream:
        stream.truncate(2**30)
    (tmp_path / "loop.toml").symlink_to("loop.toml")
    (tmp_path / "pipe_of_code.toml").write_bytes(edited("[search]", '[search]\nmodules = ["pipe.py"]'))
    assert "no file" in outcome(tmp_path / "pipe.toml")
    assert "pipe.py: is no file" in outcome(tmp_path / "pipe_of_code.toml")
    assert "no file" in outcome(Path("/dev/zero"))
    assert "no file" in outcome(tmp_path)
    assert "more than 32768 bytes" in outcome(tmp_path / "large.toml")
    assert "cannot be read" in outcome(tmp_path / "loop.toml")
    assert "cannot be read" in outcome(tmp_path / ("x" * 300))


def mutated(rng: random.Random) -> bytes:
    """Spoil the valid file in one or two places, by bytes or by tokens."""
    content = VALID.encode()
    for _ in range(rng.randint(1, 2)):
        if rng.random() < 0.4:
            place, n = rng.randrange(len(content)), rng.choice((0, 1, 1, 8))
            content = content[:place] + rng.randbytes(rng.choice((0, 1, 3))) + content[place + n :]
        else:
            words = re.split(rb'(\s+|[=,\[\]{}"])', content)
            words[rng.randrange(len(words))] = rng.choice(TOKENS).encode()
            content = b"".join(words)
    return content


def test_spoilt_files_are_read_or_refused_in_one_line(tmp_path: Path) -> None:
    rng, path = random.Random(20), tmp_path / "spoilt.toml"
    said = []
    for _ in range(300):
        path.write_bytes(mutated(rng))
        said.append(outcome(path))
    assert 0 < said.count("") < 200, "too few of them are spoilt, or too many"
    assert len({re.sub(r"\d", "", line) for line in said}) > 30, "they are all refused for the same reasons"
