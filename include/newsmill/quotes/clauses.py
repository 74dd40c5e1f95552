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
    is_adverb,
    is_noun,
    main_subject,
    phrase_from,
    phrase_to,
    subject_between,
    subject_of,
)
from newsmill.quotes.speakers import DETERMINERS
from newsmill.quotes.speech_tokens import POINT, QUOTE, WORD, Span, Token

FAR, NEAR, WINDOW = 45, 30, 70
ENDS = frozenset((",", ".", "?", "!", "…", "—", "–", "-"))
ADJOINING = frozenset(("speaker_cue_quote", "according_to"))
DO_AND_MODALS = AUXILIARIES - BE - {"has", "have", "had"}
TELLING = CUE_NOUNS | {"to", *VERBS, *PHRASAL}
FINITE = DO_AND_MODALS | {*SAYING, *PHRASAL}


class Ascribed(NamedTuple):
    """The cue and the speaker of a piece, as spans; `rule` names the pattern that fired.

    `heard_by`: to whom the words were told; `reported_by`: the outlet that passes them on.
    """

    cue: Span | None
    speaker: Span | None
    rule: str
    heard_by: Span | None = None
    reported_by: Span | None = None


NOBODY = Ascribed(None, None, "uncued")


def sentences(tokens: list[Token]) -> list[list[Token]]:
    """Cut the tokens of a paragraph into sentences."""
    found, begin = [], 0
    for index, token in enumerate(tokens):
        if token.kind != WORD and _ends_sentence(tokens, index):
            found.append(tokens[begin : index + 1])
            begin = index + 1
    return [*found, tokens[begin:]] if begin < len(tokens) else found


def ascribe(sentence: Sequence[Token], at: int) -> Ascribed | None:
    """Find who says the piece at sentence[at]: what touches it first, then what reaches it."""
    window = max(at - WINDOW, 0)
    sentence, at = sentence[window : at + WINDOW], at - window
    left = _before(sentence, at)
    right = _after(sentence, at)
    if left and left.rule in ADJOINING and left.speaker:
        return right if right and right.speaker and _is_weak(sentence, at, left) else left
    return right or left or _at_end(sentence, at)


def _is_weak(sentence: Sequence[Token], at: int, found: Ascribed) -> bool:
    """Tell an attribution in front that must give way to one behind: its verb does not say, or stands some way off."""
    cue = next((token for token in sentence[:at] if token.start == found.cue[0]), None)
    return cue is not None and cue.low != "according" and (cue.low not in SAYING or cue.low in SHY)


def ascribe_ahead(sentence: Sequence[Token]) -> Ascribed | None:
    """Find who is announced by a sentence that ends in a colon, for the quotation in the next paragraph."""
    return _before(sentence[-WINDOW:], len(sentence[-WINDOW:]))


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
    found = _after(tokens, index, limit=12)
    return found is None or (last == "." and not _closes_clause(tokens, index, found))


def _closes_clause(tokens: list[Token], index: int, found: Ascribed) -> bool:
    """Tell whether an attribution behind a full stop stands alone, and does not open a sentence of its own."""
    ends = max(found.cue[1], found.speaker[1] if found.speaker else 0)
    rest = [t for t in tokens[index + 1 : index + 16] if t.start >= ends][:2]
    announces = len(rest) == 2 and rest[0].word in (",", ":") and rest[1].kind == QUOTE
    return not rest or (rest[0].kind != WORD and rest[0].word != ":" and not announces)


def _after(sentence: Sequence[Token], at: int, limit: int = NEAR) -> Ascribed | None:
    """Read the attribution that follows a piece: "…," X said; "…," said X; "…," according to X."""
    begin = at + 1
    while begin < len(sentence) and sentence[begin].word in (",", "—", "–", "-", "...", "…"):
        begin += 1
    region = _until_quote(sentence, begin, limit)
    if region and region[0].low == "as":
        region = region[1:]
    if begin == at + 1 and sentence[at].low not in ENDS and region and region[0].low not in ("according", "per"):
        # Without a comma the words behind a quoted piece are its speaker only if they cannot be what it qualifies.
        first = region[0]
        speaks = first.low in PRONOUNS or first.low in DETERMINERS or SAYING.get(first.low) == "past"
        if not speaks and not first.word[0].isupper():
            return None
    return _clause(region, adjoining=True)


