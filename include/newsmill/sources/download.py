"""Bringing one file: a draft that survives cuts and crashes, tries with growing pauses, bytes held to the limits."""

import hashlib
import json
import os
import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import asdict, dataclass, field
from itertools import count
from pathlib import Path
from typing import Protocol, TypeVar

from newsmill.errors import Permanent, Transient
from newsmill.escaping import escaping_logger
from newsmill.landing import Landed
from newsmill.sources.remote_files import MB, Again, Limits, Lost, Offer, Opened, Store, Version, too_large

TELL_SECONDS = 30
_PROGRESS_BYTES = MB
"""A try that brings so much is not counted: a long file may be cut many times on its way."""
_GIVE_UP_AFTER = 5

Result = TypeVar("Result")
log = escaping_logger(__name__)


class Progress(Protocol):
    """Whoever wants to know how far a fetch is; called from several threads."""

    def begin(self, files: int, size: int | None) -> None:
        """Hear how many files there are, and their bytes as far as they are told."""

    def came(self, size: int) -> None:
        """Hear of bytes that came."""

    def done(self) -> None:
        """Hear that one file is dealt with."""


class Told:
    """Tells the log how far a fetch is, every so often."""

    def __init__(self, name: str):
        self.name, self.lock, self.since = name, threading.Lock(), time.monotonic()
        self.files = self.ended = self.bytes = 0

    def begin(self, files: int, size: int | None) -> None:
        """Hear how many files there are."""
        self.files, self.size = files, size

    def came(self, size: int) -> None:
        """Count bytes; tell the log now and then."""
        with self.lock:
            self.bytes += size
            if time.monotonic() - self.since < TELL_SECONDS:
                return
            self.since = time.monotonic()
        of = f" of {self.size / MB:,.0f}" if self.size else ""
        log.info("%s: %d of %d files, %s%s MB", self.name, self.ended, self.files, f"{self.bytes / MB:,.0f}", of)

    def done(self) -> None:
        """Count a file."""
        with self.lock:
            self.ended += 1


@dataclass
class Patience:
    """How long to pause between tries, and how: `sleep` and `jitter` may be exchanged."""

    first_seconds: float = 1.0
    longest_seconds: float = 60.0
    sleep: Callable[[float], object] | None = None
    jitter: Callable[[], float] = random.random

    def pause(self, tries: int, asked: float | None, stop: threading.Event) -> None:
        """Pause after so many tries: as long as the server asks, else twice as long each time, a part by chance."""
        grown = min(self.longest_seconds, self.first_seconds * 2 ** (tries - 1))
        seconds = asked if asked is not None else grown * (0.5 + self.jitter() / 2)
        (self.sleep or stop.wait)(seconds)


@dataclass
class Effort:
    """What all files of one fetch share: bytes left for the night, the way to stop, and how often nothing worked."""

    limits: Limits
    patience: Patience
    progress: Progress
    bytes_left: int = 0
    stop: threading.Event = field(default_factory=threading.Event)
    failures: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def spend(self, size: int) -> bool:
        """Take bytes from what is left for the night; False when there are too few."""
        with self.lock:
            self.bytes_left -= size
            return self.bytes_left >= 0

    def give_back(self, size: int) -> None:
        """Return bytes that came to nothing."""
        with self.lock:
            self.bytes_left += size

    def judge(self, worked: bool) -> None:
        """Note whether the place answered."""
        with self.lock:
            self.failures = 0 if worked else self.failures + 1


def draft_names(offer: Offer) -> tuple[str, str]:
    """Name the two files of an offer's draft: its bytes, and what was told of them."""
    key = hashlib.sha256(offer.name.encode("utf-8", "surrogateescape")).hexdigest()[:32]
    return key, f"{key}.json"


class Draft:
    """The bytes of one offer as far as they came, and what was told of them; it outlives the process."""

    def __init__(self, folder: Path, offer: Offer):
        self.path, self.note = (folder / name for name in draft_names(offer))
        self.version, self.sha256 = Version(), None
        self.spent = 0
        self._recall()

    @property
    def size(self) -> int:
        """Return the bytes at hand."""
        return self.path.stat().st_size if self.path.exists() else 0

    def write_note(self, version: Version, sha256: str | None = None) -> None:
        """Keep what was told of the bytes; the hash says that all of them came."""
        self.version, self.sha256 = version, sha256
        fresh = self.note.with_name(f".{self.note.name}")
        fresh.write_text(json.dumps(asdict(version) | {"sha256": sha256}), encoding="utf-8")
        os.replace(fresh, self.note)

    def drop(self) -> None:
        """Forget the draft."""
        self.version, self.sha256 = Version(), None
        for path in (self.note, self.path):
            path.unlink(missing_ok=True)

    def _recall(self) -> None:
        try:
            told = json.loads(self.note.read_text(encoding="utf-8"))
            self.sha256 = told.pop("sha256")
            self.version = Version(**told)
        except FileNotFoundError:
            self.drop()
        except (ValueError, TypeError, KeyError):
            self.drop()
        if self.sha256 and (not self.path.exists() or _digest(self.path, self.size).hexdigest() != self.sha256):
            self.drop()


@dataclass(frozen=True)
class Got:
    """All bytes of an offer, in a draft still."""

    draft: Draft
    landed: Landed


def patiently(work: Callable[[], Result], effort: Effort) -> Result:
    """Do what needs one short answer of a place, again while another try may better it."""
    for tries in count(1):
        try:
            return work()
        except Again as again:
            if tries >= effort.limits.tries:
                raise Lost(again.reason, f"{again} (tried {tries} times); run the night again later") from again
            log.info("%s; trying again", again)
            effort.patience.pause(tries, again.wait, effort.stop)


