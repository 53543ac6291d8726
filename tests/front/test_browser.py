"""A real browser: what other pages try on the dashboard, and that it works for its own."""

import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from browser import chromium
from conftest import EVIL, Shown
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.support.wait import WebDriverWait
from visitor import STEERING

pytestmark = pytest.mark.slow

SITES = ("http://evil.example", "http://127.0.0.1")
"""Hosts of the attacker's pages: a foreign one, and another port of this machine, where the cookies are sent along."""


class Attacker(ThreadingHTTPServer):
    """A web server with one page."""

    page = ""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(self.server.page.encode())  # type: ignore[attr-defined]

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def attacker() -> Iterator[Attacker]:
    with Attacker() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chrome]:
    with chromium(tmp_path_factory.mktemp("browser")) as started:
        yield started


@pytest.fixture(scope="module")
def base(guarded_port: int, browser: Chrome) -> str:
    """The address of a dashboard to which the browser has logged in with the steering password."""
    address = f"http://127.0.0.1:{guarded_port}"
    browser.get(address)
    browser.find_element(By.NAME, "password").send_keys(STEERING)
    browser.find_element(By.TAG_NAME, "button").click()
    wait(browser, lambda: browser.current_url.startswith(f"{address}/dashboard"))
    return address


def wait(browser: Chrome, condition: Callable[[], object]) -> None:
    WebDriverWait(browser, 60).until(lambda _: condition())


def lure(browser: Chrome, attacker: Attacker, site: str, page: str) -> None:
    """Lead the browser to the attacker's page, which names its end in its title."""
    attacker.page = page
    browser.get(f"{site}:{attacker.server_port}/")
    wait(browser, lambda: browser.title == "done")


def loads(browser: Chrome, picture: str) -> bool:
    script = "const end = arguments[1], image = new Image(); image.onload = () => end(true); "
    script += "image.onerror = () => end(false); image.src = arguments[0]"
    return bool(browser.execute_async_script(script, picture))


def test_a_rebound_name_is_refused(browser: Chrome, base: str) -> None:
    browser.get(base.replace("127.0.0.1", "rebound.example") + "/api/studies")
    assert "this dashboard is not rebound.example" in browser.page_source


@pytest.mark.parametrize("site", SITES)
def test_the_dashboard_cannot_be_framed(
    browser: Chrome, base: str, attacker: Attacker, shown: Shown, site: str
) -> None:
    framed = {"/steering": False, "/login": False, "/front/style.css": False, shown.artifact("evil.html"): False}
    for path in framed:
        frame = f'<title>wait</title><iframe src="{base}{path}" onload="document.title = \'done\'"></iframe>'
        lure(browser, attacker, site, frame)
        browser.switch_to.frame(browser.find_element(By.TAG_NAME, "iframe"))
        framed[path] = browser.execute_script("return document.URL").startswith("http")
        browser.switch_to.default_content()
    assert not any(framed.values()), framed
    lure(browser, attacker, site, "<title>wait</title><iframe src='/' onload='document.title = \"done\"'></iframe>")
    browser.switch_to.frame(browser.find_element(By.TAG_NAME, "iframe"))
    assert browser.execute_script("return document.URL").startswith("http"), "a page that lets itself be framed is"
    browser.switch_to.default_content()


WRITES = """<title>wait</title><iframe name="sink"></iframe>
<form id="form" method="post" target="sink" action="BASE/steering/small/stop"></form>
<form id="end" method="post" target="sink" action="BASE/steering/small/trials/2/stop"></form>
<script>
(async () => {
  const note = JSON.stringify({version: VERSION, body: "theirs"});
  const tell = JSON.stringify({state: "Fail"});
  for (const mode of ["no-cors", "cors"]) {
    const send = (method, path, body, type) => fetch("BASE" + path, {
      method, mode, body, credentials: "include", headers: {"Content-Type": type}}).catch(() => null);
    await send("POST", "/steering/small/pause", "", "application/x-www-form-urlencoded");
    await send("POST", "/api/trials/RUNNING/tell", tell, "text/plain");
    await send("POST", "/api/trials/RUNNING/user-attrs", '{"user_attrs": {"reason": "x"}}', "text/plain");
    await send("PUT", "/api/studies/STUDY/note", note, "application/json");
    await send("DELETE", "/api/studies/STUDY", "{}", "application/json");
  }
  document.getElementById("form").submit();
  await new Promise((end) => document.querySelector("iframe").onload = end);
  document.getElementById("end").submit();
  await new Promise((end) => document.querySelector("iframe").onload = end);
  document.title = "done";
})();
</script>"""


