"""Who speaks: the kind of a speaker, the office, country and standing told of an unnamed one, and the outlets."""

import re
from dataclasses import dataclass
from functools import lru_cache

from newsmill.nlp.countries import CODE_OF, PAIRS_OF


@dataclass(frozen=True)
class Attribution:
    """Kind of speaker, in the columns of the relation `quotes`."""

    attribution_class: str = "unknown"
    is_anonymous: bool = False
    source_role: str = "none"
    source_country_code: str = "none"
    seniority: str = "none"


UNKNOWN = Attribution()
NAMED = Attribution("named")


def _by_noun(nouns_of: dict[str, str]) -> dict[str, str]:
    """Turn the nouns of each role into the role of each noun; a plural in s need not be listed."""
    return {noun: role for role, nouns in nouns_of.items() for noun in nouns.split()}


OFFICIAL_ROLES = _by_noun(
    {
        "official": "official officer bureaucrat regulator administrator inspector authority authorities",
        "diplomat": "diplomat ambassador envoy negotiator",
        "source": "source insider informant whistleblower whistle-blower",
        "aide": "aide adviser advisor staffer strategist operative assistant confidant ally allies associate",
        "minister": "minister secretary",
        "lawmaker": "lawmaker legislator senator congressman congresswoman mp parliamentarian congressmen",
        "police": "policeman policemen policewoman detective investigator sheriff deputy",
        "prosecutor": "prosecutor",
        "military": "soldier commander general colonel admiral captain serviceman",
        "militant": "militant rebel",
    }
)
SPOKESPERSONS = frozenset(
    """spokesman spokeswoman spokesperson spokesmen spokeswomen spokespeople spokespersons representative
    representatives spox""".split()
)
PEOPLE_ROLES = _by_noun(
    {
        "resident": "resident neighbour neighbor villager local tenant homeowner",
        "witness": "witness witnesses eyewitness eyewitnesses bystander passer-by passerby onlooker passenger survivor",
        "analyst": "analyst observer expert economist researcher scientist scholar professor historian",
        "trader": "trader dealer broker investor banker",
        "critic": "critic opponent",
        "supporter": "supporter backer fan",
        "voter": "voter",
        "activist": "activist protester protestor demonstrator campaigner heckler organizer organiser",
        "doctor": "doctor nurse physician surgeon",
        "lawyer": "lawyer attorney",
        "teacher": "teacher",
        "student": "student pupil",
        "worker": "worker employee driver farmer shopkeeper",
        "owner": "owner",
        "manager": "manager executive director",
        "coach": "coach",
        "player": "player",
        "relative": "relative mother father brother sister wife husband son daughter cousin",
        "friend": "friend colleague",
        "veteran": "veteran",
        "migrant": "immigrant migrant refugee",
        "victim": "victim",
        "person": "woman women man men person people boy girl child children teenager customer user attendee "
        "participant member caller parent someone reader",
        "journalist": "narrator moderator journalist reporter columnist host correspondent editor",
        "cleric": "priest cleric pastor imam bishop",
        "candidate": "candidate",
        "delegate": "delegate",
        "donor": "donor",
        "politician": "democrat republican conservative politician liberal",
    }
)
CROWDS = frozenset("crowd audience crowds public".split())
# One person holds the office at a time: "the president" was named before, "a president" was not.
OFFICES = frozenset(
    """president chancellor premier king queen prince pope mayor governor speaker chairman chairwoman chair chief boss
    leader nominee candidate minister secretary senator congressman congresswoman ambassador judge justice commissioner
    lawyer attorney director manager author coach host mogul billionaire businessman businesswoman singer actor actress
    general admiral professor economist historian columnist bishop prosecutor sheriff pastor lawmaker frontrunner
    front-runner politician democrat republican founder ceo executive commander strategist""".split()
)
ORGANISATIONS = frozenset(
    """ministry government administration department agency police army military navy campaign company firm corporation
    committee commission council court union party bank group organization organisation association federation board
    office embassy pentagon kremlin congress senate parliament university institute foundation coalition league
    authority bureau inc corp ltd plc llc co team force forces club church school hospital airline manufacturer maker
    nonprofit charity network white-house treasury fed nato un eu fbi cia doj dhs nra rnc dnc unesco unicef who opec
    guards mission secretariat cabinet prosecutors firefighters regulator service services center centre society
    legislature house chamber alliance movement panel task hezbollah hamas isis taliban hospitality""".split()
)
DOCUMENTS = frozenset(
    """report statement indictment letter memo memorandum ad advertisement email e-mail lawsuit suit complaint
    document filing affidavit study survey poll bill law resolution order ruling opinion tweet transcript
    article story editorial headline website site page sign banner poster book petition platform message post
    video note invitation release communique communiqué constitution text script caption op-ed column audit
    review paper fact-sheet account accounts data record records figures filing filings analysis estimate
    estimates statistics results findings testimony deposition website dossier cable memoir news
    speech quote documents emails letters reports leaflet brief blog motion verdict card
    spot commercial""".split()
)
MEDIA_NOUNS = frozenset(
    """newspaper daily magazine media outlet outlets newspapers tabloid broadcaster channel station press weekly agency
    website publication wire paper""".split()
)
OUTLETS = frozenset(
    """axios reuters cnn bbc afp ap politico bloomberg msnbc nbc abc cbs npr pbs fox upi tass ria interfax xinhua
    anadolu kyodo yonhap dpa efe ansa wapo nyt wsj breitbart huffpost buzzfeed vox slate salon vice time
    newsweek forbes cnbc haaretz al-jazeera aljazeera jazeera c-span cspan telegraph guardian economist irna
    isna mehr fars tasnim sana ptv vanity mashable gawker mediaite drudge infowars univision telemundo sky itv
    menafn esquire gq variety deadline twitter facebook""".split()
)
OUTLET_ENDINGS = frozenset(
    """times post journal news tribune herald gazette chronicle daily press telegraph guardian mirror globe examiner
    observer today radio tv television magazine review independent standard courier dispatch inquirer register sentinel
    bulletin reporter insider beast hill caller spiegel monde figaro republic sun star bee network agency""".split()
)
REPORTED_TO_ALL = frozenset(
    """media press outlets newspapers newspaper outlet daily broadcaster channel magazine""".split()
)
TITLES = frozenset(
    """mr mrs ms miss dr sen rep gov gen lt col sgt maj capt prof rev sir lord lady president senator congressman
    congresswoman governor mayor judge justice king queen prince princess pope sheikh minister secretary chancellor
    ayatollah senators reps chairman speaker""".split()
)
FAMILY = frozenset("mother father brother sister wife husband son daughter widow".split())
DETERMINERS = frozenset(
    """a an the one another some several two three many other any every this that these those most few both his her
    their its my our""".split()
)
INDEFINITE = frozenset("a an one another some several two three many other few most four five multiple".split())
ENDS_HEAD = frozenset("of for at in from to with by on or familiar briefed close who involved".split())
LOWER_CASE_IN_NAMES = frozenset("de la le van von der den bin ibn al el da dos du di ben af".split())
NAME = re.compile(r"[A-Z][\w.'’-]+ [A-Z][\w'’-]+")
WORD = re.compile(r"[^\W_](?:[^\W_]|[-'’.&](?=[^\W_]))*")


