"""The command line: what it prints, and how it fails."""

import json
import re
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

import numpy as np
import optuna
import pytest
from tuner_command import Tuner

from data_pipeline import Cache

StudyFile = Callable[..., Path]


@pytest.mark.slow
def test_an_unknown_study_is_named_with_those_there_are(tuner: Tuner, cache: Cache, study_file: StudyFile) -> None:
    tuner.succeed("create", study_file(), "--data", cache.path)
    for command in ("work", "status", "best", "compare", "finalize", "stop"):
        assert "no study nothing in" in (message := tuner.fail(command, "nothing")) and "small" in message


def test_commands_without_any_database_say_what_to_do(sqlite_tuner: Tuner) -> None:
    assert "tuner create" in sqlite_tuner.fail("list")
    assert not (sqlite_tuner.folder / "tuner.db").exists()


@pytest.mark.slow
def test_a_study_is_created_once_and_shown(tuner: Tuner, cache: Cache, study_file: StudyFile) -> None:
    path = study_file(trials=7)
    assert "tuner work small" in tuner.succeed("create", path, "--data", cache.path)
    assert "exists already" in tuner.fail("create", path, "--data", cache.path)
    assert [row["asked"] for row in tuner.json("list")] == [7]
    assert "0/7 trials" in tuner.succeed("status", "small")
    assert "no finished trial" in tuner.succeed("compare", "small")
    assert "no finished trial" in tuner.fail("best", "small")
    assert "no finished trial" in tuner.fail("finalize", "small")
    tuner.succeed("delete", "small", "--yes")
    assert tuner.json("list") == []


def test_passwords_are_never_shown(sqlite_tuner: Tuner) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    message = sqlite_tuner.fail("list", "--storage", f"postgresql+psycopg://me:s3cret@127.0.0.1:{port}/db")
    assert "s3cret" not in message and "***" in message


@pytest.mark.parametrize("url", ["postgresql:/me:s3cret@h/db", "me:s3cret@h/db", "postgresql://us/er:s3cret@h/db"])
def test_not_even_of_a_misspelt_address(sqlite_tuner: Tuner, url: str) -> None:
    assert "s3cret" not in sqlite_tuner.fail("list", "--storage", url)


def test_another_program_s_study_is_left_alone(tuner: Tuner, cache: Cache, study_file: StudyFile) -> None:
    from tuner.storage import open_storage

    storage = open_storage(tuner.storage, create=True)
    study = optuna.create_study(study_name="small", storage=storage.optuna)
    study.add_trial(optuna.trial.create_trial(value=1.0))
    storage.close()
    assert "another program" in tuner.fail("create", study_file(), "--data", cache.path)
    assert tuner.json("list") == []


@pytest.mark.slow
def test_a_token_that_leads_out_of_the_home_removes_nothing(tuner: Tuner, cache: Cache, study_file: StudyFile) -> None:
    from tuner.storage import open_storage

    tuner.succeed("create", study_file(), "--data", cache.path)
    precious = tuner.folder / "precious" / "data"
    precious.parent.mkdir()
    precious.write_text("x")
    storage = open_storage(tuner.storage)
    storage.optuna.set_study_user_attr(storage.optuna.get_study_id_from_name("small"), "token", "../../precious")
    storage.close()
    for command in (("delete", "small", "--yes"), ("status", "small"), ("work", "small")):
        assert "small in" in (message := tuner.fail(*command)) and "damaged: token" in message
    assert "damaged: token" in tuner.run("list").stderr
    assert precious.exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("data", "prepare", "nowhere", "--out", "cache"), "nowhere"),
        (("data", "info", "nowhere"), "nowhere"),
        (("create", "nowhere.toml", "--data", "nowhere"), "no such study file"),
        (("create", "demo", "--data", "nowhere"), "nowhere"),
        (("predict", "nowhere", "synthetic:4"), "no bundle there"),
        (("list", "--storage", "mysql://x"), "mysql"),
        (("list", "--storage", f"sqlite:///{'x' * 300}"), "too long: give a shorter path"),
        (("data", "info", "x" * 300), "too long: give a shorter path"),
        (("create", "x" * 300, "--data", "nowhere"), "too long: give a shorter path"),
        (("dashboard", "--port", "0", "--host", "é" * 70), "no name of a host"),
    ],
)
def test_bad_input_is_one_line_and_exit_1(sqlite_tuner: Tuner, arguments: tuple[str, ...], message: str) -> None:
    assert message in sqlite_tuner.fail(*arguments)


