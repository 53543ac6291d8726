"""What the final step, and the test labels, say in a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from tuner.bundle import Confirmed, Manifest, missed_classes
from tuner.final.step import Final
from tuner.final.unseal import SealedScores
from tuner.screen.terminal import answered_line, show
from tuner.statistics.intervals import Interval


def final_lines(final: Final) -> list[str]:
    """Say what the final step handed over, and what it was confirmed to be worth."""
    manifest, confirmed = final.manifest, final.manifest.confirmed
    lines = [_unconfirmed(manifest)] if confirmed is None else list(_confirmed(confirmed))
    if confirmed is not None:
        lines += [line for facts in final.found for line in facts.lines(manifest, confirmed)]
    lines += [f"warning: {line}" for line in missed(manifest)]
    lines.append(f"model: {final.model}")
    if final.predictions is None:
        return [*lines, "the data have no test part: nothing was predicted"]
    return [*lines, f"predictions: {final.predictions}", f"probabilities: {final.probabilities}"]


def missed(manifest: Manifest) -> list[str]:
    """Warn of classes that are never found, by the best figures that a bundle has."""
    if manifest.confirmed is not None:
        return missed_classes(manifest, manifest.confirmed.confusion, "out of fold")
    return missed_classes(manifest, manifest.members[0].validation.confusion, "in the search")


def _unconfirmed(manifest: Manifest) -> str:
    (member,) = manifest.members
    pruned = "" if member.trial_state == "COMPLETE" else " (pruned: no trial is complete)"
    score = f"validation {manifest.objective} {show(member.score)}"
    return f"retrained trial {member.trial}{pruned}, {score}, not confirmed"


def _confirmed(confirmed: Confirmed) -> Iterator[str]:
    for one in confirmed.candidates:
        if one.curse is None:
            yield f"trial {one.trial} {one.architecture}: {_score(one.confirmed)} out of fold"
            continue
        yield (
            f"trial {one.trial} {one.architecture}: search {show(one.search)}, "
            f"confirmed {_score(one.confirmed)}, winner's curse {one.curse:+.4f}"
        )
    for line in confirmed.left_out:
        yield f"not confirmed: {line}"
    yield (
        f"handed over: {confirmed.objective} {_score(confirmed.score)} out of fold, "
        f"on {confirmed.recordings} recordings"
    )


def sealed_lines(scores: SealedScores) -> list[str]:
    """Say what a bundle is worth on the sealed test labels."""
    lines = [f"test scores on {scores.recordings} recordings, opening {scores.openings} of their labels"]
    intervals, answered = scores.intervals, scores.answered
    rows = {scores.objective: intervals.objective, "macro-F1": intervals.macro_f1, "accuracy": intervals.accuracy}
    rows |= {f"F1 {name}": one for name, one in zip(scores.class_names, intervals.class_f1, strict=True)}
    if answered is not None and answered.interval is not None:
        rows[f"{scores.objective} of the {answered.share:.1%} that it is sure of"] = answered.interval
    lines += [
        f"{name}: {show(one.value)} (95 % interval {show(one.low)} to {show(one.high)})" for name, one in rows.items()
    ]
    if answered is not None:
        lines.append(f"answered: {answered_line(answered.share, answered.class_share, scores.class_names)}")
    return lines + [f"warning: {line}" for line in scores.missed]


def _score(score: Interval) -> str:
    return f"{show(score.value)} ({show(score.low)} to {show(score.high)})"
