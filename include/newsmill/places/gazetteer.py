"""The gazetteer: which places bear a name, where they lie, what contains them; read once from `data/`.

`compile.py` writes the two tables from packages that carry GeoNames (CC BY 4.0); no package is read by a night.
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

from newsmill.places import PLACE_TYPES
from newsmill.places.area_names import SHORT_NAMES

DATA = Path(__file__).with_name("data")
CONTINENT, COUNTRY, ADMIN1, ADMIN2, TOWN = range(len(PLACE_TYPES))
OFFICIAL, ALTERNATE, BARE = range(3)
"""How a name is a place's own: as GeoNames calls it, another name, or a second-level area's without `County`."""
NOWHERE = -1
_FOLDED = {"saint": "st", "sainte": "ste", "mount": "mt", "fort": "ft", "&": "and"}
_KEPT = re.compile(r"[.\s_/–—-]+")


class Gazetteer(NamedTuple):
    """Places by row, names by sorted key; an area is another row, NOWHERE where there is none.

    `spot` is the place's point on the unit sphere; `state` the area that says where a town is: the first-level one, but
    in the United Kingdom, whose first level are countries, the second. `is_capital` is of a country; `is_english` where
    English is the first language of state.
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
    spot: np.ndarray
    state: np.ndarray
    key: np.ndarray
    place: np.ndarray
    form: np.ndarray


@cache
def gazetteer() -> Gazetteer:
    """Return the shipped gazetteer."""
    places, names = pq.read_table(DATA / "places.parquet"), pq.read_table(DATA / "names.parquet")
    columns = {name: places[name].combine_chunks() for name in places.column_names}
    arrays = {
        name: told if pa.types.is_string(told.type) else told.to_numpy(zero_copy_only=False)
        for name, told in columns.items()
    }
    return Gazetteer(
        **arrays,
        spot=spots(arrays["latitude"], arrays["longitude"]),
        state=np.where(pc.equal(columns["country_code"], "GB"), arrays["admin2"], arrays["admin1"]),
        **{name: names[name].to_numpy() for name in names.column_names},
    )


def spots(latitude: np.ndarray, longitude: np.ndarray) -> np.ndarray:
    """Return points on the unit sphere, one a row, from degrees."""
    north, east = np.radians(latitude, dtype=np.float64), np.radians(longitude, dtype=np.float64)
    return np.stack([np.cos(north) * np.cos(east), np.cos(north) * np.sin(east), np.sin(north)], 1).astype(np.float32)


@lru_cache(maxsize=1 << 17)
def named(name: str) -> tuple[int, int]:
    """Return the first row, and the row after the last, of the names that are spelled like this one."""
    known = gazetteer().key
    key = key_of(SHORT_NAMES.get(name, name))
    first = past = int(known.searchsorted(key))
    while past < len(known) and known[past] == key:
        past += 1
    return first, past


def is_named(name: str) -> bool:
    """Tell whether some place bears the name."""
    first, past = named(name)
    return past > first


def is_country(name: str) -> bool:
    """Tell whether a country bears the name."""
    return COUNTRY in _areas(name)


def is_state(name: str) -> bool:
    """Tell whether a country or a first-level area bears the name."""
    return not _areas(name).isdisjoint((COUNTRY, ADMIN1))


def is_area(name: str) -> bool:
    """Tell whether a country or a first or second level area bears the name, `County` and its like included."""
    return not _areas(name).isdisjoint((COUNTRY, ADMIN1, ADMIN2))


@lru_cache(maxsize=1 << 16)
def _areas(name: str) -> frozenset[int]:
    known, rows = gazetteer(), slice(*named(name))
    return frozenset(known.kind[known.place[rows][known.form[rows] != BARE]].tolist())


def key_of(name: str) -> np.uint64:
    """Return the key of a name: a hash of its spelling, whatever its case and points, and `Saint` or `St.`."""
    return np.uint64(int.from_bytes(blake2b(folded(name).encode(), digest_size=8).digest(), "little"))


def folded(name: str) -> str:
    """Return a name as it is compared; its accents stand."""
    words = _KEPT.sub(" ", name.replace("’", "'").casefold()).split()
    return " ".join(_FOLDED.get(word, word) for word in words)


def without_accents(name: str) -> str:
    """Return a name with its letters' marks left out."""
    plain = name.translate(str.maketrans("øØłŁđĐıßæÆœŒ", "oOlLdDisaAoO"))
    return "".join(char for char in unicodedata.normalize("NFD", plain) if not unicodedata.combining(char))
