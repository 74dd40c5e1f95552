"""How capitalised words are found: the pattern of a name's words, the runs they form, and where sentences begin."""

import re
from bisect import bisect_right
from itertools import groupby
from unicodedata import category

_LETTERS = [chr(c) for c in range(0x41, 0x1F00) if c < 0x530 or c >= 0x1E00]
UPPER = "".join(c for c in _LETTERS if category(c) in ("Lu", "Lt"))
ABBREVIATIONS = (
    "Mr Mrs Ms Dr Prof Rev Gen Lt Col Maj Capt Sgt Cpl Cmdr Adm Brig Sen Rep Gov Amb Hon Fr St Ste Mt Ft Supt Det Insp "
    "Inc Corp Co Ltd Bros Dept Assn Jr Sr Pte Pvt Cie Jan Feb Mar Apr Aug Sept Sep Oct Nov Dec No "
    "Msgr Atty Univ Vol Ave Blvd"
).split()


def _abbreviated() -> str:
    by_length = groupby(sorted(ABBREVIATIONS, key=len), key=len)
    return "|".join(rf"(?<=\b(?:{'|'.join(words)})\.)" for _, words in by_length)


_INNER = (
    rf"['’](?!(?:s|S|t|d|m|ll|ve|re)\b)\w+|-(?=(?:(?:al|el|ul|i|e|ud|ur)-)?[{UPPER}\d])\w+(?:-[{UPPER}]\w*)?"
    rf"|&(?=[{UPPER}])\w+|\.(?:com|net|org)\b"
)
_REST = rf"(?:\.(?:-?[{UPPER}]\.)*(?!\w)|\w*(?:{_INNER})*(?:\.(?!\w)(?:{_abbreviated()}))?)"
_PARTICLE = (
    "(?:de la|de las|de los|de|del|della|dalla|di|da|dos|do|du|des|van der|van den|van de|van|den"
    "|von der|von|zu|ten|ter|bin|ibn|al|el|y|bint|abu|ben|la|le)"
)
_LINK = rf"(?: (?:{_PARTICLE} |& |of (?:the )?|for (?:the )?|and |(?:al|el|ul|as|ash|an|ar|az)-)?)"
_TOKEN = f"[{UPPER}]{_REST}"
TOKEN = re.compile(_TOKEN)
# the first letter comes first, so that the engine can skip to it
RUN = re.compile(rf"[{UPPER}](?<![\w&@#/].){_REST}(?:{_LINK}{_TOKEN}){{0,11}}")
_STOP = re.compile(r"""[.!?…\n]["'”’)\]»]*\s*""")
_NO_END = {word.lower() for word in ABBREVIATIONS if word != "No"} | set(
    "vs etc al approx ca cf e.g i.e a.m p.m u.s u.n u.k d.c".split()
)


def sentence_starts(text: str) -> list[int]:
    """Return where each sentence begins; abbreviations, initials and decimals end none, a new line always does."""
    starts, length = [0], len(text)
    for stop in _STOP.finditer(text):
        after = stop.end()
        if after < length and _ends(text, stop.start(), after, stop[0]):
            starts.append(after)
    return starts


def sentence_index(starts: list[int], offset: int) -> int:
    """Return the number of the sentence that holds the offset."""
    return bisect_right(starts, offset) - 1


def _ends(text: str, stop: int, after: int, mark: str) -> bool:
    if "\n" in mark:
        return True
    if not mark[-1].isspace():
        return False
    if text[after:after + 3].lstrip("\"'“‘([« ")[:1].islower():
        return False
    if mark[0] != ".":
        return True
    before = text[max(0, stop - 12):stop].split()
    last = before[-1].lstrip("(\"'“‘") if before else ""
    return last.lower() not in _NO_END and not (len(last) == 1 and last.isupper())
