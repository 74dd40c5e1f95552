"""Opens Airflow's pages in the system's Chromium, and does in them what a person does: log in, fill the form, look."""

import os
import re
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Error, Locator, Page, expect, sync_playwright
from served import Served

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
REQUIRED = "BROWSER_REQUIRED"
"""Name of the variable of CI: without a browser the tests fail, and are not skipped."""
PATIENT_MS = 120_000
"""Wait for an element of a page: a busy machine takes 10 s, a missing element costs the whole wait."""
ASKING_MS = 10_000
"""Wait between a question and its answer: people need longer, and the process that asked ends in a second or two."""
OPTIONS = ["--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update"]
NIGHTLY = "/dags/news_nightly"
ENDED = re.compile("Success|Failed|Skipped")


@contextmanager
def open_chromium() -> Iterator[Browser]:
    """Yield a headless Chromium with an empty profile; skip without one, and in CI fail."""
    if not CHROMIUM:
        report_missing = pytest.fail if os.environ.get(REQUIRED) else pytest.skip
        report_missing(reason="there is no Chromium; install one: apt install chromium")
    expect.set_options(timeout=PATIENT_MS)
    with sync_playwright() as playwright:
        # as root Chromium starts without its sandbox only
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=OPTIONS, chromium_sandbox=os.geteuid() != 0)
        yield browser
        browser.close()


@contextmanager
def open_pages(browser: Browser, served: Served, folder: Path) -> Iterator[Page]:
    """Yield a page of Airflow after the login; keep a page that fails in a folder."""
    context = browser.new_context(
        base_url=f"http://127.0.0.1:{served.port}",
        viewport={"width": 1600, "height": 1200},
        locale="en-US",
        timezone_id="UTC",
    )
    page = context.new_page()
    page.set_default_timeout(PATIENT_MS)
    with keep_failed_page(page, folder):
        log_in(page, served)
        yield page
    context.close()


@contextmanager
def keep_failed_page(page: Page, folder: Path) -> Iterator[None]:
    """Write the picture and the text of a page into a folder if the block fails, and name the folder in the error."""
    try:
        yield
    except (AssertionError, Error) as error:
        with suppress(Error):  # of a page that crashed there is none
            page.screenshot(path=folder / "page.png", full_page=True)
            (folder / "page.txt").write_text(f"{page.url}\n\n{page.locator('body').inner_text()}\n", encoding="utf8")
        error.add_note(f"the page and its text are in {folder}")
        raise


def log_in(page: Page, served: Served) -> None:
    page.goto("/")
    page.locator("input[name=username]").fill("admin")
    page.locator("input[name=password]").fill(served.password)
    page.locator("button[type=submit]").click()
    expect(page.get_by_role("heading", name="Welcome")).to_be_visible(timeout=PATIENT_MS)


def open_form(page: Page) -> Locator:
    """Open the DAG from the list of DAGs, and return its form for a run."""
    page.get_by_role("link", name="Dags", exact=True).click()
    page.locator(f"a[href='{NIGHTLY}']").first.click()
    button = page.get_by_test_id("trigger-dag-button")
    expect(button).to_have_count(1)  # the list has a button for each DAG
    button.click()
    return page.get_by_role("dialog").filter(has_text="Trigger Dag")


def choose(form: Locator, field: str, options: Sequence[str]) -> None:
    """Choose options of a list of the form by their texts."""
    for option in options:
        form.locator(f"#element_{field}").get_by_role("combobox").click()
        form.page.get_by_role("option", name=option, exact=True).click()


def list_runs_with_nights(page: Page) -> Locator:
    """Open the list of runs with the column of partition keys, and return its rows."""
    page.goto(f"{NIGHTLY}/runs")
    page.get_by_role("button", name="Filter table columns").click()
    page.get_by_role("menuitem", name="Partition Key").click()
    page.keyboard.press("Escape")
    expect(page.get_by_role("columnheader", name="Partition Key")).to_be_visible(timeout=PATIENT_MS)
    return page.get_by_role("row")


def answer_required_action(page: Page, subject: str, text: str, answer: str, because: str = "") -> None:
    """Open the action with the subject from the list of Required Actions, look for a text in it, and answer."""
    page.goto("/required_actions")
    page.get_by_role("link", name=subject).click()
    expect(page.get_by_text(text)).to_be_visible()
    if because:
        page.locator("input[name=element_because]").fill(because)
    # Airflow may ask again where the answer comes before it has noted the end of the process that asked.
    page.wait_for_timeout(ASKING_MS)
    page.get_by_test_id(f"hitl-option-{answer}").click()
    expect(page.get_by_test_id(f"hitl-option-{answer}")).to_be_disabled()
