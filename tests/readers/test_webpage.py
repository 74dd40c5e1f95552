"""The format html: one page a file, and markup in fields of records."""

import json

import dumps
import pytest

from newsmill.nlp.line_markup import HEADING
from newsmill.readers import jsonl, webpage
from newsmill.readers.record import Limits, Record
from newsmill.readers.unpack import Part, UnpackedFile

PAGE = (
    '<!DOCTYPE html><html lang="de"><head><meta charset="utf-8"><title>Die Fähre</title>'
    '<meta property="og:title" content="Fähre fährt wieder">'
    '<link rel="canonical" href="https://tern.example/faehre"><meta name="author" content="Jane Roe">'
    '<meta property="article:published_time" content="2026-03-02T09:00:00+01:00"></head>'
    "<body><h1>Fähre fährt wieder</h1><p>Die Fähre fährt wieder.</p></body></html>"
)


def read(data, limits=Limits()):  # noqa: B008
    return list(webpage.read(UnpackedFile(Part([data]), limits), "faehre.html"))


def entry(**fields):
    return next(jsonl.read(UnpackedFile(Part([json.dumps(fields).encode()])), "feed"))


def test_a_page_is_known_by_its_file_and_has_the_address_it_gives_itself():
    (page,) = read(PAGE.encode())
    assert (page.document_id, page.url) == ("faehre.html", "https://tern.example/faehre")
    assert (page.title, page.language, page.authors) == ("Fähre fährt wieder", "de", ["Jane Roe"])
    assert page.published_at.isoformat() == "2026-03-02T09:00:00+01:00"
    assert page.text.split("\n")[0] == "Fähre fährt wieder" and len(page.marks) == len(page.text.split("\n"))
    assert {field for field, *_ in page.metadata} >= {"title", "authors", "published_at", "canonical_url", "language"}


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty_file"),
        (b" \n", "empty_file"),
        (b"<html><script>1</script></html>", "no_text"),
        (b"\x89PNG\r\n\x1a\n\0\0", "binary"),
        (b"<html>" + b"x" * 200, "record_too_large"),
    ],
)
def test_a_file_that_is_no_page_says_why(data, reason):
    assert [one.reason for one in read(data, Limits(record_bytes=100))] == [reason]


@pytest.mark.parametrize("field", ["html", "raw_html", "content", "body"])
def test_markup_in_a_field_is_read_as_markup(field):
    page = entry(id="1", **{field: PAGE})
    assert isinstance(page, Record) and "<" not in page.text and page.marks[0] & HEADING == 1
    assert page.url == "https://tern.example/faehre" and page.document_id == "1"


def test_a_text_is_preferred_to_markup():
    page = entry(text="The words.", html=PAGE)
    assert (page.text, page.marks) == ("The words.", None)


@pytest.mark.parametrize(
    "text", ["<3 the ferry", "a < b and c > d", "<p> is a tag of HTML", "Ferry back <https://tern.example>"]
)
def test_a_text_with_pointed_brackets_is_no_markup(text):
    assert entry(text=text).text == text


def test_of_dump_and_page_the_more_confident_is_chosen_and_both_are_kept():
    page = entry(html=PAGE, title="Ferry back", date="2026-03-05", url="https://tern.example/7")
    assert (page.title, page.url) == ("Ferry back", "https://tern.example/7")
    entries = {(field, value) for field, value, _, _ in page.metadata}
    assert {("title", "Ferry back"), ("title", "Fähre fährt wieder")} <= entries
    assert ("published_at", "2026-03-05T00:00:00+00:00") in entries
    assert page.published_at.isoformat() == "2026-03-02T09:00:00+01:00"  # `date` may be any date


def test_values_of_a_field_are_ordered_by_confidence():
    markup = dumps.markup(dumps.entries(1)[0]).decode()
    page = entry(html=markup, created_at="2026-03-05", published_at="2026-03-04", headline="A", name="B")
    sure = [(field, confidence) for field, _, _, confidence in page.metadata]
    for field in {field for field, _ in sure}:
        mine = [confidence for name, confidence in sure if name == field]
        assert mine == sorted(mine, reverse=True)
    assert [value for field, value, _, _ in page.metadata if field == "published_at"] == [
        "2026-03-04T00:00:00+00:00",
        "2026-03-05T00:00:00+00:00",
    ]
