"""Statements told in the reporter's own words: X said (that) …; …, X said; according to X, …; X denied …"""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from functools import lru_cache
from operator import attrgetter
from typing import NamedTuple

from newsmill.quotes.clauses import AttributionSpans, find_listener
from newsmill.quotes.cue_words import (
    AUXILIARIES,
    BARE,
    BE,
    DENYING,
    FRONTING,
    PROMISING,
    PRONOUNS,
    REPORTING,
    SPOKEN_TO,
    UNSAID,
    VERBS,
)
from newsmill.quotes.noun_phrases import (
    OTHER_PASTS,
    PREPOSITIONS,
    STARTERS,
    TIMES,
    Phrase,
    find_subject,
    is_adverb,
    is_adverb_or_auxiliary,
    is_noun,
    is_participle,
    read_phrase,
    read_subject,
    skip_dateline,
)
from newsmill.quotes.speakers import classify
from newsmill.quotes.speech_tokens import POINT, QUOTE, WORD, Span, Token

MIN_STATEMENT_TOKENS, MAX_SUBJECT_TOKENS, LOOKAHEAD_TOKENS = 3, 16, 14
COMMAS = frozenset((",", "—", "–", "--"))
CONJUNCTIONS = frozenset("and but while though although whereas yet".split())
SUBORDINATING = frozenset("after when while as since because although though before if once until whether".split())
RELATIVE = frozenset("who which that whom".split())
QUANTIFIERS = frozenset("two three four five several some many most multiple both".split())
POINTING = frozenset("point points pointed pointing".split())
CONTRACTED = frozenset("it's he's she's that's there's what's".split())
FIRST_PERSON = frozenset("i we you".split())
INVERTING = FRONTING - SPOKEN_TO
SAYING_FORMS = frozenset("say says said saying add adds added adding tell tells told telling".split())
DAYS = frozenset("monday tuesday wednesday thursday friday saturday sunday this that's".split()) | TIMES
DEPENDENT = PREPOSITIONS | SUBORDINATING
NO_OBJECT = PREPOSITIONS | STARTERS | PRONOUNS
NO_SUBJECT = PREPOSITIONS | STARTERS | RELATIVE
AFTER_SPEAKER = PREPOSITIONS | DAYS
BEHIND_INVERTED_SPEAKER = AFTER_SPEAKER | RELATIVE
PRONOUNS_AND_QUANTIFIERS = PRONOUNS | QUANTIFIERS
CLAUSE_OPENERS = CONJUNCTIONS | RELATIVE | {"with"}
OPENS_NO_CLAUSE = frozenset(
    "of to so nothing something anything little much more yes no hello goodbye goodnight by as "
    "for with from into about against and or but than".split()
)


class IndirectStatement(NamedTuple):
    """What is told of, as a span, and who is said to have said it."""

    span: Span
    ascribed: AttributionSpans


def find_indirect_statements(sentence: Sequence[Token], cues: Sequence[int]) -> Iterator[IndirectStatement]:
    """Yield the statements that a sentence reports by a cue that begins at one of `cues`, which are in order."""
    low, high = bisect_left(cues, sentence[0].start), bisect_left(cues, sentence[-1].end)
    at = 0
    for cue in cues[low:high]:
        at = bisect_left(sentence, cue, at, key=_token_start)
        if at == len(sentence) or sentence[at].start != cue:
            continue  # it stands within quoted words
        if sentence[at].low == "according":
            found = _read_according_to(sentence, at)
        elif is_noun(sentence, at) or (at and sentence[at - 1].low.endswith(("'s", "s'"))):
            continue
        else:
            found = _read_inverted_cue(sentence, at) or _read_behind_cue(sentence, at) or _read_before_cue(sentence, at)
        for first, past, ascribed in found or ():
            span = _trim_points(sentence, first, past)
            if span:
                yield IndirectStatement(span, ascribed)


_token_start = attrgetter("start")
StatementRanges = list[tuple[int, int, AttributionSpans]]


