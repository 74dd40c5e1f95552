"""Features of the line model from markup: flags of lines, links, and the elements that contain a block.

Layout: `marks` has the flags of each line (line_markup); kernels receive the blocks of one page, as `table`
(segmentation), `scores` (block_scores) and `features`, records line_features.FEATURES. Elements are numbered in order
of appearance, 0 for the page; `parents` has the containing element, -1 for the page, and `innermost` the element of
each block. CONTENT records are sums over the blocks in an element, at any depth, or over the blocks of a template: the
lines whose containers have the same tags and names, in whatever container.

Example: two blocks with the depths 3 and 4, shared depth 2, are in the elements 0-1-2-3 and 0-1-2-4-5: `innermost` is
[3, 5], `parents` [-1, 0, 1, 2, 2, 4]. The second block has `opened` 2 and `closed` 1.
"""

from typing import NamedTuple

import numpy as np

from newsmill.cleaning import line_features as f
from newsmill.cleaning.segmentation import Blocks, record_type
from newsmill.compiled import compiled, inlined
from newsmill.nlp import line_markup as m
from newsmill.nlp.scan import Scan

MAX_OPENED, MAX_CLOSED, MAX_LEVELS = 10, 15, 20  # caps
RELATED_DISCOUNT = 0.7  # discount of prose that markup calls related or a comment, in the search for the best container
ROOT = 0  # the element that contains the whole page


MARKUP_SUMS = record_type(np.float64, "words links paragraph in_article body_hint")
"""Words, and words times markup features, summed from the top of the page."""
CONTENT = record_type(np.float64, "words text linked blocks")
"""The content of a block or element: words, words of text, linked words, blocks."""


def fill_markup_features(
    blocks: Blocks, scanned: Scan, scores: np.ndarray, marks: np.ndarray | None, features: np.ndarray
) -> None:
    """Fill the features of markup and nesting; UNKNOWN on pages without markup, or without depths."""
    matrix = f.view_as_matrix(features)
    if marks is None:
        matrix[:, f.MARKUP_START :] = f.UNKNOWN
        return
    is_marked = _fill_markup(blocks.table, blocks.page_block, scanned.lines, marks, features)
    matrix[~is_marked, f.MARKUP_START :] = f.UNKNOWN
    is_nested = _fill_nesting(blocks, scores, marks, is_marked, features)
    matrix[~is_nested, f.NESTING_START :] = f.UNKNOWN


def fill_nesting_scores(blocks: Blocks, probability: np.ndarray, features: np.ndarray) -> None:
    """Fill the nesting score features of pages with depths, from the first predictions."""
    _fill_nesting_scores(probability, blocks.table, blocks.page_block, features)


@compiled
def _fill_markup(table, page_block, lines, marks, features):
    """Fill the markup features of pages with markup; return the mask of the blocks of these pages."""
    is_marked = np.zeros(len(table), np.bool_)
    for page in range(len(page_block) - 1):
        page_start, page_end = page_block[page], page_block[page + 1]
        if page_end > page_start:
            start, end = table[page_start].first_line, table[page_end - 1].end_line
            if marks[start:end].any():
                is_marked[page_start:page_end] = True
                _fill_markup_features(table[page_start:page_end], lines, marks, features[page_start:page_end])
                _fill_markup_windows(table[page_start:page_end], features[page_start:page_end])
    return is_marked


@compiled
def _fill_markup_features(table, lines, marks, features):
    """Fill the share of each block's text in each kind of markup, and the linked share."""
    for i in range(len(table)):
        row, total = features[i], 0.0
        for line in range(table[i].first_line, table[i].end_line):
            chars, mark = lines[line].text_end - lines[line].text_start, marks[line]
            if chars == 0:
                continue
            total += chars
            row.heading = max(row.heading, mark & m.HEADING)
            _count_marked_chars(row, mark, chars)
        _divide_marked_chars(row, max(total, 1.0))
        row.heading_before = features[i - 1].heading if i else 0.0


