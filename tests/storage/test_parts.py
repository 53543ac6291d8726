"""The parts of a final step: planned, claimed by one worker each, taken over, fenced, and finished once."""

import time
from collections.abc import Callable
from typing import Any

import pytest
from optuna.trial import TrialState
from process_bodies import claim_parts_until_nothing_is_left, die_in_a_part
from sqlalchemy import event, update
from storage_play import PROCESSES, Finalized, Played, cut_after_next_commit, run_together

from tools.line import Line
from tuner.errors import BudgetSpent, LeaseLost
from tuner.storage import SEARCH, Lease, PlannedPart, Storage, open_storage
from tuner.storage.tables import final_steps


@pytest.fixture
def finalized(played: Played) -> Finalized:
    """A final step of a study with three finished trials."""
    return Finalized.of(played)


# Claims


def test_parts_are_claimed_in_the_order_of_their_plan(finalized: Finalized) -> None:
    finalized.plan((1, "fold 2"), (1, "fold 1"), (0, "fold 9"))
    finalized.plan((0, "fold 1"), (1, "fold 1"))
    claimed = [finalized.claim() for _ in range(4)]
    named = [(lease.number, lease.part) for lease in claimed]
    assert named == [(0, "fold 9"), (1, "fold 1"), (1, "fold 2"), (0, "fold 1")]
    assert {(lease.attempt, lease.deaths, lease.is_search) for lease in claimed} == {(1, 0, False)}
    assert finalized.try_to_claim() is None
    assert {row.state for row in finalized.rows()} == {"running"}


def test_no_final_step_no_part(finalized: Finalized) -> None:
    finalized.plan((0, "fold 1"))
    finalized.storage.final_steps.end(finalized.study_id, finalized.owner)
    assert finalized.try_to_claim() is None
    finalized.begin()
    assert finalized.try_to_claim() is None, "the new final step has not planned it"
    finalized.plan((0, "fold 1"))
    assert finalized.claim().part == "fold 1"


def test_nobody_works_for_a_final_step_that_fell_silent(finalized: Finalized) -> None:
    finalized.plan((0, "fold 1"))
    for age in (61, -61):  # the latter where the clock was set back since
        finalized.age(age)
        assert finalized.try_to_claim() is None
    assert finalized.storage.final_steps.beat(finalized.study_id, finalized.owner)
    assert finalized.claim().part == "fold 1"


def test_workers_take_each_part_once(finalized: Finalized) -> None:
    """Ten were left by a dead worker, ten were handed back, and ten nobody has had."""
    finalized.plan(*((number, f"fold {fold}") for number in range(3) for fold in range(10)))
    leases = [finalized.claim() for _ in range(20)]
    for lease in leases[::2]:
        finalized.storage.leases.hand_back(lease)
    finalized.storage.leases.expire_worker(finalized.worker_id)
    claims: Any = PROCESSES.Queue()
    said = run_together(4, claim_parts_until_nothing_is_left, finalized.url, finalized.study_id, claims, results=claims)
    taken = sorted(claim for claims in said for claim in claims)
    units = sorted((number, f"fold {fold}") for number in range(3) for fold in range(10))
    had = {(lease.number, lease.part) for lease in leases}
    assert taken == [(*unit, 2 if unit in had else 1) for unit in units]


def test_search_and_parts_do_not_take_from_each_other(finalized: Finalized) -> None:
    played = finalized.played
    played.storage.control.set_trials(played.study_id, 3)
    started_at = played.storage.control.of(played.study_id).started_at
    with pytest.raises(BudgetSpent):
        played.claim()
    finalized.plan((0, "fold 1"))
    lease = finalized.claim()
    with pytest.raises(BudgetSpent):
        played.claim()
    finalized.storage.leases.expire_worker(finalized.worker_id)
    with pytest.raises(BudgetSpent):
        played.claim()
    assert finalized.claim().attempt == lease.attempt + 1
    assert played.storage.control.of(played.study_id).started_at == started_at
    trial = played.storage.optuna.get_trial(lease.trial_id)
    assert (trial.state, trial.value) == (TrialState.COMPLETE, 0.5)


