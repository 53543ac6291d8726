"""Commands about what a study leaves: retrained models, bundles, predictions, test scores."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from tuner.commands.options import (
    TRIAL,
    data_option,
    device_option,
    echo_json,
    home_option,
    json_option,
    look_at,
    open_for_reading,
    source_options,
    storage_option,
    study_for_reading,
    trust_option,
)
from tuner.commands.workers import MOST_WORKERS, prolong, timeout_option, trials_option, workers_option
from tuner.screen.lines import echo

budget_option = click.option(
    "--budget",
    help="Time for confirming candidates, like 90m; one is in any case. Default: as long as the search took.",
)

verify_option = click.option(
    "--verify",
    type=click.Path(path_type=Path),
    metavar="KEY",
    help="Public key (PEM) that must have signed the bundle.",
)


def _known_parts(context: click.Context, option: click.Parameter, parts: tuple[str, ...]) -> tuple[str, ...]:
    """Refuse what is no part; which there are is asked only when some are named, since that loads them."""
    if parts:
        from tuner.final.parts import names

        if unknown := set(parts) - set(names()):
            raise click.BadParameter(f"{min(unknown)!r} is not one of {', '.join(names())}")
    return parts


@click.command()
@click.argument("name")
@click.option("--out", type=click.Path(path_type=Path), help="Folder for the results; default HOME/NAME/best.")
@budget_option
@click.option(
    "--without", multiple=True, metavar="PART", callback=_known_parts, help="A part to leave out; may be repeated."
)
@click.option(
    "--coverage",
    type=click.FloatRange(0, 1, min_open=True),
    help="Share of recordings to answer: of the others the model says that it is unsure.",
)
@click.option(
    "--workers",
    type=click.IntRange(0, MOST_WORKERS),
    help="Trainings side by side here; default one a core, or a GPU. With 0 others do them all.",
)
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
    from tuner.final.options import read_options
    from tuner.final.step import finalize as finalize_study
    from tuner.final.terminal import final_lines, missed
    from tuner.final.unseal import count_openings

    if coverage is not None and {"confirm", "abstain"} & set(without):
        raise click.UsageError("--coverage needs the parts confirm and abstain")
    study = study_for_reading(storage, name, home, data)
    now = look_at(study.storage, study.record)
    options = read_options(device, workers, budget, frozenset(without), coverage)
    openings = count_openings(study.storage, study.cache)
    try:
        final = finalize_study(study, now, out or study.files.best, options, openings)
    except KeyboardInterrupt:
        echo("stopped: the same command goes on from the last epoch of each training", err=True)
        raise
    if as_json:
        confirmed = final.manifest.confirmed
        echo_json(
            {
                "model": str(final.model),
                "predictions": final.predictions and str(final.predictions),
                "probabilities": final.probabilities and str(final.probabilities),
                "trials": [member.trial for member in final.manifest.members],
                "confirmed": confirmed and confirmed.model_dump(mode="json"),
                "warnings": missed(final.manifest),
            }
        )
        return
    for line in final_lines(final):
        echo(line)


@click.command()
@click.argument("name")
@click.option("--trial", type=TRIAL, help="Number of the trial, one of the best few; by default the best.")
@click.option("--out", required=True, type=click.Path(path_type=Path), help="Folder of the bundle to write.")
@click.option(
    "--sign", type=click.Path(path_type=Path), metavar="KEY", help="Private ed25519 key (PEM) to sign the bundle with."
)
@data_option
@storage_option
@home_option
@trust_option
def export(
    name: str, trial: int | None, out: Path, sign: Path | None, data: Path | None, storage: str, home: Path
) -> None:
    """Write a bundle from a trial's best weights, now, without retraining."""
    from tuner.bundle import read_private_key
    from tuner.final.export import export_trial
    from tuner.final.terminal import missed
    from tuner.final.unseal import count_openings

    key = None if sign is None else read_private_key(sign)
    study = study_for_reading(storage, name, home, data)
    now = look_at(study.storage, study.record)
    manifest = export_trial(study, now, trial, out, count_openings(study.storage, study.cache), key)
    for line in missed(manifest):
        echo(f"warning: {line}")
    echo(f"trial {manifest.members[0].trial} exported to {out}")


@click.command()
@click.argument("bundle", type=click.Path(path_type=Path))
@click.argument("key", type=click.Path(path_type=Path))
def sign(bundle: Path, key: Path) -> None:
    """Sign BUNDLE with KEY, a private ed25519 key in PEM form, so that --verify proves who has made it.

    `openssl genpkey -algorithm ed25519 -out key.pem` makes such a key, and `openssl pkey -in key.pem -pubout -out
    public.pem` writes the one to hand out.
    """
    from tuner.bundle import read_private_key, sign_bundle

    sign_bundle(bundle, read_private_key(key))
    echo(f"{bundle} signed")


