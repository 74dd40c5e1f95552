"""Stages and how to run a stage: read, pure function, split rejects, conform, write, receipt."""

import gc
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import update_wrapper
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds

from newsmill import limits
from newsmill.contracts import (
    AllParts,
    AsOf,
    Lookback,
    Night,
    Previous,
    Relation,
    SemiJoin,
    StageInput,
    conform,
    get_relation,
)
from newsmill.errors import BrokenContract, NewsmillError, Permanent
from newsmill.lake import WHOLE
from newsmill.limits import Attempt
from newsmill.relations import noted, rejected
from newsmill.runs import Receipt, Run, receipt

MARK, DETAIL = "reject_reason", "reject_detail"
EXTRACTOR = "extractor"
FAILED, TIMEOUT = "failed", "timeout"
EXTRACTOR_REASONS = (f"{EXTRACTOR}_{FAILED}", f"{EXTRACTOR}_{TIMEOUT}")
"""Reasons of notes on a document without rows of an extractor; the article is kept."""

StageFunction = Callable[..., pa.Table | tuple[pa.Table, ...]]
"""A function from a table, dataset or date for each input to a table, or a tuple of a table for each output."""


@dataclass(eq=False)
class Stage:
    """A pure function between relations; call with tables, or run on a lake by `run_stage`."""

    function: StageFunction
    reads: tuple[StageInput, ...]
    writes: tuple[Relation, ...]
    per: str
    version: str
    refines: bool
    models: Mapping[str, Path] = field(default_factory=dict)
    """The files of the trained models that the stage uses, by name of the model."""

    @property
    def name(self) -> str:
        """Return the name of the function and of the task."""
        return self.function.__name__

    @property
    def set_aside(self) -> Relation:
        """Return the relation of the records without output: rejects of a refining stage, notes of any other."""
        return (rejected if self.refines else noted)(self.name)

    @property
    def read_names(self) -> frozenset[str]:
        """Return the names of the relations of the current night among the inputs."""
        current = [get_relation(source) for source in self.reads if isinstance(source, Relation | AllParts | SemiJoin)]
        listed = [source.listed for source in self.reads if isinstance(source, SemiJoin)]
        return frozenset(relation.name for relation in (*current, *listed))

    def __call__(self, *tables: pa.Table) -> tuple[pa.Table, ...]:
        """Return a table for each relation written."""
        with pause_collector():
            result = self.function(*tables)
        return result if isinstance(result, tuple) else (result,)


