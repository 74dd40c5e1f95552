"""Columns of the feature matrix of the line model: names in the trained model, and positions.

The feature matrix has a row per block. Kernels write `features[i, f.LINKS]`; each position is looked up by the name in
`line_model.json`, never by a number. The names change only with a newly trained model: the hash of the file is the
model's version in the warehouse.

Stages: the first stage reads block, position, page, window and word features. The second also reads the score features,
computed from the predictions of the first. Pages with markup have separate trees, with markup and nesting features as
well. Suffixes: `weight~5` is a mean over five blocks on each side, `score-1` the value for the block above.
"""

WINDOW_REACHES = (2, 5, 12)
UNKNOWN = -1.0
"""The value of markup and nesting features on pages without markup."""

# -- names, in the order of the columns --------------------------------------------------------------------------------

BLOCK_FEATURES = (
    "words",
    "chars_per_word",
    "capitals",
    "numbers",
    "digits",
    "signs",
    "functions",
    "selves",
    "sentences",
    "commas",
    "quotes",
    "first",
    "last",
    "is_final",
    "is_item",
    "gap",
    "gap_before",
    "reason",
    "weight",
    "times",
    "ellipses",
    "is_dated",
    "words_to_mean",
    "last_before",
    "first_behind",
    "words_before",
    "words_behind",
    "final_before",
    "below_colon",
    "items_near",
)
POSITION_FEATURES = (
    "in_run",
    "to_run",
    "run_share",
    "mass_before",
    "mass_after",
    "since_comments",
    "mass_at_comments",
    "since_related",
    "next_related",
    "since_legal",
    "stretch_blocks",
    "stretch_words",
    "prose_words",
    "prose_near",
    "turns_near",
    "same_gap",
)
PAGE_FEATURES = ("page_words", "page_blocks", "page_prose", "page_functions", "page_finals")
WINDOW_FEATURES = tuple(
    f"{name}~{reach}"
    for reach in WINDOW_REACHES
    for name in ("weight", "words", "finals", "capitals", "functions", "selves")
)
WORD_FEATURES = (
    "told",
    "told_least",
    "told_most",
    "told_sum",
    "told_known",
    "told-1",
    "told~3",
    "told~8",
)
FIRST_STAGE = (*BLOCK_FEATURES, *POSITION_FEATURES, *PAGE_FEATURES, *WINDOW_FEATURES, *WORD_FEATURES)
SCORE_FEATURES = (
    "score",
    "margin",
    "threshold",
    "score-1",
    "score+1",
    "score-2",
    "score~2",
    "score~5",
    "score~10",
    "best_before",
    "best_after",
    "sure_before",
    "sure_after",
    "core",
    "core_rate",
    "telling",
    "in_best",
    "to_best",
    "island_mean",
    "island_share",
    "island_selves",
    "island_length",
    "island_words",
    "island_core",
    "islands",
    "main_share",
    "main_mean",
    "main_core",
    "to_main",
    "words_to_main",
    "blocks_to_main",
    "told_to_main",
    "header_to_main",
)
MARKUP_FEATURES = (
    "heading",
    "list_item",
    "in_article",
    "in_frame",
    "in_table",
    "in_quotation",
    "paragraph",
    "in_caption",
    "hidden",
    "emphasis",
    "body_hint",
    "related_hint",
    "comment_hint",
    "furniture_hint",
    "byline_hint",
    "caption_hint",
    "links",
    "heading_before",
    "links~2",
    "paragraph~2",
    "in_article~2",
    "links~5",
    "paragraph~5",
    "in_article~5",
    "page_article",
    "page_body",
    "page_paragraph",
)
NESTING_FEATURES = (
    "opened",
    "closed",
    "closes",
    "is_next_of_kin",
    "parent_words",
    "parent_prose",
    "parent_links",
    "parent_blocks",
    "grand_words",
    "grand_prose",
    "grand_links",
    "great_prose",
    "in_holder",
    "up_to_holder",
    "below_holder",
    "holder_prose",
    "right_in_holder",
    "level",
)
NESTING_SCORE_FEATURES = (
    "parent_mean",
    "grand_mean",
    "great_mean",
    "parent_share",
    "grand_share",
    "in_best_holder",
    "up_to_best_holder",
    "below_best_holder",
    "best_holder_share",
    "best_holder_mean",
)
SECOND_STAGE = (*FIRST_STAGE, *SCORE_FEATURES)
MARKUP_FIRST_STAGE = (*FIRST_STAGE, *MARKUP_FEATURES, *NESTING_FEATURES)
MARKUP_SECOND_STAGE = (*SECOND_STAGE, *MARKUP_FEATURES, *NESTING_FEATURES, *NESTING_SCORE_FEATURES)
# Depths, from which the nesting features are computed. No tree reads them: they would identify sites.
DEPTH_COLUMNS = ("shared", "levels")
COLUMNS = (*SECOND_STAGE, *MARKUP_FEATURES, *NESTING_FEATURES, *NESTING_SCORE_FEATURES, *DEPTH_COLUMNS)

