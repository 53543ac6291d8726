"""What others wrote into a database or a bundle reaches the terminal as text, whatever it is."""

from pathlib import Path

import optuna
import pytest
from tuner_command import Tuner

from data_pipeline import Cache
from tuner.bundle.files import write_checksums
from tuner.storage import Storage, open_storage
from tuner.study.record import create_study
from tuner.study.spec import StudySpec

EVIL = "[/x]\x1b]0;x\x07\x1b[31m\nerror: forged"
SHOWN = r"[/x]\x1b]0;x\x07\x1b[31m\nerror: forged"

SCORES = {"loss": 1.0, "confusion": [[1, 0], [0, 1]]}
PROVENANCE = {"seed": 0, "fingerprint": "", "split": "", "versions": {}, "device": EVIL}
RESULT = {"best_epoch": 1, "epochs": 1, "planned": 1, "seconds": 1.0, "parameters": 1, "validation": SCORES}


def _study(storage: Storage, cache: Cache) -> int:
    spec = {"study": {"name": "small", "metric_classes": ["N"]}, "search": {"architectures": ["resnet1d"]}}
    study_id = create_study(storage, StudySpec.model_validate(spec), cache).study_id
    attrs = storage.optuna.get_study_user_attrs(study_id)
    storage.optuna.set_study_user_attr(study_id, "data", attrs["data"] | {"class_names": [EVIL, "A"]})
    evil_spec = attrs["spec"] | {"study": attrs["spec"]["study"] | {"metric_classes": [EVIL]}}
    storage.optuna.set_study_user_attr(study_id, "spec", evil_spec)
    attrs = {"settings": {"architecture": EVIL, EVIL: {EVIL: EVIL}}, "provenance": PROVENANCE}
    done = optuna.trial.create_trial(value=0.5, user_attrs=attrs | {"result": RESULT})
    failed = optuna.trial.create_trial(state=optuna.trial.TrialState.FAIL, user_attrs=attrs | {"reason": EVIL})
    for trial in (done, failed):
        storage.optuna.create_new_trial(study_id, trial)
    storage.workers.register(study_id, host=EVIL, pid=1, device=EVIL)
    storage.control.set_command(study_id, "stop", reason=EVIL)
    return study_id


@pytest.mark.slow
def test_of_a_database(sqlite_tuner: Tuner, cache: Cache) -> None:
    storage = open_storage(sqlite_tuner.storage, create=True)
    _study(storage, cache)
    storage.close()
    for command in (("status", "small"), ("list",), ("best", "small"), ("compare", "small")):
        done = sqlite_tuner.run(*command)
        assert done.returncode == 0 and "\x1b" not in done.stdout + done.stderr, (command, done.stderr)
        assert SHOWN in done.stdout or command == ("list",)
        assert not any(line.startswith("error:") for line in (done.stdout + done.stderr).splitlines()), command
    assert SHOWN in sqlite_tuner.fail("work", "small")


@pytest.mark.parametrize("manifest", [f'{{"study": "{EVIL}"}}', "{}"])
def test_of_a_bundle(sqlite_tuner: Tuner, manifest: str) -> None:
    bundle = Path(sqlite_tuner.folder / f"model{EVIL.replace('/', '')}")
    bundle.mkdir()
    (bundle / "bundle.json").write_text(manifest)
    (bundle / "README.md").write_text(EVIL)
    write_checksums(bundle)
    assert r"\x1b]0;x\x07\x1b[31m\nerror: forged" in sqlite_tuner.fail("predict", bundle, "synthetic:4")
    with (bundle / "SHA256SUMS").open("a") as sums:
        sums.write(f"{'0' * 64}  \x1b[31m\n")
    assert "is no list of checksums" in sqlite_tuner.fail("predict", bundle, "synthetic:4")
