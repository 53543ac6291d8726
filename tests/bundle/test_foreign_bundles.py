"""A bundle that somebody else has made, with checksums that fit: it is loaded, or refused in one line."""

import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from small_bundle import NETWORK, TREES, recordings, retouch, write_small

from tuner.bundle import load_bundle
from tuner.bundle.files import MANIFEST, SUMS
from tuner.errors import BundleError
from tuner.training.tensors import load_tensors, pack_tensors

CPU = torch.device("cpu")
HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_small(tmp_path_factory.mktemp("small") / "model")


@pytest.fixture
def bundle(original: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(original, tmp_path / "model"))


def _refused(bundle: Path) -> str:
    with pytest.raises(BundleError) as caught:
        load_bundle(bundle, CPU)
    said = str(caught.value)
    assert "\n" not in said and len(said) < 1000 and str(bundle) in said
    return said


def _set(data: Any, where: str, value: Any) -> None:
    *parents, last = [int(part) if part.lstrip("-").isdecimal() else part for part in where.split("/")]
    for part in parents:
        data = data[part]
    if value is ...:
        del data[last]
    else:
        data[last] = value


def _change(bundle: Path, file: str, where: str, value: Any) -> Path:
    data = json.loads((bundle / file).read_text())
    _set(data, where, value)
    return retouch(bundle, file, json.dumps(data))


def test_the_bundle_itself_predicts(bundle: Path) -> None:
    said = load_bundle(bundle, CPU).predict(*recordings(), 300.0)
    assert said.shape == (3, 4) and np.allclose(said.sum(1), 1, atol=1e-5)


@pytest.mark.parametrize(
    ("where", "value", "said"),
    [
        ("unsure_below", "x", "unsure_below = 'x'"),
        ("unsure_below", 1.5, "unsure_below = 1.5"),
        ("unsure_below", float("nan"), "NaN is no number"),
        ("unsure_below", 10**30, "too large a number"),
        ("members", [], "members"),
        ("members/0/models", [], "members.0.models"),
        ("members/0/models", [NETWORK, NETWORK], "as many models"),
        ("members/0/models", [TREES], "a file of its own"),
        ("members/0/models", ["../x.safetensors"], "members.0.models.0"),
        ("members/0/models", ["other.safetensors"], "names other.safetensors, which has no checksum"),
        ("members/0/models", ["README.md"], "is no file of a model of crnn1d"),
        ("members/0/architecture", "resnet1d", "is of two architectures"),
        ("members/0/settings/architecture", "resnet1d", "is of two architectures"),
        ("members/0/settings/crnn1d/stages", 10**6, "stages = 1000000: must lie between 1 and 16"),
        ("members/0/settings/crnn1d/blocks", 10**9, "blocks = 1000000000: must lie between"),
        ("members/0/settings/crnn1d/width", 10**9, "width = 1000000000: must lie between"),
        ("members/0/settings/crnn1d/width", 4096, "is float32 .*, not float32 .*: it is of another model"),
        ("members/0/settings/crnn1d/width", "4", "width = '4': must be of type int"),
        ("members/0/settings/crnn1d/width", True, "width = True: must be of type int"),
        ("members/0/settings/crnn1d/rate", 10**9, "rate = 1000000000: must lie between"),
        ("members/0/settings/crnn1d/dropout", -1, "dropout = -1: must lie between"),
        ("members/0/settings/crnn1d/pooling", "x", "pooling = 'x': must be one of"),
        ("members/0/settings/crnn1d/later", 1, "unexpected keyword"),
        ("members/0/settings/crnn1d", 3, "not a readable bundle"),
        ("members/0/settings/train/gain", 1e9, "train.gain = "),
        ("members/0/settings/train/resample", "x", "train.resample = 'x'"),
        ("members/1/settings/feature_boosting/rounds", 1, "12 trees for 4 classes and up to 1 rounds"),
        ("members/1/settings/feature_boosting/depth", 10**9, "depth = 1000000000: must lie between"),
        ("class_names", [], "class_names"),
        ("class_names", ["N", "N", "O", "~"], "another name for each class"),
        ("class_names", ["N", "A", "O"], "one share for each class"),
        ("class_names", ["N" * 1000, "A", "O", "~"], "class_names.0"),
        ("class_names", [str(number) for number in range(2000)], "class_names"),
        ("rate", 0, "rate = 0"),
        ("rate", 1e300, "rate = 1e\\+300"),
        ("calibration/temperature", 0.0, "calibration = "),
        ("calibration/temperature", 1e-300, "temperature from 0.01 to 100"),
        ("calibration/prior_exponent", 1e300, "exponent of 10 at most"),
        ("calibration/prior", [1, 1, 1, 1], "a prior that sums to 1"),
        ("calibration/prior", [0.5, 0.5, 0.5, -0.5], "prior above 0"),
        ("blend/pool", [0.0, 0.0], "one above 0"),
        ("blend/pool", [1e300, 1.0], "100 or less"),
        ("blend/pool", [1.0, 1.0, 1.0], "one weight for each member"),
        ("openings", -1, "openings = -1"),
        ("format", 10**12, "this version knows bundle format 2"),
        ("members/0/settings/crnn1d", [[]] * 3, "not a readable bundle"),
    ],
)
def test_what_it_says_of_itself_is_bounded(bundle: Path, where: str, value: Any, said: str) -> None:
    with pytest.raises(BundleError, match=said):
        load_bundle(_change(bundle, MANIFEST, where, value), CPU)
    _refused(bundle)


