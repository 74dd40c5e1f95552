"""Features of the line model: the record of a block's features, and the names in the trained model.

Layout: FEATURES is a record of float32, a record per block. Kernels write fields, `features[i].links = …`; trees read
the same memory as a matrix with a column per feature (`view_as_matrix`). Each group below maps a field to the name in
`line_model.json`, in the order of the columns. A field can also be a record (`row.container.levels_up`) or an array
(`row.windows[k].score`, for WINDOW_REACHES[k]). The names change only with a newly trained model: the hash of the file
is the model's version in the warehouse.

Example: the field `instances` has the name "times" and is column 19. `row.windows[1].score` has the name "weight~5": a
mean over five blocks on each side. "score-1" is the value for the block above.

Stages: the first stage reads block, position, page, window and word features. The second also reads the score features,
computed from the predictions of the first. Pages with markup have separate trees, with markup and nesting features as
well.
"""

from collections.abc import Iterator
from typing import Any, TypeAlias

import numpy as np

WINDOW_REACHES = (2, 5, 12)
MARKUP_WINDOW_REACHES = (2, 5)
MAX_STEPS, MAX_BLOCKS = 60, 60  # caps of distances and of lengths, in blocks
UNKNOWN = -1.0
"""The value of markup and nesting features on pages without markup."""

Names: TypeAlias = "str | dict[str, Names] | tuple[Names, ...]"
"""The trained name of a field, the names in a record, or the names in an array."""

# -- the block: its words and signs -----------------------------------------------------------------------------------

BLOCK_FEATURES: dict[str, Names] = {
    "words": "words",
    "chars_per_word": "chars_per_word",
    "capitals": "capitals",
    "numbers": "numbers",
    "digits": "digits",
    "signs": "signs",
    "function_words": "functions",
    "self_words": "selves",
    "sentences": "sentences",
    "commas": "commas",
    "quotes": "quotes",
    "first_char": "first",
    "last_char": "last",
    "is_final": "is_final",
    "is_item": "is_item",
    "gap": "gap",
    "gap_before": "gap_before",
    "reason": "reason",
    "block_score": "weight",
    "instances": "times",
    "ellipses": "ellipses",
    "is_dated": "is_dated",
    "words_to_mean": "words_to_mean",
    "previous_last_char": "last_before",
    "next_first_char": "first_behind",
    "previous_words": "words_before",
    "next_words": "words_behind",
    "previous_final": "final_before",
    "below_colon": "below_colon",
    "items_near": "items_near",
}

# -- its position: in the range of best scores, below headers, in a run of prose --------------------------------------

POSITION_FEATURES: dict[str, Names] = {
    "in_range": "in_run",
    "to_range": "to_run",
    "range_share": "run_share",
    "score_above": "mass_before",
    "score_below": "mass_after",
    "since_comments": "since_comments",
    "score_at_comments": "mass_at_comments",
    "since_related": "since_related",
    "next_related": "next_related",
    "since_legal": "since_legal",
    "run_blocks": "stretch_blocks",
    "run_words": "stretch_words",
    "prose_run_words": "prose_words",
    "prose_near": "prose_near",
    "changes_near": "turns_near",
    "same_gap": "same_gap",
}

# -- the page ---------------------------------------------------------------------------------------------------------

PAGE_FEATURES: dict[str, Names] = {
    "page_words": "page_words",
    "page_blocks": "page_blocks",
    "page_prose": "page_prose",
    "page_function_words": "page_functions",
    "page_finals": "page_finals",
}

# -- means over windows around the block ------------------------------------------------------------------------------

WINDOW_FEATURES: dict[str, Names] = {
    "windows": tuple(
        {
            "score": f"weight~{reach}",
            "words": f"words~{reach}",
            "finals": f"finals~{reach}",
            "capitals": f"capitals~{reach}",
            "function_words": f"functions~{reach}",
            "self_words": f"selves~{reach}",
        }
        for reach in WINDOW_REACHES
    )
}

# -- weights of its words ---------------------------------------------------------------------------------------------

WORD_FEATURES: dict[str, Names] = {
    "mean_weight": "told",
    "min_weight": "told_least",
    "max_weight": "told_most",
    "weight_sum": "told_sum",
    "known_share": "told_known",
    "previous_mean_weight": "told-1",
    "mean_weight_3": "told~3",
    "mean_weight_8": "told~8",
}

# -- predictions of the first stage: around the block, in its candidate segment, up to the main segment ---------------

SCORE_FEATURES: dict[str, Names] = {
    "score": "score",
    "margin": "margin",
    "threshold": "threshold",
    "previous_score": "score-1",
    "next_score": "score+1",
    "second_previous_score": "score-2",
    "mean_score_2": "score~2",
    "mean_score_5": "score~5",
    "mean_score_10": "score~10",
    "max_score_above": "best_before",
    "max_score_below": "best_after",
    "text_above": "sure_before",
    "text_below": "sure_after",
    "shared_words": "core",
    "shared_word_score": "core_rate",
    "rare_words": "telling",
    "in_best_range": "in_best",
    "to_best_range": "to_best",
    "segment_mean": "island_mean",
    "segment_share": "island_share",
    "segment_self_words": "island_selves",
    # logarithm of the words a block, relative to the main segment; despite its name no length of the segment
    "segment_length_ratio": "island_length",
    # despite its name no sum: words a block
    "segment_words_per_block": "island_words",
    "segment_shared_words": "island_core",
    "segments": "islands",
    "main_share": "main_share",
    "main_mean": "main_mean",
    "main_shared_words": "main_core",
    "to_main": "to_main",
    "words_to_main": "words_to_main",
    "blocks_to_main": "blocks_to_main",
    "reasons_to_main": "told_to_main",
    "header_to_main": "header_to_main",
}

