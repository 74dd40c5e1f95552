"""The format html: a page of markup as a record, with text, markup of the lines and embedded metadata."""

from collections.abc import Iterator

from newsmill.formats import Format
from newsmill.readers import html_text
from newsmill.readers.detect import HTML_OPENING, describe_binary
from newsmill.readers.record import ReadResult, Record, RecordPosition, Reject
from newsmill.readers.text import read_whole_file, reject_empty
from newsmill.readers.unpack import UnpackedFile


def read(file: UnpackedFile, name: str) -> Iterator[ReadResult]:
    """Yield the page of a file of markup, identified by the file's `name`."""
    data = read_whole_file(file)
    if file.failure:
        return
    if isinstance(data, Reject):
        yield data
    elif what := describe_binary(data):
        yield Reject(0, "binary", f"the file is {what}, expected HTML; land the markup of the page instead")
    elif not data.strip():
        yield reject_empty(len(data))
    else:
        page_or_reject = read_markup_page(RecordPosition(1, 0, len(data)), data)
        if isinstance(page_or_reject, Record):
            page_or_reject.document_id = name
        yield page_or_reject


def read_markup_page(
    position: RecordPosition, markup: bytes | str, charset: str | None = None, url: str | None = None
) -> Record | Reject:
    """Read markup as a page; without `url` the address is the page's canonical address."""
    read = html_text.read_html(markup, charset, url)
    if not read.text.strip():
        return Reject(position.record_no, "no_text", "the markup holds no text; expected the words of a page")
    return Record(
        *position,
        read.text,
        read.encoding,
        tuple(read.repairs),
        url=url or read.canonical_url,
        title=read.title,
        authors=list(read.authors),
        publisher=read.publisher,
        language=read.language,
        published_at=read.published_at,
        marks=read.marks,
        metadata=read.metadata,
    )


FORMATS = (Format("html", read, opening=HTML_OPENING),)
