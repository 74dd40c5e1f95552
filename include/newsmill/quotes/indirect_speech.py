"""Finds indirect speech, statements in the reporter's own words: X said (that) …; …, X said; according to X, …

Positions are indices of tokens in a sentence. `start` and `end` bound a half-open range.
"""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from functools import lru_cache
from operator import attrgetter
from typing import NamedTuple

from newsmill.quotes.clauses import AttributionSpans, find_listener
from newsmill.quotes.cue_words import (
    ADDRESSING_VERBS,
    ALSO_NOUNS,
    ANY_CLAUSE,
    AUXILIARIES,
    BARE,
    BE,
    CONJUNCTIONS,
    CONTRACTED,
    DAYS_OF_SPEAKING,
    DENYING,
    FIRST_PERSON,
    FRONTING,
    OPENS_NO_CLAUSE,
    POINTING,
    PROMISING,
    PRONOUNS,
    QUANTIFIERS,
    QUESTION_WORDS,
    QUESTIONING,
    RELATIVE,
    REPORTING,
    SUBORDINATING,
    UNSAID_WORDS,
    VERBS,
)
from newsmill.quotes.noun_phrases import (
    OBJECT_PRONOUNS,
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
from newsmill.quotes.speakers import DETERMINERS, classify
from newsmill.quotes.speech_tokens import POINT, QUOTE, WORD, Span, Token

MIN_STATEMENT_TOKENS, MAX_SUBJECT_TOKENS, LOOKAHEAD_TOKENS = 3, 16, 14
"""Tokens of the shortest statement, of the longest subject, and of the search for the next comma or "that".

Set by hand while reading polnear_train; half or twice is not measured.
"""
MAX_CLAUSE_TOKENS = 30
"""Tokens behind "according to X," for the verb of a clause; set the same way."""
COMMAS = frozenset((",", "—", "–", "--"))
INVERTING = FRONTING - ADDRESSING_VERBS
DAYS = DAYS_OF_SPEAKING | TIMES
DEPENDENT = PREPOSITIONS | SUBORDINATING
NO_OBJECT = PREPOSITIONS | STARTERS | PRONOUNS
NO_SUBJECT = PREPOSITIONS | STARTERS | RELATIVE
AFTER_SPEAKER = PREPOSITIONS | DAYS
BEHIND_INVERTED_SPEAKER = AFTER_SPEAKER | RELATIVE
PRONOUNS_AND_QUANTIFIERS = PRONOUNS | QUANTIFIERS
ADJECTIVE_PREPOSITIONS = frozenset(("by", "for", "in", "of", "over", "with"))
COUNT_ADVERBS = frozenset(("about", "around", "near", "over", "under"))
CLAUSE_OPENERS = CONJUNCTIONS | RELATIVE | {"with"}


class IndirectStatement(NamedTuple):
    """The span and the attribution of a reported statement."""

    span: Span
    attribution: AttributionSpans


def find_indirect_statements(sentence: Sequence[Token], cue_starts: Sequence[int]) -> Iterator[IndirectStatement]:
    """Yield the reported statements of a sentence.

    `cue_starts`: the first characters of reporting words, in order.
    """
    low, high = bisect_left(cue_starts, sentence[0].start), bisect_left(cue_starts, sentence[-1].end)
    i = 0
    for cue_start in cue_starts[low:high]:
        i = bisect_left(sentence, cue_start, i, key=_token_start)
        if i == len(sentence) or sentence[i].start != cue_start or sentence[i].kind == QUOTE:
            continue  # in quoted words, which are one token
        if sentence[i].lowered in ("according", "per"):
            statements = _read_according_to(sentence, i)
        elif (
            is_noun(sentence, i)
            or (i and sentence[i - 1].lowered in ADJECTIVE_PREPOSITIONS)
            or (i and sentence[i - 1].lowered.endswith(("'s", "s'")) and sentence[i].lowered in ALSO_NOUNS)
        ):
            continue
        else:
            statements = (
                _read_inverted_cue(sentence, i) or _read_behind_cue(sentence, i) or _read_before_cue(sentence, i)
            )
        for start, end, attribution in statements or ():
            span = _trim_points(sentence, start, end)
            if span:
                yield IndirectStatement(span, attribution)


_token_start = attrgetter("start")
StatementRanges = list[tuple[int, int, AttributionSpans]]


def _read_behind_cue(sentence: Sequence[Token], verb_index: int) -> StatementRanges | None:
    """Read a statement behind a cue: X said (that) …"""
    complement = _find_complement(sentence, verb_index)
    if complement is None:
        return None
    start, rule = complement
    subject, subject_index = _find_cue_subject(sentence, verb_index)
    if subject is None and not (rule == "reported_that" and _is_impersonal(sentence, verb_index)):
        return None
    end = _find_statement_end(sentence, verb_index, start, subject_index)
    if rule in ("reported_object", "reported_intent"):
        end = _find_phrase_end(sentence, start, end)
    if end - start < (1 if rule == "reported_object" else MIN_STATEMENT_TOKENS):
        return None
    if rule == "reported_bare" and not _is_statement_clause(
        sentence[start:end], sentence[verb_index].lowered in ANY_CLAUSE
    ):
        return None
    verb = sentence[verb_index]
    cue = (verb.start, verb.end)
    listener = find_listener(sentence, verb_index) if subject else None
    return [(start, end, AttributionSpans(cue, subject and subject.span, rule, listener))]


def _is_impersonal(sentence: Sequence[Token], verb_index: int) -> bool:
    """Return whether a verb has no speaker: it was reported that …; it has been alleged that …"""
    i = verb_index - 1
    while i > 0 and (is_adverb(sentence[i]) or sentence[i].lowered in BE or sentence[i].lowered in ("has", "had")):
        i -= 1
    is_passive = any(token.lowered in BE for token in sentence[max(i, 0) : verb_index])
    is_past = VERBS.get(sentence[verb_index].lowered) == "past"
    return i >= 0 and sentence[i].lowered == "it" and is_passive and is_past


def _find_cue_subject(sentence: Sequence[Token], verb_index: int) -> tuple[Phrase | None, int]:
    """Return the subject of a reporting verb, and the index of the subject's first token."""
    i = verb_index - 1
    while i >= 0 and is_adverb_or_auxiliary(sentence[i]):
        i -= 1
    if any(
        token.lowered in UNSAID_WORDS or token.lowered.endswith("n't") for token in sentence[max(i, 0) : verb_index]
    ):
        return None, verb_index
    subject, is_passive = find_subject(sentence, verb_index)
    if is_passive or subject is None:
        return None, verb_index
    subject_index = next((i for i in range(verb_index, -1, -1) if sentence[i].start <= subject.span[0]), verb_index)
    if subject.kind == "pronoun" and sentence[subject_index].lowered.partition("'")[0] in FIRST_PERSON:
        return None, verb_index
    return subject, subject_index


def _find_complement(sentence: Sequence[Token], verb_index: int) -> tuple[int, str] | None:
    """Return the start of a reported statement behind a cue, and the rule."""
    verb = sentence[verb_index].lowered
    i = verb_index + 1
    if i >= len(sentence):
        return None
    if verb in ADDRESSING_VERBS:
        listener = read_phrase(sentence, i)
        while listener and i < len(sentence) and sentence[i].start < listener[1]:
            i += 1
        if verb not in BARE and i >= len(sentence):
            return None
    if verb in POINTING and sentence[i].lowered == "out":
        i += 1
    i = _skip_times(sentence, i)
    if i >= len(sentence):
        return None
    token = sentence[i]
    if token.lowered == "that":
        return i, "reported_that"
    next_word = sentence[i + 1].lowered if i + 1 < len(sentence) else ""
    if verb in PROMISING and next_word and (token.lowered == "to" or (token.lowered, next_word) == ("not", "to")):
        return i, "reported_intent"
    if (
        verb in DENYING
        and i == verb_index + 1
        and token.kind == WORD
        and token.word.islower()
        and (token.lowered not in NO_OBJECT)
    ):
        return i, "reported_object"
    if verb in QUESTIONING and token.lowered in QUESTION_WORDS and _has_finite(sentence[i + 1 : i + MAX_CLAUSE_TOKENS]):
        return i, "reported_that"
    that_index = _find_that(sentence, i)
    if that_index is not None:
        return that_index, "reported_that"
    if verb in BARE and token.kind == WORD and _opens_clause(sentence, i):
        return i, "reported_bare"
    return None


def _is_statement_clause(words: Sequence[Token], is_saying: bool) -> bool:
    """Return whether words are a statement and not a thing: "said the dam holds", not "noted the dam".

    Behind most verbs a subject and a finite verb must follow each other; behind forms of "say" any finite verb will do.
    """
    if is_saying:
        return _has_finite(words[1:])
    if words[0].lowered == "there":
        return _has_finite(words[1:2])
    subject = read_phrase(words, 0)
    if subject is None:
        return False
    i = bisect_left(words, subject[1], key=_token_start)
    return _follows_subject(words, i)


def _follows_subject(words: Sequence[Token], start: int) -> bool:
    """Return whether a finite verb follows the words of a subject, behind adverbs and further nouns."""
    for i in range(start, min(start + MAX_SUBJECT_TOKENS, len(words))):
        token = words[i]
        is_participle_like = token.lowered.endswith("ed") and (
            i > start or words[min(i + 1, len(words) - 1)].lowered in PREPOSITIONS
        )
        if not is_participle_like and (_is_finite(token) or (i == start and _has_finite(words[i : i + 1]))):
            return True
        if token.kind == POINT or token.lowered in STARTERS or token.lowered == "to":
            return False
    return False


def _skip_times(sentence: Sequence[Token], start: int) -> int:
    """Return the index behind the words for the time of speaking: Tuesday, on Friday, last week, again."""
    i = start
    while i < len(sentence):
        word = sentence[i].lowered
        if word in DAYS or (is_adverb(sentence[i]) and word not in ("only", "both", "all", "even", "not", "never")):
            if word == "this" and not (i + 1 < len(sentence) and sentence[i + 1].lowered in TIMES):
                break
            i += 1
        elif word in ("on", "in", "at") and i + 1 < len(sentence) and sentence[i + 1].lowered in DAYS:
            i += 2
        else:
            break
    return i


def _find_that(sentence: Sequence[Token], start: int) -> int | None:
    """Return the index of a "that" behind a phrase: said in a statement on Friday that …"""
    has_opening = sentence[start].lowered in PREPOSITIONS or sentence[start].word == ","
    if not has_opening:
        return None
    for i in range(start, min(start + LOOKAHEAD_TOKENS, len(sentence) - 1)):
        token = sentence[i]
        if token.kind == QUOTE or token.word in (";", ":") or (_is_finite(token) and not is_noun(sentence, i)):
            return None
        if token.lowered == "that" and sentence[i + 1].kind == WORD and sentence[i - 1].lowered not in PREPOSITIONS:
            return i
    return None


def _opens_clause(sentence: Sequence[Token], i: int) -> bool:
    word = sentence[i].lowered
    return word not in PREPOSITIONS and word not in OPENS_NO_CLAUSE and word not in ("what", "how", "why", "who")


def _has_main_clause(words: Sequence[Token]) -> bool:
    """Return whether words hold a main clause, even one behind a subordinate clause."""
    words = words[1:] if words and words[0].lowered in ("and", "but", "so", "yet") else words
    if not words:
        return False
    opening = words[0]
    is_count = opening.lowered in COUNT_ADVERBS and len(words) > 1 and words[1].word[0] in "0123456789$€£"
    if (
        (opening.lowered in DEPENDENT and not is_count)
        or opening.lowered.endswith(("ed", "ing"))
        or is_participle(opening)
    ):
        comma_index = next((i for i, token in enumerate(words) if token.word == ","), len(words))
        return _has_main_clause(words[comma_index + 1 :])
    in_relative = False
    for token in words:
        in_relative = token.lowered in RELATIVE or (in_relative and token.word != ",")
        if not in_relative and (_is_finite(token) or token.kind == QUOTE or token.lowered in CONTRACTED):
            return True
    return False


def _is_finite(token: Token) -> bool:
    is_finite = token.kind == WORD and _is_finite_word(token.lowered)
    return is_finite is True or (is_finite is None and token.word[0].islower())


@lru_cache(maxsize=1 << 16)
def _is_finite_word(word: str) -> bool | None:
    """Return whether a word is a finite verb; None if only in lower case."""
    if word in AUXILIARIES or word in OTHER_PASTS or word.endswith("n't"):
        return True
    if "'" in word and word.rpartition("'")[2] in ("re", "ve", "ll", "d", "m"):
        return True
    return None if word.endswith("ed") or VERBS.get(word) in ("s", "past", "base") else False


def _has_finite(tokens: Sequence[Token]) -> bool:
    """Return whether words hold a finite verb; an ending in "s" is enough."""
    return any(
        _is_finite(t)
        or t.kind == QUOTE
        or t.lowered in CONTRACTED
        or (t.kind == WORD and t.word[0].islower() and t.lowered.endswith("s") and len(t.lowered) > 4)
        for t in tokens
    )


def _find_statement_end(sentence: Sequence[Token], verb_index: int, start: int, subject_index: int) -> int:
    """Return the end of the statement beginning at `start`."""
    word_before = sentence[subject_index - 1].lowered if subject_index else ""
    in_relative = sentence[verb_index - 1].lowered in RELATIVE or any(
        t.lowered in RELATIVE for t in sentence[max(verb_index - 3, 0) : verb_index]
    )
    to_comma = in_relative or word_before in SUBORDINATING
    for i in range(start + 1, len(sentence)):
        token = sentence[i]
        if token.kind == WORD:
            if token.lowered == "according" or (token.lowered in CONJUNCTIONS and _opens_saying_clause(sentence, i)):
                return i
        elif token.word in (";", ":"):
            return i
        elif _is_separator(token):
            if to_comma or _ends_statement(sentence, i):
                return i if token.kind == POINT else i + 1
        elif token.kind == QUOTE and sentence[i - 1].word in (",", ":"):
            return i - 1
    return len(sentence)


def _find_phrase_end(sentence: Sequence[Token], start: int, end: int) -> int:
    """Return the end of a denial or promise: a comma, or another action of the speaker."""
    for i in range(start + 1, end):
        token, following = sentence[i], sentence[i + 1 : i + 2]
        if token.word in COMMAS or token.lowered in ("through", "after", "but", "saying"):
            return i
        if token.lowered == "and" and following and (_is_finite(following[0]) or is_adverb(following[0])):
            return i
    return end


def _ends_statement(sentence: Sequence[Token], comma_index: int) -> bool:
    """Return whether the reporter goes on behind a comma: …, adding that; …, but Y said; …, Y said."""
    following = sentence[comma_index + 1 : comma_index + 2]
    if not following or following[0].kind == QUOTE:
        return bool(following)
    token = following[0]
    if token.lowered in ("who", "which", "whose", "whom", "where"):
        return True  # a relative clause on a name is the reporter's
    if VERBS.get(token.lowered) == "ing" or token.lowered == "according":
        return True
    if token.lowered in ("but", "although", "though"):
        return True
    return _opens_saying_clause(sentence, comma_index + 1 if token.lowered in CONJUNCTIONS else comma_index)


def _opens_saying_clause(sentence: Sequence[Token], start: int) -> bool:
    """Return whether the clause behind `start` has a reporting verb before any other verb or preposition."""
    words = sentence[start + 1 : start + 1 + MAX_SUBJECT_TOKENS]
    for i, token in enumerate(words):
        if token.kind == QUOTE or token.word in (";", ":"):
            return False
        if token.lowered in REPORTING and not is_noun(words, i) and VERBS.get(token.lowered) != "base":
            return True
        if (
            token.lowered in BE
            or (_is_finite(token) and token.lowered not in AUXILIARIES)
            or token.lowered in PREPOSITIONS
        ):
            return False
    return False


def _read_inverted_cue(sentence: Sequence[Token], verb_index: int) -> StatementRanges | None:
    """Read an attribution with the cue before the speaker, behind or amid a statement: …, said X, …"""
    verb = sentence[verb_index]
    if (
        not verb_index
        or not _is_separator(sentence[verb_index - 1])
        or verb.lowered not in INVERTING
        or VERBS.get(verb.lowered) not in ("past", "s")
    ):
        return None
    if not REPORTING.isdisjoint([t.lowered for t in sentence[:verb_index]]):
        return None
    speaker = read_phrase(sentence, verb_index + 1)
    if speaker is None or sentence[verb_index + 1].lowered in FIRST_PERSON:
        return None
    end = next((i for i in range(verb_index + 1, len(sentence)) if sentence[i].start >= speaker[1]), len(sentence))
    next_token = sentence[end] if end < len(sentence) else None
    if next_token and next_token.kind == WORD and next_token.lowered not in BEHIND_INVERTED_SPEAKER:
        return None
    attribution = AttributionSpans((verb.start, verb.end), speaker, "reported_front")
    return _read_around_cue(sentence, verb_index - 1, end, attribution)


def _read_before_cue(sentence: Sequence[Token], verb_index: int) -> StatementRanges | None:
    """Read a statement in front of a cue, or around a cue: …, X said, …"""
    verb = sentence[verb_index]
    if VERBS.get(verb.lowered) not in ("past", "s", "base") or verb.lowered not in FRONTING:
        return None
    comma_index, subject = _find_cue_clause(sentence, verb_index)
    if (
        subject is None
        or not comma_index
        or any(t.lowered in UNSAID_WORDS or t.lowered.endswith("n't") for t in sentence[comma_index + 1 : verb_index])
    ):
        return None
    if _is_first_person(sentence, subject):
        return None
    attribution = AttributionSpans(
        (verb.start, verb.end), subject.span, "reported_front", find_listener(sentence, verb_index)
    )
    return _read_around_cue(sentence, comma_index, verb_index + 1, attribution)


def _is_first_person(sentence: Sequence[Token], subject: Phrase) -> bool:
    return subject.kind == "pronoun" and any(t.start == subject.span[0] and t.lowered in FIRST_PERSON for t in sentence)


def _find_cue_clause(sentence: Sequence[Token], verb_index: int) -> tuple[int | None, Phrase | None]:
    """Return the comma in front of a cue's clause, and the subject: …, X, the mayor, said."""
    comma_index = None
    for i in range(verb_index - 2, max(verb_index - MAX_SUBJECT_TOKENS, 0), -1):
        token = sentence[i]
        if token.kind == WORD and (_is_finite(token) and not (token.lowered in AUXILIARIES and i >= verb_index - 3)):
            break
        if token.kind == QUOTE and not _is_separator(token):
            break
        if _is_separator(token):
            opening = sentence[i + 1]
            if opening.lowered in NO_SUBJECT or opening.kind != WORD:
                break
            comma_index = i
    if comma_index is None:
        return None, None
    return comma_index, read_subject(list(sentence[comma_index + 1 : verb_index]))


def _is_separator(token: Token) -> bool:
    return token.word in COMMAS or (token.kind == QUOTE and token.lowered in (",", "?", "!"))


def _read_around_cue(
    sentence: Sequence[Token], comma_index: int, cue_end: int, attribution: AttributionSpans
) -> StatementRanges | None:
    """Return the statement in front of an attribution in commas, with the continuation behind."""
    start = skip_dateline(sentence)
    if start >= comma_index or sentence[start].kind == QUOTE:
        return None
    if sentence[comma_index].kind == QUOTE and sentence[comma_index - 1].kind == POINT:
        return None
    end = comma_index if sentence[comma_index].kind == POINT else comma_index + 1
    reach = range(cue_end, min(cue_end + LOOKAHEAD_TOKENS, len(sentence)))
    second_comma = next((i for i in reach if sentence[i].word == ","), None)
    rest = sentence[second_comma + 1 :] if second_comma is not None else ()
    if rest and rest[0].kind == QUOTE:
        return None
    if _has_main_clause(sentence[start:end]) and not (rest and rest[0].lowered == "that"):
        next_token = sentence[cue_end] if cue_end < len(sentence) else None
        is_end = (
            next_token is None
            or next_token.kind == POINT
            or is_adverb(next_token)
            or next_token.lowered in AFTER_SPEAKER
        )
        return [(start, end, attribution)] if is_end else None
    if second_comma == cue_end and _has_finite(rest) and not any(t.lowered in RELATIVE for t in rest[:1]):
        end = _find_statement_end(sentence, cue_end, second_comma + 1, 0)
        return [(start, end, attribution._replace(rule="reported_around"))]
    return None


def _read_according_to(sentence: Sequence[Token], cue_index: int) -> StatementRanges | None:
    """Read the statement in front of "according to X", else the clause behind."""
    if cue_index + 2 >= len(sentence):
        return None
    if sentence[cue_index].lowered == "per":
        start = cue_index - 1 if cue_index and sentence[cue_index - 1].lowered == "as" else cue_index
        if (start and sentence[start - 1].word != ",") or not _opens_source(sentence[cue_index + 1]):
            return None
        return _read_source(sentence, start, cue_index + 1)
    return _read_source(sentence, cue_index, cue_index + 2) if sentence[cue_index + 1].lowered == "to" else None


def _opens_source(token: Token) -> bool:
    """Return whether a word behind "per" opens a source and not a rate: per the mayor, per Holm, not per student."""
    return token.word[:1].isupper() or token.lowered in DETERMINERS


def _read_source(sentence: Sequence[Token], cue_index: int, source_index: int) -> StatementRanges | None:
    """Read the statement in front of a source at `source_index`, else the clause behind."""
    source = sentence[source_index]
    is_pronoun = source.lowered in OBJECT_PRONOUNS and sentence[min(source_index + 1, len(sentence) - 1)].kind == POINT
    speaker = (source.start, source.end) if is_pronoun else read_phrase(sentence, source_index)
    if speaker is None or not (is_pronoun or _may_be_source(sentence, source_index, speaker)):
        return None
    cue = (sentence[cue_index].start, sentence[source_index - 1].end)
    attribution = AttributionSpans(cue, speaker, "reported_according")
    if cue_index > skip_dateline(sentence) + 1:
        start = _find_clause_start(sentence, cue_index)
        end = cue_index - 1 if sentence[cue_index - 1].word in COMMAS else cue_index
        if sentence[start].kind == QUOTE:
            return None
        if end - start >= MIN_STATEMENT_TOKENS:
            return [(start, end, attribution)]
    commas = [i for i in range(source_index, len(sentence)) if sentence[i].word in COMMAS]
    comma_index = next((i for i in commas if sentence[i].start >= speaker[1]), None)
    if comma_index is None or not _may_open_statement(sentence, comma_index):
        return None
    start = comma_index + 1
    if not _opens_main_clause(sentence, start):
        comma_index = next((i for i in range(start, len(sentence)) if sentence[i].word in COMMAS), None)
        if comma_index is None or not _may_open_statement(sentence, comma_index):
            return None
        start = comma_index + 1
    return [(start, _find_statement_end(sentence, cue_index, start, 0), attribution)]


def _may_open_statement(sentence: Sequence[Token], comma_index: int) -> bool:
    """Return whether enough unquoted words follow a comma for a statement."""
    return comma_index + MIN_STATEMENT_TOKENS < len(sentence) and sentence[comma_index + 1].kind != QUOTE


def _opens_main_clause(sentence: Sequence[Token], i: int) -> bool:
    """Return whether a clause opens at `i`, and not an apposition: according to X, who …, the …"""
    return sentence[i].lowered not in RELATIVE and _has_finite(sentence[i : i + MAX_CLAUSE_TOKENS])


def _may_be_source(sentence: Sequence[Token], start: int, speaker: Span) -> bool:
    """Return whether the words behind "according to" may be a source: not "according to plan"."""
    words = [token.word for token in sentence[start : start + LOOKAHEAD_TOKENS] if token.start < speaker[1]]
    return (
        any(word[:1].isupper() for word in words)
        or words[0].lower() in PRONOUNS_AND_QUANTIFIERS
        or (classify(" ".join(words)).attribution_class != "unknown")
    )


def _find_clause_start(sentence: Sequence[Token], cue_index: int) -> int:
    """Return the start of the clause in front of the cue."""
    for i in range(cue_index - 2, 0, -1):
        word = sentence[i].lowered
        if sentence[i].word in (";", ":"):
            return i + 1
        if word in REPORTING and not is_noun(sentence, i):
            return i + 1
        if sentence[i - 1].word in COMMAS and word in CLAUSE_OPENERS:
            return i + (word in CONJUNCTIONS)
    return skip_dateline(sentence)


def _trim_points(sentence: Sequence[Token], start: int, end: int) -> Span | None:
    """Return the span of tokens without the punctuation at both ends, or None."""
    while end > start and sentence[end - 1].kind == POINT and sentence[end - 1].word not in (")", "]", "%"):
        end -= 1
    while start < end and sentence[start].kind == POINT and sentence[start].word not in ("(", "[", "$", "#"):
        start += 1
    return (sentence[start].start, sentence[end - 1].end) if start < end else None
