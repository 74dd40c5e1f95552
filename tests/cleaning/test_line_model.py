"""The line model: the kept blocks of a page, the features of a block, and the choice."""

import json
from itertools import product

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsmill.cleaning import line_features, line_model, segmentation
from newsmill.cleaning.block_choice import find_best_threshold
from newsmill.cleaning.block_scores import score_blocks
from newsmill.cleaning.cleaned_batch import PageBatch, clean_batch
from newsmill.cleaning.label_propagation import propagate_labels
from newsmill.cleaning.lexicon import load_lexicon
from newsmill.cleaning.segmentation import Blocks
from newsmill.cleaning.wording import classify_wording
from newsmill.nlp import characters, line_markup
from newsmill.nlp.scan import Scan, scan
from newsmill.readers import html_text

BODY = (
    "The harbour council of Vesterhavn voted on Monday to close the old quay until the spring, after divers had found "
    "cracks in eleven of its forty piles.",
    "“Nobody wanted this,” said the mayor, Ingrid Solli, who had promised the fishermen last autumn that the quay "
    "would stay open for as long as she held the office.",
    "The boats will land their catch across the bay in Nordby, where the cold store has room for two hundred tons, "
    "and the council will pay for the lorries that bring it back to the auction hall.",
    "Divers are to look at the remaining piles in the first week of December, if the weather lets them; their report "
    "will be read in public before the year is out.",
)
MENU = ("Home", "News", "Sport", "Weather", "Obituaries", "Jobs", "Log in")
FOOTER = ("Contact us", "About", "Privacy policy", "© 2026 The Vesterhavn Post. All rights reserved.")
PAGE = "\n\n".join(("\n".join(MENU), "Council closes the old quay", "By Anne Lunde", *BODY, "\n".join(FOOTER)))
column = line_features.COLUMNS.index


class ScoredPages:
    """A batch of pages with blocks, scores and features."""

    def __init__(self, *pages: str, marked: list[int] | None = None):
        self.scanned: Scan = scan(pa.array(pages, pa.large_string()))
        blocks = segmentation.split_blocks(self.scanned, characters.build_char_traits(), load_lexicon())
        classify_wording(blocks, self.scanned, load_lexicon())
        self.blocks: Blocks = propagate_labels(blocks, self.scanned)
        self.weights, self.runs = score_blocks(self.blocks)
        self.marks = None if marked is None else np.array(marked, np.int64)

    @property
    def features(self) -> np.ndarray:
        return line_model.compute_features(
            self.blocks, self.scanned, self.weights, self.runs, line_model.load_model().words, self.marks
        )

    @property
    def columns(self) -> np.ndarray:
        return line_features.view_as_matrix(self.features)

    def keep(self) -> tuple[np.ndarray, np.ndarray]:
        return line_model.keep_blocks(
            self.blocks, self.scanned, self.weights, self.runs, self.marks, line_model.load_model()
        )

    def kept(self, page: str, i: int = 0) -> list[str]:
        low, high = self.blocks.page_block[i], self.blocks.page_block[i + 1]
        rows = self.blocks.table[low:high][self.keep()[0][low:high] == 1]
        return [page[start:end].strip() for start, end in rows[["start", "end"]].tolist()]


# -- what it keeps of a page of markup --------------------------------------------------------------------------------


def keep_html(body: str) -> list[str]:
    """Return the kept lines of a page of markup with a menu and a footer."""
    menu = "".join(f"<li><a href='/'>{name}</a></li>" for name in MENU)
    footer = "".join(f"<li><a href='/'>{name}</a></li>" for name in FOOTER)
    read = html_text.read_html(
        f"<title>Council closes the old quay</title><nav><ul>{menu}</ul></nav><h1>Council closes the old quay</h1>"
        f"{body}<footer><ul>{footer}</ul></footer>"
    )
    text, title = pa.array([read.text], pa.large_string()), pa.array([read.title], pa.string())
    marks = pa.array([read.marks], pa.list_(pa.int64()))
    labels = clean_batch(PageBatch(text, title, np.zeros(1, bool), marks)).labels
    rows = zip(labels.start[labels.is_body].tolist(), labels.end[labels.is_body].tolist(), strict=True)
    return [read.text[start:end].strip() for start, end in rows]