def bring(store: Store, offer: Offer, drafts: Path, have: Landed | None, effort: Effort) -> Got | None:
    """Bring an offer into a draft, trying again as long as it makes sense; None says that it is what we `have`."""
    draft = Draft(drafts, offer)
    _refuse_too_large(store, offer, offer.version.size, effort.limits)
    tries = 0
    while True:
        _still_answering(store, offer, effort)
        at = draft.size
        try:
            got = _try(store, offer, draft, have, effort)
            effort.judge(worked=True)
            return got
        except Again as again:
            if again.afresh:
                draft.drop()
            tries = 1 if draft.size - at >= _PROGRESS_BYTES else tries + 1
            if tries >= effort.limits.tries:
                effort.judge(worked=False)
                effort.give_back(draft.spent)
                raise Lost(again.reason, f"{again} (tried {tries} times); run the night again later") from again
            log.info("%s: %s; trying again, %d bytes are here", offer.name, again, draft.size)
            effort.patience.pause(tries, again.wait, effort.stop)
        except Lost as lost:
            effort.judge(worked=lost.reason != "unreachable")
            effort.give_back(draft.spent)
            if lost.reason != "unreachable":
                draft.drop()
            raise


def _still_answering(store: Store, offer: Offer, effort: Effort) -> None:
    if effort.stop.is_set():
        raise Transient("stopped")
    if effort.failures >= _GIVE_UP_AFTER:
        told = f"{store.shown(offer)}: given up, as {effort.failures} files before it could not be had either"
        raise Lost("unreachable", f"{told}; run the night again later")


def _try(store: Store, offer: Offer, draft: Draft, have: Landed | None, effort: Effort) -> Got | None:
    """Ask once for what is still missing."""
    if draft.sha256 and draft.version.same_as(offer.version):
        return _got(store, offer, draft)
    complete = _as_landed(store, offer, draft) if draft.sha256 else None
    start = draft.size if draft.version.can_resume and not draft.sha256 else 0
    with store.open(offer, start, draft.version, complete or have) as opened:
        if opened is None:
            return _got(store, offer, draft) if complete else None
        _refuse_too_large(store, offer, opened.total, effort.limits)
        digest = _write(store, offer, draft, opened, effort)
    if opened.total is not None and draft.size != opened.total:
        told = f"{draft.size} bytes came, {opened.total} were announced"
        raise Again(f"{store.shown(offer)}: {told}", reason="cut_short", afresh=draft.size > opened.total)
    draft.version, draft.sha256 = opened.version, digest.hexdigest()
    if store.proves:
        with _landing_faults(draft.path):
            draft.write_note(opened.version, draft.sha256)
    return _got(store, offer, draft)


def _write(store: Store, offer: Offer, draft: Draft, opened: Opened, effort: Effort):
    """Append what comes to the draft; return the hash of all of it."""
    with _landing_faults(draft.path):
        draft.path.parent.mkdir(parents=True, exist_ok=True)
        if not opened.start:
            draft.drop()
        if store.proves:
            draft.write_note(opened.version)
        digest = _digest(draft.path, opened.start)
        file = draft.path.open("r+b" if opened.start else "wb")
    effort.give_back(draft.spent)
    draft.spent = 0
    _spend(store, offer, draft, opened.start, effort)
    with file:
        file.seek(opened.start)
        for block in opened.blocks:
            _spend(store, offer, draft, len(block), effort)
            with _landing_faults(draft.path):
                file.write(block)
                file.flush()  # a fetch that is killed here keeps all that came
            digest.update(block)
            effort.progress.came(len(block))
            if effort.stop.is_set():
                raise Transient("stopped")
        with _landing_faults(draft.path):
            file.truncate()
    return digest


def _spend(store: Store, offer: Offer, draft: Draft, size: int, effort: Effort) -> None:
    """Count bytes of a draft; refuse those that are over a limit."""
    draft.spent += size
    if not effort.spend(size):
        raise over_the_night(store.shown(offer), effort.limits)
    if draft.spent > effort.limits.file_bytes:
        raise too_large(store.shown(offer), draft.spent, effort.limits.file_bytes)


def over_the_night(shown: str, limits: Limits) -> Lost:
    """Say that a file does not fit into the night any more."""
    return Lost(
        "over_limit",
        f"{shown}: left out, as the files of the night would be more than {limits.night_bytes} bytes; "
        "set limits.night_bytes of the dump, or run a later night where new files are taken",
    )


def _refuse_too_large(store: Store, offer: Offer, size: int | None, limits: Limits) -> None:
    if size is not None and size > limits.file_bytes:
        raise too_large(store.shown(offer), size, limits.file_bytes)


def _got(store: Store, offer: Offer, draft: Draft) -> Got:
    return Got(draft, _as_landed(store, offer, draft))


def _as_landed(store: Store, offer: Offer, draft: Draft) -> Landed:
    address = store.shown(offer) if "://" in offer.at else None
    return Landed(offer.name, draft.size, draft.sha256, draft.version.etag, draft.version.modified, address)


def _digest(path: Path, size: int) -> "hashlib._Hash":
    """Hash the first bytes of a file."""
    digest, left = hashlib.sha256(), size
    with path.open("rb") if size else nullcontext() as file:
        while left > 0 and (block := file.read(min(MB, left))):
            digest.update(block)
            left -= len(block)
    return digest


@contextmanager
def _landing_faults(path: Path) -> Iterator[None]:
    """Tell trouble of this machine's disk apart from trouble of a source."""
    try:
        yield
    except PermissionError as error:
        raise Permanent(f"{path}: may not be written; give the right to write to the landing folder") from error
    except OSError as error:
        raise Transient(f"{path}: not written: {error.strerror}; see that the disk has room") from error
