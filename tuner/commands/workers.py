"""Commands that start workers, steer them, and watch them in a browser."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tuner.commands.options import (
    TRIAL,
    data_option,
    device_option,
    home_option,
    open_for_reading,
    storage_option,
    trust_option,
)
from tuner.screen.lines import echo

if TYPE_CHECKING:
    from tuner.storage import Command, Storage
    from tuner.study.record import StudyRecord

MOST_WORKERS = 1024
"""Processes side by side on one machine; a larger number is a typing error."""

trials_option = click.option("--trials", help="Trials in all, or so many more with a plus: 40, +20.")
timeout_option = click.option("--timeout", help="Time from the first trial, or so much more: 90m, 2h, +1h.")
workers_option = click.option("--workers", type=click.IntRange(1, MOST_WORKERS), default=1, show_default=True)


@click.command()
@click.argument("name")
@workers_option
@trials_option
@timeout_option
@data_option
@device_option
@storage_option
@home_option
@trust_option
def work(
    name: str,
    workers: int,
    trials: str | None,
    timeout: str | None,
    data: Path | None,
    device: str,
    storage: str,
    home: Path,
) -> None:
    """Start workers on study NAME; the same line on another machine adds its own.

    Ctrl-C or SIGTERM hands every trial under way back at its next epoch, a second one at the next batch, a
    third ends it at once; the same command goes on later.
    """
    from tuner.storage import open_storage
    from tuner.study.opened import open_study
    from tuner.training.device import share_devices
    from tuner.work.launch import launch

    study = open_study(open_storage(storage), name, home, data)
    study.check()  # before anything is changed
    share_devices(device, workers)
    prolong(study.storage, study.record, trials, timeout)
    launch(study, workers, device)


def prolong(storage: Storage, record: StudyRecord, trials: str | None, timeout: str | None) -> None:
    """Change how much a study may cost, by a total or, with a plus, by so much more; both or neither."""
    from tuner.errors import SpecError
    from tuner.study.spec import MOST_TRIALS, parse_duration

    if trials is not None:
        if not re.fullmatch(r"\+?[0-9]{1,9}", trials) or not 1 <= int(trials) <= MOST_TRIALS:
            raise SpecError(f"--trials {trials:.50}: give a whole number of trials, 40 or +20")
        there = storage.optuna.get_n_trials(record.study_id)
        if not trials.startswith("+") and int(trials) < there:
            raise SpecError(f"--trials {trials}: study {record.name} has {there} trials already; +N adds to them")
    seconds = None if timeout is None else parse_duration(timeout.removeprefix("+"))
    if timeout and timeout.startswith("+") and storage.control.of(record.study_id).timeout_s is None:
        raise SpecError(f"--timeout {timeout:.50}: study {record.name} has no time limit to prolong")
    if trials is not None:
        (storage.control.add_trials if trials.startswith("+") else storage.control.set_trials)(
            record.study_id, int(trials)
        )
    if timeout is not None and seconds is not None:
        (storage.control.add_time if timeout.startswith("+") else storage.control.set_timeout)(record.study_id, seconds)


def _steering(verb: str, command: Command, text: str) -> click.Command:
    @click.command(verb, help=text)
    @click.argument("name")
    @storage_option
    def steer(name: str, storage: str) -> None:
        from tuner.study.record import load_study

        opened = open_for_reading(storage)
        opened.control.set_command(load_study(opened, name).study_id, command)
        echo(f"study {name}: {verb}; workers obey at their next epoch")

    return steer


pause = _steering("pause", "pause", "Let every worker of study NAME wait after its epoch, trials kept.")
resume = _steering("resume", "run", "Lift the pause or stop of study NAME; after a stop, `tuner work` starts workers.")


@click.command()
@click.argument("name")
@click.option("--trial", type=TRIAL, help="End this one trial only; the others go on.")
@storage_option
def stop(name: str, trial: int | None, storage: str) -> None:
    """Let every worker of study NAME hand its trial back after its epoch, and end."""
    from tuner.study.record import load_study

    opened = open_for_reading(storage)
    study_id = load_study(opened, name).study_id
    if trial is None:
        opened.control.set_command(study_id, "stop")
        echo(f"study {name}: stop; workers obey at their next epoch")
    else:
        opened.leases.stop_trial(study_id, trial)
        echo(f"study {name}: trial {trial} ends as pruned after its epoch")


@click.command()
@storage_option
@home_option
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to bind; any other needs a password.")
@click.option("--port", type=click.IntRange(0, 65535), default=8080, show_default=True)
@click.option("--allow-host", "names", multiple=True, help="A further name that browsers reach it by; may be repeated.")
@click.option("--behind-proxy", is_flag=True, help="Believe the one proxy that can reach it who the client is.")
@click.option("--hash-password", is_flag=True, help="Ask for a password, print its hash to set in its place, and end.")
def dashboard(
    storage: str, home: Path, host: str, port: int, names: tuple[str, ...], behind_proxy: bool, hash_password: bool
) -> None:
    """Serve Optuna's dashboard over the same storage, with the trials' pictures among their artifacts.

    It shows and changes nothing. On this machine everybody may look; with TUNER_DASHBOARD_PASSWORD set only those who
    know it, and other machines never without. TUNER_DASHBOARD_STEER_PASSWORD lets those who know it write notes, and
    pause, resume and stop studies under /steering. Either may be a hash, or lie in the file that NAME_FILE names.
    """
    from tuner.front import passwords
    from tuner.front.server import make_server
    from tuner.storage import open_storage
    from tuner.study.files import artifacts_folder

    if hash_password:
        echo(passwords.hash_password(click.prompt("Password", hide_input=True, confirmation_prompt=True)))
        return
    known = passwords.read_passwords()
    opened = open_storage(storage, create=True)
    server = make_server(opened, artifacts_folder(home), known, host, port, names=names, behind_proxy=behind_proxy)
    echo(f"http://{host}:{server.effective_port}/ shows all studies; Ctrl-C ends it", err=True)
    server.run()
