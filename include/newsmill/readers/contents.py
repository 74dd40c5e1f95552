"""Contents of a landed file: packings and archives are removed, each file inside is read by the format's reader."""

import importlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from newsmill.errors import BrokenContract, NewsmillError, Permanent
from newsmill.formats import AUTO, Format, format_names, reader_modules
from newsmill.landing import Dump
from newsmill.presets import read_presets
from newsmill.readers import archives, text
from newsmill.readers.detect import HEAD_BYTES, describe_binary, file_format
from newsmill.readers.fields import FieldName, choose_names
from newsmill.readers.record import Limits, ReadResult, Record, Reject, SkippedRecord, crash_reject
from newsmill.readers.unpack import BLOCK_BYTES, Meter, Part, UnpackedFile, too_deep_reject
from newsmill.url_secrets import mask_url


def _import_formats() -> dict[str, Format]:
    """Return the formats declared in readers/, by name."""
    modules = [importlib.import_module(f"newsmill.readers.{name}") for name in reader_modules()]
    formats = [declared for module in modules for declared in module.FORMATS]
    names = [declared.name for declared in formats]
    if tuple(sorted(names)) != format_names():
        raise BrokenContract(
            f"readers/ declares the formats {sorted(names)} and its source {list(format_names())}; declare each once, "
            f'as Format("name", …) in FORMATS'
        )
    return {declared.name: declared for declared in sorted(formats, key=lambda declared: declared.name)}


_FORMATS = _import_formats()
READERS = {name: declared.read for name, declared in _FORMATS.items()}
_OPENINGS = {name: declared.opening for name, declared in _FORMATS.items() if declared.opening}
_RECOGNIZERS = {name: declared.recognizes for name, declared in _FORMATS.items() if declared.recognizes}


def read(dump: Dump, path: Path, name: str, limits: Limits = Limits()) -> Iterator[ReadResult]:  # noqa: B008 - frozen
    """Yield every record of a landed file, numbered over all members; `name` is the file's path in the dump."""
    if dump.format != AUTO and dump.format not in READERS:
        raise Permanent(f"{dump.name}: format is {dump.format!r}; expected auto or one of {', '.join(READERS)}")
    yield from _LandedFile(dump, limits).read_file(UnpackedFile(path, limits, Meter(limits)), name, None)


class ByteRange(NamedTuple):
    """A range of bytes of a landed file, or of a member inside."""

    member: str | None
    start: int
    end: int


def read_at(
    dump: Dump,
    path: Path,
    name: str,
    byte_range: ByteRange,
    limits: Limits = Limits(),  # noqa: B008 - frozen
) -> Record | None:
    """Read the record at a range of bytes of a landed file or member; None without a record there.

    Works for formats with standalone records, such as JSON lines and web archives.
    """
    walk = _LandedRecord(dump, limits, byte_range)
    records = walk.read_file(UnpackedFile(path, limits, Meter(limits)), name, None)
    return next((one for one in records if isinstance(one, Record)), None)


