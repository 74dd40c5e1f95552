"""How capitalised words are found: the pattern of a name's words, the runs they form, and where sentences begin."""

import re
import sys
from bisect import bisect_right
from typing import NamedTuple
from unicodedata import category

_LETTERS = [chr(c) for c in range(0x41, 0x1F00) if c < 0x530 or c >= 0x1E00]
UPPER = "".join(c for c in _LETTERS if category(c) in ("Lu", "Lt"))
_ABBREVIATED = (
    "Mr|Mrs|Ms|Dr|Prof|Rev|Gen|Lt|Col|Maj|Capt|Sgt|Cpl|Cmdr|Adm|Brig|Sen|Rep|Gov|Amb|Hon|Fr|St|Ste|Mt|Ft|Supt|Det|Insp"
    "|Inc|Corp|Co|Ltd|Bros|Dept|Assn|Jr|Sr|Pte|Pvt|Cie|Jan|Feb|Mar|Apr|Aug|Sept|Sep|Oct|Nov|Dec|No|Msgr|Atty|Univ|Vol|Ave|Blvd"
)
_TOKEN = (
    rf"(?:(?:{_ABBREVIATED})\.(?!\w)"
    rf"|[{UPPER}]\.(?:-?[{UPPER}]\.)*(?!\w)"
    rf"|[{UPPER}]\w*(?:['’](?!(?:s|S|t|d|m|ll|ve|re)\b)\w+|-(?=(?:(?:al|el|ul|i|e|ud|ur)-)?[{UPPER}\d])\w+(?:-[{UPPER}]\w*)?|&(?=[{UPPER}])\w+|\.(?:com|net|org)\b)*)"
)
_PARTICLE = r"(?:de la|de las|de los|de|del|della|dalla|di|da|dos|do|du|des|van der|van den|van de|van|den|von der|von|zu|ten|ter|bin|ibn|al|el|y|bint|abu|ben|la|le)"
_LINK = rf"(?: | & | {_PARTICLE} | (?:al|el|ul|as|ash|an|ar|az)-| of the | of | for the | for | and )"
TOKEN = re.compile(_TOKEN)
RUN = re.compile(rf"(?<![\w&@#/])(?:(?:al|el|ul)-)?{_TOKEN}(?:{_LINK}{_TOKEN}){{0,11}}")
_END = re.compile(r"""[.!?…]+["'”’)\]»]*\s+(?=["'“‘(\[«]*\s*\S)|\n+""")
_NO_END = frozenset((_ABBREVIATED + "|vs|etc|al|approx|ca|cf|e.g|i.e|a.m|p.m|U.S|U.N|U.K|D.C").lower().split("|")) - {"no"}


class Word(NamedTuple):
    """One word of a run."""

    start: int
    end: int
    text: str


def words_of(text: str, start: int, end: int) -> list[Word]:
    """Return the capitalised words of text[start:end]."""
    return [Word(m.start(), m.end(), sys.intern(m[0])) for m in TOKEN.finditer(text, start, end)]


def sentence_starts(text: str) -> list[int]:
    """Return where each sentence begins; abbreviations, initials and decimals end none, a new line always does."""
    starts = [0]
    for end in _END.finditer(text):
        if end.end() < len(text) and ("\n" in end[0] or _closes(text, end.start(), end.end())):
            starts.append(end.end())
    return starts


def sentence_index(starts: list[int], offset: int) -> int:
    """Return the number of the sentence that holds the offset."""
    return bisect_right(starts, offset) - 1


def _closes(text: str, stop: int, after: int) -> bool:
    if text[stop] != ".":
        return True
    opener = text[after:after + 3].lstrip("\"'“‘([« ")[:1]
    if opener.islower():
        return False
    before = text[max(0, stop - 12):stop].split()
    last = before[-1].lstrip("(\"'“‘") if before else ""
    return last.lower() not in _NO_END and not (len(last) == 1 and last.isupper())
