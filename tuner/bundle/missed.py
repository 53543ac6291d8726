"""Classes that a model never finds: said in the terminal and on the card, since a mean score hides them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tuner.bundle.manifest import Manifest


def missed_classes(manifest: Manifest, confusion: Sequence[Sequence[int]], where: str) -> list[str]:
    """Warn of each class of which no recording is found, and say what may help.

    Parameters
    ----------
    manifest : Manifest
        What `bundle.json` holds.
    confusion : sequence of K sequences of K int
        Recordings of class i (row) predicted as class j (column).
    where : str
        On which recordings, such as "out of fold".

    Returns
    -------
    list of str
        One line a class.
    """
    helps = ", or ".join(["add recordings of it", *_weights(manifest), *_metric(manifest)])
    lines = []
    for k, name in enumerate(manifest.class_names):
        count, called = sum(confusion[k]), sum(row[k] for row in confusion)
        if count == 0 or confusion[k][k]:
            continue
        how = f"predicted {called} times, but never rightly" if called else "never predicted"
        lines.append(f"class {name}, {count} {'recording' if count == 1 else 'recordings'}, is {how} {where}: {helps}")
    return lines


def _weights(manifest: Manifest) -> Iterator[str]:
    """Name the settings by which the members' training would weigh a small class more."""
    found = {
        f"{section}.class_weight": values["class_weight"]
        for member in manifest.members
        for section, values in member.settings.items()
        if isinstance(values, dict) and "class_weight" in values
    }
    if found:
        named = ", ".join(f"{name} ({value} here)" for name, value in found.items())
        yield f"raise {named} in the study file"


def _metric(manifest: Manifest) -> Iterator[str]:
    if manifest.metric != "macro_f1":
        yield f"search by macro_f1, which weighs each class alike, not by {manifest.metric}"
