"""What the final step decides, and that it goes on where it was stopped."""

import json
import signal
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from click.testing import CliRunner
from matplotlib.figure import Figure
from processes import is_over
from sklearn.metrics import f1_score
from tuner_command import MIXED_STUDY, Tuner
from watching import wait, workers_of

from data_pipeline import Cache
from data_pipeline.sealed import read_sealed_labels
from tuner.bundle import Confirmed, Manifest, load_bundle
from tuner.cli import tuner as tuner_command
from tuner.errors import OutOfMemory, TrialError
from tuner.final.evidence import Evidence
from tuner.final.options import read_options
from tuner.final.part import Part, PartFacts
from tuner.final.parts import PARTS
from tuner.final.recipe import Recipe
from tuner.final.step import finalize
from tuner.final.trainings import Trainings
from tuner.storage import open_storage
from tuner.study.opened import open_study
from tuner.study.trials import TrialRecord
from tuner.work.result import PartResult

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def searched(tmp_path_factory: pytest.TempPathFactory, cache: Cache) -> Tuner:
    """A finished search of trees and networks."""
    folder = tmp_path_factory.mktemp("searched")
    tuner = Tuner(folder, f"sqlite:///{folder / 'tuner.db'}")
    (folder / "small.toml").write_text(MIXED_STUDY)
    tuner.succeed("create", folder / "small.toml", "--data", cache.path)
    tuner.succeed("work", "small", "--workers", 2)
    return tuner


@pytest.fixture
def only_searched(searched: Tuner, tmp_path: Path, confirmed: Path, smallest: Path) -> Tuner:
    """The same search without anything of a final step, in a database and a home of its own."""
    database = tmp_path / "tuner.db"
    with closing(sqlite3.connect(searched.folder / "tuner.db")) as there, closing(sqlite3.connect(database)) as here:
        there.backup(here)
        here.execute("DELETE FROM tuner_parts")
        here.execute("DELETE FROM tuner_leases WHERE part != 'search'")
        here.execute("DELETE FROM tuner_epochs WHERE part != 'search'")
        here.commit()
    (tmp_path / "runs").mkdir()
    return Tuner(tmp_path, f"sqlite:///{database}")


@pytest.fixture(scope="module")
def confirmed(searched: Tuner) -> Path:
    """The whole final step of that search."""
    folder = searched.folder / "all"
    done = searched.run("finalize", "small", "--budget", "20m", "--coverage", "0.8", "--out", folder)
    assert done.returncode == 0, done.stderr
    (folder / "log").write_text(done.stderr)
    return folder


SMALLEST = ("finalize", "small", "--budget", "0.001s")


@pytest.fixture(scope="module")
def smallest(searched: Tuner) -> Path:
    """A final step that had time for one candidate only."""
    searched.succeed(*SMALLEST, "--out", searched.folder / "smallest")
    return searched.folder / "smallest"


def _about(folder: Path) -> dict[str, object]:
    about: dict[str, object] = json.loads((folder / "model" / "bundle.json").read_text())
    return about


def _found(folder: Path) -> dict[str, object]:
    found = _about(folder)["confirmed"]
    assert isinstance(found, dict)
    return found


def test_every_figure_of_the_card_can_be_computed_from_the_out_of_fold_predictions(
    confirmed: Path, cache: Cache
) -> None:
    table = pd.read_csv(confirmed / "out_of_fold.csv")
    assert table["id"].tolist() == [cache.ids[i] for i in cache.labelled]
    predicted = table[list(cache.class_names)].to_numpy().argmax(1)
    truth = cache.labels[cache.labelled]
    assert table["label"].tolist() == [cache.class_names[k] for k in truth]
    found = _found(confirmed)
    macro = f1_score(truth, predicted, average="macro")
    assert found["score"]["value"] == pytest.approx(macro)
    assert f"| macro-F1 | {len(truth)} | {macro:.3f} |" in (confirmed / "model" / "README.md").read_text()
    groups = cache.groups[cache.labelled]
    assert all(table["fold"][groups == group].nunique() == 1 for group in np.unique(groups))


def test_kinds_take_turns_and_the_curse_is_the_difference(confirmed: Path) -> None:
    candidates = _found(confirmed)["candidates"]
    assert {one["architecture"] for one in candidates} == {"feature_boosting", "resnet1d"}
    for one in candidates:
        assert one["curse"] == pytest.approx(one["search"] - one["confirmed"]["value"])
    lows = [one["confirmed"]["low"] for one in candidates]
    assert lows == sorted(lows, reverse=True)


def test_the_next_candidate_begins_before_the_last_fold_of_another_is_done(confirmed: Path) -> None:
    lines = (confirmed / "log").read_text().splitlines()
    begun = [i for i, line in enumerate(lines) if line.startswith("confirming")]
    first_done = next(i for i, line in enumerate(lines) if "winner's curse" in line)
    assert len(begun) == 3 and begun[1] < first_done


