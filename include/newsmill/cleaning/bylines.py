"""What stands around the opening of an article: byline, agency, dateline, time of publication."""

import re
from datetime import UTC, datetime, timedelta, timezone

from newsmill.cleaning.phrases import AGENCIES, MONTHS

LEAD_CHARS = 160
SITE_MARK = re.compile(" (?:[|–—·»-]|::) ")

# -- byline, agency, dateline ----------------------------------------------------------------------------------------

BY = re.compile(
    r"\s*(?:written |reported |posted |published |story |article |words |compiled )?"
    r"(?:by|von|par|por|di|door)\b[:\s]+(.{2,120})",
    re.I | re.S,
)
NAME_END = re.compile(
    r"[|•·/\n\t(\d@]|\s[-–—]\s|,? (?:on|at|for|in|of|is|published|updated|posted|reports?|staff|special)\b", re.I
)
NAME_JOINT = re.compile(r"\s*(?:,|;|&|\band\b|\bund\b|\bet\b|\by\b|\be\b|\ben\b)\s*")
NAME = re.compile(r"[^\W\d_][\w.'’-]*(?: [^\W\d_][\w.'’-]*){1,4}")
MIN_MONTH_CHARS = 4  # "May", "Mar" and "Juan" are names as well
NO_NAMES = frozenset(
    "staff writer writers reporter reporters correspondent editor news press times post daily online".split()
)

IN_BRACKETS = re.compile(r"\(([A-Z][\w .&/’'-]{1,30}?)\)")
CITY_LINE = re.compile(
    r"[\"“]?((?:[A-Z][\w.’'-]*[A-Z.]|[A-Z][\w.’'-]+)"
    r"(?:[ /-](?:[A-Z][\w.’'-]*|de|del|la|el|al|am|of|di|do|da|sur|on|upon)){0,4}"
    r"(?:, [A-Z][\w.’' -]{1,30}){0,2}(?:, \d{1,2}(?:\. )?(?:[A-Z][a-z]+)?)?)"
    r"\s*(\([^()\n]{2,40}\))?\s*(?:--|[-–—]|:)\s+\S"
)
CREDIT = re.compile(r"[-–—(\[]\s*([A-Z][\w .&/’'-]{1,30}?)\s*[)\]]?\s*$")


def authors_in(byline: str) -> list[str]:
    """Return the names that a byline gives."""
    told = BY.match(byline)
    if not told:
        return []
    named = NAME_END.split(told[1], maxsplit=1)[0]
    names = (" ".join(part.split()).strip(" .,;:-") for part in NAME_JOINT.split(named))
    return [name for name in map(_without_date, names) if NAME.fullmatch(name) and _is_person(name)]


def _without_date(name: str) -> str:
    """Return a name without the month of a date that was printed right behind it."""
    first, _, last = name.rpartition(" ")
    return first if last.casefold() in MONTHS and len(last) > MIN_MONTH_CHARS else name


def _is_person(name: str) -> bool:
    words = name.casefold().split()
    return (
        name[0].isupper() and name.casefold() not in AGENCIES and not any(word.strip(".") in NO_NAMES for word in words)
    )


def agency_in(lead: str, close: str, bylines: list[str]) -> str | None:
    """Return the agency as the text's opening, its last line or a byline prints it."""
    head = lead[:LEAD_CHARS].lstrip()
    for told in IN_BRACKETS.finditer(head):
        at_start = told.start() == 0 and not told[1].isdigit() and told[1].upper() == told[1]
        if at_start or (_agency(told[1]) and _opens(head[: told.start()])):
            return told[1]
    credit = CREDIT.search(close[-60:])
    if credit and _agency(credit[1]):
        return credit[1]
    return next((name for line in bylines for name in _names(line) if _agency(name)), None)


def _agency(name: str) -> bool:
    return any(part.strip().casefold() in AGENCIES for part in (name, *name.split("/")))


def _opens(before: str) -> bool:
    """Tell whether so little stands before a bracket that it can still belong to the dateline."""
    return len(before) < 60 and ". " not in before.rstrip()[:-1].replace("St. ", "").replace("Mt. ", "")


def _names(line: str) -> list[str]:
    told = BY.match(line)
    return [part.strip(" .,") for part in re.split(r"[,|/\n-]| and ", told[1] if told else line)]


def dateline_in(lead: str) -> str | None:
    """Return the place and date that open the text, without agency and dash."""
    told = CITY_LINE.match(lead[:LEAD_CHARS].lstrip())
    if not told:
        return None
    place = told[1].strip(" ,")
    is_marked = told[2] or place.split(",")[0].isupper() or "," in place
    return place if is_marked and len(place) > 2 and not place.startswith("By ") else None


# -- time of publication ---------------------------------------------------------------------------------------------

