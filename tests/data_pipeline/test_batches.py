"""Batches: every recording once, alike whenever asked, and the same as the recording alone."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from data_pipeline.augmentation import Augmentation
from data_pipeline.batches import CPU, ORDERED_VALUES, Batch, Batches
from data_pipeline.cache import Cache
from data_pipeline.errors import DataError
from data_pipeline.front_ends import FrontEnd, Signal, Spectrogram
from data_pipeline.preparation import prepare
from data_pipeline.resident import ResidentView
from data_pipeline.views import open_view

FRONT_ENDS: list[FrontEnd] = [Signal(100), Spectrogram(100, 64, 32)]
STRONG = Augmentation(gain=0.3, polarity=0.5, crop_s=4.0)
EVERYTHING = replace(STRONG, resample=0.5, burst=0.5, wander=0.5, hum=0.5, noise=0.5)


def make_cache(folder: Path, lengths: list[int]) -> Cache:
    rng = np.random.default_rng(0)
    source = folder / "source"
    source.mkdir()
    rows = ["file,label,group"]
    for i, n in enumerate(lengths):
        np.save(source / f"{i:04}.npy", rng.normal(0, 300, n).astype(np.int16))
        rows.append(f"{i:04}.npy,{'' if i % 5 == 4 else 'NA'[i % 2]},")
    (source / "labels.csv").write_text("\n".join(rows) + "\n")
    return prepare(source, folder / "cache", rate=300.0)


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Cache:
    lengths = np.random.default_rng(1).integers(1, 6000, 150)
    return make_cache(tmp_path_factory.mktemp("batches"), [1, 3, *lengths.tolist()])


def rows(batches: list[Batch]) -> dict[int, torch.Tensor]:
    """Each recording's unpadded item."""
    return {
        int(i): row[:n]
        for batch in batches
        for i, row, n in zip(batch.indices, batch.inputs, batch.lengths.tolist(), strict=True)
    }


def same(left: list[Batch], right: list[Batch]) -> bool:
    return len(left) == len(right) and all(
        torch.equal(a.inputs, b.inputs) and torch.equal(a.lengths, b.lengths) and np.array_equal(a.indices, b.indices)
        for a, b in zip(left, right, strict=True)
    )


@pytest.mark.parametrize("front_end", FRONT_ENDS)
@pytest.mark.parametrize("augmentation", [Augmentation(), STRONG, EVERYTHING])
def test_batches_are_tensors_of_the_promised_form(
    cache: Cache, front_end: FrontEnd, augmentation: Augmentation
) -> None:
    batches = Batches(cache, front_end, np.arange(len(cache)), batch_size=16, augmentation=augmentation)
    for batch in [*batches.epoch(0), *batches.ordered()]:
        n_features = (front_end.n_features,) if front_end.n_features else ()
        assert batch.inputs.shape == (len(batch.indices), int(batch.lengths.max()), *n_features)
        assert batch.inputs.dtype == torch.float32
        assert batch.lengths.dtype == batch.labels.dtype == torch.int64
        assert batch.labels.tolist() == cache.labels[batch.indices].tolist()
        for row, n in zip(batch.inputs, batch.lengths.tolist(), strict=True):
            assert not row[n:].any()


@pytest.mark.parametrize(("n", "batch_size"), [(1, 8), (2, 8), (8, 8), (9, 8), (10, 8), (65, 32), (152, 1), (152, 2)])
@pytest.mark.parametrize("augmentation", [Augmentation(), STRONG, EVERYTHING])
def test_every_index_exactly_once_in_the_announced_number_of_batches(
    cache: Cache, n: int, batch_size: int, augmentation: Augmentation
) -> None:
    indices = np.random.default_rng(2).permutation(len(cache))[:n]
    batches = Batches(cache, Signal(100), indices, batch_size=batch_size, augmentation=augmentation)
    for epoch in range(3):
        drawn = [batch.indices for batch in batches.epoch(epoch)]
        assert sorted(np.concatenate(drawn)) == sorted(indices)
        assert len(drawn) == batches.n_batches == len(batches)
    assert sorted(np.concatenate([batch.indices for batch in batches.ordered()])) == sorted(indices)


