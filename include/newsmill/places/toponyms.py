"""Resolves the place names of articles: whether a name is a place, which place, with what confidence.

Small linear models decide, trained by `benchmarks/quality/train_places.py`: `ranking.py` ranks the candidate places of
a name, and a second model decides whether the name is a place at all. docs/places.md describes the models.
"""

import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np

from newsmill.places import context_cues, ranking
from newsmill.places.context_cues import LISTED_COUNTY, OF_PEOPLE, Mention, Name, find_names, is_home, only_letters
from newsmill.places.gazetteer import COUNTRY, NOWHERE, TOWN, load_gazetteer
from newsmill.places.name_forms import AS_AREA, AS_PLACE, AS_SEAT, DETECTIONS, FEATURE_KINDS
from newsmill.places.ranking import FEATURES, NameQueries, RankedCandidates, RequiredKind, dot_rows

MODEL_PATH = Path(__file__).with_name("model.json")
CANDIDATE_CUES = (
    "has_no_candidate", "town_people", "area_people", "is_country", "belief", "is_within", "is_not_within",
    "country_share", "near", "nearer", "is_alternate", "is_town",
)  # fmt: skip
"""Features of the most likely candidate for the decision whether a name is a place; keys of `model.json`."""
PLACE_FEATURES = (*DETECTIONS, *(f"sure_{how}" for how in DETECTIONS), *context_cues.CUE_NAMES, *CANDIDATE_CUES)
CORRECTNESS_CUES = (
    "near", "nearer", "town_people", "area_people", "is_country", "is_admin1", "is_admin2", "is_alternate",
    "is_capital", "country_share", "state_share", "state_named", "country_named", "in_source_country",
    "not_in_source_country",
)  # fmt: skip
"""Features of the most likely candidate for the probability that the place is correct; keys of `model.json`."""
CORRECTNESS_FEATURES = ("bias", "is_place", "belief", "has_no_candidate", "is_seat", "has_tag", *CORRECTNESS_CUES)
MIN_PLACE_PROBABILITY, MIN_CORRECT_PROBABILITY = 0.5, 0.3
"""Minimum probability for a name to count as a place, and for the resolved place to be reported."""


class Source(NamedTuple):
    """The source of an article: country code, name and domain, None if unknown."""

    country_code: str | None
    name: str | None
    domain: str | None


class Toponyms(NamedTuple):
    """Place names in a batch of texts, in order, by column: texts[article][start:end].

    `place`: row of the gazetteer, NOWHERE below the minimum probability. `feature_type`: type of a region, natural
    feature or site, None for others.
    """

    article: list[int]
    start: list[int]
    end: list[int]
    place: list[int]
    candidate_count: list[int]
    confidence: list[float]
    rule: list[str]
    sentence: list[int]
    feature_type: list[str | None]


class Model(NamedTuple):
    """Weights: own features of candidates, all features, features of being a place, features of being correct."""

    alone: np.ndarray
    among: np.ndarray
    judge: np.ndarray
    trust: np.ndarray


class NameGroups(NamedTuple):
    """Names of a batch by article, and the group of each name: equal names of an article with the same stated area."""

    names: list[list[Name]]
    group: np.ndarray
    queries: NameQueries


class Judgements(NamedTuple):
    """Decisions per name: probability of a place, most likely place or NOWHERE, probability of correctness."""

    is_place: np.ndarray
    place: np.ndarray
    is_right: np.ndarray
    candidate_count: np.ndarray


@cache
def load_model() -> Model:
    """Return the shipped weights."""
    weights = json.loads(MODEL_PATH.read_text("utf8"))
    features = (FEATURES[: ranking.OWN_FEATURE_COUNT], FEATURES, PLACE_FEATURES, CORRECTNESS_FEATURES)
    return Model(
        *(
            np.array([weights[part][name] for name in listed], np.float32)
            for part, listed in zip(Model._fields, features, strict=True)
        )
    )


def find_toponyms(texts: Sequence[str], mentions: Sequence[Sequence[Mention]], sources: Sequence[Source]) -> Toponyms:
    """Return the place names of a batch of texts with their places."""
    rows = zip(texts, mentions, sources, strict=True)
    groups = group_names([find_names(text, own, home_letters(source)) for text, own, source in rows], sources)
    model = load_model()
    judged = judge_names(groups, ranking.rank_candidates(groups.queries, model.alone, model.among), model)
    kept = np.flatnonzero(judged.is_place >= MIN_PLACE_PROBABILITY)
    has_place = (judged.place[kept] != NOWHERE) & (judged.is_right[kept] >= MIN_CORRECT_PROBABILITY)
    confidence = np.where(has_place, judged.is_right[kept], judged.is_place[kept])
    article = np.repeat(np.arange(len(texts)), [len(own) for own in groups.names])[kept]
    flat = [name for own in groups.names for name in own]
    names = [flat[i] for i in kept.tolist()]
    return Toponyms(
        article.tolist(), [name.start for name in names], [name.end for name in names],
        np.where(has_place, judged.place[kept], NOWHERE).tolist(), judged.candidate_count[kept].tolist(),
        confidence.round(3).tolist(), [DETECTIONS[name.detection] for name in names], [name.sentence for name in names],
        [FEATURE_KINDS.get(name.detection) for name in names],
    )  # fmt: skip


