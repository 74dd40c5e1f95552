"""Compiled scan of HTML in one pass: visible text in lines, line markup flags of each line, positions of metadata tags.

The scan follows the tokenizer of the HTML standard and its rules for omitted end tags, as far as they affect text or
markup flags. No tree is built; time and memory are linear in the markup, at any nesting.

Layout (every position is a byte offset, every end exclusive):

- `src`: the markup in UTF-8. `out`: the visible text in UTF-8, without line ends and indents, which `_arrange_lines`
  adds.
- `lines`: LINE records. `start` and `end` in `out`; `gap`, line ends before the line; `indent`, spaces; `marks`, markup
  flags and percent of link characters; `shared`, open line-breaking elements that contain this line and the line
  before; `level`, open line-breaking elements around this line; `template`, the hash of the kind of place.
- `metadata_tags`: METADATA_TAG records, with the fields of `MetadataTag`.
- `stack`: OPEN_ELEMENT records of the open elements: `element`, the number; `state_before` and the other fields, the
  values of the registers to restore.
- `registers`: a REGISTERS record kept between calls, as `_scan_markup` returns whenever a table is full and is called
  again. `traits` and `declares` come from `tags`. `position` in `src`; `state`, bits of `elements`; `depth` of the
  stack; `tag_count`, records of `metadata_tags`; `had_controls`. Of the current line: `out_length`, `line_count`,
  `is_open`, pending `spaces` and `breaks`, `after_cell`, `marks`, `chars`, `link_chars`. `levels`, open line-breaking
  elements; `lowest_level`, the minimum of `levels` since the last line began. Of the open line-breaking elements:
  `path_tags`, a hash of the tags of all; `path_names` and `outer_names`, of the class names of the inner two. `names`
  is the hash of the class names of the tag last read.
- `elements` and the hash tables: see the module `elements`.

The kernels take arrays rather than named tuples of arrays: each read of an array from a tuple costs a reference count,
and the whole scan half as long again. A record costs none.

Example: `<p>One<p><b>Two` gives out = "OneTwo" and two lines, (start 0, end 3, gap 2, indent 0, marks PARAGRAPH,
shared 0, level 1) and (3, 6, 2, 0, PARAGRAPH | EMPHASIS, 0, 1). The second `<p>` closes the first, so both lines share
no element. The gap of two line ends leaves a blank line; the gap before the first line is ignored. The text is
"One\\n\\nTwo".
"""

from typing import NamedTuple

import numpy as np

from newsmill.compiled import compiled, inlined
from newsmill.nlp import line_markup
from newsmill.readers import elements as e
from newsmill.readers import tags
from newsmill.readers.elements import ElementTables, Tag

MAX_DEPTH = 512  # as in browsers: deeper elements count as elements of this depth
MAX_INDENTS = 8  # list levels shown by an indent


class MetadataTag(NamedTuple):
    """A tag with possible metadata: element number, span of the tag, end of raw content, markup flags around."""

    element: int
    start: int
    end: int
    content_end: int
    context: int


LINE = np.dtype(
    [(name, np.int32) for name in ("start", "end", "gap", "indent", "marks", "shared", "level", "template")]
)
METADATA_TAG = np.dtype([(name, np.int32) for name in MetadataTag._fields])
OPEN_ELEMENT = np.dtype(
    [(name, np.int64) for name in ("element", "state_before", "tags_before", "names_before", "outer_names_before")]
)
REGISTERS = np.dtype(
    [
        (name, np.int64)
        for name in (
            *("traits", "declares", "position", "state", "depth", "tag_count", "had_controls"),
            *("out_length", "line_count", "is_open", "spaces", "breaks", "after_cell", "marks", "chars", "link_chars"),
            *("levels", "lowest_level", "names", "path_tags", "path_names", "outer_names"),
        )
    ]
)


class Scan(NamedTuple):
    """The text of a page in UTF-8, the markup flags of each line, and a record for each tag with possible metadata."""

    text: bytes
    marks: np.ndarray
    metadata_tags: np.ndarray
    had_controls: bool


class StartTag(NamedTuple):
    """The number of the element of a start tag, and positions: of the `<`, of the end of the name, of the end."""

    number: int
    start: int
    name_end: int
    end: int


class ScanState(NamedTuple):
    """The markup, the registers and the tables filled by a scan (layout above)."""

    src: np.ndarray
    out: np.ndarray
    lines: np.recarray
    metadata_tags: np.recarray
    stack: np.recarray
    elements: np.recarray
    registers: np.record