SCORES_START, MARKUP_START = len(FIRST_STAGE), len(SECOND_STAGE)
NESTING_START = MARKUP_START + len(MARKUP_FEATURES)


def _position(name: str) -> int:
    """Return the column of a feature."""
    return COLUMNS.index(name)


# -- the block: its words and signs -----------------------------------------------------------------------------------

WORDS = _position("words")
CHARS_PER_WORD = _position("chars_per_word")
CAPITALS = _position("capitals")
NUMBERS = _position("numbers")
DIGITS = _position("digits")
SIGNS = _position("signs")
FUNCTION_WORDS = _position("functions")
SELF_WORDS = _position("selves")
SENTENCES = _position("sentences")
COMMAS = _position("commas")
QUOTES = _position("quotes")
FIRST_CHAR = _position("first")
LAST_CHAR = _position("last")
IS_FINAL = _position("is_final")
IS_ITEM = _position("is_item")
GAP = _position("gap")
GAP_BEFORE = _position("gap_before")
REASON = _position("reason")
BLOCK_SCORE = _position("weight")
INSTANCES = _position("times")
ELLIPSES = _position("ellipses")
IS_DATED = _position("is_dated")
WORDS_TO_MEAN = _position("words_to_mean")
PREVIOUS_LAST_CHAR = _position("last_before")
NEXT_FIRST_CHAR = _position("first_behind")
PREVIOUS_WORDS = _position("words_before")
NEXT_WORDS = _position("words_behind")
PREVIOUS_FINAL = _position("final_before")
BELOW_COLON = _position("below_colon")
ITEMS_NEAR = _position("items_near")

# -- its position: in the range of best scores, below headers, in a run of prose --------------------------------------

IN_RANGE = _position("in_run")
TO_RANGE = _position("to_run")
RANGE_SHARE = _position("run_share")
SCORE_ABOVE = _position("mass_before")
SCORE_BELOW = _position("mass_after")
SINCE_COMMENTS = _position("since_comments")
SCORE_AT_COMMENTS = _position("mass_at_comments")
SINCE_RELATED = _position("since_related")
NEXT_RELATED = _position("next_related")
SINCE_LEGAL = _position("since_legal")
RUN_BLOCKS = _position("stretch_blocks")
RUN_WORDS = _position("stretch_words")
PROSE_RUN_WORDS = _position("prose_words")
PROSE_NEAR = _position("prose_near")
CHANGES_NEAR = _position("turns_near")
SAME_GAP = _position("same_gap")

# -- the page ---------------------------------------------------------------------------------------------------------

PAGE_WORDS = _position("page_words")
PAGE_BLOCKS = _position("page_blocks")
PAGE_PROSE = _position("page_prose")
PAGE_FUNCTION_WORDS = _position("page_functions")
PAGE_FINALS = _position("page_finals")

# -- means over windows around the block; one group of columns for each of WINDOW_REACHES -----------------------------

WINDOWS = _position("weight~2")
WINDOW_SCORE, WINDOW_WORDS, WINDOW_FINALS, WINDOW_CAPITALS, WINDOW_FUNCTION_WORDS, WINDOW_SELF_WORDS = range(6)
WINDOW_COLUMNS = 6

# -- weights of its words ---------------------------------------------------------------------------------------------

MEAN_WEIGHT = _position("told")
MIN_WEIGHT = _position("told_least")
MAX_WEIGHT = _position("told_most")
WEIGHT_SUM = _position("told_sum")
KNOWN_SHARE = _position("told_known")
PREVIOUS_MEAN_WEIGHT = _position("told-1")
MEAN_WEIGHT_3 = _position("told~3")
MEAN_WEIGHT_8 = _position("told~8")

# -- predictions of the first stage: around the block, in its candidate segment, up to the main segment ---------------

