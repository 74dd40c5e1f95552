"""Candidates of a name: features, exclusions and posteriors on small articles."""

import numpy as np
import pytest

from newsmill.places import ranking
from newsmill.places.gazetteer import ADMIN2, COUNTRY, NOWHERE, TOWN, load_gazetteer, name_rows
from newsmill.places.ranking import (
    EXCLUSION_PENALTY,
    FEATURES,
    RankedCandidates,
    RequiredKind,
    build_queries,
    dot_rows,
    most_likely,
    rank_candidates,
    softmax_by_name,
)
from newsmill.places.toponyms import load_model


def rank(*articles: list, source_country: int = NOWHERE) -> RankedCandidates:
    """Rank the names of articles; each is a name, or a name and the further values of a query."""
    usual = (None, RequiredKind.ANY, 1, False, False)
    full = [[(*name, *usual[len(name) - 1 :]) for name in map(as_tuple, article)] for article in articles]
    model = load_model()
    return rank_candidates(build_queries(full, [source_country] * len(full)), model.alone, model.among)


def as_tuple(name: str | tuple) -> tuple:
    return name if isinstance(name, tuple) else (name,)


def candidates(ranked: RankedCandidates, i: int, feature: str) -> dict[str, float]:
    """Return a feature of name i's candidates by `Reno US NV`."""
    span = slice(ranked.starts[i], ranked.starts[i + 1])
    return dict(zip(map(label_of, ranked.place[span]), ranked.features[span, FEATURES.index(feature)], strict=True))


def label_of(row: int) -> str:
    known = load_gazetteer()
    name, country, admin1 = (column[int(row)].as_py() for column in (known.name, known.country_code, known.admin1_code))
    return f"{name} {country} {admin1}".rstrip()


def best_of(ranked: RankedCandidates) -> list[str]:
    return [label_of(ranked.place[i]) for i in most_likely(ranked)]


def country_row(name: str) -> int:
    known = load_gazetteer()
    (row,) = (row for row in known.place[slice(*name_rows(name))] if known.kind[row] == COUNTRY)
    return int(row)


# -- exclusion


def test_candidates_outside_of_the_stated_area_are_excluded():
    ranked = rank([("Reno", "Nevada")])
    kept = ranked.exclusion == 0
    assert [label_of(row) for row in ranked.place[kept]] == ["Reno US NV"] == best_of(ranked)
    assert ranked.is_within.tolist() == [True] and (ranked.exclusion[~kept] == EXCLUSION_PENALTY).all()
    assert ranked.posterior[kept] > 0.9999


def test_an_area_without_any_candidate_excludes_none():
    ranked = rank([("Reno", "Norway")])
    assert ranked.is_within.tolist() == [False] and not ranked.exclusion.any()
    assert best_of(ranked) == ["Reno US NV"]


def test_an_area_is_not_inside_itself():
    assert rank([("Nevada", "Nevada")]).is_within.tolist() == [False]


@pytest.mark.parametrize(
    ("name", "required_kind", "kinds"),
    [
        ("Reno", RequiredKind.COUNTY, {ADMIN2}),
        ("Reno", RequiredKind.AREA, {ADMIN2, TOWN}),
        ("Oslo", RequiredKind.COUNTY, {ADMIN2}),
    ],
)
def test_a_required_kind_excludes_others_where_a_candidate_has_it(name, required_kind, kinds):
    ranked = rank([(name, None, required_kind)])
    assert set(load_gazetteer().kind[ranked.place[ranked.exclusion == 0]].tolist()) == kinds


# -- own features


def test_people_count_by_their_logarithm_separately_for_towns_and_areas():
    ranked = rank(["Washoe County", "Sparks"])
    assert candidates(ranked, 0, "area_people") == {"Washoe County US NV": pytest.approx(np.log10(422_088) / 3)}
    assert candidates(ranked, 0, "town_people") == {"Washoe County US NV": 0}
    assert min(candidates(ranked, 1, "town_people").values()) > 0 == max(candidates(ranked, 1, "area_people").values())


def test_the_bare_name_of_a_county_is_marked_and_its_full_name_is_not():
    assert candidates(rank(["Washoe"]), 0, "is_bare") == {"Washoe County US NV": 1}
    assert candidates(rank(["Washoe County"]), 0, "is_bare") == {"Washoe County US NV": 0}