def _read_behind_cue(sentence: Sequence[Token], at: int) -> StatementRanges | None:
    """Read a statement that follows its cue: X said (that) …"""
    complement = _find_complement(sentence, at)
    if complement is None:
        return None
    first, rule = complement
    subject, start = _find_cue_subject(sentence, at)
    if subject is None:
        return None
    past = _find_statement_end(sentence, at, first, start)
    if rule in ("reported_object", "reported_intent"):
        past = _find_phrase_end(sentence, first, past)
    if past - first < (1 if rule == "reported_object" else MIN_STATEMENT_TOKENS):
        return None
    if rule == "reported_bare" and not _is_statement_clause(sentence[first:past], sentence[at].low in SAYING_FORMS):
        return None
    verb = sentence[at]
    cue = (verb.start, verb.end)
    return [(first, past, AttributionSpans(cue, subject.span, rule, find_listener(sentence, at)))]


def _find_cue_subject(sentence: Sequence[Token], at: int) -> tuple[Phrase | None, int]:
    """Return who says what the verb at `at` reports, and the number of the token it begins with."""
    index = at - 1
    while index >= 0 and is_adverb_or_auxiliary(sentence[index]):
        index -= 1
    if any(token.low in UNSAID or token.low.endswith("n't") for token in sentence[max(index, 0) : at]):
        return None, at
    subject, passive = find_subject(sentence, at)
    if passive or subject is None:
        return None, at
    start = next((i for i in range(at, -1, -1) if sentence[i].start <= subject.span[0]), at)
    if subject.kind == "pronoun" and sentence[start].low.partition("'")[0] in FIRST_PERSON:
        return None, at
    return subject, start


def _find_complement(sentence: Sequence[Token], at: int) -> tuple[int, str] | None:
    """Return the number of the token that a reported statement begins with behind its cue, and the rule."""
    verb = sentence[at].low
    index = at + 1
    if index >= len(sentence):
        return None
    if verb in SPOKEN_TO:
        heard = read_phrase(sentence, index)
        while heard and index < len(sentence) and sentence[index].start < heard[1]:
            index += 1
        if verb not in BARE and index >= len(sentence):
            return None
    if verb in POINTING and sentence[index].low == "out":
        index += 1
    index = _skip_times(sentence, index)
    if index >= len(sentence):
        return None
    token = sentence[index]
    if token.low == "that":
        return index, "reported_that"
    following = sentence[index + 1].low if index + 1 < len(sentence) else ""
    if verb in PROMISING and following and (token.low == "to" or (token.low, following) == ("not", "to")):
        return index, "reported_intent"
    if (
        verb in DENYING
        and index == at + 1
        and token.kind == WORD
        and token.word.islower()
        and (token.low not in NO_OBJECT)
    ):
        return index, "reported_object"
    that = _find_that(sentence, index)
    if that is not None:
        return that, "reported_that"
    if verb in BARE and token.kind == WORD and _opens_clause(sentence, index):
        return index, "reported_bare"
    return None


def _is_statement_clause(words: Sequence[Token], is_said: bool) -> bool:
    """Tell a statement from a thing that is told or noted: behind most verbs its subject and verb must be plain."""
    if is_said:
        return _has_finite(words[1:])
    speaker = read_phrase(words, 0)
    at = 0
    while speaker and at < len(words) and words[at].start < speaker[1]:
        at += 1
    while at < len(words) and is_adverb(words[at]):
        at += 1
    return bool(speaker) and at < len(words) and _has_finite(words[at : at + 1])


def _skip_times(sentence: Sequence[Token], at: int) -> int:
    """Step over when it was said: Tuesday, on Friday, last week, again."""
    index = at
    while index < len(sentence):
        low = sentence[index].low
        if low in DAYS or (is_adverb(sentence[index]) and low not in ("only", "both", "all", "even", "not", "never")):
            if low == "this" and not (index + 1 < len(sentence) and sentence[index + 1].low in TIMES):
                break
            index += 1
        elif low in ("on", "in", "at") and index + 1 < len(sentence) and sentence[index + 1].low in DAYS:
            index += 2
        else:
            break
    return index