def test_the_card_shows_pictures_that_are_there(confirmed: Path) -> None:
    card = (confirmed / "model" / "README.md").read_text()
    for picture in ("confirmation", "confusion_matrix", "reliability", "risk_coverage"):
        assert f"({picture}.png)" in card and (confirmed / "model" / f"{picture}.png").stat().st_size > 5000
    for said in ("no medical device", "winner's curse", "chosen by scores on recordings inside these folds"):
        assert said in card


def test_what_is_below_the_threshold_is_unsure(confirmed: Path, searched: Tuner, cache: Cache, tmp_path: Path) -> None:
    least = _about(confirmed)["unsure_below"]
    lines = (confirmed / "predictions.csv").read_text().split()
    sure = pd.read_csv(confirmed / "probabilities.csv")[list(cache.class_names)].to_numpy().max(1)
    assert [line == "unsure" for line in lines] == (sure < least).tolist()
    searched.succeed("predict", confirmed / "model", cache.path, "--out", tmp_path / "predictions.csv")
    assert (tmp_path / "predictions.csv").read_text().split() == lines
    scores = searched.json("evaluate", confirmed / "model", "--unseal")
    is_sure, predicted, truth = sure >= least, np.array(lines), read_sealed_labels(cache)
    assert scores["answered"]["share"] == pytest.approx(is_sure.mean())
    assert scores["answered"]["class_share"] == pytest.approx([is_sure[truth == k].mean() for k in range(4)])
    card = (confirmed / "model" / "README.md").read_text()
    chosen = _found(confirmed)["abstention"]
    for name, share, f1 in zip(cache.class_names, chosen["class_coverage"], chosen["class_f1"], strict=True):
        assert f"| {name} | {share:.1%} | {f'{f1:.3f}' if share else '–'} |" in card
    macro = f1_score(truth[is_sure], predicted[is_sure].astype(int), average="macro", labels=np.unique(truth[is_sure]))
    assert scores["answered"]["interval"]["value"] == pytest.approx(macro)


def test_a_loaded_bundle_predicts_what_the_final_step_predicted(confirmed: Path, cache: Cache) -> None:
    bundle = load_bundle(confirmed / "model", torch.device("cpu"))
    signals = [cache.signal(int(i)) for i in cache.test]
    predicted = bundle.predict(signals, cache.scale[cache.test], cache.rate)
    written = pd.read_csv(confirmed / "probabilities.csv")[list(cache.class_names)].to_numpy()
    assert np.allclose(predicted, written, atol=2e-6)
    alone = bundle.predict(signals[:1], cache.scale[cache.test[:1]], cache.rate)
    assert np.allclose(alone, predicted[:1], atol=1e-5)


def test_one_candidate_is_confirmed_however_small_the_budget(smallest: Path) -> None:
    found = _found(smallest)
    (left_out,) = found["left_out"]
    assert len(found["candidates"]) == 1 and "had no room for" in left_out and left_out.count(",") == 1
    assert "one candidate: nothing to blend" in (smallest / "model" / "README.md").read_text()


def test_nothing_is_trained_twice(searched: Tuner, confirmed: Path, tmp_path: Path) -> None:
    done = searched.run("finalize", "small", "--budget", "20m", "--coverage", "0.8", "--out", tmp_path / "again")
    assert done.returncode == 0 and "epoch" not in done.stderr, done.stderr
    for name in ("predictions.csv", "probabilities.csv", "out_of_fold.csv"):
        assert (tmp_path / "again" / name).read_text() == (confirmed / name).read_text()


def test_each_part_can_be_left_out(searched: Tuner, confirmed: Path, cache: Cache, tmp_path: Path) -> None:
    parts = [("--without", part) for part in ("blend", "calibrate", "abstain", "augment", "ensemble")]
    searched.succeed("finalize", "small", "--budget", "20m", *sum(parts, ()), "--out", tmp_path / "plain")
    about, found = _about(tmp_path / "plain"), _found(tmp_path / "plain")
    (member,) = about["members"]
    assert len(member["models"]) == 1 and str(len(cache.labelled)) in member["trained_on"]
    assert "left out as asked: blend" in (tmp_path / "plain" / "model" / "README.md").read_text()
    assert (about["calibration"], found["risk_coverage"], found["blend"]["attempt"]) == (None, None, None)

    said = searched.succeed("finalize", "small", "--without", "confirm", "--out", tmp_path / "unconfirmed")
    assert "not confirmed" in said and _about(tmp_path / "unconfirmed")["confirmed"] is None
    assert "nothing was confirmed" in " ".join((tmp_path / "unconfirmed" / "model" / "README.md").read_text().split())


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_cut_off_it_goes_on_and_comes_to_the_same(
    searched: Tuner, smallest: Path, only_searched: Tuner, tmp_path: Path, number: signal.Signals
) -> None:
    """The command is stopped in the middle of a training; one of its workers is killed, too."""
    own = only_searched
    options = (*SMALLEST, "--out", tmp_path / "out")
    process = own.start(*options)
    wait(lambda: own.status().final_epochs)
    workers = workers_of(process.pid)
    assert workers
    process.send_signal(number)
    process.communicate(timeout=60)
    wait(lambda: all(map(is_over, workers)))

    process = own.start(*options)
    wait(lambda: workers_of(process.pid))
    workers_of(process.pid)[0].kill()
    _, err = process.communicate(timeout=600)
    assert process.returncode == 0 and "another takes its place" in err, err
    for name in ("probabilities.csv", "out_of_fold.csv"):
        assert (tmp_path / "out" / name).read_text() == (smallest / name).read_text()


