"""News names of countries and first-level areas, where gazetteers use another spelling."""

# abbreviations of the Associated Press, current and older, and of the postal service
_STATES = """
Alabama: Ala. AL | Alaska: AK | Arizona: Ariz. AZ | Arkansas: Ark. AR | California: Calif. Cal. CA | Colorado: Colo. CO
Connecticut: Conn. CT | Delaware: Del. DE | Florida: Fla. FL | Georgia: Ga. GA | Hawaii: HI | Idaho: ID
Illinois: Ill. IL | Indiana: Ind. IN | Iowa: IA | Kansas: Kan. Kans. KS | Kentucky: Ky. KY | Louisiana: La. LA
Maine: ME | Maryland: Md. MD | Massachusetts: Mass. MA | Michigan: Mich. MI | Minnesota: Minn. MN
Mississippi: Miss. MS | Missouri: Mo. MO | Montana: Mont. MT | Nebraska: Neb. Nebr. NE | Nevada: Nev. NV
New Hampshire: N.H. NH | New Jersey: N.J. NJ | New Mexico: N.M. NM | New York: N.Y. NY | North Carolina: N.C. NC
North Dakota: N.D. ND | Ohio: OH | Oklahoma: Okla. OK | Oregon: Ore. OR | Pennsylvania: Pa. Penn. PA
Rhode Island: R.I. RI | South Carolina: S.C. SC | South Dakota: S.D. SD | Tennessee: Tenn. TN | Texas: Tex. TX
Utah: UT | Vermont: Vt. VT | Virginia: Va. VA | Washington: Wash. WA | West Virginia: W.Va. WV
Wisconsin: Wis. Wisc. WI | Wyoming: Wyo. WY | District of Columbia: D.C. DC
Ontario: Ont. ON | Quebec: Que. QC | British Columbia: B.C. BC | Alberta: Alta. AB | Manitoba: Man. MB
Saskatchewan: Sask. SK | Nova Scotia: N.S. NS | New Brunswick: N.B. NB | Newfoundland and Labrador: N.L. Nfld. NL
Prince Edward Island: P.E.I. PEI | New South Wales: NSW N.S.W. | Queensland: Qld. QLD | Victoria: Vic. VIC
Northwest Territories: N.W.T. NWT
"""
ABBREVIATIONS = {
    short: state.strip()
    for line in _STATES.strip().replace("\n", " | ").split(" | ")
    for state, _, abbreviations in [line.partition(":")]
    for short in abbreviations.split()
}
"""Name of a state or province by abbreviation; abbreviations without a period count only after a comma."""
POINTED = {short: state for short, state in ABBREVIATIONS.items() if "." in short}
POSTAL_CODES = {short: state for short, state in ABBREVIATIONS.items() if "." not in short}
COUNTRY_NAMES = {
    "US": "United States",
    "U.S": "United States",
    "U.S.": "United States",
    "USA": "United States",
    "U.S.A.": "United States",
    "America": "United States",
    "United States of America": "United States",
    "UK": "United Kingdom",
    "U.K.": "United Kingdom",
    "U.K": "United Kingdom",
    "Britain": "United Kingdom",
    "Great Britain": "United Kingdom",
    "UAE": "United Arab Emirates",
    "U.A.E.": "United Arab Emirates",
    "Holland": "Netherlands",
    "The Netherlands": "Netherlands",
    "Burma": "Myanmar",
    "Turkey": "Türkiye",
    "Ivory Coast": "Côte d'Ivoire",
    "Swaziland": "Eswatini",
    "Cape Verde": "Cabo Verde",
    "East Timor": "Timor-Leste",
    "Macedonia": "North Macedonia",
    "Bosnia": "Bosnia and Herzegovina",
    "Bosnia-Herzegovina": "Bosnia and Herzegovina",
    "Palestinian territories": "Palestine",
    "Palestinian Territories": "Palestine",
    "Vatican City": "Vatican",
    "The Bahamas": "Bahamas",
    "The Gambia": "Gambia",
    "Republic of Ireland": "Ireland",
    "Irish Republic": "Ireland",
    "DRC": "Democratic Republic of the Congo",
    "DR Congo": "Democratic Republic of the Congo",
    "Democratic Republic of Congo": "Democratic Republic of the Congo",
    "Congo": "Democratic Republic of the Congo",
    "Congo-Kinshasa": "Democratic Republic of the Congo",
    "Congo-Brazzaville": "Republic of the Congo",
    "Congo Republic": "Republic of the Congo",
    "Korea": "South Korea",
    "DPRK": "North Korea",
    "Saudi": "Saudi Arabia",
    "KSA": "Saudi Arabia",
    "Bharat": "India",
    "PRC": "China",
    "CAR": "Central African Republic",
    "BVI": "British Virgin Islands",
    "U. S.": "United States",
    "Niger Republic": "Niger",
    "Benin Republic": "Benin",
    "Chad Republic": "Chad",
    "S. Korea": "South Korea",
    "N. Korea": "North Korea",
    "St. Kitts": "Saint Kitts and Nevis",
}
PLACE_NAMES = {
    "NYC": "New York City",
    "N.Y.C.": "New York City",
    "L.A.": "Los Angeles",
    "LA": "Los Angeles",
    "D.C": "District of Columbia",
    "Washington D.C.": "District of Columbia",
    "Washington DC": "District of Columbia",
    "Washington, D.C.": "District of Columbia",
    "The Hague": "Den Haag",
    "Newfoundland": "Newfoundland and Labrador",
    "St. Pete": "St. Petersburg",
    "Philly": "Philadelphia",
    "Cali.": "California",
    "Lugansk": "Luhansk",
    "Zaporozhye": "Zaporizhzhia",
    "Nikolayev": "Mykolayiv",
    "Port-Harcourt": "Port Harcourt",
    "Portharcourt": "Port Harcourt",
    "Bengal": "West Bengal",
    "L.A. County": "Los Angeles County",
    "FCT": "Abuja Federal Capital Territory",
    "Federal Capital Territory": "Abuja Federal Capital Territory",
    "Vegas": "Las Vegas",
}
SHORT_NAMES = (
    COUNTRY_NAMES
    | PLACE_NAMES
    | POINTED
    | {short.rstrip("."): state for short, state in POINTED.items() if short.count(".") > 1}
)
