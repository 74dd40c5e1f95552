"""The landing folder: what was fetched, byte for byte, and the bundles it is read in."""

import hashlib
import json
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path

from newsmill.errors import Permanent
from newsmill.runs import Run
from newsmill.temporary_files import remove_dead, replacing_file

BUNDLE_BYTES = 32 * 1024 * 1024
BUNDLE_FILES = 500


@dataclass(frozen=True)
class Publisher:
    """Who published the pages of a dump, unless a record of it names someone else."""

    name: str
    domain: str | None = None
    country_code: str | None = None
    is_wire: bool = False
    owner: str | None = None


@dataclass(frozen=True)
class Dump:
    """Where pages come from and how they are to be read; `{night}` in the location stands for the date.

    `list` tells what stands at the location: files, an index page of links, or a manifest; `base` is what entries of a
    list start from, `pattern` which of them are meant. `take` is all or new, by default new where no night is named.
    `options` go to the library that reaches the place and hold no secret: `{env:NAME}` stands for one.
    """

    name: str
    location: str
    format: str = "auto"
    content: str = "page"
    publisher: Publisher | None = None
    max_reject_share: float = 0.2
    separator: str | None = None
    list: str = "files"
    base: str | None = None
    pattern: str | None = None
    take: str | None = None
    allow_private: bool = False
    limits: dict = field(default_factory=dict, hash=False)
    options: dict = field(default_factory=dict, hash=False)


@dataclass(frozen=True)
class Landed:
    """One landed file; `name` is relative to the dump's folder, the rest is what its place told of it."""

    name: str
    size: int
    sha256: str
    etag: str | None = None
    modified: str | None = None
    url: str | None = None


def folder(run: Run, dump: Dump) -> Path:
    """Return where the files of a dump land this night."""
    return run.landing / run.night.isoformat() / dump.name


def manifest(run: Run, dump: Dump) -> Path:
    """Return the file that tells what of a dump has landed this night."""
    return folder(run, dump).with_name(f"{dump.name}.json")


def write_manifest(run: Run, dump: Dump, landed: Iterable[Landed], passed_over: dict[str, int] | None = None) -> None:
    """Tell what of a dump has landed, all or nothing, so that later steps need no catalog.

    `passed_over` counts the files that were offered and did not land, by reason.
    """
    path = manifest(run, dump)
    path.parent.mkdir(parents=True, exist_ok=True)
    told = asdict(dump) | {"files": [asdict(file) for file in sorted(landed, key=lambda file: file.name)]}
    told["passed_over"] = passed_over or {}
    with replacing_file(path) as draft:
        draft.write_text(json.dumps(told, ensure_ascii=False, indent=1), encoding="utf-8")


def landed_files(run: Run, dump: Dump) -> list[Landed]:
    """List what of a dump has landed this night, in order of name."""
    path = manifest(run, dump)
    return files_of(path) if path.exists() else []


def files_of(path: Path) -> list[Landed]:
    """List the files that a manifest tells of."""
    return [Landed(**file) for file in _told(path)["files"]]


def landed_dumps(run: Run) -> list[Dump]:
    """List the dumps that landed this night, in order of name."""
    return [_dump(_told(path)) for path in _manifests(run).values()]


def digests(run: Run) -> list[str]:
    """Return a hash of each manifest of the night: another one tells that something else has landed."""
    return [hashlib.sha256(path.read_bytes()).hexdigest() for path in _manifests(run).values()]


def forget(run: Run, name: str) -> None:
    """Remove what of a dump has landed this night, and the word of it."""
    manifests = _manifests(run)
    if name not in manifests:
        there = ", ".join(manifests) or "none"
        raise Permanent(f"no dump {name!r} landed for the night {run.night}; those that did: {there}")
    manifests[name].unlink(missing_ok=True)
    if (landed := manifests[name].with_suffix("")).exists():
        shutil.rmtree(landed)


def remove_temporary(root: Path) -> None:
    """Remove manifests and indexes that processes which have ended left half written."""
    remove_dead([*root.glob(".*"), *root.glob("*/.*")])


def bundles(run: Run) -> list[str]:
    """Name the bundles of the night: what is read in one go, a function of nothing but what is landed."""
    return [name for dump in landed_dumps(run) for name, _ in _bundles(run, dump)]


def bundle(run: Run, name: str) -> tuple[Dump, list[Path]]:
    """Return the dump and the files of a bundle."""
    dumps = {dump.name: dump for dump in landed_dumps(run)}
    dump = dumps.get(name.rpartition("-")[0])
    group = dict(_bundles(run, dump)).get(name) if dump else None
    if group is None:
        raise Permanent(f"bundle {name}: nothing of that name landed for {run.night}; fetch the night again, then read")
    return dump, [folder(run, dump) / file.name for file in group]


def _bundles(run: Run, dump: Dump) -> Iterator[tuple[str, list[Landed]]]:
    for number, group in enumerate(_groups(landed_files(run, dump)), 1):
        yield f"{dump.name}-{number:04d}", group


def _groups(landed: Iterable[Landed]) -> Iterator[list[Landed]]:
    group, size = [], 0
    for file in landed:
        if group and (size + file.size > BUNDLE_BYTES or len(group) == BUNDLE_FILES):
            yield group
            group, size = [], 0
        group.append(file)
        size += file.size
    if group:
        yield group


def _manifests(run: Run) -> dict[str, Path]:
    paths = (run.landing / run.night.isoformat()).glob("[!.]*.json")
    return {path.stem: path for path in sorted(paths, key=lambda path: path.stem)}


def _told(path: Path) -> dict:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise Permanent(f"{path}: not a readable manifest ({error}); delete it and fetch the night again") from error


def _dump(told: dict) -> Dump:
    named = {field.name for field in fields(Dump)}
    known = {key: value for key, value in told.items() if key in named}
    return Dump(**known | {"publisher": Publisher(**told["publisher"]) if told["publisher"] else None})