def _find_that(sentence: Sequence[Token], at: int) -> int | None:
    """Return where a clause with that begins behind a phrase: said in a statement on Friday that …"""
    opened = sentence[at].low in PREPOSITIONS or sentence[at].word == ","
    if not opened:
        return None
    for index in range(at, min(at + LOOKAHEAD_TOKENS, len(sentence) - 1)):
        token = sentence[index]
        if token.kind == QUOTE or token.word in (";", ":") or _is_finite(token):
            return None
        if token.low == "that" and sentence[index + 1].kind == WORD and sentence[index - 1].low not in PREPOSITIONS:
            return index
    return None


def _opens_clause(sentence: Sequence[Token], at: int) -> bool:
    low = sentence[at].low
    return low not in PREPOSITIONS and low not in OPENS_NO_CLAUSE and low not in ("what", "how", "why", "who")


def _has_main_clause(words: Sequence[Token]) -> bool:
    """Tell whether words hold a clause that stands by itself, be it behind one that does not."""
    words = words[1:] if words and words[0].low in ("and", "but", "so", "yet") else words
    if not words:
        return False
    first = words[0]
    if first.low in DEPENDENT or first.low.endswith(("ed", "ing")) or is_participle(first):
        comma = next((i for i, token in enumerate(words) if token.word == ","), len(words))
        return _has_main_clause(words[comma + 1 :])
    within = False
    for token in words:
        within = token.low in RELATIVE or (within and token.word != ",")
        if not within and (_is_finite(token) or token.kind == QUOTE or token.low in CONTRACTED):
            return True
    return False


def _is_finite(token: Token) -> bool:
    is_finite = token.kind == WORD and _is_finite_word(token.low)
    return is_finite is True or (is_finite is None and token.word[0].islower())


@lru_cache(maxsize=1 << 16)
def _is_finite_word(low: str) -> bool | None:
    """Tell whether a word is a finite verb; null if only where it bears no capital."""
    if low in AUXILIARIES or low in OTHER_PASTS or low.endswith("n't"):
        return True
    if "'" in low and low.rpartition("'")[2] in ("re", "ve", "ll", "d", "m"):
        return True
    return None if low.endswith("ed") or VERBS.get(low) in ("s", "past", "base") else False


def _has_finite(tokens: Sequence[Token]) -> bool:
    """Tell whether words hold a verb; one in s is guessed by its ending."""
    return any(
        _is_finite(t)
        or t.kind == QUOTE
        or t.low in CONTRACTED
        or (t.kind == WORD and t.word[0].islower() and t.low.endswith("s") and len(t.low) > 4)
        for t in tokens
    )


def _find_statement_end(sentence: Sequence[Token], at: int, first: int, subject: int) -> int:
    """Return the number of the token behind a statement that begins at `first`."""
    before = sentence[subject - 1].low if subject else ""
    relative = sentence[at - 1].low in RELATIVE or any(t.low in RELATIVE for t in sentence[max(at - 3, 0) : at])
    to_comma = relative or before in SUBORDINATING
    for index in range(first + 1, len(sentence)):
        token = sentence[index]
        if token.kind == WORD:
            if token.low == "according" or (token.low in CONJUNCTIONS and _opens_saying_clause(sentence, index)):
                return index
        elif token.word in (";", ":"):
            return index
        elif _is_separator(token):
            if to_comma or _ends_statement(sentence, index):
                return index if token.kind == POINT else index + 1
        elif token.kind == QUOTE and sentence[index - 1].word in (",", ":"):
            return index - 1
    return len(sentence)


def _find_phrase_end(sentence: Sequence[Token], first: int, past: int) -> int:
    """Return where ends what is denied or promised: at a comma, or where the speaker does something else."""
    for index in range(first + 1, past):
        token, following = sentence[index], sentence[index + 1 : index + 2]
        if token.word in COMMAS or token.low in ("through", "after", "but", "saying"):
            return index
        if token.low == "and" and following and (_is_finite(following[0]) or is_adverb(following[0])):
            return index
    return past


def _ends_statement(sentence: Sequence[Token], comma: int) -> bool:
    """Tell whether behind a comma the reporter goes on in his own voice: …, adding that; …, but Y said; …, Y said."""
    following = sentence[comma + 1 : comma + 2]
    if not following or following[0].kind == QUOTE:
        return bool(following)
    token = following[0]
    if token.low in ("who", "which", "whose", "whom", "where"):
        return True  # what is added of a name is the reporter's
    if VERBS.get(token.low) == "ing" or token.low in ("citing", "according", "referring"):
        return True
    if token.low in ("but", "although", "though"):
        return True
    return _opens_saying_clause(sentence, comma + 1 if token.low in CONJUNCTIONS else comma)


