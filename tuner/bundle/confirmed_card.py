"""The part of the model card that tells what cross-validation has shown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray


def confirmed_sections(about: dict[str, Any], found: dict[str, Any]) -> list[str]:
    """Write the sections on confirmed scores, from what `bundle.json` holds and its part on them."""
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
    rows = [("accuracy", n, found["accuracy"])]
    classes = zip(about["class_names"], found["confusion"], found["class_f1"], strict=True)
    rows += [(f"F1 {name}", sum(predicted), score) for name, predicted, score in classes]
    of_answers = [score for *_, score in rows]
    if found["objective"] != "accuracy":
        rows.insert(0, (found["objective"], n, found["score"]))
    return f"""## Scores

Out of fold: each of the {n} labelled recordings was predicted by models that had not been trained on
it, {found["n_folds"]} folds; whatever was fitted to such predictions (blend, calibration, threshold) was fitted on the
other folds. The hyperparameters, though, were chosen by scores on recordings inside these folds, and the best candidate
and the parts to keep by these figures, so expect a little less on new recordings. Intervals are 95 %, over which
recordings were drawn.

| | recordings | out of fold | 95 % interval |
| --- | --- | --- | --- |
{_lines(f"| {name} | {count} | {_score(score)} |" for name, count, score in rows)}
{_faultless(of_answers)}
Sensitivity is the share of a class's recordings that are found, specificity the share of all others that are not taken
for it, the positive predictive value the share of right ones among those called so, here, where the classes are as
frequent as in these data.

| class | sensitivity | specificity | positive predictive value |
| --- | --- | --- | --- |
{_lines(_rates(about["class_names"], np.array(found["confusion"])))}
"""


def _faultless(scores: Iterable[dict[str, float]]) -> str:
    if all(score["low"] < 1 for score in scores):
        return ""
    return (
        "\nWhere none of n recordings is wrong, resampling shows no error either: up to 3 in n may still be expected.\n"
    )


def _rates(class_names: list[str], confusion: NDArray[np.int64]) -> Iterator[str]:
    """Write a row a class of the rates that medicine asks for."""
    right, n = np.diagonal(confusion), confusion.sum()
    true, called = confusion.sum(1), confusion.sum(0)
    specificity = 1 - (called - right) / (n - true)
    for k, name in enumerate(class_names):
        predictive = f"{right[k] / called[k]:.3f}" if called[k] else "never called so"
        yield f"| {name} | {right[k] / true[k]:.3f} | {specificity[k]:.3f} | {predictive} |"


def _candidates(found: dict[str, Any]) -> str:
    rows = _lines(
        f"| {one['trial']} | {one['architecture']} | {one['search']:.3f} | {_score(one['confirmed'])} "
        f"| {one['curse']:+.3f} | {one['seconds']:.0f} |"
        for one in found["candidates"]
    )
    left_out = "".join(f"\n- not confirmed: {line}" for line in found["left_out"])
    left_out += "".join(f"\n- left out as asked: {part}" for part in found["without"])
    end = "lowest upper" if found["minimised"] else "highest lower"
    return f"""## Candidates

The best is the one with the {end} end. The winner's curse is what a search score owes to luck: how much better it is.

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

The objective, {found["objective"]}, over those of its classes that occur in the part. Equal values stay together, so
that thirds may be of different size. Signal quality goes from 0 to 1: the agreement of two beat detectors, times the
likeness of the beats, times the share of seconds fit to be read.

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

Kept: {what}; {found["reason"]}. Probabilities are raised to the power of 1 / temperature, divided by
the classes' shares to the power of the prior exponent, and scaled to add up to 1.

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
            f"the {chosen['coverage']:.1%} that they answer ({found['objective']} {_figure(chosen['score'])}), each "
            f"under the threshold of the other folds, {chosen['threshold']:.6g} on the whole."
        )
        if about["unsure_below"] != chosen["threshold"]:
            what += (
                f" Their average is less sure than each of them, so {about['unsure_below']:.6g} is its threshold, at "
                "which it answers as many of the unlabelled recordings as they do."
            )
        elif not found["retrained"] and found["handover"] is None:
            what += (
                " Their average, which is handed over, is less sure than each of them and answers somewhat fewer; "
                "nothing was unlabelled to measure how many."
            )
        shares = zip(about["class_names"], chosen["class_coverage"], chosen["class_f1"], strict=True)
        rows = _lines(f"| {name} | {share:.1%} | {f'{f1:.3f}' if share else '–'} |" for name, share, f1 in shares)
        what += f"""

Classes that are rare or hard are answered least:

| class | share answered | F1 of the answers |
| --- | --- | --- |
{rows}

"""
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
            f"of the out-of-fold Brier score {figures['member_error']:.4f}, the squared error of the probabilities, "
            f"averaging them takes off {figures['ensemble_gain']:.4f} (by how they differ on the recordings without "
            f"labels), training on the missing fold {figures['retraining_gain']:.4f} at most"
        )
    return f"""## Models

{kept}: {why}.
"""


def _lines(rows: Any) -> str:
    return "\n".join(rows)


def _score(score: dict[str, float | None]) -> str:
    value, low, high = (_figure(score[name]) for name in ("value", "low", "high"))
    return f"{value} | {low} to {high}"


def _figure(value: float | None) -> str:
    return "undefined" if value is None else f"{value:.3f}"


def _range(part: dict[str, Any]) -> str:
    return "" if part["low"] is None else f"{part['low']:.2f}, {part['high']:.2f}"
