"""Compiled tokenizer of HTML: tags with attributes, comments, raw content, character references.

Layout:

- `src`: the markup as bytes of UTF-8. Positions (`i`, `start`, `end`) are byte offsets; an `end` is exclusive. Every
  function reads each byte once, so time is linear in the markup.
- `registers`: the record of the scan in `markup`; `read_attributes` writes `traits` (line markup of the attributes),
  `names` (a hash of the class names) and `declares` (1 if the tag may declare metadata).
- `slots`, `words`, `entities`: an open hash table, as in `elements`.

Example: for `<p class="byline">Jane` and i = 1 (the `p`), `read_tag_name` returns key 0x70 and position 2. From there
`read_attributes` sets `traits` to BYLINE_HINT, `declares` to 0, and returns 18, the position of the `J`.
"""

import numpy as np

from newsmill.compiled import compiled, inlined
from newsmill.nlp import line_markup
from newsmill.readers import elements as e

LT, GT, SLASH, AMP, BANG, DASH, EQUALS, HASH, SEMICOLON, QUESTION, QUOTE, APOSTROPHE = b"<>/&!-=#;?\"'"
BLOCK = 64  # bytes that `find_byte` compares without a branch, so that the compiler can use vector instructions
LONGEST_ENTITY, LONGEST_BARE_ENTITY = 32, 6  # letters of entity names, with and without a semicolon
REPLACEMENT = 0xFFFD
_CLASS, _ID, _STYLE, _HIDDEN, _ARIA_HIDDEN, _TYPE, _ROLE, _ITEMPROP = (
    e.pack_name(name) for name in ("class", "id", "style", "hidden", "aria-hidden", "type", "role", "itemprop")
)
_PROPERTY, _NAME, _HTTP_EQUIV, _REL, _DATETIME, _LANG = (
    e.pack_name(name) for name in ("property", "name", "http-equiv", "rel", "datetime", "lang")
)
_JSON_LD = np.frombuffer(b"ld+json", np.uint8)
_NOT_SHOWN = np.frombuffer(b"display:none", np.uint8)
_NOT_SEEN = np.frombuffer(b"visibility:hidden", np.uint8)
_CLIPPED = np.frombuffer(b"rect(", np.uint8)  # clip: rect(0, 0, 0, 0), or of a pixel
# Numeric references to C1 controls mean the windows-1252 character of that byte (HTML standard).
_C1 = np.array([ord(bytes((code,)).decode("cp1252", "ignore") or chr(code)) for code in range(0x80, 0xA0)], np.int64)


@inlined
def is_letter(byte):
    """Return whether a byte is an ASCII letter."""
    return 97 <= byte | 32 <= 122


@inlined
def is_space(byte):
    """Return whether a byte is white space."""
    return byte == 32 or 9 <= byte <= 13


@inlined
def to_lower(byte):
    """Return a byte with ASCII capitals in lower case."""
    return byte | 32 if 65 <= byte <= 90 else byte


@inlined
def look_up(slots, key):
    """Return the value of a key in an open hash table, 0 for none."""
    mask = len(slots) - 1
    i = (key * e.HASH_MULTIPLIER >> 40) & mask
    while slots[i].key != 0:
        if slots[i].key == key:
            return slots[i].value
        i = (i + 1) & mask
    return 0


@compiled
def find_byte(src, i, wanted):
    """Return the position of the next `wanted` byte, else the length of `src`; compare BLOCK bytes at a time."""
    while i + BLOCK <= len(src):
        block, hits = src[i : i + BLOCK], 0
        for k in range(BLOCK):
            hits += block[k] == wanted
        if hits:
            break
        i += BLOCK
    while i < len(src) and src[i] != wanted:
        i += 1
    return i


@inlined
def starts_tag(src, i):
    """Return whether a `<` starts a tag, a comment or a declaration."""
    if i + 2 >= len(src):
        return False
    second = src[i + 1]
    return second in (SLASH, BANG, QUESTION) or is_letter(second)


@compiled
def skip_declaration(src, i):
    """Return the end of a comment, doctype or declaration that starts at a `<`."""
    if i + 3 >= len(src) or src[i + 1] != BANG or src[i + 2] != DASH or src[i + 3] != DASH:
        return min(find_byte(src, i + 2, GT) + 1, len(src))
    start = i = i + 4
    while True:
        i = find_byte(src, i, GT)
        if i == len(src):
            return i
        dashes = i - 1 if src[i - 1] != BANG else i - 2
        if src[dashes] == DASH and (dashes <= start or src[dashes - 1] == DASH) and dashes > start - 2:
            return i + 1
        i += 1


