"""A real browser, if there is one here."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from selenium import webdriver

LOADED = "return document.readyState"


def programs_or_skip() -> tuple[str, str]:
    """Find Chromium and its driver."""
    found = shutil.which("chromium"), shutil.which("chromedriver")
    if None in found:
        reason = "no Debian packages chromium and chromium-driver here"
        if os.environ.get("TUNER_REQUIRE_BROWSER"):
            pytest.fail(f"TUNER_REQUIRE_BROWSER is set, but {reason}")
        pytest.skip(reason)
    return str(found[0]), str(found[1])


@contextmanager
def chromium(folder: Path, *arguments: str) -> Iterator[webdriver.Chrome]:
    """Start Chromium with no window; every name leads to this machine, as an attacker's DNS server would have it."""
    program, driver = programs_or_skip()
    options = webdriver.ChromeOptions()
    options.binary_location = program
    for argument in (
        *("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--no-first-run"),
        "--host-resolver-rules=MAP *.example 127.0.0.1",
        f"--user-data-dir={folder}",
        "--window-size=1280,900",
        *arguments,
    ):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    browser = webdriver.Chrome(options, webdriver.ChromeService(driver))
    browser.set_page_load_timeout(60)
    browser.set_script_timeout(60)
    try:
        yield browser
    finally:
        browser.quit()
