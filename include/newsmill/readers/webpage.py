"""The format html: a page of markup as a record, its text, its lines' marks and what it tells of itself."""

from collections.abc import Iterator

from newsmill.formats import Format
from newsmill.readers import html_text
from newsmill.readers.detect import HTML_OPENING, binary
from newsmill.readers.record import Found, Record, Reject
from newsmill.readers.text import content, empty
from newsmill.readers.unpack import Unpacked


def read(file: Unpacked, name: str) -> Iterator[Found]:
    """Yield the one page of a file of markup, known by the file's `name`."""
    data = content(file)
    if file.failure:
        return
    if isinstance(data, Reject):
        yield data
    elif what := binary(data):
        yield Reject(0, "binary", f"the file is {what}, expected HTML; land the markup of the page instead")
    elif not data.strip():
        yield empty(len(data))
    else:
        found = page(1, 0, len(data), data)
        if isinstance(found, Record):
            found.document_id = name
        yield found


def page(
    number: int,
    start: int | None,
    end: int | None,
    markup: bytes | str,
    charset: str | None = None,
    url: str | None = None,
) -> Record | Reject:
    """Read markup as a page; without `url` its address is the one it gives itself."""
    read = html_text.page(markup, charset, url)
    if not read.text.strip():
        return Reject(number, "no_text", "the markup holds no text; expected the words of a page")
    return Record(
        number,
        start,
        end,
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
