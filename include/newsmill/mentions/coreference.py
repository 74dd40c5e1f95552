"""Resolves the names of one article to entities: short names, acronyms, and company names with and without `Inc`."""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import lru_cache

from newsmill.mentions.tagger import ORGANIZATION, PERSON, PLACE, Tag
from newsmill.nlp import name_lists
from newsmill.nlp.name_flags import GIVEN, load_name_flags

MAX_FULL_NAME_CHARS = 300
"""Characters of the longest name considered as the full name of short names.

A page of only `J. R. Marlow`, repeated, is one name. The endings of that name, and the comparison with all others, took
quadratic time and memory.
"""
_ACRONYM_IN_BRACKETS = re.compile(r"\s?\(\s?([A-Z][A-Za-z&.]{1,9})\s?\)")
BRACKETED_CHARS, ACRONYM_CHARS = 24, 16
"""Characters searched for a given name in brackets before a name, and for an acronym in brackets behind."""
_GIVEN_INSERTED = re.compile(r"\(\s?([A-Z][\w.'’-]+)\s?\) $")


@lru_cache(maxsize=1 << 16)
def normalize_name(name: str) -> str:
    """Return a name in lower case, with single spaces and without the points of initials."""
    folded = " ".join(name.lower().split())
    return folded.replace(".", "") or folded


def lower_capitals(name: str) -> str:
    """Return a name in usual spelling if written in capitals."""
    if len(name) <= 3 or "." in name or not name.isupper():
        return name
    return " ".join(word.capitalize() for word in name.split(" "))


def resolve_names(text: str, tags: list[Tag]) -> dict[tuple[str, str], str]:
    """Return the fullest name for each (entity type, surface) of an article."""
    surfaces: defaultdict[str, dict[str, None]] = defaultdict(dict)
    for tag in tags:
        surfaces[tag.entity_type].setdefault(text[tag.start : tag.end], None)
    people = _resolve_people(list(surfaces[PERSON]), _find_bracketed_names(text, tags))
    names = {(PERSON, short): full for short, full in people.items()}
    acronyms = _find_acronyms(text, tags)
    known = _expand_known(surfaces[ORGANIZATION], [name for names in surfaces.values() for name in names])
    for short, full in _resolve_organizations(list(surfaces[ORGANIZATION]), known | acronyms).items():
        names[ORGANIZATION, short] = full
    return names | {
        (PLACE, short): name_lists.FULL_NAMES.get(short) or lower_capitals(short) for short in surfaces[PLACE]
    }


# kinds and particles from longer names

UNSURE_CONFIDENCE = 0.85
"""A name below this confidence takes the kind of a surer longer name. Set by hand; other values are not measured."""
ADOPTED_CONFIDENCE = 0.5
"""Confidence of a name with an adopted kind: ten of twenty were right on annotated news."""


SURE_PERSON, BEARER_CONFIDENCE = 0.5, 0.9
"""Least confidence of a full name without a known given name that turns places into short forms, and their confidence.

Set by hand: on held-out sites the tagger names these short forms itself, and .5 and .8 change the same two names.
"""
_PLACE_WORDS = name_lists.CONTEXT_WORDS["<in"] | name_lists.CONTEXT_WORDS["<to"] | {"a", "an", "the"}
PREPOSITION_CHARS = 12
"""Characters in front of a name that are searched for a preposition."""


def adopt_bearers(text: str, tags: list[Tag]) -> list[Tag]:
    """Return the tags, places that are first or last words of a person's full name as this person: `Georgia Hale`.

    In the training part of today's news 135 of 154 such names are the person, and none is the place. A place that is
    anywhere behind a preposition or an article, in Georgia, the Georgia race, stays one everywhere.
    """
    place_tags = [tag for tag in tags if tag.entity_type == PLACE]
    places = {text[tag.start : tag.end] for tag in place_tags}
    if not places:
        return tags
    bearers: set[str] = set()
    words = load_name_flags().words
    for tag in tags:
        if tag.entity_type == PERSON:
            first, space, others = text[tag.start : tag.end].partition(" ")
            if space and (tag.confidence >= SURE_PERSON or words.get(first, 0) & GIVEN):
                bearers.update((first, others[others.rfind(" ") + 1 :]))
    if places.isdisjoint(bearers):
        return tags
    bearers -= {text[tag.start : tag.end] for tag in place_tags if _is_behind_place_word(text, tag)}
    return [
        tag._replace(entity_type=PERSON, confidence=BEARER_CONFIDENCE, rule=f"{tag.rule}+short_form")
        if tag.entity_type == PLACE and text[tag.start : tag.end] in bearers
        else tag
        for tag in tags
    ]


