"""Compiled reading of what HTML is spelt with: tags and their attributes, comments, raw content, character references.

Bytes are UTF-8. Every function looks at each byte once, whatever the markup says.
"""

import numpy as np

from newsmill.compiled import compiled, inlined
from newsmill.nlp import line_markup
from newsmill.readers import elements as e

TRAITS, DECLARES = range(2)  # registers in which `attributes` leaves what it read
LT, GT, SLASH, AMP, BANG, DASH, EQUALS, HASH, SEMICOLON, QUESTION, QUOTE, APOSTROPHE = b"<>/&!-=#;?\"'"
BLOCK = 64
LONGEST_ENTITY, LONGEST_BARE_ENTITY = 32, 6
REPLACEMENT = 0xFFFD
_CLASS, _ID, _STYLE, _HIDDEN, _ARIA_HIDDEN, _TYPE, _ROLE, _ITEMPROP = (
    e.packed(name) for name in ("class", "id", "style", "hidden", "aria-hidden", "type", "role", "itemprop")
)
_PROPERTY, _NAME, _HTTP_EQUIV, _REL, _DATETIME, _LANG = (
    e.packed(name) for name in ("property", "name", "http-equiv", "rel", "datetime", "lang")
)
_JSON_LD = np.frombuffer(b"ld+json", np.uint8)
_NOT_SHOWN = np.frombuffer(b"display:none", np.uint8)
_NOT_SEEN = np.frombuffer(b"visibility:hidden", np.uint8)
# References to C1 controls mean what windows-1252 has there.
_C1 = np.array([ord(bytes((code,)).decode("cp1252", "ignore") or chr(code)) for code in range(0x80, 0xA0)], np.int64)


@inlined
def is_letter(byte):
    """Tell whether a byte is a letter of ASCII."""
    return 97 <= byte | 32 <= 122


@inlined
def is_space(byte):
    """Tell whether a byte is white space."""
    return byte == 32 or 9 <= byte <= 13


@inlined
def lower(byte):
    """Return a byte, a capital of ASCII as its small letter."""
    return byte | 32 if 65 <= byte <= 90 else byte


@inlined
def value_of(keys, values, key):
    """Return the value of a key in an open hash table, 0 for none."""
    mask = len(keys) - 1
    at = (key * e.SPREAD >> 40) & mask
    while keys[at] != 0:
        if keys[at] == key:
            return values[at]
        at = (at + 1) & mask
    return 0


@compiled
def seek(src, at, wanted):
    """Return where the next of a byte stands, or the end; looks at a block at once."""
    while at + BLOCK <= len(src):
        block, hits = src[at : at + BLOCK], 0
        for k in range(BLOCK):
            hits += block[k] == wanted
        if hits:
            break
        at += BLOCK
    while at < len(src) and src[at] != wanted:
        at += 1
    return at


@inlined
def opens_tag(src, at):
    """Tell whether a `<` opens a tag, a comment or the like."""
    if at + 2 >= len(src):
        return False
    second = src[at + 1]
    return second in (SLASH, BANG, QUESTION) or is_letter(second)


@compiled
def after_declaration(src, at):
    """Return where a comment, a doctype or the like that begins at a `<` has ended."""
    if at + 3 >= len(src) or src[at + 1] != BANG or src[at + 2] != DASH or src[at + 3] != DASH:
        return min(seek(src, at + 2, GT) + 1, len(src))
    first = at = at + 4
    while True:
        at = seek(src, at, GT)
        if at == len(src):
            return at
        dashes = at - 1 if src[at - 1] != BANG else at - 2
        if src[dashes] == DASH and (dashes <= first or src[dashes - 1] == DASH) and dashes > first - 2:
            return at + 1
        at += 1


@inlined
def name(src, at):
    """Return (the last eight letters of the name of a tag as a number, where it ends)."""
    key = 0
    while at < len(src):
        byte = np.int64(src[at])
        if byte in (GT, SLASH) or is_space(byte):
            break
        key = key << 8 | lower(byte)
        at += 1
    return key, at


@compiled
def tag_end(src, at):
    """Return where a tag has ended, minding quotes; more than the length of the markup if it never does."""
    total, after_equals = len(src), False
    while at < total:
        byte = src[at]
        if byte == GT:
            return at + 1
        if after_equals and byte in (QUOTE, APOSTROPHE):
            at += 1
            while at < total and src[at] != byte:
                at += 1
        if not is_space(byte):
            after_equals = byte == EQUALS
        at += 1
    return total + 1


