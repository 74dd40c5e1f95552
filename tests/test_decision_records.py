"""Every decision record has a reason and a row in the index, and every link of the docs leads to a file."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "docs" / "decisions"
RECORDS = sorted(FOLDER.glob("[0-9]*.md"))
PAGES = [
    *sorted(ROOT.glob("*.md")),
    *sorted((ROOT / "docs").rglob("*.md")),
    *sorted((ROOT / "benchmarks").rglob("*.md")),
    ROOT / "samples" / "README.md",
]
FIELD = re.compile(r"^(Status|Date): (.+)$", re.M)
LINK = re.compile(r"\]\(([^)\s]+)\)")
SOURCE = re.compile(r"`((?:\w+/)+\w+\.py)`")
ROOTS = [ROOT, ROOT / "include", ROOT / "include" / "newsmill", ROOT / "benchmarks"]
OF_OTHERS = ("numba/",)


def read_record(path: Path) -> tuple[str, dict[str, str]]:
    """Return the heading of a record without its number, and its fields."""
    text = path.read_text(encoding="utf8")
    return re.sub(r"^# (\d{4}:? )?", "", text.split("\n", 1)[0]), dict(FIELD.findall(text))


def index_row(path: Path) -> str:
    """Return the row that the index needs for a record."""
    title, fields = read_record(path)
    return f"| [{path.name[:4]}]({path.name}) | {title} | {fields.get('Status')} | {fields.get('Date')} |"


@pytest.mark.parametrize("path", RECORDS, ids=lambda path: path.stem)
def test_a_record_has_a_title_with_its_reason_a_status_and_a_date(path):
    title, fields = read_record(path)
    assert ", because " in title, f"{path.name}: write the heading as 'Use X, because Y'"
    assert re.fullmatch(r"Accepted|Superseded by \d{4}", fields.get("Status", "")), f"{path.name}: Status: Accepted"
    assert re.fullmatch(r"\d{4}-\d{2}-\d{2}", fields.get("Date", "")), f"{path.name}: Date: YYYY-MM-DD"


def test_the_index_lists_every_record_in_order():
    rows = [line for line in (FOLDER / "README.md").read_text(encoding="utf8").splitlines() if line.startswith("| [")]
    assert rows == [index_row(path) for path in RECORDS], "copy these rows into docs/decisions/README.md"


def test_numbers_are_given_once_and_supersessions_name_a_record():
    numbers = [path.name[:4] for path in RECORDS]
    named = [read_record(path)[1]["Status"].rpartition(" ")[2] for path in RECORDS]
    assert len(set(numbers)) == len(numbers)
    assert {number for number in named if number != "Accepted"} <= set(numbers)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_of_a_page_leads_to_a_file(page):
    targets = [link.partition("#")[0] for link in LINK.findall(page.read_text(encoding="utf8"))]
    local = [target for target in targets if target and "://" not in target]
    assert [target for target in local if not (page.parent / target).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_source_file_named_on_a_page_exists(page):
    named = {name for name in SOURCE.findall(page.read_text(encoding="utf8")) if not name.startswith(OF_OTHERS)}
    assert sorted(name for name in named if not any((root / name).exists() for root in ROOTS)) == []
