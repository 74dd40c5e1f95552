"""The relations of the lake: the tables read and written by stages."""

from dataclasses import replace
from difflib import get_close_matches

from newsmill.contracts import Relation, declare_relation
from newsmill.errors import BrokenContract
from newsmill.extractors import extractors
from newsmill.glossary import GLOSSARY, MEASURES, PAGE_MEASURES

_RECORD = "page_id dump dump_file member? record_no byte_start? byte_end? document_id"
_SOURCE = "source_id name? domain? country_code? is_wire owner?"
_MEASURES = " ".join(column.name for column in (*MEASURES, *PAGE_MEASURES))


def _declare(name: str, meaning: str, grain: str, columns: str) -> Relation:
    return declare_relation(name, meaning, grain, columns, GLOSSARY)


PAGES = _declare(
    "pages",
    "One record of a dump as read: the text repaired once, the metadata as the dump gives it.",
    "page_id",
    f"{_RECORD} {_SOURCE} url? content page_text line_marks? metadata encoding repairs declared_title? declared_authors declared_language?"
    " declared_published_at?",
)
ARTICLES = _declare(
    "articles",
    "One page without its boilerplate.",
    "page_id",
    f"{_RECORD} {_SOURCE} article_id url? canonical_url? title? authors agency? dateline? notes metadata language language_confidence"
    " published_at? published_day? published_precision? published_method published_confidence text ranges title_page_char_start? title_page_char_end?"
    " is_live_blog live_entries? content_sha256 text_sha256 page_chars kept_chars repeat_chars boilerplate_chars"
    f" expected_chars {_MEASURES} quality_warnings",
)
BLOCK_COUNTS = _declare(
    "block_counts",
    "One block of text on the pages of one source in a part of the night.",
    "source_id words_hash",
    "source_id words_hash page_count in_body_count word_count reason? sample_text contexts",
)
SURVEYS = _declare(
    "surveys",
    "Number of pages of a source in a part of the night.",
    "source_id",
    "source_id page_count",
)
BLOCK_HISTORY = _declare(
    "block_history",
    "One block of text that occurred among different others by that night: the state from which boilerplate is learned.",
    "source_id words_hash",
    "source_id words_hash first_seen last_seen page_count in_body_count source_page_count word_count reason?"
    " sample_text contexts is_boilerplate",
)
DECISIONS = _declare(
    "decisions",
    "A person's decision on a block of text, from the file of decisions when the night ran.",
    "words_hash",
    "words_hash decision decided_by decided_at because",
)
ENTITY_DECISIONS = _declare(
    "entity_decisions",
    "A person's decision on an entity, from the file of decisions when the night was loaded.",
    "decision_no",
    "decision_no entity_id decision into_entity_id? given_name? source_id? role_title? decided_by decided_at because",
)
RECORD_DECISIONS = _declare(
    "record_decisions",
    "A person's decision on a rejected record of the night, or on all of a dump with a reason, from the file of the"
    " home when the night ran.",
    "decision_no",
    "decision_no page_id? dump? reason? decision decided_by decided_at because",
)
KNOWN_BOILERPLATE = _declare(
    "known_boilerplate",
    "One block of text that cleaning applies this night: boilerplate of a site or of all, or decided by a person.",
    "scope words_hash",
    "scope words_hash reason sample_text? page_count source_count story_count first_seen? last_seen? learned_night"
    " decision? decided_by? decided_at? because?",
)
TRAINING_RUNS = _declare(
    "training_runs",
    "The input and the result of the training run of a night.",
    "learned_night",
    "history_id previous_history_id? learned_night learned_id",
)
TEXT_BLOCKS = _declare(
    "text_blocks",
    "One block of a page and its label: the audit trail of cleaning; the blocks of a page cover it exactly.",
    "page_id block_index",
    "page_id block_index page_char_start page_char_end line_start line_end disposition reason? repeat_of_block? block_hash",
)
SIGNATURES = _declare(
    "signatures",
    "MinHash signature and sampled shingles of a text; each text of a part once.",
    "text_key",
    "text_key shingle_count bands samples",
)
FIRST_INSTANCES = _declare(
    "first_instances",
    "The canonical page of a text this night: facts are extracted from this instance alone.",
    "page_id",
    "page_id",
)
CAPTURES = _declare(
    "captures",
    "The one page of an article this night, where dumps hold several captures.",
    "article_id",
    "article_id page_id dump dump_file record_no content_sha256 text_sha256 kept_chars published_at?",
)
EXTRACTED = {
    extractor.name: _declare(extractor.name, extractor.meaning, extractor.grain, extractor.columns)
    for extractor in extractors()
}
"""The relations of the extractors by name; importable as constants, too: `relations.QUOTES`."""
WITHHELD = "withheld_"
REJECTED = "page_id dump dump_file record_no stage reason detail row_count?"
RELEASED = _declare(
    "released", "Records that cleaning would reject, loaded because a person released them.", "page_id reason", REJECTED
)
CHECKED = (PAGES, ARTICLES, TEXT_BLOCKS, CAPTURES, *EXTRACTED.values())
"""The relations of the gate: rows of these may be withheld from the load."""
ARTICLE_WARNINGS = _declare(
    "article_warnings",
    "The warnings of an article that became known after it was cleaned.",
    "page_id",
    "page_id quality_warnings expected_chars?",
)
RECEIPTS = _declare(
    "receipts",
    "Counts, seconds and bytes of one step over one part of a night.",
    "run_id stage part",
    "run_id stage part rows_in rows_out rejected seconds bytes peak_rss_bytes",
)
RUNS = _declare(
    "runs",
    "One run of a night and its latest status.",
    "run_id",
    "run_id run_no? kind code_version ruleset_version model_versions started_at finished_at? status snapshot? learned_night?",
)
QUALITY_RESULTS = _declare(
    "quality_results",
    "Result of one expectation in one run.",
    "run_id gate suite target expectation",
    "run_id gate suite target expectation severity success broken observed? unexpected_count? element_count?",
)
SNAPSHOTS = _declare(
    "snapshots",
    "One staging copy that was finalized for publishing.",
    "snapshot",
    "snapshot snapshot_no? run_id published_at bytes row_counts",
)


