"""The end of a study: what is handed over, predictions, bundle, sealed test labels."""

import json
import os
import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from tuner_command import MIXED_STUDY, Tuner

from data_pipeline import Cache, prepare, read_sealed_labels
from tuner.bundle import load_bundle, read_public_key
from tuner.bundle.files import write_checksums
from tuner.errors import BundleError

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Cache:
    """Sixty synthetic recordings whose test labels nobody else opens."""
    return prepare("synthetic:60:1", tmp_path_factory.mktemp("data") / "cache")


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory, cache: Cache) -> Tuner:
    """A finished study with its final step done."""
    folder = tmp_path_factory.mktemp("finished")
    tuner = Tuner(folder, f"sqlite:///{folder / 'tuner.db'}")
    path = folder / "small.toml"
    path.write_text(MIXED_STUDY)
    tuner.succeed("create", path, "--data", cache.path)
    tuner.succeed("work", "small", "--workers", 2)
    tuner.succeed("finalize", "small", "--budget", "10s")
    return tuner


def _best(tuner: Tuner) -> Path:
    return tuner.folder / "runs" / "small" / "best"


def test_predictions_have_the_form_of_the_labels_file(finished: Tuner, cache: Cache) -> None:
    predicted = np.loadtxt(_best(finished) / "predictions.csv", dtype=int, ndmin=1)
    table = pd.read_csv(_best(finished) / "probabilities.csv")
    assert len(predicted) == len(table) == len(cache.test)
    assert list(table.columns) == ["id", *cache.class_names]
    assert table["id"].tolist() == [cache.ids[i] for i in cache.test]
    probabilities = table[list(cache.class_names)].to_numpy()
    assert np.allclose(probabilities.sum(1), 1, atol=1e-5)
    assert (probabilities.argmax(1) == predicted).all()


def test_a_new_process_predicts_the_same_on_any_source(finished: Tuner, cache: Cache, tmp_path: Path) -> None:
    folder = tmp_path / "recordings"
    folder.mkdir()
    for i in cache.test:
        np.save(folder / f"{cache.ids[i]}.npy", cache.signal(int(i)))
    expected = pd.read_csv(_best(finished) / "probabilities.csv").set_index("id")
    for source, options in ((cache.path, ()), (folder, ("--rate", 300))):
        finished.succeed("predict", _best(finished) / "model", source, "--out", tmp_path / "predictions.csv", *options)
        table = pd.read_csv(tmp_path / "probabilities.csv")
        table["id"] = table["id"].str.removesuffix(".npy")
        again = table.set_index("id").loc[expected.index]
        assert np.allclose(again.to_numpy(), expected.to_numpy(), atol=1e-5)


def test_export_writes_the_weights_of_a_trial(finished: Tuner, cache: Cache, tmp_path: Path) -> None:
    finished.succeed("export", "small", "--out", tmp_path / "model")
    best = finished.json("best", "small")
    bundle = load_bundle(tmp_path / "model", torch.device("cpu"))
    (member,) = bundle.manifest.members
    assert member.trial == best["trial"] and member.settings == best["settings"]
    assert "no medical device" in (tmp_path / "model" / "README.md").read_text()
    assert "no trial 77" in finished.fail("export", "small", "--trial", 77, "--out", tmp_path / "other")
    (tmp_path / "mine").mkdir()
    assert "is no bundle" in finished.fail("export", "small", "--out", tmp_path / "mine")


def test_an_export_is_signed_and_only_the_maker_s_bundle_is_evaluated(finished: Tuner, tmp_path: Path) -> None:
    for name in ("maker", "other"):
        key = Ed25519PrivateKey.generate()
        private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        (tmp_path / f"{name}.pem").write_bytes(private)
        public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        (tmp_path / f"{name}.public.pem").write_bytes(public)
    finished.succeed("export", "small", "--out", tmp_path / "model", "--sign", tmp_path / "maker.pem")
    load_bundle(tmp_path / "model", torch.device("cpu"), key=read_public_key(tmp_path / "maker.public.pem"))
    evaluate = "evaluate", tmp_path / "model", "--unseal"
    refusal = finished.fail(*evaluate, "--verify", tmp_path / "other.public.pem")
    assert "is not of this bundle and this key" in refusal
    about = json.loads((tmp_path / "model" / "bundle.json").read_text())
    (tmp_path / "model" / "bundle.json").write_text(json.dumps(about | {"class_names": ["a", "b", "c", "d"]}))
    for old in ("SHA256SUMS", "SHA256SUMS.sig"):
        (tmp_path / "model" / old).unlink()
    write_checksums(tmp_path / "model")
    assert "has other classes than its data" in finished.fail(*evaluate)


