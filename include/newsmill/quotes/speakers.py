"""Classify speakers: the kind of a speaker; role, country and seniority of an unnamed one; and the outlets."""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from newsmill.languages.word_lists import read_table, read_words
from newsmill.nlp.countries import COUNTRY_CODES, COUNTRY_CODES_OF_PAIRS


@dataclass(frozen=True)
class Attribution:
    """Kind of speaker, in the columns of the relation `quotes`."""

    attribution_class: str = "unknown"
    is_anonymous: bool = False
    source_role: str = "none"
    source_country_code: str = "none"
    seniority: str = "none"


class SpeakerWords(NamedTuple):
    """The words for a speaker without a name in them.

    `form` is the form for antecedents.py, None for words without an antecedent; `noun` is the head. `is_role`: the
    words may be next to the name of the person.
    """

    speaker_class: Attribution
    form: str | None = None
    noun: str = ""
    is_role: bool = False


UNKNOWN = Attribution()
NAMED, MEDIA, ORGANIZATION_CLASS = Attribution("named"), Attribution("media"), Attribution("organization")
GENERIC = "generic"
PERSONAL_SPOKESPERSON = Attribution("unnamed", True, "spokesperson")
PERSON_FORM, SPOKESPERSON_FORM, GROUP_FORM, THING_FORM = "person", "spokesperson", "group", "thing"


def _read_words(name: str) -> frozenset[str]:
    return frozenset(read_words("en", "speakers", name))


def _read_roles(name: str) -> dict[str, str]:
    """Return the role of each noun; a plural in s need not be listed."""
    return {noun: role for role, nouns in read_table("en", "speakers", name).items() for noun in nouns}


# The meaning of each list is a comment in languages/en/speakers.toml.
OFFICIAL_ROLES = _read_roles("official_roles")
SPOKESPERSONS = _read_words("spokespersons")
PEOPLE_ROLES = _read_roles("people_roles")
OFFICES = _read_words("offices")
GROUPS = _read_words("groups")
ORGANISATIONS = _read_words("organizations")
DOCUMENTS = _read_words("documents")
MEDIA_NOUNS = _read_words("media_nouns")
OUTLETS = _read_words("outlets")
OUTLET_ENDINGS = _read_words("outlet_endings")
MEDIA_IN_GENERAL = _read_words("media_in_general")
TITLES = _read_words("titles")
FAMILY = _read_words("family")
DETERMINERS = _read_words("determiners")
INDEFINITE = _read_words("indefinites")
PEOPLE_IN_GENERAL = _read_words("people_in_general")
PERSON_ENDINGS = read_words("en", "speakers", "person_endings")
NOT_PERSONS = _read_words("not_persons")
SINGLE_WORDS = frozenset(("a", "an", "another", "one"))
DEFINITES = _read_words("definites")
COUNTS = _read_words("counts")
PLURALS = _read_words("irregular_plurals")
SOURCE_NOUNS = _read_words("source_nouns")
UNNAMED_NOUNS = _read_words("unnamed_nouns")
OFFICIAL_NOUNS = _read_words("official_nouns")
BOUND_ADJECTIVES = _read_words("knowing_words")
WITHHELD = ("anonymous_official", "unnamed")
SHORT_BODIES = _read_words("short_bodies")
WITHHELD_WORDS = _read_words("withheld_words")
ENDS_HEAD = _read_words("head_endings")
NAME_PARTICLES = _read_words("name_particles")
WORD = re.compile(r"[^\W_](?:[^\W_]|[-'’.&](?=[^\W_]))*")


def _find_role(word: str, roles: dict[str, str]) -> str | None:
    """Return the role of a noun, in the singular or with the s of a plural."""
    return roles.get(word) or (roles.get(word[:-1]) if word.endswith("s") else None)


def is_role(word: str) -> bool:
    """Report whether a word in small letters is an office, an occupation or a kind of person."""
    return word in ROLES


