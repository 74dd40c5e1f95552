"""Access to lake files, for all of newsmill: partitions by night, parts within a night, atomic writes."""

import os
import shlex
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq

from newsmill.contracts import Relation
from newsmill.errors import DamagedFile
from newsmill.file_checksums import verify_checksum, write_with_checksum
from newsmill.shell_commands import format_command
from newsmill.temporary_files import remove_dead, replacing_file, replacing_folder, temporary_path

WHOLE = "whole"
ACCEPTED = ".accepted"
RECORDS_OF_RUNS = ("runs", "receipts", "quality_results", "snapshots")
"""The relations that record how runs went: a rebuild does not make their parts anew."""
_NIGHT = pa.schema([pa.field("night", pa.date32())])


@dataclass(frozen=True)
class Lake:
    """Relations as files: `<root>/<relation>/night=<date>/part-<part>.parquet`.

    The parts loaded by a run stay readable below `.accepted/<run>`. So a repeated night takes nothing away from other
    nights, even if stopped at the gate or rolled back.
    """

    root: Path

    def path(self, relation: Relation, night: date, part: str = WHOLE) -> Path:
        """Return the path of a part, whether or not the file exists."""
        return self.folder(relation, night) / f"part-{part}.parquet"

    def folder(self, relation: Relation, night: date) -> Path:
        """Return the folder of a night of a relation."""
        return self.root / relation.name / f"night={night.isoformat()}"

    def parts(self, relation: Relation, night: date) -> list[str]:
        """List the parts of a night, in order of name."""
        return sorted(p.stem.removeprefix("part-") for p in self.folder(relation, night).glob("part-*.parquet"))

    def files(self, relation: Relation, night: date) -> list[Path]:
        """List the files of a night; a `*` in the name of the relation matches any text."""
        return sorted(self.root.glob(f"{relation.name}/night={night.isoformat()}/part-*.parquet"))

    def nights(self, relation: Relation) -> list[date]:
        """List the nights with parts of the relation."""
        folders = (p.parent.name for p in self.root.glob(f"{relation.name}/night=*/part-*.parquet"))
        return sorted({date.fromisoformat(name.removeprefix("night=")) for name in folders})

    def write(self, relation: Relation, night: date, part: str, table: pa.Table) -> int:
        """Replace a part atomically, and return the size in bytes."""
        path = self.path(relation, night, part)
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing_file(path) as temporary:
            return write_with_checksum(table, temporary)

    def read(
        self, relation: Relation, night: date, part: str | None = None, columns: Sequence[str] | None = None
    ) -> pa.Table:
        """Read a part, or all parts of the night, all columns or some; missing parts read as empty."""
        paths = [self.path(relation, night, name) for name in ([part] if part else self.parts(relation, night))]
        existing = check_parts(path for path in paths if path.exists())
        tables = [pq.read_table(path, columns=columns, schema=relation.schema, partitioning=None) for path in existing]
        return pa.concat_tables(tables or [relation.empty().select(columns or relation.schema.names)])

    def dataset(self, relation: Relation, nights: Iterable[date], runs: Mapping[date, str] | None = None) -> ds.Dataset:
        """Return nights as a lazy table with a `night` column; `runs` names the run to read for a night."""
        schema = pa.unify_schemas([relation.schema, _NIGHT])
        paths = [str(path) for n in nights for path in check_parts(self.files_of_run(relation, n, (runs or {}).get(n)))]
        if not paths:
            return ds.dataset(schema.empty_table())
        partitioning = ds.partitioning(_NIGHT, flavor="hive")
        return ds.dataset(paths, schema=schema, format="parquet", partitioning=partitioning)

    def accepted(self, run_id: str) -> "Lake":
        """Return the lake of the parts loaded by a run."""
        return Lake(self.root / ACCEPTED / run_id)

    def accept(self, relations: Iterable[Relation], night: date, run_id: str, source: "Lake | None" = None) -> None:
        """Link the current parts of a night under the name of the loading run, all or none.

        With `source`, link the parts accepted there by the run instead.
        """
        with replacing_folder(self.accepted(run_id).root) as temporary:
            for relation in relations:
                folder = Lake(temporary).folder(relation, night)
                folder.mkdir(parents=True, exist_ok=True)
                for path in source.files_of_run(relation, night, run_id) if source else self.files(relation, night):
                    _link(path, folder / path.name)

    def accept_tables(self, parts: Iterable[tuple[Relation, pa.Table]], night: date, run_id: str) -> None:
        """Store the parts of a night loaded by a run on another machine, all or none."""
        with replacing_folder(self.accepted(run_id).root) as temporary:
            for relation, table in parts:
                Lake(temporary).write(relation, night, WHOLE, table)

    def has_accepted(self, run_id: str, relation: Relation | None = None) -> bool:
        """Return whether the parts loaded by a run are kept, optionally for a single relation."""
        root = self.accepted(run_id).root
        return (root / relation.name if relation else root).is_dir()

    def names(self) -> list[str]:
        """List the names of the relations with a folder."""
        return sorted(path.name for path in self.root.glob("[!.]*") if path.is_dir())

    def files_of_run(self, relation: Relation, night: date, run_id: str | None) -> list[Path]:
        """List the files of a night as loaded by a run; the current files where none are kept for the run."""
        lake = self.accepted(run_id) if run_id is not None and self.has_accepted(run_id) else self
        return lake.files(relation, night)

    def forget_accepted(self, keep: Iterable[str]) -> None:
        """Remove the kept parts of runs without a snapshot."""
        for folder in (self.root / ACCEPTED).glob("[!.]*"):
            if folder.name not in set(keep):
                shutil.rmtree(folder, ignore_errors=True)

    def remove_temporary(self) -> None:
        """Remove half-written parts and run folders of ended processes."""
        remove_dead(self.root.glob("*/night=*/.*"))
        remove_dead((self.root / ACCEPTED).glob(".*"))

    def keep_nothing(self, run_id: str) -> None:
        """Keep an empty set of parts for a run, after somebody accepted the loss of the parts."""
        self.accepted(run_id).root.mkdir(parents=True, exist_ok=True)

    def link_files(self, relation: Relation, night: date, files: Iterable[Path]) -> None:
        """Link files of another lake as parts of a night, next to the existing parts."""
        _link_files(self.folder(relation, night), files)

    def replace_night(self, other: "Lake", night: date, merged: Iterable[Relation]) -> None:
        """Replace a night by the parts of another lake; relations in `merged` also keep their other parts."""
        merged_names = {relation.name for relation in merged}
        for folder in other.root.glob(f"[!.]*/night={night.isoformat()}"):
            files, target = sorted(folder.glob("part-*.parquet")), self.root / folder.relative_to(other.root)
            _link_files(target, files)
            if folder.parent.name not in merged_names:
                for path in {*target.glob("part-*.parquet")} - {target / file.name for file in files}:
                    path.unlink(missing_ok=True)

    def clear_night(self, night: date) -> None:
        """Remove the current parts of a night; parts kept for runs stay."""
        for folder in self.root.glob(f"[!.]*/night={night.isoformat()}"):
            shutil.rmtree(folder)

    def remove_other_parts(self, relation: Relation, night: date, keep: Iterable[str]) -> None:
        """Remove the parts of a night except those in `keep`; another process may write its parts meanwhile."""
        kept_paths = {self.path(relation, night, part) for part in keep}
        for path in self.folder(relation, night).glob("part-*.parquet"):
            if path not in kept_paths:
                path.unlink(missing_ok=True)


