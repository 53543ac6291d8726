"""The model card: what the model is, how it was made, how good it is, and what it must not be used for."""

from __future__ import annotations

import json
import re
from typing import Any


def model_card(about: dict[str, Any]) -> str:
    """Write a bundle's model card in Markdown from what `bundle.json` holds."""
    about = about | {"class_names": [_escaped(name) for name in about["class_names"]]}
    confirmed = about["confirmed"] and about["confirmed"] | {"objective": _escaped(about["confirmed"]["objective"])}
    sections = [
        _head(about),
        _data(about),
        *([_search_scores(about)] if confirmed is None else _confirmed_sections(about, confirmed)),
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
        else (f'\nWhere its probability is below {about["unsure_below"]:.3f} it answers "unsure".')
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
split or a fold.
"""


def _search_scores(about: dict[str, Any]) -> str:
    scores = about["members"][0]["validation"]
    rows = zip(about["class_names"], scores["class_f1"], strict=True)
    return f"""## Scores

Of the trial on the {about["data"]["validation"]} validation recordings. The trial and its epoch were chosen by them and
nothing was confirmed, so expect less on new recordings.

| | |
| --- | --- |
| macro-F1 | {scores["macro_f1"]:.3f} |
| accuracy | {scores["accuracy"]:.3f} |
{_lines(f"| F1 {name} | {value:.3f} |" for name, value in rows)}
"""


def _confirmed_sections(about: dict[str, Any], found: dict[str, Any]) -> list[str]:
    return [
        _confirmed_scores(about, found),
        _candidates(found),
        _parts(found),
        _confusion(about, found),
        *([_calibration(about, found["calibration"])] if found["calibration"] else []),
        *([_abstention(about, found)] if found["risk_coverage"] else []),
        _handover(found),
    ]


def _confirmed_scores(about: dict[str, Any], found: dict[str, Any]) -> str:
    n = found["recordings"]
    rows = [(found["objective"], n, found["score"]), ("accuracy", n, found["accuracy"])]
    classes = zip(about["class_names"], found["confusion"], found["class_f1"], strict=True)
    rows += [(f"F1 {name}", sum(predicted), score) for name, predicted, score in classes]
    return f"""## Scores

Out of fold: each of the {n} labelled recordings was predicted by models that had not been trained on
it, {found["n_folds"]} folds; whatever was fitted to such predictions (blend, calibration, threshold) was fitted on the
other folds. The hyperparameters, though, were chosen by scores on recordings inside these folds, and the best candidate
and the parts to keep by these figures, so expect a little less on new recordings. Intervals are 95 %, over which
recordings were drawn.

| | recordings | out of fold | 95 % interval |
| --- | --- | --- | --- |
{_lines(f"| {name} | {count} | {_score(score)} |" for name, count, score in rows)}
"""


def _candidates(found: dict[str, Any]) -> str:
    rows = _lines(
        f"| {one['trial']} | {one['architecture']} | {one['search']:.3f} | {_score(one['confirmed'])} "
        f"| {one['curse']:+.3f} | {one['seconds']:.0f} |"
        for one in found["candidates"]
    )
    left_out = "".join(f"\n- not confirmed: {line}" for line in found["left_out"])
    left_out += "".join(f"\n- left out as asked: {part}" for part in found["without"])
    return f"""## Candidates

The best is the one with the highest lower end. The winner's curse is what a search score owes to luck.

| trial | architecture | search | confirmed | 95 % interval | winner's curse | training, s |
| --- | --- | --- | --- | --- | --- | --- |
{rows}
{left_out}

Blend: {found["blend"]["reason"]}.

![search scores and confirmed ones](confirmation.png)
"""


def _parts(found: dict[str, Any]) -> str:
    rows = _lines(
        f"| {name} | {part['name']} | {_range(part)} | {part['count']} | {_score(part['score'])} |"
        for name, parts in found["parts"].items()
        for part in parts
    )
    return f"""## By length and signal quality

The objective, {found["objective"]}, over those of its classes that occur in the part.

| by | part | from, to | recordings | score | 95 % interval |
| --- | --- | --- | --- | --- | --- |
{rows}
"""


def _confusion(about: dict[str, Any], found: dict[str, Any]) -> str:
    names = about["class_names"]
    rows = _lines(
        f"| **{name}** | {' | '.join(str(n) for n in row)} |"
        for name, row in zip(names, found["confusion"], strict=True)
    )
    return f"""## Confusion matrix

Rows are true classes, columns predicted ones.

| | {" | ".join(names)} |
| --- |{" --- |" * len(names)}
{rows}

![confusion matrix](confusion_matrix.png)
"""


def _calibration(about: dict[str, Any], found: dict[str, Any]) -> str:
    used = about["calibration"]
    what = (
        "none"
        if used is None
        else (f"temperature {used['temperature']:.3f}, prior exponent {used['prior_exponent']:.2f}")
    )
    return f"""## Calibration

Kept: {what}; {found["reason"]}.

| | before | after |
| --- | --- | --- |
| expected calibration error | {found["before"]["calibration_error"]:.4f} | {found["after"]["calibration_error"]:.4f} |
| log loss | {found["before"]["log_loss"]:.4f} | {found["after"]["log_loss"]:.4f} |

![reliability diagram](reliability.png)
"""


def _abstention(about: dict[str, Any], found: dict[str, Any]) -> str:
    chosen = found["abstention"]
    what = "It answers every recording."
    if chosen is not None:
        what = (
            f"Asked to answer {chosen['wanted']:.0%}, the models of single folds are wrong in {chosen['risk']:.1%} of "
            f"the {chosen['coverage']:.1%} that they answer ({found['objective']} {chosen['score']:.3f}), each under "
            f"the threshold of the other folds, {chosen['threshold']:.3f} on the whole."
        )
        if about["unsure_below"] != chosen["threshold"]:
            what += (
                f" Their average is less sure: below {about['unsure_below']:.3f} it answers as many of the unlabelled "
                "recordings as they do."
            )
    return f"""## Abstaining

{what} Area under the risk-coverage curve: {found["risk_coverage"]["area"]:.4f}.

![risk and coverage](risk_coverage.png)
"""


def _handover(found: dict[str, Any]) -> str:
    kept = "Each member was trained anew on everything" if found["retrained"] else "The models of the folds are kept"
    figures = found["handover"]
    why = "as asked" if "ensemble" in found["without"] else "there was nothing unlabelled to compare the two on"
    if found["fault"] is not None:
        why = found["fault"]
    elif figures is not None:
        why = (
            f"of the out-of-fold Brier score {figures['member_error']:.4f}, averaging them takes off "
            f"{figures['ensemble_gain']:.4f} (by how they differ on the recordings without labels), training on the "
            f"missing fold {figures['retraining_gain']:.4f} at most"
        )
    return f"""## Models

{kept}: {why}.
"""


def _use(about: dict[str, Any]) -> str:
    return """## Use

    tuner predict THIS_FOLDER RECORDINGS --out predictions.csv

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


def _lines(rows: Any) -> str:
    return "\n".join(rows)


def _score(score: dict[str, float]) -> str:
    return f"{score['value']:.3f} | {score['low']:.3f} to {score['high']:.3f}"


def _range(part: dict[str, Any]) -> str:
    return "" if part["low"] is None else f"{part['low']:.2f}, {part['high']:.2f}"