MORE = (
    "The auction hall was built in 1931 and has been closed twice, once for a fire and once for a royal visit.",
    "“We heard of the cracks in March,” said Arne Foss, who keeps the books of the harbour.",
    "A barge will carry ice to Nordby twice a day, and the crews may sleep in the old customs house.",
    "The state is to pay for half of the new piles, if the council applies before the end of the year.",
    "Nobody knows yet what will become of the crane, which is older than the quay.",
)
AD = "<div class='box'><p>Advertisement</p></div>"
HEADLINE = "Herring prices fall for a third week"
TEASER = f"<div class='more'><h4>Read more</h4><ul><li><a href='/2'>{HEADLINE}</a></li></ul></div>"


@pytest.mark.parametrize(
    "holders",
    [
        "<section><div class='text'><p>{}</p></div></section>",
        "<div class='row'><div class='col'><div class='inner'><p>{}</p></div></div></div>",
        "<div class='slide'><h3>The quay</h3><p>{}</p></div>",
        "<div><div><div>{}</div></div></div>",
    ],
)
@pytest.mark.parametrize("between", ["", AD, TEASER, AD + TEASER])
def test_a_body_in_several_containers_is_kept_whole(holders, between):
    kept = keep_html(between.join(holders.format(paragraph) for paragraph in BODY + MORE))
    assert [line for line in kept if line in BODY + MORE] == list(BODY + MORE)
    assert HEADLINE not in kept


PARAGRAPHS = [f"<p>{paragraph}</p>" for paragraph in BODY]
APART = {
    "a caption": "<figure><figcaption>The old quay of Vesterhavn in a storm of last year.</figcaption></figure>",
    "a hidden paragraph": "<p style='display:none'>This draft is shown to editors only until it is approved.</p>",
    "a dialog about cookies": "<div id='onetrust-consent-sdk'><p>We and our partners store data on your device to "
    "measure what readers like, and you may object to this at any time in the settings.</p></div>",
    "a link to another story": "<p>Read more: <a href='/2'>The long and costly history of the harbour of Nordby and "
    "its three councils</a></p>",
    "a line of authors": "<p>By Anne Lunde, News Reporter</p>",
}


@pytest.mark.parametrize("inserted", APART.values(), ids=APART)
def test_what_is_set_apart_by_markup_is_no_text(inserted):
    assert keep_html("".join((*PARAGRAPHS[:2], inserted, *PARAGRAPHS[2:]))) == list(BODY)


def test_a_story_of_captions_and_a_body_that_a_script_shows_are_text():
    captions = "".join(f"<figure><figcaption>{paragraph}</figcaption></figure>" for paragraph in BODY)
    assert keep_html(captions) == list(BODY)
    assert keep_html(f"<div style='display: none'>{''.join(PARAGRAPHS)}</div>") == list(BODY)


# -- what it keeps ---------------------------------------------------------------------------------------------------


def test_the_article_is_kept_and_the_menu_and_footer_are_not():
    assert ScoredPages(PAGE).kept(PAGE) == list(BODY)


def test_a_page_is_judged_alike_alone_and_in_any_company():
    other = "Nothing but a line."
    alone, among = ScoredPages(PAGE), ScoredPages(other, PAGE, "", PAGE)
    _, probability = alone.keep()
    _, together = among.keep()
    edges = among.blocks.page_block
    assert np.array_equal(together[edges[1] : edges[2]], probability)
    assert np.array_equal(together[edges[3] : edges[4]], probability)


def test_blocks_without_words_do_not_decide():
    ruled = PAGE.replace("\n\n", "\n\n* * *\n\n")
    assert [block for block in ScoredPages(ruled).kept(ruled) if block != "* * *"] == list(BODY)


