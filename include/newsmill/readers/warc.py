"""The formats warc (WET too) and arc: pages captured by a crawler, each with an address."""

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from fastwarc.warc import WarcHeaderMap, WarcRecord

from newsmill.formats import Format
from newsmill.readers import text, webpage
from newsmill.readers.detect import HEAD_BYTES, describe_binary, is_html
from newsmill.readers.field_records import fix_short_text
from newsmill.readers.record import (
    MetadataEntry,
    ReadResult,
    Record,
    RecordPosition,
    Reject,
    SkippedRecord,
    crash_reject,
)
from newsmill.readers.timestamps import parse_timestamp
from newsmill.readers.unpack import UnpackedFile
from newsmill.readers.window import Window
from newsmill.url_secrets import mask_url

MAX_HEAD_BYTES = 64 * 1024
_PAGES = {"response", "resource", "conversion"}
_HTML = {"text/html", "application/xhtml+xml"}
_VAGUE_TYPES = {
    "",
    "application/octet-stream",
    "application/unknown",
    "unknown/unknown",
    "unknown",
    "no-type",
    "content/unknown",
}
_COMPRESSED = re.compile(rb"\x1f\x8b\x08|\x28\xb5\x2f\xfd|BZh|\x78[\x01\x5e\x9c\xda]")
_LENGTH = re.compile(rb"^content-length:[ \t]*(\d{1,18})[ \t]*\r?$", re.IGNORECASE | re.MULTILINE)
_FIELD_NAME = re.compile(rb"^([A-Za-z-]{1,80}):", re.MULTILINE)
_SINGLE_FIELDS = (
    *(b"warc-" + name for name in (b"type", b"record-id", b"date", b"target-uri", b"block-digest", b"payload-digest")),
    b"content-length", b"content-type",
)  # fmt: skip
_WARC_OPENS = re.compile(rb"WARC/\d\.\d+[ \t]*\r?\n")
# The first record of a file may be damaged, or its beginning missing.
_WARC_FILE = re.compile(
    rb"WARC/\d|[^\n]{0,12}\d\.\d[ \t]*\r?\nWARC-[A-Z]"
    rb"|(?s:.{0,65536}?)\n\r?\nWARC/\d\.\d[ \t]*\r?\n(?:WARC|Content)-[A-Z]"
)
_WARC_NEXT = re.compile(rb"(?:^|(?<=\n))WARC/\d\.\d+[ \t]*\r?\n[A-Za-z-]+:")
_ARC_LINE = rb"[a-z][a-z0-9+.-]{0,20}:[^\n]{0,8000}? [\d.:a-fA-F]++ \w{1,14} \S*+(?: \S++){0,4} \d{1,18}\r?\n"
_ARC_OPENS, _ARC_NEXT = re.compile(_ARC_LINE), re.compile(rb"(?:^|(?<=\n))" + _ARC_LINE)
_LINE_ENDS = b"\r\n"


@dataclass(slots=True)
class _Capture:
    """A record of an archive of either format: fields of the head, and the block as far as read."""

    kind: str
    url: str | None
    record_id: str | None
    date: str | None
    media: str
    identified: str
    language: str | None
    truncated: str | None
    is_http: bool
    block: bytes


@dataclass(slots=True)
class _Payload:
    """The body of a server's response without transfer and content encodings, and the headers."""

    status: int | None
    media: str
    charset: str | None
    data: bytes


def read(file: UnpackedFile, name: str) -> Iterator[ReadResult]:
    """Yield a record, a reject or a skipped record for every record; `name` is not used."""
    file.past_damage = True
    number = 0
    for start, end, head, block in _Archive(file).records():
        number += 1
        if head is None:
            yield _reject_damaged(number, start, end)
            continue
        try:
            yield _read_capture(number, start, end, _parse_capture(head, block), file.limits.record_bytes)
        except MemoryError:
            raise
        except Exception as error:  # one record must not take the night with it
            yield crash_reject(number, error)
    if number == 0 and not file.failure:
        yield text.reject_empty(0)


