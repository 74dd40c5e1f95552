"""The browser of the tests: skipped or required where there is none, and a page that fails is kept."""

import airflow_pages
import pytest
from airflow_pages import keep_failed_page, open_chromium

pytestmark = pytest.mark.slow


def test_without_chromium_a_test_is_skipped_and_in_ci_fails(monkeypatch):
    monkeypatch.setattr(airflow_pages, "CHROMIUM", None)
    for required, outcome in (("", pytest.skip.Exception), ("1", pytest.fail.Exception)):
        monkeypatch.setenv("BROWSER_REQUIRED", required)
        with pytest.raises(outcome, match="apt install chromium"), open_chromium():
            pass


def test_a_failed_page_is_kept_as_picture_and_text_and_the_error_names_the_folder(tmp_path):
    with open_chromium() as browser:
        page = browser.new_page()
        page.set_content("<p>the list is empty</p>")
        with pytest.raises(AssertionError) as failure, keep_failed_page(page, tmp_path):
            assert page.get_by_text("a night").count()
    assert failure.value.__notes__ == [f"the page and its text are in {tmp_path}"]
    assert "the list is empty" in (tmp_path / "page.txt").read_text(encoding="utf8")
    assert (tmp_path / "page.png").stat().st_size > 1000
