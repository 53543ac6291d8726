"""Trust in code: the files that a study or a bundle carries are run only where the user has allowed it.

The permission is an environment variable, so that the processes that a command starts inherit it: "1" allows all files,
or it lists the hashes of the allowed ones.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

from models.module_files import ModuleFile, check_unchanged, load_module
from tuner.errors import UntrustedCode

if TYPE_CHECKING:
    from tuner.study.record import StudyRecord

VARIABLE = "TUNER_TRUST_CODE"
ALL = "1"


def trust_all() -> None:
    """Allow this process, and those it starts, to run all files that they are given."""
    os.environ[VARIABLE] = ALL


def trust_only(files: Sequence[ModuleFile]) -> None:
    """Allow this process, and those it starts, to run these files unchanged, and no others."""
    os.environ.update(trust_environment(files))


def trust_environment(files: Sequence[ModuleFile]) -> dict[str, str]:
    """Return the environment variable that allows a process to run these files unchanged, and no others."""
    return {VARIABLE: ",".join(file.sha256 for file in files)}


def load_code(record: StudyRecord) -> None:
    """Load the architectures whose files a study carries.

    Raises
    ------
    UntrustedCode
        If the user has not allowed to run them.
    BadArchitecture
        If one cannot be used.
    """
    name = record.name
    load_trusted(record.spec.search.modules, f"study {name}", f"`tuner models --of {name}`")


def load_trusted(files: Sequence[ModuleFile], carrier: str, place: str, *, is_trusted: bool = False) -> None:
    """Load files of architectures, if the user has allowed to run them.

    Parameters
    ----------
    files : sequence of ModuleFile
        The files; none is run before all are known to be unchanged and allowed.
    carrier, place : str
        What carries the files, and where the user can read them first, for the message.
    is_trusted : bool
        Whether the caller has the permission already.

    Raises
    ------
    UntrustedCode
        If the user has not allowed to run them.
    BadArchitecture
        If one cannot be used.
    """
    for file in files:
        check_unchanged(file)
    words = os.environ.get(VARIABLE, "").split(",")
    if not is_trusted and any(file.sha256 not in words for file in files) and ALL not in words:
        raise UntrustedCode(
            f"{carrier} carries {', '.join(map(str, files))}, somebody's code, which would run here with all your "
            f"rights: read it first ({place}), then add --trust-code or set {VARIABLE}={ALL}"
        )
    for file in files:
        load_module(file)
