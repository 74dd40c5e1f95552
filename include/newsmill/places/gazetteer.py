"""Gazetteer: places by name, with coordinates and containing areas; read once from `data/`.

`build_gazetteer.py` writes the two tables from packages with GeoNames data (CC BY 4.0); a night reads no package.
"""

import re
import unicodedata
from functools import cache, lru_cache
from hashlib import blake2b
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from newsmill.places import GAZETTEER_TYPES
from newsmill.places.area_names import SHORT_NAMES

DATA = Path(__file__).with_name("data")
CONTINENT, COUNTRY, ADMIN1, ADMIN2, TOWN = range(len(GAZETTEER_TYPES))
OFFICIAL, ALTERNATE, BARE = range(3)
"""Form of a name: GeoNames' own, an alternate, or a second-level area without `County`."""
NOWHERE = -1
CAPITALS = 4
"""Letters from which a name in capitals is no acronym."""
_WORD_FORMS = {"saint": "st", "sainte": "ste", "mount": "mt", "fort": "ft", "&": "and"}
_SEPARATORS = re.compile(r"[.\s_/–—-]+")


class Gazetteer(NamedTuple):
    """Places by row, names by sorted key; `country`, `admin1`, `admin2` are rows, NOWHERE for none.

    `point`: coordinates on the unit sphere. `state`: the first-level area, but the second level in the United Kingdom,
    where the first level are countries. `is_capital`: of a country. `is_english`: the first official language
    is English.
    """

    geonames_id: np.ndarray
    name: pa.Array
    kind: np.ndarray
    country: np.ndarray
    admin1: np.ndarray
    admin2: np.ndarray
    country_code: pa.Array
    admin1_code: pa.Array
    population: np.ndarray
    latitude: np.ndarray
    longitude: np.ndarray
    is_capital: np.ndarray
    is_english: np.ndarray
    point: np.ndarray
    state: np.ndarray
    key: np.ndarray
    place: np.ndarray
    form: np.ndarray


@cache
def load_gazetteer() -> Gazetteer:
    """Return the shipped gazetteer, read once per process."""
    places, names = pq.read_table(DATA / "places.parquet"), pq.read_table(DATA / "names.parquet")
    columns = {name: places[name].combine_chunks() for name in places.column_names}
    arrays = {
        name: column if pa.types.is_string(column.type) else column.to_numpy(zero_copy_only=False)
        for name, column in columns.items()
    }
    return Gazetteer(
        **arrays,
        point=unit_vectors(arrays["latitude"], arrays["longitude"]),
        state=np.where(pc.equal(columns["country_code"], "GB"), arrays["admin2"], arrays["admin1"]),
        **{name: names[name].to_numpy() for name in names.column_names},
    )


def unit_vectors(latitude: np.ndarray, longitude: np.ndarray) -> np.ndarray:
    """Return unit vectors, one per row, from coordinates in degrees."""
    north, east = np.radians(latitude, dtype=np.float64), np.radians(longitude, dtype=np.float64)
    return np.stack([np.cos(north) * np.cos(east), np.cos(north) * np.sin(east), np.sin(north)], 1).astype(np.float32)


@lru_cache(maxsize=1 << 17)
def name_rows(name: str) -> tuple[int, int]:
    """Return (first row, row after the last) of the gazetteer's names with the same key."""
    keys = load_gazetteer().key
    spelled = name.title() if name.isupper() and len(name) >= CAPITALS else name
    key = name_key(SHORT_NAMES.get(name) or SHORT_NAMES.get(spelled, name))
    start = end = int(keys.searchsorted(key))
    while end < len(keys) and keys[end] == key:
        end += 1
    return start, end


def has_place(name: str) -> bool:
    """Return whether a place has the name."""
    start, end = name_rows(name)
    return end > start


def is_country(name: str) -> bool:
    """Return whether a country has the name."""
    return COUNTRY in _area_kinds(name)


def is_state(name: str) -> bool:
    """Return whether a country or a first-level area has the name."""
    return not _area_kinds(name).isdisjoint((COUNTRY, ADMIN1))


def is_area(name: str) -> bool:
    """Return whether a country or a first or second level area has the full name, with `County` and the like."""
    return not _area_kinds(name).isdisjoint((COUNTRY, ADMIN1, ADMIN2))


@lru_cache(maxsize=1 << 16)
def _area_kinds(name: str) -> frozenset[int]:
    known, rows = load_gazetteer(), slice(*name_rows(name))
    return frozenset(known.kind[known.place[rows][known.form[rows] != BARE]].tolist())


def name_key(name: str) -> np.uint64:
    """Return the key of a name: a hash of the spelling, equal for all cases, punctuation, and `Saint` or `St.`."""
    return np.uint64(int.from_bytes(blake2b(fold_name(name).encode(), digest_size=8).digest(), "little"))


def fold_name(name: str) -> str:
    """Return a name in the form for comparison; accents are kept."""
    words = _SEPARATORS.sub(" ", name.replace("’", "'").casefold()).split()
    return " ".join(_WORD_FORMS.get(word, word) for word in words)


def strip_accents(name: str) -> str:
    """Return a name without diacritics."""
    plain = name.translate(str.maketrans("øØłŁđĐıßæÆœŒ", "oOlLdDisaAoO"))
    return "".join(char for char in unicodedata.normalize("NFD", plain) if not unicodedata.combining(char))
