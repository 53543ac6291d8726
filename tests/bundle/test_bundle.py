"""A bundle of several members predicts what its parts, put together by hand, predict."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import xgboost as xgb

from data_pipeline import Cache, Features, open_view
from models import get_architecture
from models.feature_boosting import FeatureBoosting, FeatureBoostingConfig
from tuner.bundle import Bundle, Manifest, ManifestMember, answers, input_of, load_bundle, model_file, write_bundle
from tuner.bundle.files import write_checksums
from tuner.bundle.manifest import ManifestBlend, ManifestData, ManifestProvenance, ManifestScores
from tuner.errors import BundleError
from tuner.statistics.blending import Pool
from tuner.statistics.calibration import Calibration
from tuner.study.settings import Settings, TrainSettings

NETWORK = Settings("resnet1d", TrainSettings(resample=0.2), get_architecture("resnet1d").config(width=8, stages=3))
TREES = Settings("feature_boosting", None, FeatureBoostingConfig(rounds=10, depth=2))
BLEND = Pool((0.7, 0.5))
CALIBRATION = Calibration(1.3, 0.2, (0.5, 0.2, 0.2, 0.1))
DATA = ManifestData(
    fingerprint="f" * 64,
    split="s" * 64,
    class_names=("N", "A", "O", "~"),
    rate=300,
    train=1,
    validation=1,
    test=0,
)


@pytest.fixture
def parts(cache: Cache) -> tuple[list[torch.nn.Module], FeatureBoosting]:
    """Two networks as they are drawn, and trees that have grown."""
    networks = []
    for seed in range(2):
        torch.manual_seed(seed)
        networks.append(get_architecture("resnet1d").build(NETWORK.model, 4).eval())
    trees = FeatureBoosting(TREES.model, 4)
    features = torch.from_numpy(open_view(cache, Features()).values[cache.labelled][:, None].copy())
    matrix = xgb.DMatrix(trees.table(features), cache.labels[cache.labelled], missing=np.nan)
    list(trees.grow(matrix, 0, range(10)))
    return networks, trees


def _write(folder: Path, cache: Cache, networks: list[torch.nn.Module], trees: FeatureBoosting, **changes: Any) -> Path:
    files = {model_file("resnet1d", f"n{k}"): network.state_dict() for k, network in enumerate(networks)}
    forest = {model_file("feature_boosting", f"t{k}"): trees.state_dict() for k in range(len(networks))}
    assert set(forest) == {"t0.json", "t1.json"}
    members = (_member(NETWORK, tuple(files), True), _member(TREES, tuple(forest), False))
    manifest = Manifest(
        study="s",
        metric="macro_f1",
        class_names=cache.class_names,
        rate=cache.rate,
        unit=cache.unit,
        members=members,
        blend=ManifestBlend(pool=BLEND.weights),
        calibration=CALIBRATION,
        unsure_below=0.5,
        confirmed=None,
        data=DATA,
        openings=2,
        versions={},
    )
    write_bundle(folder / "model", manifest.model_copy(update=changes), files | forest)
    return folder / "model"


def _member(settings: Settings, models: tuple[str, ...], augmented: bool) -> ManifestMember:
    return ManifestMember(
        trial=0,
        trial_state="COMPLETE",
        architecture=settings.architecture,
        settings=settings.to_dict(),
        input=input_of(settings),
        models=models,
        trained_on="nothing",
        epochs=1,
        planned_epochs=1,
        augmented=augmented,
        validation=ManifestScores(
            loss=1.0,
            macro_f1=0.5,
            accuracy=0.5,
            class_f1=(0.5,) * 4,
            confusion=((1, 0, 0, 0), (0, 1, 0, 0), (0, 0, 1, 0), (0, 0, 0, 1)),
        ),
        provenance=ManifestProvenance(seed=0, fingerprint="f" * 64, split="s" * 64, versions={}, device="cpu"),
    )


def _rewrite(bundle: Path, **changes: Any) -> Path:
    """Change what `bundle.json` says, as if it had been written so."""
    about = json.loads((bundle / "bundle.json").read_text())
    (bundle / "bundle.json").write_text(json.dumps(about | changes))
    (bundle / "SHA256SUMS").unlink()
    write_checksums(bundle)
    return bundle


def _predicted(bundle: Bundle, cache: Cache, indices: list[int]) -> np.ndarray:  # type: ignore[type-arg]
    return bundle.predict([cache.signal(i) for i in indices], cache.scale[indices], cache.rate)


def test_members_are_blended_and_calibrated_fold_by_fold_and_averaged(
    cache: Cache, tmp_path: Path, parts: tuple[list[torch.nn.Module], FeatureBoosting]
) -> None:
    bundle = load_bundle(_write(tmp_path, cache, *parts), torch.device("cpu"))
    indices = [5, 0, 9]
    networks, trees = parts
    alone = [_one_network(network, cache, indices, bundle) for network in networks]
    features = torch.from_numpy(open_view(cache, Features()).values[indices][:, None].copy())
    forest = trees(features, torch.ones(3, dtype=torch.int64)).softmax(1).numpy()
    by_fold = [CALIBRATION.apply(BLEND.apply([network, forest.astype(np.float64)])) for network in alone]
    expected = np.mean(by_fold, axis=0)
    assert np.allclose(_predicted(bundle, cache, indices), expected, atol=1e-5)


def _one_network(network: torch.nn.Module, cache: Cache, indices: list[int], bundle: Bundle) -> np.ndarray:  # type: ignore[type-arg]
    """Average a network over the recordings as they are and as they are disturbed, one by one."""
    member, rows = bundle.members[0], []
    assert member.augmentation is not None and member.augmentation.resample == 0.2
    for i in indices:
        signal = member.front_end.of(cache.signal(i), float(cache.scale[i]), cache.rate)
        views = [member.augmentation.of(signal, member.front_end.rate, seed=0, epoch=k, recording=0) for k in range(4)]
        with torch.inference_mode():
            scores = [
                network(torch.from_numpy(view[None].copy()), torch.tensor([len(view)])) for view in [signal, *views]
            ]
        rows.append(torch.cat(scores).softmax(1).mean(0).numpy())
    return np.array(rows)


def test_below_the_threshold_the_answer_is_unsure() -> None:
    rows = np.array([[0.6, 0.4], [0.45, 0.55], [0.5, 0.5]], np.float32)
    assert answers(0.55, rows) == ["0", "1", "unsure"]
    assert answers(None, rows) == ["0", "1", "0"]


def test_what_a_killed_process_left_beside_a_bundle_is_cleared_away(
    cache: Cache, tmp_path: Path, parts: tuple[list[torch.nn.Module], FeatureBoosting]
) -> None:
    (tmp_path / ".model.new").mkdir()
    (tmp_path / ".model.new" / "half").write_text("x")
    (tmp_path / ".model.old").mkdir()
    for _ in range(2):
        load_bundle(_write(tmp_path, cache, *parts), torch.device("cpu"))
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


def test_the_last_bundle_is_put_back_where_the_next_one_did_not_come_to_be(
    cache: Cache, tmp_path: Path, parts: tuple[list[torch.nn.Module], FeatureBoosting]
) -> None:
    _write(tmp_path, cache, *parts).rename(tmp_path / ".model.old")  # killed between the two renames
    (tmp_path / ".model.new").write_text("in the way of the next try")
    with pytest.raises(BundleError, match="cannot be written"):
        _write(tmp_path, cache, *parts)
    load_bundle(tmp_path / "model", torch.device("cpu"))


def test_a_link_to_a_bundle_stays_one(
    cache: Cache, tmp_path: Path, parts: tuple[list[torch.nn.Module], FeatureBoosting]
) -> None:
    _write(tmp_path, cache, *parts).rename(tmp_path / "elsewhere")
    (tmp_path / "model").symlink_to(tmp_path / "elsewhere")
    load_bundle(_write(tmp_path, cache, *parts), torch.device("cpu"))
    assert (tmp_path / "model").is_symlink() and not (tmp_path / "elsewhere").is_symlink()


def test_a_damaged_list_of_files_is_one_line(
    cache: Cache, tmp_path: Path, parts: tuple[list[torch.nn.Module], FeatureBoosting]
) -> None:
    (_write(tmp_path, cache, *parts) / "SHA256SUMS").write_bytes(b"\xff\xfe")
    with pytest.raises(BundleError, match="cannot be read.*move it away"):
        _write(tmp_path, cache, *parts)


def test_names_of_classes_are_shown_on_the_card_as_they_are(
    cache: Cache, tmp_path: Path, parts: tuple[list[torch.nn.Module], FeatureBoosting]
) -> None:
    path = _write(tmp_path, cache, *parts, class_names=("A|B", "<b>", "a\nb", "*"))
    assert "A\\|B, \\<b\\>, a b, \\*" in (path / "README.md").read_text()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"format": 3}, "format = 3: this version knows bundle format 2: use the tuner that wrote it"),
        ({"format": 1}, "format = 1: this version knows bundle format 2: use the tuner that wrote it"),
        ({"calibration": {"x": 1}}, "not a readable bundle: bundle.json: calibration.temperature: missing"),
        ({"calibration": asdict(CALIBRATION) | {"temperature": float("nan")}}, "bundle.json: NaN is no number"),
        ({"calibration": asdict(CALIBRATION) | {"temperature": 0.0}}, "calibration = .*needs a temperature"),
        ({"calibration": asdict(CALIBRATION) | {"prior": [0.5, 0.5]}}, "calibration = .*one share for each class"),
        ({"blend": {"pool": [1.0, -1.0]}}, "blend.pool = .*must be finite and 0 or more"),
        ({"blend": {"pool": [1.0]}}, "blend = .*one weight for each member"),
        ({"modules": [{"file": "net.py", "sha256": "0" * 64}]}, "names net.py, which has no checksum"),
        ({"modules": [{"file": "../net.py", "sha256": "0" * 64}]}, "modules.0.file = "),
    ],
)
def test_what_this_version_cannot_read_is_refused(
    cache: Cache,
    tmp_path: Path,
    parts: tuple[list[torch.nn.Module], FeatureBoosting],
    changes: dict[str, Any],
    said: str,
) -> None:
    path = _rewrite(_write(tmp_path, cache, *parts), **changes)
    with pytest.raises(BundleError, match=said) as caught:
        load_bundle(path, torch.device("cpu"))
    assert "\n" not in str(caught.value) and str(path) in str(caught.value)


def test_models_of_another_input_are_refused(
    cache: Cache, tmp_path: Path, parts: tuple[list[torch.nn.Module], FeatureBoosting], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = _write(tmp_path, cache, *parts)
    trained_on = f"was trained on Features.*version {Features.version}"
    monkeypatch.setattr(Features, "version", 99)
    with pytest.raises(BundleError, match=f"{trained_on}.*this version makes.*version 99"):
        load_bundle(path, torch.device("cpu"))
