"""Quotations are found by their marks alone, in work that grows with the text."""

import time

from newsmill.quotes.marked_words import find_marked_words


def _find(text: str) -> list[tuple[str, str]]:
    return [(text[slice(*span)], quote_type) for span, quote_type in find_marked_words(text, [])]


def test_words_behind_blanks_open_a_paragraph_or_a_sentence_or_neither():
    assert _find('  "ja visst"\n\nRegn.  "ja visst"\n\nHan sa \t "ja visst, i morgon"') == [
        ('"ja visst"', "direct"),
        ('"ja visst"', "direct"),
        ('"ja visst, i morgon"', "mixed"),
    ]


def test_one_line_of_quotations_costs_no_more_than_its_length():
    page = '"vi ska dit nu" ' * 60_000
    started = time.process_time()
    rows = _find(page)
    assert time.process_time() - started < 5
    assert [quote_type for _, quote_type in rows[:3]] == ["direct", "mixed", "mixed"] and len(rows) == 60_000
