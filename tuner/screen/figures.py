"""Pictures of a trial for the dashboard: its learning curve and its confusion matrix."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure
from optuna.artifacts import FileSystemArtifactStore, upload_artifact

from data_pipeline.disk import make_folder, remedy, sync
from tuner.errors import TunerError
from tuner.statistics.objective import Objective
from tuner.study.files import artifacts_folder
from tuner.study.trials import best_trial, by_architecture

if TYPE_CHECKING:
    from optuna.trial import Trial

    from tuner.storage import EpochRow
    from tuner.study.opened import OpenStudy
    from tuner.study.status import Status
    from tuner.training.fit import Epoch


def upload_figures(study: OpenStudy, trial: Trial, epochs: list[Epoch], best: Epoch) -> None:
    """Attach a trial's pictures to it; to be called before it is told, since later it can not be written to."""
    assert best.validation is not None
    folder = artifacts_folder(study.home)
    make_folder(folder)
    store = FileSystemArtifactStore(str(folder))
    title = f"trial {trial.number}"
    names = study.record.data.class_names
    pictures = {
        "learning_curve.png": learning_curve(epochs, study.record.objective, names, title),
        "confusion_matrix.png": confusion_matrix(best.validation.confusion, names, f"{title}, epoch {best.number}"),
    }
    with tempfile.TemporaryDirectory() as temporary:
        for name, figure in pictures.items():
            path = Path(temporary) / name
            figure.savefig(path, dpi=100)
            sync(folder / upload_artifact(artifact_store=store, file_path=str(path), study_or_trial=trial))
    sync(folder)


def learning_curve(epochs: list[Epoch], objective: Objective, class_names: Sequence[str], title: str) -> Figure:
    """Draw the loss and the objective of both parts over the epochs.

    Of the training part nothing but a confusion matrix is known: where the objective needs more, it has no curve.
    """
    losses = [[epoch.train.loss, epoch.validation and epoch.validation.loss] for epoch in epochs]
    has_no_curve = objective.needs_probabilities
    scores = [[None if has_no_curve else objective.of_scores(epoch.train), epoch.score] for epoch in epochs]
    name = without_formulas(objective.named(class_names))
    figure = Figure(figsize=(9, 3.6), layout="constrained")
    for axes, values, label in zip(figure.subplots(1, 2), (losses, scores), ("loss", name), strict=True):
        numbers = [epoch.number for epoch in epochs]
        training, validation = np.array(values, dtype=float).T
        axes.plot(numbers, training, "o-", ms=3, label="training")
        axes.plot(numbers, validation, "o-", ms=3, label="validation")
        axes.set(xlabel="epoch", ylabel=label)
        axes.xaxis.get_major_locator().set_params(integer=True)
        axes.grid(alpha=0.3)
        axes.legend()
    figure.suptitle(title)
    return figure


_FEW_CLASSES, _MOST_NAMES, _LETTERS, _LETTERS_IN_A_ROW = 12, 60, 24, 24
"""Of a confusion matrix: classes whose zeros are drawn, names that are drawn, letters of one and of a row of them."""


def confusion_matrix(confusion: Sequence[Sequence[int]], class_names: Sequence[str], title: str) -> Figure:
    """Draw counts by class (row) and prediction (column), shaded by share of the class.

    The picture grows with the number of classes; of many, zeros are left out, and if need be some of the names.
    """
    short = [name if len(name) <= _LETTERS else f"{name[: _LETTERS - 1]}…" for name in class_names]
    n, longest = len(short), max(map(len, short))
    is_large = n > _FEW_CLASSES
    side = min(max(4.2, 0.28 * n), 18)
    figure = Figure(figsize=(side + 0.4, side), layout="constrained")
    axes = figure.subplots()
    shares = [[count / max(sum(row), 1) for count in row] for row in confusion]
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    size = "x-small" if is_large else "medium"
    for i, row in enumerate(confusion):
        for j, count in enumerate(row):
            if count or not is_large:
                color = "white" if shares[i][j] > 0.5 else "black"
                axes.text(j, i, str(count), ha="center", va="center", color=color, fontsize=size)
    ticks = range(0, n, 1 + n // _MOST_NAMES)
    names = [without_formulas(short[i]) for i in ticks]
    axes.set_xticks(
        ticks, names, rotation="vertical" if longest * n > _LETTERS_IN_A_ROW else "horizontal", fontsize=size
    )
    axes.set_yticks(ticks, names, fontsize=size)
    axes.set(xlabel="predicted", ylabel="true", title=title)
    return figure


def without_formulas(name: str) -> str:
    """Return what people called something so that no part of it is drawn as a formula."""
    return name.replace("$", r"\$")


def save_figure(figure: Figure, path: Path) -> None:
    """Write a figure as a picture of the kind its name ends with.

    Raises
    ------
    TunerError
        If it cannot be written.
    """
    try:
        figure.savefig(path, dpi=110)
    except OSError as error:
        raise TunerError(
            f"{path}: the picture cannot be written: {error.strerror or error}; {remedy(error)}"
        ) from error
    except ValueError as error:  # a kind of picture that nobody knows
        raise TunerError(f"{path}: the picture cannot be written: {error}; name it .png") from error


def study_curves(status: Status, epochs: list[EpochRow]) -> Figure:
    """Draw every trial's score over its epochs, a panel an architecture, the best trial of each in bold."""
    names = status.record.spec.search.architectures
    figure = Figure(figsize=(5.2 * len(names), 4.2), layout="constrained")
    panels = figure.subplots(1, len(names), sharey=True, squeeze=False)[0]
    for axes, name in zip(panels, names, strict=True):
        own = by_architecture(status.trials).get(name, [])
        best = best_trial(own, status.record.objective)
        for trial in own:
            rows = [row for row in epochs if row.number == trial.number]
            is_best = best is not None and trial.number == best.number
            style = {"lw": 2.5, "color": "C3", "zorder": 3} if is_best else {"lw": 1, "color": "C0", "alpha": 0.55}
            label = f"best: trial {trial.number}, {trial.score:.4f}" if is_best else None
            scores = np.array([row.score for row in rows], dtype=float)
            axes.plot([row.epoch for row in rows], scores, "o-", ms=3, label=label, **style)
        axes.set(title=f"{name}, {len(own)} trials", xlabel="epoch")
        axes.xaxis.get_major_locator().set_params(integer=True)
        axes.grid(alpha=0.3)
        if best is not None:
            axes.legend(loc="best")
    panels[0].set_ylabel(f"validation {without_formulas(status.record.metric_name)}")
    figure.suptitle(f"study {status.record.name}: score over epochs")
    return figure
