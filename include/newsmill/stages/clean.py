"""Cuts pages down to their articles and keeps the ledger of what was cut and why."""

import hashlib
import re
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

import pyarrow as pa

from newsmill.relations import ARTICLES, PAGES, TEXT_BLOCKS
from newsmill.stage import DETAIL, MARK, stage
from newsmill.text.blocks import Block
from newsmill.text.fates import Page, settle, whole
from newsmill.text.headline import LEAD_CHARS, agency_in, authors_in, dateline_in, published_in, without_site
from newsmill.text.language import language_of
from newsmill.text.phrases import SELF_WORDS, WEB_WORDS
from newsmill.text.signals import measures

MIN_ARTICLE_WORDS = 15  # a wire flash of one long sentence; less is no article
MAX_MESSAGE_WORDS = 60  # an error message explains itself in less
MIN_PROSE_SHARE = 0.5  # of the kept words, those in sentences
FROM_METADATA = 1.0
HEAD_BLOCKS = 6  # above the headline, in which a date still belongs to the article
TRACKING = re.compile(
    r"utm_|fbclid|gclid|dclid|gbraid|wbraid|msclkid|yclid|igshid|mc_[ce]id|_ga$|ref_src|cmpid|ncid|ocid|smid|xtor|wt\.mc",
    re.I,
)
CARRIED = [name for name in ARTICLES.schema.names if name in PAGES.schema.names]
DERIVED = [name for name in ARTICLES.schema.names if name not in PAGES.schema.names]
READ = (
    "page_text",
    "content",
    "url",
    "source_id",
    "document_id",
    "name",
    "declared_title",
    "declared_authors",
    "declared_published_at",
)


@stage(reads=(PAGES,), writes=(ARTICLES, TEXT_BLOCKS), per="part", version="2", refines=True)
def clean(pages: pa.Table) -> tuple[pa.Table, pa.Table]:
    """Keep what is the article, say for every line why the rest went."""
    articles: list[dict] = []
    ledger: list[list] = [[] for _ in TEXT_BLOCKS.schema]
    for page_id, *record in zip(*(pages.column(name).to_pylist() for name in ("page_id", *READ)), strict=True):
        page, article = _settled(Record(*record))
        articles.append(article)
        _enter(ledger, page_id, page)
    return _articles(pages, articles), _text_blocks(ledger)


@dataclass(frozen=True)
class Record:
    """What the stage looks at of a row of pages."""

    text: str
    content: str
    url: str | None
    source_id: str
    document_id: str
    name: str | None
    declared_title: str | None
    declared_authors: list[str]
    declared_published_at: object


def _settled(record: Record) -> tuple[Page, dict]:
    page = whole(record.text) if record.content == "article" else settle(record.text, record.declared_title)
    return page, _article(record, page)


# -- the article -----------------------------------------------------------------------------------------------------


def _article(record: Record, page: Page) -> dict:
    """Return the derived columns of one article, with the verdict on it."""
    text, ranges = _text_and_ranges(record.text, page)
    title = without_site(record.declared_title or (page.title.text if page.title else None), record.name)
    canonical = canonical_url(record.url)
    language, share = language_of(text)
    reason, detail = _verdict(record, page, text)
    return {
        "article_id": canonical or f"{record.source_id}#{record.document_id}",
        "canonical_url": canonical,
        "title": title,
        **_title_span(record.text, page),
        **_around(record, page, text),
        "language": language,
        "language_confidence": share,
        "text": text,
        "ranges": ranges,
        "content_sha256": _sha256(f"{title or ''}\n{text}"),
        "text_sha256": _sha256(" ".join(block.key for block in page.body if block.key)),
        "page_chars": len(record.text),
        "kept_chars": len(text),
        **_dropped_chars(page),
        **measures(text, [token for block in page.body for token in block.tokens]),
        MARK: reason,
        DETAIL: detail,
    }


def _text_and_ranges(page_text: str, page: Page) -> tuple[str, list[dict]]:
    """Return the kept body, unchanged, and the ranges of the page that make it up."""
    ranges: list[dict] = []
    for block in page.body:
        if ranges and ranges[-1]["page_char_end"] == block.start:
            ranges[-1]["page_char_end"] = block.end
        else:
            ranges.append({"page_char_start": block.start, "page_char_end": block.end, "line_start": block.line_start})
    return "".join(page_text[r["page_char_start"] : r["page_char_end"]] for r in ranges), ranges


def _title_span(page_text: str, page: Page) -> dict[str, int | None]:
    if page.title is None:
        return {"title_page_char_start": None, "title_page_char_end": None}
    start = page_text.index(page.title.text, page.title.start)
    return {"title_page_char_start": start, "title_page_char_end": start + len(page.title.text)}


def _dropped_chars(page: Page) -> dict[str, int]:
    dropped = [(block.end - block.start, block.reason == "repeat") for block in page.blocks if not block.kept]
    repeat_chars = sum(chars for chars, is_repeat in dropped if is_repeat)
    return {"repeat_chars": repeat_chars, "boilerplate_chars": sum(chars for chars, _ in dropped) - repeat_chars}


