"""Trains the small models of places on half of a corpus of local news, and measures them on the half never looked at.

    python benchmarks/quality/train_places.py ship      train on the first half, write places/model.json
    python benchmarks/quality/train_places.py halves    figures of both halves, beside the most populous place
    python benchmarks/quality/train_places.py folds     the same over five folds, and how right confidence is

Counted as the acceptance does: a name is found where it overlaps, and right within 161 km or by its GeoNames id. What
has no place in the gazetteer, or none sure enough, is not counted as found. The corpus stands outside the project.
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

import numpy as np
import pyarrow as pa
from scipy.optimize import minimize

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "include"))

from newsmill.mentions.mentions import mentions  # noqa: E402
from newsmill.places import toponyms  # noqa: E402
from newsmill.places.context_cues import names  # noqa: E402
from newsmill.places.gazetteer import gazetteer, spots  # noqa: E402
from newsmill.places.name_forms import AS_PLACE  # noqa: E402
from newsmill.places.places import mentions_by_page, sources_of  # noqa: E402
from newsmill.places.ranking import ALONE, FEATURES, RADIUS_KM, Weighed, weighed  # noqa: E402
from newsmill.places.toponyms import JUDGED, LIKELY, TOLD, TRUSTED, Gathered, Model, gathered  # noqa: E402

LGL = ROOT.parent / "shared" / "corpora" / "places" / "lgl.jsonl.gz"
FOLDS, SEED = 5, 7
RIGHT_KM, SAME_KM = 161.0, 40.0
HELD = 0.5
"""How strongly weights are held near what is thought before any text is seen."""
BEFORE = {
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
FIRM = {"is_english": 50.0, "is_capital": 5.0, "is_namesake": 5.0}
"""Weights of what a corpus of local American news tells too much of: held so strongly."""
JUDGED_BEFORE = {"is_within": 3.0, "listed_county": 2.0, "has_title": -3.0}
ROUNDS = 3


class Read(NamedTuple):
    """Articles of the corpus, their candidates for names of places, and what people marked there."""

    rows: list[dict]
    told: Gathered
    gold: list[dict | None]


def corpus() -> list[dict]:
    """Return the corpus in an order that is random and always the same."""
    with gzip.open(LGL, "rt", encoding="utf8") as lines:
        rows = {row["id"]: row for row in map(json.loads, lines)}
    ids = sorted(rows)
    random.Random(SEED).shuffle(ids)
    return [rows[number] for number in ids]


def read(rows: list[dict]) -> Read:
    """Read articles as a night does."""
    texts = [row["text"] for row in rows]
    ids = [str(row["id"]) for row in rows]
    ranges = [[{"page_char_start": 0, "page_char_end": len(text), "line_start": 1}] for text in texts]
    domains = [row["domain"] for row in rows]
    articles = pa.table({
        "page_id": ids, "article_id": ids, "text": texts, "ranges": ranges, "language": ["en"] * len(ids),
        "name": domains, "domain": domains, "country_code": pa.nulls(len(ids), pa.string()),
    })  # fmt: skip
    by_page = mentions_by_page(mentions(articles)[0])
    found = [names(text, by_page.get(page, [])) for text, page in zip(texts, ids, strict=True)]
    return Read(rows, gathered(found, sources_of(articles)), list(chain(*map(_marked, rows, found))))


def _marked(row: dict, found: list) -> list[dict | None]:
    """Return the marked place that each name overlaps, each once."""
    left, told = list(row["places"]), []
    for name in found:
        told.append(best := max(left, key=lambda place: overlap(place["span"], name), default=None))
        if best and overlap(best["span"], name):
            left.remove(best)
        else:
            told[-1] = None
    return told


def overlap(one: Sequence, other: Sequence) -> int:
    """Return how many characters two spans share."""
    return max(0, min(one[1], other[1]) - max(one[0], other[0]))


def has_point(place: dict | None) -> bool:
    """Tell whether the corpus says where a marked place lies."""
    return bool(place and place.get("lat") and place.get("lon"))


def kilometres(place: int, marked: dict) -> float:
    """Return how far a place of the gazetteer lies from a marked one."""
    there = spots(np.array([float(marked["lat"])]), np.array([float(marked["lon"])]))[0]
    return 2 * RADIUS_KM * float(np.arcsin(min(1.0, np.linalg.norm(gazetteer().spot[place] - there) / 2)))


def is_right(place: int, marked: dict) -> bool:
    """Tell whether a place is the marked one, as the acceptance does."""
    same = str(gazetteer().geonames_id[place]) == str(marked.get("geonameid"))
    return same or kilometres(place, marked) <= RIGHT_KM


# -- training ----------------------------------------------------------------------------------------------------------


def train(of: Read) -> Model:
    """Learn all weights; candidates among others are weighed anew as the weights change."""
    before = np.array([BEFORE.get(name, 0.0) for name in FEATURES], np.float32)
    seen = weighed(of.told.asked, before[:ALONE], before)
    wanted, times = _wanted(of, seen)
    alone = _ranking(seen.features[:, :ALONE], seen.barred, seen.starts, wanted, times, before[:ALONE])
    among = np.concatenate([alone, before[ALONE:]])
    for _ in range(ROUNDS):
        seen = weighed(of.told.asked, alone, among)
        among = _ranking(seen.features, seen.barred, seen.starts, wanted, times, before)
    seen = weighed(of.told.asked, alone, among)
    place, belief, features = toponyms.likely_places(of.told.group, seen)
    shown = toponyms.looked_at(of.told, seen, place, belief, features)
    is_place = np.array([marked is not None for marked in of.gold])
    judge = _logistic(shown, is_place, np.array([JUDGED_BEFORE.get(name, 0.0) for name in JUDGED]))
    trusted = toponyms.trusted(toponyms.chance(shown @ judge), place, belief, features)
    right = [has_point(marked) and at >= 0 and is_right(at, marked) for at, marked in zip(place, of.gold, strict=True)]
    return Model(alone, among, judge, _logistic(trusted, np.array(right), np.zeros(len(TRUSTED))))


def _wanted(of: Read, seen: Weighed) -> tuple[np.ndarray, np.ndarray]:
    """Return the candidate that each group should have, -1 where none is told, and the root of how often it is told."""
    wanted, times = np.full(len(seen.starts) - 1, -1), np.zeros(len(seen.starts) - 1)
    for group, marked in zip(of.told.group.tolist(), of.gold, strict=True):
        if has_point(marked):
            times[group] += 1
            if wanted[group] < 0:
                wanted[group] = _candidate(seen, group, marked)
    return wanted, np.sqrt(times)


def _candidate(seen: Weighed, group: int, marked: dict) -> int:
    low, high = seen.starts[group], seen.starts[group + 1]
    if low == high:
        return -1
    far = [(str(gazetteer().geonames_id[place]) != str(marked["geonameid"]), kilometres(place, marked), at)
           for at, place in enumerate(seen.place[low:high].tolist(), low)]  # fmt: skip
    is_other, distance, at = min(far)
    return at if (not is_other or distance <= SAME_KM) and not seen.barred[at] else -1


def _ranking(
    shown: np.ndarray, barred: np.ndarray, starts: np.ndarray, wanted: np.ndarray, times: np.ndarray, before: np.ndarray
) -> np.ndarray:
    """Fit a softmax over each group's candidates."""
    use = np.flatnonzero((wanted >= 0) & (np.diff(starts) > 1))
    sizes = np.diff(starts)[use]
    bounds = np.concatenate([[0], np.cumsum(sizes)])[:-1]
    of_group = np.repeat(np.arange(len(use)), sizes)
    at = np.arange(sizes.sum()) - bounds[of_group] + starts[use][of_group]
    rows, fixed = shown[at].astype(float), barred[at].astype(float)
    held = np.array([FIRM.get(name, HELD) for name in FEATURES[: shown.shape[1]]])
    right, weight = wanted[use] - starts[use] + bounds, times[use]

    def loss(told: np.ndarray) -> tuple[float, np.ndarray]:
        scores = rows @ told + fixed
        scores -= np.maximum.reduceat(scores, bounds)[of_group]
        powers = np.exp(scores)
        sums = np.add.reduceat(powers, bounds)
        lost = (weight * (np.log(sums) - scores[right])).sum() + (held * (told - before) ** 2).sum()
        pull = rows.T @ (powers / sums[of_group] * weight[of_group]) - rows[right].T @ weight
        return lost, pull + 2 * held * (told - before)

    return minimize(loss, before.astype(float), jac=True, method="L-BFGS-B").x.astype(np.float32)