class _LandedFile:
    """The traversal of a landed file and of all archives inside."""

    def __init__(self, dump: Dump, limits: Limits):
        self.dump, self.limits = dump, limits
        preset = read_presets()[dump.preset] if dump.preset else None
        self.field_names = choose_names(preset, dump.fields) if preset or dump.fields else None
        self.number = self.members = 0
        # the failure of an archive may also end files inside: report it once
        self.reported: list[Reject | SkippedRecord] = []

    def read_file(self, file: UnpackedFile, name: str, member: str | None) -> Iterator[ReadResult]:
        """Yield the contents of a file; `member` is the path in the landed file, None for the landed file."""
        which = archives.detect_archive(file.head(HEAD_BYTES))
        yield from self._read_archive(which, file, name, member) if which else self._read_plain_file(file, name, member)
        if (failure := file.failure) and not any(failure is reported for reported in self.reported):
            self.reported.append(failure)
            yield self._number_record(failure, self.number, member)

    def _read_archive(self, which: str, file: UnpackedFile, name: str, member: str | None) -> Iterator[ReadResult]:
        if file.depth >= self.limits.depth:
            yield self._number_record(too_deep_reject(self.limits), self.number, member)
            return
        for one in archives.read_members(which, file):
            if isinstance(one, Reject | SkippedRecord):
                if not any(one is reported for reported in self.reported):
                    self.reported.append(one)
                    yield self._number_record(one, self.number, member or "")
                continue
            label, within = one
            self.members += 1
            if self.members > self.limits.members:
                yield self._number_record(self._reject_members(), self.number, member)
                return
            yield from self.read_file(within, f"{name}!{label}", f"{member}!{label}" if member else label)
            if file.meter.is_spent:
                return

    def _read_plain_file(self, file: UnpackedFile, name: str, member: str | None) -> Iterator[ReadResult]:
        before = self.number
        for one in _read_until_crash(self._read(file, name, member)):
            yield self._number_record(one, before, member)

    def _read(self, file: UnpackedFile, name: str, member: str | None) -> Iterator[ReadResult]:
        head = file.head(HEAD_BYTES)
        recognized, kind = self._detect_format(head), self._choose_format(head)
        what = describe_binary(head) if recognized == "text" else None
        if what and member:
            yield SkippedRecord(0, f"file in an archive that is {what.split(' (')[0]}")
        elif what:
            expected = "text" if self.dump.format == AUTO else self.dump.format
            detail = f"the file is {what}; expected {expected}; land a format that docs/formats.md lists"
            yield Reject(0, "binary", detail)
        elif kind == "text" and self.dump.separator:
            yield from text.read(file, name, self.dump.separator)
        else:
            file.field_names = self.field_names
            yield from READERS[kind](file, name)

    def _choose_format(self, head: bytes) -> str:
        return self._detect_format(head) if self.dump.format == AUTO else self.dump.format

    def _detect_format(self, head: bytes) -> str:
        return detect_format(head, self.dump.separator, self.field_names)

    def _number_record(self, one: ReadResult, before: int, member: str | None) -> ReadResult:
        """Number a record over the whole landed file and name the member; number 0 is the landed file."""
        if one.record_no:
            one.record_no += before
        elif member is not None or isinstance(one, SkippedRecord):
            one.record_no = self.number + 1
        self.number = max(self.number, one.record_no)
        if isinstance(one, Record):
            _mask_addresses(one)
        if member and isinstance(one, Record):
            one.member = member
        elif member and isinstance(one, Reject):
            one.detail = f"{member}: {one.detail}"
        return one

    def _reject_members(self) -> Reject:
        what = f"the archive holds more than {self.limits.members} files"
        return Reject(0, "too_many_members", f"{what}; the rest was left; land it in several archives")


class _LandedRecord(_LandedFile):
    """The search for a single record: finds the member, and gives the reader the bytes of the record alone."""

    def __init__(self, dump: Dump, limits: Limits, byte_range: ByteRange):
        super().__init__(dump, limits)
        self.byte_range = byte_range

    def _read(self, file: UnpackedFile, name: str, member: str | None) -> Iterator[ReadResult]:
        kind = self._choose_format(file.head(HEAD_BYTES))
        record_member, start, end = self.byte_range
        if member != record_member or not _FORMATS[kind].has_standalone_records:
            return
        for position in range(0, start, BLOCK_BYTES):
            file.take(min(BLOCK_BYTES, start - position))
        record = UnpackedFile(Part([file.take(end - start)]), self.limits)
        record.field_names = self.field_names
        for one in READERS[kind](record, name):
            if isinstance(one, Record):
                one.byte_start, one.byte_end = start, end
            yield one


def _mask_addresses(record: Record) -> None:
    """Take secrets out of a record's addresses, before any identifier of the page is made."""
    record.url = mask_url(record.url)
    if record.document_id and "://" in record.document_id:
        record.document_id = mask_url(record.document_id)
    if any(field == "canonical_url" for field, *_ in record.metadata):
        record.metadata = [
            (field, (mask_url(value) or "") if field == "canonical_url" else value, method, confidence)
            for field, value, method, confidence in record.metadata
        ]


def detect_format(head: bytes, separator: str | None = None, field_names: Mapping[str, FieldName] | None = None) -> str:
    """Return the format of a file by the first bytes; text where no other fits, even if the bytes are no text."""
    name = file_format(head, _OPENINGS)
    if name != "text" or separator:
        return name
    return next((other for other, recognizes in _RECOGNIZERS.items() if recognizes(head, field_names)), name)


def _read_until_crash(records: Iterator[ReadResult]) -> Iterator[ReadResult]:
    """End a file at a crash of the reader; errors of the machine are raised, for a retry."""
    try:
        yield from records
    except (NewsmillError, OSError, MemoryError):
        raise
    except Exception as error:  # one file must not take the night with it
        yield crash_reject(0, error)