# -- markup -----------------------------------------------------------------------------------------------------------

MARKUP_FEATURES: dict[str, Names] = {
    "heading": "heading",
    "list_item": "list_item",
    "in_article": "in_article",
    "in_frame": "in_frame",
    "in_table": "in_table",
    "in_quotation": "in_quotation",
    "paragraph": "paragraph",
    "in_caption": "in_caption",
    "hidden": "hidden",
    "in_consent": "in_consent",
    "emphasis": "emphasis",
    "body_hint": "body_hint",
    "related_hint": "related_hint",
    "comment_hint": "comment_hint",
    "boilerplate_hint": "furniture_hint",
    "byline_hint": "byline_hint",
    "caption_hint": "caption_hint",
    "links": "links",
    "heading_before": "heading_before",
    "markup_windows": tuple(
        {"links": f"links~{reach}", "paragraph": f"paragraph~{reach}", "in_article": f"in_article~{reach}"}
        for reach in MARKUP_WINDOW_REACHES
    ),
    "page_article": "page_article",
    "page_body": "page_body",
    "page_paragraph": "page_paragraph",
}

# -- nesting: the element that contains the block, its parent and grandparent, the container of most text, and the
# -- blocks of the same template (line_markup.TEMPLATE), in whatever container ----------------------------------------

NESTING_FEATURES: dict[str, Names] = {
    "opened": "opened",
    "closed": "closed",
    "closed_below": "closes",
    "is_sibling": "is_next_of_kin",
    "parent_words": "parent_words",
    "parent_prose": "parent_prose",
    "parent_links": "parent_links",
    "parent_blocks": "parent_blocks",
    "grandparent_words": "grand_words",
    "grandparent_prose": "grand_prose",
    "grandparent_links": "grand_links",
    "great_grandparent_prose": "great_prose",
    "container": {"is_inside": "in_holder", "levels_up": "up_to_holder", "levels_down": "below_holder"},
    "container_prose": "holder_prose",
    "is_child_of_container": "right_in_holder",
    "depth_to_container": "level",
    "template": {
        "prose": "template_prose",
        "words": "template_words",
        "links": "template_links",
        "blocks": "template_blocks",
        "words_per_block": "template_words_per_block",
    },
    "is_best_template": "is_best_template",
    "to_best_template": "to_best_template",
}

# -- nesting, by predictions of the first stage -----------------------------------------------------------------------

NESTING_SCORE_FEATURES: dict[str, Names] = {
    "ancestor_means": ("parent_mean", "grand_mean", "great_mean"),
    "ancestor_shares": ("parent_share", "grand_share"),
    "best_container": {
        "is_inside": "in_best_holder",
        "levels_up": "up_to_best_holder",
        "levels_down": "below_best_holder",
    },
    "best_container_share": "best_holder_share",
    "best_container_mean": "best_holder_mean",
    "template_mean": "template_mean",
    "template_share": "template_share",
}

# -- depths and templates, from which the nesting features are computed; no tree reads them: they would identify sites -

DEPTHS: dict[str, Names] = {"shared_depth": "shared", "depth": "levels", "template_hash": "template"}


def list_names(names: Names) -> Iterator[str]:
    """Yield the trained names in a group, in the order of the columns."""
    if isinstance(names, str):
        yield names
    else:
        for part in names.values() if isinstance(names, dict) else names:
            yield from list_names(part)


def _build_type(names: Names) -> Any:
    """Return the type of a field: float32, a record, or an array of equal types."""
    if isinstance(names, str):
        return np.float32
    if isinstance(names, tuple):
        return np.dtype((_build_type(names[0]), (len(names),)))
    return np.dtype((np.record, [(field, _build_type(part)) for field, part in names.items()]))


FIRST_STAGE_FIELDS = BLOCK_FEATURES | POSITION_FEATURES | PAGE_FEATURES | WINDOW_FEATURES | WORD_FEATURES
FIELDS = FIRST_STAGE_FIELDS | SCORE_FEATURES | MARKUP_FEATURES | NESTING_FEATURES | NESTING_SCORE_FEATURES | DEPTHS
FEATURES = _build_type(FIELDS)
"""The features of a block."""

FIRST_STAGE = tuple(list_names(FIRST_STAGE_FIELDS))
SECOND_STAGE = (*FIRST_STAGE, *list_names(SCORE_FEATURES))
MARKUP_FIRST_STAGE = (*FIRST_STAGE, *list_names(MARKUP_FEATURES | NESTING_FEATURES))
MARKUP_SECOND_STAGE = (*SECOND_STAGE, *list_names(MARKUP_FEATURES | NESTING_FEATURES | NESTING_SCORE_FEATURES))
COLUMNS = tuple(list_names(FIELDS))

SCORES_START, MARKUP_START = len(FIRST_STAGE), len(SECOND_STAGE)
NESTING_START = MARKUP_START + len(tuple(list_names(MARKUP_FEATURES)))


def view_as_matrix(features: np.ndarray) -> np.ndarray:
    """Return the features as a matrix of float32 with the columns COLUMNS, without a copy."""
    return features.view(np.float32).reshape(len(features), len(COLUMNS))
