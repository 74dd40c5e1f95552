"""Reads the clause with the attribution of a quotation: the cue and the speaker.

Every `…_index` is the index of a token in a sentence.
"""

from collections.abc import Sequence
from typing import NamedTuple

from newsmill.quotes.cue_words import (
    ADDRESSING_VERBS,
    AUXILIARIES,
    BE,
    CUE_NOUNS,
    INTERVIEW_WORDS,
    ISSUING_VERBS,
    PHRASAL,
    PRONOUNS,
    SAYING,
    SHY_VERBS,
    VERBS,
)
from newsmill.quotes.noun_phrases import (
    Phrase,
    find_main_subject,
    find_subject,
    is_adverb,
    is_noun,
    read_phrase,
    read_phrase_back,
    read_subject,
)
from newsmill.quotes.speakers import DETERMINERS
from newsmill.quotes.speech_tokens import POINT, QUOTE, WORD, Span, Token
from newsmill.quotes.word_traits import STARTERS

CUE_DISTANCE_TOKENS, FOLLOWING_TOKENS, WINDOW_TOKENS = 45, 30, 70
"""Tokens searched for a cue in front of a quotation, tokens read behind it, and tokens kept on either side.

The bounds keep the cost of a sentence linear. Set by hand while reading polnear_train; half or twice is not measured.
"""
ENDING_TOKENS, CLOSING_TOKENS, SUBJECT_TOKENS, ADJACENT_TOKENS = 12, 16, 12, 8
"""Reach in tokens of the narrower searches, set the same way.

The bounds hold for the attribution behind a closing mark, the clause at the end of a sentence, the subject in front
of a modal, and the words between a cue and adjacent quoted words.
"""
INTERVIEW_TOKENS, QUOTED_TOKENS, AGENT_TOKENS, POSSESSOR_TOKENS, OBJECT_TOKENS = 10, 14, 12, 5, 4
"""Reach in tokens from a cue to one word: "interview" or "speaking", "quoted", "by", a possessor, and a cue noun."""
CLAUSE_ENDS = frozenset((",", ".", "?", "!", "…", "—", "–", "-"))
ADJACENT_RULES = frozenset(("speaker_cue_quote", "according_to"))
DO_AND_MODALS = AUXILIARIES - BE - {"has", "have", "had"}
CUE_FORMS = CUE_NOUNS | {"to", *VERBS, *PHRASAL}
FINITE_FORMS = DO_AND_MODALS | {*SAYING, *PHRASAL}


class AttributionSpans(NamedTuple):
    """The cue and the speaker of a quotation, as spans; `rule` names the matching pattern.

    `interviewing_outlet`: the listener of the speaker. `citing_outlet`: the outlet reporting the words.
    """

    cue: Span | None
    speaker: Span | None
    rule: str
    interviewing_outlet: Span | None = None
    citing_outlet: Span | None = None


UNATTRIBUTED = AttributionSpans(None, None, "uncued")


def split_sentences(tokens: list[Token]) -> list[list[Token]]:
    """Split the tokens of a paragraph into sentences."""
    sentences, start = [], 0
    for i, token in enumerate(tokens):
        if token.kind != WORD and _ends_sentence(tokens, i):
            sentences.append(tokens[start : i + 1])
            start = i + 1
    return [*sentences, tokens[start:]] if start < len(tokens) else sentences


def attribute_quotation(sentence: Sequence[Token], quote_index: int) -> AttributionSpans | None:
    """Find the attribution of the quotation at `quote_index`, or return None.

    An attribution in front wins only if adjacent and not weak. Otherwise the order is: the words
    behind, the other words in front, the end of the sentence.
    """
    start = max(quote_index - WINDOW_TOKENS, 0)
    sentence, quote_index = sentence[start : quote_index + WINDOW_TOKENS], quote_index - start
    before = _read_attribution_before(sentence, quote_index)
    after = _read_attribution_after(sentence, quote_index)
    if before and before.rule in ADJACENT_RULES and before.cue and before.speaker:
        return after if after and after.speaker and _is_weak_cue(sentence, quote_index, before.cue) else before
    return after or before or _read_closing_attribution(sentence, quote_index)


def _is_weak_cue(sentence: Sequence[Token], quote_index: int, cue: Span) -> bool:
    """Return whether an attribution in front gives way to an attribution behind.

    The verb is then no verb of saying, or a verb too common in other senses.
    """
    verb = next((token for token in sentence[:quote_index] if token.start == cue[0]), None)
    return (
        verb is not None and verb.lowered != "according" and (verb.lowered not in SAYING or verb.lowered in SHY_VERBS)
    )