def _role(word: str, roles: dict[str, str]) -> str | None:
    return roles.get(word) or (roles.get(word[:-1]) if word.endswith("s") else None)


def is_role(word: str) -> bool:
    """Tell whether a word in lower case names an office, a trade or a kind of person."""
    return word in _ROLES


_ROLES = (
    SPOKESPERSONS
    | OFFICES
    | TITLES
    | FAMILY
    | {form for noun in OFFICIAL_ROLES | PEOPLE_ROLES for form in (noun, f"{noun}s")}
)
_COMMON, _OPENING = SPOKESPERSONS | INDEFINITE | CROWDS, DOCUMENTS | MEDIA_NOUNS | {"police"}
_FORMER = frozenset("former ex retired then".split())
_SENIOR = frozenset("senior top high-ranking high-level top-level".split())


def _bare(words: str) -> str:
    """Return words without the s of a possessive."""
    return words[:-2] if words.endswith(("'s", "’s")) else words


@lru_cache(maxsize=20_000)
def classify(surface: str) -> Attribution:
    """Return what the words for a speaker say of them; pronouns say nothing."""
    words = [_bare(word) for word in WORD.findall(surface)]
    lowered = [word.lower() for word in words]
    if not words or (len(words) == 1 and lowered[0] in PRONOUNS):
        return UNKNOWN
    head = _head(words, lowered)
    kind, role = _kind(words, lowered, head)
    anonymous = kind == "anonymous_official" or (kind == "unnamed" and lowered[head] not in CROWDS)
    if kind == "named":
        return NAMED
    country = "none" if kind in ("media", "document") else _country(words, lowered, head)
    return Attribution(kind, anonymous, role, country, _seniority(lowered))


PRONOUNS = frozenset("he she they it i we you who him her them his their".split())


def _head(words: list[str], lowered: list[str]) -> int:
    """Return the index of the noun that the rest belongs to: the last before "of the ministry" and the like."""
    for index, word in enumerate(lowered):
        if index and word in ENDS_HEAD:
            if word == "of" and (lowered[index - 1] in INDEFINITE or _titles_a_name(words, lowered, index)):
                continue
            return index - 1
    return len(words) - 1


def _titles_a_name(words: list[str], lowered: list[str], at: int) -> bool:
    """Tell "Secretary of State Ida Holm", whose head is the name, from "a spokesman for the Holm Group"."""
    office = words[at - 1][0].isupper() and (lowered[at - 1] in OFFICES or lowered[at - 1] in TITLES)
    name = len(words) - at > 3 and all(word[0].isupper() for word in words[-2:])
    return office and name and lowered[-1] not in ORGANISATIONS and lowered[-1] not in CODE_OF