def _opens_saying_clause(sentence: Sequence[Token], at: int) -> bool:
    """Tell whether the clause that opens behind `at` is one of saying, with a subject of its own or that before."""
    words = sentence[at + 1 : at + 1 + MAX_SUBJECT_TOKENS]
    for index, token in enumerate(words):
        if token.kind == QUOTE or token.word in (";", ":"):
            return False
        if token.low in REPORTING and not is_noun(words, index) and VERBS.get(token.low) != "base":
            return True
        if token.low in BE or (_is_finite(token) and token.low not in AUXILIARIES) or token.low in PREPOSITIONS:
            return False
    return False


def _read_inverted_cue(sentence: Sequence[Token], at: int) -> StatementRanges | None:
    """Read an attribution whose cue stands before its speaker, behind or amid a statement: …, said X, …"""
    verb = sentence[at]
    if (
        not at
        or not _is_separator(sentence[at - 1])
        or verb.low not in INVERTING
        or VERBS[verb.low] not in ("past", "s")
    ):
        return None
    if not REPORTING.isdisjoint([t.low for t in sentence[:at]]):
        return None
    speaker = read_phrase(sentence, at + 1)
    if speaker is None or sentence[at + 1].low in FIRST_PERSON:
        return None
    past = next((i for i in range(at + 1, len(sentence)) if sentence[i].start >= speaker[1]), len(sentence))
    behind = sentence[past] if past < len(sentence) else None
    if behind and behind.kind == WORD and behind.low not in BEHIND_INVERTED_SPEAKER:
        return None
    ascribed = AttributionSpans((verb.start, verb.end), speaker, "reported_front")
    return _read_around_cue(sentence, at - 1, past, ascribed)


def _read_before_cue(sentence: Sequence[Token], at: int) -> StatementRanges | None:
    """Read a statement that stands in front of its cue, or around it: …, X said, …"""
    verb = sentence[at]
    if VERBS.get(verb.low) not in ("past", "s", "base") or verb.low not in FRONTING:
        return None
    comma, subject = _find_cue_clause(sentence, at)
    if subject is None or not comma or any(t.low in UNSAID or t.low.endswith("n't") for t in sentence[comma + 1 : at]):
        return None
    if _is_first_person(sentence, subject):
        return None
    ascribed = AttributionSpans((verb.start, verb.end), subject.span, "reported_front", find_listener(sentence, at))
    return _read_around_cue(sentence, comma, at + 1, ascribed)


def _is_first_person(sentence: Sequence[Token], subject: Phrase) -> bool:
    return subject.kind == "pronoun" and any(t.start == subject.span[0] and t.low in FIRST_PERSON for t in sentence)


def _find_cue_clause(sentence: Sequence[Token], at: int) -> tuple[int | None, Phrase | None]:
    """Return the comma behind which the clause of a cue begins, and its subject: …, X, the mayor, said."""
    best = None
    for index in range(at - 2, max(at - MAX_SUBJECT_TOKENS, 0), -1):
        token = sentence[index]
        if token.kind == WORD and (_is_finite(token) and not (token.low in AUXILIARIES and index >= at - 3)):
            break
        if token.kind == QUOTE and not _is_separator(token):
            break
        if _is_separator(token):
            opening = sentence[index + 1]
            if opening.low in NO_SUBJECT or opening.kind != WORD:
                break
            best = index
    if best is None:
        return None, None
    return best, read_subject(list(sentence[best + 1 : at]))


def _is_separator(token: Token) -> bool:
    return token.word in COMMAS or (token.kind == QUOTE and token.low in (",", "?", "!"))