def _until_quote(sentence: Sequence[Token], begin: int, limit: int) -> list[Token]:
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


def _clause(region: list[Token], adjoining: bool) -> Ascribed | None:
    if not region or region[0].kind != WORD:
        return None
    first = region[0]
    if first.low in ("according", "per") and len(region) > 1:
        opens = 2 if region[1].low == "to" else 1
        speaker = phrase_from(region, opens)
        return Ascribed((first.start, region[opens - 1].end), speaker, "according_to") if speaker else None
    if first.low in STARTERS:
        return None
    return _verb_first(region) or _subject_first(region, adjoining)


def _verb_first(region: list[Token]) -> Ascribed | None:
    at = 0
    while at < len(region) - 1 and is_adverb(region[at]):
        at += 1
    verb = region[at]
    if SAYING.get(verb.low) not in ("past", "s") or not verb.word[0].islower() or at + 1 >= len(region):
        return None
    speaker = phrase_from(region, at + 1)
    return Ascribed((verb.start, verb.end), speaker, "cue_speaker") if speaker else None


def _subject_first(region: list[Token], adjoining: bool) -> Ascribed | None:
    for at in range(1, len(region)):
        token = region[at]
        if token.low not in FINITE:
            continue
        kind = "past" if _puts_it(region, at) else SAYING.get(token.low)
        finite = kind in ("past", "s", "base") and region[at - 1].low not in ("who", "to", "which", "that")
        if finite and (at == len(region) - 1 or not is_noun(region, at)):  # …," the editorial read
            speaker = subject_between(region[:at])
            if speaker is None:
                return None
            rule = "speaker_cue" if adjoining else "clause_end"
            return Ascribed((token.start, token.end), speaker.span, rule, listener(region, at))
        if at > 12 and token.low in DO_AND_MODALS and region[0].kind == WORD:
            return None
    return None


def _puts_it(tokens: Sequence[Token], at: int) -> bool:
    """Tell a verb that speaks only with its particle: put it, fired back, chimed in."""
    particles = PHRASAL.get(tokens[at].low)
    return particles is not None and at + 1 < len(tokens) and tokens[at + 1].low in particles


def listener(tokens: Sequence[Token], at: int) -> Span | None:
    """Return whom the words were told to, or in whose interview, where that is said."""
    if tokens[at].low in SPOKEN_TO:
        return phrase_from(tokens, at + 1)
    for index in range(at + 1, min(at + 10, len(tokens) - 1)):
        if tokens[index].low in ("interview", "speaking") and tokens[index + 1].low in ("with", "to"):
            return phrase_from(tokens, index + 2)
    return None


def _at_end(sentence: Sequence[Token], at: int) -> Ascribed | None:
    """Read the attribution that closes a sentence with quoted words in it: The "deal" is off, X said."""
    for index in range(at + 1, min(at + FAR, len(sentence))):
        if sentence[index].word in (",", "—", "–"):
            found = _clause(_until_quote(sentence, index + 1, 16), adjoining=False)
            if found and found.speaker:
                return found
        elif sentence[index].low == "according" and index + 1 < len(sentence) and sentence[index + 1].low == "to":
            return _clause(_until_quote(sentence, index, 16), adjoining=False)
    return None


def _before(sentence: Sequence[Token], at: int) -> Ascribed | None:
    """Read the attribution in front of a piece: the nearest cue to the left, and its subject."""
    fallback = None
    for index in range(at - 1, max(at - FAR, -1), -1):
        token = sentence[index]
        if token.low not in TELLING or token.kind != WORD:
            continue
        near = _adjoins(sentence, index, at)
        if token.low == "to" and index and sentence[index - 1].low == "according":
            speaker = phrase_from(sentence, index + 1)
            if speaker and speaker[1] <= (sentence[at].start if at < len(sentence) else speaker[1]):
                return Ascribed((sentence[index - 1].start, token.end), speaker, "according_to")
        elif token.low in CUE_NOUNS and _possessor(sentence, index):
            speaker = _possessor(sentence, index)
            owned = Ascribed((token.start, token.end), speaker.span, "possessor")
            between = [t.low for t in sentence[index + 1 : at]]
            if between in ([], ["that"], [":"], [","], ["was"], ["is"], ["was", "that"], ["is", "that"]):
                return owned
            fallback = fallback or owned
        elif _puts_it(sentence, index):
            return _with_subject(sentence, index, near)
        elif token.low in VERBS and not is_noun(sentence, index) and (near or token.low not in SHY):
            found = _with_subject(sentence, index, near)
            return _with_object(found, sentence[index + 1 : at]) if token.low in ISSUING else found
        elif token.low in CUE_NOUNS and fallback is None:
            subject = main_subject(sentence[:index])
            fallback = subject and Ascribed((token.start, token.end), subject, "cue_noun")
    return fallback or _colon(sentence, at)


