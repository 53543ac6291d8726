"""The model card: what the model is, how it was made, how good it is, and what it must not be used for."""

from __future__ import annotations

import json
import re
from typing import Any

from tuner.bundle.confirmed_card import confirmed_sections


def model_card(about: dict[str, Any]) -> str:
    """Write a bundle's model card in Markdown from what `bundle.json` holds."""
    about = about | {"class_names": [_escaped(name) for name in about["class_names"]]}
    confirmed = about["confirmed"] and about["confirmed"] | {"objective": _escaped(about["confirmed"]["objective"])}
    sections = [
        _head(about),
        _data(about),
        *([_search_scores(about)] if confirmed is None else confirmed_sections(about, confirmed)),
        _use(about),
        _settings(about),
    ]
    return "\n".join(sections)


def _head(about: dict[str, Any]) -> str:
    members = about["members"]
    kinds = ", ".join(dict.fromkeys(member["architecture"] for member in members))
    unsure = (
        ""
        if about["unsure_below"] is None
        else (f'\nWhere its probability is below {about["unsure_below"]:.6g} it answers "unsure".')
    )
    return f"""# {kinds} of study {about["study"]}

Classifies one-channel recordings at {about["rate"]:g} Hz ({about["unit"]}) of any length into
{", ".join(about["class_names"])}.{unsure}

**This is no medical device: it must not be used to diagnose or treat anyone.**
"""


def _data(about: dict[str, Any]) -> str:
    rows = "\n".join(
        f"| trial {member['trial']} | {member['architecture']} | {member['epochs']} of {member['planned_epochs']} "
        f"| {member['trained_on']} | {'yes' if member['augmented'] else 'no'} | {weight:.2f} |"
        for member, weight in zip(about["members"], about["blend"]["pool"], strict=True)
    )
    data = about["data"]
    return f"""## Data and protocol

| trial | architecture | epochs | trained on | test-time augmentation | weight in the blend |
| --- | --- | --- | --- | --- | --- |
{rows}

Data fingerprint `{data["fingerprint"][:16]}`. The search trained on {data["train"]} recordings and scored on
{data["validation"]} others (split `{data["split"][:16]}`); recordings that are identical or of one group never cross a
split or a fold. A weight multiplies the logarithms of a member's probabilities; the weights need not add up to 1.
Openings of the sealed test labels before this model was made: {about["openings"]}.
"""


def _search_scores(about: dict[str, Any]) -> str:
    scores = about["members"][0]["validation"]
    rows = zip(about["class_names"], scores["class_f1"], strict=True)
    f1 = "\n".join(f"| F1 {name} | {value:.3f} |" for name, value in rows)
    return f"""## Scores

Of the trial on the {about["data"]["validation"]} validation recordings. The trial and its epoch were chosen by them and
nothing was confirmed, so expect less on new recordings.

| | |
| --- | --- |
| macro-F1 | {scores["macro_f1"]:.3f} |
| accuracy | {scores["accuracy"]:.3f} |
{f1}
"""


def _use(about: dict[str, Any]) -> str:
    files = ", ".join(f"`{module['file']}`" for module in about.get("modules", []))
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


def _settings(about: dict[str, Any]) -> str:
    settings = {f"trial {member['trial']}": member["settings"] for member in about["members"]}
    return f"""## Settings

```json
{json.dumps(settings, indent=2)}
```
"""


def _escaped(name: str) -> str:
    """Return what people called a class so that it is shown as it is, on one line."""
    return re.sub(r"([\\`*_<>\[\]|])", r"\\\1", " ".join(name.split()))
