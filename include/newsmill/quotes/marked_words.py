"""Finds quotations by their marks alone, in languages without known verbs of speech: no speakers, no statements."""

import re
from collections.abc import Iterator, Sequence

from newsmill.quotes.quotation_marks import split_paragraphs
from newsmill.quotes.speech_tokens import Span

MIN_WORDS = 4
"""Words of the shortest quotation within a sentence, as for unattributed speech in English: fewer are mostly titles."""
MIN_OPENING_WORDS = 2
"""Words of the shortest quotation that opens a paragraph. Set by hand, not measured."""
# “…” and „…“ and „…” and ”…” and «…» and »…« and "…"
_MARKED = re.compile('[„“][^„“”]*[“”]|”[^„“”]*”|«[^«»]*»|»[^«»]*«|"[^"]*"')
# —Words —said somebody—. More words.
_DASHED = re.compile(r"[—–]\s?(?=[¿¡«\w])[^—–\n]*[^\s—–]")
_SENTENCE_ENDS = frozenset(".!?…:")
_WORD = re.compile(r"\w+")


def find_marked_words(text: str, seams: Sequence[int]) -> Iterator[tuple[Span, str]]:
    """Yield the span and the type of each quotation.

    A quotation is direct if it opens a sentence or follows a colon, and if it is a sentence of its own that
    begins with a capital; else it is mixed.
    """
    for start, end in split_paragraphs(text, seams):
        dashed = _DASHED.match(text, start, end)
        if dashed and len(_WORD.findall(dashed[0])) >= MIN_OPENING_WORDS:
            yield dashed.span(), "direct"
        for marked in _MARKED.finditer(text, dashed.end() if dashed else start, end):
            words = _WORD.findall(marked[0])
            before = marked.start()
            while before > start and text[before - 1].isspace():
                before -= 1
            opens = before == start or text[before - 1] in _SENTENCE_ENDS
            if len(words) >= (MIN_OPENING_WORDS if opens else MIN_WORDS):
                yield marked.span(), "direct" if opens or words[0][0].isupper() else "mixed"