@compiled
def _count_marked_chars(row, mark, chars):
    """Add the characters of a line to the features of the line's markup."""
    row.list_item += chars * ((mark & m.LIST_ITEM) != 0)
    row.in_article += chars * ((mark & m.ARTICLE) != 0)
    row.in_frame += chars * ((mark & m.PAGE_FRAME) != 0)
    row.in_table += chars * ((mark & m.TABLE) != 0)
    row.in_quotation += chars * ((mark & m.QUOTATION) != 0)
    row.paragraph += chars * ((mark & m.PARAGRAPH) != 0)
    row.in_caption += chars * ((mark & m.CAPTION) != 0)
    row.hidden += chars * ((mark & m.HIDDEN) != 0)
    row.in_consent += chars * ((mark & m.CONSENT) != 0)
    row.emphasis += chars * ((mark & m.EMPHASIS) != 0)
    row.body_hint += chars * ((mark & m.BODY_HINT) != 0)
    row.related_hint += chars * ((mark & m.RELATED_HINT) != 0)
    row.comment_hint += chars * ((mark & m.COMMENT_HINT) != 0)
    row.boilerplate_hint += chars * ((mark & m.BOILERPLATE_HINT) != 0)
    row.byline_hint += chars * ((mark & m.BYLINE_HINT) != 0)
    row.caption_hint += chars * ((mark & m.CAPTION_HINT) != 0)
    row.links += chars * ((mark & m.LINK_PERCENT) >> m.LINK_SHIFT) / 100.0


@compiled
def _divide_marked_chars(row, total):
    """Turn the characters in each kind of markup into shares of all characters."""
    row.list_item /= total
    row.in_article /= total
    row.in_frame /= total
    row.in_table /= total
    row.in_quotation /= total
    row.paragraph /= total
    row.in_caption /= total
    row.hidden /= total
    row.in_consent /= total
    row.emphasis /= total
    row.body_hint /= total
    row.related_hint /= total
    row.comment_hint /= total
    row.boilerplate_hint /= total
    row.byline_hint /= total
    row.caption_hint /= total
    row.links /= total


@compiled
def _fill_markup_windows(table, features):
    """Fill the means of links, paragraphs and articles over the words near the block and of the page."""
    count = len(table)
    sums = np.zeros(count + 1, MARKUP_SUMS)
    for i in range(count):
        words, row, total, next_total = table[i].word_count, features[i], sums[i], sums[i + 1]
        next_total.words = total.words + words
        next_total.links = total.links + words * row.links
        next_total.paragraph = total.paragraph + words * row.paragraph
        next_total.in_article = total.in_article + words * row.in_article
        next_total.body_hint = total.body_hint + words * row.body_hint
    page_total, page_words = sums[count], max(sums[count].words, 1.0)
    for i in range(count):
        row = features[i]
        for k in range(len(f.MARKUP_WINDOW_REACHES)):
            reach = f.MARKUP_WINDOW_REACHES[k]
            before, until = sums[max(i - reach, 0)], sums[min(i + reach + 1, count)]
            window, words = row.markup_windows[k], max(until.words - before.words, 1.0)
            window.links = (until.links - before.links) / words
            window.paragraph = (until.paragraph - before.paragraph) / words
            window.in_article = (until.in_article - before.in_article) / words
        row.page_article = page_total.in_article / page_words
        row.page_body = page_total.body_hint / page_words
        row.page_paragraph = page_total.paragraph / page_words


# -- nesting: the elements that contain a block, and their content ----------------------------------------------------


@compiled
def _fill_nesting(blocks, scores, marks, is_marked, features):
    """Fill the nesting features of pages whose markup has depths; return the mask of the blocks of these pages."""
    is_nested = np.zeros(len(blocks.table), np.bool_)
    for page in range(len(blocks.page_block) - 1):
        start, end = blocks.page_block[page], blocks.page_block[page + 1]
        if end > start and is_marked[start] and _fill_depths(blocks.table[start:end], marks, features[start:end]):
            is_nested[start:end] = True
            _fill_nesting_features(blocks.table[start:end], scores[start:end], features[start:end])
    return is_nested


@compiled
def _fill_depths(table, marks, features):
    """Fill template and depth of each block, and the depth shared with the block above; report whether any is known."""
    line, previous, deepest = table[0].first_line, 0, 0
    for i in range(len(table)):
        shared, level = m.MAX_DEPTH, -1
        while line < table[i].end_line:
            mark = marks[line]
            if mark and level < 0:
                shared = min(shared, (mark >> m.SHARED_SHIFT) & m.MAX_DEPTH)
                if line >= table[i].first_line:
                    level = (mark >> m.DEPTH_SHIFT) & m.MAX_DEPTH
                    features[i].template_hash = (mark >> m.TEMPLATE_SHIFT) & m.TEMPLATE
            line += 1
        level = max(level, 0)
        features[i].shared_depth, features[i].depth = min(shared, level, previous), level
        previous, deepest = level, max(deepest, level)
    return deepest > 0


class Elements(NamedTuple):
    """The elements of a page: the innermost element of each block, and the parent and depth of each element."""

    innermost: np.ndarray
    parents: np.ndarray
    depths: np.ndarray


