"""Lists the possible reported statements of a cue, behind it and in front of it.

Positions are indices of tokens in a sentence. Many candidates are wrong; statement_scores.py decides.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from newsmill.quotes.clauses import AttributionSpans, find_listener
from newsmill.quotes.cue_words import (
    ADDRESSING_VERBS,
    AUXILIARIES,
    BARE,
    DAYS_OF_SPEAKING,
    POINTING,
    PRONOUNS,
    QUANTIFIERS,
    QUESTION_WORDS,
    RELATIVE,
    REPORT_FORMS,
)
from newsmill.quotes.finite_verbs import MAX_SUBJECT_TOKENS, has_main_clause
from newsmill.quotes.noun_phrases import (
    OBJECT_PRONOUNS,
    Phrase,
    find_subject,
    read_phrase,
    read_subject,
    skip_dateline,
)
from newsmill.quotes.speakers import DETERMINERS, classify
from newsmill.quotes.speech_tokens import POINT, QUOTE, WORD, Span, Token
from newsmill.quotes.statement_features import (
    NO_VERB,
    VERB_TOKENS,
    CueDescription,
    describe_candidate,
    describe_cue,
    name_clause,
)
from newsmill.quotes.word_traits import ADVERB, CAPITALIZED, FINITE, PREPOSITION, PREPOSITIONS, STARTERS, TIME, TIMES

LOOKAHEAD_TOKENS, MAX_PHRASES_BETWEEN, MAX_COMMAS_BEHIND_SOURCE = 14, 2, 2
"""Tokens searched for the next comma or "that", phrases between cue and statement, commas behind a source.

