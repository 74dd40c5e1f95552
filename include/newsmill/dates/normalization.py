"""Normalizes expressions to TIMEX3: a pure function of words, document creation time and clause direction.

Without a creation time values stay symbolic, with an X for each unknown digit: `XXXX-WXX-2` is a Tuesday of an unknown
week.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from newsmill.dates.calendar_values import (
    SEASON_MONTH,
    UNKNOWN,
    easter_sunday,
    interval,
    nearest_weekday,
    nth_weekday,
    period_of,
    shift,
    valid_date,
)
from newsmill.dates.date_words import (
    COUNTED_NOUNS,
    DAY,
    DECADE,
    DIRECTION,
    FREQUENCY,
    HOLIDAY,
    HOLIDAYS_OF_COUNTRIES,
    MONTH,
    NEAR_DAYS,
    NUMBER,
    ORDINAL,
    PART,
    PARTS,
    REFERENCE,
    SEASON,
    SEASONS,
    UNIT,
    UNITS,
    WORDS_BEFORE_COUNTS,
    WORDS_BEFORE_DURATIONS,
    WORDS_BEFORE_LENGTHS,
    WORDS_BEFORE_MONTHS,
)

PAST, NEITHER, AHEAD = -1, 0, 1
PIVOT = 30  # a two-digit year is at most this many years after the creation time
NATIONAL_HOLIDAY_REACH = 30
"""Days from July 4 beyond which an Independence Day is another country's; at 60, August 24 counts as July 4."""
ALL_UNITS = UNIT | UNITS | dict.fromkeys(PARTS, "D")


class Context(NamedTuple):
    """Context of an expression: creation day, direction of the clause, reported quarter.

    `before` and `after` are the adjacent tokens in lower case; `previous_days` is the interval of the last date.
    """

    anchor: date | None
    tense: int = NEITHER
    quarter: str | None = None
    before: str = ""
    after: str = ""
    previous_days: tuple[date, date] | None = None

    @property
    def day(self) -> date | None:
        """Return the last date if it is a single day."""
        if self.previous_days is None:
            return None
        start, end = self.previous_days
        return start if (end - start).days == 1 else None


class Timex(NamedTuple):
    """TIMEX3 type and value; `days` is a half-open interval, None for unknown days."""

    timex_type: str
    timex_value: str
    days: tuple[date, date] | None


Parts = Mapping[str, Sequence[str]]


def normalize(rule: str, parts: Parts, words: Sequence[str], context: Context) -> Timex | None:
    """Return the TIMEX3 of an expression; None for an expression of no time, such as an age."""
    return NORMALIZERS[rule](parts, words, context)


# -- pieces of values --------------------------------------------------------------------------------------------------


def _make_timex(value: str, kind: str = "DATE") -> Timex:
    return Timex(kind, value, interval(value))


def parse_number(words: Sequence[str]) -> float:
    """Return the value of number words: `twenty - five`, `two hundred`, `1,000`, `four - and - a - half`."""
    total = part = 0.0
    for word in words:
        digits = word.replace(",", "")
        if digits.replace(".", "", 1).isdigit():
            part += float(digits)
        elif word in ("hundred", "thousand", "dozen"):
            part = max(part, 1) * NUMBER[word]
            if word == "thousand":
                total, part = total + part, 0.0
        elif word in NUMBER and not (word in ("a", "an") and len(words) > 1):
            part += NUMBER[word]
    return total + part


def parse_year(words: Sequence[str], anchor: date | None) -> int:
    """Return the value of year words: `1998`, `'98`, `nineteen ninety - six`, `two thousand and six`."""
    word = words[0]
    if word.isdigit():
        return int(word)
    if word[0] in "'’":
        century = (anchor.year if anchor else 2000) // 100 * 100
        year = century + int(word[1:])
        return year - 100 if year > (anchor.year if anchor else 2000) + PIVOT else year
    if "thousand" in words or "hundred" in words:
        return int(parse_number(words))
    return 100 * int(NUMBER[word]) + int(parse_number(words[1:]))


def _unit_count(parts: Parts) -> str:
    """Return the number of units as text, X for an unknown number."""
    if "number" not in parts:
        return "2" if "couple" in parts.get("vague", ()) else "X"
    count = parse_number(parts["number"])
    return str(int(count)) if count == int(count) else f"{count:g}"