def test_an_area_named_after_its_town_is_a_namesake():
    known, ranked = load_gazetteer(), rank(["Oslo"])
    namesakes = ranked.features[:, FEATURES.index("is_namesake")]
    assert namesakes.tolist() == (known.kind[ranked.place] != TOWN).tolist()
    assert not any(candidates(rank(["Reno"]), 0, "is_namesake").values()), "no Reno is in Reno County"


def test_the_country_of_the_source_is_home_and_all_others_are_not():
    ranked = rank(["Georgia"], source_country=country_row("Armenia"))
    assert not any(candidates(ranked, 0, "in_source_country").values())
    assert all(candidates(ranked, 0, "not_in_source_country").values())
    ranked = rank(["Georgia"], source_country=country_row("United States"))
    assert candidates(ranked, 0, "in_source_country") == {"Georgia GE": 0, "Georgia US GA": 1}
    assert candidates(ranked, 0, "not_in_source_country") == {"Georgia GE": 1, "Georgia US GA": 0}
    unknown = rank(["Georgia"])
    assert not any(candidates(unknown, 0, "in_source_country").values())
    assert not any(candidates(unknown, 0, "not_in_source_country").values())


def test_the_country_of_the_source_decides():
    perth = {country: best_of(rank(["Perth"], source_country=country_row(country)))
             for country in ("Australia", "United Kingdom")}  # fmt: skip
    assert perth == {"Australia": ["Perth AU 08"], "United Kingdom": ["Perth GB SCT"]}


def test_a_seat_or_home_in_an_english_speaking_country_is_marked():
    ranked = rank([("Georgia", None, RequiredKind.ANY, 1, True, False)])
    assert candidates(ranked, 0, "is_english_seat") == {"Georgia GE": 0, "Georgia US GA": 1}
    assert not any(candidates(ranked, 0, "is_english_home").values())
    ranked = rank([("Georgia", None, RequiredKind.ANY, 1, False, True)])
    assert candidates(ranked, 0, "is_english_home") == {"Georgia GE": 0, "Georgia US GA": 1}


# -- features of the context


def test_a_named_state_prefers_the_town_inside_it():
    ranked = rank(["Reno", "Texas"])
    named = candidates(ranked, 0, "state_named")
    assert named["Reno US TX"] > 0.9 and named["Reno US NV"] == named["Reno US OH"] == 0
    assert candidates(ranked, 1, "holds_others")["Texas US TX"] > 0


def test_neighbours_prefer_the_town_near_them():
    ranked = rank(["Reno", "Sparks"])
    near = candidates(ranked, 0, "near")
    assert near["Reno US NV"] > 0.6 and near["Reno US OH"] == near["Reno US TX"] == 0
    assert best_of(ranked) == ["Reno US NV", "Sparks US NV"]


def test_countries_make_georgia_a_country_and_states_make_it_a_state():
    assert best_of(rank(["Georgia", "Armenia", "Russia"]))[0] == "Georgia GE"
    assert best_of(rank(["Georgia", "Alabama", "Atlanta"]))[0] == "Georgia US GA"


def test_two_names_of_one_spelling_are_no_context_of_each_other():
    ranked = rank(["Reno", ("Reno", None)])
    assert not ranked.features[:, ranking.OWN_FEATURE_COUNT :].any()


def test_articles_of_a_batch_are_no_context_of_each_other():
    together = rank(["Reno", "Sparks"], ["Georgia", "Armenia"], [])
    alone = [rank(["Reno", "Sparks"]), rank(["Georgia", "Armenia"])]
    assert (together.features == np.concatenate([ranked.features for ranked in alone])).all()
    assert (together.posterior == np.concatenate([ranked.posterior for ranked in alone])).all()


# -- scores


def test_a_name_without_candidates_has_no_most_likely_one():
    ranked = rank(["Xanthburg", "Washoe County"])
    assert np.diff(ranked.starts).tolist() == [0, 1] and most_likely(ranked).tolist() == [-1, 0]


def test_the_first_of_equal_candidates_is_the_most_likely():
    ranked = rank(["Reno"])
    assert most_likely(ranked._replace(posterior=np.full(5, 0.2, np.float32))).tolist() == [0]


def test_posteriors_of_each_name_sum_to_one_for_any_scores():
    posterior = softmax_by_name(np.array([0, 0, 1000, -1000, 5.0]), np.array([0, 2, 4, 4, 5]))
    assert posterior.tolist() == [0.5, 0.5, 1, 0, 1]


def test_rows_are_summed_from_left_to_right_in_double_precision():
    rows = np.array([[1e8, 1, -1e8], [1, 2, 3]], np.float32)
    assert dot_rows(rows, np.ones(3, np.float32)).tolist() == [1, 6]
