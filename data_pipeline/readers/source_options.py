"""What a person says of a source that its files do not say."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from data_pipeline.errors import BadRecording


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

    def choose(self, names: Sequence[str], path: Path) -> int:
        """Return the position of the signal that is asked for, by name or by number, or of the only one.

        Parameters
        ----------
        names : sequence of str
            Names of all signals of a file; empty where they have none.
        path : Path
            The file, for messages.

        Raises
        ------
        BadRecording
            If there is no such signal, or there are several and none was asked for.
        """
        wanted, listed = self.signal, ", ".join(f"{number} {name}".strip() for number, name in enumerate(names))
        if wanted is None:
            if len(names) == 1:
                return 0
            raise BadRecording(
                f"{path} has {len(names)} signals ({listed}): choose one with --signal, by name or number"
            )
        exact = [number for number, name in enumerate(names) if name == wanted]
        alike = exact or [number for number, name in enumerate(names) if name and name.casefold() == wanted.casefold()]
        if len(alike) > 1:
            raise BadRecording(f"{path} has {len(alike)} signals {wanted!r} ({listed}): choose one by its number")
        if alike:
            return alike[0]
        if wanted.isascii() and wanted.isdigit() and int(wanted[:9]) < len(names):
            return int(wanted)
        raise BadRecording(f"{path} has no signal {wanted!r}, but {listed or 'none'}: choose another with --signal")
