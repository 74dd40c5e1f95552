"""Tables for the compiled HTML scan: behaviour of elements, line markup of attribute words, character entities.

Layout:

- `elements[number]`: one ELEMENT record per element; number 0 is for unlisted elements. `behaviour`, `state`, `kind`,
  `ends`, `stops` and `end_stops` hold bits; `is_recorded` is 1 where `markup` records the element. Each scan counts in
  a copy of the records: `opened`, on the stack of open elements; `overflowed`, open but left off the full stack.
- `tags`: open hash table from the packed last eight letters of a tag name to the number of the element.
- `words`: open hash table from the hash of an attribute word, seeded by the kind of attribute, to markup bits.
- `entities`: open hash table from the hash of an entity name to `code point << 8`, or to `offset << 8 | length` of a
  text in `entity_text` for the entities of two characters.

Each hash table has a power of two of SLOT records, `key` and `value`, at least four times the entries. Key 0 marks a
free slot; a collision moves on to the next slot.

Example: `<li>` packs to 0x6C69. The record has behaviour `BREAK | SPECIAL | CLOSES_P | …`, state `LIST_ITEM | IN_ITEM`,
kind `ITEM`, ends `ITEM` and stops `BOUNDARY | LISTING`. So a second `<li>` closes an open `<li>`, unless a table cell
or a list begins between both.
"""

from enum import IntEnum
from functools import cache
from html.entities import html5
from typing import NamedTuple, TypeVar

import numpy as np

from newsmill.nlp import line_markup
from newsmill.readers import vocabulary

# Bits of `behaviour`.
BREAK, GAP, VOID, RAW, BOUNDARY, SPECIAL, TABLE, LISTING, BUTTON, CLOSES_P, IMPLIED, BREAKS_OUT, READS_ATTRIBUTES = (
    1 << bit for bit in range(13)
)
# Bits of `kind`, `ends`: the kinds of element with optional end tags, closed by a later start tag.
P, ITEM, TERM, CELL, ROW, GROUP, OPTION, HEADING, ANCHOR, CHOICE = (1 << bit for bit in range(10))
# Bits of `state` above the line markup: context that only the scan uses.
LINK, PRE, SKIP, IN_ITEM = 1 << 32, 1 << 33, 1 << 34, 1 << 35
DEPTH_SHIFT = 40  # the bits from here count the open lists
ELEMENT = np.dtype(
    [
        (name, np.int64)
        for name in ("behaviour", "state", "kind", "ends", "stops", "end_stops", "is_recorded", "opened", "overflowed")
    ]
)
SLOT = np.dtype([("key", np.int64), ("value", np.int64)])
# Bits of a word in a class name, in addition to its line markup: a text word and a body word together give BODY_HINT;
# a hidden word triggers a lookup of the whole name.
TEXT_PIECE, BODY_PIECE, HIDDEN_PIECE = 1 << 40, 1 << 41, 1 << 42
SPOKEN = 1 << 43  # of a whole name: within a line, words that only a screen reader says
MARKS = (1 << 31) - 1 & ~line_markup.LINK_PERCENT  # the bits shared by `state` and line markup
ROLE_SEED, ITEMPROP_SEED, WORD_SEED, PIECE_SEED, META_SEED, ENTITY_SEED = 7, 11, 13, 17, 19, 23
HASH_BASE, HASH_MULTIPLIER = 1_000_003, 0x9E3779B97F4A7C1
_MASK_64 = (1 << 64) - 1
_Value = TypeVar("_Value")


class Tag(IntEnum):
    """Numbers of the elements named in the scan."""

    P = 1
    BR = 2
    TITLE = 3
    SCRIPT = 4
    HTML = 5
    META = 6
    LINK = 7
    TIME = 8
    FORM = 9
    SVG = 10
    FOREIGNOBJECT = 11


class ElementTables(NamedTuple):
    """The records of elements, and hash tables of tag names, attribute words and entities (layout above)."""

    elements: np.recarray
    tags: np.recarray
    words: np.recarray
    entities: np.recarray
    entity_text: np.ndarray


@cache
def element_tables(is_scripted: bool = True) -> ElementTables:
    """Return the tables, built once per process; a browser without scripts shows the content of `<noscript>`."""
    elements, names = _build_elements()
    if not is_scripted:
        elements.behaviour[names["noscript"]] &= ~RAW
    keys: dict[int, int] = {}
    for seed, words_by_value in _WORDS.items():
        for value, listed in words_by_value.items():
            for name in listed.split():
                key = hash_name(seed, name)
                keys[key] = keys.get(key, 0) | value
    blob, entities = bytearray(), {}
    for name, text in html5.items():
        encoded = text.encode()
        entities[hash_name(ENTITY_SEED, name)] = ord(text) << 8 if len(text) == 1 else len(blob) << 8 | len(encoded)
        blob += encoded if len(text) > 1 else b""
    tags = {pack_name(name): number for name, number in names.items()}
    entity_text = np.frombuffer(bytes(blob), np.uint8)
    return ElementTables(elements, _build_table(tags), _build_table(keys), _build_table(entities), entity_text)


def pack_name(name: str) -> int:
    """Return the last eight letters of a name as a signed 64-bit number."""
    return int.from_bytes(name.encode()[-8:].rjust(8, b"\0"), "big", signed=True)