class _Archive:
    """Finds the records of an archive by heads and lengths, and the next record behind damage."""

    def __init__(self, file: UnpackedFile):
        self.file, self.limit, self.window = file, file.limits.record_bytes, Window(file.blocks())
        self.window.reach(MAX_HEAD_BYTES)
        is_arc = _ARC_OPENS.match(bytes(self.window.data[:MAX_HEAD_BYTES].lstrip())) is not None
        self.opens, self.next = (_ARC_OPENS, _ARC_NEXT) if is_arc else (_WARC_OPENS, _WARC_NEXT)
        self.head_of, self.trailer = (_match_arc_head, b"\n") if is_arc else (_match_warc_head, b"\r\n\r\n")

    def records(self) -> Iterator[tuple[int, int, bytes | None, bytes]]:
        """Yield (first byte, byte after the last, head, block); damage has no head.

        A block over the limit may be cut.
        """
        start = self._skip_line_ends(0)
        while self.window.reach(start + 1):
            self.window.forget(start)
            record = self._record(start)
            if record is None:
                end, start = start, self._next(start + 1)
                if not self._is_reported(end, start):
                    yield end, start, None, b""
            else:
                end, head, block = record
                yield start, end, head, block
                start = self._skip_line_ends(end)

    def _record(self, start: int) -> tuple[int, bytes, bytes] | None:
        """Return (byte after the last, head, block) of the record at a position; None for a broken record."""
        self.window.reach(start + MAX_HEAD_BYTES)
        head, length = self.head_of(self.window.slice(start, start + MAX_HEAD_BYTES), self.opens)
        if head is None or length is None:
            return None
        body = start + len(head)
        end = body + length
        if any(body <= gap < end for gap in self.file.breaks):
            return None
        if length > self.limit:
            self.window.reach(body + MAX_HEAD_BYTES)
            block = self.window.slice(body, body + MAX_HEAD_BYTES)
            return (end, head, block) if self._skip_to(end) else None
        if not self.window.reach(end) or any(body <= gap < end for gap in self.file.breaks):
            return None
        return (end, head, self.window.slice(body, end)) if self._is_whole(end, body, head) else None

    def _skip_to(self, end: int) -> bool:
        """Move to the end of a record over the limit; report whether the file is long enough."""
        while self.window.end < end:
            self.window.forget(self.window.end)
            if not self.window.more():
                return False
        return not any(gap < end for gap in self.file.breaks if gap > self.window.start)

    def _is_whole(self, end: int, body: int, head: bytes) -> bool:
        """Report whether a record's length is right: a record or the file's end follows, or the checksum fits."""
        follows = self._skip_line_ends(end)
        if not self.window.reach(follows + 1) or follows in self.file.breaks or end in self.file.breaks:
            return True
        self.window.reach(follows + MAX_HEAD_BYTES)
        if self.opens.match(self.window.data, follows - self.window.start):
            return True
        if self.next.search(self.window.data, body - self.window.start, end - self.window.start):
            return False
        if self.window.slice(end, end + len(self.trailer)) == self.trailer:
            return True
        return _has_valid_digest(head, self.window.slice(body, end))

    def _next(self, start: int) -> int:
        """Return the start of the next record, or the end of the file."""
        while True:
            match = self.next.search(self.window.data, max(0, start - self.window.start))
            if match and match.end() < len(self.window.data):
                return self.window.start + match.start()
            # a head may cross the end of the window
            start = max(start, self.window.end - MAX_HEAD_BYTES)
            self.window.forget(start - 1)
            if not self.window.more():
                return self.window.start + match.start() if match else self.window.end

    def _skip_line_ends(self, start: int) -> int:
        while self.window.reach(start + 1):
            rest = self.window.data[start - self.window.start : start - self.window.start + 4096]
            blank = len(rest) - len(rest.lstrip(_LINE_ENDS))
            start += blank
            if blank < len(rest):
                break
        return start

    def _is_reported(self, start: int, end: int) -> bool:
        """Report whether the failure of the file already reports the damage."""
        is_cut = self.file.failure is not None and not self.window.reach(end + 1)
        return is_cut or any(start <= gap <= end for gap in self.file.breaks)


def _match_warc_head(data: bytes, opens: re.Pattern[bytes]) -> tuple[bytes | None, int | None]:
    if not opens.match(data):
        return None, None
    full = data.find(b"\r\n\r\n")
    bare = data.find(b"\n\n", 0, full if full >= 0 else len(data))
    head = data[: bare + 2] if bare >= 0 else data[: full + 4] if full >= 0 else b""
    length = _LENGTH.search(head)
    return (head, int(length[1])) if length and not _is_spliced(head) else (None, None)


