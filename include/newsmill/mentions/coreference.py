"""Says which names of one article mean the same: short names, acronyms, forms with and without `Inc`."""

import re
from collections import defaultdict
from functools import lru_cache

from newsmill.mentions.tagger import ORGANIZATION, PERSON, PLACE, Tag
from newsmill.nlp import name_lists

MAX_FULL_NAME_CHARS = 300
"""Characters of the longest name that others may be short for. A page of `J. R. Marlow` over and over is one name: its
endings, and its spelling as the full name of each other one, took time and room squared."""
_ACRONYM_IN_BRACKETS = re.compile(r"\s?\(\s?([A-Z][A-Za-z&.]{1,9})\s?\)")
_GIVEN_INSERTED = re.compile(r"\(\s?([A-Z][\w.'’-]+)\s?\) $")


@lru_cache(maxsize=1 << 16)
def normalize_name(name: str) -> str:
    """Return a name in lower case, its spaces folded, the points of its initials left out."""
    folded = " ".join(name.lower().split())
    return folded.replace(".", "") or folded


def lower_capitals(name: str) -> str:
    """Return a name that is printed in capitals as it is usually printed."""
    if len(name) <= 3 or "." in name or not name.isupper():
        return name
    return " ".join(word.capitalize() for word in name.split(" "))


def resolve_names(text: str, tags: list[Tag]) -> dict[tuple[str, str], str]:
    """Return the fullest name for each (entity type, surface) of an article."""
    surfaces = defaultdict(dict)
    for tag in tags:
        surfaces[tag.entity_type].setdefault(text[tag.start : tag.end], None)
    resolved = _resolve_people(list(surfaces[PERSON]), _find_bracketed_names(text, tags))
    found = {(PERSON, short): full for short, full in resolved.items()}
    acronyms = _find_acronyms(text, tags)
    for short, full in _resolve_organizations(list(surfaces[ORGANIZATION]), acronyms).items():
        found[ORGANIZATION, short] = full
    return found | {
        (PLACE, short): name_lists.FULL_NAMES.get(short) or lower_capitals(short) for short in surfaces[PLACE]
    }


# short names in the light of long ones

UNSURE_CONFIDENCE = 0.85
ADOPTED_CONFIDENCE = 0.5
"""How often a name whose kind a longer one tells is right: half of twenty on annotated news."""


def adopt_long_name_kinds(text: str, tags: list[Tag]) -> list[Tag]:
    """Let unsure short names be of the kind of the long name they are short for, and take in its particles."""
    names = [text[tag.start : tag.end] for tag in tags]
    unsure = {name for name, tag in zip(names, tags, strict=True) if tag.confidence < UNSURE_CONFIDENCE}
    lasts = {name[name.rfind(" ") + 1 :] for name in unsure}
    surest: dict[str, Tag] = {}
    particles: dict[str, str] = {}
    for name, tag in zip(names, tags, strict=True):
        last = name[name.rfind(" ") + 1 :]
        if last not in lasts and last not in name_lists.COMPANY_FORMS and (tag.entity_type != PERSON or name.istitle()):
            continue  # it is long for no name that is unsure, and has no particle
        for short in _list_short_forms(name, tag.entity_type):
            if short in unsure and (short not in surest or tag.confidence > surest[short].confidence):
                surest[short] = tag
            if short[0].islower() and tag.entity_type == PERSON:
                lead = short[: len(short) - len(short.lstrip("abcdefghijklmnopqrstuvwxyz "))]
                particles.setdefault(short[len(lead) :], lead)
    if not surest and not particles:
        return tags
    return [_adopt_kind(text, name, tag, surest, particles) if name in surest or name in particles else tag
            for name, tag in zip(names, tags, strict=True)]  # fmt: skip


def _list_short_forms(name: str, kind: str) -> list[str]:
    if len(name) > MAX_FULL_NAME_CHARS:
        return []
    words = name.split(" ")
    if kind == PERSON:
        return [" ".join(words[at:]) for at in range(len(words))]
    bare = _drop_company_form(words)
    return [" ".join(bare)] if kind == ORGANIZATION and len(bare) < len(words) else []


def _adopt_kind(text: str, name: str, tag: Tag, surest: dict[str, Tag], particles: dict[str, str]) -> Tag:
    meant = surest.get(name)
    if meant and tag.confidence < min(UNSURE_CONFIDENCE, meant.confidence) and meant.entity_type != tag.entity_type:
        tag = tag._replace(entity_type=meant.entity_type, confidence=ADOPTED_CONFIDENCE, rule=f"{tag.rule}+short_form")
    lead = particles.get(name)
    if tag.entity_type == PERSON and lead and text.endswith(lead, 0, tag.start):
        tag = tag._replace(start=tag.start - len(lead))
    return tag


