"""Reads noun phrases: the subject of a verb, and the phrase beginning or ending at a token.

Indices count the tokens of a sentence. `end_index` is the last token of a phrase.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from newsmill.languages.word_lists import read_words
from newsmill.nlp.countries import COUNTRY_CODES, STATES
from newsmill.quotes.cue_words import (
    ADVERBS,
    ALSO_NOUNS,
    ARTICLES,
    AUXILIARIES,
    BE,
    OPENING_VERB_FORMS,
    PRONOUNS,
    SAYING,
    VERBS,
)
from newsmill.quotes.speakers import DETERMINERS, DOCUMENTS, is_role
from newsmill.quotes.speech_tokens import QUOTE, WORD, Span, Token
from newsmill.quotes.word_traits import (
    ADVERB,
    CAPITALIZED,
    DETERMINER,
    HELPER,
    JOINS,
    LOWERCASE,
    NAME_MODIFIER,
    NAME_PARTICLE,
    NOT_IN_NAME,
    NOUN_LIKE,
    NUMERIC,
    PARTICIPLE,
    PREPOSITION,
    PREPOSITIONS,
    PRONOUN,
    PRONOUN_OR_CONTRACTION,
    ROLE,
    STARTER,
    STARTERS,
    THING,
    THINGS,
    TIME,
    VERB_LIKE,
    VERB_ONLY,
)


def _read_words(name: str) -> frozenset[str]:
    return frozenset(read_words("en", "noun_phrases", name))


# Each list is explained where it is, in languages/en/noun_phrases.toml.
BOUND = _read_words("bound_adjectives")
STANDALONE_QUANTIFIERS = _read_words("nouns_without_noun")
NEVER_ALONE = DETERMINERS - STANDALONE_QUANTIFIERS
NO_SPEAKER = PREPOSITIONS | STARTERS | {"who", "whose", "not"}
HELPING = AUXILIARIES - BE - {"may"}
BEFORE_VERBS = PRONOUNS | ADVERBS | AUXILIARIES | {"to"}


OUTER_PREPOSITIONS = frozenset(
    ("about", "against", "among", "at", "behind", "by", "for", "from", "in", "inside", "near", "of", "on", "to", "with")
)
READING_FORMS = frozenset(("read", "reads", "states"))
OBJECT_PRONOUNS = frozenset(("her", "him", "them"))
JOINED_TO = STARTERS | {"both"}
OPENERS = _read_words("openers")
_OPENS_OTHER_PHRASE = PREPOSITION | STARTER | PARTICIPLE
_OPENS_NO_PHRASE = NOT_IN_NAME | JOINS | TIME
_BREAKS_PHRASE = NOT_IN_NAME | TIME | PRONOUN
_BREAKS_PHRASE_BACK = _BREAKS_PHRASE | ADVERB
_OPENS_NOUN = CAPITALIZED | NUMERIC | DETERMINER
_BEFORE_NAME = ROLE | NAME_PARTICLE | NAME_MODIFIER


class Phrase(NamedTuple):
    """A noun phrase; `kind` is "pronoun" or "plain"."""

    span: Span
    kind: str


MAX_PHRASE_TOKENS, MAX_SUBJECT_PART_TOKENS, DATELINE_TOKENS, PLACE_TOKENS, ROLE_TOKENS = 14, 22, 12, 4, 3
MAX_OUTER_PHRASES, MAX_TITLE_TOKENS, MAX_NAME_TOKENS = 3, 12, 7
"""Tokens read of a noun phrase, a subject without appositions, a dateline, a state's name, and words up to a role, and
phrases bound to each other by prepositions, tokens of a title next to a name, and of a name with its titles.

