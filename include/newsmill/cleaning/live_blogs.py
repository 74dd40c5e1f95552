"""Find live blogs, and the entries of each: the lines that give the time of an entry.

Evidence: the type in the metadata, the address, or lines of a time, perhaps with an author, within the text.

Example: the lines "11:48", "The lock is open.", "11:20", "Boats wait at the lock." are two entries, at the characters 0
and 25 of the page.
"""

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple, TypedDict

import numpy as np

from newsmill.cleaning.cleaned_batch import CleanedBatch
from newsmill.cleaning.page_kinds import list_types

MIN_ENTRIES, MIN_HINTED_ENTRIES = 5, 2
"""Least lines of a time in a text, without and with a hint in address or title. At half, a timetable in a report
counts; at twice, a live blog of an hour does not."""
MAX_LABEL_WORDS, MAX_LABEL_CHARS = 10, 120
LIVE_TYPE = "liveblogposting"
_ADDRESS = re.compile(
    r"(?:^|[/_-])(?:live-?(?:blog|ticker|updates?|reporting|coverage)|newsblog|newsticker|en-?direct|en-?vivo|"
    r"in-?diretta|minuto-a-minuto|ao-vivo)(?:$|[/_.?-])",
    re.IGNORECASE,
)
_HINT_IN_ADDRESS = re.compile(r"[/_-]live(?:$|[/_.?#-])", re.IGNORECASE)
_HINT_IN_TITLE = re.compile(r"\bLIVE\b|\b[Ll]ive(?:[:|–-]| updates?\b| blog)|[Ll]ive[Tt]icker|[Ll]iveblog")
_CLOCK = r"\d{1,2}[:.h]\d{2}(?::\d{2})?\s*(?:[ap]\.?m\.?|uhr|h)?(?:\s+[A-Z]{2,4})?"
_AGO = r"\d{1,3}\s*(?:s|m|h|secs?|seconds?|mins?|minutes?|hrs?|hours?)\s+ago"
_AUTHOR = r"(?-i:[A-ZÀ-Þ][\w.'’-]{0,30})(?:\s+(?-i:[A-ZÀ-Þ])[\w.'’-]{0,30}){0,3}"
_LABEL = re.compile(rf"\s*(?:{_AGO}\s*)?(?:{_CLOCK}|{_AGO})\s*[|•·–-]?\s*(?:{_AUTHOR})?\s*", re.IGNORECASE)


class LiveEntry(TypedDict):
    """The label of an entry of a live blog, as printed, and where it begins in the page."""

    entry_time: str
    page_char_start: int


class LiveBlogs(NamedTuple):
    """Whether each page is a live blog, and its entries, None for other pages."""

    is_live: list[bool]
    entries: list[list[LiveEntry] | None]


def find_live_blogs(
    cleaned: CleanedBatch,
    page_texts: Sequence[str],
    urls: Sequence[str | None],
    titles: Sequence[str | None],
    metadata: Sequence[Sequence[Mapping] | None],
) -> LiveBlogs:
    """Return the live blogs among the pages of a batch."""
    entries = _list_entries(cleaned, page_texts)
    is_live = [
        _is_live(len(labels), url or "", title or "") or _declares_live(rows or ())
        for labels, url, title, rows in zip(entries, urls, titles, metadata, strict=True)
    ]
    return LiveBlogs(is_live, [labels if live else None for labels, live in zip(entries, is_live, strict=True)])


def _is_live(entry_count: int, url: str, title: str) -> bool:
    """Report whether address and title, or the number of entries, are those of a live blog."""
    if entry_count >= MIN_ENTRIES or _ADDRESS.search(url):
        return True
    has_hint = _HINT_IN_ADDRESS.search(url) or _HINT_IN_TITLE.search(title)
    return entry_count >= MIN_HINTED_ENTRIES and has_hint is not None


def _declares_live(rows: Sequence[Mapping]) -> bool:
    return any(name.endswith(LIVE_TYPE) for name in list_types(rows))


def _list_entries(cleaned: CleanedBatch, page_texts: Sequence[str]) -> list[list[LiveEntry]]:
    """List the lines of a time alone, from the first kept block of each page to the last and right above it."""
    labels, table = cleaned.labels, cleaned.blocks.table
    is_near = labels.origin >= (cleaned.ranges["start"] - 1)[labels.page]
    is_near &= labels.origin < cleaned.ranges["end"][labels.page]
    words, digits = table["word_count"][labels.origin], table["digits"][labels.origin]
    rows = np.flatnonzero(is_near & (words <= MAX_LABEL_WORDS) & (digits > 0))
    entries: list[list[LiveEntry]] = [[] for _ in page_texts]
    columns = (column[rows].tolist() for column in (labels.page, labels.start, labels.end))
    for page, start, end in zip(*columns, strict=True):
        label = " ".join(page_texts[page][start:end].split())
        if len(label) <= MAX_LABEL_CHARS and _LABEL.fullmatch(label):
            entries[page].append(LiveEntry(entry_time=label, page_char_start=start))
    return entries