# people


def _resolve_people(names: list[str], inserted: dict[str, str]) -> dict[str, str]:
    long = [name for name in (*names, *inserted.values()) if " " in name and len(name) <= MAX_FULL_NAME_CHARS]
    endings = {ending for name in long for ending in _list_endings(normalize_name(name).split(" "))}
    full = _merge_spellings([name for name in long if tuple(normalize_name(name).split(" ")) not in endings])
    people = sorted(set(full.values()))
    bearers = defaultdict(set)
    for person in people:
        for part in _list_name_parts(person):
            bearers[part].add(person)
    return {name: full.get(name) or _find_only_bearer(bearers, name) for name in names}


def _list_name_parts(person: str) -> set[tuple[str, ...]]:
    """Return the surnames, with and without what stands between, and the given name of a full name."""
    words = normalize_name(person).split(" ")
    bare = words[-1].removeprefix("al-").removeprefix("el-")
    return _list_endings(words) | {("given", words[0]), (bare,)}


def _list_endings(words: list[str]) -> set[tuple[str, ...]]:
    return {tuple(words[i:]) for i in range(1, len(words))}


def _find_only_bearer(bearers: dict, name: str) -> str:
    words = tuple(normalize_name(name).split(" "))
    called = bearers.get(words, set()) or (bearers.get(("given", *words), set()) if len(words) == 1 else set())
    return next(iter(called)) if len(called) == 1 else name


def _merge_spellings(names: list[str]) -> dict[str, str]:
    """Map each full name to the fullest spelling of the same person: `Ann Lee`, `Ann B. Lee`, `ANN LEE`."""
    chosen: dict[str, str] = {}
    by_ends = defaultdict(list)
    for name in names:
        words = normalize_name(name).split(" ")
        by_ends[words[0], words[-1]].append(name)
    for same in by_ends.values():
        middles = {tuple(normalize_name(n).split(" ")[1:-1]) for n in same} - {()}
        if len({m[0][0] for m in middles}) <= 1:
            fullest = max(same, key=lambda n: (not n.isupper(), len(n), n))
            chosen |= dict.fromkeys(same, fullest)
        else:
            chosen |= {n: n for n in same}
    return chosen


def _find_bracketed_names(text: str, tags: list[Tag]) -> dict[str, str]:
    """Return the full name where the editor put the given name in brackets: `envoy (Ann) Lee`."""
    found = {}
    for tag in tags:
        may_be = tag.entity_type == PERSON and text.startswith(") ", tag.start - 2)
        before = may_be and _GIVEN_INSERTED.search(text, max(0, tag.start - 24), tag.start)
        if before and " " not in text[tag.start : tag.end]:
            found[text[tag.start : tag.end]] = f"{before[1]} {text[tag.start : tag.end]}"
    return found


# organisations


def _resolve_organizations(names: list[str], acronyms: dict[str, str]) -> dict[str, str]:
    bare = defaultdict(set)
    for name in names:
        if len(name) <= MAX_FULL_NAME_CHARS:
            bare[_strip_company_form(name)].add(name)
    fullest = {key: max(alike, key=lambda n: (not n.isupper(), len(n), n)) for key, alike in bare.items()}
    meant = {name: acronyms.get(normalize_name(name)) or name_lists.FULL_NAMES.get(name, name) for name in names}
    return {name: fullest.get(_strip_company_form(full), full) for name, full in meant.items()}


@lru_cache(maxsize=1 << 16)
def _strip_company_form(name: str) -> str:
    return normalize_name(" ".join(_drop_company_form(name.split(" "))))


def _drop_company_form(words: list[str]) -> list[str]:
    """Return the words of a company's name without `Inc` and its like."""
    size = len(words)
    while size > 1 and words[size - 1] in name_lists.COMPANY_FORMS:
        size -= 1
    return words[:size]


def _find_acronyms(text: str, tags: list[Tag]) -> dict[str, str]:
    """Return what each acronym stands for, as brackets behind an organisation's name tell."""
    found = {}
    for tag in tags:
        may_be = tag.entity_type == ORGANIZATION and tag.end - tag.start <= MAX_FULL_NAME_CHARS
        may_be = may_be and text.find("(", tag.end, tag.end + 2) >= 0
        behind = may_be and _ACRONYM_IN_BRACKETS.match(text, tag.end, tag.end + 16)
        if behind and _abbreviates(behind[1], text[tag.start : tag.end]):
            found.setdefault(normalize_name(behind[1]), text[tag.start : tag.end])
    return found


def _abbreviates(acronym: str, name: str) -> bool:
    letters = iter(name.lower())
    return " " in name and all(c in letters for c in acronym.lower() if c.isalpha())
