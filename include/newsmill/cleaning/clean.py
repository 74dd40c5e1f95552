"""Cut pages down to articles, and label every block of a page as kept, or dropped with a reason."""

import hashlib
import re
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from functools import cache, partial
from itertools import pairwise
from typing import Any, NamedTuple, TypeAlias, TypedDict
from urllib.parse import unquote, urlsplit

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from newsmill.cleaning import line_model, segmentation
from newsmill.cleaning.body import Body, extract_body
from newsmill.cleaning.bylines import (
    IN_ADDRESS,
    LEAD_CHARS,
    choose_authors,
    classify_note,
    date_in_address,
    find_agency,
    find_authors,
    find_credited_authors,
    find_dateline,
    find_printed_title,
    find_publication_time,
    is_site_name,
    strip_site_name,
)
from newsmill.cleaning.cleaned_batch import CleanedBatch, PageBatch, align_line_marks, clean_batch
from newsmill.cleaning.completeness import estimate_completeness
from newsmill.cleaning.lexicon import Reason
from newsmill.cleaning.live_blogs import find_live_blogs
from newsmill.cleaning.page_kinds import find_page_kinds
from newsmill.cleaning.publication import (
    Witness,
    choose_day,
    choose_day_order,
    choose_precision,
    choose_time,
    find_declared_zone,
    list_date_lines,
)
from newsmill.cleaning.quality_signals import measure_before_and_after
from newsmill.cleaning.releases import release_pages
from newsmill.cleaning.verdicts import find_warnings, judge_pages
from newsmill.glossary import BLOCK_REASONS
from newsmill.nlp.language import detect_language
from newsmill.relations import ARTICLES, KNOWN_BOILERPLATE, PAGES, RECORD_DECISIONS, RELEASED, TEXT_BLOCKS
from newsmill.site_hosts import strip_edition
from newsmill.stage import DETAIL, MARK, stage

BATCH_CHARS = 2_000_000  # words and lines take ten times that in memory; larger batches exceed a processor's caches
METADATA_CONFIDENCE = 1.0
BYLINE_CONFIDENCE, CREDIT_CONFIDENCE, OPENING_CONFIDENCE, WORDING_CONFIDENCE = 0.8, 0.9, 0.9, 0.9
DECLARED_COLUMNS = ("url", "declared_authors", "declared_published_at", "metadata")
HEAD_BLOCKS = 6  # above the headline; a date in them belongs to the article
TRACKING = re.compile(
    r"utm_|fbclid|gclid|dclid|gbraid|wbraid|msclkid|yclid|igshid|mc_[ce]id|_ga$|ref_src|cmpid|ncid|ocid|smid|xtor|wt\.mc",
    re.I,
)
# The edition of an article for phones, at the end of a path or in a query.
AMP_PATH = re.compile(r"(?:/amp/?|\.amp)$|(?<=[^/])\.amp(?=\.html?$)")
AMP_QUERY = re.compile(r"(?:amp(?:=1|=true|=)?|outputtype=amp|view=amp)$", re.I)
PAGING = re.compile(r"[?&](?:page|pg|p|seite|pagina)=\d", re.I)
REASONS = pa.array([None, *BLOCK_REASONS])
DISPOSITIONS = pa.array(["dropped", "kept"])
Column: TypeAlias = pa.Array | pa.ChunkedArray | np.ndarray | Sequence[Any]
PAGE_COLUMNS = [name for name in ARTICLES.schema.names if name in PAGES.schema.names and name != "metadata"]


class MetadataRow(TypedDict):
    """A row of an article's column `metadata`: a fact, with the method that found it."""

    field: str
    value: str
    method: str
    confidence: float


class Description(NamedTuple):
    """Columns of `articles` that describe an article beyond its text."""

    authors: Sequence[str]
    agency: str | None
    dateline: str | None
    notes: list[str]
    metadata: list[MetadataRow]
    published_at: datetime | None
    published_day: date | None
    published_precision: str | None
    published_method: str
    published_confidence: float


@stage(
    reads=(PAGES, KNOWN_BOILERPLATE.whole, RECORD_DECISIONS.whole),
    writes=(ARTICLES, TEXT_BLOCKS, RELEASED),
    per="part",
    version="6",
    refines=True,
    models={"lines": line_model.DATA},
)
def clean(pages: pa.Table, boilerplate: pa.Table, decided: pa.Table) -> tuple[pa.Table, pa.Table, pa.Table]:
    """Keep the article of each page, and give every dropped block a reason."""
    clean_all = partial(_clean_all, boilerplate=boilerplate)
    return release_pages(pages, *clean_all(pages), decided, clean_all)