def test_members_are_not_doubled_without_end(bundle: Path) -> None:
    members = json.loads((bundle / MANIFEST).read_text())["members"]
    assert "members" in _refused(_change(bundle, MANIFEST, "members", members * 5000))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"format": 2, "format": 2}', "'format' is there twice"),
        ('{"format": 1e999}', "too large a number"),
        ('{"format": Infinity}', "Infinity is no number"),
        ("[" * 100_000, "brackets|bundle.json"),
        ('{"a":' * 100_000 + "1" + "}" * 100_000, "brackets"),
        ("1" * 100_000, "too large a number"),
        ("\0", "bundle.json"),
        ("", "bundle.json"),
        ("\ud800".encode("utf-8", "surrogatepass"), "not a readable bundle"),
        (b"\xff\xfe", "not a readable bundle"),
    ],
)
def test_json_that_says_several_things_or_nothing(bundle: Path, text: str | bytes, said: str) -> None:
    with pytest.raises(BundleError, match=said):
        load_bundle(retouch(bundle, MANIFEST, text), CPU)
    _refused(bundle)


TREE = "learner/gradient_booster/model"


@pytest.mark.parametrize(
    ("where", "value"),
    [
        (f"{TREE}/tree_info", [10**6] * 12),
        (f"{TREE}/tree_info/3", 4),
        (f"{TREE}/tree_info/0", -1),
        (f"{TREE}/tree_info", [0] * 11),
        (f"{TREE}/iteration_indptr", [0, 4, 8, 10**9]),
        (f"{TREE}/iteration_indptr", []),
        (f"{TREE}/gbtree_model_param/num_trees", "1000000000"),
        (f"{TREE}/gbtree_model_param/num_trees", "-1"),
        (f"{TREE}/gbtree_model_param/num_parallel_tree", "100000"),
        (f"{TREE}/trees", []),
        (f"{TREE}/cats/enc", [{"values": [1]}]),
        (f"{TREE}/trees/0/left_children/0", 2**30),
        (f"{TREE}/trees/0/left_children/0", -2),
        (f"{TREE}/trees/0/left_children/0", 0),
        (f"{TREE}/trees/0/left_children/0", 2),
        (f"{TREE}/trees/0/right_children/0", 2**31 - 1),
        (f"{TREE}/trees/0/right_children/0", -1),
        (f"{TREE}/trees/0/right_children", []),
        (f"{TREE}/trees/0/parents/1", 1),
        (f"{TREE}/trees/0/parents/0", 0),
        (f"{TREE}/trees/0/split_indices/0", 2**31 - 1),
        (f"{TREE}/trees/0/split_indices/0", 258),
        (f"{TREE}/trees/0/split_indices/0", -1),
        (f"{TREE}/trees/0/split_conditions/0", float("nan")),
        (f"{TREE}/trees/0/split_conditions/0", 1e300),
        (f"{TREE}/trees/0/split_conditions", "x"),
        (f"{TREE}/trees/0/split_type/0", 1),
        (f"{TREE}/trees/0/default_left/0", 2),
        (f"{TREE}/trees/0/categories", [0]),
        (f"{TREE}/trees/0/categories_nodes", [2**31 - 1]),
        (f"{TREE}/trees/0/id", 7),
        (f"{TREE}/trees/0/tree_param/num_nodes", "1000000000"),
        (f"{TREE}/trees/0/tree_param/num_nodes", "0"),
        (f"{TREE}/trees/0/tree_param/num_deleted", "1"),
        (f"{TREE}/trees/0/tree_param/num_feature", "999999"),
        (f"{TREE}/trees/0/tree_param/size_leaf_vector", "1000000"),
        (f"{TREE}/trees/0/sum_hessian", [1.0]),
        (f"{TREE}/trees/0/base_weights", []),
        (f"{TREE}/trees/0/loss_changes", [None]),
        (f"{TREE}/trees/0/later", 1),
        ("learner/gradient_booster/name", "dart"),
        ("learner/gradient_booster/name", "gblinear"),
        ("learner/objective/name", "survival:aft"),
        ("learner/objective/name", "x"),
        ("learner/objective/softmax_multiclass_param/num_class", "5"),
        ("learner/learner_model_param/num_class", "1000000"),
        ("learner/learner_model_param/num_class", "0"),
        ("learner/learner_model_param/num_feature", "1"),
        ("learner/learner_model_param/num_target", "1000000"),
        ("learner/learner_model_param/base_score", "[1E0]"),
        ("learner/learner_model_param/base_score", "1E999"),
        ("learner/learner_model_param/base_score", "["),
        ("learner/attributes", {"best_iteration": "1000000"}),
        ("learner/feature_names", ["a"]),
        ("learner/feature_types", ["c"] * 250),
        ("learner", ...),
        ("version", [1, 0, 0]),
        ("version", []),
    ],
)
def test_trees_out_of_their_arrays_never_reach_their_library(bundle: Path, where: str, value: Any) -> None:
    assert "trees" in _refused(_change(bundle, TREES, where, value))


