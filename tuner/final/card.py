"""The part of the model card that tells what cross-validation has shown, with its pictures."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from tuner.bundle.card import escaped, missed_lines
from tuner.bundle.manifest import Confirmed, Manifest, ManifestTercile
from tuner.final.part import PartFacts
from tuner.screen.figures import confusion_matrix
from tuner.screen.final_figures import confirmation
from tuner.statistics.intervals import Interval


def confirmed_sections(manifest: Manifest, confirmed: Confirmed, found: Sequence[PartFacts]) -> list[str]:
    """Write the sections on confirmed scores, and those of the parts of the final step."""
    shown = escaped(manifest)
    confirmed = shown.confirmed or confirmed
    sections = [
        _scores(shown, confirmed),
        _candidates(confirmed),
        _terciles(confirmed),
        _confusion(shown, confirmed),
        *(facts.section(shown, confirmed) for facts in found),
    ]
    return [section for section in sections if section]


def confirmed_pictures(manifest: Manifest, confirmed: Confirmed, found: Sequence[PartFacts]) -> dict[str, Figure]:
    """Draw what these sections show, by file name."""
    candidates = confirmed.candidates
    drawn = {
        "confirmation.png": confirmation(
            [*(f"{one.architecture} {one.trial}" for one in candidates), "handed over"],
            [*(np.nan if one.search is None else one.search for one in candidates), np.nan],
            [*(one.confirmed for one in candidates), confirmed.score],
            confirmed.objective,
            "What cross-validation has shown",
        ),
        "confusion_matrix.png": confusion_matrix(confirmed.confusion, manifest.class_names, "out of fold"),
    }
    for facts in found:
        drawn |= facts.pictures(confirmed)
    return drawn


def _scores(manifest: Manifest, confirmed: Confirmed) -> str:
    n = confirmed.recordings
    rows = [("accuracy", n, confirmed.accuracy)]
    classes = zip(manifest.class_names, confirmed.confusion, confirmed.class_f1, strict=True)
    rows += [(f"F1 {name}", sum(predicted), score) for name, predicted, score in classes]
    of_answers = [score for *_, score in rows]
    if confirmed.objective != "accuracy":
        rows.insert(0, (confirmed.objective, n, confirmed.score))
    return f"""## Scores

Out of fold: each of the {n} labelled recordings was predicted by models that had not been trained on
it, {confirmed.n_folds} folds; whatever was fitted to such predictions (blend, calibration, threshold) was fitted on the
other folds. The hyperparameters, though, were chosen by scores on recordings inside these folds, and the best candidate
and the parts to keep by these figures, so expect a little less on new recordings. Intervals are 95 %, over which
recordings were drawn.
{missed_lines(manifest, confirmed.confusion, "out of fold")}
| | recordings | out of fold | 95 % interval |
| --- | --- | --- | --- |
{_lines(f"| {name} | {count} | {_score(score)} |" for name, count, score in rows)}
{_faultless(of_answers)}
Sensitivity is the share of a class's recordings that are found, specificity the share of all others that are not taken
for it, the positive predictive value the share of right ones among those called so, here, where the classes are as
frequent as in these data.

| class | sensitivity | specificity | positive predictive value |
| --- | --- | --- | --- |
{_lines(_rates(manifest.class_names, np.array(confirmed.confusion)))}
"""


def _faultless(scores: Iterable[Interval]) -> str:
    if all(score.low < 1 for score in scores):
        return ""
    return (
        "\nWhere none of n recordings is wrong, resampling shows no error either: up to 3 in n may still be expected.\n"
    )


def _rates(class_names: Sequence[str], confusion: NDArray[np.int64]) -> Iterator[str]:
    """Write a row a class of the rates that medicine asks for."""
    right, n = np.diagonal(confusion), confusion.sum()
    true, called = confusion.sum(1), confusion.sum(0)
    specificity = 1 - (called - right) / (n - true)
    for k, name in enumerate(class_names):
        predictive = f"{right[k] / called[k]:.3f}" if called[k] else "never called so"
        yield f"| {name} | {right[k] / true[k]:.3f} | {specificity[k]:.3f} | {predictive} |"


def _candidates(confirmed: Confirmed) -> str:
    left_out = "".join(f"\n- not confirmed: {line}" for line in confirmed.left_out)
    left_out += "".join(f"\n- left out as asked: {part}" for part in confirmed.without)
    end = "lowest upper" if confirmed.minimised else "highest lower"
    table = _plain_table if all(one.curse is None for one in confirmed.candidates) else _table_with_curse
    return f"""## Candidates

The best is the one with the {end} end. {table(confirmed)}
{left_out}

![scores of the candidates](confirmation.png)
"""


def _plain_table(confirmed: Confirmed) -> str:
    rows = _lines(
        f"| {one.trial} | {one.architecture} | {_score(one.confirmed)} | {one.seconds:.0f} |"
        for one in confirmed.candidates
    )
    return f"""The search has trained all of them on all folds.

| trial | architecture | out of fold | 95 % interval | training, s |
| --- | --- | --- | --- | --- |
{rows}"""


def _table_with_curse(confirmed: Confirmed) -> str:
    rows = _lines(
        f"| {one.trial} | {one.architecture} | {_optional(one.search, '.3f')} | {_score(one.confirmed)} "
        f"| {_optional(one.curse, '+.3f')} | {one.seconds:.0f} |"
        for one in confirmed.candidates
    )
    return f"""The winner's curse is what a search score owes to luck: how much better it is.

| trial | architecture | search | confirmed | 95 % interval | winner's curse | training, s |
| --- | --- | --- | --- | --- | --- | --- |
{rows}"""


def _optional(value: float | None, form: str) -> str:
    return "–" if value is None else format(value, form)


def _terciles(confirmed: Confirmed) -> str:
    rows = _lines(
        f"| {name} | {part.name} | {_range(part)} | {part.count} | {_score(part.score)} |"
        for name, parts in confirmed.parts.items()
        for part in parts
    )
    return f"""## By length and signal quality

The objective, {confirmed.objective}, over those of its classes that occur in the part. Equal values stay together, so
that thirds may be of different size. Signal quality goes from 0 to 1: the agreement of two beat detectors, times the
likeness of the beats, times the share of seconds fit to be read.

| by | part | from, to | recordings | score | 95 % interval |
| --- | --- | --- | --- | --- | --- |
{rows}
"""


def _confusion(manifest: Manifest, confirmed: Confirmed) -> str:
    names = manifest.class_names
    rows = _lines(
        f"| **{name}** | {' | '.join(str(n) for n in row)} |"
        for name, row in zip(names, confirmed.confusion, strict=True)
    )
    return f"""## Confusion matrix

Rows are true classes, columns predicted ones.

| | {" | ".join(names)} |
| --- |{" --- |" * len(names)}
{rows}

![confusion matrix](confusion_matrix.png)
"""


def _lines(rows: Iterable[str]) -> str:
    return "\n".join(rows)


def _score(score: Interval) -> str:
    return f"{_figure(score.value)} | {_figure(score.low)} to {_figure(score.high)}"


def _figure(value: float) -> str:
    return "undefined" if np.isnan(value) else f"{value:.3f}"


def _range(part: ManifestTercile) -> str:
    return "" if part.low is None or part.high is None else f"{part.low:.2f}, {part.high:.2f}"
