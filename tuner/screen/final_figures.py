"""Pictures of the final step: calibration, abstention, and what became of the candidates' scores."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from tuner.screen.figures import without_formulas
from tuner.statistics.abstention import Abstention, RiskCoverage
from tuner.statistics.intervals import Interval
from tuner.statistics.reliability import BINS, Reliability


def reliability_diagram(before: Reliability, after: Reliability, title: str) -> Figure:
    """Draw accuracy by confidence before and after calibration, with the counts below."""
    figure = Figure(figsize=(9, 5), layout="constrained")
    panels = figure.subplots(2, 2, sharex=True, sharey="row", height_ratios=(3, 1))
    for column, (data, name) in enumerate(((before, "before calibration"), (after, "after calibration"))):
        _reliability(panels[0, column], data)
        panels[0, column].set_title(
            f"{name}\ncalibration error {data.calibration_error:.3f}, log loss {data.log_loss:.3f}"
        )
        centres = (np.arange(BINS) + 0.5) / BINS
        panels[1, column].bar(centres, data.count, width=0.9 / BINS, color="C7")
        panels[1, column].set(xlabel="confidence", xlim=(0, 1))
    panels[0, 0].set_ylabel("accuracy")
    panels[1, 0].set_ylabel("recordings")
    figure.suptitle(title)
    return figure


def risk_coverage_curve(curve: RiskCoverage, chosen: Abstention | None, objective: str, title: str) -> Figure:
    """Draw error rate and objective over the share answered, and the chosen threshold if there is one."""
    scored = without_formulas(objective)
    figure = Figure(figsize=(9, 3.8), layout="constrained")
    left, right = figure.subplots(1, 2)
    for axes, values, label in ((left, curve.risk, "error rate of the answers"), (right, curve.score, scored)):
        axes.plot(curve.coverage, values)
        axes.set(xlabel="share of recordings answered", ylabel=label, xlim=(0, 1.02))
        axes.grid(alpha=0.3)
    left.set_ylim(bottom=0)
    left.set_title(f"area under the curve {curve.area:.4f}")
    if chosen is not None:
        label = f"asked for {chosen.wanted:.0%}, thresholds of other folds"
        left.plot(chosen.coverage, chosen.risk, "o", color="C3", label=label)
        right.plot(chosen.coverage, chosen.score, "o", color="C3", label=label)
        left.legend(loc="upper left")
        right.legend(loc="lower left")
    figure.suptitle(title)
    return figure


def confirmation(
    names: Sequence[str], search: Sequence[float], confirmed: Sequence[Interval], objective: str, title: str
) -> Figure:
    """Draw each candidate's score in the search against its confirmed one with its interval, a row a candidate.

    What was not scored on another part in the search, as a blend, has NaN there.
    """
    figure = Figure(figsize=(8, 1.8 + 0.45 * len(names)), layout="constrained")
    axes = figure.subplots()
    rows = np.arange(len(names))
    values = np.array([score.value for score in confirmed])
    reach = np.array([[score.value - score.low, score.high - score.value] for score in confirmed]).T
    axes.errorbar(values, rows, xerr=reach, fmt="o", capsize=3, label="cross-validation, 95 % interval")
    if not np.isnan(search).all():
        axes.plot(search, rows, "D", color="C1", mfc="none", label="search, one validation part")
    axes.set(xlabel=without_formulas(objective), title=title)
    axes.set(yticks=rows, yticklabels=names, ylim=(len(names) - 0.5, -0.5))
    axes.grid(alpha=0.3, axis="x")
    figure.legend(loc="outside lower center", ncols=2)
    return figure


def _reliability(axes: Axes, data: Reliability) -> None:
    filled = [i for i, n in enumerate(data.count) if n > 0]
    axes.plot([0, 1], [0, 1], "--", color="C7", lw=1)
    axes.plot([data.confidence[i] for i in filled], [data.accuracy[i] for i in filled], "o-", ms=4)
    axes.set(ylim=(-0.03, 1.03))  # bins of few recordings lie at 0 or 1 and stay visible
    axes.grid(alpha=0.3)
