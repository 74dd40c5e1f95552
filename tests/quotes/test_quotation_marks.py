"""Which stretches stand in marks."""

import pytest

from newsmill.quotes.quotation_marks import find_inner_quotes, find_quoted_spans, split_paragraphs


def _stretches(text: str) -> list[str]:
    spans = split_paragraphs(text)
    return [text[slice(*stretch)] for found in find_quoted_spans(text, spans) for stretch in found]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('He said "no" twice.', ['"no"']),
        ("He said ‘no’ twice.", ["‘no’"]),
        ("He said 'not now, boys' twice.", ["'not now, boys'"]),
        ("``No,'' he said.", ["``No,''"]),
        ("It's the farmers' market of the '70s, rock 'n' roll and all.", []),
        ("The 'best of \"three\" rounds' was won.", ['"three"']),
    ],
    ids=["double", "curled", "single", "typewriter", "apostrophes", "double before single"],
)
def test_marks_pair_as_a_reader_pairs_them(text, found):
    assert _stretches(text) == found


def test_a_speech_of_several_paragraphs_reopens_in_each():
    assert _stretches('"One.\n\n"Two."') == ['"One.', '"Two."']


def test_what_a_speaker_quotes_is_found_within():
    text = "\"He told me 'never again' and left.\""
    assert [text[slice(*span)] for span in find_inner_quotes(text, 1, len(text) - 1)] == ["'never again'"]