def test_a_page_of_boilerplate_alone_and_an_empty_page_are_no_error():
    menu = "\n".join(MENU)
    kept, probability = ScoredPages(menu, "", "\n\n").keep()
    assert len(kept) == len(probability)
    assert (probability < 0.5).all()


def test_teasers_of_other_stories_below_a_gap_are_less_sure_than_the_text():
    teasers = [
        f"{word} meet in town\n\nThe {word.lower()} met in the town hall on Tuesday." for word in ("Farmers", "Pilots")
    ]
    page = "\n\n".join((PAGE, "Read more", *teasers))
    _, probability = ScoredPages(page).keep()
    table = ScoredPages(page).blocks.table
    texts = [page[start:end].strip() for start, end in table[["start", "end"]].tolist()]
    by_text = dict(zip(texts, probability.tolist(), strict=True))
    assert max(by_text[text] for text in texts if "met in the town hall" in text) < min(by_text[text] for text in BODY)


@given(
    st.lists(
        st.sampled_from((*MENU, *BODY, *FOOTER, "", "1.", "* * *", "–", "\u3000", "東京で会議が開かれた。")),
        max_size=30,
    )
)
def test_every_block_of_any_page_gets_a_share_between_nothing_and_all(lines):
    kept, probability = ScoredPages("\n".join(lines)).keep()
    assert ((probability >= 0) & (probability <= 1)).all()
    assert set(kept.tolist()) <= {0, 1}


# -- what it sees ----------------------------------------------------------------------------------------------------


def test_every_column_is_a_number_for_every_block():
    seen = ScoredPages(PAGE, "", "One line.", "\n".join(MENU * 3))
    features = seen.features
    line_model.predict_scores(features, seen.blocks, seen.scanned, line_model.load_model())
    columns = line_features.view_as_matrix(features)
    assert columns.shape == (len(seen.blocks.table), len(line_features.COLUMNS))
    assert np.isfinite(columns).all()


def test_a_column_has_one_name():
    assert len(set(line_features.COLUMNS)) == len(line_features.COLUMNS)


def test_a_field_and_its_column_are_the_same_memory():
    features = np.zeros(2, line_features.FEATURES)
    features[1].windows[1].score, features[1].container.levels_up, features[1].links = 1, 2, 3
    columns = line_features.view_as_matrix(features)
    names = ["weight~5", "up_to_holder", "links"]
    assert columns[1, [column(name) for name in names]].tolist() == [1, 2, 3]
    assert columns.sum() == 6


def test_a_page_looks_the_same_wherever_it_begins_in_the_batch():
    alone, second = ScoredPages(PAGE), ScoredPages("A line.\nAnother one.", PAGE)
    first = second.blocks.page_block[1]
    assert np.array_equal(second.columns[first:], alone.columns)


def test_blocks_have_the_number_of_their_instances_on_the_page():
    columns = ScoredPages("Subscribe\n\nA line\n\nSubscribe\n\nSubscribe").columns
    assert columns[:, column("times")].tolist() == [3, 1, 3, 3]


def test_a_block_has_its_distance_to_the_best_range():
    seen = ScoredPages(PAGE)
    distances = seen.columns[:, column("to_run")]
    start, end = seen.runs[0]
    assert (distances[start:end] == 0).all()
    assert distances[start - 1] == -1
    assert distances[end] == 1


def test_no_column_depends_on_the_distance_to_the_top_of_the_page():
    above = "\n\n".join(f"A headline of another story {i}" for i in range(80))
    page = f"{above}\n\n{PAGE}"
    seen, alone = ScoredPages(page), ScoredPages(PAGE)
    first = len(seen.blocks.table) - len(alone.blocks.table)
    of_page = [column(name) for name in line_features.list_names(line_features.PAGE_FEATURES)]
    far = 14  # blocks from the seam to the first that no window over the seam reaches
    kept = np.delete(seen.columns[first + far :, : line_features.SCORES_START], of_page, axis=1)
    assert np.allclose(kept, np.delete(alone.columns[far:, : line_features.SCORES_START], of_page, axis=1))


