"""The clause that ascribes a quoted piece: its sentence as tokens, the cue in it, and the noun phrase that speaks."""

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from typing import NamedTuple

from newsmill.speech.cues import (
    ADVERBS, ALSO_NOUNS, AUXILIARIES, BE, CUE_NOUNS, ISSUING, PRONOUNS, SAYING, SHY, SPOKEN_TO, VERBS,
)
from newsmill.speech.speakers import DETERMINERS, FAMILY, LOWER_CASE_IN_NAMES, is_role

CLOSING = "\"“”„‟«»`'’ "
WORD, POINT, QUOTE = "word", "point", "quote"
TOKEN = re.compile(r"[^\W\d_](?:\.[^\W\d_])+\.?(?![^\W_])|[^\W_]+(?:['’&/-][^\W_]+)*|\S")
ABBREVIATIONS = frozenset(
    """Mr Mrs Ms Dr Gen Sen Sens Rep Reps Gov Lt Col Sgt Maj Capt Prof Rev St Jr Sr Adm Hon Cmdr Brig Inc Corp Co Ltd Jan
    Feb Aug Sept Oct Nov Dec vs No Sec""".split()
)
STARTERS = frozenset("and but or so yet while although though because if when that which whether as since until than".split())
PREPOSITIONS = frozenset(
    """in on at by for from with about after before during under over against into through between among amid despite
    without within upon of to like unlike following per via toward towards near outside inside around across""".split()
)
JOINING = frozenset("of for with at from".split())
BOUND = frozenset("familiar close briefed".split())
STANDING_ALONE = frozenset("one another some many both others several few most".split())
# Verbs whose past does not show it, to end the subject in front of them.
OTHER_PASTS = frozenset(
    """took made gave came got left met held spoke stood ran won lost sat kept brought sought fell rose drew led paid put
    set knew became broke bought chose drove fought forgot grew heard hit laid let shot shook spent stuck struck taught
    threw understood woke wore built hung hid lay lit meant sold slid split spread stole swept tore went has had""".split()
)
NOT_ADVERBS = frozenset("family ally daily weekly monthly assembly supply bully reply fly early elderly friendly".split())
TIMES = frozenset(
    """january february march april may june july august september october november december today yesterday tomorrow
    tonight last next earlier later ago week month year morning afternoon evening night here there""".split()
)
NOT_IN_NAMES = STARTERS | PREPOSITIONS - {"of"} | ADVERBS | AUXILIARIES | frozenset(
    "however meanwhile who not no what how where why whose whom".split()
)
FAR, NEAR, WINDOW, AROUND = 45, 30, 70, 200
ENDS = frozenset((",", ".", "?", "!", "…", "—", "–", "-"))
ADJOINING = frozenset(("speaker_cue_quote", "according_to"))


class Token(NamedTuple):
    """A word, a point or a whole quoted piece of a sentence."""

    start: int
    end: int
    word: str
    low: str
    kind: str


_token = partial(tuple.__new__, Token)  # Half the price of calling the class, and half of the time goes here.


class Ascribed(NamedTuple):
    """The cue and the speaker of a piece, as spans; `rule` names the pattern that fired."""

    cue: tuple[int, int] | None
    speaker: tuple[int, int] | None
    rule: str
    confidence: float
    heard_by: tuple[int, int] | None = None


NOBODY = Ascribed(None, None, "uncued", 0.0)
Span = tuple[int, int]


def sentences(text: str, start: int, end: int, pieces: Sequence[Span]) -> list[list[Token]]:
    """Cut a paragraph into sentences of tokens, in which each quoted piece is one token."""
    tokens = _tokens(text, start, end, pieces)
    found, begin = [], 0
    for index, token in enumerate(tokens):
        if token.kind != WORD and _ends_sentence(text, tokens, index):
            found.append(tokens[begin:index + 1])
            begin = index + 1
    return [*found, tokens[begin:]] if begin < len(tokens) else found


def ascribe(sentence: Sequence[Token], at: int) -> Ascribed | None:
    """Find who says the piece at sentence[at]: what touches it first, then what reaches it."""
    window = max(at - WINDOW, 0)
    sentence, at = sentence[window:at + WINDOW], at - window
    left = _before(sentence, at)
    if left and left.rule in ADJOINING and left.speaker:
        return left
    return _after(sentence, at) or left or _at_end(sentence, at)


