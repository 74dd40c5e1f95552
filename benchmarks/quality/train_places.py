"""Trains the models of places on local news and on news of the world; measures them on the articles kept apart.

    python benchmarks/quality/train_places.py ship      train, write places/model.json
    python benchmarks/quality/train_places.py halves    figures of both halves, with the most populous place as baseline
    python benchmarks/quality/train_places.py folds     the same over five folds, with calibration

Two corpora are read, neither a part of the project. `lgl` is local news with coordinates; training uses one random
half. `today` is news of the world with country and level of each place; training keeps every fourth article apart.

Figures are of `lgl`, counted as in the acceptance test: a name is detected if the spans overlap, and correct within 161
km or by GeoNames id. A name without a place in the gazetteer, or below the minimum probability, is not detected.
"""

import argparse
import gzip
import json
import random
import sys
from collections import defaultdict
from collections.abc import Callable, Sequence
from itertools import chain
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

import numpy as np
import pyarrow as pa
from scipy.optimize import minimize

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "include"))

from newsmill.mentions.mentions import mentions  # noqa: E402
from newsmill.places import toponyms  # noqa: E402
from newsmill.places.context_cues import find_names  # noqa: E402
from newsmill.places.gazetteer import (  # noqa: E402
    ADMIN1,
    ADMIN2,
    CONTINENT,
    COUNTRY,
    TOWN,
    load_gazetteer,
    unit_vectors,
)
from newsmill.places.name_forms import AS_PLACE  # noqa: E402
from newsmill.places.places import mentions_by_page, sources_of  # noqa: E402
from newsmill.places.ranking import FEATURES, OWN_FEATURE_COUNT, RADIUS_KM, RankedCandidates, rank_candidates  # noqa: E402
from newsmill.places.toponyms import (  # noqa: E402
    CORRECTNESS_FEATURES,
    MIN_CORRECT_PROBABILITY,
    MIN_PLACE_PROBABILITY,
    PLACE_FEATURES,
    Model,
    NameGroups,
    group_names,
)

CORPORA = ROOT.parent / "shared" / "corpora"
LGL, TODAY = CORPORA / "places" / "lgl.jsonl.gz", CORPORA / "today" / "train.jsonl.gz"
HELD_OUT_EVERY = 4
KINDS = {"continent": CONTINENT, "country": COUNTRY, "admin1": ADMIN1, "admin2": ADMIN2, "city": TOWN}
"""Kind of the gazetteer by level of a place in `today`."""
FOLDS, SEED = 5, 7
RIGHT_KM, SAME_KM = 161.0, 40.0
PENALTY = 0.5
"""Strength of the L2 penalty on the distance of weights to their prior values."""
PRIOR = {
    "town_people": 3.0,
    "area_people": 3.0,
    "is_capital": 2.5,
    "is_country": 2.0,
    "is_continent": 2.0,
    "is_alternate": -2.0,
    "is_bare": -3.0,
    "is_namesake": -3.0,
    "among_countries": 2.0,
    "among_states": 1.0,
    "is_english": 0.8,
}
FIRM_PENALTIES = {"is_english": 50.0, "is_capital": 5.0, "is_namesake": 30.0}
"""Penalties of features that a corpus of local American news overstates."""
PLACE_PRIOR = {"is_within": 3.0, "listed_county": 2.0, "has_title": -3.0}
ROUNDS = 3


class Dataset(NamedTuple):
    """Articles of the corpus, the candidate names of places, and the annotated place of each name.

    `is_judged`: False for names whose truth is another span of the same place.
    """

    rows: list[dict]
    groups: NameGroups
    gold: list[dict | None]
    is_judged: np.ndarray


def corpus() -> list[dict]:
    """Return the corpus in a fixed random order."""
    with gzip.open(LGL, "rt", encoding="utf8") as lines:
        rows = {row["id"]: row for row in map(json.loads, lines)}
    ids = sorted(rows)
    random.Random(SEED).shuffle(ids)
    return [rows[article_id] for article_id in ids]