def test_wrong_usage_is_exit_2(sqlite_tuner: Tuner) -> None:
    assert sqlite_tuner.run("work").returncode == 2
    assert sqlite_tuner.run("fly").returncode == 2


@pytest.mark.slow
def test_a_wrong_budget_is_refused(sqlite_tuner: Tuner, cache: Cache, study_file: StudyFile) -> None:
    sqlite_tuner.succeed("create", study_file(), "--data", cache.path)
    sqlite_tuner.succeed("create", study_file(), "--data", cache.path, "--exist-ok")
    assert "no time limit" in sqlite_tuner.fail("work", "small", "--timeout", "+1h")
    for trials in ("0", "-3", "many", "+", "9" * 5000, "1_0", "\u0663"):
        assert "whole number" in sqlite_tuner.fail("work", "small", f"--trials={trials}")
    assert "not a duration" in sqlite_tuner.fail("work", "small", "--timeout", "soon")
    assert "longer than ten years" in sqlite_tuner.fail("work", "small", "--timeout", f"1{'0' * 26}h")


@pytest.mark.parametrize(
    "arguments",
    [
        ("stop", "small", "--trial", 10**30),
        ("stop", "small", "--trial", 2**31),
        ("stop", "small", "--trial", -1),
        ("export", "small", "--out", "out", "--trial", 10**30),
        ("work", "small", "--workers", 10**30),
        ("finalize", "small", "--workers", 10**30),
    ],
)
def test_numbers_that_nothing_has_are_wrong_usage(sqlite_tuner: Tuner, arguments: tuple[object, ...]) -> None:
    done = sqlite_tuner.run(*arguments)
    assert done.returncode == 2 and "is not in the range" in done.stderr


@pytest.mark.slow
def test_models_lists_every_setting(sqlite_tuner: Tuner) -> None:
    listed = sqlite_tuner.json("models")
    assert {"train", "stft_crnn", "resnet1d"} <= listed.keys()
    assert all(set(part["defaults"]) == set(part["ranges"]) for part in listed.values())
    assert "resnet1d.width" in sqlite_tuner.succeed("models")


def test_data_info_describes_and_draws(sqlite_tuner: Tuner, cache: Cache, tmp_path: Path) -> None:
    out = sqlite_tuner.succeed("data", "info", cache.path, "--plot", tmp_path / "info.png")
    assert "fingerprint" in out and "test: sealed labels " in out
    assert not {"{", "[", "True", "None"} & set(re.findall(r"[{[]|\w+", out)), "written for people"
    assert (tmp_path / "info.png").read_bytes().startswith(b"\x89PNG")
    assert sqlite_tuner.json("data", "info", cache.path)["fingerprint"] == cache.fingerprint


@pytest.mark.slow
def test_a_signal_and_a_table_of_labels_are_chosen(sqlite_tuner: Tuner) -> None:
    folder = sqlite_tuner.folder / "recordings"
    folder.mkdir()
    for i in range(4):
        (folder / f"r{i}.csv").write_text("ecg,resp\n" + "".join(f"{i + k},{-k}\n" for k in range(90)))
    (folder / "REFERENCE-v3.csv").write_text("r0,N\nr1,N\nr2,A\nr3,A\n")
    prepare = ("data", "prepare", folder, "--out", "cache", "--rate", 30)
    assert "4 of 4 recordings" in (message := sqlite_tuner.fail(*prepare)) and "choose one with --signal" in message
    sqlite_tuner.succeed(*prepare, "--signal", "resp", "--reference", "REFERENCE-v3.csv")
    cache = Cache.open(sqlite_tuner.folder / "cache")
    assert cache.labels.tolist() == [0, 0, 1, 1] and cache.signal(3).tolist() == [-k for k in range(90)]
    assert "--signal" in sqlite_tuner.succeed("predict", "--help") and "--reference" in sqlite_tuner.succeed(
        "run", "--help"
    )


def test_a_recording_s_name_is_no_formula_in_its_features(sqlite_tuner: Tuner) -> None:
    folder = sqlite_tuner.folder / "arrays"
    folder.mkdir()
    for name in ("=1+1", "a", "b", "c"):
        np.save(folder / f"{name}.npy", np.random.default_rng(0).integers(-500, 500, 900, np.int16))
    sqlite_tuner.succeed("data", "prepare", folder, "--out", "cache", "--rate", 300)
    sqlite_tuner.succeed("data", "features", "cache", "--out", "features.csv")
    lines = (sqlite_tuner.folder / "features.csv").read_text().splitlines()
    assert sorted(line.split(",")[0] for line in lines) == ["'=1+1", "a", "b", "c", "id"]


