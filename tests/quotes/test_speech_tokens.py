"""Tokens of speech are joined tokens of prose, with exact offsets and marked reporting words."""

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from newsmill.quotes.speech_tokens import QUOTE, ParsedText, parse_texts
from newsmill.quotes.word_traits import QUOTE_TRAITS


def _parse(text: str) -> ParsedText:
    (parsed,) = parse_texts(pa.array([text]))
    return parsed


def _words(text: str) -> list[str]:
    parsed = _parse(text)
    return [token.word for token in parsed.build_tokens(0, len(parsed.start))]


def test_what_an_apostrophe_or_a_hyphen_ties_to_a_word_is_one_with_it():
    assert _words("Oslo-based Brandt's men don't mind.") == ["Oslo-based", "Brandt's", "men", "don't", "mind", "."]


def test_a_quotation_is_one_token_with_its_last_point():
    text = 'Brandt said, "Go home," and left.'
    start, end = text.index('"'), text.index('"', 15) + 1
    (quotation,) = (
        token for token in _parse(text).build_tokens_around(0, len(text), [(start, end)]) if token.kind == QUOTE
    )
    assert (quotation.start, quotation.end, quotation.lowered) == (start, end, ",")


def test_a_quotation_is_no_pronoun_whatever_its_last_letter():
    text = 'Brandt wrote "step i" on it.'
    span = (text.index('"'), text.index('"', 15) + 1)
    (quotation,) = (token for token in _parse(text).build_tokens_around(0, len(text), [span]) if token.kind == QUOTE)
    assert quotation.lowered == "i" and quotation.traits == QUOTE_TRAITS


def test_only_a_verb_that_may_report_marks_a_sentence():
    parsed = _parse("The report was long. Brandt said so. Nobody could say why. Oster agreed at once.")
    assert [parsed.text[parsed.start[n] : parsed.end[n]] for n in parsed.reporting_tokens] == ["said"]


def test_the_point_of_an_abbreviation_at_a_sentence_end_is_a_token_of_its_own():
    parsed = _parse("He left Gull Corp. The board said so.")
    assert [token.word for token in parsed.build_tokens(0, len(parsed.start))][2:5] == [
        "Gull",
        "Corp.",
        ".",
    ]


def test_texts_of_a_batch_are_parsed_separately():
    first, second = parse_texts(pa.array(["Brandt said no.", "Oster said yes."]))
    assert first.start[0] == second.start[0] == 0 and first.list_cue_starts() == [7] and second.list_cue_starts() == [6]


@given(st.text(alphabet="abc ABC.,'’\"“”-İß\n", max_size=60))
def test_every_token_is_what_the_text_says_there(text):
    parsed = _parse(text)
    for token in parsed.build_tokens(0, len(parsed.start)):
        assert token.word == text[token.start : token.end]
        assert len(token.lowered) == len(token.word)
