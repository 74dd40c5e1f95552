"""Words around and inside names in English news: titles, roles, organizations, peoples, times; from `languages/en`."""

from newsmill.languages.word_lists import read_table, read_words


def _read_names(name: str) -> frozenset[str]:
    return frozenset(read_words("en", "names", name))


# The meaning of each list is a comment in languages/en/names.toml.
HONORIFICS = _read_names("honorifics")
RANKS = _read_names("ranks")
OFFICES = _read_names("offices")
TITLES = HONORIFICS | RANKS | OFFICES
TITLE_MODIFIERS = _read_names("title_modifiers")
ROLE_NOUNS = _read_names("role_nouns")
ROLE_MODIFIERS = _read_names("role_modifiers")
STATE_ABBREVIATIONS = _read_names("state_abbreviations")
COMPANY_FORMS = _read_names("company_forms")
ORGANIZATION_HEADS = COMPANY_FORMS | _read_names("organization_heads")
ORGANIZATION_HEADS_BEFORE_OF = _read_names("organization_heads_before_of")
KNOWN_ORGANIZATIONS = _read_names("known_organizations")
KNOWN_PLACES = _read_names("known_places")
DEMONYMS = _read_names("demonyms")
TIMES = _read_names("times")
OTHER_NAMES = _read_names("other_names")
EVENT_HEADS = _read_names("event_heads")
PLACE_HEADS = _read_names("place_heads")
FUNCTION_WORDS = _read_names("function_words")
NAME_PREFIXES = _read_names("name_prefixes")
SPORT_WORDS = _read_names("sport_words")
FULL_NAMES = read_table("en", "names", "full_names")

_BEFORE, _AFTER = read_table("en", "names", "words_before_names"), read_table("en", "names", "words_after_names")
CONTEXT_WORDS = {
    "<in": frozenset(_BEFORE["places"]),
    "<to": frozenset(_BEFORE["destinations"]),
    "<firm": frozenset(_BEFORE["firms"]),
    ">says": frozenset(_AFTER["speech"]),
    ">does": frozenset(_AFTER["deeds"]),
    ">part": frozenset(_AFTER["parts_of_places"]),
    ">firm": frozenset(_AFTER["firms"]),
}
"""Words in front of (<) or behind (>) a name as evidence for the kind of the name."""