LOOKED_BACK_AT = (BLOCK_COUNTS, SURVEYS, BLOCK_HISTORY, TRAINING_RUNS, FIRST_INSTANCES)
"""Relations without a table, but read by the training of later nights and by a rebuild: kept unchanged as long as
a snapshot holds the night."""


def rejected(stage: str) -> Relation:
    """Return the relation of a stage's rejected records."""
    return _declare(
        f"rejected_{stage}", f"Records that {stage} rejected, each with a reason.", "page_id reason", REJECTED
    )


def noted(stage: str) -> Relation:
    """Return the relation of a stage's notes: warnings and remarks on records that were not turned away."""
    return _declare(f"noted_{stage}", f"Notes by {stage} on records that are loaded.", "page_id reason", REJECTED)


def withheld(relation: Relation) -> Relation:
    """Return the relation of the withheld rows; the load reads the checked relation without these rows."""
    return replace(
        relation,
        name=f"{WITHHELD}{relation.name}",
        meaning=f"Rows of {relation.name} that the check withheld.",
        optional=frozenset(column.name for column in relation.columns),
    )


def find_relation(name: str) -> Relation:
    """Return the relation of a lake folder; `rejected` and `noted` are those of all stages."""
    if name.startswith(WITHHELD):
        return withheld(find_relation(name.removeprefix(WITHHELD)))
    for prefix, relation_of in (("rejected", rejected), ("noted", noted)):
        if name == prefix or name.startswith(f"{prefix}_"):
            return relation_of(name.removeprefix(prefix).removeprefix("_") or "*")
    known = known_relations()
    if name not in known:
        near = get_close_matches(name, known, n=3, cutoff=0.5) or sorted(known)
        raise BrokenContract(f"there is no relation {name!r}; the nearest: {', '.join(near)}")
    return known[name]


def known_relations() -> dict[str, Relation]:
    """Return the relations of the lake by name, without rejects and withheld rows."""
    own = (value for value in globals().values() if isinstance(value, Relation))
    return {relation.name: relation for relation in own} | EXTRACTED


def __getattr__(name: str) -> Relation:
    """Return the relation of an extractor as a constant: QUOTES is the relation of the room quotes."""
    if name.isupper() and name.lower() in EXTRACTED:
        return EXTRACTED[name.lower()]
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
