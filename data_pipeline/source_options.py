"""What a person says of a source that its files do not say."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class SourceOptions:
    """How a source is to be read.

    Attributes
    ----------
    rate : float or None
        Sampling rate in hertz, for files that have none. Where they have one, it must agree.
    signal : str or None
        Name of the signal to read, or its number counted from 0, for files that hold several.
    reference : Path or None
        Table of labels to read in place of the usual one: a file of the source's folder, or any other.
    """

    rate: float | None = None
    signal: str | None = None
    reference: Path | None = None
