"""Read the title or role next to a person's name: before the name, or behind the name and a comma."""

import re

from newsmill.languages.word_lists import any_of, read_words
from newsmill.nlp import name_lists

REACH = 120
"""A role is sought in so many characters before and behind the name."""
_INSERTED = re.compile(r"\(\s?(?:[A-Z][\w.'’-]+)\s?\) $")
_BREAK = re.compile(r"[\n,;:!?()\[\]\"“”‘«»—–]|--|(?<=[a-z0-9]{4})\.(?= )")
_HEADS = name_lists.TITLES | name_lists.ROLE_NOUNS
_NEVER = name_lists.FUNCTION_WORDS | name_lists.TIMES
_WORD = re.compile(r"\S+")
_UPPER = "".join(filter(str.isupper, map(chr, (*range(0x530), *range(0x1E00, 0x1F00)))))
# a capitalised word: U.S., al-Rashid's second part, AT&T, O'Brien, but not the 's of a possessive
_CAPITALISED = rf"[{_UPPER}](?:\.(?:[{_UPPER}]\.)+|[\w&]*(?:['’](?!(?:s|S)\b)\w+|-\w+)*)"
_OPENERS, _PREPOSITIONS, _JOINTS = (
    any_of(read_words("en", "roles", name)) for name in ("appositive_openers", "role_prepositions", "role_joints")
)
_APPOSITIVE = re.compile(rf"\s?,\s(?:(?:{_OPENERS})\s)?((?:[\w.'’&-]+ ){{0,6}}[\w.'’-]+)")
_BELONGS = re.compile(
    rf"(?: (?:{_PREPOSITIONS})(?: the)? {_CAPITALISED}(?: (?:(?:{_JOINTS}) ){{0,2}}{_CAPITALISED}){{0,8}})?"
)


def find_role(text: str, start: int, end: int, floor: int = 0) -> str | None:
    """Return the role next to the person text[start:end]; the search goes back to `floor` at most."""
    return _read_before(text, start, floor) or _read_behind(text, end)


def skip_titles(text: str, start: int, end: int) -> int:
    """Return the start of the name in text[start:end] behind the titles."""
    if " " not in text[start:end]:
        return start
    for word in _WORD.finditer(text, start, end):
        if word.end() == end or not is_title(word[0]):
            return word.start()
    return start


def is_title(word: str) -> bool:
    """Report whether a capitalised word is a title, rank or office that precedes a name."""
    return word in name_lists.TITLES or (word.endswith(".") and word[:-1] in name_lists.TITLES and len(word) <= 6)


def _read_before(text: str, start: int, floor: int) -> str | None:
    window = text[max(floor, start - REACH) : start]
    if not window.endswith(" "):
        return None
    if window.endswith(") "):
        inserted = _INSERTED.search(window)
        window = window[: inserted.start()].rstrip() if inserted else window
    else:
        window = window[:-1]
    window = _drop_comma(window)
    last = window[window.rfind(" ") + 1 :]
    if last.islower() and last not in _HEADS:
        return None
    words = _BREAK.split(window)[-1].split(" ")
    return " ".join(words[_find_role_start(words) :]).strip() or None


def _drop_comma(window: str) -> str:
    """Return `the Peruvian leader, ` without the comma, if the last word is a role."""
    opened = window.rstrip(" ,")
    if len(opened) == len(window) or opened[opened.rfind(" ") + 1 :] not in name_lists.ROLE_NOUNS:
        return window
    return opened


def _find_role_start(words: list[str]) -> int:
    """Return the index of the first word of the role in front of the name; walk back from the name."""
    start, i = len(words), len(words) - 1
    while i >= 0 and (words[i] in _HEADS or is_title(words[i]) or _belongs_to_role(words, i)):
        if words[i] in _HEADS or is_title(words[i]) or start < len(words):
            start = i
        i -= 1
        if start == len(words) and len(words) - i > 5:
            break
    while start < len(words) and (words[start] in name_lists.FUNCTION_WORDS or words[start] in ("of", "and", "for")):
        start += 1
    return start


def _belongs_to_role(words: list[str], i: int) -> bool:
    """Report whether a word in front of a role noun or title is part of the role."""
    word = words[i]
    if word in ("of", "for"):
        return i > 0 and (words[i - 1] in _HEADS or words[i - 1].rstrip("s") in _HEADS)
    if word == "and":
        return i > 0 and words[i - 1] in name_lists.TITLE_MODIFIERS
    if word.endswith(("'s", "’s")):
        return False
    return word in name_lists.ROLE_MODIFIERS or (word[:1].isupper() and word not in _NEVER)


def _read_behind(text: str, end: int) -> str | None:
    if not text.startswith((",", " ,"), end):
        return None
    match = _APPOSITIVE.match(text, end, end + REACH)
    if not match:
        return None
    words = match[1].split(" ")
    for i, word in enumerate(words):
        if word in _HEADS:
            stop = match.start(1) + len(" ".join(words[: i + 1]))
            belongs = _BELONGS.match(text, stop, stop + REACH)
            return text[match.start(1) : belongs.end() if belongs else stop]
        if not (word in name_lists.ROLE_MODIFIERS or word in name_lists.TITLE_MODIFIERS or word[:1].isupper()):
            return None
    return None