def group_names(names: Sequence[list[Name]], sources: Sequence[Source]) -> NameGroups:
    """Group the names of each article: a name means one place, unless different areas are stated after it."""
    groups, members, total = [], [], 0
    for article, source in zip(names, sources, strict=True):
        areas = {name.name: name.area for name in reversed(article) if name.area and name.name}
        home = home_letters(source)
        keys: dict[tuple[str, str | None], tuple[int, int, int, bool]] = {}
        for name in article:
            key = (name.name, name.area or areas.get(name.name))
            index, required_kind, count, is_seat = keys.setdefault(key, (total + len(keys), RequiredKind.ANY, 0, False))
            kind = RequiredKind.AREA if name.detection == AS_AREA else required_kind
            kind = RequiredKind.COUNTY if name.cues & LISTED_COUNTY else kind
            is_seat |= name.detection == AS_SEAT or bool(name.cues & OF_PEOPLE)
            keys[key] = (index, kind, count + 1, is_seat)
            members.append(index)
        groups.append([(*key, *group[1:], is_home(key[0], home)) for key, group in keys.items()])
        total += len(keys)
    countries = [country_of(source) for source in sources]
    return NameGroups(list(names), np.array(members, np.int64), ranking.build_queries(groups, countries))


def home_letters(source: Source) -> str:
    """Return the letters of a source's name and domain, in lower case."""
    return only_letters(f"{source.name or ''} {source.domain or ''}")


# country domains sold to anyone, so without information on the country
_GENERIC_DOMAINS = frozenset(
    "ai am as cc cd cf co dj fm ga gg gq im io la ly me ml nu sh st tk to tv vc ws".upper().split()
)


def country_of(source: Source) -> int:
    """Return the gazetteer row of a source's country: by country code, else by domain, else NOWHERE."""
    code = source.country_code or (source.domain or "").rpartition(".")[2].upper()
    if not source.country_code and code in _GENERIC_DOMAINS:
        return NOWHERE
    return _country_rows().get("GB" if code == "UK" else code, NOWHERE)


@cache
def _country_rows() -> dict[str, int]:
    known = load_gazetteer()
    return {known.country_code[row].as_py(): row for row in np.flatnonzero(known.kind == COUNTRY).tolist()}


def judge_names(groups: NameGroups, ranked: RankedCandidates, model: Model) -> Judgements:
    """Return the probabilities and the most likely place of each name of a batch."""
    place, posterior, features = best_candidates(groups.group, ranked)
    rows = place_features(groups, ranked, place, posterior, features)
    is_place = sigmoid(dot_rows(rows, model.judge))
    rows = correctness_features(is_place, place, posterior, features, detections(groups))
    is_right = sigmoid(dot_rows(rows, model.trust))
    return Judgements(is_place, place, is_right, np.diff(ranked.starts)[groups.group])


def detections(groups: NameGroups) -> np.ndarray:
    """Return how each name of a batch was found, an index of DETECTIONS."""
    return np.array([name.detection for article in groups.names for name in article], np.int64)


def best_candidates(group: np.ndarray, ranked: RankedCandidates) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return (place, posterior, features) of each name's most likely candidate; NOWHERE without candidates."""
    best = ranking.most_likely(ranked)[group]
    if not len(ranked.place):
        return best, np.zeros(len(best), np.float32), np.zeros((len(best), len(FEATURES)), np.float32)
    has_candidate = (best >= 0)[:, None]
    return (
        np.where(best >= 0, ranked.place[best], NOWHERE),
        np.where(best >= 0, ranked.posterior[best], 0),
        ranked.features[best] * has_candidate,
    )


def place_features(
    groups: NameGroups, ranked: RankedCandidates, place: np.ndarray, posterior: np.ndarray, features: np.ndarray
) -> np.ndarray:
    """Return the features for the decision whether names are places, a row per name, columns as PLACE_FEATURES."""
    flat = [name for article in groups.names for name in article]
    detection = detections(groups)
    cues = np.array([name.cues for name in flat], np.int64)
    tag_confidence = np.clip(np.array([name.tag_confidence for name in flat]), 0.01, 0.99)
    one_hot = np.eye(len(DETECTIONS), dtype=np.float32)[detection]
    cue_bits = cues[:, None] >> np.arange(len(context_cues.CUE_NAMES)) & 1
    kind = np.where(place != NOWHERE, load_gazetteer().kind[place], TOWN + 1)
    has_area = (groups.queries.area_end > groups.queries.area_start)[groups.group]
    is_within = ranked.is_within[groups.group]
    by_name = {
        "is_within": is_within,
        "is_not_within": has_area & ~is_within,
        "has_no_candidate": place == NOWHERE,
        "belief": posterior,
        "is_country": kind == COUNTRY,
        "is_town": kind == TOWN,
    }
    columns = [by_name[name] if name in by_name else features[:, FEATURES.index(name)] for name in CANDIDATE_CUES]
    weighted = one_hot * _log_odds(tag_confidence)[:, None]
    return np.hstack([one_hot, weighted, cue_bits, np.stack(columns, 1)]).astype(np.float32)


def correctness_features(
    is_place: np.ndarray, place: np.ndarray, posterior: np.ndarray, features: np.ndarray, detection: np.ndarray
) -> np.ndarray:
    """Return the features for the probability that the place is correct, in the order of CORRECTNESS_FEATURES."""
    cues = [features[:, FEATURES.index(name)] for name in CORRECTNESS_CUES]
    return np.stack(
        [
            np.ones(len(place)),
            _log_odds(np.clip(is_place, 0.005, 0.995)),
            _log_odds(np.clip(posterior, 0.01, 0.999)),
            place == NOWHERE,
            detection == AS_SEAT,
            detection == AS_PLACE,
            *cues,
        ],
        1,
    )


def _log_odds(probability: np.ndarray) -> np.ndarray:
    exact = np.asarray(probability, np.float64)  # numpy's 32-bit logarithm rounds differently by processor
    return np.log(exact / (1 - exact))


def sigmoid(odds: np.ndarray) -> np.ndarray:
    """Return the probability for natural log odds."""
    return 1 / (1 + np.exp(-odds))