def _around(record: Record, page: Page, text: str) -> dict:
    """Return authors, agency, dateline and time of publication: from the metadata, else from around the headline."""
    head = _head(page) if record.content == "page" else []
    bylines = [block for block in head if block.reason == "byline"]
    authors = list(dict.fromkeys(name for block in bylines for name in authors_in(block)))
    published, method, confidence = _published(record, [block.text for block in head])
    return {
        "authors": authors or record.declared_authors or [],
        "agency": agency_in(
            text[: 2 * LEAD_CHARS], text[-2 * LEAD_CHARS :].rstrip(), [block.text for block in bylines]
        ),
        "dateline": dateline_in(text[: 2 * LEAD_CHARS]),
        "published_at": published,
        "published_method": method,
        "published_confidence": confidence,
    }


def _head(page: Page) -> list:
    """Return the dropped blocks around the headline."""
    start = page.run[0]
    at = page.blocks.index(page.title) if page.title in page.blocks else start
    return [block for block in page.blocks[max(min(at, start) - HEAD_BLOCKS, 0) : max(at, start) + 2] if not block.kept]


def _published(record: Record, lines: list[str]) -> tuple[object, str, float]:
    if record.declared_published_at is not None:
        return record.declared_published_at, "metadata", FROM_METADATA
    moment, confidence = published_in(lines)
    return (moment, "text", confidence) if moment else (None, "none", 0.0)


def canonical_url(url: str | None) -> str | None:
    """Return the address that all ways to one article share; None for what is no web address, or a site's front."""
    try:
        parts = urlsplit((url or "").strip())
        port = parts.port
    except ValueError:
        return None
    host = (parts.hostname or "").lower().rstrip(".").removeprefix("www.")
    if parts.scheme.lower() not in ("http", "https") or not host:
        return None
    place = parts.path.rstrip("/") + _telling_query(parts.query) + _telling_fragment(parts.fragment)
    return f"https://{host}{f':{port}' if port not in (None, 80, 443) else ''}{place}" if place else None


def _telling_query(query: str) -> str:
    # Pairs stay as they are written: what cannot be decoded would make different addresses one.
    pairs = sorted(pair for pair in query.split("&") if pair and not TRACKING.match(unquote(pair.partition("=")[0])))
    return f"?{'&'.join(pairs)}" if pairs else ""


def _telling_fragment(fragment: str) -> str:
    """Return a fragment by which a site of one page tells its articles apart, `#!/story/5`; any other says nothing."""
    return f"#{fragment}" if fragment.startswith("!") and fragment.strip("!/") else ""


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


# -- the verdict -----------------------------------------------------------------------------------------------------


def _verdict(record: Record, page: Page, text: str) -> tuple[str | None, str | None]:
    """Return why the record is no article and what was found instead, or (None, None)."""
    if not record.text.strip():
        return "empty", "The record has no text at all."
    if record.content == "article":
        is_wordless = not any(block.tokens for block in page.blocks)
        return ("empty", "The text of the record holds no word, only marks.") if is_wordless else (None, None)
    words = sum(block.count for block in page.body)
    prose = sum(block.count for block in page.body if block.is_final)
    banner = next((block for block in page.blocks if block.reason == "error_banner"), None)
    if banner and words <= MAX_MESSAGE_WORDS and all(_is_message(block) for block in page.body):
        return "error_page", f'Nothing but an error message: "{banner.text[:120]}".'
    if words >= MIN_ARTICLE_WORDS and prose >= MIN_PROSE_SHARE * words:
        return None, None
    if banner and words < MIN_ARTICLE_WORDS:
        return "error_page", f'Nothing but an error message: "{banner.text[:120]}"; {words} words of other text.'
    return "not_an_article", (
        f"Of {len(page.blocks)} lines or paragraphs, {len(page.body)} look like running text: {words} words, "
        f"{prose} of them in sentences; an article has at least {MIN_ARTICLE_WORDS}."
    )


def _is_message(block: Block) -> bool:
    """Tell whether a sentence speaks to the visitor, or of the page."""
    words = block.key.split(" ")
    return not (SELF_WORDS.isdisjoint(words) and WEB_WORDS.isdisjoint(words))


# -- the tables ------------------------------------------------------------------------------------------------------


def _articles(pages: pa.Table, articles: list[dict]) -> pa.Table:
    columns = {name: pages.column(name) for name in CARRIED}
    for name in DERIVED:
        columns[name] = pa.array([article[name] for article in articles], ARTICLES.schema.field(name).type)
    for name in (MARK, DETAIL):
        columns[name] = pa.array([article[name] for article in articles], pa.string())
    return pa.table({name: columns[name] for name in (*ARTICLES.schema.names, MARK, DETAIL)})


def _enter(ledger: list[list], page_id: str, page: Page) -> None:
    """Add a page's blocks to the columns of the ledger, in the order of the relation."""
    blocks = page.blocks
    columns = (
        [page_id] * len(blocks),
        range(len(blocks)),
        [b.start for b in blocks],
        [b.end for b in blocks],
        [b.line_start for b in blocks],
        [b.line_end for b in blocks],
        ["kept" if b.kept else "dropped" for b in blocks],
        [b.reason for b in blocks],
        [b.repeat_of for b in blocks],
        [b.hash for b in blocks],
    )
    for column, values in zip(ledger, columns, strict=True):
        column += values


def _text_blocks(ledger: list[list]) -> pa.Table:
    fields = zip(ledger, TEXT_BLOCKS.schema, strict=True)
    return pa.table({field.name: pa.array(column, field.type) for column, field in fields})