def format_duration(count: str, unit: str) -> str:
    """Return a TIMEX3 duration: `P3M`, `PT16H`, `PXY`, `P10Y` for a decade."""
    if unit.startswith("T"):
        return f"PT{count}{unit[1:]}"
    if unit == "WE":
        return f"P{count}WE"
    multiple = unit.rstrip("YW") if unit[0].isdigit() else ""
    if not multiple:
        return f"P{count}{unit}"
    if count == "X":
        return {"10": "PXE", "100": "PXC"}.get(multiple, f"PX{unit[-1]}")
    return f"P{int(float(count) * int(multiple))}{unit[-1]}"


def _unit_of(parts: Parts, name: str = "unit") -> str:
    return ALL_UNITS[parts[name][0]]


def _direction_of(parts: Parts) -> int | None:
    return DIRECTION[parts["side"][0]] if "side" in parts else None


def _nearest_day(days: Sequence[date], anchor: date, tense: int, against: int, neither: int = 0) -> date:
    """Return the day nearest to the anchor, with a penalty in days for the unexpected direction.

    `against`: penalty for a day opposite to the clause direction. `neither`: for a future day without a direction.
    """

    def distance(day: date) -> int:
        offset = (day - anchor).days
        penalty = against * (offset * tense < 0) if tense else neither * (offset > 0)
        return abs(offset) + penalty

    return min(days, key=distance)


def _years_around(anchor: date, reach: int = 1) -> list[int]:
    return [year for year in range(anchor.year - reach, anchor.year + reach + 1) if 1 <= year <= 9998]


# -- days --------------------------------------------------------------------------------------------------------------


def _day_value(parts: Parts, context: Context) -> str:
    """Return the value of a month and day, in the given year or the year chosen by the clause direction."""
    month, dom = MONTH[parts["month"][0]], int(parts["dom"][0].rstrip("stndrh"))
    if "year" in parts:
        year = parse_year(parts["year"], context.anchor)
        return f"{year:04}-{month:02}-{dom:02}"
    if context.anchor is None:
        return f"XXXX-{month:02}-{dom:02}"
    reach = 8 if (month, dom) == (2, 29) else 1
    side = _direction_of(parts)
    tense, against = (side, 1000) if side else (context.tense, 150)
    days = [day for year in _years_around(context.anchor, reach) if (day := valid_date(year, month, dom))]
    return _nearest_day(days, context.anchor, tense, against).isoformat() if days else f"XXXX-{month:02}-{dom:02}"


def _normalize_date(parts: Parts, _words: Sequence[str], context: Context) -> Timex | None:
    value = _day_value(parts, context)
    month, day = int(value[5:7]), int(value[8:10])
    if valid_date(2000, month, day) is None or (value[:4].isdigit() and valid_date(int(value[:4]), month, day) is None):
        return _make_timex(f"{value[:4]}-{month:02}")
    return _make_timex(value)


def _normalize_iso_date(parts: Parts, _words: Sequence[str], _at: Context) -> Timex | None:
    value = parts["iso"][0]
    return _make_timex(value) if interval(value) else None


def _normalize_slashed_date(parts: Parts, _words: Sequence[str], context: Context) -> Timex | None:
    """Normalize 10/26/89 as month/day, else as day/month if only that order is valid."""
    first, second, digits = parts["slashed"][0].split("/")
    year = parse_year([digits if len(digits) == 4 else f"'{digits}"], context.anchor)
    day = valid_date(year, int(first), int(second)) or valid_date(year, int(second), int(first))
    return _make_timex(day.isoformat()) if day else None


def resolve_weekday(number: int, side: int | None, anchor: date, context: Context) -> date | None:
    """Return the date of a weekday: by `last` and `next`, else by clause direction, past by default."""
    if side is not None and side != 0:
        return nearest_weekday(number, shift(anchor, "D", side) or anchor, side)
    ahead = context.tense == AHEAD or context.before == "as" or (side == 0 and context.tense != PAST)
    return nearest_weekday(number, anchor, AHEAD if ahead else PAST)


def _weekday_value(parts: Parts, context: Context) -> str:
    number = DAY[parts["weekday"][0]]
    if context.anchor is None:
        return f"XXXX-WXX-{number}"
    return period_of("D", resolve_weekday(number, _direction_of(parts), context.anchor, context))