def attribute_next_paragraph(sentence: Sequence[Token]) -> AttributionSpans | None:
    """Find the attribution in a sentence ending in a colon, for the quotation in the next paragraph."""
    return _read_attribution_before(sentence[-WINDOW_TOKENS:], len(sentence[-WINDOW_TOKENS:]))


def _ends_sentence(tokens: list[Token], i: int) -> bool:
    token = tokens[i]
    next_token = tokens[i + 1] if i + 1 < len(tokens) else None
    if next_token is None:
        return True
    if token.kind == POINT:
        return (
            token.word[0] in ".!?…"
            and next_token.start > token.end
            and (next_token.kind == QUOTE or next_token.word[0].isupper() or next_token.word[0].isdigit())
        )
    if token.kind != QUOTE:
        return False
    last_char = token.lowered
    if last_char not in ".!?…" or next_token.kind == POINT:
        return False
    if next_token.kind == QUOTE:
        return True
    if not next_token.word[0].isupper():
        return False
    attribution = _read_attribution_after(tokens, i, limit=ENDING_TOKENS)
    return attribution is None or (last_char == "." and not _closes_clause(tokens, i, attribution))


def _closes_clause(tokens: list[Token], i: int, attribution: AttributionSpans) -> bool:
    """Return whether an attribution behind a full stop closes a clause and does not open a new sentence."""
    end = max(span[1] for span in (attribution.cue, attribution.speaker) if span)
    rest = [t for t in tokens[i + 1 : i + CLOSING_TOKENS] if t.start >= end][:2]
    announces = len(rest) == 2 and rest[0].word in (",", ":") and rest[1].kind == QUOTE
    return not rest or (rest[0].kind != WORD and rest[0].word != ":" and not announces)


def _read_attribution_after(
    sentence: Sequence[Token], quote_index: int, limit: int = FOLLOWING_TOKENS
) -> AttributionSpans | None:
    """Read the attribution behind a quotation: "…," X said; "…," said X; "…," according to X."""
    start = quote_index + 1
    while start < len(sentence) and sentence[start].word in (",", "—", "–", "-", "...", "…"):
        start += 1
    tokens = _take_until_quote(sentence, start, limit)
    if tokens and tokens[0].lowered == "as":
        tokens = tokens[1:]
    has_comma = start > quote_index + 1 or sentence[quote_index].lowered in CLAUSE_ENDS
    if not has_comma and tokens and tokens[0].lowered not in ("according", "per"):
        # Without a comma the words behind quoted words are the speaker only if the quoted words cannot qualify them.
        opening = tokens[0]
        speaks = opening.lowered in PRONOUNS or opening.lowered in DETERMINERS or SAYING.get(opening.lowered) == "past"
        if not speaks and not opening.word[0].isupper():
            return None
    return _read_clause(tokens, is_adjacent=True)


def _take_until_quote(sentence: Sequence[Token], start: int, limit: int) -> list[Token]:
    tokens: list[Token] = []
    for i in range(start, min(start + limit, len(sentence))):
        token = sentence[i]
        if token.kind == QUOTE or token.word in (";", ":", "!", "?"):
            break
        if token.word == ".":
            if i + 1 < len(sentence) and sentence[i + 1].word == ")":
                continue  # Ann Hale (D-Ore.) said
            break
        tokens.append(token)
    return tokens


def _read_clause(tokens: list[Token], is_adjacent: bool) -> AttributionSpans | None:
    if not tokens or tokens[0].kind != WORD:
        return None
    opening = tokens[0]
    if opening.lowered in ("according", "per") and len(tokens) > 1:
        phrase_index = 2 if tokens[1].lowered == "to" else 1
        speaker = read_phrase(tokens, phrase_index)
        cue = (opening.start, tokens[phrase_index - 1].end)
        return AttributionSpans(cue, speaker, "according_to") if speaker else None
    if opening.lowered in STARTERS:
        return None
    return _read_verb_first(tokens) or _read_subject_first(tokens, is_adjacent)


def _read_verb_first(tokens: list[Token]) -> AttributionSpans | None:
    i = 0
    while i < len(tokens) - 1 and is_adverb(tokens[i]):
        i += 1
    verb = tokens[i]
    if SAYING.get(verb.lowered) not in ("past", "s") or not verb.word[0].islower() or i + 1 >= len(tokens):
        return None
    speaker = read_phrase(tokens, i + 1)
    return AttributionSpans((verb.start, verb.end), speaker, "cue_speaker") if speaker else None


