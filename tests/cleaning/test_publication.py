"""The day of publication is the day of the publisher's zone, where a page shows it."""

from datetime import UTC, date, datetime

import pytest

from newsmill.cleaning.bylines import IN_ADDRESS, LABELLED, PLAIN, UPDATE_ALONE
from newsmill.cleaning.publication import NO_WITNESS, Witness, choose_day, choose_precision, find_declared_zone


def declare(text):
    """Return the witness of a time in metadata."""
    return Witness(datetime.fromisoformat(text), "metadata", 0.9)


def witness_day(method, confidence, *day):
    """Return the witness of a day on the page or in its address."""
    return Witness(datetime(*day, tzinfo=UTC), method, confidence)


def test_a_zone_in_the_metadata_gives_the_day():
    assert choose_day(declare("2026-03-02T23:10:00-05:00"), NO_WITNESS, NO_WITNESS) == date(2026, 3, 2)
    assert choose_day(declare("2026-03-03T06:10:00+09:00"), NO_WITNESS, NO_WITNESS) == date(2026, 3, 3)


def test_a_time_in_utc_takes_the_day_of_the_address_or_the_page():
    late = declare("2026-03-03T04:10:00+00:00")
    address, printed = witness_day("url", IN_ADDRESS, 2026, 3, 2), witness_day("text", PLAIN, 2026, 3, 2)
    assert choose_day(late, NO_WITNESS, address) == choose_day(late, printed, NO_WITNESS) == date(2026, 3, 2)
    assert choose_day(late, NO_WITNESS, NO_WITNESS) == date(2026, 3, 3)
    labelled = witness_day("text", LABELLED, 2026, 3, 4)
    assert choose_day(declare("2026-03-03T20:00:00+00:00"), labelled, NO_WITNESS) == date(2026, 3, 4)


@pytest.mark.parametrize(
    "other",
    [
        witness_day("text", PLAIN, 2026, 3, 1),  # no zone of the world has that day at 13:00 UTC
        witness_day("text", PLAIN, 2026, 3, 5),
        witness_day("text", UPDATE_ALONE, 2026, 3, 4),  # the day of a change, not of publication
        witness_day("text", PLAIN, 2026, 3, 4),  # without a label it may be the day of the visit, in the page's head
    ],
)
def test_another_day_is_no_day_of_the_time(other):
    assert choose_day(declare("2026-03-03T13:00:00+00:00"), other, NO_WITNESS) == date(2026, 3, 3)


def test_a_day_without_a_clock_stays_that_day():
    address = witness_day("url", IN_ADDRESS, 2026, 3, 2)
    assert choose_day(declare("2026-03-03T00:00:00+00:00"), NO_WITNESS, address) == date(2026, 3, 3)
    assert choose_day(NO_WITNESS, NO_WITNESS, NO_WITNESS) is None


def test_the_precision_is_that_of_the_time_in_its_zone():
    assert choose_precision(datetime.fromisoformat("2026-03-02T00:00:00-05:00")) == "day"
    assert choose_precision(datetime.fromisoformat("2026-03-02T19:00:00-05:00")) == "time"
    assert choose_precision(None) is None


@pytest.mark.parametrize(
    ("value", "hours"),
    [
        ("2026-03-02T23:10:00-05:00", -5),
        ("2026-03-02T22:10:00-05:00", 0),  # of another moment
        ("2026-03-03T04:10:00", 0),
        ("yesterday", 0),
    ],
)
def test_the_declared_time_has_a_zone_that_the_metadata_give_it(value, hours):
    declared = datetime(2026, 3, 3, 4, 10, tzinfo=UTC)
    values = [("title", "Quay"), ("published_at", declared.isoformat()), ("published_at", value)]
    zoned = find_declared_zone(declared, [{"field": name, "value": text} for name, text in values])
    assert zoned == declared and zoned.utcoffset().total_seconds() == hours * 3600