def _normalize_weekday(parts: Parts, _words: Sequence[str], context: Context) -> Timex:
    """Normalize `Friday`; also `Friday night`, by the day alone like most annotators: nights pass midnight."""
    return _make_timex(_weekday_value(parts, context))


def _normalize_near(parts: Parts, words: Sequence[str], context: Context) -> Timex:
    """Normalize yesterday, tonight, this morning, with parts of the day."""
    near = parts.get("near", ["today"])[0]
    offset = -1 if "near" not in parts and "last" in words else NEAR_DAYS[near]
    value = period_of("D", shift(context.anchor, "D", offset))
    part = "NI" if near == "tonight" else PART.get(parts["part"][0], "MI") if "part" in parts else ""
    return _make_timex(f"{value}T{part}", "TIME") if part else _make_timex(value)


def _normalize_clock_time(parts: Parts, _words: Sequence[str], context: Context) -> Timex:
    if "month" in parts:
        value = _day_value(parts, context)
    elif "weekday" in parts:
        value = _weekday_value(parts, context)
    else:
        day = context.day if context.day and context.tense == PAST and "near" not in parts else context.anchor
        value = period_of("D", shift(day, "D", NEAR_DAYS.get(parts.get("near", ["today"])[0], 0)))
    return _make_timex(f"{value}T{_clock_value(parts)}", "TIME")


def _clock_value(parts: Parts) -> str:
    if "noon" in parts:
        return "12:00"
    if "midnight" in parts:
        return "24:00"
    text = parts["clock"][0]
    hour, minute = [*text.split(":"), "00"][:2] if ":" in text else (str(int(parse_number([text]))), "00")
    half = parts.get("part", [""])[0].replace(".", "")
    hours = int(hour) % 12 + (12 if half == "pm" else 0) if half else int(hour)
    return f"{hours:02}:{minute}"


def _normalize_holiday(parts: Parts, _words: Sequence[str], context: Context) -> Timex | None:
    name, eve = parts["name"][0], -1 if "eve" in parts else 0
    year = parse_year(parts["year"], context.anchor) if "year" in parts else None
    if year:
        return _make_timex(period_of("D", shift(_holiday_in_year(name, year), "D", eve)))
    if context.anchor is None:
        when = HOLIDAY[name]
        return _make_timex(f"XXXX-{when[0]:02}-{when[1]:02}" if len(when) == 2 and not eve else UNKNOWN["D"])
    years = _years_around(context.anchor)
    days = [day for year in years if (day := shift(_holiday_in_year(name, year), "D", eve))]
    side = _direction_of(parts)
    tense, against = (side, 1000) if side else (context.tense, 150)
    day = _nearest_day(days, context.anchor, tense, against)
    is_far = abs((day - context.anchor).days) > NATIONAL_HOLIDAY_REACH
    return _make_timex(UNKNOWN["D"] if name in HOLIDAYS_OF_COUNTRIES and is_far else period_of("D", day))


def _holiday_in_year(name: str, year: int) -> date:
    when = HOLIDAY[name]
    if len(when) == 1:
        return easter_sunday(year) + timedelta(when[0])
    return date(year, *when) if len(when) == 2 else nth_weekday(year, *when[:3]) + timedelta(sum(when[3:]))


# -- months, seasons, quarters, years ----------------------------------------------------------------------------------


def _normalize_month(parts: Parts, words: Sequence[str], context: Context) -> Timex | None:
    if words in (("may",), ("march",)) and context.before not in WORDS_BEFORE_MONTHS:
        return None
    month = MONTH[parts["month"][0]]
    if "year" in parts:
        return _make_timex(f"{parse_year(parts['year'], context.anchor):04}-{month:02}")
    if context.anchor is None:
        return _make_timex(f"XXXX-{month:02}")
    year = _year_of_month(month, _direction_of(parts), context.anchor, context.tense)
    return _make_timex(f"{year:04}-{month:02}")


def _year_of_month(month: int, side: int | None, anchor: date, tense: int) -> int:
    """Return the year of a bare month: the last such month, unless the clause direction or `next` is ahead."""
    if side == 0:
        return anchor.year
    if side is not None:
        return anchor.year + (side * (month - anchor.month) <= 0) * side
    if month == anchor.month:
        return anchor.year
    return _nearest_day([date(year, month, 15) for year in _years_around(anchor)], anchor, tense, 300, 240).year