def _kind(words: list[str], lowered: list[str], head: int) -> tuple[str, str]:
    """Return the class and the role that the head noun and its company give."""
    noun, proper = lowered[head], _is_name(words, lowered, head)
    if _is_outlet(words, lowered, head):
        return "media", "none"
    if proper:
        return ("organization", "none") if _is_organisation(words, lowered, head) else ("named", "none")
    if noun in SPOKESPERSONS:
        return "organization", "spokesperson"
    if noun == "police":
        return "organization", "police"
    return _kind_of_noun(noun, lowered)


def _kind_of_noun(noun: str, lowered: list[str]) -> tuple[str, str]:
    definite = lowered[0] not in INDEFINITE and not noun.endswith("s")
    if noun in OFFICES and definite and lowered[0] in DETERMINERS:
        return "named", "none"
    official, person = _role(noun, OFFICIAL_ROLES), _role(noun, PEOPLE_ROLES)
    if official == "official" and "police" in lowered:
        return "anonymous_official", "police"
    if official:
        return "anonymous_official", official
    if person:
        return "unnamed", person
    if noun in OFFICES or noun.rstrip("s") in OFFICES or noun in CROWDS:
        return "unnamed", "none"
    if noun in ORGANISATIONS or noun.rstrip("s") in ORGANISATIONS or noun in CODE_OF:
        return "organization", "none"
    if noun in DOCUMENTS or noun.rstrip("s") in DOCUMENTS:
        return "document", "none"
    if noun in INDEFINITE or noun in ("others", "anyone", "everyone", "those"):
        return "unnamed", "person"
    return "unknown", "none"


def _is_name(words: list[str], lowered: list[str], head: int) -> bool:
    """Tell whether the head is a proper noun: in capitals, and not a role that merely opens the sentence."""
    word = words[head]
    if not word[:1].isupper():
        return False
    noun = lowered[head]
    common = _role(noun, OFFICIAL_ROLES) or _role(noun, PEOPLE_ROLES) or noun in _COMMON
    return not (common or _opens_as_noun(lowered, head))


def _opens_as_noun(lowered: list[str], head: int) -> bool:
    return head == 0 and len(lowered) == 1 and lowered[0] in _OPENING


def _is_outlet(words: list[str], lowered: list[str], head: int) -> bool:
    noun = lowered[head]
    if words[head][:1].isupper():
        if noun in OUTLETS and all(not w[:1].isupper() or w.lower() in DETERMINERS for w in words[:head]):
            return True
        return (noun in OUTLET_ENDINGS and head > 0) or noun == "media"
    return noun in MEDIA_NOUNS and (noun != "agency" or "news" in lowered) and noun != "paper"


def _is_organisation(words: list[str], lowered: list[str], head: int) -> bool:
    titled = any(word in TITLES for word in lowered[:head]) and words[head - 1][:1].isupper()
    if titled and lowered[head] not in ORGANISATIONS:
        return False
    alone = not any(word[0].isupper() for word in words[:head] if word.lower() not in DETERMINERS)
    if (lowered[head] in CODE_OF and alone) or " ".join(lowered[max(head - 1, 0) : head + 1]) in PAIRS_OF:
        return True
    acronym = words[head].isupper() and 1 < len(words[head]) < 6
    return acronym or any(word in ORGANISATIONS for word in lowered[head:])


def _country(words: list[str], lowered: list[str], head: int) -> str:
    """Return the country whose name or adjective stands nearest before the head, else behind it."""
    for index in [*range(head, -1, -1), *range(head + 1, len(words))]:
        pair = PAIRS_OF.get(" ".join(lowered[index : index + 2]))
        if pair:
            return pair
        if words[index][:1].isupper() and lowered[index] in CODE_OF and words[index] != "Us":
            return CODE_OF[lowered[index]]
    return "none"


def _seniority(lowered: list[str]) -> str:
    if not _FORMER.isdisjoint(lowered):
        return "former"
    return "none" if _SENIOR.isdisjoint(lowered) else "senior"


def named_before(text: str, at: int, pronoun: str) -> Attribution:
    """Return that of the nearest named person in front of "he" or "she"; of other pronouns nothing is known."""
    if pronoun.lower() in ("he", "she", "his", "her"):
        for name in reversed(NAME.findall(text, max(at - 500, 0), at)):
            if classify(name).attribution_class == "named":
                return NAMED
    return UNKNOWN


@lru_cache(maxsize=20_000)
def outlet(words: str) -> str:
    """Return the outlet that the words name, media for one left unnamed, none for anyone else."""
    found = [word for word in WORD.findall(words)]
    if not found:
        return "none"
    lowered = [_bare(word.lower()) for word in found]
    if found[-1][:1].isupper() and _is_outlet(found, lowered, len(found) - 1):
        while lowered and lowered[0] in DETERMINERS:
            found, lowered = found[1:], lowered[1:]
        return _bare(" ".join(found)) or "none"
    return "media" if lowered[-1] in REPORTED_TO_ALL or lowered[0] in ("media",) else "none"
