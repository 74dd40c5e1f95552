"""What a stage is, and the one way it runs: read, pure function, sieve, conform, write, receipt."""

import gc
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from functools import update_wrapper

import pyarrow as pa
import pyarrow.compute as pc

from newsmill import limits
from newsmill.contracts import Among, Latest, Learned, Night, Past, Relation, Source, Whole, conform
from newsmill.errors import BrokenContract, NewsmillError, Permanent
from newsmill.lake import WHOLE
from newsmill.limits import Attempt
from newsmill.relations import rejected
from newsmill.runs import Receipt, Run, receipt

MARK, DETAIL = "reject_reason", "reject_detail"
EXTRACTOR = "extractor"
FAILED, TIMEOUT = "failed", "timeout"
EXTRACTOR_REASONS = (f"{EXTRACTOR}_{FAILED}", f"{EXTRACTOR}_{TIMEOUT}")
"""Why a document has no rows of an extractor; the article itself is kept."""


@dataclass(eq=False)
class Stage:
    """A pure function between relations; call it with tables, or `run` it on a lake."""

    function: Callable[..., pa.Table | tuple[pa.Table, ...]]
    reads: tuple[Source, ...]
    writes: tuple[Relation, ...]
    per: str
    version: str
    refines: bool

    @property
    def name(self) -> str:
        """Return the function's name, which is also the task's."""
        return self.function.__name__

    @property
    def read_names(self) -> frozenset[str]:
        """Return the names of the relations of this very night that it reads."""
        named = (Relation, Whole, Among)
        tonight = [getattr(source, "relation", source) for source in self.reads if isinstance(source, named)]
        listed = [source.listed for source in self.reads if isinstance(source, Among)]
        return frozenset(relation.name for relation in (*tonight, *listed))

    def __call__(self, *tables: pa.Table) -> tuple[pa.Table, ...]:
        """Return one table for each relation written."""
        with _no_search_for_cycles():
            result = self.function(*tables)
        return result if isinstance(result, tuple) else (result,)