# -- with markup -----------------------------------------------------------------------------------------------------


def marked(body: int, around: int) -> list[int]:
    return [(body if text in BODY else around) if text.strip() else 0 for text in PAGE.split("\n")]


def test_without_marks_markup_is_unknown():
    assert (ScoredPages(PAGE).columns[:, line_features.MARKUP_START :] == line_features.UNKNOWN).all()
    nothing = ScoredPages(PAGE, marked=[0] * len(PAGE.split("\n"))).columns
    assert (nothing[:, line_features.MARKUP_START :] == line_features.UNKNOWN).all()


def test_markup_features_are_shares_of_each_block():
    link = 50 << line_markup.LINK_SHIFT
    seen = ScoredPages(PAGE, marked=marked(line_markup.PARAGRAPH | line_markup.ARTICLE, line_markup.PAGE_FRAME | link))
    columns, first = seen.columns, seen.runs[0].start
    assert columns[first, column("paragraph")] == columns[first, column("in_article")] == 1
    assert columns[first, column("links")] == columns[first, column("in_frame")] == 0
    assert columns[0, column("links")] == 0.5
    assert columns[0, column("in_frame")] == 1


def test_a_page_with_marks_keeps_its_article():
    seen = ScoredPages(
        PAGE,
        marked=marked(
            line_markup.PARAGRAPH | line_markup.ARTICLE, line_markup.LIST_ITEM | 100 << line_markup.LINK_SHIFT
        ),
    )
    assert seen.kept(PAGE) == list(BODY)


def test_a_page_whose_marks_say_nothing_keeps_its_article():
    assert ScoredPages(PAGE, marked=marked(line_markup.EMPHASIS, line_markup.EMPHASIS)).kept(PAGE) == list(BODY)


# -- how elements are nested -----------------------------------------------------------------------------------------


def nested(*levels: tuple[int, int]) -> np.ndarray:
    """Return the features of a page by (shared depth, depth) of each line."""
    page = "\n\n".join(f"The {i} boats that left the harbour came back." for i in range(len(levels)))
    depths = [shared << line_markup.SHARED_SHIFT | level << line_markup.DEPTH_SHIFT for shared, level in levels]
    return ScoredPages(page, marked=[mark for one in depths for mark in (one | line_markup.PARAGRAPH, 0)][:-1]).columns


def test_a_page_whose_marks_have_no_depths_has_no_nesting():
    columns = nested((0, 0), (0, 0))
    assert (columns[:, line_features.NESTING_START :] == line_features.UNKNOWN).all()
    assert (columns[:, column("paragraph")] == 1).all()


def test_blocks_in_the_container_of_most_text_differ_from_those_next_to_it():
    columns = nested((0, 3), (1, 4), (3, 4), (3, 4), (1, 3))  # one box, another of three paragraphs, a third
    assert columns[:, column("in_holder")].tolist() == [0, 1, 1, 1, 0]
    assert columns[:, column("up_to_holder")].tolist() == [2, 0, 0, 0, 2]
    assert columns[:, column("below_holder")].tolist() == [2, 1, 1, 1, 2]
    assert columns[:, column("parent_blocks")].tolist() == [1, 3, 3, 3, 1]


def test_elements_that_begin_and_end_at_a_block_are_counted():
    columns = nested((0, 3), (1, 4), (3, 4))
    assert columns[1:, column("opened")].tolist() == [3, 1]
    assert columns[1:, column("closed")].tolist() == [2, 1]
    assert columns[:, column("is_next_of_kin")].tolist() == [0, 0, 1]


