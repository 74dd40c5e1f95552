"""Read the lines around the opening of an article: byline, agency, dateline, time of publication, notes on changes.

The words of these lines are data of the room `languages`: `<code>/bylines.toml`. The patterns stay here.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime

from newsmill.cleaning.phrases import AGENCIES, MONTHS
from newsmill.languages.person_names import NO_NAMES, is_personal_name
from newsmill.languages.word_lists import join_words
from newsmill.site_hosts import fold_labels, fold_name, strip_edition
from newsmill.time_zones import HALVES, ZONE_NAMES, ZONE_OFFSET, apply_half, parse_zone

LEAD_CHARS = 160
"""The dateline and the agency are sought in so many characters of the text; datelines are under 100."""
CLOSE_CHARS = 60
"""The length of text, from the end, in which a credit is sought."""
SITE_MARK = re.compile(r"\s(?:[|–—·»«‹›•-]|::|:)\s|\s?[｜_|：ㅣ]\s?")
MAX_SITE_WORDS, MIN_SITE_LABEL_CHARS = 6, 8
"""A longer name is a part of a headline; a shorter label may be the last word of one."""
SITE_ADDRESS = re.compile(r"[\w-]+(?:\.[\w-]+)*\.[a-z]{2,12}")
MIN_PRINTED_SHARE = 0.5
"""A line that is less of a declared title is a section or a topic, not the printed headline."""


def _any_of(name: str, behind: str = "") -> str:
    """Return a pattern for the entries of a list of all languages, each followed by the same text."""
    return f"(?:{'|'.join(re.escape(entry) + behind for entry in join_words('bylines', name))})"


# -- byline, agency, dateline ----------------------------------------------------------------------------------------

BY = re.compile(rf"\s*{_any_of('author_verbs', ' ')}?{_any_of('author_prepositions')}\b[:\s]+(.{{2,120}})", re.I | re.S)
NAME_END = re.compile(rf"[|•·/\n\t(\d@]|\s[-–—]\s|,? {_any_of('name_endings')}\b", re.I)
NAME_JOINT = re.compile(rf"\s*(?:,|;|&|\b{_any_of('name_joints')}\b)\s*")
NAME = re.compile(r"[^\W\d_][\w.'’-]*(?: [^\W\d_][\w.'’-]*){1,4}")
MIN_DECLARED_CONFIDENCE = 0.75
"""Confidence of declared authors that come before a byline with the same name: meta tags and JSON-LD, no guesses."""
NAME_PART = re.compile(r"[^\W\d_]{3,}|(?<![^\W\d_])[^\W\d_](?=['’])|[^\W\d_]{2}(?![^\W\d_.])")
JOB = re.compile(rf"(?:{_any_of('job_qualifiers', ' ')})*{_any_of('job_titles')}", re.I)
# A label has no letter in front: 英文/日文 is a choice of languages.
LABELLED_AUTHORS = re.compile(
    rf"(?<!\w){_any_of('author_labels')}\s*[:：/／]\s*([\u3040-\u30ff\u4e00-\u9fff、·]{{2,20}})"
)
# A short month behind two names, or glued to the last: `Ada Venn Dec`, `Ada VennDec`.
SHORT_MONTH = re.compile(r"(?<=[a-zà-ÿ]) ?(?:Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)$")
DAY_AND_YEAR = re.compile(r"\d{4}\b|\d{1,2}(?:st|nd|rd|th)?(?!\w|\.?\s[^\W\d_]{3})")  # "del Mar 5 May" has a month
MIN_MONTH_CHARS = 4  # "May", "Mar" and "Juan" are names as well

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
        return find_credited_authors([byline])
    listed = NAME_END.split(match[1], maxsplit=1)[0]
    names = [name for part in NAME_JOINT.split(listed) if (name := " ".join(part.split()).strip(" .,;:-"))]
    if names and DAY_AND_YEAR.match(match[1], len(listed)):
        names[-1] = _remove_month(names[-1])
    return [name for name in names if NAME.fullmatch(name) and _is_person(name)]


def find_credited_authors(lines: Iterable[str]) -> list[str]:
    """Return the authors of the first line with a label or a job title behind a name, without a word such as `by`."""
    credits = (_find_labelled_authors(line) or _find_named_role(line) for line in lines)
    return next(filter(None, credits), [])


def _find_labelled_authors(byline: str) -> list[str]:
    """Return the names behind a label of a script without word spaces, such as `作者：罗依依`."""
    match = LABELLED_AUTHORS.search(byline)
    return [name for name in re.split("[、,，·/ ]", match[1]) if name] if match else []


def _find_named_role(byline: str) -> list[str]:
    """Return the name in front of a job title, a mail address or a bar: `JANE ROE, Staff Writer | mail | date`."""
    name, mark, rest = byline.partition(",")
    role = re.split(r"[|•·/\n\t]", rest, maxsplit=1)[0].strip()
    if not mark or not JOB.fullmatch(role):
        return []
    name = capitalize_name(" ".join(name.split()))
    return [name] if NAME.fullmatch(name) and _is_person(name) else []


def is_site_name(name: str, host: str | None, publisher: str | None = None) -> bool:
    """Report whether a name is that of the site, by its host: `USA TODAY` of usatoday.com.

    A site may have the name of its author: a person's name is that of the site only where the publisher has it.
    """
    folded = "".join(filter(str.isalnum, name.casefold())).removeprefix("the")
    labels = (host or "").replace("-", "").split(".")
    if SITE_ADDRESS.fullmatch(name) or folded not in (label.removeprefix("the") for label in labels):
        return SITE_ADDRESS.fullmatch(name) is not None
    return not is_personal_name(name) or _fold_name(name) == _fold_name(publisher or "")


def choose_authors(in_byline: list[str], declared: Sequence[str], declared_confidence: float) -> list[str]:
    """Return the declared authors where a byline names one, perhaps with more words; else those in the byline."""
    if not in_byline or not declared:
        return in_byline or list(declared)
    names = [_fold_name(name) for name in in_byline]
    is_same = any(line.startswith(_fold_name(name)) for name in declared for line in names)
    return list(declared) if is_same and declared_confidence >= MIN_DECLARED_CONFIDENCE else in_byline


def capitalize_name(name: str) -> str:
    """Return a name of capitals alone in the usual letters: JANE O'NEILL-ROE as Jane O'Neill-Roe."""
    if not name.isupper() or len(name.split()) < 2:
        return name
    return NAME_PART.sub(lambda part: part[0].capitalize(), name)


def _remove_month(name: str) -> str:
    """Return a name without the month of a following date."""
    if (short := SHORT_MONTH.search(name)) and " " in name[: short.start()].strip():
        return name[: short.start()].rstrip()
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
DOTTED = re.compile(r"\b(\d{1,2})\.\s?(\d{1,2})\.\s?(\d{4})\b")
SLASHED = re.compile(r"\b(\d{1,2})[/-](\d{1,2})[/-](\d{4})\b")
EAST_ASIAN = re.compile(
    r"(\d{4})\s?[年년]\s?(\d{1,2})\s?[月월]\s?(\d{1,2})\s?[日일]"
    rf"(?:\s*(?:[(（][^()（）][)）])?\s*({'|'.join(HALVES)})?\s*(\d{{1,2}})\s?[時时시:：]\s?(\d{{1,2}}))?"
)
YEAR_FIRST = re.compile(r"\b(\d{4})[./]\s?(\d{1,2})[./]\s?(\d{1,2})\b")
ADDRESS_DATE = re.compile(r"/(199\d|20[0-4]\d)(?:[/-](\d{1,2})[/-](\d{1,2})(?=[/_.?#-]|$)|(\d\d)(\d\d)(?=[/_-]))")
"""A date in the path of an address: /2026/02/27/slug, /2026-02-27-slug, /2026-02/27/, /20260227/.

