"""A bundle of a person's own architecture carries its file, which runs only where it is trusted."""

import hashlib
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from data_pipeline import Cache
from models.module_files import load_module, read_module
from tuner.bundle import Manifest, ManifestMember, input_of, load_bundle, model_file, write_bundle
from tuner.bundle.manifest import ManifestBlend, ManifestData, ManifestProvenance, ManifestScores
from tuner.errors import BundleError, UntrustedCode
from tuner.study.settings import Settings
from tuner.study.trust import VARIABLE

CPU = torch.device("cpu")

MODULE = """from dataclasses import dataclass
import torch
from data_pipeline.front_ends import Signal
from models import Architecture

@dataclass(frozen=True)
class Config:
    rate: int = 50

class Net(torch.nn.Module):
    def __init__(self, config, n_classes):
        super().__init__()
        self.head = torch.nn.Linear(1, n_classes)

    def forward(self, inputs, lengths):
        return self.head((inputs.abs().sum(1) / lengths)[:, None])

ARCHITECTURE = Architecture("bundled_net", Config, {"rate": 50}, Net, lambda config: Signal(config.rate))
"""


@pytest.fixture(autouse=True)
def nobody_is_trusted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "")


@pytest.fixture
def bundle(tmp_path: Path, cache: Cache) -> Path:
    (tmp_path / "bundled_net.py").write_text(MODULE)
    (architecture,) = load_module(read_module(tmp_path / "bundled_net.py"))
    settings = Settings.from_params({"architecture": "bundled_net"})
    torch.manual_seed(0)
    files = {model_file("bundled_net", "trial0"): architecture.build(settings.model, 4).state_dict()}
    data = {"fingerprint": "f" * 64, "split": "s" * 64, "train": 1, "validation": 1, "test": 0}
    member = ManifestMember(
        trial=0,
        trial_state="COMPLETE",
        architecture="bundled_net",
        settings=settings.to_dict(),
        input=input_of(settings),
        models=tuple(files),
        trained_on="nothing",
        epochs=1,
        planned_epochs=1,
        augmented=False,
        validation=ManifestScores(
            loss=1.0,
            macro_f1=0.5,
            accuracy=0.5,
            class_f1=(0.5,) * 4,
            confusion=((1, 0, 0, 0), (0, 1, 0, 0), (0, 0, 1, 0), (0, 0, 0, 1)),
        ),
        provenance=ManifestProvenance(seed=0, fingerprint="f" * 64, split="s" * 64, versions={}, device="cpu"),
    )
    manifest = Manifest(
        study="s",
        metric="macro_f1",
        class_names=cache.class_names,
        rate=cache.rate,
        unit=cache.unit,
        members=(member,),
        blend=ManifestBlend(pool=(1.0,)),
        calibration=None,
        unsure_below=None,
        confirmed=None,
        data=ManifestData(class_names=cache.class_names, rate=cache.rate, **data),
        openings=0,
        versions={},
    )
    write_bundle(tmp_path / "model", manifest, files)
    return tmp_path / "model"


def _sign(bundle: Path) -> None:
    lines = [
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n"
        for path in sorted(bundle.iterdir())
        if path.name != "SHA256SUMS"
    ]
    (bundle / "SHA256SUMS").write_text("".join(lines))


def test_the_file_lies_in_the_bundle_and_is_named(bundle: Path) -> None:
    assert (bundle / "bundled_net.py").read_text() == MODULE
    (module,) = json.loads((bundle / "bundle.json").read_text())["modules"]
    assert module == {"file": "bundled_net.py", "sha256": hashlib.sha256(MODULE.encode()).hexdigest()}
    assert f"{module['sha256']}  bundled_net.py" in (bundle / "SHA256SUMS").read_text().splitlines()
    assert "`bundled_net.py`" in (bundle / "README.md").read_text()


def test_it_runs_only_where_it_is_trusted(bundle: Path, cache: Cache, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UntrustedCode, match=r"model carries bundled_net.py .*--trust-code") as refusal:
        load_bundle(bundle, CPU)
    assert "\n" not in str(refusal.value)
    signals = [cache.signal(i) for i in range(3)]
    said = load_bundle(bundle, CPU, trust_code=True).predict(signals, cache.scale[:3], cache.rate)
    assert np.allclose(said.sum(1), 1, atol=1e-6)
    monkeypatch.setenv(VARIABLE, "1")
    assert np.array_equal(said, load_bundle(bundle, CPU).predict(signals, cache.scale[:3], cache.rate))


@pytest.mark.parametrize("is_trusted", [True, False])
def test_a_new_process_runs_it_only_where_it_is_trusted(bundle: Path, tmp_path: Path, is_trusted: bool) -> None:
    trace = tmp_path / "trace"
    text = MODULE + f"open({str(trace)!r}, 'w').close()\n"
    (bundle / "bundled_net.py").write_text(text)
    about = json.loads((bundle / "bundle.json").read_text())
    about["modules"][0]["sha256"] = hashlib.sha256(text.encode()).hexdigest()
    (bundle / "bundle.json").write_text(json.dumps(about))
    _sign(bundle)
    program = (
        "import sys, torch; from pathlib import Path; from tuner.bundle import load_bundle\n"
        f"load_bundle(Path({str(bundle)!r}), torch.device('cpu'), trust_code={is_trusted})"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert (done.returncode == 0) == is_trusted == trace.exists(), done.stderr
    assert is_trusted or "UntrustedCode" in done.stderr


def test_a_changed_file_is_refused(bundle: Path) -> None:
    (bundle / "bundled_net.py").write_text(MODULE + "# changed\n")
    with pytest.raises(BundleError, match="bundled_net.py was changed"):
        load_bundle(bundle, CPU, trust_code=True)
    _sign(bundle)
    with pytest.raises(BundleError, match="bundled_net.py is not the file that bundle.json names"):
        load_bundle(bundle, CPU, trust_code=True)


@pytest.mark.parametrize("named", ["other.py", "../bundled_net.py", "/etc/passwd"])
def test_a_file_that_is_not_of_the_bundle_is_refused(bundle: Path, named: str) -> None:
    about = json.loads((bundle / "bundle.json").read_text())
    about["modules"][0]["file"] = named
    (bundle / "bundle.json").write_text(json.dumps(about))
    _sign(bundle)
    with pytest.raises(BundleError, match=r"which has no checksum there|modules\.0\.file"):
        load_bundle(bundle, CPU, trust_code=True)