@pytest.mark.slow
def test_run_goes_from_source_to_predictions_and_goes_on(sqlite_tuner: Tuner, study_file: StudyFile) -> None:
    path = study_file(trials=2, epochs=1)
    out = sqlite_tuner.succeed("run", path, "--data", "synthetic:40:1", "--workers", 2)
    best = sqlite_tuner.folder / "runs" / "small" / "best"
    assert str(best / "predictions.csv") in out
    assert "stft_crnn" in out and "resnet1d" in out and "train.lr" in out
    assert (best / "predictions.csv").exists() and (best / "model" / "bundle.json").exists()
    sqlite_tuner.succeed("run", path, "--data", "synthetic:40:1", "--trials", "+1")
    assert sqlite_tuner.json("status", "small")["finished"] == 3
    changed = study_file(trials=2, epochs=2)
    assert "other settings" in sqlite_tuner.fail("run", changed, "--data", "synthetic:40:1")
    study_file(trials=2, epochs=1)
    assert "holds other recordings" in sqlite_tuner.fail("run", path, "--data", "synthetic:40:2")
    assert "all done" in sqlite_tuner.run("work", "small").stderr, "the study's own data were lost"


@pytest.mark.slow
def test_the_dashboard_serves_an_empty_database_and_a_trial_s_pictures(
    tuner: Tuner, cache: Cache, study_file: StudyFile
) -> None:
    process = tuner.start("dashboard", "--port", 0)
    try:
        assert process.stderr is not None
        address = re.search(r"http://127\.0\.0\.1:\d+", process.stderr.readline())
        assert address is not None
        assert _get(f"{address[0]}/api/studies") == {"study_summaries": []}
        tuner.succeed("create", study_file(trials=1, epochs=1), "--data", cache.path)
        tuner.succeed("work", "small")
        (study,) = _get(f"{address[0]}/api/studies")["study_summaries"]
        (trial,) = _get(f"{address[0]}/api/studies/{study['study_id']}?after=0")["trials"]
        names = {artifact["filename"] for artifact in trial["artifacts"]}
        assert names == {"learning_curve.png", "confusion_matrix.png"}
        where = f"{address[0]}/artifacts/{study['study_id']}/{trial['trial_id']}/{trial['artifacts'][0]['artifact_id']}"
        with urllib.request.urlopen(where, timeout=30) as answer:
            assert answer.read().startswith(b"\x89PNG")
    finally:
        process.terminate()
        process.communicate(timeout=30)


def _get(url: str) -> dict[str, list[dict[str, object]]]:  # type: ignore[explicit-any]
    deadline = time.monotonic() + 60
    while True:
        try:
            with urllib.request.urlopen(url, timeout=30) as answer:
                found: dict[str, list[dict[str, object]]] = json.load(answer)
                return found
        except OSError:
            assert time.monotonic() < deadline
            time.sleep(0.1)


@pytest.mark.slow
def test_a_refused_command_changes_nothing(sqlite_tuner: Tuner, cache: Cache, study_file: StudyFile) -> None:
    tuner = sqlite_tuner
    tuner.succeed("create", study_file(trials=2), "--data", cache.path)
    tuner.succeed("data", "prepare", "synthetic:60:2", "--out", "other")
    assert "has changed" in tuner.fail("work", "small", "--data", "other", "--trials", "+5")
    assert "not a duration" in tuner.fail("work", "small", "--trials", "+5", "--timeout", "soon")
    assert "no time limit" in tuner.fail("work", "small", "--trials", "+5", "--timeout", "+1h")
    assert "not to be had" in tuner.fail("work", "small", "--trials", "+5", "--device", "toaster")
    assert tuner.json("list")[0]["asked"] == 2
    assert "holds other recordings" in tuner.fail("data", "prepare", "synthetic:60:1", "--out", "other")
    assert tuner.run("status", "small", "--watch", "--json").returncode == 2


def test_too_little_memory_is_one_line(sqlite_tuner: Tuner) -> None:
    limited = "import tuner.cli as c; c.tuner = lambda: bytearray(2**50); c.main()"
    done = subprocess.run([sys.executable, "-c", limited], capture_output=True, text=True, cwd=sqlite_tuner.folder)
    assert (done.returncode, done.stdout) == (1, "")
    assert re.fullmatch("error: out of memory: .*; give it more memory, or run fewer processes\n", done.stderr)
