"""The way words came: which outlet heard the speaker, and which one reports it."""

from collections.abc import Sequence

from newsmill.quotes.clauses import AttributionSpans
from newsmill.quotes.noun_phrases import is_adverb, is_noun, read_phrase, read_phrase_back
from newsmill.quotes.speakers import MEDIA_NOUNS, OUTLET_ENDINGS, OUTLETS, REPORTED_TO_ALL, classify, outlet
from newsmill.quotes.speech_tokens import QUOTE, WORD, Span, Token

REPORTING_VERBS = frozenset("report reports reported said says wrote writes quoted quotes revealed reveals".split())
CITING_PARTICIPLES = frozenset("citing quoting".split())
_OUTLET_WORDS = OUTLETS | OUTLET_ENDINGS | MEDIA_NOUNS | REPORTED_TO_ALL


def add_citing_outlet(text: str, sentence: Sequence[Token], found: AttributionSpans) -> AttributionSpans:
    """Add to an attribution the outlet that reports it; where that outlet cites a source, the source has spoken."""
    if found.cue is None or _OUTLET_WORDS.isdisjoint([token.low for token in sentence]):
        return found
    if found.speaker and outlet(text[slice(*found.speaker)]) != "none":
        return _attribute_to_cited_source(text, sentence, found)
    reporter = found.reported_by or _find_citing_outlet(text, sentence, found)
    return found._replace(reported_by=reporter) if reporter else found


def _attribute_to_cited_source(text: str, sentence: Sequence[Token], found: AttributionSpans) -> AttributionSpans:
    """Read whom an outlet cites: Axios reported, citing two officials."""
    for index, token in enumerate(sentence[:-1]):
        if token.low in CITING_PARTICIPLES and token.kind == WORD:
            source = read_phrase(sentence, index + 1)
            if source and classify(text[slice(*source)]).is_anonymous:
                return found._replace(speaker=source, rule="cited", reported_by=found.speaker)
    return found


def _find_citing_outlet(text: str, sentence: Sequence[Token], found: AttributionSpans) -> Span | None:
    """Return the outlet that passes the words on: …, the daily reported; Axios reported that …"""
    for index, token in enumerate(sentence):
        if token.kind != WORD or (token.start, token.end) == found.cue:
            continue
        named = None
        if token.low in REPORTING_VERBS and index and not is_noun(sentence, index):
            named = _read_verb_subject(sentence, index)
        elif token.low == "to" and index and sentence[index - 1].low == "according":
            named = read_phrase(sentence, index + 1)
        if (
            named
            and named not in (found.speaker, found.heard_by)
            and outlet(text[slice(*named)]) != "none"
            and (_opens_sentence(sentence, index) or _closes_sentence(sentence, index, named))
        ):
            return named
    return None


def _read_verb_subject(sentence: Sequence[Token], at: int) -> Span | None:
    index = at - 1
    while index > 0 and (is_adverb(sentence[index]) or sentence[index].low in ("has", "had", "also", "first")):
        index -= 1
    found = read_phrase_back(sentence, index)
    return found and found.span


def _opens_sentence(sentence: Sequence[Token], at: int) -> bool:
    """Tell whether what an outlet reports is all the rest of its sentence."""
    return at < 6 and not any(token.kind == QUOTE for token in sentence[:at])


def _closes_sentence(sentence: Sequence[Token], at: int, named: Span) -> bool:
    """Tell whether an outlet is named where its sentence ends, behind a comma or as whom it is according to."""
    before = next((i for i, token in enumerate(sentence) if token.start >= named[0]), 0) - 1
    if sentence[at].low == "to":
        return True
    rest = [token for token in sentence[at + 1 :] if token.kind == WORD]
    return before >= 0 and (sentence[before].word == "," or sentence[before].kind == QUOTE) and len(rest) <= 4
