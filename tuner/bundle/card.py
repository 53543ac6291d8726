"""The model card: what the model is, how it was made, how good it is, and what it must not be used for."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from models.visible import visible
from tuner.bundle.manifest import Manifest
from tuner.bundle.missed import missed_classes


def model_card(manifest: Manifest, sections: Sequence[str] = ()) -> str:
    """Write a bundle's model card in Markdown.

    Parameters
    ----------
    manifest : Manifest
        What `bundle.json` holds.
    sections : sequence of str
        What is known of confirmed scores; without any, the card shows the scores of the search.
    """
    shown = escaped(manifest)
    parts = [_head(shown), _data(shown), *(sections or [_search_scores(shown)]), _use(shown), _settings(shown)]
    return "\n".join(parts)


def escaped(manifest: Manifest) -> Manifest:
    """Return a manifest in which Markdown and terminals show what people called their classes as it is, on one line."""
    names = {"class_names": tuple(_escaped(name) for name in manifest.class_names)}
    objective = manifest.objective and _escaped(manifest.objective)
    if manifest.confirmed is None:
        return manifest.model_copy(update={**names, "objective": objective})
    confirmed = manifest.confirmed.model_copy(update={"objective": _escaped(manifest.confirmed.objective)})
    return manifest.model_copy(update={**names, "objective": objective, "confirmed": confirmed})


def _escaped(name: str) -> str:
    return re.sub(r"([\\`*_<>\[\]|])", r"\\\1", visible(" ".join(name.split())))


def missed_lines(manifest: Manifest, confusion: Sequence[Sequence[int]], where: str) -> str:
    """Write the warnings of classes that are never found, a paragraph each; nothing where all are."""
    return "".join(f"\n**Warning:** {line}.\n" for line in missed_classes(manifest, confusion, where))


def _head(manifest: Manifest) -> str:
    kinds = ", ".join(dict.fromkeys(member.architecture for member in manifest.members))
    unsure = (
        ""
        if manifest.unsure_below is None
        else f'\nWhere its probability is below {manifest.unsure_below:.6g} it answers "unsure".'
    )
    return f"""# {kinds} of study {manifest.study}

Classifies one-channel recordings at {manifest.rate:g} Hz ({manifest.unit}) of any length into
{", ".join(manifest.class_names)}.{unsure}

**This is no medical device: it must not be used to diagnose or treat anyone.**
"""


def _data(manifest: Manifest) -> str:
    rows = "\n".join(
        f"| trial {member.trial} | {member.architecture} | {member.epochs} of {member.planned_epochs} "
        f"| {member.trained_on} | {'yes' if member.augmented else 'no'} | {weight:.2f} |"
        for member, weight in zip(manifest.members, manifest.blend.pool, strict=True)
    )
    data = manifest.data
    return f"""## Data and protocol

| trial | architecture | epochs | trained on | test-time augmentation | weight in the blend |
| --- | --- | --- | --- | --- | --- |
{rows}

Data fingerprint `{data.fingerprint[:16]}`. The search trained on {data.train} recordings and scored on
{data.validation} others (split `{data.split[:16]}`); recordings that are identical or of one group never cross a
split or a fold. A weight multiplies the logarithms of a member's probabilities; the weights need not add up to 1.
Openings of the sealed test labels before this model was made: {manifest.openings}.
"""


def _search_scores(manifest: Manifest) -> str:
    member = manifest.members[0]
    scores = member.validation
    rows = {} if manifest.objective is None or member.score is None else {manifest.objective: member.score}
    rows |= {"macro-F1": scores.macro_f1, "accuracy": scores.accuracy}
    rows |= {f"F1 {name}": value for name, value in zip(manifest.class_names, scores.class_f1, strict=True)}
    lines = "\n".join(f"| {name} | {value:.3f} |" for name, value in rows.items())
    return f"""## Scores

Of the trial in the search, on {sum(map(sum, scores.confusion))} recordings that it was not trained on. It was chosen by
them and nothing was confirmed, so expect less on new recordings.
{missed_lines(manifest, scores.confusion, "in the search")}
| | |
| --- | --- |
{lines}
"""


def _use(manifest: Manifest) -> str:
    files = ", ".join(f"`{module.file}`" for module in manifest.modules)
    code = f"""
Part of this model is code of its makers, {files}: read it, then add `--trust-code` to let it run.
"""
    return f"""## Use

    tuner predict THIS_FOLDER RECORDINGS --out predictions.csv
{code if files else ""}
`bundle.json` holds settings, classes, rate and provenance, the files named after trials what was trained;
`sha256sum --check SHA256SUMS` verifies them. A recording at another rate is refused.

What it was not made for: recordings of other devices, leads or patients than those it was trained on may be unlike
them in ways that its scores do not show.
"""


def _settings(manifest: Manifest) -> str:
    settings = {f"trial {member.trial}": member.settings for member in manifest.members}
    return f"""## Settings

```json
{json.dumps(settings, indent=2)}
```
"""
