"""Ranks the candidate places of each name of an article by a linear model over own and context features.

The score is first computed from a candidate's own features, then twice from all features, with the posterior of the
article's other names. A softmax over each name's scores gives the posterior.

Layout (all arrays cover a batch):

- `queries.bounds`: the names of article n are the indices bounds[n] to bounds[n + 1].
- `starts`: the candidates of name n are the indices starts[n] to starts[n + 1] of `candidates`, `posterior` and
  `features`.
- `candidates[i]`: a record of CANDIDATE, with the gazetteer's row, its columns, and the form of the name.
- `features[i]`: a record of CANDIDATE_FEATURES; models use the same memory as a matrix, a column a feature.
- `context`: a record of CONTEXT_PLACE for each likely candidate; those of name n are the indices context_starts[n] to
  context_starts[n + 1].

Example: an article with the names Springfield and Ill. has bounds [0, 2]. With three Springfields and one Illinois,
starts is [0, 3, 4]. Illinois has posterior 1 alone; for the Springfield in that state `state_named` becomes 1, for the
others 0, and so the second pass prefers it. If the third Springfield had a posterior of .01, `context` would have three
records and context_starts would be [0, 2, 3].
"""

from collections.abc import Sequence
from enum import IntEnum
from typing import NamedTuple

import numpy as np

from newsmill.compiled import compiled, inlined
from newsmill.places.gazetteer import (
    ADMIN1,
    ADMIN2,
    ALTERNATE,
    BARE,
    CONTINENT,
    COUNTRY,
    NOWHERE,
    TOWN,
    load_gazetteer,
    name_rows,
)

FEATURES = (
    "town_people", "area_people", "is_country", "is_admin1", "is_admin2", "is_continent", "is_capital", "is_alternate",
    "alternate_people", "is_bare", "is_namesake", "in_source_country", "not_in_source_country", "is_english",
    "is_english_seat", "is_english_home", "state_named", "country_named", "country_share", "state_share", "near",
    "nearer", "around", "among_countries", "among_states", "holds_others",
)  # fmt: skip
CANDIDATE_FEATURES = np.dtype((np.record, [(name, np.float32) for name in FEATURES]))
OWN_FEATURE_COUNT = FEATURES.index("state_named")
"""The number of features of a candidate's own; the other features depend on the article's other names."""
_CANDIDATE_FIELDS = [
    *((name, np.int32) for name in ("place", "country", "admin1", "admin2", "state")),
    *((name, np.uint8) for name in ("form", "kind")),
    *((name, np.bool_) for name in ("is_capital", "is_english")),
    *((name, np.float32) for name in ("x", "y", "z", "exclusion")),
    ("population", np.int64),
]
CANDIDATE = np.dtype((np.record, np.dtype(_CANDIDATE_FIELDS, align=True)))
"""A candidate place of a name.

`place`, `country`, `admin1`, `admin2`, `state`: rows of the gazetteer; `x`, `y`, `z`: the point on the unit sphere;
`exclusion`: added to the score.
"""
_CONTEXT_FIELDS = [
    *((name, np.int64) for name in ("candidate", "query_start")),
    *((name, np.float64) for name in ("probability", "weight")),
]
CONTEXT_PLACE = np.dtype((np.record, _CONTEXT_FIELDS))
"""A likely candidate as context of other names.

`query_start`: first row of the name in the gazetteer; `weight`: the name's weight by mentions.
"""
EXCLUSION_PENALTY = np.float32(-30)
"""Added to the score of a place excluded by a stated area or a list of counties: divides the odds by about 1e13."""
NEAR_KM, NEARER_KM, AROUND_KM, RADIUS_KM = 160.0, 40.0, 1200.0, 6371.0
FAR_KM = 800.0
"""Distance above which two towns add nothing to NEAR and NEARER: exp(-5) of the weight at NEAR_KM is below 1 %."""
NAMESAKE = 0.1
"""An area with more than this share of its population in the town of the same name counts as named after the town."""
MIN_PROBABILITY = 0.02
"""Candidates with a lower posterior are ignored as context of other names."""
MAX_NEIGHBOURS = 300
"""Names compared before and after each name. Of 1,976 articles the longest has 275 names and the next 61.

A page of 40,000 names takes 20 times as long at twice the value.
"""


class RequiredKind(IntEnum):
    """Required kind of a name: any place, a county (in a list of counties), a country or first-level area."""

    ANY = 0
    COUNTY = 1
    AREA = 2


