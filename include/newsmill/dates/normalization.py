"""What an expression means: a pure function of its words, the day it is told from, and the tense of its clause.

Values are those of TIMEX3. Where the day is not known they stay symbolic, with an X for each figure that is not told:
`XXXX-WXX-2` is a Tuesday of no known week.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from newsmill.dates.calendar_values import (
    SEASON_MONTH,
    UNKNOWN,
    easter,
    interval,
    nth_weekday,
    on,
    period,
    shifted,
    weekday,
)
from newsmill.dates.date_words import (
    DAY,
    DECADE,
    DIRECTION,
    FREQUENCY,
    HOLIDAY,
    MONTH,
    NEAR,
    NUMBER,
    ORDINAL,
    PART,
    REFERENCE,
    SEASON,
    SEASONS,
    UNIT,
    UNITS,
)

PAST, NEITHER, AHEAD = -1, 0, 1
PIVOT = 30  # a year of two figures lies no more than so many years ahead of the day it is told from
ALL_UNITS = UNIT | UNITS | {"mornings": "D", "afternoons": "D", "evenings": "D", "nights": "D"}


class Moment(NamedTuple):
    """What an expression is read by: the day it is told from, its clause's tense, the quarter told of.

    `before` and `after` are the tokens beside the expression in lower case; `told` are the days told of last.
    """

    anchor: date | None
    tense: int = NEITHER
    quarter: str | None = None
    before: str = ""
    after: str = ""
    told: tuple[date, date] | None = None

    @property
    def day(self) -> date | None:
        """Return the day told last, where it was one day."""
        return self.told[0] if self.told and (self.told[1] - self.told[0]).days == 1 else None


class Timex(NamedTuple):
    """Type and value as TIMEX3 has them; the interval is half-open, null where the days are not known."""

    timex_type: str
    timex_value: str
    days: tuple[date, date] | None


Parts = Mapping[str, Sequence[str]]


def meaning(rule: str, parts: Parts, words: Sequence[str], at: Moment) -> Timex | None:
    """Return what an expression means; null where it is none of time, such as an age."""
    return READINGS[rule](parts, words, at)


# -- pieces of values --------------------------------------------------------------------------------------------------


def _timex(value: str, kind: str = "DATE") -> Timex:
    return Timex(kind, value, interval(value))


def amount(words: Sequence[str]) -> float:
    """Return the number that words tell: `twenty - five`, `two hundred`, `1,000`, `four - and - a - half`."""
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


def year_of(words: Sequence[str], anchor: date | None) -> int:
    """Return the year that words tell: `1998`, `'98`, `nineteen ninety - six`, `two thousand and six`."""
    word = words[0]
    if word.isdigit():
        return int(word)
    if word[0] in "'’":
        century = (anchor.year if anchor else 2000) // 100 * 100
        year = century + int(word[1:])
        return year - 100 if year > (anchor.year if anchor else 2000) + PIVOT else year
    if "thousand" in words or "hundred" in words:
        return int(amount(words))
    return 100 * NUMBER[word] + int(amount(words[1:]))


def _counted(parts: Parts) -> str:
    """Return how many units an expression counts, X where it does not tell."""
    if "number" not in parts:
        return "2" if "couple" in parts.get("vague", ()) else "X"
    count = amount(parts["number"])
    return str(int(count)) if count == int(count) else f"{count:g}"


def length(count: str, unit: str) -> str:
    """Return a duration: `P3M`, `PT16H`, `PXY`, `P10Y` for a decade."""
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


def _unit(parts: Parts, name: str = "unit") -> str:
    return ALL_UNITS[parts[name][0]]


def _side(parts: Parts) -> int | None:
    return DIRECTION[parts["side"][0]] if "side" in parts else None


def _nearest(candidates: Sequence[date | None], at: Moment, against: int, neither: int = 0) -> date | None:
    """Choose the day nearest to the anchor; one on the other side than the tense tells lies `against` days further.

    Where the tense tells nothing, days ahead lie `neither` days further.
    """

    def distance(day: date) -> int:
        away = (day - at.anchor).days
        lies = against * (away * at.tense < 0) if at.tense else neither * (away > 0)
        return abs(away) + lies

    return min((day for day in candidates if day), key=distance, default=None)


def _years_about(anchor: date, reach: int = 1) -> list[int]:
    return [year for year in range(anchor.year - reach, anchor.year + reach + 1) if 1 <= year <= 9998]


# -- days --------------------------------------------------------------------------------------------------------------


def _day_value(parts: Parts, at: Moment) -> str:
    """Return the value of a month and day, in its year or the one that the tense asks for."""
    month, day = MONTH[parts["month"][0]], int(parts["dom"][0].rstrip("stndrh"))
    if "year" in parts:
        year = year_of(parts["year"], at.anchor)
        return f"{year:04}-{month:02}-{day:02}"
    if at.anchor is None:
        return f"XXXX-{month:02}-{day:02}"
    reach = 8 if (month, day) == (2, 29) else 1
    side = _side(parts)
    at, against = (at._replace(tense=side), 1000) if side else (at, 150)
    found = _nearest([on(year, month, day) for year in _years_about(at.anchor, reach)], at, against)
    return found.isoformat() if found else f"XXXX-{month:02}-{day:02}"


def _date(parts: Parts, _words: Sequence[str], at: Moment) -> Timex | None:
    value = _day_value(parts, at)
    month, day = int(value[5:7]), int(value[8:10])
    if on(2000, month, day) is None or (value[:4].isdigit() and on(int(value[:4]), month, day) is None):
        return _timex(f"{value[:4]}-{month:02}")
    return _timex(value)


def _iso_date(parts: Parts, _words: Sequence[str], _at: Moment) -> Timex | None:
    value = parts["iso"][0]
    return _timex(value) if interval(value) else None


def _slashed_date(parts: Parts, _words: Sequence[str], at: Moment) -> Timex | None:
    """Read 10/26/89 as Americans write it, and as others do where only that gives a date."""
    first, second, year = parts["slashed"][0].split("/")
    told = year_of([year if len(year) == 4 else f"'{year}"], at.anchor)
    day = on(told, int(first), int(second)) or on(told, int(second), int(first))
    return _timex(day.isoformat()) if day else None


def weekday_date(number: int, side: int | None, at: Moment) -> date | None:
    """Return the day that a day of the week means: by `last` and `next`, else by tense, which is mostly past."""
    if side is not None and side != 0:
        return weekday(number, shifted(at.anchor, "D", side) or at.anchor, side)
    ahead = at.tense == AHEAD or at.before == "as" or (side == 0 and at.tense != PAST)
    return weekday(number, at.anchor, AHEAD if ahead else PAST)


def _weekday_value(parts: Parts, at: Moment) -> str:
    number = DAY[parts["weekday"][0]]
    if at.anchor is None:
        return f"XXXX-WXX-{number}"
    return period("D", weekday_date(number, _side(parts), at))


def _weekday(parts: Parts, _words: Sequence[str], at: Moment) -> Timex:
    """Read Friday and, by its day, Friday night: so do most who annotate, and night goes on past midnight."""
    return _timex(_weekday_value(parts, at))


def _near(parts: Parts, words: Sequence[str], at: Moment) -> Timex:
    """Read yesterday, tonight, this morning and their parts of the day."""
    near = parts.get("near", ["today"])[0]
    offset = -1 if "near" not in parts and "last" in words else NEAR[near]
    value = period("D", shifted(at.anchor, "D", offset))
    part = "NI" if near == "tonight" else PART.get(parts["part"][0], "MI") if "part" in parts else ""
    return _timex(f"{value}T{part}", "TIME") if part else _timex(value)


def _clock_time(parts: Parts, _words: Sequence[str], at: Moment) -> Timex:
    if "month" in parts:
        value = _day_value(parts, at)
    elif "weekday" in parts:
        value = _weekday_value(parts, at)
    else:
        day = at.day if at.day and at.tense == PAST and "near" not in parts else at.anchor
        value = period("D", shifted(day, "D", NEAR.get(parts.get("near", ["today"])[0], 0)))
    return _timex(f"{value}T{_clock(parts)}", "TIME")


def _clock(parts: Parts) -> str:
    if "noon" in parts:
        return "12:00"
    if "midnight" in parts:
        return "24:00"
    told = parts["clock"][0]
    hour, minute = [*told.split(":"), "00"][:2] if ":" in told else (str(int(amount([told]))), "00")
    half = parts.get("part", [""])[0].replace(".", "")
    hours = int(hour) % 12 + (12 if half == "pm" else 0) if half else int(hour)
    return f"{hours:02}:{minute}"


def _holiday(parts: Parts, _words: Sequence[str], at: Moment) -> Timex | None:
    name, eve = parts["name"][0], -1 if "eve" in parts else 0
    year = year_of(parts["year"], at.anchor) if "year" in parts else None
    if year is None and at.anchor is None:
        when = HOLIDAY[name]
        return _timex(f"XXXX-{when[0]:02}-{when[1]:02}" if len(when) == 2 and not eve else UNKNOWN["D"])
    days = [shifted(_holiday_in(name, known), "D", eve) for known in ([year] if year else _years_about(at.anchor))]
    side = _side(parts)
    found = days[0] if year else _nearest(days, at._replace(tense=side) if side else at, 1000 if side else 150)
    return _timex(period("D", found))


def _holiday_in(name: str, year: int) -> date:
    when = HOLIDAY[name]
    if len(when) == 1:
        return shifted(easter(year), "D", when[0])
    return date(year, *when) if len(when) == 2 else shifted(nth_weekday(year, *when[:3]), "D", sum(when[3:]))


# -- months, seasons, quarters, years ----------------------------------------------------------------------------------


def _month(parts: Parts, words: Sequence[str], at: Moment) -> Timex | None:
    if words in (("may",), ("march",)) and at.before not in _BEFORE_MAY:
        return None
    month = MONTH[parts["month"][0]]
    if "year" in parts:
        return _timex(f"{year_of(parts['year'], at.anchor):04}-{month:02}")
    if at.anchor is None:
        return _timex(f"XXXX-{month:02}")
    return _timex(f"{_year_of_month(month, _side(parts), at):04}-{month:02}")


def _year_of_month(month: int, side: int | None, at: Moment) -> int:
    """Return the year that a bare month is of: the last gone by, unless the tense or `next` looks ahead."""
    anchor = at.anchor
    if side == 0:
        return anchor.year
    if side is not None:
        return anchor.year + (side * (month - anchor.month) <= 0) * side
    if month == anchor.month:
        return anchor.year
    return _nearest([date(year, month, 15) for year in _years_about(anchor)], at, 300, 240).year


# in other places May may be, and March be walked
_BEFORE_MAY = frozenset(
    "the in since until by of for from last through to before after and during between or next this".split()
)


def _season(parts: Parts, _words: Sequence[str], at: Moment) -> Timex:
    season = SEASON[parts["season"][0]]
    if "year" in parts:
        return _timex(f"{year_of(parts['year'], at.anchor):04}-{season}")
    if at.anchor is None:
        return _timex(f"XXXX-{season}")
    side, begins = _side(parts), SEASON_MONTH[season]
    year, month = at.anchor.year, at.anchor.month
    if season == "WI" and month < 3:  # the winter at hand began the year before
        year -= 1
    if side == PAST:
        year -= begins >= month or (begins <= month < begins + 3) or (season == "WI" and month < 3)
    elif side == AHEAD or (side != 0 and at.tense == AHEAD):
        year += begins + 2 < month or (side == AHEAD and begins <= month)
    elif side is None:
        year -= begins > month and not (season == "WI" and month < 3)
    return _timex(f"{year:04}-{season}")


def _quarter(parts: Parts, words: Sequence[str], at: Moment) -> Timex | None:
    if parts["quarter"][0] not in ("quarter", "period", "half"):
        return _nth_unit(parts, at)
    year = _quarter_year(parts, at)
    if "nth" not in parts:
        if at.quarter and year:
            return _timex(f"{year:04}-Q{at.quarter[-1]}" if at.quarter[:4].isdigit() else f"{year:04}")
        return _timex(f"{year:04}" if year else UNKNOWN["Q"])
    number = ORDINAL[parts["nth"][0]]
    if number > 4 or parts["quarter"][0] == "period":
        return None
    if year is None:
        if at.anchor is None:
            return _timex(f"XXXX-Q{number}")
        year = _year_of_quarter(number, at)
    told = _timex(f"{year:04}-Q{number}")
    return told._replace(days=None) if "fiscal" in words else told


def _quarter_year(parts: Parts, at: Moment) -> int | None:
    if "year" in parts:
        return year_of([word for word in parts["year"] if word not in ("'s", "’s")], at.anchor)
    side = _side(parts)
    if side is None or at.anchor is None or ("unit" in parts and _unit(parts) != "Y"):
        return None
    return at.anchor.year + side


def _year_of_quarter(number: int, at: Moment) -> int:
    """Return the year of a quarter that is told by number: one that has begun, unless the tense looks ahead."""
    if number == (at.anchor.month + 2) // 3:
        return at.anchor.year
    return _nearest([date(year, 3 * number - 1, 15) for year in _years_about(at.anchor)], at, 200, 200).year


def _nth_unit(parts: Parts, at: Moment) -> Timex | None:
    """Read the 20th century, and of `the 1998 season` the year; where the eighth day is counted from we do not know."""
    if "nth" in parts:
        return _century(parts | {"unit": parts["quarter"]}, (), at)
    year = _quarter_year(parts, at)
    return _timex(f"{year:04}") if year else None


def _quarters(parts: Parts, _words: Sequence[str], _at: Moment) -> Timex | None:
    if _unit(parts, "quarter") != "Q":
        return None
    return _timex(f"XXXX-Q{ORDINAL[parts['nth'][0]]}", "SET")


def _quarter_ago(parts: Parts, _words: Sequence[str], at: Moment) -> Timex:
    """Read the year-ago quarter: that which the text reports on, a year before."""
    return _timex(_reported_before(parts, at))


def _reported_before(parts: Parts, at: Moment) -> str:
    if at.anchor is None:
        return "XXXX"
    if at.quarter is None:
        return f"{at.anchor.year - 1:04}"
    number = ORDINAL.get(parts["nth"][0], 0) if "nth" in parts else 0
    return f"{int(at.quarter[:4]) - 1:04}-Q{number or at.quarter[-1]}" if at.quarter[:4].isdigit() else "XXXX"


def _reported(parts: Parts, _words: Sequence[str], at: Moment) -> Timex:
    unit = _unit(parts) if "unit" in parts else "Q"
    if unit != "Q":
        return _timex(period(unit, at.anchor) if unit in UNKNOWN else UNKNOWN["D"])
    return _timex(at.quarter or UNKNOWN["Q"])


def _fiscal(parts: Parts, words: Sequence[str], at: Moment) -> Timex:
    """Read a fiscal year; its days are not known, for each company begins its own."""
    if "year" in parts:
        return _timex(f"{year_of(parts['year'], at.anchor):04}")._replace(days=None)
    if words[-1] == "quarter":
        return _timex(at.quarter or UNKNOWN["Q"])._replace(days=None)
    if at.after in ("ended", "ending"):
        return _timex("P1Y", "DURATION")
    return _timex(period("Y", shifted(at.anchor, "Y", _side(parts) or 0)))._replace(days=None)


def _year_end(_parts: Parts, words: Sequence[str], at: Moment) -> Timex | None:
    unit = next(UNIT[word] for word in words if word in UNIT)
    if unit not in UNKNOWN:
        return None
    return _timex(period(unit, at.anchor))


def _year(parts: Parts, words: Sequence[str], at: Moment) -> Timex | None:
    if at.before in _NO_YEARS or at.after in _COUNTED_THINGS:
        return None
    if not words[0].isdigit() and "year" in UNIT and words[0] in UNIT and words[0] != "year":
        return None
    year = year_of(parts["year"], at.anchor)
    return _timex(f"{year:04}") if 1000 <= year <= 2199 else None


_NO_YEARS = frozenset("$ # £ € / no . : % than".split()) | {
    "about",
    "some",
    "nearly",
    "almost",
    "room",
    "flight",
    "route",
}
_COUNTED_THINGS = frozenset(
    "people men women soldiers troops shares points dollars yen pounds meters feet miles kilometers jobs workers "
    "employees students members votes homes houses tons barrels cars times copies pages units acres % hours days "
    "deaths refugees children prisoners police officers protesters demonstrators jews palestinians families stores "
    "francs marks users customers passengers delegates seats square cases / : pesos rupees seats".split()
)


def _decade(parts: Parts, _words: Sequence[str], at: Moment) -> Timex:
    name = parts["name"][-1]
    if name in DECADE:
        digit = DECADE[name]
    else:
        digits = name.strip("'’s")
        if len(digits) == 4:
            return _timex(digits[:3])
        digit = int(digits[0])
    year = at.anchor.year if at.anchor else 2000
    decade = year // 100 * 10 + digit
    return _timex(f"{decade - 10 if decade * 10 > year + 5 else decade:03}")


def _century(parts: Parts, _words: Sequence[str], _at: Moment) -> Timex | None:
    """Read the 20th century; the tenth day or third month of something is no date that we know."""
    if _unit(parts) != "100Y":
        return None
    nth = parts["nth"][0]
    number = ORDINAL.get(nth) or int(nth.rstrip("stndrh"))
    return _timex(f"{number - 1:02}") if 0 < number < 100 else None


# -- units told from the day at hand -----------------------------------------------------------------------------------


def _of_unit(unit: str, offset: int, at: Moment) -> Timex:
    if unit.startswith("T"):
        return Timex("DURATION", length("1", unit), None)
    if unit == "Q" and offset == 0 and at.quarter and at.before in ("latest", "reported"):
        return _timex(at.quarter)
    return _timex(period(unit, shifted(at.anchor, unit, offset)))


def _unit_told(parts: Parts, words: Sequence[str], at: Moment) -> Timex | None:
    """Read last year, this week, next month; the past year is a stretch of that length."""
    unit, word = _unit(parts), parts["side"][0]
    if (unit, word) == ("D", "this"):  # as people say on great days
        return None
    if (word in ("past", "coming") and unit not in ("WE",)) or (unit in ("10Y", "100Y") and word != "this"):
        return Timex("DURATION", length("1", unit), _stretch("1", unit, DIRECTION[word], at))
    if unit == "Y" and at.quarter and word == "last" and at.before == "period":
        return _timex(_reported_before(parts, at))
    if word == "following":  # the last day told of
        return _of_unit(unit, AHEAD, at._replace(anchor=at.told and at.told[0]))
    return _of_unit(unit, DIRECTION[word], at)


def _weekend(parts: Parts, _words: Sequence[str], at: Moment) -> Timex:
    """Read the weekend: the one gone by or, on a Saturday or Sunday, at hand; `this` and future tense look ahead."""
    if at.anchor is None:
        return _timex(UNKNOWN["WE"])
    side = _side(parts)
    if side is None:
        ahead = at.tense == AHEAD or at.anchor.isoweekday() > 5
        return _timex(period("WE", shifted(at.anchor, "W", 0 if ahead else -1)))
    if side == 0:
        back = at.tense == PAST and at.anchor.isoweekday() < 4
        return _timex(period("WE", shifted(at.anchor, "W", -1 if back else 0)))
    return _timex(period("WE", shifted(at.anchor, "W", side)))


def _the_unit(parts: Parts, words: Sequence[str], at: Moment) -> Timex | None:
    """Read the quarter, the year, the end of the month: that at hand, or the length that its end is told of."""
    unit = _unit(parts)
    if unit == "Q":
        return _timex(at.quarter or period("Q", at.anchor))
    if unit == "Y" and at.after in ("ended", "ending"):
        return Timex("DURATION", "P1Y", None)
    if unit.startswith("T") or unit == "D":  # which day is told by what it was the day of
        return None
    if unit in ("10Y", "100Y"):
        return Timex("DURATION", length("1", unit), None)
    return _timex(period(unit, at.anchor))


def _that_unit(parts: Parts, _words: Sequence[str], at: Moment) -> Timex | None:
    unit = _unit(parts)
    if unit.startswith("T") or (unit == "D" and at.day is None):
        return None
    return _timex(period(unit, at.told and at.told[0]))


def _a_unit(parts: Parts, words: Sequence[str], at: Moment) -> Timex:
    """Read a year: a rate behind a number of something, else a length of time."""
    unit = _unit(parts)
    if words[-1] in ("so", "one") and len(words) > 3:
        return Timex("DURATION", length("X" if words[-1] == "so" else "1", unit), None)
    if at.before not in _LENGTHS and len(words) == 2 and unit != "TM":
        return Timex("SET", length("1", unit), None)
    return Timex("DURATION", length("1", unit), None)


_LENGTHS = frozenset(
    "in for within after over than about only just nearly almost , . to is was least before take takes took every once "
    "spent and or that at during by of with quite half until not from ( \n".split()
) | {"", "``", '"', "“", "_", "last", "spend"}


def _ago_year(parts: Parts, _words: Sequence[str], at: Moment) -> Timex:
    """Read a year ago: in a report of results the quarter a year before, else that year."""
    unit = _unit(parts)
    if unit == "Y" and at.quarter:
        return _timex(_reported_before(parts, at))
    return _ago(parts, (), at)


_GRAIN = {"D": "D", "W": "D", "2W": "D", "WE": "W", "M": "M", "Q": "Q", "Y": "Y", "10Y": "10Y", "100Y": "100Y"}


def _ago(parts: Parts, _words: Sequence[str], at: Moment) -> Timex:
    """Read two weeks ago: the day, month or year that lies so far back."""
    return _away(parts, PAST, at)


def _ahead(parts: Parts, _words: Sequence[str], at: Moment) -> Timex:
    return _away(parts, AHEAD, at)


def _away(parts: Parts, side: int, at: Moment) -> Timex:
    unit, count = _unit(parts), _counted(parts) if "number" in parts or "vague" in parts else "1"
    if unit.startswith("T"):
        return _timex(f"{period('D', at.anchor)}TXX:XX", "TIME")
    if count == "X":
        return Timex("DATE", "PAST_REF" if side < 0 else "FUTURE_REF", None)
    return _timex(period(_GRAIN[unit], shifted(at.anchor, unit, side * float(count))))


# -- lengths, sets, references -----------------------------------------------------------------------------------------


def _stretch(count: str, unit: str, side: int, at: Moment) -> tuple[date, date] | None:
    """Return the days of the past three months or the next two years, told from a known day."""
    if at.anchor is None or side == 0 or count == "X" or unit.startswith("T"):
        return None
    other = shifted(at.anchor, unit, side * float(count))
    return (min(other, at.anchor), max(other, at.anchor)) if other and other != at.anchor else None


def _duration(parts: Parts, words: Sequence[str], at: Moment) -> Timex | None:
    unit = _unit(parts) if parts["unit"][0] not in PART else "D"
    if (unit == "Q" and "-" in words) or words[:3] == ("24", "-", "hour"):  # three-quarters; what never closes
        return None
    if "number" not in parts and "vague" not in parts and words[0] in UNIT:
        return Timex("DURATION", length("1", unit), None)
    count = _counted(parts)
    sides = [DIRECTION[word] for word in words[:2] if word in DIRECTION]
    return Timex("DURATION", length(count, unit), _stretch(count, unit, sides[0] if sides else 0, at))


def _units(parts: Parts, _words: Sequence[str], at: Moment) -> Timex | None:
    unit = _unit(parts)
    if unit == "Q" or (unit.startswith("T") and at.before not in _SPENT):  # soldiers' quarters, the early hours
        return None
    if at.before == "on" or at.after in ("old", "when"):
        return None
    if unit == "WE":
        return Timex("SET", "XXXX-WXX-WE", None)
    return Timex("DURATION", length("X", unit), None)


_SPENT = frozenset("for in within after".split())


def _every(parts: Parts, _words: Sequence[str], at: Moment) -> Timex | None:
    if "frequency" in parts:
        if at.before in ("average", "party"):  # an average by the day; a newspaper
            return None
        return Timex("SET", FREQUENCY[parts["frequency"][0]], None)
    if "weekday" in parts:
        return Timex("SET", f"XXXX-WXX-{DAY[parts['weekday'][0]]}", None)
    if "month" in parts:
        return Timex("SET", f"XXXX-{MONTH[parts['month'][0]]:02}", None)
    if parts["unit"][0] in PART:
        return Timex("SET", f"XXXX-XX-XXT{PART[parts['unit'][0]]}", None)
    if "hours" in parts:
        return Timex("SET", length("1", _unit(parts)), None)
    count = _counted(parts) if "number" in parts else str(ORDINAL[parts["nth"][0]]) if "nth" in parts else "1"
    return Timex("SET", length(count, _unit(parts)), None)


def _seasons(parts: Parts, _words: Sequence[str], _at: Moment) -> Timex:
    return Timex("SET", f"XXXX-{(SEASON | SEASONS)[parts['season'][0]]}", None)


def _reference(_parts: Parts, words: Sequence[str], at: Moment) -> Timex | None:
    if words == ("now",) and at.before in ("for", "from"):
        return None
    if words == ("soon",) and (at.before in ("as", "too", "how") or at.after == "as"):
        return None
    return Timex("DATE", REFERENCE[words[-1]], None)


def _always(kind: str, value: str) -> Callable[[Parts, Sequence[str], Moment], Timex]:
    return lambda _parts, _words, _at: Timex(kind, value, None)


def _nothing(_parts: Parts, _words: Sequence[str], _at: Moment) -> None:
    return None


READINGS: dict[str, Callable[[Parts, Sequence[str], Moment], Timex | None]] = {
    "age": _nothing,
    "iso_date": _iso_date,
    "slashed_date": _slashed_date,
    "clock_time": _clock_time,
    "date": _date,
    "month": _month,
    "holiday": _holiday,
    "weekday": _weekday,
    "near": _near,
    "seasons": _seasons,
    "season": _season,
    "quarter": _quarter,
    "quarter_ago": _quarter_ago,
    "quarters": _quarters,
    "reported": _reported,
    "fiscal": _fiscal,
    "year_end": _year_end,
    "ago_year": _ago_year,
    "ago": _ago,
    "ahead": _ahead,
    "duration": _duration,
    "every": _every,
    "some_time": _always("DURATION", "PXX"),
    "these_days": _always("DATE", "PRESENT_REF"),
    "weekend": _weekend,
    "unit": _unit_told,
    "that_unit": _that_unit,
    "century": _century,
    "the_unit": _the_unit,
    "a_unit": _a_unit,
    "year": _year,
    "decade": _decade,
    "units": _units,
    "one_day": _always("DATE", "FUTURE_REF"),
    "reference": _reference,
    "past": _always("DATE", "PAST_REF"),
    "future": _always("DATE", "FUTURE_REF"),
}