@compiled
def raw_end(src, at, name_from, name_to, is_script):
    """Return where the content of an element ends that holds no markup: at its end tag."""
    total, length = len(src), name_to - name_from
    escaped = doubly = False
    while at < total:
        if not escaped:
            at = seek(src, at, LT)
        if at < total and src[at] == LT:
            if is_script and at + 3 < total and src[at + 1] == BANG and src[at + 2] == DASH and src[at + 3] == DASH:
                escaped = True
                at += 3
            elif at + 1 < total and src[at + 1] == SLASH and _is_named(src, at + 2, name_from, length):
                if not doubly:
                    return at
                doubly = False
            elif escaped and _is_named(src, at + 1, name_from, length):
                doubly = True
        elif escaped and src[at] == GT and src[at - 1] == DASH and src[at - 2] == DASH:
            escaped = doubly = False
        at += 1
    return total


@compiled
def _is_named(src, at, name_from, length):
    past = at + length
    if past >= len(src):
        return False
    for k in range(length):
        if lower(src[at + k]) != lower(src[name_from + k]):
            return False
    return is_space(src[past]) or src[past] == SLASH or src[past] == GT


@compiled
def attributes(src, at, told, keys, values):
    """Read the attributes of a tag; return where it has ended, as `tag_end` does.

    `told` is left holding what they say of the text in the element, and whether they may declare something of the page.
    """
    total = len(src)
    told[TRAITS] = told[DECLARES] = 0
    while at < total:
        byte = np.int64(src[at])
        at += 1
        if byte == GT:
            return at
        if byte == SLASH or is_space(byte):
            continue
        key = lower(byte)
        while at < total:
            byte = np.int64(src[at])
            if byte in (EQUALS, GT, SLASH) or is_space(byte):
                break
            key = key << 8 | lower(byte)
            at += 1
        at = _past_space(src, at)
        start = end = at
        if at < total and src[at] == EQUALS:
            at = start = _past_space(src, at + 1)
            if at < total and (src[at] == QUOTE or src[at] == APOSTROPHE):
                start = at + 1
                at += 1
                while at < total and src[at] != src[start - 1]:
                    at += 1
                end = at
                at += 1
            else:
                while at < total and src[at] != GT and not is_space(src[at]):
                    at += 1
                end = at
        _read(src, start, min(end, total), key, told, keys, values)
    return total + 1


@inlined
def _past_space(src, at):
    while at < len(src) and is_space(src[at]):
        at += 1
    return at


@compiled
def _read(src, start, end, key, told, keys, values):
    """Note what an attribute says of the text in its element."""
    if key in (_CLASS, _ID):
        told[TRAITS] |= _hints(src, start, end, keys, values)
    elif key == _STYLE:
        if _holds(src, start, end, _NOT_SHOWN) or _holds(src, start, end, _NOT_SEEN):
            told[TRAITS] |= line_markup.HIDDEN
    elif key == _HIDDEN or (key == _ARIA_HIDDEN and end - start == 4):
        told[TRAITS] |= line_markup.HIDDEN
    elif key == _TYPE:
        told[DECLARES] |= np.int64(_holds(src, start, end, _JSON_LD))
    elif key in (_DATETIME, _LANG):
        told[DECLARES] = 1
    elif key == _ROLE:
        told[TRAITS] |= value_of(keys, values, _hashed(src, start, end, e.ROLE_SEED))
    elif key in (_PROPERTY, _NAME, _HTTP_EQUIV, _REL):
        told[DECLARES] |= _is_known(src, start, end, keys, values)
    elif key == _ITEMPROP:
        told[TRAITS] |= value_of(keys, values, _hashed(src, start, end, e.ITEMPROP_SEED))
        told[DECLARES] |= _is_known(src, start, end, keys, values)


@inlined
def _hashed(src, start, end, word):
    for k in range(start, end):
        word = word * e.BASE + lower(np.int64(src[k]))
    return word


