"""Labels as people write them: which are none, which are one class in two spellings, and in what order classes go."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from pathlib import Path

from data_pipeline.tables import refuse_lines

CINC_CLASSES = ("N", "A", "O", "~")
"""Normal, atrial fibrillation, other rhythm and too noisy, in the order of the PhysioNet/CinC Challenge 2017."""

_NOTHING = {"nan", "na", "n/a", "#n/a", "<na>", "null", "none", "nat", "?"}
"""Words with which programs write that there is no value."""

_NUMBER = re.compile(r"[-+]?\d+(\.\d*)?([eE][-+]?\d{1,2})?$", re.ASCII)

Line = tuple[int, str]


def is_class_number(text: str) -> bool:
    """Whether a label is a whole number, as `class_number` writes it."""
    return re.fullmatch(r"-?\d{1,18}", text, re.ASCII) is not None


def class_number(text: str) -> str | None:
    """Return a whole number as it is written shortest (``01`` and ``1.0`` are ``1``), or None for other text."""
    if len(text) > 30 or not _NUMBER.match(text):
        return None
    value = float(text)
    return str(int(value)) if value.is_integer() and abs(value) < 2**53 else None


def order_classes(labels: Iterable[str]) -> tuple[str, ...]:
    """Return the distinct classes: in the challenge's order, else numbers by value, else in alphabetical order."""
    found = set(labels)
    if found <= set(CINC_CLASSES):
        return tuple(name for name in CINC_CLASSES if name in found)
    if all(is_class_number(name) for name in found):
        return tuple(sorted(found, key=int))
    return tuple(sorted(found))


def checked_labels(path: Path, rows: Sequence[Line]) -> list[str]:
    """Check labels, and write those that are numbers in one way.

    Parameters
    ----------
    path : Path
        Where they come from, for messages.
    rows : sequence of (int, str)
        Line and text of each label that is not empty.

    Raises
    ------
    DataError
        If a label is a word for "no value", has control characters, or is another one written differently.
    """
    check_values(path, rows, "label")
    numbers = [class_number(label) for _, label in rows]
    labels = [label for _, label in rows]
    if all(number is not None for number in numbers):
        labels = [number for number in numbers if number is not None]
    _refuse_twins(path, [(line, label) for (line, _), label in zip(rows, labels, strict=True)])
    return labels


def checked_numbers(path: Path, rows: Sequence[Line]) -> list[str]:
    """Check the labels of a file without a header: all are whole numbers, or none is.

    Raises
    ------
    DataError
        If a label is empty or one that `checked_labels` refuses, or names and numbers are mixed, as with a header.
    """
    is_number = [class_number(label) is not None for _, label in rows]
    if any(is_number):
        what = "is no class number, but other lines are: one class a line and no header"
        refuse_lines(
            path, [(n, f"{label!r} {what}") for (n, label), known in zip(rows, is_number, strict=True) if not known]
        )
    refuse_lines(path, [(n, "the class is missing: one class a line") for n, label in rows if not label])
    return checked_labels(path, rows)


def check_values(path: Path, rows: Sequence[Line], what: str) -> None:
    """Refuse labels or groups that are a word for "no value", or have control characters."""
    faults = []
    for line, value in rows:
        if value.lower() in _NOTHING:
            faults.append((line, f"{what} {value!r} is how programs write no value: leave it empty, or rename it"))
        elif not value.isprintable():
            faults.append((line, f"{what} {value!r} has characters that cannot be printed: remove them"))
    refuse_lines(path, faults)


def _refuse_twins(path: Path, rows: Sequence[Line]) -> None:
    """Refuse labels that differ only in how they are written, such as ``AF`` and ``af``."""
    first: dict[str, Line] = {}
    faults = {}
    for line, label in rows:
        other_line, other = first.setdefault(_likeness(label), (line, label))
        if other != label and label not in faults:
            faults[label] = (
                line,
                f"label {label!r} is {other!r} of line {other_line} in another spelling: write both alike",
            )
    refuse_lines(path, list(faults.values()))


def _likeness(label: str) -> str:
    """Return what labels have in common that a person would take for one."""
    return class_number(label) or " ".join(unicodedata.normalize("NFKC", label).casefold().split())
