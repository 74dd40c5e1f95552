"""The article of a page that only scripts would show: in JSON-LD, in `<noscript>`, or in the state of an application.

The found lines go below the shown text, so that a teaser above an article is a repeat of its first sentence.
"""

import json
import re
from collections.abc import Iterator

from newsmill.nlp import line_markup
from newsmill.readers.elements import element_tables
from newsmill.readers.markup import Scan, scan_html

MIN_SHOWN_CHARS = 500  # of a page that needs no search in its scripts; a menu alone is longer
MIN_BODY_CHARS = 200  # of an article in JSON-LD that is read as text; shorter ones are teasers
MIN_STATE_CHARS = 400  # of an article in the state of an application, where many strings are messages to readers
MAX_NESTED_STATES = 3  # strings of JSON within one another
SAMPLES, SAMPLE_CHARS = 12, 24  # of a body, to see whether the page shows it
# A paragraph in a container of its own, as the found lines are marked.
BODY_LINE = (
    line_markup.PARAGRAPH
    | line_markup.ARTICLE
    | line_markup.BODY_HINT
    | 1 << line_markup.SHARED_SHIFT
    | 2 << line_markup.DEPTH_SHIFT
    | 1 << line_markup.TEMPLATE_SHIFT
)
_SHARED = line_markup.MAX_DEPTH << line_markup.SHARED_SHIFT
_NOSCRIPT = re.compile(rb"<noscript", re.IGNORECASE)
_SCRIPT_START, _SCRIPT_END = (re.compile(tag, re.IGNORECASE) for tag in (rb"<script[\s>]", rb"</script"))
# An unclosed string is matched once, to the end: a search from each quote in it would take quadratic time.
_STRING = re.compile(rb'"((?:[^"\\]++|\\.)*+)"?', re.DOTALL)
_MEMBER = re.compile(r'"\s*:\s*["{\[]')  # of an object of JSON
_UNSEEN = dict.fromkeys((0xAD, 0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF))
_PARAGRAPH = re.compile(r"</p>|<br ?/?>", re.IGNORECASE)


def complete_text(scan: Scan, markup: bytes, article_body: str | None) -> tuple[str, list[int]]:
    """Return the text and the marks of a scanned page, with the article that the page does not show.

    `article_body` is the article by JSON-LD.
    """
    text, marks = scan.text.decode(), scan.marks.tolist()
    if len(text) < MIN_SHOWN_CHARS:
        if _NOSCRIPT.search(markup):
            unscripted = scan_html(markup, element_tables(is_scripted=False))
            if len(unscripted.text) >= len(scan.text) + MIN_BODY_CHARS:  # more than a request to enable scripts
                text, marks = unscripted.text.decode(), unscripted.marks.tolist()
        if len(article_body or "") < MIN_BODY_CHARS:
            article_body = find_state_body(markup)
    if not article_body or len(article_body) < MIN_BODY_CHARS:
        return text, marks
    lines = [line.strip() for line in _to_plain_text(article_body).splitlines() if line.strip()]
    if not lines or _is_shown(_join_letters("".join(lines)), _join_letters(text)):
        return text, marks
    body_marks = [BODY_LINE & ~_SHARED, *(mark for _ in lines[1:] for mark in (0, BODY_LINE))]
    body = "\n\n".join(lines)
    return (f"{text}\n\n{body}", [*marks, 0, *body_marks]) if text else (body, body_marks)


def find_state_body(markup: bytes) -> str | None:
    """Return the longest text of a string with paragraphs of markup in a page's scripts."""
    texts = (_to_plain_text(state) for state in _list_state_strings(markup))
    longest = max(texts, key=len, default="")
    return longest if len(longest) >= MIN_STATE_CHARS else None


def _list_state_strings(markup: bytes) -> Iterator[str]:
    """Yield the strings of scripts that are markup with paragraphs, also where JSON is a string within JSON."""
    pieces = [(script, MAX_NESTED_STATES) for script in _list_scripts(markup)]
    while pieces:
        piece, depth = pieces.pop()
        for match in _STRING.finditer(piece):
            value = _load_string(match[0]) if len(match[1]) >= MIN_STATE_CHARS else ""
            if not _PARAGRAPH.search(value):
                continue
            if _MEMBER.search(value) and depth:
                pieces.append((value.encode(errors="replace"), depth - 1))
            else:
                yield value


def _list_scripts(markup: bytes) -> Iterator[bytes]:
    """Yield the scripts of a page."""
    end = 0
    while (start := _SCRIPT_START.search(markup, end)) and (close := _SCRIPT_END.search(markup, start.end())):
        end = close.end()
        yield markup[start.end() : close.start()]


def _load_string(quoted: bytes) -> str:
    """Return the string of a JSON token; the empty string for a token of another language."""
    try:
        return str(json.loads(quoted, strict=False))
    except ValueError:
        return ""


def _to_plain_text(text: str) -> str:
    """Return a text without markup, where it has any; some sites escape the markup in the string once or twice more."""
    for escapes in range(3):
        if not (_PARAGRAPH.search(text) or "&lt;" in text if escapes else "<" in text or "&" in text):
            break
        text = scan_html(text.encode(errors="replace"), element_tables()).text.decode()
    return text


def _join_letters(text: str) -> str:
    """Return a text without white space and the signs within words that nobody sees."""
    return "".join(text.translate(_UNSEEN).split())


def _is_shown(body: str, shown: str) -> bool:
    """Report whether at least half of some samples of a text are part of the shown text."""
    starts = range(0, max(len(body) - SAMPLE_CHARS, 1), max(len(body) // SAMPLES, 1))
    return 2 * sum(body[start : start + SAMPLE_CHARS] in shown for start in starts) >= len(starts)
