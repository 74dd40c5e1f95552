"""Fetches a dump's files for a night into the landing folder, byte for byte; records skipped files with reasons."""

import hashlib
import logging
import os
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from pathlib import Path

import pyarrow as pa

from newsmill.errors import Permanent, Transient
from newsmill.escaping import escaping_logger
from newsmill.landing import Dump, LandedFile, get_dump_folder, list_landed_files, write_manifest
from newsmill.locks import hold_lock
from newsmill.relations import rejected
from newsmill.runs import Receipt, Run, receipt
from newsmill.sources.download import (
    FetchBudget,
    FetchedFile,
    LogProgress,
    Progress,
    RetryPolicy,
    download_file,
    partial_file_names,
    retry,
)
from newsmill.sources.earlier_nights import OtherNights, no_other_nights, read_other_nights
from newsmill.sources.locations import takes_new
from newsmill.sources.paths import FileAccess
from newsmill.sources.remote_files import (
    FetchError,
    Limits,
    NothingNew,
    RemoteFile,
    SkippedFile,
    Store,
    Version,
    limits_of,
    version_of,
)
from newsmill.sources.stores import Listing, list_dump_files, redacted_location, store_of

PARTIALS_FOLDER = ".drafts"
LOCK_SECONDS = 3600
"""Longest wait for another process that fetches the same dump; twice as long blocks a task slot for two hours."""
_QUIET_REASONS = ("hidden", "landed_earlier")
"""Reasons of files skipped by design, often thousands: counted in the manifest and the log, no quarantine rows."""

log = escaping_logger(__name__)


@dataclass(frozen=True)
class UnchangedFile:
    """A previously landed file with current bytes."""

    landed: LandedFile


@dataclass(frozen=True)
class PlannedFile:
    """A remote file, the redacted address, and the planned action: new, landed, over the limit.

    `own` and `earlier` have landed under its name, on this night and on others. `problem` says why its version is not
    known: not asked for, or the reason of the error.
    """

    offer: RemoteFile
    shown: str
    status: str
    own: LandedFile | None = None
    earlier: tuple[LandedFile, ...] = ()
    problem: str = ""


NOT_ASKED = "not_asked"
FetchResult = FetchedFile | UnchangedFile | SkippedFile


def fetch(
    run: Run,
    dump: Dump,
    root: Path,
    limits: Limits | None = None,
    retry_policy: RetryPolicy | None = None,
    progress: Progress | None = None,
) -> Receipt:
    """Fetch the dump's files of the night; resolve a relative location against `root`.

    Each failed file becomes a quarantine row; the other files land.
    """
    limits, progress = limits or limits_of(dump), progress or LogProgress(dump.name)
    access = FileAccess(root, run.user_home)
    with receipt(run, "fetch", dump.name) as step_receipt, _lock_dump(run, dump), ExitStack() as stack:
        budget = FetchBudget(limits, retry_policy or RetryPolicy(), progress, limits.night_bytes)
        before = {file.name: file for file in list_landed_files(run, dump)}
        store = stack.enter_context(closing(store_of(dump, run.night, access, limits)))
        listing = list_dump_files(store, dump, budget)
        if not listing.remote_files and not before and dump.fallback_night:
            log.info("%s: no file of the night, so the night takes those of %s", dump.name, dump.fallback_night)
            fallback = date.fromisoformat(dump.fallback_night)
            store = stack.enter_context(closing(store_of(dump, fallback, access, limits)))
            listing = list_dump_files(store, dump, budget)
        if not listing.remote_files and not before:
            raise NothingNew(_no_files_message(run, dump, access, listing))
        other_nights = read_other_nights(run, dump) if takes_new(dump) else no_other_nights()
        landing = get_dump_folder(run, dump)
        results = _fetch_all(landing, store, listing.remote_files, before, other_nights, budget)
        landed, skipped = _land_files(run, dump, listing.remote_files, results, before, other_nights)
        skipped += listing.skipped
        if landed or before:
            write_manifest(run, dump, landed, Counter(file.reason for file in skipped))
        elif all(file.reason in _QUIET_REASONS for file in skipped):
            raise NothingNew(_nothing_new_message(run, dump, access, skipped))
        _delete_partial_files(landing, _resumable_files(listing.remote_files, results))
        rows = [_reject_row(run, dump, file) for file in skipped if file.reason not in _QUIET_REASONS]
        _write_rejected(run, dump, rows)
        _log_skipped(dump, skipped)
        step_receipt.bytes = sum(result.landed.size for result in results if isinstance(result, FetchedFile))
        step_receipt.rejected = len(rows)
        step_receipt.rows_out = len(landed) if listing.remote_files else 0
        step_receipt.rows_in = step_receipt.rows_out + step_receipt.rejected
    return step_receipt