ROLES = (
    SPOKESPERSONS
    | OFFICES
    | TITLES
    | FAMILY
    | {form for noun in OFFICIAL_ROLES | PEOPLE_ROLES for form in (noun, f"{noun}s")}
)
_SINGULAR_ROLES = {*OFFICIAL_ROLES, *PEOPLE_ROLES, *OFFICES, *FAMILY}
_COMMON, _OPENING = SPOKESPERSONS | INDEFINITE | GROUPS, DOCUMENTS | MEDIA_NOUNS | {"police"}
_SINGLING = BOUND_ADJECTIVES | WITHHELD_WORDS
_FORMER = _read_words("former_words")
_SENIOR = _read_words("senior_words")


def _strip_possessive(words: str) -> str:
    """Return words without the s of a possessive."""
    return words[:-2] if words.endswith(("'s", "’s")) else words


@lru_cache(maxsize=20_000)
def classify(surface: str) -> Attribution:
    """Classify a speaker by the words for the speaker; a pronoun alone is unknown."""
    words = [_strip_possessive(word) for word in WORD.findall(surface)]
    lowered = [word.lower() for word in words]
    if not words or (len(words) == 1 and lowered[0] in PRONOUNS):
        return UNKNOWN
    head = _find_head(words, lowered)
    if words[head][0].isupper() and words[-1][0].islower() and _is_document(lowered[-1]):
        head = len(words) - 1  # Department for Ports figures
    kind, role = _classify_head(words, lowered, head)
    if kind == "named":
        return NAMED
    if kind in WITHHELD and _is_generic(lowered, head):
        kind = GENERIC
    anonymous = kind in WITHHELD
    country = "none" if kind in ("media", "document") else _find_country(words, lowered, head)
    return Attribution(kind, anonymous, role, country, _find_seniority(lowered))


def _is_plural(noun: str) -> bool:
    return noun in PLURALS or (noun.endswith("s") and (noun[:-1] in _SINGULAR_ROLES or _has_person_ending(noun)))


def _is_generic(lowered: list[str], head: int) -> bool:
    """Return whether persons are a group in general: experts, some analysts, the family; not two aides, nor sources."""
    noun = lowered[head]
    if noun in GROUPS or noun in PEOPLE_IN_GENERAL or noun in (INDEFINITE | COUNTS) - SINGLE_WORDS:
        return _SINGLING.isdisjoint(lowered)
    is_plural = _is_plural(noun) or (noun.endswith("s") and not noun.endswith("ss"))
    if not is_plural or noun.rstrip("s") in SOURCE_NOUNS:
        return False
    if noun.rstrip("s") in OFFICIAL_NOUNS and not COUNTS.isdisjoint(lowered[:head]):
        return False
    return lowered[0] != "one" and _SINGLING.isdisjoint(lowered)


@lru_cache(maxsize=20_000)
def read_speaker_words(surface: str) -> SpeakerWords:
    """Return class and form of the words for a speaker."""
    speaker_class = classify(surface)
    words = WORD.findall(surface)
    lowered = [_strip_possessive(word).lower() for word in words]
    if not words or (len(words) == 1 and lowered[0] in PRONOUNS):
        return SpeakerWords(UNKNOWN)
    head = _find_head(words, lowered)
    noun, kind = lowered[head], speaker_class.attribution_class
    definite = lowered[0] in DEFINITES or any(word.endswith(("'s", "’s")) for word in words[:head])
    titled = words[head][0].isupper() and len(words) == 1 and (noun in OFFICES or noun in OFFICIAL_ROLES)
    is_short = len(words) == 2 and noun in SHORT_BODIES
    is_common = not words[head][0].isupper() or (titled or is_role(noun)) or head == 0 or is_short
    form = None
    definite = definite or noun == "police"
    if (definite or titled) and is_common and not _is_plural(noun) and _may_have_name(lowered, noun):
        form = _FORM_OF_KIND.get(kind)
        if kind == "organization" and noun in SPOKESPERSONS:
            form = SPOKESPERSON_FORM
    if noun in SPOKESPERSONS and head and lowered[head - 1] in ORGANISATIONS:
        form, noun = GROUP_FORM, lowered[head - 1]
    person = kind in ("anonymous_official", "unnamed", "named") or noun in SPOKESPERSONS
    return SpeakerWords(speaker_class, form, noun, (person and (is_common or is_role(noun))) or kind == "unknown")


