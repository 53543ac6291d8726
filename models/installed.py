"""Architectures of installed packages, found by their entry points.

A package names each architecture under `GROUP` in its `pyproject.toml`, as in ``my_net = "my_package:ARCHITECTURE"``.
The package is imported only when the architecture is used.
"""

from functools import cache
from importlib.metadata import EntryPoint, entry_points

from models.architecture import Architecture
from models.contract import check_contract
from models.errors import BadArchitecture, described

GROUP = "ecg_tuner.architectures"


def installed_names() -> tuple[str, ...]:
    """Return the names of the architectures of installed packages."""
    return tuple(_entries())


def distribution_of(name: str) -> tuple[str, str] | None:
    """Return name and version of the distribution that brings an architecture; None where none does."""
    distribution = _entries()[name][0].dist if name in _entries() else None
    return None if distribution is None else (distribution.name, distribution.version)


@cache
def packages_of_architectures() -> dict[str, str]:
    """Return name and version of each distribution that brings architectures, by the name of its imported package."""
    entries = [entry for same in _entries().values() for entry in same]
    return {entry.module.partition(".")[0]: _distribution(entry) for entry in entries}


@cache
def load_installed(name: str) -> Architecture:
    """Import an architecture, one of `installed_names`.

    Raises
    ------
    BadArchitecture
        If it cannot be imported, breaks the contract, or two packages bring one of that name.
    """
    entry, *others = _entries()[name]
    if others:
        raise BadArchitecture(
            f"architecture {name!r} is brought by {_origin(entry)} and by {_origin(others[0])}: remove one of them"
        )
    try:
        architecture = check_contract(entry.load())
    except BadArchitecture as error:
        raise BadArchitecture(f"{_origin(entry)}: {error}") from error
    except (Exception, SystemExit) as error:
        raise BadArchitecture(
            f"architecture {name!r} of {_origin(entry)} cannot be loaded: {described(error)}; "
            "repair or remove that package"
        ) from error
    if architecture.name != name:
        raise BadArchitecture(
            f"{_origin(entry)}: its architecture is called {architecture.name!r}, its entry point {name!r}: "
            "give both the same name"
        )
    return architecture


@cache
def _entries() -> dict[str, list[EntryPoint]]:
    found: dict[str, list[EntryPoint]] = {}
    for entry in entry_points(group=GROUP):
        found.setdefault(entry.name, []).append(entry)
    return found


def _origin(entry: EntryPoint) -> str:
    return f"{_distribution(entry)} ({entry.value})"


def _distribution(entry: EntryPoint) -> str:
    found = entry.dist
    return "an unnamed package" if found is None else f"{found.name} {found.version}"