@pytest.mark.parametrize("n", range(2, 36))
def test_no_batch_of_one_in_training(cache: Cache, n: int) -> None:
    batches = Batches(cache, Signal(100), np.arange(n), batch_size=8)
    assert min(len(batch.indices) for batch in batches.epoch(0)) > 1


@pytest.mark.parametrize("front_end", FRONT_ENDS)
def test_batch_equals_alone(cache: Cache, front_end: FrontEnd) -> None:
    batches = Batches(cache, front_end, np.arange(len(cache)), batch_size=16)
    for drawn in (batches.epoch(0), batches.ordered()):
        for i, item in rows(list(drawn)).items():
            alone = front_end.of(cache.signal(i), 1.0, cache.rate)
            assert item.shape == alone.shape
            assert np.abs(item.numpy() - alone).max() < 1e-5


def test_view_equals_computing_in_the_batch(cache: Cache) -> None:
    front_end = Spectrogram(100, 64, 32)
    view = open_view(cache, front_end)
    in_batch = Batches(cache, front_end, np.arange(len(cache)), batch_size=16, augmentation=Augmentation(crop_s=1e6))
    for drawn in (in_batch.epoch(0), in_batch.ordered()):
        for i, item in rows(list(drawn)).items():
            assert item.shape == view.item(i).shape
            assert np.abs(item.numpy() - view.item(i)).max() < 1e-5


@pytest.mark.parametrize("augmentation", [Augmentation(), STRONG, EVERYTHING])
def test_resumed_epoch_is_the_same(cache: Cache, augmentation: Augmentation) -> None:
    def fresh(seed: int = 5) -> Batches:
        return Batches(cache, Signal(100), np.arange(len(cache)), batch_size=16, augmentation=augmentation, seed=seed)

    straight = fresh()
    history = [list(straight.epoch(epoch)) for epoch in range(3)]
    assert same(history[2], list(fresh().epoch(2)))
    assert not same(history[1], history[2])
    assert not same(history[2], list(fresh(seed=6).epoch(2)))


@pytest.mark.parametrize("front_end", FRONT_ENDS)
@pytest.mark.parametrize("augmentation", [STRONG, EVERYTHING])
def test_augmentation_of_a_recording_does_not_depend_on_its_company(
    cache: Cache, front_end: FrontEnd, augmentation: Augmentation
) -> None:
    half = np.random.default_rng(3).permutation(len(cache))[:70]
    many = Batches(cache, front_end, np.arange(len(cache)), batch_size=16, augmentation=augmentation)
    few = Batches(cache, front_end, half, batch_size=7, augmentation=augmentation)
    among_many, among_few = rows(list(many.epoch(4))), rows(list(few.epoch(4)))
    assert all(torch.equal(among_few[i], among_many[i]) for i in half.tolist())


@pytest.mark.parametrize("front_end", FRONT_ENDS)
@pytest.mark.parametrize("augmentation", [Augmentation(), STRONG, EVERYTHING])
def test_augmentation_of_a_recording_alone_is_that_of_its_batch(
    cache: Cache, front_end: FrontEnd, augmentation: Augmentation
) -> None:
    view = open_view(cache, Signal(100))
    batches = Batches(cache, front_end, np.arange(len(cache)), batch_size=16, augmentation=augmentation, seed=3)
    for i, item in rows(list(batches.epoch(4))).items():
        alone = front_end.from_signal(augmentation.of(view.item(i), 100, seed=3, epoch=4, recording=i))
        assert np.array_equal(item.numpy(), alone)