def is_short_name(name: str) -> bool:
    """Return whether a name is a noun alone, short for another name: the Ministry, the VP."""
    noun = name.lower().removeprefix("the ")
    return noun in SHORT_BODIES or (noun in OFFICES and name.isupper())


def _may_have_name(lowered: list[str], noun: str) -> bool:
    """Return whether a name before may be meant: not by "the source", nor by "the anonymous official"."""
    return noun not in UNNAMED_NOUNS and WITHHELD_WORDS.isdisjoint(lowered)


_FORM_OF_KIND = {
    "anonymous_official": PERSON_FORM,
    "unnamed": PERSON_FORM,
    "named": PERSON_FORM,
    "organization": GROUP_FORM,
    "unknown": THING_FORM,
}
PRONOUNS = _read_words("pronouns")
POSSESSIVE_PRONOUNS = _read_words("possessive_pronouns")


def _find_head(words: list[str], lowered: list[str]) -> int:
    """Return the index of the head noun: the last word before "of the ministry" and the like."""
    for index, word in enumerate(lowered):
        if index and word in ENDS_HEAD:
            if word == "of" and (lowered[index - 1] in INDEFINITE or _is_titled_name(words, lowered, index)):
                continue
            return _skip_participle(words, index - 1)
    return len(words) - 1


def _skip_participle(words: list[str], i: int) -> int:
    """Return the index of the noun in front of a participle at `i`, else `i`: a statement signed by the mayor."""
    is_participle = i > 1 and words[i][0].islower() and words[i].endswith(("ed", "ing")) and not is_role(words[i])
    return i - 1 if is_participle else i


def _is_titled_name(words: list[str], lowered: list[str], i: int) -> bool:
    """Report whether the "of" at i is part of a title: "Secretary of State Ida Holm", not "chief of the Holm Group"."""
    office = words[i - 1][0].isupper() and (lowered[i - 1] in OFFICES or lowered[i - 1] in TITLES)
    name = len(words) - i > 3 and all(word[0].isupper() for word in words[-2:])
    return office and name and lowered[-1] not in ORGANISATIONS and lowered[-1] not in COUNTRY_CODES


def _classify_head(words: list[str], lowered: list[str], head: int) -> tuple[str, str]:
    """Return class and role of a speaker by the head noun and the neighbouring words."""
    noun, proper = lowered[head], _is_name(words, lowered, head)
    if _is_outlet(words, lowered, head):
        return "media", "none"
    if proper:
        return ("organization", "none") if _is_organisation(words, lowered, head) else ("named", "none")
    if noun in SPOKESPERSONS:
        return "organization", "spokesperson"
    if noun == "police":
        return "organization", "police"
    return _classify_noun(noun, lowered)


def _classify_noun(noun: str, lowered: list[str]) -> tuple[str, str]:
    definite = lowered[0] not in INDEFINITE and not noun.endswith("s")
    if noun in OFFICES and definite and lowered[0] in DETERMINERS:
        return "named", "none"
    official, person = _find_role(noun, OFFICIAL_ROLES), _find_role(noun, PEOPLE_ROLES)
    if official == "official" and "police" in lowered:
        return "anonymous_official", "police"
    if official:
        return "anonymous_official", official
    if person:
        return "unnamed", person
    if noun in OFFICES or noun.rstrip("s") in OFFICES or noun in GROUPS:
        return "unnamed", "none"
    if noun in ORGANISATIONS or noun.rstrip("s") in ORGANISATIONS or noun in COUNTRY_CODES:
        return "organization", "none"
    if _is_document(noun):
        return "document", "none"
    if noun in INDEFINITE | COUNTS or noun in PEOPLE_IN_GENERAL or _has_person_ending(noun):
        return "unnamed", "person"
    return "unknown", "none"