def _read_subject_first(tokens: list[Token], is_adjacent: bool) -> AttributionSpans | None:
    for i in range(1, len(tokens)):
        token = tokens[i]
        if token.lowered not in FINITE_FORMS:
            continue
        kind = "past" if _has_particle(tokens, i) else SAYING.get(token.lowered)
        is_finite = kind in ("past", "s", "base") and tokens[i - 1].lowered not in ("who", "to", "which", "that")
        if is_finite and (i == len(tokens) - 1 or not is_noun(tokens, i)):  # …," the editorial read
            speaker = read_subject(tokens[:i])
            if speaker is None:
                return None
            rule = "speaker_cue" if is_adjacent else "clause_end"
            return AttributionSpans((token.start, token.end), speaker.span, rule, find_listener(tokens, i))
        if i > SUBJECT_TOKENS and token.lowered in DO_AND_MODALS and tokens[0].kind == WORD:
            return None
    return None


def _has_particle(tokens: Sequence[Token], verb_index: int) -> bool:
    """Return whether a verb of speech is complete with its particle: put it, fired back, chimed in."""
    particles = PHRASAL.get(tokens[verb_index].lowered)
    return particles is not None and verb_index + 1 < len(tokens) and tokens[verb_index + 1].lowered in particles


def find_listener(tokens: Sequence[Token], verb_index: int) -> Span | None:
    """Return the span of the listener or interviewer of the speaker, if named."""
    if tokens[verb_index].lowered in ADDRESSING_VERBS:
        return read_phrase(tokens, verb_index + 1)
    for i, token in enumerate(tokens[verb_index + 1 : verb_index + INTERVIEW_TOKENS], verb_index + 2):
        if token.lowered in INTERVIEW_WORDS and i < len(tokens) and tokens[i].lowered in ("with", "to"):
            return read_phrase(tokens, i + 1)
    return None


def _read_closing_attribution(sentence: Sequence[Token], quote_index: int) -> AttributionSpans | None:
    """Read the attribution at the end of a sentence around quoted words: The "deal" is off, X said."""
    for i in range(quote_index + 1, min(quote_index + CUE_DISTANCE_TOKENS, len(sentence))):
        if sentence[i].word in (",", "—", "–"):
            attribution = _read_clause(_take_until_quote(sentence, i + 1, CLOSING_TOKENS), is_adjacent=False)
            if attribution and attribution.speaker:
                return attribution
        elif sentence[i].lowered == "according" and i + 1 < len(sentence) and sentence[i + 1].lowered == "to":
            return _read_clause(_take_until_quote(sentence, i, CLOSING_TOKENS), is_adjacent=False)
    return None


def _read_attribution_before(sentence: Sequence[Token], quote_index: int) -> AttributionSpans | None:
    """Read the attribution in front of a quotation: the nearest cue to the left, and the subject."""
    fallback = None
    for i in range(quote_index - 1, max(quote_index - CUE_DISTANCE_TOKENS, -1), -1):
        token = sentence[i]
        if token.lowered not in CUE_FORMS or token.kind != WORD:
            continue
        is_near = _is_adjacent(sentence, i, quote_index)
        if token.lowered == "to" and i and sentence[i - 1].lowered == "according":
            speaker = read_phrase(sentence, i + 1)
            if speaker and speaker[1] <= (sentence[quote_index].start if quote_index < len(sentence) else speaker[1]):
                return AttributionSpans((sentence[i - 1].start, token.end), speaker, "according_to")
        elif token.lowered in CUE_NOUNS and (possessor := _find_possessor(sentence, i)):
            attribution = AttributionSpans((token.start, token.end), possessor.span, "possessor")
            between = [t.lowered for t in sentence[i + 1 : quote_index]]
            if between in ([], ["that"], [":"], [","], ["was"], ["is"], ["was", "that"], ["is", "that"]):
                return attribution
            fallback = fallback or attribution
        elif _has_particle(sentence, i):
            return _attach_subject(sentence, i, is_near)
        elif token.lowered in VERBS and not is_noun(sentence, i) and (is_near or token.lowered not in SHY_VERBS):
            attribution = _attach_subject(sentence, i, is_near)
            if token.lowered in ISSUING_VERBS:
                attribution = _extend_cue_to_noun(attribution, sentence[i + 1 : quote_index])
            return attribution
        elif token.lowered in CUE_NOUNS and fallback is None:
            subject = find_main_subject(sentence[:i])
            fallback = subject and AttributionSpans((token.start, token.end), subject, "cue_noun")
    return fallback or _read_name_and_colon(sentence, quote_index)


