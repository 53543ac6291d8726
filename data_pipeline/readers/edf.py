"""One signal of an EDF, EDF+ or BDF file, by `edfio`, after its header was checked.

References
----------
The EDF and EDF+ specifications, https://www.edfplus.info/specs/
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from data_pipeline.amplitudes import in_millivolts
from data_pipeline.errors import BadRecording
from data_pipeline.readers.source_options import SourceOptions
from data_pipeline.recordings import Measured
from data_pipeline.regular_files import open_regular

_FIXED, _PER_SIGNAL = 256, 256
_ANNOTATIONS = {"EDF Annotations", "BDF Annotations"}
_MOST_SIGNALS = 4096


@dataclass(frozen=True)
class _Header:
    """What the sizes in a header say."""

    labels: list[str]
    n_records: int
    is_interrupted: bool


def read_edf(path: Path, options: SourceOptions) -> Measured:
    """Read one signal of a file, the only one besides annotations or the one that is chosen.

    Raises
    ------
    BadRecording
        If the file is no EDF or BDF, is shorter than its header says, has breaks, or the signal is not to be found.
    """
    header = _read_header(path)
    if header.is_interrupted:
        raise BadRecording(f"{path} has breaks (EDF+D): write it in one piece (EDF+C), or a file a piece")
    signals = [i for i, label in enumerate(header.labels) if label not in _ANNOTATIONS]
    number = options.choose([header.labels[i] for i in signals], path)
    import edfio

    try:
        read = edfio.read_bdf if path.suffix.lower() == ".bdf" else edfio.read_edf
        signal = read(path, header_encoding="latin-1").signals[number]
        digital, physical = signal.digital_range, signal.physical_range
        scale = (physical.max - physical.min) / (digital.max - digital.min)
        unit, size = in_millivolts(signal.physical_dimension)
        return Measured(
            np.array(signal.digital),  # a copy, since theirs stays on the file
            unit=unit,
            rate=float(signal.sampling_frequency),
            scale=scale * size,
            offset=(physical.min - digital.min * scale) * size,
        )
    except Exception as error:  # of many kinds, by what is wrong with a header
        raise BadRecording(f"{path} cannot be read ({error}): copy it again, or export it anew") from error


def _read_header(path: Path) -> _Header:
    """Read the sizes, and compare them with that of the file."""
    with open_regular(path) as stream:
        fixed = stream.read(_FIXED).decode("latin-1")
        n_signals = _whole(path, fixed[252:256], "number of signals")
        if not 1 <= n_signals <= _MOST_SIGNALS or _whole(path, fixed[184:192], "length of the header") != (
            _FIXED + n_signals * _PER_SIGNAL
        ):
            raise BadRecording(f"{path} is no EDF or BDF file: its header has other sizes; copy it again")
        rest = stream.read(n_signals * _PER_SIGNAL).decode("latin-1")
    n_bytes = 3 if path.suffix.lower() == ".bdf" else 2
    n_records = _whole(path, fixed[236:244], "number of data records")
    counts = [_whole(path, rest[216 * n_signals + 8 * i :][:8], "number of samples") for i in range(n_signals)]
    expected = _FIXED + n_signals * _PER_SIGNAL + n_records * sum(counts) * n_bytes
    size = path.stat().st_size
    if n_records < 1 or min(counts) < 0 or size < expected:
        raise BadRecording(f"{path} has {size} bytes instead of the {expected} that its header says: copy it again")
    labels = [rest[16 * i :][:16].strip() for i in range(n_signals)]
    return _Header(labels, n_records, fixed[192:197] in ("EDF+D", "BDF+D"))


def _whole(path: Path, text: str, what: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise BadRecording(f"{path} is no EDF or BDF file: its {what} is {text[:12]!r}; copy it again") from None