@inlined
def read_tag_name(src, i):
    """Return (last eight letters of a tag name as a number, end of the name)."""
    key = 0
    while i < len(src):
        byte = np.int64(src[i])
        if byte in (GT, SLASH) or is_space(byte):
            break
        key = key << 8 | to_lower(byte)
        i += 1
    return key, i


@compiled
def find_tag_end(src, i):
    """Return the end of a tag, `>` in quotes ignored; return len(src) + 1 for a tag without end."""
    total, after_equals = len(src), False
    while i < total:
        byte = src[i]
        if byte == GT:
            return i + 1
        if after_equals and byte in (QUOTE, APOSTROPHE):
            i += 1
            while i < total and src[i] != byte:
                i += 1
        if not is_space(byte):
            after_equals = byte == EQUALS
        i += 1
    return total + 1


@compiled
def find_raw_end(src, i, name_start, name_end, is_script):
    """Return the end of an element's raw content: the start of its end tag.

    Track `<!--` in scripts: a nested `<script>` within a comment does not end the outer one (double escaped state).
    """
    total, length = len(src), name_end - name_start
    escaped = doubly = False
    while i < total:
        if not escaped:
            i = find_byte(src, i, LT)
        if i < total and src[i] == LT:
            if is_script and i + 3 < total and src[i + 1] == BANG and src[i + 2] == DASH and src[i + 3] == DASH:
                escaped = True
                i += 3
            elif i + 1 < total and src[i + 1] == SLASH and _has_name(src, i + 2, name_start, length):
                if not doubly:
                    return i
                doubly = False
            elif escaped and _has_name(src, i + 1, name_start, length):
                doubly = True
        elif escaped and src[i] == GT and src[i - 1] == DASH and src[i - 2] == DASH:
            escaped = doubly = False
        i += 1
    return total


@compiled
def _has_name(src, i, name_start, length):
    end = i + length
    if end >= len(src):
        return False
    for k in range(length):
        if to_lower(src[i + k]) != to_lower(src[name_start + k]):
            return False
    return is_space(src[end]) or src[end] == SLASH or src[end] == GT


@compiled
def read_attributes(src, i, registers, words):
    """Read the attributes of a tag; return the end of the tag like `find_tag_end`.

    Write the line markup of the attributes into `registers.traits`, 1 into `registers.declares` for possible metadata.
    """
    total = len(src)
    registers.traits = registers.declares = registers.names = 0
    while i < total:
        byte = np.int64(src[i])
        i += 1
        if byte == GT:
            return i
        if byte == SLASH or is_space(byte):
            continue
        key = to_lower(byte)
        while i < total:
            byte = np.int64(src[i])
            if byte in (EQUALS, GT, SLASH) or is_space(byte):
                break
            key = key << 8 | to_lower(byte)
            i += 1
        i = _skip_space(src, i)
        start = end = i
        if i < total and src[i] == EQUALS:
            i = start = _skip_space(src, i + 1)
            if i < total and (src[i] == QUOTE or src[i] == APOSTROPHE):
                start = i + 1
                i += 1
                while i < total and src[i] != src[start - 1]:
                    i += 1
                end = i
                i += 1
            else:
                while i < total and src[i] != GT and not is_space(src[i]):
                    i += 1
                end = i
        _read_attribute(src, start, min(end, total), key, registers, words)
    return total + 1


@inlined
def _skip_space(src, i):
    while i < len(src) and is_space(src[i]):
        i += 1
    return i


@compiled
def _read_attribute(src, start, end, key, registers, words):
    """Add the markup and metadata flags of an attribute value to the registers."""
    if key in (_CLASS, _ID):
        markup, names = _class_markup(src, start, end, words)
        registers.traits |= markup
        if key == _CLASS:
            registers.names = names
    elif key == _STYLE:
        if _contains(src, start, end, _NOT_SHOWN) or _contains(src, start, end, _NOT_SEEN):
            registers.traits |= line_markup.HIDDEN
        elif _contains(src, start, end, _CLIPPED):
            registers.traits |= line_markup.HIDDEN | e.SPOKEN
    elif key == _HIDDEN or (key == _ARIA_HIDDEN and end - start == 4):
        registers.traits |= line_markup.HIDDEN
    elif key == _TYPE:
        registers.declares |= np.int64(_contains(src, start, end, _JSON_LD))
    elif key in (_DATETIME, _LANG):
        registers.declares = 1
    elif key == _ROLE:
        registers.traits |= look_up(words, _hash_bytes(src, start, end, e.ROLE_SEED))
    elif key in (_PROPERTY, _NAME, _HTTP_EQUIV, _REL):
        registers.declares |= _has_known_name(src, start, end, words)
    elif key == _ITEMPROP:
        registers.traits |= look_up(words, _hash_bytes(src, start, end, e.ITEMPROP_SEED))
        registers.declares |= _has_known_name(src, start, end, words)


