"""Countries by English words for a country, people, capital or government; from `languages/en`."""

import re
from functools import lru_cache

from newsmill.languages.word_lists import read_table, read_words

_NAMES = [(name, code) for code, names in read_table("en", "countries", "countries").items() for name in names]
COUNTRY_CODES = {name: code for name, code in _NAMES if " " not in name}
"""ISO 3166-1 alpha-2 code by word in small letters."""
COUNTRY_CODES_OF_PAIRS = {name: code for name, code in _NAMES if " " in name}
"""The code by a pair of words; a pair goes before a single word."""
STATES = frozenset((*read_words("en", "countries", "states"), *COUNTRY_CODES))
"""States, provinces and countries as in newspapers behind a town: Portland, Ore., or Portland, Oregon."""
_WORD = re.compile(r"[^\W\d_]+(?:\.[^\W\d_])*")


@lru_cache(maxsize=1 << 16)
def find_country(words: str) -> str | None:
    """Return the code of the first country named by capitalised words; None if there is no country."""
    capitalised = [word for word in _WORD.findall(words) if word[0].isupper()]
    lowered = [word.lower() for word in capitalised]
    for i, low in enumerate(lowered):
        pair = COUNTRY_CODES_OF_PAIRS.get(" ".join(lowered[i : i + 2]))
        if pair or (low in COUNTRY_CODES and capitalised[i] != "Us"):
            return pair or COUNTRY_CODES[low]
    return None