def test_where_no_model_can_be_trained_on_everything_the_models_of_the_folds_are_handed_over(
    searched: Tuner, confirmed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(trainings: Trainings, trials: Sequence[TrialRecord]) -> list[PartResult]:
        raise OutOfMemory("out of memory: of everything")

    monkeypatch.setattr(Trainings, "on_everything", failing)
    study, status = open_study(open_storage(searched.storage), "small", searched.folder / "runs"), searched.status()
    final = finalize(study, status, tmp_path, read_options("cpu", 2, "20m", frozenset({"ensemble"}), None))
    assert final.manifest.confirmed is not None
    assert {len(member.models) for member in final.manifest.members} == {final.manifest.confirmed.n_folds}
    card = (tmp_path / "model" / "README.md").read_text()
    assert "models of the folds are kept" in card and "out of memory: of everything" in card
    with pytest.raises(TrialError, match="on everything failed: .*tuner export"):
        finalize(study, status, tmp_path, read_options("cpu", 2, None, frozenset({"confirm"}), None))


class CertaintyFacts(PartFacts):
    """How sure the models are on average; None where nobody asked."""

    certainty: float | None

    def section(self, manifest: Manifest, confirmed: Confirmed) -> str:
        if self.certainty is None:
            return ""
        said = f"{self.certainty:.3f} on {confirmed.recordings} recordings of {', '.join(manifest.class_names)}"
        return f"## Certainty\n\n{said}\n\n![certainty](certainty.png)\n"

    def pictures(self, confirmed: Confirmed) -> dict[str, Figure]:
        return {} if self.certainty is None else {"certainty.png": Figure()}

    def lines(self, manifest: Manifest, confirmed: Confirmed) -> list[str]:
        return [f"certainty: {self.certainty}"]


class Certainty(Part):
    """A part that somebody adds."""

    name = "certainty"

    def decide(self, recipe: Recipe, evidence: Evidence) -> tuple[Recipe, CertaintyFacts]:
        sure = None if self.name in evidence.without else float(recipe.probabilities.max(1).mean())
        return recipe, CertaintyFacts(certainty=sure)


def test_a_part_is_added_to_the_list_and_nowhere_else(
    searched: Tuner, confirmed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tuner.final.parts.PARTS", [*PARTS, Certainty()])
    command = ["finalize", "small", "--budget", "20m", "--storage", searched.storage]
    command += ["--home", str(searched.folder / "runs"), "--out"]

    done = CliRunner().invoke(tuner_command, [*command, str(tmp_path / "with")], catch_exceptions=False)
    certainty = _found(tmp_path / "with")["certainty"]
    assert isinstance(certainty, float) and f"certainty: {certainty}" in done.output.splitlines()
    card = (tmp_path / "with" / "model" / "README.md").read_text()
    assert f"## Certainty\n\n{certainty:.3f} on " in card and r"of N, A, O, ~" in card
    assert (tmp_path / "with" / "model" / "certainty.png").exists()
    load_bundle(tmp_path / "with" / "model", torch.device("cpu"))

    options = [*command, str(tmp_path / "without"), "--without", "certainty"]
    done = CliRunner().invoke(tuner_command, options, catch_exceptions=False)
    assert "certainty: None" in done.output.splitlines()
    assert _found(tmp_path / "without")["certainty"] is None
    card = (tmp_path / "without" / "model" / "README.md").read_text()
    assert "## Certainty" not in card and "left out as asked: certainty" in card
    assert (tmp_path / "without" / "probabilities.csv").read_text() == (
        tmp_path / "with" / "probabilities.csv"
    ).read_text()

    wrong = CliRunner().invoke(tuner_command, [*command, str(tmp_path / "no"), "--without", "nothing"])
    assert wrong.exit_code == 2 and "'nothing' is not one of confirm" in wrong.output


def test_two_at_once_are_refused(only_searched: Tuner, tmp_path: Path) -> None:
    own = only_searched
    first = own.start("finalize", "small", "--budget", "20m", "--workers", 0, "--out", tmp_path / "a")  # it waits
    wait(lambda: own.status().is_finalizing)
    assert "another process" in own.fail(*SMALLEST, "--out", tmp_path / "b")
    assert "another process" in own.fail("delete", "small", "--yes")
    first.kill()
    first.communicate(timeout=60)
    own.succeed("delete", "small", "--yes")
