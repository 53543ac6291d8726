"""Splits: shares kept, groups kept together, the same every time, leaks refused."""

import os
from pathlib import Path

import numpy as np
import pytest
from source_files import random_signals, write_exercise

from data_pipeline import Cache, DataError, LeakingSplit, folds_for, make_folds, make_split, prepare


def make_cache(
    folder: Path, labels: list[int], groups: list[str] | None = None, twins: dict[int, int] | None = None
) -> Cache:
    signals = random_signals(len(labels), shortest=601, longest=640)
    for one, other in (twins or {}).items():
        signals[one] = signals[other]
    source = write_exercise(folder / "ecg", signals, labels, random_signals(3, seed=8), "bin")
    if groups:
        (source / "groups.csv").write_text("".join(f"{group}\n" for group in groups))
    return prepare(source, folder / "cache")


def crossing(cache: Cache, train: np.ndarray, validation: np.ndarray) -> set[int]:  # type: ignore[type-arg]
    return set(cache.groups[train].tolist()) & set(cache.groups[validation].tolist())


LABELS = [0] * 120 + [1] * 50 + [2] * 25 + [3] * 5


@pytest.mark.parametrize("share", [0.1, 0.2, 0.33, 0.5])
@pytest.mark.parametrize("seed", [0, 1])
def test_each_class_has_its_share(tmp_path: Path, share: float, seed: int) -> None:
    cache = make_cache(tmp_path, LABELS, twins={3: 4, 130: 131})
    split = make_split(cache, validation=share, seed=seed)
    counts = np.bincount(cache.labels[split.validation])
    assert np.abs(counts - share * np.bincount(LABELS)).max() <= 1
    assert counts.min() >= 1
    assert sorted([*split.train, *split.validation]) == cache.labelled.tolist()
    assert not crossing(cache, split.train, split.validation)
    assert split.train.dtype == split.validation.dtype == np.int64 and not split.given


def test_is_the_same_for_the_same_seed_only(tmp_path: Path) -> None:
    cache = make_cache(tmp_path, LABELS)
    first, again, other = (
        make_split(cache, seed=3),
        make_split(Cache.open(cache.path), seed=3),
        make_split(cache, seed=4),
    )
    np.testing.assert_array_equal(first.validation, again.validation)
    assert first.fingerprint == again.fingerprint != other.fingerprint
    assert not np.array_equal(first.validation, other.validation)


@pytest.mark.parametrize("seed", range(8))
def test_groups_of_all_sizes_stay_together(tmp_path: Path, seed: int) -> None:
    rng = np.random.default_rng(seed)
    labels = [0, 0, 1, 1, *(rng.random(300) < 0.3).astype(int).tolist()]
    groups = [str(int(60 * rng.random() ** 2)) for _ in labels]
    cache = make_cache(tmp_path, labels, groups)
    split = make_split(cache, validation=0.25, seed=seed)
    assert not crossing(cache, split.train, split.validation)
    shares = np.bincount(cache.labels[split.validation]) / np.bincount(labels)
    np.testing.assert_allclose(shares, 0.25, atol=0.06)
    sizes = np.bincount(cache.groups[split.validation])
    assert (sizes[sizes > 0] < 5).any(), "validation is not made of large groups only"


def test_a_rare_class_is_on_both_sides(tmp_path: Path) -> None:
    labels = [0] * 40 + [1, 1, 1]
    cache = make_cache(tmp_path, labels, [str(i % 10) for i in range(40)] + ["x", "x", "0"])
    for seed in range(5):
        split = make_split(cache, validation=0.1, seed=seed)
        assert set(cache.labels[split.train]) == set(cache.labels[split.validation]) == {0, 1}
        assert not crossing(cache, split.train, split.validation)


def test_a_class_in_one_group_is_refused(tmp_path: Path) -> None:
    cache = make_cache(tmp_path, [0] * 10 + [1, 1], twins={10: 11})
    with pytest.raises(DataError, match="class '1' .* cannot be both trained and validated on"):
        make_split(cache)


def test_groups_without_a_way_out_are_refused(tmp_path: Path) -> None:
    cache = make_cache(tmp_path, [0, 0, 1, 1], ["a", "b", "a", "a"])
    with pytest.raises(DataError, match="cannot be both trained and validated on"):
        make_split(cache)


@pytest.mark.parametrize("share", [0.0, 1.0, -1.0, float("nan")])
def test_a_senseless_share_is_refused(tmp_path: Path, share: float) -> None:
    cache = make_cache(tmp_path, [0, 0, 1, 1])
    with pytest.raises(DataError, match="must lie between 0 and 1"):
        make_split(cache, validation=share)


def test_nothing_labelled_is_refused(tmp_path: Path) -> None:
    cache = make_cache(tmp_path, [0, 0, 1, 1])
    unlabelled = prepare(tmp_path / "ecg" / "X_train.bin", tmp_path / "unlabelled")
    assert len(cache.labelled) and not len(unlabelled.labelled)
    with pytest.raises(DataError, match="no labelled recordings"):
        make_split(unlabelled)


