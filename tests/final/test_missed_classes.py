"""The final step, an export and the opening of test labels name the classes that a model never finds."""

from pathlib import Path

import numpy as np
import pytest
from tuner_command import Tuner

STUDY = """
[study]
name = "small"
metric = "accuracy"
trials = 1

[search]
architectures = ["feature_boosting"]

[space]
"feature_boosting.rounds" = 25
"feature_boosting.depth" = 2
"feature_boosting.class_weight" = 0.0
"""


@pytest.mark.slow
def test_a_class_that_nothing_tells_from_another_is_named_in_terminal_and_card(sqlite_tuner: Tuner) -> None:
    folder, rng = sqlite_tuner.folder, np.random.default_rng(0)
    labels, test_labels = np.repeat(["N", "AF"], (50, 5)), np.repeat(["N", "AF"], (10, 2))
    noise = [rng.standard_normal((len(part), 1500)).astype(np.float32) for part in (labels, test_labels)]
    np.savez(folder / "noise.npz", X_train=noise[0], y_train=labels, X_test=noise[1], y_test=test_labels)
    (folder / "small.toml").write_text(STUDY)
    sqlite_tuner.succeed("data", "prepare", "noise.npz", "--out", "cache", "--rate", 100)
    sqlite_tuner.succeed("create", "small.toml", "--data", "cache")
    sqlite_tuner.succeed("work", "small", "--workers", 1)

    said = sqlite_tuner.succeed("finalize", "small", "--workers", 1)
    helps = "add recordings of it, or raise feature_boosting.class_weight (0.0 here) in the study file"
    line = f"class AF, 5 recordings, is never predicted out of fold: {helps}, or search by macro_f1"
    model = folder / "runs" / "small" / "best" / "model"
    assert f"warning: {line}" in said
    assert f"**Warning:** {line}" in (model / "README.md").read_text()

    exported = sqlite_tuner.succeed("export", "small", "--out", "exported")
    assert "warning: class AF, 5 recordings, is never predicted in the search: " in exported
    assert "never predicted in the search" in (Path(folder) / "exported" / "README.md").read_text()

    opened = sqlite_tuner.succeed("evaluate", model, "--unseal")
    assert "warning: class AF, 2 recordings, is never predicted on the test recordings: " in opened