@pytest.mark.parametrize("site", SITES)
def test_another_page_cannot_write(browser: Chrome, base: str, attacker: Attacker, shown: Shown, site: str) -> None:
    before = _everything(shown)
    page = WRITES.replace("BASE", base).replace("RUNNING", str(shown.running)).replace("STUDY", str(shown.study_id))
    lure(browser, attacker, site, page.replace("VERSION", str(shown.next_note())))
    assert _everything(shown) == before


def _everything(shown: Shown) -> list[object]:
    optuna, study_id = shown.storage.optuna, shown.study_id
    attributes = [optuna.get_study_system_attrs(study_id), optuna.get_study_user_attrs(study_id)]
    return [*attributes, optuna.get_all_trials(study_id), shown.storage.control.of(study_id).command]


@pytest.mark.parametrize("site", SITES)
def test_another_page_cannot_read(browser: Chrome, base: str, attacker: Attacker, shown: Shown, site: str) -> None:
    picture = base + shown.artifact("confusion_matrix.png")
    lure(browser, attacker, site, "<title>done</title>")
    script = "const end = arguments[1]; fetch(arguments[0], {credentials: 'include'}).then(a => a.text())"
    script += ".then(end, () => end('refused'))"
    for path in ("/api/studies", shown.artifact("evil.html")):
        assert browser.execute_async_script(script, base + path) == "refused"
    assert not loads(browser, picture)
    browser.get(f"{base}/steering")
    assert loads(browser, picture), "its own pages show it"


def test_files_of_trials_do_not_run(browser: Chrome, base: str, attacker: Attacker, shown: Shown) -> None:
    attacker.page = EVIL["evil.html"]
    browser.get(f"http://127.0.0.1:{attacker.server_port}/")
    assert browser.title == "it ran", "it runs where it is a page"
    for name in EVIL:
        browser.get(f"{base}/steering")
        browser.get(base + shown.artifact(name))
        assert "it ran" not in (browser.title, browser.execute_script("return document.title"))
        browser.get(f"{base}/steering")
        assert not loads(browser, base + shown.artifact(name))


def test_the_dashboard_works_under_its_policy(browser: Chrome, base: str, shown: Shown) -> None:
    browser.get_log("browser")
    study = f"{base}/dashboard/studies/{shown.study_id}"
    pages = {
        study: "Hyperparameter Importance",
        f"{study}/trials?numbers=0": "Trial 0 (trial_id",
        f"{study}/analytics": "Slice",
    }
    for address, text in pages.items():
        browser.get(address)
        wait(browser, lambda text=text: text in browser.find_element(By.TAG_NAME, "body").text)
    browser.get(f"{study}/trials?numbers=0")
    shows = "return [...document.images].some(image => image.src.includes('/artifacts/') && image.naturalWidth > 0)"
    wait(browser, lambda: browser.execute_script(shows))
    assert [line for line in browser.get_log("browser") if line["level"] == "SEVERE"] == []
    write = "const end = arguments[0]; fetch('/api/studies/%d/note', {method: 'PUT', headers: {'Content-Type': "
    write += "'application/json'}, body: JSON.stringify({version: %d, body: 'ours'})}).then(a => end(a.status))"
    assert browser.execute_async_script(write % (shown.study_id, shown.next_note())) == 204, "its notes carry the token"


def test_buttons_steer(browser: Chrome, base: str, shown: Shown) -> None:
    for text, command in (("Pause", "pause"), ("Resume", "run")):
        browser.get(f"{base}/steering")
        browser.find_element(By.XPATH, f"//button[.='{text}']").click()
        wait(browser, lambda command=command: shown.storage.control.of(shown.study_id).command == command)
    assert [line for line in browser.get_log("browser") if line["level"] == "SEVERE"] == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_login_fits_a_phone_and_either_light(browser: Chrome, base: str, scheme: str) -> None:
    feature = {"name": "prefers-color-scheme", "value": scheme}
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [feature]})
    phone = {"width": 320, "height": 640, "deviceScaleFactor": 2, "mobile": True}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", phone)
    try:
        for path in ("/login", "/steering"):
            browser.get(base + path)
            assert browser.execute_script("return document.documentElement.scrollWidth <= innerWidth")
            back = browser.execute_script("return getComputedStyle(document.body).backgroundColor")
            assert (int(back.removeprefix("rgb(").split(",")[0]) < 128) == (scheme == "dark")
    finally:
        browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