@inlined
def _hash_bytes(src, start, end, key):
    for i in range(start, end):
        key = key * e.HASH_BASE + to_lower(np.int64(src[i]))
    return key


@compiled
def _has_known_name(src, start, end, words):
    """Return 1 if a word of a value is a known name of metadata, else 0."""
    i = start
    while i < end:
        word = e.META_SEED
        while i < end and not is_space(src[i]):
            word = word * e.HASH_BASE + to_lower(np.int64(src[i]))
            i += 1
        if look_up(words, word):
            return 1
        i += 1
    return 0


@compiled
def _contains(src, start, end, wanted):
    """Return whether a value contains `wanted`, white space and case ignored; the first byte must be unique in it."""
    matched = 0
    for k in range(start, end):
        byte = to_lower(src[k])
        if is_space(byte):
            continue
        matched = matched + 1 if byte == wanted[matched] else np.int64(byte == wanted[0])
        if matched == len(wanted):
            return True
    return False


@compiled
def _class_markup(src, start, end, words):
    """Return the line markup of the names in a class or id, and a hash of the names without figures."""
    markup, names, i = 0, np.int64(0), start
    while i < end:
        if is_space(src[i]):
            i += 1
            continue
        name_start, key, bits, previous = i, e.PIECE_SEED, 0, np.int64(0)
        while i < end and not is_space(src[i]):
            byte = np.int64(src[i])
            if key != e.PIECE_SEED and (not is_letter(byte) or byte < 97 <= previous):
                bits |= look_up(words, key)
                names = names * e.HASH_BASE + key
                key = e.PIECE_SEED
            if is_letter(byte):
                key = key * e.HASH_BASE + (byte | 32)
            previous = byte
            i += 1
        if key != e.PIECE_SEED:
            bits |= look_up(words, key)
            names = names * e.HASH_BASE + key
        if bits & e.TEXT_PIECE and bits & e.BODY_PIECE:
            bits |= line_markup.BODY_HINT
        if bits & e.HIDDEN_PIECE:
            bits |= look_up(words, _hash_bytes(src, name_start, i, e.WORD_SEED))
        markup |= bits & (e.MARKS | e.SPOKEN)
    return markup, names


@compiled
def read_entity(src, i, end, entities):
    """Return (length, code point, 0) or (length, offset, size) in `entity_text`; length 0 if there is no reference."""
    if i + 2 < end and src[i + 1] == HASH:
        return _read_numeric_entity(src, i, end)
    key, length, match = e.ENTITY_SEED, 0, 0
    k = i + 1
    while k < end and k - i < LONGEST_ENTITY:
        byte = np.int64(src[k])
        if not (is_letter(byte) or 48 <= byte <= 57):
            break
        key = key * e.HASH_BASE + byte
        k += 1
        if k - i - 1 <= LONGEST_BARE_ENTITY:
            value = look_up(entities, key)
            if value:
                length, match = k - i, value
    if k < end and src[k] == SEMICOLON:
        value = look_up(entities, key * e.HASH_BASE + SEMICOLON)
        if value:
            length, match = k - i + 1, value
    return length, match >> 8, match & 0xFF


@compiled
def _read_numeric_entity(src, i, end):
    base, k = 10, i + 2
    if src[k] | 32 == 120:
        base, k = 16, k + 1
    digits_start, point = k, 0
    while k < end:
        byte = np.int64(src[k])
        if 48 <= byte <= 57:
            digit = byte - 48
        elif base == 16 and 97 <= byte | 32 <= 102:
            digit = (byte | 32) - 87
        else:
            break
        point = min(point * base + digit, 0x110000)
        k += 1
    if k == digits_start:
        return 0, 0, 0
    if k < end and src[k] == SEMICOLON:
        k += 1
    if point == 0 or point > 0x10FFFF or 0xD800 <= point <= 0xDFFF:
        point = REPLACEMENT
    elif 0x80 <= point < 0xA0:
        point = _C1[point - 0x80]
    return k - i, point, 0


@compiled
def blank_length(src, i, end):
    """Return the length in bytes of an invisible non-ASCII character, 0 for a visible one."""
    byte = src[i]
    if byte == 0xC2 and i + 1 < end and src[i + 1] == 0xA0:
        return 2
    if i + 2 >= end or not (byte == 0xE2 or byte == 0xE3 or byte == 0xEF):
        return 0
    point = (np.int64(byte & 0x0F) << 12) | (np.int64(src[i + 1] & 0x3F) << 6) | np.int64(src[i + 2] & 0x3F)
    return 3 if is_blank(point) else 0


@inlined
def is_blank(point):
    """Return whether a non-ASCII character is invisible."""
    return point == 0xA0 or 0x2000 <= point <= 0x200F or point in (0x202F, 0x205F, 0x2060, 0x3000, 0xFEFF)
