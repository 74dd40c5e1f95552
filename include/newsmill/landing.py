"""The landing folder: fetched files, byte for byte, grouped into batches for reading."""

import hashlib
import json
import shlex
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from newsmill.errors import DamagedFile, Permanent
from newsmill.runs import MAX_REJECT_SHARE, Run
from newsmill.shell_commands import format_command
from newsmill.temporary_files import remove_dead, replacing_file

CHECKSUM = "manifest_sha256"
"""The field of a manifest with the checksum of all others."""
BATCH_BYTES = 32 * 1024 * 1024
BATCH_FILES = 500
"""Most bytes and files of a batch, the unit of work of a reading task."""


@dataclass(frozen=True)
class Publisher:
    """The publisher of the pages of a source, unless a record names another publisher."""

    name: str
    domain: str | None = None
    country_code: str | None = None
    is_wire: bool = False
    owner: str | None = None


@dataclass(frozen=True)
class Dump:
    """The dump of a source: the source's entry in sources.toml says where the files are, and how to read them.

    `name` is the name of the source, and a dump is the files of one source for one night. `{night}` in the location is
    replaced by the date. `list` is the kind of location: files, an index page of links, or a manifest. Entries of a
    list start from `base` and are filtered by `pattern`. `take` is all or new, by default new where the location has no
    night. `preset` names the tool behind the records; `fields` has the names of the source's own for some fields.
    `options` go to the library for the location; secrets in options are written as `{env:NAME}` or `{conn:ID}`. A night
    without files takes those of `fallback_night`, so that samples run for any night.
    """

    name: str
    location: str
    format: str = "auto"
    content: str = "page"
    publisher: Publisher | None = None
    max_reject_share: float = MAX_REJECT_SHARE
    separator: str | None = None
    list: str = "files"
    base: str | None = None
    pattern: str | None = None
    take: str | None = None
    allow_private: bool = False
    fallback_night: str | None = None
    limits: dict[str, int] = field(default_factory=dict, hash=False)
    options: dict[str, Any] = field(default_factory=dict, hash=False)
    preset: str | None = None
    fields: dict[str, Sequence[str]] = field(default_factory=dict, hash=False)


@dataclass(frozen=True)
class LandedFile:
    """A landed file; `name` is relative to the folder of the dump, the other fields come from the location."""

    name: str
    size: int
    sha256: str
    etag: str | None = None
    modified: str | None = None
    url: str | None = None


def get_dump_folder(run: Run, dump: Dump) -> Path:
    """Return the folder for the files of a dump on the night."""
    return run.landing / run.night.isoformat() / dump.name


def get_manifest_path(run: Run, dump: Dump) -> Path:
    """Return the path of the manifest of a dump on the night."""
    return _locate_manifest(run, dump.name)


def _locate_manifest(run: Run, name: str) -> Path:
    return run.landing / run.night.isoformat() / f"{name}.json"


def write_manifest(
    run: Run, dump: Dump, landed: Iterable[LandedFile], passed_over: dict[str, int] | None = None
) -> None:
    """Write the manifest of a dump atomically, so later steps need no catalog.

    `passed_over` counts by reason the remote files left out.
    """
    path = get_manifest_path(run, dump)
    path.parent.mkdir(parents=True, exist_ok=True)
    content = asdict(dump) | {"files": [asdict(file) for file in sorted(landed, key=lambda file: file.name)]}
    content["passed_over"] = passed_over or {}
    content[CHECKSUM] = _hash_content(content)
    with replacing_file(path) as temporary:
        temporary.write_text(json.dumps(content, ensure_ascii=False, indent=1), encoding="utf-8")


def list_landed_files(run: Run, dump: Dump) -> list[LandedFile]:
    """List the landed files of a dump on the night, in order of name."""
    path = get_manifest_path(run, dump)
    return read_manifest_files(path) if path.exists() else []


def read_manifest_files(path: Path) -> list[LandedFile]:
    """List the files of a manifest."""
    try:
        return [LandedFile(**file) for file in _read_manifest(path)["files"]]
    except (KeyError, TypeError) as error:
        raise _damaged_manifest(path, f"not a manifest ({error!r})") from error


def list_landed_dumps(run: Run) -> list[Dump]:
    """List the dumps landed on the night, in order of name."""
    return [_dump_from_manifest(_read_manifest(path)) for path in _find_manifests(run).values()]


def hash_manifests(run: Run) -> list[str]:
    """Return a hash of each manifest of the night; a hash changes when other files land."""
    return [hashlib.sha256(path.read_bytes()).hexdigest() for path in _find_manifests(run).values()]