def test_running_lists_parts_after_trials(finalized: Finalized) -> None:
    searched = finalized.played.claim()
    finalized.plan((0, "fold 1"))
    lease = finalized.claim()
    trial, part = finalized.storage.workers.running(finalized.study_id)
    assert (trial.number, trial.part) == (searched.number, SEARCH)
    assert (part.trial_id, part.number, part.part, part.attempt) == (lease.trial_id, 0, "fold 1", 1)
    assert (part.worker_id, part.host, part.pid) == (finalized.worker_id, "here", 1)
    assert 0 <= part.silent_for_s < 60


# Take-overs


def test_the_part_of_a_killed_worker_goes_on(finalized: Finalized) -> None:
    finalized.plan((0, "fold 1"))
    run_together(1, die_in_a_part, finalized.url, finalized.study_id, exit_code=-9)
    assert finalized.try_to_claim() is None, "a worker that was heard of just now keeps its part"
    (running,) = finalized.storage.workers.running(finalized.study_id)
    assert running.worker_id is not None
    finalized.storage.leases.expire_worker(running.worker_id)
    lease = finalized.claim()
    assert (lease.part, lease.attempt, lease.deaths) == ("fold 1", 2, 1)
    assert [row.epoch for row in finalized.storage.epochs.of_study(finalized.study_id, "fold 1")] == [1]
    finalized.storage.parts.finish(lease, b"result", b"held out")
    assert finalized.storage.parts.result(lease.trial_id, "fold 1", "key") == b"result"


def test_a_silent_worker_loses_its_part(finalized: Finalized, opener: Callable[[], Storage]) -> None:
    finalized.plan((0, "fold 1"))
    lease = finalized.claim()
    finalized.played.set_beat(lease, finalized.storage.now() - 120)
    other, silent_s = opener(), 0.2  # shorter than the throwaway server has been up
    assert finalized.try_to_claim(other, silent_s) is None, "a newcomer trusts its own eyes, not the clocks of others"
    deadline = time.monotonic() + 30
    while (taken := finalized.try_to_claim(other, silent_s)) is None:
        assert time.monotonic() < deadline
    assert (taken.part, taken.attempt, taken.losses) == ("fold 1", 2, 1)
    assert not finalized.storage.leases.beat(lease)


def test_a_beat_keeps_the_part(finalized: Finalized) -> None:
    finalized.plan((0, "fold 1"))
    lease = finalized.claim()
    finalized.played.set_beat(lease, finalized.storage.now() - 120)
    assert finalized.storage.leases.beat(lease)
    assert finalized.try_to_claim() is None


def test_a_process_that_was_frozen_judges_nobody(finalized: Finalized, monkeypatch: pytest.MonkeyPatch) -> None:
    finalized.plan((0, "fold 1"))
    finalized.played.set_beat(finalized.claim(), finalized.storage.now() - 120)
    finalized.storage.database.outage.tick()
    monkeypatch.setattr("tuner.storage.waiting._FROZEN_S", 0.0)
    for _ in range(2):
        assert finalized.try_to_claim(silent_s=0.01) is None


def test_a_part_stays_where_its_checkpoints_are_as_long_as_somebody_works_there(finalized: Finalized) -> None:
    storage, study_id = finalized.storage, finalized.study_id
    here, there = (
        storage.workers.register(study_id, host="h", pid=1, device="cpu", home=home) for home in ("here", "there")
    )
    finalized.plan((0, "fold 1"))
    lease = storage.leases.claim_part(study_id, there)
    assert lease is not None
    storage.epochs.record(lease, 1, score=None, lr=0.1, seconds=1.0, metrics={})
    storage.leases.hand_back(lease)
    assert storage.leases.claim_part(study_id, here) is None
    lease = storage.leases.claim_part(study_id, there)
    assert lease is not None and lease.attempt == 2
    storage.leases.hand_back(lease)
    busy = {"epoch": 1, "memory_mb": None, "training_s": 0.0, "working_s": 0.0}
    storage.workers.beat(there, trial_number=1, part="fold 1", **busy)
    assert storage.leases.claim_part(study_id, here) is None, "it will have time before long"
    storage.workers.beat(there, trial_number=1, part=SEARCH, **busy)
    assert storage.leases.claim_part(study_id, here) is not None, "a trial of the search may take hours"


