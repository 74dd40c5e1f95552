"""The only module that touches lake files: partitions by night, parts within them, atomic writes."""

import os
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq

from newsmill.contracts import Relation
from newsmill.temporary_files import remove_dead, replacing_file, replacing_folder, temporary_path

WHOLE = "whole"
ACCEPTED = ".accepted"
_NIGHT = pa.schema([pa.field("night", pa.date32())])


@dataclass(frozen=True)
class Lake:
    """Relations as files: `<root>/<relation>/night=<date>/part-<part>.parquet`.

    What a run loaded stays readable below `.accepted/<run>`, so that a night that is run again and stopped at the gate,
    or rolled back, takes nothing away from the nights around it.
    """

    root: Path

    def path(self, relation: Relation, night: date, part: str = WHOLE) -> Path:
        """Return where a part lives, whether it exists or not."""
        return self.folder(relation, night) / f"part-{part}.parquet"

    def folder(self, relation: Relation, night: date) -> Path:
        """Return the folder of one night of a relation."""
        return self.root / relation.name / f"night={night.isoformat()}"

    def parts(self, relation: Relation, night: date) -> list[str]:
        """List the parts of a night, in order of name."""
        return sorted(p.stem.removeprefix("part-") for p in self.folder(relation, night).glob("part-*.parquet"))

    def files(self, relation: Relation, night: date) -> list[Path]:
        """List the files of a night; a `*` in the relation's name stands for any."""
        return sorted(self.root.glob(f"{relation.name}/night={night.isoformat()}/part-*.parquet"))

    def nights(self, relation: Relation) -> list[date]:
        """List the nights on which the relation has parts."""
        folders = (p.parent.name for p in self.root.glob(f"{relation.name}/night=*/part-*.parquet"))
        return sorted({date.fromisoformat(name.removeprefix("night=")) for name in folders})

    def write(self, relation: Relation, night: date, part: str, table: pa.Table) -> int:
        """Replace one part, all or nothing, and return its size in bytes."""
        path = self.path(relation, night, part)
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing_file(path) as draft:
            pq.write_table(table, draft, compression="zstd", compression_level=1)
        return path.stat().st_size

    def read(self, relation: Relation, night: date, part: str | None = None) -> pa.Table:
        """Read one part, or all parts of the night; what was never written reads as empty."""
        paths = [self.path(relation, night, p) for p in ([part] if part else self.parts(relation, night))]
        tables = [pq.read_table(p, schema=relation.schema, partitioning=None) for p in paths if p.exists()]
        return pa.concat_tables(tables) if tables else relation.empty()

    def dataset(self, relation: Relation, nights: Iterable[date], runs: Mapping[date, str] | None = None) -> ds.Dataset:
        """Return nights as one lazy table with a `night` column; with `runs`, each as its run loaded it."""
        schema = pa.unify_schemas([relation.schema, _NIGHT])
        paths = [str(path) for n in nights for path in self.files_of_run(relation, n, (runs or {}).get(n))]
        if not paths:
            return ds.dataset(schema.empty_table())
        partitioning = ds.partitioning(_NIGHT, flavor="hive")
        return ds.dataset(paths, schema=schema, format="parquet", partitioning=partitioning)

    def accepted(self, run_id: str) -> "Lake":
        """Return the lake of the parts that a run loaded."""
        return Lake(self.root / ACCEPTED / run_id)

    def accept(self, relations: Iterable[Relation], night: date, run_id: str, source: "Lake | None" = None) -> None:
        """Keep a night's parts as they are now under the name of the run that loads them, all or none.

        With `source` they are those that the run loaded there.
        """
        with replacing_folder(self.accepted(run_id).root) as draft:
            for relation in relations:
                to = Lake(draft).folder(relation, night)
                to.mkdir(parents=True, exist_ok=True)
                for path in source.files_of_run(relation, night, run_id) if source else self.files(relation, night):
                    _link(path, to / path.name)

    def accept_tables(self, parts: Iterable[tuple[Relation, pa.Table]], night: date, run_id: str) -> None:
        """Keep what a run on another machine loaded of a night, all or none."""
        with replacing_folder(self.accepted(run_id).root) as draft:
            for relation, table in parts:
                Lake(draft).write(relation, night, WHOLE, table)

    def has_accepted(self, run_id: str, relation: Relation | None = None) -> bool:
        """Tell whether the parts that a run loaded were kept, or those of one relation."""
        root = self.accepted(run_id).root
        return (root / relation.name if relation else root).is_dir()

    def names(self) -> list[str]:
        """List the names of the relations that have a folder."""
        return sorted(path.name for path in self.root.glob("[!.]*") if path.is_dir())

    def files_of_run(self, relation: Relation, night: date, run_id: str | None) -> list[Path]:
        """List the files that a run loaded of a night; where none was kept, those that stand there now."""
        kept = run_id is not None and self.has_accepted(run_id)
        return (self.accepted(run_id) if kept else self).files(relation, night)

    def forget_accepted(self, keep: Iterable[str]) -> None:
        """Remove the parts kept of runs that no snapshot stands on any more."""
        for folder in (self.root / ACCEPTED).glob("[!.]*"):
            if folder.name not in set(keep):
                shutil.rmtree(folder, ignore_errors=True)

    def remove_temporary(self) -> None:
        """Remove what processes that have ended left half written: parts, and what a run was to keep."""
        remove_dead(self.root.glob("*/night=*/.*"))
        remove_dead((self.root / ACCEPTED).glob(".*"))

    def keep_nothing(self, run_id: str) -> None:
        """Keep an empty set of parts for a run: what it loaded is lost, and somebody has accepted that."""
        self.accepted(run_id).root.mkdir(parents=True, exist_ok=True)

    def adopt(self, relation: Relation, night: date, files: Iterable[Path]) -> None:
        """Give files of another lake a second name as parts of a night, beside those it has."""
        _adopt(self.folder(relation, night), files)

    def take_over(self, other: "Lake", night: date, beside: Iterable[Relation]) -> None:
        """Make a night what another lake holds of it; of the relations `beside`, parts that only this one has stay."""
        kept = {relation.name for relation in beside}
        for folder in other.root.glob(f"[!.]*/night={night.isoformat()}"):
            files, to = sorted(folder.glob("part-*.parquet")), self.root / folder.relative_to(other.root)
            _adopt(to, files)
            if folder.parent.name not in kept:
                for path in {*to.glob("part-*.parquet")} - {to / file.name for file in files}:
                    path.unlink(missing_ok=True)

    def clear(self, night: date) -> None:
        """Remove all that stands of a night now; what runs loaded of it stays."""
        for folder in self.root.glob(f"[!.]*/night={night.isoformat()}"):
            shutil.rmtree(folder)

    def sweep(self, relation: Relation, night: date, keep: Iterable[str]) -> None:
        """Remove parts that the night no longer has, and drafts that a crash left behind."""
        wanted = {self.path(relation, night, part) for part in keep}
        for path in self.folder(relation, night).glob("*part-*.parquet*"):
            if path not in wanted:
                path.unlink(missing_ok=True)


def _adopt(folder: Path, files: Iterable[Path]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for file in files:
        draft = temporary_path(folder / file.name)
        draft.unlink(missing_ok=True)
        _link(file, draft)
        os.replace(draft, folder / file.name)
        draft.unlink(missing_ok=True)  # a rename between two names of one file does nothing


def _link(source: Path, target: Path) -> None:
    """Give a file a second name; copy it where the file system has no links."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)