def scan_html(markup: bytes, tables: ElementTables) -> Scan:
    """Scan markup in UTF-8; double a table and resume the scan when the table is full."""
    src = np.frombuffer(markup, np.uint8)
    scan = ScanState(
        src,
        # `&nGt;` has five bytes and gives six, the largest growth: no text exceeds its markup by more than a quarter
        np.empty(len(src) + len(src) // 4 + 64, np.uint8),
        np.recarray(len(src) // 128 + 64, LINE),
        np.recarray(256, METADATA_TAG),
        np.recarray(MAX_DEPTH, OPEN_ELEMENT),
        tables.elements.copy(),
        np.zeros(1, REGISTERS).view(np.recarray)[0],
    )
    registers = scan.registers
    while not _scan_markup(scan, tables):
        scan = scan._replace(
            lines=_grow_if_full(scan.lines, registers.line_count),
            metadata_tags=_grow_if_full(scan.metadata_tags, registers.tag_count),
        )
    text, marks = _arrange_lines(scan.out, scan.lines[: registers.line_count])
    return Scan(text.tobytes(), marks, scan.metadata_tags[: registers.tag_count], bool(registers.had_controls))


def _grow_if_full(table: np.recarray, used: int) -> np.recarray:
    """Return the table, doubled if two records or fewer are free."""
    if used + 2 < len(table):
        return table
    grown = np.recarray(2 * len(table), table.dtype)
    grown[: len(table)] = table
    return grown


@compiled
def _scan_markup(scan, tables):
    """Scan from the register `position` to the end; return False if a table is full before."""
    src, out, lines, metadata_tags, stack, elements, reg = scan
    tag_numbers, words = tables.tags, tables.words
    i, total = reg.position, len(src)
    while i < total:
        reg.position = i
        if reg.line_count + 2 >= len(lines) or reg.tag_count + 2 >= len(metadata_tags):
            return False
        if src[i] != tags.LT or not tags.starts_tag(src, i):
            i = _read_text(src, i, out, lines, reg, tables)
        elif src[i + 1] == tags.SLASH:
            number, i = _read_end_tag(src, i, tag_numbers)
            if number >= 0:
                _end_element(stack, elements, out, lines, reg, number)
        elif tags.is_letter(src[i + 1]):
            tag = _read_start_tag(src, i, elements, reg, tag_numbers, words)
            i = total  # a tag without end is no tag
            if tag.end <= total:
                in_svg = _end_before(stack, elements, out, lines, reg, tag.number)
                is_whole = in_svg and src[tag.end - 2] == tags.SLASH
                i = tag.end if is_whole else _skip_raw_content(src, elements[tag.number], tag)
                if not in_svg:
                    _record_tag(metadata_tags, elements[tag.number], reg, tag, i)
                if not is_whole:
                    _open_element(stack, elements, reg, tag.number)
                    i = _skip_line_end(src, i, elements[tag.number])
        else:
            i = tags.skip_declaration(src, i)
    reg.position = i
    _close_line(out, lines, reg)
    return True


# Text


@compiled
def _read_text(src, i, out, lines, reg, tables):
    """Write the text up to the next `<` to `out`; return the end, earlier if `lines` is full."""
    end, line_limit = i + 1, len(lines) - 2
    while end < len(src) and src[end] != tags.LT:
        end += 1
    if reg.state & e.SKIP:
        return end
    while i < end and reg.line_count < line_limit:
        byte = src[i]
        if tags.is_space(byte):
            i = _read_space(src, i, end, out, lines, reg)
            continue
        length, point, size = np.int64(0), np.int64(0), np.int64(0)
        if byte == tags.AMP:
            length, point, size = tags.read_entity(src, i, end, tables.entities)
            if length and (size or not _is_invisible(point, reg)):
                _write_reference(point, size, tables.entity_text, out, lines, reg)
        elif byte < 32 or byte == 127:
            length, reg.had_controls = 1, 1
        elif byte >= 0x80 and not reg.is_open:
            length = tags.blank_length(src, i, end)
        i = i + length if length else _copy_run(src, i, end, out, lines, reg)
    return i


@inlined
def _read_space(src, i, end, out, lines, reg):
    """Note white space, in `<pre>` a character of it, elsewhere all of it; return the end."""
    byte = src[i]
    i += 1
    if not reg.state & e.PRE:
        reg.spaces = reg.is_open
        while i < end and tags.is_space(src[i]):
            i += 1
    elif byte == 10 or (byte == 13 and not (i < end and src[i] == 10)):
        _break_line(out, lines, reg, 0)
    elif byte != 13:
        reg.spaces += 1
    return i


@compiled
def _write_reference(point, size, entity_text, out, lines, reg):
    """Write a referenced character, or a text of `size` bytes at the offset `point` of `entity_text`."""
    written = _begin_run(out, lines, reg)
    written = _copy_text(out, written, entity_text, point, size) if size else _write_char(out, written, point)
    _end_run(reg, written, 1)


@inlined
def _is_invisible(point, reg):
    """Return whether a referenced character is invisible here; record a space or control in the registers."""
    if tags.is_space(point):
        reg.spaces = max(reg.spaces, reg.is_open)
        return True
    if point < 32 or point == 127:
        reg.had_controls = 1
        return True
    return not reg.is_open and tags.is_blank(point)


@inlined
def _copy_run(src, i, end, out, lines, reg):
    """Copy visible characters and single spaces between them to `out`; return the end."""
    written, chars = _begin_run(out, lines, reg), 1
    out[written] = src[i]
    written, i = written + 1, i + 1
    while i < end:
        byte = src[i]
        is_lone_space = byte == 32 and i + 1 < end and src[i + 1] > 32
        if (byte <= 32 or byte == tags.AMP or byte == 127) and not is_lone_space:
            break
        out[written] = byte
        chars += (byte & 0xC0) != 0x80
        written, i = written + 1, i + 1
    _end_run(reg, written, chars)
    return i


@inlined
def _begin_run(out, lines, reg):
    """Start a run of visible text, and a line if none is open; write pending spaces; return the write position."""
    if not reg.is_open:
        _open_line(lines, reg)
    written = reg.out_length
    if reg.after_cell:
        out[written] = out[written + 1] = 9
        written += 2
        reg.spaces = reg.after_cell = 0
    # a flag holds for the whole line only; the heading level is the level at the start of the line
    reg.marks &= reg.state | line_markup.HEADING
    while reg.spaces:
        out[written] = 32
        written, reg.spaces = written + 1, reg.spaces - 1
    return written


@inlined
def _end_run(reg, written, chars):
    """Count the characters of a run that ends at a write position."""
    reg.out_length = written
    reg.chars += chars
    if reg.state & e.LINK:
        reg.link_chars += chars


@compiled
def _open_line(lines, reg):
    """Start a line at the write position."""
    state, line, depth = reg.state, lines[reg.line_count], (reg.state >> e.DEPTH_SHIFT) & 0xFF
    if depth == 0 and state & e.IN_ITEM:
        depth = 1
    line.start, line.gap, line.indent = reg.out_length, reg.breaks, 2 * min(depth, MAX_INDENTS)
    line.shared, line.level, reg.lowest_level = reg.lowest_level, reg.levels, reg.levels
    place = (reg.path_tags * e.HASH_BASE + reg.path_names) * e.HASH_BASE + reg.outer_names
    line.template = (place * e.HASH_MULTIPLIER >> 40) & line_markup.TEMPLATE
    reg.is_open, reg.marks = 1, state & e.MARKS
    reg.breaks = reg.chars = reg.link_chars = reg.after_cell = 0


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
    if reg.is_open:
        _close_line(out, lines, reg)
        reg.breaks = max(gap, 1)
    elif gap:
        reg.breaks = max(reg.breaks, gap)
    else:
        reg.breaks = min(reg.breaks + 1, 2)
    reg.spaces = 0


@compiled
def _close_line(out, lines, reg):
    """End the line, if one is open, before invisible characters at the end."""
    if not reg.is_open:
        return
    line, end = lines[reg.line_count], reg.out_length
    start = np.int64(line.start)
    while end - start > 3 and (out[end - 1] >= 0x80 or out[end - 1] == 32):
        invisible = (
            1 if out[end - 1] == 32 else tags.blank_length(out, end - 2, end) or tags.blank_length(out, end - 3, end)
        )
        if not invisible:
            break
        end -= invisible
    share = 100 * reg.link_chars // reg.chars
    line.end, line.marks = end, reg.marks | share << line_markup.LINK_SHIFT
    reg.line_count += 1
    reg.is_open = 0


@compiled
def _arrange_lines(out, lines):
    """Return the text with line ends and indents, and the markup flags of each line."""
    size, line_count = 0, 1
    for k in range(len(lines)):
        line = lines[k]
        gap = max(line.gap, 1) if k else 0
        size += gap + line.indent + line.end - line.start
        line_count += gap
    text, marks, i, row = np.empty(size, np.uint8), np.zeros(line_count, np.int64), 0, 0
    for k in range(len(lines)):
        line = lines[k]
        gap = max(line.gap, 1) if k else 0
        text[i : i + gap] = 10
        i, row = i + gap, row + gap
        text[i : i + line.indent] = 32
        i += line.indent
        length = line.end - line.start
        text[i : i + length] = out[line.start : line.end]
        i += length
        shared, level = min(line.shared, line_markup.MAX_DEPTH), min(line.level, line_markup.MAX_DEPTH)
        nesting = np.int64(shared) << line_markup.SHARED_SHIFT | np.int64(level) << line_markup.DEPTH_SHIFT
        marks[row] = line.marks | nesting | np.int64(line.template) << line_markup.TEMPLATE_SHIFT
    return text, marks


# Elements


@inlined
def _read_start_tag(src, i, elements, reg, tag_numbers, words):
    """Read a start tag, with the markup of the attributes into the registers."""
    key, name_end = tags.read_tag_name(src, i + 1)
    number = tags.look_up(tag_numbers, key)
    if elements[number].behaviour & e.READS_ATTRIBUTES:
        end = tags.read_attributes(src, name_end, reg, words)
    else:
        end, reg.traits, reg.names = tags.find_tag_end(src, name_end), 0, 0
    return StartTag(number, i, name_end, end)


@compiled
def _end_before(stack, elements, out, lines, reg, number):
    """End lines and elements where an element starts; return whether the element is part of a picture (svg)."""
    element, in_svg = elements[number], elements[Tag.SVG].opened > 0
    if in_svg and element.behaviour & e.BREAKS_OUT and not elements[Tag.FOREIGNOBJECT].opened:
        _close_from(stack, elements, out, lines, reg, _find_nearest(stack, elements, reg, Tag.SVG, 0, 0))
        in_svg = False
    if element.behaviour & e.CLOSES_P and elements[Tag.P].opened:
        slot = _find_outermost(stack, elements, reg, e.P, e.BOUNDARY | e.BUTTON)
        _close_from(stack, elements, out, lines, reg, slot)
    if element.ends:
        slot = _find_outermost(stack, elements, reg, element.ends, element.stops)
        if element.ends == e.ANCHOR:
            _close_inline(stack, elements, out, lines, reg, slot)
        else:
            _close_from(stack, elements, out, lines, reg, slot)
    if not reg.state & e.SKIP:
        if element.behaviour & e.BREAK:
            _break_line(out, lines, reg, 2 if element.behaviour & e.GAP else 1)
        elif number == Tag.BR:
            _break_line(out, lines, reg, 0)
    return in_svg


@inlined
def _skip_raw_content(src, element, tag):
    """Return the end of the content of a raw element, of other elements the end of the tag."""
    if not element.behaviour & e.RAW:
        return tag.end
    return tags.find_raw_end(src, tag.end, tag.start + 1, tag.name_end, tag.number == Tag.SCRIPT)


@inlined
def _record_tag(metadata_tags, element, reg, tag, content_end):
    """Record a tag with possible metadata."""
    if element.is_recorded and (tag.number == Tag.TITLE or reg.declares):
        row = metadata_tags[reg.tag_count]
        row.element, row.start, row.end, row.content_end = tag.number, tag.start, tag.end, content_end
        row.context = reg.state & e.MARKS
        reg.tag_count += 1


@inlined
def _skip_line_end(src, i, element):
    """Return the position after a line end directly after `<pre>`, no part of the text; elsewhere `i`."""
    return i + 1 if element.state & e.PRE and i < len(src) and src[i] == 10 else i


@inlined
def _is_level(element):
    """Return 1 for an element that breaks lines or is a table cell, else 0."""
    return np.int64((element.behaviour & e.BREAK) != 0 or (element.kind & e.CELL) != 0)


@compiled
def _open_element(stack, elements, reg, number):
    """Push an element with content onto the stack; add the markup flags to the state."""
    element = elements[number]
    if element.behaviour & (e.VOID | e.IMPLIED | e.RAW):
        return
    depth, state, traits, adds = reg.depth, reg.state, reg.traits, element.state
    if depth >= MAX_DEPTH:
        element.overflowed += 1
        return
    slot = stack[depth]
    slot.element, slot.state_before = number, state
    slot.tags_before, slot.names_before, slot.outer_names_before = reg.path_tags, reg.path_names, reg.outer_names
    reg.depth += 1
    element.opened += 1
    if _is_level(element):
        reg.levels += 1
        reg.path_tags = reg.path_tags * e.HASH_BASE + number
        reg.path_names, reg.outer_names = reg.names, reg.path_names
    if adds >> e.DEPTH_SHIFT:
        adds &= (1 << e.DEPTH_SHIFT) - 1
        state += 1 << e.DEPTH_SHIFT if (state >> e.DEPTH_SHIFT) & 0xFF < 0xFF else 0
    if adds & line_markup.HEADING:
        state &= ~line_markup.HEADING
    if number == Tag.FORM and depth <= 1 and not reg.line_count and not reg.is_open:
        adds = 0  # a form before any text contains the whole page, as in ASP.NET
    if traits & e.SPOKEN:
        traits &= ~e.SPOKEN
        adds |= 0 if element.behaviour & e.BREAK else e.SKIP
    if traits & line_markup.BODY_HINT:  # an inner body name overrides outer hints
        state &= ~(line_markup.RELATED_HINT | line_markup.COMMENT_HINT | line_markup.BOILERPLATE_HINT)
    reg.state = state | adds | traits


@inlined
def _read_end_tag(src, i, tag_numbers):
    """Return (number of the element, end) of an end tag; number -1 for `</` without a name."""
    if not tags.is_letter(src[i + 2]):
        return -1, min(tags.find_byte(src, i + 2, tags.GT) + 1, len(src))
    key, name_end = tags.read_tag_name(src, i + 2)
    return tags.look_up(tag_numbers, key), min(tags.find_tag_end(src, name_end), len(src))


@compiled
def _end_element(stack, elements, out, lines, reg, number):
    """End an element at the end tag."""
    element = elements[number]
    if element.overflowed:
        element.overflowed -= 1
    elif element.kind & e.HEADING:
        slot = _find_nearest(stack, elements, reg, number, e.HEADING, e.BOUNDARY)
        _close_from(stack, elements, out, lines, reg, slot)
    elif element.opened:
        slot = _find_nearest(stack, elements, reg, number, 0, element.end_stops)
        if element.behaviour & e.SPECIAL or element.state & e.SKIP:
            _close_from(stack, elements, out, lines, reg, slot)
        else:
            _close_inline(stack, elements, out, lines, reg, slot)
    elif (number == Tag.P or number == Tag.BR) and not reg.state & e.SKIP:
        _break_line(out, lines, reg, 2 if number == Tag.P else 0)


@compiled
def _find_nearest(stack, elements, reg, number, kinds, stops):
    """Return the stack slot of the nearest element with this number or kind, -1 if a stop element precedes."""
    for slot in range(reg.depth - 1, -1, -1):
        element = elements[stack[slot].element]
        if stack[slot].element == number or element.kind & kinds:
            return slot
        if element.behaviour & stops:
            return -1
    return -1


@compiled
def _find_outermost(stack, elements, reg, kinds, stops):
    """Return the stack slot of the outermost element of these kinds above the nearest stop element, -1 for none."""
    outermost = -1
    for slot in range(reg.depth - 1, -1, -1):
        element = elements[stack[slot].element]
        if element.kind & kinds:
            outermost = slot
        elif element.behaviour & stops:
            break
    return outermost


@compiled
def _close_from(stack, elements, out, lines, reg, slot):
    """Close the elements from a stack slot to the top."""
    if slot < 0:
        return
    behaviour, kinds = 0, 0
    for above in range(slot, reg.depth):
        element = elements[stack[above].element]
        element.opened -= 1
        behaviour |= element.behaviour
        kinds |= element.kind
        reg.levels -= _is_level(element)
    reg.lowest_level = min(reg.lowest_level, reg.levels)
    reg.depth, reg.state, reg.path_tags = slot, stack[slot].state_before, stack[slot].tags_before
    reg.path_names, reg.outer_names = stack[slot].names_before, stack[slot].outer_names_before
    if reg.state & e.SKIP:
        return
    if behaviour & e.BREAK:
        _break_line(out, lines, reg, 2 if behaviour & e.GAP else 1)
    elif kinds & e.CELL:
        reg.after_cell = reg.is_open


@compiled
def _close_inline(stack, elements, out, lines, reg, slot):
    """Close an inline element; overlapped blocks stay open and lose its markup flags."""
    if slot < 0:
        return
    overlaps = False
    for above in range(slot + 1, reg.depth):
        overlaps |= (elements[stack[above].element].behaviour & e.SPECIAL) != 0
    if not overlaps:
        _close_from(stack, elements, out, lines, reg, slot)
        return
    element = elements[stack[slot].element]
    removed = element.state & ~stack[slot].state_before
    element.opened -= 1
    for above in range(slot, reg.depth - 1):
        lower, upper = stack[above], stack[above + 1]
        lower.element, lower.tags_before = upper.element, upper.tags_before
        lower.names_before, lower.outer_names_before = upper.names_before, upper.outer_names_before
        if above > slot:
            lower.state_before = upper.state_before & ~removed
    reg.depth -= 1
    reg.state &= ~removed