class NameQueries(NamedTuple):
    """Names to resolve, in order of articles: the names of article n are the indices bounds[n] to bounds[n + 1].

    `start`, `end`: rows of the gazetteer's names; `area_start`, `area_end`: rows of the area stated after the name, as
    in `Springfield, Ill.`; `country`: row of the source's country, one per article.
    """

    bounds: np.ndarray
    start: np.ndarray
    end: np.ndarray
    area_start: np.ndarray
    area_end: np.ndarray
    required_kind: np.ndarray
    mention_counts: np.ndarray
    is_seat: np.ndarray
    is_home: np.ndarray
    country: np.ndarray


GroupedName = tuple[str, str | None, int, int, bool, bool]
"""A name of an article: name, stated area, required kind, number of mentions, is seat, is home."""


class RankedCandidates(NamedTuple):
    """Candidates of a batch: for name n the indices starts[n] to starts[n + 1]; `posterior` sums to 1 for each name.

    `is_within`: whether some candidate of the name is inside the area stated after the name.
    """

    starts: np.ndarray
    place: np.ndarray
    exclusion: np.ndarray
    is_within: np.ndarray
    features: np.ndarray
    posterior: np.ndarray


def rank_candidates(queries: NameQueries, alone: np.ndarray, weights: np.ndarray) -> RankedCandidates:
    """Score the candidates of every name: by own features, then twice with the posterior of the other names."""
    known = load_gazetteer()
    sizes = queries.end - queries.start
    starts = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    candidates = _list_candidates(np.repeat(queries.start - starts[:-1], sizes) + np.arange(starts[-1]))
    is_within = _exclude_outside(queries, starts, candidates, known.place, known.kind)
    _exclude_kinds(queries, starts, candidates)
    features = np.zeros(len(candidates), CANDIDATE_FEATURES)
    matrix = features.view(np.float32).reshape(len(features), len(FEATURES))
    _fill_own_features(queries, starts, candidates, features)
    exclusion = candidates["exclusion"]
    posterior = softmax_by_name(dot_rows(matrix[:, :OWN_FEATURE_COUNT], alone) + exclusion, starts)
    for _ in range(2):
        _fill_context_features(queries, starts, candidates, posterior, features)
        posterior = softmax_by_name(dot_rows(matrix, weights) + exclusion, starts)
    return RankedCandidates(starts, candidates["place"].copy(), exclusion.copy(), is_within, matrix, posterior)


def _list_candidates(rows: np.ndarray) -> np.ndarray:
    """Return a record of CANDIDATE for each row of the gazetteer's names."""
    known = load_gazetteer()
    candidates = np.zeros(len(rows), CANDIDATE)
    candidates["place"], candidates["form"] = known.place[rows], known.form[rows]
    for name in ("kind", "country", "admin1", "admin2", "state", "population", "is_capital", "is_english"):
        candidates[name] = getattr(known, name)[candidates["place"]]
    candidates["x"], candidates["y"], candidates["z"] = known.point[candidates["place"]].T
    return candidates


def softmax_by_name(scores: np.ndarray, starts: np.ndarray) -> np.ndarray:
    """Return the softmax of the scores of each name's candidates."""
    out = np.empty(len(scores), np.float32)
    _softmax(scores.astype(np.float32), starts, out)
    return out


def most_likely(ranked: RankedCandidates) -> np.ndarray:
    """Return the index of each name's most likely candidate, the first of equals; -1 without candidates."""
    best = np.full(len(ranked.starts) - 1, -1, np.int64)
    _argmax_by_name(ranked.posterior, ranked.starts, best)
    return best


@compiled
def dot_rows(rows, weights):
    """Return the dot product of each row and the weights; float64, summed from left to right.

    The order of a BLAS depends on processor and batch, which changed confidences by .001.
    """
    out = np.zeros(len(rows), np.float64)
    for i in range(len(rows)):
        for column in range(len(weights)):
            out[i] += np.float64(rows[i, column]) * np.float64(weights[column])
    return out


@compiled
def _softmax(scores, starts, out):
    for name in range(len(starts) - 1):
        start, end = starts[name], starts[name + 1]
        top = np.float32(-1e30)
        for i in range(start, end):
            top = max(top, scores[i])
        total = np.float32(0)
        for i in range(start, end):
            out[i] = np.exp(scores[i] - top)
            total += out[i]
        for i in range(start, end):
            out[i] /= total


