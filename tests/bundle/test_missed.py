"""Each class that a model never finds is named, with what may help."""

from pathlib import Path

from small_bundle import CLASSES, write_small

from tuner.bundle import Manifest, missed_classes

FOUND = ((90, 1, 2, 1), (3, 5, 0, 0), (4, 0, 9, 0), (1, 0, 0, 3))


def _manifest(folder: Path, metric: str = "macro_f1") -> Manifest:
    bundle = write_small(folder / "model")
    read = Manifest.model_validate_json((bundle / "bundle.json").read_text())
    return read.model_copy(update={"metric": metric})


def test_nothing_is_said_where_each_class_is_found(tmp_path: Path) -> None:
    assert missed_classes(_manifest(tmp_path), FOUND, "out of fold") == []


def test_a_class_that_is_never_predicted_is_named_with_what_may_help(tmp_path: Path) -> None:
    confusion = ((90, 0, 2, 1), (7, 0, 0, 0), *FOUND[2:])
    (line,) = missed_classes(_manifest(tmp_path), confusion, "out of fold")
    assert line == (
        "class A, 7 recordings, is never predicted out of fold: add recordings of it, or raise train.class_weight (0.5 "
        "here), feature_boosting.class_weight (0.5 here) in the study file"
    )


def test_a_metric_that_overlooks_small_classes_is_named(tmp_path: Path) -> None:
    confusion = ((90, 0, 2, 1), (1, 0, 0, 0), *FOUND[2:])
    (line,) = missed_classes(_manifest(tmp_path, "accuracy"), confusion, "out of fold")
    assert line.startswith("class A, 1 recording, ") and "search by macro_f1" in line


def test_a_class_that_is_called_wrongly_only_is_named(tmp_path: Path) -> None:
    confusion = ((90, 2, 2, 1), (7, 0, 0, 0), *FOUND[2:])
    (line,) = missed_classes(_manifest(tmp_path), confusion, "on the test recordings")
    assert line.startswith("class A, 7 recordings, is predicted 2 times, but never rightly on the test recordings: ")


def test_a_class_without_recordings_cannot_be_missed(tmp_path: Path) -> None:
    confusion = ((90, 0, 2, 1), (0, 0, 0, 0), *FOUND[2:])
    assert len(CLASSES) == len(confusion)
    assert missed_classes(_manifest(tmp_path), confusion, "on the test recordings") == []