def _normalize_season(parts: Parts, _words: Sequence[str], context: Context) -> Timex:
    season = SEASON[parts["season"][0]]
    if "year" in parts:
        return _make_timex(f"{parse_year(parts['year'], context.anchor):04}-{season}")
    if context.anchor is None:
        return _make_timex(f"XXXX-{season}")
    side, begins = _direction_of(parts), SEASON_MONTH[season]
    year, month = context.anchor.year, context.anchor.month
    if season == "WI" and month < 3:  # the current winter began in the year before
        year -= 1
    if side == PAST:
        year -= begins >= month or (begins <= month < begins + 3) or (season == "WI" and month < 3)
    elif side == AHEAD or (side != 0 and context.tense == AHEAD):
        year += begins + 2 < month or (side == AHEAD and begins <= month)
    elif side is None:
        year -= begins > month and not (season == "WI" and month < 3)
    return _make_timex(f"{year:04}-{season}")


def _normalize_quarter(parts: Parts, words: Sequence[str], context: Context) -> Timex | None:
    if parts["quarter"][0] not in ("quarter", "period", "half"):
        return _normalize_nth_unit(parts, context)
    year = _quarter_year(parts, context)
    if "nth" not in parts:
        if context.quarter and year:
            return _make_timex(f"{year:04}-Q{context.quarter[-1]}" if context.quarter[:4].isdigit() else f"{year:04}")
        return _make_timex(f"{year:04}" if year else UNKNOWN["Q"])
    number = ORDINAL[parts["nth"][0]]
    if number > 4 or parts["quarter"][0] == "period":
        return None
    if year is None:
        if context.anchor is None:
            return _make_timex(f"XXXX-Q{number}")
        year = _year_of_quarter(number, context.anchor, context.tense)
    timex = _make_timex(f"{year:04}-Q{number}")
    return timex._replace(days=None) if "fiscal" in words else timex


def _quarter_year(parts: Parts, context: Context) -> int | None:
    if "year" in parts:
        return parse_year([word for word in parts["year"] if word not in ("'s", "’s")], context.anchor)
    side = _direction_of(parts)
    if side is None or context.anchor is None or ("unit" in parts and _unit_of(parts) != "Y"):
        return None
    return context.anchor.year + side


def _year_of_quarter(number: int, anchor: date, tense: int) -> int:
    """Return the year of a numbered quarter: the latest already begun, unless the clause direction is ahead."""
    if number == (anchor.month + 2) // 3:
        return anchor.year
    return _nearest_day(
        [date(year, 3 * number - 1, 15) for year in _years_around(anchor)], anchor, tense, 200, 200
    ).year


def _normalize_nth_unit(parts: Parts, context: Context) -> Timex | None:
    """Normalize `the 20th century`, and `the 1998 season` as the year; an eighth day has an unknown start."""
    if "nth" in parts:
        return _normalize_century({**parts, "unit": parts["quarter"]}, (), context)
    year = _quarter_year(parts, context)
    return _make_timex(f"{year:04}") if year else None


def _normalize_quarters(parts: Parts, _words: Sequence[str], _at: Context) -> Timex | None:
    if _unit_of(parts, "quarter") != "Q":
        return None
    return _make_timex(f"XXXX-Q{ORDINAL[parts['nth'][0]]}", "SET")


def _normalize_quarter_ago(parts: Parts, _words: Sequence[str], context: Context) -> Timex:
    """Normalize `the year-ago quarter`: the reported quarter, one year earlier."""
    return _make_timex(_value_of_year_before(parts, context))


def _value_of_year_before(parts: Parts, context: Context) -> str:
    if context.anchor is None:
        return "XXXX"
    if context.quarter is None:
        return f"{context.anchor.year - 1:04}"
    number = ORDINAL.get(parts["nth"][0], 0) if "nth" in parts else 0
    return (
        f"{int(context.quarter[:4]) - 1:04}-Q{number or context.quarter[-1]}"
        if context.quarter[:4].isdigit()
        else "XXXX"
    )


def _normalize_reported(parts: Parts, _words: Sequence[str], context: Context) -> Timex:
    unit = _unit_of(parts) if "unit" in parts else "Q"
    if unit != "Q":
        return _make_timex(period_of(unit, context.anchor) if unit in UNKNOWN else UNKNOWN["D"])
    return _make_timex(context.quarter or UNKNOWN["Q"])