def training_corpora() -> tuple[list[dict], list[dict]]:
    """Return the articles to train on: half of `lgl`, and `today` without every fourth article."""
    rows = corpus()
    with gzip.open(TODAY, "rt", encoding="utf8") as lines:
        today = [json.loads(line) for i, line in enumerate(lines) if i % HELD_OUT_EVERY != HELD_OUT_EVERY - 1]
    return rows[: len(rows) // 2], [row | {"domain": _domain(row["url"])} for row in today]


def _domain(url: str) -> str:
    return (urlsplit(url).hostname or "").removeprefix("www.")


def read_articles(rows: list[dict]) -> Dataset:
    """Run the stages of a night up to the candidate names."""
    texts = [row["text"] for row in rows]
    ids = [str(row["id"]) for row in rows]
    ranges = [[{"page_char_start": 0, "page_char_end": len(text), "line_start": 1}] for text in texts]
    domains = [row["domain"] for row in rows]
    articles = pa.table({
        "page_id": ids, "article_id": ids, "text": texts, "ranges": ranges, "language": ["en"] * len(ids),
        "name": domains, "domain": domains, "country_code": pa.nulls(len(ids), pa.string()),
    })  # fmt: skip
    by_page = mentions_by_page(mentions(articles)[0])
    sources = sources_of(articles)
    homes = map(toponyms.home_letters, sources)
    names = [find_names(text, by_page.get(page, []), home) for text, page, home in zip(texts, ids, homes, strict=True)]
    matched = [pair for row, own in zip(rows, names, strict=True) for pair in _match_truth(row, own)]
    is_judged = np.array([judged for _, judged in matched])
    return Dataset(rows, group_names(names, sources), [marked for marked, _ in matched], is_judged)


def _match_truth(row: dict, names: list) -> list[tuple[dict | None, bool]]:
    if "places" in row:
        return [(marked, True) for marked in _match_annotations(row, names)]
    entities = {entity["id"]: entity for entity in row["entities"]}
    return [_match_mention(row["mentions"], entities, (name.start, name.end)) for name in names]


def _match_mention(marked: list[dict], entities: dict[str, dict], span: tuple[int, int]) -> tuple[dict | None, bool]:
    """Return the annotated place with the span, and whether the truth says if the span is a place."""
    overlapping = [mention for mention in marked if overlap(mention["span"], span)]
    exact = [mention for mention in overlapping if tuple(mention["span"]) == span]
    if any(mention.get("credit") for mention in exact):
        return None, False
    if exact and exact[0]["type"] == "place":
        return entities[exact[0]["entity"]], True
    return None, not any(mention["type"] == "place" for mention in overlapping) or bool(exact)


def _match_annotations(row: dict, names: list) -> list[dict | None]:
    """Return the annotated place that overlaps each name; use each annotation once."""
    remaining, matched = list(row["places"]), []
    for name in names:
        matched.append(best := max(remaining, key=lambda place: overlap(place["span"], name), default=None))
        if best and overlap(best["span"], name):
            remaining.remove(best)
        else:
            matched[-1] = None
    return matched


def overlap(span: Sequence, other: Sequence) -> int:
    """Return the number of characters shared by two spans."""
    return max(0, min(span[1], other[1]) - max(span[0], other[0]))


def has_point(place: dict | None) -> bool:
    """Return whether an annotated place has coordinates, or is in the gazetteer."""
    if place and "level" in place:
        return bool(place["gazetteer"] or place["level"] == "continent")
    return bool(place and place.get("lat") and place.get("lon"))


def kilometres(place: int, marked: dict) -> float:
    """Return the distance of a gazetteer place to an annotated place."""
    there = unit_vectors(np.array([float(marked["lat"])]), np.array([float(marked["lon"])]))[0]
    return 2 * RADIUS_KM * float(np.arcsin(min(1.0, np.linalg.norm(load_gazetteer().point[place] - there) / 2)))


def is_right(place: int, marked: dict) -> bool:
    """Return whether a place counts as the annotated place, as in the acceptance test."""
    if "level" in marked:
        known, kind = load_gazetteer(), KINDS.get(marked["level"])
        has_kind = kind not in (COUNTRY, CONTINENT) or known.kind[place] == kind
        return has_kind and known.country_code[int(place)].as_py() == (marked["country"] or "")
    same = str(load_gazetteer().geonames_id[place]) == str(marked.get("geonameid"))
    return same or kilometres(place, marked) <= RIGHT_KM


# -- training ----------------------------------------------------------------------------------------------------------


def train(data: Sequence[Dataset]) -> Model:
    """Fit all weights to the names of all corpora; recompute the context features after each round."""
    prior = np.array([PRIOR.get(name, 0.0) for name in FEATURES], np.float32)
    ranked = [rank_candidates(part.groups.queries, prior[:OWN_FEATURE_COUNT], prior) for part in data]
    targets = [_find_targets(part, own) for part, own in zip(data, ranked, strict=True)]
    alone = _fit_ranking(ranked, targets, prior[:OWN_FEATURE_COUNT])
    among = np.concatenate([alone, prior[OWN_FEATURE_COUNT:]])
    for _ in range(ROUNDS):
        ranked = [rank_candidates(part.groups.queries, alone, among) for part in data]
        among = _fit_ranking(ranked, targets, prior)
    return _train_judges(data, alone, among)


def _train_judges(data: Sequence[Dataset], alone: np.ndarray, among: np.ndarray) -> Model:
    """Fit the weights of being a place and of being correct."""
    ranked = [rank_candidates(part.groups.queries, alone, among) for part in data]
    best = [toponyms.best_candidates(part.groups.group, own) for part, own in zip(data, ranked, strict=True)]
    place_rows = [toponyms.place_features(part.groups, own, *candidate)
                  for part, own, candidate in zip(data, ranked, best, strict=True)]  # fmt: skip
    gold = list(chain.from_iterable(part.gold for part in data))
    is_judged = np.concatenate([part.is_judged for part in data])
    rows, is_place = np.concatenate(place_rows), np.array([marked is not None for marked in gold])
    prior = np.array([PLACE_PRIOR.get(name, 0.0) for name in PLACE_FEATURES])
    judge = _fit_logistic(rows[is_judged], is_place[is_judged], prior)
    correctness_rows = np.concatenate([
        toponyms.correctness_features(toponyms.sigmoid(own @ judge), *candidate, toponyms.detections(part.groups))
        for part, own, candidate in zip(data, place_rows, best, strict=True)
    ])  # fmt: skip
    places = np.concatenate([place for place, _, _ in best])
    right = [has_point(marked) and row >= 0 and is_right(row, marked) for row, marked in zip(places, gold, strict=True)]
    trust = _fit_logistic(correctness_rows[is_judged], np.array(right)[is_judged], np.zeros(len(CORRECTNESS_FEATURES)))
    return Model(alone, among, judge, trust)


def _find_targets(data: Dataset, ranked: RankedCandidates) -> tuple[np.ndarray, np.ndarray]:
    """Return the correct candidate of each group (-1 for none), and the square root of its annotation count."""
    targets, weights = np.full(len(ranked.starts) - 1, -1), np.zeros(len(ranked.starts) - 1)
    for group, marked in zip(data.groups.group.tolist(), data.gold, strict=True):
        if has_point(marked):
            weights[group] += 1
            if targets[group] < 0:
                targets[group] = _find_candidate(ranked, group, marked)
    return targets, np.sqrt(weights)


def _find_candidate(ranked: RankedCandidates, group: int, marked: dict) -> int:
    start, end = ranked.starts[group], ranked.starts[group + 1]
    if start == end:
        return -1
    if "level" in marked:
        return _find_candidate_by_level(ranked, start, end, marked)
    distances = [(str(load_gazetteer().geonames_id[place]) != str(marked["geonameid"]), kilometres(place, marked), i)
                 for i, place in enumerate(ranked.place[start:end].tolist(), start)]  # fmt: skip
    is_other, distance, i = min(distances)
    return i if (not is_other or distance <= SAME_KM) and not ranked.exclusion[i] else -1


def _find_candidate_by_level(ranked: RankedCandidates, start: int, end: int, marked: dict) -> int:
    """Return the most populous candidate of the level, country and first-level area, else of the country."""
    known, kind = load_gazetteer(), KINDS.get(marked["level"], TOWN)

    def fits(i: int) -> tuple[bool, bool, int]:
        place = int(ranked.place[i])
        area = known.admin1[place]
        in_area = area >= 0 and known.name[int(area)].as_py() == marked.get("admin1")
        return bool(known.kind[place] == kind), in_area, int(known.population[place])

    right = [i for i in range(start, end) if is_right(ranked.place[i], marked) and not ranked.exclusion[i]]
    return max(right, key=fits, default=-1)


def _fit_ranking(
    ranked: Sequence[RankedCandidates], targets: Sequence[tuple[np.ndarray, np.ndarray]], prior: np.ndarray
) -> np.ndarray:
    """Fit a softmax over the candidates of each group, by as many features as there are priors."""
    parts = [_ranking_rows(own, *marked, len(prior)) for own, marked in zip(ranked, targets, strict=True)]
    offsets = np.cumsum([0, *(len(part.rows) for part in parts)])
    rows, fixed = (np.concatenate([part[i] for part in parts]) for i in (0, 1))
    bounds = np.concatenate([part.bounds + offset for part, offset in zip(parts, offsets, strict=False)])
    right = np.concatenate([part.right + offset for part, offset in zip(parts, offsets, strict=False)])
    weight = np.concatenate([part.weight for part in parts])
    of_group = np.repeat(np.arange(len(bounds)), np.diff([*bounds, len(rows)]))
    penalty = np.array([FIRM_PENALTIES.get(name, PENALTY) for name in FEATURES[: len(prior)]])

    def loss(parameters: np.ndarray) -> tuple[float, np.ndarray]:
        scores = rows @ parameters + fixed
        scores -= np.maximum.reduceat(scores, bounds)[of_group]
        powers = np.exp(scores)
        sums = np.add.reduceat(powers, bounds)
        value = (weight * (np.log(sums) - scores[right])).sum() + (penalty * (parameters - prior) ** 2).sum()
        gradient = rows.T @ (powers / sums[of_group] * weight[of_group]) - rows[right].T @ weight
        return value, gradient + 2 * penalty * (parameters - prior)

    return minimize(loss, prior.astype(float), jac=True, method="L-BFGS-B").x.astype(np.float32)


class RankingRows(NamedTuple):
    """Features and exclusions of candidates; first candidate, target and weight of each group with a target."""

    rows: np.ndarray
    fixed: np.ndarray
    bounds: np.ndarray
    right: np.ndarray
    weight: np.ndarray


def _ranking_rows(ranked: RankedCandidates, targets: np.ndarray, weights: np.ndarray, count: int) -> RankingRows:
    use = np.flatnonzero((targets >= 0) & (np.diff(ranked.starts) > 1))
    sizes = np.diff(ranked.starts)[use]
    bounds = np.concatenate([[0], np.cumsum(sizes)])[:-1].astype(int)
    of_group = np.repeat(np.arange(len(use)), sizes)
    candidates = np.arange(sizes.sum()) - bounds[of_group] + ranked.starts[use][of_group]
    right = targets[use] - ranked.starts[use] + bounds
    return RankingRows(ranked.features[candidates, :count].astype(float), ranked.exclusion[candidates].astype(float),
                       bounds, right, weights[use])  # fmt: skip


def _fit_logistic(features: np.ndarray, labels: np.ndarray, prior: np.ndarray) -> np.ndarray:
    features = features.astype(float)

    def loss(parameters: np.ndarray) -> tuple[float, np.ndarray]:
        odds = features @ parameters
        value = (np.logaddexp(0, odds) - labels * odds).sum() + PENALTY * ((parameters - prior) ** 2).sum()
        return value, features.T @ (toponyms.sigmoid(odds) - labels) + 2 * PENALTY * (parameters - prior)

    return minimize(loss, prior, jac=True, method="L-BFGS-B").x.astype(np.float32)


# -- measuring ---------------------------------------------------------------------------------------------------------

Resolved = list[list[tuple[int, int, int]]]
"""For each article, (start, end, gazetteer row) of each resolved name."""


def resolve_by_model(data: Dataset, model: Model) -> Resolved:
    """Return the places reported by the model."""
    judged = toponyms.judge_names(data.groups, rank_candidates(data.groups.queries, model.alone, model.among), model)
    is_probable = (judged.is_place >= MIN_PLACE_PROBABILITY) & (judged.is_right >= MIN_CORRECT_PROBABILITY)
    return _by_article(data, np.where(is_probable & (judged.place >= 0), judged.place, -1))


def resolve_most_populous(data: Dataset) -> Resolved:
    """Return the most populous place with the name, for each name tagged as a place."""
    known, queries = load_gazetteer(), data.groups.queries
    largest = [
        max(known.place[start:end], key=lambda row: known.population[row], default=-1)
        for start, end in zip(queries.start, queries.end, strict=True)
    ]
    tagged = np.array([name.detection == AS_PLACE for article in data.groups.names for name in article])
    return _by_article(data, np.where(tagged, np.array(largest)[data.groups.group], -1))


def _by_article(data: Dataset, place: np.ndarray) -> Resolved:
    rows = iter(place.tolist())
    articles = [[(name.start, name.end, next(rows)) for name in article] for article in data.groups.names]
    return [[row for row in article if row[2] >= 0] for article in articles]


def count_outcomes(data: Dataset, resolved: Resolved) -> np.ndarray:
    """Count places: annotated, with coordinates, reported, detected, detected with coordinates, correct."""
    counts = np.zeros(6, int)
    for row, own in zip(data.rows, resolved, strict=True):
        remaining = list(own)
        counts[:3] += len(row["places"]), sum(map(has_point, row["places"])), len(own)
        for marked in row["places"]:
            best = max(remaining, key=lambda span: overlap(span, marked["span"]), default=None)
            if best and overlap(best, marked["span"]):
                remaining.remove(best)
                counts[3:] += 1, has_point(marked), has_point(marked) and is_right(best[2], marked)
    return counts


def show(title: str, counts: np.ndarray) -> None:
    """Print precision, recall and F1 of detection, and the share of correct places among detected and all places."""
    annotated, points, reported, detected, detected_points, right = counts.tolist()
    precision, recall = detected / reported, detected / annotated
    f1 = 2 * precision * recall / (precision + recall)
    print(
        f"{title:32} precision {precision:.4f} recall {recall:.4f} F1 {f1:.4f}"
        f"  right given found {right / detected_points:.4f}, of all {right / points:.4f}",
        flush=True,
    )


def halves() -> None:
    """Print figures of the shipped model and the baseline, on the training half and on the held-out half."""
    rows = corpus()
    for title, half in (("trained on", rows[: len(rows) // 2]), ("held out", rows[len(rows) // 2 :])):
        data = read_articles(half)
        show(f"{title}: most populous", count_outcomes(data, resolve_most_populous(data)))
        show(f"{title}: shipped model", count_outcomes(data, resolve_by_model(data, toponyms.load_model())))


def folds() -> None:
    """Print cross-validated figures over five folds of documents, and the calibration of confidence."""
    rows, total, baseline, outcomes = corpus(), np.zeros(6, int), np.zeros(6, int), []
    for fold in range(FOLDS):
        model = train([read_articles([row for i, row in enumerate(rows) if i % FOLDS != fold])])
        data = read_articles(rows[fold::FOLDS])
        total += count_outcomes(data, resolve_by_model(data, model))
        baseline += count_outcomes(data, resolve_most_populous(data))
        outcomes += _confidence_outcomes(data, model)
    show("five folds: most populous", baseline)
    show("five folds: model", total)
    show_calibration(outcomes)


def _confidence_outcomes(data: Dataset, model: Model) -> list[tuple[float, bool, bool]]:
    """Return (confidence, whether the name is a place, whether the place is correct) for each reported place."""
    judge_names = toponyms.judge_names(
        data.groups, rank_candidates(data.groups.queries, model.alone, model.among), model
    )
    rows = zip(judge_names.is_place, judge_names.place, judge_names.is_right, data.gold, strict=True)
    return [
        (confidence, bool(marked), has_point(marked) and is_right(place, marked))
        for probability, place, confidence, marked in rows
        if probability >= MIN_PLACE_PROBABILITY and place >= 0 and confidence >= MIN_CORRECT_PROBABILITY
    ]


def show_calibration(outcomes: list[tuple[float, bool, bool]]) -> None:
    """Print the share of correct places by tenth of confidence."""
    bins = defaultdict(list)
    for row in outcomes:
        bins[min(int(row[0] * 10), 9)].append(row)
    for tenth, rows in sorted(bins.items()):
        confidence, annotated, right = (float(np.mean(column)) for column in zip(*rows, strict=True))
        print(
            f"  confidence {tenth / 10:.1f} to {(tenth + 1) / 10:.1f}: {len(rows):5} places, mean {confidence:.3f},"
            f" right {right:.3f}, a place {annotated:.3f}"
        )


def ship() -> None:
    """Train and write the weights."""
    write_model(train([read_articles(rows) for rows in training_corpora()]))
    halves()


def write_model(model: Model) -> None:
    """Write the weights by name, and read them from now on."""
    listed = (FEATURES[:OWN_FEATURE_COUNT], FEATURES, PLACE_FEATURES, CORRECTNESS_FEATURES)
    weights_by_name = {
        part: {name: round(float(weight), 3) for name, weight in zip(names, weights, strict=True)}
        for part, names, weights in zip(Model._fields, listed, model, strict=True)
    }
    toponyms.MODEL_PATH.write_text(json.dumps(weights_by_name, indent=1) + "\n", encoding="utf8")
    toponyms.load_model.cache_clear()


def main() -> None:
    """Run the requested command."""
    verbs: dict[str, Callable[[], None]] = {"ship": ship, "halves": halves, "folds": folds}
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("verb", choices=verbs)
    verbs[parser.parse_args().verb]()


if __name__ == "__main__":
    main()
