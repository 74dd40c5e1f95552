"""Reads the title or role that is printed with a person's name, before it or behind a comma."""

import re

from newsmill.nlp import name_lists

REACH = 120
_INSERTED = re.compile(r"\(\s?(?:[A-Z][\w.'’-]+)\s?\) $")
_BREAK = re.compile(r"[\n,;:!?()\[\]\"“”‘«»—–]|--|(?<=[a-z0-9]{4})\.(?= )")
_HEADS = name_lists.TITLES | name_lists.ROLE_NOUNS
_NEVER = name_lists.FUNCTION_WORDS | name_lists.TIMES
_WORD = re.compile(r"\S+")
_UPPER = "".join(filter(str.isupper, map(chr, (*range(0x530), *range(0x1E00, 0x1F00)))))
# a capitalised word: U.S., al-Rashid's second part, AT&T, O'Brien, but not the 's of a possessive
_CAPITALISED = rf"[{_UPPER}](?:\.(?:[{_UPPER}]\.)+|[\w&]*(?:['’](?!(?:s|S)\b)\w+|-\w+)*)"
_APPOSITIVE = re.compile(r"\s?,\s(?:(?:an?|the|its|his|her|their|one|who is)\s)?((?:[\w.'’&-]+ ){0,6}[\w.'’-]+)")
_BELONGS = re.compile(
    rf"(?: (?:of|for|at|in|with)(?: the)? {_CAPITALISED}(?: (?:(?:of|and|for|the|&) ){{0,2}}{_CAPITALISED}){{0,8}})?"
)


def role_of(text: str, start: int, end: int, floor: int = 0) -> str | None:
    """Return the role printed with the person text[start:end]; nothing before `floor` is looked at."""
    return _before(text, start, floor) or _behind(text, end)


def without_title(text: str, start: int, end: int) -> int:
    """Return where the name begins when the titles that open text[start:end] are left out."""
    if " " not in text[start:end]:
        return start
    for word in _WORD.finditer(text, start, end):
        if word.end() == end or not is_title(word[0]):
            return word.start()
    return start


def is_title(word: str) -> bool:
    """Tell whether a capitalised word is a title, rank or office that is set before a name."""
    return word in name_lists.TITLES or (word.endswith(".") and word[:-1] in name_lists.TITLES and len(word) <= 6)


def _before(text: str, start: int, floor: int) -> str | None:
    window = text[max(floor, start - REACH) : start]
    if not window.endswith(" "):
        return None
    if window.endswith(") "):
        inserted = _INSERTED.search(window)
        window = window[: inserted.start()].rstrip() if inserted else window
    else:
        window = window[:-1]
    window = _without_comma(window)
    last = window[window.rfind(" ") + 1 :]
    if last.islower() and last not in _HEADS:
        return None
    words = _BREAK.split(window)[-1].split(" ")
    return " ".join(words[_first_of_role(words) :]).strip() or None


def _without_comma(window: str) -> str:
    """Let `the Peruvian leader, ` end as `the Peruvian leader ` does, where the very last word is a role."""
    opened = window.rstrip(" ,")
    if len(opened) == len(window) or opened[opened.rfind(" ") + 1 :] not in name_lists.ROLE_NOUNS:
        return window
    return opened


def _first_of_role(words: list[str]) -> int:
    """Walk back from the name over the words that belong to its role."""
    first, i = len(words), len(words) - 1
    while i >= 0 and (words[i] in _HEADS or is_title(words[i]) or _qualifies(words, i)):
        if words[i] in _HEADS or is_title(words[i]) or first < len(words):
            first = i
        i -= 1
        if first == len(words) and len(words) - i > 5:
            break
    while first < len(words) and (words[first] in name_lists.FUNCTION_WORDS or words[first] in ("of", "and", "for")):
        first += 1
    return first


def _qualifies(words: list[str], i: int) -> bool:
    word = words[i]
    if word in ("of", "for"):
        return i > 0 and (words[i - 1] in _HEADS or words[i - 1].rstrip("s") in _HEADS)
    if word == "and":
        return i > 0 and words[i - 1] in name_lists.TITLE_MODIFIERS
    if word.endswith(("'s", "’s")):
        return False
    return word in name_lists.ROLE_MODIFIERS or (word[:1].isupper() and word not in _NEVER)


def _behind(text: str, end: int) -> str | None:
    if not text.startswith((",", " ,"), end):
        return None
    found = _APPOSITIVE.match(text, end, end + REACH)
    if not found:
        return None
    words = found[1].split(" ")
    for i, word in enumerate(words):
        if word in _HEADS:
            stop = found.start(1) + len(" ".join(words[: i + 1]))
            return text[found.start(1) : _BELONGS.match(text, stop, stop + REACH).end()]
        if not (word in name_lists.ROLE_MODIFIERS or word in name_lists.TITLE_MODIFIERS or word[:1].isupper()):
            return None
    return None