def plan_fetch(
    run: Run, dump: Dump, root: Path, asked: int = 50, retry_policy: RetryPolicy | None = None
) -> tuple[list[PlannedFile], list[SkippedFile]]:
    """Return the planned action for each listed file, and the skipped files; fetch nothing.

    For up to `asked` files without a listed version, request the version from the store: first for names that have
    not landed.
    """
    limits = limits_of(dump)
    budget = FetchBudget(limits, retry_policy or RetryPolicy(), LogProgress(dump.name))
    with closing(store_of(dump, run.night, FileAccess(root, run.user_home), limits)) as store:
        listing = list_dump_files(store, dump, budget)
        before = {file.name: file for file in list_landed_files(run, dump)}
        other_nights = read_other_nights(run, dump) if takes_new(dump) else no_other_nights()
        others = other_nights.by_name([remote_file.name for remote_file in listing.remote_files])
        unknown = [remote_file.name for remote_file in listing.remote_files if remote_file.version == Version()]
        chosen = set(sorted(unknown, key=lambda name: name in before or name in others)[:asked])
        planned, total = [], 0
        for remote_file in listing.remote_files:
            problem = NOT_ASKED if remote_file.version == Version() else ""
            if remote_file.name in chosen:
                remote_file, problem = _ask_version(store, remote_file, budget)
            own, earlier = before.get(remote_file.name), others.get(remote_file.name, [])
            status = _find_landed(remote_file, own, earlier)
            total += (remote_file.version.size or 0) if status in (None, "landed") else 0
            if status is None and ((remote_file.version.size or 0) > limits.file_bytes or total > limits.night_bytes):
                status = "over the limit"
            shown, landed = store.redacted_address(remote_file), tuple(file for _, file in earlier)
            planned.append(PlannedFile(remote_file, shown, status or "new", own, landed, problem))
    return planned, listing.skipped


def fetch_sample(
    run: Run, dump: Dump, root: Path, remote_file: RemoteFile, most: int, retry_policy: RetryPolicy | None = None
) -> LandedFile:
    """Land at most `most` bytes from the start of a file, as a sample for the readers."""
    limits = limits_of(dump)
    target = get_dump_folder(run, dump) / remote_file.name
    target.parent.mkdir(parents=True, exist_ok=True)

    def download_start() -> LandedFile:
        with store.open_stream(remote_file, 0, Version(), None) as stream, target.open("wb") as file:
            assert stream is not None  # None only for a current `have`
            for block in stream.blocks:
                file.write(block[: most - file.tell()])
                if file.tell() >= most:
                    break
        content = target.read_bytes()
        return LandedFile(remote_file.name, len(content), hashlib.sha256(content).hexdigest())

    with closing(store_of(dump, run.night, FileAccess(root, run.user_home), limits)) as store:
        landed = retry(download_start, FetchBudget(limits, retry_policy or RetryPolicy(), LogProgress(dump.name)))
    write_manifest(run, dump, [landed])
    return landed


def _ask_version(store: Store, remote_file: RemoteFile, budget: FetchBudget) -> tuple[RemoteFile, str]:
    """Return a remote file with a version from the store, or the reason of an error, which is left to the fetch."""
    try:
        return replace(remote_file, version=retry(partial(store.read_version, remote_file), budget)), ""
    except FetchError as error:
        return remote_file, error.reason


def _find_landed(remote_file: RemoteFile, own: LandedFile | None, others: list[tuple[str, LandedFile]]) -> str | None:
    """Return the landing night of the same version, if any, as a phrase."""
    if own and remote_file.version.same_as(version_of(own)):
        return "landed"
    return next((f"landed on {night}" for night, file in others if remote_file.version.same_as(version_of(file))), None)