@contextmanager
def _no_search_for_cycles() -> Iterator[None]:
    """Keep the collector from walking over rows in the making: they hold no cycles, and are many."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def stage(
    *, reads: Sequence[Source], writes: Sequence[Relation], per: str, version: str, refines: bool = False
) -> Callable[[Callable], Stage]:
    """Declare a stage; one that `refines` marks each row it turns away with `reject_reason` and loses none."""

    def declare(function: Callable) -> Stage:
        if per not in ("part", "night"):
            raise ValueError(f"{function.__name__}: per is {per!r}; it must be 'part' or 'night'")
        declared = Stage(function, tuple(reads), tuple(writes), per, version, refines)
        return update_wrapper(declared, function, updated=())

    return declare


def run_stage(declared: Stage, run: Run, part: str = WHOLE, held: Mapping[date, str] | None = None) -> Receipt:
    """Run a stage over one part of the night, or over the whole, and write what comes of it.

    `held` tells the nights that the warehouse holds and the runs they were loaded by: a stage that looks back sees
    these and no others. Without it, it sees every night of the lake as it stands.
    """
    with receipt(run, declared.name, part) as slip:
        inputs = [_read(source, declared, run, part, held) for source in declared.reads]
        outputs, rejects = _apply(declared, inputs)
        slip.rows_in, slip.rows_out, slip.rejected = inputs[0].num_rows, outputs[0].num_rows, rejects.num_rows
        if declared.refines and slip.rows_in != slip.rows_out + slip.rejected:
            raise BrokenContract(
                f"{declared.name}: {slip.rows_in} rows in, {slip.rows_out} out, {slip.rejected} rejected"
            )
        written = (*zip(declared.writes, outputs, strict=True), (rejected(declared.name), rejects))
        slip.bytes = sum(run.lake.write(to, run.night, part, conform(table, to)) for to, table in written)
    return slip


def sieve(table: pa.Table, by: str) -> tuple[pa.Table, pa.Table]:
    """Part the rows that are marked with a reason from those that are not; return (kept, rejected)."""
    if MARK not in table.column_names:
        return table, rejected(by).empty()
    marked = pc.is_valid(table.column(MARK))
    kept = table.filter(pc.invert(marked)).drop_columns([MARK, DETAIL])
    turned_away = table.filter(marked).rename_columns({MARK: "reason", DETAIL: "detail"})
    stage_name = pa.array([by] * turned_away.num_rows, pa.string())
    turned_away = turned_away.append_column("stage", stage_name)
    turned_away = turned_away.append_column("row_count", pa.array([1] * turned_away.num_rows, pa.int64()))
    return kept, turned_away.select(rejected(by).schema.names)


def _read(source: Source, declared: Stage, run: Run, part: str, held: Mapping[date, str] | None):
    if isinstance(source, Night):
        return run.night
    if isinstance(source, Relation):
        return run.lake.read(source, run.night, part if declared.per == "part" else None)
    if isinstance(source, Whole):
        return run.lake.read(source.relation, run.night)
    if isinstance(source, Among):
        (name,) = source.listed.grain
        rows, listed = _read(source.relation, declared, run, part, held), run.lake.read(source.listed, run.night)
        return rows.filter(pc.is_in(rows.column(name), listed.column(name).combine_chunks()))
    return run.lake.dataset(source.relation, _nights(source, run, held), held)


def _nights(source: Past | Latest | Learned, run: Run, held: Mapping[date, str] | None) -> list[date]:
    """Return the nights that a stage asks to look at, of those that have the relation."""
    known = dict.fromkeys(run.lake.nights(source.relation)) if held is None else held
    there = [night for night in sorted(known) if run.lake.files_of_run(source.relation, night, known[night])]
    if isinstance(source, Learned):
        return _learned(run, there)
    before = [night for night in there if night < run.night]
    if isinstance(source, Latest):
        return before[-1:]
    return [night for night in before if night >= run.night - timedelta(source.days)]


def _learned(run: Run, there: Sequence[date]) -> list[date]:
    if run.learned in (None, run.night):
        return []
    if run.learned not in there:
        raise Permanent(
            f"the night {run.night} cannot be cleaned by what was learned up to {run.learned}: no such night has been "
            f"loaded; the last that were: {', '.join(map(str, there[-5:])) or 'none'}"
        )
    return [run.learned]


def _apply(declared: Stage, inputs: list) -> tuple[tuple[pa.Table, ...], pa.Table]:
    if declared.per == "night":
        return _sieved(declared, inputs)
    rows, *others = inputs
    attempt = limits.current()
    if attempt is None or attempt.folder is None:
        return _bisect(declared, rows, others)
    slices = [_go_over(declared, rows, others, bounds, attempt) for bounds in attempt.slices(rows.num_rows)]
    return _joined(slices) if slices else _bisect(declared, rows, others)


def _sieved(declared: Stage, inputs: list) -> tuple[tuple[pa.Table, ...], pa.Table]:
    first, *others = declared(*inputs)
    kept, rejects = sieve(first, declared.name)
    return (kept, *others), rejects


def _go_over(
    declared: Stage, rows: pa.Table, others: list, bounds: tuple[int, int], attempt: Attempt
) -> tuple[tuple[pa.Table, ...], pa.Table]:
    """Return what a slice gives, or gave in an earlier try; a document known to be slow gives a rejected row."""
    start, end = bounds
    part = rows.slice(start, end - start)
    if start in attempt.slow:
        return _nothing(declared), _timeout(declared, part, attempt.seconds)
    kept = attempt.kept(bounds, len(declared.writes) + 1)
    if kept is None:
        outputs, rejects = _bisect(declared, part, others, start)
        kept = (*outputs, rejects)
        attempt.keep(bounds, kept)
    return tuple(kept[:-1]), kept[-1]


def _bisect(declared: Stage, rows: pa.Table, others: list, start: int = 0) -> tuple[tuple[pa.Table, ...], pa.Table]:
    """Run over rows; where that fails, halve them until the failing one is alone, and reject that one."""
    if attempt := limits.current():
        attempt.begin(start, rows)
    try:
        return _sieved(declared, [rows, *others])
    except (NewsmillError, MemoryError):
        raise
    except Exception as error:
        if rows.num_rows == 0:
            raise
        if rows.num_rows == 1:
            return _nothing(declared), _crash(declared, rows, error)
    middle = rows.num_rows // 2
    return _joined(
        [
            _bisect(declared, rows.slice(0, middle), others, start),
            _bisect(declared, rows.slice(middle), others, start + middle),
        ]
    )


def _joined(parts: Sequence[tuple[tuple[pa.Table, ...], pa.Table]]) -> tuple[tuple[pa.Table, ...], pa.Table]:
    """Concatenate what a stage gave of slices of its rows."""
    tables = zip(*(outputs for outputs, _ in parts), strict=True)
    outputs = tuple(pa.concat_tables(same, promote_options="permissive") for same in tables)
    return outputs, pa.concat_tables([rejects for _, rejects in parts], promote_options="permissive")


def _nothing(declared: Stage) -> tuple[pa.Table, ...]:
    return tuple(to.empty() for to in declared.writes)


def _crash(declared: Stage, row: pa.Table, error: Exception) -> pa.Table:
    message = f"{declared.name} failed on this record with {type(error).__name__}: {error}; please report it"
    return _rejected(declared, row, FAILED, "crash", message)


def _timeout(declared: Stage, row: pa.Table, seconds: float) -> pa.Table:
    message = (
        f"{declared.name} took longer than {seconds:g} s over this record and was ended; "
        "raise NEWSMILL_DOCUMENT_SECONDS if the record is worth it"
    )
    return _rejected(declared, row, TIMEOUT, TIMEOUT, message)


def _rejected(declared: Stage, row: pa.Table, fault: str, refining: str, message: str) -> pa.Table:
    """Reject a record; an extractor rejects it for its own rows alone."""
    reason = refining if declared.refines else f"{EXTRACTOR}_{fault}"
    detail = message if declared.refines else f"{message}; the article is loaded without rows of {declared.name}"
    return sieve(row.append_column(MARK, [[reason]]).append_column(DETAIL, [[detail]]), declared.name)[1]
