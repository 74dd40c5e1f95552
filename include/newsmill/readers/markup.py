"""Compiled scan of HTML in one pass: visible text in lines, line markup flags of each line, positions of metadata tags.

The scan follows the tokenizer of the HTML standard and its rules for omitted end tags, as far as they affect text or
markup flags. No tree is built; time and memory are linear in the markup, at any nesting.

Layout (every position is a byte offset, every end exclusive):

- `src`: the markup in UTF-8. `out`: the visible text in UTF-8, without line ends and indents, which `_arrange_lines`
  adds.
- `lines[line, column]`: START and END in `out`; GAP, line ends before the line; INDENT, spaces; MARKS, markup flags and
  percent of link characters; SHARED, open line-breaking elements that contain this line and the line before; LEVEL,
  open line-breaking elements around this line.
- `metadata_tags[k, column]`: TAG, the element's row number; TAG_START and TAG_END in `src`; CONTENT_END, end of raw
  content; CONTEXT, markup flags around the tag.
- `stack[depth, column]`: the open elements: ELEMENT, row number; STATE_BEFORE, the STATE register to restore.
- `counts[element, column]`: OPEN_COUNT on the stack; OVERFLOW_COUNT, open but left off the full stack.
- `reg`: registers kept between calls, as `_scan_markup` returns whenever a table is full and is called again.
  TRAITS and DECLARES of `tags`; POSITION in `src`; STATE, bits of `elements`; DEPTH of the stack; FIND_COUNT, rows of
  `metadata_tags`; HAD_CONTROLS. Of the current line: OUT_LENGTH, LINE_COUNT, IS_OPEN, pending SPACES and BREAKS,
  AFTER_CELL, LINE_MARKS, LINE_CHARS, LINK_CHARS. OPEN_LEVELS, open line-breaking elements; LOWEST_LEVEL, the minimum
  of OPEN_LEVELS since the last line began.
- `rows`, `keys` and the other tables: see `elements`.

Example: `<p>One<p><b>Two` gives out = "OneTwo" and two rows of lines, [0, 3, 2, 0, PARAGRAPH, 0, 1] and
[3, 6, 2, 0, PARAGRAPH | EMPHASIS, 0, 1]. The second `<p>` closes the first, so both lines share no element. The gap of
two line ends leaves a blank line; the gap before the first line is ignored. The text is "One\\n\\nTwo".
"""

from typing import NamedTuple

import numpy as np

from newsmill.compiled import compiled, inlined
from newsmill.nlp import line_markup
from newsmill.readers import elements as e
from newsmill.readers import tags
from newsmill.readers.elements import ElementTables

MAX_DEPTH = 512  # as in browsers: deeper elements count as elements of this depth
MAX_INDENTS = 8  # list levels shown by an indent
# columns of `lines`
START, END, GAP, INDENT, MARKS, SHARED, LEVEL = range(7)
# columns of `metadata_tags`
TAG, TAG_START, TAG_END, CONTENT_END, CONTEXT = range(5)
# columns of `stack` and of `counts`
ELEMENT, STATE_BEFORE = range(2)
OPEN_COUNT, OVERFLOW_COUNT = range(2)
# registers, after the two of `tags`: of the scan, then of the current line
POSITION, STATE, DEPTH, FIND_COUNT, HAD_CONTROLS = range(2, 7)
OUT_LENGTH, LINE_COUNT, IS_OPEN, SPACES, BREAKS, AFTER_CELL, LINE_MARKS, LINE_CHARS, LINK_CHARS = range(7, 16)
OPEN_LEVELS, LOWEST_LEVEL = range(16, 18)
REGISTER_COUNT = 18


class Scan(NamedTuple):
    """The text of a page in UTF-8, the markup flags of each line, and a row for each tag with possible metadata."""

    text: bytes
    marks: np.ndarray
    metadata_tags: np.ndarray
    had_controls: bool