def ascribe_ahead(sentence: Sequence[Token]) -> Ascribed | None:
    """Find who is announced by a sentence that ends in a colon, for the quotation in the next paragraph."""
    return _before(sentence[-WINDOW:], len(sentence[-WINDOW:]))


def main_subject(sentence: Sequence[Token]) -> Span | None:
    """Return the noun phrase that opens a sentence, behind its adverbs and leading phrases."""
    at = 0
    while at < len(sentence):
        token = sentence[at]
        if token.kind == WORD and (token.low in PREPOSITIONS or token.low in STARTERS or _participle(token)):
            comma = next((i for i in range(at, len(sentence)) if sentence[i].word == ","), None)
            if token.low in ("and", "but", "so", "yet"):
                comma = at
            if comma is None:
                return None
            at = comma + 1
        elif token.kind != WORD or _adverb(token) or token.low in ("however", "meanwhile"):
            at += 1
        else:
            return _phrase_from(sentence, at)
    return None


def _tokens(text: str, start: int, end: int, pieces: Sequence[Span]) -> list[Token]:
    tokens: list[Token] = []
    begin = start
    for piece in pieces:
        for stretch in _near(text, begin, piece[0], begin > start, True):
            _cut(text, *stretch, tokens)
        # The point that ends the quoted words tells whether the reporter's sentence goes on.
        tokens.append(Token(*piece, "", text[max(piece[0], piece[1] - 8):piece[1]].rstrip(CLOSING)[-1:], QUOTE))
        begin = piece[1]
    for stretch in _near(text, begin, end, bool(pieces), not pieces):
        _cut(text, *stretch, tokens)
    return tokens


def _near(text: str, start: int, stop: int, behind: bool, ahead: bool) -> Iterable[Span]:
    """Give what of the words behind one piece and ahead of the next can bear on either: the sentences near them."""
    head = text.find(". ", start + AROUND, stop) + 1 if behind else start
    tail = text.rfind(". ", start, max(start, stop - AROUND)) + 2 if ahead else stop
    if stop - start <= 2 * AROUND or (behind and not head) or (ahead and tail < 2) or head > tail:
        return ((start, stop),)
    return ((start, head), (tail, stop))


def _cut(text: str, start: int, stop: int, tokens: list[Token]) -> None:
    """Add the tokens of a stretch."""
    for match in TOKEN.finditer(text, start, stop):
        word, (begin, end) = match.group(), match.span()
        if word == "." and tokens and tokens[-1].end == begin and _abbreviates(tokens[-1].word):
            tokens[-1] = tokens[-1]._replace(end=end)
            continue
        low = word.lower() if word.isascii() else word.lower().replace("’", "'")
        tokens.append(_token((begin, end, word, low, WORD if word[0].isalnum() else POINT)))


def _abbreviates(word: str) -> bool:
    return word in ABBREVIATIONS or (len(word) == 1 and word.isupper() and word != "I")


def _ends_sentence(text: str, tokens: list[Token], index: int) -> bool:
    token = tokens[index]
    following = tokens[index + 1] if index + 1 < len(tokens) else None
    if following is None:
        return True
    if token.kind == POINT:
        return token.word in ".!?" and following.start > token.end and (
            following.kind == QUOTE or following.word[0].isupper() or following.word[0].isdigit())
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
    rest = [t for t in tokens[index + 1:index + 16] if t.start >= ends][:2]
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
        if not (region[0].word[0].isupper() or region[0].low in PRONOUNS or region[0].low in DETERMINERS or
                SAYING.get(region[0].low) == "past"):
            return None
    return _clause(region, adjoining=True)


def _until_quote(sentence: Sequence[Token], begin: int, limit: int) -> list[Token]:
    region = []
    for token in sentence[begin:begin + limit]:
        if token.kind == QUOTE or token.word in (".", ";", ":", "!", "?"):
            break
        region.append(token)
    return region


def _clause(region: list[Token], adjoining: bool) -> Ascribed | None:
    if not region or region[0].kind != WORD:
        return None
    first = region[0]
    if first.low in ("according", "per") and len(region) > 1:
        opens = 2 if region[1].low == "to" else 1
        speaker = _phrase_from(region, opens)
        return Ascribed((first.start, region[opens - 1].end), speaker, "according_to", 0.9) if speaker else None
    if first.low in STARTERS:
        return None
    return _verb_first(region) or _subject_first(region, adjoining)