def test_trees_in_another_form_or_of_no_bytes_are_refused(bundle: Path) -> None:
    original = (bundle / TREES).read_bytes()
    assert "is empty" in _refused(retouch(bundle, TREES, b""))
    assert "trees" in _refused(retouch(bundle, TREES, b"{L\0\0\0\0\0\0\0\x01i\x07learner{}}"))  # binary JSON
    assert "trees" in _refused(retouch(bundle, TREES, original[:-1]))
    assert "trees" in _refused(retouch(bundle, TREES, b"[" * 10**6))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda weights: weights | {"head.bias": torch.full((4,), torch.nan)}, "head.bias has weights that are no"),
        (lambda weights: weights | {"head.bias": torch.full((4,), torch.inf)}, "head.bias has weights that are no"),
        (lambda weights: weights | {"head.bias": torch.zeros(5)}, "'head.bias' is float32 .5., not float32 .4."),
        (lambda weights: weights | {"head.bias": torch.zeros(4, dtype=torch.float64)}, "float64 .4., not float32"),
        (lambda weights: weights | {"later": torch.zeros(1)}, "'later' is float32 .1., not nothing"),
        (lambda weights: {"head.bias": torch.zeros(4)}, "is nothing, not"),
        (lambda weights: {}, "is nothing, not"),
    ],
)
def test_tensors_are_those_that_the_settings_ask_for(
    bundle: Path, change: Callable[[dict[str, torch.Tensor]], dict[str, torch.Tensor]], said: str
) -> None:
    weights, about = load_tensors(bundle / NETWORK)
    with pytest.raises(BundleError, match=said):
        load_bundle(retouch(bundle, NETWORK, pack_tensors(change(weights), about)), CPU)
    _refused(bundle)


