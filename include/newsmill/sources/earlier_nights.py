"""Lists the files of a growing location landed by other nights; a Parquet index caches the manifests."""

import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from newsmill import landing
from newsmill.landing import Dump, LandedFile
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
_STAMPS_KEY = b"newsmill.manifests"


class OtherNights:
    """The files of a source landed by all other nights, dated before or after the current night."""

    def __init__(self, files: pa.Table):
        self.files = files

    def by_name(self, names: Iterable[str]) -> Mapping[str, list[tuple[str, LandedFile]]]:
        """Return (night, file) pairs for each name, in order of night."""
        is_match = pc.is_in(self.files["name"], pa.array(names, pa.string()))
        matches: dict[str, list[tuple[str, LandedFile]]] = {}
        for row in self.files.filter(is_match).sort_by("night").to_pylist():
            matches.setdefault(row["name"], []).append((row.pop("night"), LandedFile(**row)))
        return matches

    def by_content(self, hashes: Iterable[str]) -> Mapping[str, tuple[str, str]]:
        """Return the earliest (night, name) for each content hash."""
        is_match = pc.is_in(self.files["sha256"], pa.array(hashes, pa.string()))
        matches: dict[str, tuple[str, str]] = {}
        for row in self.files.filter(is_match).sort_by([("night", "ascending"), ("name", "ascending")]).to_pylist():
            matches.setdefault(row["sha256"], (row["night"], row["name"]))
        return matches


def read_other_nights(run: Run, dump: Dump) -> OtherNights:
    """Return the files landed by other nights; read only manifests changed since the last call."""
    index = run.landing / ".index" / f"{dump.name}.parquet"
    manifests = {path.parent.name: path for path in run.landing.glob(f"[!.]*/{dump.name}.json")}
    stamps = {night: _stamp(path) for night, path in manifests.items()}
    files, known = _read_index(index)
    stale = [night for night, stamp in stamps.items() if known.get(night) != stamp]
    if stale or known.keys() - stamps.keys():
        current = pa.array([night for night in stamps if night not in stale], pa.string())
        files = pa.concat_tables(
            [files.filter(pc.is_in(files["night"], current)), *(_read_night(n, manifests[n]) for n in stale)]
        )
        _write_index(index, files, stamps)
    return OtherNights(files.filter(pc.not_equal(files["night"], run.night.isoformat())))


def no_other_nights() -> OtherNights:
    """Return an empty collection, for sources with `take = all`."""
    return OtherNights(_SCHEMA.empty_table())


def _stamp(path: Path) -> str:
    status = path.stat()
    return f"{status.st_ino}-{status.st_mtime_ns}-{status.st_size}"


def _read_night(night: str, manifest: Path) -> pa.Table:
    files = landing.read_manifest_files(manifest)
    rows = [{name: getattr(file, name, night) for name in _SCHEMA.names} for file in files]
    return pa.Table.from_pylist(rows, _SCHEMA)


def _read_index(index: Path) -> tuple[pa.Table, dict[str, str]]:
    try:
        files = pq.read_table(index)
        return files.cast(_SCHEMA), json.loads(files.schema.metadata[_STAMPS_KEY])
    except (FileNotFoundError, pa.ArrowException, ValueError, KeyError, TypeError):
        return _SCHEMA.empty_table(), {}  # missing or damaged: rebuild the index from the manifests


def _write_index(index: Path, files: pa.Table, stamps: Mapping[str, str]) -> None:
    index.parent.mkdir(parents=True, exist_ok=True)
    temporary = index.with_name(f".{index.name}.{os.getpid()}")
    pq.write_table(files.replace_schema_metadata({_STAMPS_KEY: json.dumps(stamps)}), temporary, compression="zstd")
    os.replace(temporary, index)
