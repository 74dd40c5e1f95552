"""Fetching: brings what a dump offers tonight into the landing folder, byte for byte, and tells what stayed out."""

import hashlib
import logging
import os
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import pyarrow as pa

from newsmill.errors import Permanent, Transient
from newsmill.escaping import escaping_logger
from newsmill.landing import Dump, Landed, folder, landed_files, write_manifest
from newsmill.locks import alone
from newsmill.relations import rejected
from newsmill.runs import Receipt, Run, receipt
from newsmill.sources.download import Effort, Got, Patience, Progress, Told, bring, draft_names, patiently
from newsmill.sources.earlier_nights import Earlier, earlier, nothing_earlier
from newsmill.sources.locations import takes_new
from newsmill.sources.paths import FileAccess
from newsmill.sources.remote_files import Limits, Lost, Offer, PassedOver, Store, Version, limits_of, version_of
from newsmill.sources.stores import Tonight, offered, place_shown, store_of

DRAFTS = ".drafts"
LOCK_SECONDS = 3600
_QUIET = ("hidden", "landed_earlier")
"""Passed over by the thousand and as it should be: counted in the manifest and the log, no rows in quarantine."""

log = escaping_logger(__name__)


@dataclass(frozen=True)
class Kept:
    """A file that landed before and stays as it is."""

    landed: Landed


@dataclass(frozen=True)
class Planned:
    """A file that a place offers, where it is had, and what a fetch would do: new, landed, over the limit."""

    offer: Offer
    shown: str
    fate: str


Outcome = Got | Kept | PassedOver


def fetch(
    run: Run,
    dump: Dump,
    root: Path,
    limits: Limits | None = None,
    patience: Patience | None = None,
    progress: Progress | None = None,
) -> Receipt:
    """Land what the dump offers this night, that and no more; a relative location starts at `root`.

    What cannot be had is a row in quarantine, and the others land all the same.
    """
    limits, progress = limits or limits_of(dump), progress or Told(dump.name)
    access = FileAccess(root, run.home)
    with receipt(run, "fetch", dump.name) as slip, _alone(run, dump), ExitStack() as held:
        store = held.enter_context(closing(store_of(dump, run.night, access, limits)))
        effort = Effort(limits, patience or Patience(), progress, limits.night_bytes)
        before = {file.name: file for file in landed_files(run, dump)}
        tonight = offered(store, dump, effort)
        if not tonight.offers and not before:
            raise Permanent(_nothing(run, dump, access, tonight))
        past = earlier(run, dump) if takes_new(dump) else nothing_earlier()
        outcomes = _all(run, dump, store, tonight.offers, before, past, effort)
        landed, left = _settle(run, dump, tonight.offers, outcomes, before, past)
        left += tonight.passed_over
        if landed or before:
            write_manifest(run, dump, landed, Counter(one.reason for one in left))
        elif all(one.reason in _QUIET for one in left):
            raise Permanent(_nothing_new(run, dump, access, left))
        _clear_drafts(folder(run, dump), _unfinished(tonight.offers, outcomes))
        rows = [_row(run, dump, one) for one in left if one.reason not in _QUIET]
        _write_rows(run, dump, rows)
        _tell(dump, left)
        slip.bytes = sum(one.landed.size for one in outcomes if isinstance(one, Got))
        slip.rejected = len(rows)
        slip.rows_out = len(landed) if tonight.offers else 0
        slip.rows_in = slip.rows_out + slip.rejected
    return slip


def plan(
    run: Run, dump: Dump, root: Path, asked: int = 50, patience: Patience | None = None
) -> tuple[list[Planned], list[PassedOver]]:
    """Return what would become of each file that the place offers, and what is passed over; nothing is fetched.

    What the place does not list of its files, it is asked for up to so many of them.
    """
    limits = limits_of(dump)
    effort = Effort(limits, patience or Patience(), Told(dump.name))
    with closing(store_of(dump, run.night, FileAccess(root, run.home), limits)) as store:
        tonight = offered(store, dump, effort)
        before = {file.name: file for file in landed_files(run, dump)}
        past = earlier(run, dump) if takes_new(dump) else nothing_earlier()
        others = past.by_name([offer.name for offer in tonight.offers])
        planned, total = [], 0
        for number, offer in enumerate(tonight.offers):
            if offer.version == Version() and number < asked:
                offer = _asked(store, offer, effort)
            fate = _fate(offer, before.get(offer.name), others.get(offer.name, []))
            total += (offer.version.size or 0) if fate in (None, "landed") else 0
            if fate is None and ((offer.version.size or 0) > limits.file_bytes or total > limits.night_bytes):
                fate = "over the limit"
            planned.append(Planned(offer, store.shown(offer), fate or "new"))
    return planned, tonight.passed_over


