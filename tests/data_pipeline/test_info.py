"""What is said about a cache, and the picture of it."""

import json
from pathlib import Path

import numpy as np
import pytest
from source_files import random_signals, write_exercise

from data_pipeline import DataError, describe, make_split, plot, prepare


def test_describes_synthetic_ecg(tmp_path: Path) -> None:
    cache = prepare("synthetic:40", tmp_path / "cache")
    facts = json.loads(json.dumps(describe(cache)))
    assert (facts["recordings"], facts["rate"], facts["unit"]) == (50, 300.0, "mV")
    assert [row["name"] for row in facts["classes"]] == ["N", "A", "O", "~"]
    assert sum(row["recordings"] for row in facts["classes"]) == 40
    assert sum(row["share"] for row in facts["classes"]) == pytest.approx(1, abs=0.001)
    assert facts["test"]["recordings"] == 10 and facts["test"]["sealed_labels"] is True
    assert facts["fingerprint"] == cache.fingerprint
    split = make_split(cache)
    assert sum(facts["split"]["validation"]) == len(split.validation)
    assert facts["split"]["fingerprint"] == split.fingerprint and facts["split"]["given"] is False


def test_measures_signals(tmp_path: Path) -> None:
    calm = np.tile(np.array([100, -100], np.int16), 450)
    flat = calm.copy()
    flat[:450] = 0
    clipped = calm.copy()
    clipped[90:180] = 100
    cache = prepare(
        write_exercise(tmp_path / "ecg", [calm, calm[:600], flat, flat, clipped, clipped], [0, 0, 1, 1, 2, 2]),
        tmp_path / "c",
    )
    zero, one, two = describe(cache)["classes"]
    assert zero["seconds"] == {"min": 2.0, "median": 2.5, "max": 3.0}
    assert (zero["mean"], zero["deviation"], zero["flat_share"], zero["clipped_share"]) == (0, 100, 0, 0)
    assert one["flat_share"] == pytest.approx(0.5, abs=0.01)
    assert two["clipped_share"] == pytest.approx(0.1, abs=0.01)


def test_counts_duplicates_groups_and_odd_recordings(tmp_path: Path) -> None:
    signals = random_signals(10)
    signals[1], signals[9], signals[8] = signals[0], signals[4], np.zeros(900, np.int16)
    folder = write_exercise(tmp_path / "ecg", signals, [0, 0, 0, 0, 0, 1, 1, 1, 1, 1])
    (folder / "groups.csv").write_text("\n\np\np\np\n\n\n\n\n\n")
    facts = describe(prepare(folder, tmp_path / "cache"))
    assert facts["duplicates"] == {"sets": 2, "recordings": 4, "sets_with_several_labels": 1}
    assert facts["groups"] == {"groups": 6, "of_several_recordings": 2, "largest": 4}
    assert facts["odd"] == {"constant": ["X_train-8"]}


def test_a_cache_that_cannot_be_split_is_still_described(tmp_path: Path) -> None:
    signals = random_signals(4)
    facts = describe(
        prepare(write_exercise(tmp_path / "ecg", [*signals[:3], signals[2]], [0, 0, 1, 1]), tmp_path / "c")
    )
    assert "class '1'" in facts["split"]["refused"]


def test_unlabelled_recordings_are_described_and_drawn(tmp_path: Path) -> None:
    write_exercise(tmp_path / "ecg", random_signals(1), [0], form="bin")
    cache = prepare(tmp_path / "ecg" / "X_train.bin", tmp_path / "cache")
    facts = describe(cache)
    assert facts["classes"] == [] and facts["split"] is None and facts["test"]["recordings"] == 1
    plot(cache, tmp_path / "picture.png")
    assert (tmp_path / "picture.png").stat().st_size > 5_000


def test_draws_a_picture(tmp_path: Path) -> None:
    plot(prepare("synthetic:16", tmp_path / "cache"), tmp_path / "picture.png")
    assert (tmp_path / "picture.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("name", ["absent/picture.png", "picture.doc"])
def test_a_picture_that_cannot_be_written_is_named(tmp_path: Path, name: str) -> None:
    cache = prepare("synthetic:8", tmp_path / "cache")
    with pytest.raises(DataError, match="picture .* cannot be written"):
        plot(cache, tmp_path / name)
