"""Passwords: where they come from, how they are kept, and what guessing comes to."""

import os
import threading
from pathlib import Path

import pytest
from conftest import Shown, dashboard
from visitor import READING, STEERING, Visitor

from tuner.errors import TunerError
from tuner.front.passwords import Passwords, hash_password, read_passwords
from tuner.front.server import make_server
from tuner.front.throttle import Throttle
from tuner.front.visits import Role

P, S = "TUNER_DASHBOARD_PASSWORD", "TUNER_DASHBOARD_STEER_PASSWORD"


def test_passwords_come_from_variables_files_and_hashes_and_are_not_kept(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text(f"{STEERING}\n")
    for given in (READING, hash_password(READING)):
        known = read_passwords({P: given, f"{S}_FILE": str(file)})
        roles = [known.role_of(text) for text in (READING, STEERING, "", "x" * 100_000, "\x00", given[:-1])]
        assert roles == [Role.READER, Role.STEERER, *[Role.NOBODY] * 4]
        assert READING not in repr(vars(known)) and str(known.reading).startswith("scrypt:32768:8:1$")
    assert read_passwords({P: "", f"{P}_FILE": ""}).reading is None
    assert hash_password(READING) != hash_password(READING)


def test_wrong_settings_are_refused_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "empty").write_text("\n")
    (tmp_path / "binary").write_bytes(b"\xff\xfe\xff")
    os.mkfifo(tmp_path / "pipe")
    cases = [
        ({P: "a" * 20, f"{P}_FILE": "there"}, "both set"),
        ({P: "a" * 20, S: "a" * 20}, "are the same"),
        ({P: "a" * 1001}, "longer than"),
        ({P: "\udcff" * 20}, "is no text"),
        ({f"{P}_FILE": str(tmp_path / "nowhere")}, "No such file"),
        ({f"{P}_FILE": str(tmp_path)}, "Is a directory"),
        ({f"{P}_FILE": str(tmp_path / "empty")}, "is empty"),
        ({f"{P}_FILE": str(tmp_path / "binary")}, "is no text"),
        ({f"{P}_FILE": str(tmp_path / "pipe")}, "no regular file"),
        ({f"{P}_FILE": "/dev/zero"}, "no regular file"),
    ]
    for variables, said in cases:
        with pytest.raises(TunerError, match=said) as refusal:
            read_passwords(variables)
        assert "\n" not in str(refusal.value) and "aaaa" not in str(refusal.value)


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_wrong_tries_wait_and_what_is_refused_prolongs_nothing() -> None:
    clock = Clock()
    throttle = Throttle(clock)
    assert [throttle.wait_s("192.0.2.1") for _ in range(5)] == [0.0] * 5
    waits = []
    for _ in range(8):
        assert throttle.wait_s("192.0.2.1") == throttle.wait_s("192.0.2.1")
        waits.append(throttle.wait_s("192.0.2.1"))
        clock.now += waits[-1]
        assert throttle.wait_s("192.0.2.1") == 0.0
    assert waits == [1.0, 2.0, 4.0, 8.0, 10.0, 10.0, 10.0, 10.0]
    assert throttle.wait_s("192.0.2.2") == 0.0, "others do not wait"
    clock.now += 10.0
    assert throttle.wait_s("192.0.2.1") == 0.0
    throttle.succeeded("192.0.2.1")
    assert [throttle.wait_s("192.0.2.1") for _ in range(5)] == [0.0] * 5, "the right password forgives"


def test_many_addresses_share_one_supply_and_those_who_logged_in_before_do_not_need_it() -> None:
    clock = Clock()
    throttle = Throttle(clock)
    assert throttle.wait_s("192.0.2.1") == 0.0
    device = throttle.succeeded("192.0.2.1")
    tried = sum(throttle.wait_s(f"198.51.{i // 250}.{i % 250}") == 0.0 for i in range(20_000))
    assert tried <= 40
    assert throttle.wait_s("203.0.113.9") > 0.0
    assert throttle.wait_s("192.0.2.1", device) == 0.0
    assert throttle.wait_s("192.0.2.1", "guessed") > 0.0
    assert len(throttle._lanes) <= 10_001
    clock.now += 4.0
    assert throttle.wait_s("203.0.113.9") == 0.0, "nobody is locked out for long"


@pytest.mark.parametrize(
    "addresses",
    [
        [f"127.0.{i}.1" for i in range(20)],
        ["::1", *["127.0.0.1"] * 19],
        [f"2001:db8::{i:x}" for i in range(20)],
        [f"no address {i}" for i in range(20)],
    ],
)
def test_one_who_has_many_addresses_has_one_lane(addresses: list[str]) -> None:
    throttle = Throttle(Clock())
    assert sum(throttle.wait_s(address) == 0.0 for address in addresses) == 5


