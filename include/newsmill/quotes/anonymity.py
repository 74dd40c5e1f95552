"""Finds the explanation of a speaker's anonymity, such as "on condition of anonymity because …"."""

import re
from collections.abc import Iterator

Span = tuple[int, int]

_REASON_CLAUSE = r"(?:[^\S\n]+(?:because|as|since|to|for|citing|due|in order|given|while)\b[^.;:\n\"“”()\[\]—–]*?)?"
_SPEAKING_VERB = r"(?:speak|talk|comment|discuss|brief|disclose|be (?:quoted|named|identified))"
ANONYMITY_PATTERN = re.compile(
    r"\b(?:(?:on|under|upon)[^\S\n](?:the[^\S\n])?(?:strict[^\S\n])?condition[^\S\n](?:of[^\S\n]anonymity|"
    r"(?:that[^\S\n])?(?:\w+[^\S\n]){1,3}not[^\S\n]be[^\S\n](?:named|identified|quoted|used))"
    r"|(?:requested|requesting|granted|given|sought|seeking|insisted[^\S\n]on|demanded|asked[^\S\n]for)[^\S\n]anonymity"
    r"|anonymously"
    r"|(?:asked|asking|wished|wishing|preferred|preferring|requested|requesting|wanted|wanting)[^\S\n]"
    r"(?:not[^\S\n]to[^\S\n]be|to[^\S\n]not[^\S\n]be|to[^\S\n]remain|to[^\S\n]stay|that[^\S\n](?:\w+[^\S\n]){1,3}not[^\S\n]be)"
    r"[^\S\n](?:named|identified|anonymous|unnamed|quoted|used)(?:[^\S\n]by[^\S\n]name)?"
    r"|(?:declined|declining|refused|refusing|did[^\S\n]not[^\S\n]want|did[^\S\n]not[^\S\n]wish)[^\S\n]to[^\S\n]be[^\S\n]"
    r"(?:named|identified|quoted[^\S\n]by[^\S\n]name)"
    r"|(?:was|were|is|are)(?:[^\S\n]not|n['’]t)[^\S\n]authori[sz]ed[^\S\n]to[^\S\n]"
    + _SPEAKING_VERB
    + r"[^.,;:\n\"“”()]*"
    r"|not[^\S\n]authori[sz]ed[^\S\n]to[^\S\n]" + _SPEAKING_VERB + r"[^.,;:\n\"“”()]*"
    r"|could[^\S\n]not[^\S\n]be[^\S\n](?:named|identified)"
    r")" + _REASON_CLAUSE + r"(?=[.,;:\n\"“”()\[\]—–]|$|[^\S\n]+(?:and|said|told|says)\b)",
    re.IGNORECASE,
)

# ANONYMITY_PATTERN is slow and matches only near one of these words, so the search visits these places alone.
ANCHOR_WORD = re.compile(r"anonym|authori[sz]ed|be (?:named|identified|quoted|used)")
CHARS_BEFORE_ANCHOR, CHARS_AFTER_ANCHOR = 60, 300
"""Bounds of the search around an anchor word: in characters before and behind the word.

Half of the second would cut reasons off; twice costs time only. Set by hand; no measurement is on record.
"""


def find_anonymity_reasons(text: str) -> Iterator[Span]:
    """Yield the spans of a text with the explanation of a speaker's anonymity."""
    search_start = 0
    for anchor in ANCHOR_WORD.finditer(text):
        match = ANONYMITY_PATTERN.search(
            text, max(anchor.start() - CHARS_BEFORE_ANCHOR, search_start), anchor.end() + CHARS_AFTER_ANCHOR
        )
        if match:
            yield match.span()
            search_start = match.end()
