"""The words that speech is read by: those of prose, joined again, and the sentences in which something may be told."""

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from newsmill.quotes.speech_tokens import QUOTE, ParsedText, parse_texts


def _heard(text: str) -> ParsedText:
    (heard,) = parse_texts(pa.array([text]))
    return heard


def _words(text: str) -> list[str]:
    heard = _heard(text)
    return [token.word for token in heard.build_tokens(heard.first_token, heard.end_token)]


def test_what_an_apostrophe_or_a_hyphen_ties_to_a_word_is_one_with_it():
    assert _words("Oslo-based Brandt's men don't mind.") == ["Oslo-based", "Brandt's", "men", "don't", "mind", "."]


def test_a_quoted_piece_is_one_token_that_tells_its_last_point():
    text = 'Brandt said, "Go home," and left.'
    start, end = text.index('"'), text.index('"', 15) + 1
    (piece,) = (token for token in _heard(text).build_tokens_around(0, len(text), [(start, end)]) if token.kind == QUOTE)
    assert (piece.start, piece.end, piece.lowered) == (start, end, ",")


def test_only_a_verb_that_may_report_marks_a_sentence():
    heard = _heard("The report was long. Brandt said so. Nobody could say why. Oster agreed at once.")
    assert [heard.text[heard.start[n] : heard.end[n]] for n in heard.reporting_tokens] == ["said"]


def test_the_point_of_an_abbreviation_that_ends_its_sentence_stands_apart():
    heard = _heard("He left Gull Corp. The board said so.")
    assert [token.word for token in heard.build_tokens(heard.first_token, heard.end_token)][2:5] == ["Gull", "Corp.", "."]


def test_texts_of_a_batch_are_heard_apart():
    first, second = parse_texts(pa.array(["Brandt said no.", "Oster said yes."]))
    assert first.start[second.first_token] == 0 and first.list_cue_starts() == [7] and second.list_cue_starts() == [6]


@given(st.text(alphabet="abc ABC.,'’\"“”-İß\n", max_size=60))
def test_every_token_is_what_the_text_says_there(text):
    heard = _heard(text)
    assert len(heard.lowered) == len(text)
    for token in heard.build_tokens(heard.first_token, heard.end_token):
        assert token.word == text[token.start : token.end]