@compiled
def _build_elements(features):
    """Return the elements of a page by the depths of the blocks."""
    count = 1
    for i in range(len(features)):
        count += int(features[i].depth - features[i].shared_depth)
    innermost = np.empty(len(features), np.int32)
    parents, depths = np.full(count, -1, np.int32), np.zeros(count, np.int32)
    element, count = 0, 1
    for i in range(len(features)):
        while depths[element] > features[i].shared_depth:
            element = parents[element]
        while depths[element] < features[i].depth:
            parents[count], depths[count] = element, depths[element] + 1
            element, count = count, count + 1
        innermost[i] = element
    return Elements(innermost, parents[:count], depths[:count])


@compiled
def _sum_by_element(contents, elements):
    """Return the whole content of each element, by the content of each block."""
    sums = np.zeros(len(elements.parents), CONTENT)
    for i in range(len(contents)):
        _add_content(sums[elements.innermost[i]], contents[i])
    for element in range(len(sums) - 1, 0, -1):
        _add_content(sums[elements.parents[element]], sums[element])
    return sums


@compiled
def _add_content(total, content):
    """Add the content of a block or element to a total."""
    total.words += content.words
    total.text += content.text
    total.linked += content.linked
    total.blocks += content.blocks


@inlined
def _parent_of(element, parents):
    """Return the parent of an element, the page for the page itself."""
    return max(parents[element], 0)


@compiled
def _find_best_container(contents, sums, elements):
    """Return the element with the most text: of its children in full, of grandchildren half, less the linked share."""
    score = np.zeros(len(sums))
    for i in range(len(contents)):
        parent = _parent_of(elements.innermost[i], elements.parents)
        score[parent] += contents[i].text
        score[_parent_of(parent, elements.parents)] += contents[i].text / 2
    for element in range(len(sums)):
        score[element] *= 1 - sums[element].linked / max(sums[element].words, 1.0)
    return np.argmax(score)


@compiled
def _count_levels_up(container, parents):
    """Return the levels from a container up to each element that contains the container; -1 for other elements."""
    levels = np.full(len(parents), -1, np.int32)
    element, count = container, 0
    while element >= 0:
        levels[element] = count
        element, count = parents[element], count + 1
    return levels


@compiled
def _fill_distance(distance, element, levels_up, parents):
    """Fill the distance from a container up to a shared ancestor, and from there down to the element of a block."""
    down = 0
    while levels_up[element] < 0:
        element, down = parents[element], down + 1
    distance.is_inside = levels_up[element] == 0
    distance.levels_up, distance.levels_down = min(levels_up[element], MAX_LEVELS), min(down, MAX_LEVELS)


@compiled
def _fill_nesting_features(table, scores, features):
    """Fill the elements that begin and end at each block, and the content of its containers."""
    elements, contents = _build_elements(features), np.zeros(len(table), CONTENT)
    for i in range(len(table)):
        words, row, content = table[i].word_count, features[i], contents[i]
        if scores[i] > 0:
            others = RELATED_DISCOUNT * max(row.related_hint, row.comment_hint)
            content.text = words * (1 - row.in_frame) * (1 - others) * (1 - row.links)
        content.words, content.linked, content.blocks = words, words * row.links, 1
    sums = _sum_by_element(contents, elements)
    best = _find_best_container(contents, sums, elements)
    levels_up = _count_levels_up(best, elements.parents)
    _fill_depth_features(features, elements.depths[best])
    for i in range(len(table)):
        _fill_container_features(features[i], elements.innermost[i], elements.parents, sums, best)
        _fill_distance(features[i].container, elements.innermost[i], levels_up, elements.parents)
    _fill_template_features(contents, features)


@compiled
def _fill_depth_features(features, container_depth):
    """Fill the number of elements that begin and end at each block, and the depth relative to the best container."""
    count = len(features)
    for i in range(count):
        row = features[i]
        row.opened = min(row.depth - row.shared_depth, MAX_OPENED) if i else MAX_OPENED
        row.closed = min(features[i - 1].depth - row.shared_depth, MAX_CLOSED) if i else 0
        row.closed_below = min(row.depth - features[i + 1].shared_depth, MAX_CLOSED) if i + 1 < count else MAX_CLOSED
        row.is_sibling = i > 0 and row.shared_depth == row.depth - 1 and row.depth == features[i - 1].depth
        row.depth_to_container = min(max(row.depth - container_depth, -MAX_OPENED), MAX_OPENED)