def _normalize_fiscal(parts: Parts, words: Sequence[str], context: Context) -> Timex:
    """Normalize a fiscal year, with unknown days: each company has its own start."""
    if "year" in parts:
        return _make_timex(f"{parse_year(parts['year'], context.anchor):04}")._replace(days=None)
    if words[-1] == "quarter":
        return _make_timex(context.quarter or UNKNOWN["Q"])._replace(days=None)
    if context.after in ("ended", "ending"):
        return _make_timex("P1Y", "DURATION")
    return _make_timex(period_of("Y", shift(context.anchor, "Y", _direction_of(parts) or 0)))._replace(days=None)


def _normalize_year_end(_parts: Parts, words: Sequence[str], context: Context) -> Timex | None:
    unit = next(UNIT[word] for word in words if word in UNIT)
    if unit not in UNKNOWN:
        return None
    return _make_timex(period_of(unit, context.anchor))


def _normalize_year(parts: Parts, words: Sequence[str], context: Context) -> Timex | None:
    if context.before in _BEFORE_NON_YEARS or context.after in _BEHIND_NON_YEARS:
        return None
    if not words[0].isdigit() and "year" in UNIT and words[0] in UNIT and words[0] != "year":
        return None
    year = parse_year(parts["year"], context.anchor)
    return _make_timex(f"{year:04}") if 1000 <= year <= 2199 else None


_BEFORE_NON_YEARS = WORDS_BEFORE_COUNTS | frozenset("$#£€/.:%")
_BEHIND_NON_YEARS = COUNTED_NOUNS | frozenset("%/:")


def _normalize_decade(parts: Parts, _words: Sequence[str], context: Context) -> Timex:
    name = parts["name"][-1]
    if name in DECADE:
        digit = DECADE[name]
    else:
        digits = name.strip("'’s")
        if len(digits) == 4:
            return _make_timex(digits[:3])
        digit = int(digits[0])
    year = context.anchor.year if context.anchor else 2000
    decade = year // 100 * 10 + digit
    return _make_timex(f"{decade - 10 if decade * 10 > year + 5 else decade:03}")


def _normalize_century(parts: Parts, _words: Sequence[str], _at: Context) -> Timex | None:
    """Normalize `the 20th century`; the tenth day or third month of something has no known date."""
    if _unit_of(parts) != "100Y":
        return None
    nth = parts["nth"][0]
    number = ORDINAL.get(nth) or int(nth.rstrip("stndrh"))
    return _make_timex(f"{number - 1:02}") if 0 < number < 100 else None


# -- units relative to the creation time -------------------------------------------------------------------------------


def _unit_at_offset(unit: str, offset: int, context: Context) -> Timex:
    if unit.startswith("T"):
        return Timex("DURATION", format_duration("1", unit), None)
    if unit == "Q" and offset == 0 and context.quarter and context.before in ("latest", "reported"):
        return _make_timex(context.quarter)
    return _make_timex(period_of(unit, shift(context.anchor, unit, offset)))


def _normalize_unit(parts: Parts, words: Sequence[str], context: Context) -> Timex | None:
    """Normalize `last year`, `this week`, `next month`; `the past year` is a duration."""
    unit, word = _unit_of(parts), parts["side"][0]
    if (unit, word) == ("D", "this"):  # rhetorical, on great days
        return None
    if (word in ("past", "coming") and unit not in ("WE",)) or (unit in ("10Y", "100Y") and word != "this"):
        return Timex("DURATION", format_duration("1", unit), _adjacent_days("1", unit, DIRECTION[word], context))
    if unit == "Y" and context.quarter and word == "last" and context.before == "period":
        return _make_timex(_value_of_year_before(parts, context))
    if word == "following":  # relative to the last date in the text
        return _unit_at_offset(unit, AHEAD, context._replace(anchor=context.previous_days and context.previous_days[0]))
    return _unit_at_offset(unit, DIRECTION[word], context)


def _normalize_weekend(parts: Parts, _words: Sequence[str], context: Context) -> Timex:
    """Normalize `the weekend`: the last, the current on Saturday and Sunday; with `this` or future tense the coming."""
    if context.anchor is None:
        return _make_timex(UNKNOWN["WE"])
    side = _direction_of(parts)
    if side is None:
        ahead = context.tense == AHEAD or context.anchor.isoweekday() > 5
        return _make_timex(period_of("WE", shift(context.anchor, "W", 0 if ahead else -1)))
    if side == 0:
        back = context.tense == PAST and context.anchor.isoweekday() < 4
        return _make_timex(period_of("WE", shift(context.anchor, "W", -1 if back else 0)))
    return _make_timex(period_of("WE", shift(context.anchor, "W", side)))


