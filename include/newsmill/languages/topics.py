"""The topics of the word lists: the permitted lists of each file, and the form of the entries.

The lists are TOML files, `<language code>/<topic>.toml`; a comment above each list says the meaning.
"""

from collections.abc import Callable
from enum import Enum
from typing import NamedTuple
from unicodedata import category

BOILERPLATE = {
    "error_banner": "whole_line opening anywhere",
    "legal_disclaimer": "whole_line anywhere",
    "comments": "whole_line opening anywhere",
    "navigation": "whole_line opening",
    "share": "whole_line opening anywhere",
    "newsletter": "whole_line opening anywhere",
    "related": "whole_line opening",
    "byline": "whole_line opening",
    "update_note": "opening",
    "copyright": "whole_line opening anywhere",
    "caption": "whole_line opening",
    "advertisement": "whole_line opening anywhere",
}
"""The reasons why a phrase drops a line, each with the permitted ways to count a phrase."""


class Form(NamedTuple):
    """How an entry is written: `accepts` checks an entry, `rule` says the same to people."""

    accepts: Callable[[str], bool]
    rule: str


class Shape(Enum):
    """How a list is written: as an array, as a table of arrays, or as a table of entries with values."""

    ENTRIES = "an array of entries: name = [ … ]"
    GROUPS = "a table of arrays: [name], then key = [ … ]"
    VALUES = "a table of values: [name], then entry = value"


class WordList(NamedTuple):
    """Form and shape of a list; `keys` are the permitted keys of groups, None for any key."""

    form: Form
    shape: Shape = Shape.ENTRIES
    keys: frozenset[str] | None = None


def _is_spaced(entry: str) -> bool:
    return bool(entry) and entry == " ".join(entry.split())


def _is_small(entry: str) -> bool:
    return _is_spaced(entry) and entry == entry.lower()


def _is_letters(entry: str) -> bool:
    return entry.isalpha() or (entry[:1].isalpha() and all(c.isalpha() or category(c)[0] == "M" for c in entry))


def _is_phrase(entry: str) -> bool:
    return _is_small(entry) and all(map(_is_letters, entry.split()))


def _is_word(entry: str) -> bool:
    return entry == entry.lower() and _is_letters(entry)


AS_IN_NEWS = Form(_is_spaced, "as newspapers write it, single spaces between words")
SMALL = Form(_is_small, "in small letters, single spaces between words")
PHRASE = Form(_is_phrase, "in small letters, words only: no figures, no signs, a space for an apostrophe or a hyphen")
WORD = Form(_is_word, "one word in small letters: no figures, no signs")


def _entries(form: Form, names: str) -> dict[str, WordList]:
    return {name: WordList(form) for name in names.split()}


def _groups(form: Form, names: str, keys: str = "") -> dict[str, WordList]:
    return {name: WordList(form, Shape.GROUPS, frozenset(keys.split()) or None) for name in names.split()}


def _values(form: Form, names: str) -> dict[str, WordList]:
    return {name: WordList(form, Shape.VALUES) for name in names.split()}