def _verb_first(region: list[Token]) -> Ascribed | None:
    at = 0
    while at < len(region) - 1 and _adverb(region[at]):
        at += 1
    verb = region[at]
    if SAYING.get(verb.low) not in ("past", "s") or not verb.word[0].islower() or at + 1 >= len(region):
        return None
    speaker = _phrase_from(region, at + 1)
    return Ascribed((verb.start, verb.end), speaker, "cue_speaker", 0.95) if speaker else None


def _subject_first(region: list[Token], adjoining: bool) -> Ascribed | None:
    for at in range(1, len(region)):
        token = region[at]
        kind = "past" if _puts_it(region, at) else SAYING.get(token.low)
        if kind in ("past", "s", "base") and not _is_noun(region, at) and region[at - 1].low not in ("who", "to", "which", "that"):
            speaker = _subject_chunk(region[:at])
            if speaker is None:
                return None
            rule = "speaker_cue" if adjoining else "clause_end"
            return Ascribed((token.start, token.end), speaker.span, rule, _sure(speaker, 0.95 if adjoining else 0.85),
                            _listener(region, at))
        if token.low in AUXILIARIES - BE - {"has", "have", "had"} and region[0].kind == WORD and at > 12:
            return None
    return None


def _puts_it(tokens: Sequence[Token], at: int) -> bool:
    return tokens[at].low in ("put", "puts") and at + 1 < len(tokens) and tokens[at + 1].low == "it"


class Phrase(NamedTuple):
    """A noun phrase; `kind` tells a pronoun, a name and the rest apart."""

    span: Span
    kind: str


def _sure(phrase: Phrase, otherwise: float) -> float:
    return min(otherwise, 0.7) if phrase.kind == "pronoun" else otherwise


def _subject_chunk(tokens: list[Token]) -> Phrase | None:
    """Read the words between a piece and the verb as a subject with what is put in commas behind it."""
    words = list(tokens)
    while words and (_adverb(words[-1]) or words[-1].low in AUXILIARIES):
        words.pop()
    if not words:
        return None
    if words[-1].low in PRONOUNS and words[-1].low != "who":
        return Phrase((words[-1].start, words[-1].end), "pronoun")
    chunk = next((c for c in _chunks(words) if _may_be_subject(c)), None)
    if chunk is None:
        return None
    while chunk and (_adverb(chunk[0]) or chunk[0].low in ("and", "but")):
        chunk = chunk[1:]
    chunk = _without_relative(chunk)
    return Phrase((chunk[0].start, chunk[-1].end), "plain") if chunk else None


def _chunks(words: list[Token]) -> Iterator[list[Token]]:
    chunk: list[Token] = []
    for token in words:
        if token.word in (",", "—", "–", "("):
            if chunk:
                yield chunk
            chunk = []
        elif token.kind == WORD or token.word in ("-", "/"):
            chunk.append(token)
    if chunk:
        yield chunk


def _may_be_subject(chunk: list[Token]) -> bool:
    first = chunk[0]
    if first.low in PREPOSITIONS or first.low in STARTERS or first.low in ("who", "whose", "not") or _participle(first):
        return False
    return len(chunk) <= 22 and not any(t.low in AUXILIARIES - BE for t in chunk[1:] if t.low != "may")


def _without_relative(chunk: list[Token]) -> list[Token]:
    for index, token in enumerate(chunk):
        if index and token.low in ("who", "that", "which", "in", "on", "during", "speaking"):
            return chunk[:index]
    return chunk


def _adverb(token: Token) -> bool:
    low = token.low
    return low in ADVERBS or (low.endswith("ly") and token.word[0].islower() and low not in NOT_ADVERBS)


def _participle(token: Token) -> bool:
    return token.low.endswith("ing") and token.low in VERBS or token.low in ("asked", "speaking", "quoting", "given", "pressed")


def _is_noun(tokens: Sequence[Token], at: int) -> bool:
    """Tell a noun like "the report" or "United States" from the verb it is spelt like."""
    token = tokens[at]
    if token.word[0].isupper():
        return True
    previous = tokens[at - 1] if at else None
    if previous is None or previous.kind != WORD:
        return False
    if previous.low in ("a", "an", "the", "his", "her", "their", "its", "my", "our", "your", "this", "these", "those", "no"):
        return True
    if token.low not in ALSO_NOUNS:
        return False
    return previous.low in PREPOSITIONS or previous.low.endswith("'s") or (
        previous.word[0].islower() and previous.low not in PRONOUNS | ADVERBS | AUXILIARIES and not is_role(previous.low)
        and previous.low != "to"
    )