@pytest.mark.slow
def test_guessing_is_slowed_and_hurts_nobody_else(shown: Shown) -> None:
    guesses = [f"guess {i}" for i in range(30)]
    with dashboard(shown.tuner, **{P: READING, S: STEERING}) as port:
        owner = Visitor(port).log_in(STEERING)
        found: list[int] = []

        def guess(word: str) -> None:
            found.append(Visitor(port, address="127.0.0.9").post("/login", password=word).status)

        threads = [threading.Thread(target=guess, args=(word,)) for word in guesses]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert set(found) == {401, 429} and found.count(401) <= 5
        refused = Visitor(port).post("/login", password="guess")
        while int(refused.headers.get("Retry-After", 0)) < 4:
            refused = Visitor(port).post("/login", password="guess")
        refused = Visitor(port).post("/login", password=READING)
        assert refused.status == 429 and 1 <= int(refused.headers["Retry-After"]) <= 10
        assert "try again in" in refused.text
        forged = {"X-Forwarded-For": "203.0.113.7", "Forwarded": "for=203.0.113.7", "X-Real-IP": "203.0.113.7"}
        assert Visitor(port).post("/login", forged, password=READING).status == 429, "proxies are not believed"
        again = Visitor(port, cookies={k: v for k, v in owner.cookies.items() if "device" in k})
        assert again.post("/login", password=STEERING).status == 303, "who logged in before is not locked out"
        assert owner.get("/api/studies").status == 200


def test_sessions_are_random_strict_and_end(guarded_port: int) -> None:
    planted = {f"tuner-session-{guarded_port}": "planted"}
    visitor = Visitor(guarded_port, cookies=dict(planted))
    answer = visitor.post("/login", password=READING)
    cookies = {line.partition("=")[0]: line for line in answer.headers.get_all("Set-Cookie")}
    line = cookies[f"tuner-session-{guarded_port}"]
    assert {"HttpOnly", "SameSite=Strict", "Path=/"} <= set(line.split("; "))
    assert visitor.cookies[f"tuner-session-{guarded_port}"] != "planted"
    assert Visitor(guarded_port, cookies=planted).get("/api/studies").status == 401
    visitor = Visitor(guarded_port).log_in(READING)
    assert "Log out" in visitor.get("/login").text and "Log out" not in Visitor(guarded_port).get("/login").text
    kept = Visitor(guarded_port, cookies=dict(visitor.cookies))
    assert kept.get("/api/studies").status == 200
    assert visitor.post("/logout").status == 303
    assert kept.get("/api/studies").status == 401


@pytest.mark.parametrize(
    ("page", "where"),
    [
        ("/dashboard/studies/1", "/dashboard/studies/1"),
        ("//evil.example", "/dashboard"),
        ("/dashboard//evil.example/\\", "/dashboard"),
        ("https://evil.example", "/dashboard"),
        ("/dashboard\r\nX: y", "/dashboard"),
        ("javascript:alert(1)", "/dashboard"),
    ],
)
def test_the_login_leads_to_our_pages_only(stranger: Visitor, page: str, where: str) -> None:
    answer = stranger.post("/login", password=READING, next=page)
    assert (answer.status, answer.headers["Location"]) == (303, where)


def test_what_is_filled_in_is_text(stranger: Visitor) -> None:
    page = stranger.get("/login?next=%22%3E%3Cscript%3E").text
    assert "<script" not in page and "&gt;&lt;script&gt;" in page


@pytest.mark.parametrize(
    ("host", "behind_proxy", "said"),
    [
        ("0.0.0.0", False, "--host 0.0.0.0 opens"),
        ("::", False, "--host :: opens"),
        ("127.0.0.1", True, "--behind-proxy opens"),
        ("nowhere.invalid", False, "no name of a host"),
        ("203.0.113.9", False, "opens the dashboard"),
    ],
)
def test_an_address_that_others_reach_needs_the_reading_password(
    shown: Shown, tmp_path: Path, host: str, behind_proxy: bool, said: str
) -> None:
    steering_only = Passwords(steering=hash_password(STEERING))
    with pytest.raises(TunerError, match=said):
        make_server(shown.storage, tmp_path, steering_only, host, 0, behind_proxy=behind_proxy)


def test_what_travels_in_the_clear_is_said(shown: Shown, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    for host, behind_proxy, is_said in (
        ("0.0.0.0", False, True),
        ("0.0.0.0", True, False),
        ("127.0.0.1", False, False),
    ):
        caplog.clear()
        server = make_server(
            shown.storage, tmp_path, Passwords(hash_password(READING)), host, 0, behind_proxy=behind_proxy
        )
        server.task_dispatcher.shutdown()
        server.close()
        assert ("without TLS" in caplog.text) == is_said


@pytest.mark.slow
def test_other_machines_are_refused_without_a_password(shown: Shown) -> None:
    said = shown.tuner.fail("dashboard", "--port", 0, "--host", "0.0.0.0")
    assert "TUNER_DASHBOARD_PASSWORD_FILE" in said and "--host 0.0.0.0" in said
    with dashboard(shown.tuner, "--host", "0.0.0.0", "--allow-host", "Tuner.Example", **{P: READING}) as port:
        assert Visitor(port).get("/login").status == 200
        assert Visitor(port).get("/login", Host="tuner.example").status == 200
        assert Visitor(port).get("/login", Host="other.example").status == 421
