"""Expectations as plain values: conditions on a relation or a table, for any engine to check."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

CRITICAL, WARNING, INFO = "critical", "warning", "info"
UNIQUE = ("expect_column_values_to_be_unique", "expect_compound_columns_to_be_unique")


@dataclass(frozen=True)
class Expectation:
    """An expectation: `type` is the name in GX, `meaning` describes sound columns in a few words."""

    type: str
    kwargs: Mapping[str, Any] = field(hash=False)
    severity: str
    meaning: str

    @property
    def columns(self) -> tuple[str, ...]:
        """Name the columns to read."""
        one = [self.kwargs[name] for name in ("column", "column_A", "column_B") if name in self.kwargs]
        return (*one, *self.kwargs.get("column_list", ()))

    @property
    def name(self) -> str:
        """Return the name for a person, unique in the suite."""
        return f"{', '.join(self.columns)}: {self.meaning}"

    @property
    def slug(self) -> str:
        """Return the name as a single word, used in reject reasons."""
        return re.sub(r"[^a-z0-9]+", "_", self.name.lower()).strip("_")

    @property
    def is_unique(self) -> bool:
        """Report whether the check compares rows: of equal rows the first may be kept."""
        return self.type in UNIQUE


def present(column: str, severity: str = CRITICAL) -> Expectation:
    """Expect no null."""
    return _expectation("expect_column_values_to_not_be_null", severity, "never missing", column=column)


def all_present(*columns: str) -> tuple[Expectation, ...]:
    """Expect no null in any of the columns."""
    return tuple(present(column) for column in columns)


def unique(*columns: str, severity: str = CRITICAL) -> Expectation:
    """Expect no two rows with the same values."""
    if len(columns) == 1:
        return _expectation("expect_column_values_to_be_unique", severity, "no two alike", column=columns[0])
    return _expectation("expect_compound_columns_to_be_unique", severity, "no two alike", column_list=columns)


def one_of(column: str, values: Sequence[str], severity: str = CRITICAL) -> Expectation:
    """Expect only the values of a closed vocabulary."""
    known = tuple(values)
    return _expectation("expect_column_values_to_be_in_set", severity, "a known word", column=column, value_set=known)


def between(
    column: str, low: float | None, high: float | None, meaning: str, severity: str = CRITICAL, above_low: bool = False
) -> Expectation:
    """Expect numbers from low to high; `above_low` excludes the low bound."""
    bounds = {"min_value": low, "max_value": high, "strict_min": above_low}
    return _expectation("expect_column_values_to_be_between", severity, meaning, column=column, **bounds)


def matches(column: str, regex: str, meaning: str, severity: str = CRITICAL) -> Expectation:
    """Expect text matching the pattern."""
    return _expectation("expect_column_values_to_match_regex", severity, meaning, column=column, regex=regex)


def after(later: str, earlier: str, meaning: str, severity: str = CRITICAL, or_equal: bool = False) -> Expectation:
    """Expect the first column to be greater than the second wherever both are known."""
    return _expectation(
        "expect_column_pair_values_a_to_be_greater_than_b",
        severity,
        meaning,
        column_A=later,
        column_B=earlier,
        or_equal=or_equal,
        ignore_row_if="either_value_is_missing",
    )


def different(*columns: str, severity: str = CRITICAL) -> Expectation:
    """Expect the columns to differ from each other within each row."""
    return _expectation(
        "expect_select_column_values_to_be_unique_within_record",
        severity,
        "not the same",
        column_list=columns,
        ignore_row_if="any_value_is_missing",
    )


def span(prefix: str = "", in_text: bool = True) -> tuple[Expectation, ...]:
    """Expect a span of at least one character, in the text and in the page, on existing lines."""
    own = [after(f"{prefix}char_end", f"{prefix}char_start", "a span of one character or more")]
    return (
        *(own if in_text else []),
        after(f"{prefix}page_char_end", f"{prefix}page_char_start", "a span of one character or more"),
        after(f"{prefix}line_end", f"{prefix}line_start", "lines in order", or_equal=True),
        between(f"{prefix}page_char_start", 0, None, "within the page"),
        between(f"{prefix}line_start", 1, None, "counted from 1"),
    )


def share(column: str, severity: str = CRITICAL) -> Expectation:
    """Expect numbers from 0 to 1."""
    return between(column, 0, 1, "from 0 to 1", severity)


def key_of(column: str) -> tuple[Expectation, ...]:
    """Expect a warehouse key: known, and 63 bits of a hash or -1."""
    return present(column), between(column, -1, None, "a hash of 63 bits or -1")


def keys(*columns: str) -> tuple[Expectation, ...]:
    """Expect warehouse keys."""
    return tuple(expectation for column in columns for expectation in key_of(column))


def _expectation(type_: str, severity: str, meaning: str, **kwargs: object) -> Expectation:
    return Expectation(type_, MappingProxyType(kwargs), severity, meaning)
