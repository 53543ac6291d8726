"""What became of a study under faults, by the one that nothing happened to."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

from optuna.trial import TrialState
from sqlalchemy import select

from benchmarks.stage import ZOMBIES, Stage
from tuner.storage.tables import leases

Stories = dict[int, dict[str, str]]
"""What is stored of each trial, part by part."""


def verdict(peace: Stage, struck: Stage) -> dict[str, Any]:
    """Judge the struck study; what is wrong with it is printed line by line."""
    status, expected = struck.status(), peace.status()
    with struck.storage.database.engine.connect() as connection:
        claims = connection.execute(select(leases.c.trial_id, leases.c.attempt)).all()
        late = connection.exec_driver_sql(ZOMBIES).all()
    leased = {trial_id for trial_id, _ in claims}
    ready = sum(
        trial.state == TrialState.WAITING or (trial.state == TrialState.RUNNING and trial.trial_id in leased)
        for trial in status.trials
    )
    to_make = max(0, status.asked - len(status.trials))
    zombies = [f"trial {number} epoch {epoch}: written by attempt {attempt}" for number, epoch, attempt in late]
    was, now = peace.stories(), struck.stories()
    scores = [f"trial {number}" for number in was if _score(was, number) != _score(now, number)]
    stories = list(_other_stories(was, now))
    files = list(_other_files(peace.files(), struck.files()))
    for what, found in {"zombie": zombies, "another score": scores, "another story": stories, "file": files}.items():
        for line in found:
            print(f"{what}: {line}", file=sys.stderr)
    return {
        "asked": status.asked,
        "finished": len(status.finished),
        "lost": status.asked - len(status.finished) - ready - to_make,
        "zombies": len(zombies),
        "epochs_twice": struck.epochs_twice(),
        "tracebacks": struck.tracebacks(),
        "other_scores": len(scores),
        "other_stories": len(stories),
        "other_files": len(files),
        "resumed": sum(max(0, attempt - 1) for _, attempt in claims),
        "best": status.best.score if status.best else None,
        "best_undisturbed": expected.best.score if expected.best else None,
    }


def _score(stories: Stories, number: int) -> str | None:
    return stories.get(number, {}).get("score")


def _other_stories(was: Stories, now: Stories) -> Iterator[str]:
    """Name the finished trials that came to something else, and the first parts of them that did."""
    for number in sorted(now):
        parts = was.get(number, {}) | now[number]
        differing = [part for part in parts if was.get(number, {}).get(part) != now[number].get(part)]
        if differing and TrialState[now[number]["state"]].is_finished():
            yield f"trial {number}: differs in {', '.join(differing[:6])}"


def _other_files(was: dict[str, bytes], now: dict[str, bytes]) -> Iterator[str]:
    for name in sorted(was.keys() | now.keys()):
        if name not in now:
            yield f"{name} is missing"
        elif name not in was:
            yield f"{name} is one too many"
        elif was[name] != now[name]:
            yield f"{name} differs"