def _clean_all(pages: pa.Table, boilerplate: pa.Table) -> tuple[pa.Table, pa.Table]:
    """Return the articles, rejected ones marked, and the text blocks of pages."""
    cleaned = [_clean_pages(batch, boilerplate) for batch in _split_batches(pages)]
    articles, blocks = zip(*cleaned, strict=True) if cleaned else ([], [])
    return pa.concat_tables([_empty_articles(), *articles]), pa.concat_tables([TEXT_BLOCKS.empty(), *blocks])


def _split_batches(pages: pa.Table) -> Iterator[pa.Table]:
    """Yield batches of consecutive pages of about BATCH_CHARS, a longer page alone."""
    sizes = np.cumsum(pc.binary_length(pages.column("page_text")).to_numpy())
    edges = np.flatnonzero(np.diff(sizes // BATCH_CHARS, prepend=-1))
    for start, end in pairwise([*edges.tolist(), pages.num_rows]):
        yield pages.slice(start, end - start)


def _clean_pages(pages: pa.Table, boilerplate: pa.Table) -> tuple[pa.Table, pa.Table]:
    """Return the articles and the text blocks of a batch of pages."""
    texts, titles, marks, sources = (
        pages.column(name).combine_chunks() for name in ("page_text", "declared_title", "line_marks", "source_id")
    )
    is_whole = pc.equal(pages.column("content"), "article").to_numpy()
    cleaned_pages = clean_batch(PageBatch(texts, titles, is_whole, marks, sources, boilerplate))
    kept = extract_body(cleaned_pages.labels, cleaned_pages.blocks, cleaned_pages.scanned)
    return _build_articles(pages, texts.to_pylist(), is_whole, cleaned_pages, kept), _build_text_blocks(
        pages, cleaned_pages
    )


# -- the block labels -------------------------------------------------------------------------------------------------


def _build_text_blocks(pages: pa.Table, cleaned: CleanedBatch) -> pa.Table:
    """Return the rows of `text_blocks`: the label of every block, in the order of the page."""
    labels = cleaned.labels
    first_row = labels.page_block[labels.page]
    source_index = labels.repeat_of - first_row
    return pa.table(
        {
            "page_id": pages.column("page_id").combine_chunks().take(pa.array(labels.page)),
            "block_index": np.arange(len(labels.page), dtype=np.int32) - first_row,
            "page_char_start": labels.start,
            "page_char_end": labels.end,
            "line_start": labels.line_start,
            "line_end": labels.line_end,
            "disposition": DISPOSITIONS.take(pa.array(labels.is_kept)),
            "reason": REASONS.take(pa.array(labels.reason)),
            "repeat_of_block": pa.array(source_index, mask=labels.repeat_of < 0),
            "block_hash": segmentation.format_hashes(labels.hash),
        }
    ).cast(TEXT_BLOCKS.schema)


# -- the articles -----------------------------------------------------------------------------------------------------


def _build_articles(
    pages: pa.Table, page_texts: list[str], is_whole: np.ndarray, cleaned: CleanedBatch, kept: Body
) -> pa.Table:
    """Return the rows of `articles`, with a reject reason and detail where a page holds none."""
    texts = _join_texts(page_texts, kept)
    titles, title_starts, title_ends = _choose_titles(pages, page_texts, cleaned)
    urls, authors, times, metadata = (pages.column(name).to_pylist() for name in DECLARED_COLUMNS)
    canonical = list(map(_choose_canonical_url, urls, metadata))
    tops = _find_tops(cleaned)
    heads, notes = _collect_heads(page_texts, is_whole, cleaned, tops), _collect_notes(page_texts, cleaned, tops)
    tongues, *sites = (pages.column(name).to_pylist() for name in ("declared_language", "source_id", "name"))
    day_orders = list(map(choose_day_order, heads, tongues))
    descriptions = list(map(_describe_article, texts, heads, notes, authors, times, metadata, urls, day_orders, *sites))
    live_blogs = find_live_blogs(cleaned, page_texts, urls, titles, metadata)
    languages, shares = zip(*map(detect_language, texts, pages.column("declared_language").to_pylist()), strict=True)
    columns: dict[str, Column] = {
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
        **{name: [getattr(one, name) for one in descriptions] for name in Description._fields},
        "language": languages,
        "language_confidence": shares,
        "text": texts,
        "ranges": _list_ranges(kept),
        "content_sha256": [
            _hash_content(f"{title or ''}\n{text}".encode()) for title, text in zip(titles, texts, strict=True)
        ],
        "text_sha256": [_hash_content(kept.words[start:end].data) for start, end in pairwise(kept.page_word.tolist())],
        **_count_chars(cleaned, [len(text) for text in texts]),
        "is_live_blog": live_blogs.is_live,
        "live_entries": live_blogs.entries,
        **_judge_texts(pages, KeptTexts(page_texts, texts, languages, metadata), is_whole, cleaned, kept),
    }
    schema = _empty_articles().schema
    return pa.table([_to_column(columns[field.name], field.type) for field in schema], schema=schema)


class KeptTexts(NamedTuple):
    """The text of each page, the text kept of it with its language, and the metadata of the page."""

    page_texts: list[str]
    texts: list[str]
    languages: Sequence[str]
    metadata: list[Sequence[MetadataRow] | None]


def _judge_texts(
    pages: pa.Table, given: KeptTexts, is_whole: np.ndarray, cleaned: CleanedBatch, kept: Body
) -> dict[str, Column]:
    """Return the columns of the signals, the expected length and the warnings of texts, and of the reject reasons."""
    signals = measure_before_and_after(pages.column("page_text").combine_chunks(), pa.array(given.texts, pa.string()))
    marks = align_line_marks(pages.column("line_marks").combine_chunks(), cleaned.scanned)
    kinds = find_page_kinds(cleaned, kept, given.metadata, marks)
    reasons, details = judge_pages(given.page_texts, is_whole, cleaned, kept, signals, kinds)
    completeness = estimate_completeness(cleaned, given.texts, given.metadata, signals["word_count"])
    return {
        **signals,
        "expected_chars": completeness.expected_chars,
        "quality_warnings": find_warnings(signals, given.languages, completeness),
        MARK: reasons,
        DETAIL: details,
    }


def _to_column(values: Column, kind: pa.DataType) -> pa.Array | pa.ChunkedArray:
    """Return values as an Arrow array of a type."""
    return values.cast(kind) if isinstance(values, pa.Array | pa.ChunkedArray) else pa.array(values, kind)


@cache
def _empty_articles() -> pa.Table:
    """Return no articles, with the columns that mark the rejects of a refining stage."""
    fields = [field.with_nullable(True) for field in ARTICLES.schema]
    return pa.schema([*fields, (MARK, pa.string()), (DETAIL, pa.string())]).empty_table()


def _join_texts(page_texts: list[str], kept: Body) -> list[str]:
    """Return the kept text of each page, unchanged."""
    ranges = kept.ranges[["start", "end"]].tolist()
    return [
        "".join(page[start:end] for start, end in ranges[low:high])
        for page, (low, high) in zip(page_texts, pairwise(kept.page_range.tolist()), strict=True)
    ]


def _list_ranges(kept: Body) -> pa.Array:
    """Return the text ranges of each page."""
    kind = ARTICLES.schema.field("ranges").type
    rows = pa.StructArray.from_arrays(
        [pa.array(kept.ranges[name]) for name in ("start", "end", "line")], fields=list(kind.value_type.fields)
    )
    return pa.ListArray.from_arrays(pa.array(kept.page_range), rows)


def _choose_titles(
    pages: pa.Table, page_texts: list[str], cleaned: CleanedBatch
) -> tuple[list[str | None], list[int | None], list[int | None]]:
    """Return title, start and end of each page's headline; a title declared in metadata comes first."""
    starts, ends = cleaned.blocks.table["text_start"], cleaned.blocks.table["text_end"]
    spans: list[tuple[int, int] | tuple[None, None]] = [
        (int(starts[title]), int(ends[title])) if title >= 0 else (None, None) for title in cleaned.titles.tolist()
    ]
    declared, names, hosts, metadata = (
        pages.column(name).to_pylist() for name in ("declared_title", "name", "source_id", "metadata")
    )
    titles = [
        _choose_printed_title(declared_title, entries or (), text)
        or strip_site_name(declared_title or (text[start:end] if start is not None else None), name, host)
        for declared_title, entries, text, (start, end), name, host in zip(
            declared, metadata, page_texts, spans, names, hosts, strict=True
        )
    ]
    return titles, [start for start, _ in spans], [end for _, end in spans]


def _choose_printed_title(declared: str | None, metadata: Sequence[MetadataRow], text: str) -> str | None:
    """Return the declared title that is a line of the page, without the name of the site; None for no such title."""
    others = (entry["value"] for entry in metadata if entry["field"] == "title")
    titles = dict.fromkeys(title for title in (declared, *others) if title)
    return next((printed for title in titles if (printed := find_printed_title(title, text))), None)


def _find_tops(cleaned: CleanedBatch) -> np.ndarray:
    """Return the first block of the headline or the text of each page."""
    starts = cleaned.ranges["start"]
    return np.where(cleaned.titles >= 0, np.minimum(cleaned.titles, starts), starts)


def _collect_heads(
    page_texts: list[str], is_whole: np.ndarray, cleaned: CleanedBatch, tops: np.ndarray
) -> list[list[tuple[int, str]]]:
    """Return the reason and text of the dropped blocks around each headline."""
    labels, row = cleaned.labels, np.arange(len(cleaned.labels.page))
    starts = np.searchsorted(labels.origin, tops) - HEAD_BLOCKS
    ends = np.searchsorted(labels.origin, np.maximum(cleaned.titles, cleaned.ranges["start"])) + 2
    is_near = (row >= starts[labels.page]) & (row < ends[labels.page])
    chosen = np.flatnonzero(is_near & (labels.is_kept == 0) & ~is_whole[labels.page])
    heads: list[list[tuple[int, str]]] = [[] for _ in page_texts]
    columns = (column[chosen].tolist() for column in (labels.page, labels.reason, labels.start, labels.end))
    for page, reason, start, end in zip(*columns, strict=True):
        heads[page].append((reason, page_texts[page][start:end].strip()))
    return heads


def _collect_notes(page_texts: list[str], cleaned: CleanedBatch, tops: np.ndarray) -> list[list[tuple[str, str]]]:
    """Return the kind and text of the notes on changes to each article, from the headline on."""
    labels = cleaned.labels
    chosen = np.flatnonzero(
        (labels.reason == Reason.UPDATE_NOTE) & (labels.origin >= (tops - HEAD_BLOCKS)[labels.page])
    )
    notes: list[list[tuple[str, str]]] = [[] for _ in page_texts]
    columns = (column[chosen].tolist() for column in (labels.page, labels.start, labels.end))
    for page, start, end in zip(*columns, strict=True):
        line = page_texts[page][start:end].strip()
        if kind := classify_note(line):
            notes[page].append((kind, line))
    return notes


def _describe_article(
    text: str,
    head: list[tuple[int, str]],
    notes: list[tuple[str, str]],
    authors: Sequence[str] | None,
    declared: datetime | None,
    metadata: Sequence[MetadataRow] | None,
    url: str | None,
    day_first: bool | None,
    host: str,
    publisher: str | None,
) -> Description:
    """Return authors, agency, dateline, time of publication and notes of an article, with their metadata rows."""
    bylines = [line for reason, line in head if reason == Reason.BYLINE]
    byline_authors = list(dict.fromkeys(name for line in bylines for name in find_authors(line)))
    byline_authors = byline_authors or find_credited_authors(line for _, line in head)
    byline_authors = [name for name in byline_authors if not is_site_name(name, host, publisher)]
    lead = text[: 2 * LEAD_CHARS]
    agency, dateline = find_agency(lead, text[-2 * LEAD_CHARS :].rstrip(), bylines), find_dateline(lead)
    date_lines = [line for _, line in head] + list_date_lines(lead, day_first)
    printed_at, confidence = find_publication_time(date_lines, day_first)
    in_address = date_in_address(url)
    declared_at = Witness(
        find_declared_zone(declared, metadata or []), "metadata", _find_declared_confidence(metadata or [])
    )
    printed, addressed = Witness(printed_at, "text", confidence), Witness(in_address, "url", IN_ADDRESS)
    published = choose_time(declared_at, printed, addressed)
    facts = [
        *(("authors", name, "byline", BYLINE_CONFIDENCE) for name in byline_authors),
        *([("agency", agency, "credit", CREDIT_CONFIDENCE)] if agency else []),
        *([("dateline", dateline, "opening", OPENING_CONFIDENCE)] if dateline else []),
        *([("published_at", printed_at.isoformat(), "text", confidence)] if printed_at else []),
        *([("published_at", in_address.isoformat(), "url", IN_ADDRESS)] if in_address else []),
        *((kind, line, "wording", WORDING_CONFIDENCE) for kind, line in notes),
    ]
    rows = (MetadataRow(field=f, value=v, method=m, confidence=c) for f, v, m, c in facts)
    return Description(
        authors=choose_authors(byline_authors, authors or [], _find_declared_confidence(metadata or [], "authors")),
        agency=agency,
        dateline=dateline,
        notes=[line for _, line in notes],
        metadata=[*(metadata or []), *rows],
        published_at=published.time,
        published_day=choose_day(published, printed, addressed),
        published_precision=choose_precision(published.time),
        published_method=published.method,
        published_confidence=published.confidence,
    )


def _find_declared_confidence(metadata: Sequence[MetadataRow], field: str = "published_at") -> float:
    """Return the confidence of a declared field, by default the time of publication; 1 where the dump gives none."""
    return next((entry["confidence"] for entry in metadata if entry["field"] == field), METADATA_CONFIDENCE)


def _count_chars(cleaned: CleanedBatch, kept_chars: list[int]) -> dict[str, Column]:
    """Count for each article the characters kept, repeated and dropped as boilerplate."""
    labels, page_count = cleaned.labels, len(cleaned.titles)
    dropped = (labels.end - labels.start) * (labels.is_kept == 0)
    repeated = np.bincount(labels.page, dropped * (labels.reason == Reason.REPEAT), page_count).astype(np.int64)
    return {
        "page_chars": cleaned.scanned.page_chars,
        "kept_chars": kept_chars,
        "repeat_chars": repeated,
        "boilerplate_chars": np.bincount(labels.page, dropped, page_count).astype(np.int64) - repeated,
    }


def _choose_canonical_url(url: str | None, metadata: Sequence[MetadataRow] | None) -> str | None:
    """Return the page's canonical URL: the declared URL on the page's site, else the page's URL."""
    own_url = canonicalize_url(url)
    declared = [entry["value"] for entry in metadata or () if entry["field"] == "canonical_url"]
    if not declared or PAGING.search(own_url or ""):
        return own_url  # many sites declare the first page on all pages
    site = urlsplit(own_url or "").netloc  # canonicalized: www3 and amp hosts are the same site
    addresses = map(canonicalize_url, declared)
    return next((address for address in addresses if address and site in ("", urlsplit(address).netloc)), own_url)


def canonicalize_url(url: str | None) -> str | None:
    """Return the URL that all addresses of an article share; None for no web address and for a site's front page."""
    if not url:
        return None
    try:
        parts = urlsplit(url.strip())
        port = parts.port
    except ValueError:
        return None
    host = strip_edition((parts.hostname or "").lower().rstrip("."))
    if parts.scheme.lower() not in ("http", "https") or not host:
        return None
    path_and_query = (
        AMP_PATH.sub("", parts.path).rstrip("/") + _clean_query(parts.query) + _clean_fragment(parts.fragment)
    )
    return (
        f"https://{host}{f':{port}' if port not in (None, 80, 443) else ''}{path_and_query}" if path_and_query else None
    )


def _clean_query(query: str) -> str:
    # Pairs stay encoded: bytes that cannot be decoded would make different addresses equal.
    """Return the query of a URL without tracking parameters, in sorted pairs."""
    pairs = sorted(
        pair
        for pair in query.split("&")
        if pair and not TRACKING.match(unquote(pair.partition("=")[0])) and not AMP_QUERY.match(pair)
    )
    return f"?{'&'.join(pairs)}" if pairs else ""


def _clean_fragment(fragment: str) -> str:
    """Return a fragment that identifies an article on a single-page site, `#!/story/5`; drop any other."""
    return f"#{fragment}" if fragment.startswith("!") and fragment.strip("!/") else ""


def _hash_content(content: bytes | memoryview) -> str:
    """Return the SHA-256 of content as hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()