def _fetch_all(
    landing: Path,
    store: Store,
    remote_files: list[RemoteFile],
    before: dict[str, LandedFile],
    other_nights: OtherNights,
    budget: FetchBudget,
) -> list[FetchResult]:
    """Fetch all remote files, several in parallel; return the results in the order of the files."""
    others = other_nights.by_name([remote_file.name for remote_file in remote_files])
    _delete_partial_files(landing, remote_files)
    budget.progress.begin(len(remote_files), sum(remote_file.version.size or 0 for remote_file in remote_files))

    def fetch_and_count(remote_file: RemoteFile) -> FetchResult:
        own, other = before.get(remote_file.name), others.get(remote_file.name, [])
        result = _fetch_one(landing, store, remote_file, own, other, budget)
        budget.progress.done()
        return result

    with ThreadPoolExecutor(store.connections, thread_name_prefix="fetch") as pool:
        futures = [pool.submit(fetch_and_count, remote_file) for remote_file in remote_files]
        try:
            return [future.result() for future in futures]
        except BaseException:
            budget.stop.set()
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _fetch_one(
    landing: Path,
    store: Store,
    remote_file: RemoteFile,
    own: LandedFile | None,
    others: list[tuple[str, LandedFile]],
    budget: FetchBudget,
) -> FetchResult:
    """Download a remote file unless the same bytes have landed."""
    own = own if own and _is_intact(landing / own.name, own) else None
    status = _find_landed(remote_file, own, others)
    if own and status == "landed" and store.has_reliable_versions:
        budget.spend(own.size)
        return UnchangedFile(own)
    if status and status != "landed":
        return SkippedFile(remote_file.name, "landed_earlier", f"{remote_file.name}: {status}")
    have = own or (others[-1][1] if others and store.has_reliable_versions else None)
    try:
        if fetched := download_file(store, remote_file, landing / PARTIALS_FOLDER, have, budget):
            return fetched
    except FetchError as error:
        return SkippedFile(remote_file.name, error.reason, str(error))
    if own:
        budget.spend(own.size)
        return UnchangedFile(own)
    return SkippedFile(remote_file.name, "landed_earlier", f"{remote_file.name}: landed on {others[-1][0]}")


def _land_files(
    run: Run,
    dump: Dump,
    remote_files: list[RemoteFile],
    results: list[FetchResult],
    before: dict[str, LandedFile],
    other_nights: OtherNights,
) -> tuple[list[LandedFile], list[SkippedFile]]:
    """Move each distinct content to a name in the landing folder; return the landed and the skipped files."""
    landing = get_dump_folder(run, dump)
    skipped = [result for result in results if isinstance(result, SkippedFile)]
    present = [result for result in results if not isinstance(result, SkippedFile)]
    if takes_new(dump):
        # files that landed on this night before keep their place in it
        present.sort(key=lambda result: isinstance(result, FetchedFile))
    elsewhere = other_nights.by_content([result.landed.sha256 for result in present if isinstance(result, FetchedFile)])
    landed: dict[str, LandedFile] = {}
    seen: dict[str, str] = {}  # name by content
    for result in present:
        file = result.landed
        if twin := seen.get(file.sha256):
            skipped.append(_skip_same_content(file, f"{twin}, which landed this night"))
        elif isinstance(result, FetchedFile) and (earlier := elsewhere.get(file.sha256)):
            skipped.append(_skip_landed_before(file, *earlier))
        else:
            seen[file.sha256] = file.name
            landed[file.name] = file
            if isinstance(result, FetchedFile):
                _move_into_place(result, landing)
    skipped_names = {file.name for file in skipped}
    gone = [name for name in before if name not in landed and name not in skipped_names]
    for name in (*gone, *skipped_names) if takes_new(dump) or not landed else skipped_names:
        if name in before and before[name].sha256 not in seen and _is_intact(landing / name, before[name]):
            landed[name] = before[name]
    if remote_files and (removed := [name for name in gone if name not in landed]):
        log.warning("%s: %d landed before and offered no more, left out: %s", dump.name, len(removed), removed[:5])
    elif not remote_files:
        log.warning("%s: nothing there any more; what landed before is kept", dump.name)
    return list(landed.values()), skipped


def _skip_same_content(file: LandedFile, twin: str) -> SkippedFile:
    detail = f"{file.name}: the same {file.size} bytes as {twin}; it is loaded once, under that name"
    return SkippedFile(file.name, "same_content", detail)


def _skip_landed_before(file: LandedFile, night: str, name: str) -> SkippedFile:
    if name == file.name:
        return SkippedFile(name, "landed_earlier", f"{name}: landed on {night}")
    return _skip_same_content(file, f"{name}, which landed on {night}")