def _is_spliced(head: bytes) -> bool:
    """Report whether a head has a field twice: the head of one record, and behind damage the fields of the next."""
    names = [name.lower() for name in _FIELD_NAME.findall(head)]
    return any(names.count(name) > 1 for name in _SINGLE_FIELDS)


def _match_arc_head(data: bytes, opens: re.Pattern[bytes]) -> tuple[bytes | None, int | None]:
    match = opens.match(data)
    return (match[0], int(match[0].split()[-1])) if match else (None, None)


def _has_valid_digest(head: bytes, block: bytes) -> bool:
    try:
        return WarcRecord.from_bytes(head + block).verify_block_digest()
    except OSError:
        return False


def _parse_capture(head: bytes, block: bytes) -> _Capture:
    if not head.startswith(b"WARC/"):
        return _parse_arc_capture(head.decode("utf-8", "replace").split(" "), block)
    headers = WarcHeaderMap()
    headers.parse(io.BytesIO(head.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")))
    fields = {name.lower(): value.strip() for name, value in headers.to_tuples()}
    media = fields.get("content-type", "")
    return _Capture(
        fields.get("warc-type", "").lower(),
        fields.get("warc-target-uri", "").strip("<>") or None,
        fields.get("warc-record-id", "").strip("<>") or None,
        fields.get("warc-date"),
        media,
        fields.get("warc-identified-payload-type", "").lower(),
        fields.get("warc-identified-content-language"),
        fields.get("warc-truncated"),
        media.lower().startswith("application/http"),
        block,
    )


def _parse_arc_capture(words: list[str], block: bytes) -> _Capture:
    # The line ends in the length; version 2 has four more words before it. An address may hold spaces.
    more = 4 if len(words) > 8 and re.fullmatch(r"\d{3}", words[-6]) else 0
    url, date, media = " ".join(words[: -4 - more]), words[-3 - more], words[-2 - more]
    is_http = url.startswith(("http:", "https:")) and block.startswith(b"HTTP/")
    kind = "filedesc" if url.startswith("filedesc:") else "response"
    return _Capture(kind, url, None, date, media, "", None, None, is_http, block)


def _read_capture(number: int, start: int, end: int, capture: _Capture, limit: int) -> ReadResult:
    if capture.kind not in _PAGES:
        return SkippedRecord(number, capture.kind or "record without a type")
    payload = _read_payload(capture, limit)
    if isinstance(payload, str):
        return Reject(number, "bad_encoding", f"the record at byte {start} of {_quote_url(capture.url)}: {payload}")
    if payload.status is not None and not 200 <= payload.status < 300:
        return SkippedRecord(number, f"{capture.kind} with HTTP status {payload.status}")
    media = _classify_media(payload, capture)
    if media not in ("html", "text"):
        return SkippedRecord(number, f"{capture.kind} of {media}")
    size = max(end - start, len(payload.data))
    if size > limit:
        detail = f"the record at byte {start} has {size} bytes or more, the limit is {limit}; it was skipped"
        return Reject(number, "record_too_large", detail)
    if what := describe_binary(payload.data[:HEAD_BYTES]):
        return SkippedRecord(number, f"{capture.kind} of what is {what.split(' (')[0]}")
    return _add_archive_metadata(_read_page(number, start, end, capture, payload, media), capture)


def _read_page(number: int, start: int, end: int, capture: _Capture, payload: _Payload, media: str) -> Record | Reject:
    page: Record | Reject | None
    if media == "html":
        page = webpage.read_markup_page(RecordPosition(number, start, end), payload.data, payload.charset, capture.url)
    else:
        page = text.page(number, start, end, _convert_to_utf8(payload))
    nothing = f"the page at byte {start}, {_quote_url(capture.url)}, holds no text; expected its words"
    return Reject(number, "no_text", nothing) if page is None or isinstance(page, Reject) else page


def _add_archive_metadata(page: Record | Reject, capture: _Capture) -> Record | Reject:
    """Add the archive's metadata to the page's own."""
    if isinstance(page, Record):
        page.url = fix_short_text(capture.url)
        page.document_id = page.url or capture.record_id or text.make_text_id(page.text)
        entries = sorted([*_list_archive_metadata(capture), *page.metadata], key=lambda entry: -entry[3])
        languages = (value for field, value, _, _ in entries if field == "language")
        page.language, page.metadata = next(languages, None), entries
    return page


def _list_archive_metadata(capture: _Capture) -> Iterator[MetadataEntry]:
    method = "warc_header" if capture.kind != "filedesc" and capture.record_id else "arc_header"
    if captured := parse_timestamp(capture.date):
        yield "captured_at", captured.isoformat(), method, 1.0
    if capture.language:  # languages of a page by share, guessed by the crawler from the text
        yield "language", capture.language.split(",")[0].strip(), method, 0.5
    if capture.truncated:
        yield "truncated", capture.truncated, method, 1.0


def _read_payload(capture: _Capture, limit: int) -> _Payload | str:
    """Return a server's response; a text explains a failure."""
    if not capture.is_http:
        media, _, options = capture.media.partition(";")
        charset = re.search(r"charset=[\"']?([\w.:-]+)", options, re.IGNORECASE)
        return _Payload(None, media.strip().lower(), charset[1] if charset else None, capture.block)
    record = _parse_http(capture.block, "none")
    headers = {name.lower(): value.strip().lower() for name, value in record.http_headers.to_tuples()}
    packings = [headers.get(name, "identity") for name in ("transfer-encoding", "content-encoding")]
    data, fault = record.reader.read(limit + 1), None
    if packings != ["identity", "identity"]:
        plain, (data, fault) = data, _decode_payload(capture.block, limit)
        if fault and not _COMPRESSED.match(plain.partition(b"\n")[2] if packings[0] == "chunked" else plain):
            data, fault = plain, None  # crawlers store unpacked bodies with the header of a packed one
    media = (record.http_content_type or "").lower()
    return fault or _Payload(record.http_headers.status_code, media, record.http_charset, data)


def _decode_payload(block: bytes, limit: int) -> tuple[bytes, str | None]:
    try:
        return _parse_http(block, "all").reader.read(limit + 1), None
    except OSError as error:
        return b"", f"what the server packed cannot be unpacked ({ascii(str(error))[:120]}); fetch the page again"


def _parse_http(block: bytes, encodings: Literal["none", "all"]) -> WarcRecord:
    record = WarcRecord()
    record.is_http = True
    record.set_bytes_content(block)
    full = block.find(b"\r\n\r\n", 0, MAX_HEAD_BYTES)
    bare = block.find(b"\n\n", 0, full if full >= 0 else MAX_HEAD_BYTES)
    record.parse_http(auto_decode=encodings, quirks_mode=bare >= 0)
    return record


def _classify_media(payload: _Payload, capture: _Capture) -> str:
    """Return html or text for readable media, else the media type."""
    media = payload.media if payload.media not in _VAGUE_TYPES else capture.identified
    if media in _HTML:
        return "html"
    if media in ("text/plain", *_VAGUE_TYPES) and is_html(payload.data[:HEAD_BYTES]):
        return "html"
    if media == "text/plain":
        return "text"
    return media if re.fullmatch(r"[\w.+-]{1,40}/[\w.+-]{1,80}", media) else "an unknown type"


def _convert_to_utf8(payload: _Payload) -> bytes:
    """Convert the bytes of a text to UTF-8 where the server named another fitting encoding."""
    try:
        payload.data.decode()
    except UnicodeDecodeError:
        try:
            return payload.data.decode(payload.charset or "utf-8").encode()
        except (LookupError, UnicodeError):
            pass
    return payload.data


def _reject_damaged(number: int, start: int, end: int) -> Reject:
    detail = (
        f"the record at bytes {start} to {end} is damaged: it has no whole head, or ends elsewhere than it says; "
        "it was left out, and reading went on behind it; fetch the file again from its publisher to have it"
    )
    return Reject(number, "damaged_record", detail)


def _quote_url(url: str | None) -> str:
    return ascii((mask_url(url) or "no address")[:200])


FORMATS = (
    Format("warc", read, opening=_WARC_FILE, has_standalone_records=True),
    Format("arc", read, opening=re.compile(rb"filedesc://"), has_standalone_records=True),
)