def test_deaths_are_counted_until_an_epoch_is_trained(finalized: Finalized) -> None:
    finalized.plan((0, "fold 1"))
    lease = finalized.claim()
    finalized.storage.leases.expire_worker(finalized.worker_id)
    lease = finalized.claim()
    finalized.storage.leases.hand_back(lease, died=True)
    lease = finalized.claim()
    assert lease.deaths == 2
    finalized.storage.epochs.record(lease, 1, score=None, lr=0.1, seconds=1.0, metrics={})
    finalized.storage.leases.hand_back(lease)
    assert finalized.claim().deaths == 0


# Plans


def test_a_part_that_is_planned_again_stays_as_it_is(finalized: Finalized) -> None:
    finalized.plan((0, "fold 1"), (0, "fold 2"), (0, "fold 3"))
    done, running = finalized.claim(), finalized.claim()
    finalized.storage.parts.finish(done, b"result", b"held out")
    finalized.storage.epochs.record(running, 1, score=None, lr=0.1, seconds=1.0, metrics={})
    finalized.begin()
    finalized.plan((0, "fold 1"), (0, "fold 2"), (0, "fold 3"))
    assert [(row.part, row.state) for row in finalized.rows()] == [
        ("fold 1", "done"),
        ("fold 2", "running"),
        ("fold 3", "waiting"),
    ]
    assert {row.plan for row in finalized.rows()} == {finalized.owner}
    assert finalized.storage.parts.result(done.trial_id, "fold 1", "key") == b"result"
    assert len(finalized.storage.epochs.of_study(finalized.study_id, "fold 2")) == 1
    finalized.storage.parts.finish(running, b"second", b"held out")


def test_a_part_with_another_key_begins_anew(finalized: Finalized) -> None:
    finalized.plan((0, "fold 1"), (0, "fold 2"))
    done, running = finalized.claim(), finalized.claim()
    finalized.storage.epochs.record(done, 1, score=None, lr=0.1, seconds=1.0, metrics={})
    finalized.storage.parts.finish(done, b"result", b"held out")
    finalized.plan((0, "fold 1"), (0, "fold 2"), key="other")
    assert [(row.state, row.key) for row in finalized.rows()] == [("waiting", "other")] * 2
    assert finalized.storage.epochs.of_study(finalized.study_id, "fold 1") == []
    assert finalized.storage.parts.result(done.trial_id, "fold 1", "other") is None
    with pytest.raises(LeaseLost, match="trial 0, fold 2, attempt 1: no longer held"):
        finalized.storage.parts.finish(running, b"late", b"held out")
    assert [(lease.attempt, lease.deaths) for lease in (finalized.claim(), finalized.claim())] == [(2, 0)] * 2


def test_a_failed_part_is_tried_again_when_it_is_planned_again(finalized: Finalized) -> None:
    finalized.plan((0, "fold 1"))
    finalized.storage.leases.hand_back(finalized.claim(), died=True)
    lease = finalized.claim()
    finalized.storage.parts.fail(lease, "out of memory")
    (row,) = finalized.rows()
    assert (row.state, row.reason) == ("failed", "out of memory")
    assert finalized.try_to_claim() is None
    finalized.plan((0, "fold 1"))
    (row,) = finalized.rows()
    assert (row.state, row.reason) == ("waiting", None)
    with pytest.raises(LeaseLost):
        finalized.storage.parts.finish(lease, b"late", b"held out")
    assert finalized.claim().deaths == 0


def test_only_the_owner_of_the_final_step_plans(finalized: Finalized) -> None:
    former = finalized.owner
    finalized.begin()
    planned = [PlannedPart(finalized.trial_ids[0], "fold 1", "key")]
    for touch in (
        lambda: finalized.storage.parts.plan(finalized.study_id, former, planned),
        lambda: finalized.storage.parts.withdraw(finalized.study_id, former, finalized.trial_ids[0]),
    ):
        with pytest.raises(LeaseLost, match="another process runs its final step now"):
            touch()
    assert finalized.rows() == []


