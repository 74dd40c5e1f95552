"""Quotation marks are paired as a reader pairs them."""

import pytest

from newsmill.quotes.quotation_marks import find_inner_quotes, find_quoted_spans, split_paragraphs


def _quoted_texts(text: str) -> list[str]:
    paragraphs = split_paragraphs(text)
    return [text[slice(*span)] for spans in find_quoted_spans(text, paragraphs) for span in spans]


@pytest.mark.parametrize(
    ("text", "quoted"),
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
def test_marks_pair_as_a_reader_pairs_them(text, quoted):
    assert _quoted_texts(text) == quoted


def test_a_speech_of_several_paragraphs_reopens_in_each():
    assert _quoted_texts('"One.\n\n"Two."') == ['"One.', '"Two."']


def test_doubled_single_marks_are_double_marks():
    assert _quoted_texts("‘‘The dam holds,’’ she said.") == ["‘‘The dam holds,’’"]


def test_paragraphs_of_a_speech_in_one_line_are_apart():
    text = 'He said: "The dam holds for now. "We will watch it. "Nobody sleeps." Rain fell.'
    assert _quoted_texts(text) == ['"The dam holds for now.', '"We will watch it.', '"Nobody sleeps."']


def test_a_missing_mark_costs_no_quotation():
    assert _quoted_texts("The dam holds for now,” she said.") == ["The dam holds for now,”"]
    assert _quoted_texts("“The dam holds for now.\n\nRain fell.") == ["“The dam holds for now."]


def test_a_closing_mark_opens_where_a_space_is_missing():
    assert _quoted_texts("According to Holm,”the dam holds for now.”") == ["”the dam holds for now.”"]
    assert _quoted_texts("The dam holds for now,”she said.") == ["The dam holds for now,”"]


def test_single_marks_reopen_in_each_paragraph():
    assert _quoted_texts("‘The dam holds.\n\n‘We watch it.’") == ["‘The dam holds.", "‘We watch it.’"]


def test_quotations_within_a_quotation_are_listed():
    text = "\"He told me 'never again' and left.\""
    assert [text[slice(*span)] for span in find_inner_quotes(text, 1, len(text) - 1)] == ["'never again'"]
