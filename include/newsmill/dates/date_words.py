"""The words of temporal expressions: each has one class, by which the grammar calls it, and most have a value."""

MONTHS = "January February March April May June July August September October November December".split()
DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
ONES = "one two three four five six seven eight nine".split()
TEENS = "ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen".split()
TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
ORDINALS = "first second third fourth fifth sixth seventh eighth ninth tenth".split()
FIRST_YEAR, LAST_YEAR = 1700, 2099

MONTH = {name.lower(): number for number, name in enumerate(MONTHS, 1)}
MONTH |= {name[:3].lower(): number for number, name in enumerate(MONTHS, 1)} | {"sept": 9}
DAY = {name.lower(): number for number, name in enumerate(DAYS, 1)}
DAY |= {name[:3].lower(): number for number, name in enumerate(DAYS, 1)} | {"tues": 2, "thur": 4, "thurs": 4}
NUMBER = {
    **{word: number for number, word in enumerate(ONES, 1)},
    **{word: number for number, word in enumerate(TEENS, 10)},
    **{word: 10 * number for number, word in enumerate(TENS, 2)},
    "a": 1,
    "an": 1,
    "dozen": 12,
    "couple": 2,
    "hundred": 100,
    "thousand": 1000,
    "half": 0.5,
}
ORDINAL = {word: number for number, word in enumerate(ORDINALS, 1)} | {
    f"{number}{'th' if number in (11, 12, 13) else {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th')}": number
    for number in range(1, 32)
}
UNIT = {
    "day": "D",
    "week": "W",
    "month": "M",
    "quarter": "Q",
    "year": "Y",
    "decade": "10Y",
    "century": "100Y",
    "weekend": "WE",
    "fortnight": "2W",
    "hour": "TH",
    "minute": "TM",
}
UNITS = {
    "days": "D",
    "weeks": "W",
    "months": "M",
    "quarters": "Q",
    "years": "Y",
    "decades": "10Y",
    "centuries": "100Y",
    "weekends": "WE",
    "fortnights": "2W",
    "hours": "TH",
    "minutes": "TM",
    "seconds": "TS",
}
PART = {"morning": "MO", "afternoon": "AF", "evening": "EV", "night": "NI"}
PARTS = {"mornings": "MO", "afternoons": "AF", "evenings": "EV", "nights": "NI"}
SEASON = {"spring": "SP", "summer": "SU", "fall": "FA", "autumn": "FA", "winter": "WI"}
SEASONS = {"springs": "SP", "summers": "SU", "autumns": "FA", "winters": "WI"}
DECADE = {
    "twenties": 2,
    "thirties": 3,
    "forties": 4,
    "fifties": 5,
    "sixties": 6,
    "seventies": 7,
    "eighties": 8,
    "nineties": 9,
}
FREQUENCY = {
    "daily": "P1D",
    "nightly": "P1D",
    "weekly": "P1W",
    "biweekly": "P2W",
    "monthly": "P1M",
    "yearly": "P1Y",
    "annually": "P1Y",
    "hourly": "PT1H",
}
NEAR = {"today": 0, "tonight": 0, "yesterday": -1, "tomorrow": 1}
REFERENCE = {
    "now": "PRESENT_REF",
    "currently": "PRESENT_REF",
    "nowadays": "PRESENT_REF",
    "presently": "PRESENT_REF",
    "recently": "PAST_REF",
    "lately": "PAST_REF",
    "soon": "FUTURE_REF",
}
DIRECTION = {
    "last": -1,
    "past": -1,
    "previous": -1,
    "preceding": -1,
    "prior": -1,
    "latest": 0,
    "this": 0,
    "current": 0,
    "next": 1,
    "coming": 1,
    "following": 1,
    "upcoming": 1,
}
HOLIDAY = {
    "christmas": (12, 25),
    "halloween": (10, 31),
    "election": (11, 1, 1, 1),
    "juneteenth": (6, 19),
    "boxing": (12, 26),
    "veterans": (11, 11),
    "valentine": (2, 14),
    "new": (1, 1),
    "independence": (7, 4),
    "armistice": (11, 11),
    "bastille": (7, 14),
    # month, weekday, and which of them, counted from the end where negative; and days after it
    "thanksgiving": (11, 4, 4),
    "labor": (9, 1, 1),
    "labour": (9, 1, 1),
    "memorial": (5, 1, -1),
    "columbus": (10, 1, 2),
    # days from Easter
    "easter": (0,),
    "good": (-2,),
    "ash": (-46,),
    "palm": (-7,),
    "pentecost": (49,),
    "ascension": (39,),
}