Eight digits at the end are the number of an article as often as a day; years from 2050 on are numbers as well.
"""
CLOCK = re.compile(
    rf"(?:({'|'.join(HALVES)})\s*|\b)(\d{{1,2}})[:.](\d{{2}})(?::\d{{2}})?\s*([ap])?\.?\s?m?\b\.?"
    rf"\s*\(?({ZONE_OFFSET}|{ZONE_NAMES})?\b",
    re.I,
)
DATE_LINE_WORDS = 30
"""A line with more words is prose without a time of publication."""
LABELLED, PLAIN, IN_ADDRESS, UPDATE_ALONE = 0.8, 0.6, 0.5, 0.4
"""Confidence in a date with a label such as "Published", in a date without, in one of the address, of an update."""
PUBLISHED = re.compile(_any_of("published_stems"), re.I)
UPDATES = re.compile(_any_of("update_stems"), re.I)
DATE_LABEL = re.compile(rf"[|•·;]|(?<!\w)(?={_any_of('published_stems')}|{_any_of('update_stems')})", re.I)
MAX_DATE_LINE_CHARS = 60
"""A longer line at the start of the text is prose, with a date that may be of an event."""
DATE_WORDS = frozenset(join_words("line_words", "date_words"))
WORD = re.compile(r"[^\W\d_][\w’'-]*")
LABEL_WORDS, MAX_SMALL_WORD_CHARS, MAX_PLACE_WORDS = 2, 3, 4
"""A label is in the first two words of a line, with small words behind it; "Rio de Janeiro, Brazil" has four words."""


def date_in(line: str, day_first: bool | None = None) -> datetime | None:
    """Return the full date of a line, with the time of day and the zone where the line has them; else in UTC.

    The order of day and month in 3/4/2026 is `day_first`; such a date is skipped where the order is unknown.
    """
    if not YEAR.search(line):
        return None
    for day, match in _find_days(line, day_first):
        if match.re is ISO and match[4]:
            return _add_time(day, int(match[4]), int(match[5]), match[6])
        if match.re is EAST_ASIAN and match[5]:
            return _add_time(day, apply_half(int(match[5]), match[4]), int(match[6]))
        return _add_clock_time(day, line, match)
    return None


def _find_days(line: str, day_first: bool | None) -> Iterator[tuple[datetime, re.Match[str]]]:
    """Yield the days of a line, each with the match of a pattern of _PATTERNS."""
    for pattern, order in _PATTERNS:
        for match in pattern.finditer(line):
            groups = _slashed_order(match, day_first) if pattern is SLASHED else order
            if groups and (day := _parse_day(*(match[group] for group in groups))):
                yield day, match


def is_date_line(line: str, day_first: bool | None = None) -> bool:
    """Report whether a line is a date, alone or with a label or a place: `Estley, 8 May 2021`."""
    _, match = next(_find_days(line, day_first), (None, None))
    if not match:
        return False
    rest = CLOCK.sub(" ", f"{line[: match.start()]} \n {line[match.end() :]}")
    words = [word for word in WORD.findall(rest) if word.casefold() not in DATE_WORDS]
    if not words or rest.rstrip().endswith((".", "!", "?")):
        return not words
    others = [word for word in words if not (PUBLISHED.match(word) or UPDATES.match(word))]
    if any(word not in others for word in words[:LABEL_WORDS]):
        return all(word[0].isupper() or len(word) <= MAX_SMALL_WORD_CHARS for word in others)
    is_apart = any(mark in rest for mark in ",|•·:(–—")
    return is_apart and len(words) <= MAX_PLACE_WORDS and all(word[0].isupper() for word in words)


_PATTERNS = (
    (ISO, (1, 2, 3)),
    (DAY_MONTH, (3, 2, 1)),
    (MONTH_DAY, (3, 1, 2)),
    (EAST_ASIAN, (1, 2, 3)),
    (DOTTED, (3, 2, 1)),
    (YEAR_FIRST, (1, 2, 3)),
    (SLASHED, (3, 2, 1)),
)


def _slashed_order(match: re.Match[str], day_first: bool | None) -> tuple[int, int, int] | None:
    """Return the groups of year, month and day of figures; None where their order is unknown."""
    if int(match[1]) > 12:
        return 3, 2, 1
    if int(match[2]) > 12:
        return 3, 1, 2
    return None if day_first is None else (3, 2, 1) if day_first else (3, 1, 2)


def find_day_order(lines: Iterable[str]) -> bool | None:
    """Return whether lines have the day before the month, by the dates with a figure over 12; None without any."""
    votes = [
        int(match[1]) > 12
        for line in lines
        for match in SLASHED.finditer(line)
        if max(int(match[1]), int(match[2])) > 12
    ]
    return None if not votes else sum(votes) * 2 > len(votes)


def date_in_address(url: str | None) -> datetime | None:
    """Return the day in the path of an address; None for a month alone or a number that is no date."""
    match = ADDRESS_DATE.search(url or "")
    return _parse_day(match[1], match[2] or match[4], match[3] or match[5]) if match else None


def _parse_day(year: str, month: str, day: str) -> datetime | None:
    month_number = int(month) if month.isdigit() else MONTHS.get(month.casefold(), 0)
    try:
        date = datetime(int(year), month_number, int(day), tzinfo=UTC)
    except ValueError:
        return None
    return date if YEARS[0] <= date.year <= YEARS[1] else None


def _add_clock_time(day: datetime, line: str, date: re.Match[str]) -> datetime:
    rest = line[: date.start()] + " \n " + line[date.end() :]
    clock = CLOCK.search(rest)
    if not clock:
        return day
    return _add_time(day, apply_half(int(clock[2]), clock[1] or clock[4]), int(clock[3]), clock[5])


def _add_time(day: datetime, hour: int, minute: int, zone: str | None = None) -> datetime:
    try:
        return day.replace(hour=hour, minute=minute, tzinfo=parse_zone(zone))
    except (ValueError, OverflowError):
        return day


def find_publication_time(lines: list[str], day_first: bool | None = None) -> tuple[datetime | None, float]:
    """Return (time of publication, confidence) from the lines around a headline; an update is the last choice."""
    plain = updated = None
    for line in lines:
        if len(line) > 300 or line.count(" ") > DATE_LINE_WORDS or not YEAR.search(line):
            continue
        for part in DATE_LABEL.split(line):
            if not (date := date_in(part, day_first)):
                continue
            if PUBLISHED.search(part):
                return date, LABELLED
            if UPDATES.search(part):
                updated = updated or date
            else:
                plain = plain or date
        plain = plain or (None if updated else date_in(line, day_first))
    if plain:
        return plain, PLAIN
    return updated, UPDATE_ALONE if updated else 0.0


NOTE_MIN_WORDS = 4
CORRECTS = re.compile(_any_of("correction_stems"), re.I)


def classify_note(line: str) -> str | None:
    """Return the kind of a note on a change to the article: correction_note, update_note or None."""
    if CORRECTS.search(line):
        return "correction_note"
    return "update_note" if UPDATES.search(line) and line.count(" ") >= NOTE_MIN_WORDS - 1 else None


def strip_site_name(title: str | None, name: str | None, host: str | None = None) -> str | None:
    """Return the title without the name or the address of the site behind a dash or a bar."""
    if not title:
        return title
    marks = list(SITE_MARK.finditer(title))
    last = title[marks[-1].end() :] if marks else ""
    is_site = marks and (
        _fold_name(last) == _fold_name(name or "") or _is_address_of(last, host) or _is_named_in(host, last)
    )
    return title[: marks[-1].start()] if is_site else title


def _is_address_of(address: str, host: str | None) -> bool:
    """Report whether an address is that of a host, perhaps of another country: Tern.de of tern.example, no Node.js."""
    is_address = host and SITE_ADDRESS.fullmatch(address)
    return bool(is_address and strip_edition(address.casefold()).split(".")[0] in (host or "").split(".")[:-1])


def _is_named_in(host: str | None, name: str) -> bool:
    """Report whether a few capitalised words are a host's own label, or end with it: `The New Tern Post`.

    A part of a headline has a word in lower case, or goes on behind the name.
    """
    words = name.split()
    if not words or len(words) > MAX_SITE_WORDS or any(word[0].islower() for word in words):
        return False
    labels = [label for label in fold_labels(host)[-1:] if len(label) >= MIN_SITE_LABEL_CHARS]
    endings = (fold_name("".join(words[start:])) for start in range(len(words)))
    return any(ending in labels for ending in endings)


def find_printed_title(title: str, page: str) -> str | None:
    """Return the declared title, or its part before the name of a site, where it is a line of the page."""
    if _has_line(page, title):
        return title
    parts = (title[: mark.start()].strip() for mark in reversed(list(SITE_MARK.finditer(title))))
    return next((part for part in parts if len(part) >= MIN_PRINTED_SHARE * len(title) and _has_line(page, part)), None)


def _has_line(page: str, line: str) -> bool:
    start = page.find(line)
    while start >= 0:
        end = start + len(line)
        if not page[page.rfind("\n", 0, start) + 1 : start].strip() and page[end : end + 1] in ("", "\n", "\r", " "):
            rest, _, _ = page[end : end + 3].partition("\n")
            if not rest.strip():
                return True
        next_line = page.find("\n", end)  # a line begins once: another instance on it has words in front
        start = page.find(line, next_line) if next_line >= 0 else -1
    return False


def _fold_name(name: str) -> str:
    return " ".join(name.casefold().removeprefix("the ").split())
