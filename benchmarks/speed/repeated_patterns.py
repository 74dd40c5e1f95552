"""Texts for the test that every stage takes linear time: short strings repeated, and generated text."""

import json
from collections.abc import Callable, Iterator
from functools import partial
from itertools import count
from random import Random

PATTERNS = {
    # rules, dots and other signs
    "hyphens": "-",
    "hyphens spaced": "- ",
    "em dashes": "—",
    "em dashes spaced": "— ",
    "underscores": "_",
    "equals signs": "=",
    "asterisks": "*",
    "asterisks spaced": "* * * ",
    "tildes": "~",
    "number signs": "#",
    "bars": "|",
    "bars spaced": " | ",
    "slashes": "/",
    "backslashes": "\\",
    "dots": ".",
    "dots spaced": ". ",
    "ellipses": "…",
    "commas": ",",
    "commas spaced": ", ",
    "semicolons": "; ",
    "colons": ":",
    "exclamation marks": "!",
    "question marks": "? ",
    "at signs": "@",
    "ampersands": "&",
    "per cent signs": "% ",
    "dollar signs": "$",
    "bullets": "• ",
    "box drawing": "─",
    # blanks and breaks
    "blanks": "a" + " " * 15,
    "long blanks": "a" + " " * 3000,
    "long blank lines": "a" + "\n" * 3000,
    "tabs": "\t",
    "newlines": "x\n",
    "blank lines": "\n\n\n.",
    "carriage returns": "a\r\n",
    "fixed blanks": "\u00a0a",
    "zero-width blanks": "\u200b",
    "zero-width joiners": "a\u200d",
    "soft hyphens": "ex\u00adam\u00adple ",
    "direction marks": "\u200ea\u200f ",
    "byte order marks": "\ufeff",
    "form feeds": "a\x0c",
    # letters
    "one small letter": "a",
    "one capital": "A",
    "small letters": "a ",
    "capitals": "A ",
    "initials": "A. B. C. ",
    "initials glued": "A.B.C.",
    "initials and name": "J. R. Marlow ",
    "one long word": "supercalifragilistic",
    "hyphenated words": "well-",
    "apostrophes in words": "o'",
    "possessives": "Harrow's ",
    "abbreviations": "Inc. ",
    "combining marks": "e\u0301",
    "combining marks stacked": "\u0301\u0302\u0303",
    "accents": "Élodie ",
    "mixed case": "aBcD",
    # figures
    "digits": "7",
    "digits spaced": "7 ",
    "number list": "12, ",
    "thousands": "1,000 ",
    "thousands glued": ",000",
    "decimals": "3.14 ",
    "decimals glued": ".5",
    "prices": "$4.99 ",
    "prices with names": "$ 12.50 Sugar 1 kg ",
    "per cents": "4.5% ",
    "fractions": "1/2/",
    "fractions spaced": "1/2 ",
    "phone numbers": "555-0134-",
    "ordinals": "3rd ",
    "roman numerals": "XIV ",
    "scores": "3-2, 1-0 ",
    "number words": "twenty-five ",
    "number words joined": "hundred and ",
    "clock times": "10:30 ",
    "clock glued": "10:",
    "half hours": "9 a.m. ",
    # dates
    "slashed dates": "11/22/2026 ",
    "iso dates": "2026-11-22 ",
    "iso dates glued": "2026-11-",
    "years": "in 2020 ",
    "years alone": "2020 ",
    "years short": "'98 ",
    "decades": "1990s ",
    "month names": "January ",
    "may": "May ",
    "dates": "March 3, 2026, ",
    "day and month": "3 March ",
    "weekdays": "Monday ",
    "weekdays joined": "Monday and ",
    "last and next": "last next ",
    "the first of the": "the first of the ",
    "durations": "two years ",
    "ago": "ago ",
    "durations joined": "three days and ",
    "quarters": "third quarter ",
    "seasons": "summer of ",
    "now and then": "now, later, today ",
    # speech
    "said": "said ",
    "he said": "he said. ",
    "said names": "said Hale, ",
    "told reporters": "told reporters that ",
    "according to": "according to ",
    "on condition of anonymity": "an official said on condition of anonymity. ",
    "not authorised to speak": "an official said he was not authorised to speak ",
    "reasons that never end": "an official said that anonymous because ",
    "straight quotes": '"',
    "straight quotes spaced": '" ',
    "open curly quotes": "“",
    "open curly quotes in text": "“we will see ",
    "closed curly quotes": "we saw” ",
    "open low quotes": "„da ",
    "open guillemets": "«oui ",
    "closed guillemets": "»nein ",
    "open single quotes": "‘so ",
    "open corner brackets": "「",
    "mixed quotes": "\"“‘'«„",
    "short quotations": '"Yes," he said. ',
    "curly quotations": "“No,” Hale said. ",
    "quoted titles": "the “Harbour” and ",
    "quote at line start": '"and\n',
    "open round brackets": "(",
    "nested brackets": "([{",
    "bracketed words": "(a) ",
    "closing brackets": ")",
    # names and places
    "titles": "Mr. ",
    "titles and names": "President Ann Hale ",
    "roles": "chief executive officer of ",
    "of the": "of the ",
    "and the": "and ",
    "names": "Ann Hale ",
    "names listed": "Ann Hale, ",
    "surnames": "Hale ",
    "suffixes of names": "Jr., ",
    "names and roles": "Ann Hale, the minister, ",
    "names and speaking roles": "Ida Marlow slept. The mayor said it rained.\n",
    "organisations": "Harbour Bank Ltd ",
    "organisations joined": "Bank of the North of ",
    "places": "Paris ",
    "places listed": "New York, ",
    "places nested": "Springfield, Ohio, ",
    "places of origin": "Oslo-based ",
    "counties": "Clark, Union and Greene counties ",
    "places in brackets": "Paris (France) ",
    "datelines": "LONDON (Wire) - ",
    "countries": "France and Germany ",
    "compass": "north of south of ",
    "capitals and small words": "The Of The And ",
    # lines of pages
    "list items": "- item\n",
    "list items and colons": "- item:\n",
    "items below a colon": "we saw these:\n- item\n",
    "numbered items": "1. item\n",
    "menu lines": "Home\nNews\nSport\n",
    "table rows": "Hale\t12\t3.5\n",
    "table columns": "a  b  c  ",
    "byline lines": "By Ann Hale\n",
    "share lines": "Share on Wall\nRead more\n",
    "legal lines": "All rights reserved. Terms of use and privacy policy apply.\n",
    "said and a dot": "He left the U.S. ",
    "sentences": "The ferry left the harbour at noon. ",
    "sentence lines": "The ferry left the harbour at noon.\n",
    "urls": "https://news.example/a/b?c=d ",
    "urls glued": "http://a.example/",
    "emails": "desk@news.example ",
    "emails glued": "a@b.",
    "handles": "@harbour #ferry ",
    "file paths": "a/b.c/",
    # markup
    "open tags": "<b>",
    "unclosed tags": "<div ",
    "tag openers": "<",
    "tag closers": ">",
    "closing tags": "</p>",
    "paragraph tags": "<p>a</p>",
    "nested lists": "<ul><li>a",
    "tables": "<table><tr><td>a",
    "comments": "<!-- a ",
    "comment closers": "-->",
    "scripts": "<script>a",
    "script strings": '<script type="application/ld+json">{"a":',
    "attributes": '<a href="/x" title=\'',
    "links": '<a href="/x">a</a> ',
    "headings": "<h2>Hale",
    "metas": '<meta name="author" content="Ann Hale">',
    "titles of pages": "<title>a",
    "entities": "&amp;",
    "entities open": "&am",
    "number entities": "&#8220;",
    "number entities open": "&#x",
    "cdata": "<![CDATA[",
    "json": '{"a":[',
    "json escaped": '\\"a\\":',
    "json commas": ",  ",
    # other scripts
    "emoji": "😀",
    "flags": "🇫🇷",
    "emoji families": "👩‍👩‍👧 ",
    "chinese": "新闻",
    "chinese sentences": "他说。",
    "japanese": "「はい」と",
    "korean": "뉴스 ",
    "arabic": "قال ",
    "arabic quotes": "«قال» ",
    "hebrew": "אמר ",
    "hindi": "कहा ",
    "thai": "ข่าว",
    "russian": "сказал ",
    "greek": "είπε ",
    "german": "sagte der Präsident, ",
    "mojibake": "â€œ",
    "mojibake letters": "Ã©",
    "replacement marks": "\ufffd",
    "surrogate escapes": "\ud83d",
    "controls": "a\x01",
    "private use": "\ue000",
}


