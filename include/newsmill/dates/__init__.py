"""Extracts temporal expressions and normalizes each to a TIMEX3 value."""

from newsmill.contracts import DATE, TEXT, Column
from newsmill.expectations import WARNING, after, between, one_of, present
from newsmill.extractors import Extractor, framed

TIMEX_TYPES = ("DATE", "TIME", "DURATION", "SET")
ANCHOR_METHODS = ("published", "night", "none")
_HALF_OPEN = after("date_end", "date_start", "a day or more")

EXTRACTOR = Extractor(
    name="dates",
    meaning="One temporal expression: a date, a time of day, a length of time or a set of times.",
    fact="date_reference",
    noun="the temporal expression",
    columns=framed("timex_type timex_value date_start? date_end? anchor_date? anchor_method"),
    glossary=(
        Column(
            "timex_type",
            TEXT,
            "TIMEX3 type of the expression: a day or longer period, a time of day, a length, a repetition.",
            TIMEX_TYPES,
        ),
        Column(
            "timex_value",
            TEXT,
            "TIMEX3 value, such as 2026-03-02, 2026-W10, P3M or PAST_REF; an X replaces each figure that is not known.",
        ),
        Column(
            "date_start",
            DATE,
            "First day that the expression means; null where the days are not known. Seasons are northern and of "
            "whole months.",
        ),
        Column(
            "date_end",
            DATE,
            "Day after the last that the expression means: the interval is half-open, and a single day ends on the "
            "next.",
        ),
        Column(
            "anchor_date",
            DATE,
            "Document creation time (TimeML's DCT): the day from which relative expressions are resolved; null "
            "where none is sure, and their values stay symbolic.",
        ),
        Column(
            "anchor_method",
            TEXT,
            "Origin of that day: the publication, or the night, taken where the text itself names a day of the week "
            "before.",
            ANCHOR_METHODS,
        ),
    ),
    lake_expectations=(_HALF_OPEN, between("surface_chars", 1, 100, "as long as such expressions are", WARNING)),
    table_expectations=(
        present("timex_value"),
        one_of("timex_type", TIMEX_TYPES),
        one_of("anchor_method", ANCHOR_METHODS),
        _HALF_OPEN,
    ),
    pinned_columns="char_start char_end timex_type timex_value confidence",
)