@compiled
def _argmax_by_name(posterior, starts, best):
    for name in range(len(starts) - 1):
        for i in range(starts[name], starts[name + 1]):
            if best[name] < 0 or posterior[i] > posterior[best[name]]:
                best[name] = i


@inlined
def _is_inside(candidate, area):
    """Return whether a candidate is inside the area with a row of the gazetteer."""
    return candidate.place != area and (
        candidate.country == area or candidate.admin1 == area or candidate.admin2 == area
    )


@compiled
def _exclude_outside(queries, starts, candidates, named_places, kinds):
    """Exclude candidates outside of the stated area if another is inside; return by name whether some are inside.

    `named_places[row]` is the place of a row of the gazetteer's names, `kinds[place]` the kind of a place.
    """
    is_within = np.zeros(len(starts) - 1, np.bool_)
    for name in range(len(is_within)):
        area_start, area_end = queries.area_start[name], queries.area_end[name]
        for i in range(starts[name], starts[name + 1]):
            is_inside = False
            for area in named_places[area_start:area_end]:
                is_inside = is_inside or (kinds[area] != TOWN and _is_inside(candidates[i], area))
            if not is_inside and area_end > area_start:
                candidates[i].exclusion = EXCLUSION_PENALTY
            is_within[name] = is_within[name] or is_inside
        if not is_within[name]:
            for i in range(starts[name], starts[name + 1]):
                candidates[i].exclusion = 0
    return is_within


@compiled
def _exclude_kinds(queries, starts, candidates):
    """Exclude candidates of another kind than required, if another candidate has the required kind."""
    for name in range(len(starts) - 1):
        required_kind = queries.required_kind[name]
        has_required = False
        for i in range(starts[name], starts[name + 1]):
            has_required = has_required or _is_required_kind(required_kind, candidates[i].kind)
        if has_required:
            for i in range(starts[name], starts[name + 1]):
                if not _is_required_kind(required_kind, candidates[i].kind):
                    candidates[i].exclusion += EXCLUSION_PENALTY


@inlined
def _is_required_kind(required_kind, kind):
    if required_kind == RequiredKind.COUNTY:
        return kind == ADMIN2
    return required_kind == RequiredKind.AREA and kind < ADMIN2


@compiled
def _fill_own_features(queries, starts, candidates, features):
    """Write the features of each candidate's own."""
    for article in range(len(queries.bounds) - 1):
        for name in range(queries.bounds[article], queries.bounds[article + 1]):
            namesakes = candidates[starts[name] : starts[name + 1]]
            for i in range(starts[name], starts[name + 1]):
                candidate, row = candidates[i], features[i]
                _fill_kind_features(candidate, row)
                row.is_namesake = _is_namesake(candidate, namesakes)
                _fill_source_features(candidate, queries.country[article], row)
                row.is_english_seat = candidate.is_english and queries.is_seat[name]
                row.is_english_home = candidate.is_english and queries.is_home[name]


@inlined
def _fill_kind_features(candidate, row):
    """Write the features of kind, form and population."""
    people = np.log10(np.float32(candidate.population + 10)) / np.float32(3)
    if candidate.kind == TOWN:
        row.town_people = people
    else:
        row.area_people = people
    row.is_country = candidate.kind == COUNTRY
    row.is_admin1 = candidate.kind == ADMIN1
    row.is_admin2 = candidate.kind == ADMIN2
    row.is_continent = candidate.kind == CONTINENT
    row.is_capital = candidate.is_capital
    row.is_alternate = candidate.form == ALTERNATE
    row.alternate_people = people if candidate.form == ALTERNATE else np.float32(0)
    row.is_bare = candidate.form == BARE


@compiled
def _is_namesake(candidate, namesakes):
    """Return whether an area has a large share of its population in a town of the same name."""
    if candidate.kind == ADMIN1 or candidate.kind == ADMIN2:
        for other in namesakes:
            is_within = other.kind == TOWN and _is_inside(other, candidate.place)
            if is_within and other.population > NAMESAKE * candidate.population:
                return True
    return False


@inlined
def _fill_source_features(candidate, source_country, row):
    """Write whether the place is in the country of the article's source."""
    if source_country != NOWHERE and candidate.country != NOWHERE:
        row.in_source_country = candidate.country == source_country
        row.not_in_source_country = candidate.country != source_country
    row.is_english = candidate.is_english


