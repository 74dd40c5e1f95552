"""Read the lines around the opening of an article: byline, agency, dateline, time of publication, notes on changes.

The words of these lines are data of the room `languages`: `<code>/bylines.toml`. The patterns stay here.
"""

import re
from datetime import UTC, datetime, timedelta, timezone

from newsmill.cleaning.phrases import AGENCIES, MONTHS
from newsmill.languages.word_lists import join_words

LEAD_CHARS = 160
"""The dateline and the agency are sought in so many characters of the text; datelines are under 100."""
CLOSE_CHARS = 60
"""The length of text, from the end, in which a credit is sought."""
SITE_MARK = re.compile(" (?:[|–—·»-]|::) ")


def _any_of(name: str, behind: str = "") -> str:
    """Return a pattern for the entries of a list of all languages, each followed by the same text."""
    return f"(?:{'|'.join(re.escape(entry) + behind for entry in join_words('bylines', name))})"


# -- byline, agency, dateline ----------------------------------------------------------------------------------------

BY = re.compile(rf"\s*{_any_of('author_verbs', ' ')}?{_any_of('author_prepositions')}\b[:\s]+(.{{2,120}})", re.I | re.S)
NAME_END = re.compile(rf"[|•·/\n\t(\d@]|\s[-–—]\s|,? {_any_of('name_endings')}\b", re.I)
NAME_JOINT = re.compile(rf"\s*(?:,|;|&|\b{_any_of('name_joints')}\b)\s*")
NAME = re.compile(r"[^\W\d_][\w.'’-]*(?: [^\W\d_][\w.'’-]*){1,4}")
MIN_MONTH_CHARS = 4  # "May", "Mar" and "Juan" are names as well
NO_NAMES = frozenset(join_words("bylines", "not_names"))

IN_BRACKETS = re.compile(r"\(([A-Z][\w .&/’'-]{1,30}?)\)")
CITY_LINE = re.compile(
    r"[\"“]?((?:[A-Z][\w.’'-]*[A-Z.]|[A-Z][\w.’'-]+)"
    rf"(?:[ /-](?:[A-Z][\w.’'-]*|{_any_of('place_name_particles')})){{0,4}}"
    r"(?:, [A-Z][\w.’' -]{1,30}){0,2}(?:, \d{1,2}(?:\. )?(?:[A-Z][a-z]+)?)?)"
    r"\s*(\([^()\n]{2,40}\))?\s*(?:--|[-–—]|:)\s+\S"
)
CREDIT = re.compile(r"[-–—(\[]\s*([A-Z][\w .&/’'-]{1,30}?)\s*[)\]]?\s*$")


def find_authors(byline: str) -> list[str]:
    """Return the names of the authors in a byline."""
    match = BY.match(byline)
    if not match:
        return []
    listed = NAME_END.split(match[1], maxsplit=1)[0]
    names = (" ".join(part.split()).strip(" .,;:-") for part in NAME_JOINT.split(listed))
    return [name for name in map(_remove_month, names) if NAME.fullmatch(name) and _is_person(name)]


def _remove_month(name: str) -> str:
    """Return a name without the month of a following date."""
    rest, _, last = name.rpartition(" ")
    return rest if last.casefold() in MONTHS and len(last) > MIN_MONTH_CHARS else name


def _is_person(name: str) -> bool:
    words = name.casefold().split()
    return (
        name[0].isupper() and name.casefold() not in AGENCIES and not any(word.strip(".") in NO_NAMES for word in words)
    )


def find_agency(lead: str, close: str, bylines: list[str]) -> str | None:
    """Return the name of the agency as written in the opening, the end or a byline of the text."""
    head = lead[:LEAD_CHARS].lstrip()
    for match in IN_BRACKETS.finditer(head):
        opens_text = match.start() == 0 and not match[1].isdigit() and match[1].upper() == match[1]
        if opens_text or (_is_agency(match[1]) and _is_dateline(head[: match.start()])):
            return match[1]
    credit = CREDIT.search(close[-CLOSE_CHARS:])
    if credit and _is_agency(credit[1]):
        return credit[1]
    return next((name for line in bylines for name in _split_names(line) if _is_agency(name)), None)


def _is_agency(name: str) -> bool:
    return any(part.strip().casefold() in AGENCIES for part in (name, *name.split("/")))


def _is_dateline(before: str) -> bool:
    """Report whether the text before a bracket is short enough for a dateline and has no full sentence."""
    return len(before) < 60 and ". " not in before.rstrip()[:-1].replace("St. ", "").replace("Mt. ", "")


