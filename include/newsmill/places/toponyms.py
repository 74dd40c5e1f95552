"""Finds the places that articles name: which names are of places, which place each means, and how sure that is.

Two things are weighed for each name by small linear models that `benchmarks/quality/train_places.py` makes: which of
the places that bear it is meant (`resolution.py`), and whether it is of a place at all. docs/places.md is their card.
"""

import json
from collections.abc import Sequence
from functools import cache, lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np

from newsmill.places import context_cues, ranking
from newsmill.places.context_cues import LISTED_COUNTY, OF_PEOPLE, Mention, Name, names
from newsmill.places.gazetteer import COUNTRY, NOWHERE, TOWN, gazetteer
from newsmill.places.name_forms import AS_AREA, AS_SEAT, HOW_FOUND
from newsmill.places.ranking import AREAS, COUNTIES, FEATURES, Asked, Weighed, dot_rows

DATA = Path(__file__).with_name("model.json")
SEEN = (
    "has_no_candidate", "town_people", "area_people", "is_country", "belief", "is_within", "is_not_within",
    "country_share", "near", "nearer", "is_alternate", "is_town",
)  # fmt: skip
"""What the likeliest candidate tells of whether a name is of a place."""
JUDGED = (*HOW_FOUND, *(f"sure_{how}" for how in HOW_FOUND), *context_cues.SEEN, *SEEN)
TRUSTED = ("bias", "is_place", "belief", "has_no_candidate", "near")
LIKELY, TOLD = 0.5, 0.25
"""From here on a name is taken for a place's; and a place is told for it."""


class Source(NamedTuple):
    """Who publishes an article: its country's code, its name and domain, as far as they are known."""

    country_code: str | None
    name: str | None
    domain: str | None


class Toponyms(NamedTuple):
    """Places named in a batch of texts, in order, by column: texts[article][start:end].

    `place` is a row of the gazetteer, NOWHERE if none is sure enough.
    """

    article: list[int]
    start: list[int]
    end: list[int]
    place: list[int]
    candidate_count: list[int]
    confidence: list[float]
    rule: list[str]
    sentence: list[int]


class Model(NamedTuple):
    """Weights: of candidates alone, of candidates among others, of being a place, of being the right one."""

    alone: np.ndarray
    among: np.ndarray
    judge: np.ndarray
    trust: np.ndarray


class Gathered(NamedTuple):
    """Names of a batch by article, and the group of each: one name of one article, within one area if one is told."""

    names: list[list[Name]]
    group: np.ndarray
    asked: Asked


class Judged(NamedTuple):
    """What is thought of each name: whether it is a place's, its likeliest place or NOWHERE, whether that is right."""

    is_place: np.ndarray
    place: np.ndarray
    is_right: np.ndarray
    candidate_count: np.ndarray


@cache
def model() -> Model:
    """Return the shipped weights."""
    told = json.loads(DATA.read_text("utf8"))
    known = (FEATURES[: ranking.ALONE], FEATURES, JUDGED, TRUSTED)
    return Model(
        *(
            np.array([told[part][name] for name in listed], np.float32)
            for part, listed in zip(Model._fields, known, strict=True)
        )
    )


def toponyms(texts: Sequence[str], mentions: Sequence[Sequence[Mention]], sources: Sequence[Source]) -> Toponyms:
    """Return the places that the texts of a batch name."""
    told = gathered([names(text, own) for text, own in zip(texts, mentions, strict=True)], sources)
    found = judged(told, ranking.weighed(told.asked, model().alone, model().among), model())
    kept = np.flatnonzero(found.is_place >= LIKELY)
    has_place = (found.place[kept] != NOWHERE) & (found.is_right[kept] >= TOLD)
    sure = np.where(has_place, found.is_right[kept], found.is_place[kept])
    article = np.repeat(np.arange(len(texts)), [len(own) for own in told.names])[kept]
    flat = [name for own in told.names for name in own]
    own = [flat[number] for number in kept.tolist()]
    return Toponyms(
        article.tolist(), [name.start for name in own], [name.end for name in own],
        np.where(has_place, found.place[kept], NOWHERE).tolist(), found.candidate_count[kept].tolist(),
        sure.round(3).tolist(), [HOW_FOUND[name.found] for name in own], [name.sentence for name in own],
    )  # fmt: skip


