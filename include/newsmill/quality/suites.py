"""Suites of expectations on every relation and table, as plain values for any engine."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from newsmill.contracts import Relation
from newsmill.expectations import (
    CRITICAL,
    WARNING,
    Expectation,
    after,
    all_present,
    between,
    different,
    key_of,
    keys,
    matches,
    one_of,
    present,
    share,
    span,
    unique,
)
from newsmill.extractors import SURFACE, Extractor, extractors
from newsmill.glossary import BLOCK_REASONS, DISPOSITIONS, GLOSSARY
from newsmill.relations import ARTICLES, CAPTURES, EXTRACTED, PAGES, TEXT_BLOCKS

PAIR_RELATIONS = ("exact", "near", "contains", "contained_in", "version")
STORY_RELATIONS = ("origin", "copy", "update", "excerpt")
_TEXTS = {extractor.text for extractor in extractors()} - {SURFACE}
LONG_COLUMNS = frozenset("page_text text ranges live_entries authors declared_authors repairs".split()) | _TEXTS
"""Columns of unlimited length: no suite reads them."""
LANGUAGE_CODE = r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$"
COUNTRY_CODE = r"^[A-Z]{2}$"
SHA256, SHORT_HASH = r"^[0-9a-f]{64}$", r"^[0-9a-f]{16}$"
FEW = 3
"""Allowed withheld rows of any relation: a hundredth of a small night is no row. At 1 two odd pages close the gate
of a small night; at 6 a night of ten articles may lose most articles."""
BY_PAGE = (PAGES.name, ARTICLES.name)
"""Relations with pages as rows: a faulty row withholds the page. In others only the row is withheld."""


@dataclass(frozen=True)
class Suite:
    """The expectations on a target; `key` names the identifying columns.

    With `by_row` rows failing a critical expectation are withheld, up to a limit; else any failure closes the gate.
    """

    name: str
    target: str
    key: tuple[str, ...]
    expectations: tuple[Expectation, ...]
    by_row: bool = False

    @property
    def columns(self) -> tuple[str, ...]:
        """Name all columns needed in a frame, and no others."""
        return tuple(dict.fromkeys((*self.key, *(c for e in self.expectations for c in e.columns))))

    def also(self, *expectations: Expectation) -> "Suite":
        """Return the suite with more expectations."""
        return replace(self, expectations=(*self.expectations, *expectations))

    def withholds_page(self, expect: Expectation) -> bool:
        """Report whether a failing row withholds the page with all facts."""
        return self.target in BY_PAGE and not expect.is_unique

    def reason(self, expect: Expectation) -> str:
        """Return the reject reason of a failing row, unique among all suites."""
        return f"{self.target}_{expect.slug}"


def allowed_rows(count: int, max_share: float) -> int:
    """Return the allowed number of withheld rows of a relation; more close the gate."""
    return max(FEW, int(count * max_share))


def base_suite(relation: Relation, severity: str = CRITICAL) -> Suite:
    """Derive the suite of a contract: grain, required columns and closed vocabularies."""
    short = [column for column in relation.columns if column.name not in LONG_COLUMNS]
    required = [present(c.name, severity) for c in short if c.name not in relation.optional]
    words = [one_of(c.name, c.values, severity) for c in short if c.values]
    grain = unique(*relation.grain, severity=severity)
    key = tuple(dict.fromkeys((*relation.grain, "page_id")))
    return Suite(relation.name, relation.name, key, (grain, *required, *words), by_row=True)


def extractor_suite(extractor: Extractor) -> Suite:
    """Derive the suite of an extractor's relation: contract, spans, shares, and declared expectations."""
    return base_suite(EXTRACTED[extractor.name]).also(
        *(expectation for prefix in extractor.prefixes for expectation in span(prefix)),
        *map(share, extractor.confidence_columns),
        between("sentence_index", 0, None, "counted from 0"),
        *extractor.lake_expectations,
    )


LAKE_SUITES = (
    base_suite(PAGES).also(
        between("record_no", 1, None, "counted from 1"),
        after("byte_end", "byte_start", "a record of one byte or more"),
        matches("country_code", COUNTRY_CODE, "two capitals", WARNING),
        matches("declared_language", LANGUAGE_CODE, "looks like a language code", WARNING),
    ),
    base_suite(ARTICLES).also(
        between("days_after_night", None, 1, "published no later than a day after the night", WARNING),
        # Unix clocks start in 1970, those of DOS in 1980: such dates are a dump's zeros; archives of news begin later.
        between("published_year", 1981, None, "published after the zeros of computer clocks", WARNING),
        share("published_confidence"),
        share("language_confidence"),
        matches("language", LANGUAGE_CODE, "looks like a language code"),
        matches("content_sha256", SHA256, "a SHA-256"),
        matches("text_sha256", SHA256, "a SHA-256"),
        after("page_chars", "kept_chars", "no more kept than the page holds", or_equal=True),
        between("uncovered_chars", 0, 0, "every character of the page is in one block"),
        between("kept_chars", 1, None, "something is left"),
        between("word_count", 1, None, "it has words"),
        share("rps_doc_frac_unique_words"),
        share("rps_doc_frac_all_caps_words"),
        share("rps_doc_stop_word_fraction"),
        between("rps_doc_mean_word_length", 1, 20, "words as long as words are", WARNING),
    ),
    base_suite(TEXT_BLOCKS).also(
        *span(in_text=False),
        one_of("reason", BLOCK_REASONS, WARNING),
        between("unexplained_drops", 0, 0, "what was dropped has a reason"),
        between("block_index", 0, None, "counted from 0"),
        matches("block_hash", SHORT_HASH, "sixteen hex digits"),
        after("block_index", "repeat_of_block", "repeats an earlier block", WARNING),
    ),
    base_suite(CAPTURES).also(
        unique("page_id"),
        matches("content_sha256", SHA256, "a SHA-256"),
    ),
    *map(extractor_suite, extractors()),
)