@pytest.mark.parametrize("name", ["bundle.json", "README.md", "SHA256SUMS", "a model"])
@pytest.mark.parametrize("is_there", [True, False])
def test_a_tampered_bundle_is_refused_and_the_file_is_named(
    finished: Tuner, tmp_path: Path, name: str, is_there: bool
) -> None:
    model = tmp_path / "model"
    shutil.copytree(_best(finished) / "model", model)
    if name == "a model":
        name = load_bundle(model, torch.device("cpu")).manifest.members[0].models[0]
    data = (model / name).read_bytes()
    (model / name).unlink()
    if is_there:
        (model / name).write_bytes(data[:-3] + b"abc")
    said = "is missing" if name == "SHA256SUMS" and is_there else name  # its last line names another file then
    with pytest.raises(BundleError, match=re.escape(said)):
        load_bundle(model, torch.device("cpu"))


def test_what_people_put_beside_a_bundle_neither_spoils_it_nor_is_lost(
    finished: Tuner, cache: Cache, tmp_path: Path
) -> None:
    model = tmp_path / "out" / "model"
    shutil.copytree(_best(finished) / "model", model)
    for _ in range(2):
        finished.succeed("predict", model, cache.path, "--out", model / "predictions.csv")
    (model / "notes.txt").write_text("mine")
    (model / "predictions.csv").unlink()
    (model / "probabilities.csv").unlink()
    assert "holds notes.txt" in finished.fail("finalize", "small", "--out", tmp_path / "out")
    assert (model / "notes.txt").read_text() == "mine"
    load_bundle(model, torch.device("cpu"))


def test_recordings_that_hardly_say_anything_are_named(finished: Tuner, tmp_path: Path) -> None:
    folder = tmp_path / "recordings"
    folder.mkdir()
    np.save(folder / "flat.npy", np.full(5000, 7, np.int16))
    np.save(folder / "one.npy", np.array([3], np.int16))
    np.save(folder / os.fsdecode(b"n\xffame.npy"), np.arange(5000, dtype=np.int16))
    done = finished.run("predict", _best(finished) / "model", folder, "--rate", 300, "--out", tmp_path / "p.csv")
    assert done.returncode == 0, done.stderr
    assert "2 constant: flat, one" in done.stderr and "1 very short: one" in done.stderr
    assert pd.read_csv(tmp_path / "p_probabilities.csv")["id"].tolist() == ["flat", "n\\udcffame", "one"]


def test_recordings_at_another_rate_are_refused(finished: Tuner, tmp_path: Path) -> None:
    folder = tmp_path / "recordings"
    folder.mkdir()
    np.save(folder / "a.npy", np.zeros(5000, np.int16))
    message = finished.fail("predict", _best(finished) / "model", folder, "--rate", 250, "--out", tmp_path / "p.csv")
    assert "trained at 300 Hz" in message and "250 Hz" in message


def test_test_labels_are_opened_on_demand_and_each_opening_is_recorded(finished: Tuner, cache: Cache) -> None:
    assert "--unseal" in finished.fail("evaluate", _best(finished) / "model")
    first = finished.json("evaluate", _best(finished) / "model", "--unseal")
    second = finished.json("evaluate", _best(finished) / "model", "--unseal")
    assert (first["openings"], second["openings"]) == (1, 2)
    bundle = load_bundle(_best(finished) / "model", torch.device("cpu"))
    signals = [cache.signal(int(i)) for i in cache.test]
    predicted = bundle.predict(signals, cache.scale[cache.test], cache.rate).argmax(1)
    assert first["accuracy"] == pytest.approx(np.mean(predicted == read_sealed_labels(cache)))
    interval = first["intervals"]["accuracy"]
    assert interval["low"] <= interval["value"] == first["accuracy"] <= interval["high"]