def hash_name(seed: int, name: str) -> int:
    """Return the signed 64-bit hash of a name, equal to the hash of the compiled scan."""
    key = seed
    for byte in name.encode():
        key = key * HASH_BASE + byte & _MASK_64
    return key - (1 << 64) if key >> 63 else key


def _build_table(entries: dict[int, int]) -> np.recarray:
    size = 1 << (4 * len(entries) - 1).bit_length()
    slots = np.zeros(size, SLOT).view(np.recarray)
    keys, values = slots["key"], slots["value"]
    for key, value in entries.items():
        i = (key * HASH_MULTIPLIER >> 40) & size - 1  # bits 40 to 63 are equal in 64-bit and unbounded arithmetic
        while keys[i]:
            i = i + 1 & size - 1
        keys[i], values[i] = key, value
    return slots


def _build_elements() -> tuple[np.recarray, dict[str, int]]:
    """Return the records of elements, number 0 for unlisted elements, and the number by name."""
    names = {tag.name.lower(): tag.value for tag in Tag}
    for listed in (*_BEHAVIOUR.values(), *_STATE.values(), *_KIND.values()):
        for name in listed.split():
            names.setdefault(name, max(names.values()) + 1)
    elements = np.zeros(len(names) + 1, ELEMENT).view(np.recarray)
    for field, names_by_value in (("behaviour", _BEHAVIOUR), ("state", _STATE), ("kind", _KIND)):
        for value, listed in names_by_value.items():
            for name in listed.split():
                elements[field][names[name]] |= value
    for name, (ends, stops) in _IMPLIES.items():
        elements.ends[names[name]], elements.stops[names[name]] = ends, stops
    elements.behaviour[0], elements.end_stops[:] = READS_ATTRIBUTES, BOUNDARY
    for name, stops in _END_STOPS.items():
        elements.end_stops[names[name]] = stops
    for tag in _RECORDED:
        elements.is_recorded[tag] = 1
    return elements, names


def _same_value(value: _Value, names: str) -> dict[str, _Value]:
    return dict.fromkeys(names.split(), value)


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
    # The standard also bounds at object and template; an unclosed one would then swallow the rest of a page.
    BOUNDARY: "caption table td th",
    SPECIAL: f"{_BLOCKS} applet body button caption dd dt iframe li marquee object select tbody td template tfoot th "
    "thead tr",
    TABLE: "table template",
    LISTING: "ol ul menu dir",
    BUTTON: "button",
    CLOSES_P: f"{_BLOCKS} dd dt li",
    IMPLIED: "html head body",
    # Elements with attributes that describe their content; attributes of unknown elements are read too.
    READS_ATTRIBUTES: f"{_BLOCKS} meta link time html body caption dd dt li tbody td th thead tr span script svg label "
    "button",
    BREAKS_OUT: f"{_HEADINGS} b big blockquote body br center code dd div dl dt em embed head hr i img li listing menu "
    "meta nobr ol p pre ruby s small span strong strike sub sup table tt u ul var",
}
_STATE = {
    **{level: f"h{level}" for level in range(1, 7)},
    line_markup.LIST_ITEM: "li dd dt",
    line_markup.ARTICLE: "article main",
    line_markup.PAGE_FRAME: "nav header footer aside form label",
    line_markup.TABLE: "table",
    line_markup.QUOTATION: "blockquote q",
    line_markup.PARAGRAPH: "p",
    line_markup.CAPTION: "figcaption caption",
    line_markup.CAPTION_HINT: "figure",
    line_markup.EMPHASIS: "b strong i em",
    LINK: "a",
    IN_ITEM: "li",
    PRE: "pre listing",
    # Code, pictures, controls and fallback content: never shown as text.
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
    **_same_value((TERM, _LIST_STOPS), "dd dt"),
    **_same_value((CELL, TABLE), "td th"),
    "tr": (CELL | ROW, TABLE),
    **_same_value((CELL | ROW | GROUP, TABLE), "tbody thead tfoot caption colgroup"),
    **_same_value((OPTION, BOUNDARY), "option optgroup"),
    **_same_value((HEADING, SPECIAL), _HEADINGS),
    "a": (ANCHOR, BOUNDARY),
    **_same_value((CHOICE, BOUNDARY), "input textarea select button"),
}
_END_STOPS = {
    **_same_value(TABLE, "td th tr tbody thead tfoot caption colgroup"),
    **_same_value(0, "table template"),
    "p": BOUNDARY | BUTTON,
    "li": _LIST_STOPS,
}
_WORDS = {
    ROLE_SEED: vocabulary.ROLES,
    ITEMPROP_SEED: vocabulary.ITEMPROPS,
    META_SEED: {1: " ".join((*vocabulary.META.values(), vocabulary.CANONICAL))},
    WORD_SEED: {**vocabulary.WHOLE_NAMES, SPOKEN: vocabulary.SPOKEN_NAMES},
    PIECE_SEED: {
        **vocabulary.PIECES,
        TEXT_PIECE: vocabulary.TEXT_PIECES,
        BODY_PIECE: vocabulary.BODY_PIECES,
        HIDDEN_PIECE: vocabulary.HIDING_PIECES,
    },
}
_RECORDED = (Tag.HTML, Tag.META, Tag.LINK, Tag.TIME, Tag.TITLE, Tag.SCRIPT)
