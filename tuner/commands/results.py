"""Commands about what a study leaves: retrained models, bundles, predictions, test scores."""

from __future__ import annotations

from pathlib import Path

import click

from tuner.commands.options import (
    data_option,
    device_option,
    echo_json,
    home_option,
    json_option,
    look_at,
    open_for_reading,
    rate_option,
    storage_option,
)
from tuner.commands.workers import prolong, timeout_option, trials_option, workers_option


@click.command()
@click.argument("name")
@click.option("--out", type=click.Path(path_type=Path), help="Folder for the results; default HOME/NAME/best.")
@data_option
@device_option
@storage_option
@home_option
@json_option
def finalize(
    name: str, out: Path | None, data: Path | None, device: str, storage: str, home: Path, as_json: bool
) -> None:
    """Retrain the best trial of study NAME on all labelled recordings, predict the test part, export the model."""
    from tuner.device import torch_device
    from tuner.files import StudyFiles
    from tuner.final import finalize as finalize_study

    snapshot = look_at(open_for_reading(storage), name)
    files = StudyFiles(home, snapshot.record)
    final = finalize_study(snapshot, files, out or files.best, torch_device(device), data)
    if as_json:
        echo_json(
            {
                "model": str(final.model),
                "predictions": final.predictions and str(final.predictions),
                "probabilities": final.probabilities and str(final.probabilities),
                "trial": final.trial.number,
            }
        )
        return
    pruned = "" if final.trial.state.name == "COMPLETE" else " (pruned: no trial is complete)"
    click.echo(f"retrained trial {final.trial.number}{pruned}, validation {final.trial.value:.4f}")
    click.echo(f"model: {final.model}")
    if final.predictions:
        click.echo(f"predictions: {final.predictions}\nprobabilities: {final.probabilities}")
    else:
        click.echo("the data have no test part: nothing was predicted")


@click.command()
@click.argument("name")
@click.option("--trial", type=int, help="Number of the trial, one of the best few; by default the best.")
@click.option("--out", required=True, type=click.Path(path_type=Path), help="Folder of the bundle to write.")
@data_option
@storage_option
@home_option
def export(name: str, trial: int | None, out: Path, data: Path | None, storage: str, home: Path) -> None:
    """Write a bundle from a trial's best weights, now, without retraining."""
    from tuner.files import StudyFiles
    from tuner.final import export_trial

    snapshot = look_at(open_for_reading(storage), name)
    number = export_trial(snapshot, trial, StudyFiles(home, snapshot.record), out, data)
    click.echo(f"trial {number} exported to {out}")


@click.command()
@click.argument("bundle", type=click.Path(path_type=Path))
@click.argument("source")
@click.option("--out", default="predictions.csv", show_default=True, type=click.Path(path_type=Path, dir_okay=False))
@rate_option
@device_option
def predict(bundle: Path, source: str, out: Path, rate: float | None, device: str) -> None:
    """Predict the recordings of SOURCE with BUNDLE: its unlabelled ones, or all if every one is labelled.

    Writes one class number a line, and beside predictions.csv probabilities.csv (x_probabilities.csv beside x.csv).
    """
    from data_pipeline import open_source
    from tuner.bundle import load_bundle, predict_recordings
    from tuner.device import torch_device
    from tuner.final import write_predictions

    loaded = load_bundle(bundle, torch_device(device))
    ids, probabilities = predict_recordings(loaded, open_source(source, rate=rate))
    predictions, beside = write_predictions(out, loaded, ids, probabilities)
    click.echo(f"{len(ids)} recordings: {predictions} and {beside}")


@click.command()
@click.argument("bundle", type=click.Path(path_type=Path))
@click.option("--unseal", is_flag=True, help="Open the sealed test labels; the opening is recorded in the study.")
@data_option
@device_option
@storage_option
@json_option
def evaluate(bundle: Path, unseal: bool, data: Path | None, device: str, storage: str, as_json: bool) -> None:
    """Score BUNDLE on the sealed test labels of its study's data."""
    from tuner.device import torch_device
    from tuner.display import print_out, show
    from tuner.errors import TunerError
    from tuner.unseal import evaluate_sealed

    if not unseal:
        raise TunerError("the test labels are sealed: --unseal opens them once the search is over, and is recorded")
    scores = evaluate_sealed(open_for_reading(storage), bundle, data, torch_device(device))
    if as_json:
        echo_json(scores)
        return
    print_out(f"test scores on {scores['recordings']} recordings (opening {scores['openings']} of their labels)")
    print_out(f"macro-F1: {show(scores['macro_f1'])}", f"accuracy: {show(scores['accuracy'])}")
    print_out(*(f"F1 {n}: {show(f1)}" for n, f1 in zip(scores["class_names"], scores["class_f1"], strict=True)))


@click.command()
@click.argument("study_file", type=click.Path(path_type=Path))
@click.option("--data", "source", required=True, help="A source of recordings, or a prepared cache.")
@workers_option
@trials_option
@timeout_option
@rate_option
@device_option
@storage_option
@home_option
@click.pass_context
def run(
    context: click.Context,
    study_file: Path,
    source: str,
    workers: int,
    trials: str | None,
    timeout: str | None,
    rate: float | None,
    device: str,
    storage: str,
    home: Path,
) -> None:
    """Prepare, create, work and finalize in one go; the same command goes on where it was stopped."""
    from data_pipeline import Cache, prepare
    from tuner.commands.studies import best, compare_architectures
    from tuner.errors import StudyError
    from tuner.launch import check_work, launch
    from tuner.spec import find_study_file, read_spec
    from tuner.storage import open_storage
    from tuner.study import create_or_continue

    spec = read_spec(find_study_file(study_file))
    name = spec.study.name
    is_cache = (Path(source) / "meta.json").exists()
    cache = Cache.open(Path(source)) if is_cache else prepare(source, home / name / "cache", rate=rate)
    opened = open_storage(storage, create=True)
    record = create_or_continue(opened, spec, cache)
    check_work(record, cache.path)
    prolong(opened, record, trials, timeout)
    if not launch(opened, name, workers, device, cache.path, home):
        raise StudyError(f"study {name} was stopped before its end: the same command goes on with it")
    shared = {"name": name, "storage": storage, "as_json": False}
    context.invoke(finalize, **shared, home=home, out=None, data=cache.path, device=device)
    click.echo("")
    context.invoke(compare_architectures, **shared, plot=None)
    click.echo("")
    context.invoke(best, **shared)