def _listener(tokens: Sequence[Token], at: int) -> Span | None:
    """Return whom the words were told to, or in whose interview, where that is said."""
    if tokens[at].low in SPOKEN_TO:
        return _phrase_from(tokens, at + 1)
    for index in range(at + 1, min(at + 10, len(tokens) - 1)):
        if tokens[index].low in ("interview", "told", "speaking", "exclusive") and tokens[index + 1].low in ("with", "to", "on"):
            return _phrase_from(tokens, index + 2)
        if tokens[index].low in ("told",):
            return _phrase_from(tokens, index + 1)
    return None


def _at_end(sentence: Sequence[Token], at: int) -> Ascribed | None:
    """Read the attribution that closes a sentence with quoted words in it: The "deal" is off, X said."""
    for index in range(at + 1, min(at + FAR, len(sentence))):
        if sentence[index].word in (",", "—", "–"):
            found = _clause(_until_quote(sentence, index + 1, 16), adjoining=False)
            if found and found.speaker:
                return found._replace(confidence=min(found.confidence, 0.85))
        elif sentence[index].low == "according" and index + 1 < len(sentence) and sentence[index + 1].low == "to":
            return _clause(_until_quote(sentence, index, 16), adjoining=False)
    return None


def _before(sentence: Sequence[Token], at: int) -> Ascribed | None:
    """Read the attribution in front of a piece: the nearest cue to the left, and its subject."""
    fallback = None
    for index in range(at - 1, max(at - FAR, -1), -1):
        token = sentence[index]
        if token.kind != WORD:
            continue
        near = _adjoins(sentence, index, at)
        if token.low == "to" and index and sentence[index - 1].low == "according":
            speaker = _phrase_from(sentence, index + 1)
            if speaker and speaker[1] <= (sentence[at].start if at < len(sentence) else speaker[1]):
                return Ascribed((sentence[index - 1].start, token.end), speaker, "according_to", 0.9)
        elif token.low in CUE_NOUNS and _possessor(sentence, index):
            speaker = _possessor(sentence, index)
            return Ascribed((token.start, token.end), speaker.span, "possessor", _sure(speaker, 0.8))
        elif _puts_it(sentence, index):
            return _with_subject(sentence, index, near)
        elif token.low in VERBS and not _is_noun(sentence, index) and (near or token.low not in SHY):
            found = _with_subject(sentence, index, near)
            return _with_object(found, sentence[index + 1:at]) if token.low in ISSUING else found
        elif token.low in CUE_NOUNS and fallback is None:
            subject = main_subject(sentence[:index])
            fallback = subject and Ascribed((token.start, token.end), subject, "cue_noun", 0.6)
    return fallback or _colon(sentence, at)


def _with_object(found: Ascribed, behind: Sequence[Token]) -> Ascribed:
    """Take into the cue the noun that makes it one: "issued a warning"."""
    noun = next((token for token in behind[:4] if token.low in CUE_NOUNS), None)
    return found._replace(cue=(found.cue[0], noun.end)) if noun and found.cue else found


def _adjoins(sentence: Sequence[Token], index: int, at: int) -> bool:
    between = sentence[index + 1:at]
    return len(between) <= 1 or (len(between) <= 8 and (between[-1].word in (",", ":") or between[-1].low in ("that", "as")))


def _possessor(sentence: Sequence[Token], at: int) -> Phrase | None:
    """Return whose statement it is: his …, X's …"""
    for index in range(at - 1, max(at - 5, -1), -1):
        token = sentence[index]
        if token.low in ("his", "her", "their"):
            return Phrase((token.start, token.end), "pronoun")
        if token.low.endswith("'s") and token.low not in ("it's", "that's", "he's", "she's"):
            phrase = _phrase_back(sentence, index)
            return phrase and Phrase((phrase.span[0], phrase.span[1] - 2), "plain")
        if token.kind != WORD:
            return None
    return None


def _colon(sentence: Sequence[Token], at: int) -> Ascribed | None:
    """Read a name and a colon in front of a piece."""
    if at < 2 or sentence[at - 1].word != ":":
        return None
    speaker, colon = main_subject(sentence[:at - 1]), sentence[at - 1]
    if speaker is None:
        return None
    alone = speaker[1] == sentence[at - 2].end
    return Ascribed((colon.start, colon.end), speaker, "colon", 0.8 if alone else 0.5)


