"""What the elements of HTML do to text, and what their attributes say of it, as tables for compiled code."""

from functools import cache
from html.entities import html5
from typing import NamedTuple

import numpy as np

from newsmill.nlp import line_markup
from newsmill.readers import vocabulary

# How an element behaves, as bits.
BREAK, GAP, VOID, RAW, BOUNDARY, SPECIAL, TABLE, LISTING, BUTTON, CLOSES_P, IMPLIED, BREAKS_OUT, TELLING = (
    1 << bit for bit in range(13)
)
# What an end that nobody wrote may close, as bits: the kinds of element that have such ends.
P, ITEM, TERM, CELL, ROW, GROUP, OPTION, HEADING, ANCHOR, CHOICE = (1 << bit for bit in range(10))
# What only the scan needs to know of where it stands; the bits below are those of marks.
LINK, PRE, SKIP, IN_ITEM = 1 << 32, 1 << 33, 1 << 34, 1 << 35
DEPTH_SHIFT = 40  # from here on, how many lists are open
# Columns of the table of elements.
BEHAVIOUR, STATE, KIND, ENDS, STOPS, END_STOPS, RECORDED = range(7)
# Numbers of the elements that the scan knows by name.
P_TAG, BR_TAG, TITLE_TAG, SCRIPT_TAG, HTML_TAG, META_TAG, LINK_TAG, TIME_TAG, FORM_TAG, SVG_TAG, FOREIGN_OBJECT_TAG = (
    range(1, 12)
)
# What a part of a class name is about, beside the marks that it makes on its own: a text and a body make BODY_HINT, and
# what may be hidden has its whole name looked up.
TEXT_PIECE, BODY_PIECE, HIDDEN_PIECE = 1 << 40, 1 << 41, 1 << 42
MARKS = (1 << 31) - 1 & ~line_markup.LINK_PERCENT  # what a state and a mark have in common
ROLE_SEED, ITEMPROP_SEED, WORD_SEED, PIECE_SEED, META_SEED, ENTITY_SEED = 7, 11, 13, 17, 19, 23
BASE, SPREAD = 1_000_003, 0x9E3779B97F4A7C1
_MASK = (1 << 64) - 1


class Elements(NamedTuple):
    """Open hash tables: elements by name and a row for each, words of attributes and what they say, entities."""

    tag_keys: np.ndarray
    tag_values: np.ndarray
    rows: np.ndarray
    keys: np.ndarray
    values: np.ndarray
    entity_keys: np.ndarray
    entity_values: np.ndarray
    entity_text: np.ndarray


@cache
def elements() -> Elements:
    """Return the tables."""
    rows, names = _rows()
    keys: dict[int, int] = {}
    for seed, told in _WORDS.items():
        for value, listed in told.items():
            for name in listed.split():
                key = name_hash(seed, name)
                keys[key] = keys.get(key, 0) | value
    blob, places = bytearray(), {}
    for name, text in html5.items():
        encoded = text.encode()
        places[name_hash(ENTITY_SEED, name)] = ord(text) << 8 if len(text) == 1 else len(blob) << 8 | len(encoded)
        blob += encoded if len(text) > 1 else b""
    tags = {packed(name): number for name, number in names.items()}
    return Elements(*_table(tags), rows, *_table(keys), *_table(places), np.frombuffer(bytes(blob), np.uint8))


def packed(name: str) -> int:
    """Return the last eight letters of a name as one signed number."""
    return int.from_bytes(name.encode()[-8:].rjust(8, b"\0"), "big", signed=True)


def name_hash(seed: int, name: str) -> int:
    """Return the hash of a name, as the scan makes it: signed, of 64 bits."""
    found = seed
    for byte in name.encode():
        found = found * BASE + byte & _MASK
    return found - (1 << 64) if found >> 63 else found


def _table(entries: dict[int, int]) -> tuple[np.ndarray, np.ndarray]:
    size = 1 << (4 * len(entries) - 1).bit_length()
    keys, values = np.zeros(size, np.int64), np.zeros(size, np.int64)
    for key, value in entries.items():
        at = (key * SPREAD >> 40) & size - 1  # bits 40 and up are the same in 64 bits as in all
        while keys[at]:
            at = at + 1 & size - 1
        keys[at], values[at] = key, value
    return keys, values


def _rows() -> tuple[np.ndarray, dict[str, int]]:
    """Return the table of elements, row 0 for all that are not listed, and the number of each by name."""
    names = dict(_NUMBERS)
    for listed in (*_BEHAVIOUR.values(), *_STATE.values(), *_KIND.values()):
        for name in listed.split():
            names.setdefault(name, max(names.values()) + 1)
    rows = np.zeros((len(names) + 1, 7), np.int64)
    for column, told in ((BEHAVIOUR, _BEHAVIOUR), (STATE, _STATE), (KIND, _KIND)):
        for value, listed in told.items():
            for name in listed.split():
                rows[names[name], column] |= value
    for name, (ends, stops) in _IMPLIES.items():
        rows[names[name], ENDS], rows[names[name], STOPS] = ends, stops
    rows[0, BEHAVIOUR], rows[:, END_STOPS] = TELLING, BOUNDARY
    for name, stops in _END_STOPS.items():
        rows[names[name], END_STOPS] = stops
    for name in _RECORDED:
        rows[names[name], RECORDED] = 1
    return rows, names


