"""Commands that create, show and delete studies."""

from __future__ import annotations

import time
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tuner.commands.options import (
    echo_json,
    home_option,
    json_option,
    look_at,
    open_for_reading,
    storage_option,
    study_for_reading,
)
from tuner.screen.lines import echo

if TYPE_CHECKING:
    from tuner.study.record import StudyRecord


@click.command()
@click.argument("study_file", type=click.Path(path_type=Path))
@click.option("--data", "cache", required=True, type=click.Path(path_type=Path), help="A prepared cache.")
@click.option("--exist-ok", is_flag=True, help="Succeed if the same study on the same data is there already.")
@click.option("--warm-start", metavar="NAME", help="Try the best settings of this earlier study first.")
@click.option(
    "--warm-start-storage", metavar="URL", help="Database of the earlier study. Default: that of the new one."
)
@storage_option
@json_option
def create(
    study_file: Path,
    cache: Path,
    exist_ok: bool,
    warm_start: str | None,
    warm_start_storage: str | None,
    storage: str,
    as_json: bool,
) -> None:
    """Check STUDY_FILE against its data and store it, ready for workers."""
    from data_pipeline import Cache
    from tuner.storage import open_storage
    from tuner.study.record import create_or_continue, create_study
    from tuner.study.spec import find_study_file, read_spec
    from tuner.study.warm_start import proven_settings

    spec = read_spec(find_study_file(study_file))
    make = create_or_continue if exist_ok else create_study
    opened = open_storage(storage, create=True)
    proven = []
    if warm_start is not None:
        earlier = opened if warm_start_storage is None else open_storage(warm_start_storage)
        proven = proven_settings(earlier, warm_start, spec.search.architectures)
    record = make(opened, spec, Cache.open(cache), proven)
    warn_of_few_steps(record)
    if as_json:
        echo_json({"study": record.name, "trials": spec.study.trials, "data": asdict(record.data)})
    else:
        echo(f"study {record.name} is ready: `tuner work {record.name}` starts on it")


def warn_of_few_steps(record: StudyRecord) -> None:
    """Warn of a study file that leaves networks too few steps on so few recordings."""
    from tuner.training.defaults import few_steps

    line = few_steps(record.spec, record.data.train)
    if line is not None:
        echo(f"warning: {line}", err=True)


@click.command()
@click.argument("name")
@click.option("--watch", is_flag=True, help="Keep showing it until Ctrl-C.")
@storage_option
@home_option
@json_option
def status(name: str, watch: bool, storage: str, home: Path, as_json: bool) -> None:
    """Show what runs in study NAME, where, how far and how good."""
    from rich.console import Console
    from rich.live import Live

    from tuner.screen.terminal import live, print_out, trials_table
    from tuner.study.status import read_status

    if watch and as_json:
        raise click.UsageError("--watch and --json do not go together")
    study = study_for_reading(storage, name, home)
    now = read_status(study.storage, study.record)
    disk_bytes = study.files.disk_bytes()
    if as_json:
        echo_json(now.to_dict() | {"disk_bytes": disk_bytes})
        return
    if not watch:
        disk = f"{disk_bytes / 1e6:.1f} MB of weights and checkpoints under {home}"
        findings = [finding for kind in now.kinds if (finding := kind.finding) is not None]
        print_out(live(now), "", trials_table(now), "", *findings, disk)
        return
    with Live(console=Console(), auto_refresh=False) as screen:
        try:
            while True:
                screen.update(live(read_status(study.storage, study.record)), refresh=True)
                time.sleep(2.0)
        except KeyboardInterrupt:
            return


@click.command("list")
@storage_option
@json_option
def list_studies(storage: str, as_json: bool) -> None:
    """List all studies."""
    from tuner.errors import StudyError
    from tuner.screen.terminal import print_out, table
    from tuner.study.record import load_study, study_names

    opened = open_for_reading(storage)
    found = []
    for name in study_names(opened):
        try:
            found.append(look_at(opened, load_study(opened, name)))
        except StudyError as error:  # the others can be listed all the same
            echo(f"warning: {error}", err=True)
    rows: list[dict[str, Any]] = [
        {
            "study": now.record.name,
            "finished": len(now.finished),
            "asked": now.asked,
            "running": len(now.running) - len(now.silent),
            "best": now.best.score if now.best else None,
            "architectures": list(now.record.spec.search.architectures),
        }
        for now in found
    ]
    if as_json:
        echo_json(rows)
    elif not rows:
        echo("no studies yet: `tuner create` makes one")
    else:
        print_out(table(list(rows[0]), [[*list(row.values())[:-1], ", ".join(row["architectures"])] for row in rows]))


@click.command()
@click.argument("name")
@storage_option
@json_option
def best(name: str, storage: str, as_json: bool) -> None:
    """Show the best trial of study NAME: settings and validation scores."""
    from tuner.errors import StudyError
    from tuner.screen.terminal import print_out, settings_lines, show
    from tuner.study.record import load_study

    opened = open_for_reading(storage)
    record = load_study(opened, name)
    trial = look_at(opened, record).best
    if trial is None or trial.result is None or trial.settings is None:
        raise StudyError(f"study {name} has no finished trial with a score yet")
    if as_json:
        echo_json(trial.to_dict())
        return
    scores = trial.result.validation
    state = trial.state.name.lower()
    print_out(f"best: trial {trial.number}, {state}, validation {record.metric_name} {show(trial.score)}")
    shown = {"macro_f1": scores.macro_f1, "accuracy": scores.accuracy, "loss": scores.loss}
    print_out(*(f"{name}: {show(score)}" for name, score in shown.items()))
    class_f1 = zip(record.data.class_names, scores.class_f1, strict=True)
    print_out(*(f"F1 {name}: {show(f1)}" for name, f1 in class_f1), "", *settings_lines(trial.settings))