def _is_document(noun: str) -> bool:
    return noun in DOCUMENTS or noun.rstrip("s") in DOCUMENTS


def _has_person_ending(noun: str) -> bool:
    """Return whether a noun ends as words for persons do: a fisherman, two violinists."""
    singular = noun.removesuffix("s")
    return len(singular) > 4 and singular.endswith(PERSON_ENDINGS) and singular not in NOT_PERSONS


def _is_name(words: list[str], lowered: list[str], head: int) -> bool:
    """Report whether the head is a proper noun: capitalised, and not a role at the beginning of a sentence."""
    word = words[head]
    if not word[:1].isupper():
        return False
    noun = lowered[head]
    common = _find_role(noun, OFFICIAL_ROLES) or _find_role(noun, PEOPLE_ROLES) or noun in _COMMON
    is_count = head == 0 and noun in COUNTS
    return not (common or is_count or _opens_as_noun(lowered, head))


def _opens_as_noun(lowered: list[str], head: int) -> bool:
    return head == 0 and len(lowered) == 1 and (lowered[0] in _OPENING or _is_plural(lowered[0]))


def _is_outlet(words: list[str], lowered: list[str], head: int) -> bool:
    noun = lowered[head]
    start = 1 if lowered[0] == "the" else 0
    if words[head][:1].isupper() and " ".join(lowered[start : head + 1]) in OUTLETS:
        return True
    if words[head][:1].isupper():
        if noun in OUTLETS and all(not w[:1].isupper() or w.lower() in DETERMINERS for w in words[:head]):
            return True
        return (noun in OUTLET_ENDINGS and head > 0 and (noun != "agency" or "news" in lowered)) or noun == "media"
    if noun in ("reports", "report") and not MEDIA_IN_GENERAL.isdisjoint(lowered[:head]):
        return True
    return noun in MEDIA_NOUNS and (noun != "agency" or "news" in lowered)


def _is_organisation(words: list[str], lowered: list[str], head: int) -> bool:
    titled = any(word in TITLES for word in lowered[:head]) and words[head - 1][:1].isupper()
    if titled and lowered[head] not in ORGANISATIONS:
        return False
    alone = not any(word[0].isupper() for word in words[:head] if word.lower() not in DETERMINERS)
    if (lowered[head] in COUNTRY_CODES and alone) or " ".join(
        lowered[max(head - 1, 0) : head + 1]
    ) in COUNTRY_CODES_OF_PAIRS:
        return True
    if is_role(lowered[head]):
        return False
    acronym = words[head].isupper() and 1 < len(words[head]) < 6
    return acronym or any(word in ORGANISATIONS for word in lowered[head:])


def _find_country(words: list[str], lowered: list[str], head: int) -> str:
    """Return the country whose name or adjective is nearest before the head, else behind the head."""
    for index in [*range(head, -1, -1), *range(head + 1, len(words))]:
        pair = COUNTRY_CODES_OF_PAIRS.get(" ".join(lowered[index : index + 2]))
        if pair:
            return pair
        if words[index][:1].isupper() and lowered[index] in COUNTRY_CODES and words[index] != "Us":
            return COUNTRY_CODES[lowered[index]]
    return "none"


def _find_seniority(lowered: list[str]) -> str:
    if not _FORMER.isdisjoint(lowered):
        return "former"
    return "none" if _SENIOR.isdisjoint(lowered) else "senior"


@lru_cache(maxsize=20_000)
def find_outlet(words: str) -> str:
    """Return the name of the outlet in the words; "media" for an outlet without a name, "none" for other speakers."""
    names = WORD.findall(words)
    if not names:
        return "none"
    lowered = [_strip_possessive(word.lower()) for word in names]
    if names[-1][:1].isupper() and _is_outlet(names, lowered, len(names) - 1):
        while lowered and lowered[0] in DETERMINERS:
            names, lowered = names[1:], lowered[1:]
        return _strip_possessive(" ".join(names)) or "none"
    return "media" if lowered[-1] in MEDIA_IN_GENERAL or lowered[0] in ("media",) else "none"
