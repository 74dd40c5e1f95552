"""One compiled scan of HTML: lines of text as a reader would see them, the marks of each, and where metadata stands.

It follows the tokenizer of the HTML standard, and its rules for ends that nobody wrote as far as they move text or
marks; it builds no tree. Work and memory are linear in the markup, whatever it nests.
"""

from typing import NamedTuple

import numpy as np

from newsmill.compiled import compiled, inlined
from newsmill.nlp import line_markup
from newsmill.readers import elements as e
from newsmill.readers import tags
from newsmill.readers.elements import Elements

MAX_DEPTH = 512  # as in browsers: what is nested deeper counts as standing at this depth
MAX_INDENTS = 8
# Columns of lines: where a line stands in the text found so far, how many line ends part it from the one before; the
# elements that break lines and hold both it and the one before, and those that hold it.
START, END, GAP, INDENT, MARKS, SHARED, LEVEL = range(7)
# Columns of finds: which element, where its tag stands, where its raw content ends, the marks it stands in.
TAG, FROM, TO, CONTENT_TO, STANDS_IN = range(5)
# Columns of the stack of open elements, and of the counts of each element: open, and left off the stack.
NUMBER, BEFORE = range(2)
OPEN, OVER = range(2)
# Registers, after those of tags: of the scan, then of the line at hand.
AT, STATE, DEPTH, FOUND, HAD_CONTROLS = range(2, 7)
WRITTEN, LINES, IS_OPEN, SPACES, BREAKS, AFTER_CELL, LINE_MARKS, CHARS, LINKED = range(7, 16)
LEVELS, LOWEST = range(16, 18)  # open elements that break lines, and the fewest of them since the last line began
REGISTERS = 18


class Scan(NamedTuple):
    """The text of a page in UTF-8, the marks of its lines, and a row of `finds` for each element that may declare."""

    text: bytes
    marks: np.ndarray
    finds: np.ndarray
    had_controls: bool