def test_what_is_withdrawn_is_gone_for_its_workers(finalized: Finalized) -> None:
    finalized.plan((0, "fold 1"), (0, "fold 2"), (0, "fold 3"), (1, "fold 1"))
    done, running = finalized.claim(), finalized.claim()
    assert finalized.storage.parts.key(running) == "key"
    finalized.storage.parts.finish(done, b"result", b"held out")
    finalized.storage.parts.withdraw(finalized.study_id, finalized.owner, finalized.trial_ids[0])
    assert [(row.number, row.part) for row in finalized.rows()] == [(0, "fold 1"), (1, "fold 1")]
    assert not finalized.storage.leases.beat(running)
    for write in ZOMBIE_WRITES.values():
        with pytest.raises(LeaseLost):
            write(finalized.storage, running)
    with pytest.raises(LeaseLost):  # which a worker that has only just claimed it knows
        finalized.storage.parts.key(running)
    assert finalized.claim().number == 1
    finalized.plan((0, "fold 2"))
    assert finalized.claim().attempt == 2, "checkpoints are named by attempts: none is given twice"


def test_a_result_that_was_found_elsewhere_is_done(finalized: Finalized) -> None:
    storage, study_id, trial_id = finalized.storage, finalized.study_id, finalized.trial_ids[0]
    storage.parts.store(study_id, trial_id, "fold 1", "key", b"found")
    storage.parts.store(study_id, trial_id, "fold 1", "key", b"found later")
    (row,) = finalized.rows()
    assert (row.state, row.key, row.plan) == ("done", "key", None)
    finalized.plan((0, "fold 1"))
    assert storage.parts.result(trial_id, "fold 1", "key") == b"found"
    assert finalized.try_to_claim() is None
    finalized.plan((0, "fold 1"), key="other")
    lease = finalized.claim()
    storage.parts.store(study_id, trial_id, "fold 1", "other", b"found elsewhere")
    with pytest.raises(LeaseLost):
        storage.parts.finish(lease, b"late", b"held out")
    assert storage.parts.result(trial_id, "fold 1", "other") == b"found elsewhere"


def test_results_are_not_read_by_listing(finalized: Finalized) -> None:
    finalized.plan((0, "fold 1"))
    finalized.storage.parts.finish(finalized.claim(), bytes(range(256)) * 4096, b"held out")
    statements: list[str] = []
    event.listen(
        finalized.storage.database.engine, "before_cursor_execute", lambda c, cursor, text, *_: statements.append(text)
    )
    assert [row.state for row in finalized.rows()] == ["done"]
    assert statements and not any("result" in statement for statement in statements)
    assert finalized.storage.parts.result(finalized.trial_ids[0], "fold 1", "key") == bytes(range(256)) * 4096


# Fences

ZOMBIE_WRITES: dict[str, Callable[[Storage, Lease], object]] = {
    "finish": lambda storage, lease: storage.parts.finish(lease, b"zombie", b"held out"),
    "fail": lambda storage, lease: storage.parts.fail(lease, "zombie"),
    "hand back": lambda storage, lease: storage.leases.hand_back(lease),
    "epoch": lambda storage, lease: storage.epochs.record(lease, 1, score=0.9, lr=0.1, seconds=1.0, metrics={}),
}


@pytest.mark.parametrize("write", ZOMBIE_WRITES)
def test_no_write_of_a_zombie_arrives(finalized: Finalized, opener: Callable[[], Storage], write: str) -> None:
    finalized.plan((0, "fold 1"))
    lease = finalized.claim()
    finalized.played.set_beat(lease, 0.0)
    other = opener()
    taken = finalized.claim(other)
    with pytest.raises(LeaseLost, match="trial 0, fold 1, attempt 1: no longer held"):
        ZOMBIE_WRITES[write](finalized.storage, lease)
    assert not finalized.storage.leases.beat(lease)
    assert [row.state for row in finalized.rows()] == ["running"]
    assert finalized.storage.epochs.of_study(finalized.study_id, "fold 1") == []
    other.parts.finish(taken, b"result", b"held out")
    with pytest.raises(LeaseLost):
        ZOMBIE_WRITES[write](finalized.storage, lease)
    assert finalized.storage.parts.result(lease.trial_id, "fold 1", "key") == b"result"