def test_a_model_made_after_an_opening_tells_of_it(finished: Tuner, tmp_path: Path) -> None:
    openings = finished.json("evaluate", _best(finished) / "model", "--unseal")["openings"]
    finished.succeed("export", "small", "--out", tmp_path / "model")
    said = "Openings of the sealed test labels before this model was made:"
    assert f"{said} {openings}." in (tmp_path / "model" / "README.md").read_text()
    assert f"{said} 0." in (_best(finished) / "model" / "README.md").read_text()


def test_an_opening_is_remembered_whichever_study_and_database_it_was_for(
    finished: Tuner, sqlite_tuner: Tuner, cache: Cache
) -> None:
    openings = finished.json("evaluate", _best(finished) / "model", "--unseal")["openings"]
    other = sqlite_tuner
    (other.folder / "small.toml").write_text(MIXED_STUDY.replace("trials = 3", "trials = 1"))
    other.succeed("create", "small.toml", "--data", cache.path)
    other.succeed("work", "small")
    other.succeed("finalize", "small", "--without", "confirm")
    assert other.json("evaluate", _best(other) / "model", "--unseal")["openings"] == openings + 1
    other.succeed("delete", "small", "--yes")
    again = finished.json("evaluate", _best(finished) / "model", "--unseal")
    assert again["openings"] == openings + 2


AUDIT = """
import sys

def refuse(event, arguments):
    if event == "open" and str(arguments[0]).endswith("sealed_test_labels.csv"):
        sys.stderr.write("SEALED LABELS OPENED\\n")
        raise PermissionError("sealed labels opened")

sys.addaudithook(refuse)
"""


def test_nothing_but_unsealing_opens_the_test_labels(sqlite_tuner: Tuner, tmp_path: Path) -> None:
    """Every process of a search and of a final step runs under a hook that sees each file that is opened."""
    private = prepare("synthetic:60:3", tmp_path / "cache")
    (tmp_path / "audit").mkdir()
    (tmp_path / "audit" / "sitecustomize.py").write_text(AUDIT)
    (tmp_path / "small.toml").write_text(MIXED_STUDY)
    audited = replace(sqlite_tuner, python_path=tmp_path / "audit")
    audited.succeed("create", tmp_path / "small.toml", "--data", private.path)
    for command in (("work", "small"), ("finalize", "small", "--budget", "10s"), ("status", "small")):
        done = audited.run(*command)
        assert done.returncode == 0 and "SEALED LABELS OPENED" not in done.stderr, done.stderr
    best = tmp_path / "runs" / "small" / "best"
    assert "SEALED LABELS OPENED" in audited.run("evaluate", best / "model", "--unseal").stderr


def test_without_a_test_part_the_model_is_exported_and_it_is_said(
    sqlite_tuner: Tuner, tmp_path: Path, cache: Cache, study_file: Callable[..., Path]
) -> None:
    folder = tmp_path / "recordings"
    folder.mkdir()
    rows: list[dict[str, Any]] = []
    for i in cache.labelled:
        np.save(folder / f"{i}.npy", cache.signal(int(i)))
        rows.append({"file": f"{i}.npy", "label": cache.class_names[cache.labels[i]], "group": ""})
    pd.DataFrame(rows).to_csv(folder / "labels.csv", index=False)
    sqlite_tuner.succeed("data", "prepare", folder, "--rate", 300, "--out", tmp_path / "cache")
    sqlite_tuner.succeed("create", study_file(trials=1, epochs=1), "--data", tmp_path / "cache")
    sqlite_tuner.succeed("work", "small")
    assert "no test part" in sqlite_tuner.succeed("finalize", "small")
    best = tmp_path / "runs" / "small" / "best"
    assert (best / "model" / "bundle.json").exists() and not (best / "predictions.csv").exists()
    assert "no test labels" in sqlite_tuner.fail("evaluate", best / "model", "--unseal")