def _with_object(found: Ascribed, behind: Sequence[Token]) -> Ascribed:
    """Take into the cue the noun that makes it one: "issued a warning"."""
    noun = next((token for token in behind[:4] if token.low in CUE_NOUNS), None)
    return found._replace(cue=(found.cue[0], noun.end)) if noun and found.cue else found


def _adjoins(sentence: Sequence[Token], index: int, at: int) -> bool:
    between = sentence[index + 1 : at]
    return len(between) <= 1 or (len(between) <= 8 and between[-1].low in (",", ":", "that", "as"))


def _possessor(sentence: Sequence[Token], at: int) -> Phrase | None:
    """Return whose statement it is: his …, X's …"""
    for index in range(at - 1, max(at - 5, -1), -1):
        token = sentence[index]
        if token.low in ("his", "her", "their"):
            return Phrase((token.start, token.end), "pronoun")
        if token.low.endswith("'s") and token.low not in ("it's", "that's", "he's", "she's"):
            phrase = phrase_to(sentence, index)
            return phrase and Phrase((phrase.span[0], phrase.span[1] - 2), "plain")
        if token.kind != WORD:
            return None
    return None


def _colon(sentence: Sequence[Token], at: int) -> Ascribed | None:
    """Read a name and a colon in front of a piece."""
    if at < 2 or sentence[at - 1].word != ":":
        return None
    speaker, colon = main_subject(sentence[: at - 1]), sentence[at - 1]
    if speaker is None:
        return None
    alone = speaker[1] == sentence[at - 2].end
    return Ascribed((colon.start, colon.end), speaker, "colon" if alone else "loose_colon")


def _with_subject(sentence: Sequence[Token], at: int, near: bool) -> Ascribed:
    verb = sentence[at]
    if verb.low == "saying" and at > 1 and sentence[at - 1].low == "as":
        quoting = next((i for i in range(at - 2, max(at - 14, -1), -1) if sentence[i].low == "quoted"), None)
        if quoting is not None:
            return _quoted_as_saying(sentence, quoting, at)
    if at == 0:
        speaker = phrase_from(sentence, 1)
        return Ascribed((verb.start, verb.end), speaker, "cue_speaker_quote")
    subject, passive = subject_of(sentence, at)
    rule = "speaker_cue_quote" if near else "reported_clause"
    if passive:
        agent = next((i for i in range(at + 1, min(at + 12, len(sentence))) if sentence[i].low == "by"), None)
        speaker = phrase_from(sentence, agent + 1) if agent else None
        return Ascribed((verb.start, verb.end), speaker, "passive")
    if subject is None:
        return Ascribed((verb.start, verb.end), None, rule)
    if VERBS.get(verb.low) == "ing":
        rule = "participle"
    return Ascribed((verb.start, verb.end), subject.span, rule, listener(sentence, at))


def _quoted_as_saying(sentence: Sequence[Token], quoting: int, at: int) -> Ascribed:
    cue = (sentence[quoting].start, sentence[at].end)
    if sentence[quoting - 1].low in BE:
        subject, _ = subject_of(sentence, quoting - 1)
        return Ascribed(cue, subject and subject.span, "quoted_as_saying")
    speaker = phrase_from(sentence, quoting + 1)
    relay = subject_of(sentence, quoting)[0]
    return Ascribed(
        (sentence[at].start, sentence[at].end), speaker, "quoted_as_saying", reported_by=relay and relay.span
    )