def scan(markup: bytes, known: Elements) -> Scan:
    """Scan markup in UTF-8."""
    src = np.frombuffer(markup, np.uint8)
    # A reference such as &nGt takes five bytes and stands for six: no text outgrows its markup by more than a quarter.
    out = np.empty(len(src) + len(src) // 4 + 64, np.uint8)
    lines, finds = np.empty((len(src) // 128 + 64, 7), np.int32), np.empty((256, 5), np.int32)
    stack, counts = np.empty((MAX_DEPTH, 2), np.int64), np.zeros((len(known.rows), 2), np.int64)
    reg = np.zeros(REGISTERS, np.int64)
    while not _scan(src, out, lines, finds, stack, counts, reg, *known):
        lines, finds = _roomier(lines, reg[LINES]), _roomier(finds, reg[FOUND])
    text, found = _laid_out(out, lines[: reg[LINES]])
    return Scan(text.tobytes(), found, finds[: reg[FOUND]], bool(reg[HAD_CONTROLS]))


def _roomier(table: np.ndarray, used: int) -> np.ndarray:
    """Return a table with room for more, twice as long if it was all but full."""
    return table if used + 2 < len(table) else np.concatenate((table, np.empty_like(table)))


@compiled
def _scan(
    src,
    out,
    lines,
    finds,
    stack,
    counts,
    reg,
    tag_keys,
    tag_values,
    rows,
    keys,
    values,
    entity_keys,
    entity_values,
    entity_text,
):
    """Scan on from where the registers stand; return False where a table has become full before the end."""
    at, total = reg[AT], len(src)
    while at < total:
        reg[AT] = at
        if reg[LINES] + 2 >= len(lines) or reg[FOUND] + 2 >= len(finds):
            return False
        if src[at] == tags.LT and tags.opens_tag(src, at):
            second = src[at + 1]
            if second == tags.SLASH:
                at = _end_tag(src, at, out, lines, stack, counts, reg, tag_keys, tag_values, rows)
            elif tags.is_letter(second):
                at = _start_tag(
                    src, at, out, lines, finds, stack, counts, reg, tag_keys, tag_values, rows, keys, values
                )
            else:
                at = tags.after_declaration(src, at)
            continue
        past = at + 1
        while past < total and src[past] != tags.LT:
            past += 1
        if not reg[STATE] & e.SKIP:
            past = _text(src, at, past, out, lines, reg, entity_keys, entity_values, entity_text)
        at = past
    reg[AT] = at
    _close_line(out, lines, reg)
    return True


# Text


@compiled
def _text(src, at, past, out, lines, reg, entity_keys, entity_values, entity_text):
    """Take in a run of text that no tag interrupts, or as much of it as there is room for; return where that ends."""
    state, written, chars, begun = reg[STATE], reg[WRITTEN], 0, False
    while at < past:
        byte = src[at]
        if tags.is_space(byte):
            if not state & e.PRE:
                reg[SPACES] = reg[IS_OPEN]
                at += 1
                while at < past and tags.is_space(src[at]):
                    at += 1
                continue
            at += 1
            if byte == 10 or (byte == 13 and not (at < past and src[at] == 10)):
                _count(reg, written, chars, state)
                _break(out, lines, reg, 0)
                written, chars, begun = reg[WRITTEN], 0, False
                if reg[LINES] + 2 >= len(lines):
                    return at
            elif byte != 13:
                reg[SPACES] += 1
            continue
        unseen, length, point, size = np.int64(0), np.int64(0), np.int64(0), np.int64(0)
        if byte == tags.AMP:
            length, point, size = tags.entity(src, at, past, entity_keys, entity_values)
            unseen = length if length and not size and _is_unseen(point, reg) else 0
        elif byte < 32 or byte == 127:
            unseen, reg[HAD_CONTROLS] = 1, 1
        elif byte >= 0x80 and not reg[IS_OPEN]:
            unseen = tags.blank(src, at, past)
        if unseen:
            at += unseen
            continue
        if not begun:
            written, begun = _begin(out, lines, reg, written, state), True
        while reg[SPACES]:
            out[written] = 32
            written, reg[SPACES] = written + 1, reg[SPACES] - 1
        chars += 1
        if length:
            written = _put(out, written, point) if not size else _copy(out, written, entity_text, point, size)
            at += length
            continue
        out[written] = byte
        written, at = written + 1, at + 1
        while at < past:
            byte = src[at]
            is_lone_space = byte == 32 and at + 1 < past and src[at + 1] > 32
            if (byte <= 32 or byte == tags.AMP or byte == 127) and not is_lone_space:
                break
            out[written] = byte
            chars += (byte & 0xC0) != 0x80
            written, at = written + 1, at + 1
    _count(reg, written, chars, state)
    return at


@inlined
def _is_unseen(point, reg):
    """Tell whether a character that a reference stands for shows nothing here, and note what it does instead."""
    if tags.is_space(point):
        reg[SPACES] = max(reg[SPACES], reg[IS_OPEN])
        return True
    if point < 32 or point == 127:
        reg[HAD_CONTROLS] = 1
        return True
    return not reg[IS_OPEN] and tags.is_blank(point)


@inlined
def _count(reg, written, chars, state):
    reg[WRITTEN] = written
    reg[CHARS] += chars
    if state & e.LINK:
        reg[LINKED] += chars


@compiled
def _begin(out, lines, reg, written, state):
    """Begin a run of visible text, opening a line if none is open; return where to write."""
    if not reg[IS_OPEN]:
        line, depth = reg[LINES], (state >> e.DEPTH_SHIFT) & 0xFF
        if depth == 0 and state & e.IN_ITEM:
            depth = 1
        lines[line, START], lines[line, GAP], lines[line, INDENT] = written, reg[BREAKS], 2 * min(depth, MAX_INDENTS)
        lines[line, SHARED], lines[line, LEVEL], reg[LOWEST] = reg[LOWEST], reg[LEVELS], reg[LEVELS]
        reg[IS_OPEN], reg[LINE_MARKS] = 1, state & e.MARKS
        reg[BREAKS] = reg[CHARS] = reg[LINKED] = reg[AFTER_CELL] = 0
    elif reg[AFTER_CELL]:
        out[written] = out[written + 1] = 9
        written += 2
        reg[SPACES] = reg[AFTER_CELL] = 0
    reg[LINE_MARKS] &= (
        state | line_markup.HEADING
    )  # a mark is one of all the line, a heading's level that of its beginning
    return written


@compiled
def _copy(out, written, text, place, size):
    for k in range(size):
        out[written + k] = text[place + k]
    return written + size


@compiled
def _put(out, written, point):
    """Write a character as UTF-8."""
    if point < 0x80:
        out[written] = point
        return written + 1
    if point < 0x800:
        out[written] = 0xC0 | point >> 6
    else:
        if point < 0x10000:
            out[written] = 0xE0 | point >> 12
        else:
            out[written] = 0xF0 | point >> 18
            written += 1
            out[written] = 0x80 | (point >> 12) & 0x3F
        written += 1
        out[written] = 0x80 | (point >> 6) & 0x3F
    out[written + 1] = 0x80 | point & 0x3F
    return written + 2


@inlined
def _break(out, lines, reg, gap):
    """End the line; `gap` 2 asks for a blank line, 1 for a new one, 0 for one more line end."""
    if reg[IS_OPEN]:
        _close_line(out, lines, reg)
        reg[BREAKS] = max(gap, 1)
    elif gap:
        reg[BREAKS] = max(reg[BREAKS], gap)
    else:
        reg[BREAKS] = min(reg[BREAKS] + 1, 2)
    reg[SPACES] = 0


@compiled
def _close_line(out, lines, reg):
    if not reg[IS_OPEN]:
        return
    line, end = reg[LINES], reg[WRITTEN]
    start = np.int64(lines[line, START])
    while end - start > 3 and (out[end - 1] >= 0x80 or out[end - 1] == 32):
        unseen = 1 if out[end - 1] == 32 else tags.blank(out, end - 2, end) or tags.blank(out, end - 3, end)
        if not unseen:
            break
        end -= unseen
    share = 100 * reg[LINKED] // reg[CHARS]
    lines[line, END], lines[line, MARKS] = end, reg[LINE_MARKS] | share << line_markup.LINK_SHIFT
    reg[LINES] += 1
    reg[IS_OPEN] = 0


@compiled
def _laid_out(out, lines):
    """Return the text with its line ends and indents, and the marks of each line."""
    size, rows = 0, 1
    for number in range(len(lines)):
        gap = max(lines[number, GAP], 1) if number else 0
        size += gap + lines[number, INDENT] + lines[number, END] - lines[number, START]
        rows += gap
    text, found, at, line = np.empty(size, np.uint8), np.zeros(rows, np.int64), 0, 0
    for number in range(len(lines)):
        gap = max(lines[number, GAP], 1) if number else 0
        text[at : at + gap] = 10
        at, line = at + gap, line + gap
        text[at : at + lines[number, INDENT]] = 32
        at += lines[number, INDENT]
        length = lines[number, END] - lines[number, START]
        text[at : at + length] = out[lines[number, START] : lines[number, END]]
        at += length
        shared, level = min(lines[number, SHARED], line_markup.LEVELS), min(lines[number, LEVEL], line_markup.LEVELS)
        nesting = np.int64(shared) << line_markup.SHARED_SHIFT | np.int64(level) << line_markup.DEPTH_SHIFT
        found[line] = lines[number, MARKS] | nesting
    return text, found


# Elements


@compiled
def _start_tag(src, at, out, lines, finds, stack, counts, reg, tag_keys, tag_values, rows, keys, values):
    """Take in a start tag, and the content of an element that holds no markup; return where it has ended."""
    key, named = tags.name(src, at + 1)
    number = tags.value_of(tag_keys, tag_values, key)
    behaviour, in_svg = rows[number, e.BEHAVIOUR], counts[e.SVG_TAG, OPEN] > 0
    if behaviour & e.TELLING:
        past = tags.attributes(src, named, reg, keys, values)
    else:
        past, reg[tags.TRAITS] = tags.tag_end(src, named), 0
    if past > len(src):
        return len(src)  # a tag that never ends is none
    if in_svg and behaviour & e.BREAKS_OUT and not counts[e.FOREIGN_OBJECT_TAG, OPEN]:
        _close(_nearest(stack, reg, e.SVG_TAG, 0, 0, rows), out, lines, stack, counts, reg, rows)
        in_svg = False
    if behaviour & e.CLOSES_P and counts[e.P_TAG, OPEN]:
        _close(_outermost(stack, reg, e.P, e.BOUNDARY | e.BUTTON, rows), out, lines, stack, counts, reg, rows)
    if rows[number, e.ENDS]:
        place = _outermost(stack, reg, rows[number, e.ENDS], rows[number, e.STOPS], rows)
        if rows[number, e.ENDS] == e.ANCHOR:
            _close_inline(place, out, lines, stack, counts, reg, rows)
        else:
            _close(place, out, lines, stack, counts, reg, rows)
    if not reg[STATE] & e.SKIP:
        if behaviour & e.BREAK:
            _break(out, lines, reg, 2 if behaviour & e.GAP else 1)
        elif number == e.BR_TAG:
            _break(out, lines, reg, 0)
    content_end, is_whole = past, in_svg and src[past - 2] == tags.SLASH
    if behaviour & e.RAW and not is_whole:
        content_end = tags.raw_end(src, past, at + 1, named, number == e.SCRIPT_TAG)
    if rows[number, e.RECORDED] and not in_svg and (number == e.TITLE_TAG or reg[tags.DECLARES]):
        find = reg[FOUND]
        finds[find, TAG], finds[find, FROM], finds[find, TO], finds[find, CONTENT_TO] = number, at, past, content_end
        finds[find, STANDS_IN] = reg[STATE] & e.MARKS
        reg[FOUND] += 1
    if not is_whole and not behaviour & (e.VOID | e.IMPLIED | e.RAW):
        _open(number, rows, stack, counts, reg)
        if rows[number, e.STATE] & e.PRE and past < len(src) and src[past] == 10:
            return past + 1  # the line end right after it is there for who writes the markup
    return content_end


@inlined
def _is_level(number, rows):
    """Return 1 for an element that breaks lines or is a cell, 0 for one within a line."""
    return np.int64((rows[number, e.BEHAVIOUR] & e.BREAK) != 0 or (rows[number, e.KIND] & e.CELL) != 0)


@compiled
def _open(number, rows, stack, counts, reg):
    """Put an element onto the stack, and what it says of its text into the state."""
    depth, state, traits, adds = reg[DEPTH], reg[STATE], reg[tags.TRAITS], rows[number, e.STATE]
    if depth >= MAX_DEPTH:
        counts[number, OVER] += 1
        return
    stack[depth, NUMBER], stack[depth, BEFORE] = number, state
    reg[DEPTH] += 1
    counts[number, OPEN] += 1
    reg[LEVELS] += _is_level(number, rows)
    if adds >> e.DEPTH_SHIFT:
        adds &= (1 << e.DEPTH_SHIFT) - 1
        state += 1 << e.DEPTH_SHIFT if (state >> e.DEPTH_SHIFT) & 0xFF < 0xFF else 0
    if adds & line_markup.HEADING:
        state &= ~line_markup.HEADING
    if number == e.FORM_TAG and depth <= 1 and not reg[LINES] and not reg[IS_OPEN]:
        adds = 0  # a form that begins before anything is said holds the whole page, as ASP.NET writes it
    if traits & line_markup.BODY_HINT:  # the nearer name says more
        state &= ~(line_markup.RELATED_HINT | line_markup.COMMENT_HINT | line_markup.FURNITURE_HINT)
    reg[STATE] = state | adds | traits


@compiled
def _end_tag(src, at, out, lines, stack, counts, reg, tag_keys, tag_values, rows):
    """Take in an end tag; return where it has ended."""
    if not tags.is_letter(src[at + 2]):
        return min(tags.seek(src, at + 2, tags.GT) + 1, len(src))
    key, named = tags.name(src, at + 2)
    past = min(tags.tag_end(src, named), len(src))
    number = tags.value_of(tag_keys, tag_values, key)
    if counts[number, OVER]:
        counts[number, OVER] -= 1
    elif rows[number, e.KIND] & e.HEADING:
        _close(_nearest(stack, reg, number, e.HEADING, e.BOUNDARY, rows), out, lines, stack, counts, reg, rows)
    elif counts[number, OPEN]:
        place = _nearest(stack, reg, number, 0, rows[number, e.END_STOPS], rows)
        if rows[number, e.BEHAVIOUR] & e.SPECIAL or rows[number, e.STATE] & e.SKIP:
            _close(place, out, lines, stack, counts, reg, rows)
        else:
            _close_inline(place, out, lines, stack, counts, reg, rows)
    elif (number == e.P_TAG or number == e.BR_TAG) and not reg[STATE] & e.SKIP:
        _break(out, lines, reg, 2 if number == e.P_TAG else 0)
    return past


@compiled
def _nearest(stack, reg, number, kinds, stops, rows):
    """Return the place of the nearest element of a number or of kinds, -1 where one in the way stops the search."""
    for place in range(reg[DEPTH] - 1, -1, -1):
        if stack[place, NUMBER] == number or rows[stack[place, NUMBER], e.KIND] & kinds:
            return place
        if rows[stack[place, NUMBER], e.BEHAVIOUR] & stops:
            return -1
    return -1


@compiled
def _outermost(stack, reg, kinds, stops, rows):
    """Return the place of the outermost element of these kinds before one that stops the search, -1 for none."""
    found = -1
    for place in range(reg[DEPTH] - 1, -1, -1):
        if rows[stack[place, NUMBER], e.KIND] & kinds:
            found = place
        elif rows[stack[place, NUMBER], e.BEHAVIOUR] & stops:
            break
    return found


@compiled
def _close(place, out, lines, stack, counts, reg, rows):
    """Close the elements from a place of the stack on."""
    if place < 0:
        return
    behaviour, kinds = 0, 0
    for above in range(place, reg[DEPTH]):
        number = stack[above, NUMBER]
        counts[number, OPEN] -= 1
        behaviour |= rows[number, e.BEHAVIOUR]
        kinds |= rows[number, e.KIND]
        reg[LEVELS] -= _is_level(number, rows)
    reg[LOWEST] = min(reg[LOWEST], reg[LEVELS])
    reg[DEPTH], reg[STATE] = place, stack[place, BEFORE]
    if reg[STATE] & e.SKIP:
        return
    if behaviour & e.BREAK:
        _break(out, lines, reg, 2 if behaviour & e.GAP else 1)
    elif kinds & e.CELL:
        reg[AFTER_CELL] = reg[IS_OPEN]


@compiled
def _close_inline(place, out, lines, stack, counts, reg, rows):
    """Close an inline element; blocks that it overlaps stay open and lose what it gave them."""
    if place < 0:
        return
    overlaps = False
    for above in range(place + 1, reg[DEPTH]):
        overlaps |= (rows[stack[above, NUMBER], e.BEHAVIOUR] & e.SPECIAL) != 0
    if not overlaps:
        _close(place, out, lines, stack, counts, reg, rows)
        return
    lost = rows[stack[place, NUMBER], e.STATE] & ~stack[place, BEFORE]
    counts[stack[place, NUMBER], OPEN] -= 1
    for above in range(place, reg[DEPTH] - 1):
        stack[above, NUMBER] = stack[above + 1, NUMBER]
        if above > place:
            stack[above, BEFORE] = stack[above + 1, BEFORE] & ~lost
    reg[DEPTH] -= 1
    reg[STATE] &= ~lost
