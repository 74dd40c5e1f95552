"""What other nights of a growing dump have landed, as their manifests tell it; one file spares reading them all."""

import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from newsmill import landing
from newsmill.landing import Dump, Landed
from newsmill.runs import Run

_SCHEMA = pa.schema(
    {
        "night": pa.string(),
        "name": pa.string(),
        "size": pa.int64(),
        "sha256": pa.string(),
        "etag": pa.string(),
        "modified": pa.string(),
    }
)
_STAMPS = b"newsmill.manifests"


class Earlier:
    """The files that nights other than this one have landed of a dump, whether dated before or after it."""

    def __init__(self, files: pa.Table):
        self.files = files

    def by_name(self, names: Iterable[str]) -> Mapping[str, list[tuple[str, Landed]]]:
        """Return (night, file) of those names, in order of night."""
        wanted = pc.is_in(self.files["name"], pa.array(names, pa.string()))
        found: dict[str, list[tuple[str, Landed]]] = {}
        for row in self.files.filter(wanted).sort_by("night").to_pylist():
            found.setdefault(row["name"], []).append((row.pop("night"), Landed(**row)))
        return found

    def by_content(self, hashes: Iterable[str]) -> Mapping[str, tuple[str, str]]:
        """Return (night, name) of the first that has each of those hashes."""
        wanted = pc.is_in(self.files["sha256"], pa.array(hashes, pa.string()))
        found: dict[str, tuple[str, str]] = {}
        for row in self.files.filter(wanted).sort_by([("night", "ascending"), ("name", "ascending")]).to_pylist():
            found.setdefault(row["sha256"], (row["night"], row["name"]))
        return found


def earlier(run: Run, dump: Dump) -> Earlier:
    """Return what other nights landed of a dump; only manifests that changed since the last time are read."""
    index = run.landing / ".index" / f"{dump.name}.parquet"
    manifests = {path.parent.name: path for path in run.landing.glob(f"[!.]*/{dump.name}.json")}
    stamps = {night: _stamp(path) for night, path in manifests.items()}
    files, known = _read(index)
    stale = [night for night, stamp in stamps.items() if known.get(night) != stamp]
    if stale or known.keys() - stamps.keys():
        kept = pa.array([night for night in stamps if night not in stale], pa.string())
        files = pa.concat_tables(
            [files.filter(pc.is_in(files["night"], kept)), *(_of_night(n, manifests[n]) for n in stale)]
        )
        _write(index, files, stamps)
    return Earlier(files.filter(pc.not_equal(files["night"], run.night.isoformat())))


def nothing_earlier() -> Earlier:
    """Return what there is to compare with where every file of the place is taken."""
    return Earlier(_SCHEMA.empty_table())


def _stamp(path: Path) -> str:
    told = path.stat()
    return f"{told.st_ino}-{told.st_mtime_ns}-{told.st_size}"


def _of_night(night: str, manifest: Path) -> pa.Table:
    files = landing.files_of(manifest)
    rows = [{name: getattr(file, name, night) for name in _SCHEMA.names} for file in files]
    return pa.Table.from_pylist(rows, _SCHEMA)


def _read(index: Path) -> tuple[pa.Table, dict[str, str]]:
    try:
        files = pq.read_table(index)
        return files.cast(_SCHEMA), json.loads(files.schema.metadata[_STAMPS])
    except (FileNotFoundError, pa.ArrowException, ValueError, KeyError, TypeError):
        return _SCHEMA.empty_table(), {}  # not there or not readable: the manifests tell it again


def _write(index: Path, files: pa.Table, stamps: Mapping[str, str]) -> None:
    index.parent.mkdir(parents=True, exist_ok=True)
    draft = index.with_name(f".{index.name}.{os.getpid()}")
    pq.write_table(files.replace_schema_metadata({_STAMPS: json.dumps(stamps)}), draft, compression="zstd")
    os.replace(draft, index)
