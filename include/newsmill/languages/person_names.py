"""The form of a person's name, against the names of newspapers and sites."""

from newsmill.languages.word_lists import join_words

NO_NAMES = frozenset(join_words("bylines", "not_names"))
MIN_WORDS, MAX_WORDS = 2, 4
"""A site of one word, such as Krone, has the form of a surname; a name with more than four words is a title."""


def is_personal_name(name: str) -> bool:
    """Report whether the first and the last of a few words begin with a capital, and none names a newspaper."""
    words = name.split()
    is_capitalized = MIN_WORDS <= len(words) <= MAX_WORDS and words[0][0].isupper() and words[-1][0].isupper()
    return is_capitalized and not name.isupper() and words[0] != "The" and not NO_NAMES & set(name.casefold().split())