@click.command()
@click.argument("bundle", type=click.Path(path_type=Path))
@click.argument("source")
@click.option("--out", default="predictions.csv", show_default=True, type=click.Path(path_type=Path, dir_okay=False))
@verify_option
@source_options
@device_option
@trust_option
def predict(
    bundle: Path,
    source: str,
    out: Path,
    verify: Path | None,
    rate: float | None,
    signal: str | None,
    reference: Path | None,
    device: str,
) -> None:
    """Predict the recordings of SOURCE with BUNDLE: its unlabelled ones, or all if every one is labelled.

    Writes one class number a line, and beside predictions.csv probabilities.csv (x_probabilities.csv beside x.csv).
    Classes with names are numbered from 0, and predictions_named.csv has their names.
    """
    from data_pipeline import open_source
    from tuner.bundle import load_bundle, predict_recordings, read_public_key
    from tuner.final.predictions import write_predictions
    from tuner.training.device import torch_device

    key = None if verify is None else read_public_key(verify)
    loaded = load_bundle(bundle, torch_device(device), key=key)
    recordings = open_source(source, rate=rate, signal=signal, reference=reference)
    ids, probabilities = predict_recordings(loaded, recordings)
    predictions, beside = write_predictions(out, loaded.manifest, ids, probabilities)
    echo(f"{len(ids)} recordings: {predictions} and {beside}")


@click.command()
@click.argument("bundle", type=click.Path(path_type=Path))
@click.option("--unseal", is_flag=True, help="Open the sealed test labels; the opening is recorded in the study.")
@verify_option
@data_option
@device_option
@storage_option
@trust_option
@json_option
def evaluate(
    bundle: Path, unseal: bool, verify: Path | None, data: Path | None, device: str, storage: str, as_json: bool
) -> None:
    """Score BUNDLE on the sealed test labels of its study's data."""
    from tuner.bundle import read_public_key
    from tuner.errors import TunerError
    from tuner.final.terminal import sealed_lines
    from tuner.final.unseal import evaluate_sealed
    from tuner.screen.terminal import print_out
    from tuner.training.device import torch_device

    if not unseal:
        raise TunerError("the test labels are sealed: --unseal opens them once the search is over, and is recorded")
    key = None if verify is None else read_public_key(verify)
    scores = evaluate_sealed(open_for_reading(storage), bundle, data, torch_device(device), key)
    if as_json:
        echo_json(asdict(scores))
        return
    print_out(*sealed_lines(scores))


@click.command()
@click.argument("study_file", type=click.Path(path_type=Path))
@click.option("--data", "source", required=True, help="A source of recordings, or a prepared cache.")
@workers_option
@trials_option
@timeout_option
@source_options
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
    signal: str | None,
    reference: Path | None,
    budget: str | None,
    device: str,
    storage: str,
    home: Path,
) -> None:
    """Prepare, create, work and finalize in one go; the same command goes on where it was stopped."""
    from data_pipeline import Cache, prepare
    from tuner.commands.studies import best, compare_architectures, warn_of_few_steps
    from tuner.errors import StudyError
    from tuner.storage import open_storage
    from tuner.study.opened import OpenStudy
    from tuner.study.record import create_or_continue
    from tuner.study.spec import find_study_file, parse_duration, read_spec
    from tuner.study.trust import trust_only
    from tuner.work.launch import launch

    spec = read_spec(find_study_file(study_file))
    trust_only(spec.search.modules)  # the files named here as they are now, whatever the database has
    if budget is not None:
        parse_duration(budget)  # before it costs anything
    name = spec.study.name
    is_cache = (Path(source) / "meta.json").exists()
    out = home / name / "cache"
    cache = (
        Cache.open(Path(source)) if is_cache else prepare(source, out, rate=rate, signal=signal, reference=reference)
    )
    opened = open_storage(storage, create=True)
    study = OpenStudy(opened, create_or_continue(opened, spec, cache), home, cache.path)
    study.check()
    warn_of_few_steps(study.record)
    prolong(opened, study.record, trials, timeout)
    if not launch(study, workers, device):
        raise StudyError(f"study {name} was stopped before its end: the same command goes on with it")
    shared = {"name": name, "storage": storage, "as_json": False}
    context.invoke(compare_architectures, **shared, plot=None)
    echo()
    context.invoke(best, **shared)
    echo()
    context.invoke(finalize, **shared, home=home, budget=budget, workers=workers, data=cache.path, device=device)
