"""Who gets what from the dashboard: hosts, pages that ask, roles, and what may be written."""

import csv
import io
import os

import pytest
from conftest import EVIL, Shown
from sqlalchemy import select
from visitor import READING, STEERING, Visitor

from tuner.front import artifacts, optuna_pages
from tuner.storage.tables import leases

PATHS = ("/dashboard", "/api/studies", "/api/meta", "/static/bundle.js", "/csv/1", "/steering", "/nothing/here")


@pytest.fixture(scope="module")
def reader(guarded_port: int) -> Visitor:
    return Visitor(guarded_port).log_in(READING)


@pytest.fixture(scope="module")
def steerer(guarded_port: int) -> Visitor:
    return Visitor(guarded_port).log_in(STEERING)


@pytest.fixture
def visitor(open_port: int) -> Visitor:
    return Visitor(open_port)


# Names and pages that ask


@pytest.mark.parametrize("host", ["rebound.example", "127.0.0.1.example", "localhost.", "[::2]", "169.254.169.254"])
def test_another_host_is_not_answered(visitor: Visitor, host: str) -> None:
    for name in (host, f"{host}:{visitor.port}"):
        answer = visitor.get("/api/studies", Host=name)
        assert answer.status == 421 and "small" not in answer.text


@pytest.mark.parametrize("host", ["", "a b", "localhost, evil.example", "localhost:x", "localhost\x1b[31m", "[::1"])
def test_a_host_that_is_none_is_refused(visitor: Visitor, host: str) -> None:
    answer = visitor.get("/api/studies", Host=host)
    assert answer.status == 400 and "\x1b" not in answer.text


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:8080", "127.0.0.1:9", "[::1]:8080"])
def test_names_of_this_machine_are_answered_at_any_port(visitor: Visitor, host: str) -> None:
    assert visitor.get("/api/studies", Host=host).status == 200


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_what_another_page_loads_is_refused_and_a_link_is_followed(visitor: Visitor, site: str) -> None:
    fetch = {"Sec-Fetch-Site": site, "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image"}
    frame = {"Sec-Fetch-Site": site, "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "iframe"}
    link = {"Sec-Fetch-Site": site, "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
    assert [visitor.get("/dashboard", **headers).status for headers in (fetch, frame, link)] == [403, 403, 200]


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:1"},
        {"Origin": "https://127.0.0.1"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"X-CSRF-Token": "guessed"},
        {"X-CSRF-Token": "\xe4"},
    ],
)
def test_a_write_of_another_page_is_refused(steerer: Visitor, shown: Shown, headers: dict[str, str]) -> None:
    before = shown.storage.optuna.get_study_system_attrs(shown.study_id)
    note = {"version": shown.next_note(), "body": "theirs"}
    assert steerer.send_json("PUT", f"/api/studies/{shown.study_id}/note", note, headers).status == 403
    tokenless = Visitor(steerer.port, cookies=steerer.cookies)
    assert steerer.post("/steering/small/pause", headers, csrf_token="guessed").status == 403
    assert tokenless.post("/steering/small/pause").status == 403
    assert shown.storage.control.of(shown.study_id).command == "run"
    assert shown.storage.optuna.get_study_system_attrs(shown.study_id) == before


def test_every_answer_has_the_headers(visitor: Visitor, stranger: Visitor) -> None:
    answers = [visitor.get(path) for path in (*PATHS, "/")] + [stranger.get(path) for path in (*PATHS, "/login")]
    answers += [visitor.get("/", Host="evil.example"), visitor.send_json("DELETE", "/api/studies/1", {})]
    for answer in answers:
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["X-Frame-Options"] == "DENY"
        assert answer.headers["Referrer-Policy"] == "same-origin"
        assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
        assert not [name for name in answer.headers if name.startswith("Access-Control-") or name == "Server"]


# Roles


@pytest.mark.parametrize("path", PATHS)
def test_without_the_password_there_is_nothing_to_see(stranger: Visitor, path: str) -> None:
    answer = stranger.get(path)
    assert answer.status == (401 if path.startswith("/api") else 303)
    assert b"small" not in answer.body