def _is_behind_place_word(text: str, tag: Tag) -> bool:
    """Return whether a preposition of places or an article is in front of a name."""
    words = text[max(0, tag.start - PREPOSITION_CHARS) : tag.start].split()
    return bool(words) and words[-1] in _PLACE_WORDS


def adopt_long_name_kinds(text: str, tags: list[Tag]) -> list[Tag]:
    """Give unsure short names the kind of the surest longer name, and extend names by the particles of longer names.

    A short form of "Anna de Vries" is "de Vries": a later "Vries" behind "de " takes the particle in.
    """
    names = [text[tag.start : tag.end] for tag in tags]
    unsure = {name for name, tag in zip(names, tags, strict=True) if tag.confidence < UNSURE_CONFIDENCE}
    last_words = {name[name.rfind(" ") + 1 :] for name in unsure}
    longer_tags: dict[str, Tag] = {}
    particles: dict[str, str] = {}
    for name, tag in zip(names, tags, strict=True):
        last_word = name[name.rfind(" ") + 1 :]
        if (
            last_word not in last_words
            and last_word not in name_lists.COMPANY_FORMS
            and (tag.entity_type != PERSON or name.istitle())
        ):
            continue  # no unsure name is short for this one, and it has no particle
        for short_form in _list_short_forms(name, tag.entity_type):
            if short_form in unsure and (
                short_form not in longer_tags or tag.confidence > longer_tags[short_form].confidence
            ):
                longer_tags[short_form] = tag
            if short_form[0].islower() and tag.entity_type == PERSON:
                particle = short_form[: len(short_form) - len(short_form.lstrip("abcdefghijklmnopqrstuvwxyz "))]
                particles.setdefault(short_form[len(particle) :], particle)
    if not longer_tags and not particles:
        return tags
    return [_adopt_kind(text, name, tag, longer_tags, particles) if name in longer_tags or name in particles else tag
            for name, tag in zip(names, tags, strict=True)]  # fmt: skip


def _list_short_forms(name: str, kind: str) -> list[str]:
    """Return the short forms of a name: the endings of a person's, a company's without the form."""
    if len(name) > MAX_FULL_NAME_CHARS:
        return []
    words = name.split(" ")
    if kind == PERSON:
        return [" ".join(words[i:]) for i in range(len(words))]
    stripped = _drop_company_form(words)
    return [" ".join(stripped)] if kind == ORGANIZATION and len(stripped) < len(words) else []


def _adopt_kind(text: str, name: str, tag: Tag, longer_tags: dict[str, Tag], particles: dict[str, str]) -> Tag:
    """Return a tag with the kind of a surer longer name, and with a particle in front."""
    longer = longer_tags.get(name)
    if longer and tag.confidence < min(UNSURE_CONFIDENCE, longer.confidence) and longer.entity_type != tag.entity_type:
        tag = tag._replace(entity_type=longer.entity_type, confidence=ADOPTED_CONFIDENCE, rule=f"{tag.rule}+short_form")
    particle = particles.get(name)
    if tag.entity_type == PERSON and particle and text.endswith(particle, 0, tag.start):
        tag = tag._replace(start=tag.start - len(particle))
    return tag


# people


def _resolve_people(names: list[str], bracketed: dict[str, str]) -> dict[str, str]:
    """Return the full name for each name of a person, if only one full name fits."""
    long = [name for name in (*names, *bracketed.values()) if " " in name and len(name) <= MAX_FULL_NAME_CHARS]
    endings = {ending for name in long for ending in _list_endings(normalize_name(name).split(" "))}
    full_names = _merge_spellings([name for name in long if tuple(normalize_name(name).split(" ")) not in endings])
    people = sorted(set(full_names.values()))
    bearers_of: defaultdict[tuple[str, ...], set[str]] = defaultdict(set)
    for person in people:
        for part in _list_name_parts(person):
            bearers_of[part].add(person)
    return {name: full_names.get(name) or _find_only_bearer(bearers_of, name) for name in names}


def _list_name_parts(person: str) -> set[tuple[str, ...]]:
    """Return the surnames of a full name, with and without middle names, and the given name."""
    words = normalize_name(person).split(" ")
    surname = words[-1].removeprefix("al-").removeprefix("el-")
    return _list_endings(words) | {("given", words[0]), (surname,)}


def _list_endings(words: list[str]) -> set[tuple[str, ...]]:
    """Return the shorter endings of a name, as tuples of words."""
    return {tuple(words[i:]) for i in range(1, len(words))}


def _find_only_bearer(bearers_of: dict[tuple[str, ...], set[str]], name: str) -> str:
    """Return the only full name with a part such as this name, else the name."""
    words = tuple(normalize_name(name).split(" "))
    candidates = bearers_of.get(words, set()) or (
        bearers_of.get(("given", *words), set()) if len(words) == 1 else set()
    )
    return next(iter(candidates)) if len(candidates) == 1 else name