def sample(run: Run, dump: Dump, root: Path, offer: Offer, most: int, patience: Patience | None = None) -> Landed:
    """Land the beginning of one file alone, at most so many bytes of it, to see how it reads."""
    limits = limits_of(dump)
    target = folder(run, dump) / offer.name
    target.parent.mkdir(parents=True, exist_ok=True)

    def begin() -> Landed:
        with store.open(offer, 0, Version(), None) as opened, target.open("wb") as file:
            for block in opened.blocks:
                file.write(block[: most - file.tell()])
                if file.tell() >= most:
                    break
        return Landed(offer.name, target.stat().st_size, "")

    with closing(store_of(dump, run.night, FileAccess(root, run.home), limits)) as store:
        landed = patiently(begin, Effort(limits, patience or Patience(), Told(dump.name)))
    write_manifest(run, dump, [landed])
    return landed


def _asked(store: Store, offer: Offer, effort: Effort) -> Offer:
    """Return an offer with what its place tells of it when asked; one that cannot be had is told when it is fetched."""
    try:
        return replace(offer, version=patiently(partial(store.ask, offer), effort))
    except Lost:
        return offer


def _fate(offer: Offer, own: Landed | None, others: list[tuple[str, Landed]]) -> str | None:
    """Say where the very bytes of an offer have landed, as far as its place proves it."""
    if own and offer.version.same_as(version_of(own)):
        return "landed"
    return next((f"landed on {night}" for night, file in others if offer.version.same_as(version_of(file))), None)


def _all(
    run: Run, dump: Dump, store: Store, offers: list[Offer], before: dict[str, Landed], past: Earlier, effort: Effort
) -> list[Outcome]:
    """Bring all that is to be brought, a few at once; the outcomes stand in the order of the offers."""
    others = past.by_name([offer.name for offer in offers])
    _clear_drafts(folder(run, dump), offers)
    effort.progress.begin(len(offers), sum(offer.version.size or 0 for offer in offers))

    def one(offer: Offer) -> Outcome:
        outcome = _one(folder(run, dump), store, offer, before.get(offer.name), others.get(offer.name, []), effort)
        effort.progress.done()
        return outcome

    with ThreadPoolExecutor(store.connections, thread_name_prefix="fetch") as pool:
        waiting = [pool.submit(one, offer) for offer in offers]
        try:
            return [future.result() for future in waiting]
        except BaseException:
            effort.stop.set()
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _one(
    landing: Path, store: Store, offer: Offer, own: Landed | None, others: list[tuple[str, Landed]], effort: Effort
) -> Outcome:
    """Bring one offer, unless its bytes are here."""
    own = own if own and _is_intact(landing / own.name, own) else None
    fate = _fate(offer, own, others)
    if fate == "landed" and store.proves:
        effort.spend(own.size)
        return Kept(own)
    if fate and fate != "landed":
        return PassedOver(offer.name, "landed_earlier", f"{offer.name}: {fate}")
    have = own or (others[-1][1] if others and store.proves else None)
    try:
        if got := bring(store, offer, landing / DRAFTS, have, effort):
            return got
    except Lost as lost:
        return PassedOver(offer.name, lost.reason, str(lost))
    if own:
        effort.spend(own.size)
        return Kept(own)
    return PassedOver(offer.name, "landed_earlier", f"{offer.name}: landed on {others[-1][0]}")


def _settle(
    run: Run, dump: Dump, offers: list[Offer], outcomes: list[Outcome], before: dict[str, Landed], past: Earlier
) -> tuple[list[Landed], list[PassedOver]]:
    """Give files their names in the landing folder, each content once; return them and what did not land."""
    landing = folder(run, dump)
    left = [one for one in outcomes if isinstance(one, PassedOver)]
    here = [one for one in outcomes if not isinstance(one, PassedOver)]
    if takes_new(dump):
        here.sort(key=lambda one: isinstance(one, Got))  # what a growing place gave this night stays this night's
    same = past.by_content([one.landed.sha256 for one in here if isinstance(one, Got)])
    landed, seen = {}, {}
    for one in here:
        file = one.landed
        if twin := seen.get(file.sha256):
            left.append(_same_content(file, f"{twin}, which landed this night"))
        elif isinstance(one, Got) and (twin := same.get(file.sha256)):
            left.append(_seen_before(file, *twin))
        else:
            seen[file.sha256] = file.name
            landed[file.name] = file
            if isinstance(one, Got):
                _put(one, landing)
    lost = {one.name for one in left}
    gone = [name for name in before if name not in landed and name not in lost]
    for name in (*gone, *lost) if takes_new(dump) or not landed else lost:
        if name in before and before[name].sha256 not in seen and _is_intact(landing / name, before[name]):
            landed[name] = before[name]
    if offers and (out := [name for name in gone if name not in landed]):
        log.warning("%s: %d landed before and offered no more, left out: %s", dump.name, len(out), out[:5])
    elif not offers:
        log.warning("%s: nothing there any more; what landed before is kept", dump.name)
    return list(landed.values()), left


