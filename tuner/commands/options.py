"""Options that many commands share, and how results are printed."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from tuner.screen.lines import echo

if TYPE_CHECKING:
    from tuner.storage import Storage
    from tuner.study.opened import OpenStudy
    from tuner.study.record import StudyRecord
    from tuner.study.status import Status

READ_PATIENCE_S = 20.0

TRIAL = click.IntRange(0, 2**31 - 1)
"""The number of a trial, as databases keep it."""

Command = TypeVar("Command", bound=Callable[..., Any])

storage_option = click.option(
    "--storage",
    envvar="TUNER_STORAGE",
    default="sqlite:///tuner.db",
    show_default=True,
    help="Database of the studies; also TUNER_STORAGE. Keep passwords in the environment.",
)
home_option = click.option(
    "--home",
    envvar="TUNER_HOME",
    default="runs",
    show_default=True,
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder of weights, logs and results; also TUNER_HOME.",
)
data_option = click.option(
    "--data",
    type=click.Path(path_type=Path),
    help="The cache on this machine, if it lies elsewhere than when the study was created.",
)
device_option = click.option("--device", default="auto", show_default=True, help="auto, cpu, cuda, cuda:0, …")
trust_option = click.option(
    "--trust-code",
    is_flag=True,
    expose_value=False,
    callback=lambda context, parameter, is_given: _trust_all() if is_given else None,
    help="Run the files of architectures that it carries, with all your rights; also TUNER_TRUST_CODE=1.",
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
rate_option = click.option("--rate", type=float, help="Samples per second in hertz, where the source does not say.")
signal_option = click.option(
    "--signal", metavar="NAME|INDEX", help="Which signal to read, by name or number from 0, where files hold several."
)
reference_option = click.option(
    "--reference",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Table of labels to read instead of labels.csv or REFERENCE.csv, such as REFERENCE-v3.csv.",
)


def source_options(command: Command) -> Command:
    """Add the options that say how a source is to be read: rate, signal and reference."""
    return rate_option(signal_option(reference_option(command)))


def _trust_all() -> None:
    from tuner.study.trust import trust_all

    trust_all()


def open_for_reading(url: str) -> Storage:
    """Open a storage for a command that a person waits for."""
    from tuner.storage import open_storage

    storage = open_storage(url)
    storage.database.patience_s = READ_PATIENCE_S
    return storage


def study_for_reading(url: str, name: str, home: Path, data: Path | None = None) -> OpenStudy:
    """Open a study for a command that a person waits for."""
    from tuner.study.opened import open_study

    return open_study(open_for_reading(url), name, home, data)


def look_at(storage: Storage, record: StudyRecord) -> Status:
    """Read a study for a command that shows something of it, and say which of its trials lost their workers."""
    from tuner.screen.terminal import warnings
    from tuner.study.status import read_status

    status = read_status(storage, record)
    for line in warnings(status):
        echo(line, err=True)
    return status


def echo_json(data: Any) -> None:
    """Print plain data as JSON."""
    click.echo(json.dumps(_finite(data), indent=2, allow_nan=False))  # JSON escapes by itself, in its own way


def _finite(data: Any) -> Any:
    """Replace what JSON has no word for, such as the score of an epoch that was no number, by null."""
    if isinstance(data, dict):
        return {key: _finite(value) for key, value in data.items()}
    if isinstance(data, list | tuple):
        return [_finite(value) for value in data]
    return None if isinstance(data, float) and not math.isfinite(data) else data