def _extend_cue_to_noun(attribution: AttributionSpans, following: Sequence[Token]) -> AttributionSpans:
    """Extend the cue of an issuing verb to the noun behind: "issued a warning"."""
    noun = next((token for token in following[:OBJECT_TOKENS] if token.lowered in CUE_NOUNS), None)
    return attribution._replace(cue=(attribution.cue[0], noun.end)) if noun and attribution.cue else attribution


def _is_adjacent(sentence: Sequence[Token], cue_index: int, quote_index: int) -> bool:
    between = sentence[cue_index + 1 : quote_index]
    return len(between) <= 1 or (len(between) <= ADJACENT_TOKENS and between[-1].lowered in (",", ":", "that", "as"))


def _find_possessor(sentence: Sequence[Token], noun_index: int) -> Phrase | None:
    """Return the owner of a statement: his …, X's …"""
    for i in range(noun_index - 1, max(noun_index - POSSESSOR_TOKENS, -1), -1):
        token = sentence[i]
        if token.lowered in ("his", "her", "their"):
            return Phrase((token.start, token.end), "pronoun")
        if token.lowered.endswith("'s") and token.lowered not in ("it's", "that's", "he's", "she's"):
            phrase = read_phrase_back(sentence, i)
            return phrase and Phrase((phrase.span[0], phrase.span[1] - 2), "plain")
        if token.kind != WORD:
            return None
    return None


def _read_name_and_colon(sentence: Sequence[Token], quote_index: int) -> AttributionSpans | None:
    """Read a name and a colon in front of a quotation."""
    if quote_index < 2 or sentence[quote_index - 1].word != ":":
        return None
    speaker, colon = find_main_subject(sentence[: quote_index - 1]), sentence[quote_index - 1]
    if speaker is None:
        return None
    is_name_alone = speaker[1] == sentence[quote_index - 2].end
    return AttributionSpans((colon.start, colon.end), speaker, "colon" if is_name_alone else "loose_colon")


def _attach_subject(sentence: Sequence[Token], verb_index: int, is_near: bool) -> AttributionSpans:
    verb = sentence[verb_index]
    if verb.lowered == "saying" and verb_index > 1 and sentence[verb_index - 1].lowered == "as":
        reach = range(verb_index - 2, max(verb_index - QUOTED_TOKENS, -1), -1)
        quoted_index = _find_word(sentence, "quoted", reach)
        if quoted_index is not None:
            return _read_quoted_as_saying(sentence, quoted_index, verb_index)
    if verb_index == 0:
        speaker = read_phrase(sentence, 1)
        return AttributionSpans((verb.start, verb.end), speaker, "cue_speaker_quote")
    subject, is_passive = find_subject(sentence, verb_index)
    rule = "speaker_cue_quote" if is_near else "reported_clause"
    is_agent_next = verb_index + 1 < len(sentence) and sentence[verb_index + 1].lowered == "by"
    if is_passive or (is_agent_next and VERBS.get(verb.lowered) == "past"):  # a plan described by X as
        reach = range(verb_index + 1, min(verb_index + AGENT_TOKENS, len(sentence)))
        agent_index = _find_word(sentence, "by", reach)
        speaker = read_phrase(sentence, agent_index + 1) if agent_index else None
        return AttributionSpans((verb.start, verb.end), speaker, "passive")
    if subject is None:
        return AttributionSpans((verb.start, verb.end), None, rule)
    if VERBS.get(verb.lowered) == "ing":
        rule = "participle"
    return AttributionSpans((verb.start, verb.end), subject.span, rule, find_listener(sentence, verb_index))


def _find_word(sentence: Sequence[Token], word: str, reach: range) -> int | None:
    """Return the first index with a word, in the order of `reach`, or None."""
    return next((i for i in reach if sentence[i].lowered == word), None)


def _read_quoted_as_saying(sentence: Sequence[Token], quoted_index: int, verb_index: int) -> AttributionSpans:
    cue = (sentence[quoted_index].start, sentence[verb_index].end)
    if sentence[quoted_index - 1].lowered in BE:
        subject, _ = find_subject(sentence, quoted_index - 1)
        return AttributionSpans(cue, subject and subject.span, "quoted_as_saying")
    speaker = read_phrase(sentence, quoted_index + 1)
    outlet = find_subject(sentence, quoted_index)[0]
    return AttributionSpans(
        (sentence[verb_index].start, sentence[verb_index].end),
        speaker,
        "quoted_as_saying",
        citing_outlet=outlet and outlet.span,
    )