def test_what_is_finished_is_not_written_again(finalized: Finalized) -> None:
    finalized.plan((0, "fold 1"))
    lease = finalized.claim()
    finalized.storage.parts.finish(lease, b"result", b"held out")
    for write in ("finish", "fail", "hand back"):
        with pytest.raises(LeaseLost):
            ZOMBIE_WRITES[write](finalized.storage, lease)
    assert [row.state for row in finalized.rows()] == ["done"]


def test_the_epochs_of_a_part_are_beside_those_of_the_search(finalized: Finalized) -> None:
    storage, study_id = finalized.storage, finalized.study_id
    searched = finalized.played.claim()
    storage.epochs.record(searched, 1, score=0.5, lr=0.1, seconds=1.0, metrics={})
    finalized.plan((searched.number, "fold 1"), (searched.number, "fold 2"))
    lease = finalized.claim()
    for epoch in (1, 2):
        storage.epochs.record(lease, epoch, score=None, lr=0.1, seconds=1.0, metrics={})
    assert [(row.part, row.epoch) for row in storage.epochs.of_study(study_id)] == [(SEARCH, 1)]
    rows = storage.epochs.of_study(study_id, "fold 1", trial_id=lease.trial_id)
    assert [(row.part, row.epoch) for row in rows] == [("fold 1", 1), ("fold 1", 2)]
    last = {unit: row.epoch for unit, row in storage.epochs.last(study_id).items()}
    assert last == {(lease.trial_id, SEARCH): 1, (lease.trial_id, "fold 1"): 2}
    storage.leases.hand_back(searched)
    assert storage.leases.beat(lease), "another part of the same trial is another lease"


def test_a_part_can_be_asked_to_stop_with_its_trial_untouched(finalized: Finalized) -> None:
    searched = finalized.played.claim()
    finalized.plan((searched.number, "fold 1"))
    lease = finalized.claim()
    finalized.storage.leases.stop_trial(finalized.study_id, searched.number)
    assert finalized.storage.control.under(searched, finalized.study_id)[1]
    assert not finalized.storage.control.under(lease, finalized.study_id)[1]


# Answers that get lost

LOST: dict[str, tuple[Callable[[Finalized, Storage, Lease], object], str]] = {
    "finish": (lambda played, storage, lease: storage.parts.finish(lease, b"result", b"held out"), "done"),
    "fail": (lambda played, storage, lease: storage.parts.fail(lease, "reason"), "failed"),
    "hand back": (lambda played, storage, lease: storage.leases.hand_back(lease), "waiting"),
    "epoch": (
        lambda played, storage, lease: storage.epochs.record(lease, 1, score=1, lr=0.1, seconds=1.0, metrics={}),
        "running",
    ),
    "beat": (lambda played, storage, lease: storage.leases.beat(lease), "running"),
    "plan": (lambda played, storage, lease: played.plan((0, "fold 1"), (0, "fold 2"), storage=storage), "running"),
    "plan anew": (lambda played, storage, lease: played.plan((0, "fold 1"), key="other", storage=storage), "waiting"),
    "store": (
        lambda played, storage, lease: storage.parts.store(played.study_id, lease.trial_id, "fold 1", "key", b"result"),
        "done",
    ),
    "withdraw": (
        lambda played, storage, lease: storage.parts.withdraw(played.study_id, played.owner, lease.trial_id),
        "",
    ),
}


def check_part(finalized: Finalized, write: str) -> None:
    found = [row for row in finalized.rows() if row.part == "fold 1"]
    assert [row.state for row in found] == ([] if write == "withdraw" else [LOST[write][1]])
    assert len(finalized.rows()) == (0 if write == "withdraw" else 1 + (write == "plan"))
    assert len(finalized.storage.epochs.of_study(finalized.study_id, "fold 1")) == (write == "epoch")
    if LOST[write][1] == "done":
        assert finalized.storage.parts.result(finalized.trial_ids[0], "fold 1", "key") == b"result"
    if LOST[write][1] == "waiting":
        assert finalized.claim().attempt == (2 if write in ("hand back", "plan anew") else 1)


