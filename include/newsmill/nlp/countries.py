"""Words that name a country or its people, each with the ISO 3166-1 alpha-2 code."""

import re
from functools import lru_cache

COUNTRIES = {
    "AE": "uae emirati emirates",
    "AF": "afghanistan afghan kabul",
    "AR": "argentina argentine argentinian",
    "AT": "austria austrian",
    "AU": "australia australian canberra",
    "AM": "armenia armenian",
    "AZ": "azerbaijan azerbaijani azeri",
    "BD": "bangladesh bangladeshi dhaka",
    "BE": "belgium belgian",
    "BG": "bulgaria bulgarian",
    "BH": "bahrain bahraini",
    "BO": "bolivia bolivian",
    "BR": "brazil brazilian brasilia",
    "BY": "belarus belarusian minsk",
    "CA": "canada canadian ottawa",
    "CD": "congolese congo",
    "CH": "swiss switzerland",
    "CL": "chile chilean",
    "CN": "china chinese beijing",
    "CO": "colombia colombian",
    "CU": "cuba cuban havana",
    "CY": "cyprus cypriot",
    "CZ": "czech czechia",
    "DE": "germany german berlin",
    "DK": "denmark danish dane",
    "DZ": "algeria algerian",
    "EC": "ecuador ecuadorian ecuadorean",
    "EE": "estonia estonian",
    "EG": "egypt egyptian cairo",
    "ES": "spain spanish madrid",
    "ET": "ethiopia ethiopian",
    "FI": "finland finnish",
    "FR": "france french paris",
    "GB": "uk u.k britain british london english england scottish scotland welsh",
    "GE": "georgian tbilisi",
    "GH": "ghana ghanaian",
    "GR": "greece greek athens",
    "HR": "croatia croatian",
    "HU": "hungary hungarian budapest",
    "ID": "indonesia indonesian jakarta",
    "IE": "ireland irish",
    "IL": "israel israeli",
    "IN": "india indian delhi",
    "IQ": "iraq iraqi baghdad",
    "IR": "iran iranian tehran",
    "IS": "iceland icelandic",
    "IT": "italy italian rome",
    "JM": "jamaica jamaican",
    "JO": "jordan jordanian amman",
    "JP": "japan japanese tokyo",
    "KE": "kenya kenyan nairobi",
    "KP": "north-korean pyongyang",
    "KR": "south-korean seoul",
    "KW": "kuwait kuwaiti",
    "KZ": "kazakhstan kazakh",
    "LB": "lebanon lebanese beirut",
    "LK": "lankan",
    "LT": "lithuania lithuanian",
    "LV": "latvia latvian",
    "LY": "libya libyan tripoli",
    "MA": "morocco moroccan",
    "MM": "myanmar burmese",
    "MX": "mexico mexican",
    "MY": "malaysia malaysian",
    "NG": "nigeria nigerian abuja",
    "NL": "dutch netherlands",
    "NO": "norway norwegian oslo",
    "NP": "nepal nepali nepalese",
    "NZ": "zealand",
    "OM": "oman omani",
    "PE": "peru peruvian",
    "PH": "philippines philippine filipino manila",
    "PK": "pakistan pakistani islamabad",
    "PL": "poland polish warsaw",
    "PS": "palestinian palestine",
    "PT": "portugal portuguese lisbon",
    "QA": "qatar qatari doha",
    "RO": "romania romanian",
    "RS": "serbia serbian serb belgrade",
    "RU": "russia russian moscow kremlin",
    "SA": "saudi riyadh",
    "SD": "sudan sudanese",
    "SE": "sweden swedish stockholm",
    "SG": "singapore singaporean",
    "SK": "slovakia slovak",
    "SN": "senegal senegalese",
    "SO": "somalia somali",
    "SY": "syria syrian damascus",
    "TH": "thailand thai bangkok",
    "TN": "tunisia tunisian",
    "TR": "türkiye turkey turkish ankara",
    "TW": "taiwan taiwanese taipei",
    "TZ": "tanzania tanzanian",
    "UA": "ukraine ukrainian kyiv kiev",
    "UG": "uganda ugandan",
    "US": "us u.s u.s.a usa american america washington pentagon",
    "VE": "venezuela venezuelan caracas",
    "VN": "vietnam vietnamese hanoi",
    "YE": "yemen yemeni houthi",
    "ZA": "pretoria",
    "ZM": "zambia zambian",
    "ZW": "zimbabwe zimbabwean harare",
}
CODE_OF = {word: code for code, words in COUNTRIES.items() for word in words.split()}
PAIRS_OF = {
    "north korean": "KP",
    "north korea": "KP",
    "south korean": "KR",
    "south korea": "KR",
    "south african": "ZA",
    "south africa": "ZA",
    "united states": "US",
    "united kingdom": "GB",
    "white house": "US",
    "new zealand": "NZ",
    "saudi arabia": "SA",
    "saudi arabian": "SA",
    "sri lankan": "LK",
    "state department": "US",
    "united arab": "AE",
    "downing street": "GB",
    "south sudanese": "SS",
}
# States as newspapers write them behind a town: Portland, Ore., or Portland, Oregon.
STATES = frozenset(
    """alabama alaska arizona arkansas california colorado connecticut delaware florida georgia hawaii
idaho illinois indiana iowa kansas kentucky louisiana maine maryland massachusetts michigan minnesota mississippi
missouri montana nebraska nevada ohio oklahoma oregon pennsylvania tennessee texas utah vermont virginia washington
wisconsin wyoming ala. ariz. ark. calif. colo. conn. del. fla. ga. ill. ind. kan. ky. la. md. mass. mich. minn. miss.
mo. mont. neb. nev. n.h. n.j. n.m. n.y. n.c. n.d. okla. ore. pa. r.i. s.c. s.d. tenn. tex. vt. va. wash. w.va. wis.
wyo. d.c. ont. ontario quebec""".split()
) | {
    "new york",
    "new jersey",
    "new hampshire",
    "new mexico",
    "north carolina",
    "north dakota",
    "south carolina",
    "south dakota",
    "west virginia",
    "rhode island",
    "british columbia",
    *CODE_OF,
}
_WORD = re.compile(r"[^\W\d_]+(?:\.[^\W\d_])*")


@lru_cache(maxsize=1 << 16)
def country_of(words: str) -> str | None:
    """Return the country whose name or adjective stands first among words in capitals; null where there is none."""
    found = [word for word in _WORD.findall(words) if word[0].isupper()]
    lowered = [word.lower() for word in found]
    for at, low in enumerate(lowered):
        pair = PAIRS_OF.get(" ".join(lowered[at : at + 2]))
        if pair or (low in CODE_OF and found[at] != "Us"):
            return pair or CODE_OF[low]
    return None