@given(st.lists(st.tuples(st.integers(0, 70), st.integers(0, 70)), min_size=1, max_size=12))
def test_any_depths_of_marks_give_finite_features(depths):
    columns = nested(*((shared & line_markup.MAX_DEPTH, level & line_markup.MAX_DEPTH) for shared, level in depths))
    assert np.isfinite(columns).all()


def test_blocks_of_a_template_share_its_content_in_whatever_container():
    # two boxes with a paragraph each, a menu between them
    template = [7, 7, 9, 9, 7]
    depths = [(0, 3), (1, 3), (0, 1), (1, 1), (0, 3)]
    prose = "The boats that left the harbour came back."
    page = "\n\n".join((prose, prose, "Log in", "Jobs", "Nobody was hurt at all."))
    marks = [
        kind << line_markup.TEMPLATE_SHIFT | shared << line_markup.SHARED_SHIFT | level << line_markup.DEPTH_SHIFT
        for kind, (shared, level) in zip(template, depths, strict=True)
    ]
    columns = ScoredPages(page, marked=[mark for one in marks for mark in (one, 0)][:-1]).columns
    assert columns[:, column("template_blocks")].tolist() == [3, 3, 2, 2, 3]
    assert columns[:, column("is_best_template")].tolist() == [1, 1, 0, 0, 1]
    assert columns[:, column("to_best_template")].tolist() == [0, 0, 2, 2, 0]


# -- how it chooses --------------------------------------------------------------------------------------------------


@given(
    st.lists(st.tuples(st.floats(0, 1, width=32), st.integers(0, 200)), min_size=1, max_size=9).filter(
        lambda blocks: sum(share * count for share, count in blocks) > 1
    )
)
def test_no_other_choice_of_blocks_promises_a_better_f1(blocks):
    probability, counts = (np.array(column) for column in zip(*blocks, strict=True))
    expected = (probability * counts).sum()

    def promised(chosen: np.ndarray) -> float:
        return 2 * (probability * counts)[chosen].sum() / max(counts[chosen].sum() + expected, 1e-9)

    mine = promised(probability > find_best_threshold(probability.astype(np.float32), counts.astype(np.int32)))
    best = max(promised(np.array(one)) for one in product((False, True), repeat=len(blocks)))
    assert mine == pytest.approx(best, abs=2e-3)


def test_trees_go_left_where_a_value_is_at_most_the_threshold():
    name = line_features.FIRST_STAGE[0]
    tree = [[0, -1, -1], [1.5, -2.0, 3.0], [2, 0, 0]]
    trees = line_model.build_trees({"features": [name], "trees": [tree, tree]})
    rows = np.zeros((3, len(line_features.COLUMNS)), np.float32)
    rows[:, 0] = (1.0, 1.5, 2.0)
    probability = line_model.sum_trees_by_kind(rows, np.zeros(3, bool), trees, trees)
    assert np.allclose(probability, [1 / (1 + np.exp(4.0)), 1 / (1 + np.exp(4.0)), 1 / (1 + np.exp(-6.0))])


# -- what is shipped -------------------------------------------------------------------------------------------------


def test_the_model_is_small_and_looks_at_columns_by_name():
    assert line_model.DATA.stat().st_size < 400_000
    content = json.loads(line_model.DATA.read_text(encoding="utf8"))
    for kind, stage in product(("text", "markup"), ("first", "second")):
        assert set(content[kind][stage]["features"]) <= set(line_features.COLUMNS)
    assert set(content["text"]["second"]["features"]).isdisjoint(
        line_features.list_names(line_features.MARKUP_FEATURES)
    )


def test_every_tree_of_the_model_ends_in_leaves():
    content = json.loads(line_model.DATA.read_text(encoding="utf8"))
    for kind, stage in product(("text", "markup"), ("first", "second")):
        for features, _, skips in content[kind][stage]["trees"]:
            is_test = np.array(features) >= 0
            assert is_test.sum() + 1 == (~is_test).sum()
            assert (np.flatnonzero(is_test) + np.array(skips)[is_test] < len(features)).all()
