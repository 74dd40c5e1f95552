"""Generated news: sentences, pages and dumps that look like news and break like real dumps.

A seed gives the same document each time, so a failing list of seeds can be halved down to one document.
"""

import random
from collections.abc import Callable, Sequence

import dumps

PEOPLE = (
    "Marit Halvorsen",
    "Adaeze Okoro",
    "J. R. Pell",
    "Dr. Li Wei",
    "Sen. Ruth Amaya-Cole",
    "al-Rashid",
    "Vos",
    "Yusuf",
    "O’Dowd",
    "King Harald V",
    "İzmirli",
    "de la Cruz",
    "Ngo Thi Hoa",
    "ANNA KOWALSKA",
    "April May",
    "Paris Jackson",
)
PLACES = (
    "Oslo",
    "Asaba, Delta State",
    "Springfield, Ill.",
    "Georgia",
    "Washington",
    "New York, New York",
    "Cork",
    "Reading",
    "St. Paul",
    "Côte d’Ivoire",
    "North Ossetia-Alania",
    "São Paulo",
    "Bergen, Norway",
    "the West Bank",
    "Paris, Texas",
)
ORGANISATIONS = (
    "Acme Shipping Ltd.",
    "the Ministry of Transport",
    "UNICEF",
    "Harbor Wire",
    "Bank of England",
    "AT&T",
    "Al Jazeera",
    "the Delta State Police Command",
    "Manchester United",
    "F.C. Oslo",
    "the U.S. Department of State (DOS)",
)
ROLES = (
    "the director",
    "a senior official",
    "two people familiar with the matter",
    "police",
    "she",
    "the 34-year-old",
    "a spokesman for the ministry",
    "sources",
    "the mayor of Oslo",
    "a Delta State-based trader",
    "critics",
)
DATES = (
    "on Monday",
    "March 3, 2026",
    "3/4/26",
    "2026-03-01T08:30:00Z",
    "last week",
    "in the third quarter",
    "1990s",
    "May",
    "two days ago",
    "9:18 p.m. ET",
    "31.02.2026",
    "Sept. 31",
    "the 5th",
    "next year",
    "24/7",
    "1-2-3-4-5",
    "noon",
)
CUES = ("said", "told reporters", "asked", "according to", "denied that", "wrote on X", "said:", "added", "warned")
MARKS = (("“", "”"), ('"', '"'), ("‘", "’"), ("«", "»"), ("„", "“"), ("''", "''"), ("“", ""), ("", "”"), ("—", ""))
ODD = (
    "",
    " ",
    "\u200b",
    "\u202e",
    "\u0301",
    "\ufeff",
    "\x1b[31m",
    "\x00",
    "🙂",
    "中文新闻",
    "خبر عاجل",
    "ﬁ",
    "\u2028",
    "\r",
    "&nbsp;",
    "&lt;b&gt;",
    "<br>",
    "<script>alert(1)</script>",
    "$4.5 million",
    "###",
    "- - -",
    "|",
    "\\",
    "%s",
    "{}",
    "…",
)
TAGS = (
    "div p span article section li ul table td b a h1 figcaption nav aside blockquote details noscript template pre "
    "iframe main"
).split()
ATTRIBUTES = (
    "",
    " role=navigation",
    ' class="story-body"',
    " hidden",
    ' style="display:none"',
    " id=comments",
    ' lang="ar"',
)
CONTAINERS = ("jsonl", "json", "csv", "parquet", "warc")
FIELDS = ("id", "url", "title", "text")


class Writer:
    """A writer of one document; the seed determines every choice."""

    def __init__(self, seed: int):
        self.random = random.Random(seed)

    def pick(self, *lists: Sequence[str]) -> str:
        return self.random.choice([item for listed in lists for item in listed])

    def repeat(self, write: Callable[[], str], most: int) -> list[str]:
        return [write() for _ in range(self.random.randint(1, most))]

    def name(self) -> str:
        return self.pick(PEOPLE, PLACES, ORGANISATIONS, ROLES)

    def clause(self) -> str:
        return f"{self.name()} will meet {self.name()} in {self.pick(PLACES)} {self.pick(DATES)}"

    def quotation(self) -> str:
        """Write words in quotation marks that may not match, nest or never close."""
        opens, closes = self.random.choice(MARKS)
        inner = self.quotation() if self.random.random() < 0.3 else self.clause()
        return f"{opens}{inner}{closes}{self.pick((',', '.', '?', ''))}"

    def sentence(self) -> str:
        return self.random.choice((
            lambda: f"{self.quotation()} {self.pick(CUES)} {self.name()} {self.pick(DATES)}.",
            lambda: f"{self.name()} {self.pick(CUES)} {self.quotation()}",
            lambda: f"{self.pick(PEOPLE)}, an {self.pick(PLACES)}-based trader, {self.pick(CUES)} {self.clause()}.",
            lambda: f"{self.pick(PLACES)} — {self.clause()} {self.pick(ODD)}",
            lambda: f"{self.pick(ODD)}{self.name()}{self.pick(ODD)}{self.pick(DATES)}{self.pick(ODD)}",
            lambda: f"{self.pick(PEOPLE)}, {self.pick(ORGANISATIONS)}, {self.pick(PLACES)} and {self.pick(DATES)}",
        ))()  # fmt: skip

    def paragraph(self) -> str:
        return " ".join(self.repeat(self.sentence, 5))

    def text(self) -> str:
        return self.pick(("\n", "\n\n", "\r\n", " ")).join(self.repeat(self.paragraph, 10))

    def element(self, depth: int = 4) -> str:
        """Write markup that may be nested wrongly, unclosed or hidden."""
        tag = self.pick(TAGS)
        content = "".join(self.repeat(lambda: self.element(depth - 1), 3)) if depth else self.paragraph()
        return f"<{tag}{self.pick(ATTRIBUTES)}>{content}{self.pick((f'</{tag}>', f'</{tag}>', '', '</div>'))}"

    def page(self) -> str:
        return f"<!doctype html><html><head><title>{self.clause()}</title></head><body>{self.element()}{self.element()}"

    def record(self, number: int) -> dict:
        """Write a record with missing or odd fields."""
        text = self.text() if self.random.random() < 0.6 else self.page()
        record = {"id": f"r{number}", "url": f"https://kestrel.example/{number}", "title": self.clause(), "text": text}
        more = {"author": self.pick(PEOPLE), "language": self.pick(ODD), "published": self.pick(DATES),
                "publisher": self.pick(ORGANISATIONS), "section": self.pick(ODD)}  # fmt: skip
        return record | {name: value for name, value in more.items() if self.random.random() < 0.4}


def make_dump(seeds: Sequence[int], container: str, packing: str) -> bytes:
    """Return a packed container with one record for each seed."""
    records = [Writer(seed).record(number) for number, seed in enumerate(seeds)]
    named = container in ("jsonl", "json")
    rows = records if named else [{name: record[name] for name in FIELDS} for record in records]
    return dumps.PACK[packing](dumps.FORMATS[container](rows))
