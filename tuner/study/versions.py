"""The versions that decide results, and whether those of a study and of this program go together."""

from __future__ import annotations

import logging
import platform
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

from models.installed import distribution_of
from models.registry import architecture_names
from tuner.errors import StudyError

if TYPE_CHECKING:
    from tuner.study.spec import StudySpec

logger = logging.getLogger(__name__)

RESULTS_VERSION = 4
"""Raise this with every change after which the same settings, data and seed give other results."""

PACKAGES = ("ecg-tuner", "torch", "numpy", "numba", "optuna", "scikit-learn")


def versions(spec: StudySpec) -> dict[str, str]:
    """Return the versions of Python and of the packages that decide results, and the hashes of such files."""
    found = {"python": platform.python_version()} | {name: version(name) for name in PACKAGES}
    found |= {"xgboost": _xgboost_version(), "results": str(RESULTS_VERSION)}
    found |= _distributions(spec)
    return found | {file.name: file.sha256 for file in spec.search.modules}


def packages_among(versions: Mapping[str, str]) -> list[str]:
    """Return name and version of each installed package that brought architectures, of the stored versions."""
    ours = {"python", "xgboost", "results", *PACKAGES}
    return [f"{name} {text}" for name, text in versions.items() if name not in ours and not name.endswith(".py")]


def _distributions(spec: StudySpec) -> dict[str, str]:
    """Return the versions of the distributions that bring architectures of a study, by name."""
    names = [name for name in spec.search.architectures if name not in architecture_names()]
    return dict(filter(None, map(distribution_of, names)))


def _xgboost_version() -> str:
    """Return the version of the installed one of XGBoost's two packages; importing the library takes too long."""
    try:
        return version("xgboost-cpu")
    except PackageNotFoundError:
        return version("xgboost")


def check_versions(there: Mapping[str, str], spec: StudySpec) -> None:
    """Refuse to go on with a study whose earlier trials cannot be compared with those to come.

    Another version of a package that brings an architecture is only warned of: nobody knows here what it changes.

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
    for name, found in _distributions(spec).items():
        if there.get(name, found) != found:
            logger.warning(
                "study %s was created with %s %s, here is %s: its trials may not be comparable",
                *(spec.study.name, name, there[name], found),
            )