def _merge_spellings(names: list[str]) -> dict[str, str]:
    """Map each full name to the fullest spelling of the same person: `Ann Lee`, `Ann B. Lee`, `ANN LEE`."""
    chosen: dict[str, str] = {}
    by_ends = defaultdict(list)
    for name in names:
        words = normalize_name(name).split(" ")
        by_ends[words[0], words[-1]].append(name)
    for spellings in by_ends.values():
        middles = {tuple(normalize_name(spelling).split(" ")[1:-1]) for spelling in spellings} - {()}
        if len({middle[0][0] for middle in middles}) <= 1:
            fullest = max(spellings, key=lambda spelling: (not spelling.isupper(), len(spelling), spelling))
            chosen |= dict.fromkeys(spellings, fullest)
        else:
            chosen |= {spelling: spelling for spelling in spellings}
    return chosen


def _find_bracketed_names(text: str, tags: list[Tag]) -> dict[str, str]:
    """Return the full names with an editor's given name in brackets: `envoy (Ann) Lee`."""
    full_names = {}
    for tag in tags:
        is_candidate = tag.entity_type == PERSON and text.startswith(") ", tag.start - 2)
        match = is_candidate and _GIVEN_INSERTED.search(text, max(0, tag.start - BRACKETED_CHARS), tag.start)
        if match and " " not in text[tag.start : tag.end]:
            full_names[text[tag.start : tag.end]] = f"{match[1]} {text[tag.start : tag.end]}"
    return full_names


# organisations

_AMERICAN = frozenset(("US", "U.S."))


def _expand_known(names: Iterable[str], others: Sequence[str]) -> dict[str, str]:
    """Return what everybody means by short names, unless a longer name of the article may be meant."""
    known = {name: name_lists.FULL_NAMES[name] for name in names if name in name_lists.FULL_NAMES}
    return {
        normalize_name(name): full
        for name, full in known.items()
        if not any(_may_be(name, other) for other in others if other != full)
    }


def _may_be(short: str, name: str) -> bool:
    """Return whether a name may be shortened so: `Gull Coast CDC` to CDC, `Andhra Pradesh` to AP; not `US CDC`."""
    words = name.replace("-", " ").split(" ")
    if len(words) == 1 or words[0] in _AMERICAN:
        return False
    initials = "".join(word[0] for word in words if word[:1].isupper())
    return words[-1] == short or initials.endswith(short)


def _resolve_organizations(names: list[str], acronyms: dict[str, str]) -> dict[str, str]:
    """Return the fullest name for each name of an organisation; `acronyms` are those of the article."""
    names_by_stripped = defaultdict(set)
    for name in names:
        if len(name) <= MAX_FULL_NAME_CHARS:
            names_by_stripped[_strip_company_form(name)].add(name)
    fullest = {
        stripped: max(spellings, key=lambda spelling: (not spelling.isupper(), len(spelling), spelling))
        for stripped, spellings in names_by_stripped.items()
    }
    full_names = {name: acronyms.get(normalize_name(name), name) for name in names}
    return {name: fullest.get(_strip_company_form(full_name), full_name) for name, full_name in full_names.items()}


@lru_cache(maxsize=1 << 16)
def _strip_company_form(name: str) -> str:
    """Return the normalised name without a company form."""
    return normalize_name(" ".join(_drop_company_form(name.split(" "))))


def _drop_company_form(words: list[str]) -> list[str]:
    """Return the words of a company's name without `Inc` and similar forms."""
    size = len(words)
    while size > 1 and words[size - 1] in name_lists.COMPANY_FORMS:
        size -= 1
    return words[:size]


def _find_acronyms(text: str, tags: list[Tag]) -> dict[str, str]:
    """Return the full name for each acronym in brackets behind the name of an organisation."""
    full_names: dict[str, str] = {}
    for tag in tags:
        is_candidate = tag.entity_type == ORGANIZATION and tag.end - tag.start <= MAX_FULL_NAME_CHARS
        is_candidate = is_candidate and text.find("(", tag.end, tag.end + 2) >= 0
        match = is_candidate and _ACRONYM_IN_BRACKETS.match(text, tag.end, tag.end + ACRONYM_CHARS)
        if match and _abbreviates(match[1], text[tag.start : tag.end]):
            full_names.setdefault(normalize_name(match[1]), text[tag.start : tag.end])
    return full_names


def _abbreviates(acronym: str, name: str) -> bool:
    """Return whether the letters of an acronym occur in order in a name of several words."""
    letters = iter(name.lower())
    return " " in name and all(c in letters for c in acronym.lower() if c.isalpha())