@compiled
def _fill_context_features(queries, starts, candidates, posterior, features):
    """Write the features of each candidate that depend on the other names of the article."""
    context, context_starts = _list_context(queries, starts, posterior)
    for article in range(len(queries.bounds) - 1):
        for name in range(queries.bounds[article], queries.bounds[article + 1]):
            first_other = max(queries.bounds[article], name - MAX_NEIGHBOURS)
            end_other = min(queries.bounds[article + 1], name + MAX_NEIGHBOURS + 1)
            total_weight = 0.0
            for other in range(first_other, end_other):
                if queries.start[other] != queries.start[name]:
                    total_weight += np.log2(1.0 + queries.mention_counts[other])
            others = context[context_starts[first_other] : context_starts[end_other]]
            others = others[others["query_start"] != queries.start[name]]
            for i in range(starts[name], starts[name + 1]):
                _fill_area_features(candidates[i], candidates, others, total_weight, features[i])
                _fill_distance_features(candidates[i], candidates, others, features[i])


@compiled
def _list_context(queries, starts, posterior):
    """Return a record of CONTEXT_PLACE for each likely candidate, and the first record of each name."""
    context, context_starts = np.empty(len(posterior), CONTEXT_PLACE), np.zeros(len(starts), np.int64)
    count = 0
    for name in range(len(starts) - 1):
        weight = np.log2(1.0 + queries.mention_counts[name])
        for i in range(starts[name], starts[name + 1]):
            if posterior[i] >= MIN_PROBABILITY:
                place = context[count]
                place.candidate, place.query_start = i, queries.start[name]
                place.probability, place.weight = posterior[i], weight
                count += 1
        context_starts[name + 1] = count
    return context[:count], context_starts


@compiled
def _fill_area_features(candidate, candidates, others, total_weight, row):
    """Write the features of the countries and states of other names."""
    in_country, in_state, contained, state_named, country_named, countries, states = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    for place in others:
        other, weight = candidates[place.candidate], place.probability * place.weight
        if other.country >= 0 and other.country == candidate.country:
            in_country += weight
            if other.place == candidate.country and other.place != candidate.place:
                country_named = max(country_named, place.probability)
        if other.state >= 0 and other.state == candidate.state:
            in_state += weight
            if other.place == candidate.state and other.place != candidate.place:
                state_named = max(state_named, place.probability)
        if _is_inside(other, candidate.place):
            contained += weight
        countries += weight * (other.kind == COUNTRY)
        states += weight * (other.kind == ADMIN1)
    row.state_named, row.country_named = state_named, country_named
    row.country_share, row.state_share = in_country / (total_weight + 1.0), in_state / (total_weight + 1.0)
    row.among_countries = countries / (total_weight + 1.0) * (candidate.kind == COUNTRY)
    row.among_states = states / (total_weight + 1.0) * (candidate.kind == ADMIN1)
    row.holds_others = np.log1p(contained)


@compiled
def _fill_distance_features(candidate, candidates, others, row):
    """Write the features of the distances to the places of other names."""
    near, nearer, around = 0.0, 0.0, 0.0
    for place in others:
        other = candidates[place.candidate]
        gap = 0.0
        gap += (candidate.x - other.x) ** 2
        gap += (candidate.y - other.y) ** 2
        gap += (candidate.z - other.z) ** 2
        distance = np.sqrt(gap) * RADIUS_KM
        around += place.probability * np.exp(-distance / AROUND_KM)
        if other.kind > ADMIN1 and candidate.kind > COUNTRY and distance < FAR_KM:
            near += place.probability * np.exp(-distance / NEAR_KM)
            nearer += place.probability * np.exp(-distance / NEARER_KM)
    row.near, row.nearer, row.around = np.log1p(near), np.log1p(nearer), np.log1p(around)


def build_queries(articles: Sequence[Sequence[GroupedName]], countries: Sequence[int]) -> NameQueries:
    """Return the queries of a batch from the names by article."""
    rows = [(*name_rows(name), *(name_rows(area) if area else (0, 0)), *more)
            for names in articles for name, area, *more in names]  # fmt: skip
    bounds = np.cumsum([0, *map(len, articles)])
    table = np.array(rows, np.int64).reshape(-1, 8)
    columns = [table[:, column].copy() for column in range(8)]
    return NameQueries._make([bounds, *columns, np.array(countries, np.int64)])
