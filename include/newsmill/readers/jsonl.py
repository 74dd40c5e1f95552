"""The format jsonl: one JSON object a line, its fields under whatever names, its text repaired."""

import codecs
import hashlib
import json
from collections.abc import Iterable, Iterator

import orjson

from newsmill.readers.detect import HEAD_BYTES, wide_encoding
from newsmill.readers.fields import ALIASES, Namer, people, plain, prose
from newsmill.readers.moments import moment
from newsmill.readers.record import Record, Reject, crash
from newsmill.readers.repair import decode, mend
from newsmill.readers.text import empty
from newsmill.readers.unpack import Unpacked

_SHOWN_CHARS = 80


def read(file: Unpacked, name: str) -> Iterator[Record | Reject]:
    """Yield a record or a reject for every line that is not blank; no line is known by the file's `name`."""
    namer, wide, number, end = Namer(), wide_encoding(file.head(HEAD_BYTES)), 0, 0
    blocks = _narrow(file.blocks(), wide) if wide else file.blocks()
    for start, end, line in _lines(blocks, file.limits.record_bytes):
        if line is not None and (not line or line.isspace()):
            continue
        number += 1
        try:
            found = _record(number, start, end, line, namer, file.limits.record_bytes)
        except MemoryError:
            raise
        except Exception as error:  # one record must not take the night with it
            found = crash(number, error)
        if isinstance(found, Reject) and file.failure and found.reason in ("not_json", "record_too_large"):
            return  # the line at which the file breaks off: its failure speaks of it
        if isinstance(found, Record):
            found.document_id = found.document_id or found.url or _id_of(found.text)
            if wide:
                found.byte_start = found.byte_end = None
                found.encoding = wide
        yield found
    if number == 0 and not file.failure:
        yield empty(end)


def _narrow(blocks: Iterable[bytes], wide: str) -> Iterator[bytes]:
    """Turn UTF-16, which some shells write, into UTF-8."""
    decoder = codecs.getincrementaldecoder(wide)("replace")
    for block in blocks:
        yield decoder.decode(block).encode("utf-8", "replace")


def _lines(blocks: Iterable[bytes], limit: int) -> Iterator[tuple[int, int, bytes | None]]:
    """Yield (first byte, byte after the last, line) without its line end; None for a line over the limit."""
    start, pieces, held = 0, [], 0
    for block in blocks:
        head, *others = block.split(b"\n")
        held += len(head)
        if held <= limit + 1:
            pieces.append(head)
        else:
            pieces.clear()  # nothing of a line that is too long is kept, only its length
        for following in others:
            yield _line(start, b"".join(pieces), held, limit)
            start, pieces, held = start + held + 1, [following], len(following)
    yield _line(start, b"".join(pieces), held, limit)


def _line(start: int, line: bytes, held: int, limit: int) -> tuple[int, int, bytes | None]:
    end = start + held
    if held > limit + 1:
        return start, end, None
    if start == 0 and line.startswith(codecs.BOM_UTF8):
        start, line = 3, line[3:]
    if line.endswith(b"\r"):
        end, line = end - 1, line[:-1]
    return start, end, line if end - start <= limit else None


def _record(number: int, start: int, end: int, line: bytes | None, namer: Namer, limit: int) -> Record | Reject:
    if line is None:
        return Reject(
            number, "record_too_large",
            f"the record has {end - start} bytes, the limit is {limit}; it was skipped; split it",
        )
    encoding, repairs = "utf-8", ()
    try:
        value = orjson.loads(line)
    except orjson.JSONDecodeError as fault:
        try:
            value, encoding, repairs = _lenient(line)
        except (ValueError, RecursionError):
            detail = f"the line is no JSON ({fault}); it begins {_shown(line)}; expected a whole object on each line"
            return Reject(number, "not_json", detail)
    if not isinstance(value, dict):
        kind = {list: "a list", str: "a text", type(None): "null"}.get(type(value), "a single value")
        detail = f"the line is {kind}, expected an object with a field such as text; it begins {_shown(line)}"
        return Reject(number, "not_an_object", detail)
    return _page(number, start, end, value, namer, encoding, repairs)


def _lenient(line: bytes) -> tuple[object, str, tuple[str, ...]]:
    """Read JSON in another encoding, with halves of surrogate pairs, NaN or bare control characters."""
    try:
        return json.loads(line.decode(), strict=False), "utf-8", ()
    except UnicodeDecodeError:
        text, encoding, repairs = decode(line)
        return json.loads(text, strict=False), encoding, repairs


def _page(
    number: int, start: int, end: int, value: dict, namer: Namer, encoding: str, repairs: tuple[str, ...]
) -> Record | Reject:
    known = namer.known(value)
    body = prose(known.get("text"))
    if not body or body.isspace():
        return Reject(number, "no_text", _no_text(value))
    text, mended = mend(body)
    if not text.strip():
        return Reject(number, "no_text", "the text holds nothing but control characters; expected the words of a page")
    authors = people(known["authors"]) if "authors" in known else []
    return Record(
        number, start, end, text, encoding, (*repairs, *(repair for repair in mended if repair not in repairs)),
        document_id=_sound(plain(known.get("document_id"))),
        url=_sound(plain(known.get("url"))),
        title=_one_line(plain(known.get("title"))),
        authors=[name for author in authors if (name := _sound(author))],
        publisher=_one_line(plain(known.get("publisher"))),
        domain=_sound(plain(known.get("domain"))),
        language=_sound(plain(known.get("language"))),
        published_at=moment(known["published_at"]) if "published_at" in known else None,
    )


def _id_of(text: str) -> str:
    # A place in a file is another record's tomorrow: only the text tells whether two nights mean one page.
    return f"text-{hashlib.sha256(text.encode()).hexdigest()[:16]}"


def _no_text(value: dict) -> str:
    names = ", ".join(name[:40] for name in list(value)[:12]) or "none"
    wanted = ", ".join(ALIASES["text"][:4])
    return mend(f"no field holds a text; expected one such as {wanted}; the record has the fields: {names}")[0]


def _sound(value: str | None) -> str | None:
    if not value or (value.isascii() and value.isprintable()):
        return value
    return mend(value)[0].strip() or None


def _one_line(value: str | None) -> str | None:
    return " ".join(sound.split()) if (sound := _sound(value)) else None


def _shown(line: bytes) -> str:
    return ascii(line[:_SHOWN_CHARS].decode("utf-8", "replace"))
