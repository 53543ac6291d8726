"""What a feature is called, measured in and taken from."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Feature:
    """One hand-made number of a recording.

    Attributes
    ----------
    name : str
        Unique; part of what a stored model expects.
    unit : str
        "1" for shares, ratios and other pure numbers; "unit" for the recording's physical unit.
    source : str
        The paper or method it follows, short.
    """

    name: str
    unit: str
    source: str


def named(source: str, unit: str, names: str) -> tuple[Feature, ...]:
    """Describe features that share source and unit; `names` are parted by blanks."""
    return tuple(Feature(name, unit, source) for name in names.split())
