"""Measures of a text: counts, and quality signals as RedPajama-Data-v2 defines them."""

import re
import string
import unicodedata

SYMBOL_RUN = re.compile(r"[^\w\s]+")
SENTENCE = re.compile(r"[.!?…。！？؟।]+(?=[\"”’')\]»]*(?:\s|$))|[。！？]")
PUNCTUATION = re.compile(f"[{re.escape(string.punctuation)}]+")
ELLIPSES = ("...", "…")
SYMBOLS = ("#", *ELLIPSES)
DIGITS = 8
# The English list of stopwords-json, as RedPajama takes it, as far as a token can match it.
STOP_WORDS = frozenset(
    "a able about above according accordingly across actually after afterwards again against all allow allows "
    "almost alone along already also although always am among amongst an and another any anybody anyhow anyone "
    "anything anyway anyways anywhere apart appear appreciate appropriate are around as aside ask asking "
    "associated at available away awfully b be became because become becomes becoming been before beforehand "
    "behind being believe below beside besides best better between beyond both brief but by c came can cannot "
    "cant cause causes certain certainly changes clearly co com come comes concerning consequently consider "
    "considering contain containing contains corresponding could course currently d definitely described despite "
    "did different do does doing done down downwards during e each edu eg eight either else elsewhere enough "
    "entirely especially et etc even ever every everybody everyone everything everywhere ex exactly example "
    "except f far few fifth first five followed following follows for former formerly forth four from further "
    "furthermore g get gets getting given gives go goes going gone got gotten greetings h had happens hardly has "
    "have having he hello help hence her here hereafter hereby herein hereupon hers herself hi him himself his "
    "hither hopefully how howbeit however i ie if ignored immediate in inasmuch inc indeed indicate indicated "
    "indicates inner insofar instead into inward is it its itself j just k keep keeps kept know known knows l "
    "last lately later latter latterly least less lest let like liked likely little look looking looks ltd m "
    "mainly many may maybe me mean meanwhile merely might more moreover most mostly much must my myself n name "
    "namely nd near nearly necessary need needs neither never nevertheless new next nine no nobody non none noone "
    "nor normally not nothing novel now nowhere o obviously of off often oh ok okay old on once one ones only "
    "onto or other others otherwise ought our ours ourselves out outside over overall own p particular "
    "particularly per perhaps placed please plus possible presumably probably provides q que quite qv r rather rd "
    "re really reasonably regarding regardless regards relatively respectively right s said same saw say saying "
    "says second secondly see seeing seem seemed seeming seems seen self selves sensible sent serious seriously "
    "seven several shall she should since six so some somebody somehow someone something sometime sometimes "
    "somewhat somewhere soon sorry specified specify specifying still sub such sup sure t take taken tell tends "
    "th than thank thanks thanx that thats the their theirs them themselves then thence there thereafter thereby "
    "therefore therein theres thereupon these they think third this thorough thoroughly those though three "
    "through throughout thru thus to together too took toward towards tried tries truly try trying twice two u un "
    "under unfortunately unless unlikely until unto up upon us use used useful uses using usually uucp v value "
    "various very via viz vs w want wants was way we welcome well went were what whatever when whence whenever "
    "where whereafter whereas whereby wherein whereupon wherever whether which while whither who whoever whole "
    "whom whose why will willing wish with within without wonder would x y yes yet you your yours yourself "
    "yourselves z zero".split()
)


def measures(text: str, tokens: list[str]) -> dict[str, int | float]:
    """Return counts and quality signals of a text with its words by column name; every ratio of an empty text is 0."""
    lines = text.removesuffix("\n").split("\n")
    cut_off = sum(line.rstrip().endswith(ELLIPSES) for line in lines)
    raw_count = len(tokens) + len(SYMBOL_RUN.findall(text))  # RedPajama's raw words: runs of letters, runs of signs
    words = _normalised(text).split()
    return {
        "word_count": len(tokens),
        "sentence_count": sentence_count(text),
        "rps_doc_word_count": len(words),
        "rps_doc_mean_word_length": _ratio(sum(map(len, words)), len(words)),
        "rps_doc_frac_unique_words": _ratio(len(set(words)), len(words)),
        "rps_doc_frac_all_caps_words": _ratio(sum(map(str.isupper, tokens)), raw_count),
        "rps_doc_frac_lines_end_with_ellipsis": _ratio(cut_off, len(lines)),
        "rps_doc_symbol_to_word_ratio": _ratio(sum(map(text.count, SYMBOLS)), raw_count),
        "rps_doc_stop_word_fraction": _ratio(sum(map(STOP_WORDS.__contains__, tokens)), raw_count),
    }


def sentence_count(text: str) -> int:
    """Count the sentences of a text by their final punctuation; text without any is one sentence."""
    return len(SENTENCE.findall(text)) or int(bool(text.strip()))


def _normalised(text: str) -> str:
    lowered = PUNCTUATION.sub("", text).lower()
    return lowered if lowered.isascii() else unicodedata.normalize("NFD", lowered)


def _ratio(part: float, whole: int) -> float:
    return round(part / whole, DIGITS) if whole else 0.0