def _same_content(file: Landed, twin: str) -> PassedOver:
    told = f"{file.name}: the same {file.size} bytes as {twin}; it is loaded once, under that name"
    return PassedOver(file.name, "same_content", told)


def _seen_before(file: Landed, night: str, name: str) -> PassedOver:
    if name == file.name:
        return PassedOver(name, "landed_earlier", f"{name}: landed on {night}")
    return _same_content(file, f"{name}, which landed on {night}")


def _put(got: Got, landing: Path) -> None:
    """Move a whole draft to the name it lands under."""
    target = landing / got.landed.name
    if ".." in got.landed.name.split("/") or not target.resolve().is_relative_to(landing.resolve()):
        raise Permanent(f"{got.landed.name}: would land outside {landing}; give the file a plain name")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        os.replace(got.draft.path, target)
    except OSError as error:
        raise Transient(f"{target}: not written: {error.strerror}; see what stands in its way") from error


def _is_intact(path: Path, landed: Landed) -> bool:
    """Tell whether a landed file has the bytes it landed with."""
    if not path.is_file() or path.stat().st_size != landed.size:
        return False
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() == landed.sha256


def _clear_drafts(landing: Path, offers: Iterable[Offer] = ()) -> None:
    """Remove drafts but those of the offers: these may be taken up again."""
    wanted = {name for offer in offers for name in draft_names(offer)}
    for draft in [*landing.glob(".draft-*"), *landing.glob(f"{DRAFTS}/*"), *landing.glob(f"{DRAFTS}/.*")]:
        if draft.name not in wanted:
            draft.unlink(missing_ok=True)
    if not wanted and (landing / DRAFTS).is_dir():
        (landing / DRAFTS).rmdir()


def _unfinished(offers: list[Offer], outcomes: list[Outcome]) -> list[Offer]:
    """Return the offers of which a later run may find a part here."""
    pairs = zip(offers, outcomes, strict=True)
    return [offer for offer, one in pairs if isinstance(one, PassedOver) and one.reason in ("unreachable", "cut_short")]


@contextmanager
def _alone(run: Run, dump: Dump) -> Iterator[None]:
    """Wait until nobody else fetches the same files: two nights of a growing place would take them both."""
    name = dump.name if takes_new(dump) else f"{dump.name}-{run.night}"
    busy = Transient(f"{dump.name}: another process has been fetching it for {LOCK_SECONDS} s; see it")
    told = partial(log.warning, "%s: another process is fetching it; waiting for that to end", dump.name)
    with alone(run.landing / ".locks" / name, LOCK_SECONDS, busy, told):
        yield


def _nothing(run: Run, dump: Dump, access: FileAccess, tonight: Tonight) -> str:
    place = place_shown(dump, run.night, access)
    state = "holds no file that can be read" if tonight.passed_over or os.path.exists(place) else "matches no file"
    return (
        f"{dump.name}: looked at {place}, which {state} for the night {run.night}; "
        f"put the dump there, or correct the location ({dump.location})"
    )


def _nothing_new(run: Run, dump: Dump, access: FileAccess, left: list[PassedOver]) -> str:
    count = sum(one.reason == "landed_earlier" for one in left)
    return (
        f"{dump.name}: nothing new at {place_shown(dump, run.night, access)}: all {count} files landed on other "
        "nights; set take = 'all' if each night is to read them all"
    )


def _row(run: Run, dump: Dump, one: PassedOver) -> dict:
    file = f"{run.night}/{dump.name}/{one.name}"
    return {
        "page_id": file,
        "dump": dump.name,
        "dump_file": file,
        "record_no": 0,
        "stage": "fetch",
        "reason": one.reason,
        "detail": one.detail,
    }


def _write_rows(run: Run, dump: Dump, rows: list[dict]) -> None:
    to = rejected("fetch")
    run.lake.write(to, run.night, dump.name, pa.Table.from_pylist(rows, to.schema))


def _tell(dump: Dump, left: list[PassedOver]) -> None:
    """Tell the log of each thing that is missed, and of what is as it should be once."""
    for one in left:
        if one.reason != "landed_earlier":
            log.log(logging.INFO if one.reason in _QUIET else logging.WARNING, "%s: %s", dump.name, one.detail)
    if earlier_nights := sum(one.reason == "landed_earlier" for one in left):
        log.info("%s: %d files landed on other nights and are left to them", dump.name, earlier_nights)
