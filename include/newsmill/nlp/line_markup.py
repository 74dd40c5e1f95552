"""Markup flags of a line as bits of a number, written by readers and read by cleaning.

Example: a list item, half linked, at depth 3, with 2 containers shared with the line above, is LIST_ITEM | 50 <<
LINK_SHIFT | 2 << SHARED_SHIFT | 3 << DEPTH_SHIFT.
"""

HEADING = 0b111  # 1 to 6 for h1 to h6, 0 for none
LIST_ITEM = 1 << 3
ARTICLE = 1 << 4  # inside article or main
PAGE_FRAME = 1 << 5  # inside nav, header, footer, aside, form, or an element whose role says so
TABLE = 1 << 6
QUOTATION = 1 << 7
PARAGRAPH = 1 << 8
CAPTION = 1 << 9
HIDDEN = 1 << 10  # styled or declared as not to be shown
EMPHASIS = 1 << 11  # all of it bold or italic
# Hints from the class names and ids of the elements around a line.
BODY_HINT = 1 << 12
RELATED_HINT = 1 << 13
COMMENT_HINT = 1 << 14
BOILERPLATE_HINT = 1 << 15
LINK_SHIFT = 16  # from here on, seven bits: percent of the line's characters inside links
LINK_PERCENT = 0b1111111 << LINK_SHIFT
BYLINE_HINT = 1 << 23
CAPTION_HINT = 1 << 24
CONSENT = 1 << 25  # inside a dialog about cookies and privacy
# Depth of the line among block elements: how many of its containers also contain the previous line, and how many
# containers it has in all. Both are capped at LEVELS.
SHARED_SHIFT, DEPTH_SHIFT = 32, 40
MAX_DEPTH = 0x3F
# Hash of the kind of place: the tags of all containers, and the class names, without figures, of the inner two. Lines
# of one template have one hash, in whatever container; the hash says nothing outside its page.
TEMPLATE_SHIFT, TEMPLATE = 46, 0xFFFF
