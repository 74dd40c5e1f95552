"""The formats warc and arc, WET among them: the pages that a crawler brought home, each with the address it had."""

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass

from fastwarc.warc import WarcHeaderMap, WarcRecord

from newsmill.formats import Format
from newsmill.readers import text, webpage
from newsmill.readers.detect import HEAD_BYTES, binary, is_html
from newsmill.readers.field_records import sound
from newsmill.readers.record import Found, Passed, Record, Reject, Told, crash
from newsmill.readers.timestamps import moment
from newsmill.readers.unpack import Unpacked
from newsmill.readers.window import Window
from newsmill.url_secrets import mask_url

MAX_HEAD_BYTES = 64 * 1024
_PAGES = {"response", "resource", "conversion"}
_HTML = {"text/html", "application/xhtml+xml"}
_UNTOLD = {
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
_WARC_OPENS = re.compile(rb"WARC/\d\.\d+[ \t]*\r?\n")
_WARC_NEXT = re.compile(rb"(?:^|(?<=\n))WARC/\d\.\d+[ \t]*\r?\n[A-Za-z-]+:")
_ARC_LINE = rb"[a-z][a-z0-9+.-]{0,20}:[^\n]{0,8000}? [\d.:a-fA-F]++ \w{1,14} \S*+(?: \S++){0,4} \d{1,18}\r?\n"
_ARC_OPENS, _ARC_NEXT = re.compile(_ARC_LINE), re.compile(rb"(?:^|(?<=\n))" + _ARC_LINE)
_LINE_ENDS = b"\r\n"


@dataclass(slots=True)
class _Capture:
    """One record of an archive, whatever its format: what its head says, and its block as far as it is at hand."""

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
    """What a server sent, its transfer and content encodings taken off, and what it said of it."""

    status: int | None
    media: str
    charset: str | None
    data: bytes


def read(file: Unpacked, name: str) -> Iterator[Found]:
    """Yield a record, a reject or a word of passing over for every record; none is known by the file's `name`."""
    file.past_damage = True
    number = 0
    for start, end, head, block in _Archive(file).records():
        number += 1
        if head is None:
            yield _damaged(number, start, end)
            continue
        try:
            yield _found(number, start, end, _capture(head, block), file.limits.record_bytes)
        except MemoryError:
            raise
        except Exception as error:  # one record must not take the night with it
            yield crash(number, error)
    if number == 0 and not file.failure:
        yield text.empty(0)


class _Archive:
    """Finds the records of an archive by their heads and lengths, and the next one behind a damage."""

    def __init__(self, file: Unpacked):
        self.file, self.limit, self.window = file, file.limits.record_bytes, Window(file.blocks())
        self.window.reach(len(b"filedesc://"))
        is_arc = not self.window.data.lstrip().startswith(b"WARC/")
        self.opens, self.next = (_ARC_OPENS, _ARC_NEXT) if is_arc else (_WARC_OPENS, _WARC_NEXT)
        self.head_of, self.trailer = (_arc_head, b"\n") if is_arc else (_warc_head, b"\r\n\r\n")

    def records(self) -> Iterator[tuple[int, int, bytes | None, bytes]]:
        """Yield (first byte, byte after the last, head, block); no head where damage stands. A block may be cut to its
        beginning where it is over the limit.
        """
        at = self._skip_line_ends(0)
        while self.window.reach(at + 1):
            self.window.forget(at)
            found = self._record(at)
            if found is None:
                end, at = at, self._next(at + 1)
                if not self._is_told(end, at):
                    yield end, at, None, b""
            else:
                end, head, block = found
                yield at, end, head, block
                at = self._skip_line_ends(end)

    def _record(self, at: int) -> tuple[int, bytes, bytes] | None:
        """Return (byte after the last, head, block) of the record that begins there; None if it is not whole."""
        self.window.reach(at + MAX_HEAD_BYTES)
        head, length = self.head_of(self.window.slice(at, at + MAX_HEAD_BYTES), self.opens)
        if head is None or length is None:
            return None
        body = at + len(head)
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
        """Move to the end of a record that is too long to be held; tell whether the file goes that far."""
        while self.window.end < end:
            self.window.forget(self.window.end)
            if not self.window.more():
                return False
        return not any(gap < end for gap in self.file.breaks if gap > self.window.start)

    def _is_whole(self, end: int, body: int, head: bytes) -> bool:
        """Tell whether a record ends where it says: another follows, or nothing, or a checksum vouches for it."""
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
        return _is_vouched_for(head, self.window.slice(body, end))

    def _next(self, at: int) -> int:
        """Return where the next record begins, or the end of the file."""
        while True:
            found = self.next.search(self.window.data, max(0, at - self.window.start))
            if found and found.end() < len(self.window.data):
                return self.window.start + found.start()
            # a head may stand across the end of what is at hand
            at = max(at, self.window.end - MAX_HEAD_BYTES)
            self.window.forget(at - 1)
            if not self.window.more():
                return self.window.start + found.start() if found else self.window.end

    def _skip_line_ends(self, at: int) -> int:
        while self.window.reach(at + 1):
            rest = self.window.data[at - self.window.start : at - self.window.start + 4096]
            blank = len(rest) - len(rest.lstrip(_LINE_ENDS))
            at += blank
            if blank < len(rest):
                break
        return at

    def _is_told(self, start: int, end: int) -> bool:
        """Tell whether the failure of the file speaks of this damage already."""
        is_cut = self.file.failure is not None and not self.window.reach(end + 1)
        return is_cut or any(start <= gap <= end for gap in self.file.breaks)


def _warc_head(data: bytes, opens: re.Pattern[bytes]) -> tuple[bytes | None, int | None]:
    if not opens.match(data):
        return None, None
    full = data.find(b"\r\n\r\n")
    bare = data.find(b"\n\n", 0, full if full >= 0 else len(data))
    head = data[: bare + 2] if bare >= 0 else data[: full + 4] if full >= 0 else b""
    length = _LENGTH.search(head)
    return (head, int(length[1])) if length else (None, None)


def _arc_head(data: bytes, opens: re.Pattern[bytes]) -> tuple[bytes | None, int | None]:
    found = opens.match(data)
    return (found[0], int(found[0].split()[-1])) if found else (None, None)


def _is_vouched_for(head: bytes, block: bytes) -> bool:
    try:
        return WarcRecord.from_bytes(head + block).verify_block_digest()
    except OSError:
        return False


def _capture(head: bytes, block: bytes) -> _Capture:
    if not head.startswith(b"WARC/"):
        return _arc_capture(head.decode("utf-8", "replace").split(" "), block)
    headers = WarcHeaderMap()
    headers.parse(io.BytesIO(head.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")))
    told = {name.lower(): value.strip() for name, value in headers.to_tuples()}
    media = told.get("content-type", "")
    return _Capture(
        told.get("warc-type", "").lower(),
        told.get("warc-target-uri", "").strip("<>") or None,
        told.get("warc-record-id", "").strip("<>") or None,
        told.get("warc-date"),
        media,
        told.get("warc-identified-payload-type", "").lower(),
        told.get("warc-identified-content-language"),
        told.get("warc-truncated"),
        media.lower().startswith("application/http"),
        block,
    )


def _arc_capture(words: list[str], block: bytes) -> _Capture:
    # The line ends in the length; version 2 has four more words before it. An address may hold spaces.
    more = 4 if len(words) > 8 and re.fullmatch(r"\d{3}", words[-6]) else 0
    url, date, media = " ".join(words[: -4 - more]), words[-3 - more], words[-2 - more]
    is_http = url.startswith(("http:", "https:")) and block.startswith(b"HTTP/")
    kind = "filedesc" if url.startswith("filedesc:") else "response"
    return _Capture(kind, url, None, date, media, "", None, None, is_http, block)


def _found(number: int, start: int, end: int, capture: _Capture, limit: int) -> Found:
    if capture.kind not in _PAGES:
        return Passed(number, capture.kind or "record without a type")
    payload = _payload(capture, limit)
    if isinstance(payload, str):
        return Reject(number, "bad_encoding", f"the record at byte {start} of {_shown(capture.url)}: {payload}")
    if payload.status is not None and not 200 <= payload.status < 300:
        return Passed(number, f"{capture.kind} with HTTP status {payload.status}")
    media = _media(payload, capture)
    if media not in ("html", "text"):
        return Passed(number, f"{capture.kind} of {media}")
    size = max(end - start, len(payload.data))
    if size > limit:
        detail = f"the record at byte {start} has {size} bytes or more, the limit is {limit}; it was skipped"
        return Reject(number, "record_too_large", detail)
    if what := binary(payload.data[:HEAD_BYTES]):
        return Passed(number, f"{capture.kind} of what is {what.split(' (')[0]}")
    return _told(_page(number, start, end, capture, payload, media), capture)


def _page(number: int, start: int, end: int, capture: _Capture, payload: _Payload, media: str) -> Record | Reject:
    if media == "html":
        found = webpage.page(number, start, end, payload.data, payload.charset, capture.url)
    else:
        found = text.page(number, start, end, _in_charset(payload))
    nothing = f"the page at byte {start}, {_shown(capture.url)}, holds no text; expected its words"
    return Reject(number, "no_text", nothing) if found is None or isinstance(found, Reject) else found


def _told(found: Record | Reject, capture: _Capture) -> Record | Reject:
    """Set what the archive tells of a page beside what the page tells of itself."""
    if isinstance(found, Record):
        found.url = sound(capture.url)
        found.document_id = found.url or capture.record_id or text.id_of(found.text)
        entries = sorted([*_entries(capture), *found.metadata], key=lambda told: -told[3])
        languages = (value for field, value, _, _ in entries if field == "language")
        found.language, found.metadata = next(languages, None), entries
    return found


def _entries(capture: _Capture) -> Iterator[Told]:
    method = "warc_header" if capture.kind != "filedesc" and capture.record_id else "arc_header"
    if captured := moment(capture.date):
        yield "captured_at", captured.isoformat(), method, 1.0
    if capture.language:  # the share of languages within a page, guessed by the crawler from its text
        yield "language", capture.language.split(",")[0].strip(), method, 0.5
    if capture.truncated:
        yield "truncated", capture.truncated, method, 1.0


def _payload(capture: _Capture, limit: int) -> _Payload | str:
    """Return what a server sent; a text says why it cannot be read."""
    if not capture.is_http:
        media, _, options = capture.media.partition(";")
        charset = re.search(r"charset=[\"']?([\w.:-]+)", options, re.IGNORECASE)
        return _Payload(None, media.strip().lower(), charset[1] if charset else None, capture.block)
    record = _http(capture.block, "none")
    headers = {name.lower(): value.strip().lower() for name, value in record.http_headers.to_tuples()}
    packings = [headers.get(name, "identity") for name in ("transfer-encoding", "content-encoding")]
    data, fault = record.reader.read(limit + 1), None
    if packings != ["identity", "identity"]:
        plain, (data, fault) = data, _decoded(capture.block, limit)
        if fault and not _COMPRESSED.match(plain.partition(b"\n")[2] if packings[0] == "chunked" else plain):
            data, fault = plain, None  # crawlers unpack what they store and keep the server's word that it is packed
    media = (record.http_content_type or "").lower()
    return fault or _Payload(record.http_headers.status_code, media, record.http_charset, data)


def _decoded(block: bytes, limit: int) -> tuple[bytes, str | None]:
    try:
        return _http(block, "all").reader.read(limit + 1), None
    except OSError as error:
        return b"", f"what the server packed cannot be unpacked ({ascii(str(error))[:120]}); fetch the page again"


def _http(block: bytes, encodings: str) -> WarcRecord:
    record = WarcRecord()
    record.is_http = True
    record.set_bytes_content(block)
    full = block.find(b"\r\n\r\n", 0, MAX_HEAD_BYTES)
    bare = block.find(b"\n\n", 0, full if full >= 0 else MAX_HEAD_BYTES)
    record.parse_http(auto_decode=encodings, quirks_mode=bare >= 0)
    return record


def _media(payload: _Payload, capture: _Capture) -> str:
    """Return html or text for what a page can be made of, else the type it has."""
    told = payload.media if payload.media not in _UNTOLD else capture.identified
    if told in _HTML:
        return "html"
    if told in ("text/plain", *_UNTOLD) and is_html(payload.data[:HEAD_BYTES]):
        return "html"
    if told == "text/plain":
        return "text"
    return told if re.fullmatch(r"[\w.+-]{1,40}/[\w.+-]{1,80}", told) else "an unknown type"


def _in_charset(payload: _Payload) -> bytes:
    """Return the bytes of a text as UTF-8 where its server named another encoding that fits them."""
    try:
        payload.data.decode()
    except UnicodeDecodeError:
        try:
            return payload.data.decode(payload.charset or "utf-8").encode()
        except (LookupError, UnicodeError):
            pass
    return payload.data


def _damaged(number: int, start: int, end: int) -> Reject:
    detail = (
        f"the record at bytes {start} to {end} is damaged: it has no whole head, or ends elsewhere than it says; "
        "it was left out, and reading went on behind it; fetch the file again from its publisher to have it"
    )
    return Reject(number, "damaged_record", detail)


def _shown(url: str | None) -> str:
    return ascii((mask_url(url) or "no address")[:200])


FORMATS = (
    Format("warc", read, opening=re.compile(rb"WARC/\d"), has_standalone_records=True),
    Format("arc", read, opening=re.compile(rb"filedesc://"), has_standalone_records=True),
)
