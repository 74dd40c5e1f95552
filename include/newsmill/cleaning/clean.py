"""Cuts pages down to their articles and keeps the ledger of what was cut and why."""

import hashlib
import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import cache
from itertools import pairwise
from urllib.parse import unquote, urlsplit

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from newsmill.cleaning import segmentation
from newsmill.cleaning.body import Body, body
from newsmill.cleaning.bylines import (
    LEAD_CHARS,
    agency_in,
    authors_in,
    dateline_in,
    note_in,
    published_in,
    without_site,
)
from newsmill.cleaning.cleaned_batch import Batch, CleanedBatch, cleaned
from newsmill.cleaning.lexicon import CODES
from newsmill.cleaning.quality_signals import measure_before_and_after
from newsmill.cleaning.verdicts import find_warnings, judge_pages
from newsmill.nlp.language import language_of
from newsmill.relations import ARTICLES, FURNITURE, PAGES, TEXT_BLOCKS
from newsmill.stage import DETAIL, MARK, stage

BATCH_CHARS = 2_000_000  # words and lines take ten times that in memory; more falls out of a processor's caches
METADATA_CONFIDENCE = 1.0
BYLINE_CONFIDENCE, CREDIT_CONFIDENCE, OPENING_CONFIDENCE, WORDING_CONFIDENCE = 0.8, 0.9, 0.9, 0.9
DECLARED_COLUMNS = ("url", "declared_authors", "declared_published_at", "metadata")
METADATA_FIELDS = ("field", "value", "method", "confidence")
HEAD_BLOCKS = 6  # above the headline, in which a date still belongs to the article
TRACKING = re.compile(
    r"utm_|fbclid|gclid|dclid|gbraid|wbraid|msclkid|yclid|igshid|mc_[ce]id|_ga$|ref_src|cmpid|ncid|ocid|smid|xtor|wt\.mc",
    re.I,
)
PAGING = re.compile(r"[?&](?:page|pg|p|seite|pagina)=\d", re.I)
REASONS = pa.array([None, *CODES])
DISPOSITIONS = pa.array(["dropped", "kept"])
BYLINE, REPEAT, UPDATE_NOTE = CODES["byline"], CODES["repeat"], CODES["update_note"]
PAGE_COLUMNS = [name for name in ARTICLES.schema.names if name in PAGES.schema.names and name != "metadata"]


@stage(reads=(PAGES, FURNITURE.whole), writes=(ARTICLES, TEXT_BLOCKS), per="part", version="3", refines=True)
def clean(pages: pa.Table, furniture: pa.Table) -> tuple[pa.Table, pa.Table]:
    """Keep what is the article, say for every line why the rest went."""
    done = [_clean_pages(batch, furniture) for batch in _split_batches(pages)]
    articles, blocks = zip(*done, strict=True) if done else ([], [])
    return pa.concat_tables([_empty_articles(), *articles]), pa.concat_tables([TEXT_BLOCKS.empty(), *blocks])


