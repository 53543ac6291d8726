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
    trust_option,
)
from tuner.commands.workers import prolong, timeout_option, trials_option, workers_option
from tuner.final import PARTS

budget_option = click.option(
    "--budget",
    help="Time for confirming candidates, like 90m; one is in any case. Default: as long as the search took.",
)


@click.command()
@click.argument("name")
@click.option("--out", type=click.Path(path_type=Path), help="Folder for the results; default HOME/NAME/best.")
@budget_option
@click.option("--without", multiple=True, type=click.Choice(PARTS), help="A part to leave out; may be repeated.")
@click.option(
    "--coverage",
    type=click.FloatRange(0, 1, min_open=True),
    help="Share of recordings to answer: of the others the model says that it is unsure.",
)
@click.option("--workers", type=click.IntRange(1), help="Trainings side by side; default one a core, or a GPU.")
@data_option
@device_option
@storage_option
@home_option
@trust_option
@json_option
def finalize(
    name: str,
    out: Path | None,
    budget: str | None,
    without: tuple[str, ...],
    coverage: float | None,
    workers: int | None,
    data: Path | None,
    device: str,
    storage: str,
    home: Path,
    as_json: bool,
) -> None:
    """Confirm the best trials of study NAME, make the best model of them, predict the test part, export the model.

    Candidates are cross-validated (confirm), blended (blend), calibrated (calibrate), asked how much surer they are
    where they are sure (abstain), and predict disturbed versions beside each recording (augment), each where it pays;
    then the models of the folds are kept or one is trained on everything (ensemble), whichever promises more.
    """
    from tuner.final.step import finalize as finalize_study
    from tuner.final.step import plan
    from tuner.final.unseal import count_openings
    from tuner.screen.terminal import final_lines
    from tuner.study.files import StudyFiles
    from tuner.study.record import open_data

    if coverage is not None and {"confirm", "abstain"} & set(without):
        raise click.UsageError("--coverage needs the parts confirm and abstain")
    opened = open_for_reading(storage)
    snapshot = look_at(opened, name)
    files = StudyFiles(home, snapshot.record)
    wishes = plan(device, workers, budget, frozenset(without), coverage)
    openings = count_openings(opened, open_data(snapshot.record, data)[0])
    try:
        final = finalize_study(snapshot, files, out or files.best, wishes, data, openings)
    except KeyboardInterrupt:
        click.echo("stopped: the same command goes on from the last epoch of each training", err=True)
        raise
    if as_json:
        echo_json(
            {
                "model": str(final.model),
                "predictions": final.predictions and str(final.predictions),
                "probabilities": final.probabilities and str(final.probabilities),
                "trials": [member["trial"] for member in final.about["members"]],
                "confirmed": final.about["confirmed"],
            }
        )
        return
    click.echo("\n".join(final_lines(final)))


@click.command()
@click.argument("name")
@click.option("--trial", type=int, help="Number of the trial, one of the best few; by default the best.")
@click.option("--out", required=True, type=click.Path(path_type=Path), help="Folder of the bundle to write.")
@data_option
@storage_option
@home_option
@trust_option
def export(name: str, trial: int | None, out: Path, data: Path | None, storage: str, home: Path) -> None:
    """Write a bundle from a trial's best weights, now, without retraining."""
    from tuner.final.export import export_trial
    from tuner.final.unseal import count_openings
    from tuner.study.files import StudyFiles
    from tuner.study.record import open_data

    opened = open_for_reading(storage)
    snapshot = look_at(opened, name)
    openings = count_openings(opened, open_data(snapshot.record, data)[0])
    number = export_trial(snapshot, trial, StudyFiles(home, snapshot.record), out, data, openings)
    click.echo(f"trial {number} exported to {out}")