def _logistic(shown: np.ndarray, is_so: np.ndarray, before: np.ndarray) -> np.ndarray:
    shown = shown.astype(float)

    def loss(told: np.ndarray) -> tuple[float, np.ndarray]:
        odds = shown @ told
        lost = (np.logaddexp(0, odds) - is_so * odds).sum() + HELD * ((told - before) ** 2).sum()
        return lost, shown.T @ (toponyms.chance(odds) - is_so) + 2 * HELD * (told - before)

    return minimize(loss, before, jac=True, method="L-BFGS-B").x.astype(np.float32)


# -- measuring ---------------------------------------------------------------------------------------------------------

Found = list[list[tuple[int, int, int]]]
"""Of each article, (start, end, place in the gazetteer) of each name that has a place."""


def by_model(of: Read, model: Model) -> Found:
    """Return what the model tells."""
    told = toponyms.judged(of.told, weighed(of.told.asked, model.alone, model.among), model)
    is_told = (told.is_place >= LIKELY) & (told.place >= 0) & (told.is_right >= TOLD)
    return _by_article(of, np.where(is_told, told.place, -1))


def most_populous(of: Read) -> Found:
    """Return, for every name tagged as a place that the gazetteer has, the most populous that bears it."""
    known, asked = gazetteer(), of.told.asked
    largest = [
        max(known.place[first:past], key=lambda row: known.population[row], default=-1)
        for first, past in zip(asked.first, asked.past, strict=True)
    ]
    tagged = np.array([name.found == AS_PLACE for article in of.told.names for name in article])
    return _by_article(of, np.where(tagged, np.array(largest)[of.told.group], -1))