def give_split(folder: Path, train: list[int], validation: list[int]) -> Cache:
    np.save(folder / "ecg" / "train_idx.npy", np.array(train))
    np.save(folder / "ecg" / "val_idx.npy", np.array(validation))
    return prepare(folder / "ecg", folder / "given")


def test_a_given_split_is_used(tmp_path: Path) -> None:
    make_cache(tmp_path, [0, 0, 1, 1, 0, 1])
    cache = give_split(tmp_path, [3, 0, 1], [2, 4])
    split = make_split(cache, seed=5)
    assert (split.train.tolist(), split.validation.tolist(), split.given) == ([0, 1, 3], [2, 4], True)


@pytest.mark.parametrize("why", ["twin", "group"])
def test_a_leaking_split_is_refused_by_name(tmp_path: Path, why: str) -> None:
    groups = ["a", "b", "c", "d", "a", "e"] if why == "group" else None
    make_cache(tmp_path, [0, 0, 1, 1, 0, 1], groups, {4: 0} if why == "twin" else None)
    with pytest.raises(LeakingSplit, match=r"1 validation .* X_train-4 \(X_train-0 in training\)"):
        make_split(give_split(tmp_path, [0, 1, 3], [2, 4]))


def test_real_shares_are_near_exact(tmp_path: Path) -> None:
    data = os.environ.get("TUNER_TEST_DATA")
    if not data:
        pytest.skip("TUNER_TEST_DATA is not set: no real recordings to split")
    cache = prepare(Path(data) / "cinc2017", tmp_path / "cache")
    split = make_split(cache)
    shares = np.bincount(cache.labels[split.validation]) / np.bincount(cache.labels[cache.labelled])
    np.testing.assert_allclose(shares, 0.2, atol=0.002)
    assert not crossing(cache, split.train, split.validation)
    assert len(np.unique(cache.groups)) == len(cache) - 2, "two pairs of twins"


@pytest.mark.parametrize("seed", [0, 1])
def test_folds_have_each_class_in_its_share_and_part_no_group(tmp_path: Path, seed: int) -> None:
    groups = ["patient"] * 12 + [f"p{i // 2}" for i in range(60)] + [""] * 128
    cache = make_cache(tmp_path, LABELS, groups=groups, twins={100: 101, 130: 131})
    folds = make_folds(cache, 5, seed=seed)
    assert np.array_equal(folds, make_folds(cache, 5, seed=seed))
    labels = cache.labels[cache.labelled]
    for fold in range(5):
        own = cache.labelled[folds == fold]
        assert not crossing(cache, own, cache.labelled[folds != fold])
        # The patient of twelve is in one fold, whole.
        assert np.abs(np.bincount(labels[folds == fold], minlength=4) - np.bincount(LABELS) / 5).max() <= 12
        assert np.bincount(labels[folds == fold], minlength=4).min() >= 1


def test_no_fold_is_the_validation_part_of_the_search(tmp_path: Path) -> None:
    cache = make_cache(tmp_path, LABELS)
    validation, folds = make_split(cache).validation, make_folds(cache)
    shares = [np.isin(validation, cache.labelled[folds == fold]).mean() for fold in range(5)]
    assert max(shares) < 0.5, "what was chosen on it would be confirmed on it"


def test_there_are_no_more_folds_than_a_class_has_groups(tmp_path: Path) -> None:
    cache = make_cache(tmp_path, [0] * 20 + [1] * 3)
    assert sorted(set(make_folds(cache, 5).tolist())) == [0, 1, 2]


def test_a_class_in_one_group_cannot_be_cross_validated(tmp_path: Path) -> None:
    cache = make_cache(tmp_path, [0] * 20 + [1] * 2, twins={20: 21})
    with pytest.raises(DataError, match="class '1' .* cannot be cross-validated"):
        make_folds(cache)


@pytest.mark.parametrize("sizes", [(1, 1, 1, 1, 4), (3, 2, 1, 1, 1), (5, 5, 1, 1, 1), (8, 3, 3, 2, 2, 1)])
def test_rare_classes_of_unequal_groups_can_be_cross_validated(tmp_path: Path, sizes: tuple[int, ...]) -> None:
    patients = [f"p{k}" for k, size in enumerate(sizes) for _ in range(size)]
    cache = make_cache(tmp_path, [0] * 100 + [1] * len(patients), groups=[""] * 100 + patients)
    folds = make_folds(cache, 5)
    assert folds.max() >= 1
    for fold in range(folds.max() + 1):
        assert len(set(cache.labels[cache.labelled[folds == fold]])) == 2
        assert not crossing(cache, cache.labelled[folds == fold], cache.labelled[folds != fold])


def test_few_recordings_are_dealt_into_more_folds() -> None:
    assert folds_for(6000, 160) == folds_for(300, 40) == 5
    assert folds_for(150, 40) == 10
    assert folds_for(107, 7) == 7  # each fold has the rare class
    assert folds_for(104, 2) == folds_for(6000, 2) == 2