def gathered(found: Sequence[list[Name]], sources: Sequence[Source]) -> Gathered:
    """Group the names of each article: a name means one place in it, unless the areas behind it say otherwise."""
    groups, members, total = [], [], 0
    for article, source in zip(found, sources, strict=True):
        areas = {name.name: name.area for name in reversed(article) if name.area}
        home = _letters(f"{source.name or ''} {source.domain or ''}")
        keys: dict[tuple, list] = {}
        for name in article:
            key = (name.name, name.area or areas.get(name.name))
            group = keys.setdefault(key, [total + len(keys), ranking.ANYTHING, 0, False])
            group[1] = COUNTIES if name.bits & LISTED_COUNTY else AREAS if name.found == AS_AREA else group[1]
            group[2] += 1
            group[3] |= name.found == AS_SEAT or bool(name.bits & OF_PEOPLE)
            members.append(group[0])
        groups.append([(*key, *group[1:], _is_home(key[0], home)) for key, group in keys.items()])
        total += len(keys)
    countries = [country_of(source) for source in sources]
    return Gathered(list(found), np.array(members, np.int64), ranking.asked(groups, countries))


def _is_home(name: str, home: str) -> bool:
    """Tell whether a source bears the name of the place."""
    letters = _letters(name)
    return len(letters) > 4 and letters in home


@lru_cache(maxsize=1 << 16)
def _letters(name: str) -> str:
    return "".join(filter(str.isalpha, name)).lower()


# top-level domains that are sold to everybody
_SOLD = frozenset("ai am as cc cd cf co dj fm ga gg gq im io la ly me ml nu sh st tk to tv vc ws".upper().split())


def country_of(source: Source) -> int:
    """Return the row of a source's country: the one told, else that of its domain, else NOWHERE."""
    code = source.country_code or (source.domain or "").rpartition(".")[2].upper()
    if not source.country_code and code in _SOLD:
        return NOWHERE
    return _countries().get("GB" if code == "UK" else code, NOWHERE)


@cache
def _countries() -> dict[str, int]:
    known = gazetteer()
    return {known.country_code[row].as_py(): row for row in np.flatnonzero(known.kind == COUNTRY).tolist()}


def judged(told: Gathered, weighed: Weighed, by: Model) -> Judged:
    """Judge each name of a batch."""
    place, belief, features = likely_places(told.group, weighed)
    seen = looked_at(told, weighed, place, belief, features)
    is_place = chance(dot_rows(seen, by.judge))
    is_right = chance(dot_rows(trusted(is_place, place, belief, features), by.trust))
    return Judged(is_place, place, is_right, np.diff(weighed.starts)[told.group])


def likely_places(group: np.ndarray, weighed: Weighed) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the likeliest candidate of each name, NOWHERE for none, how likely it is, and what it shows."""
    best = ranking.likeliest(weighed)[group]
    if not len(weighed.place):
        return best, np.zeros(len(best), np.float32), np.zeros((len(best), len(FEATURES)), np.float32)
    has = (best >= 0)[:, None]
    return (
        np.where(best >= 0, weighed.place[best], NOWHERE),
        np.where(best >= 0, weighed.belief[best], 0),
        weighed.features[best] * has,
    )


def looked_at(
    told: Gathered, weighed: Weighed, place: np.ndarray, belief: np.ndarray, features: np.ndarray
) -> np.ndarray:
    """Return what tells whether names are of places, one a row, in the order of JUDGED."""
    flat = [name for article in told.names for name in article]
    how, bits = (np.array([name[column] for name in flat], np.int64) for column in (3, 5))
    sure = np.clip(np.array([name.sureness for name in flat]), 0.01, 0.99)
    kinds = np.eye(len(HOW_FOUND), dtype=np.float32)[how]
    around = bits[:, None] >> np.arange(len(context_cues.SEEN)) & 1
    kind = np.where(place != NOWHERE, gazetteer().kind[place], TOWN + 1)
    has_area = (told.asked.area_past > told.asked.area_first)[told.group]
    is_within = weighed.is_within[told.group]
    by_name = {
        "is_within": is_within,
        "is_not_within": has_area & ~is_within,
        "has_no_candidate": place == NOWHERE,
        "belief": belief,
        "is_country": kind == COUNTRY,
        "is_town": kind == TOWN,
    }
    shown = np.stack([by_name[name] if name in by_name else features[:, FEATURES.index(name)] for name in SEEN], 1)
    return np.hstack([kinds, kinds * _odds(sure)[:, None], around, shown]).astype(np.float32)


def trusted(is_place: np.ndarray, place: np.ndarray, belief: np.ndarray, features: np.ndarray) -> np.ndarray:
    """Return what tells whether the likeliest place is right, in the order of TRUSTED."""
    return np.stack(
        [
            np.ones(len(place)),
            _odds(np.clip(is_place, 0.005, 0.995)),
            _odds(np.clip(belief, 0.01, 0.999)),
            place == NOWHERE,
            features[:, FEATURES.index("near")],
        ],
        1,
    )


def _odds(chance: np.ndarray) -> np.ndarray:
    sure = np.asarray(chance, np.float64)  # numpy's logarithm of 32 bits rounds by processor
    return np.log(sure / (1 - sure))


def chance(odds: np.ndarray) -> np.ndarray:
    """Return the chance that natural log odds tell."""
    return 1 / (1 + np.exp(-odds))
