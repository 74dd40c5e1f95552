"""Finds secondary sources: the outlet reporting words, and the source cited by an outlet."""

from collections.abc import Sequence
from operator import attrgetter

from newsmill.quotes.clauses import AttributionSpans
from newsmill.quotes.cue_words import CITING_PARTICIPLES, OUTLET_VERB_FORMS
from newsmill.quotes.noun_phrases import is_adverb, is_noun, read_phrase, read_phrase_back
from newsmill.quotes.speakers import MEDIA_IN_GENERAL, MEDIA_NOUNS, OUTLET_ENDINGS, OUTLETS, classify, find_outlet
from newsmill.quotes.speech_tokens import QUOTE, WORD, Span, Token

OPENING_TOKENS, MAX_CLOSING_WORDS = 6, 4
"""A verb within the first 6 tokens opens a sentence; an outlet with at most 4 words behind the verb closes a sentence.

Twice would give an outlet in the middle of a sentence the words around it. Set by hand, not measured.
"""
_read_lowered = attrgetter("lowered")
_OUTLET_WORDS = OUTLETS | OUTLET_ENDINGS | MEDIA_NOUNS | MEDIA_IN_GENERAL


def add_citing_outlet(text: str, sentence: Sequence[Token], attribution: AttributionSpans) -> AttributionSpans:
    """Add to an attribution the outlet reporting the words.

    Where the speaker is an outlet citing a source, the source becomes the speaker and the outlet the citing outlet.
    """
    if attribution.cue is None or _OUTLET_WORDS.isdisjoint(map(_read_lowered, sentence)):
        return attribution
    if attribution.speaker and find_outlet(text[slice(*attribution.speaker)]) != "none":
        return _attribute_to_cited_source(text, sentence, attribution)
    citing_outlet = attribution.citing_outlet or _find_citing_outlet(text, sentence, attribution)
    return attribution._replace(citing_outlet=citing_outlet) if citing_outlet else attribution


def _attribute_to_cited_source(text: str, sentence: Sequence[Token], attribution: AttributionSpans) -> AttributionSpans:
    """Replace an outlet by the cited anonymous source: Axios reported, citing two officials."""
    for i, token in enumerate(sentence[:-1]):
        if token.lowered in CITING_PARTICIPLES and token.kind == WORD:
            source = read_phrase(sentence, i + 1)
            if source and classify(text[slice(*source)]).is_anonymous:
                return attribution._replace(speaker=source, rule="cited", citing_outlet=attribution.speaker)
    return attribution


def _find_citing_outlet(text: str, sentence: Sequence[Token], attribution: AttributionSpans) -> Span | None:
    """Return the span of the outlet reporting the words: …, the daily reported; Axios reported that …"""
    for i, token in enumerate(sentence):
        if token.kind != WORD or (token.start, token.end) == attribution.cue:
            continue
        outlet_span = None
        if token.lowered in OUTLET_VERB_FORMS and i and not is_noun(sentence, i):
            outlet_span = _read_verb_subject(sentence, i)
        elif token.lowered == "to" and i and sentence[i - 1].lowered == "according":
            outlet_span = read_phrase(sentence, i + 1)
        if (
            outlet_span
            and outlet_span not in (attribution.speaker, attribution.interviewing_outlet)
            and find_outlet(text[slice(*outlet_span)]) != "none"
            and (_opens_sentence(sentence, i) or _closes_sentence(sentence, i, outlet_span))
        ):
            return outlet_span
    return None


def _read_verb_subject(sentence: Sequence[Token], verb_index: int) -> Span | None:
    """Return the noun phrase in front of a verb and adverbs."""
    i = verb_index - 1
    while i > 0 and (is_adverb(sentence[i]) or sentence[i].lowered in ("has", "had", "also", "first")):
        i -= 1
    phrase = read_phrase_back(sentence, i)
    return phrase and phrase.span


def _opens_sentence(sentence: Sequence[Token], verb_index: int) -> bool:
    """Return whether the reporting verb opens the sentence, so that all the rest is the report."""
    return verb_index < OPENING_TOKENS and not any(token.kind == QUOTE for token in sentence[:verb_index])


def _closes_sentence(sentence: Sequence[Token], verb_index: int, outlet_span: Span) -> bool:
    """Return whether the outlet closes the sentence: behind a comma, or behind "according to"."""
    i_before = next((i for i, token in enumerate(sentence) if token.start >= outlet_span[0]), 0) - 1
    if sentence[verb_index].lowered == "to":
        return True
    rest = [token for token in sentence[verb_index + 1 :] if token.kind == WORD]
    return (
        i_before >= 0
        and (sentence[i_before].word == "," or sentence[i_before].kind == QUOTE)
        and len(rest) <= MAX_CLOSING_WORDS
    )