def _read_around_cue(
    sentence: Sequence[Token], comma: int, past: int, ascribed: AttributionSpans
) -> StatementRanges | None:
    """Return what stands before an attribution in commas, with what goes on behind it."""
    first = skip_dateline(sentence)
    if first >= comma or sentence[first].kind == QUOTE:
        return None
    if sentence[comma].kind == QUOTE and sentence[comma - 1].kind == POINT:
        return None
    end = comma if sentence[comma].kind == POINT else comma + 1
    goes_on = next(
        (i for i in range(past, min(past + LOOKAHEAD_TOKENS, len(sentence))) if sentence[i].word == ","), None
    )
    rest = sentence[goes_on + 1 :] if goes_on is not None else ()
    if rest and rest[0].kind == QUOTE:
        return None
    if _has_main_clause(sentence[first:end]) and not (rest and rest[0].low == "that"):
        behind = sentence[past] if past < len(sentence) else None
        is_end = behind is None or behind.kind == POINT or is_adverb(behind) or behind.low in AFTER_SPEAKER
        return [(first, end, ascribed)] if is_end else None
    if goes_on == past and _has_finite(rest) and not any(t.low in RELATIVE for t in rest[:1]):
        return [(first, _find_statement_end(sentence, past, goes_on + 1, 0), ascribed._replace(rule="reported_around"))]
    return None


def _read_according_to(sentence: Sequence[Token], at: int) -> StatementRanges | None:
    """Read what is so according to someone: what stands in front of the words, else the clause behind."""
    if at + 2 >= len(sentence) or sentence[at + 1].low != "to":
        return None
    speaker = read_phrase(sentence, at + 2)
    if speaker is None or not _may_be_source(sentence, at + 2, speaker):
        return None
    ascribed = AttributionSpans((sentence[at].start, sentence[at + 1].end), speaker, "reported_according")
    if at > skip_dateline(sentence) + 1:
        first, past = _find_clause_start(sentence, at), at - 1 if sentence[at - 1].word in COMMAS else at
        if sentence[first].kind == QUOTE or past - first < MIN_STATEMENT_TOKENS:
            return None
        return [(first, past, ascribed)]
    comma = next(
        (i for i in range(at + 2, len(sentence)) if sentence[i].word in COMMAS and sentence[i].start >= speaker[1]),
        None,
    )
    if comma is None or comma + MIN_STATEMENT_TOKENS >= len(sentence) or sentence[comma + 1].kind == QUOTE:
        return None
    first = comma + 1
    if not _opens_main_clause(sentence, first):
        comma = next((i for i in range(first, len(sentence)) if sentence[i].word in COMMAS), None)
        if comma is None or comma + MIN_STATEMENT_TOKENS >= len(sentence) or sentence[comma + 1].kind == QUOTE:
            return None
        first = comma + 1
    return [(first, _find_statement_end(sentence, at, first, 0), ascribed)]


def _opens_main_clause(sentence: Sequence[Token], at: int) -> bool:
    """Tell a clause from what is added to a name in commas: according to X, who …, the …"""
    return sentence[at].low not in RELATIVE and _has_finite(sentence[at : at + 30])


def _may_be_source(sentence: Sequence[Token], at: int, speaker: Span) -> bool:
    """Tell whom or what a statement may come from: not according to plan."""
    words = [token.word for token in sentence[at : at + LOOKAHEAD_TOKENS] if token.start < speaker[1]]
    return (
        any(word[:1].isupper() for word in words)
        or words[0].lower() in PRONOUNS_AND_QUANTIFIERS
        or (classify(" ".join(words)).attribution_class != "unknown")
    )


def _find_clause_start(sentence: Sequence[Token], at: int) -> int:
    """Return where the clause begins that ends in front of `at`."""
    for index in range(at - 2, 0, -1):
        low = sentence[index].low
        if sentence[index].word in (";", ":"):
            return index + 1
        if low in REPORTING and not is_noun(sentence, index):
            return index + 1
        if sentence[index - 1].word in COMMAS and low in CLAUSE_OPENERS:
            return index + (low in CONJUNCTIONS)
    return skip_dateline(sentence)


def _trim_points(sentence: Sequence[Token], first: int, past: int) -> Span | None:
    """Return the span of tokens without the points at their ends."""
    while past > first and sentence[past - 1].kind == POINT and sentence[past - 1].word not in (")", "]", "%"):
        past -= 1
    while first < past and sentence[first].kind == POINT and sentence[first].word not in ("(", "[", "$", "#"):
        first += 1
    return (sentence[first].start, sentence[past - 1].end) if first < past else None
