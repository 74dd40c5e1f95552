"""Noun phrases: the subject of a verb, and the phrase that begins or ends at a word."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from newsmill.nlp.countries import STATES
from newsmill.quotes.cue_words import ADVERBS, ALSO_NOUNS, ARTICLES, AUXILIARIES, BE, PRONOUNS, SAYING, VERBS
from newsmill.quotes.speakers import DETERMINERS, DOCUMENTS, LOWER_CASE_IN_NAMES, MEDIA_NOUNS, ORGANISATIONS, is_role
from newsmill.quotes.speech_tokens import QUOTE, WORD, Span, Token

STARTERS = frozenset(
    """and but or so yet while although though because if when that which whether as since until than""".split()
)
PREPOSITIONS = frozenset(
    """in on at by for from with about after before during under over against into through between among amid despite
    without within upon of to like unlike following per via toward towards near outside inside around across""".split()
)
JOINING = frozenset("of for with at from".split())
MODIFIERS = frozenset("former then senior campaign press deputy presidential media communications acting".split())
BOUND = frozenset("familiar close briefed".split())
STANDING_ALONE = frozenset("one another some many both others several few most".split())
# Verbs whose past does not show it, to end the subject in front of them.
OTHER_PASTS = frozenset(
    """took made gave came got left met held spoke stood ran won lost sat kept brought sought fell rose drew led
    paid put set knew became broke bought chose drove fought forgot grew heard hit laid let shot shook spent
    stuck struck taught threw understood woke wore built hung hid lay lit meant sold slid split spread stole
    swept tore went has had smelt dealt slept crept wept bent lent burnt learnt drank sank swam rang sprang began flew
    blew ate forgave froze rode shrank slew stung stank strove swung wove wound bound fled bred leapt meant
    cost""".split()
)
NOT_ADVERBS = frozenset(
    """family ally daily weekly monthly assembly supply bully reply fly early elderly friendly""".split()
)
TIMES = frozenset(
    """january february march april may june july august september october november december today yesterday tomorrow
    tonight last next earlier later ago week month year morning afternoon evening night here there""".split()
)
NOT_IN_NAMES = (
    STARTERS
    | PREPOSITIONS - {"of"}
    | ADVERBS
    | AUXILIARIES
    | frozenset("however meanwhile who not no what how where why whose whom".split())
)


THINGS = ORGANISATIONS | MEDIA_NOUNS | DOCUMENTS
NEVER_ALONE = DETERMINERS - STANDING_ALONE
NO_SPEAKER = PREPOSITIONS | STARTERS | {"who", "whose", "not"}
HANGING = frozenset("asked speaking quoting given pressed".split())
HELPING = AUXILIARIES - BE - {"may"}
BEFORE_VERBS = PRONOUNS | ADVERBS | AUXILIARIES | {"to"}


JOINED_TO = STARTERS | {"both"}
OPENERS = frozenset(
    "indeed instead still rather nevertheless nonetheless moreover furthermore besides overall perhaps "
    "finally similarly likewise separately additionally meanwhile however thus therefore".split()
)


class Phrase(NamedTuple):
    """A noun phrase; `kind` tells a pronoun, a name and the rest apart."""

    span: Span
    kind: str


def find_main_subject(sentence: Sequence[Token]) -> Span | None:
    """Return the noun phrase that opens a sentence, behind its adverbs and leading phrases."""
    at = skip_dateline(sentence)
    while at < len(sentence):
        token = sentence[at]
        if token.kind == WORD and (token.low in PREPOSITIONS or token.low in STARTERS or is_participle(token)):
            comma = at if token.low in ("and", "but", "so", "yet") else _find_opening_comma(sentence, at)
            if comma is None:
                return None
            at = comma + 1
        elif (
            token.kind != WORD
            or is_adverb(token)
            or token.low in ("however", "meanwhile")
            or _is_opening_adverb(sentence, at)
        ):
            at += 1
        else:
            found = read_phrase(sentence, at)
            last = next((i for i in range(at, len(sentence)) if found and sentence[i].end >= found[1]), at)
            if (found and sentence[last].low in TIMES) or _is_time_phrase(sentence, last):
                at = _find_opening_comma(sentence, last) or last
                at += 1
            else:
                return found
    return None


def _find_opening_comma(sentence: Sequence[Token], at: int) -> int | None:
    """Return the comma that ends an opening phrase; that of a place belongs to its name: in Portsmouth, N.H., …"""
    commas = (i for i in range(at, len(sentence)) if sentence[i].word == ",")
    comma = next(commas, None)
    while comma is not None and _is_part_of_place(sentence, comma):
        comma = next(commas, None)
    return comma


def _is_part_of_place(sentence: Sequence[Token], comma: int) -> bool:
    """Tell whether between a comma and the next stands nothing but the name of a state or country."""
    name = []
    for token in sentence[comma + 1 : comma + 4]:
        if token.word == ",":
            return bool(name) and " ".join(name) in STATES
        name.append(token.low)
    return False


def _is_opening_adverb(sentence: Sequence[Token], at: int) -> bool:
    """Tell an adverb that opens a sentence in a capital: Indeed, …; Shortly after …"""
    following = sentence[at + 1] if at + 1 < len(sentence) else None
    if following is None or sentence[at].low in PRONOUNS:
        return False
    low = sentence[at].low
    if following.word == ",":
        return low in OPENERS or (low.endswith("ly") and at == 0)
    return low.endswith("ly") and following.low in PREPOSITIONS


def _is_time_phrase(sentence: Sequence[Token], last: int) -> bool:
    """Tell whether a phrase is one of time by what follows it: Hours later, …"""
    return last + 1 < len(sentence) and sentence[last + 1].low in ("later", "earlier", "ago", "before")


def skip_dateline(sentence: Sequence[Token]) -> int:
    """Return where a sentence begins behind its dateline: OSLO, May 3 (AGENCY) — The …"""
    if len(sentence) > 3 and sentence[0].word == "(" and sentence[1].word.isupper() and sentence[2].word == ")":
        return 3
    if not sentence or not (len(sentence[0].word) > 2 and sentence[0].word.isupper()):
        return 0
    return next((i + 1 for i, token in enumerate(sentence[:12]) if token.word in ("—", "–", "-", "--")), 0)


def read_subject(tokens: list[Token]) -> Phrase | None:
    """Read the words between a piece and the verb as a subject with what is put in commas behind it."""
    words = list(tokens)
    while words and (is_adverb(words[-1]) or words[-1].low in AUXILIARIES):
        words.pop()
    if not words:
        return None
    if words[-1].low in PRONOUNS and words[-1].low != "who":
        return Phrase((words[-1].start, words[-1].end), "pronoun")
    chunk = next((c for c in _split_at_commas(words) if _may_be_subject(c)), None)
    if chunk is None:
        return None
    while chunk and (is_adverb(chunk[0]) or chunk[0].low in ("and", "but")):
        chunk = chunk[1:]
    chunk = _drop_relative_clause(chunk)
    return Phrase((chunk[0].start, chunk[-1].end), "plain") if chunk else None


def find_subject(sentence: Sequence[Token], at: int) -> tuple[Phrase | None, bool]:
    """Return the subject of the verb at `at`, and whether the verb is passive."""
    index, auxiliaries = at - 1, []
    while index >= 0 and is_adverb_or_auxiliary(sentence[index]):
        auxiliaries.append(sentence[index].low)
        index -= 1
    being = any(word in BE for word in auxiliaries)
    kind = VERBS.get(sentence[at].low, "past")
    if kind == "past" and being:
        return None, True
    if index < 0:
        return None, False
    previous = sentence[index]
    if kind == "ing" and not being:
        return _find_participle_subject(sentence, index) or _find_governing_subject(sentence, index), False
    if previous.low in ("to", "and", "but", "or", "by", "in", "for", "then"):
        return _find_governing_subject(sentence, index), False
    if previous.low in ("who", "which", "that"):
        return _read_antecedent(sentence, index - 1), False
    pronoun = _read_pronoun(previous)
    if pronoun:
        return Phrase(pronoun, "pronoun"), False
    if previous.word in (",", "—", "–", ")"):
        return _find_subject_across_commas(sentence, index) or _find_governing_subject(sentence, index), False
    if previous.kind == QUOTE:
        return _find_governing_subject(sentence, index), False
    return _read_whole_subject(sentence, index) or _find_governing_subject(sentence, index), False


def _find_participle_subject(sentence: Sequence[Token], at: int) -> Phrase | None:
    """Return the subject of a participle of its own: …, with protesters chanting"""
    found = read_phrase_back(sentence, at)
    start = _find_phrase_start(sentence, found, at) if found else 0
    return found if start and sentence[start - 1].low == "with" else None


def _read_whole_subject(sentence: Sequence[Token], at: int) -> Phrase | None:
    """Return the noun phrase that ends at `at`, before what says where it was said, with what is joined to it."""
    found = read_phrase_back(sentence, at)
    if found is None or found.kind == "pronoun":
        return found
    start = _find_phrase_start(sentence, found, at)
    before = sentence[start - 1].low if start else ""
    if before in ("in", "on", "at", "during") and start > 1 and sentence[start - 2].word[:1].isupper():
        return read_phrase_back(sentence, start - 2) or found
    if before == "and" and start > 1:
        other = read_phrase_back(sentence, start - 2)
        first = _find_phrase_start(sentence, other, start - 2) if other else 0
        if other and (first == 0 or sentence[first - 1].word == "," or sentence[first - 1].low in JOINED_TO):
            return Phrase((other.span[0], found.span[1]), "plain")
    return found


def _find_phrase_start(sentence: Sequence[Token], phrase: Phrase, at: int) -> int:
    """Return the number of the token that a phrase in front of `at` begins with."""
    while at and sentence[at].start > phrase.span[0]:
        at -= 1
    return at


def read_phrase_back(sentence: Sequence[Token], at: int) -> Phrase | None:
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
        joined = index >= 1 and sentence[index].low in JOINING and _is_noun_like(sentence[index - 1])
        if token.low in DETERMINERS and not joined:
            break
    while begin is not None and begin <= at and sentence[begin].low in JOINING:
        begin += 1
    if begin is None or begin > at:
        return None
    if begin == at and sentence[at].low in PRONOUNS:
        return Phrase((sentence[at].start, sentence[at].end), "pronoun")
    return Phrase((sentence[begin].start, sentence[at].end), "plain")


def read_phrase(tokens: Sequence[Token], at: int) -> Span | None:
    """Return the noun phrase that begins at `at`."""
    pronoun = _read_pronoun(tokens[at]) if at < len(tokens) else None
    if pronoun:
        return pronoun
    end = at
    while end < min(len(tokens), at + 14) and _extends_phrase(tokens, at, end):
        end += 1
    while end > at and tokens[end - 1].low in JOINING:
        end -= 1
    if end == at or all(t.low in NEVER_ALONE for t in tokens[at:end]):
        return None
    return tokens[at].start, tokens[end - 1].end


def is_adverb(token: Token) -> bool:
    """Tell whether a word may stand between a subject and its verb."""
    low = token.low
    return low in ADVERBS or (low.endswith("ly") and token.word[0].islower() and low not in NOT_ADVERBS)


def is_adverb_or_auxiliary(token: Token) -> bool:
    """Tell whether a word stands between a subject and its verb, or helps the verb."""
    return is_adverb(token) or token.low in AUXILIARIES or token.low.endswith("n't")


def is_participle(token: Token) -> bool:
    """Tell whether a word opens a phrase that hangs on a subject still to come."""
    return (token.low.endswith("ing") and token.low in VERBS) or token.low in HANGING


def is_noun(tokens: Sequence[Token], at: int) -> bool:
    """Tell a noun like "the report" or "United States" from the verb it is spelt like."""
    token = tokens[at]
    if token.word[0].isupper():
        return not (at == 0 and token.low in ("said", "says", "asked", "added", "adding"))
    previous = tokens[at - 1] if at else None
    if previous is None or previous.kind != WORD:
        return False
    if previous.low in ARTICLES:
        return True
    if token.low not in ALSO_NOUNS:
        return False
    if previous.word[0].isupper() and at > 1 and _has_article(tokens, at - 2):
        return True
    return (
        previous.low in PREPOSITIONS
        or previous.low.endswith("'s")
        or (previous.word[0].islower() and previous.low not in BEFORE_VERBS and not is_role(previous.low))
    )


def _has_article(tokens: Sequence[Token], at: int) -> bool:
    """Tell whether an article stands in front of the capitals that end at `at`: the Benghazi attack"""
    while at > 0 and tokens[at].kind == WORD and tokens[at].word[0].isupper() and tokens[at].low not in ARTICLES:
        at -= 1
    return tokens[at].low in ("the", "a", "an")


def _split_at_commas(words: list[Token]) -> Iterator[list[Token]]:
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
    if first.low in NO_SPEAKER or is_participle(first):
        return False
    return len(chunk) <= 22 and not any(t.low in HELPING for t in chunk[1:])


def _drop_relative_clause(chunk: list[Token]) -> list[Token]:
    for index, token in enumerate(chunk):
        if index and token.low in ("who", "that", "which", "in", "on", "during", "speaking"):
            return chunk[:index]
    return chunk


def _find_governing_subject(sentence: Sequence[Token], at: int) -> Phrase | None:
    """Return the subject of the clause on which a participle, an infinitive or a second verb hangs."""
    for index in range(at - 1, 0, -1):
        low = sentence[index].low
        if low in SAYING and SAYING[low] != "ing" and not is_noun(sentence, index):
            found = find_subject(sentence[: index + 1], index)[0]
            if found:
                return found
    span = find_main_subject(sentence[: at + 1])
    if span is None:
        return None
    first = next(t for t in sentence if t.start == span[0])
    return Phrase(span, "pronoun" if first.low in PRONOUNS else "plain")


def _read_antecedent(sentence: Sequence[Token], at: int) -> Phrase | None:
    if at >= 0 and sentence[at].word in (",", "—", "–"):
        at -= 1
    return read_phrase_back(sentence, at) if at >= 0 else None


def _find_subject_across_commas(sentence: Sequence[Token], at: int) -> Phrase | None:
    """Step back over what stands in commas between subject and verb: X, who …, said; X, the minister, said."""
    while at > 0:
        comma = next((i for i in range(at - 1, -1, -1) if sentence[i].word in (",", "—", "–", "(")), None)
        if comma is None:
            return None
        name = _read_name_behind_role(sentence, comma, at)
        if name:
            return name
        inner = sentence[comma + 1]
        if inner.kind == WORD and (not inner.word[0].isupper() or sentence[comma].word == "("):
            phrase = read_phrase_back(sentence, comma - 1) if comma else None
            if phrase and not sentence[comma - 1].word.isdigit():
                return phrase
        at = comma
    return None


def _read_name_behind_role(sentence: Sequence[Token], comma: int, at: int) -> Phrase | None:
    """Return the name put behind an office: The minister, X, said."""
    inner = sentence[comma + 1 : at]
    common = comma and sentence[comma - 1].word[:1].islower() and sentence[comma - 1].low not in THINGS
    if common and 1 < len(inner) < 6 and all(token.word[:1].isupper() for token in inner):
        return Phrase((inner[0].start, inner[-1].end), "plain")
    return None


def _continues_phrase(sentence: Sequence[Token], at: int, begin: int | None, proper: bool) -> bool:
    token = sentence[at]
    if token.low in JOINING:
        return begin is not None and at > 0 and _is_noun_like(sentence[at - 1])
    if token.low in NOT_IN_NAMES or token.low in PRONOUNS or token.low in TIMES or is_adverb(token):
        return False
    if token.word[0].isupper() or token.word[0].isdigit() or token.low in DETERMINERS:
        return True
    if proper:
        return (
            is_role(token.low)
            or token.low in LOWER_CASE_IN_NAMES
            or token.low in MODIFIERS
            or _follows_article(sentence, at)
        )
    return token.low not in VERBS or token.low in ALSO_NOUNS


def _follows_article(sentence: Sequence[Token], at: int) -> bool:
    """Tell whether a common word in front of a proper one follows an article: a second US diplomat."""
    for token in reversed(sentence[max(at - 2, 0) : at + 1]):
        if token.low in ("a", "an", "the", "another"):
            return True
        if token.kind != WORD or token.word[0].isupper() or _is_verb_like(token) or token.low in NOT_IN_NAMES:
            return False
    return False


def _is_noun_like(token: Token) -> bool:
    return token.kind == WORD and (
        is_role(token.low)
        or (token.word[0].isupper() and token.low not in NOT_IN_NAMES and token.low not in TIMES)
        or token.low in ("familiar", "close", "briefed", "one", "member", "members", "some", "many", "most", "several")
    )


def _read_pronoun(token: Token) -> Span | None:
    """Return the span of a pronoun without what is contracted with it: he'd, they've."""
    word = token.low.partition("'")[0]
    return (token.start, token.start + len(word)) if word in PRONOUNS else None


def _extends_phrase(tokens: Sequence[Token], at: int, end: int) -> bool:
    token, before = tokens[end], tokens[end - 1] if end > at else None
    if token.kind != WORD:
        return False
    if before is None:
        return token.low not in NOT_IN_NAMES and token.low not in JOINING and token.low not in TIMES
    if token.low == "of":
        proper = end - at > 1 and before.word[0].isupper() and tokens[end - 2].word[0].isupper()
        return not proper or is_role(before.low)
    if token.low in JOINING:
        common = before.word[0].islower() and before.low not in DETERMINERS
        return (common and token.low != "with") or before.low in BOUND
    if token.low in NOT_IN_NAMES or token.low in TIMES or token.low in PRONOUNS:
        return token.low == "to" and before.low == "close"
    if token.word[0].isupper() or before.low in DETERMINERS or token.word[0].isdigit():
        return True
    if before.word[0].isupper():
        return _leads_to_role(tokens, end)
    return not _is_verb_like(token)


def _leads_to_role(tokens: Sequence[Token], at: int) -> bool:
    """Tell whether a common noun behind a proper one goes on to an office: US defence official, X campaign manager."""
    if tokens[at].low in LOWER_CASE_IN_NAMES:
        return True
    for token in tokens[at : at + 3]:
        if token.kind != WORD or _is_verb_like(token) or token.low in NOT_IN_NAMES:
            return False
        if is_role(token.low):
            return True
    return False


def _is_verb_like(token: Token) -> bool:
    if token.word[0].isupper() or is_role(token.low):
        return False
    return (token.low in VERBS and token.low not in ALSO_NOUNS) or token.low.endswith("ed") or token.low in OTHER_PASTS