@contextmanager
def pause_collector() -> Iterator[None]:
    """Pause the garbage collector while many objects without cycles are made: a walk over all takes long."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def stage(
    *,
    reads: Sequence[StageInput],
    writes: Sequence[Relation],
    per: str,
    version: str,
    refines: bool = False,
    models: Mapping[str, Path] | None = None,
) -> Callable[[StageFunction], Stage]:
    """Declare a stage; a refining stage marks each row to reject in `reject_reason` and drops none."""

    def declare(function: StageFunction) -> Stage:
        if per not in ("part", "night"):
            raise ValueError(f"{function.__name__}: per is {per!r}; it must be 'part' or 'night'")
        declared = Stage(function, tuple(reads), tuple(writes), per, version, refines, models or {})
        update_wrapper(declared, function, updated=())
        return declared

    return declare


def run_stage(declared: Stage, run: Run, part: str = WHOLE, held: Mapping[date, str] | None = None) -> Receipt:
    """Run a stage over a part of the night, or over the whole, and write the outputs.

    `held` maps the nights in the warehouse to the loading runs: a stage reads no other earlier nights. Without
    `held` a stage may read every night of the lake.
    """
    with receipt(run, declared.name, part) as summary:
        inputs: list[Any] = [_read_input(source, declared, run, part, held) for source in declared.reads]
        outputs, rejects = _run_over_rows(declared, inputs)
        summary.rows_in, summary.rows_out, summary.rejected = inputs[0].num_rows, outputs[0].num_rows, rejects.num_rows
        if declared.refines and summary.rows_in != summary.rows_out + summary.rejected:
            raise BrokenContract(
                f"{declared.name}: {summary.rows_in} rows in, {summary.rows_out} out, {summary.rejected} rejected"
            )
        written = (*zip(declared.writes, outputs, strict=True), (declared.set_aside, rejects))
        summary.bytes = sum(run.lake.write(to, run.night, part, conform(table, to)) for to, table in written)
    return summary


def split_rejects(table: pa.Table, by: str) -> tuple[pa.Table, pa.Table]:
    """Split the rows by reject mark; return (kept, rejected)."""
    if MARK not in table.column_names:
        return table, rejected(by).empty()
    marked = pc.is_valid(table.column(MARK))
    kept = table.filter(pc.invert(marked)).drop_columns([MARK, DETAIL])
    rejects = table.filter(marked).rename_columns({MARK: "reason", DETAIL: "detail"})
    stage_name = pa.array([by] * rejects.num_rows, pa.string())
    rejects = rejects.append_column("stage", stage_name)
    rejects = rejects.append_column("row_count", pa.array([1] * rejects.num_rows, pa.int64()))
    return kept, rejects.select(rejected(by).schema.names)


def _read_input(
    source: StageInput, declared: Stage, run: Run, part: str, held: Mapping[date, str] | None
) -> pa.Table | ds.Dataset | date:
    own_part = part if declared.per == "part" else None
    if isinstance(source, Night):
        return run.night
    if isinstance(source, Relation):
        return run.lake.read(source, run.night, own_part)
    if isinstance(source, AllParts):
        return run.lake.read(source.relation, run.night)
    if isinstance(source, SemiJoin):
        (name,) = source.listed.grain
        rows = run.lake.read(source.relation, run.night, own_part, _columns_to_read(source))
        listed = run.lake.read(source.listed, run.night)
        return rows.filter(pc.is_in(rows.column(name), listed.column(name).combine_chunks()))
    return run.lake.dataset(source.relation, _list_nights(source, run, held), held)


def _columns_to_read(source: SemiJoin) -> list[str] | None:
    """Return the named columns and those of a rejected record; None for all."""
    required = {*source.columns, *rejected("stage").schema.names, *source.listed.grain}
    return [name for name in source.relation.schema.names if name in required] if source.columns else None


def _list_nights(source: Lookback | Previous | AsOf, run: Run, held: Mapping[date, str] | None) -> list[date]:
    """List the earlier nights of an input, as far as the relation exists."""
    known = dict.fromkeys(run.lake.nights(source.relation)) if held is None else held
    loaded = [night for night in sorted(known) if run.lake.files_of_run(source.relation, night, known[night])]
    if isinstance(source, AsOf):
        return _list_as_of_night(run, loaded)
    before = [night for night in loaded if night < run.night]
    if isinstance(source, Previous):
        return before[-1:]
    return [night for night in before if night >= run.night - timedelta(source.days)]


def _list_as_of_night(run: Run, loaded: Sequence[date]) -> list[date]:
    if run.learned in (None, run.night):
        return []
    if run.learned not in loaded:
        raise Permanent(
            f"the night {run.night} cannot be cleaned by what was learned up to {run.learned}: no such night has been "
            f"loaded; the last that were: {', '.join(map(str, loaded[-5:])) or 'none'}"
        )
    return [run.learned]


def _run_over_rows(declared: Stage, inputs: list[Any]) -> tuple[tuple[pa.Table, ...], pa.Table]:
    if declared.per == "night":
        return _run_and_split(declared, inputs)
    rows, *others = inputs
    attempt = limits.current_attempt()
    if attempt is None or attempt.folder is None:
        return _bisect(declared, rows, others)
    slices = [_run_slice(declared, rows, others, bounds, attempt) for bounds in attempt.slices(rows.num_rows)]
    return _concat_slices(slices) if slices else _bisect(declared, rows, others)


def _run_and_split(declared: Stage, inputs: list[Any]) -> tuple[tuple[pa.Table, ...], pa.Table]:
    first, *others = declared(*inputs)
    kept, rejects = split_rejects(first, declared.name)
    return (kept, *others), rejects


def _run_slice(
    declared: Stage, rows: pa.Table, others: list[Any], bounds: tuple[int, int], attempt: Attempt
) -> tuple[tuple[pa.Table, ...], pa.Table]:
    """Run over a slice, or return the outputs of an earlier try; a document known as slow becomes a rejected row."""
    start, end = bounds
    part = rows.slice(start, end - start)
    if start in attempt.slow:
        return _empty_outputs(declared), _reject_timeout(declared, part, attempt.seconds)
    kept = attempt.kept(bounds, len(declared.writes) + 1)
    if kept is None:
        outputs, rejects = _bisect(declared, part, others, start)
        kept = (*outputs, rejects)
        attempt.keep(bounds, kept)
    return tuple(kept[:-1]), kept[-1]


def _bisect(
    declared: Stage, rows: pa.Table, others: list[Any], start: int = 0
) -> tuple[tuple[pa.Table, ...], pa.Table]:
    """Run over rows; on an error halve the rows until the failing row is alone, and reject that row."""
    if attempt := limits.current_attempt():
        attempt.begin(start, rows)
    try:
        return _run_and_split(declared, [rows, *others])
    except (NewsmillError, MemoryError):
        raise
    except Exception as error:
        if rows.num_rows == 0:
            raise
        if rows.num_rows == 1:
            return _empty_outputs(declared), _reject_crash(declared, rows, error)
    middle = rows.num_rows // 2
    return _concat_slices(
        [
            _bisect(declared, rows.slice(0, middle), others, start),
            _bisect(declared, rows.slice(middle), others, start + middle),
        ]
    )


def _concat_slices(parts: Sequence[tuple[tuple[pa.Table, ...], pa.Table]]) -> tuple[tuple[pa.Table, ...], pa.Table]:
    """Concatenate the outputs of a stage over slices of rows."""
    tables = zip(*(outputs for outputs, _ in parts), strict=True)
    outputs = tuple(pa.concat_tables(same, promote_options="permissive") for same in tables)
    return outputs, pa.concat_tables([rejects for _, rejects in parts], promote_options="permissive")


def _empty_outputs(declared: Stage) -> tuple[pa.Table, ...]:
    return tuple(to.empty() for to in declared.writes)


def _reject_crash(declared: Stage, row: pa.Table, error: Exception) -> pa.Table:
    message = f"{declared.name} failed on this record with {type(error).__name__}: {error}; please report it"
    return _reject_record(declared, row, FAILED, "crash", message)


def _reject_timeout(declared: Stage, row: pa.Table, seconds: float) -> pa.Table:
    message = (
        f"{declared.name} took longer than {seconds:g} s over this record and was ended; "
        "raise NEWSMILL_DOCUMENT_SECONDS if the record is worth it"
    )
    return _reject_record(declared, row, TIMEOUT, TIMEOUT, message)


def _reject_record(declared: Stage, row: pa.Table, fault: str, refining: str, message: str) -> pa.Table:
    """Reject a record; a reject of an extractor costs rows of the extractor only."""
    reason = refining if declared.refines else f"{EXTRACTOR}_{fault}"
    detail = message if declared.refines else f"{message}; the article is loaded without rows of {declared.name}"
    return split_rejects(row.append_column(MARK, [[reason]]).append_column(DETAIL, [[detail]]), declared.name)[1]