# What is written with a capital, or all in capitals.
PROPER = {
    "MONTH": [name for name in MONTHS if name not in ("May", "March")],
    "MAY": ["May", "March"],
    "SHORT": [name for name in (*(month[:3] for month in MONTHS), "Sept") if name != "May"],
    "DAY": DAYS,
    "DAY_SHORT": ["Mon", "Tue", "Tues", "Wed", "Thu", "Thur", "Thurs", "Fri", "Sat", "Sun"],
    "FEAST": "Christmas Easter Thanksgiving Halloween Juneteenth Pentecost".split(),
    "NAMED": "Valentine Independence Labor Labour Memorial Veterans Columbus Boxing Armistice Bastille Ascension Election".split(),
    "GOOD": ["Good"],
    "ASH": ["Ash"],
    "PALM": ["Palm"],
    "NEW": ["New"],
    "EVE": ["Eve"],
    "ZONE": "EST EDT CST CDT MST MDT PST PDT ET GMT UTC BST CET".split(),
}
# What is written in any way.
PLAIN = {
    "UNIT": [word for word in UNIT if word != "weekend"],
    "WEEKEND": ["weekend"],
    "UNITS": list(UNITS),
    "PART": list(PART),
    "PARTS": list(PARTS),
    "SEASON": list(SEASON),
    "SEASONS": list(SEASONS),
    "DECADE": list(DECADE),
    "FREQUENCY": list(FREQUENCY),
    "REFERENCE": list(REFERENCE),
    "NEAR": ["today", "yesterday", "tomorrow"],
    "TONIGHT": ["tonight"],
    "ONE": ONES,
    "TEEN": TEENS,
    "TENS": TENS,
    "HUNDRED": ["hundred", "thousand", "dozen"],
    "HALF": ["half"],
    "A": ["a", "an"],
    "ORDINAL": [word for word in ORDINAL if word.isalpha()],
    "LAST": ["last"],
    "PAST": ["past", "previous", "preceding", "prior"],
    "LATEST": ["latest"],
    "THIS": ["this"],
    "CURRENT": ["current"],
    "THESE": ["these", "those"],
    "THAT": ["that"],
    "SAME": ["same"],
    "NEXT": ["next"],
    "COMING": ["coming", "following", "upcoming"],
    "EARLY": ["early", "late", "mid"],
    "EARLIER": ["earlier"],
    "LATER": ["later"],
    "AGO": ["ago"],
    "END": ["end", "beginning", "start", "middle", "close", "opening"],
    "OF": ["of"],
    "THE": ["the"],
    "ITS": ["its", "their"],
    "AND": ["and", "or"],
    "TO": ["to"],
    "EVERY": ["every", "each"],
    "PER": ["per"],
    "ABOUT": ["about", "nearly", "almost", "around", "approximately", "roughly", "over"],
    "MORE": ["more", "less", "fewer", "another"],
    "THAN": ["than"],
    "NO": ["no"],
    "AT": ["at"],
    "LEAST": ["least", "most"],
    "UP": ["up"],
    "FEW": ["few", "several", "some", "many"],
    "COUPLE": ["couple"],
    "FISCAL": ["fiscal"],
    "FULL": ["full", "entire"],
    "LONG": ["long"],
    "OLD": ["old"],
    "NOON": ["noon", "midday"],
    "MIDNIGHT": ["midnight"],
    "CLOCK": ["o'clock", "o’clock"],
    "FROM": ["from"],
    "PERIOD": ["period"],
    "FUTURE": ["future"],
    "NEARBY": ["near", "distant", "immediate"],
    "SO": ["so"],
    "RECENT": ["recent"],
    "CORRESPONDING": ["corresponding", "comparable"],
    "ENDED": ["ended", "ending", "ends"],
    "TRADING": ["trading", "business", "working", "consecutive", "straight"],
    "ON": ["on"],
    "IN": ["in"],
    "FOR": ["for"],
    "WHILE": ["while"],
    "TIME": ["time"],
    "AFTER": ["after", "within", "during", "since", "until", "by", "before"],
    "POSSESSIVE": ["'s", "’s"],
    "MORE_OFTEN": ["once", "twice", "times"],
    "PM": ["a.m.", "p.m.", "a.m", "p.m", "am", "pm"],
}
SIGNS = {
    "COMMA": [","],
    "HYPHEN": ["-", "–", "—"],
    "STOP": ["."],
    "BREAK": ["\n"],
    "COLON": [":"],
    "MONEY": ["$", "#", "£", "€", "%"],
}

# What tells the tense of a clause.
AHEAD_WORDS = (
    "will ll shall won can could may might would expected expects expect scheduled schedule due plans plan "
    "planned planning set hopes hope intend intends likely effective payable expire expires upcoming proposed "
    "tomorrow future going promises promised vows agreed ready prepare preparing aims begins starts opens"
).split()
PAST_WORDS = (
    "was were had did said told wrote met began came went took made found won lost saw gave held left got fell rose "
    "kept felt became brought thought spoke ran struck shot hit broke knew led paid sold sent spent stood heard "
    "ended has have been since quoted cut grew shown put fled flew drew threw blew woke died"
).split()
PRESENT = ("is", "are", "be")  # what is heard in May is ahead
STOPS = (".", "!", "?", ";", "\n")
# their -ed is no past tense
NO_PAST = "united need indeed speed exceed proceed succeed feed bed red shed armed alleged".split()
# a text with two of these words reports results, and of the quarter that ended last before it
RESULTS = "earnings income profit profits revenue sales loss".split()
