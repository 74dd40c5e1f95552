"""Says which place each name of an article means: a ranking of all that bear it, by what else the article names.

All arrays are over a batch: names by article, candidates by name. A name's candidates are weighed twice: alone, then by
what the article's other names most likely mean.
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
    gazetteer,
    named,
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
ALONE = STATE_NAMED
"""So many features look at a candidate alone; the rest at the article's other names."""
BARRED = np.float32(-30)
"""What is taken from the score of a place that the text rules out by an area or a list of counties."""
NEAR_KM, NEARER_KM, AROUND_KM, RADIUS_KM = 160.0, 40.0, 1200.0, 6371.0
FAR_KM = 800.0
"""Towns farther apart than this are not asked how near they are."""
NAMESAKE = 0.1
"""An area of whose people more than this live in the town of its name is called as the town is."""
FAINT = 0.02
"""A meaning less likely than this says nothing of other names."""
OTHERS = 300
"""A name is compared with so many names before it and behind it. Of 1,976 articles the longest list has 275 names and
the next 61; a page of 40,000 takes 20 times as long for twice as many."""
ANYTHING, COUNTIES, AREAS = range(3)
"""What a name is asked for: any place, a county of a list, a country or first-level area."""


class Asked(NamedTuple):
    """Names to resolve, in order of articles: those of article n stand from `bounds[n]` on.

    `first`, `past` are rows of the gazetteer's names; `area_first`, `area_past` those of the area told behind the
    name; `country` is the row of the source's country, one an article.
    """

    bounds: np.ndarray
    first: np.ndarray
    past: np.ndarray
    area_first: np.ndarray
    area_past: np.ndarray
    wanted: np.ndarray
    times: np.ndarray
    is_seat: np.ndarray
    is_home: np.ndarray
    country: np.ndarray


class Weighed(NamedTuple):
    """Candidates of a batch: those of name n stand from `starts[n]` on; `belief` sums to 1 over each name's.

    `is_within` tells that some candidate of a name lies in the area told behind it.
    """

    starts: np.ndarray
    place: np.ndarray
    barred: np.ndarray
    is_within: np.ndarray
    features: np.ndarray
    belief: np.ndarray