SCORE = _position("score")
MARGIN = _position("margin")
THRESHOLD = _position("threshold")
PREVIOUS_SCORE = _position("score-1")
NEXT_SCORE = _position("score+1")
SECOND_PREVIOUS_SCORE = _position("score-2")
MEAN_SCORE_2 = _position("score~2")
MEAN_SCORE_5 = _position("score~5")
MEAN_SCORE_10 = _position("score~10")
MAX_SCORE_ABOVE = _position("best_before")
MAX_SCORE_BELOW = _position("best_after")
TEXT_ABOVE = _position("sure_before")
TEXT_BELOW = _position("sure_after")
SHARED_WORDS = _position("core")
SHARED_WORD_SCORE = _position("core_rate")
RARE_WORDS = _position("telling")
IN_BEST_RANGE = _position("in_best")
TO_BEST_RANGE = _position("to_best")
SEGMENT_MEAN = _position("island_mean")
SEGMENT_SHARE = _position("island_share")
SEGMENT_SELF_WORDS = _position("island_selves")
# logarithm of the words a block, relative to the main segment; despite its name no length of the segment
SEGMENT_LENGTH_RATIO = _position("island_length")
# despite its name no sum: words a block
SEGMENT_WORDS_PER_BLOCK = _position("island_words")
SEGMENT_SHARED_WORDS = _position("island_core")
SEGMENTS = _position("islands")
MAIN_SHARE = _position("main_share")
MAIN_MEAN = _position("main_mean")
MAIN_SHARED_WORDS = _position("main_core")
TO_MAIN = _position("to_main")
WORDS_TO_MAIN = _position("words_to_main")
BLOCKS_TO_MAIN = _position("blocks_to_main")
REASONS_TO_MAIN = _position("told_to_main")
HEADER_TO_MAIN = _position("header_to_main")

# -- markup -----------------------------------------------------------------------------------------------------------

HEADING = _position("heading")
LIST_ITEM = _position("list_item")
IN_ARTICLE = _position("in_article")
IN_FRAME = _position("in_frame")
PARAGRAPH = _position("paragraph")
BODY_HINT = _position("body_hint")
RELATED_HINT = _position("related_hint")
COMMENT_HINT = _position("comment_hint")
LINKS = _position("links")
HEADING_BEFORE = _position("heading_before")
LINKS_2 = _position("links~2")
PAGE_ARTICLE = _position("page_article")
PAGE_BODY = _position("page_body")
PAGE_PARAGRAPH = _position("page_paragraph")

# -- nesting: the element that contains the block, its parent and grandparent, the container of most text -------------

OPENED = _position("opened")
CLOSED = _position("closed")
CLOSED_BELOW = _position("closes")
IS_SIBLING = _position("is_next_of_kin")
PARENT_WORDS = _position("parent_words")
PARENT_PROSE = _position("parent_prose")
PARENT_LINKS = _position("parent_links")
PARENT_BLOCKS = _position("parent_blocks")
GRANDPARENT_WORDS = _position("grand_words")
GRANDPARENT_PROSE = _position("grand_prose")
GRANDPARENT_LINKS = _position("grand_links")
GREAT_GRANDPARENT_PROSE = _position("great_prose")
IN_CONTAINER = _position("in_holder")
UP_TO_CONTAINER = _position("up_to_holder")
BELOW_CONTAINER = _position("below_holder")
CONTAINER_PROSE = _position("holder_prose")
IS_CHILD_OF_CONTAINER = _position("right_in_holder")
DEPTH_TO_CONTAINER = _position("level")

# -- nesting, by predictions of the first stage -----------------------------------------------------------------------

PARENT_MEAN = _position("parent_mean")
GRANDPARENT_MEAN = _position("grand_mean")
GREAT_GRANDPARENT_MEAN = _position("great_mean")
PARENT_SHARE = _position("parent_share")
GRANDPARENT_SHARE = _position("grand_share")
IN_BEST_CONTAINER = _position("in_best_holder")
UP_TO_BEST_CONTAINER = _position("up_to_best_holder")
BELOW_BEST_CONTAINER = _position("below_best_holder")
BEST_CONTAINER_SHARE = _position("best_holder_share")
BEST_CONTAINER_MEAN = _position("best_holder_mean")
DEPTHS = _position("shared")
SHARED_DEPTH, DEPTH = range(2)  # columns from DEPTHS on