PARAGRAPH_CHARS = 400


def make_page(name: str, form: str, chars: int) -> bytes:
    """Return a page of a pattern, or of made-up text, in a form and of about so many characters."""
    return FORMS[form](partial(write_text, name), chars).encode("utf-8", "surrogatepass")


def write_text(name: str, chars: int) -> str:
    """Return a repeated pattern or generated text, cut to a length; longer texts extend shorter ones."""
    if name in PATTERNS:
        return (PATTERNS[name] * (chars // len(PATTERNS[name]) + 1))[:chars]
    pieces, size = [], 0
    for piece in GENERATED[name](Random(SEED)):
        pieces.append(piece)
        size += len(piece)
        if size >= chars:
            return "".join(pieces)[:chars]
    raise ValueError(f"{name} ends before {chars} characters")


# -- made-up text ------------------------------------------------------------------------------------------------------


def _mixed_patterns(random: Random) -> Iterator[str]:
    while True:
        yield random.choice([*PATTERNS.values()]) * random.randint(1, 8)


def _make_person(random: Random) -> str:
    return " ".join("".join(random.choices(SYLLABLES, k=3)).capitalize() for _ in range(2))


def _sentences_of_people(random: Random) -> Iterator[str]:
    for i in count():
        yield f'{_make_person(random)} said that {i} was right. "We saw {i} of them," {_make_person(random)} said. '


def _names_of_towns(random: Random) -> Iterator[str]:
    from newsmill.places.gazetteer import load_gazetteer

    towns = load_gazetteer().name
    while True:
        yield f"{towns[random.randrange(len(towns))]}, "


def _sentences_again(random: Random) -> Iterator[str]:
    """Yield sentences, every other one a repetition."""
    sentences = [" ".join("".join(random.choices(SYLLABLES, k=2)) for _ in range(24)).capitalize() for _ in range(40)]
    for i in count():
        sentence, person, other = sentences[i % len(sentences)], _make_person(random), _make_person(random)
        yield f"{sentence}. Only once it says {i} {person} and {other} of it. "


SEED = 20260305
SYLLABLES = "ka lo mi re sa ton ber gan dor vel mar hen lin pol tra".split()
GENERATED: dict[str, Callable[[Random], Iterator[str]]] = {
    "mixed patterns": _mixed_patterns,
    "people": _sentences_of_people,
    "towns": _names_of_towns,
    "sentences again": _sentences_again,
}

# -- forms -------------------------------------------------------------------------------------------------------------


def _as_markup(text: Callable[[int], str], chars: int) -> str:
    """Return a page of markup: half one long paragraph, half many short ones."""
    short = f"<p>{text(PARAGRAPH_CHARS)}</p>\n" * (chars // 2 // PARAGRAPH_CHARS)
    body = f"<p>{text(chars // 2)}</p>\n{short}"
    return f"<html><head><title>A page</title></head><body>{body}</body></html>"


def _as_head(text: Callable[[int], str], chars: int) -> str:
    """Return a page of markup with the text in title, author and JSON-LD, and a short body."""
    filled = text(chars // 4)
    quoted = filled.replace('"', "&quot;")
    head = f'<title>{quoted}</title><meta name="author" content="{quoted}">'
    scripts = (json.dumps({"@type": "NewsArticle", "author": filled}), f'{{"headline": {filled}}}')
    head += "".join(f'<script type="application/ld+json">{script}</script>' for script in scripts)
    return f"<html><head>{head}</head><body><p>A page.</p></body></html>"


FORMS = {"text": lambda text, chars: text(chars), "html": _as_markup, "head": _as_head}
NAMES = (*PATTERNS, *GENERATED)
