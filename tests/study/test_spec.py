from pathlib import Path

import pytest

from models import UnknownArchitecture
from tuner.errors import SpecError
from tuner.study.spec import StudySpec, find_study_file, parse_duration, read_spec


@pytest.mark.parametrize(("text", "seconds"), [("90s", 90), ("45m", 2700), ("1h30m", 5400), ("2.5h", 9000), ("7", 7)])
def test_durations(text: str, seconds: float) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize("text", ["", "h", "1x", "-5m", "0s", "1h 30m", "nan", "inf", True])
def test_bad_durations_are_refused(text: str) -> None:
    with pytest.raises(SpecError, match="not a duration"):
        parse_duration(text)


@pytest.mark.parametrize("name", ["demo", "notebook", "cinc2017"])
def test_shipped_study_files_are_valid(name: str) -> None:
    spec = read_spec(find_study_file(Path(name)))
    assert spec.study.name == name
    assert StudySpec.model_validate_json(spec.model_dump_json()) == spec


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[study]\nname = 'x'\ntrails = 3", "trails: unknown key; valid: name, metric"),
        ("[study]\nname = 'x'\n", "search: missing"),
        ("[study]\nname = '../x'\n[search]\narchitectures = ['resnet1d']", "study.name"),
        ("[study]\nname = 'x'\ntrials = 0\n[search]\narchitectures = ['resnet1d']", "study.trials = 0"),
        ("[study]\nname = 'x'\ntrials = true\n[search]\narchitectures = ['resnet1d']", "study.trials = True"),
        ("[study]\nname = 'x'\ntrials = 10000000000\n[search]\narchitectures = ['resnet1d']", "or equal to 1000000"),
        (
            "[study]\nname = 'x'\nmetric = 'kappa'\nmetric_classes = ['N']\n[search]\narchitectures = ['resnet1d']",
            "kappa needs 2 classes or more",
        ),
        (
            "[study]\nname = 'x'\nmetric_classes = ['N', 'N']\n[search]\narchitectures = ['resnet1d']",
            "names a class twice",
        ),
        ("[study]\nname = 'x'\ntimeout = 'soon'\n[search]\narchitectures = ['resnet1d']", "not a duration"),
        ("[study]\nname = 'x'\n[search]\narchitectures = []", "search.architectures"),
        ("[study]\nname = 'x'\n[search]\narchitectures = ['resnet1d', 'resnet1d']", "twice"),
        (
            "[study]\nname = 'x'\nmetric = 'f2'\n[search]\narchitectures = ['resnet1d']",
            "no such metric; valid: macro_f1",
        ),
        ("not toml", "not a readable TOML file"),
    ],
)
def test_bad_files_are_refused_in_one_line(text: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "bad.toml"
    path.write_text(text)
    with pytest.raises(SpecError) as caught:
        read_spec(path)
    assert message in str(caught.value) and str(path) in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('"train.lr" = { low = 0.1, high = 0.01 }', "the range is empty"),
        ('"train.lr" = { low = 0.0, high = 0.01, log = true }', "above 0"),
        ('"train.lr" = { low = 0.1, hgih = 0.2 }', "unknown key"),
        ('"train.lr" = { choices = [] }', "the range is empty"),
        ('"train.lr" = "fast"', "type float"),
        ('"train.lr" = { low = -1.0, high = 0.1 }', "must lie between"),
        ('"train.resample" = 1.5', "train.resample = 1.5: must lie between"),
        ('"train.burst" = { low = 0.0, high = 1.5 }', "must lie between"),
        ('"train.noise" = -0.1', "must lie between"),
        ('"train.epochs" = 2.5', "type int"),
        ('"train.batch_size" = { choices = [16, 32.0] }', "type int"),
        ('"train.optimizer" = "adamm"', "one of adamw, adam, sgd"),
        ('"train.speed" = 3', "no such setting"),
        ('"resnet2d.width" = 3', "no such setting"),
        ('"train.lr" = [1, 2]', "a range is"),
        ('"train.crop_s" = inf', "finite"),
        ('"train.lr" = { low = 0.1, high = nan }', "finite"),
        ('"train.batch_size" = { choices = [16, 32, 0] }', "train.batch_size = 0"),
    ],
)
def test_bad_ranges_are_refused_in_one_line(line: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "bad.toml"
    path.write_text(f"[study]\nname = 'x'\n[search]\narchitectures = ['resnet1d']\n[space]\n{line}\n")
    with pytest.raises(SpecError) as caught:
        read_spec(path)
    assert message in str(caught.value) and str(path) in str(caught.value) and "\n" not in str(caught.value)


def test_an_input_there_cannot_be_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bad.toml"
    text = "[study]\nname = 'x'\n[search]\narchitectures = ['stft_crnn']\n[space]\n"
    path.write_text(text + '"stft_crnn.hop" = { choices = [64, 512] }\n')
    with pytest.raises(SpecError, match=r"stft_crnn.hop = 512: .*hop"):
        read_spec(path)
    path.write_text(text + '"stft_crnn.hop" = 512\n"stft_crnn.window" = 256\n')  # none of the two is wrong alone
    with pytest.raises(SpecError, match=r"stft_crnn at the first value of every range: .*hop"):
        read_spec(path)


def test_a_missing_file_and_an_unknown_architecture_are_named(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="no such study file"):
        read_spec(tmp_path / "nowhere.toml")
    path = tmp_path / "other.toml"
    path.write_text("[study]\nname = 'x'\n[search]\narchitectures = ['resnet9d']")
    with pytest.raises(UnknownArchitecture, match="resnet9d"):
        read_spec(path)