def _with_subject(sentence: Sequence[Token], at: int, near: bool) -> Ascribed:
    verb = sentence[at]
    if verb.low == "saying" and at > 1 and sentence[at - 1].low == "as":
        quoting = next((i for i in range(at - 2, max(at - 14, -1), -1) if sentence[i].low == "quoted"), None)
        if quoting is not None:
            return _quoted_as_saying(sentence, quoting, at)
    subject, passive = _subject_of(sentence, at)
    confidence = 0.95 if near else 0.75
    rule = "speaker_cue_quote" if near else "reported_clause"
    if passive:
        agent = next((i for i in range(at + 1, min(at + 12, len(sentence))) if sentence[i].low == "by"), None)
        speaker = _phrase_from(sentence, agent + 1) if agent else None
        return Ascribed((verb.start, verb.end), speaker, "passive", 0.7 if speaker else 0.0)
    if subject is None:
        return Ascribed((verb.start, verb.end), None, rule, 0.0)
    if VERBS.get(verb.low) == "ing":
        rule, confidence = "participle", 0.75
    return Ascribed((verb.start, verb.end), subject.span, rule, _sure(subject, confidence), _listener(sentence, at))


def _quoted_as_saying(sentence: Sequence[Token], quoting: int, at: int) -> Ascribed:
    cue = (sentence[quoting].start, sentence[at].end)
    if sentence[quoting - 1].low in BE:
        subject, _ = _subject_of(sentence, quoting - 1)
        return Ascribed(cue, subject and subject.span, "quoted_as_saying", 0.85 if subject else 0.0)
    speaker = _phrase_from(sentence, quoting + 1)
    relay = _subject_of(sentence, quoting)[0]
    return Ascribed((sentence[at].start, sentence[at].end), speaker, "quoted_as_saying", 0.85 if speaker else 0.0,
                    relay and relay.span)


def _subject_of(sentence: Sequence[Token], at: int) -> tuple[Phrase | None, bool]:
    """Return the subject of the verb at `at`, and whether the verb is passive."""
    index, auxiliaries = at - 1, []
    while index >= 0 and (_adverb(sentence[index]) or sentence[index].low in AUXILIARIES or sentence[index].low.endswith("n't")):
        auxiliaries.append(sentence[index].low)
        index -= 1
    being = any(word in BE for word in auxiliaries)
    kind = VERBS.get(sentence[at].low, "past")
    if kind == "past" and being:
        return None, True
    if index < 0:
        return None, False
    previous = sentence[index]
    if previous.low in ("to", "and", "but", "or", "by", "in", "for", "then") or (kind == "ing" and not being):
        return _governing(sentence, index), False
    if previous.low in ("who", "which", "that"):
        return _antecedent(sentence, index - 1), False
    if previous.low in PRONOUNS:
        return Phrase((previous.start, previous.end), "pronoun"), False
    if previous.word in (",", "—", "–", ")"):
        return _across_commas(sentence, index) or _governing(sentence, index), False
    if previous.kind == QUOTE:
        return _governing(sentence, index), False
    return _phrase_back(sentence, index) or _governing(sentence, index), False


def _governing(sentence: Sequence[Token], at: int) -> Phrase | None:
    """Return the subject of the clause on which a participle, an infinitive or a second verb hangs."""
    for index in range(at - 1, 0, -1):
        low = sentence[index].low
        if low in SAYING and SAYING[low] != "ing" and not _is_noun(sentence, index):
            found = _subject_of(sentence[:index + 1], index)[0]
            if found:
                return found
    span = main_subject(sentence[:at + 1])
    if span is None:
        return None
    first = next(t for t in sentence if t.start == span[0])
    return Phrase(span, "pronoun" if first.low in PRONOUNS else "plain")


def _antecedent(sentence: Sequence[Token], at: int) -> Phrase | None:
    if at >= 0 and sentence[at].word in (",", "—", "–"):
        at -= 1
    return _phrase_back(sentence, at) if at >= 0 else None


def _across_commas(sentence: Sequence[Token], at: int) -> Phrase | None:
    """Step back over what stands in commas between subject and verb: X, who …, said; X, the minister, said."""
    while at > 0:
        comma = next((i for i in range(at - 1, -1, -1) if sentence[i].word in (",", "—", "–", "(")), None)
        if comma is None:
            return None
        inner = sentence[comma + 1]
        if inner.kind == WORD and (inner.low in ("who", "which", "whose", "a", "an", "the", "speaking", "now", "then") or
                                   inner.word[0].isdigit() or inner.word[0].islower() or sentence[comma].word == "("):
            phrase = _phrase_back(sentence, comma - 1) if comma else None
            if phrase:
                return phrase
        at = comma
    return None