def weighed(asked: Asked, alone: np.ndarray, weights: np.ndarray) -> Weighed:
    """Weigh the candidates of every name: alone, and twice by what the others then mean."""
    known = gazetteer()
    sizes = asked.past - asked.first
    starts = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    rows = np.repeat(asked.first - starts[:-1], sizes) + np.arange(starts[-1])
    place, form = known.place[rows], known.form[rows]
    features = np.zeros((len(place), len(FEATURES)), np.float32)
    barred, is_within = np.zeros(len(place), np.float32), np.zeros(len(sizes), np.bool_)
    _bar(asked, starts, place, known.place, known.kind, known.country, known.admin1, known.admin2, barred, is_within)
    _look_at_each(
        asked,
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
    belief = beliefs(dot_rows(features[:, :ALONE], alone) + barred, starts)
    for _ in range(2):
        features[:, ALONE:] = 0
        _look_at_others(
            asked.bounds,
            asked.first,
            asked.times,
            starts,
            place,
            belief,
            known.kind,
            known.country,
            known.admin1,
            known.admin2,
            known.state,
            known.spot,
            features,
        )
        belief = beliefs(dot_rows(features, weights) + barred, starts)
    return Weighed(starts, place, barred, is_within, features, belief)


def beliefs(scores: np.ndarray, starts: np.ndarray) -> np.ndarray:
    """Return a softmax over each name's scores."""
    out = np.empty(len(scores), np.float32)
    _softmax(scores.astype(np.float32), starts, out)
    return out


def likeliest(weighed: Weighed) -> np.ndarray:
    """Return the number of each name's likeliest candidate, the first of equals, -1 where it has none."""
    best = np.full(len(weighed.starts) - 1, -1, np.int64)
    _first_of_best(weighed.belief, weighed.starts, best)
    return best


@compiled
def dot_rows(rows, weights):
    """Return the dot product of each row and the weights; float64.

    It adds from left to right. A BLAS adds in the order of its processor and batch, which moved confidences by .001.
    """
    out = np.zeros(len(rows), np.float64)
    for at in range(len(rows)):
        for column in range(len(weights)):
            out[at] += np.float64(rows[at, column]) * np.float64(weights[column])
    return out


@compiled
def _softmax(scores, starts, out):
    for name in range(len(starts) - 1):
        low, high = starts[name], starts[name + 1]
        top = np.float32(-1e30)
        for at in range(low, high):
            top = max(top, scores[at])
        total = np.float32(0)
        for at in range(low, high):
            out[at] = np.exp(scores[at] - top)
            total += out[at]
        for at in range(low, high):
            out[at] /= total


@compiled
def _first_of_best(belief, starts, best):
    for name in range(len(starts) - 1):
        for at in range(starts[name], starts[name + 1]):
            if best[name] < 0 or belief[at] > belief[best[name]]:
                best[name] = at


@compiled
def _lies_in(candidate, area, country, admin1, admin2):
    return candidate != area and (country[candidate] == area or admin1[candidate] == area or admin2[candidate] == area)


@compiled
def _bar(asked, starts, place, named_place, kind, country, admin1, admin2, barred, is_within):
    """Bar what does not lie in the area told, or is not what is asked for, where another candidate is."""
    for name in range(len(starts) - 1):
        low, high = starts[name], starts[name + 1]
        wanted = asked.wanted[name]
        is_any = False
        for at in range(low, high):
            is_in = False
            for row in range(asked.area_first[name], asked.area_past[name]):
                area = named_place[row]
                is_in = is_in or (kind[area] != TOWN and _lies_in(place[at], area, country, admin1, admin2))
            if not is_in and asked.area_past[name] > asked.area_first[name]:
                barred[at] = BARRED
            is_any = is_any or is_in
        is_within[name] = is_any
        is_any_wanted = False
        for at in range(low, high):
            if not is_any:
                barred[at] = 0
            is_any_wanted = is_any_wanted or _is_wanted(wanted, kind[place[at]])
        if is_any_wanted:
            for at in range(low, high):
                if not _is_wanted(wanted, kind[place[at]]):
                    barred[at] += BARRED


@compiled
def _is_wanted(wanted, kind):
    return (wanted == COUNTIES and kind == ADMIN2) or (wanted == AREAS and kind < ADMIN2)


@compiled
def _look_at_each(asked, starts, place, form, kind, country, admin1, admin2, population, is_capital, is_english, out):
    for article in range(len(asked.bounds) - 1):
        home = asked.country[article]
        for name in range(asked.bounds[article], asked.bounds[article + 1]):
            for at in range(starts[name], starts[name + 1]):
                here = place[at]
                people = np.log10(np.float32(population[here] + 10)) / np.float32(3)
                if kind[here] == TOWN:
                    out[at, TOWN_PEOPLE] = people
                else:
                    out[at, AREA_PEOPLE] = people
                out[at, IS_COUNTRY] = kind[here] == COUNTRY
                out[at, IS_ADMIN1] = kind[here] == ADMIN1
                out[at, IS_ADMIN2] = kind[here] == ADMIN2
                out[at, IS_CONTINENT] = kind[here] == CONTINENT
                out[at, IS_CAPITAL] = is_capital[here]
                out[at, IS_ALTERNATE] = form[at] == ALTERNATE
                out[at, ALTERNATE_PEOPLE] = people if form[at] == ALTERNATE else np.float32(0)
                out[at, IS_BARE] = form[at] == BARE
                if kind[here] == ADMIN1 or kind[here] == ADMIN2:
                    for other in range(starts[name], starts[name + 1]):
                        there = place[other]
                        is_within = kind[there] == TOWN and _lies_in(there, here, country, admin1, admin2)
                        if is_within and population[there] > NAMESAKE * population[here]:
                            out[at, IS_NAMESAKE] = 1
                if home != NOWHERE and country[here] != NOWHERE:
                    out[at, IN_SOURCE_COUNTRY] = country[here] == home
                    out[at, NOT_IN_SOURCE_COUNTRY] = country[here] != home
                out[at, IS_ENGLISH] = is_english[here]
                out[at, IS_ENGLISH_SEAT] = is_english[here] and asked.is_seat[name]
                out[at, IS_ENGLISH_HOME] = is_english[here] and asked.is_home[name]


@compiled
def _look_at_others(bounds, first, times, starts, place, belief, kind, country, admin1, admin2, state, spot, out):
    for article in range(len(bounds) - 1):
        low, high = bounds[article], bounds[article + 1]
        for name in range(low, high):
            for at in range(starts[name], starts[name + 1]):
                here = place[at]
                near, nearer, around, in_country, in_state, held = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
                state_named, country_named, weight, countries, states = 0.0, 0.0, 0.0, 0.0, 0.0
                for other in range(max(low, name - OTHERS), min(high, name + OTHERS + 1)):
                    if first[other] == first[name]:
                        continue
                    count = np.log2(1.0 + times[other])
                    weight += count
                    for that in range(starts[other], starts[other + 1]):
                        chance = belief[that]
                        if chance < FAINT:
                            continue
                        there = place[that]
                        if country[there] >= 0 and country[there] == country[here]:
                            in_country += chance * count
                            if there == country[here] and there != here:
                                country_named = max(country_named, chance)
                        if state[there] >= 0 and state[there] == state[here]:
                            in_state += chance * count
                            if there == state[here] and there != here:
                                state_named = max(state_named, chance)
                        if here != there and (country[there] == here or admin1[there] == here or admin2[there] == here):
                            held += chance * count
                        countries += chance * count * (kind[there] == COUNTRY)
                        states += chance * count * (kind[there] == ADMIN1)
                        gap = 0.0
                        for axis in range(3):
                            gap += (spot[here, axis] - spot[there, axis]) ** 2
                        distance = np.sqrt(gap) * RADIUS_KM
                        around += chance * np.exp(-distance / AROUND_KM)
                        if kind[there] > ADMIN1 and kind[here] > COUNTRY and distance < FAR_KM:
                            near += chance * np.exp(-distance / NEAR_KM)
                            nearer += chance * np.exp(-distance / NEARER_KM)
                out[at, STATE_NAMED] = state_named
                out[at, COUNTRY_NAMED] = country_named
                out[at, COUNTRY_SHARE] = in_country / (weight + 1.0)
                out[at, STATE_SHARE] = in_state / (weight + 1.0)
                out[at, NEAR] = np.log1p(near)
                out[at, NEARER] = np.log1p(nearer)
                out[at, AROUND] = np.log1p(around)
                out[at, AMONG_COUNTRIES] = countries / (weight + 1.0) * (kind[here] == COUNTRY)
                out[at, AMONG_STATES] = states / (weight + 1.0) * (kind[here] == ADMIN1)
                out[at, HOLDS_OTHERS] = np.log1p(held)


def asked(articles: Sequence[Sequence[tuple]], countries: Sequence[int]) -> Asked:
    """Return what is asked of a batch, from (name, area behind it, wanted, times, is a seat, is home) of all names."""
    rows = [(*named(name), *(named(area) if area else (0, 0)), *more)
            for names in articles for name, area, *more in names]  # fmt: skip
    bounds = np.cumsum([0, *map(len, articles)])
    table = np.array(rows, np.int64).reshape(-1, 8)
    return Asked(bounds, *(table[:, column].copy() for column in range(8)), np.array(countries, np.int64))