def test_augmentation_changes_what_it_says(cache: Cache) -> None:
    view = open_view(cache, Signal(100))

    def first_epoch(augmentation: Augmentation) -> dict[int, torch.Tensor]:
        batches = Batches(cache, Signal(100), np.arange(len(cache)), batch_size=16, augmentation=augmentation)
        return rows(list(batches.epoch(0)))

    for i, item in first_epoch(Augmentation(polarity=1.0)).items():
        assert np.array_equal(item.numpy(), -view.item(i))
    louder = first_epoch(Augmentation(gain=0.2))
    factors = [item.abs().max().item() / np.abs(view.item(i)).max() for i, item in louder.items() if view.item(i).any()]
    assert 0.8 <= min(factors) < 0.85
    assert 1.15 < max(factors) <= 1.2 + 1e-6
    for i, item in first_epoch(Augmentation(crop_s=5.0)).items():
        whole = view.item(i)
        assert len(item) == min(len(whole), 500)
        starts = np.lib.stride_tricks.sliding_window_view(whole, len(item))
        assert (starts == item.numpy()).all(axis=1).any()
    flipped = [np.array_equal(item, -view.item(i)) for i, item in first_epoch(Augmentation(polarity=0.5)).items()]
    assert 0.3 < np.mean(flipped) < 0.7


def test_batches_are_of_similar_length(cache: Cache) -> None:
    for augmentation in (Augmentation(), STRONG, EVERYTHING):
        batches = Batches(cache, Signal(100), np.arange(len(cache)), batch_size=8, augmentation=augmentation)
        drawn = list(batches.epoch(0))
        padded, real = sum(batch.inputs.numel() for batch in drawn), sum(int(batch.lengths.sum()) for batch in drawn)
        assert padded / real < 1.2, "batches at random have 1.8"


def test_ordered_is_longest_first(cache: Cache) -> None:
    lengths = torch.cat([b.lengths for b in Batches(cache, Signal(100), np.arange(50), batch_size=2).ordered()])
    assert lengths.tolist() == sorted(lengths.tolist(), reverse=True)


@pytest.mark.parametrize("front_end", FRONT_ENDS)
@pytest.mark.parametrize("augmentation", [Augmentation(), STRONG, EVERYTHING])
def test_an_hour_does_not_blow_up_the_batch_it_is_in(
    tmp_path: Path, front_end: FrontEnd, augmentation: Augmentation
) -> None:
    hour = make_cache(tmp_path, [3600 * 300] * 3 + [3000] * 20)
    drawn = list(Batches(hour, front_end, np.arange(23), batch_size=2, augmentation=augmentation).ordered())
    assert max(batch.inputs.numel() for batch in drawn) <= ORDERED_VALUES
    assert len(drawn[0].indices) <= 3
    assert len(drawn[-1].indices) >= 19


def test_nothing_to_batch_is_refused(cache: Cache) -> None:
    with pytest.raises(DataError, match="0 recordings"):
        Batches(cache, Signal(100), np.array([], np.int64), batch_size=4)


@pytest.mark.parametrize("front_end", FRONT_ENDS)
@pytest.mark.parametrize("augmentation", [Augmentation(), STRONG])
def test_a_view_on_a_device_gives_the_same_batches(
    cache: Cache, front_end: FrontEnd, augmentation: Augmentation
) -> None:
    """On the CPU's own memory, which takes the place of a GPU's."""
    expected = Batches(cache, front_end, np.arange(len(cache)), batch_size=16, augmentation=augmentation)
    batches = Batches(cache, front_end, np.arange(len(cache)), batch_size=16, augmentation=augmentation)
    batches._resident = ResidentView(batches._view, CPU)
    for ours, theirs in zip(
        [*batches.epoch(1), *batches.ordered()], [*expected.epoch(1), *expected.ordered()], strict=True
    ):
        assert torch.equal(ours.lengths, theirs.lengths)
        assert torch.equal(ours.labels, theirs.labels)
        assert ours.inputs.shape == theirs.inputs.shape
        assert (ours.inputs - theirs.inputs).abs().max() < 1e-4


def test_what_a_device_cannot_do_is_done_without_a_copy_there(cache: Cache, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("data_pipeline.batches.resident", ResidentView)
    for name in ("resample", "burst", "wander", "hum", "noise"):
        batches = Batches(cache, Signal(100), np.arange(9), batch_size=4, augmentation=Augmentation(**{name: 0.5}))
        assert batches._resident is None
    assert Batches(cache, Signal(100), np.arange(9), batch_size=4, augmentation=STRONG)._resident is not None