def _move_into_place(fetched: FetchedFile, landing: Path) -> None:
    """Move a complete download to the landing name."""
    target = landing / fetched.landed.name
    if ".." in fetched.landed.name.split("/") or not target.resolve().is_relative_to(landing.resolve()):
        raise Permanent(f"{fetched.landed.name}: would land outside {landing}; give the file a plain name")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        os.replace(fetched.partial_file.path, target)
    except OSError as error:
        remedy = "what is published is whole; see what blocks that path, and run it again"
        raise Transient(f"{target}: not written: {error.strerror}; {remedy}") from error


def _is_intact(path: Path, landed: LandedFile) -> bool:
    """Return whether a landed file still has the size and hash of the manifest entry."""
    if not path.is_file() or path.stat().st_size != landed.size:
        return False
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() == landed.sha256


def _delete_partial_files(landing: Path, remote_files: Iterable[RemoteFile] = ()) -> None:
    """Delete partial downloads, except of `remote_files`: a later run may resume these."""
    kept_names = {name for remote_file in remote_files for name in partial_file_names(remote_file)}
    for path in [
        *landing.glob(".draft-*"),
        *landing.glob(f"{PARTIALS_FOLDER}/*"),
        *landing.glob(f"{PARTIALS_FOLDER}/.*"),
    ]:
        if path.name not in kept_names:
            path.unlink(missing_ok=True)
    if not kept_names and (landing / PARTIALS_FOLDER).is_dir():
        (landing / PARTIALS_FOLDER).rmdir()


def _resumable_files(remote_files: list[RemoteFile], results: list[FetchResult]) -> list[RemoteFile]:
    """Return the remote files with a partial download for a later run to resume."""
    pairs = zip(remote_files, results, strict=True)
    return [
        remote_file
        for remote_file, result in pairs
        if isinstance(result, SkippedFile) and result.reason in ("unreachable", "cut_short")
    ]


@contextmanager
def _lock_dump(run: Run, dump: Dump) -> Iterator[None]:
    """Hold the lock of a dump: two nights of a growing location would otherwise both fetch its new files."""
    name = dump.name if takes_new(dump) else f"{dump.name}-{run.night}"
    busy = Transient(f"{dump.name}: another process has been fetching it for {LOCK_SECONDS} s; see it")
    log_wait = partial(log.warning, "%s: another process is fetching it; waiting for that to end", dump.name)
    with hold_lock(run.landing / ".locks" / name, LOCK_SECONDS, busy, log_wait):
        yield


def _no_files_message(run: Run, dump: Dump, access: FileAccess, listing: Listing) -> str:
    place = redacted_location(dump, run.night, access)
    state = "holds no file that can be read" if listing.skipped or os.path.exists(place) else "matches no file"
    return (
        f"{dump.name}: looked at {place}, which {state} for the night {run.night}; "
        f"put the dump there, or correct the location ({dump.location})"
    )


def _nothing_new_message(run: Run, dump: Dump, access: FileAccess, skipped: list[SkippedFile]) -> str:
    count = sum(file.reason == "landed_earlier" for file in skipped)
    return (
        f"{dump.name}: nothing new at {redacted_location(dump, run.night, access)}: all {count} files landed on other "
        "nights; set take = 'all' if each night is to read them all"
    )


def _reject_row(run: Run, dump: Dump, skipped: SkippedFile) -> dict:
    dump_file = f"{run.night}/{dump.name}/{skipped.name}"
    return {
        "page_id": dump_file,
        "dump": dump.name,
        "dump_file": dump_file,
        "record_no": 0,
        "stage": "fetch",
        "reason": skipped.reason,
        "detail": skipped.detail,
    }


def _write_rejected(run: Run, dump: Dump, rows: list[dict]) -> None:
    relation = rejected("fetch")
    run.lake.write(relation, run.night, dump.name, pa.Table.from_pylist(rows, relation.schema))


def _log_skipped(dump: Dump, skipped: list[SkippedFile]) -> None:
    """Log each skipped file, and the files of other nights as one count."""
    for file in skipped:
        if file.reason != "landed_earlier":
            log.log(
                logging.INFO if file.reason in _QUIET_REASONS else logging.WARNING, "%s: %s", dump.name, file.detail
            )
    if earlier_nights := sum(file.reason == "landed_earlier" for file in skipped):
        log.info("%s: %d files landed on other nights and are left to them", dump.name, earlier_nights)