@pytest.mark.parametrize("length", [2**63, 2**40, 10**8, 7])
def test_a_header_longer_than_its_file_is_refused(bundle: Path, length: int) -> None:
    content = (bundle / NETWORK).read_bytes()
    _refused(retouch(bundle, NETWORK, length.to_bytes(8, "little") + content[8:]))


def test_weights_so_large_that_nothing_comes_out_are_refused_when_they_predict(bundle: Path) -> None:
    weights, about = load_tensors(bundle / NETWORK)
    weights["head.weight"] = torch.full_like(weights["head.weight"], 3e38)
    loaded = load_bundle(retouch(bundle, NETWORK, pack_tensors(weights, about)), CPU)
    with pytest.raises(BundleError, match="no probabilities come out: its weights"):
        loaded.predict(*recordings(), 300.0)


def _pipe(path: Path) -> None:
    os.mkfifo(path)


def _zero(path: Path) -> None:
    path.symlink_to("/dev/zero")


def _link(path: Path) -> None:
    path.with_name("elsewhere").mkdir()
    target = path.with_name("elsewhere") / path.name
    target.write_bytes(b"")
    path.symlink_to(target)


def _socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as server:
        here = Path.cwd()
        os.chdir(path.parent)  # the names of sockets are short
        server.bind(path.name)
        os.chdir(here)


def _sparse(path: Path) -> None:
    with path.open("wb") as stream:
        stream.truncate(2**42)


@pytest.mark.parametrize("name", [SUMS, MANIFEST, NETWORK, TREES, "README.md"])
@pytest.mark.parametrize("put", [_pipe, _zero, _link, _socket, _sparse, Path.mkdir])
def test_what_is_no_file_of_bounded_size_is_refused_at_once(
    bundle: Path, name: str, put: Callable[[Path], None]
) -> None:
    (bundle / name).unlink()
    put(bundle / name)
    assert name in _refused(bundle)


@pytest.mark.parametrize(
    "text",
    [
        "0" * 64 + "  ../../etc/passwd\n",
        "0" * 64 + "  /etc/passwd\n",
        "0" * 64 + "  a\x1b[31m\n",
        "0" * 63 + "  a\n",
        ("0" * 64 + "  a\n") * 2,
        "".join(f"{'0' * 64}  a{number}\n" for number in range(2000)),
        "\n",
        "\0" * 1000,
    ],
)
def test_a_list_of_checksums_is_short_and_of_plain_names(bundle: Path, text: str) -> None:
    (bundle / SUMS).write_text(text)
    assert "is no list of checksums" in _refused(bundle) and "\x1b" not in _refused(bundle)


@pytest.mark.slow
def test_mutants_with_fresh_checksums_neither_crash_nor_hang_nor_show_a_traceback(
    original: Path, tmp_path: Path
) -> None:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(HERE.parents[1]), str(HERE.parent)])}
    command = [sys.executable, str(HERE / "mutants.py"), str(original), str(tmp_path / "scratch"), "0", "200"]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=500)
    assert done.returncode == 0, f"seed {done.stdout.splitlines()[-1:]}: {done.stderr[-2000:]}"
    assert "'refused'" in done.stdout and "'predicted'" in done.stdout