def _phrase_back(sentence: Sequence[Token], at: int) -> Phrase | None:
    """Return the noun phrase that ends at `at`."""
    begin, index, proper = None, at, False
    while index >= 0:
        token = sentence[index]
        if token.word == ")":
            index = next((i for i in range(index, -1, -1) if sentence[i].word == "("), 0) - 1
            continue
        if token.kind != WORD or not _continues_phrase(sentence, index, begin, proper):
            break
        begin, proper = index, token.word[0].isupper()
        index -= 1
        if token.low in DETERMINERS and not (index >= 1 and sentence[index].low in JOINING and _noun_like(sentence[index - 1])):
            break
    while begin is not None and begin <= at and sentence[begin].low in JOINING:
        begin += 1
    if begin is None or begin > at:
        return None
    if begin == at and sentence[at].low in PRONOUNS:
        return Phrase((sentence[at].start, sentence[at].end), "pronoun")
    return Phrase((sentence[begin].start, sentence[at].end), "plain")


def _continues_phrase(sentence: Sequence[Token], at: int, begin: int | None, proper: bool) -> bool:
    token = sentence[at]
    if token.low in JOINING:
        return begin is not None and at > 0 and _noun_like(sentence[at - 1])
    if token.low in NOT_IN_NAMES or token.low in PRONOUNS or token.low in TIMES or _adverb(token):
        return False
    if token.word[0].isupper() or token.word[0].isdigit() or token.low in DETERMINERS:
        return True
    if proper:
        return is_role(token.low) or token.low in LOWER_CASE_IN_NAMES or token.low in FAMILY or token.low in (
            "former", "then", "senior", "campaign", "press", "deputy", "presidential", "media", "communications")
    return token.low not in VERBS or token.low in ALSO_NOUNS


def _noun_like(token: Token) -> bool:
    return token.kind == WORD and (
        is_role(token.low) or token.word[0].isupper() and token.low not in NOT_IN_NAMES and token.low not in TIMES
        or token.low in ("familiar", "close", "briefed", "one", "member", "members", "some", "many", "most", "several"))


def _phrase_from(tokens: Sequence[Token], at: int) -> Span | None:
    """Return the noun phrase that begins at `at`."""
    if at < len(tokens) and tokens[at].low in PRONOUNS:
        return tokens[at].start, tokens[at].end
    end = at
    while end < min(len(tokens), at + 14) and _extends_phrase(tokens, at, end):
        end += 1
    while end > at and tokens[end - 1].low in JOINING:
        end -= 1
    if end == at or all(t.low in DETERMINERS - STANDING_ALONE for t in tokens[at:end]):
        return None
    return tokens[at].start, tokens[end - 1].end


def _extends_phrase(tokens: Sequence[Token], at: int, end: int) -> bool:
    token, before = tokens[end], tokens[end - 1] if end > at else None
    if token.kind != WORD:
        return False
    if before is None:
        return token.low not in NOT_IN_NAMES and token.low not in JOINING and token.low not in TIMES
    if token.low == "of":
        full_name = end - at > 1 and before.word[0].isupper() and tokens[end - 2].word[0].isupper() and not is_role(before.low)
        return not full_name
    if token.low in JOINING:
        return (token.low != "with" and before.word[0].islower() and before.low not in DETERMINERS) or before.low in BOUND
    if token.low in NOT_IN_NAMES or token.low in TIMES or token.low in PRONOUNS:
        return token.low == "to" and before.low == "close"
    if token.word[0].isupper() or before.low in DETERMINERS or token.word[0].isdigit():
        return True
    if before.word[0].isupper():
        return _leads_to_role(tokens, end)
    return not _verb_like(token)


def _leads_to_role(tokens: Sequence[Token], at: int) -> bool:
    """Tell whether a common noun behind a proper one goes on to an office: US defence official, X campaign manager."""
    if tokens[at].low in LOWER_CASE_IN_NAMES:
        return True
    for token in tokens[at:at + 3]:
        if token.kind != WORD or _verb_like(token) or token.low in NOT_IN_NAMES:
            return False
        if is_role(token.low):
            return True
    return False


def _verb_like(token: Token) -> bool:
    if token.word[0].isupper() or is_role(token.low):
        return False
    return (token.low in VERBS and token.low not in ALSO_NOUNS) or token.low.endswith("ed") or token.low in OTHER_PASTS
