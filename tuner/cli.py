"""The command `tuner`: results to stdout, logs and progress to stderr, one line and exit 1 for a named problem."""

from __future__ import annotations

import errno
import logging
import os
import sys

import click

from tuner.commands.data import data
from tuner.commands.results import evaluate, export, finalize, predict, run, sign
from tuner.commands.studies import best, compare_architectures, create, delete, list_studies, models, status
from tuner.commands.workers import dashboard, pause, resume, stop, work
from tuner.screen.lines import echo, log_to

COMMANDS = (
    *(data, create, work, status, pause, resume, stop, compare_architectures, best, list_studies, delete, models),
    *(dashboard, finalize, export, sign, predict, evaluate, run),
)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="ecg-tuner", prog_name="tuner")
def tuner() -> None:
    """Tune classifiers of variable-length one-channel recordings, ECG first.

    Point it at labelled recordings, start as many workers as you have machines, kill any of them at any time,
    and take the best model home.
    """


for command in COMMANDS:
    tuner.add_command(command)


def main() -> None:
    """Run the command line; a traceback is a bug."""
    from data_pipeline.disk import keep_private
    from data_pipeline.errors import DataError
    from models.errors import ModelError
    from models.module_files import fault_in_module
    from tuner.errors import TunerError

    log_to(logging.StreamHandler(sys.stderr))
    try:
        keep_private()
        tuner()
    except MemoryError as error:
        _fail(f"out of memory: {str(error) or 'no more is granted'}; give it more memory, or run fewer processes")
    except (DataError, ModelError, TunerError) as error:
        _fail(str(error))
    except BrokenPipeError:
        # The reader of a pipe has gone; nothing is left to say, and Python must not try to flush.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except Exception as error:
        if isinstance(error, OSError) and error.errno == errno.ENAMETOOLONG:  # wherever a path is first looked at
            _fail(f"{error.filename}: {error.strerror}: give a shorter path")
        fault = fault_in_module(error)
        if fault is None:
            raise
        _fail(fault)  # of a person's own code, not of ours


def _fail(message: str) -> None:
    echo(f"error: {message}", err=True)
    sys.exit(1)


if __name__ == "__main__":
    main()