def _normalize_the_unit(parts: Parts, words: Sequence[str], context: Context) -> Timex | None:
    """Normalize `the quarter`, `the year`, `end of the month` as the current one; `the year ended` as a duration."""
    unit = _unit_of(parts)
    if unit == "Q":
        return _make_timex(context.quarter or period_of("Q", context.anchor))
    if unit == "Y" and context.after in ("ended", "ending"):
        return Timex("DURATION", "P1Y", None)
    if unit.startswith("T") or unit == "D":  # `the day` depends on what follows
        return None
    if unit in ("10Y", "100Y"):
        return Timex("DURATION", format_duration("1", unit), None)
    return _make_timex(period_of(unit, context.anchor))


def _normalize_that_unit(parts: Parts, _words: Sequence[str], context: Context) -> Timex | None:
    unit = _unit_of(parts)
    if unit.startswith("T") or (unit == "D" and context.day is None):
        return None
    return _make_timex(period_of(unit, context.previous_days and context.previous_days[0]))


def _normalize_a_unit(parts: Parts, words: Sequence[str], context: Context) -> Timex:
    """Normalize `a year`: a rate (SET) after a counted thing, else a duration."""
    unit = _unit_of(parts)
    if words[-1] in ("so", "one") and len(words) > 3:
        return Timex("DURATION", format_duration("X" if words[-1] == "so" else "1", unit), None)
    if context.before not in _BEFORE_LENGTHS and len(words) == 2 and unit != "TM":
        return Timex("SET", format_duration("1", unit), None)
    return Timex("DURATION", format_duration("1", unit), None)


_BEFORE_LENGTHS = WORDS_BEFORE_LENGTHS | {"", "``", *',.("“_'}


def _normalize_ago_year(parts: Parts, _words: Sequence[str], context: Context) -> Timex:
    """Normalize `a year ago`: in a report on results the same quarter one year earlier, else the year."""
    unit = _unit_of(parts)
    if unit == "Y" and context.quarter:
        return _make_timex(_value_of_year_before(parts, context))
    return _normalize_ago(parts, (), context)


_RESULT_UNIT = {"D": "D", "W": "D", "2W": "D", "WE": "W", "M": "M", "Q": "Q", "Y": "Y", "10Y": "10Y", "100Y": "100Y"}


def _normalize_ago(parts: Parts, _words: Sequence[str], context: Context) -> Timex:
    """Normalize `two weeks ago` to a day, month or year before the creation time."""
    return _count_units(parts, PAST, context)


def _normalize_ahead(parts: Parts, _words: Sequence[str], context: Context) -> Timex:
    return _count_units(parts, AHEAD, context)


def _count_units(parts: Parts, side: int, context: Context) -> Timex:
    unit, count = _unit_of(parts), _unit_count(parts) if "number" in parts or "vague" in parts else "1"
    if unit.startswith("T"):
        return _make_timex(f"{period_of('D', context.anchor)}TXX:XX", "TIME")
    if count == "X":
        return Timex("DATE", "PAST_REF" if side < 0 else "FUTURE_REF", None)
    return _make_timex(period_of(_RESULT_UNIT[unit], shift(context.anchor, unit, side * float(count))))


# -- lengths, sets, references -----------------------------------------------------------------------------------------


def _adjacent_days(count: str, unit: str, side: int, context: Context) -> tuple[date, date] | None:
    """Return the days of `the past three months` or `the next two years`, adjacent to the creation day."""
    if context.anchor is None or side == 0 or count == "X" or unit.startswith("T"):
        return None
    other = shift(context.anchor, unit, side * float(count))
    return (min(other, context.anchor), max(other, context.anchor)) if other and other != context.anchor else None