@compiled
def _fill_container_features(row, element, parents, sums, best):
    """Fill the content of the parent, the grandparent and the best container of a block's innermost element."""
    prose = max(sums[ROOT].text, 1.0)
    parent = _parent_of(element, parents)
    grandparent = _parent_of(parent, parents)
    held, widely_held = sums[parent], sums[grandparent]
    row.parent_words, row.parent_prose = np.log1p(held.words), held.text / prose
    row.parent_links, row.parent_blocks = held.linked / max(held.words, 1.0), min(held.blocks, f.MAX_BLOCKS)
    row.grandparent_words, row.grandparent_prose = np.log1p(widely_held.words), widely_held.text / prose
    row.grandparent_links = widely_held.linked / max(widely_held.words, 1.0)
    row.great_grandparent_prose = sums[_parent_of(grandparent, parents)].text / prose
    row.container_prose, row.is_child_of_container = sums[best].text / prose, parent == best


@compiled
def _number_templates(features):
    """Return the number of each block's template, from 0, in the order of their hashes."""
    order = np.argsort(features["template_hash"], kind="mergesort")
    templates, template = np.empty(len(features), np.int32), 0
    for k in range(len(order)):
        if k and features[order[k]].template_hash != features[order[k - 1]].template_hash:
            template += 1
        templates[order[k]] = template
    return templates


@compiled
def _sum_by_template(contents, templates):
    """Return the content of each template."""
    sums = np.zeros(len(contents), CONTENT)
    for i in range(len(contents)):
        _add_content(sums[templates[i]], contents[i])
    return sums


@compiled
def _fill_template_features(contents, features):
    """Fill the content of each block's template, and the distance to the template of most text."""
    templates = _number_templates(features)
    sums = _sum_by_template(contents, templates)
    best, prose = np.argmax(sums["text"]), max(sums["text"].sum(), 1.0)
    for i in range(len(contents)):
        row, same = features[i].template, sums[templates[i]]
        row.prose, row.words, row.links = same.text / prose, np.log1p(same.words), same.linked / max(same.words, 1.0)
        row.blocks, row.words_per_block = min(same.blocks, f.MAX_BLOCKS), same.words / same.blocks
        features[i].is_best_template = templates[i] == best
    for step in (1, -1):
        distance = f.MAX_STEPS
        for k in range(len(contents)):
            i = k if step > 0 else len(contents) - 1 - k
            distance = 0 if templates[i] == best else min(distance + 1, f.MAX_STEPS)
            # the farther side: small only between two blocks of the template
            features[i].to_best_template = max(features[i].to_best_template, distance)


@compiled
def _fill_template_scores(contents, features):
    """Fill the mean prediction of the other blocks of each block's template, and the template's share of the text."""
    templates = _number_templates(features)
    sums = _sum_by_template(contents, templates)
    total = max(sums["text"].sum(), 1.0)
    for i in range(len(contents)):
        row, same = features[i], sums[templates[i]]
        others = same.words - contents[i].words
        row.template_mean = (same.text - contents[i].text) / others if others > 0 else -1.0
        row.template_share = same.text / total


@compiled
def _fill_nesting_scores(probability, table, page_block, features):
    """Fill the nesting score features of pages with depths, page by page."""
    for page in range(len(page_block) - 1):
        start, end = page_block[page], page_block[page + 1]
        if end > start and features[start].opened != f.UNKNOWN:
            _fill_container_scores(probability[start:end], table[start:end], features[start:end])


@compiled
def _fill_container_scores(probability, table, features):
    """Fill the mean predictions of the rest of each container, and the distance to the most likely container."""
    elements, contents = _build_elements(features), np.zeros(len(table), CONTENT)
    for i in range(len(table)):
        words, content = table[i].word_count, contents[i]
        content.words = words
        content.text, content.linked = np.float32(words) * probability[i], np.float32(words) * features[i].links
    sums = _sum_by_element(contents, elements)
    best = _find_best_container(contents, sums, elements)
    levels_up = _count_levels_up(best, elements.parents)
    total = max(sums[ROOT].text, 1.0)
    for i in range(len(table)):
        row, element = features[i], elements.innermost[i]
        for k in range(len(row.ancestor_means)):
            element = _parent_of(element, elements.parents)
            others = sums[element].words - contents[i].words
            row.ancestor_means[k] = (sums[element].text - contents[i].text) / others if others > 0 else -1.0
            if k < len(row.ancestor_shares):
                row.ancestor_shares[k] = sums[element].text / total
        row.best_container_share = sums[best].text / total
        row.best_container_mean = sums[best].text / max(sums[best].words, 1.0)
        _fill_distance(row.best_container, elements.innermost[i], levels_up, elements.parents)
    _fill_template_scores(contents, features)
