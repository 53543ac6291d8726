"""The versions that decide results, and whether those of a study and of this program go together."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

from models.installed import distribution_of
from tuner.errors import StudyError

if TYPE_CHECKING:
    from tuner.study.spec import StudySpec

RESULTS_VERSION = 4
"""Raise this with every change after which the same settings, data and seed give other results."""

PACKAGES = ("ecg-tuner", "torch", "numpy", "numba", "optuna", "scikit-learn")


def versions(spec: StudySpec) -> dict[str, str]:
    """Return the versions of Python and of the packages that decide results, and the hashes of such files."""
    found = {"python": platform.python_version()} | {name: version(name) for name in PACKAGES}
    found |= {"xgboost": _xgboost_version(), "results": str(RESULTS_VERSION)}
    found |= dict(filter(None, map(distribution_of, spec.search.architectures)))
    return found | {file.name: file.sha256 for file in spec.search.modules}


def _xgboost_version() -> str:
    """Return the version of the installed one of XGBoost's two packages; importing the library takes too long."""
    try:
        return version("xgboost-cpu")
    except PackageNotFoundError:
        return version("xgboost")


def check_versions(there: Mapping[str, str], spec: StudySpec) -> None:
    """Refuse to go on with a study whose earlier trials cannot be compared with those to come.

    Parameters
    ----------
    there : mapping of str to str
        Versions that were stored with the study.
    spec : StudySpec
        The study.

    Raises
    ------
    StudyError
        If it was created with another major version of Optuna, or with another `RESULTS_VERSION`.
    """
    here = versions(spec)
    for what, name, part in (("Optuna", "optuna", slice(1)), ("results version", "results", slice(None))):
        if there[name].split(".")[part] != here[name].split(".")[part]:
            raise StudyError(
                f"study {spec.study.name} was created with {what} {there[name]}, here is {here[name]}: "
                "work on it with the tuner that made it, or create a new study"
            )