Set by hand while reading polnear_train; half or twice is not measured.
"""


def find_main_subject(sentence: Sequence[Token]) -> Span | None:
    """Return the noun phrase opening a sentence, behind adverbs and leading phrases."""
    i = skip_dateline(sentence)
    while i < len(sentence):
        token = sentence[i]
        if token.kind == WORD and token.traits & _OPENS_OTHER_PHRASE:
            comma_index = i if token.lowered in ("and", "but", "so", "yet") else _find_opening_comma(sentence, i)
            if comma_index is None:
                return None
            i = comma_index + 1
        elif (
            token.kind != WORD
            or token.traits & ADVERB
            or token.lowered in ("however", "meanwhile")
            or _is_opening_adverb(sentence, i)
        ):
            i += 1
        else:
            phrase = read_phrase(sentence, i)
            last_index = next((j for j in range(i, len(sentence)) if phrase and sentence[j].end >= phrase[1]), i)
            if (phrase and sentence[last_index].traits & TIME) or _is_time_phrase(sentence, last_index):
                i = _find_opening_comma(sentence, last_index) or last_index
                i += 1
            else:
                return phrase
    return None


def _find_opening_comma(sentence: Sequence[Token], start: int) -> int | None:
    """Return the comma at the end of an opening phrase; skip a comma within a place: in Portsmouth, N.H., …"""
    commas = (i for i in range(start, len(sentence)) if sentence[i].word == ",")
    comma = next(commas, None)
    while comma is not None and _is_part_of_place(sentence, comma):
        comma = next(commas, None)
    return comma


def _is_part_of_place(sentence: Sequence[Token], comma_index: int) -> bool:
    """Return whether only the name of a state or country is between a comma and the next."""
    words: list[str] = []
    for token in sentence[comma_index + 1 : comma_index + PLACE_TOKENS]:
        if token.word == ",":
            return bool(words) and " ".join(words) in STATES
        words.append(token.lowered)
    return False


def _is_opening_adverb(sentence: Sequence[Token], i: int) -> bool:
    """Return whether the token is an adverb opening a sentence: Indeed, …; Shortly after …"""
    next_token = sentence[i + 1] if i + 1 < len(sentence) else None
    if next_token is None or sentence[i].lowered in PRONOUNS:
        return False
    word = sentence[i].lowered
    if next_token.word == ",":
        return word in OPENERS or (word.endswith("ly") and i == 0)
    return word.endswith("ly") and next_token.traits & PREPOSITION != 0


def _is_time_phrase(sentence: Sequence[Token], last_index: int) -> bool:
    """Return whether the word behind a phrase marks a time: Hours later, …"""
    return last_index + 1 < len(sentence) and sentence[last_index + 1].lowered in ("later", "earlier", "ago", "before")


def skip_dateline(sentence: Sequence[Token]) -> int:
    """Return the index behind the dateline of a sentence: OSLO, May 3 (AGENCY) — The …"""
    first = sentence[0].word if sentence else ""
    if first == "(" and len(sentence) > 3 and sentence[1].word.isupper() and sentence[2].word == ")":
        return 3
    if not (len(first) > 2 and first.isupper()):
        return 0
    return next((i + 1 for i, token in enumerate(sentence[:DATELINE_TOKENS]) if token.word in ("—", "–", "-", "--")), 0)


def read_subject(tokens: list[Token]) -> Phrase | None:
    """Read the words between a quotation and the verb as a subject, without appositions in commas."""
    words = list(tokens)
    while words and (words[-1].traits & ADVERB or words[-1].lowered in AUXILIARIES):
        words.pop()
    if not words:
        return None
    if words[-1].traits & PRONOUN and words[-1].lowered != "who":
        return Phrase((words[-1].start, words[-1].end), "pronoun")
    part = next((other for other in _split_at_commas(words) if _may_be_subject(other)), None)
    if part is None:
        return None
    while part and (part[0].traits & ADVERB or part[0].lowered in ("and", "but")):
        part = part[1:]
    part = _drop_relative_clause(part)
    return Phrase((part[0].start, part[-1].end), "plain") if part else None


def find_subject(sentence: Sequence[Token], verb_index: int) -> tuple[Phrase | None, bool]:
    """Return the subject of the verb at `verb_index`, and whether the verb is passive."""
    i, auxiliaries = verb_index - 1, []
    while i >= 0 and sentence[i].traits & HELPER:
        auxiliaries.append(sentence[i].lowered)
        i -= 1
    has_be = not BE.isdisjoint(auxiliaries)
    kind = VERBS.get(sentence[verb_index].lowered, "past")
    if kind == "past" and has_be:
        return None, True
    if i < 0:
        return None, False
    previous = sentence[i]
    if kind == "ing" and not has_be:
        return _find_participle_subject(sentence, i) or _find_governing_subject(sentence, i), False
    if previous.lowered in ("to", "and", "but", "or", "by", "in", "for", "then"):
        return _find_governing_subject(sentence, i), False
    if previous.lowered in ("who", "which", "that"):
        return _read_antecedent(sentence, i - 1), False
    pronoun = _read_pronoun(previous)
    if pronoun:
        return Phrase(pronoun, "pronoun"), False
    if previous.word in (",", "—", "–", ")"):
        return _find_subject_across_commas(sentence, i) or _find_governing_subject(sentence, i), False
    if previous.kind == QUOTE:
        return _find_governing_subject(sentence, i), False
    return _read_whole_subject(sentence, i) or _find_governing_subject(sentence, i), False


def _find_participle_subject(sentence: Sequence[Token], end_index: int) -> Phrase | None:
    """Return the subject of a participle behind "with": …, with protesters chanting"""
    phrase = read_phrase_back(sentence, end_index)
    start = _find_phrase_start(sentence, phrase, end_index) if phrase else 0
    return phrase if start and sentence[start - 1].lowered == "with" else None


def _read_whole_subject(sentence: Sequence[Token], end_index: int) -> Phrase | None:
    """Return the noun phrase ending at `end_index`, with a phrase joined by "and".

    A phrase for the place of speaking gives way to the name in front: the mayor in Oslo.
    """
    phrase = read_phrase_back(sentence, end_index)
    if phrase is None or phrase.kind == "pronoun":
        return phrase
    start = _find_phrase_start(sentence, phrase, end_index)
    name = _read_name_before_title(sentence, start - 1) if start > 1 and sentence[start - 1].word == "," else None
    name = name or _read_antecedent_of_clause(sentence, start)
    if name:
        return name
    word_before = sentence[start - 1].lowered if start else ""
    if word_before in ("in", "on", "at", "during") and start > 1 and sentence[start - 2].word[:1].isupper():
        return read_phrase_back(sentence, start - 2) or phrase
    if word_before in OUTER_PREPOSITIONS and start > 1:
        outer = _read_outer_phrase(sentence, start - 2)
        if outer:
            return Phrase((outer.span[0], phrase.span[1]), "plain")
    if word_before == "and" and start > 1:
        other = read_phrase_back(sentence, start - 2)
        other_start = _find_phrase_start(sentence, other, start - 2) if other else 0
        if other and (
            other_start == 0 or sentence[other_start - 1].word == "," or sentence[other_start - 1].lowered in JOINED_TO
        ):
            return Phrase((other.span[0], phrase.span[1]), "plain")
    return phrase


def _read_antecedent_of_clause(sentence: Sequence[Token], start: int) -> Phrase | None:
    """Return the noun of the relative clause that ends in a phrase: a nurse who spoke to the Post said."""
    for i in range(start - 1, max(start - MAX_TITLE_TOKENS, 0), -1):
        if sentence[i].kind != WORD:
            return None
        if sentence[i].lowered == "who":
            between = sentence[i + 1 : start]
            has_verb = any(token.traits & VERB_LIKE or token.lowered in AUXILIARIES for token in between)
            return read_phrase_back(sentence, i - 1) if has_verb else None
    return None


def _read_outer_phrase(sentence: Sequence[Token], end_index: int) -> Phrase | None:
    """Return the phrase that opens a clause and has a preposition behind: a guard at the store, a report by Orla."""
    i = end_index
    if sentence[i].lowered in BOUND or sentence[i].lowered.endswith(("ed", "ing")):
        i -= 1
    for _ in range(MAX_OUTER_PHRASES):
        phrase = read_phrase_back(sentence, i) if i >= 0 else None
        if phrase is None or phrase.kind == "pronoun":
            return None
        start = _find_phrase_start(sentence, phrase, i)
        before = sentence[start - 1] if start else None
        if before is None or before.kind != WORD or before.lowered in STARTERS or before.lowered in SAYING:
            return phrase
        if before.lowered not in OUTER_PREPOSITIONS:
            return None
        i = start - 2
    return None


def _find_phrase_start(sentence: Sequence[Token], phrase: Phrase, i: int) -> int:
    """Return the index of the first token of a phrase ending at or before `i`."""
    while i and sentence[i].start > phrase.span[0]:
        i -= 1
    return i


def read_phrase_back(sentence: Sequence[Token], end_index: int) -> Phrase | None:
    """Return the noun phrase ending at `end_index`."""
    start, i, is_proper = None, end_index, False
    while i >= 0:
        token = sentence[i]
        if token.word == ")":
            i = next((j for j in range(i, -1, -1) if sentence[j].word == "("), 0) - 1
            continue
        if token.kind != WORD or not _continues_phrase(sentence, i, start, is_proper):
            break
        start, is_proper = i, token.traits & CAPITALIZED != 0
        i -= 1
        if token.traits & DETERMINER:
            is_joined = i >= 1 and sentence[i].traits & JOINS and sentence[i - 1].traits & NOUN_LIKE
            if not is_joined:
                break
    while start is not None and start <= end_index and sentence[start].traits & JOINS:
        start += 1
    if start is None or start > end_index:
        return None
    if start == end_index and sentence[end_index].traits & PRONOUN:
        return Phrase((sentence[end_index].start, sentence[end_index].end), "pronoun")
    return Phrase((sentence[start].start, sentence[end_index].end), "plain")


def read_phrase(tokens: Sequence[Token], start: int) -> Span | None:
    """Return the span of the noun phrase beginning at `start`."""
    pronoun = _read_pronoun(tokens[start]) if start < len(tokens) else None
    if pronoun:
        return pronoun
    end, limit = start, min(len(tokens), start + MAX_PHRASE_TOKENS)
    while end < limit and _extends_phrase(tokens, start, end):
        end += 1
    while end > start and tokens[end - 1].traits & JOINS:
        end -= 1
    if end == start:
        return None
    # the last word decides nearly always
    if tokens[end - 1].lowered in NEVER_ALONE and all(token.lowered in NEVER_ALONE for token in tokens[start:end]):
        return None
    return tokens[start].start, tokens[end - 1].end


def is_adverb(token: Token) -> bool:
    """Return whether a word may come between a subject and the verb."""
    return token.traits & ADVERB != 0


def is_noun(tokens: Sequence[Token], i: int) -> bool:
    """Return whether a word is a noun and not a verb of the same form: "the report", "United States"."""
    token = tokens[i]
    if token.traits & CAPITALIZED:
        return not (i == 0 and token.lowered in OPENING_VERB_FORMS)
    previous = tokens[i - 1] if i else None
    if previous is None or previous.kind != WORD:
        return False
    if previous.lowered in ARTICLES:
        return True
    if token.lowered not in ALSO_NOUNS or (previous.lowered in DOCUMENTS and token.lowered in READING_FORMS):
        return False
    if previous.traits & CAPITALIZED and i > 1 and _has_article(tokens, i - 2):
        return True
    return (
        previous.traits & PREPOSITION != 0
        or previous.lowered.endswith("'s")
        or (previous.traits & (LOWERCASE | ROLE) == LOWERCASE and previous.lowered not in BEFORE_VERBS)
    )


def _has_article(tokens: Sequence[Token], i: int) -> bool:
    """Return whether an article precedes the capitalised words ending at `i`: the Benghazi attack"""
    while i > 0 and tokens[i].kind == WORD and tokens[i].traits & CAPITALIZED and tokens[i].lowered not in ARTICLES:
        i -= 1
    return tokens[i].lowered in ("the", "a", "an")


def _split_at_commas(words: list[Token]) -> Iterator[list[Token]]:
    """Yield the parts of a subject between commas, dashes and brackets."""
    part: list[Token] = []
    for token in words:
        if token.word in (",", "—", "–", "("):
            if part:
                yield part
            part = []
        elif token.kind == WORD or token.word in ("-", "/"):
            part.append(token)
    if part:
        yield part


def _may_be_subject(part: list[Token]) -> bool:
    opening = part[0]
    if opening.lowered in NO_SPEAKER or opening.traits & PARTICIPLE:
        return False
    return len(part) <= MAX_SUBJECT_PART_TOKENS and not any(t.lowered in HELPING for t in part[1:])


def _drop_relative_clause(part: list[Token]) -> list[Token]:
    for i, token in enumerate(part):
        if i and token.lowered in ("who", "that", "which", "in", "on", "during", "speaking"):
            return part[:i]
    return part


def _find_governing_subject(sentence: Sequence[Token], end_index: int) -> Phrase | None:
    """Return the subject of the clause governing a participle, an infinitive or a second verb."""
    for i in range(end_index - 1, 0, -1):
        if SAYING.get(sentence[i].lowered, "ing") != "ing" and not is_noun(sentence, i):
            subject = find_subject(sentence[: i + 1], i)[0]
            if subject:
                return subject
    span = find_main_subject(sentence[: end_index + 1])
    if span is None:
        return None
    opening = next(t for t in sentence if t.start == span[0])
    return Phrase(span, "pronoun" if opening.lowered in PRONOUNS else "plain")


def _read_antecedent(sentence: Sequence[Token], i: int) -> Phrase | None:
    if i >= 0 and sentence[i].word in (",", "—", "–"):
        i -= 1
    return read_phrase_back(sentence, i) if i >= 0 else None


def _find_subject_across_commas(sentence: Sequence[Token], i: int) -> Phrase | None:
    """Return the subject in front of insertions in commas: X, who …, said; X, the minister, said."""
    while i > 0:
        comma_index = next((j for j in range(i - 1, -1, -1) if sentence[j].word in (",", "—", "–", "(")), None)
        if comma_index is None:
            return None
        name = (
            _read_name_before_title(sentence, comma_index)
            or _read_name_behind_title(sentence, comma_index, i)
            or _read_name_behind_role(sentence, comma_index, i)
        )
        if name:
            return name
        inner = sentence[comma_index + 1]
        if inner.kind == WORD and (not inner.word[0].isupper() or sentence[comma_index].word == "("):
            phrase = read_phrase_back(sentence, comma_index - 1) if comma_index else None
            if phrase and not sentence[comma_index - 1].word.isdigit():
                return phrase
        i = comma_index
    return None


def _read_name_before_title(sentence: Sequence[Token], comma_index: int) -> Phrase | None:
    """Return the name in front of a title and an organisation: Ida Holm, head of sales, Orla Mills, said."""
    reach = range(comma_index - 1, max(comma_index - MAX_TITLE_TOKENS, 0), -1)
    first_comma = next((i for i in reach if sentence[i].word == ","), None)
    if first_comma is None:
        return None
    title = sentence[first_comma + 1 : comma_index]
    if not any(token.traits & ROLE for token in title) or any(token.lowered in HELPING for token in title):
        return None
    name_start = first_comma
    while name_start and sentence[name_start - 1].word[:1].isupper() and sentence[name_start - 1].kind == WORD:
        name_start -= 1
    words = [token.lowered for token in sentence[name_start:first_comma]]
    if not 1 < len(words) < MAX_NAME_TOKENS or not THINGS.isdisjoint(words) or " ".join(words) in STATES:
        return None
    return Phrase((sentence[name_start].start, sentence[first_comma - 1].end), "plain")


def _read_name_behind_title(sentence: Sequence[Token], comma_index: int, end: int) -> Phrase | None:
    """Return the name behind a title with a role and a comma: Director of Ports, Holm, said; no state, no role."""
    inner = sentence[comma_index + 1 : end]
    if not 0 < len(inner) < 5 or not all(token.word[:1].isupper() for token in inner):
        return None
    words = [token.lowered for token in inner]
    title = [token.lowered for token in sentence[max(comma_index - MAX_TITLE_TOKENS, 0) : comma_index]]
    if not any(is_role(word) for word in title) or any(is_role(word) or word in THINGS for word in words):
        return None
    if " ".join(words) in STATES or words[-1] in COUNTRY_CODES or sentence[comma_index - 1].word[:1].islower():
        return None
    return Phrase((inner[0].start, inner[-1].end), "plain")


def _read_name_behind_role(sentence: Sequence[Token], comma_index: int, end: int) -> Phrase | None:
    """Return the name behind a role: The minister, X, said."""
    inner = sentence[comma_index + 1 : end]
    common = (
        comma_index and sentence[comma_index - 1].word[:1].islower() and sentence[comma_index - 1].lowered not in THINGS
    )
    if common and 1 < len(inner) < 6 and all(token.word[:1].isupper() for token in inner):
        return Phrase((inner[0].start, inner[-1].end), "plain")
    return None


def _continues_phrase(sentence: Sequence[Token], i: int, start: int | None, is_proper: bool) -> bool:
    traits = sentence[i].traits
    if traits & JOINS:
        return start is not None and i > 0 and sentence[i - 1].traits & NOUN_LIKE != 0
    if traits & _BREAKS_PHRASE_BACK:
        return False
    if traits & _OPENS_NOUN:
        return True
    if is_proper:
        return traits & _BEFORE_NAME != 0 or _follows_article(sentence, i)
    return not traits & VERB_ONLY


def _follows_article(sentence: Sequence[Token], i: int) -> bool:
    """Return whether a common word before a proper word follows an article: a second US diplomat."""
    for token in reversed(sentence[max(i - 2, 0) : i + 1]):
        if token.lowered in ("a", "an", "the", "another"):
            return True
        if token.kind != WORD or token.traits & (CAPITALIZED | VERB_LIKE | NOT_IN_NAME):
            return False
    return False


def _read_pronoun(token: Token) -> Span | None:
    """Return the span of a pronoun without a contraction: he'd, they've."""
    if not token.traits & PRONOUN_OR_CONTRACTION:
        return None
    return token.start, token.start + len(token.lowered.partition("'")[0])


def _extends_phrase(tokens: Sequence[Token], start: int, end: int) -> bool:
    token = tokens[end]
    traits = token.traits
    if token.kind != WORD:
        return False
    if end == start:
        return not traits & _OPENS_NO_PHRASE
    before = tokens[end - 1]
    if token.lowered == "of":
        is_name = end - start > 1 and before.traits & CAPITALIZED and tokens[end - 2].traits & CAPITALIZED
        return not is_name or before.traits & ROLE != 0
    if traits & JOINS:
        is_common = before.traits & (LOWERCASE | DETERMINER) == LOWERCASE
        return (is_common and token.lowered != "with") or before.lowered in BOUND
    if traits & _BREAKS_PHRASE or token.lowered == "this":
        return token.lowered == "to" and before.lowered == "close"
    if traits & (CAPITALIZED | NUMERIC) or before.traits & DETERMINER:
        return True
    if before.traits & CAPITALIZED and not before.lowered.endswith("'s"):
        return _leads_to_role(tokens, end)
    return not traits & VERB_LIKE


def _leads_to_role(tokens: Sequence[Token], i: int) -> bool:
    """Return whether common nouns behind a proper word end in a role: US defence official, X campaign manager."""
    if tokens[i].traits & NAME_PARTICLE:
        return True
    for token in tokens[i : i + ROLE_TOKENS]:
        if token.kind != WORD or token.traits & (VERB_LIKE | NOT_IN_NAME):
            return False
        if token.traits & (ROLE | THING):
            return True
    return False