def _split_names(line: str) -> list[str]:
    match = BY.match(line)
    return [part.strip(" .,") for part in re.split(r"[,|/\n-]| and ", match[1] if match else line)]


def find_dateline(lead: str) -> str | None:
    """Return place and date at the opening of the text, without agency and dash."""
    match = CITY_LINE.match(lead[:LEAD_CHARS].lstrip())
    if not match:
        return None
    place = match[1].strip(" ,")
    is_marked = match[2] or place.split(",")[0].isupper() or "," in place
    return place if is_marked and len(place) > 2 and not place.startswith("By ") else None


# -- time of publication ---------------------------------------------------------------------------------------------

YEARS = (1990, 2100)
"""The range of years of publication; a date outside is a misprint or history."""
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
"""Hours before (-) or ahead of UTC."""
DATE_LINE_WORDS = 30
"""A line with more words is prose without a time of publication."""
LABELLED, PLAIN = 0.8, 0.6
"""Confidence in a date with a label such as "Published", and in a date without."""
PUBLISHED = re.compile(_any_of("published_stems"), re.I)


def date_in(line: str) -> datetime | None:
    """Return the full date of a line, with the time of day where the line has one; UTC where the line names no zone.

    A date with an unclear order of day and month, such as 3/4/2026, is skipped.
    """
    if not YEAR.search(line):
        return None
    for pattern, order in ((ISO, (1, 2, 3)), (DAY_MONTH, (3, 2, 1)), (MONTH_DAY, (3, 1, 2)), (DOTTED, (3, 2, 1))):
        for match in pattern.finditer(line):
            day = _parse_day(*(match[group] for group in order))
            if day:
                return _add_iso_time(day, match) if pattern is ISO and match[4] else _add_clock_time(day, line, match)
    return None


def _parse_day(year: str, month: str, day: str) -> datetime | None:
    month_number = int(month) if month.isdigit() else MONTHS.get(month.casefold(), 0)
    try:
        date = datetime(int(year), month_number, int(day), tzinfo=UTC)
    except ValueError:
        return None
    return date if YEARS[0] <= date.year <= YEARS[1] else None


def _add_iso_time(day: datetime, match: re.Match[str]) -> datetime:
    zone = (match[6] or "Z").replace(":", "")
    hours = 0 if zone == "Z" else int(zone[:3]) + int(zone[0] + zone[3:]) / 60
    return _add_time(day, int(match[4]), int(match[5]), hours)


def _add_clock_time(day: datetime, line: str, date: re.Match[str]) -> datetime:
    rest = line[: date.start()] + " \n " + line[date.end() :]
    clock = CLOCK.search(rest)
    if not clock:
        return day
    hour = int(clock[1]) % 12 + 12 * (clock[3].lower() == "p") if clock[3] else int(clock[1])
    return _add_time(day, hour, int(clock[2]), OFFSETS.get((clock[4] or "UTC").upper(), 0))


def _add_time(day: datetime, hour: int, minute: int, offset_hours: float) -> datetime:
    try:
        local = day.replace(hour=hour, minute=minute, tzinfo=timezone(timedelta(hours=offset_hours)))
        return local.astimezone(UTC)
    except (ValueError, OverflowError):
        return day


def find_publication_time(lines: list[str]) -> tuple[datetime | None, float]:
    """Return (time of publication, confidence) from the lines around a headline."""
    plain = None
    for line in lines:
        if len(line) > 300 or line.count(" ") > DATE_LINE_WORDS or not (date := date_in(line)):
            continue
        if PUBLISHED.search(line):
            return date, LABELLED
        plain = plain or date
    return plain, PLAIN if plain else 0.0


NOTE_MIN_WORDS = 4
CORRECTS = re.compile(_any_of("correction_stems"), re.I)
UPDATES = re.compile(_any_of("update_stems"), re.I)


def classify_note(line: str) -> str | None:
    """Return the kind of a note on a change to the article: correction_note, update_note or None."""
    if CORRECTS.search(line):
        return "correction_note"
    return "update_note" if UPDATES.search(line) and line.count(" ") >= NOTE_MIN_WORDS - 1 else None


def strip_site_name(title: str | None, site: str | None) -> str | None:
    """Return the title without the name of the site behind a dash or a bar."""
    if not title:
        return title
    marks = list(SITE_MARK.finditer(title))
    is_site = marks and _fold_name(title[marks[-1].end() :]) == _fold_name(site or "")
    return title[: marks[-1].start()] if is_site else title


def _fold_name(name: str) -> str:
    return " ".join(name.casefold().removeprefix("the ").split())
