"""The name, the unit and the source of a feature."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Feature:
    """One hand-made feature of a recording.

    Attributes
    ----------
    name : str
        Unique name; stored models depend on it.
    unit : str
        Unit of the values: "1" for shares, ratios and other pure numbers, "unit" for the recording's physical unit.
    source : str
        Paper or method, in short.
    """

    name: str
    unit: str
    source: str


def named(source: str, unit: str, names: str) -> tuple[Feature, ...]:
    """Return features that share source and unit; `names` are separated by blanks."""
    return tuple(Feature(name, unit, source) for name in names.split())