Set by hand while reading polnear_train; half or twice is not measured.
"""
COMMAS = frozenset((",", "—", "–", "--"))
DAYS = DAYS_OF_SPEAKING | TIMES
NEVER_TIMES = frozenset(("all", "both", "even", "never", "not", "once", "only", "since"))
OPENING_SIGNS = "$£€#(["
SOURCE_OPENINGS = PRONOUNS | QUANTIFIERS | {"both", "several", "that", "these", "this", "those"}
CLAUSE_WORDS = frozenset(QUESTION_WORDS) | {"that"}
NO_OPENING = PREPOSITIONS | STARTERS
NO_SUBJECT = PREPOSITIONS | STARTERS | RELATIVE


class StatementCandidate(NamedTuple):
    """A possible statement of a cue.

    `start` or `end` is None where statement_bounds.py finds it: from `end` to the left, from `start` to the right.
    `layout`: the kind of candidate, the group of its weights. `values`: one for each of FEATURES.
    """

    layout: str
    start: int | None
    end: int | None
    attribution: AttributionSpans
    values: tuple[str, ...]


def list_statement_candidates(
    sentence: Sequence[Token], cue_index: int, cue_count: int
) -> Iterator[StatementCandidate]:
    """Yield the possible statements of the cue at `cue_index`; `cue_count` cues are in front of it."""
    if sentence[cue_index].lowered in ("according", "per"):
        yield from _list_of_source(sentence, cue_index, cue_count)
    elif sentence[cue_index].lowered in REPORT_FORMS:  # "state's" has none
        yield from _list_of_verb(sentence, cue_index, cue_count)


def _list_of_verb(sentence: Sequence[Token], i: int, cue_count: int) -> Iterator[StatementCandidate]:
    """Yield the candidates of a verb."""
    cue_span = (sentence[i].start, sentence[i].end)
    subject, is_passive = find_subject(sentence, i)
    subject_index = _find_token_at(sentence, subject.span[0], i) if subject else i
    cue, speaker, size = None, subject and subject.span, len(sentence)
    starts = _list_starts(sentence, i)
    for start, layout in starts:
        if layout == "bare" and not _may_open_statement(sentence, i, start, subject):
            continue
        has_opener = layout in THAT_LAYOUTS
        clause = (
            "" if layout in SURE_LAYOUTS else name_clause(sentence[start + has_opener : start + VERB_TOKENS], False)
        )
        cue = cue or describe_cue(sentence, i, cue_count, subject, subject_index, is_passive)
        values = describe_candidate(sentence, cue, (start, size), i + 1, clause)
        attribution = AttributionSpans(cue_span, speaker, "reported_that" if has_opener else "reported_bare")
        yield StatementCandidate(layout, start, None, attribution, values)
    if i == 0 or (starts and starts[-1][1] == "that") or REPORT_FORMS[sentence[i].lowered] == "ing":
        return
    yield from _list_inverted(sentence, i, cue_count, cue_span)
    if not _may_close_sentence(sentence, i):
        return
    for comma_index, phrase in _list_subjects_behind_comma(sentence, i, subject, subject_index):
        if phrase is subject:
            own = cue = cue or describe_cue(sentence, i, cue_count, subject, subject_index, is_passive)
        else:
            phrase_index = _find_token_at(sentence, phrase.span[0], i)
            own = describe_cue(sentence, i, cue_count, phrase, phrase_index, False)
        attribution = AttributionSpans(cue_span, phrase.span, "reported_front")
        yield from _list_in_front(sentence, "fronted", own, (comma_index, i + 1), attribution)


def add_listener(sentence: Sequence[Token], cue_index: int, candidate: StatementCandidate) -> StatementCandidate:
    """Return the chosen candidate with the listener of the speaker; only words behind or next to a subject have one."""
    attribution = candidate.attribution
    listener = None
    if candidate.layout not in LAYOUTS_WITHOUT_LISTENER and attribution.speaker:
        listener = find_listener(sentence, cue_index)
    return candidate._replace(attribution=attribution._replace(interviewing_outlet=listener)) if listener else candidate


def _may_open_statement(sentence: Sequence[Token], cue_index: int, start: int, subject: Phrase | None) -> bool:
    """Return whether a statement without "that" may begin next to a cue.

    On train, 7 in 365 are statements where the cue has no subject. Behind a preposition or conjunction 18 in 812 are,
    nearly all with a comma and another clause behind: said while the dam held, the mill did not.
    """
    if subject is None or sentence[cue_index].lowered not in BARE:
        return False
    return sentence[start].lowered not in NO_OPENING or _opens_second_clause(sentence, start)


def _opens_second_clause(sentence: Sequence[Token], start: int) -> bool:
    """Return whether a comma near ends an opening phrase, with a subject and a finite verb behind."""
    reach = range(start + 2, min(start + LOOKAHEAD_TOKENS, len(sentence) - 2))
    comma = next((j for j in reach if sentence[j].word in COMMAS), None)
    if comma is None or sentence[comma + 1].lowered in NO_OPENING or sentence[comma + 1].kind == POINT:
        return False
    return has_main_clause(sentence[comma + 1 : comma + 1 + VERB_TOKENS])


def _may_close_sentence(sentence: Sequence[Token], cue_index: int) -> bool:
    """Return whether the words behind a cue may follow an attribution: …, X said. …, X said in Oslo. …, X assured Y."""
    behind = skip_times(sentence, cue_index + 1)
    if behind >= len(sentence) or sentence[cue_index].lowered in ADDRESSING_VERBS:
        return True
    token = sentence[behind]
    return token.kind != WORD or token.traits & (PREPOSITION | CAPITALIZED) != 0


def _list_inverted(sentence: Sequence[Token], i: int, cue_count: int, cue_span: Span) -> Iterator[StatementCandidate]:
    """Yield the candidates in front of a verb with the speaker behind: …, said X; …, as reported by X."""
    is_as = sentence[i - 1].lowered == "as" and i > 1
    speaker_index = i + 2 if is_as else i + 1
    if speaker_index >= len(sentence) or not (is_as or is_separator(sentence[i - 1])):
        return
    if is_as and sentence[i + 1].lowered not in ("by", "in", "on"):
        return
    speaker = read_phrase(sentence, speaker_index)
    if speaker is None:
        return
    comma_index = i - 2 if is_as and is_separator(sentence[i - 2]) else i - 1
    span = (sentence[i - 1].start, sentence[i + 1].end) if is_as else cue_span
    attribution = AttributionSpans(span, speaker, "reported_according" if is_as else "reported_front")
    cue = describe_cue(sentence, i, cue_count, Phrase(speaker, "plain"), speaker_index, False)
    behind = _find_token_behind(sentence, speaker[1], speaker_index)
    layout = "as" if is_as else "inverted"
    yield from _list_in_front(sentence, layout, cue, (comma_index, behind), attribution)


def _list_subjects_behind_comma(
    sentence: Sequence[Token], i: int, subject: Phrase | None, subject_index: int
) -> Iterator[tuple[int, Phrase]]:
    """Yield the possible commas in front of an attribution, each with the subject: …, X, the mayor, said."""
    nearest = None
    if subject and subject_index:
        nearest = subject_index - 1 - (sentence[subject_index - 1].lowered == "as")
        if nearest > 0 and is_separator(sentence[nearest]):
            yield nearest, subject
    farthest = _find_farthest_comma(sentence, i)
    if farthest and farthest != nearest:
        phrase = read_subject(list(sentence[farthest + 1 : i]))
        if phrase:
            yield farthest, phrase


def _find_farthest_comma(sentence: Sequence[Token], i: int) -> int | None:
    """Return the first comma in front of a verb that only a subject with appositions separates from the verb."""
    comma_index = None
    for j in range(i - 2, max(i - MAX_SUBJECT_TOKENS, 0), -1):
        token = sentence[j]
        if is_separator(token):
            opening = sentence[j + 1]
            if opening.lowered in NO_SUBJECT or opening.kind != WORD:
                break
            comma_index = j
        elif token.kind == QUOTE or (token.traits & FINITE and not (token.lowered in AUXILIARIES and j >= i - 3)):
            break
    return comma_index


def _list_in_front(
    sentence: Sequence[Token],
    layout: str,
    cue: CueDescription,
    bounds: tuple[int, int],
    attribution: AttributionSpans,
) -> Iterator[StatementCandidate]:
    """Yield the candidate in front of an attribution; `bounds` are the comma and the first token behind."""
    comma_index, behind = bounds
    first = skip_dateline(sentence)
    end = comma_index if sentence[comma_index].kind == POINT else comma_index + 1
    if end <= first:
        return
    clause = name_clause(sentence[first:end], True)
    if clause != NO_VERB:  # on train, 2 in 477 without a verb are statements
        values = describe_candidate(sentence, cue, (first, end), skip_times(sentence, behind), clause)
        yield StatementCandidate(layout, None, end, attribution, values)


def _list_of_source(sentence: Sequence[Token], i: int, cue_count: int) -> Iterator[StatementCandidate]:
    """Yield the candidates of "according to X" and "per X": in front, and behind the next two commas."""
    is_per = sentence[i].lowered == "per"
    cue_index = i - 1 if is_per and i and sentence[i - 1].lowered == "as" else i
    source_index = i + 1 if is_per else i + 2
    if source_index >= len(sentence) or not (is_per or sentence[i + 1].lowered == "to"):
        return
    if is_per and cue_index == i and not _opens_source(sentence[source_index]):
        return
    source = sentence[source_index]
    is_pronoun = source.lowered in OBJECT_PRONOUNS and sentence[min(source_index + 1, len(sentence) - 1)].kind == POINT
    speaker = (source.start, source.end) if is_pronoun else read_phrase(sentence, source_index)
    if speaker is None or not (is_pronoun or _may_be_source(sentence, source_index, speaker)):
        return
    span = (sentence[cue_index].start, sentence[source_index - 1].end)
    attribution = AttributionSpans(span, speaker, "reported_according")
    behind = _find_token_behind(sentence, speaker[1], source_index)
    cue = describe_cue(sentence, cue_index, cue_count, Phrase(speaker, "plain"), source_index, False)
    cue = cue._replace(lemma="according", opener="to")  # "per" is too rare for weights of its own
    first = skip_dateline(sentence)
    end = cue_index - 1 if cue_index and sentence[cue_index - 1].word in COMMAS else cue_index
    if end > first + 1:
        clause = name_clause(sentence[first:end], True)
        values = describe_candidate(sentence, cue, (first, end), behind, clause)
        yield StatementCandidate("according", None, end, attribution, values)
    commas = [j for j in range(behind, len(sentence) - 2) if sentence[j].word in COMMAS]
    for number, comma in enumerate(commas[:MAX_COMMAS_BEHIND_SOURCE]):
        clause = name_clause(sentence[comma + 1 : comma + 1 + VERB_TOKENS], False)
        values = describe_candidate(sentence, cue, (comma + 1, len(sentence)), behind, clause)
        yield StatementCandidate(SOURCE_LAYOUTS[number], comma + 1, None, attribution, values)


def _may_be_source(sentence: Sequence[Token], start: int, speaker: Span) -> bool:
    """Return whether the words behind "according to" may be a source: not "according to plan"."""
    words = [token.word for token in sentence[start : start + LOOKAHEAD_TOKENS] if token.start < speaker[1]]
    return (
        any(word[:1].isupper() for word in words)
        or words[0].lower() in SOURCE_OPENINGS
        or classify(" ".join(words)).attribution_class != "unknown"
    )


def _opens_source(token: Token) -> bool:
    """Return whether a word behind "per" opens a source and not a rate: per the mayor, per Holm, not per student."""
    return token.word[:1].isupper() or token.lowered in DETERMINERS


def _list_starts(sentence: Sequence[Token], i: int) -> list[tuple[int, str]]:
    """Return the possible starts of a statement behind a cue, each once, with the layout."""
    starts: dict[int, str] = {}
    for start, layout in _list_named_starts(sentence, i):
        if start in starts or start >= len(sentence):
            continue
        if sentence[start].kind != POINT or sentence[start].word in OPENING_SIGNS:
            starts[start] = layout
            if layout == "that":
                break  # a "that" next to its verb leaves no doubt where the statement begins
    return [*starts.items()]


def _list_named_starts(sentence: Sequence[Token], i: int) -> Iterator[tuple[int, str]]:
    """Yield the starts behind times of speaking, listeners and phrases, and the next "that"."""
    start, size = i + 1, len(sentence)
    if sentence[i].lowered in POINTING and start < size and sentence[start].lowered == "out":
        start += 1
    direct = skip_times(sentence, start)
    if direct >= size:
        return
    yield _name_start(sentence, direct, "")
    if sentence[direct].word in COMMAS:
        reach = range(direct + 1, min(direct + LOOKAHEAD_TOKENS, size))
        comma = next((j for j in reach if sentence[j].word in COMMAS), None)
        if comma is not None:
            yield _name_start(sentence, comma, "second_")
    if direct > start:
        yield _name_start(sentence, start, "")
    if sentence[i].lowered in ADDRESSING_VERBS:
        yield from _list_behind_listener(sentence, start)
    if sentence[direct].traits & PREPOSITION:
        yield from _list_behind_phrases(sentence, direct)
    for j in range(start, min(start + LOOKAHEAD_TOKENS, size - 1)):
        word = sentence[j].lowered
        if word == "that":
            yield j, "far_that"
            return
        if word in (";", ":"):
            return


def _list_behind_listener(sentence: Sequence[Token], start: int) -> Iterator[tuple[int, str]]:
    """Yield the starts behind the listener: assured the court …; assured Axios officers had …"""
    listener = read_phrase(sentence, start)
    if listener is None:
        return
    end = _find_token_behind(sentence, listener[1], start)
    end = skip_times(sentence, end)
    if end < len(sentence):
        yield _name_start(sentence, end, "listener_")
    yield from _list_behind_phrases(sentence, end)
    name_end = start
    while name_end < min(end, len(sentence)) and sentence[name_end].word[0].isupper():
        name_end += 1
    if start < name_end < end:
        yield _name_start(sentence, name_end, "outlet_")


def _list_behind_phrases(sentence: Sequence[Token], start: int) -> Iterator[tuple[int, str]]:
    """Yield the starts behind phrases with a preposition: said in a letter to the court …"""
    for _ in range(MAX_PHRASES_BETWEEN):
        if start >= len(sentence) or not sentence[start].traits & PREPOSITION:
            return
        phrase = read_phrase(sentence, start + 1)
        if phrase is None:
            return
        start = skip_times(sentence, _find_token_behind(sentence, phrase[1], start + 1))
        if start < len(sentence) and (sentence[start].kind == POINT or sentence[start].lowered in CLAUSE_WORDS):
            yield _name_start(sentence, start, "phrase_")  # on train, 10 in 378 others are statements


def _name_start(sentence: Sequence[Token], i: int, prefix: str) -> tuple[int, str]:
    """Return the start at or behind `i` with its layout: the word there, and what is in front of it."""
    word = sentence[i].lowered
    if word == "that":
        return i, prefix + "that"
    if word in QUESTION_WORDS:
        return i, prefix + "question"
    if word in COMMAS:
        is_that = i + 1 < len(sentence) and sentence[i + 1].lowered == "that"
        return i + 1, prefix + ("comma_that" if is_that else "comma")
    if word == ":":
        return i + 1, prefix + "colon"
    return i, prefix + "bare"


_PREFIXES = ("", "second_", "listener_", "outlet_", "phrase_")
THAT_LAYOUTS = frozenset(
    {"far_that", *(prefix + word for prefix in _PREFIXES for word in ("that", "comma_that", "question"))}
)
SURE_LAYOUTS = frozenset(("listener_that", "phrase_that", "that"))
SOURCE_LAYOUTS = ("source_comma", "source_second_comma")
LAYOUTS_WITHOUT_LISTENER = frozenset(("inverted", "as", "according", *SOURCE_LAYOUTS))


def _find_token_at(sentence: Sequence[Token], char: int, end: int) -> int:
    """Return the last token up to `end` that begins at or before a character."""
    i = end
    while i >= 0 and sentence[i].start > char:
        i -= 1
    return i if i >= 0 else end


def _find_token_behind(sentence: Sequence[Token], char: int, start: int) -> int:
    """Return the first token from `start` on that begins at or behind a character."""
    i, size = start, len(sentence)
    while i < size and sentence[i].start < char:
        i += 1
    return i


def is_separator(token: Token) -> bool:
    """Return whether a token separates a statement from its attribution: a comma, or the end of quoted words."""
    return token.word in COMMAS or (token.kind == QUOTE and token.lowered in (",", "?", "!"))


def skip_times(sentence: Sequence[Token], start: int) -> int:
    """Return the index behind the words for the time of speaking: Tuesday, on Friday, last week, again."""
    i = start
    while i < len(sentence):
        word = sentence[i].lowered
        if word in DAYS or (sentence[i].traits & ADVERB and word not in NEVER_TIMES):
            if word == "this" and not (i + 1 < len(sentence) and sentence[i + 1].traits & TIME):
                break
            i += 1
        elif word in ("on", "in", "at") and i + 1 < len(sentence) and sentence[i + 1].lowered in DAYS:
            i += 2
        else:
            break
    return i