def remove_dump(run: Run, name: str) -> None:
    """Remove the landed files of a dump on the night, and the manifest."""
    manifests = _find_manifests(run)
    if name not in manifests:
        landed_names = ", ".join(manifests) or "none"
        raise Permanent(f"no dump {name!r} landed for the night {run.night}; those that did: {landed_names}")
    manifests[name].unlink(missing_ok=True)
    if (files := manifests[name].with_suffix("")).exists():
        shutil.rmtree(files)


def remove_temporary(root: Path) -> None:
    """Remove half-written manifests and indexes of ended processes."""
    remove_dead([*root.glob(".*"), *root.glob("*/.*")])


def list_batches(run: Run) -> list[str]:
    """List the batches of the night; a batch is a group of files read at once, determined by the landed files alone."""
    return list(measure_batches(run))


def measure_batches(run: Run) -> dict[str, int]:
    """Return the bytes of the landed files of each batch of the night."""
    batches = (batch for dump in list_landed_dumps(run) for batch in _name_batches(run, dump))
    return {name: sum(file.size for file in group) for name, group in batches}


def find_batch(run: Run, name: str) -> tuple[Dump, list[LandedFile]]:
    """Return the dump and the files of a batch."""
    dump = _find_landed_dump(run, name.rpartition("-")[0])
    group = dict(_name_batches(run, dump)).get(name) if dump else None
    if dump is None or group is None:
        raise Permanent(f"batch {name}: no such batch landed for {run.night}; fetch the night again, then read")
    return dump, group


def check_landed_file(path: Path, file: LandedFile, forget: Sequence[str], home: Path) -> None:
    """Raise DamagedFile if a file is not the one that was fetched: facts would be lost, or cite others.

    `forget` is the command that removes its dump.
    """
    remedy = f"what is published is whole; fetch it again: {format_command(*forget, home=home)}, then run the night"
    try:
        with path.open("rb") as landed:
            actual = path.stat().st_size, hashlib.file_digest(landed, "sha256").hexdigest()
    except FileNotFoundError as error:
        raise DamagedFile(f"{path}: the landed file is missing; {remedy}") from error
    if actual != (file.size, file.sha256):
        raise DamagedFile(f"{path}: {actual[0]} bytes that differ from the {file.size} that were fetched; {remedy}")


def _find_landed_dump(run: Run, name: str) -> Dump | None:
    """Return a landed dump by name: a night of 3,000 dumps has 3,000 manifests, and a batch needs one."""
    path = _locate_manifest(run, name)
    return _dump_from_manifest(_read_manifest(path)) if path.exists() else None


def _name_batches(run: Run, dump: Dump) -> Iterator[tuple[str, list[LandedFile]]]:
    for batch_no, group in enumerate(_group_files(list_landed_files(run, dump)), 1):
        yield f"{dump.name}-{batch_no:04d}", group


def _group_files(landed: Iterable[LandedFile]) -> Iterator[list[LandedFile]]:
    group: list[LandedFile] = []
    size = 0
    for file in landed:
        if group and (size + file.size > BATCH_BYTES or len(group) == BATCH_FILES):
            yield group
            group, size = [], 0
        group.append(file)
        size += file.size
    if group:
        yield group


def _find_manifests(run: Run) -> dict[str, Path]:
    paths = (run.landing / run.night.isoformat()).glob("[!.]*.json")
    return {path.stem: path for path in sorted(paths, key=lambda path: path.stem)}


def _read_manifest(path: Path) -> dict[str, Any]:
    """Return a manifest; DamagedFile unless it is as written. One of an earlier version has no checksum."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        checksum = content.pop(CHECKSUM, None)
    except (ValueError, AttributeError) as error:
        raise _damaged_manifest(path, f"not a readable manifest ({error})") from error
    if checksum not in (None, _hash_content(content)):
        raise _damaged_manifest(path, "not the manifest that was written")
    return content


def _hash_content(content: Mapping[str, Any]) -> str:
    """Return the SHA-256 of a manifest without its checksum."""
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _damaged_manifest(path: Path, problem: str) -> DamagedFile:
    cure = shlex.join(["rm", str(path)])
    return DamagedFile(
        f"{path}: {problem}; what is published is whole; put it back from a backup, or remove it and run the night "
        f"again where its files can be fetched anew; run: {cure}"
    )


def _dump_from_manifest(content: dict[str, Any]) -> Dump:
    names = {field.name for field in fields(Dump)}
    known = {key: value for key, value in content.items() if key in names}
    return Dump(**known | {"publisher": Publisher(**content["publisher"]) if content["publisher"] else None})