def _split_batches(pages: pa.Table) -> Iterator[pa.Table]:
    """Yield runs of pages of about BATCH_CHARS, a longer page alone."""
    sizes = np.cumsum(pc.binary_length(pages.column("page_text")).to_numpy())
    edges = np.flatnonzero(np.diff(sizes // BATCH_CHARS, prepend=-1))
    for start, end in pairwise([*edges.tolist(), pages.num_rows]):
        yield pages.slice(start, end - start)


def _clean_pages(pages: pa.Table, furniture: pa.Table) -> tuple[pa.Table, pa.Table]:
    texts, titles, marks, sources = (
        pages.column(name).combine_chunks() for name in ("page_text", "declared_title", "line_marks", "source_id")
    )
    is_whole = pc.equal(pages.column("content"), "article").to_numpy()
    done = cleaned(Batch(texts, titles, is_whole, marks, sources, furniture))
    kept = body(done.ledger, done.blocks, done.scanned)
    return _build_articles(pages, texts.to_pylist(), is_whole, done, kept), _build_text_blocks(pages, done)


# -- the ledger ------------------------------------------------------------------------------------------------------


def _build_text_blocks(pages: pa.Table, done: CleanedBatch) -> pa.Table:
    ledger = done.ledger
    first = ledger.page_block[ledger.page]
    repeated = ledger.repeat_of - first
    return pa.table(
        {
            "page_id": pages.column("page_id").combine_chunks().take(pa.array(ledger.page)),
            "block_index": np.arange(len(ledger.page), dtype=np.int32) - first,
            "page_char_start": ledger.start,
            "page_char_end": ledger.end,
            "line_start": ledger.line_start,
            "line_end": ledger.line_end,
            "disposition": DISPOSITIONS.take(pa.array(ledger.is_kept)),
            "reason": REASONS.take(pa.array(ledger.reason)),
            "repeat_of_block": pa.array(repeated, mask=ledger.repeat_of < 0),
            "block_hash": segmentation.format_hashes(ledger.hash),
        }
    ).cast(TEXT_BLOCKS.schema)


# -- the articles ----------------------------------------------------------------------------------------------------


def _build_articles(
    pages: pa.Table, page_texts: list[str], is_whole: np.ndarray, done: CleanedBatch, kept: Body
) -> pa.Table:
    texts = _join_texts(page_texts, kept)
    titles, title_starts, title_ends = _choose_titles(pages, page_texts, done)
    urls, authors, times, metadata = (pages.column(name).to_pylist() for name in DECLARED_COLUMNS)
    canonical = list(map(_choose_canonical_url, urls, metadata))
    above = _find_tops(done)
    heads, notes = _collect_heads(page_texts, is_whole, done, above), _collect_notes(page_texts, done, above)
    found = list(map(_describe_article, texts, heads, notes, authors, times, metadata))
    measured = measure_before_and_after(pages.column("page_text").combine_chunks(), pa.array(texts, pa.string()))
    reasons, details = judge_pages(page_texts, is_whole, done, kept, measured)
    languages, shares = zip(*map(language_of, texts, pages.column("declared_language").to_pylist()), strict=True)
    columns = {
        **{name: pages.column(name) for name in PAGE_COLUMNS},
        "article_id": [
            url or f"{source}#{document}"
            for url, source, document in zip(
                canonical, *(pages.column(c).to_pylist() for c in ("source_id", "document_id")), strict=True
            )
        ],
        "canonical_url": canonical,
        "title": titles,
        "title_page_char_start": title_starts,
        "title_page_char_end": title_ends,
        **{name: [one[name] for one in found] for name in found[0]},
        "language": languages,
        "language_confidence": shares,
        "text": texts,
        "ranges": _list_ranges(kept),
        "content_sha256": [
            _hash_content(f"{title or ''}\n{text}".encode()) for title, text in zip(titles, texts, strict=True)
        ],
        "text_sha256": [_hash_content(kept.words[start:end]) for start, end in pairwise(kept.page_word.tolist())],
        **_count_chars(done, [len(text) for text in texts]),
        **measured,
        "quality_warnings": find_warnings(measured, languages),
        MARK: reasons,
        DETAIL: details,
    }
    schema = _empty_articles().schema
    return pa.table([_to_column(columns[field.name], field.type) for field in schema], schema=schema)


def _to_column(values: object, kind: pa.DataType) -> pa.Array | pa.ChunkedArray:
    return values.cast(kind) if isinstance(values, pa.Array | pa.ChunkedArray) else pa.array(values, kind)


@cache
def _empty_articles() -> pa.Table:
    """Return no articles, with the columns by which a refining stage marks its rejects."""
    fields = [field.with_nullable(True) for field in ARTICLES.schema]
    return pa.schema([*fields, (MARK, pa.string()), (DETAIL, pa.string())]).empty_table()


def _join_texts(page_texts: list[str], kept: Body) -> list[str]:
    """Return the kept text of each page, unchanged."""
    ranges = kept.ranges[:, :2].tolist()
    return [
        "".join(page[start:end] for start, end in ranges[first:past])
        for page, (first, past) in zip(page_texts, pairwise(kept.page_range.tolist()), strict=True)
    ]


def _list_ranges(kept: Body) -> pa.Array:
    """Return the ranges of each page that make up its text."""
    kind = ARTICLES.schema.field("ranges").type
    rows = pa.StructArray.from_arrays(
        [pa.array(kept.ranges[:, column]) for column in range(3)], fields=list(kind.value_type.fields)
    )
    return pa.ListArray.from_arrays(pa.array(kept.page_range), rows)


def _choose_titles(pages: pa.Table, page_texts: list[str], done: CleanedBatch) -> tuple[list, list, list]:
    """Return title, first and past character of each page's headline; the title that metadata gives comes first."""
    rows = (
        done.blocks.table[np.maximum(done.titles, 0)]
        if len(done.blocks.table)
        else np.zeros((len(done.titles), segmentation.COLUMNS), int)
    )
    starts, ends = rows[:, segmentation.TEXT_START].tolist(), rows[:, segmentation.TEXT_END].tolist()
    spans = [
        (start, end) if title >= 0 else (None, None)
        for start, end, title in zip(starts, ends, done.titles.tolist(), strict=True)
    ]
    declared, names = pages.column("declared_title").to_pylist(), pages.column("name").to_pylist()
    titles = [
        without_site(given or (text[start:end] if start is not None else None), name)
        for given, text, (start, end), name in zip(declared, page_texts, spans, names, strict=True)
    ]
    return titles, [start for start, _ in spans], [end for _, end in spans]


def _find_tops(done: CleanedBatch) -> np.ndarray:
    """Return for each page the block that comes first of its headline and its text."""
    return np.where(done.titles >= 0, np.minimum(done.titles, done.runs[:, 0]), done.runs[:, 0])


def _collect_heads(
    page_texts: list[str], is_whole: np.ndarray, done: CleanedBatch, above: np.ndarray
) -> list[list[tuple[int, str]]]:
    """Return for each page reason and text of the dropped blocks around its headline."""
    ledger, row = done.ledger, np.arange(len(done.ledger.page))
    firsts = np.searchsorted(ledger.origin, above) - HEAD_BLOCKS
    pasts = np.searchsorted(ledger.origin, np.maximum(done.titles, done.runs[:, 0])) + 2
    is_near = (row >= firsts[ledger.page]) & (row < pasts[ledger.page])
    chosen = np.flatnonzero(is_near & (ledger.is_kept == 0) & ~is_whole[ledger.page])
    found: list[list[tuple[int, str]]] = [[] for _ in page_texts]
    columns = (column[chosen].tolist() for column in (ledger.page, ledger.reason, ledger.start, ledger.end))
    for page, reason, start, end in zip(*columns, strict=True):
        found[page].append((reason, page_texts[page][start:end].strip()))
    return found


def _collect_notes(page_texts: list[str], done: CleanedBatch, above: np.ndarray) -> list[list[tuple[str, str]]]:
    """Return for each page the kind and text of what it notes of changes to its article, from the headline on."""
    ledger = done.ledger
    chosen = np.flatnonzero((ledger.reason == UPDATE_NOTE) & (ledger.origin >= (above - HEAD_BLOCKS)[ledger.page]))
    found: list[list[tuple[str, str]]] = [[] for _ in page_texts]
    columns = (column[chosen].tolist() for column in (ledger.page, ledger.start, ledger.end))
    for page, start, end in zip(*columns, strict=True):
        line = page_texts[page][start:end].strip()
        if kind := note_in(line):
            found[page].append((kind, line))
    return found


def _describe_article(
    text: str,
    head: list[tuple[int, str]],
    notes: list[tuple[str, str]],
    authors: Sequence[str] | None,
    declared: datetime | None,
    metadata: Sequence[dict] | None,
) -> dict:
    """Return what stands around the text: authors, agency, dateline, time of publication, notes, and who tells it."""
    bylines = [line for reason, line in head if reason == BYLINE]
    named = list(dict.fromkeys(name for line in bylines for name in authors_in(line)))
    lead = text[: 2 * LEAD_CHARS]
    agency, dateline = agency_in(lead, text[-2 * LEAD_CHARS :].rstrip(), bylines), dateline_in(lead)
    published, sure = published_in([line for _, line in head])
    told = [
        *(("authors", name, "byline", BYLINE_CONFIDENCE) for name in named),
        *([("agency", agency, "credit", CREDIT_CONFIDENCE)] if agency else []),
        *([("dateline", dateline, "opening", OPENING_CONFIDENCE)] if dateline else []),
        *([("published_at", published.isoformat(), "text", sure)] if published else []),
        *((kind, line, "wording", WORDING_CONFIDENCE) for kind, line in notes),
    ]
    return {
        "authors": named or authors or [],
        "agency": agency,
        "dateline": dateline,
        "notes": [line for _, line in notes],
        "metadata": [*(metadata or []), *(dict(zip(METADATA_FIELDS, one, strict=True)) for one in told)],
        "published_at": declared or published,
        "published_method": "metadata" if declared else "text" if published else "none",
        "published_confidence": _find_declared_confidence(metadata or []) if declared else sure,
    }


def _find_declared_confidence(metadata: Sequence[dict]) -> float:
    """Return how sure what tells the time of publication is; a dump that says no more is believed."""
    return next((told["confidence"] for told in metadata if told["field"] == "published_at"), METADATA_CONFIDENCE)


def _count_chars(done: CleanedBatch, kept_chars: list[int]) -> dict[str, object]:
    ledger, pages = done.ledger, len(done.titles)
    dropped = (ledger.end - ledger.start) * (ledger.is_kept == 0)
    repeated = np.bincount(ledger.page, dropped * (ledger.reason == REPEAT), pages).astype(np.int64)
    return {
        "page_chars": done.scanned.page_chars,
        "kept_chars": kept_chars,
        "repeat_chars": repeated,
        "boilerplate_chars": np.bincount(ledger.page, dropped, pages).astype(np.int64) - repeated,
    }


def _choose_canonical_url(url: str | None, metadata: Sequence[dict] | None) -> str | None:
    """Return the page's canonical address: the one it declares, if that is on its own site, else its own."""
    own = canonical_url(url)
    declared = [told["value"] for told in metadata or () if told["field"] == "canonical_url"]
    if not declared or PAGING.search(own or ""):
        return own  # many sites declare the first page for all
    site = urlsplit(own or "").netloc
    addresses = map(canonical_url, declared)
    return next((address for address in addresses if address and site in ("", urlsplit(address).netloc)), own)


def canonical_url(url: str | None) -> str | None:
    """Return the address that all ways to one article share; None for what is no web address, or a site's front."""
    if not url:
        return None
    try:
        parts = urlsplit(url.strip())
        port = parts.port
    except ValueError:
        return None
    host = (parts.hostname or "").lower().rstrip(".").removeprefix("www.")
    if parts.scheme.lower() not in ("http", "https") or not host:
        return None
    place = parts.path.rstrip("/") + _clean_query(parts.query) + _clean_fragment(parts.fragment)
    return f"https://{host}{f':{port}' if port not in (None, 80, 443) else ''}{place}" if place else None


def _clean_query(query: str) -> str:
    # Pairs stay as they are written: what cannot be decoded would make different addresses one.
    pairs = sorted(pair for pair in query.split("&") if pair and not TRACKING.match(unquote(pair.partition("=")[0])))
    return f"?{'&'.join(pairs)}" if pairs else ""


def _clean_fragment(fragment: str) -> str:
    """Return a fragment by which a site of one page tells its articles apart, `#!/story/5`; any other says nothing."""
    return f"#{fragment}" if fragment.startswith("!") and fragment.strip("!/") else ""


def _hash_content(content: bytes | np.ndarray) -> str:
    return hashlib.sha256(content).hexdigest()