def check_parts(paths: Iterable[Path]) -> Iterator[Path]:
    """Yield the parts, each after a look at its checksum; raise DamagedFile with the command that makes it anew."""
    for path in paths:
        try:
            verify_checksum(path)
        except FileNotFoundError:
            pass  # a part that another run has replaced: its reader knows what to do
        except DamagedFile as error:
            raise DamagedFile(f"{error}; what is published is whole; {_suggest_repair(path)}") from error
        yield path


def _suggest_repair(path: Path) -> str:
    """Return the command for a damaged part: records of runs are made once, other parts by each run of the night."""
    relation, night = path.parts[-3], path.parent.name.removeprefix("night=")
    if relation in RECORDS_OF_RUNS:
        away = shlex.join(["mv", str(path), f"{path}.damaged"])
        return f"its rows are about one run, and no other has them; to go on without them, run: {away}"
    home = next((folder.parent for folder in path.parents if folder.name == "lake"), path.parent)
    command = format_command("rebuild", "--from", "read", "--nights", night, home=home)
    return f"run the night again, or make it anew where it is published; run: {command}"


def _link_files(folder: Path, files: Iterable[Path]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for file in files:
        temporary = temporary_path(folder / file.name)
        temporary.unlink(missing_ok=True)
        _link(file, temporary)
        os.replace(temporary, folder / file.name)
        temporary.unlink(missing_ok=True)  # a rename between two names of one file does nothing


def _link(source: Path, target: Path) -> None:
    """Give a file a second name; copy the file where the file system has no hard links."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)
