"""Options that many commands share, and how results are printed."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from tuner.storage import StudyStorage

READ_PATIENCE_S = 20.0

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
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
rate_option = click.option("--rate", type=float, help="Samples per second in hertz, where the source does not say.")


def open_for_reading(url: str) -> StudyStorage:
    """Open a storage for a command that a person waits for."""
    from tuner.storage import open_storage

    storage = open_storage(url)
    storage.patience_s = READ_PATIENCE_S
    return storage


def torch_device(name: str) -> Any:
    """Return the torch device a name stands for; "auto" is CUDA where there is one."""
    import torch

    from tuner.errors import TunerError

    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    try:
        return torch.empty(0, device=name).device
    except (RuntimeError, AssertionError) as error:
        raise TunerError(f"--device {name}: not to be had on this machine: {str(error).splitlines()[0]}") from error


def echo_json(data: Any) -> None:
    """Print plain data as JSON."""
    click.echo(json.dumps(data, indent=2))