def _each(value: object, names: str) -> dict[str, object]:
    return dict.fromkeys(names.split(), value)


_NUMBERS = {
    "p": P_TAG,
    "br": BR_TAG,
    "title": TITLE_TAG,
    "script": SCRIPT_TAG,
    "html": HTML_TAG,
    "meta": META_TAG,
    "link": LINK_TAG,
    "time": TIME_TAG,
    "form": FORM_TAG,
    "svg": SVG_TAG,
    "foreignobject": FOREIGN_OBJECT_TAG,
}
_HEADINGS = "h1 h2 h3 h4 h5 h6"
_BLOCKS = (
    "address article aside blockquote center details dialog dir div dl fieldset figcaption figure footer form header "
    f"hgroup hr listing main menu nav ol p plaintext pre search section summary table ul xmp {_HEADINGS}"
)
_BEHAVIOUR = {
    BREAK: f"{_BLOCKS} body caption dd dt frameset legend li optgroup option tbody tfoot thead tr",
    GAP: f"p {_HEADINGS}",
    VOID: "area base basefont bgsound br col embed frame hr img input keygen link meta param source track wbr",
    RAW: "script style noscript iframe noembed noframes xmp title textarea",
    # The standard bounds at objects and templates too; left open, those would take the rest of a page with them.
    BOUNDARY: "caption table td th",
    SPECIAL: f"{_BLOCKS} applet body button caption dd dt iframe li marquee object select tbody td template tfoot th "
    "thead tr",
    TABLE: "table template",
    LISTING: "ol ul menu dir",
    BUTTON: "button",
    CLOSES_P: f"{_BLOCKS} dd dt li",
    IMPLIED: "html head body",
    # Of these the attributes are read: where they name what stands in them. (Unknown elements are read as well.)
    TELLING: f"{_BLOCKS} meta link time html body caption dd dt li tbody td th thead tr span script svg label button",
    BREAKS_OUT: f"{_HEADINGS} b big blockquote body br center code dd div dl dt em embed head hr i img li listing menu "
    "meta nobr ol p pre ruby s small span strong strike sub sup table tt u ul var",
}
_STATE = {
    **{level: f"h{level}" for level in range(1, 7)},
    line_markup.LIST_ITEM: "li dd dt",
    line_markup.ARTICLE: "article main",
    line_markup.FRAME: "nav header footer aside form label",
    line_markup.TABLE: "table",
    line_markup.QUOTATION: "blockquote q",
    line_markup.PARAGRAPH: "p",
    line_markup.CAPTION: "figcaption caption",
    line_markup.CAPTION_HINT: "figure",
    line_markup.EMPHASIS: "b strong i em",
    LINK: "a",
    IN_ITEM: "li",
    PRE: "pre listing",
    # What stands in these is code, a picture, a control, or what a browser shows that cannot show something else.
    SKIP: "audio button canvas datalist object select svg template video rp",
    1 << DEPTH_SHIFT: "ul ol menu dir",
}
_KIND = {
    P: "p",
    ITEM: "li",
    TERM: "dd dt",
    CELL: "td th",
    ROW: "tr",
    GROUP: "tbody thead tfoot caption colgroup",
    OPTION: "option optgroup",
    HEADING: _HEADINGS,
    ANCHOR: "a",
    CHOICE: "select button",
}
_LIST_STOPS = BOUNDARY | LISTING
_IMPLIES = {
    "li": (ITEM, _LIST_STOPS),
    **_each((TERM, _LIST_STOPS), "dd dt"),
    **_each((CELL, TABLE), "td th"),
    "tr": (CELL | ROW, TABLE),
    **_each((CELL | ROW | GROUP, TABLE), "tbody thead tfoot caption colgroup"),
    **_each((OPTION, BOUNDARY), "option optgroup"),
    **_each((HEADING, SPECIAL), _HEADINGS),
    "a": (ANCHOR, BOUNDARY),
    **_each((CHOICE, BOUNDARY), "input textarea select button"),
}
_END_STOPS = {
    **_each(TABLE, "td th tr tbody thead tfoot caption colgroup"),
    **_each(0, "table template"),
    "p": BOUNDARY | BUTTON,
    "li": _LIST_STOPS,
}
_WORDS = {
    ROLE_SEED: vocabulary.ROLES,
    ITEMPROP_SEED: vocabulary.ITEMPROPS,
    META_SEED: {1: " ".join((*vocabulary.META.values(), vocabulary.CANONICAL))},
    WORD_SEED: vocabulary.WHOLE_NAMES,
    PIECE_SEED: {
        **vocabulary.PIECES,
        TEXT_PIECE: vocabulary.TEXT_PIECES,
        BODY_PIECE: vocabulary.BODY_PIECES,
        HIDDEN_PIECE: vocabulary.HIDING_PIECES,
    },
}
_RECORDED = ("html", "meta", "link", "time", "title", "script")