MAX_SILENT_NIGHTS = 2
"""Nights without an article before a source counts as silent: a weekend. At half, a quiet Sunday warns. At twice, two
nights are left to warn in before the profile of seven nights forgets the source.
"""
NIGHT_SUITE = Suite(
    "night",
    "night",
    ("dump",),
    (
        between("articles", 1, None, "the night has articles"),
        between("volume_ratio", 0.5, 2.0, "as many articles as on the nights before, by half or double", WARNING),
        between("language_shift", None, 0.3, "the languages of the nights before", WARNING),
        between("titled_share", 0.8, None, "articles have titles", WARNING),
        between("error_page_share", None, 0.2, "few pages are error pages", WARNING),
        between("spoken_share", 0.4, None, "direct quotations have speakers", WARNING),
        between("silent_nights", None, MAX_SILENT_NIGHTS, "no source is silent for three nights", WARNING),
    ),
)
DUMP_SUITE = Suite(
    "dumps",
    "dumps",
    ("dump",),
    (
        after("max_reject_share", "reject_share", "no more turned away than the dump may lose", or_equal=True),
        *NIGHT_SUITE.expectations[1:],
    ),
)
MAX_UNSURE_SHARE = 0.15
"""Share of a source's articles that may be likely truncated, or likely overcomplete. Of 614 pages of unseen sites .034
and .018 are: at half, small sources warn by chance; at twice, a layout that loses every fourth body goes unseen.
"""
MIN_DATED_SHARE, MAX_ODD_DATE_SHARE = 0.8, 0.5
"""Shares of a publisher's articles: with a time of publication at least; of one moment, or far from the night, at most.

Without a date the layout has changed; one moment is that of an export; days far off are a wrong field, or an archive.
"""
SOURCE_SUITE = Suite(
    "sources",
    "sources",
    ("source_id",),
    (
        between("truncated_share", None, MAX_UNSURE_SHARE, "few texts are likely truncated", WARNING),
        between("overcomplete_share", None, MAX_UNSURE_SHARE, "few texts are likely more than the article", WARNING),
        between("dated_share", MIN_DATED_SHARE, None, "articles have a time of publication", WARNING),
        between("same_time_share", None, MAX_ODD_DATE_SHARE, "times of publication differ", WARNING),
        between("far_share", None, MAX_ODD_DATE_SHARE, "days of publication are near the night", WARNING),
    ),
)
MAX_STORY_SHARE = 0.5
"""Share of a publisher's articles of a night in one story: more share a paywall, a pitch or a footer, or are one page
again and again. At half, a day with one great event warns; at twice, nothing does.
"""
STORY_SUITE = Suite(
    "source_stories",
    "source_stories",
    ("source_id",),
    (between("largest_story_share", None, MAX_STORY_SHARE, "no story is most of a publisher's night", WARNING),),
)
WITHHELD_SUITE = Suite(
    "withheld",
    "withheld",
    ("relation",),
    (after("allowed_rows", "withheld_rows", "no more rows are withheld than may be", or_equal=True),),
)


def table_suite(name: str, key: str, *expectations: Expectation) -> Suite:
    """Declare the suite of a warehouse table with a single key column."""
    return Suite(name, f"dw.{name}", (key,), (unique(key), *key_of(key), *expectations))


def fact_suite(extractor: Extractor) -> Suite:
    """Derive the suite of an extractor's fact table: keys, spans, shares, and declared expectations."""
    shown = () if extractor.text in LONG_COLUMNS else (extractor.text,)
    return table_suite(
        extractor.fact_table,
        extractor.key,
        *keys("article_key", *extractor.links),
        *all_present("night", *shown),
        *(expectation for prefix in extractor.prefixes for expectation in span(prefix)),
        *map(share, extractor.confidence_columns),
        *extractor.table_expectations,
    )


def dimension_suite(name: str, expectations: Iterable[Expectation]) -> Suite:
    """Derive the suite of an extractor's own dimension."""
    return table_suite(name, f"{name.removeprefix('dim_')}_key", *expectations)


_INTERVAL = (
    *all_present("valid_from", "valid_to", "is_current"),
    after("valid_to", "valid_from", "holds for a night or more"),
)
_COUNTRY = matches("country_code", COUNTRY_CODE, "two capitals", WARNING)