def test_a_stranger_s_writes_are_refused_alike_whether_or_not_there_is_such_a_path(stranger: Visitor) -> None:
    answers = [stranger.send_json("POST", path, {}) for path in ("/api/studies", "/api/nothing")]
    assert {(answer.status, answer.text) for answer in answers} == {(401, '{"reason": "log in at /login"}')}


def test_readers_read_and_do_not_steer(reader: Visitor, shown: Shown) -> None:
    assert reader.get("/api/studies").status == 200
    assert reader.get("/steering").status == 303
    note = reader.send_json("PUT", f"/api/studies/{shown.study_id}/note", {"version": 1, "body": "mine"})
    steered = reader.post("/steering/small/pause")
    assert note.status == steered.status == 403
    assert "TUNER_DASHBOARD_STEER_PASSWORD" in note.json()["reason"]
    assert shown.storage.control.of(shown.study_id).command == "run"


def test_without_passwords_everybody_reads_and_nobody_steers(visitor: Visitor, shown: Shown) -> None:
    assert visitor.get("/api/studies").status == 200
    assert visitor.get("/login").status == 404
    assert visitor.post("/login", password="").status == 404
    answers = [
        visitor.send_json("PUT", f"/api/studies/{shown.study_id}/note", {"version": 1, "body": "x"}),
        visitor.post("/steering/small/stop"),
        visitor.post(f"/steering/small/trials/{2}/stop"),
    ]
    assert [answer.status for answer in answers] == [403, 403, 403]
    assert shown.storage.control.of(shown.study_id).command == "run"


def test_steering_does_what_the_commands_do(steerer: Visitor, shown: Shown) -> None:
    page = steerer.get("/steering").text
    assert "small" in page and "End trial 2" in page and "End trial 0" not in page and "foreign" not in page
    for verb, command in (("pause", "pause"), ("stop", "stop"), ("resume", "run")):
        assert steerer.post(f"/steering/small/{verb}").status == 303
        assert shown.storage.control.of(shown.study_id).command == command
    assert steerer.post("/steering/small/trials/2/stop").status == 303
    with shown.storage.database.engine.connect() as connection:
        asked = connection.scalar(select(leases.c.to_stop).where(leases.c.trial_id == shown.running))
    assert asked
    assert "is finished" in steerer.post("/steering/small/trials/0/stop").text
    assert steerer.post("/steering/foreign/stop").status == 404
    assert steerer.post("/steering/nowhere/stop").status == 404


# What may be read and written


def test_only_our_studies_are_shown(visitor: Visitor, shown: Shown) -> None:
    (study,) = visitor.get("/api/studies").json()["study_summaries"]
    assert study["study_name"] == "small"
    for path in ("/api/studies/{}", "/api/studies/{}/param_importances", "/csv/{}"):
        assert visitor.get(path.format(shown.study_id)).status == 200
        assert visitor.get(path.format(shown.foreign_id)).status == 404


def test_notes_are_written_and_bounded(steerer: Visitor, shown: Shown) -> None:
    study = f"/api/studies/{shown.study_id}"
    for path, version in ((f"{study}/note", shown.next_note()), (f"{study}/{shown.finished}/note", 1)):
        written = {"version": version, "body": "**good**\n\tä\U0001f600"}
        assert steerer.send_json("PUT", path, written).status == 204
        assert steerer.send_json("PUT", path, written).status == 409
        wrong = ["x" * 10_001, "\x1b]0;owned\x07", "\x00", "\x9b31m", "\ud800", ["x"], {"a": 1}, None, 7]
        assert {steerer.send_json("PUT", path, {"version": version + 1, "body": body}).status for body in wrong} == {
            400
        }
        for wrong_version in (True, 2.0, "2", None, -1, 10**20):
            assert steerer.send_json("PUT", path, {"version": wrong_version, "body": "x"}).status == 400
        assert steerer.ask("PUT", path, "{", {"X-CSRF-Token": steerer.csrf_token}).status == 415
        json_type = {"X-CSRF-Token": steerer.csrf_token, "Content-Type": "application/json"}
        assert steerer.ask("PUT", path, "{", json_type).status == 400
        assert steerer.ask("PUT", path, "[" * 50_000, json_type).status == 400
    detail = steerer.get(f"/api/studies/{shown.study_id}").json()
    assert detail["note"]["body"] == detail["trials"][0]["note"]["body"] == "**good**\n\tä\U0001f600"
    for study, trial in ((shown.study_id, shown.foreign_trial), (shown.study_id, 10**6), (shown.foreign_id, 1)):
        note = {"version": 1, "body": "x"}
        assert steerer.send_json("PUT", f"/api/studies/{study}/{trial}/note", note).status == 404


