"""The words of temporal expressions: every word has a class for the grammar, and most words have a value.

Words and values are data: languages/en/dates.toml. The classes stay here, because the rules of the grammar name
classes. A token's class is a character, so the order of the classes decides the characters.
"""

from newsmill.languages.word_lists import read_table, read_words


def _read_codes(name: str) -> dict[str, str]:
    """Return the words of a table with codes as values, such as D for day."""
    return read_table("en", "dates", name)


def _read_numbers(name: str) -> dict[str, int]:
    """Return the words of a table with numbers as values."""
    return read_table("en", "dates", name)


def _read_ordered(name: str) -> list[str]:
    """Return the words of a table of numbers, sorted by value."""
    numbers = _read_numbers(name)
    return sorted(numbers, key=numbers.__getitem__)


def _read_words(name: str) -> list[str]:
    return list(read_words("en", "dates", name))


MONTHS = _read_ordered("months")
DAYS = _read_ordered("weekdays")
ONES, TEENS, TENS = map(_read_ordered, ("ones", "teens", "tens"))
ORDINALS = _read_ordered("ordinals")
FIRST_YEAR, LAST_YEAR = 1700, 2099
"""Numbers in the range are years; numbers below and above are counts."""

_MONTH_ABBREVIATIONS, _DAY_ABBREVIATIONS = _read_numbers("month_abbreviations"), _read_numbers("weekday_abbreviations")
MONTH = {name.lower(): value for name, value in (_read_numbers("months") | _MONTH_ABBREVIATIONS).items()}
DAY = {name.lower(): value for name, value in (_read_numbers("weekdays") | _DAY_ABBREVIATIONS).items()}
NUMBER: dict[str, float] = {  # half is 0.5
    word: value for name in ("ones", "teens", "tens", "other_numbers") for word, value in _read_numbers(name).items()
}
ORDINAL = _read_numbers("ordinals") | {
    f"{day}{'th' if day in (11, 12, 13) else {1: 'st', 2: 'nd', 3: 'rd'}.get(day % 10, 'th')}": day
    for day in range(1, 32)
}
UNIT, UNITS = _read_codes("units"), _read_codes("plural_units")
PART, PARTS = _read_codes("parts_of_day"), _read_codes("plural_parts_of_day")
SEASON, SEASONS = _read_codes("seasons"), _read_codes("plural_seasons")
DECADE = _read_numbers("decades")
FREQUENCY = _read_codes("frequencies")
NEAR_DAYS = _read_numbers("near_days")
REFERENCE = _read_codes("references")
DIRECTION = _read_numbers("directions")
HOLIDAY: dict[str, tuple[int, ...]] = read_table("en", "dates", "holidays")

_MONTHS_THAT_ARE_WORDS = _read_words("months_that_are_words")
_CAPITALISED = read_table("en", "dates", "capitalised_classes")
_CLASSES = read_table("en", "dates", "classes")

# The classes of words in capitals, or with a capital.
CAPITALISED_CLASSES = {
    "MONTH": [name for name in MONTHS if name not in _MONTHS_THAT_ARE_WORDS],
    "MAY": _MONTHS_THAT_ARE_WORDS,
    "SHORT": [name for name in _MONTH_ABBREVIATIONS if name != "May"],
    "DAY": DAYS,
    "DAY_SHORT": list(_DAY_ABBREVIATIONS),
    **{name: list(_CAPITALISED[name]) for name in "FEAST NAMED GOOD ASH PALM NEW EVE ZONE".split()},
}
# The classes of words in small letters, with a capital, or in capitals.
CLASSES = {
    "UNIT": [word for word in UNIT if word != "weekend"],
    "WEEKEND": ["weekend"],
    "UNITS": list(UNITS),
    "PART": list(PART),
    "PARTS": list(PARTS),
    "SEASON": list(SEASON),
    "SEASONS": list(SEASONS),
    "DECADE": list(DECADE),
    "FREQUENCY": list(FREQUENCY),
    "REFERENCE": list(REFERENCE),
    "NEAR": [word for word in NEAR_DAYS if word != "tonight"],
    "TONIGHT": ["tonight"],
    "ONE": ONES,
    "TEEN": TEENS,
    "TENS": TENS,
    "HUNDRED": list(_CLASSES["HUNDRED"]),
    "HALF": list(_CLASSES["HALF"]),
    "A": list(_CLASSES["A"]),
    "ORDINAL": ORDINALS,
    **{
        name: list(_CLASSES[name])
        for name in (
            "LAST PAST LATEST THIS CURRENT THESE THAT SAME NEXT COMING EARLY EARLIER LATER AGO END OF THE ITS AND TO "
            "EVERY PER ABOUT MORE THAN NO AT LEAST UP FEW COUPLE FISCAL FULL LONG OLD NOON MIDNIGHT CLOCK FROM PERIOD "
            "FUTURE NEARBY SO RECENT CORRESPONDING ENDED TRADING ON IN FOR WHILE TIME AFTER POSSESSIVE MORE_OFTEN PM"
        ).split()
    },
}
SIGNS = {
    "COMMA": [","],
    "HYPHEN": ["-", "–", "—"],
    "STOP": ["."],
    "BREAK": ["\n"],
    "COLON": [":"],
    "MONEY": ["$", "#", "£", "€", "%"],
}

WORDS_BEFORE_MONTHS = frozenset(_read_words("words_before_months"))
WORDS_BEFORE_COUNTS = frozenset(_read_words("words_before_counts"))
COUNTED_NOUNS = frozenset(_read_words("counted_nouns"))
WORDS_BEFORE_LENGTHS = frozenset(_read_words("words_before_lengths"))
WORDS_BEFORE_DURATIONS = frozenset(_read_words("words_before_durations"))

# Words around names, shares and events that look like a time.
WORDS_BEFORE_NAMED_DAYS = frozenset(_read_words("words_before_named_days"))
PERSON_TITLES = frozenset(_read_words("person_titles"))
MONTHS_THAT_ARE_PEOPLE = frozenset(_read_words("months_that_are_people"))
WORDS_BEFORE_PEOPLE = frozenset(_read_words("words_before_people"))
WORDS_BEHIND_PEOPLE = frozenset(_read_words("words_behind_people"))
WORDS_BEHIND_MARCHES = frozenset(_read_words("words_behind_marches"))
SEASONS_THAT_ARE_EVENTS = frozenset(_read_words("seasons_that_are_events"))
WORDS_BEHIND_EVENTS = frozenset(_read_words("words_behind_events"))
WORDS_BEFORE_SHARES = frozenset(_read_words("words_before_shares"))
HOLIDAYS_OF_COUNTRIES = frozenset(_read_words("holidays_of_countries"))
POSSESSIVES = frozenset(_read_words("possessives"))

# Words that show the tense of a clause, see the file.
FUTURE_WORDS = _read_words("future_words")
PAST_WORDS = _read_words("past_words")
PRESENT = tuple(_read_words("present_words"))
STOPS = (".", "!", "?", ";", "\n")
NOT_PAST_WORDS = _read_words("not_past_words")
RESULTS_WORDS = _read_words("results_words")
"""A text with two of the words reports results of a company, for the last quarter that ended before the text."""
MATCH_WORDS = _read_words("match_words")
"""A text with three of the words reports on a match: its numbered quarters are parts of the match."""