TABLE_SUITES = (
    table_suite("dim_source", "source_key", present("source_id"), _COUNTRY, *_INTERVAL),
    table_suite(
        "dim_article",
        "article_key",
        *all_present("article_id", "version", "page_id"),
        *_INTERVAL,
        between("version", 1, None, "counted from 1"),
        after("byte_end", "byte_start", "a record of one byte or more"),
        matches("language", LANGUAGE_CODE, "looks like a language code"),
        share("published_confidence"),
        one_of("published_method", ("metadata", "text", "url", "none")),
    ),
    table_suite(
        "dim_text",
        "text_key",
        *keys("article_key"),
        present("night"),
        between("shingle_count", 0, None, "not negative"),
    ),
    table_suite(
        "fact_entity_name",
        "entity_name_key",
        *all_present("entity_id", "text_entity_id"),
        between("mention_count", 1, None, "a name is said"),
    ),
    table_suite(
        "fact_entity_count",
        "entity_count_key",
        *all_present("source_id", "name_id"),
        between("article_count", 1, None, "a name is said"),
    ),
    table_suite(
        "fact_lsh_bucket",
        "lsh_bucket_key",
        *keys("text_key", "article_key"),
        between("text_count", 2, None, "a bucket holds many texts"),
    ),
    table_suite(
        "dim_story",
        "story_key",
        *all_present("story_id", "canonical_article_id", "first_seen", "last_seen", "article_count"),
        between("origin_count", 1, None, "somebody wrote it first"),
        after("article_count", "origin_count", "no more origins than articles", or_equal=True),
        after("article_count", "source_count", "no more sources than articles", WARNING, or_equal=True),
        after("last_seen", "first_seen", "seen last no earlier than first", or_equal=True),
    ),
    table_suite(
        "dim_entity",
        "entity_key",
        *all_present("entity_id", "canonical_name", "is_hidden"),
        *_INTERVAL,
        one_of("entity_type", GLOSSARY["entity_type"].values),
        _COUNTRY,
    ),
    table_suite(
        "dim_entity_decision",
        "entity_decision_key",
        *all_present("entity_id", "decided_by", "decided_at", "because"),
        one_of("decision", ("merge", "split", "hide", "rename")),
    ),
    table_suite(
        "dim_entity_link",
        "entity_link_key",
        *all_present("name_id", "linked_entity_id", "linked_name"),
        one_of("link_basis", GLOSSARY["link_basis"].values),
        between("link_confidence", 0, 1, "a share"),
    ),
    table_suite(
        "dim_boilerplate",
        "boilerplate_key",
        *all_present("block_hash", "reason", "page_count", "source_count"),
        one_of("reason", BLOCK_REASONS, WARNING),
        one_of("decision", ("keep", "drop")),
        matches("block_hash", SHORT_HASH, "16 hexadecimal digits"),
        after("page_count", "source_count", "no more sources than pages", or_equal=True),
        after("last_seen", "first_seen", "seen last no earlier than first", or_equal=True),
    ),
    Suite(
        "fact_training_run",
        "dw.fact_training_run",
        ("night",),
        (
            unique("night"),
            *all_present("night", "history_id", "learned_night", "learned_id"),
        ),
    ),
    table_suite(
        "fact_article",
        "article_key",
        *keys("source_key", "story_key"),
        *all_present("night", "ingest_date_key", "published_date_key", "is_canonical", "is_copy"),
        between("ingest_date_key", 19_810_101, 99_991_231, "a date as yyyymmdd"),
        after("page_chars", "kept_chars", "no more kept than the page holds", or_equal=True),
        between("kept_chars", 1, None, "something is left"),
        share("language_confidence"),
        share("rps_doc_frac_unique_words"),
        share("rps_doc_stop_word_fraction"),
    ),
    table_suite(
        "fact_text_block",
        "text_block_key",
        *keys("article_key", "boilerplate_key"),
        *all_present("night", "block_index"),
        *span(in_text=False),
        one_of("disposition", DISPOSITIONS),
        one_of("reason", BLOCK_REASONS, WARNING),
    ),
    table_suite(
        "fact_article_pair",
        "article_pair_key",
        *keys("from_article_key", "to_article_key"),
        present("night"),
        one_of("relation", PAIR_RELATIONS),
        share("similarity"),
        share("containment"),
        between("shared_chars", 0, None, "not negative"),
        different("from_article_key", "to_article_key"),
    ),
    Suite(
        "bridge_article_story",
        "dw.bridge_article_story",
        ("article_key", "story_key", "valid_from"),
        (
            unique("article_key", "story_key", "valid_from"),
            *keys("article_key", "story_key"),
            *_INTERVAL,
            one_of("relation", STORY_RELATIONS),
            between("weight", 0, 1, "above 0 and up to 1", above_low=True),
        ),
    ),
    *map(fact_suite, extractors()),
    *(dimension_suite(*dimension) for extractor in extractors() for dimension in extractor.dimensions.items()),
)