REFUSED = [
    ("POST", "/api/studies", {"study_name": "new", "directions": ["maximize"]}, "tuner create"),
    ("POST", "/api/studies/{study}/rename", {"study_name": "new"}, "keeps its name"),
    ("DELETE", "/api/studies/{study}", {}, "tuner delete"),
    ("POST", "/api/trials/{running}/tell", {"state": "Fail"}, "tuner stop"),
    ("POST", "/api/trials/{running}/tell", {"state": "Complete", "values": [1.0]}, "tuner stop"),
    ("POST", "/api/trials/{running}/user-attrs", {"user_attrs": {"reason": "\x1b]0;owned\x07"}}, "its worker"),
    ("POST", "/api/studies/{study}/{running}/skip", {}, "ranked by"),
    ("POST", "/api/studies/{study}/preference", {"candidates": [1], "clicked": 1, "mode": "ChooseWorst"}, "ranked by"),
    ("PUT", "/api/studies/{study}/preference_feedback_component", {"output_type": "note"}, "ranked by"),
    ("POST", "/api/studies/{study}/preference/x", {}, "ranked by"),
    ("DELETE", "/api/studies/{study}/preference/x", {}, "ranked by"),
    ("POST", "/api/artifacts/{study}", {"file": "data:text/html;base64,eA==", "filename": "x.html"}, "their workers"),
    ("POST", "/api/artifacts/{study}/{running}", {"file": "data:;base64,eA==", "filename": "x"}, "their workers"),
    ("DELETE", "/api/artifacts/{study}/{finished}/{artifact}", {}, "their workers"),
    ("POST", "/api/llm/trial_filter_query", {}, "tuner --help"),
    ("POST", "/incompatible-rdb-schema", {}, "migrated"),
    ("PUT", "/api/studies/{study}/of-a-later-version", {}, "tuner --help"),
    ("PUT", "/api/studies/{study}", {}, "tuner --help"),
]


@pytest.mark.parametrize(("method", "path", "body", "said"), REFUSED)
def test_nothing_else_can_be_written_even_by_those_who_steer(
    steerer: Visitor, shown: Shown, method: str, path: str, body: dict[str, object], said: str
) -> None:
    before = _everything(shown)
    where = path.format(
        study=shown.study_id,
        running=shown.running,
        finished=shown.finished,
        artifact=shown.files["confusion_matrix.png"],
    )
    answer = steerer.send_json(method, where, body)
    assert answer.status in (403, 404)
    if answer.status == 403:
        assert said in answer.text and answer.text.count("\n") <= 1
    assert _everything(shown) == before


def _everything(shown: Shown) -> list[object]:
    optuna = shown.storage.optuna
    return [
        optuna.get_all_trials(shown.study_id),
        optuna.get_all_studies(),
        optuna.get_study_user_attrs(shown.study_id),
    ]