def scan_html(markup: bytes, tables: ElementTables) -> Scan:
    """Scan markup in UTF-8; double a table and resume the scan when the table is full."""
    src = np.frombuffer(markup, np.uint8)
    # `&nGt;` has five bytes and gives six, the largest growth: no text exceeds its markup by more than a quarter
    out = np.empty(len(src) + len(src) // 4 + 64, np.uint8)
    lines, metadata_tags = np.empty((len(src) // 128 + 64, 7), np.int32), np.empty((256, 5), np.int32)
    stack, counts = np.empty((MAX_DEPTH, 2), np.int64), np.zeros((len(tables.rows), 2), np.int64)
    reg = np.zeros(REGISTER_COUNT, np.int64)
    while not _scan_markup(src, out, lines, metadata_tags, stack, counts, reg, *tables):
        lines, metadata_tags = (
            _grow_if_full(lines, reg[LINE_COUNT]),
            _grow_if_full(metadata_tags, reg[FIND_COUNT]),
        )
    text, marks = _arrange_lines(out, lines[: reg[LINE_COUNT]])
    return Scan(text.tobytes(), marks, metadata_tags[: reg[FIND_COUNT]], bool(reg[HAD_CONTROLS]))


def _grow_if_full(table: np.ndarray, used: int) -> np.ndarray:
    """Return the table, doubled if two rows or fewer are free."""
    return table if used + 2 < len(table) else np.concatenate((table, np.empty_like(table)))


@compiled
def _scan_markup(
    src,
    out,
    lines,
    metadata_tags,
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
    """Scan from register POSITION to the end; return False if a table is full before."""
    i, total = reg[POSITION], len(src)
    while i < total:
        reg[POSITION] = i
        if reg[LINE_COUNT] + 2 >= len(lines) or reg[FIND_COUNT] + 2 >= len(metadata_tags):
            return False
        if src[i] == tags.LT and tags.starts_tag(src, i):
            second = src[i + 1]
            if second == tags.SLASH:
                i = _read_end_tag(src, i, out, lines, stack, counts, reg, tag_keys, tag_values, rows)
            elif tags.is_letter(second):
                i = _read_start_tag(
                    src,
                    i,
                    out,
                    lines,
                    metadata_tags,
                    stack,
                    counts,
                    reg,
                    tag_keys,
                    tag_values,
                    rows,
                    keys,
                    values,
                )
            else:
                i = tags.skip_declaration(src, i)
            continue
        end = i + 1
        while end < total and src[end] != tags.LT:
            end += 1
        if not reg[STATE] & e.SKIP:
            end = _read_text(src, i, end, out, lines, reg, entity_keys, entity_values, entity_text)
        i = end
    reg[POSITION] = i
    _close_line(out, lines, reg)
    return True


# Text


@compiled
def _read_text(src, i, end, out, lines, reg, entity_keys, entity_values, entity_text):
    """Write a run of text between two tags to `out`; return the end, earlier if `lines` is full."""
    state, written, chars, begun = reg[STATE], reg[OUT_LENGTH], 0, False
    while i < end:
        byte = src[i]
        if tags.is_space(byte):
            if not state & e.PRE:
                reg[SPACES] = reg[IS_OPEN]
                i += 1
                while i < end and tags.is_space(src[i]):
                    i += 1
                continue
            i += 1
            if byte == 10 or (byte == 13 and not (i < end and src[i] == 10)):
                _count_chars(reg, written, chars, state)
                _break_line(out, lines, reg, 0)
                written, chars, begun = reg[OUT_LENGTH], 0, False
                if reg[LINE_COUNT] + 2 >= len(lines):
                    return i
            elif byte != 13:
                reg[SPACES] += 1
            continue
        invisible, length, point, size = np.int64(0), np.int64(0), np.int64(0), np.int64(0)
        if byte == tags.AMP:
            length, point, size = tags.read_entity(src, i, end, entity_keys, entity_values)
            invisible = length if length and not size and _is_invisible(point, reg) else 0
        elif byte < 32 or byte == 127:
            invisible, reg[HAD_CONTROLS] = 1, 1
        elif byte >= 0x80 and not reg[IS_OPEN]:
            invisible = tags.blank_length(src, i, end)
        if invisible:
            i += invisible
            continue
        if not begun:
            written, begun = _begin_run(out, lines, reg, written, state), True
        while reg[SPACES]:
            out[written] = 32
            written, reg[SPACES] = written + 1, reg[SPACES] - 1
        chars += 1
        if length:
            written = (
                _write_char(out, written, point) if not size else _copy_text(out, written, entity_text, point, size)
            )
            i += length
            continue
        out[written] = byte
        written, i = written + 1, i + 1
        while i < end:
            byte = src[i]
            is_lone_space = byte == 32 and i + 1 < end and src[i + 1] > 32
            if (byte <= 32 or byte == tags.AMP or byte == 127) and not is_lone_space:
                break
            out[written] = byte
            chars += (byte & 0xC0) != 0x80
            written, i = written + 1, i + 1
    _count_chars(reg, written, chars, state)
    return i


@inlined
def _is_invisible(point, reg):
    """Return whether a referenced character is invisible here; record a space or control in the registers."""
    if tags.is_space(point):
        reg[SPACES] = max(reg[SPACES], reg[IS_OPEN])
        return True
    if point < 32 or point == 127:
        reg[HAD_CONTROLS] = 1
        return True
    return not reg[IS_OPEN] and tags.is_blank(point)


@inlined
def _count_chars(reg, written, chars, state):
    reg[OUT_LENGTH] = written
    reg[LINE_CHARS] += chars
    if state & e.LINK:
        reg[LINK_CHARS] += chars


@compiled
def _begin_run(out, lines, reg, written, state):
    """Start a run of visible text, and a line if none is open; return the write position."""
    if not reg[IS_OPEN]:
        line, depth = reg[LINE_COUNT], (state >> e.DEPTH_SHIFT) & 0xFF
        if depth == 0 and state & e.IN_ITEM:
            depth = 1
        lines[line, START], lines[line, GAP], lines[line, INDENT] = (
            written,
            reg[BREAKS],
            2 * min(depth, MAX_INDENTS),
        )
        lines[line, SHARED], lines[line, LEVEL], reg[LOWEST_LEVEL] = (
            reg[LOWEST_LEVEL],
            reg[OPEN_LEVELS],
            reg[OPEN_LEVELS],
        )
        reg[IS_OPEN], reg[LINE_MARKS] = 1, state & e.MARKS
        reg[BREAKS] = reg[LINE_CHARS] = reg[LINK_CHARS] = reg[AFTER_CELL] = 0
    elif reg[AFTER_CELL]:
        out[written] = out[written + 1] = 9
        written += 2
        reg[SPACES] = reg[AFTER_CELL] = 0
    # a flag holds for the whole line only; the heading level is the level at the start of the line
    reg[LINE_MARKS] &= state | line_markup.HEADING
    return written


@compiled
def _copy_text(out, written, text, offset, size):
    for k in range(size):
        out[written + k] = text[offset + k]
    return written + size


@compiled
def _write_char(out, written, point):
    """Write a code point as UTF-8; return the next write position."""
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
def _break_line(out, lines, reg, gap):
    """End the line; `gap` 2 requests a blank line, 1 a new line, 0 an additional line end."""
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
    line, end = reg[LINE_COUNT], reg[OUT_LENGTH]
    start = np.int64(lines[line, START])
    while end - start > 3 and (out[end - 1] >= 0x80 or out[end - 1] == 32):
        invisible = (
            1 if out[end - 1] == 32 else tags.blank_length(out, end - 2, end) or tags.blank_length(out, end - 3, end)
        )
        if not invisible:
            break
        end -= invisible
    share = 100 * reg[LINK_CHARS] // reg[LINE_CHARS]
    lines[line, END], lines[line, MARKS] = end, reg[LINE_MARKS] | share << line_markup.LINK_SHIFT
    reg[LINE_COUNT] += 1
    reg[IS_OPEN] = 0


@compiled
def _arrange_lines(out, lines):
    """Return the text with line ends and indents, and the markup flags of each line."""
    size, line_count = 0, 1
    for k in range(len(lines)):
        gap = max(lines[k, GAP], 1) if k else 0
        size += gap + lines[k, INDENT] + lines[k, END] - lines[k, START]
        line_count += gap
    text, marks, i, line = np.empty(size, np.uint8), np.zeros(line_count, np.int64), 0, 0
    for k in range(len(lines)):
        gap = max(lines[k, GAP], 1) if k else 0
        text[i : i + gap] = 10
        i, line = i + gap, line + gap
        text[i : i + lines[k, INDENT]] = 32
        i += lines[k, INDENT]
        length = lines[k, END] - lines[k, START]
        text[i : i + length] = out[lines[k, START] : lines[k, END]]
        i += length
        shared, level = min(lines[k, SHARED], line_markup.MAX_DEPTH), min(lines[k, LEVEL], line_markup.MAX_DEPTH)
        nesting = np.int64(shared) << line_markup.SHARED_SHIFT | np.int64(level) << line_markup.DEPTH_SHIFT
        marks[line] = lines[k, MARKS] | nesting
    return text, marks


# Elements


@compiled
def _read_start_tag(src, i, out, lines, metadata_tags, stack, counts, reg, tag_keys, tag_values, rows, keys, values):
    """Read a start tag, and the content of a raw element; return the end."""
    key, name_end = tags.read_tag_name(src, i + 1)
    element = tags.look_up(tag_keys, tag_values, key)
    behaviour, in_svg = rows[element, e.BEHAVIOUR], counts[e.SVG_TAG, OPEN_COUNT] > 0
    if behaviour & e.READS_ATTRIBUTES:
        end = tags.read_attributes(src, name_end, reg, keys, values)
    else:
        end, reg[tags.TRAITS] = tags.find_tag_end(src, name_end), 0
    if end > len(src):
        return len(src)  # a tag without end is no tag
    if in_svg and behaviour & e.BREAKS_OUT and not counts[e.FOREIGN_OBJECT_TAG, OPEN_COUNT]:
        _close_from(_find_nearest(stack, reg, e.SVG_TAG, 0, 0, rows), out, lines, stack, counts, reg, rows)
        in_svg = False
    if behaviour & e.CLOSES_P and counts[e.P_TAG, OPEN_COUNT]:
        _close_from(
            _find_outermost(stack, reg, e.P, e.BOUNDARY | e.BUTTON, rows),
            out,
            lines,
            stack,
            counts,
            reg,
            rows,
        )
    if rows[element, e.ENDS]:
        slot = _find_outermost(stack, reg, rows[element, e.ENDS], rows[element, e.STOPS], rows)
        if rows[element, e.ENDS] == e.ANCHOR:
            _close_inline(slot, out, lines, stack, counts, reg, rows)
        else:
            _close_from(slot, out, lines, stack, counts, reg, rows)
    if not reg[STATE] & e.SKIP:
        if behaviour & e.BREAK:
            _break_line(out, lines, reg, 2 if behaviour & e.GAP else 1)
        elif element == e.BR_TAG:
            _break_line(out, lines, reg, 0)
    content_end, is_whole = end, in_svg and src[end - 2] == tags.SLASH
    if behaviour & e.RAW and not is_whole:
        content_end = tags.find_raw_end(src, end, i + 1, name_end, element == e.SCRIPT_TAG)
    if rows[element, e.RECORDED] and not in_svg and (element == e.TITLE_TAG or reg[tags.DECLARES]):
        row = reg[FIND_COUNT]
        (
            metadata_tags[row, TAG],
            metadata_tags[row, TAG_START],
            metadata_tags[row, TAG_END],
            metadata_tags[row, CONTENT_END],
        ) = element, i, end, content_end
        metadata_tags[row, CONTEXT] = reg[STATE] & e.MARKS
        reg[FIND_COUNT] += 1
    if not is_whole and not behaviour & (e.VOID | e.IMPLIED | e.RAW):
        _open_element(element, rows, stack, counts, reg)
        if rows[element, e.STATE] & e.PRE and end < len(src) and src[end] == 10:
            return end + 1  # a line end directly after <pre> is not part of the text
    return content_end


@inlined
def _is_level(element, rows):
    """Return 1 for an element that breaks lines or is a table cell, else 0."""
    return np.int64((rows[element, e.BEHAVIOUR] & e.BREAK) != 0 or (rows[element, e.KIND] & e.CELL) != 0)


@compiled
def _open_element(element, rows, stack, counts, reg):
    """Push an element onto the stack; add its markup flags to the state."""
    depth, state, traits, adds = reg[DEPTH], reg[STATE], reg[tags.TRAITS], rows[element, e.STATE]
    if depth >= MAX_DEPTH:
        counts[element, OVERFLOW_COUNT] += 1
        return
    stack[depth, ELEMENT], stack[depth, STATE_BEFORE] = element, state
    reg[DEPTH] += 1
    counts[element, OPEN_COUNT] += 1
    reg[OPEN_LEVELS] += _is_level(element, rows)
    if adds >> e.DEPTH_SHIFT:
        adds &= (1 << e.DEPTH_SHIFT) - 1
        state += 1 << e.DEPTH_SHIFT if (state >> e.DEPTH_SHIFT) & 0xFF < 0xFF else 0
    if adds & line_markup.HEADING:
        state &= ~line_markup.HEADING
    if element == e.FORM_TAG and depth <= 1 and not reg[LINE_COUNT] and not reg[IS_OPEN]:
        adds = 0  # a form before any text contains the whole page, as in ASP.NET
    if traits & line_markup.BODY_HINT:  # an inner body name overrides outer hints
        state &= ~(line_markup.RELATED_HINT | line_markup.COMMENT_HINT | line_markup.BOILERPLATE_HINT)
    reg[STATE] = state | adds | traits


@compiled
def _read_end_tag(src, i, out, lines, stack, counts, reg, tag_keys, tag_values, rows):
    """Read an end tag; return its end."""
    if not tags.is_letter(src[i + 2]):
        return min(tags.find_byte(src, i + 2, tags.GT) + 1, len(src))
    key, name_end = tags.read_tag_name(src, i + 2)
    end = min(tags.find_tag_end(src, name_end), len(src))
    element = tags.look_up(tag_keys, tag_values, key)
    if counts[element, OVERFLOW_COUNT]:
        counts[element, OVERFLOW_COUNT] -= 1
    elif rows[element, e.KIND] & e.HEADING:
        _close_from(
            _find_nearest(stack, reg, element, e.HEADING, e.BOUNDARY, rows),
            out,
            lines,
            stack,
            counts,
            reg,
            rows,
        )
    elif counts[element, OPEN_COUNT]:
        slot = _find_nearest(stack, reg, element, 0, rows[element, e.END_STOPS], rows)
        if rows[element, e.BEHAVIOUR] & e.SPECIAL or rows[element, e.STATE] & e.SKIP:
            _close_from(slot, out, lines, stack, counts, reg, rows)
        else:
            _close_inline(slot, out, lines, stack, counts, reg, rows)
    elif (element == e.P_TAG or element == e.BR_TAG) and not reg[STATE] & e.SKIP:
        _break_line(out, lines, reg, 2 if element == e.P_TAG else 0)
    return end


@compiled
def _find_nearest(stack, reg, element, kinds, stops, rows):
    """Return the stack slot of the nearest element with this row number or kind, -1 if a stop element precedes."""
    for slot in range(reg[DEPTH] - 1, -1, -1):
        if stack[slot, ELEMENT] == element or rows[stack[slot, ELEMENT], e.KIND] & kinds:
            return slot
        if rows[stack[slot, ELEMENT], e.BEHAVIOUR] & stops:
            return -1
    return -1


@compiled
def _find_outermost(stack, reg, kinds, stops, rows):
    """Return the stack slot of the outermost element of these kinds above the nearest stop element, -1 for none."""
    outermost = -1
    for slot in range(reg[DEPTH] - 1, -1, -1):
        if rows[stack[slot, ELEMENT], e.KIND] & kinds:
            outermost = slot
        elif rows[stack[slot, ELEMENT], e.BEHAVIOUR] & stops:
            break
    return outermost


@compiled
def _close_from(slot, out, lines, stack, counts, reg, rows):
    """Close the elements from a stack slot to the top."""
    if slot < 0:
        return
    behaviour, kinds = 0, 0
    for above in range(slot, reg[DEPTH]):
        element = stack[above, ELEMENT]
        counts[element, OPEN_COUNT] -= 1
        behaviour |= rows[element, e.BEHAVIOUR]
        kinds |= rows[element, e.KIND]
        reg[OPEN_LEVELS] -= _is_level(element, rows)
    reg[LOWEST_LEVEL] = min(reg[LOWEST_LEVEL], reg[OPEN_LEVELS])
    reg[DEPTH], reg[STATE] = slot, stack[slot, STATE_BEFORE]
    if reg[STATE] & e.SKIP:
        return
    if behaviour & e.BREAK:
        _break_line(out, lines, reg, 2 if behaviour & e.GAP else 1)
    elif kinds & e.CELL:
        reg[AFTER_CELL] = reg[IS_OPEN]


@compiled
def _close_inline(slot, out, lines, stack, counts, reg, rows):
    """Close an inline element; overlapped blocks stay open and lose its markup flags."""
    if slot < 0:
        return
    overlaps = False
    for above in range(slot + 1, reg[DEPTH]):
        overlaps |= (rows[stack[above, ELEMENT], e.BEHAVIOUR] & e.SPECIAL) != 0
    if not overlaps:
        _close_from(slot, out, lines, stack, counts, reg, rows)
        return
    removed = rows[stack[slot, ELEMENT], e.STATE] & ~stack[slot, STATE_BEFORE]
    counts[stack[slot, ELEMENT], OPEN_COUNT] -= 1
    for above in range(slot, reg[DEPTH] - 1):
        stack[above, ELEMENT] = stack[above + 1, ELEMENT]
        if above > slot:
            stack[above, STATE_BEFORE] = stack[above + 1, STATE_BEFORE] & ~removed
    reg[DEPTH] -= 1
    reg[STATE] &= ~removed
