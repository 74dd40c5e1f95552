"""Token classes of a text, compared with a plain regular expression."""

import re
from itertools import pairwise

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from newsmill.dates import date_words, grammar
from newsmill.dates.token_classes import PAST, RESULT, STOP, SYMBOL, classify_tokens

LETTER = "A-Za-z\u00c0-\u024f"
TOKEN = re.compile(
    rf"(?:[oO][’'][cC][lL][oO][cC][kK]\b|[{LETTER}]+(?:\.[mM]\b\.?)?|[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}(?![0-9])"
    r"|[0-9]{1,2}/[0-9]{1,2}/(?:[0-9]{4}|[0-9]{2})(?![0-9])|[0-9]+(?:[.,:][0-9]+)*(?:(?:st|nd|rd|th|s)(?![^\W_]))?"
    r"|[’'](?:[0-9]0s|[0-9]{2}(?!\w)|[sS]\b)|.)",
    re.DOTALL,
)
BLANKS = re.compile("[ \t\xa0]*")
NAMES = {symbol: name for name, symbol in SYMBOL.items()}

pieces = st.sampled_from(
    "last week 1990s ’90s '68 10:30 3rd 1,200 2026-11-22 11/22/2026 1/2/199 Friday's p.m. A.M. a.m o'clock O’CLOCK "
    "Sept. é -- — \n \t \xa0 £ 30 12345 0 00 007 2026-1-2 'tis 1st. 21stly 5s 1:2:3:4 _ 5_ two-year-old 😀 日 ٣ "
    "May".split(" ")
)
texts = st.lists(st.one_of(pieces, st.text(max_size=3)), max_size=12).flatmap(
    lambda parts: st.sampled_from(["", " ", "  "]).map(lambda blank: blank.join(parts))
)


def plain_spans(text: str, seams: list[int]) -> list[tuple[int, int]]:
    """Return the spans of tokens, an empty one for each seam."""
    spans = []
    for k, (i, end) in enumerate(pairwise([0, *seams, len(text)])):
        spans += [(i, i)] if k else []
        while i < end:
            token = TOKEN.match(text, i, end)
            spans.append(token.span())
            i = BLANKS.match(text, token.end(), end).end()
    return spans


def classify(text: str, seams: list[int] = ()):
    (tokens,) = classify_tokens(pa.array([text]), [seams])
    return tokens


def named_classes(text: str) -> list[tuple[str, str]]:
    tokens = classify(text)
    return [(tokens.word(i), NAMES[symbol]) for i, symbol in enumerate(tokens.classes)]


@given(texts, st.data())
def test_tokens_have_the_spans_of_a_plain_regular_expression(text, data):
    seams = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=3)))
    tokens = classify(text, seams)
    assert list(zip(tokens.starts, tokens.ends, strict=True)) == plain_spans(text, seams)
    assert len(tokens.classes) == len(tokens.tenses) == len(tokens.starts)


@given(st.lists(texts, max_size=4))
def test_a_batch_reads_as_each_of_its_texts_alone(batch):
    assert [*classify_tokens(pa.array(batch, pa.string()), [[]] * len(batch))] == [classify(text) for text in batch]


def test_every_listed_word_has_its_class_in_each_way_to_write_it():
    for name, words in date_words.CLASSES.items():
        for word in words:
            for form in (word, word.capitalize(), word.upper(), f"{word}\xa0 "):
                assert SYMBOL[name] in classify(form).classes[:1], form
    for name, words in date_words.CAPITALISED_CLASSES.items():
        assert all(classify(word).classes == SYMBOL[name] for word in words)
        assert all(classify(word.lower()).classes != SYMBOL[name] for word in words)


def test_numbers_are_classified_by_their_form():
    tokens = named_classes("31 32 1999 1,200 3.5 10:30 1990s ’90s '68 3rd 44th 2026-11-22 1/2/99 25:99 0")
    assert [name for _, name in tokens] == [
        "DOM", "NUM", "YEAR", "AMOUNT", "AMOUNT", "CLOCKED", "DECADES", "SHORT_DECADES", "SHORT_YEAR", "NTH", "RANKED",
        "ISO", "SLASHED", "NONE", "NONE",
    ]  # fmt: skip


def test_a_seam_breaks_as_a_line_does():
    tokens = classify("last week", [5])
    assert tokens.classes == SYMBOL["LAST"] + SYMBOL["BREAK"] + SYMBOL["UNIT"]
    assert not [*grammar.find_expressions(classify("next year", [5]))][1:]


def test_verbs_mark_the_tense_in_any_case():
    tokens = classify("It Closed. United profits")
    assert tokens.tenses == f"-{PAST}{STOP}-{RESULT}"


def test_no_expression_is_made_of_fillers_alone():
    fillers = "".join(SYMBOL[name] for name in grammar.FILLERS)
    assert grammar.rules_made_of(fillers) == []
    assert "ago" in grammar.rules_made_of(fillers + SYMBOL["UNIT"] + SYMBOL["AGO"])


def test_a_clock_is_read_with_its_word():
    tokens = classify("at 10 o’clock on Friday")
    (expression, *_) = grammar.find_expressions(tokens)
    assert tokens.text[tokens.starts[expression.start] : tokens.ends[expression.end - 1]] == "10 o’clock on Friday"