@pytest.mark.parametrize(
    "path",
    [
        "/api/studies/99999999999999999999",
        "/api/studies/-1",
        "/api/studies/{study}?after=-1",
        "/api/studies/{study}?after=x",
        "/api/studies/{study}?after=99999999999999999999",
        "/api/studies/{study}/",
        "/csv/{study}?trial_ids=1,x",
        "/csv/{study}?trial_ids=%1b[31m",
        "/static/..%2f_app.py",
        "/static/../_app.py",
        "/static/%00",
        "/front/layout.html",
        "/incompatible-rdb-schema",
        "/api/studies/{study}/plot/contour",
    ],
)
def test_odd_questions_are_refused(visitor: Visitor, shown: Shown, path: str) -> None:
    assert visitor.get(path.format(study=shown.study_id)).status in (400, 404)


@pytest.mark.parametrize("method", ["OPTIONS", "TRACE", "PATCH", "CONNECT", "PROPFIND"])
def test_other_methods_are_refused(visitor: Visitor, method: str) -> None:
    assert visitor.ask(method, "/api/studies", headers={"Origin": "http://evil.example"}).status in (400, 405)


def test_a_table_holds_no_formulas(visitor: Visitor, shown: Shown) -> None:
    answer = visitor.get(f"/csv/{shown.study_id}?trial_ids=0,1")
    rows = list(csv.reader(io.StringIO(answer.text)))
    assert [row[:3] for row in rows] == [
        ["Number", "State", "Value"],
        ["0", "COMPLETE", "0.5"],
        ["1", "COMPLETE", "0.6"],
    ]
    assert answer.headers["Content-Disposition"] == "attachment; filename=small.csv"
    table = '=a,-1.5\n"@SUM(1)","+1e-3"\n-x,nan\n'
    assert optuna_pages._without_formulas(table).split() == ["'=a,-1.5", "'@SUM(1),+1e-3", "'-x,nan"]


# Files of trials


def test_our_picture_is_shown(visitor: Visitor, shown: Shown) -> None:
    answer = visitor.get(shown.artifact("confusion_matrix.png"))
    assert answer.status == 200 and answer.body.startswith(b"\x89PNG")
    assert answer.headers["Content-Type"] == "image/png"
    assert "attachment" not in answer.headers.get("Content-Disposition", "")


def test_a_picture_that_no_browser_can_unpack_is_none_of_ours() -> None:
    head = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"
    sizes = {(640, 480): True, (10_000, 10_000): True, (10_001, 1): False, (1, 2**31 - 1): False, (0, 1): False}
    for (width, height), is_ours in sizes.items():
        assert artifacts._is_picture(head + width.to_bytes(4, "big") + height.to_bytes(4, "big")) == is_ours
    assert not artifacts._is_picture(head)


@pytest.mark.parametrize("name", EVIL)
def test_any_other_file_is_handed_over_and_not_shown(visitor: Visitor, shown: Shown, name: str) -> None:
    answer = visitor.get(shown.artifact(name))
    assert answer.body.decode() == EVIL[name]
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert "sandbox" in answer.headers["Content-Security-Policy"]


def test_files_are_of_the_trials_that_are_shown(visitor: Visitor, shown: Shown, stranger: Visitor) -> None:
    name = shown.files["confusion_matrix.png"]
    others = [
        (shown.study_id, shown.running),
        (shown.study_id, shown.foreign_trial),
        (shown.foreign_id, shown.finished),
        (shown.foreign_id, shown.foreign_trial),
    ]
    assert {visitor.get(f"/artifacts/{study}/{trial}/{name}").status for study, trial in others} == {404}
    assert visitor.get(f"/artifacts/{shown.study_id}/{shown.finished}/..%2ftuner.db").status == 404
    assert stranger.get(shown.artifact("confusion_matrix.png")).status == 303


def test_a_file_that_is_no_file_is_not_opened(visitor: Visitor, shown: Shown) -> None:
    path = shown.tuner.folder / "runs" / "artifacts" / shown.files["evil.svg"]
    whole = path.read_bytes()
    path.unlink()
    try:
        path.symlink_to("/etc/passwd")
        assert visitor.get(shown.artifact("evil.svg")).status == 404
        path.unlink()
        os.mkfifo(path)
        assert visitor.get(shown.artifact("evil.svg")).status == 404
    finally:
        path.unlink()
        path.write_bytes(whole)