YEARS = (1990, 2100)
YEAR = re.compile(r"\d{4}")
ISO = re.compile(r"\b(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::\d{2}(?:\.\d+)?)?\s?(Z|[+-]\d{2}:?\d{2})?)?")
DAY_MONTH = re.compile(
    r"\b(\d{1,2})(?:st|nd|rd|th|er|\.|º)?\s+(?:de\s+|of\s+)?([^\W\d_]{3,10})\.?,?\s+(?:de\s+|del\s+)?(\d{4})\b"
)
MONTH_DAY = re.compile(r"\b([^\W\d_]{3,10})\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4})\b")
DOTTED = re.compile(r"\b(\d{1,2})\.(\d{1,2})\.(\d{4})\b")
CLOCK = re.compile(
    r"\b(\d{1,2})[:.](\d{2})(?::\d{2})?\s*([ap])?\.?\s?m?\b\.?\s*\(?(UTC|GMT|Z|BST|CET|CEST|EST|EDT|CST|CDT|MST|MDT|PST|PDT|ET)?\b",
    re.I,
)
OFFSETS = {
    "UTC": 0,
    "GMT": 0,
    "Z": 0,
    "BST": 1,
    "CET": 1,
    "CEST": 2,
    "EST": -5,
    "EDT": -4,
    "CST": -6,
    "CDT": -5,
    "MST": -7,
    "MDT": -6,
    "PST": -8,
    "PDT": -7,
}
DATE_LINE_WORDS = 30
LABELLED, PLAIN = 0.8, 0.6
SAYS_PUBLISHED = re.compile(r"publish|posted|veröffentlicht|publié|publicad|pubblicat", re.I)


def date_in(line: str) -> datetime | None:
    """Return the full date, with its time of day if told, of a line that gives it beyond doubt.

    UTC where no zone is told.
    """
    if not YEAR.search(line):
        return None
    for pattern, order in ((ISO, (1, 2, 3)), (DAY_MONTH, (3, 2, 1)), (MONTH_DAY, (3, 1, 2)), (DOTTED, (3, 2, 1))):
        for told in pattern.finditer(line):
            found = _moment(*(told[group] for group in order))
            if found:
                return _iso_time(found, told) if pattern is ISO and told[4] else _clock_time(found, line, told)
    return None


def _moment(year: str, month: str, day: str) -> datetime | None:
    number = int(month) if month.isdigit() else MONTHS.get(month.casefold(), 0)
    try:
        found = datetime(int(year), number, int(day), tzinfo=UTC)
    except ValueError:
        return None
    return found if YEARS[0] <= found.year <= YEARS[1] else None


def _iso_time(day: datetime, told: re.Match) -> datetime:
    zone = (told[6] or "Z").replace(":", "")
    hours = 0 if zone == "Z" else int(zone[:3]) + int(zone[0] + zone[3:]) / 60
    return _at(day, int(told[4]), int(told[5]), hours)


def _clock_time(day: datetime, line: str, date: re.Match) -> datetime:
    rest = line[: date.start()] + " \n " + line[date.end() :]
    told = CLOCK.search(rest)
    if not told:
        return day
    hour = int(told[1]) % 12 + 12 * (told[3].lower() == "p") if told[3] else int(told[1])
    return _at(day, hour, int(told[2]), OFFSETS.get((told[4] or "UTC").upper(), 0))


def _at(day: datetime, hour: int, minute: int, offset_hours: float) -> datetime:
    try:
        local = day.replace(hour=hour, minute=minute, tzinfo=timezone(timedelta(hours=offset_hours)))
        return local.astimezone(UTC)
    except (ValueError, OverflowError):
        return day


def published_in(lines: list[str]) -> tuple[datetime | None, float]:
    """Return the time of publication that the lines around a headline give, and how far it can be trusted."""
    plain = None
    for line in lines:
        if len(line) > 300 or line.count(" ") > DATE_LINE_WORDS or not (found := date_in(line)):
            continue
        if SAYS_PUBLISHED.search(line):
            return found, LABELLED
        plain = plain or found
    return plain, PLAIN if plain else 0.0


NOTE_MIN_WORDS = 4
CORRECTS = re.compile(
    r"correct|clarif|earlier version|previous version|misstated|misspell|misidentif|in error|korrektur|korrigiert"
    r"|berichtig|correctif|rectific|corrección|corregi|fe de err|correzion|errata|correç|corrig",
    re.I,
)
UPDATES = re.compile(
    r"updat|has been|revised|editor|aktualisier|ergänz|anmerkung|mis à jour|actualiza|aggiorna|atualiza|bijgewerkt",
    re.I,
)


def note_in(line: str) -> str | None:
    """Return what a line that notes a change to the article is: correction_note, update_note, or none of them."""
    if CORRECTS.search(line):
        return "correction_note"
    return "update_note" if UPDATES.search(line) and line.count(" ") >= NOTE_MIN_WORDS - 1 else None


def without_site(title: str | None, site: str | None) -> str | None:
    """Return the title without the name of its site behind a dash or a bar."""
    marks = list(SITE_MARK.finditer(title or ""))
    return title[: marks[-1].start()] if marks and _folded(title[marks[-1].end() :]) == _folded(site or "") else title


def _folded(name: str) -> str:
    return " ".join(name.casefold().removeprefix("the ").split())
