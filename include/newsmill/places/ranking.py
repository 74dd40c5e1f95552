"""Ranks the candidate places of each name of an article by a linear model over own and context features.

The score is first computed from a candidate's own features, then twice from all features, with the posterior of the
article's other names. A softmax over each name's scores gives the posterior.

Layout (all arrays cover a batch):

- `bounds`: the names of article n are the indices bounds[n] to bounds[n + 1].
- `starts`: the candidates of name n are the indices starts[n] to starts[n + 1] of `place`, `form`, `exclusion`,
  `posterior` and `features`.
- `place[i]`: row of the gazetteer of candidate i; `form[i]`: OFFICIAL, ALTERNATE or BARE name.
- `kind`, `country`, `admin1`, `admin2`, `state`, `population`, `point`, …: columns of the gazetteer by row.
- `features[i, column]` (`out` in kernels): columns are named by the constants below, in the order of FEATURES.

Example: an article with the names Springfield and Ill. has bounds [0, 2]. With three Springfields and one Illinois,
starts is [0, 3, 4]. Illinois has posterior 1 alone; for the Springfield in that state STATE_NAMED becomes 1, for the
others 0, and so the second pass prefers it.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from newsmill.compiled import compiled
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
(TOWN_PEOPLE, AREA_PEOPLE, IS_COUNTRY, IS_ADMIN1, IS_ADMIN2, IS_CONTINENT, IS_CAPITAL, IS_ALTERNATE, ALTERNATE_PEOPLE,
 IS_BARE, IS_NAMESAKE, IN_SOURCE_COUNTRY, NOT_IN_SOURCE_COUNTRY, IS_ENGLISH, IS_ENGLISH_SEAT, IS_ENGLISH_HOME,
 STATE_NAMED, COUNTRY_NAMED, COUNTRY_SHARE, STATE_SHARE, NEAR, NEARER, AROUND, AMONG_COUNTRIES, AMONG_STATES,
 HOLDS_OTHERS) = range(len(FEATURES))  # fmt: skip
OWN_FEATURE_COUNT = STATE_NAMED
"""The number of features of a candidate's own; the other features depend on the article's other names."""
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
ANY_KIND, COUNTIES, AREAS = range(3)
"""Required kind of a name: any place, a county (in a list of counties), a country or first-level area."""


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
    rows = np.repeat(queries.start - starts[:-1], sizes) + np.arange(starts[-1])
    place, form = known.place[rows], known.form[rows]
    features = np.zeros((len(place), len(FEATURES)), np.float32)
    exclusion, is_within = np.zeros(len(place), np.float32), np.zeros(len(sizes), np.bool_)
    _exclude_candidates(
        queries, starts, place, known.place, known.kind, known.country, known.admin1, known.admin2, exclusion, is_within
    )
    _fill_own_features(
        queries,
        starts,
        place,
        form,
        known.kind,
        known.country,
        known.admin1,
        known.admin2,
        known.population,
        known.is_capital,
        known.is_english,
        features,
    )
    posterior = softmax_by_name(dot_rows(features[:, :OWN_FEATURE_COUNT], alone) + exclusion, starts)
    for _ in range(2):
        features[:, OWN_FEATURE_COUNT:] = 0
        _fill_context_features(
            queries.bounds,
            queries.start,
            queries.mention_counts,
            starts,
            place,
            posterior,
            known.kind,
            known.country,
            known.admin1,
            known.admin2,
            known.state,
            known.point,
            features,
        )
        posterior = softmax_by_name(dot_rows(features, weights) + exclusion, starts)
    return RankedCandidates(starts, place, exclusion, is_within, features, posterior)


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


@compiled
def _is_inside(candidate, area, country, admin1, admin2):
    return candidate != area and (country[candidate] == area or admin1[candidate] == area or admin2[candidate] == area)


@compiled
def _exclude_candidates(queries, starts, place, named_place, kind, country, admin1, admin2, exclusion, is_within):
    """Exclude candidates outside of the stated area, or of another kind than required, if another candidate fits."""
    for name in range(len(starts) - 1):
        start, end = starts[name], starts[name + 1]
        required_kind = queries.required_kind[name]
        has_inside = False
        for i in range(start, end):
            is_inside = False
            for row in range(queries.area_start[name], queries.area_end[name]):
                area = named_place[row]
                is_inside = is_inside or (kind[area] != TOWN and _is_inside(place[i], area, country, admin1, admin2))
            if not is_inside and queries.area_end[name] > queries.area_start[name]:
                exclusion[i] = EXCLUSION_PENALTY
            has_inside = has_inside or is_inside
        is_within[name] = has_inside
        has_required = False
        for i in range(start, end):
            if not has_inside:
                exclusion[i] = 0
            has_required = has_required or _is_required_kind(required_kind, kind[place[i]])
        if has_required:
            for i in range(start, end):
                if not _is_required_kind(required_kind, kind[place[i]]):
                    exclusion[i] += EXCLUSION_PENALTY


@compiled
def _is_required_kind(required_kind, kind):
    return (required_kind == COUNTIES and kind == ADMIN2) or (required_kind == AREAS and kind < ADMIN2)


@compiled
def _fill_own_features(
    queries, starts, place, form, kind, country, admin1, admin2, population, is_capital, is_english, out
):
    for article in range(len(queries.bounds) - 1):
        source_country = queries.country[article]
        for name in range(queries.bounds[article], queries.bounds[article + 1]):
            for i in range(starts[name], starts[name + 1]):
                candidate = place[i]
                people = np.log10(np.float32(population[candidate] + 10)) / np.float32(3)
                if kind[candidate] == TOWN:
                    out[i, TOWN_PEOPLE] = people
                else:
                    out[i, AREA_PEOPLE] = people
                out[i, IS_COUNTRY] = kind[candidate] == COUNTRY
                out[i, IS_ADMIN1] = kind[candidate] == ADMIN1
                out[i, IS_ADMIN2] = kind[candidate] == ADMIN2
                out[i, IS_CONTINENT] = kind[candidate] == CONTINENT
                out[i, IS_CAPITAL] = is_capital[candidate]
                out[i, IS_ALTERNATE] = form[i] == ALTERNATE
                out[i, ALTERNATE_PEOPLE] = people if form[i] == ALTERNATE else np.float32(0)
                out[i, IS_BARE] = form[i] == BARE
                if kind[candidate] == ADMIN1 or kind[candidate] == ADMIN2:
                    for j in range(starts[name], starts[name + 1]):
                        other_place = place[j]
                        is_within = kind[other_place] == TOWN and _is_inside(
                            other_place, candidate, country, admin1, admin2
                        )
                        if is_within and population[other_place] > NAMESAKE * population[candidate]:
                            out[i, IS_NAMESAKE] = 1
                if source_country != NOWHERE and country[candidate] != NOWHERE:
                    out[i, IN_SOURCE_COUNTRY] = country[candidate] == source_country
                    out[i, NOT_IN_SOURCE_COUNTRY] = country[candidate] != source_country
                out[i, IS_ENGLISH] = is_english[candidate]
                out[i, IS_ENGLISH_SEAT] = is_english[candidate] and queries.is_seat[name]
                out[i, IS_ENGLISH_HOME] = is_english[candidate] and queries.is_home[name]


@compiled
def _fill_context_features(
    bounds, name_starts, mention_counts, starts, place, posterior, kind, country, admin1, admin2, state, point, out
):
    for article in range(len(bounds) - 1):
        article_start, article_end = bounds[article], bounds[article + 1]
        for name in range(article_start, article_end):
            for i in range(starts[name], starts[name + 1]):
                candidate = place[i]
                near, nearer, around, in_country, in_state, contained = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
                state_named, country_named, total_weight, countries, states = 0.0, 0.0, 0.0, 0.0, 0.0
                for other in range(
                    max(article_start, name - MAX_NEIGHBOURS), min(article_end, name + MAX_NEIGHBOURS + 1)
                ):
                    if name_starts[other] == name_starts[name]:
                        continue
                    weight = np.log2(1.0 + mention_counts[other])
                    total_weight += weight
                    for j in range(starts[other], starts[other + 1]):
                        probability = posterior[j]
                        if probability < MIN_PROBABILITY:
                            continue
                        other_place = place[j]
                        if country[other_place] >= 0 and country[other_place] == country[candidate]:
                            in_country += probability * weight
                            if other_place == country[candidate] and other_place != candidate:
                                country_named = max(country_named, probability)
                        if state[other_place] >= 0 and state[other_place] == state[candidate]:
                            in_state += probability * weight
                            if other_place == state[candidate] and other_place != candidate:
                                state_named = max(state_named, probability)
                        if candidate != other_place and (
                            country[other_place] == candidate
                            or admin1[other_place] == candidate
                            or admin2[other_place] == candidate
                        ):
                            contained += probability * weight
                        countries += probability * weight * (kind[other_place] == COUNTRY)
                        states += probability * weight * (kind[other_place] == ADMIN1)
                        gap = 0.0
                        for axis in range(3):
                            gap += (point[candidate, axis] - point[other_place, axis]) ** 2
                        distance = np.sqrt(gap) * RADIUS_KM
                        around += probability * np.exp(-distance / AROUND_KM)
                        if kind[other_place] > ADMIN1 and kind[candidate] > COUNTRY and distance < FAR_KM:
                            near += probability * np.exp(-distance / NEAR_KM)
                            nearer += probability * np.exp(-distance / NEARER_KM)
                out[i, STATE_NAMED] = state_named
                out[i, COUNTRY_NAMED] = country_named
                out[i, COUNTRY_SHARE] = in_country / (total_weight + 1.0)
                out[i, STATE_SHARE] = in_state / (total_weight + 1.0)
                out[i, NEAR] = np.log1p(near)
                out[i, NEARER] = np.log1p(nearer)
                out[i, AROUND] = np.log1p(around)
                out[i, AMONG_COUNTRIES] = countries / (total_weight + 1.0) * (kind[candidate] == COUNTRY)
                out[i, AMONG_STATES] = states / (total_weight + 1.0) * (kind[candidate] == ADMIN1)
                out[i, HOLDS_OTHERS] = np.log1p(contained)


def build_queries(articles: Sequence[Sequence[GroupedName]], countries: Sequence[int]) -> NameQueries:
    """Return the queries of a batch from the names by article."""
    rows = [(*name_rows(name), *(name_rows(area) if area else (0, 0)), *more)
            for names in articles for name, area, *more in names]  # fmt: skip
    bounds = np.cumsum([0, *map(len, articles)])
    table = np.array(rows, np.int64).reshape(-1, 8)
    columns = [table[:, column].copy() for column in range(8)]
    return NameQueries._make([bounds, *columns, np.array(countries, np.int64)])
