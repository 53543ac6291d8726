"""How studies look in a terminal: tables for people, plain lines for logs."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from optuna.trial import TrialState
from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from models.visible import visible
from tuner.storage import SEARCH, WorkerRow
from tuner.study.comparison import Comparison
from tuner.study.record import StudyRecord
from tuner.study.status import Status, TrainingUnderWay, training_share
from tuner.study.trials import TrialRecord

WIDE = 10_000
"""Columns where the output is no terminal, so that no table is cut in a file or pipe."""

MOST_CLASS_COLUMNS = 8
"""Classes that have a column each in a table of architectures; `tuner best` lists any number."""


def print_out(*items: RenderableType) -> None:
    """Print results to stdout, uncut where that is not a terminal."""
    console = Console()
    if not console.is_terminal:
        console = Console(width=WIDE)
    for item in items:
        console.print(as_text(item) if isinstance(item, str) else item, soft_wrap=isinstance(item, str))


def as_text(line: str, style: str = "") -> Text:
    """Turn a line or a cell into what rich draws as it is: escape sequences, markup and emoji codes are not obeyed."""
    return Text(visible(line), style)


def table(columns: Sequence[str], rows: Iterable[Sequence[Any]], title: str | None = None) -> Table:
    """Lay out rows under columns; numbers to the right."""
    rows = [list(row) for row in rows]
    heading = None if title is None else as_text(title, "table.title")
    drawn = Table(title=heading, title_justify="left", box=None, pad_edge=False, header_style="bold")
    for index, column in enumerate(columns):
        numeric = all(isinstance(row[index], int | float | None) for row in rows)
        drawn.add_column(as_text(column), justify="right" if numeric else "left", no_wrap=True)
    for row in rows:
        drawn.add_row(*(as_text(show(value)) for value in row))
    return drawn


def show(value: Any) -> str:
    """Write one value as a cell."""
    if value is None:
        return "–"
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def duration(seconds: float | None) -> str:
    """Write seconds as a person would."""
    if seconds is None or math.isinf(seconds):
        return "–"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02d} min" if hours else f"{minutes} min {rest:02d} s" if minutes else f"{rest} s"


def headline(status: Status) -> str:
    """Say in one line how far a study is."""
    best = status.best
    counts = (("complete", TrialState.COMPLETE), ("pruned", TrialState.PRUNED), ("failed", TrialState.FAIL))
    parts = [
        f"{status.record.name}: {len(status.finished)}/{status.asked} trials",
        ", ".join(f"{status.count(state)} {name}" for name, state in counts),
        f"best {status.record.metric_name} {best.score:.4f} (trial {best.number})" if best else "no score yet",
        f"{duration(status.elapsed_s)} so far",
    ]
    if len(status.finished) < status.asked and status.left_s is not None:
        parts.append(f"about {duration(status.left_s)} left")
    if status.is_finalizing:
        parts.append(f"final step: {status.final_done} of {status.final_planned} trainings done")
    if status.command == "run" and status.reason:
        parts.append(status.reason)
    if status.command != "run":
        stopped = f"stopped itself: {status.reason}" if status.reason else "stopped"
        parts.append({"pause": "paused", "stop": stopped}[status.command])
    return " · ".join(parts)


def live(status: Status) -> RenderableType:
    """Draw a study while it runs: how far it is, and what every worker is at."""
    rows = []
    held = {(training.number, training.part): training for training in status.running + status.final}
    for worker in status.workers:
        training = None if worker.trial_number is None else held.get((worker.trial_number, worker.part or SEARCH))
        rows.append(
            [
                f"{worker.host}:{worker.pid}",
                worker.device,
                training.number if training else None,
                _part(training, status) if training else None,
                training.architecture if training else "waiting",
                f"{training.epoch}/{training.planned or '?'}" if training else "–",
                training.score if training else None,
                _sign_of_life(worker),
                round(worker.memory_mb or 0),
                _training_share(worker),
            ]
        )
    columns = ("worker", "device", "trial", "part", "architecture", "epoch", "score", "last beat", "MB", "training")
    items: list[RenderableType] = [as_text(headline(status), "bold")]
    if rows:
        items.append(table(columns, rows))
    return Group(*items, *(as_text(line, "yellow") for line in warnings(status)))


def _part(training: TrainingUnderWay, status: Status) -> str:
    return training.part if training.fold is None else f"fold {training.fold} of {status.record.data.parts}"


def _sign_of_life(worker: WorkerRow) -> str:
    if worker.stuck_for_s is not None:
        return f"stuck since {clock_before(worker.stuck_for_s)}"
    return duration(worker.silent_for_s) + " ago"


def clock_before(seconds: float) -> str:
    """Return what the clock on the wall showed so many seconds ago."""
    return (datetime.now() - timedelta(seconds=seconds)).strftime("%H:%M:%S")


def _training_share(worker: WorkerRow) -> str:
    share = training_share(worker.training_s, worker.working_s)
    return "–" if share is None else f"{share:.0%}"


def warnings(status: Status) -> list[str]:
    """Name every training whose worker has fallen silent or makes no step, and what will be done, or is to be."""
    goes_on = f"no worker left; `tuner work {status.record.name}` goes on with it"
    way_out = "another worker will take it over" if status.workers else goes_on
    finalizing = [training for training in status.final if training.is_silent] if status.is_finalizing else []
    stuck = [stuck_line(one) for one in status.running + status.final if one.is_stuck]
    return stuck + [
        f"{one.name} ({one.where}) "
        f"{'lost its worker' if math.isinf(one.silent_s) else f'silent for {round(one.silent_s)} s'}, {way_out}"
        for one in status.silent + finalizing
    ]


def stuck_line(training: TrainingUnderWay) -> str:
    """Say of a training that its worker beats, but makes no step, and what becomes of it."""
    since = clock_before(training.stuck_for_s or 0.0)
    return (
        f"{training.name} ({training.where}) stuck since {since}: unless it makes a step, its worker ends before long, "
        "and another takes it over"
    )


def trial_line(trial: TrialRecord, status: Status) -> str:
    """Say in one line how a trial ended."""
    state = trial.state.name.lower()
    line = f"trial {trial.number} {trial.architecture or ''} {state if state != 'fail' else 'failed'}"
    if trial.result is not None and trial.score is not None:
        result, n_parts = trial.result, status.record.data.parts
        line += f" {trial.score:.4f} at epoch {result.best_epoch} of {result.epochs}, "
        line += (
            f"{duration(result.seconds)}"
            if n_parts == 1
            else f"{result.parts}/{n_parts} folds, {duration(result.seconds)}"
        )
    if trial.reason is not None:
        line += f" ({trial.reason})"
    best = status.best
    best_text = f", best {best.score:.4f} (trial {best.number})" if best else ""
    return f"{line} · {len(status.finished)}/{status.asked}{best_text}"


class Events:
    """What has happened to a study between two looks, one line an event."""

    def __init__(self) -> None:
        self._ended: set[int] | None = None
        self._epochs: dict[tuple[str, int | None], int] = {}
        self._warned: set[str] = set()

    def stuck(self, status: Status) -> list[str]:
        """Return a line for every training under way that has come to be stuck since the last call."""
        stuck = {one.name: stuck_line(one) for one in status.running + status.final if one.is_stuck}
        lines = [line for name, line in stuck.items() if name not in self._warned]
        self._warned = set(stuck)
        return lines

    def epochs(self, status: Status) -> list[str]:
        """Return a line for every training under way that has got on since the last call."""
        under_way = status.running + status.final
        lines = [_epoch_line(one) for one in under_way if one.epoch > self._epochs.get((one.name, one.fold), 0)]
        self._epochs = {(one.name, one.fold): one.epoch for one in under_way}
        return lines

    def ended(self, status: Status) -> list[str]:
        """Return a line for every trial that ended since the last call; none at the first."""
        finished = {trial.number: trial for trial in status.finished}
        known = finished.keys() if self._ended is None else self._ended
        self._ended = set(finished)
        return [trial_line(finished[number], status) for number in sorted(finished.keys() - known)]


def _epoch_line(training: TrainingUnderWay) -> str:
    fold = "" if training.fold is None else f" fold {training.fold}"
    line = f"{training.name} {training.architecture}{fold} epoch {training.epoch}/{training.planned}"
    if training.part != SEARCH or (training.fold or 1) > 1:
        return line
    return line + (" no score" if training.score is None else f" score {training.score:.4f}")


def trials_table(status: Status) -> Table:
    """List every trial with what it reached."""
    rows, n_parts = [], status.record.data.parts
    ill = {trial.number: "stuck" for trial in status.running if trial.is_stuck}
    ill |= {trial.number: "silent" for trial in status.silent}
    for trial in status.trials:
        result, last = trial.result, status.last_epochs.get(trial.number)
        score, epochs = trial.score, None
        if result is not None:
            epochs = f"{result.epochs}/{result.planned}, best {result.best_epoch}"
        elif last is not None:
            score, epochs = last.score, f"{last.epoch}/{last.planned}"
        state = ill.get(trial.number, trial.state.name.lower())
        low, high, folds = (None, None, None) if result is None else (result.low, result.high, result.parts)
        row = [trial.number, trial.architecture, state, score, *_evidence(low, high, folds, n_parts), epochs]
        rows.append([*row, duration(result.seconds if result else None), trial.reason or ""])
    evidence = ("95 % interval", "folds") if n_parts > 1 else ()
    return table(("trial", "architecture", "state", "score", *evidence, "epochs", "time", "reason"), rows)


def _evidence(low: float | None, high: float | None, folds: int | None, n_parts: int) -> list[str | None]:
    """Say what the score of a trial with several parts rests on."""
    if n_parts == 1:
        return []
    between = None if low is None or high is None else f"{low:.4f} to {high:.4f}"
    return [between, None if folds is None else f"{folds}/{n_parts}"]


def compare_table(rows: list[Comparison], record: StudyRecord) -> Table:
    """Draw `tuner.study.comparison.compare`, with the F1 of each class unless they are too many for one line."""
    class_names = record.data.class_names
    shown = class_names if len(class_names) <= MOST_CLASS_COLUMNS else ()
    columns = ["architecture", "trials", "best trial", "score", "accuracy", "macro-F1"]
    columns += [f"F1 {name}" for name in shown] + ["parameters", "time"]
    n_parts = record.data.parts
    if n_parts > 1:
        columns[4:4] = ["95 % interval", "folds"]
    cells = [
        [row.architecture, row.trials, row.trial, row.score, *_evidence(row.low, row.high, row.folds, n_parts)]
        + [row.accuracy, row.macro_f1]
        + [row.class_f1[name] for name in shown]
        + [row.parameters, duration(row.seconds)]
        for row in rows
    ]
    return table(columns, cells, title=f"score: {record.objective.named(class_names)}")


def answered_line(share: float, class_shares: Sequence[float], class_names: Sequence[str]) -> str:
    """Say which share of all recordings, and of those of each class, is answered and not called unsure."""
    each = ", ".join(f"{name} {one:.0%}" for name, one in zip(class_names, class_shares, strict=True))
    return f"{share:.1%} ({each})"


def settings_lines(settings: dict[str, Any]) -> list[str]:
    """Write nested settings one a line under their full names."""
    lines = [f"architecture = {settings['architecture']}"]
    for name, values in settings.items():
        if isinstance(values, dict):
            lines += [f"{name}.{key} = {show(value)}" for key, value in values.items()]
    return lines