TOPICS: dict[str, dict[str, WordList]] = {
    "abbreviations": _entries(SMALL, "abbreviations company_abbreviations pointed_abbreviations sentence_openers"),
    "agencies": _entries(AS_IN_NEWS, "agencies"),
    "anonymity": _entries(
        SMALL,
        "anchors condition_prepositions asking_verbs wishing_verbs refusing_verbs exposing_participles hidden_states "
        "naming_participles identifying_participles speaking_verbs reason_openers following_words",
    ),
    "boilerplate": {
        reason: WordList(PHRASE, Shape.GROUPS, frozenset(kinds.split())) for reason, kinds in BOILERPLATE.items()
    },
    "bylines": _entries(
        SMALL,
        "author_labels author_prepositions author_verbs job_qualifiers job_titles name_endings name_joints not_names "
        "place_name_particles published_stems correction_stems update_stems",
    ),
    "credits": _entries(SMALL, "sentence_endings author_notes sentence_openings")
    | _entries(AS_IN_NEWS, "labels picture_agencies"),
    "countries": _groups(SMALL, "countries") | _entries(SMALL, "states"),
    "dates": _values(
        AS_IN_NEWS,
        "months month_abbreviations weekdays weekday_abbreviations ones teens tens other_numbers ordinals units "
        "plural_units parts_of_day plural_parts_of_day seasons plural_seasons decades frequencies near_days references "
        "directions holidays",
    )
    | _groups(AS_IN_NEWS, "capitalised_classes classes")
    | _entries(
        AS_IN_NEWS,
        "months_that_are_words future_words past_words present_words not_past_words results_words words_before_months "
        "words_before_counts counted_nouns words_before_lengths words_before_durations match_words "
        "words_before_named_days person_titles months_that_are_people words_before_people words_behind_people "
        "words_behind_marches seasons_that_are_events words_behind_events words_before_shares possessives "
        "holidays_of_countries",
    ),
    "geography": _entries(AS_IN_NEWS, "regions natural_features sites"),
    "line_words": _entries(
        WORD,
        "function_words web_words excuses self_words legal_words site_words date_words status_words by_words",
    )
    | _groups(WORD, "months", "1 2 3 4 5 6 7 8 9 10 11 12"),
    "names": _entries(
        AS_IN_NEWS,
        "honorifics ranks offices title_modifiers role_nouns role_modifiers state_abbreviations company_forms "
        "organization_heads organization_heads_before_of known_organizations known_places demonyms times other_names "
        "event_heads place_heads function_words name_prefixes sport_words",
    )
    | _groups(
        AS_IN_NEWS,
        "words_before_names words_after_names",
        "places destinations firms speech deeds parts_of_places",
    )
    | _values(AS_IN_NEWS, "full_names"),
    "noun_phrases": _entries(
        SMALL,
        "starters prepositions joining_prepositions modifiers bound_adjectives nouns_without_noun past_verbs "
        "not_adverbs times not_in_names hanging_participles openers noun_like_words",
    ),
    "page_kinds": _entries(PHRASE, "blocked consent product redirect"),
    "places": _entries(
        AS_IN_NEWS,
        "within_words towards_words titles people_words hyphen_words government_verbs helping_words place_prepositions "
        "dealing_words part_words seat_words other_body_stems seat_joints site_words office_openers "
        "natural_words natural_openers currencies event_words match_words match_verbs against_words body_openers "
        "body_words area_words longer_names team_words",
    ),
    "roles": _entries(SMALL, "appositive_openers role_prepositions role_joints"),
    "speakers": _entries(
        SMALL,
        "spokespersons offices groups organizations documents media_nouns outlets outlet_endings media_in_general "
        "titles family determiners indefinites head_endings name_particles former_words senior_words pronouns "
        "possessive_pronouns people_in_general definites counts person_endings "
        "not_persons irregular_plurals source_nouns unnamed_nouns official_nouns knowing_words "
        "short_bodies withheld_words male_words female_words",
    )
    | _groups(SMALL, "official_roles people_roles"),
    "speech": _entries(
        SMALL,
        "saying_verbs labelling_verbs speech_nouns also_nouns be_forms have_forms modals adverbs articles pronouns "
        "shy_verbs addressing_verbs issuing_verbs reporting_verbs bare_verbs that_verbs promising_verbs "
        "denying_verbs chanting_words unsaid_words anonymity_words pointing_verbs outlet_verb_forms "
        "citing_participles interview_words opening_verb_forms conjunctions subordinating_conjunctions "
        "relative_pronouns quantifiers contractions first_person_pronouns days_of_speaking "
        "question_words titling_words work_words elisions",
    )
    | _groups(SMALL, "irregular_verbs particles"),
    "stop_words": _entries(SMALL, "stop_words"),
}