@click.command()
@click.argument("bundle", type=click.Path(path_type=Path))
@click.argument("source")
@click.option("--out", default="predictions.csv", show_default=True, type=click.Path(path_type=Path, dir_okay=False))
@rate_option
@device_option
@trust_option
def predict(bundle: Path, source: str, out: Path, rate: float | None, device: str) -> None:
    """Predict the recordings of SOURCE with BUNDLE: its unlabelled ones, or all if every one is labelled.

    Writes one class number a line, and beside predictions.csv probabilities.csv (x_probabilities.csv beside x.csv).
    """
    from data_pipeline import open_source
    from tuner.bundle import load_bundle, predict_recordings
    from tuner.final.predictions import write_predictions
    from tuner.training.device import torch_device

    loaded = load_bundle(bundle, torch_device(device))
    ids, probabilities = predict_recordings(loaded, open_source(source, rate=rate))
    predictions, beside = write_predictions(out, loaded.about, ids, probabilities)
    click.echo(f"{len(ids)} recordings: {predictions} and {beside}")


@click.command()
@click.argument("bundle", type=click.Path(path_type=Path))
@click.option("--unseal", is_flag=True, help="Open the sealed test labels; the opening is recorded in the study.")
@data_option
@device_option
@storage_option
@trust_option
@json_option
def evaluate(bundle: Path, unseal: bool, data: Path | None, device: str, storage: str, as_json: bool) -> None:
    """Score BUNDLE on the sealed test labels of its study's data."""
    from tuner.errors import TunerError
    from tuner.final.unseal import evaluate_sealed
    from tuner.screen.terminal import answered_line, print_out, show
    from tuner.training.device import torch_device

    if not unseal:
        raise TunerError("the test labels are sealed: --unseal opens them once the search is over, and is recorded")
    scores = evaluate_sealed(open_for_reading(storage), bundle, data, torch_device(device))
    if as_json:
        echo_json(scores)
        return
    print_out(f"test scores on {scores['recordings']} recordings, opening {scores['openings']} of their labels")
    intervals = scores["intervals"]
    rows = {scores["objective"]: intervals["objective"]}
    rows |= {"macro-F1": intervals["macro_f1"], "accuracy": intervals["accuracy"]}
    rows |= {f"F1 {n}": one for n, one in zip(scores["class_names"], intervals["class_f1"], strict=True)}
    answered = scores["answered"]
    if answered is not None and answered["interval"] is not None:
        rows[f"{scores['objective']} of the {answered['share']:.1%} that it is sure of"] = answered["interval"]
    for name, one in rows.items():
        print_out(f"{name}: {show(one['value'])} (95 % interval {show(one['low'])} to {show(one['high'])})")
    if answered is not None:
        print_out(f"answered: {answered_line(answered['share'], answered['class_share'], scores['class_names'])}")


@click.command()
@click.argument("study_file", type=click.Path(path_type=Path))
@click.option("--data", "source", required=True, help="A source of recordings, or a prepared cache.")
@workers_option
@trials_option
@timeout_option
@rate_option
@budget_option
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
    budget: str | None,
    device: str,
    storage: str,
    home: Path,
) -> None:
    """Prepare, create, work and finalize in one go; the same command goes on where it was stopped."""
    from data_pipeline import Cache, prepare
    from tuner.commands.studies import best, compare_architectures
    from tuner.errors import StudyError
    from tuner.storage import open_storage
    from tuner.study.record import create_or_continue
    from tuner.study.spec import find_study_file, parse_duration, read_spec
    from tuner.study.trust import trust_only
    from tuner.work.launch import check_work, launch

    spec = read_spec(find_study_file(study_file))
    trust_only(spec.search.modules)  # the files named here as they are now, whatever the database has
    if budget is not None:
        parse_duration(budget)  # before it costs anything
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
    context.invoke(compare_architectures, **shared, plot=None)
    click.echo("")
    context.invoke(best, **shared)
    click.echo("")
    context.invoke(finalize, **shared, home=home, budget=budget, workers=workers, data=cache.path, device=device)
