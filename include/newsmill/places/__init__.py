"""Extracts places and resolves each to an entry of the gazetteer."""

from newsmill.contracts import INT, LONG, REAL, TEXT, Column
from newsmill.expectations import WARNING, all_present, between, one_of
from newsmill.extractors import Extractor, framed

GAZETTEER_TYPES = ("continent", "country", "admin1", "admin2", "town")
FEATURE_TYPES = ("region", "natural", "site")
PLACE_TYPES = (*GAZETTEER_TYPES, *FEATURE_TYPES)
METONYMY_CLASSES = ("location", "government", "institution", "site")
_POINT = (
    between("latitude", -90, 90, "degrees north"),
    between("longitude", -180, 180, "degrees east"),
    between("population", 0, None, "not negative", WARNING),
)
_CANDIDATES = between("candidate_count", 0, None, "not negative")

EXTRACTOR = Extractor(
    name="places",
    meaning="One mention of a place, with the place meant where one is sure enough.",
    fact="place_mention",
    noun="the mention of a place",
    container="mentions",
    columns=framed(
        "geonames_id? name? place_type? country_code? admin1_code? latitude? longitude? population?"
        " candidate_count metonymy_class"
    ),
    glossary=(
        Column(
            "geonames_id",
            INT,
            "GeoNames id of the place; null where none of the places with the name is sure enough.",
        ),
        Column(
            "place_type",
            TEXT,
            "Kind of place: a continent, a country, a first or second level area of one, or a town; without a place of "
            "the gazetteer a region across areas, a natural feature (sea, river, planet) or a site (building, street).",
            PLACE_TYPES,
        ),
        Column(
            "admin1_code",
            TEXT,
            "GeoNames' code of the first-level area within the country; empty where there is none.",
        ),
        Column(
            "latitude",
            REAL,
            "Degrees north: of a town or continent from GeoNames; of a country or area the centre of its towns, "
            "weighted by people.",
        ),
        Column("longitude", REAL, "Degrees east, of the same point as the latitude."),
        Column(
            "population",
            LONG,
            "People of a town, country or continent from GeoNames; of an area within a country the sum of its towns'.",
        ),
        Column("candidate_count", INT, "Places of the gazetteer with the name; 0 if it knows none."),
        Column(
            "metonymy_class",
            TEXT,
            "Metonymy class of the name: the place, its government that speaks, decides or is dealt with, an "
            "institution named after it (police, school), or a site in it (park, airport).",
            METONYMY_CLASSES,
        ),
    ),
    links={"place_key": "dim_place"},
    dimensions={
        "dim_place": (
            *all_present("geonames_id", "name", "latitude", "longitude"),
            one_of("place_type", GAZETTEER_TYPES),
            *_POINT,
        ),
    },
    lake_expectations=(
        _CANDIDATES,
        *_POINT,
        between("surface_chars", 1, 100, "as long as names of places are", WARNING),
    ),
    table_expectations=(one_of("metonymy_class", METONYMY_CLASSES), _CANDIDATES),
    pinned_columns="char_start char_end geonames_id candidate_count metonymy_class confidence",
)