@pytest.mark.parametrize("write", LOST)
def test_a_write_whose_commit_was_not_acknowledged_counts_once(finalized: Finalized, write: str) -> None:
    finalized.plan((0, "fold 1"))
    lease = finalized.claim()
    cut = cut_after_next_commit(finalized.storage)
    LOST[write][0](finalized, finalized.storage, lease)
    assert cut
    check_part(finalized, write)


@pytest.mark.parametrize("write", LOST)
def test_a_write_counts_once_when_the_line_breaks_just_after_its_commit(
    postgres_played: Played, line: Line, write: str
) -> None:
    finalized = Finalized.of(postgres_played)
    far = open_storage(
        postgres_played.storage.database.address.set(port=line.port).render_as_string(hide_password=False)
    )
    finalized.plan((0, "fold 1"))
    lease = finalized.claim(far)
    line.losses = iter([True])
    LOST[write][0](finalized, far, lease)
    assert line.n_lost == 1
    check_part(finalized, write)
    far.close()


@pytest.mark.parametrize("before", ["waiting", "running"])
def test_a_claim_whose_commit_was_not_acknowledged_is_made_once(finalized: Finalized, before: str) -> None:
    finalized.plan((0, "fold 1"), (0, "fold 2"))
    if before == "running":
        finalized.claim()
        finalized.storage.leases.hand_back(finalized.claim())
        finalized.storage.leases.expire_worker(finalized.worker_id)
    cut = cut_after_next_commit(finalized.storage)
    lease = finalized.claim()
    assert cut
    assert lease.attempt == (2 if before == "running" else 1)
    others = {row.part: row.state for row in finalized.rows() if row.part != lease.part}
    assert others == {"fold 2": "waiting"}
    finalized.storage.parts.finish(lease, b"result", b"held out")


def test_a_repeated_plan_does_not_revive_what_failed_meanwhile(
    finalized: Finalized, opener: Callable[[], Storage]
) -> None:
    """The answer to a plan was lost; before it was repeated, a worker tried the part and failed."""
    finalized.plan((0, "fold 1"))
    finalized.storage.parts.fail(finalized.claim(), "first time")
    other = opener()
    cut = cut_after_next_commit(finalized.storage, lambda: other.parts.fail(finalized.claim(other), "second time"))
    finalized.plan((0, "fold 1"))
    assert cut
    assert [(row.state, row.reason) for row in finalized.rows()] == [("failed", "second time")]


def test_a_repeated_hand_back_leaves_the_next_worker_alone(finalized: Finalized, opener: Callable[[], Storage]) -> None:
    finalized.plan((0, "fold 1"))
    lease, other = finalized.claim(), opener()
    taken: list[Lease] = []
    cut = cut_after_next_commit(finalized.storage, lambda: taken.append(finalized.claim(other)))
    finalized.storage.leases.hand_back(lease)
    assert cut
    other.parts.finish(taken[0], b"result", b"held out")


def test_deleting_a_study_takes_its_parts(finalized: Finalized) -> None:
    finalized.plan((0, "fold 1"))
    lease = finalized.claim()
    finalized.storage.delete_study(finalized.study_id)
    assert finalized.rows() == []
    assert finalized.storage.final_steps.find(finalized.study_id) is None
    assert not finalized.storage.final_steps.beat(finalized.study_id, finalized.owner)
    with pytest.raises(LeaseLost):
        finalized.storage.parts.finish(lease, b"late", b"held out")
    assert finalized.try_to_claim() is None


def test_the_command_of_a_study_reaches_its_final_step(finalized: Finalized) -> None:
    for command in ("pause", "stop", "run"):
        finalized.storage.control.set_command(finalized.study_id, command)
        row = finalized.storage.final_steps.find(finalized.study_id)
        assert row is not None and row.command == command
    with finalized.storage.database.engine.begin() as connection:
        connection.execute(update(final_steps).values(command="stop"))
    finalized.begin()
    row = finalized.storage.final_steps.find(finalized.study_id)
    assert row is not None and row.command == "run", "who begins it anew wants it to run"
