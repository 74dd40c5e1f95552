"""The relations of the lake: what flows from stage to stage."""

from dataclasses import replace
from difflib import get_close_matches

from newsmill.contracts import Relation, relation
from newsmill.errors import BrokenContract
from newsmill.extractors import extractors
from newsmill.glossary import GLOSSARY, MEASURES, PAGE_MEASURES

_RECORD = "page_id dump dump_file member? record_no byte_start? byte_end? document_id"
_SOURCE = "source_id name? domain? country_code? is_wire owner?"
_MEASURES = " ".join(column.name for column in (*MEASURES, *PAGE_MEASURES))


def _lake(name: str, meaning: str, grain: str, columns: str) -> Relation:
    return relation(name, meaning, grain, columns, GLOSSARY)


PAGES = _lake(
    "pages",
    "One record of a dump as it was read: its text repaired once, its metadata as the dump gives it.",
    "page_id",
    f"{_RECORD} {_SOURCE} url? content page_text line_marks? metadata encoding repairs declared_title? declared_authors declared_language?"
    " declared_published_at?",
)
ARTICLES = _lake(
    "articles",
    "What is left of a page when its furniture is cut away.",
    "page_id",
    f"{_RECORD} {_SOURCE} article_id url? canonical_url? title? authors agency? dateline? notes metadata language language_confidence"
    " published_at? published_method published_confidence text ranges title_page_char_start? title_page_char_end?"
    " content_sha256 text_sha256 page_chars kept_chars repeat_chars boilerplate_chars"
    f" {_MEASURES} quality_warnings",
)
SIGHTINGS = _lake(
    "sightings",
    "One block of text as a part of the night shows it on pages of one source.",
    "source_id words_hash",
    "source_id words_hash page_count inner_count word_count reason? sample_text contexts",
)
SURVEYS = _lake(
    "surveys",
    "How many pages of a source a part of the night holds.",
    "source_id",
    "source_id page_count",
)
RECURRING = _lake(
    "recurring",
    "One block of text that stood among different others by that night: the memory that furniture is learned from.",
    "source_id words_hash",
    "source_id words_hash first_seen last_seen page_count inner_count source_page_count word_count reason?"
    " sample_text contexts is_furniture",
)
DECISIONS = _lake(
    "decisions",
    "What a person decided of a block of text, as the file of decisions told it when the night ran.",
    "words_hash",
    "words_hash decision decided_by decided_at because",
)
ENTITY_DECISIONS = _lake(
    "entity_decisions",
    "What a person decided of an entity, as the file of decisions told it when the night was loaded.",
    "decision_no",
    "decision_no entity_id decision into_entity_id? given_name? source_id? role_title? decided_by decided_at because",
)
FURNITURE = _lake(
    "furniture",
    "One block of text that the night is cleaned by: furniture of a site or of all, or decided by a person.",
    "scope words_hash",
    "scope words_hash reason sample_text? page_count source_count story_count first_seen? last_seen? learned_night"
    " decision? decided_by? decided_at? because?",
)
LESSONS = _lake(
    "lessons",
    "What the learning of a night stood on and came to.",
    "learned_night",
    "memory_id memory_before? learned_night learned_id",
)
TEXT_BLOCKS = _lake(
    "text_blocks",
    "One block of a page and its fate: the ledger of cleaning; the blocks of a page cover it exactly.",
    "page_id block_index",
    "page_id block_index page_char_start page_char_end line_start line_end disposition reason? repeat_of_block? block_hash",
)
SIGNATURES = _lake(
    "signatures",
    "What copies of one text are found by; each text of a part once.",
    "text_key",
    "text_key shingle_count bands samples",
)
PRINTS = _lake(
    "prints",
    "The page of the night from whose print of a text all that the text says is extracted.",
    "page_id",
    "page_id",
)
CAPTURES = _lake(
    "captures",
    "The one page that stands for an article this night, where dumps bring it more than once.",
    "article_id",
    "article_id page_id dump dump_file record_no content_sha256 text_sha256 kept_chars published_at?",
)
EXTRACTED = {
    extractor.name: _lake(extractor.name, extractor.meaning, extractor.grain, extractor.columns)
    for extractor in extractors()
}
"""The relations of the extractors by name; importable as constants, too: `relations.QUOTES`."""
WITHHELD = "withheld_"
REJECTED = "page_id dump dump_file record_no stage reason detail row_count?"
CHECKED = (PAGES, ARTICLES, TEXT_BLOCKS, CAPTURES, *EXTRACTED.values())
"""The relations whose rows the check may withhold from the load."""
ARTICLE_WARNINGS = _lake(
    "article_warnings",
    "The warnings of an article that became known after it was cleaned.",
    "page_id",
    "page_id quality_warnings",
)
RECEIPTS = _lake(
    "receipts",
    "What one step did with one part of a night.",
    "run_id stage part",
    "run_id stage part rows_in rows_out rejected seconds bytes peak_rss_bytes",
)
RUNS = _lake(
    "runs",
    "One run of a night, as far as it came.",
    "run_id",
    "run_id run_no? kind code_version ruleset_version model_versions started_at finished_at? status snapshot? learned_night?",
)
QUALITY_RESULTS = _lake(
    "quality_results",
    "What one expectation found in one run.",
    "run_id gate suite target expectation",
    "run_id gate suite target expectation severity success broken observed? unexpected_count? element_count?",
)
SNAPSHOTS = _lake(
    "snapshots",
    "One draft that was sealed for publishing.",
    "snapshot",
    "snapshot snapshot_no? run_id published_at bytes row_counts",
)


LOOKED_BACK_AT = (SIGHTINGS, SURVEYS, RECURRING, LESSONS, PRINTS)
"""What a night's learning takes from nights before, and a rebuild from the night itself, beside what is loaded: kept, as
it was then, for as long as a snapshot holds the night."""


def rejected(stage: str) -> Relation:
    """Return the relation of the records that a stage turned away."""
    return _lake(
        f"rejected_{stage}", f"Records that {stage} turned away, each with a reason.", "page_id reason", REJECTED
    )


def withheld(relation: Relation) -> Relation:
    """Return the relation of the rows that the check withholds of another; the load reads that one without them."""
    return replace(
        relation,
        name=f"{WITHHELD}{relation.name}",
        meaning=f"Rows of {relation.name} that the check withheld.",
        optional=frozenset(column.name for column in relation.columns),
    )


def named(name: str) -> Relation:
    """Return the relation of a lake folder; `rejected` is that of the rejects of all stages."""
    if name.startswith(WITHHELD):
        return withheld(named(name.removeprefix(WITHHELD)))
    if name == "rejected" or name.startswith("rejected_"):
        return rejected(name.removeprefix("rejected").removeprefix("_") or "*")
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