def _normalize_duration(parts: Parts, words: Sequence[str], context: Context) -> Timex | None:
    unit = _unit_of(parts) if parts["unit"][0] not in PART else "D"
    if (unit == "Q" and "-" in words) or words[:3] == ("24", "-", "hour"):  # `three-quarters`, `24-hour shop`
        return None
    if "number" not in parts and "vague" not in parts and words[0] in UNIT:
        return Timex("DURATION", format_duration("1", unit), None)
    count = _unit_count(parts)
    sides = [DIRECTION[word] for word in words[:2] if word in DIRECTION]
    return Timex(
        "DURATION", format_duration(count, unit), _adjacent_days(count, unit, sides[0] if sides else 0, context)
    )


def _normalize_units(parts: Parts, _words: Sequence[str], context: Context) -> Timex | None:
    unit = _unit_of(parts)
    if unit == "Q" or (
        unit.startswith("T") and context.before not in WORDS_BEFORE_DURATIONS
    ):  # soldiers' quarters, the early hours
        return None
    if context.before == "on" or context.after in ("old", "when"):
        return None
    if unit == "WE":
        return Timex("SET", "XXXX-WXX-WE", None)
    return Timex("DURATION", format_duration("X", unit), None)


def _normalize_every(parts: Parts, _words: Sequence[str], context: Context) -> Timex | None:
    if "frequency" in parts:
        if context.before in ("average", "party"):  # `average daily sales`; `party daily`, a newspaper
            return None
        return Timex("SET", FREQUENCY[parts["frequency"][0]], None)
    if "weekday" in parts:
        return Timex("SET", f"XXXX-WXX-{DAY[parts['weekday'][0]]}", None)
    if "month" in parts:
        return Timex("SET", f"XXXX-{MONTH[parts['month'][0]]:02}", None)
    if parts["unit"][0] in PART:
        return Timex("SET", f"XXXX-XX-XXT{PART[parts['unit'][0]]}", None)
    if "hours" in parts:
        return Timex("SET", format_duration("1", _unit_of(parts)), None)
    count = _unit_count(parts) if "number" in parts else str(ORDINAL[parts["nth"][0]]) if "nth" in parts else "1"
    return Timex("SET", format_duration(count, _unit_of(parts)), None)


def _normalize_seasons(parts: Parts, _words: Sequence[str], _at: Context) -> Timex:
    return Timex("SET", f"XXXX-{(SEASON | SEASONS)[parts['season'][0]]}", None)


def _normalize_reference(_parts: Parts, words: Sequence[str], context: Context) -> Timex | None:
    if words == ("now",) and context.before in ("for", "from"):
        return None
    if words == ("soon",) and (context.before in ("as", "too", "how") or context.after == "as"):
        return None
    return Timex("DATE", REFERENCE[words[-1]], None)


def _constant(kind: str, value: str) -> Callable[[Parts, Sequence[str], Context], Timex]:
    return lambda _parts, _words, _at: Timex(kind, value, None)


def _reject(_parts: Parts, _words: Sequence[str], _at: Context) -> None:
    return None


NORMALIZERS: dict[str, Callable[[Parts, Sequence[str], Context], Timex | None]] = {
    "age": _reject,
    "iso_date": _normalize_iso_date,
    "slashed_date": _normalize_slashed_date,
    "clock_time": _normalize_clock_time,
    "date": _normalize_date,
    "month": _normalize_month,
    "holiday": _normalize_holiday,
    "weekday": _normalize_weekday,
    "near": _normalize_near,
    "seasons": _normalize_seasons,
    "season": _normalize_season,
    "quarter": _normalize_quarter,
    "quarter_ago": _normalize_quarter_ago,
    "quarters": _normalize_quarters,
    "reported": _normalize_reported,
    "fiscal": _normalize_fiscal,
    "year_end": _normalize_year_end,
    "ago_year": _normalize_ago_year,
    "ago": _normalize_ago,
    "ahead": _normalize_ahead,
    "duration": _normalize_duration,
    "every": _normalize_every,
    "some_time": _constant("DURATION", "PXX"),
    "these_days": _constant("DATE", "PRESENT_REF"),
    "weekend": _normalize_weekend,
    "unit": _normalize_unit,
    "that_unit": _normalize_that_unit,
    "century": _normalize_century,
    "the_unit": _normalize_the_unit,
    "a_unit": _normalize_a_unit,
    "year": _normalize_year,
    "decade": _normalize_decade,
    "units": _normalize_units,
    "one_day": _constant("DATE", "FUTURE_REF"),
    "reference": _normalize_reference,
    "past": _constant("DATE", "PAST_REF"),
    "future": _constant("DATE", "FUTURE_REF"),
}