@compiled
def _is_known(src, start, end, keys, values):
    """Return 1 where one of the words of a value is a name under which pages declare something."""
    at = start
    while at < end:
        word = e.META_SEED
        while at < end and not is_space(src[at]):
            word = word * e.BASE + lower(np.int64(src[at]))
            at += 1
        if value_of(keys, values, word):
            return 1
        at += 1
    return 0


@compiled
def _holds(src, start, end, wanted):
    """Tell whether bytes hold others that do not repeat their first, white space and capitals aside."""
    matched = 0
    for k in range(start, end):
        byte = lower(src[k])
        if is_space(byte):
            continue
        matched = matched + 1 if byte == wanted[matched] else np.int64(byte == wanted[0])
        if matched == len(wanted):
            return True
    return False


@compiled
def _hints(src, start, end, keys, values):
    """Return what the words of a class or id hint at."""
    found, at = 0, start
    while at < end:
        if is_space(src[at]):
            at += 1
            continue
        first, piece, told, before = at, e.PIECE_SEED, 0, np.int64(0)
        while at < end and not is_space(src[at]):
            byte = np.int64(src[at])
            if piece != e.PIECE_SEED and (not is_letter(byte) or byte < 97 <= before):
                told |= value_of(keys, values, piece)
                piece = e.PIECE_SEED
            if is_letter(byte):
                piece = piece * e.BASE + (byte | 32)
            before = byte
            at += 1
        if piece != e.PIECE_SEED:
            told |= value_of(keys, values, piece)
        if told & e.TEXT_PIECE and told & e.BODY_PIECE:
            told |= line_markup.BODY_HINT
        if told & e.HIDDEN_PIECE:
            told |= value_of(keys, values, _hashed(src, first, at, e.WORD_SEED))
        found |= told & e.MARKS
    return found


@compiled
def entity(src, at, past, keys, values):
    """Read a character reference: (length, code point, 0) or (length, place, size) of its text; length 0 for none."""
    if at + 2 < past and src[at + 1] == HASH:
        return _numeric(src, at, past)
    key, length, found = e.ENTITY_SEED, 0, 0
    k = at + 1
    while k < past and k - at < LONGEST_ENTITY:
        byte = np.int64(src[k])
        if not (is_letter(byte) or 48 <= byte <= 57):
            break
        key = key * e.BASE + byte
        k += 1
        if k - at - 1 <= LONGEST_BARE_ENTITY:
            value = value_of(keys, values, key)
            if value:
                length, found = k - at, value
    if k < past and src[k] == SEMICOLON:
        value = value_of(keys, values, key * e.BASE + SEMICOLON)
        if value:
            length, found = k - at + 1, value
    return length, found >> 8, found & 0xFF


@compiled
def _numeric(src, at, past):
    base, k = 10, at + 2
    if src[k] | 32 == 120:
        base, k = 16, k + 1
    first, point = k, 0
    while k < past:
        byte = np.int64(src[k])
        if 48 <= byte <= 57:
            digit = byte - 48
        elif base == 16 and 97 <= byte | 32 <= 102:
            digit = (byte | 32) - 87
        else:
            break
        point = min(point * base + digit, 0x110000)
        k += 1
    if k == first:
        return 0, 0, 0
    if k < past and src[k] == SEMICOLON:
        k += 1
    if point == 0 or point > 0x10FFFF or 0xD800 <= point <= 0xDFFF:
        point = REPLACEMENT
    elif 0x80 <= point < 0xA0:
        point = _C1[point - 0x80]
    return k - at, point, 0


@compiled
def blank(src, at, past):
    """Return how many bytes a character beyond ASCII takes that shows nothing, 0 for one that shows something."""
    byte = src[at]
    if byte == 0xC2 and at + 1 < past and src[at + 1] == 0xA0:
        return 2
    if at + 2 >= past or not (byte == 0xE2 or byte == 0xE3 or byte == 0xEF):
        return 0
    point = (np.int64(byte & 0x0F) << 12) | (np.int64(src[at + 1] & 0x3F) << 6) | np.int64(src[at + 2] & 0x3F)
    return 3 if is_blank(point) else 0


@inlined
def is_blank(point):
    """Tell whether a character beyond ASCII shows nothing."""
    return point == 0xA0 or 0x2000 <= point <= 0x200F or point in (0x202F, 0x205F, 0x2060, 0x3000, 0xFEFF)
