"""The clause that ascribes a quoted piece: the cue in its sentence, and who speaks by it."""

from collections.abc import Sequence
from typing import NamedTuple

from newsmill.quotes.cue_words import (
    AUXILIARIES,
    BE,
    CUE_NOUNS,
    ISSUING,
    PHRASAL,
    PRONOUNS,
    SAYING,
    SHY,
    SPOKEN_TO,
    VERBS,
)
from newsmill.quotes.noun_phrases import (
    STARTERS,
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

CUE_DISTANCE_TOKENS, FOLLOWING_TOKENS, WINDOW_TOKENS = 45, 30, 70
CLAUSE_ENDS = frozenset((",", ".", "?", "!", "…", "—", "–", "-"))
ADJACENT_RULES = frozenset(("speaker_cue_quote", "according_to"))
DO_AND_MODALS = AUXILIARIES - BE - {"has", "have", "had"}
CUE_FORMS = CUE_NOUNS | {"to", *VERBS, *PHRASAL}
FINITE_FORMS = DO_AND_MODALS | {*SAYING, *PHRASAL}


class AttributionSpans(NamedTuple):
    """The cue and the speaker of a piece, as spans; `rule` names the pattern that fired.

    `heard_by`: to whom the words were told; `reported_by`: the outlet that passes them on.
    """

    cue: Span | None
    speaker: Span | None
    rule: str
    heard_by: Span | None = None
    reported_by: Span | None = None


UNATTRIBUTED = AttributionSpans(None, None, "uncued")


def split_sentences(tokens: list[Token]) -> list[list[Token]]:
    """Cut the tokens of a paragraph into sentences."""
    found, begin = [], 0
    for index, token in enumerate(tokens):
        if token.kind != WORD and _ends_sentence(tokens, index):
            found.append(tokens[begin : index + 1])
            begin = index + 1
    return [*found, tokens[begin:]] if begin < len(tokens) else found


def attribute_quotation(sentence: Sequence[Token], at: int) -> AttributionSpans | None:
    """Find who says the piece at sentence[at]: what touches it first, then what reaches it."""
    window = max(at - WINDOW_TOKENS, 0)
    sentence, at = sentence[window : at + WINDOW_TOKENS], at - window
    left = _read_attribution_before(sentence, at)
    right = _read_attribution_after(sentence, at)
    if left and left.rule in ADJACENT_RULES and left.speaker:
        return right if right and right.speaker and _is_weak_attribution(sentence, at, left) else left
    return right or left or _read_closing_attribution(sentence, at)


def _is_weak_attribution(sentence: Sequence[Token], at: int, found: AttributionSpans) -> bool:
    """Tell an attribution in front that must give way to one behind: its verb does not say, or stands some way off."""
    cue = next((token for token in sentence[:at] if token.start == found.cue[0]), None)
    return cue is not None and cue.low != "according" and (cue.low not in SAYING or cue.low in SHY)


def attribute_next_paragraph(sentence: Sequence[Token]) -> AttributionSpans | None:
    """Find who is announced by a sentence that ends in a colon, for the quotation in the next paragraph."""
    return _read_attribution_before(sentence[-WINDOW_TOKENS:], len(sentence[-WINDOW_TOKENS:]))


def _ends_sentence(tokens: list[Token], index: int) -> bool:
    token = tokens[index]
    following = tokens[index + 1] if index + 1 < len(tokens) else None
    if following is None:
        return True
    if token.kind == POINT:
        return (
            token.word[0] in ".!?…"
            and following.start > token.end
            and (following.kind == QUOTE or following.word[0].isupper() or following.word[0].isdigit())
        )
    if token.kind != QUOTE:
        return False
    last = token.low
    if last not in ".!?…" or following.kind == POINT:
        return False
    if following.kind == QUOTE:
        return True
    if not following.word[0].isupper():
        return False
    found = _read_attribution_after(tokens, index, limit=12)
    return found is None or (last == "." and not _closes_clause(tokens, index, found))


def _closes_clause(tokens: list[Token], index: int, found: AttributionSpans) -> bool:
    """Tell whether an attribution behind a full stop stands alone, and does not open a sentence of its own."""
    ends = max(found.cue[1], found.speaker[1] if found.speaker else 0)
    rest = [t for t in tokens[index + 1 : index + 16] if t.start >= ends][:2]
    announces = len(rest) == 2 and rest[0].word in (",", ":") and rest[1].kind == QUOTE
    return not rest or (rest[0].kind != WORD and rest[0].word != ":" and not announces)


def _read_attribution_after(
    sentence: Sequence[Token], at: int, limit: int = FOLLOWING_TOKENS
) -> AttributionSpans | None:
    """Read the attribution that follows a piece: "…," X said; "…," said X; "…," according to X."""
    begin = at + 1
    while begin < len(sentence) and sentence[begin].word in (",", "—", "–", "-", "...", "…"):
        begin += 1
    region = _take_until_quote(sentence, begin, limit)
    if region and region[0].low == "as":
        region = region[1:]
    if begin == at + 1 and sentence[at].low not in CLAUSE_ENDS and region and region[0].low not in ("according", "per"):
        # Without a comma the words behind a quoted piece are its speaker only if they cannot be what it qualifies.
        first = region[0]
        speaks = first.low in PRONOUNS or first.low in DETERMINERS or SAYING.get(first.low) == "past"
        if not speaks and not first.word[0].isupper():
            return None
    return _read_clause(region, adjoining=True)


def _take_until_quote(sentence: Sequence[Token], begin: int, limit: int) -> list[Token]:
    region: list[Token] = []
    for index in range(begin, min(begin + limit, len(sentence))):
        token = sentence[index]
        if token.kind == QUOTE or token.word in (";", ":", "!", "?"):
            break
        if token.word == ".":
            if index + 1 < len(sentence) and sentence[index + 1].word == ")":
                continue  # Ann Hale (D-Ore.) said
            break
        region.append(token)
    return region


def _read_clause(region: list[Token], adjoining: bool) -> AttributionSpans | None:
    if not region or region[0].kind != WORD:
        return None
    first = region[0]
    if first.low in ("according", "per") and len(region) > 1:
        opens = 2 if region[1].low == "to" else 1
        speaker = read_phrase(region, opens)
        return AttributionSpans((first.start, region[opens - 1].end), speaker, "according_to") if speaker else None
    if first.low in STARTERS:
        return None
    return _read_verb_first(region) or _read_subject_first(region, adjoining)


def _read_verb_first(region: list[Token]) -> AttributionSpans | None:
    at = 0
    while at < len(region) - 1 and is_adverb(region[at]):
        at += 1
    verb = region[at]
    if SAYING.get(verb.low) not in ("past", "s") or not verb.word[0].islower() or at + 1 >= len(region):
        return None
    speaker = read_phrase(region, at + 1)
    return AttributionSpans((verb.start, verb.end), speaker, "cue_speaker") if speaker else None


def _read_subject_first(region: list[Token], adjoining: bool) -> AttributionSpans | None:
    for at in range(1, len(region)):
        token = region[at]
        if token.low not in FINITE_FORMS:
            continue
        kind = "past" if _has_particle(region, at) else SAYING.get(token.low)
        finite = kind in ("past", "s", "base") and region[at - 1].low not in ("who", "to", "which", "that")
        if finite and (at == len(region) - 1 or not is_noun(region, at)):  # …," the editorial read
            speaker = read_subject(region[:at])
            if speaker is None:
                return None
            rule = "speaker_cue" if adjoining else "clause_end"
            return AttributionSpans((token.start, token.end), speaker.span, rule, find_listener(region, at))
        if at > 12 and token.low in DO_AND_MODALS and region[0].kind == WORD:
            return None
    return None


def _has_particle(tokens: Sequence[Token], at: int) -> bool:
    """Tell a verb that speaks only with its particle: put it, fired back, chimed in."""
    particles = PHRASAL.get(tokens[at].low)
    return particles is not None and at + 1 < len(tokens) and tokens[at + 1].low in particles


def find_listener(tokens: Sequence[Token], at: int) -> Span | None:
    """Return whom the words were told to, or in whose interview, where that is said."""
    if tokens[at].low in SPOKEN_TO:
        return read_phrase(tokens, at + 1)
    for index in range(at + 1, min(at + 10, len(tokens) - 1)):
        if tokens[index].low in ("interview", "speaking") and tokens[index + 1].low in ("with", "to"):
            return read_phrase(tokens, index + 2)
    return None


def _read_closing_attribution(sentence: Sequence[Token], at: int) -> AttributionSpans | None:
    """Read the attribution that closes a sentence with quoted words in it: The "deal" is off, X said."""
    for index in range(at + 1, min(at + CUE_DISTANCE_TOKENS, len(sentence))):
        if sentence[index].word in (",", "—", "–"):
            found = _read_clause(_take_until_quote(sentence, index + 1, 16), adjoining=False)
            if found and found.speaker:
                return found
        elif sentence[index].low == "according" and index + 1 < len(sentence) and sentence[index + 1].low == "to":
            return _read_clause(_take_until_quote(sentence, index, 16), adjoining=False)
    return None


def _read_attribution_before(sentence: Sequence[Token], at: int) -> AttributionSpans | None:
    """Read the attribution in front of a piece: the nearest cue to the left, and its subject."""
    fallback = None
    for index in range(at - 1, max(at - CUE_DISTANCE_TOKENS, -1), -1):
        token = sentence[index]
        if token.low not in CUE_FORMS or token.kind != WORD:
            continue
        near = _is_adjacent(sentence, index, at)
        if token.low == "to" and index and sentence[index - 1].low == "according":
            speaker = read_phrase(sentence, index + 1)
            if speaker and speaker[1] <= (sentence[at].start if at < len(sentence) else speaker[1]):
                return AttributionSpans((sentence[index - 1].start, token.end), speaker, "according_to")
        elif token.low in CUE_NOUNS and _find_possessor(sentence, index):
            speaker = _find_possessor(sentence, index)
            owned = AttributionSpans((token.start, token.end), speaker.span, "possessor")
            between = [t.low for t in sentence[index + 1 : at]]
            if between in ([], ["that"], [":"], [","], ["was"], ["is"], ["was", "that"], ["is", "that"]):
                return owned
            fallback = fallback or owned
        elif _has_particle(sentence, index):
            return _attach_subject(sentence, index, near)
        elif token.low in VERBS and not is_noun(sentence, index) and (near or token.low not in SHY):
            found = _attach_subject(sentence, index, near)
            return _extend_cue_to_noun(found, sentence[index + 1 : at]) if token.low in ISSUING else found
        elif token.low in CUE_NOUNS and fallback is None:
            subject = find_main_subject(sentence[:index])
            fallback = subject and AttributionSpans((token.start, token.end), subject, "cue_noun")
    return fallback or _read_name_and_colon(sentence, at)


def _extend_cue_to_noun(found: AttributionSpans, behind: Sequence[Token]) -> AttributionSpans:
    """Take into the cue the noun that makes it one: "issued a warning"."""
    noun = next((token for token in behind[:4] if token.low in CUE_NOUNS), None)
    return found._replace(cue=(found.cue[0], noun.end)) if noun and found.cue else found


def _is_adjacent(sentence: Sequence[Token], index: int, at: int) -> bool:
    between = sentence[index + 1 : at]
    return len(between) <= 1 or (len(between) <= 8 and between[-1].low in (",", ":", "that", "as"))


def _find_possessor(sentence: Sequence[Token], at: int) -> Phrase | None:
    """Return whose statement it is: his …, X's …"""
    for index in range(at - 1, max(at - 5, -1), -1):
        token = sentence[index]
        if token.low in ("his", "her", "their"):
            return Phrase((token.start, token.end), "pronoun")
        if token.low.endswith("'s") and token.low not in ("it's", "that's", "he's", "she's"):
            phrase = read_phrase_back(sentence, index)
            return phrase and Phrase((phrase.span[0], phrase.span[1] - 2), "plain")
        if token.kind != WORD:
            return None
    return None


def _read_name_and_colon(sentence: Sequence[Token], at: int) -> AttributionSpans | None:
    """Read a name and a colon in front of a piece."""
    if at < 2 or sentence[at - 1].word != ":":
        return None
    speaker, colon = find_main_subject(sentence[: at - 1]), sentence[at - 1]
    if speaker is None:
        return None
    alone = speaker[1] == sentence[at - 2].end
    return AttributionSpans((colon.start, colon.end), speaker, "colon" if alone else "loose_colon")


def _attach_subject(sentence: Sequence[Token], at: int, near: bool) -> AttributionSpans:
    verb = sentence[at]
    if verb.low == "saying" and at > 1 and sentence[at - 1].low == "as":
        quoting = next((i for i in range(at - 2, max(at - 14, -1), -1) if sentence[i].low == "quoted"), None)
        if quoting is not None:
            return _read_quoted_as_saying(sentence, quoting, at)
    if at == 0:
        speaker = read_phrase(sentence, 1)
        return AttributionSpans((verb.start, verb.end), speaker, "cue_speaker_quote")
    subject, passive = find_subject(sentence, at)
    rule = "speaker_cue_quote" if near else "reported_clause"
    if passive:
        agent = next((i for i in range(at + 1, min(at + 12, len(sentence))) if sentence[i].low == "by"), None)
        speaker = read_phrase(sentence, agent + 1) if agent else None
        return AttributionSpans((verb.start, verb.end), speaker, "passive")
    if subject is None:
        return AttributionSpans((verb.start, verb.end), None, rule)
    if VERBS.get(verb.low) == "ing":
        rule = "participle"
    return AttributionSpans((verb.start, verb.end), subject.span, rule, find_listener(sentence, at))


def _read_quoted_as_saying(sentence: Sequence[Token], quoting: int, at: int) -> AttributionSpans:
    cue = (sentence[quoting].start, sentence[at].end)
    if sentence[quoting - 1].low in BE:
        subject, _ = find_subject(sentence, quoting - 1)
        return AttributionSpans(cue, subject and subject.span, "quoted_as_saying")
    speaker = read_phrase(sentence, quoting + 1)
    relay = find_subject(sentence, quoting)[0]
    return AttributionSpans(
        (sentence[at].start, sentence[at].end), speaker, "quoted_as_saying", reported_by=relay and relay.span
    )