def _by_article(of: Read, place: np.ndarray) -> Found:
    rows = iter(place.tolist())
    found = [[(name.start, name.end, next(rows)) for name in article] for article in of.told.names]
    return [[row for row in article if row[2] >= 0] for article in found]


def figures(of: Read, found: Found) -> np.ndarray:
    """Count marked, with a point, told, found, found with a point, right."""
    counts = np.zeros(6, int)
    for row, own in zip(of.rows, found, strict=True):
        left = list(own)
        counts[:3] += len(row["places"]), sum(map(has_point, row["places"])), len(own)
        for marked in row["places"]:
            best = max(left, key=lambda told: overlap(told, marked["span"]), default=None)
            if best and overlap(best, marked["span"]):
                left.remove(best)
                counts[3:] += 1, has_point(marked), has_point(marked) and is_right(best[2], marked)
    return counts


def show(title: str, counts: np.ndarray) -> None:
    """Print precision, recall and F1 of detection, and the share that is right of what was found and of all."""
    marked, points, told, found, reached, right = counts.tolist()
    precision, recall = found / told, found / marked
    f1 = 2 * precision * recall / (precision + recall)
    print(
        f"{title:32} precision {precision:.4f} recall {recall:.4f} F1 {f1:.4f}"
        f"  right given found {right / reached:.4f}, of all {right / points:.4f}",
        flush=True,
    )


def halves() -> None:
    """Show the shipped model and the baseline on the half it was trained on and on the other."""
    rows = corpus()
    for title, half in (("trained on", rows[: len(rows) // 2]), ("never looked at", rows[len(rows) // 2 :])):
        of = read(half)
        show(f"{title}: most populous", figures(of, most_populous(of)))
        show(f"{title}: shipped model", figures(of, by_model(of, toponyms.model())))


def folds() -> None:
    """Show figures over five folds of documents, each by a model that the others made, and what confidence is worth."""
    rows, total, plain, told = corpus(), np.zeros(6, int), np.zeros(6, int), []
    for fold in range(FOLDS):
        model = train(read([row for number, row in enumerate(rows) if number % FOLDS != fold]))
        of = read(rows[fold::FOLDS])
        total += figures(of, by_model(of, model))
        plain += figures(of, most_populous(of))
        told += _worth(of, model)
    show("five folds: most populous", plain)
    show("five folds: model", total)
    show_worth(told)


def _worth(of: Read, model: Model) -> list[tuple[float, bool, bool]]:
    """Return (confidence, whether it is a place told, whether right) for every name that a place is told for."""
    judged = toponyms.judged(of.told, weighed(of.told.asked, model.alone, model.among), model)
    rows = zip(judged.is_place, judged.place, judged.is_right, of.gold, strict=True)
    return [
        (sure, bool(marked), has_point(marked) and is_right(place, marked))
        for likely, place, sure, marked in rows
        if likely >= LIKELY and place >= 0 and sure >= TOLD
    ]


def show_worth(told: list[tuple[float, bool, bool]]) -> None:
    """Print how often places are right by how sure the model said to be."""
    bins = defaultdict(list)
    for row in told:
        bins[min(int(row[0] * 10), 9)].append(row)
    for tenth, rows in sorted(bins.items()):
        said, marked, right = (float(np.mean(column)) for column in zip(*rows, strict=True))
        print(
            f"  said {tenth / 10:.1f} to {(tenth + 1) / 10:.1f}: {len(rows):5} places, mean said {said:.3f},"
            f" right {right:.3f}, a place {marked:.3f}"
        )


def ship() -> None:
    """Train on the half that was looked at, and write the weights."""
    rows = corpus()
    model = train(read(rows[: len(rows) // 2]))
    listed = (FEATURES[:ALONE], FEATURES, JUDGED, TRUSTED)
    told = {
        part: {name: round(float(weight), 3) for name, weight in zip(known, weights, strict=True)}
        for part, known, weights in zip(Model._fields, listed, model, strict=True)
    }
    toponyms.DATA.write_text(json.dumps(told, indent=1) + "\n", encoding="utf8")
    toponyms.model.cache_clear()
    halves()


def main() -> None:
    """Do what is asked."""
    verbs: dict[str, Callable[[], None]] = {"ship": ship, "halves": halves, "folds": folds}
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("verb", choices=verbs)
    verbs[parser.parse_args().verb]()


if __name__ == "__main__":
    main()