@click.command("compare")
@click.argument("name")
@click.option("--plot", type=click.Path(path_type=Path, dir_okay=False), help="Draw every trial's score over epochs.")
@storage_option
@json_option
def compare_architectures(name: str, plot: Path | None, storage: str, as_json: bool) -> None:
    """Show each architecture's best trial of study NAME side by side."""
    from tuner.screen.terminal import compare_table, print_out
    from tuner.study.comparison import compare
    from tuner.study.record import load_study

    opened = open_for_reading(storage)
    record = load_study(opened, name)
    now = look_at(opened, record)
    rows = compare(now)
    if plot is not None:
        from tuner.screen.figures import save_figure, study_curves

        save_figure(study_curves(now, opened.epochs.of_study(record.study_id)), plot)
    if as_json:
        echo_json([asdict(row) for row in rows])
    elif not rows:
        echo(f"study {name} has no finished trial yet")
    else:
        print_out(compare_table(rows, record))


@click.command()
@click.argument("name")
@click.option("--yes", is_flag=True, help="Do not ask.")
@storage_option
@home_option
def delete(name: str, yes: bool, storage: str, home: Path) -> None:
    """Remove study NAME from the database, and its weights and pictures; data, logs and results stay."""
    from tuner.errors import StudyError
    from tuner.study.files import StudyFiles, remove_pictures
    from tuner.study.record import load_study
    from tuner.study.status import read_status

    opened = open_for_reading(storage)
    record = load_study(opened, name, with_code=False)
    now = read_status(opened, record)
    if now.is_finalizing:
        raise StudyError(
            f"study {name} is being finalized by another process: wait for it, or `tuner stop {name}` first"
        )
    alive = [trial for trial in now.running if not trial.is_silent]
    if alive:
        raise StudyError(f"study {name} has {len(alive)} running trials: `tuner stop {name}` first")
    if not yes:
        click.confirm(f"delete study {name} with {len(now.trials)} trials?", abort=True)
    remove_pictures(home, opened, record.study_id)
    opened.delete_study(record.study_id)
    StudyFiles(home, record).remove_weights()
    echo(f"study {name} deleted")


@click.command()
@click.option(
    "--check", type=click.Path(path_type=Path), help="Run a file of architectures, and prove what it promises."
)
@click.option("--of", "name", help="Print the files of architectures that this study carries, without running them.")
@storage_option
@json_option
def models(check: Path | None, name: str | None, storage: str, as_json: bool) -> None:
    """List the architectures with their settings, defaults and default ranges."""
    if check is not None and name is not None:
        raise click.UsageError("--check and --of do not go together")
    if check is not None and as_json:
        raise click.UsageError("--check and --json do not go together")
    if check is not None:
        _check_file(check)
    elif name is not None:
        _print_files(storage, name, as_json)
    else:
        _list_architectures(as_json)


def _check_file(path: Path) -> None:
    from models.checks import check
    from models.module_files import read_module, run_module
    from models.registry import check_free

    file = read_module(path)
    for architecture in run_module(file):
        check_free(architecture.name, str(file))  # no study could use it
        echo(f"{architecture.name}: it keeps the contract")
        for proved in check(architecture):
            echo(f"{architecture.name}: {proved}")


def _print_files(storage: str, name: str, as_json: bool) -> None:
    from tuner.study.record import load_study

    files = load_study(open_for_reading(storage), name).spec.search.modules
    if as_json:
        echo_json([{"name": file.name, "sha256": file.sha256, "text": file.text} for file in files])
    elif not files:
        echo(f"study {name} carries no files of architectures", err=True)
    for file in [] if as_json else files:
        for line in (f"# {file.name}, sha256 {file.sha256}", *file.text.split("\n")):
            echo(line)


def _list_architectures(as_json: bool) -> None:
    from dataclasses import asdict

    from models import BadArchitecture, get_architecture
    from models.registry import known_names
    from tuner.screen.terminal import print_out, show, table
    from tuner.study.settings import TRAIN_RANGES, TrainSettings

    tables = {"train": (asdict(TrainSettings()), TRAIN_RANGES)}
    for name in known_names():
        try:
            architecture = get_architecture(name)
        except BadArchitecture as error:  # of a package: the others can be listed all the same
            echo(f"warning: {error}", err=True)
            continue
        tables[name] = (asdict(architecture.config()), architecture.ranges)
    if as_json:
        echo_json({name: {"defaults": d, "ranges": dict(ranges)} for name, (d, ranges) in tables.items()})
        return
    for name, (defaults, ranges) in tables.items():
        rows = [[f"{name}.{key}", show(value), _range_text(ranges[key])] for key, value in defaults.items()]
        print_out(table(("setting", "default", "range"), rows), "")


def _range_text(data: object) -> str:
    if not isinstance(data, dict):
        return f"{data}"
    if "choices" in data:
        return ", ".join(map(str, data["choices"]))
    text = f"{data['low']} to {data['high']}"
    return text + (", log" if data.get("log") else "") + (f", step {data['step']}" if "step" in data else "")
